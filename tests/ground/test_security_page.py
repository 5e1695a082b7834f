"""`docs/security.md`: each promise names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

from tables import table

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
CITED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
PROMISES = [
    line
    for table in PAGE.split("| promise | test |\n|---|---|\n")[1:]
    for line in table.partition("\n\n")[0].splitlines()
]


@table(("file", "name"), CITED)
def test_security_page_cites_tests_that_exist(file: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / file).read_text("utf-8")


@table("promise", PROMISES)
def test_security_page_has_a_test_for_each_promise(promise: str) -> None:
    assert re.search(r"\| `tests/[\w/]+\.py::\w+`", promise)


def test_security_page_names_everyone() -> None:
    subjects = ("The model", "The advertiser's data", "The working folder", "Other users of the machine")
    for subject in (*subjects, "Meta's answers, and the network", "The host"):
        assert f"\n## {subject}\n" in PAGE
    assert len(PROMISES) > 15
    assert "docs/security.md" in (ROOT / "SECURITY.md").read_text("utf-8")
