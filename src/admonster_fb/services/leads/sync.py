"""Leads kept up to date in a file: none lost, none twice, whenever the process dies and however pages shift.

A source (a form or an ad) is read newest lead first, down to where all leads are stored (`done`, minus `OVERLAP`: Meta
may show a lead late). Each page is stored with the time of its last lead (`low`), and the next request begins at that
second: leads that come or go meanwhile shift positions, not times. There the next run goes on, too, and then reads what
came after the one before it began. Only within one second, or if the order is another, pages are followed by their
cursors: then whole rounds are read until one finds no lead that was there before the sync.

The file (SQLite, CSV, or a folder of Parquet files) holds the IDs of its leads, each once. Its journal holds times
only: per source, `done` and `low`. If a process is killed, a last row that was cut is removed and read again.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from admonster_fb._optional import optional
from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.models.leadgen import RETENTION_DAYS, Lead
from admonster_fb.paths import regular_file
from admonster_fb.storage import (
    SQLITE_SUFFIXES,
    atomic_write,
    check_sqlite,
    escape_formula,
    lock_away,
    remove_drafts,
    writing,
)
from admonster_fb.transport.paging import Edge

Row = dict[str, str | None]
MAX_COLUMNS, REST = 1_900, "more_answers"  # columns of a table in SQLite; further answers are JSON in the column `REST`

_LONGEST_CELL = 1 << 30  # characters. A longer cell could be written and not be read again
_CELLS = threading.Lock()


def row_of(lead: Lead) -> Row:
    """Return a lead as a row: what is public, a word where the ad is not visible, and a column for each answer."""
    row = Row()
    for name in Lead.PUBLIC:
        value = getattr(lead, name)
        text = value.isoformat() if hasattr(value, "isoformat") else str(value).lower()
        row[name] = value if value is None or isinstance(value, str) else text
    row["ad_name"] = lead.ad
    for name, values in lead.answers.items():
        text = values[0] if len(values) == 1 else json.dumps(values, ensure_ascii=False) if values else ""
        column = name.replace("\0", "")
        while column.casefold() in {other.casefold() for other in row}:
            column += "_answer"
        row[column] = text
    return row


@contextmanager
def open_store(path: Path) -> Iterator[LeadStore]:
    """Open the file at a path: SQLite for .db and .sqlite, CSV for .csv, else a folder of Parquet files.

    One process at a time; others wait a minute, then get `Busy`. Raises `ParameterError` for another kind of file.
    """
    suffix = path.suffix.lower()
    kind = SQLiteLeads if suffix in SQLITE_SUFFIXES else CSVLeads if suffix == ".csv" else ParquetLeads
    other = path.is_file() or suffix if kind is ParquetLeads else path.is_dir()
    if other or not path.parent.is_dir():
        raise ParameterError([Violation("store", str(path), "a .sqlite, .db or .csv file, or a folder for Parquet")])
    with lock_away(path, 60), writing(path), closing(kind(path)) as store:
        yield store


class SQLiteLeads:
    """Leads in the table `leads` of a SQLite file, the journal (how far each source was read) in `leads_read`."""

    def __init__(self, path: Path) -> None:
        os.close(regular_file(str(path), os.O_RDWR | os.O_CREAT))  # raises for a link; a new file is its owner's alone
        self._name = path.name
        check_sqlite(path)
        self._database = sqlite3.connect(path, timeout=60, isolation_level=None)
        with self._transaction():
            check_sqlite(path, opened=True)
            self._run("CREATE TABLE IF NOT EXISTS leads (id TEXT PRIMARY KEY) WITHOUT ROWID")
            self._run("CREATE TABLE IF NOT EXISTS leads_read (source TEXT PRIMARY KEY, state TEXT)")
            rows = self._run("SELECT source, state FROM leads_read").fetchall()
        self._columns = [name for _, name, *_ in self._run("PRAGMA table_info(leads)")]
        self.journal: dict[str, Any] = {source: json.loads(state) for source, state in rows}

    def _run(self, query: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._database.execute(query, values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._run("BEGIN IMMEDIATE")
            with self._database:
                yield
            return
        except sqlite3.Error as error:
            advice = "Close other programs that use it and free space, or choose another file. Nothing was changed."
            failure = FacebookAdsError(f"the store {self._name} cannot be used: {error}", advice=advice)
        raise failure

    def unknown(self, ids: Sequence[str]) -> set[str]:
        """Return those of the IDs that the file does not hold."""
        marks = ", ".join("?" * len(ids))
        held = self._run(f"SELECT id FROM leads WHERE id IN ({marks})", ids)  # noqa: S608 - marks only
        return {*ids} - {row[0] for row in held}

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows and store the journal, in one transaction."""
        with self._transaction():
            for row in rows:
                cells = self._cells(row)
                names, marks = ", ".join(map(_quoted, cells)), ", ".join("?" * len(cells))
                query = f"INSERT OR IGNORE INTO leads ({names}) VALUES ({marks})"  # noqa: S608 - quoted
                self._run(query, [*cells.values()])
            for source, state in self.journal.items():
                self._run("INSERT OR REPLACE INTO leads_read VALUES (?, ?)", (source, json.dumps(state)))

    def _cells(self, row: Row) -> Row:
        """Return a row with its columns as the table has them, which does not tell upper and lower case apart."""
        homes = {name.casefold(): name for name in self._columns}
        cells, rest = Row(), Row()
        for name, value in row.items():
            home = homes.get(name.casefold())
            if home is None and len(self._columns) >= MAX_COLUMNS and name != REST:
                rest[name] = value
                continue
            if home is None:
                self._run(f"ALTER TABLE leads ADD COLUMN {_quoted(name)} TEXT")
                self._columns.append(home := name)
                homes[name.casefold()] = name
            cells[home] = value
        return {**cells, **self._cells({REST: json.dumps(rest, ensure_ascii=False)})} if rest else cells

    def count(self) -> int:
        """Return the number of leads in the file."""
        return int(self._run("SELECT count(*) FROM leads").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class _Files:
    """A store whose journal is a JSON file of its own."""

    def __init__(self, journal: Path) -> None:
        self._path = journal
        self._held: dict[str, Any] = {}
        if os.path.lexists(journal):
            with open(journal, "rb", opener=regular_file) as file:
                self._held = json.load(file)
        self.journal: dict[str, Any] = self._held.setdefault("sources", {})
        self.ids: set[str] = set()

    def unknown(self, ids: Sequence[str]) -> set[str]:
        """Return those of the IDs that the file does not hold."""
        return {*ids} - self.ids

    def count(self) -> int:
        """Return the number of leads in the file."""
        return len(self.ids)

    def close(self) -> None:
        """Do nothing: what was added is on the disk."""

    def _store_journal(self, **more: Any) -> None:
        self._held |= more
        with atomic_write(self._path) as file:
            file.write(json.dumps(self._held).encode())


class CSVLeads(_Files):
    """Leads in a CSV file (UTF-8); cells that look like formulas get a leading `'`. The journal is `FILE.journal`."""

    def __init__(self, path: Path) -> None:
        journal = path.with_name(f"{path.name}.journal")
        remove_drafts(path)  # they hold the leads, too
        if not path.exists():
            journal.unlink(missing_ok=True)  # it is about a file that is gone
        super().__init__(journal)
        self._file = path
        self._header: list[str] = []
        if path.exists():
            if (size := self._held.get("size")) is not None:
                with open(path, "r+b", opener=regular_file) as file:
                    file.truncate(size)  # a process was killed while it added rows
            with _rows(path) as rows:
                self._header = next(rows, [])
                place = self._header.index("id") if self._header else 0
                self.ids = {row[place] for row in rows if len(row) > place}

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows, then store the journal."""
        if not self._header:
            self._add_columns([*Lead.PUBLIC])
        if rows:
            cells = [{_cell(name): value for name, value in row.items()} for row in rows]
            new = dict.fromkeys(name for row in cells for name in row if name not in self._header)
            if new:
                self._add_columns([*self._header, *new])
            self._store_journal(size=self._file.stat().st_size)
            with open(self._file, "ab", opener=regular_file) as file:
                file.write(_csv([row.get(name) for name in self._header] for row in cells))
                file.flush()
                os.fsync(file.fileno())
            self.ids |= {str(row["id"]) for row in rows}
        self._store_journal(size=None)

    def _add_columns(self, header: list[str]) -> None:
        """Replace the file by one with more columns."""
        missing = [""] * (len(header) - len(self._header))
        with atomic_write(self._file) as file:
            file.write(_csv([header]))
            if self._header:
                with _rows(self._file) as rows:
                    next(rows)
                    for row in rows:
                        file.write(_csv([[*row, *missing]]))
        self._header = header


@contextmanager
def _rows(path: Path) -> Iterator[Iterator[list[str]]]:
    """Open a file of leads and iterate over its rows. Python's limit of a cell, one for all threads, is restored."""
    with _CELLS, open(path, encoding="utf-8", newline="", opener=regular_file) as file:
        before = csv.field_size_limit(_LONGEST_CELL)
        try:
            yield csv.reader(file)
        finally:
            csv.field_size_limit(before)


def _csv(rows: Iterable[Iterable[str | None]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_cell(cell or "") for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _cell(text: str) -> str:
    return str(escape_formula(text, numbers=False))


class ParquetLeads(_Files):
    """Leads in a folder of Parquet files, one for each page that was read. All columns are text."""

    def __init__(self, path: Path) -> None:
        parquet = optional("pyarrow.parquet")
        path.mkdir(exist_ok=True)
        super().__init__(path / "journal.json")
        self._folder = path
        self._parts = sorted(path.glob("leads-*.parquet"))
        for part in self._parts:
            with open(part, "rb", opener=regular_file) as file:
                self.ids.update(parquet.read_table(file, columns=["id"]).column("id").to_pylist())

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows as a file of their own, then store the journal."""
        if rows:
            names = dict.fromkeys(name for row in rows for name in row)
            arrow, parquet = optional("pyarrow"), optional("pyarrow.parquet")
            columns: Mapping[str, Any] = {n: arrow.array([row.get(n) for row in rows], arrow.string()) for n in names}
            part = self._folder / f"leads-{len(self._parts):06}.parquet"
            with atomic_write(part) as file:
                parquet.write_table(arrow.table(columns), file)
            self._parts.append(part)
            self.ids |= {str(row["id"]) for row in rows}
        self._store_journal()


LeadStore = SQLiteLeads | CSVLeads | ParquetLeads


OVERLAP = 6 * 3600  # seconds that are read again behind the newest stored lead
MOST_ROUNDS = 6
Progress = Callable[[int], None]
Read = Callable[[int | None, int | None], Edge[Lead]]
"""Returns the leads of a source from one unix second to another; `None` for no end."""


@dataclass
class SourceSync:
    """The sync of one source into an open store."""

    store: LeadStore
    source: str
    read: Read
    now: datetime
    progress: Progress | None = None
    new: int = 0

    def run(self, since: int | None) -> list[str]:
        """Read what the store lacks, and return warnings."""
        state = self.store.journal.setdefault(self.source, {})
        resumed, warnings = "top" in state, list[str]()
        begin, oldest = state.get("done") or since, self.now - timedelta(days=RETENTION_DAYS)
        if begin is not None and begin < oldest.timestamp():
            days = f"{datetime.fromtimestamp(begin, UTC):%Y-%m-%d} to {oldest:%Y-%m-%d}"
            why = f"are gone: Meta keeps leads for {RETENTION_DAYS} days"
            warnings.append(f"{self.source}: leads from {days} that are not stored yet {why}")
        floor = max(0, state["done"] - OVERLAP) if state.get("done") else since
        state["top"] = state.get("top") or int(self.now.timestamp())
        for _ in range(MOST_ROUNDS):
            whole = state.get("low") is None
            missed = self._round(state, floor)
            if state["exact"] or (whole and not missed):
                break
        else:
            message = f"the leads of {self.source} keep moving while they are read"
            raise FacebookAdsError(message, advice="What was read is stored. Sync again later.", retryable=True)
        state |= {"done": max(state.get("newest") or 0, state.get("done") or 0) or None}
        del state["top"], state["exact"]
        self.store.add([])
        return warnings + (self.run(since) if resumed else [])

    def _round(self, state: dict[str, Any], floor: int | None) -> int:
        """Read down to `floor`, and return the number of new leads that were there before."""
        missed, ordered, more = 0, True, True
        until = None if state.get("low") is None else state["low"] + 1
        state["exact"] = until is None or state.get("exact", False)
        while more:
            more = False
            for number, page in enumerate(self.read(floor, until).pages()):
                state["exact"] = state["exact"] and number == 0
                times = [*map(_unix, page.data)]
                ordered = ordered and times == sorted(times, reverse=True)
                by_id = {lead.id: lead for lead in page.data if lead.id}
                unknown = self.store.unknown([*by_id]) if by_id else set()
                new = [lead for lead in reversed(by_id.values()) if lead.id in unknown]  # oldest first
                missed += sum(_unix(lead) < state["top"] for lead in new)
                more = ordered and bool(times) and bool(page.next) and (until is None or times[-1] + 1 < until)
                state["low"] = times[-1] if more else state.get("low")
                state["newest"] = max([state.get("newest") or 0, *times])
                self.store.add([row_of(lead) for lead in new])
                self.new += len(new)
                if self.progress:
                    self.progress(self.new)
                if more:
                    until = times[-1] + 1
                    break
        state["low"] = None
        return missed


def _unix(lead: Lead) -> int:
    return int(lead.created_time.timestamp()) if lead.created_time else 0


def newest(store: LeadStore, sources: Iterable[str]) -> datetime | None:
    """Return the time of the newest lead that was read of sources."""
    times = [state.get("newest") or 0 for name, state in store.journal.items() if name in sources]
    return datetime.fromtimestamp(max(times), UTC) if any(times) else None
