"""Change a module in small ways and see which changes no test notices: python tests/mutate.py money [--sample 40]

A development command over cosmic-ray (`pip install cosmic-ray`); CI does not run it. Without a name it lists the
modules. It changes the checkout it stands in and puts every change back: commit first.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from cosmic_ray.commands import execute, init
from cosmic_ray.config import ConfigDict
from cosmic_ray.modules import filter_paths, find_modules
from cosmic_ray.work_db import WorkDB, use_db

ROOT = Path(__file__).parents[1]
TESTS = {
    "money": "tests/ground/test_money.py tests/services/test_currencies.py",
    "redaction": "tests/ground/test_redact.py tests/auth/test_seen.py",
    "storage": "tests/transport/test_storage.py",
    "rules": "tests/rules",
    "transport": "tests/transport tests/reliability",
    "bot/plans": "tests/plans",
    "bot/audit": "tests/audit",
    "workflows/launch": "tests/launch",
}
"""Modules that carry promises, and the tests that must notice a change in them."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", nargs="?", help="a path under src/admonster_fb, without .py")
    parser.add_argument("--sample", type=int, help="how many changes to try, drawn at random; default: all")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.module is None:
        print(*TESTS, sep="\n")
        return 0
    tests = next(tests for name, tests in TESTS.items() if options.module.startswith(name))
    path = ROOT / "src" / "admonster_fb" / options.module
    path = path if path.is_dir() else path.with_suffix(".py")
    command = f"{sys.executable} -m pytest -q -x -p no:cacheprovider -m 'not slow' {tests}"
    config = ConfigDict(
        {"module-path": str(path), "timeout": 120.0, "test-command": command, "excluded-modules": [],
         "distributor": {"name": "local"}}
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, use_db(f"{folder}/work.sqlite", WorkDB.Mode.create) as database:
        init(filter_paths(find_modules([path]), ["*/__init__.py"]), database, config.operators_config)
        if options.sample:
            _draw(database, options.sample, options.seed)
        execute(database, config)
        return _report(database)


def _draw(database: WorkDB, count: int, seed: int) -> None:
    items = sorted(database.work_items, key=lambda item: item.job_id)
    chosen = {item.job_id for item in random.Random(seed).sample(items, min(count, len(items)))}
    database.clear()
    database.add_work_items(item for item in items if item.job_id in chosen)


def _report(database: WorkDB) -> int:
    results = [(item, result) for item in database.work_items for job, result in database.results if job == item.job_id]
    survivors = [(item, result) for item, result in results if result.is_killed is False]
    for _, result in survivors:
        print(result.diff)
    noticed = len(results) - len(survivors)
    print(f"{noticed} of {len(results)} changes were noticed ({noticed / max(1, len(results)):.0%}).")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
