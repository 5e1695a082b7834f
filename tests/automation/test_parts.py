"""The parts of alerts one by one: what each function returns for a plain case."""

from __future__ import annotations

from decimal import Decimal

from admonster_fb import Money
from admonster_fb.alerts.conditions import (
    Condition,
    condition,
    conditions,
    from_filters,
    judge,
    money_thresholds,
    needs,
    shown,
    time_preset,
    to_filters,
)
from admonster_fb.alerts.rules import AlertRuleParams, parse_rules
from admonster_fb.models._params import checked
from admonster_fb.models.insights.row import InsightsRow

LOW = Condition("ctr", "<", Decimal("0.5"), 5000)
STOP = {"metric": "ctr", "operator": "<", "threshold": 0.5, "action": "stop"}


def test_filters_of_conditions_and_back() -> None:
    assert (time_preset("last_7d"), time_preset("maximum")) == ("LAST_7D", "LIFETIME")
    filters = to_filters([LOW], "campaign", ["1"], "LAST_7D")
    assert filters[-2:] == [
        {"field": "impressions", "operator": "GREATER_THAN", "value": 4999},
        {"field": "ctr", "operator": "LESS_THAN", "value": 0.5},
    ]
    assert from_filters(to_filters([LOW], "campaign", ["1"], "TODAY")).ids == ("1",)


def test_conditions_in_words() -> None:
    [parsed] = conditions([{"metric": "spent", "operator": "above", "value": "20.00 USD"}])
    assert str(parsed) == "spend > 20.00 USD"
    assert str(Condition("spend", ">", 2000)) == "spend > 2,000 minor units"
    assert str(condition({"metric": "ctr", "operator": "below", "threshold": 0.5})) == "ctr < 0.5%"
    assert needs([Condition("cpc", ">", 200)]) == ["impressions", "account_currency", "cpc"]
    assert judge(LOW, InsightsRow(impressions=6000, clicks=20, ctr="0.33")).why == "ctr 0.33% < 0.5%"
    assert shown(Condition("cpc", ">", 200), 200, "USD") == "2.00 USD"
    assert shown(LOW, Decimal("0.3300")) == "0.33%"
    assert [*money_thresholds([Condition("spend", ">", Money("20.00 USD"))])] == [(0, Money("20.00 USD"))]


def test_rules_in_our_words() -> None:
    assert checked(AlertRuleParams, STOP)["action"] == "pause"
    assert parse_rules([STOP], "campaign", "LAST_7D")[0].name == "ctr < 0.5%"
