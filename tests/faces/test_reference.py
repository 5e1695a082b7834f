"""The reference pages, as `docs/build_reference.py` makes them."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from admonster_fb.bot.registry import registry

pytestmark = pytest.mark.thorough

DOCS = Path(__file__).parents[2] / "docs"
PAGES = DOCS / "reference"
reference = SimpleNamespace(**runpy.run_path(str(DOCS / "build_reference.py")))


def test_there_is_no_drift() -> None:
    assert reference.drift(PAGES) == [], "run python docs/build_reference.py"


def test_transcripts_and_causes_on_the_pages_are_those_of_today() -> None:
    made = runpy.run_path(str(DOCS / "build_diagnosis.py"))["pages"]()
    assert [page.name for page, text in made.items() if page.read_text("utf-8") != text] == [], (
        "docs/build_diagnosis.py"
    )


def test_pages_are_the_same_each_time() -> None:
    assert reference.pages() == reference.pages()


def test_every_op_and_argument_has_its_place() -> None:
    made = reference.pages()
    for op in registry().values():
        page = made[f"{op.spec.group}.md"]
        entry = page.split(f"\n## {op.name}\n", 1)[1].split("\n## ", 1)[0]
        assert reference.python_call(op) in entry
        assert all(f"| `{name}` |" in entry for name in op.schema["properties"])
        assert f"#{op.name})" in made["index.md"]


def test_every_op_has_its_scopes() -> None:
    rows = reference.pages()["scopes.md"].splitlines()
    assert "| [`connect`](account.md#connect) | none |" in rows
    assert "| [`get_campaign`](campaign.md#get_campaign) | `ads_read` or `ads_management` |" in rows
    assert "| [`create_ad_account`](account.md#create_ad_account) | `business_management`, `ads_management` |" in rows
    assert all(any(row.startswith(f"| [`{name}`]") for row in rows) for name in registry())


def test_every_method_without_an_op_says_why() -> None:
    assert [name for name, function in reference.without_op() if not getattr(function, "__no_op__", "")] == []


def test_amounts_objects_and_long_lists() -> None:
    page = reference.pages()["adset.md"]
    assert '| `daily_budget` | minor units or "50.00 USD" |' in page
    assert "[TargetingSpec](#targetingspec)" in page
    assert "### TargetingSpec" in page
    assert "`optimization_goal`: `" in page.split("## Values", 1)[1]


def test_check_tells_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main([str(tmp_path)]) == 0
    assert reference.main(["--check", str(tmp_path)]) == 0
    (tmp_path / "ad.md").unlink()
    (tmp_path / "adset.md").write_text("old")
    (tmp_path / "gone.md").write_text("old")
    assert reference.main(["--check", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert all(line in said for line in ("missing: ad.md", "out of date: adset.md", "not a page any more: gone.md"))
    assert reference.main([str(tmp_path)]) == 0
    assert reference.drift(tmp_path) == []
