"""Amounts in every kind of currency, there and back to the unit: offsets are Meta's, not those of ISO 4217."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, Money, ParameterError
from admonster_fb.sandbox import Sandbox
from admonster_fb.workflows.account_access import update_spending_limit
from admonster_fb.workflows.bulk import bulk_update_campaigns

OFFSETS = {"USD": 100, "JPY": 1, "KRW": 1, "HUF": 1, "TWD": 1, "COP": 1, "CRC": 1, "IDR": 1, "BHD": 100, "JOD": 100}
"""Meta: currencies; `docs/meta-rules.md#currencies`."""
CAMPAIGN: Any = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
MINOR = 12_345_678
"""Above every minimum, and odd, so that nothing rounded passes."""


def text(minor: int, currency: str) -> str:
    major = Decimal(minor) / OFFSETS[currency]
    return f"{major:.2f} {currency}" if OFFSETS[currency] == 100 else f"{major:.0f} {currency}"


@pytest.fixture(params=sorted(OFFSETS))
def currency(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def account(sandbox: Sandbox, currency: str) -> str:
    return sandbox.add_account(currency=currency)


def test_a_budget_is_created_read_and_changed_to_the_unit(fb: FacebookAds, account: str, currency: str) -> None:
    said = fb.campaigns.create(account, **CAMPAIGN, daily_budget=text(MINOR, currency))
    counted = fb.campaigns.create(account, **CAMPAIGN, daily_budget=MINOR)
    assert (said.daily_budget, counted.daily_budget) == (MINOR, MINOR)
    assert str(Money.from_minor(said.daily_budget or 0, currency)).endswith(text(MINOR, currency))
    fb.campaigns.update(said.id, daily_budget=text(MINOR + 1, currency))
    assert fb.campaigns.get(said.id).daily_budget == MINOR + 1


def test_an_ad_set_s_budget_and_bid(fb: FacebookAds, account: str, currency: str, adset_params: Any) -> None:
    campaign = fb.campaigns.create(account, **CAMPAIGN)
    params = {**adset_params, "campaign_id": campaign.id, "bid_strategy": "LOWEST_COST_WITH_BID_CAP"}
    made = fb.adsets.create(
        account, **{**params, "daily_budget": text(MINOR, currency), "bid_amount": text(4321, currency)}
    )
    read = fb.adsets.get(made.id)
    assert (read.daily_budget, read.bid_amount) == (MINOR, 4321)


def test_a_spending_limit_goes_out_in_major_units_and_comes_back_in_minor(
    fb: FacebookAds, account: str, currency: str, writes: Any
) -> None:
    update_spending_limit(fb, account, spending_limit=text(MINOR, currency))
    assert Decimal(writes()[-1].params["spend_cap"]) == Decimal(MINOR) / OFFSETS[currency]
    assert fb.adaccounts.get(account).spend_cap == MINOR
    fb.adaccounts.update(account, spend_cap=MINOR + 1)
    assert fb.adaccounts.get(account).spend_cap == MINOR + 1


def test_a_bulk_update_keeps_amounts_to_the_unit(fb: FacebookAds, account: str, currency: str) -> None:
    ids = [fb.campaigns.create(account, **CAMPAIGN, daily_budget=MINOR).id for _ in range(3)]
    changes: Any = [{"id": each, "daily_budget": text(MINOR + n, currency)} for n, each in enumerate(ids)]
    assert [each.error for each in bulk_update_campaigns(fb, campaigns=changes)] == [None] * 3
    assert [fb.campaigns.get(each).daily_budget for each in ids] == [MINOR, MINOR + 1, MINOR + 2]


def test_dollars_on_a_yen_account_are_refused(fb: FacebookAds, writes: Any) -> None:
    with pytest.raises(ParameterError, match="JPY, the currency of the ad account"):
        fb.campaigns.create("act_2", **CAMPAIGN, daily_budget="50.00 USD")
    with pytest.raises(ParameterError, match="JPY, the currency of the ad account"):
        update_spending_limit(fb, "act_2", spending_limit="50.00 USD")
    assert writes() == []


@table("part", ["50.5 JPY", "50.50 HUF", "1.5 KRW", "12.345 BHD", "0.001 JOD"])
def test_a_part_of_the_smallest_unit_is_refused(fb: FacebookAds, writes: Any, part: str) -> None:
    with pytest.raises(ParameterError, match="daily_budget"):
        fb.campaigns.create("act_2", **CAMPAIGN, daily_budget=part)
    assert writes() == []


def test_amounts_within_lists_and_objects_are_of_the_account_s_currency(fb: FacebookAds, writes: Any) -> None:
    campaign = fb.campaigns.create("act_2", **CAMPAIGN, daily_budget=5000)
    before = writes()
    with pytest.raises(ParameterError, match=r"adset_budgets\.0\.daily_budget"):
        fb.campaigns.update(campaign.id, adset_budgets=[{"adset_id": "1", "daily_budget": "50.00 USD"}])
    with pytest.raises(ParameterError, match=r"adset_bid_amounts\.1"):
        fb.campaigns.update(campaign.id, adset_bid_amounts={"1": "5.00 USD"})
    assert writes() == before
