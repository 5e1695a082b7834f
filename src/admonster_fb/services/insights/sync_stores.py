"""Stores of daily insights: a SQLite file, or a folder of Parquet files.

A day is replaced as a whole, together with the date of reading. If the process is killed at any moment, each day holds
the rows of one read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from admonster_fb._optional import optional
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.models._node import Map
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS
from admonster_fb.services.insights.columns import Columns, ordered
from admonster_fb.services.insights.export import RowBuffer, write_parquet
from admonster_fb.storage import atomic_write, writing

SQLITE = frozenset({".db", ".sqlite", ".sqlite3"})


@dataclass(frozen=True, slots=True)
class SyncedDay:
    """A stored day: when it was read (a date in the account's time zone), and with which fields."""

    read_on: date
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one query on one object. `keys` identify a row."""

    name: str
    source: str
    keys: tuple[str, ...]
    fields: tuple[str, ...]
    breakdowns: tuple[str, ...]


class Store(Protocol):
    """A store of the days of one table."""

    def days(self) -> dict[date, SyncedDay]:
        """Return the stored days."""

    def put(self, days: Sequence[date], pages: Iterable[list[Map]], read_on: date) -> int:
        """Replace days with the rows of pages, and return the number of rows."""


def open_store(path: Path, table: Table) -> Store:
    """Return the store at a path: SQLite if it ends in .db or .sqlite, else a folder for Parquet.

    >>> table = Table("insights_ad", "act_1", ("date_start", "ad_id"), ("ad_id", "spend"), ())
    >>> type(open_store(Path("figures.sqlite"), table)).__name__, type(open_store(Path("figures"), table)).__name__
    ('SQLiteStore', 'ParquetStore')
    """
    if path.suffix.lower() in SQLITE:
        if path.is_dir() or not path.parent.is_dir():
            raise ParameterError([Violation("store", str(path), "a file in a folder that exists")])
        return SQLiteStore(path, table)
    if path.is_file() or path.suffix:
        raise ParameterError([Violation("store", str(path), "a .sqlite or .db file, or a folder for Parquet")])
    optional("polars")
    optional("pyarrow")
    return ParquetStore(path, table)


class SQLiteStore:
    """A SQLite file with a table per level and breakdowns, and the table `synced` of days and read dates."""

    def __init__(self, path: Path, table: Table) -> None:
        self._path = path
        self._table = table

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._usable(), closing(sqlite3.connect(self._path, timeout=60, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute(
                "CREATE TABLE IF NOT EXISTS synced"
                " (source TEXT, name TEXT, day TEXT, read_on TEXT, fields TEXT, PRIMARY KEY (source, name, day))"
            )
            columns = ", ".join(["source TEXT", *(f"{_quoted(key)} {_affinity(key)}" for key in self._table.keys)])
            keys = ", ".join(map(_quoted, ("source", *self._table.keys)))
            database.execute(f"CREATE TABLE IF NOT EXISTS {self._name} ({columns}, PRIMARY KEY ({keys}))")
            yield database
            database.execute("COMMIT")  # not reached if the block fails: closing rolls back

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            advice = "Close other programs that use it and free space, or choose another file. Nothing was changed."
            raise FacebookAdsError(f"the store {self._path.name} cannot be used: {error}", advice=advice) from None

    @property
    def _name(self) -> str:
        return _quoted(self._table.name)

    def days(self) -> dict[date, SyncedDay]:
        """Return the stored days."""
        mine = (self._table.source, self._table.name)
        with self._open() as database:
            rows = database.execute("SELECT day, read_on, fields FROM synced WHERE source = ? AND name = ?", mine)
            return {
                date.fromisoformat(day): SyncedDay(date.fromisoformat(read_on), frozenset(json.loads(fields)))
                for day, read_on, fields in rows
            }

    def put(self, days: Sequence[date], pages: Iterable[list[Map]], read_on: date) -> int:
        """Replace days with rows in one transaction, which starts after all pages have been read."""
        mine, fields = (self._table.source, self._table.name), json.dumps(self._table.fields)
        with writing(self._path), RowBuffer(self._path.parent) as buffer:
            for rows in pages:
                buffer.add(rows)
            with self._open() as database:
                old = f"DELETE FROM {self._name} WHERE source = ? AND date_start = ?"  # noqa: S608 - quoted
                database.executemany(old, [(self._table.source, str(day)) for day in days])
                for count, columns in buffer:
                    self._insert(database, count, columns)
                synced = [(*mine, str(day), str(read_on), fields) for day in days]
                database.executemany("INSERT OR REPLACE INTO synced VALUES (?, ?, ?, ?, ?)", synced)
            return buffer.rows

    def _insert(self, database: sqlite3.Connection, count: int, columns: Columns) -> None:
        existing = {name.lower() for _, name, *_ in database.execute(f"PRAGMA table_info({self._name})")}
        for name in columns:
            if name.lower() not in existing:
                database.execute(f"ALTER TABLE {self._name} ADD COLUMN {_quoted(name)} {_affinity(name)}")
                existing.add(name.lower())
        names, marks = ", ".join(map(_quoted, ("source", *columns))), ", ".join("?" * (len(columns) + 1))
        cells = zip([self._table.source] * count, *columns.values(), strict=True)
        new = f"INSERT OR REPLACE INTO {self._name} ({names}) VALUES ({marks})"  # noqa: S608 - quoted
        database.executemany(new, cells)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _affinity(name: str) -> str:
    """Return the type of a column, so that SQLite converts Meta's text to numbers."""
    field = FIELDS.get(name.partition(".")[0])
    number = FIELD_KINDS[field.kind].number if field else None
    return "TEXT" if number is None else "INTEGER" if number is int else "REAL"


class ParquetStore:
    """A folder with a Parquet file for each day: `<table>/source=<object>/<day>.parquet`."""

    def __init__(self, path: Path, table: Table) -> None:
        self._folder = path / table.name / f"source={table.source}"
        self._table = table

    def days(self) -> dict[date, SyncedDay]:
        """Return the stored days."""
        read_schema = optional("pyarrow.parquet").read_schema
        days = {}
        for file in self._folder.glob("????-??-??.parquet"):
            metadata = read_schema(file).metadata
            read_on, fields = metadata[b"read_on"].decode(), json.loads(metadata[b"fields"])
            days[date.fromisoformat(file.stem)] = SyncedDay(date.fromisoformat(read_on), frozenset(fields))
        return days

    def put(self, days: Sequence[date], pages: Iterable[list[Map]], read_on: date) -> int:
        """Replace the files of days one by one."""
        metadata = {"read_on": str(read_on), "fields": json.dumps(self._table.fields)}
        with writing(self._folder), ExitStack() as stack:
            self._folder.mkdir(parents=True, exist_ok=True)
            buffers = {str(day): stack.enter_context(RowBuffer(self._folder)) for day in days}
            for rows in pages:
                for day, group in _by_day(rows).items():
                    buffers[day].add(group)
            for day, buffer in buffers.items():
                names = ordered(buffer.names, self._table.fields, self._table.breakdowns)
                with atomic_write(self._folder / f"{day}.parquet", mode=0o666) as file:
                    write_parquet(file, buffer, names, metadata)
            return sum(buffer.rows for buffer in buffers.values())


def _by_day(rows: list[Map]) -> dict[str, list[Any]]:
    days: dict[str, list[Any]] = {}
    for row in rows:
        days.setdefault(str(row.get("date_start")), []).append(row)
    return days
