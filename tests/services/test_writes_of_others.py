"""New ad sets and creatives of another client's tests, held against a server that records them.

`write_cases.json`: id, where it stands, the parameters, whether they are sent or refused. The objective is the one that
the goal belongs to; the budgets of the campaign are those that the name of the case says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tables import table
from wire import Wire

from admonster_fb import FacebookAds, Money, ParameterError, Settings
from admonster_fb.models.ad import Ad
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.money import MoneyError
from admonster_fb.sandbox import Sandbox
from admonster_fb.services._base import account_id

CASES = json.loads((Path(__file__).parent / "write_cases.json").read_text("utf-8"))
OBJECTIVES = {"REACH": "AWARENESS", "VALUE": "SALES", "APP_INSTALLS": "APP_PROMOTION"}
ACCOUNT = {"id": "act_1", "currency": "USD", "timezone_name": "UTC", "min_daily_budget": 100}
CBO = {"lifetime on CBO": {"daily_budget": "5000"}, "none on CBO": {"bid_strategy": "LOWEST_COST_WITH_BID_CAP"}}


@pytest.mark.thorough
@table("name, source, params, verdict", CASES)
def test_a_case_is_sent_as_it_is_or_refused(name: str, source: str, params: Any, verdict: str) -> None:
    adset = "campaign_id" in params
    campaign = {"id": "77", "special_ad_categories": [], "currency": "USD"}
    campaign["objective"] = f"OUTCOME_{OBJECTIVES.get(params.get('optimization_goal', ''), 'TRAFFIC')}"
    for said, more in CBO.items():
        campaign |= {"daily_budget": "5000", **more} if said in source else {}

    def answer(method: str, path: str, _params: Mapping[str, str]) -> tuple[int, Any]:
        return 200, {"id": "99"} if method == "POST" else ACCOUNT if path == "act_1" else campaign

    wire = Wire(answer)
    clock = Sandbox(history=0, clock=lambda: datetime(2026, 11, 28, tzinfo=UTC))
    with FacebookAds("sandbox-writes", settings=Settings(adapter=wire), clock=clock) as fb:
        create: Any = fb.adsets.create if adset else fb.adcreatives.create
        if verdict == "refused":
            with pytest.raises(ParameterError):
                create("act_1", **{"name": "C", **params})
            assert all(method == "GET" for method, _, _ in wire.calls)
            return
        create("act_1", **{"name": "C", **params})
    form = next(form for method, _, form in wire.calls if method == "POST")
    for key, value in params.items():
        assert form[key] == value or json.loads(form[key]) == value, key


@table("text", ["1.001 USD", "nan USD", "10", "10 ", "10 XXX"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        Money(text)


@table(
    "minor, currency, text",
    [
        (5000, "USD", "50.00 USD"),  # byadsco-015 to -019; jeffreywlai-019 and -021
        ("2500", "EUR", "25.00 EUR"),
        (10_000_000, "USD", "100000.00 USD"),
        (1999, "USD", "19.99 USD"),
        ("1250", "ISK", "1250 ISK"),
        (-50, "USD", "-0.50 USD"),
        ("0", "JPY", "0 JPY"),
    ],
)
def test_minor_units_of_metas_are_written_as_an_amount(minor: Any, currency: str, text: str) -> None:
    assert repr(Money.from_minor(minor, currency)) == f"Money('{text}')"


@table("minor", ["", "12.5", "x", 12.5, None, True, "1_000", "\u0663"])
def test_what_are_no_minor_units_is_refused(minor: Any) -> None:
    with pytest.raises(MoneyError):
        Money.from_minor(minor, "USD")


@table(
    "amount, currency, minor",
    [
        ("19.99", "USD", 1999),  # jeffreywlai-007 and -009, mureo-001
        ("1250", "JPY", 1250),
        ("15.00", "USD", 1500),
        ("0.01", "EUR", 1),
        ("1500", "TWD", 1500),
        ("1500", "HUF", 1500),
    ],
)
def test_amounts_become_minor_units(amount: str, currency: str, minor: int) -> None:
    assert Money(f"{amount} {currency}").minor == minor


@table(
    "given, right",
    [("123456", "act_123456"), ("act_123456", "act_123456"), ("", None), ("act_", None), ("act_x", None), ("x", None)],
)
def test_account_ids(given: str, right: str | None) -> None:
    if right is None:
        with pytest.raises(ParameterError):
            account_id(given)
    else:
        assert account_id(given) == right


@table("text", ["ACTIVE", "CAMPAIGN_PAUSED", "DELETED", "PENDING_REVIEW", "WITH_ISSUES", "IN_PROCESS", "FUTURE_STATE"])
def test_every_status_is_read_as_it_came(text: str) -> None:
    for node in (Campaign, AdSet, Ad):
        made = node.from_api({"id": "1", "status": text, "effective_status": text})
        assert (made.status, made.effective_status) == (text, text)


def test_bids_of_nothing_are_refused_and_budgets_move_to_ad_sets() -> None:
    """jeffreywlai-017 and pipeboard-061."""
    wire = Wire(lambda method, path, _: (200, {"success": True} if method == "POST" else {**ACCOUNT, "id": path}))
    with FacebookAds("sandbox-writes", settings=Settings(adapter=wire)) as fb:
        for bid in (0, -1, "0.00 USD"):
            with pytest.raises(ParameterError, match="bid_amount"):
                fb.adsets.update("7", bid_amount=bid)
        budgets = [{"adset_id": "8", "daily_budget": 5000}]
        fb.campaigns.update("7", adset_budgets=budgets)  # type: ignore[typeddict-item]
    [form] = [form for method, _, form in wire.calls if method == "POST"]
    assert json.loads(form["adset_budgets"]) == budgets
