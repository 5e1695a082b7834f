"""What a write changes, object by object, as its plan shows it."""

from __future__ import annotations

from typing import Any

import pytest
from plan_world import ADSET, CAMPAIGN, TARGETING, Call
from tables import table
from test_held import World

from admonster_fb import TransientError
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.snapshot import StateSnapshot
from admonster_fb.models.adset import AdSet
from admonster_fb.models.change import Change
from admonster_fb.models.page import PageRole
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough


@pytest.fixture
def world(empty: Sandbox, funnel: dict[str, str]) -> World:
    return World(empty, funnel)


def test_the_same_creative_by_another_key_is_no_change(tool: FacebookTool, world: World) -> None:
    same = world.fb.ads.get(world.ad["ad_id"]).creative
    assert same
    op = tool.ops["update_ad"]
    plan = tool.guard.propose(op, op.prepare(tool.fb, {**world.ad, "creative": same.id, "name": "Boots"}), always=True)
    assert plan is not None
    assert plan.changes[0].after == {"name": "Boots"}


@table("edge", ["ad", "adset"], fresh=True)
def test_what_is_turned_on_is_shown_with_its_ad_set_and_without_its_campaign(
    call: Call, world: World, edge: str
) -> None:
    held = call(f"update_{edge}", **getattr(world, edge), status="ACTIVE")
    assert [each.node for each in held.data.delivers] == ["adsets", "ads"]


def test_a_time_is_shown_in_the_time_zone_of_the_account(call: Call, world: World) -> None:
    held = call("update_adset", **world.adset, daily_budget="90.00 USD", end_time="2026-12-20T20:00:00+0000")
    assert held.data.changes[0].after["end_time"] == "2026-12-20T12:00:00-08:00"


def test_the_first_ads_show_what_they_say(call: Call, world: World) -> None:
    creative = {"creative_id": world.creative}
    ads = [world.fb.ads.create("act_1", name=f"Ad {i}", **world.adset, creative=creative).id for i in range(7)]
    link = {"link": "https://elsewhere.example/", "message": "Cold feet"}
    new = world.fb.adcreatives.create("act_1", object_story_spec={"page_id": "1", "link_data": link}).id
    held = call("bulk_update_ads", ads=[{"id": each, "creative": new} for each in ads])
    shown = [change.id for change in held.data.changes if "object_story_spec" in change.after["creative"]]
    assert shown == ads[:6]


def test_a_bid_of_an_ad_set_in_the_update_of_its_campaign(call: Call, world: World) -> None:
    capped: Any = {**CAMPAIGN, "daily_budget": 5000, "bid_strategy": "LOWEST_COST_WITH_BID_CAP"}
    campaign = world.fb.campaigns.create("act_1", **capped).id
    params = {**ADSET, "bid_amount": 100}
    own = {name: params[name] for name in params if name not in ("daily_budget", "bid_strategy")}
    adset = world.fb.adsets.create("act_1", campaign_id=campaign, **own).id
    held = call("update_campaign", campaign_id=campaign, adset_bid_amounts={adset: 120})
    [change] = held.data.changes
    assert (change.node, change.id, change.before, change.after) == (
        *("adsets", adset), {"bid_amount": 100}, {"bid_amount": 120}
    )  # fmt: skip


def test_scaling_says_that_it_was_cut_only_if_it_was(call: Call, world: World) -> None:
    for factor, cut in ((1.5, False), (1.8, False), (1.9, True)):
        held = call("scale_campaign", **world.cbo, factor=factor, max_daily_budget="90.00 USD")
        assert ("cut to max_daily_budget, $90.00 USD" in held.data.warnings) is cut, factor


def test_a_copied_ad_is_in_the_ad_set_that_was_named_or_in_its_own(tool: FacebookTool, world: World) -> None:
    op = tool.ops["duplicate_ad"]
    for more, expected in (({}, world.adset), (world.bidding, world.bidding)):
        plan = tool.guard.propose(op, op.prepare(tool.fb, {**world.ad, **more}), always=True)
        assert plan is not None
        assert plan.changes[0].after["adset_id"] == expected["adset_id"]


