"""Sources of customer lists: files, frames and iterables. They are read in chunks, never whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from admonster_fb._optional import optional
from admonster_fb.audience_data import csv_reader as csvs
from admonster_fb.audience_data.cells import Reason
from admonster_fb.audience_data.column_mapping import Mapped, Schema, by_name, by_position, key_for_column
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.paths import regular_file


@dataclass(slots=True)
class Chunk:
    """Some rows, by columns. `faults` are the rows that cannot be read, by index."""

    columns: list[Sequence[object]]
    count: int
    faults: dict[int, Reason] = field(default_factory=dict)


Chunks = Iterator[Chunk]


@dataclass(frozen=True, slots=True)
class Source:
    """A source of rows: the columns used, and `chunks`, which reads so many rows at a time."""

    kind: str
    mapped: Mapped
    chunks: Callable[[int], AbstractContextManager[Chunks]]
    encoding: str | None = None
    delimiter: str | None = None
    header: bool = True


def opened(source: object, schema: Schema | None, size: int) -> Source:
    """Return a source with its columns mapped; at most `size` rows are read for that.

    >>> opened([{"email": "mary@example.com"}], None, 100).mapped.keys
    ('EMAIL',)
    """
    if isinstance(source, str | Path):
        return _file(Path(source), schema)
    home = type(source).__module__.partition(".")[0]
    if home in _FRAMES and hasattr(type(source), "columns"):
        return _frame(source, schema, home)
    if isinstance(source, bytes | Mapping) or not isinstance(source, Iterable):
        allowed = "a path, a frame, or an iterable of texts, lists or dicts"
        raise ParameterError([Violation("source", type(source).__name__, allowed)])
    return _iterable(iter(source), schema, size)


def _file(path: Path, schema: Schema | None) -> Source:
    if path.suffix.lower() in (".parquet", ".pq"):
        return _parquet(path, schema)
    width = len(schema) if isinstance(schema, Sequence) and not isinstance(schema, str) else None
    form = csvs.form_of(path, width)
    header = _is_header(form.first, schema)
    mapped = _mapped(form.first, schema, header)

    @contextmanager
    def chunks(size: int) -> Iterator[Chunks]:
        with csvs.rows(form) as rows:
            if header:
                next((row for row in rows if any(map(str.strip, row))), None)
            yield _by_columns(rows, size, len(form.first), mapped.indices)

    return Source("csv", mapped, chunks, form.encoding, form.delimiter, header)


def _is_header(row: Sequence[object], schema: Schema | None) -> bool:
    """Return whether a row is a header."""
    if isinstance(schema, Mapping):
        return True
    return any(isinstance(cell, str) and key_for_column(cell) is not None for cell in row)


def _mapped(first: Sequence[object], schema: Schema | None, header: bool) -> Mapped:
    if header:
        return by_name(first, schema)
    if schema is None:
        shown = f"a first row of {len(first)} cells, none of them a known name of a column"
        allowed = "a header with names such as email or phone, or a schema with a key for each column"
        raise ParameterError([Violation("source", shown, allowed)])
    return by_position(schema, len(first))  # type: ignore[arg-type]  # a mapping asks for a header


def _by_columns(rows: Iterator[Any], size: int, width: int, indices: Sequence[int]) -> Chunks:
    """Yield columns of rows; short rows are filled up, rows with too many cells are faults."""
    widths = {width}
    while taken := list(islice(rows, size)):
        faults: dict[int, Reason] = {}
        try:
            if set(map(len, taken)) != widths:
                taken, faults = _even(taken, width)
        except TypeError:
            taken, faults = _even(taken, width)
        yield Chunk([list(map(itemgetter(i), taken)) for i in indices], len(taken), faults)


def _even(rows: list[Any], width: int) -> tuple[list[Any], dict[int, Reason]]:
    faults = {}
    for i, row in enumerate(rows):
        if not isinstance(row, list | tuple):
            faults[i] = Reason.UNLIKE
            rows[i] = [""] * width
        elif any(cell not in ("", None) for cell in row[width:]):
            faults[i] = Reason.TOO_MANY
            rows[i] = [""] * width
        elif len(row) != width:
            rows[i] = [*row[:width], *[""] * (width - len(row))]
    return rows, faults


def _parquet(path: Path, schema: Schema | None) -> Source:
    parquet, arrow = optional("pyarrow.parquet"), optional("pyarrow")
    try:
        with open(path, "rb", opener=regular_file) as opened, parquet.ParquetFile(opened) as file:
            names = file.schema_arrow.names
    except (OSError, arrow.ArrowException):
        raise ParameterError([Violation("source", path.name, "a Parquet file that can be read")]) from None
    mapped = by_name(names, schema)
    used_names = [names[i] for i in mapped.indices]

    @contextmanager
    def chunks(size: int) -> Iterator[Chunks]:
        with open(path, "rb", opener=regular_file) as opened, parquet.ParquetFile(opened) as file:
            batches = file.iter_batches(batch_size=size, columns=used_names)
            columns = ([batch.column(name).to_pylist() for name in used_names] for batch in batches)
            yield _resized(columns, size, len(used_names))

    return Source("parquet", mapped, chunks)


def _resized(parts: Iterable[list[list[object]]], size: int, width: int) -> Chunks:
    """Cut columns into chunks of one size: row groups vary in size, and a resumed upload counts chunks."""
    held: list[list[object]] = [[] for _ in range(width)]
    for part in parts:
        held = [[*before, *more] for before, more in zip(held, part, strict=True)]
        while len(held[0]) >= size:
            yield Chunk([column[:size] for column in held], size)
            held = [column[size:] for column in held]
    if held[0]:
        yield Chunk([*held], len(held[0]))


_FRAMES: dict[str, Callable[[Any, int, int, int], list[object]]] = {
    "polars": lambda frame, index, start, stop: frame.to_series(index).slice(start, stop - start).to_list(),
    "pandas": lambda frame, index, start, stop: frame.iloc[start:stop, index].tolist(),
}
"""How rows from `start` to `stop` are read from the column `index` of a frame."""


def _frame(frame: Any, schema: Schema | None, home: str) -> Source:
    if not hasattr(frame, "__len__"):
        raise ParameterError([Violation("source", "a lazy frame", "a frame with its rows: call collect() first")])
    cells, mapped, count = _FRAMES[home], by_name(list(frame.columns), schema), len(frame)

    @contextmanager
    def chunks(size: int) -> Iterator[Chunks]:
        bounds = ((start, min(start + size, count)) for start in range(0, count, size))
        yield (Chunk([cells(frame, i, *bound) for i in mapped.indices], bound[1] - bound[0]) for bound in bounds)

    return Source(home, mapped, chunks)


def _iterable(rows: Iterator[Any], schema: Schema | None, size: int) -> Source:
    first = next(rows, MISSING)
    if first is MISSING:
        raise ParameterError([Violation("source", "no rows", "at least one customer")])
    if isinstance(first, Mapping):
        return _dicts(first, rows, schema, size)
    if isinstance(first, list | tuple):
        header = _is_header(first, schema)
        mapped = _mapped(first, schema, header)
        walk = rows if header else chain([first], rows)
        return _once("rows", mapped, lambda size: _by_columns(walk, size, len(first), mapped.indices), header)
    if schema is None or isinstance(schema, Mapping):
        raise ParameterError([Violation("schema", MISSING, 'the key of the values, such as "EMAIL"')])
    mapped = by_position(schema, 1)
    values = chain([first], rows)
    return _once("values", mapped, lambda size: _values(values, size), header=False)


def _once(kind: str, mapped: Mapped, walk: Callable[[int], Chunks], header: bool = True) -> Source:
    @contextmanager
    def chunks(size: int) -> Iterator[Chunks]:
        yield walk(size)

    return Source(kind, mapped, chunks, header=header)


def _values(values: Iterator[object], size: int) -> Chunks:
    while taken := list(islice(values, size)):
        yield Chunk([taken], len(taken))


def _dicts(first: Mapping[str, Any], rows: Iterator[Any], schema: Schema | None, size: int) -> Source:
    """Map the names in the first `size` rows, since not every row has all of them."""
    held = [first, *islice(rows, size - 1)]
    names = list(dict.fromkeys(name for row in held if isinstance(row, Mapping) for name in row))
    mapped = by_name(names, schema)
    used_names = [names[i] for i in mapped.indices]
    walk = chain(held, rows)
    return _once("rows", mapped, lambda size: _by_names(walk, size, used_names, frozenset(names), mapped))


def _by_names(rows: Iterator[Any], size: int, used_names: list[str], known: frozenset[str], mapped: Mapped) -> Chunks:
    while taken := list(islice(rows, size)):
        faults = {i: Reason.UNLIKE for i, row in enumerate(taken) if not isinstance(row, Mapping)}
        for i in faults:
            taken[i] = {}
        for late in set().union(*taken) - known:
            mapped.left_out[str(late)] = "first seen after the first rows"
        yield Chunk([[row.get(name) for row in taken] for name in used_names], len(taken), faults)
