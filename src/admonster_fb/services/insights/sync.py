"""Daily insights kept up to date: days that are missing or may have changed are read and replaced as a whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from admonster_fb.models._params import checked
from admonster_fb.models.insights.dates import DAY, DETAIL_MONTHS, months_before
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.models.insights.row import DailyQuery, InsightsQuery
from admonster_fb.rules import insights as rules
from admonster_fb.services._base import today_of
from admonster_fb.services.insights.query import Query, build_query
from admonster_fb.services.insights.report import Rows
from admonster_fb.services.insights.rows import resumable
from admonster_fb.services.insights.sync_stores import SyncedDay, Table, open_store
from admonster_fb.transport.transport import Transport

BLOCK_DAYS = 7  # days that are read and replaced at once
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
    gone: int = 0
    """Stored rows of the days read whose objects Meta lists no longer: the column `gone_since` says since when."""
    unlisted_spend: Decimal | None = None
    """Spend of the days read that no stored row has: of objects deleted or archived before they were ever read."""
    final: int = 0
    """Stored days that Meta keeps no longer; they stay as they are."""


@dataclass(frozen=True, slots=True)
class _Source:
    """The daily query of a store, for any window of days."""

    transport: Transport
    object_id: str
    fields: tuple[str, ...] | None
    base: InsightsQuery
    today: date

    def query(self, since: date, until: date) -> Query:
        window: InsightsQuery = {**self.base, "time_range": {"since": str(since), "until": str(until)}}
        return build_query(self.transport, self.object_id, self.fields, window)

    @property
    def first(self) -> date:
        """The first day that Meta still has."""
        account = self.object_id.startswith("act_")
        return rules.first_day(rules.ValidatedQuery(cast("Any", self.base), self.fields or (), account, self.today))[0]

    @property
    def detailed(self) -> date:
        """The first day that has all default fields."""
        return months_before(self.today, DETAIL_MONTHS)


def sync(
    transport: Transport,
    object_id: str,
    store: Path,
    since: date | None,
    until: date | None,
    lookback: int,
    fields: Sequence[str] | None,
    params: DailyQuery,
    progress: Progress | None,
) -> Synced:
    """Read the days that a store lacks or that may have changed, up to yesterday in the account's time zone.

    With `until`, no day before `since` or after `until` is read, whatever the store lacks.
    """
    base = cast("InsightsQuery", {**checked(DailyQuery, dict(params)), "time_increment": 1})
    built = build_query(transport, object_id, fields, base)
    today = today_of(transport, built.object_id)
    with_id = tuple(filter(None, dict.fromkeys((*fields, _id_field(base))))) if fields else None
    source = _Source(transport, built.object_id, with_id, base, today)
    last = min(until or today, today - DAY)
    first = since or last + DAY - lookback * DAY
    latest = source.query(today - DAY, today - DAY)
    opened = open_store(store, table := _table(latest))
    stored = opened.days() if store.exists() else {}
    if not stored:
        source.query(first, last)  # refuses days that Meta does not have
    begin = max(first if until else min([first, *stored]), source.first)
    days = [begin + number * DAY for number in range((last - begin).days + 1)]
    meta = source.query(days[0] if days else first, last).metadata(transport)  # refuses a window without days
    due, blocks = _due(days, stored, lookback, source)
    rows = gone = 0
    with resumable(transport, f"{store} {table} {latest} {first} {last}", store.parent) as pages:
        due, blocks = pages.sources.setdefault("blocks", (due, blocks))  # of the run that an error has stopped
        for number, block in enumerate(blocks, 1):
            part = source.query(block[0], block[-1])
            read = Rows(part, part.call(transport), transport).or_report()
            read._store = pages
            put = opened.put(block, read.raw(), today, part.fields)
            rows, gone = rows + put.rows, gone + put.gone
            if progress:
                progress(number, len(blocks))
    spent = _spent(source, due, opened.spend(due)) if "spend" in latest.fields else None
    final = sum(day < source.first for day in stored)
    return Synced(str(store), table.name, tuple(due), rows, len({*stored, *due}), meta, gone, spent, final)


def _id_field(params: Mapping[str, Any]) -> str:
    """Return the field that tells rows of a level apart; "" if all rows are of one object."""
    return "" if params.get("level") in (None, "account") else f"{params['level']}_id"


def _table(query: Query) -> Table:
    """Return the table of a query, by level and breakdowns. Filters and attribution windows are part of `source`."""
    params = query.params
    name = "_by_".join([f"insights_{params.get('level') or 'own'}", *query.breakdowns])
    special = {name: params[name] for name in _SOURCE_PARAMS if name in params}
    mark = hashlib.sha256(json.dumps(special, sort_keys=True).encode()).hexdigest()[:8] if special else ""
    source = f"{query.object_id}~{mark}" if mark else query.object_id
    return Table(name, source, _id_field(params), query.breakdowns)


def _due(
    days: Sequence[date], stored: dict[date, SyncedDay], lookback: int, source: _Source
) -> tuple[list[date], list[list[date]]]:
    """Return the days to read and their blocks: days that are missing, lack fields, or could change when read.

    A block is a run of days without a gap, at most `BLOCK_DAYS` long.
    """
    due, blocks = list[date](), list[list[date]]()
    old = [day for day in days if day < source.detailed]
    for part in (old, days[len(old) :]):  # default fields differ: old days have no people with breakdowns
        if not part:
            continue
        fields = {*source.query(part[0], part[0]).fields}
        read = {day: stored[day] for day in part if day in stored and stored[day].fields >= fields}
        mine = [day for day in part if day not in read or read[day].read_on < day + lookback * DAY]
        for day in mine:
            if day == mine[0] or day - due[-1] > DAY or len(blocks[-1]) == BLOCK_DAYS:
                blocks.append([])
            blocks[-1].append(day)
            due.append(day)
    return due, blocks


def _spent(source: _Source, due: Sequence[date], stored: Decimal | None) -> Decimal | None:
    """Return the spend of the days read that no row has, from the object itself; `None` if that cannot be said."""
    transport, split = source.transport, source.base.get("filtering") or source.base.get("breakdowns")
    if not due or stored is None or split or not _id_field(source.base):
        return None
    window: InsightsQuery = {"time_range": {"since": str(due[0]), "until": str(due[-1])}, "time_increment": 1}
    query = build_query(transport, source.object_id, ("spend",), window)
    read = {str(day) for day in due}
    spend = sum((row.spend or 0 for row in Rows(query, query.call(transport), transport) if row.date_start in read), 0)
    return Decimal(spend) - stored
