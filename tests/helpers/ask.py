"""A trial of the forty asks by somebody who knows nothing of this library: they see what a model sees, and no more.

    python tests/helpers/ask.py asks           all asks, in the words of the owner, with their numbers
    python tests/helpers/ask.py 11 begin       a fresh world for ask 11
    python tests/helpers/ask.py 11 desc        what a model gets: the tool's name, description and parameters
    python tests/helpers/ask.py 11 call JSON   a call of the tool, such as '{"op": "help"}'; `-` reads it from stdin
    python tests/helpers/ask.py 11 end         what is different in the sandbox now, read from the sandbox itself
    python tests/helpers/ask.py score          calls, characters, errors and the end of each world so far
    python tests/helpers/ask.py trial          writes calls, characters and errors of all asks to tests/agent/trial.csv
    python tests/helpers/ask.py stop           ends all worlds

A person is asked before a plan is applied, and answers as the ask says. After `begin --wait` nobody answers by
themselves: `11 yes PLAN` is the person's yes. One process holds the worlds; the first command starts it. `$ASK_DIR` (a
folder) keeps the socket and, for each world, `N.jsonl`: every call with its answer, its characters, and what the person
read.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent_tasks import Task

FOLDER = Path(os.environ.get("ASK_DIR", Path(tempfile.gettempdir(), "ask")))
SOCKET = FOLDER / "socket"
UNCHANGING = ("creative", "targeting", "status", "daily_budget", "lifetime_budget", "objective", "campaign_id", "cells")
UNCHANGING += ("adset_id", "rule", "lookalike_spec", "subtype", "start_time", "end_time", "optimization_goal")


class World:
    """One ask: a sandbox, the tool on it, and what was called."""

    def __init__(self, number: int, *, wait: bool = False) -> None:
        from agent_tasks import TASKS, begun

        from admonster_fb import FacebookAds
        from admonster_fb.bot import FacebookTool
        from admonster_fb.bot.plans.policy import SpendPolicy

        self.task: Task = TASKS[number - 1]
        self.wait, self.lock = wait, threading.Lock()
        self.sandbox, self.before = begun(self.task)
        policy = SpendPolicy(apply_by="host", **self.task.policy)
        self.tool = FacebookTool(FacebookAds.sandbox(self.sandbox), policy=policy)
        self.events = [step for step in self.task.calls if callable(step)]
        self.twice = any(first == second for first, second in pairwise(self.task.calls))
        self.log = FOLDER / f"{number}.jsonl"
        self.log.write_text("")

    def desc(self) -> str:
        tool = {"name": self.tool.name, "description": self.tool.description, "parameters": self.tool.parameters}
        return json.dumps(tool, ensure_ascii=False, indent=1)

    def call(self, text: str) -> str:
        """Return what the model reads."""
        try:
            given = json.loads(text)
        except ValueError:
            given = text  # as a model that writes no JSON
        plan = self.tool.asks(given)
        read = self.tool.shown(plan) if plan else None
        for event in self.events if plan else ():
            event(self.sandbox)
            self.events = []
        if plan is None or self.wait:
            answer = self.tool.call(given).text
            if self.twice and str(given).find("create_") > 0:
                answer = self.tool.call(given).text
        elif self.task.agrees:
            answer = asyncio.run(self.tool.acall(given, approved_by="the owner")).text
        else:
            from agent_tasks import NO

            answer = NO
        self._write({"call": given, "given": len(text), "chars": len(answer), "answer": answer, "person read": read})
        return answer

    def yes(self, plan_id: str) -> str:
        plan = self.tool.guard.pending(plan_id)
        read = self.tool.shown(plan) if plan else None
        answer = self.tool.approve(plan_id, by="the owner").text
        self._write({"yes": plan_id, "answer": answer, "person read": read})
        return answer

    def differences(self) -> list[str]:
        from agent_tasks import differences, state

        return [*differences(self.before, state(self.sandbox))]

    def end(self) -> str:
        """Return what is different in the sandbox, and the fields of what is new."""
        from agent_tasks import state

        new = [(key, row) for key, row in state(self.sandbox).items() if key not in self.before]
        lines = self.differences() or ["nothing is different"]
        for key, row in new:
            kept = {name: row[name] for name in ("name", *UNCHANGING) if row.get(name) not in (None, "", [])}
            lines.append(f"{key}: {json.dumps(kept, ensure_ascii=False)}")
        return "\n".join(lines)

    def score(self) -> str:
        rows = [json.loads(line) for line in self.log.read_text().splitlines()]
        calls = [row for row in rows if "call" in row]
        errors = sum(row["answer"].startswith("ERROR") for row in calls)
        end = set(self.differences())
        same = "as recorded" if end == self.task.end else f"{sorted(end)}, recorded {sorted(self.task.end)}"
        text = "\n".join(str(value) for row in rows for value in (row["answer"], row.get("person read")))
        untold = [words for words in self.task.told if words not in text]
        said = f"; not told: {untold}" if untold else ""
        return f"{len(calls)} calls | {sum(row['chars'] for row in calls):,} | {errors} errors | {same}{said}"

    def _write(self, row: dict[str, Any]) -> None:
        with self.log.open("a") as file:
            file.write(json.dumps({"at": time.time(), **row}, ensure_ascii=False) + "\n")


class Worlds(dict[int, World]):
    """The worlds of one process, by the number of their ask."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def answer(self, words: list[str]) -> str:
        if words == ["asks"]:
            from agent_tasks import TASKS

            return "\n\n".join(f"{number}. {task.words}" for number, task in enumerate(TASKS, 1))
        if words == ["score"]:
            return "\n".join(f"| {number} | {self[number].score()} |" for number in sorted(self))
        number, command, *rest = int(words[0]), *words[1:]
        with self.lock:
            if command == "begin" or number not in self:
                self[number] = World(number, wait="--wait" in rest)
        if command == "begin":
            return f"ask {number}: a fresh world"
        with self[number].lock:
            return str(
                getattr(self[number], {"desc": "desc", "call": "call", "yes": "yes", "end": "end"}[command])(*rest)
            )


