"""Why the cost per result changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from admonster_fb.analysis.change import DIGITS, Change
from admonster_fb.analysis.figures import ResultDefinition, figure, one_currency
from admonster_fb.analysis.formatting import money
from admonster_fb.models.insights.row import InsightsRow

STEP = Decimal("0.000001")
"""Rounding of shares, in major units; they add up to the rounded difference exactly."""
_FACTOR_NAMES = {
    "cpm": "the price of 1,000 impressions",
    "ctr": "the share of impressions that are clicked (CTR)",
    "conversion_rate": "the share of clicks with a result",
    "impressions": "the number of impressions",
}
# A figure is the product of its factors to these powers. Constants have no share.
_COST = (("cpm", 1), ("ctr", -1), ("conversion_rate", -1))
_SPEND = (("impressions", 1), ("cpm", 1))


@dataclass(frozen=True, slots=True)
class Share:
    """The contribution of one factor to the change of the figure, in major units."""

    factor: str
    change: Change
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Explained:
    """The change of one figure; the shares of its factors add up to `difference` exactly."""

    figure: str
    change: Change
    difference: Decimal
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why cost per result and spend changed; `None` if that cannot be explained, with the reason in `why_not`."""

    currency: str
    cost_per_result: Explained | None
    spend: Explained | None
    why_not: str = ""

    def lines(self) -> list[str]:
        """Return the explanation in words, the largest share first.

        >>> Explanation("USD", None, None, "no results before").lines()
        ['Cannot be explained: no results before']
        """
        explained = [part for part in (self.cost_per_result, self.spend) if part]
        lines = [line for part in explained for line in _lines(part, self.currency)]
        return [*lines, *([f"Cannot be explained: {self.why_not}"] if self.why_not else [])]


def explain(
    before: Iterable[InsightsRow],
    after: Iterable[InsightsRow],
    *,
    goal: str | None = None,
    event: str | None = None,
) -> Explanation:
    """Explain a change of cost per result by CPM, CTR and conversion rate, and one of spend by impressions and CPM.

    cost per result = CPM / 1000 / CTR / conversion rate, where CTR is clicks / impressions and conversion rate is
    results / clicks. spend = impressions * CPM / 1000. A factor that goes from f0 to f1 has the share L * ln(f1 / f0),
    with the opposite sign if it is a divisor; L = (c1 - c0) / (ln c1 - ln c0) is the logarithmic mean of the figure.
    The order of factors does not matter, and there is no remainder: shares are rounded to 0.000001 and the largest
    takes the difference. Raises `ParameterError` for two currencies.

    >>> row = dict(impressions=1000, clicks=10, actions=[{"action_type": "lead", "value": "2"}])
    >>> why = explain([InsightsRow(spend="4", **row)], [InsightsRow(spend="6", **row)], goal="OUTCOME_LEADS")
    >>> print(why.lines()[0])
    Cost per result rose by 1.00 to 3.00 (+50.0 %)
    >>> [(share.factor, share.amount) for share in why.cost_per_result.shares][0]
    ('cpm', Decimal('1.000000'))
    """
    old, new = [*before], [*after]
    currency = one_currency([*old, *new])
    definition = ResultDefinition(goal, event)
    cost = _explained("cost_per_result", _COST, old, new, definition)
    spend = _explained("spend", _SPEND, old, new, definition)
    return Explanation(currency, cost, spend, "" if cost else _why_not(old, new, definition))


def _explained(
    name: str,
    factors: Sequence[tuple[str, int]],
    old: list[InsightsRow],
    new: list[InsightsRow],
    definition: ResultDefinition,
) -> Explained | None:
    with localcontext(prec=DIGITS):
        whole = Change(figure(old, name, definition), figure(new, name, definition))
        parts = {
            factor: Change(figure(old, factor, definition), figure(new, factor, definition)) for factor, _ in factors
        }
        if not all(_positive(change) for change in (whole, *parts.values())):
            return None
        mean = _log_mean(Decimal(whole.before or 0), Decimal(whole.after or 0))
        difference = Decimal(whole.difference or 0).quantize(STEP)
        amounts = {factor: (sign * mean * _log(parts[factor])).quantize(STEP) for factor, sign in factors}
        largest = max(amounts, key=lambda factor: abs(amounts[factor]))
        amounts[largest] += difference - sum(amounts.values())
        shares = [Share(factor, parts[factor], amount) for factor, amount in amounts.items()]
    return Explained(name, whole, difference, tuple(sorted(shares, key=lambda share: -abs(share.amount))))


def _positive(change: Change) -> bool:
    return bool(change.before and change.after and change.before > 0 and change.after > 0)


def _log(change: Change) -> Decimal:
    return (Decimal(change.after or 1) / Decimal(change.before or 1)).ln()


def _log_mean(before: Decimal, after: Decimal) -> Decimal:
    return before if before == after else (after - before) / (after / before).ln()


def _why_not(old: list[InsightsRow], new: list[InsightsRow], definition: ResultDefinition) -> str:
    for when, rows in (("before", old), ("after", new)):
        for name in ("impressions", "clicks", "spend", "results"):
            found = figure(rows, name, definition)
            if not found or found < 0:
                return f"no {name} {when}" if rows else f"no rows {when}"
    return ""


def _lines(explained: Explained, currency: str) -> list[str]:
    verb = "rose" if explained.difference > 0 else "fell" if explained.difference < 0 else "stayed the same"
    name = explained.figure.replace("_", " ").capitalize()
    percent = explained.change.percent
    moved = f" by {money(abs(explained.difference), currency)} to" if explained.difference else " at"
    head = f"{name} {verb}{moved} {money(explained.change.after or 0, currency)}"
    return [
        head + (f" ({percent:+.1f} %)" if percent else ""),
        *(
            f"  {_signed(share.amount, currency)} by {_FACTOR_NAMES[share.factor]}{_percent(share)}"
            for share in explained.shares
        ),
    ]


def _percent(share: Share) -> str:
    return "" if share.change.percent is None else f" ({share.change.percent:+.1f} %)"


def _signed(amount: Decimal, currency: str) -> str:
    return f"{'-' if amount < 0 else '+'}{money(abs(amount), currency)}"
