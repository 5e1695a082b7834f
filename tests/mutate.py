"""Change a module in small ways and see which changes no test notices: python tests/mutate.py money [--sample 40]

A development command over cosmic-ray (`pip install cosmic-ray coverage`); CI does not run it. Without a name it lists
the modules. Tests are collected once; each change is tried in a fork, by the tests that reach its line, until one
fails. A change outside functions is written into the checkout, tried in a new process and put back: commit first.
Changes that alter nothing are listed with the reason in `survivors.md`.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import hashlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import coverage
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "admonster_fb"
TESTS = {
    "money": "tests/ground/test_money.py tests/services/test_currencies.py",
    "redaction": "tests/ground/test_redact.py tests/auth/test_seen.py",
    "storage": "tests/ground/test_storage.py",
    "rules": "tests/rules tests/insights/test_rules.py tests/services/test_adrules.py tests/services/test_adstudies.py"
    " tests/services/test_leadgen.py tests/services/test_conversions.py",
    "transport": "tests/transport tests/reliability tests/bot/test_turns.py tests/contract/test_sdk_adapter.py"
    " tests/services/test_ids.py tests/services/test_leadgen.py tests/services/test_videos.py",
    "bot/plans": "tests/plans tests/audit tests/reliability/test_stops.py tests/launch/test_duplicate.py"
    " tests/bot/test_approval.py tests/bot/test_writes_say_what_changed.py tests/services/test_posts.py"
    " tests/services/test_alerts.py tests/bot/test_told_plainly.py"
    " tests/services/test_webhook_subscriptions.py",
    "bot/audit": "tests/audit",
    "workflows/launch": "tests/launch",
}
"""Modules that carry promises, and the tests that must notice a change in them."""
EXAMPLES = "tests/test_docs.py::test_examples_of_a_package_run"
OPTIONS = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "not slow"]

SAME = ("_Eq_Is", "_NotEq_IsNot", "_Is_Eq", "_IsNot_NotEq")
"""Changes that are left out: whether equal texts are one object is chance."""
SECONDS = 30
"""How long the tests of one change may take; those named after its module come first, and then the quickest."""
UNSEEN = ("TYPE_CHECKING", "@dataclass(")
"""Lines that are left out: mypy judges them."""
CO_OPTIMIZED = 0x1
"""A flag of the code of functions, not of modules and classes."""


@dataclass(frozen=True)
class Change:
    path: Path
    line: int
    code: str

    @property
    def module(self) -> str:
        return self.path.relative_to(SOURCE).with_suffix("").as_posix()

    @property
    def lines(self) -> tuple[str, str]:
        """The first line that differs, before and after."""
        pairs = itertools.zip_longest(self.path.read_text().splitlines(), self.code.splitlines(), fillvalue="")
        return next((old.strip(), new.strip()) for old, new in pairs if old != new)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", nargs="?", help="a path under src/admonster_fb, without .py")
    parser.add_argument("--sample", type=int, help="how many changes to try, drawn at random; default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="try only changes of lines that contain this text")
    options = parser.parse_args()
    if options.module is None:
        print(*TESTS, sep="\n")
        return 0
    os.chdir(ROOT)
    name, tests = next((name, tests) for name, tests in TESTS.items() if options.module.startswith(name))
    path = SOURCE / options.module
    paths = sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    paths = [path for path in paths if path.stem != "__init__"]
    drawn = random.Random(options.seed)
    changes = list(itertools.islice(_changes(paths, options.only or "", drawn), options.sample))
    trial = Trial(changes, ROOT / ".cache" / "mutate" / f"{name.replace('/', '.')}.json")
    modules = [path.relative_to(SOURCE).with_suffix("").parts for path in paths if ">>> " in path.read_text()]
    pytest.main([*OPTIONS, *tests.split(), *{f"{EXAMPLES}[{parts[0]}]" for parts in modules}], plugins=[trial])
    return 0


def _changes(paths: list[Path], only: str, drawn: random.Random) -> Iterator[Change]:
    """Yield changes in random order; a line comes again only after all others."""
    trees = {path: get_ast(path.read_text()) for path in paths}
    names = [name for name in operator_names() if not get_operator(name).arguments() and not name.endswith(SAME)]
    kinds = {name: get_operator(name)() for name in names}
    found = []
    for (path, tree), (name, kind) in itertools.product(trees.items(), kinds.items()):
        positions = (start for node in ast_nodes(tree) for start, _ in kind.mutation_positions(node))
        lines = path.read_text().splitlines()
        found += [
            (path, at[0], name, i)
            for i, at in enumerate(positions)
            if only in lines[at[0] - 1] and not any(text in lines[at[0] - 1] for text in UNSEEN)
        ]
    drawn.shuffle(found)
    times = Counter[tuple[Path, int]]()
    found.sort(key=lambda row: (times.update([row[:2]]), times[row[:2]])[1])
    seen = {_meaning(path.read_text()) for path in paths}
    for path, line, name, occurrence in found:
        # the star of keyword-only parameters is taken for a product, and an exception's name may have a dot
        with contextlib.suppress(SyntaxError, AttributeError):
            code = mutate_code(path.read_text(), kinds[name], occurrence)
            if code and (meaning := _meaning(code)) not in seen:
                seen.add(meaning)
                yield Change(path, line, code)


def _meaning(source: str) -> str:
    """Return the source without annotations: mypy judges those."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(0)
    return ast.dump(tree)


