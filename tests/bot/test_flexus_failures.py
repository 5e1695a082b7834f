"""What a bot's own code gets from the adapter when something fails: an exception, never a text."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Callable, Coroutine, Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

import pytest
from tables import table

from admonster_fb import (
    AuthenticationError,
    FacebookAds,
    FacebookAdsError,
    InvalidParameterError,
    NetworkError,
    OutcomeUnknown,
    ParameterError,
    PlanNeeded,
    PlanRefused,
    RateLimited,
    SpendPolicy,
    TransientError,
)
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.flexus import FACEBOOK_TOOL, IntegrationFacebook, adsets, campaigns
from admonster_fb.bot.host import exit_code
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import Failure, GraphError, Http, LostResponse, Reset, Sandbox

CAMPAIGN: dict[str, Any] = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
FIGURES = {"Spend": r"Spend:\s*\$([\d,.]+)", "CPC": r"CPC:\s*\$([\d.]+)"}
"""How existing bots read a text."""


def robot(**more: Any) -> Any:
    return SimpleNamespace(external_auth={}, running_test_scenario=True, **more)


def scenario(account: str = "act_1", **options: Any) -> IntegrationFacebook:
    return IntegrationFacebook(None, robot(), account, **options)


def do(coroutine: Coroutine[Any, Any, str]) -> Any:
    return asyncio.run(coroutine)


def ask(facebook: IntegrationFacebook, op: str, **args: Any) -> str:
    return asyncio.run(facebook.called_by_model(None, {"op": op, "args": args}))


def running(facebook: IntegrationFacebook, daily_budget: int = 6000, status: str = "ACTIVE") -> str:
    """Create a campaign without the adapter, and return its ID."""
    fb = FacebookAds.sandbox(facebook.client.sandbox, account=facebook.client.ad_account_id)
    created = fb.campaigns.create(fb.account, **CAMPAIGN, name="A", daily_budget=daily_budget, status="PAUSED")
    if status == "ACTIVE":
        fb.campaigns.update(created.id, status="ACTIVE")
    return str(created.id)


CALLS: dict[str, tuple[str, Callable[[Any, str], Coroutine[Any, Any, str]]]] = {
    "pause": ("POST 1*", lambda client, id: campaigns.update_campaign(client, id, status="PAUSED")),
    "raise": ("POST 1*", lambda client, id: campaigns.update_campaign(client, id, daily_budget=12000)),
    "create campaign": ("POST act_*/campaigns", lambda client, _: campaigns.create_campaign(
        client, "act_1", "B", "OUTCOME_TRAFFIC", status="PAUSED", daily_budget=5000)),
    "create ad set": ("POST act_*/adsets", lambda client, id: adsets.create_adset(
        client, "act_1", id, "S", optimization_goal="LINK_CLICKS",
        targeting={"geo_locations": {"countries": ["US"]}})),
    "insights": ("GET */insights", lambda client, id: campaigns.get_insights(client, id, days=1)),
    "any op": ("GET act_*/campaigns", lambda client, _: client.run("list_campaigns")),
}  # fmt: skip
FAULTS = {
    "refused": (GraphError(100), (InvalidParameterError,)),
    "token": (GraphError(190), (AuthenticationError,)),
    "throttled": (Failure(GraphError(80004)), (RateLimited,)),
    "dropped before": (Reset(), (NetworkError, OutcomeUnknown)),
    "garbage": (Http(502), (TransientError, OutcomeUnknown)),
}


@pytest.mark.thorough
@table("fault", FAULTS)
@table("call", CALLS)
def test_a_call_that_meta_or_the_network_fails_raises(call: str, fault: str) -> None:
    facebook = scenario()
    campaign_id = running(facebook)
    (pattern, function), (given, kinds) = CALLS[call], FAULTS[fault]
    facebook.client.sandbox.fail_next(pattern, given, times=100)
    with pytest.raises(kinds) as raised:
        do(function(facebook.client, campaign_id))
    assert str(raised.value)
    assert not isinstance(raised.value, PlanNeeded)


@pytest.mark.thorough
@table("call", CALLS)
def test_an_answer_that_is_lost_raises_or_the_write_is_at_meta(call: str) -> None:
    facebook = scenario()
    campaign_id = running(facebook)
    sandbox, (pattern, function) = facebook.client.sandbox, CALLS[call]
    before = state(sandbox)
    sandbox.fail_next(pattern, LostResponse(), times=100)
    try:
        do(function(facebook.client, campaign_id))
    except (NetworkError, OutcomeUnknown):
        return
    assert state(sandbox) != before


def state(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [*sandbox.objects("Campaign"), *sandbox.objects("AdSet")]


@pytest.mark.thorough
def test_a_raise_that_is_sent_is_at_meta_and_one_that_is_not_raises() -> None:
    facebook = scenario(policy=SpendPolicy(max_daily_budget="200.00 USD"))
    campaign_id = running(facebook)
    for amount in (12000, 20000):
        assert do(campaigns.update_campaign(facebook.client, campaign_id, daily_budget=amount)).startswith("OK")
        assert facebook.client.sandbox.object(campaign_id)["daily_budget"] == str(amount)
    written = sum(entry.method == "POST" for entry in facebook.client.sandbox.journal)
    with pytest.raises(ParameterError, match="max_daily_budget"):
        do(campaigns.update_campaign(facebook.client, campaign_id, daily_budget=20001))
    with pytest.raises(ParameterError, match="max_daily_budget"):
        do(campaigns.create_campaign(facebook.client, "act_1", "B", "OUTCOME_TRAFFIC", daily_budget=20001))
    assert sum(entry.method == "POST" for entry in facebook.client.sandbox.journal) == written


@pytest.mark.thorough
def test_raises_of_the_code_and_of_the_model_count_together() -> None:
    facebook = scenario(policy=SpendPolicy(max_increase_percent=20))
    campaign_id = running(facebook)
    do(campaigns.update_campaign(facebook.client, campaign_id, daily_budget=7200))
    assert "max_increase_percent" in ask(facebook, "update_campaign", campaign_id=campaign_id, daily_budget=8640)
    with pytest.raises(ParameterError, match="max_increase_percent"):
        do(campaigns.update_campaign(facebook.client, campaign_id, daily_budget=8640))
    assert facebook.client.sandbox.object(campaign_id)["daily_budget"] == "7200"


@pytest.mark.thorough
def test_what_the_policy_holds_raises_the_plan() -> None:
    facebook = scenario(plans_for_code=True, policy=SpendPolicy(apply_by="host"))
    campaign_id = running(facebook)
    with pytest.raises(PlanNeeded) as raised:
        do(campaigns.update_campaign(facebook.client, campaign_id, daily_budget=12000))
    assert isinstance(raised.value, FacebookAdsError)
    plan = raised.value.plan
    assert isinstance(plan, Plan)
    assert plan.id in str(raised.value)
    assert facebook.client.sandbox.object(campaign_id)["daily_budget"] == "6000"
    assert do(facebook.approve(plan.id)).startswith("OK")
    assert facebook.client.sandbox.object(campaign_id)["daily_budget"] == "12000"
    with pytest.raises(PlanRefused):
        do(facebook.approve(plan.id))


def test_the_model_gets_text_all_the_same() -> None:
    facebook = scenario()
    campaign_id = running(facebook)
    assert ask(facebook, "update_campaign", campaign_id=campaign_id, daily_budget=12000).startswith("PLAN plan_")
    facebook.client.sandbox.fail_next("POST 1*", GraphError(100))
    assert ask(facebook, "update_campaign", campaign_id=campaign_id, status="PAUSED").startswith("ERROR Invalid")


def test_without_a_sign_in_code_gets_an_exception() -> None:
    facebook = IntegrationFacebook(None, SimpleNamespace(external_auth={}, running_test_scenario=False))
    for call in (campaigns.get_insights(facebook.client, "1", days=1), facebook.approve("plan_1")):
        with pytest.raises(AuthenticationError, match="not connected"):
            do(call)


@pytest.mark.thorough
def test_files_are_those_of_the_workdir_unless_a_folder_is_passed(tmp_path: Path) -> None:
    for folder in (tmp_path / "work", tmp_path / "own"):
        folder.mkdir()
    rcx = robot(workdir=str(tmp_path / "work"))
    args = {"object_id": "act_1", "filename": "figures.csv", "days": 3}
    ask(IntegrationFacebook(None, rcx, "act_1"), "export_insights_to_csv", **args)
    assert (tmp_path / "work" / "figures.csv").is_file()
    ask(IntegrationFacebook(None, rcx, "act_1", files=tmp_path / "own"), "export_insights_to_csv", **args)
    assert (tmp_path / "own" / "figures.csv").is_file()
    assert "file access is disabled" in ask(scenario(), "export_insights_to_csv", **args)


@pytest.mark.thorough
def test_groups_read_only_and_max_chars() -> None:
    some = scenario(groups=["campaign"])
    assert "ERROR" not in ask(some, "list_campaigns")
    assert "ERROR" in ask(some, "list_ads")
    assert do(some.client.run("list_ads")), "groups are about what the model sees"
    reading = scenario(read_only=True)
    campaign_id = running(reading)
    assert "ERROR" in ask(reading, "update_campaign", campaign_id=campaign_id, status="PAUSED")
    with pytest.raises(ParameterError):
        do(campaigns.update_campaign(reading.client, campaign_id, status="PAUSED"))
    assert len(ask(scenario(max_chars=1200), "help")) <= 1200


def test_the_schema_needs_no_instance() -> None:
    assert FACEBOOK_TOOL["name"] == "facebook"
    assert FACEBOOK_TOOL["parameters"]["required"] == ["op"]
    assert "campaign" in FACEBOOK_TOOL["description"]
    tool = FacebookTool(FacebookAds.sandbox())
    assert dict(FACEBOOK_TOOL) == {"name": tool.name, "description": tool.description, "parameters": tool.parameters}


@pytest.mark.thorough
@table("currency", ["USD", "EUR", "JPY", "IDR", "KRW", "CAD"])
def test_rules_on_cpc_and_spend_work_in_every_currency(currency: str) -> None:
    facebook = scenario("act_77")
    sandbox = facebook.client.sandbox
    sandbox.add_account("act_77", currency=currency)
    fb = FacebookAds.sandbox(sandbox, account="act_77")
    sandbox.populate(2, 30, "act_77")
    source = next(iter(fb.insights.list("act_77", level="campaign", date_preset="last_30d", limit=1)), None)
    assert source is not None
    assert source.spend
    assert source.cpc
    text = do(campaigns.get_insights(facebook.client, str(source.campaign_id), days=31))
    read = {name: Decimal(re.search(pattern, text)[1].replace(",", "")) for name, pattern in FIGURES.items()}  # type: ignore[index]
    assert (text.currency, text.spend, text.clicks) == (currency, text.row.spend, text.row.clicks)
    step = Decimal(1) if currency in ("JPY", "KRW", "IDR") else Decimal("0.01")
    assert read == {"Spend": text.spend.quantize(step), "CPC": text.cpc.quantize(step)}
    assert currency in re.search(r"Spend:.*", text)[0]  # type: ignore[index]


def test_a_stop_rule_sees_the_launch_day() -> None:
    facebook = scenario()
    sandbox = facebook.client.sandbox
    fb = FacebookAds.sandbox(sandbox)
    campaign = next(iter(fb.campaigns.list(fb.account, effective_status=["ACTIVE"]))).id
    today = fb.insights.list(campaign, date_preset="today")
    text = do(campaigns.get_insights(facebook.client, campaign, days=1))
    assert f"{fb.today(campaign)} to {fb.today(campaign)}" in text
    assert text.spend == (today[0].spend if today else 0) > 0


@table("days", [0, -3, "7", True, 1.5, "today"])
def test_days_that_are_no_number_of_days_are_named(days: Any) -> None:
    facebook = scenario()
    with pytest.raises(ParameterError, match="days"):
        do(campaigns.get_insights(facebook.client, "120210000000000001", days=days))


def test_without_delivery_the_figures_are_zero_and_cpc_is_none() -> None:
    facebook = scenario("act_2")
    text = do(campaigns.get_insights(facebook.client, running(facebook, status="PAUSED"), days=3))
    assert (text.spend, text.clicks, text.impressions, text.cpc, text.currency) == (0, 0, 0, None, "JPY")
    assert re.search(FIGURES["Spend"], text)[1] == "0"  # type: ignore[index]


@pytest.mark.thorough
@table(
    "body",
    [
        '{"data":{}}',
        '{"data":["x"]}',
        '{"data":[{"impressions":"10"}]}',
        '{"data":[{"spend":"abc","clicks":"1"}]}',
        '{"data":[{"spend":null,"clicks":"1"}]}',
        '{"data":[{"spend":"NaN","clicks":"1"}]}',
    ],
)
def test_figures_without_a_spend_are_not_zero(body: str) -> None:
    facebook = scenario()
    campaign = running(facebook)
    assert do(campaigns.get_insights(facebook.client, campaign, days=1)).spend == 0, "nothing was delivered"
    facebook.client.sandbox.fail_next(f"GET {campaign}/insights", Http(200, body), times=9)
    with pytest.raises(TransientError):
        do(campaigns.get_insights(facebook.client, campaign, days=1))


def _kinds(hint: Any) -> Iterator[Any]:
    yield hint
    for each in get_args(hint):
        yield from _kinds(each)


def _holds_errors(hint: Any, depth: int = 2) -> bool:
    """Whether a result of this type can say that a part of it failed."""
    if not dataclasses.is_dataclass(hint):
        return False
    known = {"FacebookAdsError": FacebookAdsError, "CustomAudience": Any}
    fields = {each.name: each.type for each in dataclasses.fields(hint)}
    if {"error", "failed"} & fields.keys():
        return True
    hints = get_type_hints(hint, localns=known) if depth else {}
    return any(_holds_errors(kind, depth - 1) for inner in hints.values() for kind in _kinds(inner))


def _partly() -> set[str]:
    """The writes whose result can hold the errors of some of its objects, by what their functions return."""
    names = {"FacebookAds": FacebookAds, "FacebookTool": FacebookTool}
    found = set()
    for name, op in registry().items():
        returned = get_type_hints(op.function, localns=names).get("return") if op.access != "read" else None
        if any(map(_holds_errors, _kinds(returned))):
            found.add(name)
    return found


def _bulk(edge: str) -> Callable[[Sandbox], dict[str, Any]]:
    kinds = {"campaigns": "Campaign", "adsets": "AdSet", "ads": "Ad"}

    def arguments(sandbox: Sandbox) -> dict[str, Any]:
        rows = [each["id"] for each in sandbox.objects(kinds[edge], "act_1")]
        return {edge: [{"id": row, "name": "B"} for row in rows[:2]]}

    return arguments


def _named(sandbox: Sandbox, words: str) -> dict[str, Any]:
    return {"campaign_id": next(each["id"] for each in sandbox.objects("Campaign", "act_1") if words in each["name"])}


def _paused(sandbox: Sandbox) -> dict[str, Any]:
    named = _named(sandbox, "Traffic")
    for each in (*sandbox.objects("Campaign", "act_1"), *sandbox.objects("AdSet", "act_1")):
        if named["campaign_id"] in (each["id"], each.get("campaign_id")):
            sandbox.change(each["id"], status="PAUSED")
    return named


def _audience(sandbox: Sandbox) -> dict[str, Any]:
    seed = next(each["id"] for each in sandbox.objects("CustomAudience", "act_1") if each["subtype"] != "LOOKALIKE")
    return {"name": "Like", "tiers": [0.01, 0.02, 0.03], "country": "US", "origin_audience_id": seed}


PARTLY: dict[str, tuple[str, Callable[[Sandbox], dict[str, Any]]]] = {
    **{f"bulk_update_{edge}": ("POST 1*", _bulk(edge)) for edge in ("campaigns", "adsets", "ads")},
    "activate_campaign": ("POST 1*", _paused),
    "scale_campaign": ("POST 1*", lambda sandbox: {
        **_named(sandbox, "Traffic"), "factor": 1.1, "max_daily_budget": "90.00 USD"}),
    "duplicate_campaign": ("POST */copies", lambda sandbox: _named(sandbox, "Traffic")),
    "duplicate_adset": ("POST */copies", lambda sandbox: {
        "adset_id": sandbox.objects("AdSet", "act_1")[0]["id"]}),
    "create_lookalike_tiers": ("POST act_1/customaudiences", _audience),
}  # fmt: skip
"""The calls that can fail in part: what to refuse once, and the arguments."""
RAISES_BY_ITSELF = {"launch_campaign", "boost_post", "duplicate_ad"}
"""They raise `LaunchStopped`, or make one object only."""


def test_every_write_that_can_fail_in_part_is_tried() -> None:
    assert _partly() == {*PARTLY} | RAISES_BY_ITSELF


@pytest.mark.thorough
@table("op", PARTLY)
def test_what_failed_in_part_raises_and_says_what_was_done(op: str) -> None:
    facebook = scenario()
    sandbox, (pattern, arguments) = facebook.client.sandbox, PARTLY[op]
    do(facebook.client.run("list_campaigns"))
    args = arguments(sandbox)
    sandbox.fail_next(pattern, GraphError(100), skip=1)
    with pytest.raises(InvalidParameterError) as raised:
        do(facebook.client.run(op, **args))
    [note] = raised.value.__notes__
    assert note.startswith(f"Not all of {op} was done:\nOK: ")
    assert "ID: " in note


@pytest.mark.thorough
@table("op", [name for name in PARTLY if name.startswith(("bulk", "activate", "scale"))])
def test_what_failed_as_a_whole_is_no_success_for_the_model_either(op: str) -> None:
    facebook = scenario()
    sandbox, (pattern, arguments) = facebook.client.sandbox, PARTLY[op]
    args = arguments(sandbox)
    sandbox.fail_next(pattern, GraphError(100), times=9)
    tool = FacebookTool(FacebookAds.sandbox(sandbox), policy=SpendPolicy(needs_plan=()))
    result = tool.call({"op": op, "args": args})
    assert not result.ok
    assert result.text.startswith("ERROR InvalidParameterError: nothing of this is known to be done:\n- ID: ")
    assert result.error is not None
    assert result.error["type"] == "InvalidParameterError"
    assert exit_code(result) == 1


def test_a_call_that_failed_in_part_has_the_exit_code_of_its_error() -> None:
    facebook = scenario()
    ids = [running(facebook), running(facebook)]
    tool = FacebookTool(FacebookAds.sandbox(facebook.client.sandbox))
    args = {"campaign_ids": ids, "status": "PAUSED"}
    assert exit_code(tool.call({"op": "bulk_update_campaigns", "args": args})) == 0
    facebook.client.sandbox.fail_next(f"POST {ids[0]}", GraphError(200))
    partly = tool.call({"op": "bulk_update_campaigns", "args": args})
    assert partly.ok
    assert exit_code(partly) == 4


@pytest.mark.thorough
def test_a_report_that_lacks_an_account_is_still_a_report() -> None:
    facebook = scenario()
    facebook.client.sandbox.fail_next("GET act_2*", GraphError(100), times=99)
    report = do(facebook.client.run("weekly_report", ad_account_id="all"))
    assert report.data.failed


@pytest.mark.thorough
def test_a_stop_that_fails_beside_a_change_that_is_made_raises_too() -> None:
    facebook = scenario()
    ids = [running(facebook), running(facebook)]
    facebook.client.sandbox.fail_next(f"POST {ids[0]}", GraphError(100))
    rows = [{"id": ids[0], "status": "PAUSED"}, {"id": ids[1], "name": "B"}]
    with pytest.raises(InvalidParameterError) as raised:
        do(facebook.client.run("bulk_update_campaigns", campaigns=rows))
    assert f"- ID: {ids[0]} | NOT changed" in raised.value.__notes__[0]
    assert re.search(rf"- campaign ID: {ids[1]} .* → B\n", raised.value.__notes__[0])
    assert facebook.client.sandbox.object(ids[0])["status"] == "ACTIVE"
