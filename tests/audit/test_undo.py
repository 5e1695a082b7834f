"""Undo: what a write has changed becomes what it was, by a plan; and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, SpendPolicy
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.audit import verify
from admonster_fb.bot.audit.undo import _is_as_written, undoable
from admonster_fb.models.change import Change
from admonster_fb.objects import facts_of
from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.errors import GraphError

DAY = "2026-12-24T12:00:00-0800"
NIGHT: Any = [{"start_minute": 0, "end_minute": 480, "days": [0], "timezone_type": "USER"}]


def written(result: ToolResult) -> str:
    """Return the id by which the audit knows a write."""
    return result.text.split("Audit: ")[1].split()[0]


def done(tool: FacebookTool, result: ToolResult) -> ToolResult:
    """Return a result; of a plan what came of applying it."""
    return tool.approve(result.data.id) if result.text.startswith("PLAN") else result


@pytest.mark.thorough
@table(
    "change",
    [
        {"name": "Other"},
        {"daily_budget": "15.00 USD"},
        {"daily_budget": "35.00 USD"},
        {"end_time": DAY},
        {"bid_strategy": "LOWEST_COST_WITH_BID_CAP", "bid_amount": 300},
        {"targeting": {"geo_locations": {"countries": ["CA"]}, "targeting_automation": {"advantage_audience": 0}}},
        {"status": "ACTIVE"},
        {"name": "Other", "daily_budget": 1000, "status": "ACTIVE"},
    ],
    ids=lambda change: "+".join(change),
    fresh=True,
)
def test_each_kind_is_taken_back(
    call: Any, tool: FacebookTool, fb: FacebookAds, adset: str, change: Mapping[str, Any]
) -> None:
    fb.adsets.update(
        adset, end_time="2026-12-31T12:00:00-0800", bid_strategy="LOWEST_COST_WITH_BID_CAP", bid_amount=200
    )
    names = [*{*change, "status"}]
    before = fb.adsets.get(adset, fields=names)
    write = done(tool, call("update_adset", adset_id=adset, **change))
    assert fb.adsets.get(adset, fields=names) != before
    plan = call("undo", audit_id=written(write))
    assert plan.text.startswith("PLAN")
    assert fb.adsets.get(adset, fields=names) != before, "as yet nothing is taken back"
    assert tool.approve(plan.data.id).ok
    assert fb.adsets.get(adset, fields=names) == before


@pytest.mark.thorough
def test_hours_of_the_day(call: Any, tool: FacebookTool, fb: FacebookAds, adset: str) -> None:
    campaign = fb.campaigns.create("act_1", name="C", objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    when: Any = {"lifetime_budget": 50_000, "end_time": DAY, "pacing_type": ["day_parting"]}
    aim: Any = {"optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS"}
    given: Any = {"name": "N", "campaign_id": campaign.id, "bid_strategy": "LOWEST_COST_WITHOUT_CAP", **when, **aim}
    places: Any = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
    own = fb.adsets.create("act_1", adset_schedule=NIGHT, targeting=places, **given).id
    later = [{**NIGHT[0], "days": [1]}]
    write = done(tool, call("update_adset", adset_id=own, adset_schedule=later))
    assert tool.approve(call("undo", audit_id=written(write)).data.id).ok
    [kept] = fb.adsets.get(own, fields=["adset_schedule"]).adset_schedule or []
    assert kept["days"] == [0]


@pytest.mark.thorough
def test_an_undo_is_a_write_that_can_be_undone(call: Any, tool: FacebookTool, fb: FacebookAds, adset: str) -> None:
    first = call("update_adset", adset_id=adset, name="Other")
    second = tool.approve(call("undo", audit_id=written(first)).data.id)
    assert fb.adsets.get(adset).name == "US"
    assert tool.approve(call("undo", audit_id=written(second)).data.id).ok
    assert fb.adsets.get(adset).name == "Other"
    assert tool.log is not None
    assert [entry["op"] for entry in tool.log.entries()] == ["update_adset", "undo", "undo"]
    assert verify(tool.log.path).whole


@pytest.mark.thorough
def test_many_campaigns_at_once(call: Any, tool: FacebookTool, fb: FacebookAds) -> None:
    ids = [
        fb.campaigns.create("act_1", name=name, objective="OUTCOME_TRAFFIC", special_ad_categories=[]).id
        for name in ("A", "B")
    ]
    write = done(tool, call("bulk_update_campaigns", campaigns=[{"id": each, "name": f"{each}!"} for each in ids]))
    assert tool.approve(call("undo", audit_id=written(write)).data.id).ok
    assert [fb.campaigns.get(each).name for each in ids] == ["A", "B"]


def test_refused_where_the_object_has_changed_since(call: Any, tool: FacebookTool, fb: FacebookAds, adset: str) -> None:
    write = call("update_adset", adset_id=adset, daily_budget=1500)
    fb.adsets.update(adset, daily_budget=1700)
    result = call("undo", audit_id=written(write))
    assert result.error is not None
    assert result.error["type"] == "PlanRefused"
    assert "$15.00 → $17.00 USD" in result.text
    assert fb.adsets.get(adset).daily_budget == 1700


@pytest.mark.parametrize(
    ("since", "same"),
    [
        ("2026-12-24T20:00:00+0000", True),  # the same moment, written in another zone
        ("2026-12-24T11:00:00-0800", False),
        ("2026-12-24T13:00:00-0800", False),
    ],
)
def test_refused_where_the_end_has_moved_since(
    call: Any, tool: FacebookTool, fb: FacebookAds, adset: str, sandbox: Sandbox, since: str, same: bool
) -> None:
    fb.adsets.update(adset, end_time="2026-12-31T12:00:00-0800")
    write = done(tool, call("update_adset", adset_id=adset, end_time=DAY))
    sandbox.change(adset, end_time=since)
    assert call("undo", audit_id=written(write)).text.startswith("PLAN") == same


def test_an_undo_that_meta_refuses_fails(call: Any, tool: FacebookTool, adset: str, sandbox: Sandbox) -> None:
    plan = call("undo", audit_id=written(call("update_adset", adset_id=adset, name="Other")))
    sandbox.fail_next(f"POST {adset}", GraphError(100))
    assert not tool.approve(plan.data.id).ok


def test_what_was_only_validated_is_not_undone(call: Any, adset: str) -> None:
    write = call("update_adset", adset_id=adset, name="Other", execution_options=["validate_only"])
    assert "the previous values are not known" in call("undo", audit_id=written(write)).text


@pytest.mark.thorough
def test_a_change_of_something_else_is_no_obstacle(call: Any, tool: FacebookTool, fb: FacebookAds, adset: str) -> None:
    write = call("update_adset", adset_id=adset, daily_budget=1500)
    fb.adsets.update(adset, name="Other")
    assert tool.approve(call("undo", audit_id=written(write)).data.id).ok
    assert fb.adsets.get(adset).daily_budget == 2000


CANADA: Any = {"geo_locations": {"countries": ["CA"]}, "targeting_automation": {"advantage_audience": 0}}


@pytest.mark.thorough
@table(
    ("now", "same"),
    [
        ({**CANADA, "age_min": 18, "age_max": 65}, True),  # Meta names its defaults
        ({**CANADA, "geo_locations": {"countries": ["CA"], "location_types": ["home", "recent"]}}, True),
        ({**CANADA, "geo_locations": {"countries": ["MX"]}}, False),
        ({**CANADA, "geo_locations": {"countries": ["CA", "MX"]}}, False),
        ({**CANADA, "geo_locations": {"regions": [{"key": "527"}]}}, False),
        (None, False),
    ],
    ids=str,
    fresh=True,
)
def test_what_is_added_to_a_targeting_is_no_obstacle_and_what_is_another_is(
    call: Any, tool: FacebookTool, adset: str, sandbox: Sandbox, now: Any, same: bool
) -> None:
    write = done(tool, call("update_adset", adset_id=adset, targeting=CANADA))
    sandbox.change(adset, targeting=now)
    result = call("undo", audit_id=written(write))
    assert (result.ok, "PlanRefused" in result.text) == (same, not same), result.text


def test_refused_where_a_schedule_is_gone_since(call: Any, tool: FacebookTool, fb: FacebookAds) -> None:
    campaign = fb.campaigns.create("act_1", name="C", objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    when: Any = {"lifetime_budget": 50_000, "end_time": DAY, "pacing_type": ["day_parting"]}
    own = fb.adsets.create(
        "act_1", campaign_id=campaign.id, name="N", optimization_goal="LINK_CLICKS", billing_event="IMPRESSIONS",
        bid_strategy="LOWEST_COST_WITHOUT_CAP", adset_schedule=NIGHT, targeting=CANADA, **when,
    ).id  # fmt: skip
    write = done(tool, call("update_adset", adset_id=own, adset_schedule=[{**NIGHT[0], "days": [1]}]))
    fb.adsets.update(own, adset_schedule=[], pacing_type=["standard"])
    refused = call("undo", audit_id=written(write))
    assert (refused.ok, "unexpected" in refused.text) == (False, False), refused.text
    assert "adset_schedule" in refused.text or "schedule" in refused.text.lower()


def test_refused_where_it_changes_before_the_plan_is_applied(
    call: Any, tool: FacebookTool, fb: FacebookAds, adset: str
) -> None:
    plan = call("undo", audit_id=written(call("update_adset", adset_id=adset, daily_budget=1500))).data
    fb.adsets.update(adset, daily_budget=1700)
    assert not tool.approve(plan.id).ok
    assert fb.adsets.get(adset).daily_budget == 1700


@pytest.mark.parametrize("op", ["delete_adset", "archive_adset"])
def test_what_is_gone_stays_gone(call: Any, tool: FacebookTool, adset: str, op: str) -> None:
    write = tool.approve(call(op, adset_id=adset).data.id)
    assert "op=undo" not in write.text
    assert "irreversible" in call("undo", audit_id=written(write)).text


def test_what_was_made_is_not_unmade(call: Any, tool: FacebookTool) -> None:
    write = call("create_campaign", name="A", objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    assert "op=undo" not in write.text
    assert "campaigns A was created" in call("undo", audit_id=written(write)).text


def test_a_value_where_there_was_none(call: Any, adset: str, tool: FacebookTool) -> None:
    write = done(tool, call("update_adset", adset_id=adset, end_time=DAY))
    assert "end_time" in call("undo", audit_id=written(write)).text
    assert "had no value before" in call("undo", audit_id=written(write)).text


def test_a_write_that_failed(call: Any, tool: FacebookTool, adset: str, sandbox: Sandbox) -> None:
    sandbox.fail_next("POST *", GraphError(200))
    call("update_adset", adset_id=adset, name="Other")
    assert tool.log is not None
    [entry] = tool.log.entries()
    assert "it failed" in call("undo", audit_id=entry["id"]).text


@table("audit_id", ["write_0", "", "plan_1", "../audit"], fresh=True)
def test_an_id_of_nothing(call: Any, audit_id: str) -> None:
    result = call("undo", audit_id=audit_id)
    assert result.error is not None
    assert result.error["violations"][0]["field"] == "audit_id"


def test_an_entry_that_was_edited_is_not_undone(call: Any, tool: FacebookTool, adset: str) -> None:
    write = call("update_adset", adset_id=adset, daily_budget=1500)
    assert tool.log is not None
    tool.log.path.write_text(tool.log.path.read_text().replace('"daily_budget":2000', '"daily_budget":200000'))
    assert not call("undo", audit_id=written(write)).ok


def test_caps_hold_for_what_undo_raises(fb: FacebookAds, adset: str, path: Any) -> None:
    tool = FacebookTool(fb, audit=path, policy=SpendPolicy(max_daily_budget="18.00 USD"))
    write = tool.call({"op": "update_adset", "args": {"adset_id": adset, "daily_budget": 1500}})
    result = tool.call({"op": "undo", "args": {"audit_id": written(write)}})
    assert not result.ok
    assert "max_daily_budget" in result.text


def test_there_is_no_undo_without_an_audit(fb: FacebookAds) -> None:
    assert "undo" not in FacebookTool(fb).ops
    assert "undo" not in FacebookTool(fb, read_only=True, audit=None).ops


def test_an_undo_writes_only_what_a_write_can_be_undone_of() -> None:
    fixed = {"special_ad_categories", "promoted_object", "objective", "creative"}
    for edge in ("campaigns", "adsets", "ads"):
        assert not [name for name, fact in facts_of(edge).items() if fact.undo and name in fixed], edge


def test_the_model_cannot_say_what_an_undo_writes(call: Any, adset: str, fb: FacebookAds) -> None:
    writes = [{"edge": "adsets", "id": adset, "params": {"daily_budget": 999_900}}]
    assert not call("undo", audit_id="write_0", writes=writes).ok
    assert fb.adsets.get(adset).daily_budget == 2000


def test_which_writes_can_be_undone() -> None:
    def change(
        before: dict[str, Any], after: dict[str, Any], node: str = "adsets", node_id: str | None = "1"
    ) -> Change:
        return Change(node, node_id, "US", before, after)

    lowered = change({"daily_budget": 2000}, {"daily_budget": 1000})
    rows: list[tuple[list[Change], bool]] = [
        ([], False),
        ([lowered], True),
        ([change({"status": "PAUSED"}, {"status": "PAUSED"})], False),
        ([lowered, change({"name": "A"}, {"name": "B"}, "ads")], True),
        ([lowered, change({"subtype": "CUSTOM"}, {"people": "added"}, "customaudiences")], False),
        ([change({}, {"name": "A"}, node_id=None)], False),
        ([change({}, {"name": "A"})], False),
        ([change({"name": "A"}, {"name": "B"}, node_id=None)], False),
        ([change({"status": "PAUSED"}, {})], False),
        ([change({"status": "PAUSED"}, {"status": "ARCHIVED"})], False),
        ([change({"status": "PAUSED"}, {"status": "DELETED"})], False),
        ([change({"status": "PAUSED"}, {"status": "ACTIVE"})], True),
        ([change({"promoted_object": {"a": 1}}, {"promoted_object": {"a": 2}})], False),
        ([change({"name": "A", "x": 1}, {"name": "B", "x": 2})], False),
        ([change({"daily_budget": 0}, {"daily_budget": 1000})], False),
        ([change({"end_time": None}, {"end_time": DAY})], False),
        ([change({"adset_schedule": None}, {"adset_schedule": NIGHT})], True),
        ([change({"creative": {"id": "1"}}, {"creative": {"id": "2"}}, "ads")], False),
    ]
    assert not [row for row in rows if undoable(row[0]) is not row[1]]


@pytest.mark.thorough
def test_a_schedule_that_was_not_there_is_emptied(call: Any, tool: FacebookTool, fb: FacebookAds) -> None:
    campaign = fb.campaigns.create("act_1", name="C", objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    when: Any = {"lifetime_budget": 50_000, "end_time": DAY, "pacing_type": ["day_parting"]}
    aim: Any = {"optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS"}
    places: Any = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
    given: Any = {"name": "N", "campaign_id": campaign.id, "bid_strategy": "LOWEST_COST_WITHOUT_CAP", **when, **aim}
    own = fb.adsets.create("act_1", targeting=places, **given).id
    write = done(tool, call("update_adset", adset_id=own, adset_schedule=NIGHT))
    assert tool.approve(call("undo", audit_id=written(write)).data.id).ok
    assert not fb.adsets.get(own, fields=["adset_schedule"]).adset_schedule


@table(
    ("now", "as_written"),
    [
        ([{"days": [1], "timezone_type": "USER"}], True),
        ([{"days": [1]}, {"days": [2]}], False),
        ([{"days": [2]}], False),
        ([], False),
        ("days", False),
        (None, False),
    ],
)
def test_meta_adds_to_the_objects_of_a_list_and_not_to_the_list(now: Any, as_written: bool) -> None:
    assert _is_as_written("adset_schedule", now, [{"days": [1]}]) is as_written
