"""A table of cases is one test that reports every wrong row; its fresh rows share nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tables import table

pytestmark = pytest.mark.thorough

in_use: list[str] = []


@pytest.fixture
def alone() -> Iterator[list[int]]:
    assert in_use == [], "the fixture of the row before has not ended"
    in_use.append("row")
    yield []
    in_use.remove("row")


@table("second", [10, 20], fresh=True)
@table("first", [1, 2, 3], fresh=True)
def test_fresh_rows_share_no_fixture(alone: list[int], tmp_path: Path, first: int, second: int) -> None:
    assert (alone, [*tmp_path.iterdir()]) == ([], [])
    alone.append(first + second)
    (tmp_path / "written").touch()


def test_every_wrong_row_is_reported() -> None:
    @table(("name", "value"), [("one", 1), pytest.param("two", 2, id="twice"), ("four", 4)])
    def is_odd(name: str, value: int) -> None:
        assert value % 2, f"{name} is even"

    with pytest.raises(AssertionError) as caught:
        is_odd()
    report = str(caught.value)
    assert report.startswith("2 of 3 rows are wrong:\ntwice\n")
    assert "'four', 4\n    AssertionError: four is even" in report
    assert "'one'" not in report


def test_a_row_with_a_mark_is_refused() -> None:
    with pytest.raises(AssertionError, match="a row of a table has no marks"):
        table("value", [pytest.param(1, marks=pytest.mark.slow)])
