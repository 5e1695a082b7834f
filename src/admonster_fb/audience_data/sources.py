"""Sources of customer lists: files, frames and iterables. They are read in chunks, never whole."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

from admonster_fb._optional import optional
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
_BLOCK = 1 << 20
_SAMPLE = 1 << 16
_DELIMITERS = ",;\t|"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NOT_CP1252 = b"\x81\x8d\x8f\x90\x9d"


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
    """Return a source with its columns mapped; at most `size` rows are read for that."""
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
    encoding, delimiter, first = _csv_format(path, width)
    mapped, header = _mapped(first, schema)

    @contextmanager
    def chunks(size: int) -> Iterator[Chunks]:
        with _csv_rows(path, encoding, delimiter) as rows:
            if header:
                next((row for row in rows if any(map(str.strip, row))), None)
            yield _by_columns(rows, size, len(first), mapped.indices)

    return Source("csv", mapped, chunks, encoding, delimiter, header)


def _csv_format(path: Path, width: int | None) -> tuple[str, str, tuple[str, ...]]:
    """Return encoding, delimiter and first row of a file. `width` is the number of columns, if known."""
    try:
        encoding = _encoding(path)
        with open(path, encoding=encoding, errors="replace", newline="", opener=regular_file) as file:
            sample = file.read(_SAMPLE)
    except OSError as error:
        # A customer's data passed as a path by mistake is not repeated.
        shown = path.name if path.suffix and "@" not in path.name else "a text"
        problem = f"the path of a file that can be read: {error.strerror}"
    except ValueError:  # a NUL in it
        shown, problem = "a text", "the path of a file"
    else:
        if not sample.strip():
            raise ParameterError([Violation("source", "an empty file", "a header and rows")])

        def rank(delimiter: str) -> tuple[bool, int, int]:
            cells = _first(sample, delimiter)
            return len(cells) == width, sum(key_for_column(cell) is not None for cell in cells), len(cells)

        delimiter = max(_DELIMITERS, key=rank)
        return encoding, delimiter, _first(sample, delimiter)
    raise ParameterError([Violation("source", shown, problem)])


def _first(sample: str, delimiter: str) -> tuple[str, ...]:
    """Return the first row that is not empty."""
    rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        return next((tuple(row) for row in rows if any(map(str.strip, row))), ())
    except csv.Error:
        return ()


def _encoding(path: Path) -> str:
    """Return the encoding of a file. The whole file is read: the first accent may come after a million rows."""
    with open(path, "rb", opener=regular_file) as file:
        head = file.read(4096)
        marked = next((name for bom, name in _BOMS if head.startswith(bom)), None)
        if marked:
            return marked
        if b"\0" in head and head.count(b"\0") > len(head) // 4:
            return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
        file.seek(0)
        return _eight_bits(file)


def _eight_bits(file: BinaryIO) -> str:
    """Return UTF-8, even with a few broken characters, or else the encoding of Windows or of older programs."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    is_windows = True
    while block := file.read(_BLOCK):
        if block.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(block)
        broken = text.count("\ufffd")
        bad += broken
        good += len(text) - len(text.encode("ascii", "ignore")) - broken
        is_windows = is_windows and not any(byte in block for byte in _NOT_CP1252)
    return "utf-8" if good >= bad else "cp1252" if is_windows else "latin-1"


@contextmanager
def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[Iterator[list[str]]]:
    """Open a file and iterate over its rows, the first included. Raises `ParameterError` if a row cannot be read."""
    # Bytes that cannot be decoded become a mark that `schema_keys` refuses, cell by cell.
    with open(path, encoding=encoding, errors="replace", newline="", opener=regular_file) as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            yield reader
            return
        except csv.Error:
            problem = f"a cell of over {csv.field_size_limit():,} characters before line {reader.line_num + 1:,}"
    raise ParameterError([Violation("source", problem, "rows of cells: look for a quote that is not closed")])


def _mapped(first: Sequence[object], schema: Schema | None) -> tuple[Mapped, bool]:
    """Return the mapping of columns, and whether the first row is a header."""
    if isinstance(schema, Mapping) or any(isinstance(cell, str) and key_for_column(cell) for cell in first):
        return by_name(first, schema), True
    if schema is None:
        shown = f"a first row of {len(first)} cells, none of them a known name of a column"
        allowed = "a header with names such as email or phone, or a schema with a key for each column"
        raise ParameterError([Violation("source", shown, allowed)])
    return by_position(schema, len(first)), False


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
        unlike = not isinstance(row, list | tuple)
        if unlike or any(cell not in ("", None) for cell in row[width:]):
            faults[i] = Reason.UNLIKE if unlike else Reason.TOO_MANY
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

    def walk(size: int) -> Chunks:
        for start in range(0, count, size):
            stop = min(start + size, count)
            yield Chunk([cells(frame, i, start, stop) for i in mapped.indices], stop - start)

    return _once(home, mapped, walk)


def _iterable(rows: Iterator[Any], schema: Schema | None, size: int) -> Source:
    first = next(rows, MISSING)
    if first is MISSING:
        raise ParameterError([Violation("source", "no rows", "at least one customer")])
    if isinstance(first, Mapping):
        return _dicts(first, rows, schema, size)
    if isinstance(first, list | tuple):
        mapped, header = _mapped(first, schema)
        walk = rows if header else chain([first], rows)
        return _once("rows", mapped, lambda size: _by_columns(walk, size, len(first), mapped.indices), header)
    if schema is None or isinstance(schema, Mapping):
        raise ParameterError([Violation("schema", MISSING, 'the key of the values, such as "EMAIL"')])
    mapped = by_position(schema, 1)
    values = chain([first], rows)
    return _once("values", mapped, lambda size: _values(values, size), header=False)


def _once(kind: str, mapped: Mapped, walk: Callable[[int], Chunks], header: bool = True) -> Source:
    return Source(kind, mapped, lambda size: nullcontext(walk(size)), header=header)


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
