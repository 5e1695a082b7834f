"""Conditions as the filters of Meta's ad rules, and back. Meta: ad-rules, Evaluation Spec."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from admonster_fb.alerts.conditions import OPERATORS, Condition
from admonster_fb.analysis.metrics import BY_RULE, METRICS, metric
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.insights.dates import DAY, PRESETS, Window, last
from admonster_fb.money import Money

Filters = list[dict[str, Any]]
LEVELS = {"campaign": "CAMPAIGN", "adset": "ADSET", "ad": "AD"}
"""The `entity_type` of each level."""
_OPERATORS = {"<": "LESS_THAN", ">": "GREATER_THAN", "==": "EQUAL"}
KNOWN = ", ".join(name for name, each in METRICS.items() if each.rule)
"""The metrics that Meta's rules can judge by."""


def _with_today(days: int) -> Callable[[date], Window]:
    return lambda today: (today - (days - 1) * DAY, today)


def _full(days: int) -> Callable[[date], Window]:
    return lambda today: last(days, today)


TIMES: dict[str, Callable[[date], Window] | None] = {
    "TODAY": _with_today(1),
    "YESTERDAY": _full(1),
    **{f"LAST_{days}D": _full(days) for days in (2, 3, 7, 14, 28, 30)},
    **{f"LAST_{days}_DAYS": _with_today(days) for days in (2, 3, 7, 14, 28, 30)},
    **{name.upper(): PRESETS[name] for name in ("this_month", "this_week_mon_today", "this_week_sun_today")},
    "LIFETIME": None,
}
"""The time presets of rules and their days: `LAST_7D` are full days up to yesterday, `LAST_7_DAYS` end today."""


def time_preset(given: str, field: str = "time_preset") -> str:
    """Return a time preset by Meta's name for rules, given that or the name that insights have for the same days.

    >>> time_preset("last_7d"), time_preset("maximum")
    ('LAST_7D', 'LIFETIME')
    """
    name = str(given).strip().upper()
    name = "LIFETIME" if name == "MAXIMUM" else name
    if name not in TIMES:
        raise ParameterError([Violation(field, given, f"one of {', '.join(TIMES)}")])
    return name


def to_filters(wanted: Sequence[Condition], level: str, ids: Sequence[str], preset: str) -> Filters:
    """Return the filters that hold for the objects `ids` when all conditions do, amounts still as they were given.

    Raises `ParameterError` with every condition that Meta's rules cannot express, and what they can.

    >>> to_filters([Condition("ctr", "<", Decimal("0.5"), 5000)], "campaign", ["1"], "LAST_7D")[-2:]
    [{'field': 'impressions', 'operator': 'GREATER_THAN', 'value': 4999}, \
{'field': 'ctr', 'operator': 'LESS_THAN', 'value': 0.5}]
    """
    wrong: list[Violation] = []
    volumes, made = {"impressions": 1}, []
    for number, each in enumerate(wanted):
        try:
            made.append(_filter(each, f"conditions.{number}"))
        except ParameterError as error:
            wrong += error.violations
        if each.min_events and not metric(each.events).rule:
            wrong.append(Violation(f"conditions.{number}.events", each.events, _known(each.events)))
        volumes[each.events] = max(volumes.get(each.events, 0), each.min_events)
    if wrong:
        raise ParameterError(wrong)
    return [
        {"field": "entity_type", "operator": "EQUAL", "value": LEVELS[level]},
        {"field": "id", "operator": "IN", "value": [*ids]},
        {"field": "time_preset", "operator": "EQUAL", "value": preset},
        *(
            {"field": metric(name).rule, "operator": "GREATER_THAN", "value": least - 1}
            for name, least in volumes.items()
            if least
        ),
        *made,
    ]


def _known(name: str) -> str:
    alike = {"purchases", "leads", "roas", "cost_per_purchase", "cost_per_lead"}
    near = f"website_{name} or results, or " if name in alike else ""
    return f"{near}one that Meta's rules know: {KNOWN}; check_alerts (fb.alerts.evaluate) judges by {name} too"


