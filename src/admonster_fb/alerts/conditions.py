"""Conditions on figures as bots write them: `{"metric": "ctr", "operator": "<", "threshold": 0.5, "min_events": 5000}`.

Pure functions: what holds of a row of insights, and why.
"""

from __future__ import annotations

import operator as ops
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Required

from pydantic import Field, PlainValidator, WithJsonSchema, with_config
from typing_extensions import TypedDict

from admonster_fb.analysis.metrics import METRICS, Metric, metric, named
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import STRICT
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
"""Every way to write an operator, Meta's names (LESS_THAN, …) in small letters among them."""
AMOUNT = 'an amount with its currency ("20.00 USD"), or minor units as an integer (2000 is 20.00 USD)'
Threshold = Annotated[
    int | float | str | Decimal | Money,
    PlainValidator(lambda value: value),
    WithJsonSchema(
        {
            "anyOf": [{"type": "number"}, {"type": "string"}],
            "description": f"a number (ctr and rates in percent); of money {AMOUNT}",
        }
    ),
]


def _text(what: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": what})


class ConditionParts(TypedDict, total=False):
    """What a condition may say beside metric and operator."""

    threshold: Threshold
    value: Annotated[Threshold, Field(description="the same as threshold")]
    min_events: Annotated[int, Field(ge=0, description="below this volume nothing fires")]
    events: Annotated[str, _text("what min_events counts: impressions unless said; clicks, results, …")]


@with_config(STRICT)
class ConditionSpec(ConditionParts, total=False):
    """One condition. All of a rule's conditions must hold, as in Meta's own rules."""

    metric: Required[Annotated[str, _text(f"one of {', '.join(METRICS)}, actions.TYPE")]]
    operator: Required[Annotated[str, _text("< <= > >= == !=, or LESS_THAN, GREATER_THAN, below, above, …")]]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition whose metric, operator and threshold are known to go together. A whole amount is in minor units."""

    metric: str
    operator: str
    threshold: Decimal | int | Money
    min_events: int = 0
    events: str = "impressions"

    @property
    def of(self) -> Metric:
        """What is known of its metric."""
        return metric(self.metric)

    def __str__(self) -> str:
        return f"{self.metric} {self.operator} {shown(self, self.threshold)}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one condition found: the figure `seen` (money in major units), the volume, and why it holds or does not."""

    condition: Condition
    fired: bool
    seen: Decimal | None
    volume: int
    why: str


def conditions(given: Sequence[Mapping[str, Any]], path: str = "conditions") -> list[Condition]:
    """Return conditions, once all are known to make sense. Raises `ParameterError` with every violation.

    >>> [str(each) for each in conditions([{"metric": "spent", "operator": "above", "value": "20.00 USD"}])]
    ['spend > 20.00 USD']
    """
    wrong: list[Violation] = [] if given else [Violation(path, [*given], "at least one condition")]
    made: list[Condition] = []
    for number, each in enumerate(given):
        try:
            made.append(condition(each, f"{path}.{number}."))
        except ParameterError as error:
            wrong += error.violations
    if wrong:
        raise ParameterError(wrong)
    return made


def condition(given: Mapping[str, Any], path: str = "") -> Condition:
    """Return one condition. Raises `ParameterError` with every violation; `path` stands before their fields."""
    wrong: list[Violation] = []
    found = {}
    for name in ("metric", "events"):
        try:
            found[name] = named(given.get(name, "impressions"), f"{path}{name}")
        except ParameterError as error:
            wrong += error.violations
    if "events" in found and metric(found["events"]).kind != "count":
        wrong.append(Violation(f"{path}events", given["events"], "something that is counted: impressions, clicks, …"))
    sign = OPERATORS.get(str(given.get("operator")).strip().lower().replace(" ", "_"))
    if sign is None:
        allowed = f"one of {' '.join(COMPARE)} (or LESS_THAN, GREATER_THAN, below, above, …)"
        wrong.append(Violation(f"{path}operator", given.get("operator", MISSING), allowed))
    limit: Decimal | int | Money = 0
    if "metric" in found:
        try:
            limit = _threshold(given, metric(found["metric"]), path)
        except ParameterError as error:
            wrong += error.violations
    if wrong or sign is None:
        raise ParameterError(wrong)
    return Condition(found["metric"], sign, limit, given.get("min_events", 0), found["events"])


def _threshold(given: Mapping[str, Any], of: Metric, path: str) -> Decimal | int | Money:
    names = [name for name in ("threshold", "value") if given.get(name) is not None]
    if not names or (len(names) == 2 and given["threshold"] != given["value"]):
        raise ParameterError([Violation(f"{path}threshold", "two values" if names else MISSING, "one threshold")])
    value = given[names[0]]
    try:
        return _amount(value) if of.kind == "money" else _number(value)
    except MoneyError as error:
        raise ParameterError([Violation(f"{path}{names[0]}", value, f"{AMOUNT} ({error})")]) from None
    except (ValueError, InvalidOperation):
        kind = AMOUNT if of.kind == "money" else "a number" + (", in percent" if of.kind == "percent" else "")
        raise ParameterError([Violation(f"{path}{names[0]}", value, kind)]) from None


def _amount(value: object) -> int | Money:
    if isinstance(value, str):
        return Money(value)
    if isinstance(value, Money) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError
    read = Decimal(str(value).strip().removesuffix("%"))
    if not read.is_finite():
        raise ValueError
    return read


def needs(wanted: Sequence[Condition]) -> list[str]:
    """Return the fields of insights that conditions are judged by.

    >>> needs([Condition("cpc", ">", 200)])
    ['impressions', 'account_currency', 'cpc']
    """
    fields = [name for each in wanted for one in (each.of, metric(each.events)) for name in one.fields]
    return [*dict.fromkeys(["impressions", "account_currency", *fields])]


def judge(wanted: Condition, row: InsightsRow | None) -> Verdict:
    """Tell whether a condition holds of a row. What is not known, or too little, never fires; the verdict says so.

    Without a row nothing was delivered. Raises `MoneyError` for an amount in another currency than the row's.

    >>> row = InsightsRow(impressions=6000, clicks=20, ctr="0.33")
    >>> judge(Condition("ctr", "<", Decimal("0.5"), min_events=5000), row).why
    'ctr 0.33% < 0.5%'
    """
    if row is None or not row.impressions:
        return Verdict(wanted, False, None, 0, f"{wanted.metric}: no data, nothing was delivered")
    volume = int(metric(wanted.events).read(row) or 0)
    seen = wanted.of.read(row)
    if seen is None:
        return Verdict(wanted, False, None, volume, f"{wanted.metric}: no data{_why_none(wanted, row)}")
    told = f"{wanted.metric} {shown(wanted, seen, row.account_currency)}"
    if volume < wanted.min_events:
        little = f"{volume:,} {wanted.events}, fewer than {wanted.min_events:,}"
        return Verdict(wanted, False, seen, volume, f"{told}: too little to tell ({little})")
    fired = COMPARE[wanted.operator](seen, _limit(wanted, row))
    sign = wanted.operator if fired else f"is not {wanted.operator}"
    limit = shown(wanted, wanted.threshold, row.account_currency)
    return Verdict(wanted, fired, seen, volume, f"{told} {sign} {limit}")


def _why_none(wanted: Condition, row: InsightsRow) -> str:
    if wanted.metric.startswith(("cost_per", "website_cost_per")) and row.spend:
        return f", since there was none: say it with another condition (spend over {row.spend:f}, and 0 of them)"
    return ""


def _limit(wanted: Condition, row: InsightsRow) -> Decimal:
    """Return a threshold in the unit of the figures: money in major units of the row's currency."""
    limit = wanted.threshold
    if isinstance(limit, Money):
        if limit.currency != row.account_currency:
            raise MoneyError(f"cannot compare {limit.currency} with {row.account_currency}")
        return limit.amount
    if isinstance(limit, int):
        return Decimal(limit) / offset_of(row.account_currency or "")
    return limit


def shown(wanted: Condition, value: Decimal | int | Money, currency: str | None = None) -> str:
    """Return a figure or a threshold as people read it.

    >>> shown(Condition("cpc", ">", 200), 200, "USD"), shown(Condition("ctr", "<", Decimal(1)), Decimal("0.3300"))
    ('2.00 USD', '0.33%')
    """
    if isinstance(value, Money):
        return f"{value.amount:f} {value.currency}"
    if isinstance(value, int):
        return shown(wanted, Money.from_minor(value, currency)) if currency else f"{value:,} minor units"
    rounded = value.quantize(Decimal("0.0001")) if value.as_tuple().exponent < -4 else value  # type: ignore[operator]
    text = f"{rounded.normalize():,f}"
    unit = {"percent": "%", "money": f" {currency}" if currency else ""}
    return text + unit.get(wanted.of.kind, "")


def all_hold(verdicts: Sequence[Verdict]) -> bool:
    """Tell whether all conditions of a rule hold, as Meta's rules want it.

    >>> all_hold([])
    False
    """
    return bool(verdicts) and all(verdict.fired for verdict in verdicts)


def money_of(wanted: Sequence[Condition]) -> Iterator[tuple[int, Money]]:
    """Yield the thresholds that say a currency, with their place."""
    yield from ((n, each.threshold) for n, each in enumerate(wanted) if isinstance(each.threshold, Money))
