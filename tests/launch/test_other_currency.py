"""A copy in an account with another currency: no amount keeps its number there. Judged by the sandbox's objects."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox
from admonster_fb.workflows.duplicate.copy import duplicate_adset, duplicate_campaign

pytestmark = pytest.mark.thorough

ADSET: Any = {
    "billing_event": "IMPRESSIONS",
    "optimization_goal": "LINK_CLICKS",
    "targeting": {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
}
CAMPAIGN: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
BID: Any = {"bid_strategy": "LOWEST_COST_WITH_BID_CAP"}


def abo(fb: FacebookAds, account: str, budget: int, bid: int, cap: int) -> tuple[str, str, str]:
    """A campaign with a spend cap and two ad sets, one of them with a bid cap."""
    campaign = fb.campaigns.create(account, name="Sale", **CAMPAIGN, spend_cap=cap).id
    one = fb.adsets.create(account, name="One", campaign_id=campaign, daily_budget=budget, **ADSET).id
    two = fb.adsets.create(
        account, name="Two", campaign_id=campaign, daily_budget=2 * budget, bid_amount=bid, **BID, **ADSET
    ).id
    return campaign, one, two


def writes(sandbox: Sandbox) -> int:
    return len([entry for entry in sandbox.journal if entry.method != "GET"])


@pytest.fixture
def worlds(fb: FacebookAds, sandbox: Sandbox) -> dict[str, tuple[str, str]]:
    """By name: the account copied from, and the one copied into."""
    rupiah = sandbox.add_account(currency="IDR")
    return {"USD to JPY": ("act_1", "act_2"), "IDR to USD": (rupiah, "act_1"), "EUR to USD": ("act_3", "act_1")}


WORDS = {
    "USD to JPY": ("$60.00 USD", "$120.00 USD", "$2.00 USD", "$500.00 USD"),
    "IDR to USD": ("500000 IDR", "1000000 IDR", "20000 IDR", "9000000 IDR"),
    "EUR to USD": ("€60.00 EUR", "€120.00 EUR", "€2.00 EUR", "€500.00 EUR"),
}


@table("world", WORDS, fresh=True)
def test_each_amount_must_be_given_anew(
    fb: FacebookAds, sandbox: Sandbox, worlds: dict[str, tuple[str, str]], world: str
) -> None:
    source, target = worlds[world]
    amounts = (500_000, 20_000, 9_000_000) if world.startswith("IDR") else (6000, 200, 50_000)
    campaign, one, two = abo(fb, source, *amounts)
    before = writes(sandbox)
    with pytest.raises(ParameterError) as caught:
        duplicate_campaign(fb, campaign, to_account_id=target)
    assert {violation.field for violation in caught.value.violations} == {
        *(f"amounts.{campaign}.spend_cap", f"amounts.{one}.daily_budget"),
        *(f"amounts.{two}.daily_budget", f"amounts.{two}.bid_amount"),
    }
    for words in WORDS[world]:
        assert words in str(caught.value)
    part: Any = {two: {"daily_budget": f"9000 {fb.currency(target)}"}}
    with pytest.raises(ParameterError, match=f"amounts.{two}.bid_amount"):
        duplicate_campaign(fb, campaign, to_account_id=target, amounts=part)
    assert writes(sandbox) == before
    currency = fb.currency(target)
    anew: Any = {
        campaign: {"spend_cap": f"70000 {currency}"},
        one: {"daily_budget": f"9000 {currency}"},
        two: {"daily_budget": f"8000 {currency}", "bid_amount": f"300 {currency}"},
    }
    made = duplicate_campaign(fb, campaign, to_account_id=target, amounts=anew)
    factor = 1 if currency == "JPY" else 100
    assert int(sandbox.object(made.id)["spend_cap"]) == 70_000 * factor
    copies = [sandbox.object(made.adsets[each]) for each in (one, two)]
    assert [int(each["daily_budget"]) for each in copies] == [9000 * factor, 8000 * factor]
    assert int(copies[1]["bid_amount"]) == 300 * factor


def test_a_budget_of_its_only_holder_names_its_currency(fb: FacebookAds, sandbox: Sandbox) -> None:
    campaign = fb.campaigns.create("act_1", name="CBO", **CAMPAIGN, daily_budget=6000).id
    before = writes(sandbox)
    for wrong in (6000, "60.00 USD"):
        with pytest.raises(ParameterError, match="daily_budget"):
            duplicate_campaign(fb, campaign, to_account_id="act_2", daily_budget=wrong)  # type: ignore[arg-type]
        result = FacebookTool(fb).call(
            {"op": "duplicate_campaign", "args": {"campaign_id": campaign, "to_account_id": 2, "daily_budget": wrong}}
        )
        assert not result.ok
    amounts: Any = {campaign: {"daily_budget": "60.00 USD"}}
    with pytest.raises(ParameterError, match="daily_budget"):
        duplicate_campaign(fb, campaign, to_account_id="act_2", amounts=amounts)
    assert writes(sandbox) == before
    made = duplicate_campaign(fb, campaign, to_account_id="act_2", daily_budget="9000 JPY")
    assert int(sandbox.object(made.id)["daily_budget"]) == 9000


def test_an_account_with_the_same_currency_takes_them_as_they_are(fb: FacebookAds, sandbox: Sandbox) -> None:
    campaign, one, two = abo(fb, "act_1", 6000, 200, 50_000)
    made = duplicate_campaign(fb, campaign, to_account_id=sandbox.add_account(currency="USD"))
    assert [int(sandbox.object(made.adsets[each])["daily_budget"]) for each in (one, two)] == [6000, 12_000]
    other: Any = {one: {"daily_budget": "70.00 USD"}}
    made = duplicate_campaign(fb, campaign, amounts=other)
    assert [int(sandbox.object(made.adsets[each])["daily_budget"]) for each in (one, two)] == [7000, 12_000]


def test_an_amount_that_the_source_has_not_is_refused(fb: FacebookAds, sandbox: Sandbox) -> None:
    campaign, one, _ = abo(fb, "act_1", 6000, 200, 50_000)
    before = writes(sandbox)
    for amounts in (
        {"999": {"daily_budget": "70.00 USD"}},
        {one: {"bid_amount": "7.00 USD"}},
        {one: {"name": "5 USD"}},
    ):
        with pytest.raises(ParameterError, match="amounts"):
            duplicate_campaign(fb, campaign, amounts=amounts)  # type: ignore[arg-type]
    assert writes(sandbox) == before


def test_an_ad_set_stays_in_its_currency(fb: FacebookAds, sandbox: Sandbox) -> None:
    _, _, two = abo(fb, "act_1", 6000, 200, 50_000)
    there = fb.campaigns.create("act_2", name="B", **CAMPAIGN).id
    before = writes(sandbox)
    for more in ({}, {"daily_budget": 9000}):
        with pytest.raises(ParameterError, match=r"bid_amount \$2.00 USD, daily_budget \$120.00 USD"):
            duplicate_adset(fb, two, campaign_id=there, **more)  # type: ignore[arg-type]
    assert writes(sandbox) == before
