"""How the source is laid out: short bodies, and no circle of imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
MOST_LINES = 30
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def modules() -> dict[str, ast.Module]:
    paths = {".".join(path.relative_to(SOURCE).with_suffix("").parts): path for path in SOURCE.rglob("*.py")}
    return {name.removesuffix(".__init__"): ast.parse(path.read_text("utf-8")) for name, path in paths.items()}


def long_bodies(name: str, tree: ast.AST) -> Iterator[str]:
    for function in (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)):
        body = function.body[bool(ast.get_docstring(function)) :]
        lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]
        if lines > MOST_LINES:
            yield f"{name}.{function.name}: {lines} lines"


def imported(tree: ast.Module, names: set[str]) -> Iterator[str]:
    """Yield the modules that are imported when this one is; what only types or one function need is not."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module in names:
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from parts & names or {node.module}
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & names


def test_no_body_of_a_function_is_long() -> None:
    assert [found for name, tree in modules().items() for found in long_bodies(name, tree)] == []


def test_no_module_imports_itself_through_others() -> None:
    trees = modules()
    graph = {name: {*imported(tree, {*trees})} - {name} for name, tree in trees.items()}
    assert [*TopologicalSorter(graph).static_order()]  # raises CycleError with the circle
