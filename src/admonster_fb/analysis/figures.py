"""Figures of several rows together: sums where the figures can be added up, ratios computed from sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TypeVar

from admonster_fb.analysis.change import DIGITS, Figure, safe_divide
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS, describe
from admonster_fb.models.insights.metadata import total
from admonster_fb.models.insights.row import InsightsRow, Result, action_names

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ResultDefinition:
    """What counts as a result: an `optimization_goal` or `objective` (default: each row's own), and its event."""

    goal: str | None = None
    event: str | None = None

    def result(self, row: InsightsRow) -> Result | None:
        """Return the results of a row."""
        return row.result(self.goal, event=self.event)

    def kind(self, row: InsightsRow) -> str:
        """Return the metric that counts a row's results, "" if that is not known."""
        result = self.result(row)
        return result.kind if result else ""


def figure(rows: Sequence[InsightsRow], name: str, definition: ResultDefinition = ResultDefinition()) -> Figure | None:
    """Return a figure of rows together; `None` if no row has it, or if it cannot be derived from the rows.

    Counts and amounts are added up. `ctr` is 100 * clicks / impressions, `cpc` spend / clicks, `cpm` 1000 * spend /
    impressions, `cost_per_result` spend / results, `roas` purchase value / spend, all from sums. `results` of different
    kinds are not added up: `None`. For reach and other figures that cannot be added up, returns the figure of a single
    row. Raises `ParameterError` for such a figure of several rows, and for amounts in two currencies.

    >>> rows = [InsightsRow(spend="1.00", clicks=1), InsightsRow(spend="5.00", clicks=3)]
    >>> figure(rows, "spend"), figure(rows, "cpc")
    (Decimal('6.00'), Decimal('1.50'))
    """
    if name in RATIOS:
        return RATIOS[name](rows, definition)
    base = describe(name).kind
    if FIELD_KINDS[base].why_not and len(rows) == 1 and FIELD_KINDS[base].number:
        field, _, action = name.partition(".")
        value = rows[0].action(action, figure=field) if action else getattr(rows[0], field)
        return value if isinstance(value, int | Decimal) else None
    with localcontext(prec=DIGITS):
        return total(rows, name)


def grouped(rows: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Return rows by a key, in their order."""
    groups: dict[K, list[T]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def counts_people(kind: str) -> bool:
    """Return whether results of a kind cannot be added up over rows, as those that count people."""
    name = kind.partition(".")[0]
    return name in FIELDS and bool(FIELDS[name].why_not)


def one_currency(rows: Iterable[InsightsRow]) -> str:
    """Return the currency of rows, "" if no row has one. Raises `ParameterError` for two currencies."""
    found = sorted({row.account_currency for row in rows if row.account_currency})
    if len(found) > 1:
        raise ParameterError([Violation("rows", found, "amounts of one currency")])
    return found[0] if found else ""


Compute = Callable[[Sequence[InsightsRow], ResultDefinition], Figure | None]


def _ratio(part: str, whole: str, times: int = 1) -> Compute:
    def divide(rows: Sequence[InsightsRow], definition: ResultDefinition) -> Decimal | None:
        above = figure(rows, part, definition)
        return None if above is None else safe_divide(times * above, figure(rows, whole, definition))

    return divide


def _results(rows: Sequence[InsightsRow], definition: ResultDefinition) -> Figure | None:
    kinds = {kind for row in rows if (kind := definition.kind(row)) or row.spend}
    if len(kinds) != 1 or "" in kinds:
        return None
    found = [result.value for row in rows if (result := definition.result(row)) and result.value is not None]
    if counts_people(kinds.pop()) and len(rows) > 1:  # the same person can be in several rows
        return None
    with localcontext(prec=DIGITS):
        return sum(found) if found else None


def _value(rows: Sequence[InsightsRow], _definition: ResultDefinition) -> Decimal | None:
    """Return the value of purchases: Meta's, otherwise ROAS times spend."""
    found = []
    for row in rows:
        values = (row.action(kind, figure="action_values") for kind in action_names("purchase"))
        value = next((Decimal(each) for each in values if each is not None), None)
        if value is None and row.roas is not None and row.spend is not None:
            value = row.roas * row.spend
        found += [] if value is None else [value]
    with localcontext(prec=DIGITS):
        return sum(found, start=Decimal(0)) if found else None


RATIOS: dict[str, Compute] = {
    "results": _results,
    "purchase_value": _value,
    "ctr": _ratio("clicks", "impressions", 100),
    "cpc": _ratio("spend", "clicks"),
    "cpm": _ratio("spend", "impressions", 1000),
    "inline_link_click_ctr": _ratio("inline_link_clicks", "impressions", 100),
    "cost_per_inline_link_click": _ratio("spend", "inline_link_clicks"),
    "conversion_rate": _ratio("results", "clicks", 100),
    "cost_per_result": _ratio("spend", "results"),
    "roas": _ratio("purchase_value", "spend"),
}
"""Figures computed from sums, and figures whose field depends on the row: results and purchase value."""
