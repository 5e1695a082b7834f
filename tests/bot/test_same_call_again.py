"""A write whose caller gave up is carried out once: the same call again returns its result; closing waits for it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from sandboxes import Held
from tests.helpers.tables import table

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.lane import BEGUN, MOST, NOT_SENT, THREADS
from admonster_fb.bot.mcp_server import server
from admonster_fb.bot.registry import registry
from admonster_fb.bot.tool import joins
from admonster_fb.sandbox import Http, Sandbox

CREATE = {"op": "create_campaign", "args": {"name": "A", "objective": "OUTCOME_SALES", "special_ad_categories": []}}


@pytest.fixture
def empty() -> Sandbox:
    return Sandbox(history=0)


@pytest.fixture
def held(empty: Sandbox) -> Iterator[Held]:
    adapter = Held(empty)
    yield adapter
    adapter.free.set()


@pytest.fixture
def tool(empty: Sandbox, held: Held) -> FacebookTool:
    return FacebookTool(FacebookAds.sandbox(empty, settings=Settings(adapter=held)))


async def give_up(tool: FacebookTool, held: Held, call: Any = CREATE) -> list[str]:
    """Cancel a call when its write has arrived; return what the cancellation says."""
    task = asyncio.create_task(tool.acall(call))
    await asyncio.to_thread(held.arrived.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await task
    return cancelled.value.__notes__


def made(sandbox: Sandbox, edge: str = "Campaign") -> int:
    return len(sandbox.objects(edge))


def test_a_create_that_was_given_up_is_joined_by_the_same_call(tool: FacebookTool, held: Held, empty: Sandbox) -> None:
    async def both() -> Any:
        assert await give_up(tool, held) == [BEGUN]
        again = asyncio.create_task(tool.acall(CREATE))
        await asyncio.sleep(0)
        held.free.set()
        return await again

    first = asyncio.run(both())
    second = tool.call(CREATE)
    assert (first.ok, second.ok) == (True, True), first.text + second.text
    assert first.data.id == second.data.id
    assert "Sent once" in first.text
    assert made(empty) == 1


@pytest.mark.thorough
def test_wait_for_says_which_it_was(tool: FacebookTool, held: Held) -> None:
    async def run() -> list[BaseException | Any]:
        calls = [tool.acall({**CREATE, "args": {**CREATE["args"], "name": str(n)}}) for n in range(THREADS["tool"])]
        begun = [asyncio.create_task(asyncio.wait_for(call, 5 if n else 1)) for n, call in enumerate(calls)]
        await asyncio.to_thread(held.arrived.wait, 10)
        never = asyncio.create_task(asyncio.wait_for(tool.acall({**CREATE, "name": "never"}), 0.01))
        ended = await asyncio.gather(begun[0], never, return_exceptions=True)
        held.free.set()
        await asyncio.gather(*begun[1:])
        return ended

    assert tool.call({"op": "list_campaigns"}).ok  # the registry is built once
    ended = asyncio.run(run())
    assert [getattr(error.__cause__, "__notes__", None) for error in ended] == [[BEGUN], [NOT_SENT]]
    assert "never" not in {campaign.name for campaign in tool.fb.campaigns.list("act_1")}


def test_over_mcp_a_client_that_gave_up_reading_gets_the_first_result(
    tool: FacebookTool, held: Held, empty: Sandbox
) -> None:
    arguments: Any = {"op": "create_campaign", "args": CREATE["args"]}
    assert tool.ops["create_campaign"].schema  # the first call of an op imports and builds what it needs

    async def talk() -> list[str]:
        async with Client(server(tool)) as client:
            with pytest.raises(MCPError, match=r"(?i)timed out"):
                await client.call_tool("facebook", arguments, read_timeout_seconds=0.05)
            assert held.arrived.is_set()
            async with anyio.create_task_group() as group:
                texts: list[str] = []

                async def again() -> None:
                    texts.append((await client.call_tool("facebook", arguments)).content[0].text)  # type: ignore[union-attr]

                group.start_soon(again)
                await anyio.sleep(0)
                held.free.set()
            return [*texts, (await client.call_tool("facebook", arguments)).content[0].text]  # type: ignore[union-attr]

    texts = anyio.run(talk)
    assert [text.startswith("Sent once") and empty.objects("Campaign")[0]["id"] in text for text in texts] == [True] * 2
    assert made(empty) == 1


@pytest.mark.thorough
@table(
    "change, campaigns",
    [
        ({}, 1),
        ({"again": True}, 2),
        ({"again": "true"}, 2),
        ({"name": "B"}, 2),
        ({"fields": ["id"]}, 2),
    ],
)
def test_a_second_create_needs_another_name_or_again(change: dict[str, Any], campaigns: int) -> None:
    empty = Sandbox(history=0)
    tool = FacebookTool(FacebookAds.sandbox(empty))
    assert tool.call(CREATE).ok
    assert tool.call({**CREATE, "args": {**CREATE["args"], **change}}).ok
    assert made(empty) == campaigns


def test_a_create_of_which_nobody_knows_is_not_sent_by_the_same_call(empty: Sandbox) -> None:
    """It may show after the first call has given up looking."""
    tool = FacebookTool(FacebookAds.sandbox(empty))
    empty.fail_next("POST act_*/campaigns", Http(503, ""))
    first, second = tool.call(CREATE), tool.call(CREATE)
    assert not first.ok
    assert first.error == second.error
    assert (first.error or {})["type"] == "OutcomeUnknown"
    assert made(empty) == 0
    assert tool.call({**CREATE, "args": {**CREATE["args"], "again": True}}).ok


def test_the_same_call_in_other_words_joins_too() -> None:
    empty = Sandbox(history=0)
    tool = FacebookTool(FacebookAds.sandbox(empty))
    assert tool.call(CREATE).ok
    assert tool.call({"op": "create_campaign", **CREATE["args"], "ad_account_id": "1"}).ok
    assert made(empty) == 1


@pytest.mark.thorough
def test_after_15_minutes_or_a_removal_a_create_is_new(empty: Sandbox) -> None:
    tool = FacebookTool(FacebookAds.sandbox(empty))
    ids = [tool.call(CREATE).data.id]
    empty.advance(minutes=16)
    ids.append(tool.call(CREATE).data.id)
    assert tool.approve(tool.call({"op": "delete_campaign", "campaign_id": ids[1]}).data.id).ok
    ids.append(tool.call(CREATE).data.id)
    assert len(set(ids)) == 3


def test_every_op_that_would_do_more_a_second_time_joins() -> None:
    ops = registry().values()
    assert all(joins(op) for op in ops if op.spec.effect in ("create", "add"))
    assert not any(joins(op) for op in ops if op.access == "read")
    assert not any("again" in op.schema["properties"] for op in ops)


def test_closing_waits_for_writes_and_records_those_that_hang(empty: Sandbox, held: Held, tmp_path: Path) -> None:
    fb = FacebookAds.sandbox(empty, settings=Settings(adapter=held))
    tool = FacebookTool(fb, audit=tmp_path / "audit.jsonl")
    thread = threading.Thread(target=tool.call, args=[CREATE])
    thread.start()
    assert held.arrived.wait(10)
    began = time.monotonic()
    tool.close(deadline=0.05)
    fb.close(deadline=0.05)
    assert time.monotonic() - began < 1
    [entry] = tool.log.entries() if tool.log else []
    assert (entry["op"], entry["outcome"]) == ("create_campaign", "unknown")
    held.free.set()
    thread.join()
    refused = tool.call({**CREATE, "name": "B"})
    assert "closed" in refused.text
    assert made(empty) == 1
    assert [entry["outcome"] for entry in tool.log.entries()] == ["unknown", "done"]  # type: ignore[union-attr]


def threads() -> int:
    return sum(1 for thread in threading.enumerate() if thread.name.startswith("facebook-"))


@pytest.mark.thorough
def test_many_tools_share_their_threads(empty: Sandbox) -> None:
    async def all_at_once(tools: list[FacebookTool]) -> None:
        assert all(done.ok for done in await asyncio.gather(*(tool.acall({"op": "help"}) for tool in tools)))

    fb = FacebookAds.sandbox(empty)
    tools = [FacebookTool(fb, groups=["account"]) for _ in range(200)]
    asyncio.run(all_at_once(tools))
    assert 0 < threads() <= MOST["tool"] <= 40


PROGRAM = """
import asyncio, os, sys, threading
from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox, SandboxAdapter

