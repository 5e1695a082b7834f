"""What a plan warns of, without any request."""

from __future__ import annotations

import types
from datetime import UTC, datetime
from typing import Any

import pytest
from test_limits import tree

from admonster_fb import FacebookAds
from admonster_fb.analysis.daily_exposure import Snapshot, apply_changes
from admonster_fb.bot.plans.assessment import plan_warnings as warnings
from admonster_fb.bot.plans.limits import SpendImpact
from admonster_fb.bot.plans.snapshot import StateSnapshot
from admonster_fb.models.audiences.custom import Dependents, Use
from admonster_fb.models.change import Change

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LEARNING = "this may restart the learning phase: costs can rise for some days"
NOTHING = "will not deliver until campaign, ad set and ad are ACTIVE"


@pytest.fixture(scope="module")
def fb() -> FacebookAds:
    return FacebookAds.sandbox()


@pytest.fixture
def snapshot(fb: FacebookAds) -> StateSnapshot:
    return StateSnapshot(fb)


def impact(nodes: Any, *changes: Change) -> SpendImpact:
    before = Snapshot(nodes, NOW)
    return SpendImpact("act_1", "USD", changes, before, apply_changes(before, changes))


def status(node: str, node_id: str, after: str = "ACTIVE") -> Change:
    return Change(node, node_id, "A", {"status": "PAUSED"}, {"status": after})


def test_learning_phase(snapshot: StateSnapshot) -> None:
    rows: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
        ("adsets", {"targeting": {"a": 1}}, {"targeting": {"a": 2}}, True),
        ("adsets", {"optimization_goal": "REACH"}, {"optimization_goal": "CLICKS"}, True),
        ("adsets", {"bid_amount": 100}, {"bid_amount": 101}, True),
        ("ads", {"creative": {"creative_id": "1"}}, {"creative": {"creative_id": "2"}}, True),
        ("adsets", {"targeting": {"a": 1}}, {"targeting": {"a": 1}}, False),
        ("adsets", {"name": "A"}, {"name": "B"}, False),
        ("adsets", {"daily_budget": 1000}, {"daily_budget": 1200}, False),
        ("adsets", {"daily_budget": 1000}, {"daily_budget": 1201}, True),
        ("adsets", {"daily_budget": 1000}, {"daily_budget": 800}, False),
        ("campaigns", {"lifetime_budget": 1000}, {"lifetime_budget": 799}, True),
        ("adsets", {"daily_budget": 0}, {"daily_budget": 5000}, False),
        ("adsets", {"daily_budget": 1000}, {"daily_budget": None}, True),
        ("adsets", {}, {"targeting": {"a": 2}}, False),
        ("adsets", {"targeting": {"a": 1}}, {}, False),
        ("customaudiences", {"targeting": {"a": 1}}, {"targeting": {"a": 2}}, False),
    ]
    wrong = []
    for node, before, after, expected in rows:
        found = warnings("", [Change(node, "1", "A", before, after)], None, snapshot)
        if (LEARNING in found) is not expected:
            wrong.append((node, before, after))
    assert not wrong


def test_nothing_delivers_yet(snapshot: StateSnapshot) -> None:
    on = status("adsets", "2")
    nodes = tree({}, {"status": "PAUSED"})
    assert warnings("", [on], impact(nodes, on), snapshot) == []
    nodes["campaigns"]["1"]["status"] = "PAUSED"
    assert warnings("", [on], impact(nodes, on), snapshot) == [NOTHING]
    rename = Change("adsets", "2", "A", {"name": "A"}, {"name": "B"})
    assert warnings("", [rename], impact(nodes, rename), snapshot) == []
    assert warnings("", [on], None, snapshot) == []
    assert warnings("", [on], SpendImpact("act_1", "USD", (on,)), snapshot) == []


