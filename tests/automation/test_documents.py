"""Amounts of rules that bots write: raw ad rules through the tool, and the strategy documents of another bot."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.alerts.rules import from_document, parse_rules
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox

# As the strategist of the public Flexus bots writes it: amounts in dollars, rates as fractions.
METRICS: dict[str, Any] = {
    "metrics": {
        "target_values": {"ctr": 0.02, "cpc": 1.0, "cpl": 20.0},
        "stop_rules": [
            {"metric": "cpc", "operator": ">", "threshold": 3.0, "min_events": 100, "action": "pause_campaign"},
            {"metric": "ctr", "operator": "<", "threshold": 0.005, "min_events": 5000, "action": "pause_campaign"},
        ],
        "accelerate_rules": [
            {"metric": "cvr", "operator": ">=", "threshold": 0.08, "min_conversions": 20, "action": "double_budget"},
            {"metric": "cpl", "operator": "<=", "threshold": 10, "min_conversions": 10, "action": "double_budget"},
        ],
    }
}


def test_a_strategy_document_is_read_as_what_it_is() -> None:
    rules = parse_rules(from_document(METRICS, "USD"), "campaign", "LAST_7D")
    assert [str(rule.scope.conditions[0]) for rule in rules] == [
        "cpc > 3.00 USD",
        "ctr < 0.5%",
        "conversion_rate >= 8%",
        "cost_per_lead <= 10.00 USD",
    ]
    assert [(rule.action, rule.factor) for rule in rules] == [("pause", None)] * 2 + [("scale", 2)] * 2
    assert [(rule.scope.conditions[0].min_events, rule.scope.conditions[0].events) for rule in rules] == [
        (100, "impressions"), (5000, "impressions"), (20, "results"), (10, "results"),
    ]  # fmt: skip


@table(("currency", "threshold", "shown"), [
    ("JPY", 300, "300 JPY"), ("EUR", 3, "3.00 EUR"), ("BHD", 0.5, "0.50 BHD"),
])  # fmt: skip
def test_its_amounts_are_major_units_of_the_account_s_currency(currency: str, threshold: float, shown: str) -> None:
    rule = {"metric": "cpc", "operator": ">", "threshold": threshold, "action": "pause"}
    assert from_document({"stop_rules": [rule]}, currency)[0]["threshold"] == shown


@table(("metric", "threshold", "currency"), [
    ("cpc", 3.5, "JPY"), ("cpc", 3.001, "USD"), ("cpc", float("nan"), "USD"), ("cpc", float("inf"), "USD"),
    ("cpc", 3.0, "LKR"), ("ctr", 0.5, "USD"), ("cvr", 0.1, "USD"),
])  # fmt: skip
def test_what_has_two_readings_or_none_is_refused(metric: str, threshold: float, currency: str) -> None:
    rule = {"metric": metric, "operator": ">", "threshold": threshold, "action": "pause"}
    with pytest.raises(ParameterError, match=r"document\.stop_rules\.0\.threshold"):
        from_document({"stop_rules": [rule]}, currency)


STOP: dict[str, Any] = {"metric": "cpc", "operator": ">", "threshold": 3.0, "action": "pause_campaign"}
RATE: dict[str, Any] = {"metric": "ctr", "operator": "<", "threshold": 0.005, "action": "pause_campaign"}
GROW: dict[str, Any] = {"metric": "cvr", "operator": ">=", "threshold": 0.08, "min_conversions": 20}
SHAPES: dict[str, tuple[Any, list[str]]] = {
    "several tactics": ({"a": {"stop_rules": [STOP]}, "b": {"stop_rules": [RATE]}}, ["cpc > 3.00 USD", "ctr < 0.5%"]),
    "a list of them": (
        {"tactics": [{"metrics": {"stop_rules": [STOP]}}, {"accelerate_rules": [GROW]}]},
        ["cpc > 3.00 USD", "conversion_rate >= 8%"],
    ),
    "an empty list above": ({"stop_rules": [], "x": {"accelerate_rules": [GROW]}}, ["conversion_rate >= 8%"]),
    "value": (
        {"stop_rules": [{"metric": name, "operator": ">", "value": of} for name, of in (("ctr", 0.005), ("cpc", 3))]},
        ["ctr > 0.5%", "cpc > 3.00 USD"],
    ),
    "several conditions": (
        {"stop_rules": [{"conditions": [
            {"metric": "cpc", "operator": ">", "threshold": 3.0},
            {"metric": "ctr", "operator": "<", "value": 0.005}]}]},
        ["cpc > 3.00 USD", "ctr < 0.5%"],
    ),
    "numbers as text": (
        {"stop_rules": [{**STOP, "threshold": "3.0"}, {**RATE, "threshold": "0.005"}]},
        ["cpc > 3.00 USD", "ctr < 0.5%"],
    ),
}  # fmt: skip


@table("shape", SHAPES)
def test_no_rule_of_a_document_is_left_out_or_read_in_other_units(shape: str) -> None:
    document, expected = SHAPES[shape]
    rules = parse_rules(from_document(document, "USD"), "campaign", "LAST_7D")
    assert [str(condition) for rule in rules for condition in rule.scope.conditions] == expected


def test_a_rule_without_an_action_does_what_its_list_says() -> None:
    without = {name: value for name, value in STOP.items() if name != "action"}
    rules = parse_rules(from_document({"accelerate_rules": [GROW], "stop_rules": [without]}, "USD"), "ad", "LAST_7D")
    assert [rule.action for rule in rules] == ["pause", "scale"]


@pytest.mark.thorough
@table("rules", [["cpc > 3"], {"cpc": 3}, [3], "cpc > 3", [[STOP]], [{"conditions": ["cpc"]}]])
def test_what_is_no_rule_is_named(rules: Any) -> None:
    result = FacebookTool(FacebookAds.sandbox()).call(
        {"op": "check_alerts", "args": {"document": {"stop_rules": rules}}}
    )
    assert result.error is not None
    assert result.error["type"] == "ParameterError", result.text
    assert "document.stop_rules" in result.text


def test_the_tool_reads_it_and_refuses_what_is_no_such_document() -> None:
    tool = FacebookTool(FacebookAds.sandbox())
    assert tool.call({"op": "check_alerts", "args": {"document": METRICS}}).ok
    for args in ({"document": {"campaigns": []}}, {"document": METRICS, "rules": []}):
        result = tool.call({"op": "check_alerts", "args": args})
        assert not result.ok
        assert "document" in result.text


def rule(field: str, value: Any) -> dict[str, Any]:
    filters = [
        {"field": "entity_type", "operator": "EQUAL", "value": "CAMPAIGN"},
        {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7D"},
        {"field": field, "operator": "GREATER_THAN", "value": value},
    ]
    evaluation = {"evaluation_type": "SCHEDULE", "filters": filters}
    return {"evaluation_spec": evaluation, "execution_spec": {"execution_type": "PAUSE"}} | {
        "name": "Stop", "schedule_spec": {"schedule_type": "DAILY"},
    }  # fmt: skip


@pytest.mark.thorough
@table("field", ["spent", "cpc", "cost_per", "cost_per_purchase_fb", "today_spent", "adset.last_7d_cpm"])
@table("value", [3, 3.0, "3", "3,00", "1e3 USD", float("nan"), -1, 2**63, "", "3.00 EUR", True])
def test_a_condition_on_a_money_metric_names_its_currency(field: str, value: Any) -> None:
    sandbox = Sandbox(history=0)
    result = FacebookTool(FacebookAds.sandbox(sandbox)).call({"op": "create_ad_rule", "args": rule(field, value)})
    assert not result.ok
    assert result.error is not None
    assert result.error["type"] == "ParameterError", result.text
    assert [entry for entry in sandbox.journal if entry.method == "POST"] == []
    if value in (3, 3.0, "3") and value is not True:
        assert "minor units (in dollars $0.03) or not ($3.00)" in result.text


@pytest.mark.parametrize(("field", "value", "sent"), [("cpc", "3.00 USD", 300), ("daily_budget", 300, 300)])
def test_what_is_sent_is_meta_s_minor_units(field: str, value: Any, sent: int) -> None:
    sandbox = Sandbox(history=0)
    fb = FacebookAds.sandbox(sandbox)
    assert FacebookTool(fb).call({"op": "create_ad_rule", "args": rule(field, value)}).ok
    [posted] = [entry.params for entry in sandbox.journal if entry.method == "POST"]
    assert posted["evaluation_spec"]["filters"][-1]["value"] == sent
    in_metas_form: Any = rule("cpc", 300)
    assert fb.adrules.create("act_1", **in_metas_form).evaluation_spec["filters"][-1]["value"] == 300  # type: ignore[index]


@table("name", ["description", "rationale", "reason", "notes", "comment", "id"])
@table("within", [False, True], ids=["rule", "condition"])
def test_what_a_strategist_writes_for_readers_names_the_rule_and_changes_nothing(name: str, within: bool) -> None:
    of = {"action": STOP["action"]}
    plain = {key: value for key, value in STOP.items() if key not in of}
    rule = {**of, "conditions": [{**plain, name: "too dear"}]} if within else {**STOP, name: "too dear"}
    [read] = parse_rules(from_document({"stop_rules": [rule]}, "USD"), "campaign", "LAST_7D")
    assert [str(each) for each in read.scope.conditions] == ["cpc > 3.00 USD"]
    assert (read.action, read.name) == ("pause", "cpc > 3.00 USD" if within else "too dear")


@table("name", ["enabled", "min_evnts", "unless", "weekday"])
def test_what_may_change_a_rule_is_not_left_out(name: str) -> None:
    with pytest.raises(ParameterError, match=name):
        parse_rules(from_document({"stop_rules": [{**STOP, name: 1}]}, "USD"), "campaign", "LAST_7D")
