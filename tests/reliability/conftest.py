"""A sandbox whose faults must all be met, and the trees of the benchmark."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from admonster_fb import FacebookAds
from admonster_fb.sandbox import Sandbox

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))


@pytest.fixture
def sandbox():
    sandbox = Sandbox(history=0)
    yield sandbox
    sandbox.check_spent()


@pytest.fixture
def fb(sandbox):
    with FacebookAds.sandbox(sandbox) as facade:
        yield facade


@pytest.fixture
def sent(sandbox):
    """Count the calls of one method and path since the test began."""

    def count(method: str, path: str) -> int:
        return sum(1 for entry in sandbox.journal if entry.method == method and entry.path == path)

    return count
