"""Conditions on metrics: `{"metric": "ctr", "operator": "<", "threshold": 0.5, "min_events": 5000}`.

Pure functions that tell which hold for a row of insights, and why, and that read and write the filters of Meta's ad
rules. Source: Meta: ad-rules, Evaluation Spec.
"""

from __future__ import annotations

import math
import operator as ops
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Annotated, Any, Required

from pydantic import Field, PlainValidator, WithJsonSchema

from admonster_fb.analysis.metrics import BY_RULE, METRICS, Metric, metric, named
from admonster_fb.errors import MISSING, ParameterError, Violation, collecting
from admonster_fb.models._params import Params, own_amount
from admonster_fb.models.insights.dates import DAY, PRESETS, Window, last
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.money import Money, MoneyError, offset_of

COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": ops.lt, "<=": ops.le, ">": ops.gt, ">=": ops.ge, "==": ops.eq, "!=": ops.ne
}  # fmt: skip
_WORDS = {
    "<": "< lt less less_than below under smaller_than",
    "<=": "<= le lte less_than_or_equal at_most",
    ">": "> gt greater greater_than above over more_than",
    ">=": ">= ge gte greater_than_or_equal at_least",
    "==": "== = eq equal equals",
    "!=": "!= <> ne neq not_equal",
}
OPERATORS = {word: sign for sign, words in _WORDS.items() for word in words.split()}
"""The operator by each of its spellings, in lower case; Meta's names (LESS_THAN, …) are included."""
Filters = list[dict[str, Any]]
LEVELS = {"campaign": "CAMPAIGN", "adset": "ADSET", "ad": "AD"}  # the `entity_type` of each level
_OPERATORS = {"<": "LESS_THAN", ">": "GREATER_THAN", "==": "EQUAL"}
_SCOPE_OPERATORS = {"entity_type": ("EQUAL",), "time_preset": ("EQUAL",), "id": ("IN", "EQUAL")}
KNOWN = ", ".join(name for name, definition in METRICS.items() if definition.rule)
"""The metrics that Meta's ad rules support."""
AMOUNT = 'an amount with its currency ("20.00 USD")'
_MEANING = f"a number (ctr and rates in percent); for money {AMOUNT}"
Threshold = Annotated[
    int | float | str | Decimal | Money,
    PlainValidator(lambda value: value),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "description": _MEANING}),
]


def word_of(words: Mapping[str, str], allowed: str) -> PlainValidator:
    """Return a validator that reads any spelling of a word. Its error names what is `allowed`."""

    def read(value: object) -> str:
        if (word := words.get(str(value).lower())) is None:
            raise ValueError(allowed)
        return word

    return PlainValidator(read)


def _text(description: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description})


class ConditionParts(Params, total=False):
    """The optional fields of a condition."""

    threshold: Threshold
    value: Annotated[Threshold, Field(description="the same as threshold")]
    min_events: Annotated[int, Field(ge=0, description="the condition does not fire below this volume")]
    events: Annotated[str, _text("what min_events counts: clicks, results, … Default: impressions")]


class ConditionSpec(ConditionParts, total=False):
    """One condition. All conditions of a rule must hold, as in Meta's ad rules."""

    metric: Required[Annotated[str, _text(f"one of {', '.join(METRICS)}, actions.TYPE")]]
    operator: Required[Annotated[str, _text("< <= > >= == !=, or LESS_THAN, GREATER_THAN, below, above, …")]]


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition. An integer threshold is in minor units: one of Meta's own ad rules, never a caller's."""

    metric: str
    operator: str
    threshold: Decimal | int | Money
    min_events: int = 0
    events: str = "impressions"

    @property
    def definition(self) -> Metric:
        """The metric's definition."""
        return metric(self.metric)

    def __str__(self) -> str:
        return f"{self.metric} {self.operator} {shown(self, self.threshold)}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one condition: the figure `seen` (money in major units), the volume, and the reason."""

    condition: Condition
    fired: bool
    seen: Decimal | None
    volume: int
    why: str


def conditions(specs: Sequence[Mapping[str, Any]]) -> list[Condition]:
    """Return conditions parsed. Raises `ParameterError` with every violation."""
    wrong: list[Violation] = [] if specs else [Violation("conditions", [*specs], "at least one condition")]
    parsed: list[Condition] = []
    for number, spec in enumerate(specs):
        with collecting(wrong, f"conditions.{number}"):
            parsed.append(condition(spec))
    if wrong:
        raise ParameterError(wrong)
    return parsed


