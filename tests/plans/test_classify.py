"""How each field's change bears on spend: a table; all wrong rows are reported at once."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb.bot.plans.classify import (
    change_classes,
    changed_fields,
    destroys,
    is_same,
    is_same_targeting,
    lowers_spend,
    raises_spend,
    rule_can_spend,
)
from admonster_fb.models.campaign import NO_SPEND_CAP
from admonster_fb.models.change import Change

UP, DOWN, NEITHER = (True, False), (False, True), (False, False)
EARLY, LATE = "2026-12-01T09:00:00+0000", "2026-12-02T09:00:00+0000"
CAP, NO_CAP = "LOWEST_COST_WITH_BID_CAP", "LOWEST_COST_WITHOUT_CAP"
FIELDS: list[tuple[str, str, Any, Any, tuple[bool, bool]]] = [
    ("campaigns", "status", "PAUSED", "ACTIVE", UP),
    ("campaigns", "status", "ACTIVE", "PAUSED", DOWN),
    ("campaigns", "status", "ARCHIVED", "PAUSED", NEITHER),
    ("ads", "status", "PAUSED", "ACTIVE", UP),
    ("adsets", "daily_budget", 2000, 2001, UP),
    ("adsets", "daily_budget", 2000, 1999, DOWN),
    ("adsets", "daily_budget", None, 1, UP),
    ("adsets", "lifetime_budget", 2000, 0, DOWN),
    ("adsets", "daily_min_spend_target", 500, 501, UP),
    ("adsets", "daily_min_spend_target", 500, 499, DOWN),
    ("campaigns", "spend_cap", 2000, 2001, UP),
    ("campaigns", "spend_cap", 2000, 1999, DOWN),
    ("campaigns", "spend_cap", 2000, 0, UP),
    ("campaigns", "spend_cap", 2000, NO_SPEND_CAP, UP),
    ("campaigns", "spend_cap", None, 2000, DOWN),
    ("campaigns", "spend_cap", 0, NO_SPEND_CAP, NEITHER),
    ("adsets", "daily_spend_cap", 2000, 3000, UP),
    ("adsets", "lifetime_spend_cap", 3000, 2000, DOWN),
    ("adsets", "bid_amount", 100, 101, UP),
    ("adsets", "bid_amount", None, 100, DOWN),
    ("adsets", "bid_strategy", CAP, NO_CAP, UP),
    ("adsets", "bid_strategy", CAP, "COST_CAP", UP),
    ("adsets", "bid_strategy", NO_CAP, CAP, DOWN),
    ("adsets", "bid_constraints", {"roas_average_floor": 200}, {"roas_average_floor": 100}, UP),
    ("adsets", "bid_constraints", None, {"roas_average_floor": 1}, DOWN),
    ("adsets", "bid_constraints", {"roas_average_floor": 100}, None, UP),
    ("adsets", "end_time", EARLY, LATE, UP),
    ("adsets", "end_time", LATE, EARLY, DOWN),
    ("adsets", "end_time", EARLY, None, UP),
    ("adsets", "end_time", None, EARLY, DOWN),
    ("campaigns", "stop_time", EARLY, LATE, UP),
    ("adsets", "start_time", LATE, EARLY, UP),
    ("adsets", "start_time", EARLY, LATE, DOWN),
    ("adsets", "start_time", None, EARLY, NEITHER),
    ("adsets", "end_time", EARLY, "2026-12-01T10:00:00+0100", NEITHER),
    ("adsets", "name", "A", "B", NEITHER),
    ("adaccounts", "spend_cap", 2000, 2001, UP),
    ("adaccounts", "spend_cap", 2000, 1000, DOWN),
    ("adaccounts", "spend_cap_action", None, "reset", UP),
    ("adaccounts", "spend_cap_action", None, "delete", UP),
    ("adaccounts", "spend_cap_action", None, "keep", NEITHER),
    ("adcreatives", "status", "PAUSED", "ACTIVE", NEITHER),
    ("adspixels", "name", "A", "B", NEITHER),
]


def test_every_field_raises_or_lowers_spend_as_the_table_says() -> None:
    wrong = []
    for node, name, before, after, expected in FIELDS:
        change = Change(node, "1", "Sale", {name: before, "other": 1}, {name: after})
        if (raises_spend(change), lowers_spend(change)) != expected:
            wrong.append((node, name, before, after, "expected", expected))
    assert not wrong


def test_one_field_that_raises_is_enough_and_all_must_lower() -> None:
    before = {"daily_budget": 2000, "bid_amount": 100, "name": "A"}
    both = Change("adsets", "1", "US", before, {"daily_budget": 1000, "bid_amount": 101})
    assert (raises_spend(both), lowers_spend(both)) == UP
    named = Change("adsets", "1", "US", before, {"daily_budget": 1000, "name": "B"})
    assert (raises_spend(named), lowers_spend(named)) == NEITHER
    same = Change("adsets", "1", "US", before, {"daily_budget": 1000, "name": "A"})
    assert (raises_spend(same), lowers_spend(same)) == DOWN


def test_new_objects_spend_only_when_active() -> None:
    for node in ("campaigns", "adsets", "ads"):
        assert raises_spend(Change(node, None, "A", {}, {"status": "ACTIVE"}))
        assert not raises_spend(Change(node, None, "A", {}, {"status": "PAUSED", "name": "A"}))
        assert not lowers_spend(Change(node, None, "A", {}, {"status": "PAUSED"}))


def test_an_account_that_was_not_read_is_judged_by_its_fields() -> None:
    assert raises_spend(Change("adaccounts", "act_1", None, {}, {"spend_cap_action": "delete"}))


def test_budget_schedules() -> None:
    def schedule(**after: Any) -> Change:
        return Change("budget_schedules", None, None, {}, after)

    assert raises_spend(schedule(budget_value_type="ABSOLUTE", budget_value=1))
    assert raises_spend(schedule(budget_value=1)), "without a type it is taken for an amount"
    assert raises_spend(schedule(budget_value_type="MULTIPLIER", budget_value=2))
    assert not raises_spend(schedule(budget_value_type="MULTIPLIER", budget_value=1))
    gone = Change("budget_schedules", "1", None, {"budget_value": 1000}, {})
    assert not raises_spend(gone)


def test_rules() -> None:
    unpause, pause = ({"execution_spec": {"execution_type": kind}} for kind in ("UNPAUSE", "PAUSE"))
    rows = [
        ({"status": "ENABLED", **unpause}, True),
        ({"status": "DISABLED", **unpause}, False),
        ({"status": "DISABLED", "runs": "now", **unpause}, True),
        ({"status": "ENABLED", **pause}, False),
        ({**unpause}, True),
        ({"status": "ENABLED"}, True),
        ({"status": "ENABLED", "execution_spec": None}, True),
    ]
    assert not [row for row, expected in rows if rule_can_spend(row) is not expected]
    assert raises_spend(Change("adrules_library", "1", "R", {"status": "DISABLED", **unpause}, {"status": "ENABLED"}))
    assert not raises_spend(Change("adrules_library", "1", "R", {"status": "ENABLED", **unpause}, {}))
    assert not raises_spend(Change("adrules_library", "1", "R", {"status": "DISABLED", **pause}, {"status": "ENABLED"}))


@table(
    ("before", "after", "same"),
    [
        ({"age_min": 18, "age_max": 65, "genders": [1, 2]}, None, True),
        ({"age_min": 18, "genders": [2, 1]}, {"age_max": 65}, True),
        ({"age_min": 19}, {}, False),
        ({"genders": [1]}, {}, False),
        ({"interests": [{"id": "1", "name": "Tea"}]}, {"interests": [{"id": "1"}]}, True),
        ({"cities": [{"key": "1", "name": "Rome"}]}, {"cities": [{"key": "1", "name": "Roma"}]}, True),
        ({"interests": [{"id": "1"}]}, {"interests": [{"id": "2"}]}, False),
        ({"rules": [{"name": "Tea"}]}, {"rules": [{"name": "Coffee"}]}, False),
        ({"geo_locations": {"countries": ["US"], "location_types": ["home"]}}, {"geo_locations": {"countries": ["US"]}},
         True),
        ({"interests": []}, {}, True),
    ],
)  # fmt: skip
def test_targeting_is_the_same_whatever_meta_adds_to_it(before: Any, after: Any, same: bool) -> None:
    assert is_same_targeting(before, after) is same


def test_what_destroys() -> None:
    for after in ({}, {"status": "ARCHIVED"}, {"status": "DELETED"}):
        assert destroys(Change("ads", "1", "A", {"status": "PAUSED"}, after)), after
    assert not destroys(Change("ads", "1", "A", {"status": "ARCHIVED"}, {"status": "ARCHIVED"}))
    assert not destroys(Change("ads", None, "A", {}, {}))
    assert not destroys(Change("ads", "1", "A", {"status": "ACTIVE"}, {"status": "PAUSED"}))


def test_classes_of_several_changes() -> None:
    pause = Change("ads", "1", "A", {"status": "ACTIVE"}, {"status": "PAUSED"})
    rename = Change("ads", "2", "B", {"name": "B"}, {"name": "C"})
    on = Change("ads", "3", "C", {"status": "PAUSED"}, {"status": "ACTIVE"})
    gone = Change("ads", "4", "D", {"status": "PAUSED"}, {})
    rows: list[tuple[list[Change], str, set[str]]] = [
        ([], "write", set()),
        ([], "destroy", {"destroy"}),
        ([rename], "write", set()),
        ([pause, pause], "write", set()),
        ([rename, rename], "write", {"many"}),
        ([pause, rename], "write", {"many"}),
        ([on], "write", {"spend"}),
        ([on, pause], "write", {"spend", "many"}),
        ([gone], "write", {"destroy"}),
        ([rename], "destroy", {"destroy"}),
    ]
    assert not [row for row in rows if change_classes(row[0], row[1]) != row[2]]


def test_what_stays_the_same() -> None:
    assert [is_same(*pair) for pair in ((None, 0), (0, None), (1, 1), (0, 1), (None, ""), ("", 0))] == [
        *(True, True, True, False, False, False)
    ]
    change = Change("ads", "1", "A", {"name": "A", "status": "ACTIVE"}, {"name": "A", "status": "PAUSED", "x": 1})
    assert changed_fields(change) == {"status": "PAUSED", "x": 1}


def test_what_this_library_does_not_know_may_spend() -> None:
    for name in ("rf_prediction_id", "daily_imps", "extra", "new_at_meta"):
        for edge in ("campaigns", "adsets", "ads"):
            assert raises_spend(Change(edge, "1", None, {name: None}, {name: {"a": 1}})), (edge, name)
            assert raises_spend(Change(edge, None, None, {}, {"status": "PAUSED", name: "1"})), (edge, name)
            assert not lowers_spend(Change(edge, "1", None, {"status": "ACTIVE"}, {"status": "PAUSED", name: "1"}))
    assert not raises_spend(Change("adspixels", "1", None, {"extra": None}, {"extra": 1}))


@pytest.mark.thorough
def test_an_unknown_parameter_is_held_as_a_plan_that_names_it(call: Any, funnel: dict[str, str]) -> None:
    for params in ({"rf_prediction_id": "4"}, {"extra": {"new_at_meta": 1}}):
        result = call("update_adset", adset_id=funnel["adset_id"], **params)
        assert type(result.data).__name__ == "Plan", result.text
        assert next(iter(params)) in result.text.lower().replace(" ", "_")
