"""Two writes at once never pass a limit together: between threads, and two tools on one folder.

`test_lock` tries more, with processes.

Each writer waits after its assessment until the other has assessed too, or a moment has passed. With the guard's
lock the second cannot come so far; without it both would be judged by the same state.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plan_world import build

from admonster_fb import FacebookAds, SpendPolicy
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.plans.store import FolderPlans, MemoryPlans
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough

Tools = Callable[..., list[FacebookTool]]


@pytest.fixture
def campaigns(empty: Sandbox) -> list[str]:
    """Two PAUSED campaigns of 20.00 USD a day, with everything in them ACTIVE."""
    build(FacebookAds.sandbox(empty), campaigns=2, adsets=1, ads=1)
    store = empty.world.store
    for kind in ("AdSet", "Ad"):
        for node in store.children("act_1", kind):
            node.data["status"] = "ACTIVE"
    return [node.id for node in store.children("act_1", "Campaign")]


@pytest.fixture(params=["one memory", "one folder", "two stores of a folder"])
def tools(request: pytest.FixtureRequest, empty: Sandbox, tmp_path: Path) -> Tools:
    """Two tools that share their plans."""

    def make(**policy: Any) -> list[FacebookTool]:
        stores: list[MemoryPlans]
        if request.param == "two stores of a folder":
            stores = [FolderPlans(tmp_path), FolderPlans(tmp_path)]
        else:
            stores = [MemoryPlans() if request.param == "one memory" else FolderPlans(tmp_path)] * 2
        fb = FacebookAds.sandbox(empty)
        return [FacebookTool(fb, policy=SpendPolicy(**policy), plans=store) for store in stores]

    return make


def call(tool: FacebookTool, op: str, **args: Any) -> Callable[[], ToolResult]:
    return lambda: tool.call({"op": op, "args": args})


def active(sandbox: Sandbox) -> int:
    return [node.data["status"] for node in sandbox.world.store.children("act_1", "Campaign")].count("ACTIVE")


def one_was_refused(results: list[ToolResult], limit: str) -> None:
    assert sorted(result.ok for result in results) == [False, True], [result.text for result in results]
    assert limit in next(result.text for result in results if not result.ok)


def test_two_activations_without_plans_do_not_pass_the_total(
    tools: Tools, together: Any, campaigns: list[str], empty: Sandbox
) -> None:
    both = tools(max_total_daily="30.00 USD", needs_plan=())
    calls = [
        call(tool, "update_campaign", campaign_id=node_id, status="ACTIVE")
        for tool, node_id in zip(both, campaigns, strict=True)
    ]
    one_was_refused(together(*calls), "max_total_daily")
    assert active(empty) == 1


def test_two_plans_applied_at_once_do_not_pass_the_total(
    tools: Tools, together: Any, campaigns: list[str], empty: Sandbox
) -> None:
    both = tools(max_total_daily="30.00 USD")
    plans = [call(both[0], "update_campaign", campaign_id=node_id, status="ACTIVE")().data for node_id in campaigns]
    calls = [call(tool, "apply", plan_id=plan.id) for tool, plan in zip(both, plans, strict=True)]
    one_was_refused(together(*calls), "max_total_daily")
    assert active(empty) == 1


def test_two_raises_at_once_do_not_pass_the_increase(
    tools: Tools, together: Any, funnel: dict[str, str], empty: Sandbox
) -> None:
    both = tools(max_increase_percent=20, needs_plan=())
    fb = FacebookAds.sandbox(empty)
    together(*[call(tool, "update_adset", adset_id=funnel["adset_id"], daily_budget=2400) for tool in both])
    assert fb.adsets.get(funnel["adset_id"]).daily_budget == 2400
    [refused] = together(call(both[1], "update_adset", adset_id=funnel["adset_id"], daily_budget=2401))
    assert "20 % above $20.00 USD" in refused.text


def test_one_plan_applied_twice_at_once_is_sent_once(
    tools: Tools, together: Any, campaigns: list[str], empty: Sandbox
) -> None:
    both = tools()
    plan = call(both[0], "duplicate_campaign", campaign_id=campaigns[0], new_name="Copy")().data
    results = together(*[call(tool, "apply", plan_id=plan.id) for tool in both])
    one_was_refused(results, "was applied before")
    assert [node.data["name"] for node in empty.world.store.children("act_1", "Campaign")].count("Copy") == 1
