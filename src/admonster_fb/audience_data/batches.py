"""Customer lists as batches that Meta accepts: normalised, hashed, at most 10,000 rows each."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from itertools import compress
from json.encoder import encode_basestring_ascii
from typing import Any

from admonster_fb.audience_data.cells import Reason
from admonster_fb.audience_data.column_mapping import Schema
from admonster_fb.audience_data.columns import Faults, Places, columns_of, texts_of
from admonster_fb.audience_data.normalize import checked_region
from admonster_fb.audience_data.schema_keys import EXTRAS, KEYS, PARTS, normalise
from admonster_fb.audience_data.sources import Chunk, Source, opened
from admonster_fb.errors import ParameterError, Violation

LARGEST = 10_000  # the most rows that Meta accepts in a request
Cell = str | int | Decimal | list[str]
ENCODERS: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(EXTRAS, lambda cell: json.dumps(cell) if isinstance(cell, list) else str(cell)),
    "EXTERN_ID": encode_basestring_ascii,
}
"""How the cells of some keys are written as JSON; the cells of all others are quoted."""
MAX_ROW_NUMBERS = 1_000  # the most row numbers stored for a reason; all rows are counted


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows ready to be sent, made of `rows` rows of the source from `first_row` on (counted from 1).

    >>> batch = next(batches(["mary@example.com"], "EMAIL"))
    >>> batch.first_row, batch.rows, len(batch)
    (1, 1, 1)
    """

    schema: tuple[str, ...]
    columns: list[Sequence[Cell]] = field(repr=False)
    first_row: int
    rows: int

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def data(self) -> list[Any]:
        """The rows. Values of customers are `int` or `Decimal`."""
        return [list(row) for row in zip(*self.columns, strict=True)]

    @property
    def payload(self) -> dict[str, Any]:
        """The `payload` parameter of Meta's `users` edge."""
        return {"schema": list(self.schema), "data": self.data}

    def json(self) -> str:
        """Return the `payload` as JSON; numbers keep all their digits.

        >>> next(batches(["mary@example.com"], "EMAIL")).json()[:40]
        '{"schema":["EMAIL"],"data":[["f1904cf1a9'
        """
        schema = json.dumps(self.schema, separators=(",", ":"))
        head, tail = f'{{"schema":{schema},"data":[', "]}"
        if not len(self):
            return head + tail
        rows, joint = self._rows()
        begins, ends = joint[joint.index("[") :], joint[: joint.index("]") + 1]
        # Added to the first and last row, so that megabytes are joined only once.
        rows[0] = head + begins + rows[0]
        rows[-1] += ends + tail
        return joint.join(rows)

    def _rows(self) -> tuple[list[str], str]:
        """Return the encoded rows, and what stands between two."""
        if ENCODERS.keys() & self.schema:
            encoders = [ENCODERS.get(key, '"{}"'.format) for key in self.schema]
            cells = [map(encode, cells) for encode, cells in zip(encoders, self.columns, strict=True)]
            return [*map(",".join, zip(*cells, strict=True))], "],["
        # Hashes and validated IDs have nothing to escape.
        return [*map('","'.join, zip(*self.columns, strict=True))], '"],["'


@dataclass(frozen=True, slots=True)
class Understood:
    """How a list was read: the key of each column used, and the reasons for those `left_out`."""

    kind: str
    columns: dict[str, str]
    left_out: dict[str, str]
    schema: tuple[str, ...]
    encoding: str | None = None
    delimiter: str | None = None
    header: bool = True


@dataclass(slots=True)
class Tally:
    """A count of rows, and the numbers of the first 1,000. Row 1 is the first row of customers."""

    count: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, row: int) -> None:
        """Count a row."""
        self.count += 1
        if self.count <= MAX_ROW_NUMBERS:
            self.rows.append(row)


@dataclass(slots=True)
class ValidationReport:
    """What happened to the rows so far: each is either `sent`, or `skipped` for one reason.

    `cells` has the cells that were left empty, by key and reason; their rows are sent if another cell is usable.
    """

    rows: int = 0
    sent: int = 0
    skipped: dict[Reason, Tally] = field(default_factory=lambda: defaultdict(Tally))
    cells: dict[str, dict[Reason, Tally]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Tally)))
    usable: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """The number of cells sent, by key."""
    bare_phones: int = 0
    """The number of phone numbers of digits alone, which were read as beginning with their country code."""

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        skipped = [{"reason": str(reason), **asdict(tally)} for reason, tally in self.skipped.items()]
        cells = [
            {"key": key, "reason": str(reason), **asdict(tally)}
            for key, tallies in self.cells.items()
            for reason, tally in tallies.items()
        ]
        plain = {"rows": self.rows, "sent": self.sent, "usable": dict(self.usable), "bare_phones": self.bare_phones}
        return {**plain, "skipped": skipped, "cells": cells}


