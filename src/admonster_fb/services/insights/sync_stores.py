"""Where daily figures are kept: a SQLite file, or a folder of Parquet files. Written whole or not at all.

A day is replaced as a whole, together with the note of when it was read: whenever the process is killed, each day holds
what one reading of it brought.
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

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._node import Map
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS
from admonster_fb.services.insights.columns import Columns, ordered
from admonster_fb.services.insights.export import Spool, in_place_of, write_parquet
from admonster_fb.services.insights.frames import optional

SQLITE = frozenset({".db", ".sqlite", ".sqlite3"})


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a day that is stored: when it was read (a date of the account's), and with which fields."""

    read_on: date
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Table:
    """Which figures: rows of one query on one object. `keys` tell its rows apart."""

    name: str
    source: str
    keys: tuple[str, ...]
    fields: tuple[str, ...]
    breakdowns: tuple[str, ...]


class Store(Protocol):
    """Keeps the daily figures of one table."""

    def days(self) -> dict[date, Told]:
        """Return what is stored."""

    def put(self, days: Sequence[date], pages: Iterable[list[Map]], read_on: date) -> int:
        """Replace days by rows, page by page, and return how many rows there were."""


def store_at(path: Path, table: Table) -> Store:
    """Return the store at a path: SQLite by its ending (.db, .sqlite), else a folder for Parquet.

    >>> table = Table("insights_ad", "act_1", ("date_start", "ad_id"), ("ad_id", "spend"), ())
    >>> type(store_at(Path("figures.sqlite"), table)).__name__, type(store_at(Path("figures"), table)).__name__
    ('Database', 'Folder')
    """
    if path.suffix.lower() in SQLITE:
        if path.is_dir() or not path.parent.is_dir():
            raise ParameterError([Violation("store", str(path), "a file in a folder that exists")])
        return Database(path, table)
    if path.is_file() or path.suffix:
        raise ParameterError([Violation("store", str(path), "a .sqlite or .db file, or a folder for Parquet")])
    optional("polars")
    optional("pyarrow")
    return Folder(path, table)


class Database:
    """A SQLite file with a table for each level and choice of breakdowns, and one, `synced`, of what was read when."""

    def __init__(self, path: Path, table: Table) -> None:
        self._path = path
        self._table = table

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=60, isolation_level=None)) as database:
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

    @property
    def _name(self) -> str:
        return _quoted(self._table.name)

    def days(self) -> dict[date, Told]:
        """Return what is stored."""
        mine = (self._table.source, self._table.name)
        with self._open() as database:
            told = database.execute("SELECT day, read_on, fields FROM synced WHERE source = ? AND name = ?", mine)
            return {
                date.fromisoformat(day): Told(date.fromisoformat(read_on), frozenset(json.loads(fields)))
                for day, read_on, fields in told
            }

    def put(self, days: Sequence[date], pages: Iterable[list[Map]], read_on: date) -> int:
        """Replace days by rows, in one transaction, which begins only when all has been read."""
        mine, fields = (self._table.source, self._table.name), json.dumps(self._table.fields)
        with Spool(self._path.parent) as spool:
            for rows in pages:
                spool.add(rows)
            with self._open() as database:
                old = f"DELETE FROM {self._name} WHERE source = ? AND date_start = ?"  # noqa: S608 - quoted
                database.executemany(old, [(self._table.source, str(day)) for day in days])
                for count, columns in spool:
                    self._insert(database, count, columns)
                told = [(*mine, str(day), str(read_on), fields) for day in days]
                database.executemany("INSERT OR REPLACE INTO synced VALUES (?, ?, ?, ?, ?)", told)
            return spool.rows

    def _insert(self, database: sqlite3.Connection, count: int, columns: Columns) -> None:
        there = {name.lower() for _, name, *_ in database.execute(f"PRAGMA table_info({self._name})")}
        for name in columns:
            if name.lower() not in there:
                database.execute(f"ALTER TABLE {self._name} ADD COLUMN {_quoted(name)} {_affinity(name)}")
                there.add(name.lower())
        names, marks = ", ".join(map(_quoted, ("source", *columns))), ", ".join("?" * (len(columns) + 1))
        cells = zip([self._table.source] * count, *columns.values(), strict=True)
        new = f"INSERT OR REPLACE INTO {self._name} ({names}) VALUES ({marks})"  # noqa: S608 - quoted
        database.executemany(new, cells)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _affinity(name: str) -> str:
    """Return the type of a column, by which SQLite makes numbers of Meta's texts."""
    field = FIELDS.get(name.partition(".")[0])
    number = FIELD_KINDS[field.kind].number if field else None
    return "TEXT" if number is None else "INTEGER" if number is int else "REAL"


class Folder:
    """A folder with a Parquet file for each day: `<table>/source=<object>/<day>.parquet`."""

    def __init__(self, path: Path, table: Table) -> None:
        self._folder = path / table.name / f"source={table.source}"
        self._table = table

    def days(self) -> dict[date, Told]:
        """Return what is stored."""
        schema = optional("pyarrow.parquet").read_schema
        told = {
            date.fromisoformat(file.stem): schema(file).metadata for file in self._folder.glob("????-??-??.parquet")
        }
        return {
            day: Told(date.fromisoformat(about[b"read_on"].decode()), frozenset(json.loads(about[b"fields"])))
            for day, about in told.items()
        }

    def put(self, days: Sequence[date], pages: Iterable[list[Map]], read_on: date) -> int:
        """Replace the files of days, one by one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        told = {"read_on": str(read_on), "fields": json.dumps(self._table.fields)}
        with ExitStack() as stack:
            spools = {str(day): stack.enter_context(Spool(self._folder)) for day in days}
            for rows in pages:
                for day, some in _by_day(rows).items():
                    spools[day].add(some)
            for day, spool in spools.items():
                names = ordered(spool.names, self._table.fields, self._table.breakdowns)
                with in_place_of(self._folder / f"{day}.parquet", overwrite=True) as file:
                    write_parquet(file, spool, names, told)
            return sum(spool.rows for spool in spools.values())


def _by_day(rows: list[Map]) -> dict[str, list[Any]]:
    parted: dict[str, list[Any]] = {}
    for row in rows:
        parted.setdefault(str(row.get("date_start")), []).append(row)
    return parted
