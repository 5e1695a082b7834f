"""Two writes at once never pass a limit together: between threads, two tools on one folder, and processes.

Each writer waits after its assessment until the other has assessed too, or a moment has passed. With the guard's
lock the second cannot come so far; without it both would be judged by the same state.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plan_world import build

from admonster_fb import FacebookAds, Settings, SpendPolicy
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.plans.store import FolderPlans, MemoryPlans, PlanStore
from admonster_fb.sandbox import Sandbox, serve

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
        stores: list[PlanStore]
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


PROGRAM = """
import sys, time
from pathlib import Path
from admonster_fb import FacebookAds, Settings, SpendPolicy
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans import guard
url, token, folder, campaign, mine, other = sys.argv[1:]
policy = SpendPolicy(max_total_daily="30.00 USD", needs_plan=())
tool = FacebookTool(FacebookAds(token, "act_1", settings=Settings(endpoint=url)), plans=Path(folder), policy=policy)
assess, count = guard.assess, 0
def slow(*args, **more):
    global count
    found, count = assess(*args, **more), count + 1
    Path(folder, f"{mine}.{count}").touch()
    until = time.monotonic() + 1
    while not Path(folder, f"{other}.{count}").exists() and time.monotonic() < until:
        time.sleep(0.01)
    return found
guard.assess = slow
print("ready", flush=True)
sys.stdin.readline()
result = tool.call({"op": "update_campaign", "args": {"campaign_id": campaign, "status": "ACTIVE"}})
print(result.ok, (result.error or {}).get("type"))
"""


def test_two_processes_do_not_pass_the_total(campaigns: list[str], empty: Sandbox, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("FACEBOOK_")}
    with serve(empty) as server:
        fb = FacebookAds(empty.token, "act_1", settings=Settings(endpoint=server.url))
        fb.close()
        words = [sys.executable, "-c", PROGRAM, server.url, empty.token, str(tmp_path)]
        both = [
            subprocess.Popen([*words, *rest], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
            for rest in ((campaigns[0], "a", "b"), (campaigns[1], "b", "a"))
        ]
        for process in both:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in both:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        output = sorted(process.communicate(timeout=60)[0] for process in both)
    assert output == ["False ParameterError\n", "True None\n"]
    assert active(empty) == 1
