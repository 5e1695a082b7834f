"""Runs programs in copies of a process that has imported the library already: to import it takes most of a start.

What programs print, read and exit with is as of any program, and so are their signals. Tests of the import itself, and
of what the system shows of a process, start Python.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import json
import os
import runpy
import socket
import subprocess
import sys
import types
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

IMPORTED = (
    "admonster_fb.bot.mcp_server",
    "admonster_fb.bot.registry",
    "admonster_fb.bot.render.nodes",
    "admonster_fb.cli.app",
    "admonster_fb.sandbox",
    "admonster_fb.services.campaigns",
    "mcp.server.stdio",
    "requests",
)
SUBREAPER = 36
"""What `prctl` calls it: orphans further down become children of this process, which can then wait for them."""
ONE = Lock()


def run(
    file: Path, *words: str, folder: Path, env: Mapping[str, str], stdin: str = "", timeout: float = 100
) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, with this environment and no other."""
    command, pipe = [sys.executable, str(file), *words], subprocess.PIPE
    with Program(command, cwd=folder, env=env, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        out, errors = process.communicate(stdin, timeout)
        return subprocess.CompletedProcess(command, process.returncode, out, errors)


class Program(subprocess.Popen[Any]):
    """Starts `python FILE`, `python -c CODE` and `python -m admonster_fb` as a copy, all else as it is."""

    def _execute_child(  # type: ignore[override]
        self, args: Any, executable: Any, preexec_fn: Any, close_fds: Any, pass_fds: Any, cwd: Any, env: Any, *more: Any
    ) -> None:
        words, environment = [os.fspath(word) for word in args], dict(os.environ if env is None else env)
        known = _can_be_copied(words, environment) and executable in (None, words[0])
        if not known or preexec_fn or pass_fds:
            super()._execute_child(args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *more)  # type: ignore[misc]
            return
        pipes, session = more[3:9], more[14]
        theirs = [number if file == -1 else file for number, file in enumerate((pipes[0], pipes[3], pipes[5]))]
        request = {"words": words[1:], "folder": os.fspath(cwd or Path.cwd()), "session": session}
        with ONE:
            self.pid = _started(request | {"env": environment}, theirs)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


def _can_be_copied(words: list[str], environment: Mapping[str, str]) -> bool:
    """Tell whether a command is known here, and Python would not start otherwise with this environment."""
    kind = words[1] if len(words) > 1 else ""
    known = kind == "-c" or kind.endswith(".py") or words[1:3] == ["-m", "admonster_fb"]
    read = {name for name in environment if name.startswith(("PYTHON", "LC_", "LANG"))} - {"PYTHONPATH"}
    as_here = all(environment[name] == os.environ.get(name) for name in read)
    return sys.platform == "linux" and words[0] == sys.executable and known and as_here


def _started(request: dict[str, Any], files: list[int]) -> int:
    """Return the number of a new process, which becomes a child of this one when what is between them ends."""
    ours, system = _parent(), ctypes.CDLL(None)
    system.prctl(SUBREAPER, 1)
    try:
        socket.send_fds(ours, [json.dumps(request).encode()], files)
        return int(ours.recv(16))
    finally:
        system.prctl(SUBREAPER, 0)


@cache
def _parent() -> socket.socket:
    """Start the process that is copied, and return the way to it. It ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, __file__, str(theirs.fileno())]
    process = PYTHON(command, pass_fds=[theirs.fileno()], env=environment)
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


PYTHON = subprocess.Popen


def _copy_on_request(requests: socket.socket) -> None:
    for name in IMPORTED:
        __import__(name)
    sys.modules["admonster_fb.sandbox"].Sandbox()  # type: ignore[attr-defined] # whose past is made once
    gc.freeze()
    while True:
        message, files, _, _ = socket.recv_fds(requests, 1_000_000, 3)
        if not message:
            return
        read, write = os.pipe()
        between = os.fork()
        if between == 0:
            program = os.fork()
            if program == 0:
                for file in (requests.detach(), read, write):
                    os.close(file)
                _become(json.loads(message), files)
                return
            os.write(write, str(program).encode())
            os._exit(0)
        for file in (*files, write):
            os.close(file)
        os.waitpid(between, 0)
        requests.send(os.read(read, 16))
        os.close(read)


def _become(request: dict[str, Any], files: list[int]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    if request["session"]:
        os.setsid()
    sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115 - to the end
    sys.stderr = open(2, "w", errors="backslashreplace")  # noqa: SIM115
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["env"])
    kind, *words = request["words"]
    sys.path[1:1] = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each not in sys.path]
    if kind == "-c":
        code, *sys.argv[1:] = words
        sys.argv[0], sys.path[0] = "-c", ""
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(compile(code, "<string>", "exec"), main.__dict__)
    elif kind == "-m":
        sys.argv, sys.path[0] = words, request["folder"]
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv, sys.path[0] = [kind, *words], str(Path(kind).parent)
        runpy.run_path(kind, run_name="__main__")


if __name__ == "__main__":
    _copy_on_request(socket.socket(fileno=int(sys.argv[1])))
