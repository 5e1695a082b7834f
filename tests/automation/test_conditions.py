"""Conditions as bots write them: taken in every spelling, judged without guessing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admonster_fb import Money, ParameterError
from admonster_fb.alerts.conditions import COMPARE, OPERATORS, Condition, conditions, judge
from admonster_fb.analysis.metrics import BY_RULE, METRICS, named
from admonster_fb.models.insights.fields import FIELDS
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.money import MoneyError

USD = {"account_currency": "USD", "impressions": "10000"}


def row(**figures: Any) -> InsightsRow:
    return InsightsRow.from_api({**USD, **figures})


def one(metric: str, operator: str, threshold: Any, **more: Any) -> Condition:
    return conditions([{"metric": metric, "operator": operator, "threshold": threshold, **more}])[0]


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        ("< LESS_THAN less_than below under lt", "<"),
        ("> GREATER_THAN above over gt", ">"),
        ("<= LESS_THAN_OR_EQUAL lte at_most", "<="),
        (">= GREATER_THAN_OR_EQUAL gte at_least", ">="),
        ("== = EQUAL eq equals", "=="),
        ("!= NOT_EQUAL neq", "!="),
    ],
)
def test_operators_in_every_spelling(words: str, sign: str) -> None:
    assert {one("ctr", word, 1).operator for word in words.split()} == {sign}
    assert one("ctr", "Greater than", 1).operator == ">"


def test_value_is_another_name_of_threshold() -> None:
    [made] = conditions([{"metric": "ctr", "operator": "<", "value": "0.5%"}])
    assert made.threshold == Decimal("0.5")
    with pytest.raises(ParameterError, match="one threshold"):
        conditions([{"metric": "ctr", "operator": "<", "value": 1, "threshold": 2}])


NAMES = {
    "spent": "spend",
    "CTR": "ctr",
    "cost_per": "cost_per_result",
    "cpa": "cost_per_result",
    "link_click": "link_clicks",
    "purchase": "purchases",
    "purchase_roas": "roas",
    "leadgen": "form_leads",
    "cost_per_purchase_fb": "website_cost_per_purchase",
}


@pytest.mark.parametrize(("name", "own"), NAMES.items())
def test_metrics_by_their_other_names(name: str, own: str) -> None:
    assert named(name) == own


def test_metrics_ask_for_fields_that_insights_have() -> None:
    assert {field for metric in METRICS.values() for field in metric.fields} <= FIELDS.keys()
    assert len(BY_RULE) == sum(1 for metric in METRICS.values() if metric.rule), "no two share a name at Meta"


@pytest.mark.parametrize("limit", ["20.00 USD", Money("20.00 USD"), 2000])
def test_money_in_every_way_means_the_same(limit: Any) -> None:
    over, under = row(spend="20.01"), row(spend="20.00")
    assert judge(one("spend", ">", limit), over).fired
    assert not judge(one("spend", ">", limit), under).fired
    assert judge(one("spend", ">", limit), over).why == "spend 20.01 USD > 20.00 USD"


def test_a_currency_without_decimals() -> None:
    yen = row(account_currency="JPY", spend="2001")
    assert judge(one("spend", ">", 2000), yen).fired
    assert judge(one("spend", ">", "2000 JPY"), yen).why == "spend 2,001 JPY > 2000 JPY"
    with pytest.raises(MoneyError, match="USD with JPY"):
        judge(one("spend", ">", "20.00 USD"), yen)


@pytest.mark.parametrize("limit", ["20.00", 20.0, "20 dollars", True, None, [], Decimal(20)])
def test_money_without_a_unit_is_refused(limit: Any) -> None:
    with pytest.raises(ParameterError, match="threshold"):
        one("cpc", ">", limit)


@pytest.mark.parametrize("limit", ["20.00 USD", "half", float("nan"), "Infinity", True, Money("1.00 USD")])
def test_no_number_is_refused_where_no_money_is(limit: Any) -> None:
    with pytest.raises(ParameterError, match="in percent"):
        one("ctr", ">", limit)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        conditions(
            [
                {"metric": "crt", "operator": "?", "threshold": 1, "events": "spend"},
                {"metric": "cpc", "operator": "<", "threshold": 2.5},
                {"metric": "ctr", "operator": "<"},
            ]
        )
    assert [violation.field for violation in caught.value.violations] == [
        *("conditions.0.metric", "conditions.0.events", "conditions.0.operator"),
        *("conditions.1.threshold", "conditions.2.threshold"),
    ]
    assert "did you mean cvr or ctr" in str(caught.value)
    with pytest.raises(ParameterError, match="at least one"):
        conditions([])


def test_too_little_volume_fires_nothing() -> None:
    weak = one("ctr", "<", 0.5, min_events=10_001)
    verdict = judge(weak, row(ctr="0.1", clicks="10"))
    assert (verdict.fired, verdict.seen, verdict.volume) == (False, Decimal("0.1"), 10_000)
    assert "fewer than 10,001" in verdict.why
    assert judge(one("ctr", "<", 0.5, min_events=10_000), row(ctr="0.1", clicks="10")).fired


def test_volume_can_be_counted_in_other_events() -> None:
    few = one("conversion_rate", "<", 5, min_events=100, events="clicks")
    assert not judge(few, row(clicks="99", objective="OUTCOME_TRAFFIC")).fired
    assert judge(few, row(clicks="100", objective="OUTCOME_SALES")).fired


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_without_delivery_nothing_fires(metric: str) -> None:
    limit = 0 if METRICS[metric].kind == "money" else 1000
    for nothing in (None, InsightsRow.from_api({"account_currency": "USD"})):
        verdict = judge(one(metric, ">=" if METRICS[metric].kind == "money" else "<", limit), nothing)
        assert (verdict.fired, verdict.seen) == (False, None)
        assert "no data" in verdict.why


@pytest.mark.parametrize("metric", ["clicks", "link_clicks", "purchases", "results", "leads", "actions.add_to_cart"])
def test_a_count_that_is_left_out_is_zero_where_there_were_impressions(metric: str) -> None:
    assert judge(one(metric, "==", 0), row(objective="OUTCOME_SALES", spend="5.00")).fired


def test_rates_of_what_never_happened_are_zero() -> None:
    nothing = row(spend="5.00", objective="OUTCOME_SALES")
    for metric in ("ctr", "link_ctr", "roas", "result_rate"):
        assert judge(one(metric, "<", 1), nothing).seen == 0, metric


@pytest.mark.parametrize(
    "metric", ["cpc", "frequency", "reach", "cost_per_result", "cost_per_purchase", "conversion_rate"]
)
def test_any_other_absent_figure_is_unknown(metric: str) -> None:
    limit = 0 if METRICS[metric].kind == "money" else 1
    verdict = judge(one(metric, ">=" if limit == 0 else "<", limit), row(spend="5.00", objective="OUTCOME_SALES"))
    assert (verdict.fired, verdict.seen) == (False, None)
    assert "no data" in verdict.why


def test_results_of_an_unknown_goal_are_unknown() -> None:
    assert judge(one("results", "==", 0), row()).seen is None


def test_figures_are_those_of_the_row() -> None:
    full = row(
        spend="30.00",
        clicks="200",
        objective="OUTCOME_SALES",
        actions=[{"action_type": "purchase", "value": "3"}, {"action_type": "add_to_cart", "value": "9"}],
        action_values=[{"action_type": "purchase", "value": "90.00"}],
    )
    seen = {name: METRICS[name].read(full) for name in ("results", "cost_per_result", "roas", "conversion_rate")}
    assert seen == {"results": 3, "cost_per_result": 10, "roas": 3, "conversion_rate": Decimal("1.5")}
    assert judge(one("actions.add_to_cart", ">", 8), full).fired


@given(
    figure=st.decimals("0", "1000", places=4),
    limit=st.decimals("0", "1000", places=4),
    word=st.sampled_from(sorted(OPERATORS)),
)
def test_comparison_is_exact(figure: Decimal, limit: Decimal, word: str) -> None:
    made = one("frequency", word, str(limit))
    verdict = judge(made, row(frequency=str(figure)))
    assert verdict.fired == COMPARE[OPERATORS[word]](figure, limit)
    assert f"frequency {figure.normalize():,f}" in verdict.why
