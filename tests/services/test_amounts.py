"""Money on its way to Meta: minor units, or an amount in the account's own currency. Nothing is ever defaulted."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, Money, ParameterError
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign

MONEY = ("daily_budget", "lifetime_budget", "spend_cap", "bid_amount", "daily_spend_cap", "daily_min_spend_target")
CAMPAIGN: Any = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}


@table("given", [5000, "50.00 USD", "50 USD", "$50.00 USD", Money("50.00 USD")])
def test_an_amount_reaches_meta_in_minor_units(fb: FacebookAds, writes: Any, given: Any) -> None:
    made = fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=given)
    assert made.daily_budget == 5000
    assert writes()[-1].params["daily_budget"] == "5000"


@table(
    ("account", "text", "minor"),
    [("act_1", "12.34 USD", "1234"), ("act_2", "5000 JPY", "5000"), ("act_3", "12.34 EUR", "1234")],
)
def test_minor_units_are_those_of_the_currency(
    fb: FacebookAds, writes: Any, account: str, text: str, minor: str
) -> None:
    fb.campaigns.create(account, **CAMPAIGN, daily_budget=text)
    assert writes()[-1].params["daily_budget"] == minor


@table("account", ["act_1", "1"])
def test_another_currency_is_refused_before_anything_is_written(fb: FacebookAds, writes: Any, account: str) -> None:
    with pytest.raises(ParameterError) as error:
        fb.campaigns.create(account, **CAMPAIGN, daily_budget="50.00 EUR", spend_cap="500.00 GBP")
    assert [violation.field for violation in error.value.violations] == ["daily_budget", "spend_cap"]
    assert "USD, the currency of the ad account" in str(error.value)
    assert writes() == []


def test_another_currency_is_refused_for_ad_sets_and_changes(
    fb: FacebookAds, writes: Any, campaign: Campaign, adset: AdSet, adset_params: dict[str, Any]
) -> None:
    before = writes()
    with pytest.raises(ParameterError, match="daily_budget"):
        fb.adsets.create("act_1", **{**adset_params, "daily_budget": "20.00 EUR"})
    with pytest.raises(ParameterError, match="bid_amount"):
        fb.adsets.update(adset.id, bid_amount="1.00 CAD")
    with pytest.raises(ParameterError, match="lifetime_budget"):
        fb.campaigns.update(campaign.id, lifetime_budget=Money("500 JPY"))
    assert writes() == before


@table(
    "bad",
    [50.0, True, -1, "50", "50.00", "50.001 USD", "50.00 usd", "1,000.00 USD", "50.00 LKR", "-5.00 USD", None, []],
)
def test_what_is_no_amount_is_refused(fb: FacebookAds, refused: Any, bad: Any) -> None:
    with refused("daily_budget"):
        fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=bad)
    with refused("daily_budget"):
        fb.campaigns.update("1", daily_budget=bad)
    with refused("bid_amount"):
        fb.adsets.update("1", bid_amount=bad)


def test_yen_have_no_decimals(fb: FacebookAds, refused: Any) -> None:
    with refused("daily_budget"):
        fb.campaigns.create("act_2", **CAMPAIGN, daily_budget="50.50 JPY")


def test_no_budget_is_ever_defaulted(fb: FacebookAds, writes: Any, campaign: Campaign, creative: Any) -> None:
    adset = fb.adsets.create(
        "act_1",
        name="A",
        campaign_id=fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=5000).id,
        optimization_goal="LINK_CLICKS",
        billing_event="IMPRESSIONS",
        targeting={"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
    )
    fb.ads.create("act_1", name="A", adset_id=adset.id, creative={"creative_id": creative.id})
    fb.campaigns.update(campaign.id, name="B")
    fb.adsets.update(adset.id, name="B")
    with_budget = [entry.params["daily_budget"] for entry in writes() if "daily_budget" in entry.params]
    assert with_budget == ["5000"]
    assert not [name for entry in writes() for name in MONEY[1:] if name in entry.params]


def test_an_ad_set_without_a_budget_is_metas_error_not_our_guess(
    fb: FacebookAds, adset_params: dict[str, Any], writes: Any
) -> None:
    del adset_params["daily_budget"]
    with pytest.raises(Exception, match="budget"):
        fb.adsets.create("act_1", **adset_params)
    assert not {*MONEY} & writes()[-1].params.keys()


def test_the_currency_is_asked_for_once(fb: FacebookAds, sandbox: Any) -> None:
    for _ in range(3):
        fb.campaigns.create("act_1", **CAMPAIGN, daily_budget="50.00 USD")
    assert len([entry for entry in sandbox.journal if entry.method == "GET"]) == 1


def test_a_campaign_without_amounts_asks_nothing(fb: FacebookAds, sandbox: Any) -> None:
    fb.campaigns.create("act_1", **CAMPAIGN)
    assert [entry.method for entry in sandbox.journal] == ["POST"]


def test_an_amount_is_held_against_the_account_s_least_which_is_asked_for_once(fb: FacebookAds, sandbox: Any) -> None:
    fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=5000)
    fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=5000)
    assert [entry.path for entry in sandbox.journal] == ["act_1", "act_1/campaigns", "act_1/campaigns"]


def test_an_object_has_the_currency_and_the_day_of_its_account(fb: FacebookAds, adset: AdSet) -> None:
    assert fb.currency(adset.id) == "USD"
    assert (fb.currency("act_2"), str(fb.today("act_2"))) == ("JPY", "2026-11-01")
    assert str(fb.today(adset.id)) == "2026-11-01"
