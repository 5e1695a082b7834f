"""From the start of `admonster-fb call update_campaign … status=PAUSED` to its write, with every read hanging.

The goal is 1 s on a machine that has nothing else to do: python benchmarks/pause.py [ROUNDS] [ARGUMENTS].
Seconds on a busy machine say little. What counts is the CPU of the process until then and how long it slept; the kernel
counts apart for how long it could have run had a processor been free.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import admonster_fb

CALL = ("update_campaign", "campaign_id=120210000000000001", "status=PAUSED")


class Server(ThreadingHTTPServer):
    """Answers writes, and reads not before the end."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.written, self.over = threading.Event(), threading.Event()
        self.at = self.cpu = self.awake = 0.0
        self.process: subprocess.Popen[str] | None = None


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.over.wait(60)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        items = json.loads(form.get("batch", ["[]"])[0])
        if any(item["method"] == "GET" for item in items):
            self.server.over.wait(60)
            return
        self._note()
        done = {"success": True}
        body = json.dumps([{"code": 200, "body": json.dumps(done)} for _ in items] if items else done).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _note(self) -> None:
        if self.server.written.is_set():
            return
        self.server.at = time.perf_counter()
        if self.server.process:
            self.server.cpu = cpu_of(self.server.process.pid)
            self.server.awake = awake_of(self.server.process.pid)
        self.server.written.set()


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that a process has used so far, by user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def awake_of(pid: int) -> float:
    """Return the seconds in which the main thread of a process ran or could have run."""
    ran, queued, _ = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    return (int(ran) + int(queued)) / 1e9


def measured(call: tuple[str, ...], folder: str) -> tuple[float, float, float]:
    """Return the seconds from the start of a process to its write, its CPU until then, and the seconds asleep."""
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("FACEBOOK_", "PYTHONDONT"))}
    env |= {"FACEBOOK_ACCESS_TOKEN": "sandbox-pause", "FACEBOOK_AD_ACCOUNT_ID": "act_1", "XDG_STATE_HOME": folder}
    env["PYTHONPATH"] = str(Path(admonster_fb.__file__).absolute().parents[1])
    env |= {"FACEBOOK_ENDPOINT": f"http://127.0.0.1:{server.server_port}"}
    command = [sys.executable, "-m", "admonster_fb", "call", *call]
    began = time.perf_counter()
    server.process = subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.PIPE, text=True)
    sent = server.written.wait(30)
    text, _ = server.process.communicate(timeout=60)
    server.over.set()
    server.shutdown()
    server.server_close()
    if not sent:
        raise SystemExit(f"nothing was written: {text}")
    wall = server.at - began
    return wall, server.cpu, max(0.0, wall - server.awake)


if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        taken = [measured(tuple(sys.argv[2:]) or CALL, folder) for _ in range(rounds + 1)][1:]
    wall, cpu, slept = (statistics.median(each) for each in zip(*taken, strict=True))
    least = [min(each) for each in zip(*taken, strict=True)]
    print(f"{wall:.2f} s to the write: {cpu:.2f} s CPU, {slept:.2f} s asleep, the rest in the queue for a processor")
    print(f"{least[1] + least[2]:.2f} s with a free processor: the least CPU and sleep")
