"""A sandbox whose faults must all be met, and the trees of the benchmark."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
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


@pytest.fixture
def redis_server(tmp_path):
    """A Redis of this machine: its address, and functions that kill and restart it."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def start():
        process = subprocess.Popen(
            ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                return process
            except OSError:
                time.sleep(0.02)
        raise AssertionError("redis-server did not start")

    running = [start()]

    def restart():
        running.append(start())

    def kill():
        running[-1].kill()
        running[-1].wait()

    yield f"redis://127.0.0.1:{port}/0", kill, restart
    kill()
