"""Paths and lines that documents and comments cite exist: modules move, and what names them must move as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "admonster_fb"
PACKAGES = {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"}
FOLDERS = {"tests", "docs", "benchmarks", "examples", "src"}
QUOTED = re.compile(r"`([a-z_]+/[\w/.-]*\w/?)(?:::\w+)?`")
SURVIVORS = ROOT / "tests" / "survivors.md"
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *SOURCE.rglob("*.py"), *ROOT.glob("benchmarks/*.md")]


def _missing(document: Path) -> Iterator[str]:
    for cited in QUOTED.findall(document.read_text("utf-8")):
        top = cited.split("/")[0]
        base = SOURCE if top in PACKAGES else ROOT
        if top in PACKAGES | FOLDERS and not ((base / cited).exists() or (base / f"{cited}.py").exists()):
            yield f"{document.relative_to(ROOT)}: {cited}"


@pytest.mark.thorough
def test_documents_and_docstrings_cite_files_that_exist() -> None:
    assert [line for document in DOCUMENTS for line in _missing(document)] == []


def _survivors() -> Iterator[list[str]]:
    for line in SURVIVORS.read_text("utf-8").splitlines():
        if line.startswith("| ") and not line.startswith(("| module |", "|---")):
            yield [cell.strip().strip("`").replace("\0", "|") for cell in line.replace("\\|", "\0").split("|")[1:-1]]


def test_survivors_are_changes_of_lines_that_exist() -> None:
    wrong = []
    for row in _survivors():
        path = SOURCE / f"{row[0]}.py"
        lines = {line.strip() for line in path.read_text("utf-8").splitlines()} if path.exists() else set()
        if len(row) != 4 or (row[1] or row[2]) not in lines:
            wrong.append(" | ".join(row[:3]))
    assert wrong == []
