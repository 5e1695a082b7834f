"""Forty asks, as a model works through them: the same end in the sandbox through the tool, the command line and MCP."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from agent_tasks import (
    APPLY,
    DOCS,
    TASKS,
    TRIAL,
    Face,
    NotSaid,
    Task,
    begun,
    by_tool,
    differences,
    measured,
    page,
    resolved,
    state,
    work,
)
from golden_help import helps, pages
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.sandbox import Sandbox, serve

pytestmark = pytest.mark.thorough

MOST_CALLS, MOST_CHARS = 8, 12_000
NAMES = [task.ask for task in TASKS]


def check(task: Task, before: dict[str, Any], sandbox: Sandbox, texts: list[str], shown: list[str]) -> None:
    assert set(differences(before, state(sandbox))) == task.end, texts[-1]
    everything = "\n".join([*texts, *shown])
    assert [word for word in task.told if word not in everything] == [], everything[-3000:]


@pytest.mark.parametrize("task", TASKS, ids=NAMES)
def test_by_the_tool(task: Task) -> None:
    sandbox, before = begun(task)
    shown: list[str] = []
    with by_tool(task, sandbox, shown, agrees=task.agrees) as call:
        texts = work(task, sandbox, call)
    check(task, before, sandbox, texts, shown)
    assert len(texts) <= MOST_CALLS
    assert sum(map(len, texts)) <= MOST_CHARS
    refused = sum(1 for text in texts if text.startswith("ERROR"))
    assert refused == task.wrong_turns or task in TASKS[-6:]


PLANNED = [task for task in TASKS if any(step == APPLY for step in task.calls)]


@table("task", PLANNED, ids=[task.ask for task in PLANNED])
def test_nothing_is_spent_or_destroyed_without_a_yes(task: Task) -> None:
    sandbox, before = begun(task)
    with by_tool(task, sandbox, [], agrees=False) as call, suppress(NotSaid):  # what was not created has no ID
        work(task, sandbox, call)
    assert set(differences(before, state(sandbox))) <= {"Campaign Evergreen: daily_budget=6100"}, "somebody else's"


def test_the_forty_and_the_golden_files_take_less_than_ten_seconds(tmp_path: Path) -> None:
    began = time.process_time()
    for task in TASKS:
        sandbox, before = begun(task)
        shown: list[str] = []
        with by_tool(task, sandbox, shown, agrees=task.agrees) as call:
            texts = work(task, sandbox, call)
        check(task, before, sandbox, texts, shown)
    assert len(pages(helps(tmp_path))) > 1
    assert time.process_time() - began < 10


@pytest.mark.slow
def test_what_the_forty_cost_is_little_and_as_the_documentation_says() -> None:
    costs = [measured(task) for task in TASKS]
    assert len(TASKS) == 40
    assert statistics.median(cost.calls for cost in costs) <= 5
    assert statistics.median(cost.chars for cost in costs) <= 7_000
    written, made = (
        re.sub(r"^(\| [^|]+ \| \**\d+\** )\| \**[\d,]+\** \|", r"\1|", text, flags=re.MULTILINE)
        for text in (DOCS.read_text(encoding="utf-8"), page(costs))
    )
    assert written == made, "python tests/helpers/agent_tasks.py"


@contextmanager
def by_command_line(task: Task, sandbox: Sandbox, shown: list[str], folder: Path) -> Iterator[Face]:
    """The command line, and a person at its terminal."""
    from typer.testing import CliRunner

    from admonster_fb.cli import app as cli

    with serve(sandbox) as meta, pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if name.startswith(("FACEBOOK_", "NO_COLOR", "FORCE_COLOR", "COLUMNS")):
                patch.delenv(name)
        patch.chdir(folder)
        settings = {"ENDPOINT": meta.url, "ACCESS_TOKEN": sandbox.token, "AD_ACCOUNT_ID": "act_1", "PLANS": "plans"}
        settings |= {"AUDIT": "audit.jsonl", "LAUNCHES": "launches", "APPLY_BY": "host"}
        settings |= {name.upper(): ",".join(v) if isinstance(v, list) else v for name, v in task.policy.items()}
        for name, value in settings.items():
            patch.setenv(f"FACEBOOK_{name}", value)
        patch.setattr("admonster_fb.cli.plans.at_terminal", lambda: True)
        patch.setattr(FacebookAds, "now", lambda _fb: sandbox.now())

        def call(op: str, args: dict[str, Any]) -> str:
            words = [f"{key}={v if isinstance(v, str) and v != '35' else json.dumps(v)}" for key, v in args.items()]
            if op != "apply":
                return CliRunner().invoke(cli.app, ["call", op, *words]).output
            first = CliRunner().invoke(cli.app, ["apply", args["plan_id"]], input="no\n").output
            word = first.partition("Type ")[2].partition(" ")[0]
            if not task.agrees or not word:
                shown.append(first)
                return first
            done = CliRunner().invoke(cli.app, ["apply", args["plan_id"]], input=f"{word}\n").output
            shown.append(done)
            return done

        yield call


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS, ids=NAMES)
def test_by_the_command_line(task: Task, tmp_path: Path) -> None:
    sandbox, before = begun(task)
    shown: list[str] = []
    if task.ask == "A campaign Spring (the host calls twice)":
        pytest.skip("each command is a process of its own: only one that serves knows what was called before")
    with by_command_line(task, sandbox, shown, tmp_path) as call:
        texts = work(task, sandbox, call)
    check(task, before, sandbox, texts, shown)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS, ids=NAMES)
def test_by_mcp(task: Task) -> None:
    from mcp import Client
    from mcp.types import ElicitResult

    from admonster_fb.bot.mcp_server import server

    sandbox, before = begun(task)
    tool = FacebookTool(FacebookAds.sandbox(sandbox), policy=SpendPolicy(apply_by="host", **task.policy))
    shown: list[str] = []

    async def answer(_context: Any, params: Any) -> ElicitResult:
        shown.append(params.message)
        return ElicitResult(action="accept", content={"yes": True}) if task.agrees else ElicitResult(action="decline")

    async def run() -> list[str]:
        async with Client(server(tool), elicitation_callback=answer) as client:

            async def call(op: str, args: dict[str, Any]) -> str:
                result = await client.call_tool("facebook", {"op": op, "args": args})
                return result.content[0].text  # type: ignore[union-attr]

            return await _work(task, sandbox, call)

    texts = anyio.run(run)
    check(task, before, sandbox, texts, shown)


async def _work(task: Task, sandbox: Sandbox, call: Callable[[str, dict[str, Any]], Awaitable[str]]) -> list[str]:
    texts: list[str] = []
    for step in task.calls:
        if callable(step):
            step(sandbox)
        else:
            op, args = step
            texts.append(await call(op, resolved(args, texts)))
    return texts


def test_a_model_that_knew_nothing_needed_little() -> None:
    rows = [[int(value) for value in line.split(",")] for line in TRIAL.read_text().splitlines()[1:]]
    assert [row[0] for row in rows] == [*range(1, 41)]
    assert statistics.median(row[1] for row in rows) <= 5
    assert statistics.median(row[2] for row in rows) <= 7_000


@pytest.mark.slow
def test_each_ask_can_be_tried_by_somebody_who_knows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ask

    monkeypatch.setattr(ask, "FOLDER", tmp_path)
    for number, task in enumerate(TASKS, 1):
        world, texts = ask.World(number), list[str]()
        for step in task.calls:
            if not callable(step):
                texts.append(world.call(json.dumps({"op": step[0], "args": resolved(step[1], texts)})))
        said = world.score()
        assert said.startswith(f"{len(texts)} calls"), task.words
        assert said.endswith("as recorded"), (task.words, said, world.end())


@pytest.mark.slow
def test_a_trial_asks_the_owner_and_shows_only_what_a_model_sees(tmp_path: Path) -> None:
    def ask(*words: str) -> str:
        command = [sys.executable, str(Path(__file__).parents[1] / "helpers/ask.py"), *words]
        environment = {**os.environ, "ASK_DIR": str(tmp_path)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout

    try:
        assert "\n11. Please give Evergreen 72 dollars a day.\n" in ask("asks")
        ask("11", "begin", "--wait")
        assert set(json.loads(ask("11", "desc"))) == {"name", "description", "parameters"}
        listed = ask("11", "call", '{"op": "list_campaigns"}')
        arguments = resolved({"campaign_id": "<Evergreen>", "daily_budget": "72.00 USD"}, [listed])
        text = ask("11", "call", json.dumps({"op": "update_campaign", "args": arguments}))
        plan = resolved("<plan>", [text])
        assert ask("11", "call", json.dumps({"op": "apply", "args": {"plan_id": plan}})).startswith("ERROR")
        assert ask("11", "end") == "nothing is different\n"
        assert ask("11", "yes", plan).startswith("OK")
        assert ask("11", "end") == "Campaign Evergreen: daily_budget=7200\n"
        assert "| 11 | 3 calls |" in ask("score")
        logged = [json.loads(line) for line in (tmp_path / "11.jsonl").read_text().splitlines()]
        assert [row.get("chars") for row in logged[:2]] == [len(listed) - 1, len(text) - 1]
        assert logged[-1]["person read"].startswith("Up to $12.00 USD more a day.")
    finally:
        ask("stop")
