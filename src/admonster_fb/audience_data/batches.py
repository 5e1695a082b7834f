"""Lists of customers as batches that Meta takes: normalised, hashed, at most 10,000 rows each."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import compress
from json.encoder import encode_basestring_ascii
from typing import Any

from admonster_fb.audience_data.column_mapping import Schema
from admonster_fb.audience_data.columns import Faults, columns_of, texts_of
from admonster_fb.audience_data.fast_path import Places
from admonster_fb.audience_data.phones import checked_region
from admonster_fb.audience_data.reasons import Reason
from admonster_fb.audience_data.report import Report, Understood
from admonster_fb.audience_data.schema_keys import EXTRAS, KEYS, PARTS, normalise
from admonster_fb.audience_data.sources import Chunk, Source, opened
from admonster_fb.errors import ParameterError, Violation

LARGEST = 10_000
"""Rows that Meta takes in a request."""
Cell = str | int | Decimal | list[str]
ENCODERS: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(EXTRAS, lambda cell: json.dumps(cell) if isinstance(cell, list) else str(cell)),
    "EXTERN_ID": encode_basestring_ascii,
}
"""How the cells of some keys are written as JSON; all others are put in quotes."""
ESCAPED = frozenset(ENCODERS)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows made ready. They came from `rows` rows of the source, of which `first_row` was the first, counted from 1."""

    schema: tuple[str, ...]
    columns: list[Sequence[Cell]] = field(repr=False)
    first_row: int
    rows: int

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def data(self) -> list[Any]:
        """The rows; with one key only, its values. What customers are worth is `int` or `Decimal`."""
        return (
            list(self.columns[0]) if len(self.schema) == 1 else [list(row) for row in zip(*self.columns, strict=True)]
        )

    @property
    def payload(self) -> dict[str, Any]:
        """The `payload` of Meta's `users` edge."""
        return {"schema": self.schema[0] if len(self.schema) == 1 else list(self.schema), "data": self.data}

    def json(self) -> str:
        """Return the `payload` as JSON, numbers to the last digit.

        >>> next(batches(["mary@example.com"], "EMAIL")).json()[:40]
        '{"schema":"EMAIL","data":["f1904cf1a9d73'
        """
        single = len(self.schema) == 1
        schema = json.dumps(self.schema[0] if single else self.schema, separators=(",", ":"))
        head, tail = f'{{"schema":{schema},"data":[', "]}"
        if not len(self):
            return head + tail
        rows, joint, (begins, ends) = self._rows(single)
        # Put to the ends of the rows, so that megabytes are put together once.
        rows[0] = head + begins + rows[0]
        rows[-1] += ends + tail
        return joint.join(rows)

    def _rows(self, single: bool) -> tuple[list[str], str, tuple[str, str]]:
        """Encode the rows; return them, what goes between two, and what goes around all."""
        if not ESCAPED.isdisjoint(self.schema):
            encoders = [ENCODERS.get(key, '"{}"'.format) for key in self.schema]
            cells = [map(encode, cells) for encode, cells in zip(encoders, self.columns, strict=True)]
            return [*map(",".join, zip(*cells, strict=True))], *((",", ("", "")) if single else ("],[", ("[", "]")))
        # Hex, and ids that were looked at, have nothing to escape.
        if single:
            return [*map(str, self.columns[0])], '","', ('"', '"')
        return [*map('","'.join, zip(*self.columns, strict=True))], '"],["', ('["', '"]')


