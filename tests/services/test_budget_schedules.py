"""Budgets raised for a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, InvalidParameterError, ParameterError

pytestmark = pytest.mark.thorough

START, END = datetime(2026, 11, 27, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC)
TIMES: Any = {"time_start": START, "time_end": END}


@pytest.fixture
def campaign_id(fb: FacebookAds) -> str:
    params: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "daily_budget": 5000}
    return fb.campaigns.create("act_1", name="A", **params).id


@table("start", [START, int(START.timestamp()), "2026-11-27T00:00:00+0000"], ids=str, fresh=True)
def test_a_budget_is_raised_for_a_time(fb: FacebookAds, campaign_id: str, writes: Any, start: Any) -> None:
    made = fb.budget_schedules.create(
        campaign_id, budget_value="10.00 USD", budget_value_type="ABSOLUTE", time_start=start, time_end=END
    )
    assert writes()[-1].params["budget_value"] == "1000"
    assert writes()[-1].params["time_start"] == str(int(START.timestamp()))
    [read] = fb.budget_schedules.list(campaign_id)
    assert (read.id, read.budget_value, read.time_end) == (made.id, 1000, END)
    assert [each.id for each in fb.budget_schedules.iter(campaign_id)] == [made.id]


def test_a_factor_is_no_amount(fb: FacebookAds, campaign_id: str, writes: Any) -> None:
    before = writes()
    with pytest.raises(ParameterError, match="budget_value"):
        fb.budget_schedules.create(campaign_id, budget_value="2.00 USD", budget_value_type="MULTIPLIER", **TIMES)
    assert writes() == before
    fb.budget_schedules.create(campaign_id, budget_value=2, budget_value_type="MULTIPLIER", **TIMES)


@table(
    ("wrong", "field"),
    [
        ({"time_start": datetime(2026, 11, 27)}, "time_start"),  # noqa: DTZ001 - that is the point
        ({"time_end": "soon"}, "time_end"),
        ({"budget_value": -1}, "budget_value"),
        ({"budget_value_type": "TWICE"}, "budget_value_type"),
        ({"budget": 1}, "budget"),
    ],
)
def test_it_is_checked_before_it_is_sent(fb: FacebookAds, refused: Any, wrong: Any, field: str) -> None:
    good: Any = {"budget_value": 1000, "budget_value_type": "ABSOLUTE", **TIMES}
    with refused(field):
        fb.budget_schedules.create("120210000000000001", **{**good, **wrong})


def test_it_is_where_the_budget_is(fb: FacebookAds, campaign: Any, adset: Any) -> None:
    good: Any = {"budget_value": 1000, "budget_value_type": "ABSOLUTE", **TIMES}
    with pytest.raises(InvalidParameterError):
        fb.budget_schedules.create(campaign.id, **good)
    assert fb.budget_schedules.create(adset.id, **good).id
