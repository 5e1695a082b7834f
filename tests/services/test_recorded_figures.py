"""Figures, rules, alerts and tests as they were answered once, played from cassettes: see test_recorded.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandboxes import carried_out

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool

pytestmark = pytest.mark.vcr

Call = Callable[..., Any]
WEEK: Any = [
    {"field": "entity_type", "operator": "EQUAL", "value": "CAMPAIGN"},
    {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7D"},
    {"field": "cost_per", "operator": "GREATER_THAN", "value": "20.00 USD"},
]
WEAK: Any = {"metric": "ctr", "operator": "<", "value": 0.5, "min_events": 5000}
PARAMS: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}


@pytest.fixture
def call(fb: FacebookAds, tmp_path: Path, recording_live: bool) -> Call:
    """Call an op, apply the plan it may need, and return its data; it must succeed."""
    if recording_live:
        pytest.skip("days are counted from the moment of the recording, which a cassette does not hold")
    return carried_out(FacebookTool(fb, files=tmp_path))


@pytest.mark.thorough
def test_figures_at_once(call: Call, tmp_path: Path) -> None:
    assert call("get_insights", object_id="act_1", days=7).spend > 0
    rows = call("get_detailed_insights", level="campaign", days=7, breakdowns=["age"], fields=["spend", "clicks"])
    assert {row.age for row in rows} >= {"25-34", "35-44"}
    assert call("export_insights_to_csv", level="ad", days=7, filename="week.csv").rows > 1
    assert (tmp_path / "week.csv").read_text().startswith("date_start,date_stop,")


@pytest.mark.thorough
def test_a_report(fb: FacebookAds, call: Call) -> None:
    made = call("create_async_report", level="campaign", days=7, time_increment=1)
    fb.insights.reopen(made.report_id).wait()
    assert len(call("get_report", report_id=made.report_id).rows) > 7


@pytest.mark.thorough
def test_figures_kept(call: Call, tmp_path: Path) -> None:
    done = call("sync_insights", level="campaign", filename="figures.sqlite", since="2026-10-23")
    assert done.days_stored == 9
    assert (tmp_path / "figures.sqlite").exists()


@pytest.mark.thorough
def test_rules(call: Call) -> None:
    rule = call(
        "create_ad_rule",
        name="Stop dear campaigns",
        evaluation_spec={"evaluation_type": "SCHEDULE", "filters": WEEK},
        execution_spec={"execution_type": "PAUSE"},
        schedule_spec={"schedule_type": "DAILY"},
        status="DISABLED",
    ).id
    assert rule in [each.id for each in call("list_ad_rules")]
    call("update_ad_rule", rule_id=rule, name="Stop dear campaigns 2")
    assert call("get_ad_rule", rule_id=rule).name == "Stop dear campaigns 2"
    call("execute_ad_rule", rule_id=rule)
    assert isinstance(call("get_ad_rule_history", rule_id=rule), list)
    call("delete_ad_rule", rule_id=rule)


@pytest.mark.thorough
def test_alerts(call: Call) -> None:
    campaign = call("create_campaign", name="Recorded alert", **PARAMS).id
    alert = call("setup_performance_alert", campaign_id=campaign, conditions=[WEAK], action="notify")
    assert alert is not None
    assert call("check_alerts", rules=[{**WEAK, "action": "pause"}]) is not None
    call("delete_campaign", campaign_id=campaign)


@pytest.mark.thorough
def test_an_ab_test(call: Call) -> None:
    old, new = (call("create_campaign", name=name, **PARAMS).id for name in ("Old picture", "New picture"))
    cells = [{"name": "Old", "campaign_ids": [old]}, {"name": "New", "campaign_ids": [new]}]
    days = {"start_date": "2040-01-10", "end_date": "2040-01-20"}
    study = call("create_ab_test", name="Which picture", cells=cells, metric="clicks", **days).id
    assert study in [each.id for each in call("list_ab_tests")]
    call("update_ab_test", study_id=study, name="Which picture 2")
    assert call("get_ab_test", study_id=study).verdict
    call("delete_ab_test", study_id=study)
    for campaign in (old, new):
        call("delete_campaign", campaign_id=campaign)


@pytest.mark.thorough
def test_a_week(call: Call) -> None:
    week = call("weekly_report")
    assert [account.currency for account in week.accounts] == ["USD"]
