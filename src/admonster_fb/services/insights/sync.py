"""Daily insights kept up to date: days that are missing or may have changed are read and replaced as a whole."""

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
from admonster_fb.services._base import today_of
from admonster_fb.services.insights import split
from admonster_fb.services.insights.query import Query, build_query
from admonster_fb.services.insights.report import Rows
from admonster_fb.services.insights.split import SubQuery
from admonster_fb.services.insights.sync_stores import SyncedDay, Table, open_store
from admonster_fb.transport.transport import Transport

BLOCK_DAYS = 7
"""Days that are read and replaced at once."""
_SOURCE_PARAMS = ("filtering", "action_attribution_windows", "action_breakdowns")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Synced:
    """The result of a sync: the days and rows that it read, and what the store holds."""

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
    """Read the days that a store lacks or that may have changed, up to yesterday in the account's time zone."""
    base = cast("InsightsQuery", {**checked(DailyQuery, dict(params)), "time_increment": 1})
    today = today_of(transport, build_query(transport, object_id, fields, base).object_id)
    first = since or today - lookback * DAY
    query = _between(transport, object_id, fields, base, first, today - DAY)
    table = _table(query)
    opened = open_store(store, table)
    stored = opened.days()
    first = min([first, *stored])
    due = [day for day in _days(first, today - DAY) if _is_due(stored.get(day), day, lookback, query.fields)]
    rows = 0
    for number, block in enumerate(blocks := [*_blocks(due)], 1):
        part = _between(transport, object_id, query.fields, base, block[0], block[-1])
        pages = Rows(part, part.call(transport), transport).or_report().raw()
        rows += opened.put(block, pages, today)
        if progress:
            progress(number, len(blocks))
    return Synced(str(store), table.name, tuple(due), rows, len({*stored, *due}), query.metadata(transport))


def _between(
    transport: Transport,
    object_id: str,
    fields: Sequence[str] | None,
    base: InsightsQuery,
    since: date,
    until: date,
) -> Query:
    window: InsightsQuery = {**base, "time_range": {"since": str(since), "until": str(until)}}
    return build_query(transport, object_id, fields, window)


def _table(query: Query) -> Table:
    """Return the table of a query, by level and breakdowns. Filters and attribution windows are part of `source`."""
    params = query.params
    name = "_by_".join([f"insights_{params.get('level') or 'own'}", *query.breakdowns])
    special = {name: params[name] for name in _SOURCE_PARAMS if name in params}
    mark = hashlib.sha256(json.dumps(special, sort_keys=True).encode()).hexdigest()[:8] if special else ""
    source = f"{query.object_id}~{mark}" if mark else query.object_id
    keys = split.keys(SubQuery(params, query.fields))
    known = tuple(key for key in keys if key in ("date_start", *query.fields, *query.breakdowns))
    return Table(name, source, known, query.fields, query.breakdowns)


def _is_due(stored: SyncedDay | None, day: date, lookback: int, fields: Iterable[str]) -> bool:
    """Return whether a day has to be read: it is missing, lacks fields, or could still change when it was read."""
    return stored is None or not stored.fields >= {*fields} or stored.read_on < day + lookback * DAY


def _days(since: date, until: date) -> Iterator[date]:
    while since <= until:
        yield since
        since += DAY


def _blocks(days: Sequence[date]) -> Iterator[list[date]]:
    """Yield runs of days without a gap, each at most `BLOCK_DAYS` long."""
    block: list[Any] = []
    for day in days:
        if block and (day - block[-1] > DAY or len(block) == BLOCK_DAYS):
            yield block
            block = []
        block.append(day)
    if block:
        yield block
