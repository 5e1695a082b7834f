"""Plans on a sandbox in this process; `plan_brute` and `plan_world` beside are what the tests share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool, ToolResult
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
