"""A tool with an audit, on a sandbox in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.sandbox import Sandbox

Call = Callable[..., ToolResult]
US: Any = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
ADSET: Any = {
    "name": "US",
    "daily_budget": 2000,
    "billing_event": "IMPRESSIONS",
    "optimization_goal": "LINK_CLICKS",
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "targeting": US,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(history=0)


@pytest.fixture
def fb(sandbox: Sandbox) -> FacebookAds:
    return FacebookAds.sandbox(sandbox)


@pytest.fixture
def tool(fb: FacebookAds, path: Path) -> FacebookTool:
    return FacebookTool(fb, audit=path, who="ann")


@pytest.fixture
def call(tool: FacebookTool) -> Call:
    def calling(op: str, /, **args: Any) -> ToolResult:
        return tool.call({"op": op, "args": args})

    return calling


@pytest.fixture
def adset(fb: FacebookAds) -> str:
    """An ad set of 20.00 USD a day, PAUSED."""
    campaign = fb.campaigns.create("act_1", name="Sale", objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    return str(fb.adsets.create("act_1", campaign_id=campaign.id, **ADSET).id)
