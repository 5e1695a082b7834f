"""What runtimes need: the plan that a call would apply, what a person reads, and the tool in their formats."""

from __future__ import annotations

import asyncio
import inspect
import json
import typing
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.tool import PARAMETERS
from admonster_fb.sandbox import Sandbox

RAISE = {"daily_budget": "72.00 USD"}


@pytest.fixture
def host(fb: FacebookAds) -> FacebookTool:
    return FacebookTool(fb, policy=SpendPolicy(apply_by="host"))


@pytest.fixture
def plan_id(host: FacebookTool) -> str:
    """A plan that gives the campaign of 60 dollars a day 72."""
    return str(host.call({"op": "update_campaign", "args": {**budgeted(host.fb), **RAISE}}).data.id)


def budgeted(fb: FacebookAds) -> dict[str, str]:
    found = fb.campaigns.list(fb.account, fields=["daily_budget"])
    return {"campaign_id": next(each.id for each in found if each.daily_budget == 6000)}


def amount(fb: FacebookAds, plan: Any) -> int | None:
    return fb.campaigns.get(plan.changes[0].id, fields=["daily_budget"]).daily_budget


def test_a_call_asks_if_it_would_apply_a_plan(host: FacebookTool, plan_id: str) -> None:
    for call in (
        {"op": "apply", "args": {"plan_id": plan_id}},
        {"op": "apply_plan", "plan_id": plan_id},
        {"op": "apply", "args": json.dumps({"plan_id": plan_id})},
        json.dumps({"op": "apply", "args": {"plan_id": plan_id}}),
    ):
        asked = host.asks(call)
        assert asked is not None, call
        assert asked.id == plan_id
    discard = {"op": "discard", "args": {"plan_id": plan_id}}
    wrong = ({"op": "apply"}, {"op": "apply", "args": {"plan_id": "plan_0"}}, {"op": "help"}, {}, None, 7, "apply")
    assert [host.asks(call) for call in (discard, *wrong)] == [None] * 8
    assert FacebookTool(host.fb, read_only=True).asks({"op": "apply", "args": {"plan_id": plan_id}}) is None


def test_a_person_reads_the_amount_first_and_no_ids(host: FacebookTool, plan_id: str) -> None:
    plan = host.guard.pending(plan_id)
    assert host.shown(plan).splitlines() == [
        "Up to $12.00 USD more a day.",
        '- campaign "Juniper Roast | Sales | Evergreen" | Daily budget: $60.00 → $72.00 USD (+20 %)',
        "Meta may spend up to $126.00 USD on one day, as it may exceed a daily budget by 75 %.",
        "Nothing has been changed yet. You can agree until 2026-11-02 04:00 America/Los_Angeles.",
    ]


@pytest.mark.thorough
def test_the_host_says_who_has_agreed_and_the_model_cannot(host: FacebookTool, plan_id: str) -> None:
    written: list[Any] = []
    object.__setattr__(host, "on_write", written.append)
    plan = host.guard.pending(plan_id)
    call = {"op": "apply", "args": {"plan_id": plan_id}}
    for said in (call, {**call, "approved_by": "Ann"}, {"op": "apply", "plan_id": plan_id, "by": "Ann"}):
        assert not asyncio.run(host.acall(said)).ok
    assert amount(host.fb, plan) == 6000
    done = asyncio.run(host.acall(call, approved_by="Ann"))
    assert done.ok, done.text
    assert (amount(host.fb, plan), written[0].by) == (7200, "Ann")
    assert host.asks(call) is None, "it is used up"
    again = asyncio.run(host.acall(call, approved_by="Ann"))
    assert (again.ok, len(written)) == (False, 1)
    update = {"op": "update_campaign", "args": {**budgeted_now(plan), "daily_budget": "90.00 USD"}}
    held = asyncio.run(host.acall(update, approved_by="Ann"))
    assert held.text.startswith("PLAN "), "a person agrees to a plan, never to a call"


def budgeted_now(plan: Any) -> dict[str, str]:
    return {"campaign_id": plan.changes[0].id}


