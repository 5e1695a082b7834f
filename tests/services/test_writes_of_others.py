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
from admonster_fb.money import MoneyError
from admonster_fb.sandbox import Sandbox

CASES = json.loads((Path(__file__).parent / "write_cases.json").read_text("utf-8"))
OBJECTIVES = {"REACH": "AWARENESS", "VALUE": "SALES", "APP_INSTALLS": "APP_PROMOTION"}
ACCOUNT = {"id": "act_1", "currency": "USD", "timezone_name": "UTC", "min_daily_budget": 100}
CBO = {"lifetime on CBO": {"daily_budget": "5000"}, "none on CBO": {"bid_strategy": "LOWEST_COST_WITH_BID_CAP"}}


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


@table(
    "amount, currency, text",
    [
        (5000, "USD", "50.00 USD"),
        (2500, "EUR", "25.00 EUR"),
        (10_000_000, "USD", "100000.00 USD"),
        (1250, "ISK", "1250 ISK"),
    ],
)
def test_minor_units_are_written_in_the_currency(amount: int, currency: str, text: str) -> None:
    assert repr(Money.from_minor(amount, currency)) == f"Money('{text}')"
    assert Money(text).minor == amount


@table("text", ["1.001 USD", "nan USD", "10", "10 ", "10 XXX"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        Money(text)
