"""One period against another, and the parts of a breakdown against the whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from admonster_fb.analysis.change import Change, Figure, safe_divide
from admonster_fb.analysis.figures import RATIOS, ResultDefinition, figure, one_currency
from admonster_fb.models.insights.fields import describe
from admonster_fb.models.insights.row import InsightsRow

FIELDS = ("spend", "impressions", "clicks", "ctr", "cpc", "cpm", "results", "cost_per_result", "roas")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """What changed of one key, by field."""

    key: Key
    name: str
    """The campaign's, ad set's or ad's name as it is now, else the key in words."""
    changes: dict[str, Change]

    def __getitem__(self, field: str) -> Change:
        return self.changes[field]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two periods side by side. Amounts are in major units of `currency`."""

    by: tuple[str, ...]
    currency: str
    rows: tuple[Compared, ...]
    """A row for each key of either period, in the order in which they came, the later period's first."""
    total: Compared
    """All rows together; what cannot be added up is `None` there."""


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a breakdown against the whole; shares are in percent."""

    value: str
    spend: Figure | None
    share_of_spend: Decimal | None
    results: Figure | None
    share_of_results: Decimal | None
    cost_per_result: Decimal | None
    against_whole: Change
    """The whole's cost per result as `before`, this one's as `after`."""


def compare(
    before: Iterable[InsightsRow],
    after: Iterable[InsightsRow],
    by: Sequence[str] = ("campaign_id",),
    fields: Sequence[str] = FIELDS,
    *,
    goal: str | None = None,
    event: str | None = None,
) -> Comparison:
    """Set two periods side by side: for each key and field before, after, difference and change in percent.

    `by` names what tells rows apart: ids, names, days, breakdowns. Several rows of a key are taken together: counts and
    amounts added up, ratios (ctr, cpc, cpm, cost_per_result, roas) worked out anew from the sums, never averaged. The
    change is 100 * (after - before) / before, `None` where before is absent or zero; absent is not zero. Results of
    different kinds have no total, nor have reach and frequency. Raises `ParameterError` for amounts in two currencies,
    unknown fields, and reach of several rows of one key. `goal` and `event` as in `InsightsRow.results`.

    >>> week = compare([InsightsRow(campaign_id="1", spend="4")], [InsightsRow(campaign_id="1", spend="5")])
    >>> week.rows[0]["spend"].difference, week.total["spend"].percent
    (Decimal('1'), Decimal('25'))
    """
    old, new = [*before], [*after]
    currency = one_currency([*old, *new])
    aim = ResultDefinition(goal, event)
    _known([*by, *fields])
    olds, news = _grouped(old, by), _grouped(new, by)
    rows = tuple(_compared(key, olds.get(key, []), news.get(key, []), by, fields, aim) for key in {**news, **olds})
    sums = [name for name in fields if _adds(name)]
    whole = _compared((), old, new, (), sums, aim)
    changes = {name: whole.changes.get(name, Change(None, None)) for name in fields}
    return Comparison((*by,), currency, rows, Compared((), "Total", changes))


def contrast(
    rows: Iterable[InsightsRow], breakdown: str = "age", *, goal: str | None = None, event: str | None = None
) -> tuple[Part, ...]:
    """Set the parts of a breakdown against the whole: share of spend, share of results, cost per result.

    A share is 100 * part / sum of the parts. A part with a larger share of spend than of results costs more per result
    than the whole does. Dearest first. Rows by account tell no objective: say `goal`.

    >>> rows = [InsightsRow(age=age, spend="5", actions=[{"action_type": "lead", "value": n}])
    ...         for age, n in (("18-24", "1"), ("25-34", "4"))]
    >>> [(part.value, part.share_of_spend, part.share_of_results) for part in contrast(rows, goal="OUTCOME_LEADS")]
    [('18-24', Decimal('50'), Decimal('20')), ('25-34', Decimal('50'), Decimal('80'))]
    """
    every = [*rows]
    one_currency(every)
    _known([breakdown])
    aim = ResultDefinition(goal, event)
    whole = {name: figure(every, name, aim) for name in ("spend", "results", "cost_per_result")}

    def part(value: str, some: list[InsightsRow]) -> Part:
        spend, results = figure(some, "spend", aim), figure(some, "results", aim)
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

    parts = [part(key[0], some) for key, some in _grouped(every, (breakdown,)).items()]
    return tuple(sorted(parts, key=lambda each: (each.spend is None, -(each.spend or 0))))


def _grouped(rows: Iterable[InsightsRow], by: Sequence[str]) -> dict[Key, list[InsightsRow]]:
    groups: dict[Key, list[InsightsRow]] = {}
    for row in rows:
        groups.setdefault(tuple(str(getattr(row, name, None) or "") for name in by), []).append(row)
    return groups


def _compared(
    key: Key,
    old: list[InsightsRow],
    new: list[InsightsRow],
    by: Sequence[str],
    fields: Sequence[str],
    aim: ResultDefinition,
) -> Compared:
    changes = {name: Change(figure(old, name, aim), figure(new, name, aim)) for name in fields}
    return Compared(key, _name(new or old, key, by), changes)


def _name(rows: list[InsightsRow], key: Key, by: Sequence[str]) -> str:
    levels = [name.removesuffix("_id") for name in by if name.endswith("_id")]
    told = [getattr(rows[-1], f"{level}_name", None) for level in levels] if rows else []
    return str(told[-1]) if told and told[-1] else " | ".join(key)


def _adds(name: str) -> bool:
    return name in RATIOS or describe(name).additive


def _known(names: Sequence[str]) -> None:
    """Raise `ParameterError` for a name that is no field."""
    for name in names:
        if name not in RATIOS:
            describe(name)