@pytest.mark.thorough
def test_the_function_is_what_runtimes_read(host: FacebookTool, fb: FacebookAds) -> None:
    function = host.as_function()
    assert inspect.iscoroutinefunction(function)
    assert typing.get_type_hints(function) == {"op": str, "args": dict[str, Any] | None, "return": str}
    about, _, args = str(function.__doc__).partition("\n\nArgs:\n")
    assert about == host.description
    assert [line.split(":")[0].strip() for line in args.splitlines()] == ["op", "args"]
    assert asyncio.run(function("list_campaigns", {"limit": 1})).startswith("Showing 1")
    assert asyncio.run(function("help")) == host.call({"op": "help"}).text
    assert asyncio.run(function("nonsense")).startswith("ERROR")
    assert FacebookTool(fb, name="meta_ads").as_function().__name__ == "meta_ads"


@table("api", ["chat", "responses"], fresh=True)
@table("strict", [False, True], fresh=True)
def test_the_schema_of_openai(host: FacebookTool, api: Any, strict: bool) -> None:
    schema = host.openai_schema(api=api, strict=strict)
    function = schema["function"] if api == "chat" else schema
    assert (schema["type"], function["name"]) == ("function", "facebook")
    assert function.get("strict", False) is strict
    assert ("strict" in function) or api == "chat", "the Responses API is strict unless told"
    args = function["parameters"]["properties"]["args"]
    if not strict:
        assert function["parameters"] == PARAMETERS
        assert args["additionalProperties"] is True, "a runtime that makes it strict must fail aloud"
        return
    assert every_object_is_closed(function["parameters"])
    assert args["type"] == "string"
    called = host.call({"op": "list_campaigns", "args": '{"limit": 1}'})
    assert (called.ok, len(called.data)) == (True, 1)
    assert PARAMETERS["required"] == ["op"], "the constant is left alone"


def every_object_is_closed(schema: Any) -> bool:
    """OpenAI's rule of strict schemas: no other properties, and all of them required."""
    if schema.get("type") != "object":
        return True
    inner = schema["properties"]
    return (
        schema.get("additionalProperties") is False
        and schema["required"] == [*inner]
        and all(map(every_object_is_closed, inner.values()))
    )


@pytest.mark.thorough
@table(
    ("policy", "minutes"),
    [({"apply_by": "model"}, 15), ({"apply_by": "host"}, 1440), ({"apply_by": "host", "plan_minutes": 45}, 45)],
)
def test_the_policy_says_how_long_a_plan_lives(policy: dict[str, Any], minutes: int) -> None:
    sandbox = Sandbox()
    tool = FacebookTool(FacebookAds.sandbox(sandbox), policy=SpendPolicy(**policy))
    held = tool.call({"op": "update_campaign", "args": {**budgeted(tool.fb), **RAISE}})
    told = f"within {minutes} minutes" if minutes % 60 else "within 24 hours"
    assert told in held.text
    call = {"op": "apply", "args": {"plan_id": held.data.id}}
    sandbox.advance(minutes=minutes - 1)
    assert tool.asks(call) is not None
    sandbox.advance(minutes=1)
    assert tool.asks(call) is None
    assert "has expired" in tool.approve(held.data.id).text


@table("minutes", [0, -1, 1441, True, 1.5, "60"])
def test_a_plan_lives_a_day_at_most(minutes: Any) -> None:
    with pytest.raises(ParameterError, match=r"plan_minutes.*from 1 to 1440"):
        SpendPolicy(plan_minutes=minutes)


@pytest.mark.thorough
@table("what", ["plan", "result", "none", "list"])
def test_approving_what_is_no_id_says_what_to_pass(what: str) -> None:
    """`shown` takes the plan and `approve` its ID: to mix them up is the host's error, and spends nothing."""
    tool = FacebookTool(FacebookAds.sandbox())
    campaign = next(each for each in tool.fb.campaigns.list("act_1", fields=["daily_budget"]) if each.daily_budget)
    held = tool.call({"op": "update_campaign", "args": {"campaign_id": campaign.id, "daily_budget": "72.00 USD"}})
    given: Any = {"plan": held.data, "result": held, "none": None, "list": [held.data.id]}[what]
    refused = tool.approve(given)
    assert refused.error is not None
    assert refused.error["type"] == "ParameterError"
    assert "plan.id" in refused.text
    assert tool.fb.campaigns.get(campaign.id).daily_budget == campaign.daily_budget
    assert tool.approve(held.data.id).ok
