"""Comparing two periods, and the parts of a breakdown with the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from admonster_fb.analysis.change import Change, Figure, safe_divide
from admonster_fb.analysis.figures import RATIOS, ResultDefinition, figure, grouped, one_currency
from admonster_fb.models.insights.fields import describe
from admonster_fb.models.insights.row import InsightsRow

FIELDS = ("spend", "impressions", "clicks", "ctr", "cpc", "cpm", "results", "cost_per_result", "roas")
Key = tuple[str, ...]


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
    rows = tuple(
        _compared(key, olds.get(key, []), news.get(key, []), by, fields, definition) for key in {**news, **olds}
    )
    sums = [name for name in fields if name in RATIOS or describe(name).additive]
    whole = _compared((), old, new, (), sums, definition)
    changes = {name: whole.changes.get(name, Change(None, None)) for name in fields}
    return Comparison((*by,), currency, rows, Compared((), "Total", changes))


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

    def build_part(value: str, part: list[InsightsRow]) -> Part:
        spend, results = figure(part, "spend", definition), figure(part, "results", definition)
        cost = safe_divide(spend, results)
        return Part(
            value,
            spend,
            safe_divide(None if spend is None else 100 * spend, whole["spend"]),
            results,
            safe_divide(None if results is None else 100 * results, whole["results"]),
            cost,
            Change(whole["cost_per_result"], cost),
        )

    parts = [build_part(key[0], group) for key, group in _group(every, (breakdown,)).items()]
    return tuple(sorted(parts, key=lambda part: (part.spend is None, -(part.spend or 0))))


def _group(rows: Iterable[InsightsRow], by: Sequence[str]) -> dict[Key, list[InsightsRow]]:
    return grouped(rows, lambda row: tuple(str(getattr(row, name, None) or "") for name in by))


def _compared(
    key: Key,
    old: list[InsightsRow],
    new: list[InsightsRow],
    by: Sequence[str],
    fields: Sequence[str],
    definition: ResultDefinition,
) -> Compared:
    changes = {name: Change(figure(old, name, definition), figure(new, name, definition)) for name in fields}
    return Compared(key, _name(new or old, key, by), changes)


def _name(rows: list[InsightsRow], key: Key, by: Sequence[str]) -> str:
    levels = [name.removesuffix("_id") for name in by if name.endswith("_id")]
    names = [getattr(rows[-1], f"{level}_name", None) for level in levels] if rows else []
    return str(names[-1]) if names and names[-1] else " | ".join(key)


def _check_fields(names: Sequence[str]) -> None:
    """Raise `ParameterError` for an unknown field."""
    for name in names:
        if name not in RATIOS:
            describe(name)
