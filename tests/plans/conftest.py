"""Plans on a sandbox in this process; `plan_brute` and `plan_world` beside are what the tests share."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.plans import guard
from admonster_fb.sandbox import Sandbox

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def empty() -> Sandbox:
    """A sandbox whose accounts are empty."""
    return Sandbox(history=0)


@pytest.fixture
def funnel(empty: Sandbox) -> dict[str, str]:
    """A campaign of 20.00 USD a day in one ad set with one ad, all PAUSED, by edge."""
    from plan_world import ADSET, CAMPAIGN, creative_of

    fb = FacebookAds.sandbox(empty)
    campaign = fb.campaigns.create("act_1", **CAMPAIGN)
    adset = fb.adsets.create("act_1", campaign_id=campaign.id, **ADSET)
    ad = fb.ads.create("act_1", name="Shoes", adset_id=adset.id, creative={"creative_id": creative_of(fb)})
    return {"campaign_id": campaign.id, "adset_id": adset.id, "ad_id": ad.id}


@pytest.fixture
def tool(empty: Sandbox) -> FacebookTool:
    return FacebookTool(FacebookAds.sandbox(empty))


@pytest.fixture
def call(tool: FacebookTool) -> Any:
    def calling(op: str, /, **args: Any) -> ToolResult:
        return tool.call({"op": op, "args": args})

    return calling


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[ToolResult]]:
    """Run calls at once. Each waits after every assessment until the other has assessed too, or 0.2 s have passed."""

    def run(*calls: Callable[[], ToolResult]) -> list[ToolResult]:
        barrier, assess = threading.Barrier(len(calls)), guard.assess

        def slow(*args: Any, **more: Any) -> Any:
            found = assess(*args, **more)
            try:
                barrier.wait(0.2)
            except threading.BrokenBarrierError:
                barrier.reset()
            return found

        monkeypatch.setattr(guard, "assess", slow)
        results: list[ToolResult] = []
        threads = [threading.Thread(target=lambda call=call: results.append(call())) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    return run