def serve() -> None:
    worlds = Worlds()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            words = json.loads(self.rfile.readline())
            if words == ["stop"]:
                threading.Thread(target=server.shutdown).start()
                return
            try:
                answer = worlds.answer(words)
            except Exception as error:  # noqa: BLE001 - a mistake in the command, or one of this file
                answer = f"ask: {type(error).__name__}: {error}\n{__doc__}"
            self.wfile.write(answer.encode())

    SOCKET.unlink(missing_ok=True)
    with socketserver.ThreadingUnixStreamServer(str(SOCKET), Handler) as server:
        server.daemon_threads = True
        server.serve_forever()
    SOCKET.unlink(missing_ok=True)


def write_trial() -> None:
    """Write what a trial of all asks took, from its logs."""
    lines = ["ask,calls,characters,errors"]
    for number in range(1, 41):
        rows = [json.loads(line) for line in (FOLDER / f"{number}.jsonl").read_text().splitlines()]
        answers = [row["answer"] for row in rows if "call" in row]
        errors = sum(answer.startswith("ERROR") for answer in answers)
        lines.append(f"{number},{len(answers)},{sum(map(len, answers))},{errors}")
    (Path(__file__).parents[1] / "agent/trial.csv").write_text("\n".join([*lines, ""]))


def reached() -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(SOCKET))
    except OSError:
        return None
    return connection


def main(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    if words == ["trial"]:
        write_trial()
        return 0
    if words == ["serve"]:
        serve()
        return 0
    if words[1:2] == ["call"] and words[2:] in (["-"], []):
        words = [*words[:2], sys.stdin.read()]
    connection = reached()
    if connection is None:
        with (FOLDER / "errors.txt").open("a") as errors:
            subprocess.Popen([sys.executable, __file__, "serve"], stderr=errors, stdout=errors, start_new_session=True)
        end = time.monotonic() + 60
        while (connection := reached()) is None and time.monotonic() < end:
            time.sleep(0.1)
        assert connection is not None, f"see {FOLDER}"
    with connection, connection.makefile("rb") as answer:
        connection.sendall(json.dumps(words).encode() + b"\n")
        print(answer.read().decode())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
