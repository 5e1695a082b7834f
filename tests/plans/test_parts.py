"""The parts of plans one by one: what each function returns for a plain case."""

from __future__ import annotations

from dataclasses import replace

from admonster_fb import FacebookAds, Money, SpendPolicy
from admonster_fb.bot.audit.log import FIRST, format_line, parse_line
from admonster_fb.bot.audit.undo import undoable
from admonster_fb.bot.plans import changes, classify, limits, plan, snapshot, stops, text
from admonster_fb.bot.plans import policy as policy_of
from admonster_fb.bot.plans.plan import example, with_content_id
from admonster_fb.bot.plans.policy import HostPolicy
from admonster_fb.bot.registry import registry
from admonster_fb.models.change import Change
from admonster_fb.operation import OpSpec

PAUSE = Change("campaigns", "1", "Sale", {"status": "ACTIVE"}, {"status": "PAUSED"})
START = Change("ads", "2", None, {"status": "PAUSED"}, {"status": "ACTIVE"})
RAISED = Change("adsets", "1", None, {"daily_budget": 2000}, {"daily_budget": 2001, "name": "B"})
LOWERED = Change("adsets", "1", None, {"daily_budget": 2000}, {"daily_budget": 1999})
RENAMED = Change("ads", "1", "A", {"name": "A", "status": "PAUSED"}, {"name": "B", "status": "PAUSED"})
UNREAD = Change("ads", "7", None, {"status": None}, {"status": "PAUSED"})


def test_classes_of_single_changes() -> None:
    assert classify.change_classes([PAUSE, PAUSE]) == set()
    assert classify.change_classes([START, PAUSE]) == {"many", "spend"}
    creative = Change("ads", "1", None, {"creative": {"id": "7"}}, {"creative": {"creative_id": "8"}})
    assert classify.replaces(creative) == {"delivery"}
    assert classify.is_same_targeting({"age_min": 18, "age_max": 65, "genders": [1, 2]}, {})
    assert classify.is_placement("facebook_positions")
    assert not classify.is_placement("age_min")


def test_what_raises_lowers_and_destroys() -> None:
    assert classify.raises_spend(RAISED)
    assert classify.raising_fields(RAISED) == {"daily_budget"}
    assert classify.lowers_spend(LOWERED)
    unknown = Change("adsets", None, "US", {}, {"status": "PAUSED", "rf_prediction_id": "4"})
    assert classify.untyped(unknown) == {"rf_prediction_id"}
    assert not classify.rule_can_spend({"status": "ENABLED", "execution_spec": {"execution_type": "PAUSE"}})
    assert classify.destroys(Change("ads", "1", None, {"status": "PAUSED"}, {"status": "ARCHIVED"}))
    assert classify.changed_fields(RENAMED) == {"name": "B"}
    bid = Change("adsets", "1", None, {"bid_amount": 100}, {"bid_amount": 120})
    assert [*limits.raised_amounts([bid], None, lambda _id, _name: 90)] == [("1", "bid_amount", 90, 100, 120)]


def test_changes_of_an_op_without_a_description() -> None:
    spec = OpSpec("update_pixel", "pixel", "write", effect="update", changes="adspixels")
    [change] = changes.describe_generic(spec, {"pixel_id": "1", "name": "Shop"})
    assert change.after == {"name": "Shop"}
    assert changes.only_validates({"execution_options": ["validate_only"]})
    assert not changes.only_validates({"campaigns": [{"id": "1"}]})
    assert [*snapshot.differences({"ads": {"1": {"name": "A"}}}, {"ads": {"1": {"name": "B"}}})] == [
        ("ads", "1", "name", "A", "B")
    ]