class Batches(Iterator[Batch]):
    """An iterator of batches. `understood` is complete from the start; `report` grows with each batch.

    >>> ready = batches(["mary@example.com", "?"], "EMAIL")
    >>> [len(batch) for batch in ready], ready.report.sent
    ([1], 1)
    """

    def __init__(self, source: Source, size: int, place: str, skip: int) -> None:
        keys = source.mapped.keys
        self.schema: tuple[str, ...] = tuple(part for key in keys for part in (PARTS if key == "DOB" else (key,)))
        form = source.encoding, source.delimiter, source.header
        self.understood = Understood(source.kind, source.mapped.columns, source.mapped.left_out, self.schema, *form)
        self.report = ValidationReport()
        self._keys, self._place = keys, place
        # The row's country matters for a phone number only if numbers without a country code are expected.
        self._placed = {key.name for key in KEYS.values() if key.placed and (place or key.name != "PHONE")}
        self._batches = self._made(source, size, skip)

    def __next__(self) -> Batch:
        return next(self._batches)

    def close(self) -> None:
        """Close the source file, if it is still open."""
        self._batches.close()

    def _made(self, source: Source, size: int, skip: int) -> Generator[Batch, None, None]:
        first = 1
        with source.chunks(size) as chunks:
            for chunk in chunks:
                if first > skip and len(batch := self._batch(chunk, first)):
                    yield batch
                first += chunk.count

    def _batch(self, chunk: Chunk, first: int) -> Batch:
        """Return a chunk as a batch, and add it to the report."""
        report, cells_by_key = self.report, dict(zip(self._keys, chunk.columns, strict=True))
        places = self._places(cells_by_key.get("COUNTRY"))
        made: dict[str, Sequence[Any]] = {}
        skipped, faulty = dict(chunk.faults), set[int]()
        for key, cells in cells_by_key.items():
            if key in EXTRAS:
                made[key] = self._extra(key, cells, skipped)
                continue
            done, faults = columns_of(key, cells, places if key in self._placed else "")
            made.update(done)
            faulty.update(faults)
            for i in sorted(faults):
                report.cells[key][faults[i]].add(first + i)
        if "PHONE" in cells_by_key and not self._place:
            texts, _ = texts_of(cells_by_key["PHONE"])
            report.bare_phones += sum(1 for text in texts if text.isdigit() and text[0] != "0")
        columns = self._accepted_rows(made, chunk, skipped, faulty)
        for i in sorted(skipped):
            report.skipped[skipped[i]].add(first + i)
        for key, cells in zip(self.schema, columns, strict=True):
            report.usable[key] += len(cells) - cells.count("")
        report.rows += chunk.count
        report.sent += chunk.count - len(skipped)
        return Batch(self.schema, columns, first, chunk.count)

    def _places(self, countries: Sequence[object] | None) -> Places:
        """Return the country of each row if rows have one and a key needs it; else the default region."""
        if countries is None or self._placed.isdisjoint(self._keys):
            return self._place
        texts, _ = texts_of(countries)
        known = {cell: normalise("COUNTRY", cell) for cell in set(texts)}
        places = {cell: code for cell, code in known.items() if isinstance(code, str) and len(code) == 2}
        return [places.get(cell, self._place) for cell in texts]

    def _extra(self, key: str, cells: Sequence[object], skipped: Faults) -> list[Any]:
        values = [EXTRAS[key](cell) for cell in cells]
        for i, value in enumerate(values):
            if value is None or isinstance(value, Reason):
                skipped.setdefault(i, value or Reason.NO_EXTRA)
        return values

    def _accepted_rows(
        self, made: dict[str, Sequence[Any]], chunk: Chunk, skipped: Faults, faulty: set[int]
    ) -> list[Any]:
        """Return the columns without skipped rows; also skips rows in which nothing identifies a customer."""
        columns = [made[key] for key in self.schema]
        people = [made[key] for key in self.schema if key in KEYS]
        nobody = [i for i, cell in enumerate(people[0]) if not cell] if "" in people[0] else []
        for cells in people[1:]:
            nobody = [i for i in nobody if not cells[i]]
        for i in nobody:
            skipped.setdefault(i, Reason.UNUSABLE if i in faulty else Reason.EMPTY)
        if not skipped:
            return columns
        is_accepted = [i not in skipped for i in range(chunk.count)]
        return [[*compress(cells, is_accepted)] for cells in columns]


def batches(
    source: object,
    schema: Schema | None = None,
    size: int = LARGEST,
    default_region: str | None = None,
    *,
    skip: int = 0,
) -> Batches:
    """Return a customer list as batches ready to send: normalised by Meta's rules and hashed; unusable cells are empty.

    `source` is a path (CSV, Parquet), a polars or pandas frame, or an iterable of texts, lists or dicts. At most `size`
    rows are held in memory. `schema` is required if the names of columns do not say which of Meta's keys they are: a
    key, a key for each column (`None` skips the column), or `{column: key}`. `default_region` ("US") is the country of
    rows without one; phone numbers without a country code need it and the extra `audiences`. `skip` is the number of
    rows already sent, a multiple of `size`. Batches are cut by the rows of the source: the third batch is always made
    of the same rows, and may be smaller. Raises `ParameterError` for a source or schema that cannot be used.

    >>> ready = batches([{"E-Mail": "Mary@Example.com", "Vorname": "Mary"}, {"E-Mail": "mary at example.com"}])
    >>> ready.understood.columns
    {'E-Mail': 'EMAIL', 'Vorname': 'FN'}
    >>> [batch.data[0][1] for batch in ready]
    ['6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec']
    >>> ready.report.as_dict()["cells"]
    [{'key': 'EMAIL', 'reason': 'not an e-mail address', 'count': 1, 'rows': [2]}]
    """
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= LARGEST:
        raise ParameterError([Violation("size", size, f"1 to {LARGEST:,} rows")])
    if skip < 0 or skip % size:
        raise ParameterError([Violation("skip", skip, f"a multiple of {size:,} rows")])
    place = checked_region(default_region)
    return Batches(opened(source, schema, size), size, place, skip)