def _filter(wanted: Condition, path: str) -> dict[str, Any]:
    of = wanted.of
    if not of.rule:
        raise ParameterError([Violation(f"{path}.metric", wanted.metric, _known(wanted.metric))])
    sign, limit = wanted.operator, wanted.threshold
    if of.whole and sign in (">=", "<="):
        sign, limit = sign[0], _beside(limit, sign)
    if sign not in _OPERATORS:
        signs = "< > == >= <=" if of.whole else "< > =="
        told = f"{signs}, which is what Meta's rules have for {wanted.metric}; check_alerts judges by {sign} too"
        raise ParameterError([Violation(f"{path}.operator", sign, told)])
    return {"field": of.rule, "operator": _OPERATORS[sign], "value": _plain(limit)}


def _beside(limit: Decimal | int | Money, sign: str) -> Decimal | int | Money:
    """Return the last whole value outside of "at least" or "at most"."""
    if isinstance(limit, Money):
        return Money.from_minor(limit.minor + (-1 if sign == ">=" else 1), limit.currency)
    return math.ceil(limit) - 1 if sign == ">=" else math.floor(limit) + 1


def _plain(limit: Decimal | int | Money) -> int | float | Money:
    """Return a threshold as JSON has it; no amount of money is ever a float."""
    if isinstance(limit, Decimal):
        return int(limit) if limit == limit.to_integral_value() else float(limit)
    return limit


@dataclass(frozen=True, slots=True)
class Watched:
    """What a stored rule looks at: its level, its objects (all if none are named), its days and its conditions."""

    level: str
    ids: tuple[str, ...]
    time_preset: str
    conditions: tuple[Condition, ...]


def from_filters(filters: Sequence[Mapping[str, Any]]) -> Watched:
    """Return what filters look at. Raises `ParameterError` for what only Meta can judge.

    >>> from_filters(to_filters([Condition("ctr", "<", Decimal("0.5"))], "campaign", ["1"], "TODAY")).ids
    ('1',)
    """
    of = {str(each.get("field")): each for each in filters}
    level = {kind: name for name, kind in LEVELS.items()}.get(str(of.get("entity_type", {}).get("value")), "")
    preset = str(of.get("time_preset", {}).get("value"))
    wrong = []
    if not level:
        wrong.append(Violation("entity_type", of.get("entity_type"), "a rule for campaigns, ad sets or ads"))
    if preset not in TIMES:
        wrong.append(Violation("time_preset", preset, f"a rule over {', '.join(TIMES)}"))
    found: list[Condition] = []
    for each in filters:
        try:
            found += _read(each)
        except ParameterError as error:
            wrong += error.violations
    if wrong:
        raise ParameterError(wrong)
    return Watched(level, tuple(map(str, _ids(of.get("id")))), preset, tuple(found))


def _ids(given: Mapping[str, Any] | None) -> Iterator[Any]:
    value = given.get("value") if given and given.get("operator") in ("IN", "EQUAL") else []
    yield from value if isinstance(value, list) else [value]


_ELSEWHERE = {"entity_type": ("EQUAL",), "time_preset": ("EQUAL",), "id": ("IN", "EQUAL")}


def _read(given: Mapping[str, Any]) -> Iterator[Condition]:
    name, operator, value = str(given.get("field")), str(given.get("operator")), given.get("value")
    if operator in _ELSEWHERE.get(name, ()) or name == "attribution_window":
        return
    sign = OPERATORS.get(operator.lower()) if operator in _OPERATORS.values() else None
    if name not in BY_RULE or sign is None:
        raise ParameterError(
            [Violation(name, f"{operator} {value}", "a filter that can be judged here, not only there")]
        )
    try:
        limit = Decimal(str(value))
    except InvalidOperation:
        raise ParameterError([Violation(name, value, "a number")]) from None
    money = metric(BY_RULE[name]).kind == "money"
    if money and limit != limit.to_integral_value():
        raise ParameterError([Violation(name, value, "whole minor units")])
    yield Condition(BY_RULE[name], sign, int(limit) if money else limit)