def condition(spec: Mapping[str, Any]) -> Condition:
    """Return one condition parsed. Raises `ParameterError` with every violation."""
    wrong: list[Violation] = []
    found = {}
    for name in ("metric", "events"):
        with collecting(wrong):
            found[name] = named(spec.get(name, "impressions"), name)
    if "events" in found and metric(found["events"]).kind != "count":
        wrong.append(Violation("events", spec["events"], "a count: impressions, clicks, …"))
    if (sign := OPERATORS.get(str(spec.get("operator")).strip().lower().replace(" ", "_"))) is None:
        allowed = f"one of {' '.join(COMPARE)} (or LESS_THAN, GREATER_THAN, below, above, …)"
        wrong.append(Violation("operator", spec.get("operator", MISSING), allowed))
    limit: Decimal | int | Money = 0
    if "metric" in found:
        with collecting(wrong):
            limit = _threshold(spec, metric(found["metric"]))
    if wrong or sign is None:
        raise ParameterError(wrong)
    return Condition(found["metric"], sign, limit, spec.get("min_events", 0), found["events"])


def _threshold(spec: Mapping[str, Any], definition: Metric) -> Decimal | int | Money:
    names = [name for name in ("threshold", "value") if spec.get(name) is not None]
    if not names or (len(names) == 2 and spec["threshold"] != spec["value"]):
        raise ParameterError([Violation("threshold", "two values" if names else MISSING, "one threshold")])
    value = spec[names[0]]
    try:
        if definition.kind == "money":
            return own_amount(value)
        number = Decimal(str(value).strip().removesuffix("%"))
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or not number.is_finite():
            raise ValueError
        return number
    except MoneyError as error:
        raise ParameterError([Violation(names[0], value, str(error))]) from None
    except (ValueError, InvalidOperation):
        kind = "a number" + (", in percent" if definition.kind == "percent" else "")
        raise ParameterError([Violation(names[0], value, kind)]) from None


def needs(conditions: Sequence[Condition]) -> list[str]:
    """Return the fields of insights that conditions need."""
    definitions = [each for condition in conditions for each in (condition.definition, metric(condition.events))]
    names = [name for definition in definitions for name in definition.fields]
    return [*dict.fromkeys(["impressions", "account_currency", *names])]


def judge(condition: Condition, row: InsightsRow | None) -> Verdict:
    """Return whether a condition holds for a row; `None`: nothing was delivered. What is unknown never fires."""
    if row is None or not row.impressions:
        return Verdict(condition, False, None, 0, f"{condition.metric}: no data, nothing was delivered")
    volume = int(metric(condition.events).read(row) or 0)
    if (seen := condition.definition.read(row)) is None:
        cost = condition.metric.startswith(("cost_per", "website_cost_per")) and row.spend
        why = ", since there was none: use other conditions instead (spend over {:f}, and 0 of them)" if cost else ""
        return Verdict(condition, False, None, volume, f"{condition.metric}: no data{why.format(row.spend)}")
    text = f"{condition.metric} {shown(condition, seen, row.account_currency)}"
    if volume < condition.min_events:
        little = f"{volume:,} {condition.events}, fewer than {condition.min_events:,}"
        return Verdict(condition, False, seen, volume, f"{text}: too little to tell ({little})")
    fired = COMPARE[condition.operator](seen, _limit(condition, row))
    sign = condition.operator if fired else f"is not {condition.operator}"
    limit = shown(condition, condition.threshold, row.account_currency)
    return Verdict(condition, fired, seen, volume, f"{text} {sign} {limit}")


def _limit(condition: Condition, row: InsightsRow) -> Decimal:
    """Return a threshold in the unit of the figures: money in major units of the row's currency."""
    limit = condition.threshold
    if isinstance(limit, Money):
        if limit.currency != row.account_currency:
            raise MoneyError(f"cannot compare {limit.currency} with {row.account_currency}")
        return limit.amount
    return Decimal(limit) / offset_of(row.account_currency or "") if isinstance(limit, int) else limit


def shown(condition: Condition, value: Decimal | int | Money, currency: str | None = None) -> str:
    """Return a figure or a threshold as text with its unit."""
    if isinstance(value, Money):
        return f"{value.amount:f} {value.currency}"
    if isinstance(value, int):
        return shown(condition, Money.from_minor(value, currency)) if currency else f"{value:,} minor units"
    rounded = value.quantize(Decimal("0.0001")) if value.as_tuple().exponent < -4 else value  # type: ignore[operator]
    text = f"{rounded.normalize():,f}"
    unit = {"percent": "%", "money": f" {currency}" if currency else ""}
    return text + unit.get(condition.definition.kind, "")


def all_hold(verdicts: Sequence[Verdict]) -> bool:
    """Return whether all conditions of a rule hold."""
    return bool(verdicts) and all(verdict.fired for verdict in verdicts)


def money_thresholds(conditions: Sequence[Condition]) -> Iterator[tuple[int, Money]]:
    """Yield the thresholds that name a currency, each with its position."""
    for position, condition in enumerate(conditions):
        if isinstance(condition.threshold, Money):
            yield position, condition.threshold


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
        return definition.rule, _OPERATORS[sign], int(limit) if limit == limit.to_integral_value() else float(limit)
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