def test_ended_ad_sets(snapshot: StateSnapshot) -> None:
    past, future = {"end_time": "2026-11-01T11:59:00+0000"}, {"end_time": "2026-11-01T12:01:00+0000"}
    nodes = tree({"status": "PAUSED"}, past, future)
    on = status("campaigns", "1")
    assert warnings("", [on], impact(nodes, on), snapshot) == [
        "ended already, will not deliver: ad set 2; change end_time first"
    ]
    many = tree({"status": "PAUSED"}, *[past] * 5)
    assert "ended already, will not deliver: ad set 2, 3, 4 and 2 more; change end_time first" in warnings(
        "", [on], impact(many, on), snapshot
    )
    three = tree({"status": "PAUSED"}, *[past] * 3)
    assert "ended already, will not deliver: ad set 2, 3, 4; change end_time first" in warnings(
        "", [on], impact(three, on), snapshot
    )
    itself = status("adsets", "2")
    assert any("ad set 2;" in line for line in warnings("", [itself], impact(nodes, itself), snapshot))
    other = status("adsets", "3")
    assert not any("ended" in line for line in warnings("", [other], impact(nodes, other), snapshot))


def test_irreversible_changes_count_what_is_in_the_object(snapshot: StateSnapshot) -> None:
    nodes = tree({}, {}, {})
    archived, deleted = status("campaigns", "1", "ARCHIVED"), Change("campaigns", "1", "A", {"status": "PAUSED"}, {})
    within = "; so does everything in it: 2 ad sets and 2 ads"
    assert warnings("", [archived], impact(nodes, archived), snapshot) == [
        f"it cannot be activated again, only deleted{within}"
    ]
    assert warnings("", [deleted], impact(nodes, deleted), snapshot) == [f"it cannot be restored{within}"]
    by_status = status("adsets", "2", "DELETED")
    assert warnings("", [by_status], impact(nodes, by_status), snapshot) == [
        "it cannot be restored; so does everything in it: 1 ad"
    ]
    ad = Change("ads", "ad 2", "A", {"status": "PAUSED"}, {})
    assert warnings("", [ad], impact(nodes, ad), snapshot) == [
        "it cannot be restored",
        "ad set 2 then has no ad left: nothing of it runs",
    ]
    two = tree({}, {}, {})
    two["ads"]["ad 9"] = {**two["ads"]["ad 2"], "id": "ad 9"}
    assert warnings("", [ad], impact(two, ad), snapshot) == ["it cannot be restored"]
    assert warnings("", [deleted], None, snapshot) == ["it cannot be restored"]
    audience = Change("customaudiences", "1", "A", {"subtype": "CUSTOM"}, {})
    assert warnings("", [audience], None, snapshot) == []
    assert warnings("", [status("ads", "1", "PAUSED")], None, snapshot) == []


def test_automatic_rules(snapshot: StateSnapshot) -> None:
    text = "Meta runs the rule automatically: what it will add to a day's spend is unknown"
    unpause = {"status": "ENABLED", "execution_spec": {"execution_type": "UNPAUSE"}}
    assert warnings("", [Change("adrules_library", None, "R", {}, unpause)], None, snapshot) == [text]
    off = Change("adrules_library", None, "R", {}, {**unpause, "status": "DISABLED"})
    assert warnings("", [off], None, snapshot) == []
    assert warnings("", [Change("adrules_library", "1", "R", unpause, {})], None, snapshot) == []
    turned_on = Change("adrules_library", "1", "R", {**unpause, "status": "DISABLED"}, {"status": "ENABLED"})
    assert warnings("", [turned_on, turned_on], None, snapshot) == [text], "each once"


def test_warnings_of_checks_come_first(snapshot: StateSnapshot) -> None:
    snapshot.warnings.append("look out")
    change = Change("adsets", "1", "A", {"bid_amount": 1}, {"bid_amount": 2})
    assert warnings("", [change], None, snapshot) == ["look out", LEARNING]


def test_audience_in_use() -> None:
    def snapshot(found: Dependents) -> Any:
        edge = types.SimpleNamespace(dependants={"1": found}.get)
        return types.SimpleNamespace(warnings=[], fb=types.SimpleNamespace(customaudiences=edge))

    gone = Change("customaudiences", "1", "Buyers", {"subtype": "CUSTOM"}, {})
    used = snapshot(Dependents("1", lookalikes=[Use("2", "Like them")]))
    for op in ("delete_audience", "replace_audience_users"):
        assert warnings(op, [gone], None, used) == ['this audience is in use by lookalikes: 2 "Like them"']
    assert warnings("add_users_to_audience", [gone], None, used) == []
    assert warnings("delete_audience", [gone], None, snapshot(Dependents("1"))) == []
