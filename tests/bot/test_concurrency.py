"""Many conversations at once over one tool: each gets its own answers and the event loop goes on."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.lane import THREADS
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import Sandbox, SandboxAdapter

pytestmark = pytest.mark.slow

LATENCY = 0.05


class Distant(SandboxAdapter):
    """A sandbox some way off: each answer takes 50 ms, and many can be under way."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.under_way = self.most = 0
        self.lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        time.sleep(LATENCY)
        try:
            return super().send(request, *args, **options)
        finally:
            with self.lock:
                self.under_way -= 1


@pytest.fixture
def distant(sandbox: Sandbox) -> Distant:
    return Distant(sandbox)


@pytest.fixture
def remote(sandbox: Sandbox, distant: Distant) -> Iterator[FacebookTool]:
    with FacebookAds.sandbox(sandbox, settings=Settings(adapter=distant)) as fb:
        yield FacebookTool(fb)


async def conversation(tool: FacebookTool, number: int) -> str:
    """Create a campaign and read it back; return its id."""
    name, budget = f"Conversation {number}", 1000 + number
    args = {"name": name, "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "daily_budget": budget}
    made = await tool.acall({"op": "create_campaign", "args": args})
    assert made.ok, made.text
    read = await tool.acall({"op": "get_campaign", "campaign_id": made.data.id})
    assert (read.data.id, read.data.name, read.data.daily_budget) == (made.data.id, name, budget), read.text
    return str(made.data.id)


async def heart(beats: list[float]) -> None:
    """Note how late each beat is."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        beats.append(time.perf_counter() - began - 0.001)


def test_200_conversations_at_once(remote: FacebookTool, distant: Distant) -> None:
    async def all_of_them() -> tuple[list[str], float, list[float]]:
        beats: list[float] = []
        beating = asyncio.create_task(heart(beats))
        began = time.perf_counter()
        ids = await asyncio.gather(*(conversation(remote, number) for number in range(200)))
        took = time.perf_counter() - began
        beating.cancel()
        return ids, took, beats

    ids, took, beats = asyncio.run(all_of_them())
    assert len(set(ids)) == 200
    assert distant.most == THREADS["tool"], "as many at once as there are threads"
    # Benchmarks hold the time; here only that calls overlap and the loop is never held for a call's duration.
    assert took < 200 * 2 * LATENCY / 2
    assert sorted(beats)[len(beats) // 2] < 0.02, "the event loop hardly waits"
    assert len(beats) > 100


def test_two_tools_do_not_wait_for_each_other(sandbox: Sandbox, distant: Distant) -> None:
    async def both(busy: FacebookTool, free: FacebookTool) -> bool:
        waiting = [asyncio.create_task(busy.acall({"op": "list_campaigns"})) for _ in range(THREADS["tool"] * 4)]
        await asyncio.sleep(0)
        assert (await free.acall({"op": "get_ad_account_info"})).ok
        early = not all(task.done() for task in waiting)
        await asyncio.gather(*waiting)
        return early

    settings = Settings(adapter=distant)
    with FacebookAds.sandbox(sandbox, settings=settings) as one, FacebookAds.sandbox(sandbox, settings=settings) as two:
        assert asyncio.run(both(FacebookTool(one), FacebookTool(two)))


def test_a_call_keeps_the_context_it_was_made_in(sandbox: Sandbox) -> None:
    who: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")
    seen: set[str] = set()
    with FacebookAds.sandbox(sandbox, on_request=lambda _event: seen.add(who.get())) as fb:
        tool = FacebookTool(fb)

        async def ask(name: str) -> None:
            who.set(name)
            await tool.acall({"op": "get_ad_account_info"})

        async def all_of_them() -> None:
            await asyncio.gather(ask("Ann"), ask("Bob"))

        asyncio.run(all_of_them())
    assert seen == {"Ann", "Bob"}


def test_a_schema_is_made_once_by_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    op = registry()["create_adset"]
    fresh = type(op)(op.spec, op.load, op.service)
    barrier, made = threading.Barrier(8), []

    def make() -> None:
        barrier.wait()
        made.append((id(fresh.schema), id(fresh.accepts)))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
