"""One thread at a time decodes and writes text: an event loop waits for one, and nothing that waits has the turn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.render import insights, nodes
from admonster_fb.sandbox import Sandbox, SandboxAdapter
from admonster_fb.transport.account_cache import KeyedLocks
from admonster_fb.transport.paging import Edge, PageStore
from admonster_fb.transport.patience import within
from admonster_fb.transport.turn import end_turn, has_turn, turn

READS = (
    {"op": "list_campaigns"},
    {"op": "get_detailed_insights", "level": "ad", "days": 7},
    {"op": "status"},
    {"op": "get_ad_account_info"},
    {"op": "list_campaigns", "ad_account_id": "all"},
)


def test_one_thread_at_a_time_decodes_and_writes(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = set[int](), [0]

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def work(*args: Any, **more: Any) -> Any:
            inside.add(threading.get_ident())
            most.append(len(inside))
            threading.Event().wait(0.001)  # others may run
            result = real(*args, **more)
            inside.discard(threading.get_ident())
            return result

        return work

    tool = FacebookTool(FacebookAds.sandbox(sandbox))
    assert all(tool.call(call).ok for call in READS[:2])  # later nothing of the account is read within a line
    for place, name in ((nodes, "brief"), (insights, "_title"), (Edge, "_decoded")):
        monkeypatch.setattr(place, name, watched(getattr(place, name)))
    with ThreadPoolExecutor(6) as pool:
        assert all(result.ok for result in pool.map(tool.call, READS[:2] * 3))
    assert max(most) == 1


def test_nothing_has_the_turn_while_it_waits(sandbox: Sandbox) -> None:
    held: list[bool] = []

    class Watched(SandboxAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
            held.append(has_turn())
            return super().send(request, *args, **options)

    tool = FacebookTool(FacebookAds.sandbox(sandbox, settings=Settings(adapter=Watched(sandbox))))
    for call in READS:
        assert tool.call(call).ok
        assert not has_turn()
    with turn():
        tool.fb.adaccounts.get("act_2")
    assert len(held) > len(READS)
    assert not any(held)
    for wait in (lambda: within(5, has_turn), KeyedLocks()("act_1").__enter__, end_turn):
        with turn():
            assert has_turn()
            wait()
            assert not has_turn()


def test_no_file_is_written_in_a_turn(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []
    real = PageStore._keep
    monkeypatch.setattr(PageStore, "_keep", lambda *args: held.append(has_turn()) or real(*args))
    FacebookAds.sandbox(sandbox).insights.iter("act_1", days=7, time_increment=1).to_csv(tmp_path / "a.csv")
    assert held
    assert not any(held)


def test_a_turn_within_a_turn_is_one() -> None:
    with turn():
        with turn():
            assert has_turn()
        assert has_turn()
    assert not has_turn()


def test_a_stop_waits_for_no_turn(sandbox: Sandbox) -> None:
    tool = FacebookTool(FacebookAds.sandbox(sandbox))
    campaign = tool.fb.campaigns.list("act_1")[0].id
    stop = {"op": "update_campaign", "args": {"campaign_id": campaign, "status": "PAUSED"}}

    async def at_once() -> None:
        with turn():
            assert (await asyncio.wait_for(tool.acall(stop), 20)).ok
            reading = asyncio.create_task(tool.acall({"op": "list_campaigns"}))
            assert not (await asyncio.wait([reading], timeout=0.1))[0], "a read waits"
        assert (await reading).ok

    asyncio.run(at_once())


def test_a_call_does_without_a_turn_that_nobody_ends(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admonster_fb.transport.turn.LONGEST", 0.01)
    tool, began, ended = FacebookTool(FacebookAds.sandbox(sandbox)), threading.Event(), threading.Event()

    def hold() -> None:
        with turn():
            began.set()
            ended.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert began.wait(60)
        assert tool.call({"op": "list_campaigns"}).ok
        assert holder.is_alive()
    finally:
        ended.set()
        holder.join()