class Batches(Iterator[Batch]):
    """Batches one after the other, and what is known of them: `understood` at once, `report` as it goes."""

    def __init__(self, source: Source, size: int, place: str, skip: int) -> None:
        keys = source.mapped.keys
        self.schema: tuple[str, ...] = tuple(part for key in keys for part in (PARTS if key == "DOB" else (key,)))
        self.understood = Understood.of(source, self.schema)
        self.report = Report()
        self._keys, self._place, self._skip = keys, place, skip
        # A row's country tells how to read a number only where numbers without country codes are expected.
        self._placed = {key.name for key in KEYS.values() if key.placed and (place or key.name != "PHONE")}
        self._batches = self._made(source, size)

    def __next__(self) -> Batch:
        return next(self._batches)

    def close(self) -> None:
        """Close the source, if it is a file that is not at its end.

        >>> batches(["mary@example.com"], "EMAIL").close()
        """
        self._batches.close()

    def _made(self, source: Source, size: int) -> Generator[Batch, None, None]:
        first = 1
        with source.chunks(size) as chunks:
            for chunk in chunks:
                if first > self._skip:
                    batch = self._batch(chunk, first)
                    if len(batch):
                        yield batch
                first += chunk.count

    def _batch(self, chunk: Chunk, first: int) -> Batch:
        """Make a chunk ready and report on it."""
        report, given = self.report, dict(zip(self._keys, chunk.columns, strict=True))
        places = self._places(given.get("COUNTRY"))
        made: dict[str, Sequence[Any]] = {}
        skipped, faulty = dict(chunk.faults), set[int]()
        for key, cells in given.items():
            if key in EXTRAS:
                made[key] = self._extra(key, cells, skipped)
                continue
            done, faults = columns_of(key, cells, places if key in self._placed else "")
            made.update(done)
            faulty.update(faults)
            self._count(key, faults, first)
        if "PHONE" in given and not self._place:
            report.bare_phones += _bare(given["PHONE"])
        columns = self._kept(made, chunk, skipped, faulty)
        for i in sorted(skipped):
            report.skipped[skipped[i]].add(first + i)
        for key, cells in zip(self.schema, columns, strict=True):
            report.usable[key] += len(cells) - cells.count("")
        report.rows += chunk.count
        report.sent += chunk.count - len(skipped)
        return Batch(self.schema, columns, first, chunk.count)

    def _places(self, countries: Sequence[object] | None) -> Places:
        """Return the country of each row, where the rows say it and a key asks for it."""
        if countries is None or self._placed.isdisjoint(self._keys):
            return self._place
        texts, _ = texts_of(countries)
        found = {cell: normalise("COUNTRY", cell) for cell in set(texts)}
        known = {
            cell: told if isinstance(told, str) and len(told) == 2 else self._place for cell, told in found.items()
        }
        return [known[cell] for cell in texts]

    def _extra(self, key: str, cells: Sequence[object], skipped: Faults) -> list[Any]:
        told = [EXTRAS[key](cell) for cell in cells]
        for i, each in enumerate(told):
            if each is None or isinstance(each, Reason):
                skipped.setdefault(i, each or Reason.NO_EXTRA)
        return told

    def _count(self, key: str, faults: Faults, first: int) -> None:
        for i in sorted(faults):
            self.report.cells[key][faults[i]].add(first + i)

    def _kept(self, made: dict[str, Sequence[Any]], chunk: Chunk, skipped: Faults, faulty: set[int]) -> list[Any]:
        """Leave out rows that are skipped: of those so far, and those in which nothing says who it is."""
        columns = [made[key] for key in self.schema]
        people = [made[key] for key in self.schema if key in KEYS]
        nobody = [i for i, cell in enumerate(people[0]) if not cell] if "" in people[0] else []
        for cells in people[1:]:
            nobody = [i for i in nobody if not cells[i]]
        for i in nobody:
            skipped.setdefault(i, Reason.UNUSABLE if i in faulty else Reason.EMPTY)
        if not skipped:
            return columns
        kept = [i not in skipped for i in range(chunk.count)]
        return [[*compress(cells, kept)] for cells in columns]


def _bare(cells: Sequence[object]) -> int:
    return sum(1 for cell in texts_of(cells)[0] if cell.isdigit() and cell[0] != "0")


def batches(
    source: object,
    schema: Schema | None = None,
    size: int = LARGEST,
    default_region: str | None = None,
    *,
    skip: int = 0,
) -> Batches:
    """Read a list of customers as batches ready to send: normalised by Meta's rules, hashed, empty where unknown.

    `source` is a path (CSV, Parquet), a polars or pandas frame, or anything to walk through: texts, lists, dicts; at
    most `size` rows of it are held. `schema` is needed where columns have no names Meta's keys can be told from: a key,
    a key for each column (`None` leaves one out), or `{column: key}`. `default_region` ("US") is the country of those
    whose row tells none: phone numbers without a country code need it, and the extra `audiences`. `skip` passes over
    rows that are sent already, a multiple of `size`. Batches are cut by the rows of the source: the third is always
    made of the same rows, and may hold fewer. Raises `ParameterError` for a source or schema that cannot be understood.

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
