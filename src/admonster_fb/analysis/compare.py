"""Comparing two periods, explaining why cost per result and spend changed, and parts of a breakdown with the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from admonster_fb.analysis.change import DIGITS, Change, Figure, safe_divide
from admonster_fb.analysis.figures import RATIOS, ResultDefinition, figure, grouped, one_currency
from admonster_fb.analysis.formatting import money
from admonster_fb.models.insights.fields import describe
from admonster_fb.models.insights.row import InsightsRow

FIELDS = ("spend", "impressions", "clicks", "ctr", "cpc", "cpm", "results", "cost_per_result", "roas")
Key = tuple[str, ...]
Rows = list[InsightsRow]
STEP = Decimal("0.000001")
"""Rounding of shares, in major units; they add up to the rounded difference exactly."""
_FACTOR_NAMES = {
    "cpm": "the price of 1,000 impressions",
    "ctr": "the share of impressions that are clicked (CTR)",
    "conversion_rate": "the share of clicks with a result",
    "impressions": "the number of impressions",
}
# A figure is the product of its factors to these powers. Constants have no share.
_FACTORS = {"cost_per_result": {"cpm": 1, "ctr": -1, "conversion_rate": -1}, "spend": {"impressions": 1, "cpm": 1}}


@dataclass(frozen=True, slots=True)
class Compared:
    """The changes of one key, by field."""

    key: Key
    name: str
    """The latest name of the campaign, ad set or ad; otherwise the key as text."""
    changes: dict[str, Change]

    def __getitem__(self, field: str) -> Change:
        return self.changes[field]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two periods compared. Amounts are in major units of `currency`."""

    by: tuple[str, ...]
    currency: str
    rows: tuple[Compared, ...]
    """A row for each key of either period, in the order of the rows, the later period first."""
    total: Compared
    """All rows together; figures that cannot be added up are `None`."""


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a breakdown, compared with the whole; shares are in percent."""

    value: str
    spend: Figure | None
    share_of_spend: Decimal | None
    results: Figure | None
    share_of_results: Decimal | None
    cost_per_result: Decimal | None
    against_whole: Change
    """The cost per result of the whole as `before`, of this part as `after`."""


def compare(
    before: Iterable[InsightsRow],
    after: Iterable[InsightsRow],
    by: Sequence[str] = ("campaign_id",),
    fields: Sequence[str] = FIELDS,
    *,
    goal: str | None = None,
    event: str | None = None,
) -> Comparison:
    """Compare two periods: for each key and field before, after, difference and change in percent.

    `by` names the fields of the key: IDs, names, days, breakdowns. Rows with the same key are combined: counts and
    amounts are added up, ratios (ctr, cpc, cpm, cost_per_result, roas) are computed from the sums, never averaged. The
    change is 100 * (after - before) / before, `None` if `before` is absent or zero; absent is not zero. Results of
    different kinds have no total; neither have reach and frequency. Raises `ParameterError` for amounts in two
    currencies, unknown fields, and reach of several rows of one key. `goal` and `event` as in `InsightsRow.result`.

    >>> week = compare([InsightsRow(campaign_id="1", spend="4")], [InsightsRow(campaign_id="1", spend="5")])
    >>> week.rows[0]["spend"].difference, week.total["spend"].percent
    (Decimal('1'), Decimal('25'))
    """
    old, new = [*before], [*after]
    currency = one_currency([*old, *new])
    definition = ResultDefinition(goal, event)
    _check_fields([*by, *fields])
    olds, news = _group(old, by), _group(new, by)
    rows = []
    for key in {**news, **olds}:
        sides = olds.get(key, []), news.get(key, [])
        rows.append(Compared(key, _name(sides[1] or sides[0], key, by), _changes(fields, *sides, definition)))
    sums = [name for name in fields if name in RATIOS or describe(name).additive]
    changes = {**dict.fromkeys(fields, Change(None, None)), **_changes(sums, old, new, definition)}
    return Comparison((*by,), currency, (*rows,), Compared((), "Total", changes))


def contrast(
    rows: Iterable[InsightsRow], breakdown: str = "age", *, goal: str | None = None, event: str | None = None
) -> tuple[Part, ...]:
    """Compare the parts of a breakdown with the whole: share of spend, share of results, cost per result. By spend.

    A share is 100 * part / sum of the parts. A part with a larger share of spend than of results has a higher cost per
    result than the whole. Rows of an account have no objective: pass `goal`.

    >>> rows = [InsightsRow(age=age, spend="5", actions=[{"action_type": "lead", "value": n}])
    ...         for age, n in (("18-24", "1"), ("25-34", "4"))]
    >>> [(part.value, part.share_of_spend, part.share_of_results) for part in contrast(rows, goal="OUTCOME_LEADS")]
    [('18-24', Decimal('50'), Decimal('20')), ('25-34', Decimal('50'), Decimal('80'))]
    """
    every = [*rows]
    one_currency(every)
    _check_fields([breakdown])
    definition = ResultDefinition(goal, event)
    whole = {name: figure(every, name, definition) for name in ("spend", "results", "cost_per_result")}
    parts = []
    for (value,), group in _group(every, (breakdown,)).items():
        own = {name: figure(group, name, definition) for name in ("spend", "results")}
        shares = {name: safe_divide(None if part is None else 100 * part, whole[name]) for name, part in own.items()}
        cost = safe_divide(own["spend"], own["results"])
        sides = own["spend"], shares["spend"], own["results"], shares["results"]
        parts.append(Part(value, *sides, cost, Change(whole["cost_per_result"], cost)))
    return tuple(sorted(parts, key=lambda part: (part.spend is None, -(part.spend or 0))))


def _group(rows: Iterable[InsightsRow], by: Sequence[str]) -> dict[Key, Rows]:
    return grouped(rows, lambda row: tuple(str(getattr(row, name, None) or "") for name in by))


def _changes(names: Iterable[str], old: Rows, new: Rows, definition: ResultDefinition) -> dict[str, Change]:
    return {name: Change(figure(old, name, definition), figure(new, name, definition)) for name in names}


def _name(rows: Rows, key: Key, by: Sequence[str]) -> str:
    levels = [name.removesuffix("_id") for name in by if name.endswith("_id")]
    names = [getattr(rows[-1], f"{level}_name", None) for level in levels] if rows else []
    return str(names[-1]) if names and names[-1] else " | ".join(key)


def _check_fields(names: Sequence[str]) -> None:
    for name in names:
        if name not in RATIOS:
            describe(name)


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
        """Return the explanation in words, the largest share first."""
        lines = []
        for part in (part for part in (self.cost_per_result, self.spend) if part):
            verb = "rose" if part.difference > 0 else "fell" if part.difference < 0 else "stayed the same"
            moved = f" by {money(abs(part.difference), self.currency)} to" if part.difference else " at"
            percent = f" ({part.change.percent:+.1f} %)" if part.change.percent else ""
            figure_name = part.figure.replace("_", " ").capitalize()
            lines.append(f"{figure_name} {verb}{moved} {money(part.change.after or 0, self.currency)}{percent}")
            for share in part.shares:
                amount = f"{'-' if share.amount < 0 else '+'}{money(abs(share.amount), self.currency)}"
                percent = "" if share.change.percent is None else f" ({share.change.percent:+.1f} %)"
                lines.append(f"  {amount} by {_FACTOR_NAMES[share.factor]}{percent}")
        return [*lines, *([f"Cannot be explained: {self.why_not}"] if self.why_not else [])]


def explain(
    before: Iterable[InsightsRow], after: Iterable[InsightsRow], *, goal: str | None = None, event: str | None = None
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
    cost, spend = (_explained(name, old, new, definition) for name in ("cost_per_result", "spend"))
    return Explanation(currency, cost, spend, "" if cost else _why_not(old, new, definition))


def _explained(name: str, old: Rows, new: Rows, definition: ResultDefinition) -> Explained | None:
    with localcontext(prec=DIGITS):
        changes = _changes([name, *_FACTORS[name]], old, new, definition)
        pairs = {each: (Decimal(change.before or 0), Decimal(change.after or 0)) for each, change in changes.items()}
        if min(map(min, pairs.values())) <= 0:
            return None
        logs = {each: (after / before).ln() for each, (before, after) in pairs.items()}
        before, after = pairs[name]
        mean = before if before == after else (after - before) / logs[name]
        difference = (after - before).quantize(STEP)
        amounts = {factor: (sign * mean * logs[factor]).quantize(STEP) for factor, sign in _FACTORS[name].items()}
        largest = max(amounts, key=lambda factor: abs(amounts[factor]))
        amounts[largest] += difference - sum(amounts.values())
        shares = [Share(factor, changes[factor], amount) for factor, amount in amounts.items()]
    return Explained(name, changes[name], difference, tuple(sorted(shares, key=lambda share: -abs(share.amount))))


def _why_not(old: Rows, new: Rows, definition: ResultDefinition) -> str:
    for when, rows in (("before", old), ("after", new)):
        for name in ("impressions", "clicks", "spend", "results"):
            found = figure(rows, name, definition)
            if not found or found < 0:
                return f"no {name} {when}" if rows else f"no rows {when}"
    return ""
