"""Conditions as bots write them: accepted in every spelling, evaluated without guessing."""

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


SPELLINGS = [
    ("< LESS_THAN less_than below under lt", "<"),
    ("> GREATER_THAN above over gt", ">"),
    ("<= LESS_THAN_OR_EQUAL lte at_most", "<="),
    (">= GREATER_THAN_OR_EQUAL gte at_least", ">="),
    ("== = EQUAL eq equals", "=="),
    ("!= NOT_EQUAL neq", "!="),
]


def test_conditions_operator_spellings_are_accepted(subtests: pytest.Subtests) -> None:
    for words, sign in SPELLINGS:
        with subtests.test(words=words, sign=sign):
            assert {one("ctr", word, 1).operator for word in words.split()} == {sign}
            assert one("ctr", "Greater than", 1).operator == ">"


def test_conditions_value_is_an_alias_of_threshold() -> None:
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


def test_named_alias_gives_the_metric(subtests: pytest.Subtests) -> None:
    for name, own in NAMES.items():
        with subtests.test(name=name, own=own):
            assert named(name) == own


def test_metrics_fields_exist_in_insights() -> None:
    assert {field for metric in METRICS.values() for field in metric.fields} <= FIELDS.keys()
    assert len(BY_RULE) == sum(1 for metric in METRICS.values() if metric.rule), "no two share a name at Meta"


def test_judge_money_in_any_form_gives_the_same_verdict(subtests: pytest.Subtests) -> None:
    of_meta = Condition("spend", ">", 2000)
    for made in (one("spend", ">", "20.00 USD"), one("spend", ">", Money("20.00 USD")), of_meta):
        with subtests.test(limit=made.threshold):
            over, under = row(spend="20.01"), row(spend="20.00")
            assert judge(made, over).fired
            assert not judge(made, under).fired
            assert judge(made, over).why == "spend 20.01 USD > 20.00 USD"


def test_judge_currency_without_decimals_compares_whole_units() -> None:
    yen = row(account_currency="JPY", spend="2001")
    assert judge(Condition("spend", ">", 2000), yen).fired
    assert judge(one("spend", ">", "2000 JPY"), yen).why == "spend 2,001 JPY > 2000 JPY"
    with pytest.raises(MoneyError, match="USD with JPY"):
        judge(one("spend", ">", "20.00 USD"), yen)


def test_conditions_money_without_unit_is_refused(subtests: pytest.Subtests) -> None:
    for limit in ["20.00", 20.0, 2000, "20 dollars", True, None, [], Decimal(20)]:
        with subtests.test(limit=limit), pytest.raises(ParameterError, match="threshold"):
            one("cpc", ">", limit)


NO_NUMBER_IS_REFUSED_WHERE_NO = ["20.00 USD", "half", float("nan"), "Infinity", True, Money("1.00 USD")]


def test_conditions_non_number_for_a_rate_is_refused(subtests: pytest.Subtests) -> None:
    for limit in NO_NUMBER_IS_REFUSED_WHERE_NO:
        with subtests.test(limit=limit), pytest.raises(ParameterError, match="in percent"):
            one("ctr", ">", limit)


def test_conditions_report_all_violations_at_once() -> None:
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


def test_judge_low_volume_does_not_fire() -> None:
    weak = one("ctr", "<", 0.5, min_events=10_001)
    verdict = judge(weak, row(ctr="0.1", clicks="10"))
    assert (verdict.fired, verdict.seen, verdict.volume) == (False, Decimal("0.1"), 10_000)
    assert "fewer than 10,001" in verdict.why
    assert judge(one("ctr", "<", 0.5, min_events=10_000), row(ctr="0.1", clicks="10")).fired


def test_judge_volume_counts_the_given_events() -> None:
    few = one("conversion_rate", "<", 5, min_events=100, events="clicks")
    assert not judge(few, row(clicks="99", objective="OUTCOME_TRAFFIC")).fired
    assert judge(few, row(clicks="100", objective="OUTCOME_SALES")).fired


def test_judge_without_delivery_does_not_fire(subtests: pytest.Subtests) -> None:
    for metric in sorted(METRICS):
        with subtests.test(metric=metric):
            limit: Any = "0.00 USD" if METRICS[metric].kind == "money" else 1000
            for nothing in (None, InsightsRow.from_api({"account_currency": "USD"})):
                verdict = judge(one(metric, ">=" if METRICS[metric].kind == "money" else "<", limit), nothing)
                assert (verdict.fired, verdict.seen) == (False, None)
                assert "no data" in verdict.why


COUNTS = ["clicks", "link_clicks", "purchases", "results", "leads", "actions.add_to_cart"]


def test_judge_absent_count_with_impressions_is_zero(subtests: pytest.Subtests) -> None:
    for metric in COUNTS:
        with subtests.test(metric=metric):
            assert judge(one(metric, "==", 0), row(objective="OUTCOME_SALES", spend="5.00")).fired


def test_judge_rate_of_absent_events_is_zero() -> None:
    nothing = row(spend="5.00", objective="OUTCOME_SALES")
    for metric in ("ctr", "link_ctr", "roas", "result_rate"):
        assert judge(one(metric, "<", 1), nothing).seen == 0, metric


UNKNOWN_IF_ABSENT = [
    "cpc",
    "frequency",
    "reach",
    "cost_per_result",
    "cost_per_purchase",
    "conversion_rate",
]


def test_judge_other_absent_metric_is_unknown(subtests: pytest.Subtests) -> None:
    for metric in UNKNOWN_IF_ABSENT:
        with subtests.test(metric=metric):
            limit: Any = "0.00 USD" if METRICS[metric].kind == "money" else 1
            verdict = judge(
                one(metric, "<" if limit == 1 else ">=", limit), row(spend="5.00", objective="OUTCOME_SALES")
            )
            assert (verdict.fired, verdict.seen) == (False, None)
            assert "no data" in verdict.why


def test_judge_results_of_unknown_goal_are_unknown() -> None:
    assert judge(one("results", "==", 0), row()).seen is None


def test_metrics_read_the_values_of_the_row() -> None:
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


@pytest.mark.thorough
@given(
    figure=st.decimals("0", "1000", places=4),
    limit=st.decimals("0", "1000", places=4),
    word=st.sampled_from(sorted(OPERATORS)),
)
def test_judge_compares_exactly(figure: Decimal, limit: Decimal, word: str) -> None:
    made = one("frequency", word, str(limit))
    verdict = judge(made, row(frequency=str(figure)))
    assert verdict.fired == COMPARE[OPERATORS[word]](figure, limit)
    assert f"frequency {figure.normalize():,f}" in verdict.why
