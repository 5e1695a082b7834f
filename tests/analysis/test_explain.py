"""Shares of a change add up exactly, whatever the figures."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import table

from admonster_fb import ParameterError
from admonster_fb.analysis import explain
from admonster_fb.models.insights.row import InsightsRow

GOAL = "OUTCOME_LEADS"


def week(spend: Any, impressions: Any, clicks: Any, leads: Any, currency: str = "USD") -> InsightsRow:
    return InsightsRow.from_api(
        {
            "account_currency": currency,
            "spend": str(spend),
            "impressions": str(impressions),
            "clicks": str(clicks),
            "actions": [{"action_type": "lead", "value": str(leads)}],
        }
    )


COUNT = st.integers(1, 10**9)
WEEKS = st.builds(week, st.integers(1, 10**12).map(lambda cents: Decimal(cents).scaleb(-2)), COUNT, COUNT, COUNT)


@pytest.mark.thorough
@given(WEEKS, WEEKS)
def test_shares_add_up_to_the_difference_exactly(before: InsightsRow, after: InsightsRow) -> None:
    told = explain([before], [after], goal=GOAL)
    for each in (told.cost_per_result, told.spend):
        assert each is not None
        with localcontext(prec=60):
            assert sum(share.amount for share in each.shares) == each.difference
            assert abs(each.difference - each.change.difference) <= Decimal("0.0000005")


@pytest.mark.thorough
@given(WEEKS, WEEKS)
def test_back_again_each_share_has_the_other_sign(before: InsightsRow, after: InsightsRow) -> None:
    forth, back = explain([before], [after], goal=GOAL), explain([after], [before], goal=GOAL)
    there = {share.factor: share.amount for share in forth.cost_per_result.shares}  # type: ignore[union-attr]
    for share in back.cost_per_result.shares:  # type: ignore[union-attr]
        assert abs(there[share.factor] + share.amount) <= Decimal("0.000004")


def test_one_factor_alone_has_all_of_it() -> None:
    told = explain([week(100, 10000, 200, 10)], [week(100, 10000, 200, 5)], goal=GOAL)
    assert told.cost_per_result is not None
    assert {share.factor: share.amount for share in told.cost_per_result.shares} == {
        "conversion_rate": Decimal(10),
        "ctr": 0,
        "cpm": 0,
    }
    assert told.lines()[:2] == [
        "Cost per result rose by $10.00 USD to $20.00 USD (+100.0 %)",
        "  +$10.00 USD by the share of clicks with a result (-50.0 %)",
    ]


def test_factors_that_cancel_out_are_told_though_nothing_changed() -> None:
    told = explain([week(100, 10000, 200, 10)], [week(100, 5000, 200, 10)], goal=GOAL)
    assert told.cost_per_result is not None
    assert told.cost_per_result.difference == 0
    amounts = {share.factor: share.amount for share in told.cost_per_result.shares}
    assert amounts["cpm"] == -amounts["ctr"] > 6
    assert amounts["conversion_rate"] == 0
    assert told.lines()[0] == "Cost per result stayed the same at $10.00 USD"


@table(
    ("before", "why"),
    [
        ([], "no rows before"),
        ([week(0, 10, 5, 1)], "no spend before"),
        ([week(1, 10, 0, 1)], "no clicks before"),
        ([InsightsRow(spend="1", impressions=10, clicks=2)], "no results before"),
    ],
)
def test_what_cannot_be_told_says_why(before: list[InsightsRow], why: str) -> None:
    told = explain(before, [week(1, 10, 5, 1)], goal=GOAL)
    assert (told.cost_per_result, told.why_not) == (None, why)
    assert told.lines()[-1] == f"Cannot be explained: {why}"


def test_amounts_are_said_as_the_currency_has_them() -> None:
    yen = [week(spend, 1000, 10, 1, "JPY") for spend in (1000, 1500)]
    assert explain(yen[:1], yen[1:], goal=GOAL).lines()[0] == "Cost per result rose by ¥500 JPY to ¥1500 JPY (+50.0 %)"
    with pytest.raises(ParameterError, match="one currency"):
        explain(yen, [week(1, 1, 1, 1)], goal=GOAL)
