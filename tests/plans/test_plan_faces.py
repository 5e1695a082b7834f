"""Plans and caps through every face: the command line, MCP, Flexus; nothing that is said there lifts a cap."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from plan_world import CAMPAIGN
from typer.testing import CliRunner, Result

from admonster_fb import FacebookAds, PlanRefused
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.flexus import IntegrationFacebook
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.cli import app as cli
from admonster_fb.sandbox import Sandbox, serve


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, empty: Sandbox) -> Iterator[Sandbox]:
    """The sandbox over HTTP, as an environment without any other setting names it."""
    for name in [*os.environ]:
        if name.startswith(("FACEBOOK_", "NO_COLOR", "FORCE_COLOR", "COLUMNS")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACEBOOK_PLANS", str(tmp_path / "plans"))
    with serve(empty) as server:
        monkeypatch.setenv("FACEBOOK_ENDPOINT", server.url)
        monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", empty.token)
        monkeypatch.setenv("FACEBOOK_AD_ACCOUNT_ID", "act_1")
        yield empty


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.app, [*words])


def status(sandbox: Sandbox, funnel: dict[str, str]) -> str:
    return str(sandbox.object(funnel["campaign_id"])["status"])


def test_the_command_line(served: Sandbox, funnel: dict[str, str]) -> None:
    held = run("call", "update_campaign", f"campaign_id={funnel['campaign_id']}", "status=ACTIVE")
    assert held.exit_code == 0
    assert held.stdout.startswith("PLAN plan_")
    plan = held.stdout.split(":")[0].removeprefix("PLAN ")
    assert status(served, funnel) == "PAUSED"
    assert held.stdout.strip() in run("plans").stdout.strip()
    applied = run("apply", plan)
    assert (applied.exit_code, f"Applied: {plan}" in applied.stdout) == (0, True)
    assert status(served, funnel) == "ACTIVE"
    assert run("plans").stdout.strip() == "No plans."
    again = run("apply", plan, "--json")
    assert (again.exit_code, json.loads(again.stdout)["error"]["type"]) == (10, "PlanRefused")


def test_a_plan_is_dropped_on_the_command_line(served: Sandbox, funnel: dict[str, str]) -> None:
    said = json.loads(run("call", "delete_campaign", f"campaign_id={funnel['campaign_id']}", "--json").stdout)
    assert said["data"]["kinds"] == ["destroy"]
    assert "state" not in said["data"]
    assert run("discard", said["data"]["id"]).exit_code == 0
    assert run("apply", said["data"]["id"]).exit_code == 10
    assert status(served, funnel) == "PAUSED"


def test_a_person_at_the_command_line_is_the_host(
    served: Sandbox, funnel: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEBOOK_APPLY_BY", "host")
    said = json.loads(
        run("call", "update_campaign", f"campaign_id={funnel['campaign_id']}", "status=ACTIVE", "--json").stdout
    )
    plan = said["data"]["id"]
    assert run("call", "apply", f"plan_id={plan}").exit_code == 10, "as a model would"
    assert run("apply", plan).exit_code == 0
    assert status(served, funnel) == "ACTIVE"


def test_the_environment_caps_the_command_line(
    served: Sandbox, funnel: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEBOOK_MAX_DAILY_BUDGET", "25.00 USD")
    refused = run("call", "update_adset", f"adset_id={funnel['adset_id']}", "daily_budget=2501")
    assert refused.exit_code == 2
    assert "the policy's max_daily_budget" in refused.output
    assert run("call", "create_campaign", "name=A", "objective=OUTCOME_TRAFFIC", "special_ad_categories=[]",
               "daily_budget=2501", "--account", "act_1").exit_code == 2  # fmt: skip


def test_a_cap_that_is_not_clear_stops_the_command_line(
    served: Sandbox, funnel: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEBOOK_MAX_DAILY_BUDGET", "25")
    refused = run("call", "update_campaign", f"campaign_id={funnel['campaign_id']}", "status=ACTIVE")
    assert refused.exit_code == 2
    assert "max_daily_budget" in refused.output


def test_mcp(empty: Sandbox, funnel: dict[str, str]) -> None:
    from mcp.types import CallToolRequestParams

    from admonster_fb.bot.mcp_server import server

    for per_op in (False, True):
        tool = FacebookTool(FacebookAds.sandbox(empty), policy=SpendPolicy(max_daily_budget="25.00 USD"))
        running = server(tool, per_op=per_op)
        names = {each.name for each in asyncio.run(_listed(running))}
        assert names == ({f"facebook_{op}" for op in tool.ops} if per_op else {"facebook"})

        def call(op: str, args: dict[str, Any], running: Any = running, per_op: bool = per_op) -> Any:
            given = (
                {"name": f"facebook_{op}", "arguments": args}
                if per_op
                else {"name": "facebook", "arguments": {"op": op, "args": args}}
            )
            return asyncio.run(_called(running, CallToolRequestParams(**given)))

        held = call("update_adset", {"adset_id": funnel["adset_id"], "daily_budget": 2200})
        assert held.is_error is False
        plan = held.content[0].text.split(":")[0].removeprefix("PLAN ")
        refused = call("update_adset", {"adset_id": funnel["adset_id"], "daily_budget": 2501})
        assert refused.is_error
        assert "max_daily_budget" in refused.content[0].text
        assert call("apply", {"plan_id": plan}).is_error is False
        assert call("apply", {"plan_id": plan}).is_error
        FacebookAds.sandbox(empty).adsets.update(funnel["adset_id"], daily_budget=2000)


async def _listed(running: Any) -> Any:
    return (await running.get_request_handler("tools/list").handler(None, None)).tools


async def _called(running: Any, params: Any) -> Any:
    return await running.get_request_handler("tools/call").handler(None, params)


def test_flexus(tmp_path: Path) -> None:
    rcx: Any = SimpleNamespace(external_auth={}, running_test_scenario=True)
    policy = SpendPolicy(apply_by="host", max_daily_budget="25.00 USD")
    facebook = IntegrationFacebook(None, rcx, "act_1", policy=policy, plans=tmp_path / "plans")

    def ask(op: str, **args: Any) -> str:
        return asyncio.run(facebook.called_by_model(None, {"op": op, "args": args}))

    fb = FacebookAds.sandbox(facebook.client.sandbox)
    campaign = fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=2000).id
    held = ask("update_campaign", campaign_id=campaign, status="ACTIVE")
    assert held.startswith("PLAN plan_")
    assert "ERROR" not in held
    plan = held.split(":")[0].removeprefix("PLAN ")
    assert "ERROR PlanRefused" in ask("apply", plan_id=plan)
    assert "max_daily_budget" in ask("update_campaign", campaign_id=campaign, daily_budget=2501)
    restarted = IntegrationFacebook(None, rcx, "act_1", policy=policy, plans=tmp_path / "plans")
    restarted.client.__dict__["sandbox"] = facebook.client.sandbox
    assert "Applied: " + plan in asyncio.run(restarted.approve(plan, by="Ann"))
    assert fb.campaigns.get(campaign, fields=["status"]).status == "ACTIVE"
    with pytest.raises(PlanRefused, match="applied before"):
        asyncio.run(facebook.approve(plan))


@pytest.mark.parametrize(
    "more",
    [
        {"policy": {"max_daily_budget": None}}, {"max_daily_budget": "999.00 USD"}, {"read_only": False},
        {"needs_plan": []}, {"plan": False}, {"force": True}, {"apply_by": "model"}, {"by": "host"},
    ],
)  # fmt: skip
def test_no_argument_lifts_a_cap_or_a_plan(empty: Sandbox, funnel: dict[str, str], more: dict[str, Any]) -> None:
    tool = FacebookTool(FacebookAds.sandbox(empty), policy=SpendPolicy(max_daily_budget="25.00 USD"))
    args = {"adset_id": funnel["adset_id"], "daily_budget": 2501}
    for call in ({"op": "update_adset", "args": {**args, **more}}, {"op": "update_adset", "args": args, **more}):
        result = tool.call(call)
        assert not result.ok, result.text
    assert empty.object(funnel["adset_id"])["daily_budget"] == "2000"
