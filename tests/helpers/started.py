"""Runs programs in copies of a process that has imported the library already: to import it takes most of a start.

What programs print, read and exit with is as of any program. Tests of the import itself start Python.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


def run(
    file: Path, *words: str, folder: Path, env: Mapping[str, str], stdin: str = "", timeout: float = 100
) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with this environment and no other."""
    command = [str(file), *words]
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        given.write(stdin)
        given.seek(0)
        ours = _parent()
        ours.settimeout(timeout)
        request = json.dumps({"command": command, "folder": str(folder), "env": dict(env)}).encode()
        socket.send_fds(ours, [request], [file.fileno() for file in (given, out, errors)])
        code = int(ours.recv(16))
        out.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(command, code, out.read().decode(), errors.read().decode())


@cache
def _parent() -> socket.socket:
    """Start the process that is copied, and return the way to it. It ends with this one."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen([sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()])
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _copy_on_request(requests: socket.socket) -> None:
    import admonster_fb.bot.registry
    import admonster_fb.sandbox  # noqa: F401 - for the copies

    while True:
        request, files, _, _ = socket.recv_fds(requests, 1_000_000, 3)
        if not request:
            return
        child = os.fork()
        if child == 0:
            requests.close()
            _become(json.loads(request), files)
            return
        for file in files:
            os.close(file)
        requests.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _become(request: dict[str, Any], files: list[int]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 - to the end
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = request["command"]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    _copy_on_request(socket.socket(fileno=int(sys.argv[1])))
