"""What is declared, and what a system may lack."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

import admonster_fb
from admonster_fb import storage

pytestmark = pytest.mark.thorough

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
NOT_EVERYWHERE = {"fcntl", "grp", "msvcrt", "pwd", "resource", "termios"}
OF_THE_HOST = {"agents", "google", "langchain_core", "langgraph", "pydantic_ai", "opentelemetry", "pandas"}
OF_THE_HOST |= {"pytest", "vcr"}  # `testing.py`, for tests of a bot
"""What the host has or has not."""


@cache
def sources() -> dict[Path, ast.AST]:
    folder = Path(admonster_fb.__file__).parent
    return {path: ast.parse(path.read_text("utf-8")) for path in folder.rglob("*.py")}


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the modules that a file imports, also by `optional("name")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "optional":
            yield from (arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant))


def names_of(requirements: Iterable[str]) -> set[str]:
    return {re.split(r"[<>=!~\[; ]", each)[0].lower().replace("_", "-") for each in requirements}


@pytest.mark.slow
def test_what_is_imported_is_declared() -> None:
    extras = [each for name, extra in PROJECT["optional-dependencies"].items() if name != "dev" for each in extra]
    declared = names_of([*PROJECT["dependencies"], *extras])
    declared |= {each for one in ("pydantic", "jinja2", "mcp") for each in names_of(requires(one) or ())}
    assert {"certifi", "urllib3", "tzdata"} <= declared
    found = {name.partition(".")[0] for tree in sources().values() for name in imported(tree)}
    homes = packages_distributions()
    others = found - sys.stdlib_module_names - OF_THE_HOST - {"admonster_fb"}
    assert len(others) > 15
    assert not {name for name in others if not names_of(homes.get(name, [name])) & declared}


@pytest.mark.slow
def test_what_a_system_may_lack_is_imported_only_where_it_exists() -> None:
    for path, tree in sources().items():
        guarded = {id(node) for each in ast.walk(tree) if isinstance(each, ast.Try) for node in ast.walk(each)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom) and NOT_EVERYWHERE & {*imported(node)}:
                assert id(node) in guarded, path


def not_on_windows(module: str) -> set[str]:
    """Return the names of a module of the standard library that typeshed has for other systems only."""
    stub = typeshed() / (f"{module}/__init__.pyi" if (typeshed() / module).is_dir() else f"{module}.pyi")
    everywhere, elsewhere = set[str](), set[str]()

    def read(nodes: Iterable[ast.stmt], found: set[str]) -> None:
        for node in nodes:
            if isinstance(node, ast.If):
                posix = 'sys.platform != "win32"' in ast.unparse(node.test).replace("'", '"')
                read(node.body, elsewhere if posix else found)
                read(node.orelse, found)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)

    read(ast.parse(stub.read_text("utf-8")).body, everywhere)
    return elsewhere - everywhere


def typeshed() -> Path:
    mypy = pytest.importorskip("mypy")
    return Path(mypy.__file__).parent / "typeshed" / "stdlib"


@pytest.mark.slow
def test_what_windows_lacks_is_used_only_where_it_exists() -> None:
    lacking = {name: not_on_windows(name) for name in ("os", "signal", "socket", "time", "select")}
    assert {"fork", "register_at_fork", "O_NOFOLLOW"} <= lacking["os"]
    for path, tree in sources().items():
        checked = {
            id(below)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and "hasattr" in ast.unparse(node.test)
            for below in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and id(node) not in checked:
                assert node.attr not in lacking.get(node.value.id, ()), f"{path}:{node.lineno}"


def test_storage_works_without_fcntl(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import filelock  # noqa: F401 - it looks for fcntl itself

    monkeypatch.setitem(sys.modules, "fcntl", None)
    spec = importlib.util.spec_from_file_location("storage_of_windows", str(storage.__file__))
    assert spec is not None
    assert spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    assert copy.fcntl is None
    with copy.lock(tmp_path / "lock"), copy.atomic_write(tmp_path / "a") as file:
        file.write(b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"


def test_ci_runs_at_the_lower_bounds_and_on_the_newest_python() -> None:
    folder = Path(__file__).parents[2] / ".ci"
    script = (folder / "versions").read_text("utf-8")
    assert "--resolution lowest-direct" in script
    assert 'tested "$newest"' in script
    assert ".ci/versions" in (folder / "run").read_text("utf-8")
    assert all("within" in line for line in script.splitlines() if "$uv" in line or "-m pytest" in line)
