"""The tool on a sandbox in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.sandbox import Sandbox

TARGETING = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
CAMPAIGN = {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}

Call = Callable[..., ToolResult]


@pytest.fixture
def tool(fb: FacebookAds) -> FacebookTool:
    return FacebookTool(fb)


@pytest.fixture
def call(tool: FacebookTool) -> Call:
    """Call an op that must succeed: `call("get_campaign", campaign_id="1")`."""

    def calling(op: str, /, **args: Any) -> ToolResult:
        result = tool.call({"op": op, "args": args})
        assert result.ok, result.text
        return result

    return calling


@pytest.fixture
def refused(tool: FacebookTool, sandbox: Sandbox) -> Callable[[Any], str]:
    """Make a call that must be refused before anything is sent, and return its text."""

    def calling(arguments: Any) -> str:
        before = len(sandbox.journal)
        result = tool.call(arguments)
        assert not result.ok
        assert result.error is not None
        assert result.error["type"] == "ParameterError", result.text
        assert len(sandbox.journal) == before
        return result.text

    return calling


@pytest.fixture
def campaign_id(call: Call) -> str:
    return str(call("create_campaign", **CAMPAIGN, daily_budget=5000).data.id)
