"""A state folder that is gone or somebody else's: one clear error for what raises spend, none for a pause."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.plans.store import MemoryPlans
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough

LIMITS: dict[str, Any] = {"max_daily_budget": "500.00 USD", "max_increase_percent": 50}
POLICIES = {"plans": SpendPolicy(**LIMITS), "limits": SpendPolicy(needs_plan=(), **LIMITS), "neither": SpendPolicy()}
FOLDERS = ("plans", "audit", "budgets")
Call = Callable[..., ToolResult]


def block(folder: Path) -> None:
    """Put a file where a folder was: nothing in it can be read or written, also not by root."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("no folder")


@pytest.fixture
def seeded() -> Sandbox:
    return Sandbox()


@pytest.fixture
def campaign(seeded: Sandbox) -> str:
    return str(next(each["id"] for each in seeded.objects("Campaign", "act_1") if each.get("daily_budget")))


@pytest.fixture
def tool(seeded: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[SpendPolicy], FacebookTool]:
    """Return a tool with plans, an audit log and the raises of all processes, each in a folder of its own."""
    shared = MemoryPlans(tmp_path / "budgets" / "act_1")
    for user in ("guard", "store"):
        monkeypatch.setattr(f"admonster_fb.bot.plans.{user}.process_store", lambda *_: shared)

    def make(policy: SpendPolicy) -> FacebookTool:
        folders = {"plans": tmp_path / "plans", "audit": tmp_path / "audit" / "audit.jsonl"}
        return FacebookTool(FacebookAds.sandbox(seeded), policy=policy, **folders)  # type: ignore[arg-type]

    return make


def pauses(call: Call, sandbox: Sandbox, campaign: str) -> None:
    done = call("update_campaign", campaign_id=campaign, status="PAUSED")
    assert done.ok, done.text
    assert sandbox.object(campaign)["status"] == "PAUSED"


def of(tool: FacebookTool) -> Call:
    return lambda op, **args: tool.call({"op": op, "args": args})


def is_clear(result: ToolResult) -> None:
    assert not result.ok
    assert "unexpected" not in result.text
    assert "Not a directory" in result.text or "File exists" in result.text, result.text


def is_told(result: ToolResult, folder: str) -> None:
    """A write that cannot be logged is sent all the same, as a crash would leave it; its end says so."""
    if folder != "audit":
        is_clear(result)
        return
    assert result.ok, result.text
    assert "this write could not be recorded: audit.jsonl was not written" in result.text


@table("policy", POLICIES, fresh=True)
@table("folder", FOLDERS, fresh=True)
def test_a_folder_that_was_never_there(
    tool: Any, seeded: Sandbox, campaign: str, tmp_path: Path, folder: str, policy: str
) -> None:
    block(tmp_path / folder)
    call = of(tool(POLICIES[policy]))
    raised = call("update_campaign", campaign_id=campaign, daily_budget=6600)
    if isinstance(raised.data, Plan):
        assert folder != "plans"
        raised = call("apply", plan_id=raised.data.id)
    is_told(raised, folder)
    assert (seeded.object(campaign)["daily_budget"] == "6600") == (folder == "audit")
    pauses(call, seeded, campaign)


@table("policy", POLICIES, fresh=True)
@table("folder", FOLDERS, fresh=True)
def test_a_folder_that_is_lost_between_two_calls(
    tool: Any, seeded: Sandbox, campaign: str, tmp_path: Path, folder: str, policy: str
) -> None:
    call = of(tool(POLICIES[policy]))
    first = call("update_campaign", campaign_id=campaign, daily_budget=6100)
    assert first.ok
    block(tmp_path / folder)
    if isinstance(first.data, Plan):
        told = call("apply", plan_id=first.data.id)
    else:
        told = call("update_campaign", campaign_id=campaign, daily_budget=6200)
    is_told(told, folder)
    sent = {"6100", "6200"} if folder == "audit" else {"6000", "6100"}
    assert seeded.object(campaign)["daily_budget"] in sent
    pauses(call, seeded, campaign)


def test_a_folder_that_comes_back_is_used_again(tool: Any, seeded: Sandbox, campaign: str, tmp_path: Path) -> None:
    block(tmp_path / "plans")
    call = of(tool(SpendPolicy()))
    is_clear(call("update_campaign", campaign_id=campaign, daily_budget=6600))
    (tmp_path / "plans").unlink()
    plan = call("update_campaign", campaign_id=campaign, daily_budget=6600).data
    assert isinstance(plan, Plan)
    assert call("apply", plan_id=plan.id).ok
