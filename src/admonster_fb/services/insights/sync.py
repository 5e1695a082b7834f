"""Daily figures kept up to date: days that are missing or may have moved are read again, whole, and replaced."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from admonster_fb.models._params import checked
from admonster_fb.models.insights.dates import DAY
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.models.insights.row import DailyQuery, InsightsQuery
from admonster_fb.services.insights import split
from admonster_fb.services.insights.query import Query, ask, today_of
from admonster_fb.services.insights.report import Rows
from admonster_fb.services.insights.split import Part
from admonster_fb.services.insights.sync_stores import Table, Told, store_at
from admonster_fb.transport.transport import Transport

BLOCK = 7
"""How many days are read, and replaced, at once."""
_APART = ("filtering", "action_attribution_windows", "action_breakdowns")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync has read: days and rows, and what the stored figures are about."""

    store: str
    table: str
    days_read: tuple[date, ...]
    rows: int
    days_stored: int
    meta: InsightsMeta


def sync(
    transport: Transport,
    object_id: str,
    store: Path,
    since: date | None,
    lookback: int,
    fields: Sequence[str] | None,
    params: DailyQuery,
    progress: Progress | None,
) -> Synced:
    """Read into a store what it lacks or what has not settled, up to yesterday in the account's time zone."""
    base = cast("InsightsQuery", {**checked(DailyQuery, dict(params)), "time_increment": 1})
    today = today_of(transport, ask(transport, object_id, fields, base).object_id)
    first = since or today - lookback * DAY
    whole = _between(transport, object_id, fields, base, first, today - DAY)
    kept = store_at(store, _table(whole))
    told = kept.days()
    first = min([first, *told])
    wanted = [day for day in _days(first, today - DAY) if _due(told.get(day), day, lookback, whole.fields)]
    rows = 0
    for number, block in enumerate(blocks := [*_blocks(wanted)]):
        query = _between(transport, object_id, whole.fields, base, block[0], block[-1])
        pages = Rows(query, query.call(transport), transport).or_report().raw()
        rows += kept.put(block, pages, today)
        if progress:
            progress(number + 1, len(blocks))
    return Synced(str(store), _table(whole).name, tuple(wanted), rows, len({*told, *wanted}), whole.about(transport))


def _between(
    transport: Transport,
    object_id: str,
    fields: Sequence[str] | None,
    base: InsightsQuery,
    since: date,
    until: date,
) -> Query:
    window: InsightsQuery = {**base, "time_range": {"since": str(since), "until": str(until)}}
    return ask(transport, object_id, fields, window)


def _table(query: Query) -> Table:
    """Return which rows these are: a table per level and breakdowns; filters and windows make another source."""
    params = query.params
    name = "_by_".join([f"insights_{params.get('level') or 'own'}", *query.breakdowns])
    apart = {name: params[name] for name in _APART if name in params}
    mark = hashlib.sha256(json.dumps(apart, sort_keys=True).encode()).hexdigest()[:8] if apart else ""
    source = f"{query.object_id}~{mark}" if mark else query.object_id
    keys = split.keys(Part(params, query.fields))
    known = tuple(key for key in keys if key in ("date_start", *query.fields, *query.breakdowns))
    return Table(name, source, known, query.fields, query.breakdowns)


def _due(told: Told | None, day: date, lookback: int, fields: Iterable[str]) -> bool:
    """Tell whether a day has to be read: it is missing, has other fields, or had not settled when it was read."""
    return told is None or not told.fields >= {*fields} or told.read_on < day + lookback * DAY


def _days(since: date, until: date) -> Iterator[date]:
    while since <= until:
        yield since
        since += DAY


def _blocks(days: Sequence[date]) -> Iterator[list[date]]:
    """Yield runs of days without a gap, none longer than `BLOCK`."""
    block: list[Any] = []
    for day in days:
        if block and (day - block[-1] > DAY or len(block) == BLOCK):
            yield block
            block = []
        block.append(day)
    if block:
        yield block
