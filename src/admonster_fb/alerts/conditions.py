"""Conditions on metrics: `{"metric": "ctr", "operator": "<", "threshold": 0.5, "min_events": 5000}`.

Pure functions that tell which conditions hold for a row of insights, and why.
"""

from __future__ import annotations

import operator as ops
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Required

from pydantic import Field, PlainValidator, WithJsonSchema

from admonster_fb.analysis.metrics import METRICS, Metric, metric, named
from admonster_fb.errors import MISSING, ParameterError, Violation, collecting
from admonster_fb.models._params import Params, own_amount
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
    sign = OPERATORS.get(str(spec.get("operator")).strip().lower().replace(" ", "_"))
    if sign is None:
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
    seen = condition.definition.read(row)
    if seen is None:
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
    if isinstance(limit, int):
        return Decimal(limit) / offset_of(row.account_currency or "")
    return limit


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
