"""Daily insights kept up to date in a SQLite file or a folder of Parquet files.

Days that are missing or may have changed are read and replaced as a whole, together with the date of reading; only rows
of objects that are gone stay. If the process is killed at any moment, each day holds the rows of one read.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, cast

from admonster_fb._optional import optional
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.models._node import Map
from admonster_fb.models._params import checked
from admonster_fb.models.insights.dates import DAY, DETAIL_MONTHS, months_before
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS, by_type
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.models.insights.row import DailyQuery, InsightsQuery
from admonster_fb.paths import regular_file
from admonster_fb.rules import insights as rules
from admonster_fb.services._base import today_of
from admonster_fb.services.insights.columns import Columns, ordered
from admonster_fb.services.insights.export import RowBuffer, write_parquet
from admonster_fb.services.insights.query import Query, build_query
from admonster_fb.services.insights.rows import Rows, resumable
from admonster_fb.storage import SQLITE_SUFFIXES, atomic_write, check_sqlite, writing
from admonster_fb.transport.transport import Transport

GONE, REST = "gone_since", "more_columns"
"""Columns of a store: since when an object is gone, and what has no column of its own."""
MAX_COLUMNS = 1_990  # columns of a table in SQLite, which has at most 2,000


@dataclass(frozen=True, slots=True)
class SyncedDay:
    """A stored day: when it was read (a date in the account's time zone), and with which fields."""

    read_on: date
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one query on one object. `id_field` names the object of a row; "" if all rows are of one object."""

    name: str
    source: str
    id_field: str
    breakdowns: tuple[str, ...]


class Stored(NamedTuple):
    """What replacing days has stored: rows of this reading, and rows of objects that it no longer had."""

    rows: int
    gone: int


def open_store(path: Path, table: Table) -> Store:
    """Return the store of a table's days at a path: SQLite if it ends in .db or .sqlite, else a folder for Parquet.

    Rows of objects that a later reading of the day lacks stay, with the day of that reading in `gone_since`: Meta
    leaves out objects that were deleted or archived, although what they spent was spent.
    """
    if path.suffix.lower() in SQLITE_SUFFIXES:
        if path.is_dir() or not path.parent.is_dir():
            raise ParameterError([Violation("store", str(path), "a file in a folder that exists")])
        return SQLiteStore(path, table)
    if path.is_file() or path.suffix:
        raise ParameterError([Violation("store", str(path), "a .sqlite or .db file, or a folder for Parquet")])
    optional("polars")
    optional("pyarrow")
    return ParquetStore(path, table)


class SQLiteStore:
    """A SQLite file with a table per level and breakdowns, and the table `synced` of days and read dates.

    A column whose name differs from an older one in case only gets a suffix. Beyond 1,990 columns, the rest of a row is
    JSON in the column `more_columns`.
    """

    def __init__(self, path: Path, table: Table) -> None:
        self._path, self._table, self._name = path, table, _quoted(table.name)
        self._ids = [table.id_field] if table.id_field else []

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        check_sqlite(self._path)
        try:
            with closing(sqlite3.connect(self._path, timeout=60, isolation_level=None)) as database:
                database.execute("BEGIN IMMEDIATE")
                check_sqlite(self._path, opened=True)
                database.execute(
                    "CREATE TABLE IF NOT EXISTS synced"
                    " (source TEXT, name TEXT, day TEXT, read_on TEXT, fields TEXT, PRIMARY KEY (source, name, day))"
                )
                self._without_key(database)
                columns = ", ".join(f"{_quoted(name)} TEXT" for name in ("source", "date_start", *self._ids, GONE))
                database.execute(f"CREATE TABLE IF NOT EXISTS {self._name} ({columns})")
                for name in {*self._ids, GONE} - {*self._columns(database)}:
                    database.execute(f"ALTER TABLE {self._name} ADD COLUMN {_quoted(name)} TEXT")
                index = _quoted(f"{self._table.name} by day")
                database.execute(f"CREATE INDEX IF NOT EXISTS {index} ON {self._name} (source, date_start)")
                yield database
                database.execute("COMMIT")  # not reached if the block fails: closing rolls back
        except sqlite3.Error as error:
            advice = "Close other programs that use it and free space, or choose another file. Nothing was changed."
            raise FacebookAdsError(f"the store {self._path.name} cannot be used: {error}", advice=advice) from None

    def _without_key(self, database: sqlite3.Connection) -> None:
        """Rebuild a table of an older version, whose primary key could not hold two rows of one key."""
        if any(key for *_, key in database.execute(f"PRAGMA table_info({self._name})")):
            old = _quoted(f"{self._table.name} before")
            database.execute(f"ALTER TABLE {self._name} RENAME TO {old}")
            database.execute(f"CREATE TABLE {self._name} AS SELECT * FROM {old}")  # noqa: S608 - quoted
            database.execute(f"DROP TABLE {old}")

    def _columns(self, database: sqlite3.Connection) -> list[str]:
        return [name for _, name, *_ in database.execute(f"PRAGMA table_info({self._name})")]

    def days(self) -> dict[date, SyncedDay]:
        """Return the stored days."""
        mine = (self._table.source, self._table.name)
        with self._open() as database:
            rows = database.execute("SELECT day, read_on, fields FROM synced WHERE source = ? AND name = ?", mine)
            return {
                date.fromisoformat(day): SyncedDay(date.fromisoformat(read_on), frozenset(json.loads(fields)))
                for day, read_on, fields in rows
            }

    def put(self, days: Sequence[date], pages: Iterable[list[Map]], read_on: date, fields: Sequence[str]) -> Stored:
        """Replace days with rows in one transaction, which starts after all pages have been read."""
        mine, present = (self._table.source, self._table.name), set[tuple[str, str]]()
        with writing(self._path), RowBuffer(self._path.parent) as buffer:
            for groups in _by_day(pages, days):
                for day, rows in groups.items():
                    buffer.add(rows)
                    present |= {(day, str(row.get(self._table.id_field))) for row in rows}
            with self._open() as database:
                before = self._clear(database, days, present, str(read_on))
                for name in (*self._table.breakdowns, *(field for field in fields if not by_type(field))):
                    self._add_column(database, name, self._columns(database))  # these never go into `more_columns`
                for count, columns in buffer:
                    self._insert(database, count, columns)
                if (stored := self._sum(database, days, "count(*)") - before) != buffer.rows:
                    raise _not_stored(buffer.rows, stored)
                synced = [(*mine, str(day), str(read_on), json.dumps(fields)) for day in days]
                database.executemany("INSERT OR REPLACE INTO synced VALUES (?, ?, ?, ?, ?)", synced)
            return Stored(buffer.rows, int(before))

    def _clear(
        self, database: sqlite3.Connection, days: Sequence[date], present: Iterable[tuple[str, str]], read_on: str
    ) -> Decimal:
        """Delete the rows of days, mark those of objects that are gone instead, and return how many these are."""
        keep = ""
        if self._ids:
            object_id = _quoted(self._table.id_field)
            database.execute("CREATE TEMP TABLE present (day TEXT, id TEXT, PRIMARY KEY (day, id))")
            database.executemany("INSERT INTO present VALUES (?, ?)", present)
            keep = f" AND ({object_id} IS NULL OR (date_start, {object_id}) IN (SELECT day, id FROM present))"  # noqa: S608
        mine = [(self._table.source, str(day)) for day in days]
        where = "WHERE source = ? AND date_start = ?"
        database.executemany(f"DELETE FROM {self._name} {where}{keep}", mine)  # noqa: S608 - quoted
        mark = f"UPDATE {self._name} SET {GONE} = coalesce({GONE}, ?) {where}"  # noqa: S608 - quoted
        database.executemany(mark, [(read_on, *each) for each in mine])
        return self._sum(database, days, "count(*)")

    def _sum(self, database: sqlite3.Connection, days: Sequence[date], of: str) -> Decimal:
        query = f"SELECT {of} FROM {self._name} WHERE source = ? AND date_start = ?"  # noqa: S608 - quoted
        found = [database.execute(query, (self._table.source, str(day))).fetchone()[0] for day in days]
        return sum((Decimal(str(value)) for value in found if value is not None), Decimal(0))

    def spend(self, days: Sequence[date]) -> Decimal | None:
        """Return the spend of the stored rows of days."""
        with self._open() as database:
            known = "spend" in self._columns(database)
            return round(self._sum(database, days, "sum(spend)"), 4) if known else None

    def _insert(self, database: sqlite3.Connection, count: int, columns: Columns) -> None:
        existing, rest = self._columns(database), Columns()
        cells: Columns = {"source": [self._table.source] * count}
        for name, column in columns.items():
            home = name
            if name not in existing and name.lower() in map(str.lower, existing):  # SQLite does not tell them apart
                home = f"{name}~{hashlib.sha256(name.encode()).hexdigest()[:6]}"
            if home in existing or len(existing) < MAX_COLUMNS:
                self._add_column(database, home, existing)
                cells[home] = column
            else:
                rest[name] = column
        if rest:
            self._add_column(database, REST, existing)
            rows = (
                {name: cell for name, cell in zip(rest, row, strict=True) if cell is not None}
                for row in zip(*rest.values(), strict=True)
            )
            cells[REST] = [json.dumps(row, ensure_ascii=False) if row else None for row in rows]
        names, marks = ", ".join(map(_quoted, cells)), ", ".join("?" * len(cells))
        new = f"INSERT INTO {self._name} ({names}) VALUES ({marks})"  # noqa: S608 - quoted
        database.executemany(new, zip(*cells.values(), strict=True))

    def _add_column(self, database: sqlite3.Connection, name: str, existing: list[str]) -> None:
        if name not in existing:
            field = FIELDS.get(name.partition(".")[0])
            number = FIELD_KINDS[field.kind].number if field else None
            affinity = "TEXT" if number is None else "INTEGER" if number is int else "REAL"  # Meta's text as numbers
            database.execute(f"ALTER TABLE {self._name} ADD COLUMN {_quoted(name)} {affinity}")
            existing.append(name)


def _not_stored(count: int, stored: object) -> FacebookAdsError:
    advice = "Nothing of these days was changed. Sync them into a new file."
    return FacebookAdsError(f"Meta returned {count} rows, of which the store holds {stored}", advice=advice)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class ParquetStore:
    """A folder with a Parquet file for each day: `<table>/source=<object>/<day>.parquet`."""

    def __init__(self, path: Path, table: Table) -> None:
        self._folder = path / table.name / f"source={table.source}"
        self._table = table

    def days(self) -> dict[date, SyncedDay]:
        """Return the stored days."""
        parquet = optional("pyarrow.parquet")
        days = {}
        for file in self._folder.glob("????-??-??.parquet"):
            with open(file, "rb", opener=regular_file) as opened:
                metadata = parquet.read_schema(opened).metadata
            read_on, fields = metadata[b"read_on"].decode(), json.loads(metadata[b"fields"])
            days[date.fromisoformat(file.stem)] = SyncedDay(date.fromisoformat(read_on), frozenset(fields))
        return days

    def put(self, days: Sequence[date], pages: Iterable[list[Map]], read_on: date, fields: Sequence[str]) -> Stored:
        """Replace the files of days one by one."""
        metadata = {"read_on": str(read_on), "fields": json.dumps(fields)}
        with writing(self._folder), ExitStack() as stack:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
            except FileExistsError as error:  # a file has the name of a folder
                raise NotADirectoryError(error.errno, error.strerror) from None
            buffers = {str(day): stack.enter_context(RowBuffer(self._folder)) for day in days}
            present: dict[str, set[str]] = {day: set() for day in buffers}
            for groups in _by_day(pages, days):
                for day, rows in groups.items():
                    buffers[day].add(rows)
                    present[day] |= {str(row.get(self._table.id_field)) for row in rows}
            rows_read, gone = sum(buffer.rows for buffer in buffers.values()), 0
            for day, buffer in buffers.items():
                gone += self._add_gone(day, buffer, present[day], str(read_on))
                names = [*ordered(buffer.names - {GONE}, fields, self._table.breakdowns), GONE]
                with atomic_write(self._folder / f"{day}.parquet", mode=0o666) as file:
                    if (stored := write_parquet(file, buffer, names, metadata)) != buffer.rows:
                        raise _not_stored(buffer.rows, stored)
            return Stored(rows_read, gone)

    def _add_gone(self, day: str, buffer: RowBuffer, present: set[str], read_on: str) -> int:
        """Add the stored rows of a day whose objects are gone to its new ones, and return how many these are."""
        object_id, polars = self._table.id_field, optional("polars")
        old = self._frame(day) if object_id and (self._folder / f"{day}.parquet").exists() else None
        if old is None or object_id not in old.columns:
            return 0
        old = old.filter(polars.col(object_id).is_not_null() & ~polars.col(object_id).is_in([*present]))
        columns = {name: [None if cell is None else str(cell) for cell in old[name]] for name in old.columns}
        columns[GONE] = [cell or read_on for cell in columns.get(GONE, [None] * old.height)]
        buffer.add_columns(old.height, columns)
        return int(old.height)

    def _frame(self, day: object) -> Any:
        with open(self._folder / f"{day}.parquet", "rb", opener=regular_file) as file:
            return optional("polars").read_parquet(file)

    def spend(self, days: Sequence[date]) -> Decimal | None:
        """Return the spend of the stored rows of days."""
        found = [self._frame(day) for day in days]
        sums = [frame["spend"].sum() for frame in found if "spend" in frame.columns]
        return sum((round(Decimal(str(each or 0)), 4) for each in sums), Decimal(0)) if sums else None


def _by_day(pages: Iterable[list[Map]], days: Sequence[date]) -> Iterator[dict[str, list[Map]]]:
    """Yield the rows of each page by day. Raises if a row is of another day than the requested ones."""
    requested = {str(day) for day in days}
    for rows in pages:
        groups: dict[str, list[Map]] = {}
        for row in rows:
            groups.setdefault(str(row.get("date_start")), []).append(row)
        if other := sorted(groups.keys() - requested):
            wrong = f"rows of {', '.join(other)}, where {min(requested)} to {max(requested)} was requested"
            advice = "Nothing of these days was changed. Sync again later."
            raise FacebookAdsError(f"Meta returned {wrong}", advice=advice, retryable=True)
        yield groups


Store = SQLiteStore | ParquetStore


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
