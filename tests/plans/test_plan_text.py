"""Every sentence of a plan, from plans made by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

from admonster_fb.bot.plans.plan import Plan, example
from admonster_fb.bot.plans.snapshot import differences
from admonster_fb.bot.plans.text import change_lines, lines, state_changes
from admonster_fb.models.campaign import NO_SPEND_CAP
from admonster_fb.models.change import Change

NEXT = 'To do exactly this, once, within 15 minutes: op=apply args={"plan_id": "plan_1"}; else op=discard.'


def text(by_host: bool = False, survives: bool = True, **fields: Any) -> list[str]:
    plan: Plan = dataclasses.replace(example(), id="plan_1", **fields)
    return lines(plan, by_host=by_host, survives=survives)


def changed(name: str, before: Any, after: Any, node: str = "adsets", **more: Any) -> str:
    [line] = change_lines([Change(node, "1", "US", {name: before}, {name: after, **more})], "USD")
    return line.partition(" | ")[2]


def test_whole_plan() -> None:
    assert text(fits="2 % of a limit used", warnings=("look", "out\n`now`")) == [
        "PLAN plan_1: nothing has been changed yet.",
        "update_campaign in act_1 would do this:",
        '- campaign ID: 1 "Sale" | Status: PAUSED → ACTIVE',
        "It could add up to $50.00 USD to a day's spend "
        "(the campaigns it touches: $0.00 USD a day now, $50.00 USD then).",
        "Meta may spend 75 % over a daily budget on a day (here up to $87.50 USD), never over 7 times it in a week.",
        "Warning: look",
        "Warning: out 'now'",
        "API calls: 1 (rate limit: 2 % of a limit used)",
        NEXT,
    ]


def test_the_smallest_amount_is_more_too() -> None:
    assert "It could add up to $0.01 USD to a day's spend" in "\n".join(text(adds=1))


def test_what_comes_next() -> None:
    call = 'call op=apply args={"plan_id": "plan_1"}: the host applies it if they agree, within 15 minutes.'
    host = f"A person must agree: show them this, then {call}"
    assert text()[-1] == NEXT
    assert text(by_host=True)[-1] == host
    while_it_runs = NEXT.replace("minutes:", "minutes, if this process still runs then:")
    assert text(survives=False)[-1] == while_it_runs != NEXT
    private = "This plan contains customer data: it is kept in memory only."
    assert text(survives=False, private=True)[-2:] == [private, while_it_runs]
    assert text(survives=True, private=True)[-2:] == [private, while_it_runs]
    assert text()[-2].startswith("API calls: ")
    assert [line for line in text(warnings=tuple("abcdefgh")) if line.startswith("Warning")] == [
        f"Warning: {letter}" for letter in "abcdef"
    ]
    assert text(account=None)[1] == "update_campaign would do this:"
    assert "API calls: 1,200 (rate limit: )" in text(calls=1200)


def test_effect_on_the_spend_of_a_day() -> None:
    def money(**fields: Any) -> list[str]:
        return text(**fields)[3:-2]

    assert money(adds=-500, total=1000) == [
        "It lowers the maximum daily spend by $5.00 USD "
        "(the campaigns it touches: $15.00 USD a day now, $10.00 USD then)."
    ]
    assert money(adds=0, total=0) == ["It adds nothing to a day's spend as things stand now: nothing in it delivers."]
    assert money(adds=0, total=1) == ["It adds nothing to a day's spend as things stand now."]
    assert money(currency=None) == []
    assert money(kinds=("destroy",), adds=0, total=5) == []
    assert len(money(kinds=("destroy",), adds=5, total=5)) == 2
    rule = Change("adrules_library", "1", "R", {"status": "DISABLED"}, {"status": "ENABLED"})
    assert money(adds=0, total=0, changes=(rule,)) == []
    both = text(adds=0, total=0, changes=(*example().changes, rule))
    assert not [line for line in both if "adds nothing" in line]
    schedule = Change("budget_schedules", None, None, {}, {"budget_value": 2})
    assert money(adds=0, total=0, changes=(schedule,)) != []


def test_fields_before_and_after() -> None:
    rows = [
        (changed("daily_budget", 2000, 3000), "Daily budget: $20.00 → $30.00 USD (+50 %)"),
        (changed("daily_budget", 2000, 1000), "Daily budget: $20.00 → $10.00 USD (-50 %)"),
        (changed("daily_budget", 10_000, 10_100), "Daily budget: $100.00 → $101.00 USD (+1 %)"),
        (changed("daily_budget", 10_000, 10_099), "Daily budget: $100.00 → $100.99 USD"),
        (changed("daily_budget", 10_000, 9_900), "Daily budget: $100.00 → $99.00 USD (-1 %)"),
        (changed("daily_budget", 2000, 0), "Daily budget: $20.00 USD → none"),
        (changed("daily_budget", None, 2000), "Daily budget: none → $20.00 USD"),
        (changed("daily_budget", 0, 2000), "Daily budget: none → $20.00 USD"),
        (changed("daily_budget", 2000, None), "Daily budget: $20.00 USD → none"),
        (changed("bid_constraints", {"a": 1}, None), 'Bid constraints: {"a":1} → none'),
        (changed("spend_cap", 2000, NO_SPEND_CAP, "campaigns"), "Spend cap: $20.00 USD → none"),
        (changed("name", "A", "B"), "Name: A → B"),
        (changed("name", "A", ""), "Name: A → none"),
        (changed("adset_schedule", [], [{"days": [0]}]), "Ad set schedule: all hours → Sun 00:00–00:00"),
        (changed("end_time", None, "2026-12-01T09:00:00+0000"), "End time: none → 2026-12-01 09:00 +0000"),
        (changed("bid_constraints", {"a": 1, "b": 2}, {"a": 1, "b": 3}), 'Bid constraints: {"b":2} → {"b":3}'),
        (changed("bid_constraints", {"a": 1}, {"a": 1, "b": 3}), 'Bid constraints: none → {"b":3}'),
        (changed("name", "A", "A"), "no change"),
        (changed("status", "PAUSED", "ARCHIVED"), "Status: PAUSED → ARCHIVED | irreversible"),
        (changed("status", "ACTIVE", "ARCHIVED", "leadgen_forms"), "Status: ACTIVE → ARCHIVED"),  # it can be restored
        (changed("name", "x", "y" * 91), f'Name: x → "{"y" * 89}…'),
        (changed("name", "x", "y" * 64), f"Name: x → {'y' * 64}"),
        (changed("name", "A", "A", people="added, x"), "People: added, x"),
    ]
    assert not [row for row in rows if row[0] != row[1]]
    unknown = change_lines([Change("adsets", "1", "US", {}, {"daily_budget": 5})], None)
    assert unknown == ['- new ad set ID: 1 "US" | Daily budget: 5 minor units | Schedule: from activation to no end']


def test_new_objects_show_status_amounts_and_parents_first_and_nine_fields() -> None:
    after = {"name": "US", **{f"x{number}": number for number in range(1, 9)}}
    after |= {"campaign_id": "7", "daily_budget": 2000, "status": "PAUSED"}
    assert change_lines([Change("adsets", None, "US", {}, after)], "USD") == [
        '- new ad set "US" | Campaign ID: 7 | Daily budget: $20.00 USD | Status: PAUSED | '
        "Schedule: from activation to no end | X1: 1 | X2: 2 | X3: 3 | X4: 4 | X5: 5"
    ]


def test_removals_and_unknown_objects() -> None:
    gone = Change("planets", "1", None, {"status": "ACTIVE", "daily_budget": 2000}, {})
    assert change_lines([gone], "USD") == [
        "- planets ID: 1 | removed for good | was: Status: ACTIVE, Daily budget: $20.00 USD"
    ]
    assert change_lines([Change("black_holes", "1", None, {"a": 1}, {"a": 2})], "USD") == [
        "- black holes ID: 1 | A: 1 → 2"
    ]


def test_money_of_a_schedule_only_if_absolute() -> None:
    for kind, shown in (("ABSOLUTE", "$20.00 USD"), ("MULTIPLIER", "2,000")):
        new = Change("budget_schedules", None, None, {}, {"budget_value": 2000, "budget_value_type": kind})
        assert f"Budget value: {shown}" in change_lines([new], "USD")[0]


def test_many_changed_objects_are_counted() -> None:
    def moves(count: int) -> list[str]:
        return change_lines([Change("ads", str(n), "A", {"name": "A"}, {"name": "B"}) for n in range(count)], "USD")

    assert len(moves(8)) == 8
    assert len(moves(9)) == 9
    assert moves(9)[-1] == "- … and 1 more alike"
    assert moves(1008)[-1] == "- … and 1,000 more alike"


def test_many_new_objects_are_counted_with_their_budgets() -> None:
    def new(node: str, **after: Any) -> Change:
        return Change(node, None, "N", {}, {"status": "PAUSED", **after})

    assert change_lines(
        [new("campaigns"), new("adsets", daily_budget=1500), new("ads"), new("adcreatives")], "USD"
    ) == [
        '- new campaign "N" | Status: PAUSED',
        '- new ad set "N" | Status: PAUSED | Daily budget: $15.00 USD | Schedule: from activation to no end',
        '- new ad "N" | Status: PAUSED',
        "- also new: 1 creative PAUSED",
        "- all new objects together: budgets of $15.00 USD a day",
    ]
    many = [*[new("adsets", daily_budget=500) for _ in range(14)], *[new("ads") for _ in range(8)]]
    assert len(change_lines(many, "USD")) == 12 + 6 + 2
    assert change_lines(many, "USD")[-2:] == [
        "- also new: 2 ad sets PAUSED, 2 ads PAUSED",
        "- all new objects together: budgets of $70.00 USD a day",
    ]
    assert "budgets" not in change_lines(many, None)[-1]
    lifetime = [new("adsets", lifetime_budget=1500) for _ in range(13)]
    assert "$195.00 USD over their lifetime" in change_lines(lifetime, "USD")[-1]
    pictures = [Change("adimages", None, "N", {}, {"source": "a.png"}) for _ in range(5)]
    assert change_lines(pictures, "USD")[-1] == "- also new: 1 image"


def test_differences_of_states() -> None:
    before = {"ads": {"1": {"name": "A", "x": 1}, "2": {"name": "B"}}, "adsets": {"5": {"daily_budget": 2000}}}
    now = {"ads": {"1": {"name": "C", "x": 1}, "3": {"name": "D"}}, "adsets": {"5": {"daily_budget": 3000, "y": 1}}}
    assert state_changes(before, now, "USD") == [
        "ad ID: 1 | Name: A → C",
        "ad ID: 2 is gone",
        "ad ID: 3 is new",
        "ad set ID: 5 | Daily budget: $20.00 → $30.00 USD (+50 %)",
        "ad set ID: 5 | Y: none → 1",
    ]
    assert state_changes(before, before, "USD") == []
    assert [*differences({}, {"ads": {"1": {}}})] == [("ads", "1", "", None, {})]
