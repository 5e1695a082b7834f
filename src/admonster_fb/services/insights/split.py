"""Splits a query by date, object or field into smaller ones that together have the same rows. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar

from admonster_fb.models.insights.dates import DAY, SETTLES
from admonster_fb.models.insights.fields import FIELDS, by_type
from admonster_fb.rules.insights import PEOPLE

T = TypeVar("T")
Params = Mapping[str, Any]

MAX_CHUNKS = 4  # parts per split: each part that is still too large costs another job
LEVELS = ("campaign", "adset", "ad")
LOOKBACK = SETTLES + DAY
"""Time before a window in which an object with rows in it may have been seen: conversions arrive late."""


@dataclass(frozen=True, slots=True)
class SubQuery:
    """A part of a query, with its own parameters, fields and objects (ids at a level; no ids: all objects)."""

    params: Params
    fields: tuple[str, ...]
    level: str = ""
    ids: tuple[str, ...] = ()

    @property
    def sent(self) -> dict[str, Any]:
        """The parameters to send, with the objects as a filter."""
        if not self.ids:
            return dict(self.params)
        objects = {"field": f"{self.level}.id", "operator": "IN", "value": [*self.ids]}
        return {**self.params, "filtering": [*self.params.get("filtering", ()), objects]}

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of objects down to that of its rows."""
        rows = self.params.get("level")
        return LEVELS[: LEVELS.index(rows) + 1] if rows in LEVELS else ()

    def __str__(self) -> str:
        days = self.params.get("time_range") or {}
        about = [f"{days['since']} to {days['until']}"] if days else []
        about += [f"{len(self.ids)} of level {self.level}"] if self.ids else []
        return ", ".join([*about, f"{len(self.fields)} fields"])


def chunk(items: Sequence[T]) -> list[Sequence[T]]:
    """Split items into at most `MAX_CHUNKS` chunks of about the same length. Empty for fewer than two items."""
    count = min(MAX_CHUNKS, len(items))
    if count < 2:
        return []
    size, more = divmod(len(items), count)
    starts = [number * size + min(number, more) for number in range(count + 1)]
    return [items[start:end] for start, end in pairwise(starts)]


def by_date(query: SubQuery) -> list[SubQuery]:
    """Split a query by days, at the ends of rows. Empty if a row covers the whole window.

    >>> [str(part) for part in by_date(SubQuery({"time_range": {"since": "2026-01-01", "until": "2026-01-03"},
    ...     "time_increment": 2}, ("spend",)))]
    ['2026-01-01 to 2026-01-02, 1 fields', '2026-01-03 to 2026-01-03, 1 fields']
    """
    if ranges := query.params.get("time_ranges"):
        return [replace(query, params={**query.params, "time_ranges": [*some]}) for some in chunk(ranges)]
    window, step = query.params.get("time_range"), str(query.params.get("time_increment") or "all_days")
    if not window or step == "all_days":
        return []
    blocks = [*_blocks(date.fromisoformat(window["since"]), date.fromisoformat(window["until"]), step)]
    spans = [{"since": str(group[0][0]), "until": str(group[-1][1])} for group in chunk(blocks)]
    return [replace(query, params={**query.params, "time_range": span}) for span in spans]


def _blocks(since: date, until: date, step: str) -> Iterator[tuple[date, date]]:
    """Yield first and last day of each row."""
    while since <= until:
        next_month = (since.replace(day=28) + 4 * DAY).replace(day=1)
        after = next_month if step == "monthly" else since + int(step) * DAY
        yield since, min(after - DAY, until)
        since = after


def next_level(query: SubQuery) -> str:
    """Return the level whose ids can split a query further, or "" at the level of its rows."""
    after = query.levels.index(query.level) + 1 if query.level in query.levels else 0
    return next(iter(query.levels[after:]), "")


def by_ids(query: SubQuery, level: str, ids: Sequence[str]) -> list[SubQuery]:
    """Split a query by objects. Empty for a single object."""
    return [replace(query, level=level, ids=tuple(group)) for group in chunk(ids)]


def as_id_lookup(query: SubQuery, level: str, first: date = date.min) -> SubQuery:
    """Return the query for the ids of a level's objects in a query: those seen since 29 days before its first day.

    `first` is the first day that Meta stores.
    """
    times = {name: value for name, value in query.params.items() if name in ("date_preset", "time_range")}
    ranges = [times["time_range"]] if "time_range" in times else query.params.get("time_ranges") or []
    if ranges:
        since = min(date.fromisoformat(window["since"]) for window in ranges) - LOOKBACK
        times = {"time_range": {"since": str(max(since, first)), "until": max(window["until"] for window in ranges)}}
    return replace(query, params={**times, "level": level}, fields=(f"{level}_id",))


def keys(query: SubQuery) -> tuple[str, ...]:
    """Return the fields that identify a row of a query."""
    # Only with ranges can two rows begin on the same day. The last day of `maximum` changes while jobs run.
    days = ("date_start", "date_stop") if "time_ranges" in query.params else ("date_start",)
    ids = (f"{level}_id" for level in query.levels)
    return (*days, "account_id", *ids, *query.params.get("breakdowns", ()))


def by_fields(query: SubQuery) -> list[SubQuery]:
    """Split a query by fields, counts of people first. `keys` join the rows of the parts.

    >>> [part.fields for part in by_fields(SubQuery({}, ("spend", "reach", "clicks")))]
    [('account_id', 'reach'), ('account_id', 'spend', 'clicks')]
    """
    base = [name for name in keys(query) if name.endswith("_id")]
    if "frequency_value" in query.params.get("breakdowns", ()):
        base.append("reach")  # Meta allows this breakdown only with reach
    rest = [name for name in query.fields if name not in base]
    with_breakdowns = "action_breakdowns" in query.params
    together = [name for name in rest if with_breakdowns and name in FIELDS and by_type(name)]
    people = [name for name in rest if PEOPLE.fullmatch(name) and name not in together]
    others = [name for name in rest if name not in together and name not in people]
    groups = [group for group in (together, people, others) if group]
    if len(groups) == 1 and not together:
        groups = [[*group] for group in chunk(groups[0])]
    if len(groups) < 2:
        return []
    plain = {name: value for name, value in query.params.items() if name != "action_breakdowns"}
    return [
        replace(query, params=query.params if group == together else plain, fields=(*base, *group)) for group in groups
    ]