class Trial:
    """A pytest plugin that runs the collected tests once for coverage, and then for each change."""

    def __init__(self, changes: list[Change], cache: Path) -> None:
        self.changes, self.cache = changes, cache

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for path in SOURCE.rglob("*.py"):  # imports are lazy: forks should find all modules there
            if path.stem not in ("__init__", "__main__"):
                with contextlib.suppress(ImportError):
                    import_module(".".join(path.relative_to(SOURCE.parent).with_suffix("").parts))
        items = {item.nodeid: item for item in session.items}
        reached = self._reached(session)
        known = {tuple(row) for row in _survivors()}
        counts = Counter[str]()
        for number, change in enumerate(self.changes, 1):
            before, after = change.lines
            began = time.monotonic()
            verdict, why = _try(session, change, reached, items)
            if verdict == "survived" and (change.module, before, after) in known:
                verdict = "equivalent"
            counts[verdict] += 1
            took = time.monotonic() - began
            text = f"{number}: {verdict} ({why}, {took:.1f} s) {change.module}:{change.line}"
            print(text, f"    - {before}", f"    + {after}", sep="\n", flush=True)
        judged = len(self.changes) - counts["equivalent"]
        print(
            f"{counts['noticed']} of {judged} changes were noticed ({counts['noticed'] / max(1, judged):.0%}); "
            f"{counts['equivalent']} more alter nothing."
        )
        return True

    def _reached(self, session: pytest.Session) -> dict[str, dict[str, Any]]:
        """Return for each test how long it took and which lines it ran; measure what has changed since last time."""
        stored = json.loads(self.cache.read_text()) if self.cache.exists() else {}
        digests = {_name(change.path): _digest(change.path) for change in self.changes}
        result, stale = {}, []
        for item in session.items:
            row = stored.get(item.nodeid, {})
            sources = {path: row.get("sources", {}).get(path) for path in digests}
            if row.get("test") == _digest(item.path) and sources == digests:
                result[item.nodeid] = row
            else:
                stale.append(item)
        if stale:
            print(f"{len(stale)} tests are run for coverage.", flush=True)
            with _fork(3600, lambda folder: _measure(stale, folder)) as (_, folder):
                result |= json.loads((folder / "reached.json").read_text())
            self.cache.parent.mkdir(parents=True, exist_ok=True)
            self.cache.write_text(json.dumps(result))
        return result


def _measure(items: list[pytest.Item], folder: Path) -> int:
    cover = coverage.Coverage(data_file=None, config_file=False, include=[f"{SOURCE}/*"])
    sources = {_name(path): _digest(path) for path in SOURCE.rglob("*.py")}
    rows: dict[str, dict[str, Any]] = {}
    cover.start()
    for item, after in itertools.zip_longest(items, items[1:]):
        cover.switch_context(item.nodeid)
        began, failed = time.monotonic(), item.session.testsfailed
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        rows[item.nodeid] = {
            "test": _digest(item.path), "took": time.monotonic() - began, "failed": item.session.testsfailed > failed,
            "lines": {}, "sources": sources,
        }  # fmt: skip
    cover.stop()
    data = cover.get_data()
    for path in data.measured_files():
        for line, contexts in data.contexts_by_lineno(path).items():
            for context in contexts:
                if context in rows:
                    rows[context]["lines"].setdefault(_name(path), []).append(line)
    for name in [name for name, row in rows.items() if row["failed"]]:
        print(f"{name} fails unchanged and is left out.", file=sys.__stderr__)
    (folder / "reached.json").write_text(json.dumps(rows))
    return 0


