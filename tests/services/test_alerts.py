"""Alerts: watched by Meta itself, or judged here on what bots write; neither changes anything unasked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import GraphError, LostResponse, Sandbox
from admonster_fb.workflows.alerts import setup_performance_alert

WEAK: Any = [{"metric": "ctr", "operator": "<", "value": 0.5, "min_events": 5000}]
STOP: Any = {"metric": "ctr", "operator": "<", "threshold": 0.5, "min_events": 5000, "action": "pause"}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()  # with a history of figures


@pytest.fixture
def active(fb: FacebookAds) -> Any:
    """The active campaign with the most spend."""
    rows = fb.insights.list(
        "act_1",
        level="campaign",
        date_preset="last_7d",
        filtering=[{"field": "campaign.effective_status", "operator": "IN", "value": ["ACTIVE"]}],
    )
    return max(rows, key=lambda row: row.spend or 0)


def reads(sandbox: Sandbox) -> list[Any]:
    return [entry for entry in sandbox.journal if entry.path.endswith("/insights")]


@pytest.mark.thorough
@table(("action", "kind"), [("pause_campaign", "PAUSE"), ("notify", "NOTIFICATION")])
def test_an_alert_is_one_of_meta_s_rules(fb: FacebookAds, active: Any, action: str, kind: str) -> None:
    made = setup_performance_alert(fb, active.campaign_id, conditions=WEAK, action=action)
    assert made.name == f"Alert: {active.campaign_name}: ctr < 0.5%"
    assert made.status == "ENABLED"
    assert made.execution_spec == {"execution_type": kind}
    assert made.schedule_spec == {"schedule_type": "SEMI_HOURLY"}
    told = {each["field"]: (each["operator"], each["value"]) for each in made.evaluation_spec["filters"]}  # type: ignore[index]
    assert told["id"] == ("IN", [active.campaign_id])
    assert told["entity_type"] == ("EQUAL", "CAMPAIGN")
    assert told["time_preset"] == ("EQUAL", "LAST_7D")
    assert told["impressions"] == ("GREATER_THAN", 4999)
    assert told["ctr"] == ("LESS_THAN", 0.5)


@pytest.mark.thorough
def test_meta_pauses_a_campaign_while_no_bot_runs(fb: FacebookAds, sandbox: Sandbox, active: Any) -> None:
    spent: Any = [{"metric": "spend", "operator": ">=", "value": "10.00 USD"}]
    action: Any = {"action": "pause_campaign", "time_preset": "TODAY"}
    rule = setup_performance_alert(fb, active.campaign_id, conditions=spent, **action)
    far: Any = [{"metric": "spend", "operator": ">=", "value": "100000.00 USD"}]
    never = setup_performance_alert(fb, active.campaign_id, conditions=far, **action)
    assert fb.campaigns.get(active.campaign_id).status == "ACTIVE"
    sandbox.advance(days=1)
    assert fb.campaigns.get(active.campaign_id).status == "PAUSED"
    [run] = fb.adrules.history(rule.id, hide_no_changes=True)
    assert run.is_manual is False
    assert [result["object_id"] for result in run.results or []] == [active.campaign_id]
    assert [*fb.adrules.history(never.id, hide_no_changes=True)] == []


def test_money_in_an_alert_is_the_account_s(fb: FacebookAds, active: Any) -> None:
    dear: Any = [{"metric": "cost_per_result", "operator": "above", "threshold": "20.00 USD"}]
    made = setup_performance_alert(fb, active.campaign_id, conditions=dear)
    assert made.evaluation_spec["filters"][-1] == {  # type: ignore[index]
        "field": "cost_per",
        "operator": "GREATER_THAN",
        "value": 2000,
    }
    with pytest.raises(ParameterError, match="USD, the currency of the ad account"):
        setup_performance_alert(fb, active.campaign_id, conditions=[{**dear[0], "threshold": "20.00 EUR"}])


def test_what_is_wrong_is_told_at_once_and_nothing_is_sent(fb: FacebookAds, sandbox: Sandbox) -> None:
    with pytest.raises(ParameterError) as caught:
        setup_performance_alert(
            fb,
            "120210000000000001",
            conditions=[
                {"metric": "roas", "operator": "<", "value": 1},
                {"metric": "ctr", "operator": ">=", "value": 1},
            ],
            action="pause_campaign",
            time_preset="last_90d",
        )
    assert [violation.field for violation in caught.value.violations] == [
        *("time_preset", "conditions.0.metric", "conditions.1.operator"),
    ]
    with pytest.raises(ParameterError, match="scale_campaign"):
        setup_performance_alert(fb, "120210000000000001", conditions=WEAK, action="scale")
    assert not sandbox.journal


def test_a_lost_answer_sets_up_one_alert(fb: FacebookAds, sandbox: Sandbox, active: Any) -> None:
    sandbox.fail_next("POST act_*/adrules_library", LostResponse())
    made = setup_performance_alert(fb, active.campaign_id, conditions=WEAK)
    assert [rule.id for rule in fb.adrules.list("act_1")] == [made.id]


@pytest.mark.thorough
def test_stored_alerts_are_judged_by_their_own_days(fb: FacebookAds, sandbox: Sandbox, active: Any) -> None:
    strict: Any = [
        {"metric": "ctr", "operator": "<", "value": 90},
        {"metric": "spend", "operator": ">", "value": "0.01 USD"},
    ]
    made = setup_performance_alert(fb, active.campaign_id, conditions=strict, time_preset="last_3d")
    quiet = setup_performance_alert(fb, active.campaign_id, conditions=WEAK, action="pause_campaign")
    off = setup_performance_alert(fb, active.campaign_id, conditions=strict, name="Off")
    fb.adrules.update(off.id, status="DISABLED")
    sandbox.journal.clear()
    found = fb.alerts.evaluate("act_1")
    assert [alert.rule_id for alert in found] == [made.id]
    [alert] = found
    assert (alert.object_id, alert.action, alert.fired) == (active.campaign_id, "notify", True)
    assert (alert.since, alert.until) == ("2026-10-29", "2026-10-31")
    seen = fb.insights.list(active.campaign_id, time_range={"since": alert.since, "until": alert.until})[0]
    assert (alert.impressions, alert.verdicts[-1].seen) == (seen.impressions, seen.spend)
    assert [each.rule_id for each in found.quiet] == [quiet.id]
    assert found.skipped == {}
    assert [entry.method for entry in sandbox.journal if entry.method != "GET"] == []


def test_a_rule_that_only_meta_can_judge_is_named(fb: FacebookAds) -> None:
    rule: Any = {
        "name": "Fancy",
        "schedule_spec": {"schedule_type": "DAILY"},
        "evaluation_spec": {
            "evaluation_type": "SCHEDULE",
            "filters": [
                {"field": "entity_type", "operator": "EQUAL", "value": "AD"},
                {"field": "name", "operator": "CONTAIN", "value": "Sale"},
            ],
        },
        "execution_spec": {"execution_type": "NOTIFICATION"},
    }
    made = fb.adrules.create("act_1", **rule)
    found = fb.alerts.evaluate("act_1")
    assert len(found) == 0
    assert "only Meta can check it" in found.skipped[made.id]
    assert made.id in FacebookTool(fb).call({"op": "check_alerts", "args": {}}).text


def test_rules_as_bots_write_them(fb: FacebookAds, active: Any) -> None:
    rules: Any = [
        {**STOP, "threshold": 90},
        {"metric": "spend", "operator": ">", "value": "1.00 USD", "action": "accelerate", "factor": 1.5},
        {"metric": "spend", "operator": ">", "value": "1.00 USD", "action": "notify", "name": "Spends"},
        {**STOP, "min_events": 10**9, "threshold": 90},
    ]
    mine = [alert for alert in fb.alerts.evaluate("act_1", rules=rules) if alert.object_id == active.campaign_id]
    assert [(alert.action, alert.factor) for alert in mine] == [
        *(("pause", None), ("scale", Decimal("1.5")), ("notify", None)),
    ]
    assert [alert.rule for alert in mine] == ["ctr < 90%", "spend > 1.00 USD", "Spends"]
    assert fb.campaigns.get(active.campaign_id).status == "ACTIVE", "nothing has been changed"
    assert mine[0].object_name == active.campaign_name


def test_all_conditions_must_hold(fb: FacebookAds, active: Any) -> None:
    holds: Any = {"metric": "spend", "operator": ">", "value": "0.01 USD"}
    fails: Any = {"metric": "ctr", "operator": ">", "value": 99}
    both = fb.alerts.evaluate("act_1", rules=[{"conditions": [holds, fails], "action": "stop"}])
    assert len(both) == 0
    assert [verdict.fired for verdict in both.quiet[0].verdicts] == [True, False]
    assert len(fb.alerts.evaluate("act_1", rules=[{"conditions": [holds, holds], "action": "stop"}])) >= 1


@pytest.mark.thorough
def test_one_request_for_each_window(fb: FacebookAds, sandbox: Sandbox, active: Any) -> None:
    rules: Any = [{**STOP, "time_preset": preset} for preset in ("TODAY", "last_7d", "LAST_7D", "LIFETIME")] * 5
    fb.alerts.evaluate("act_1", rules=rules)
    sandbox.journal.clear()
    fb.alerts.evaluate("act_1", rules=rules)
    assert len(reads(sandbox)) == 3
    assert [entry.path for entry in sandbox.journal if not entry.path.endswith("/insights")] == []


def test_only_the_objects_named_are_looked_at(fb: FacebookAds, active: Any) -> None:
    found = fb.alerts.evaluate("act_1", rules=[{**STOP, "ids": [active.campaign_id, "120999999999999999"]}])
    assert {alert.object_id for alert in found.quiet} == {active.campaign_id, "120999999999999999"}
    gone = next(alert for alert in found.quiet if alert.object_id.endswith("999"))
    assert (gone.fired, gone.impressions) == (False, 0)
    assert "no data" in gone.why


@pytest.mark.thorough
@table("level", ["adset", "ad"])
def test_ad_sets_and_ads_are_checked_at_their_level(fb: FacebookAds, level: Any) -> None:
    rules: Any = [{"metric": "results", "operator": ">=", "threshold": 0, "action": "notify"}]
    found = fb.alerts.evaluate("act_1", rules=rules, level=level)
    rows = fb.insights.list(
        "act_1",
        level=level,
        date_preset="last_7d",
        filtering=[{"field": f"{level}.effective_status", "operator": "IN", "value": ["ACTIVE"]}],
    )
    assert {alert.object_id for alert in found} == {str(getattr(row, f"{level}_id")) for row in rows}
    assert rows


def test_paused_campaigns_are_left_alone(fb: FacebookAds, active: Any) -> None:
    fb.campaigns.update(active.campaign_id, status="PAUSED")
    found = fb.alerts.evaluate("act_1", rules=[{"metric": "spend", "operator": ">", "value": "0.01 USD"}])
    assert active.campaign_id not in {alert.object_id for alert in (*found, *found.quiet)}


def test_another_account_has_another_currency(fb: FacebookAds) -> None:
    yen: Any = [{"metric": "spend", "operator": ">", "value": "1 JPY", "time_preset": "last_30d"}]
    for alert in fb.alerts.evaluate("act_2", rules=yen):
        assert "JPY > 1 JPY" in alert.why
    with pytest.raises(ParameterError) as caught:
        fb.alerts.evaluate("act_2", rules=[{"metric": "spend", "operator": ">", "value": "1.00 USD"}, *yen])
    assert [violation.field for violation in caught.value.violations] == ["rules.0.threshold"]


def test_wrong_rules_are_told_all_at_once(fb: FacebookAds, sandbox: Sandbox) -> None:
    rules: Any = [
        {"metric": "ctrr", "operator": "?", "threshold": True},
        {**STOP, "action": "kill"},
        {"metric": "cpc", "operator": ">", "threshold": 2.0, "time_preset": "soon"},
        {"action": "pause"},
        {**STOP, "factor": 1.2},
        {**STOP, "conditions": WEAK},
        "ctr < 1",
        {**STOP, "min_events": -1},
    ]
    with pytest.raises(ParameterError) as caught:
        fb.alerts.evaluate("act_1", rules=rules)
    assert [violation.field for violation in caught.value.violations] == [
        *("rules.0.metric", "rules.0.operator", "rules.1.action", "rules.2.threshold", "rules.2.time_preset"),
        *("rules.3", "rules.4.factor", "rules.5", "rules.6", "rules.7.min_events"),
    ]
    with pytest.raises(ParameterError, match="level"):
        fb.alerts.evaluate("act_1", rules=[STOP], level="account")  # type: ignore[arg-type]
    assert not sandbox.journal


def test_throttled_figures_are_asked_for_again(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.fail_next("GET act_*/insights", GraphError(80000))
    assert fb.alerts.evaluate("act_1", rules=[{"metric": "spend", "operator": ">", "value": "0.01 USD"}])


def test_the_model_is_told_what_fired_and_that_nothing_was_done(fb: FacebookAds, active: Any) -> None:
    args = {"rules": [{**STOP, "threshold": 90}, {**STOP, "threshold": 0}], "ad_account_id": "1"}
    text = FacebookTool(fb).call({"op": "check_alerts", "args": args}).text
    assert "Nothing has been changed." in text
    assert f"FIRED campaign ID: {active.campaign_id}" in text
    assert "would PAUSE it" in text
    assert "quiet" in text
