"""Conversion between conditions and the filters of Meta's ad rules. Source: Meta: ad-rules, Evaluation Spec."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from admonster_fb.alerts.conditions import OPERATORS, Condition
from admonster_fb.analysis.metrics import BY_RULE, METRICS, metric
from admonster_fb.errors import ParameterError, Violation, collecting
from admonster_fb.models.insights.dates import DAY, PRESETS, Window, last
from admonster_fb.money import Money

Filters = list[dict[str, Any]]
LEVELS = {"campaign": "CAMPAIGN", "adset": "ADSET", "ad": "AD"}  # the `entity_type` of each level
_OPERATORS = {"<": "LESS_THAN", ">": "GREATER_THAN", "==": "EQUAL"}
KNOWN = ", ".join(name for name, definition in METRICS.items() if definition.rule)
"""The metrics that Meta's ad rules support."""


def _until_today(days: int, today: date) -> Window:
    return today - (days - 1) * DAY, today


TIMES: dict[str, Callable[[date], Window] | None] = {
    "TODAY": partial(_until_today, 1),
    "YESTERDAY": partial(last, 1),
    **{f"LAST_{days}D": partial(last, days) for days in (2, 3, 7, 14, 28, 30)},
    **{f"LAST_{days}_DAYS": partial(_until_today, days) for days in (2, 3, 7, 14, 28, 30)},
    **{name.upper(): PRESETS[name] for name in ("this_month", "this_week_mon_today", "this_week_sun_today")},
    "LIFETIME": None,
}
"""The time presets of ad rules and their days: `LAST_7D` are full days up to yesterday, `LAST_7_DAYS` end today."""


def time_preset(value: str) -> str:
    """Return a time preset by its name in ad rules or in insights. Raises `ParameterError` for another."""
    name = str(value).strip().upper().replace("MAXIMUM", "LIFETIME")
    if name not in TIMES:
        raise ParameterError([Violation("time_preset", value, f"one of {', '.join(TIMES)}")])
    return name


def to_filters(conditions: Sequence[Condition], level: str, ids: Sequence[str], preset: str) -> Filters:
    """Return the filters that match `ids` when all conditions hold. Raises `ParameterError` for what no filter can."""
    wrong: list[Violation] = []
    volumes: dict[str, int] = {"impressions": 1}
    filters: list[tuple[Any, str, Any]] = []
    for number, condition in enumerate(conditions):
        with collecting(wrong):
            filters.append(_to_filter(condition, f"conditions.{number}"))
        if condition.min_events and not metric(condition.events).rule:
            wrong.append(Violation(f"conditions.{number}.events", condition.events, _supported(condition.events)))
        volumes[condition.events] = max(volumes.get(condition.events, 0), condition.min_events)
    if wrong:
        raise ParameterError(wrong)
    least = [(metric(name).rule, "GREATER_THAN", count - 1) for name, count in volumes.items() if count]
    scope = [("entity_type", "EQUAL", LEVELS[level]), ("id", "IN", [*ids]), ("time_preset", "EQUAL", preset)]
    return [{"field": field, "operator": sign, "value": value} for field, sign, value in [*scope, *least, *filters]]


def _supported(name: str) -> str:
    on_website = {"purchases", "leads", "roas", "cost_per_purchase", "cost_per_lead"}
    near = f"website_{name} or results, or " if name in on_website else ""
    return f"{near}one that Meta's ad rules support: {KNOWN}; check_alerts (fb.alerts.evaluate) supports {name} too"


def _to_filter(condition: Condition, path: str) -> tuple[str, str, int | float | Money]:
    """Return field, operator and value of the filter of a condition; an amount of money never becomes a float."""
    definition = condition.definition
    if not definition.rule:
        raise ParameterError([Violation(f"{path}.metric", condition.metric, _supported(condition.metric))])
    sign, limit = condition.operator, condition.threshold
    if definition.whole and sign in (">=", "<="):  # the limit of ">" or "<" that means the same
        step, sign = (-1, ">") if sign == ">=" else (1, "<")
        if isinstance(limit, Money):
            limit = Money.from_minor(limit.minor + step, limit.currency)
        else:
            limit = (math.ceil(limit) if step < 0 else math.floor(limit)) + step
    if sign not in _OPERATORS:
        signs = "< > == >= <=" if definition.whole else "< > =="
        allowed = f"{signs}: Meta's ad rules support no other for {condition.metric}; check_alerts supports {sign} too"
        raise ParameterError([Violation(f"{path}.operator", sign, allowed)])
    if isinstance(limit, Decimal):
        limit_as_json = int(limit) if limit == limit.to_integral_value() else float(limit)
        return definition.rule, _OPERATORS[sign], limit_as_json
    return definition.rule, _OPERATORS[sign], limit


@dataclass(frozen=True, slots=True)
class RuleScope:
    """What a rule checks: level, objects (all active ones if `ids` is empty), days and conditions."""

    level: str
    ids: tuple[str, ...]
    time_preset: str
    conditions: tuple[Condition, ...]


def from_filters(filters: Sequence[Mapping[str, Any]]) -> RuleScope:
    """Return the scope and conditions of filters. Raises `ParameterError` for filters that only Meta can evaluate."""
    by_field = {str(entry.get("field")): entry for entry in filters}
    level = {kind: name for name, kind in LEVELS.items()}.get(str(by_field.get("entity_type", {}).get("value")), "")
    preset = str(by_field.get("time_preset", {}).get("value"))
    wrong: list[Violation] = []
    if not level:
        wrong.append(Violation("entity_type", by_field.get("entity_type"), "a rule for campaigns, ad sets or ads"))
    if preset not in TIMES:
        wrong.append(Violation("time_preset", preset, f"a rule over {', '.join(TIMES)}"))
    found: list[Condition] = []
    for entry in filters:
        with collecting(wrong):
            found += _from_filter(entry)
    if wrong:
        raise ParameterError(wrong)
    objects = by_field.get("id", {})
    ids = objects.get("value") if objects.get("operator") in _SCOPE_OPERATORS["id"] else []
    return RuleScope(level, tuple(map(str, ids if isinstance(ids, list) else [ids])), preset, tuple(found))


_SCOPE_OPERATORS = {"entity_type": ("EQUAL",), "time_preset": ("EQUAL",), "id": ("IN", "EQUAL")}


def _from_filter(entry: Mapping[str, Any]) -> Iterator[Condition]:
    name, operator, value = str(entry.get("field")), str(entry.get("operator")), entry.get("value")
    if operator in _SCOPE_OPERATORS.get(name, ()) or name == "attribution_window":
        return
    sign = OPERATORS.get(operator.lower()) if operator in _OPERATORS.values() else None
    if name not in BY_RULE or sign is None:
        allowed = "a filter that this library can evaluate; only Meta can evaluate this one"
        raise ParameterError([Violation(name, f"{operator} {value}", allowed)])
    try:
        limit = Decimal(str(value))
    except InvalidOperation:
        raise ParameterError([Violation(name, value, "a number")]) from None
    money = metric(BY_RULE[name]).kind == "money"
    if money and limit != limit.to_integral_value():
        raise ParameterError([Violation(name, value, "whole minor units")])
    yield Condition(BY_RULE[name], sign, int(limit) if money else limit)