def _try(session: pytest.Session, change: Change, reached: dict[str, Any], items: dict[str, Any]) -> tuple[str, str]:
    path = _name(change.path)
    swaps = _swaps(change)
    if not any(change.line in row["lines"].get(path, ()) for row in reached.values()):
        swaps = None  # it runs once, with the first import
    files = {name.split("::")[0] for name, row in reached.items() if path in row["lines"]}
    files = files or {name.split("::")[0] for name in reached}  # of a module without functions
    rows = {
        name: row
        for name, row in reached.items()
        if not row["failed"] and (change.line in row["lines"].get(path, ()) if swaps else name.split("::")[0] in files)
    }
    if not rows:
        return "survived", "no test runs it"
    chosen = sorted(rows, key=lambda name: (change.path.stem not in name, rows[name]["took"]))
    ends = itertools.accumulate(rows[name]["took"] for name in chosen)
    chosen = [name for name, end in zip(chosen, ends, strict=True) if end < SECONDS] or chosen[:1]
    limit = 20 + 5 * sum(rows[name]["took"] for name in chosen)
    if not swaps:
        return _in_new_process(change, chosen, limit)

    def run(folder: Path) -> int:
        for old, new in swaps:
            old.__code__ = new
        for name, after in itertools.zip_longest(chosen, chosen[1:]):
            item = items[name]
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=items.get(after))
            if session.testsfailed:
                (folder / "why").write_text(name)
                return 1
        return 0

    with _fork(limit, run) as (code, folder):
        why = (folder / "why").read_text() if (folder / "why").exists() else f"{len(chosen)} tests, code {code}"
    return ("noticed" if code else "survived"), why


def _swaps(change: Change) -> list[tuple[FunctionType, CodeType]] | None:
    """Return the functions whose code the change replaces; None if it reaches past functions."""
    with warnings.catch_warnings(action="ignore"):  # such as of `is` with a literal
        texts = (change.path.read_text(), change.code)
        old, new = (compile(text, str(change.path), "exec", dont_inherit=True) for text in texts)
    pairs = list(_differing(old, new))
    if not pairs or any(not code.co_flags & CO_OPTIMIZED for code, _ in pairs):
        return None
    found = []
    gc.unfreeze()  # conftest.py freezes
    functions = [each for each in gc.get_objects() if isinstance(each, FunctionType)]
    for before, after in pairs:
        alive = [each for each in functions if _place(each.__code__) == _place(before)]
        within = "<locals>" in before.co_qualname  # it may be alive or made later, by the function around it
        if before.co_freevars != after.co_freevars or not (alive or within):
            return None
        found += [(each, after) for each in alive]
    return found


def _place(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _differing(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield the functions, methods or bodies of modules and classes that differ, and those around a function."""
    parts = [[const for const in code.co_consts if isinstance(const, CodeType)] for code in (old, new)]
    consts = [tuple(None if isinstance(const, CodeType) else const for const in code.co_consts) for code in (old, new)]
    flat = [code.replace(co_consts=own, co_linetable=b"") for code, own in zip((old, new), consts, strict=True)]
    alike = flat[0] == flat[1] and len(parts[0]) == len(parts[1])
    within = [found for pair in zip(*parts, strict=True) for found in _differing(*pair)] if alike else []
    if not alike or (within and old.co_flags & CO_OPTIMIZED):
        yield old, new
    yield from within


def _in_new_process(change: Change, chosen: list[str], limit: float) -> tuple[str, str]:
    source = change.path.read_text()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "tests").write_text("\n".join(chosen))
        command = [sys.executable, "-m", "pytest", *OPTIONS, f"@{folder}/tests"]
        try:
            change.path.write_text(change.code)
            env = {**os.environ, "TMPDIR": folder}
            done = subprocess.run(command, timeout=limit, env=env, capture_output=True, text=True, check=False)
        except subprocess.TimeoutExpired:
            return "noticed", "took too long"
        finally:
            change.path.write_text(source)
    last = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return ("noticed" if done.returncode else "survived"), f"new process: {(last or [len(chosen)])[0]}"[:150]


@contextlib.contextmanager
def _fork(limit: float, run: Any) -> Iterator[tuple[int, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="mutate-"))
    child = os.fork()
    if not child:
        code = 1
        try:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDWR), 1)
            tempfile.tempdir = os.environ["TMPDIR"] = os.environ["XDG_STATE_HOME"] = str(folder)
            code = run(folder)
        finally:
            os._exit(code)
    end = time.monotonic() + limit
    while not (done := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < end:
        time.sleep(0.01)
    if not done[0]:
        os.killpg(child, 9)
        done = os.waitpid(child, 0)
    yield done[1], folder
    shutil.rmtree(folder, ignore_errors=True)


def _name(path: Path | str) -> str:
    return Path(path).relative_to(ROOT).as_posix()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _survivors() -> Iterator[list[str]]:
    """Yield module, line before and line after of the rows of `survivors.md`."""
    for line in (ROOT / "tests" / "survivors.md").read_text().splitlines():
        cells = [cell.strip().strip("`").replace("\\|", "|") for cell in line.replace("\\|", "\0").split("|")[1:-1]]
        if len(cells) == 4:
            yield [cell.replace("\0", "|") for cell in cells[:3]]


if __name__ == "__main__":
    raise SystemExit(main())