def test_a_copied_campaign_says_what_each_ad_set_loses(call: Call, world: World) -> None:
    women: Any = {**TARGETING, "genders": [2], "age_min": 25, "age_max": 44}
    world.fb.adsets.update(world.adset["adset_id"], targeting=women)
    everyone = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 1}}
    held = call("duplicate_campaign", **world.campaign, targeting=everyone)
    assert [each for each in held.data.warnings if "loses" in each] == [
        "the copy of US loses: women, ages, Advantage+ audience off",
        "the copy of US loses: Advantage+ audience off",
    ]


def test_an_audience_given_in_two_ways_loses_as_much(call: Call, world: World) -> None:
    women: Any = {**TARGETING, "genders": [2]}
    world.fb.adsets.update(world.adset["adset_id"], targeting=women)
    held = call("duplicate_campaign", **world.campaign, targeting=TARGETING, countries=["US"])
    assert "the copy of US loses: women" in held.data.warnings


def test_an_alert_is_the_rule_that_it_makes(tool: FacebookTool, world: World) -> None:
    op = tool.ops["setup_performance_alert"]
    condition = {"metric": "ctr", "operator": "<", "value": 0.5, "min_events": 5000}
    args = {**world.campaign, "action": "pause_campaign", "conditions": [condition]}
    plan = tool.guard.propose(op, op.prepare(tool.fb, args), always=True)
    assert plan is not None
    [change] = plan.changes
    assert (change.node, change.id, change.before) == ("adrules_library", None, {})
    assert change.after["execution_spec"] == {"execution_type": "PAUSE"}
    assert change.after["evaluation_spec"]["filters"][0]["field"] == "ctr"


def test_a_limit_that_rises_is_planned_though_the_account_cannot_be_read(
    call: Call, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise TransientError(code=2, message="Service temporarily unavailable")

    monkeypatch.setattr(StateSnapshot, "read_account", refused)
    held = call("update_spending_limit", spend_cap_action="delete")
    expected = "with no limit on the account, its campaigns spend again; how much a day could not be read"
    assert held.data.warnings == (expected,)


@table(
    ("params", "freed"),
    [
        ({"spending_limit": "900.01 USD"}, "the higher limit"),
        ({"spend_cap_action": "delete"}, "no limit"),
        ({"spending_limit": "800.00 USD"}, ""),
    ],
)
def test_a_limit_that_rises_says_what_runs_again(tool: FacebookTool, world: World, params: Any, freed: str) -> None:
    op = tool.ops["update_spending_limit"]
    plan = tool.guard.propose(op, op.prepare(tool.fb, {"ad_account_id": "act_1", **params}), always=True)
    assert plan is not None
    expected = f"with {freed} on the account, what is on in it may spend up to $0.00 USD a day by its budgets"
    assert list(plan.warnings) == ([expected] if freed else [])


def test_an_amount_that_is_none_makes_no_plan(tool: FacebookTool) -> None:
    with pytest.raises(TransientError, match="an amount that is none, in adsets 1"):
        StateSnapshot(tool.fb).add("adsets", AdSet.from_api({"id": "1", "daily_budget": "much"}))


def test_a_plan_names_the_first_pages_and_reads_no_post_of_a_creative_that_has_none(
    tool: FacebookTool, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    monkeypatch.setattr("admonster_fb.workflows.boost.post_by_id", lambda *args: read.append(args[2]))
    snapshot = StateSnapshot(tool.fb)
    creative = world.creative
    assert "post_text" not in snapshot.read_creatives({creative})[creative]
    assert read == []
    monkeypatch.setattr(tool.fb.pages, "get", lambda page_id, fields: PageRole(id=page_id, name=f"P{page_id}"))
    pages = Change("adcreatives", None, None, {}, {"cards": [{"page_id": page_id} for page_id in "4312"]})
    assert snapshot.page_notes([pages]) == [f'Page {page_id} is "P{page_id}".' for page_id in "123"]
