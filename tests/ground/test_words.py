"""Names and docstrings use words that a reader already knows (CONTRIBUTING, "Words")."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import admonster_fb

SOURCE = Path(admonster_fb.__file__).parent
IN_NAMES = frozenset({"told", "said", "kept", "asked", "wanted", "whom", "beside", "dearest"})
IN_DOCSTRINGS = re.compile(r"\b(whom|beside|by itself|put away|taken back|dearest|is told|are told)\b", re.IGNORECASE)
Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def _definitions() -> list[tuple[str, Defined]]:
    return [
        (f"{file.relative_to(SOURCE)}:{node.lineno}", node)
        for file in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, Defined)
    ]


def _names(node: Defined) -> Iterator[str]:
    yield node.name
    if not isinstance(node, ast.ClassDef):
        yield from (argument.arg for argument in (*node.args.args, *node.args.kwonlyargs))


def test_names_of_functions_classes_and_parameters_are_standard_terms() -> None:
    found = [(where, name) for where, node in _definitions() for name in _names(node)]
    assert len(found) > 5_000
    assert [each for each in found if IN_NAMES & {*re.split(r"_|(?<=[a-z])(?=[A-Z])", each[1].lower())}] == []


def test_docstrings_are_plain_technical_english() -> None:
    texts = [(where, ast.get_docstring(node) or "") for where, node in _definitions()]
    wrong = [(where, match[0]) for where, text in texts if (match := IN_DOCSTRINGS.search(text))]
    assert wrong == []
