"""What can spend, destroy or touch many is held until its plan is applied; what saves is done at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plan_world import ADSET, CAMPAIGN, TARGETING, Call, creative_of
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.sandbox import GraphError, Sandbox

pytestmark = pytest.mark.thorough

SOON, LATER = "2026-12-01T09:00:00+0000", "2026-12-20T09:00:00+0000"
MULTIPLIER: Any = {"budget_value_type": "MULTIPLIER", "time_start": SOON, "time_end": LATER}
EVALUATED: Any = [
    {"field": "entity_type", "operator": "EQUAL", "value": "CAMPAIGN"},
    {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7D"},
    {"field": "cost_per", "operator": "LESS_THAN", "value": "20.00 USD"},
]
RULE: Any = {
    "name": "Rule",
    "evaluation_spec": {"evaluation_type": "SCHEDULE", "filters": EVALUATED},
    "schedule_spec": {"schedule_type": "DAILY"},
}
UNPAUSES: Any = {**RULE, "execution_spec": {"execution_type": "UNPAUSE"}}
PAUSES: Any = {**RULE, "execution_spec": {"execution_type": "PAUSE"}}


class World:
    """An account with something of each kind, as arguments of ops."""

    def __init__(self, sandbox: Sandbox, funnel: dict[str, str]) -> None:
        self.sandbox, self.fb = sandbox, FacebookAds.sandbox(sandbox)
        self.campaign, self.adset, self.ad = ({key: funnel[key]} for key in ("campaign_id", "adset_id", "ad_id"))
        more: Any = {**CAMPAIGN, "name": "CBO", "daily_budget": 5000, "spend_cap": 40_000}
        self.cbo = {"campaign_id": self.fb.campaigns.create("act_1", **more).id}
        capped: Any = {**ADSET, "bid_strategy": "LOWEST_COST_WITH_BID_CAP", "bid_amount": 100, "end_time": SOON}
        self.bidding = {"adset_id": self.fb.adsets.create("act_1", campaign_id=funnel["campaign_id"], **capped).id}
        self.all = {"campaign_ids": [self.campaign["campaign_id"], self.cbo["campaign_id"]]}
        self.fb.adaccounts.update("act_1", spend_cap=90_000)

    @property
    def audience(self) -> dict[str, str]:
        kind: Any = {"subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
        found = self.fb.customaudiences.create("act_1", name="Buyers", **kind).id
        self.sandbox.audience_status(found, 200)
        return {"audience_id": found}

    def rule(self, of: Any = PAUSES) -> dict[str, str]:
        return {"rule_id": self.fb.adrules.create("act_1", **of).id}

    @property
    def creative(self) -> str:
        return creative_of(self.fb)


Write = tuple[str, Callable[[World], dict[str, Any]], set[str]]
HELD: dict[str, Write] = {
    "activate a campaign": ("update_campaign", lambda w: {**w.campaign, "status": "ACTIVE"}, {"spend"}),
    "activate an ad set": ("update_adset", lambda w: {**w.adset, "status": "ACTIVE"}, {"spend"}),
    "activate an ad": ("update_ad", lambda w: {**w.ad, "status": "ACTIVE"}, {"spend"}),
    "raise a campaign's budget": ("update_campaign", lambda w: {**w.cbo, "daily_budget": 5001}, {"spend"}),
    "raise an ad set's budget": ("update_adset", lambda w: {**w.adset, "daily_budget": "20.01 USD"}, {"spend"}),
    "raise and rename": ("update_adset", lambda w: {**w.adset, "daily_budget": 2001, "name": "B"}, {"spend"}),
    "raise a bid": ("update_adset", lambda w: {**w.bidding, "bid_amount": 101}, {"spend"}),
    "bid without a cap": (
        "update_adset", lambda w: {**w.bidding, "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}, {"spend"},
    ),
    "a later end": ("update_adset", lambda w: {**w.bidding, "end_time": LATER}, {"spend"}),
    "raise a cap": ("update_campaign", lambda w: {**w.cbo, "spend_cap": 40_001}, {"spend"}),
    "remove a cap": ("update_campaign", lambda w: {**w.cbo, "spend_cap": 922337203685478}, {"spend"}),
    "remove the account's limit": ("update_spending_limit", lambda _: {"spend_cap_action": "delete"}, {"spend"}),
    "raise the account's limit": ("update_spending_limit", lambda _: {"spending_limit": "900.01 USD"}, {"spend"}),
    "begin the account's limit anew": ("update_spending_limit", lambda _: {"spend_cap_action": "reset"}, {"spend"}),
    "a budget schedule": (
        "create_budget_schedule",
        lambda w: {"ad_object_id": w.cbo["campaign_id"], "budget_value": 2, **MULTIPLIER},
        {"spend"},
    ),
    "create it ACTIVE": ("create_campaign", lambda _: {**CAMPAIGN, "status": "ACTIVE"}, {"spend"}),
    "an ACTIVE ad": (
        "create_ad",
        lambda w: {"name": "A", **w.adset, "status": "ACTIVE", "creative": w.creative},
        {"spend"},
    ),
    "a rule that is on and unpauses": ("create_ad_rule", lambda _: {**UNPAUSES, "status": "ENABLED"}, {"spend"}),
    "run such a rule": ("execute_ad_rule", lambda w: w.rule(UNPAUSES), {"spend"}),
    "switch such a rule on": ("update_ad_rule", lambda w: {**w.rule(UNPAUSES), "status": "ENABLED"}, {"spend"}),
    "archive a campaign": ("archive_campaign", lambda w: w.campaign, {"destroy"}),
    "archive an ad set": ("archive_adset", lambda w: w.adset, {"destroy"}),
    "archive by status": ("update_ad", lambda w: {**w.ad, "status": "ARCHIVED"}, {"destroy"}),
    "delete a campaign": ("delete_campaign", lambda w: w.campaign, {"destroy"}),
    "delete an ad": ("delete_ad", lambda w: w.ad, {"destroy"}),
    "delete an audience": ("delete_audience", lambda w: w.audience, {"destroy"}),
    "delete a rule": ("delete_ad_rule", lambda w: w.rule(), {"destroy"}),
    "replace people": ("replace_audience_users", lambda w: {**w.audience, "emails": ["mary@example.com"]}, {"destroy"}),
    "rename two": ("bulk_update_campaigns", lambda w: {**w.all, "name": "B"}, {"many"}),
    "activate two": ("bulk_update_campaigns", lambda w: {**w.all, "status": "ACTIVE"}, {"many", "spend"}),
    "rename ad sets": (
        "bulk_update_adsets",
        lambda w: {"adset_ids": [w.adset["adset_id"], w.bidding["adset_id"]], "name": "B"},
        {"many"},
    ),
    "start a campaign": ("activate_campaign", lambda w: w.campaign, {"many", "spend"}),
    "scale up": (
        "scale_campaign",
        lambda w: {**w.campaign, "factor": 2, "max_daily_budget": "90.00 USD"},
        {"many", "spend"},
    ),
    "copy a tree": ("duplicate_campaign", lambda w: w.campaign, {"many"}),
}  # fmt: skip
AT_ONCE: dict[str, tuple[str, Callable[[World], dict[str, Any]]]] = {
    "pause": ("update_campaign", lambda w: {**w.campaign, "status": "PAUSED"}),
    "pause two": ("bulk_update_campaigns", lambda w: {**w.all, "status": "PAUSED"}),
    "lower": ("update_adset", lambda w: {**w.adset, "daily_budget": 1999}),
    "lower two by half": ("scale_campaign", lambda w: {**w.campaign, "factor": 0.5, "max_daily_budget": "90.00 USD"}),
    "lower a bid": ("update_adset", lambda w: {**w.bidding, "bid_amount": 99}),
    "an earlier end": ("update_adset", lambda w: {**w.bidding, "end_time": "2026-11-20T09:00:00+0000"}),
    "lower a cap": ("update_campaign", lambda w: {**w.cbo, "spend_cap": 30_000}),
    "lower the account's limit": ("update_spending_limit", lambda _: {"spending_limit": "800.00 USD"}),
    "rename": ("update_campaign", lambda w: {**w.campaign, "name": "B"}),
    "another audience": ("update_adset", lambda w: {**w.adset, "targeting": {**TARGETING, "age_min": 30}}),
    "create": ("create_campaign", lambda _: {**CAMPAIGN, "daily_budget": 9000}),
    "a rule that pauses": ("create_ad_rule", lambda _: PAUSES),
    "a rule that unpauses, off": ("create_ad_rule", lambda _: UNPAUSES),
    "switch such a rule off": ("update_ad_rule", lambda w: {**w.rule(UNPAUSES), "status": "DISABLED"}),
    "add people": ("add_users_to_audience", lambda w: {**w.audience, "emails": ["mary@example.com"]}),
}


@pytest.fixture
def world(empty: Sandbox, funnel: dict[str, str]) -> World:
    return World(empty, funnel)


@pytest.fixture
def written(empty: Sandbox) -> Callable[[], dict[str, Any]]:
    """All objects of the sandbox as they are now."""
    return lambda: {key: (kind, empty.object(key)) for key, kind in empty.kinds().items()}


@table("name", HELD, fresh=True)
def test_it_is_held_and_done_once_applied(call: Call, world: World, written: Any, name: str) -> None:
    op, args, kinds = HELD[name]
    given = args(world)
    before = written()
    held = call(op, **given)
    assert held.ok, held.text
    assert isinstance(held.data, Plan), held.text
    assert {*held.data.kinds} == kinds
    assert held.text.startswith(f"PLAN {held.data.id}: nothing has been changed yet.\n")
    assert written() == before
    done = call("apply", plan_id=held.data.id)
    assert done.ok, done.text
    assert f"Applied: {held.data.id}, {op}" in done.text
    if op not in ("execute_ad_rule", "replace_audience_users", "update_spending_limit"):
        assert written() != before


@table("name", AT_ONCE, fresh=True)
def test_it_is_done_at_once(call: Call, world: World, written: Any, name: str) -> None:
    op, args = AT_ONCE[name]
    given = args(world)
    before = written()
    done = call(op, **given)
    assert done.ok, done.text
    assert not isinstance(done.data, Plan), done.text
    if "pause" not in name.split() and "off" not in name and op != "add_users_to_audience":
        assert written() != before


def test_what_cannot_be_read_can_be_paused(call: Call, world: World) -> None:
    world.sandbox.fail_next("GET *", GraphError(1), times=50)
    done = call("update_campaign", **world.campaign, status="PAUSED")
    assert done.ok, done.text
    assert not call("update_campaign", **world.campaign, status="ACTIVE").ok


def test_what_cannot_be_read_is_not_deleted_without_a_plan(call: Call, world: World) -> None:
    world.sandbox.fail_next("GET *", GraphError(1), times=50)
    held = call("delete_ad", **world.ad)
    assert isinstance(held.data, Plan), held.text
    assert held.data.kinds == ("destroy",)
    assert world.sandbox.object(world.ad["ad_id"])["status"] == "PAUSED"


def test_an_amount_that_a_rate_limit_hides_gets_no_plan_but_one_that_was_made_is_applied(
    call: Call, world: World
) -> None:
    lower = {**world.cbo, "daily_budget": 4000}
    world.sandbox.fail_next("GET *", GraphError(1), times=5)
    held = call("update_campaign", **lower)
    assert isinstance(held.data, Plan), held.text
    world.sandbox.fail_next("GET *", GraphError(17), times=50)
    refused = call("update_campaign", **lower)
    assert refused.error is not None
    assert refused.error["type"] == "RateLimited"
    done = call("apply", plan_id=held.data.id)
    assert done.ok, done.text
    assert world.sandbox.object(world.cbo["campaign_id"])["daily_budget"] == "4000"


def test_a_pause_that_names_another_kind_of_object_stops_nothing_else(call: Call, world: World) -> None:
    adset = world.adset["adset_id"]
    world.sandbox.change(adset, status="ACTIVE")
    refused = call("update_campaign", campaign_id=adset, status="PAUSED")
    assert "is the id of an ad set, not of a campaign" in refused.text
    assert world.sandbox.object(adset)["status"] == "ACTIVE"


def test_a_lowering_that_meta_would_refuse_is_not_sent(world: World) -> None:
    written: list[Any] = []
    tool = FacebookTool(world.fb, on_write=written.append)
    world.fb.adsets.get(world.bidding["adset_id"])
    refused = tool.call({"op": "update_adset", "args": {**world.bidding, "bid_amount": 0}})
    assert "nothing was sent" in refused.text
    assert written == []


def test_what_a_pause_found_is_unknown_only_if_it_was_not_read(call: Call, world: World) -> None:
    mix = {**world.cbo, "status": "PAUSED", "daily_budget": 9000}
    world.sandbox.change(world.cbo["campaign_id"], status="ACTIVE")
    world.sandbox.fail_next("GET *", GraphError(1), times=5)
    assert "Status: unknown → PAUSED" in call("update_campaign", **mix).text
    world.sandbox.change(world.cbo["campaign_id"], status="ACTIVE")
    held = call("update_campaign", **mix)
    assert "Status: ACTIVE → PAUSED" in held.text
    assert held.data.done[0].before == {"status": "ACTIVE"}


def test_a_plan_that_turns_something_on_names_its_page(call: Call, world: World) -> None:
    [page] = [each for each in world.sandbox.objects("Page") if each["name"] == "Juniper Roast"]
    story: Any = {"page_id": page["id"], "link_data": {"link": "https://example.com/", "message": "Warm feet"}}
    creative = world.fb.adcreatives.create("act_1", object_story_spec=story).id
    world.sandbox.change(world.ad["ad_id"], creative={"id": creative})
    held = call("update_ad", **world.ad, status="ACTIVE")
    assert held.data.notes[0] == f'Page {page["id"]} is "Juniper Roast".'


def test_a_check_by_meta_alone_is_no_write(call: Call, world: World) -> None:
    done = call("update_campaign", **world.campaign, status="ACTIVE", execution_options=["validate_only"])
    assert done.ok, done.text
    assert not isinstance(done.data, Plan)


def test_a_file_is_part_of_the_plan(world: World, tmp_path: Path) -> None:
    tool = FacebookTool(world.fb, files=tmp_path)
    (tmp_path / "people.csv").write_text("email\nmary@example.com\n")
    args = {**world.audience, "csv_path": "people.csv"}
    plan = tool.call({"op": "replace_audience_users", "args": args}).data
    (tmp_path / "people.csv").write_text("email\neve@example.com\n")
    refused = tool.call({"op": "apply", "args": {"plan_id": plan.id}})
    assert refused.error is not None
    assert "the file csv_path has changed" in refused.text
    (tmp_path / "people.csv").unlink()
    assert not tool.call({"op": "apply", "args": {"plan_id": plan.id}}).ok
    assert tool.guard.pending(plan.id)  # not used up


def test_a_model_applies_no_file_outside_of_its_own_folder(world: World, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("email\nmary@example.com\n")
    (tmp_path / "own").mkdir()
    wide, narrow = (
        FacebookTool(world.fb, files=folder, plans=tmp_path / "plans") for folder in (tmp_path, tmp_path / "own")
    )
    args = {**world.audience, "csv_path": "people.csv"}
    plan = wide.call({"op": "replace_audience_users", "args": args}).data
    refused = narrow.call({"op": "apply", "args": {"plan_id": plan.id}})
    assert refused.error is not None
    assert refused.error["type"] == "ParameterError"
    assert narrow.approve(plan.id, by="Ann").ok, "a person has seen which file it is"