def test_stops_are_known_without_a_read(fb: FacebookAds) -> None:
    ops = registry()
    assert stops.unread_changes(fb, ops["update_ad"], {"ad_id": "7", "status": "PAUSED"})[0].after == UNREAD.after
    lower = Change("campaigns", "7", None, {"daily_budget": 200}, {"daily_budget": 100})
    sent = stops.sent_unread(ops["scale_campaign"], ops, [lower])
    assert sent == (ops["update_campaign"], {"campaign_id": "7", "daily_budget": 100})
    mix = {"campaign_id": "7", "status": "PAUSED", "daily_budget": 9000}
    parts = {"campaign_id": "7", "status": "PAUSED"}, {"campaign_id": "7", "daily_budget": 9000}
    assert stops.parted(fb, ops["update_campaign"], mix) == parts
    assert stops.only_stops([replace(UNREAD, before={}), Change("ads", "8", None)])
    assert stops.is_raise([Change("adsets", "7", None, {"daily_budget": 100}, {"daily_budget": 200})])
    assert stops.may_stop(ops["update_ad"], {"status": "PAUSED"})
    assert not stops.may_stop(ops["list_ads"], {})
    assert stops.LOOK < stops.LOOK_FOR_REMOVAL < stops.LOOK_FOR_PLAN


def test_values_before_that_were_read_late() -> None:
    assert stops.with_unknown([UNREAD])[0].before == {"status": "unknown"}
    for before, expected in (("ACTIVE", "ACTIVE"), ("PAUSED", None)):
        read = replace(UNREAD, name="A", before={"status": before})
        assert stops.with_late([UNREAD], [read])[0].before == {"status": expected}


def test_a_plan_is_bound_to_its_content() -> None:
    assert plan.canonical({"b": Money("50.00 USD"), "a": 1}) == '{"a":1,"b":"50.00 USD"}'
    assert plan.digest({"a": 1})[:8] == "015abd7f"
    bound = with_content_id(example())
    assert bound.id.startswith("plan_")
    assert bound.id == with_content_id(example()).id
    assert plan.is_unmodified(bound)
    assert not plan.is_unmodified(replace(bound, adds=0))
    assert plan.from_json(bound.id, plan.content(bound)) == bound


def test_a_plan_as_text() -> None:
    line = '- campaign ID: 1 "Sale" | Status: PAUSED → ACTIVE'
    assert text.lines(example(), by_host=True, survives=True)[2] == line
    until = "Nothing has been changed yet. You can agree until 2026-11-01 07:15 America/New_York."
    assert text.shown(example(), "America/New_York")[-1] == until
    assert text.change_lines([RENAMED], "USD") == ['- ad ID: 1 "A" | Name: A → B']
    assert text.state_changes({"ads": {"1": {"name": "A"}}}, {"ads": {}}, "USD") == ["ad ID: 1 is gone"]


def test_whose_yes_counts_for_the_example() -> None:
    policy = SpendPolicy().resolved(sandbox=False)
    assert policy_of.beyond_chat(policy, example(), int).startswith("A yes in a form or chat counts for amounts that")
    policy = SpendPolicy(chat_max_added_daily="50.00 USD").resolved(sandbox=False)
    assert policy_of.beyond_chat(policy, example(), int) == ""
    assert policy_of.rise(example()) == 0
    rule = {"status": "ENABLED", "execution_spec": {"execution_type": "CHANGE_BUDGET"}}
    untyped = {"status": "ACTIVE", "rf_prediction_id": "4"}
    for node, after in (("adrules_library", rule), ("adsets", untyped)):
        unknown = replace(example(), changes=(Change(node, None, None, {}, after),))
        assert "what this one adds to a day is not known" in policy_of.beyond_chat(policy, unknown, int)


def test_lines_of_the_audit_log() -> None:
    line, digest = format_line({"id": "write_1"}, FIRST)
    assert line == f'{{"id":"write_1","prev":"{FIRST}","hash":"{digest}"}}'
    assert parse_line(line.encode()) == ({"id": "write_1"}, FIRST, digest)
    assert undoable([PAUSE])


def test_policies_on_a_sandbox_and_live() -> None:
    assert SpendPolicy().resolved(sandbox=False).apply_by == "host"
    assert SpendPolicy().resolved(sandbox=True).apply_by == "model"
    assert SpendPolicy(max_total_daily={"1": "50.00 USD"}).cap("max_total_daily", "act_1") == Money("50.00 USD")
    assert HostPolicy(needs_plan=()).resolved(sandbox=False).needs_plan == frozenset()
