"""Many processes with one store."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet

from admonster_fb import FileStore
from admonster_fb.auth.token import Token

APP_SECRET = "sandbox-5ec2e700000000000000"
PROCESSES = 8
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("copies")]


@pytest.fixture
def served(meta: Any, clock: Any) -> Iterator[str]:
    """The tests' small Meta on a socket; it counts what comes from all processes."""
    clock.time = datetime.now(UTC)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = f"http://graph.invalid{self.path}"
            asked = requests.Request(self.command, url, {**self.headers}, data=body).prepare()
            answer = meta.send(asked)
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("how", ["renew", "use"])
def test_many_processes_make_one_exchange(served: str, meta: Any, clock: Any, tmp_path: Path, how: str) -> None:
    path, key = tmp_path / "tokens.bin", Fernet.generate_key().decode()
    told = meta.issue(days=3)
    expires_at = clock.now() + timedelta(days=3)
    FileStore(path, key).save("ann", Token.from_dict({**told, "expires_at": expires_at.isoformat()}))
    command = [sys.executable, str(Path(__file__).with_name("renewer.py")), served, str(path), how]
    env = {**os.environ, "FACEBOOK_TOKEN_KEY": key, "APP_SECRET": APP_SECRET}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen(command, text=True, env=env, **pipes)) for _ in range(PROCESSES)
        ]
        assert [process.stdout.readline() for process in processes] == ["ready\n"] * PROCESSES  # type: ignore[union-attr]
        for process in processes:
            process.stdin.write("go\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        ends = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES, ends[0][1]
    assert meta.exchanges == 1
    renewed = FileStore(path, key).load("ann")
    assert renewed is not None
    assert renewed.expires_at - expires_at > timedelta(days=50)  # type: ignore[operator]
    assert meta.count("me") == PROCESSES
    secrets = (APP_SECRET, key, *meta.tokens)
    assert not any(secret in text for secret in secrets for pair in ends for text in pair)
    assert not any(secret in argument for secret in secrets for argument in command)
