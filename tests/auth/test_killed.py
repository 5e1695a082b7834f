"""kill -9 during a write: the file holds what it held, and the next write goes through."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from admonster_fb import FileStore
from admonster_fb.auth.token import Token
from admonster_fb.redaction import Secret

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal"),
]
KEY = Fernet.generate_key().decode()
OLD, NEW = Token(Secret("sandbox-a0000000000000000001")), Token(Secret("sandbox-b0000000000000000002"))


@contextmanager
def writing(path: Path, how: str) -> Iterator[None]:
    """Start a process that writes, and kill it when the block ends."""
    command = [sys.executable, str(Path(__file__).with_name("saver.py")), str(path), how]
    env = {**os.environ, "FACEBOOK_TOKEN_KEY": KEY}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout
        assert process.stdout.readline() == "writing\n"
        yield
        process.kill()
        assert process.wait(10) == -signal.SIGKILL


def test_a_write_that_is_killed_leaves_the_old_file_and_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "tokens.bin"
    store = FileStore(path, KEY)
    store.save("ann", OLD)
    before = path.read_bytes()
    with writing(path, "held"):
        pass
    assert len([*tmp_path.glob(".tokens.bin*")]) == 1, "it was killed in the middle"
    assert path.read_bytes() == before
    assert store.load("ann") == OLD
    with store.locked("ann", 1):
        store.save("ann", NEW)
    assert store.load("ann") == NEW
    assert not [*tmp_path.glob(".tokens.bin*")], "what the killed process left is gone"


def test_whenever_it_is_killed_the_file_can_be_read(tmp_path: Path) -> None:
    path, chance = tmp_path / "tokens.bin", random.Random(8)
    store = FileStore(path, KEY)
    store.save("bob", OLD)
    for _ in range(6):
        with writing(path, "busy"):
            time.sleep(chance.uniform(0, 0.1))
        found = store.load("ann")
        assert found is not None
        assert found.reveal().startswith("sandbox-0000")
        assert store.load("bob") == OLD
        store.save("ann", NEW)
        assert store.load("ann") == NEW