class Hangs(SandboxAdapter):
    def send(self, request, *args, **options):
        if hanging: threading.Event().wait(60)
        return super().send(request, *args, **options)

sandbox, hanging = Sandbox(history=0), False
tool = FacebookTool(FacebookAds.sandbox(sandbox, settings=Settings(adapter=Hangs(sandbox))))
read = {"op": "list_campaigns"}
"""


def run(program: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM + program], capture_output=True, text=True, timeout=60, env=environment
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.usefixtures("copies")
@pytest.mark.slow
@table(
    "program, output",
    [
        (
            "hanging = True\n"
            "async def main():\n"
            "    try: await asyncio.wait_for(tool.acall(read), 0.2)\n"
            "    except TimeoutError: print('given up')\n"
            "asyncio.run(main())",
            "given up\n",
        ),
        (
            "assert asyncio.run(tool.acall(read)).ok\n"
            "pid = os.fork()\n"
            "if pid: os.waitpid(pid, 0)\n"  # one after the other: their lines do not mix
            "print('ok' if asyncio.run(asyncio.wait_for(tool.acall(read), 20)).ok else 'failed', flush=True)",
            "ok\nok\n",
        ),
        (
            "import time\n"
            "class Slow(SandboxAdapter):\n"
            "    def send(self, request, *args, **options):\n"
            "        if request.method == 'POST': arrived.set(), time.sleep(1)\n"
            "        response = super().send(request, *args, **options)\n"
            "        if request.method == 'POST': print('created', flush=True)\n"
            "        return response\n"
            "tool = FacebookTool(FacebookAds.sandbox(sandbox, settings=Settings(adapter=Slow(sandbox))))\n"
            "args = {'name': 'A', 'objective': 'OUTCOME_SALES', 'special_ad_categories': []}\n"
            "write = {'op': 'create_campaign', 'args': args}\n"
            "arrived = threading.Event()\n"
            "async def main():\n"
            "    task = asyncio.create_task(tool.acall(write))\n"
            "    await asyncio.to_thread(arrived.wait, 20)\n"
            "    task.cancel()\n"
            "    print('given up', flush=True)\n"
            "asyncio.run(main())",
            "given up\ncreated\n",
        ),
        (
            "import gc, time\n"
            "asyncio.run(tool.acall(read))\n"
            "print(threading.active_count() > 1)\n"
            "del tool\n"
            "gc.collect()\n"
            "until = time.monotonic() + 20\n"
            "while threading.active_count() > 1 and time.monotonic() < until: time.sleep(0.05)\n"
            "print(threading.active_count())",
            "True\n1\n",
        ),
    ],
)
def test_a_process_ends_and_forks_and_dropped_tools_leave_no_threads(program: str, output: str) -> None:
    assert run(program) == output
