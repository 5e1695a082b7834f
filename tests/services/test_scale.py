"""More budget for what works, never beyond the limit."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.sandbox import GraphError, Sandbox
from admonster_fb.workflows.scale import scale_campaign

PARAMS: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}


@pytest.fixture
def budgeted(fb: FacebookAds) -> str:
    return fb.campaigns.create("act_1", name="CBO", **PARAMS, daily_budget=5000).id


@pytest.fixture
def three(fb: FacebookAds, campaign: Any, adset_params: Any) -> list[str]:
    return [fb.adsets.create("act_1", **{**adset_params, "daily_budget": budget}).id for budget in (1000, 2000, 3001)]


@pytest.mark.thorough
@table(
    ("factor", "limit", "new"),
    [(1.2, "100.00 USD", 6000), (2, "60.00 USD", 6000), (0.5, "90.00 USD", 2500), (1.1111, "99.99 USD", 5555)],
    fresh=True,
)
def test_a_campaign_s_own_budget(fb: FacebookAds, budgeted: str, factor: float, limit: Any, new: int) -> None:
    scaled = scale_campaign(fb, budgeted, factor=factor, max_daily_budget=limit)
    assert [(each.before.minor, each.after.minor, each.error) for each in scaled.changes] == [(5000, new, None)]
    assert fb.campaigns.get(budgeted).daily_budget == new


def test_a_budget_is_scaled_to_an_amount(fb: FacebookAds, budgeted: str) -> None:
    scaled = scale_campaign(fb, budgeted, daily_budget="55.00 USD", max_daily_budget="100.00 USD")
    assert fb.campaigns.get(budgeted).daily_budget == 5500
    assert scaled.warnings == []


def test_a_large_raise_warns_of_limit_and_learning(fb: FacebookAds, budgeted: str) -> None:
    cut, learning = scale_campaign(fb, budgeted, factor=3, max_daily_budget="90.00 USD").warnings
    assert "$90.00 USD" in cut
    assert "learning" in learning


def test_ad_sets_share_in_proportion_and_never_go_beyond(fb: FacebookAds, campaign: Any, three: list[str]) -> None:
    scale_campaign(fb, campaign.id, factor=1.5, max_daily_budget="80.00 USD")
    budgets = [fb.adsets.get(each).daily_budget or 0 for each in three]
    assert sum(budgets) <= 8000
    assert budgets == [1333, 2666, 4000]


def test_one_that_meta_refuses_is_told(fb: FacebookAds, sandbox: Sandbox, campaign: Any, three: list[str]) -> None:
    sandbox.fail_next(f"POST {three[1]}", GraphError(613, 1487632))
    errors = [each.error for each in scale_campaign(fb, campaign.id, factor=1.1, max_daily_budget="900.00 USD").changes]
    assert [error is None for error in errors] == [True, False, True]


@table(
    ("given", "field"),
    [
        ({}, "factor"),
        ({"factor": 1.2, "daily_budget": 5000}, "factor"),
        ({"factor": 1.2, "max_daily_budget": "100.00 EUR"}, "max_daily_budget"),
        ({"daily_budget": "100.00 EUR"}, "daily_budget"),
        ({"daily_budget": "much"}, "daily_budget"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(
    fb: FacebookAds, budgeted: str, writes: Any, given: Any, field: str
) -> None:
    before = writes()
    with pytest.raises(ParameterError, match=field):
        scale_campaign(fb, budgeted, **{"max_daily_budget": "900.00 USD", **given})
    assert writes() == before


def test_what_has_no_daily_budget_is_not_scaled(fb: FacebookAds, campaign: Any, adset_params: Any) -> None:
    with pytest.raises(ParameterError, match="with ad sets"):
        scale_campaign(fb, campaign.id, factor=1.2, max_daily_budget="900.00 USD")
    params = {name: value for name, value in adset_params.items() if name != "daily_budget"}
    fb.adsets.create("act_1", **params, lifetime_budget=50000, end_time="2026-12-24T00:00:00+0000")
    with pytest.raises(ParameterError, match="lifetime"):
        scale_campaign(fb, campaign.id, factor=1.2, max_daily_budget="900.00 USD")
    whole = fb.campaigns.create("act_1", name="L", **PARAMS, lifetime_budget=50000).id
    with pytest.raises(ParameterError, match="lifetime"):
        scale_campaign(fb, whole, factor=1.2, max_daily_budget="900.00 USD")
