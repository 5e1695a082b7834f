"""Plans and caps through every face: the command line, MCP, Flexus; nothing that is said there lifts a cap."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from plan_world import CAMPAIGN
from tables import table
from typer.testing import CliRunner, Result

from admonster_fb import FacebookAds, PlanRefused
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.flexus import IntegrationFacebook
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.cli import app as cli
from admonster_fb.sandbox import Sandbox, serve

pytestmark = pytest.mark.thorough


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


def run(*words: str, typed: str | None = None) -> Result:
    """Run a command; with `typed`, at a terminal where a person types that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("admonster_fb.cli.plans.at_terminal", lambda: typed is not None)
        return CliRunner().invoke(cli.app, [*words], input=f"{typed}\n")


def status(sandbox: Sandbox, funnel: dict[str, str]) -> str:
    return str(sandbox.object(funnel["campaign_id"])["status"])


def delivering(sandbox: Sandbox, funnel: dict[str, str]) -> None:
    for name in ("adset_id", "ad_id"):
        sandbox.change(funnel[name], status="ACTIVE")


def test_the_command_line(served: Sandbox, funnel: dict[str, str]) -> None:
    delivering(served, funnel)
    held = run("call", "update_campaign", f"campaign_id={funnel['campaign_id']}", "status=ACTIVE")
    assert held.exit_code == 0
    assert held.stdout.startswith("PLAN plan_")
    plan = held.stdout.split(":")[0].removeprefix("PLAN ")
    assert status(served, funnel) == "PAUSED"
    assert held.stdout.strip() in run("plans").stdout.strip()
    assert run("apply", plan, typed="yes").exit_code == 1
    assert run("apply", plan, typed="2000").exit_code == 1
    assert status(served, funnel) == "PAUSED"
    applied = run("apply", plan, typed="20.00")
    assert (applied.exit_code, f"Applied: {plan}" in applied.stdout) == (0, True)
    assert status(served, funnel) == "ACTIVE"
    assert run("plans").stdout.strip() == "No plans."
    again = run("apply", plan, "--json", typed="20.00")
    assert (again.exit_code, json.loads(again.stdout)["error"]["type"]) == (10, "PlanRefused")


def test_a_plan_is_dropped_on_the_command_line(served: Sandbox, funnel: dict[str, str]) -> None:
    said = json.loads(run("call", "delete_campaign", f"campaign_id={funnel['campaign_id']}", "--json").stdout)
    assert said["data"]["kinds"] == ["destroy"]
    assert "state" not in said["data"]
    assert run("discard", said["data"]["id"]).exit_code == 0
    assert run("apply", said["data"]["id"], typed="yes").exit_code == 10
    assert status(served, funnel) == "PAUSED"


def test_a_person_at_the_command_line_is_the_host(
    served: Sandbox, funnel: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEBOOK_APPLY_BY", "host")
    delivering(served, funnel)
    said = json.loads(
        run("call", "update_campaign", f"campaign_id={funnel['campaign_id']}", "status=ACTIVE", "--json").stdout
    )
    plan = said["data"]["id"]
    assert run("call", "apply", f"plan_id={plan}").exit_code == 10, "as a model would"
    before = len(served.journal)
    piped = run("apply", plan)
    assert (piped.exit_code, len(served.journal)) == (10, before), "without a terminal: nobody is there"
    assert run("apply", plan, typed="$20.00 USD").exit_code == 0
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
        running = server(tool, tools="per-op" if per_op else "one")
        names = {each.name for each in asyncio.run(_listed(running))}
        assert names == ({f"facebook_{op}" for op in ("help", *tool.ops)} if per_op else {"facebook"})

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


@table(
    "more",
    [
        {"policy": {"max_daily_budget": None}}, {"max_daily_budget": "999.00 USD"}, {"read_only": False},
        {"needs_plan": []}, {"plan": False}, {"force": True}, {"apply_by": "model"}, {"by": "host"},
    ], fresh=True,
)  # fmt: skip
def test_no_argument_lifts_a_cap_or_a_plan(empty: Sandbox, funnel: dict[str, str], more: dict[str, Any]) -> None:
    tool = FacebookTool(FacebookAds.sandbox(empty), policy=SpendPolicy(max_daily_budget="25.00 USD"))
    args = {"adset_id": funnel["adset_id"], "daily_budget": 2501}
    for call in ({"op": "update_adset", "args": {**args, **more}}, {"op": "update_adset", "args": args, **more}):
        result = tool.call(call)
        assert not result.ok, result.text
    assert empty.object(funnel["adset_id"])["daily_budget"] == "2000"


@pytest.mark.slow
@pytest.mark.parametrize("ends", ["devnull", "pipe", "stdin only", "both"])
def test_a_terminal_on_both_ends_and_the_amount(served: Sandbox, funnel: dict[str, str], ends: str) -> None:
    """The real command: a model's shell has no terminal."""
    delivering(served, funnel)
    held = run("call", "update_campaign", f"campaign_id={funnel['campaign_id']}", "status=ACTIVE")
    plan = held.stdout.split(":")[0].removeprefix("PLAN ")
    here, there = pty.openpty()
    stdin = {"devnull": subprocess.DEVNULL, "pipe": subprocess.PIPE}.get(ends, there)
    stdout = there if ends == "both" else subprocess.PIPE
    words = [sys.executable, "-m", "admonster_fb", "apply", plan]
    before = len(served.journal)
    with subprocess.Popen(words, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE) as process:
        os.write(here, b"20.00\n")
        if process.stdin:
            process.stdin.write(b"20.00\n")
        os.close(there)
        errors = process.communicate(timeout=60)[1].decode()
    os.close(here)
    if ends == "both":
        assert errors.startswith("Up to $20.00 USD more a day.\n"), errors
        assert (process.returncode, status(served, funnel)) == (0, "ACTIVE")
    else:
        assert (process.returncode, len(served.journal)) == (10, before), errors
        assert "needs a person at a terminal" in errors
