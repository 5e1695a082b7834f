"""Names and docstrings use words that a reader already knows (CONTRIBUTING, "Words")."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import admonster_fb

pytestmark = pytest.mark.thorough

SOURCE = Path(admonster_fb.__file__).parent
IN_NAMES = frozenset({"told", "said", "kept", "asked", "wanted", "whom", "beside", "dearest"})
IN_DOCSTRINGS = re.compile(r"\b(whom|beside|by itself|put away|taken back|dearest|is told|are told)\b", re.IGNORECASE)
Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _defined(node: ast.AST) -> Iterator[Defined]:
    """Yield the functions and classes within a node: they are statements, which no expression holds."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.stmt | ast.excepthandler | ast.match_case):
            if isinstance(inner, Defined):
                yield inner
            yield from _defined(inner)


@cache
def _definitions() -> list[tuple[str, list[str], str]]:
    """Return where each function and class is, its name with those of its parameters, and its docstring."""
    return [
        (f"{file.relative_to(SOURCE)}:{node.lineno}", [*_names(node)], ast.get_docstring(node) or "")
        for file in sorted(SOURCE.rglob("*.py"))
        for node in _defined(ast.parse(file.read_text("utf-8")))
    ]


def _names(node: Defined) -> Iterator[str]:
    """Yield the name of a function or class, and those of its parameters, variables and attributes."""
    yield node.name
    if not isinstance(node, ast.ClassDef):
        yield from (argument.arg for argument in (*node.args.args, *node.args.kwonlyargs))
    yield from {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}


def test_names_of_functions_classes_parameters_and_variables_are_standard_terms() -> None:
    found = [(where, name) for where, names, _ in _definitions() for name in names]
    assert len(found) > 5_000
    assert [each for each in found if IN_NAMES & {*re.split(r"_|(?<=[a-z])(?=[A-Z])", each[1].lower())}] == []


def test_docstrings_are_plain_technical_english() -> None:
    wrong = [(where, match[0]) for where, _, text in _definitions() if (match := IN_DOCSTRINGS.search(text))]
    assert wrong == []
