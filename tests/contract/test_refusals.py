"""Every refusal before anything is sent has its reason: rules by their sources, all other places in `refusals.txt`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import admonster_fb
from admonster_fb.rules.core import BY_KIND

pytestmark = pytest.mark.thorough

SOURCE = Path(admonster_fb.__file__).parent
TABLE = Path(__file__).with_name("refusals.txt")
RAISED = {"ValueError", "MoneyError"}
BOUND_FOR_META = {"models", "services", "workflows", "audience_data"}
"""Folders whose `ValueError` may be about a parameter of Meta's."""


def _places(node: ast.AST, within: str, *, raises: bool) -> Iterator[str]:
    """Yield the function of each refusal below a node: a `Violation` made, or a validator's error raised."""
    for inner in ast.iter_child_nodes(node):
        called = ast.unparse(inner.func).removeprefix("errors.") if isinstance(inner, ast.Call) else ""
        thrown = isinstance(node, ast.Raise) and called in RAISED
        if called == "Violation" or (raises and thrown):
            yield within or "-"
        named = isinstance(inner, ast.FunctionDef | ast.ClassDef)
        yield from _places(inner, f"{within}.{inner.name}".lstrip(".") if named else within, raises=raises)


def refusals() -> set[str]:
    found = set()
    for path in SOURCE.rglob("*.py"):
        module = path.relative_to(SOURCE).with_suffix("")
        if module.parts[0] not in ("sandbox", "rules", "errors"):
            tree = ast.parse(path.read_text("utf-8"))
            places = _places(tree, "", raises=module.parts[0] in BOUND_FOR_META)
            found |= {f"{module.as_posix()}: {place}" for place in places}
    return found


def reviewed() -> dict[str, set[str]]:
    """The reviewed places by reason."""
    table: dict[str, set[str]] = {}
    for line in filter(None, TABLE.read_text("utf-8").splitlines()):
        name, _, rest = line.partition(": ")
        if line.startswith("## "):
            places = table.setdefault(name[3:], set())
        elif not line.startswith("#"):
            places |= {f"{name}: {place}" for place in rest.split()}
    return table


def test_each_place_that_refuses_has_a_reviewed_reason() -> None:
    """A new one: decide whether Meta refuses it by a page or an answer, whether it is ours, or whether it warns."""
    table = reviewed()
    listed = [place for places in table.values() for place in places]
    assert table.keys() == {"own", "form", "safety", "secrets", "meta"}
    assert sorted(refusals() - {*listed}) == [], "not reviewed"
    assert sorted({*listed} - refusals()) == [], "gone: take it out of the table"
    assert len(listed) == len({*listed})


def test_each_rule_that_refuses_names_a_page_an_answer_or_our_own_safety() -> None:
    for known in (rule for rules in BY_KIND.values() for rule in rules):
        firm = [source for source in known.sources if source.tier in "DRL" and not source.contradicts]
        assert bool(firm) >= (known.severity == "error"), known.slug
        assert all(source.where.strip() for source in known.sources), known.slug
