"""Rows as data frames, and as CSV and Parquet files, complete or absent. polars and pyarrow load only where used."""

from __future__ import annotations

import functools
import marshal
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from admonster_fb._optional import optional
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._node import Map
from admonster_fb.models.insights.fields import FIELD_KINDS, FIELDS, by_type
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.services.insights.columns import Columns, Shape, columns_of, columns_of_page, ordered
from admonster_fb.storage import atomic_write, escape_formula

if TYPE_CHECKING:
    import polars as pl

_PAGES_PER_GROUP = 20  # pages in one row group of a Parquet file: about ten thousand rows
_QUOTED = '",\r\n'
_SIGNS = f"{_QUOTED}\t=+-@\uff1d\uff0b\uff0d\uff20"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote. Without rows, the file still has the requested columns."""

    filename: str
    rows: int
    columns: tuple[str, ...]
    meta: InsightsMeta


class RowBuffer:
    """The columns of each page, kept in an unnamed temporary file until all column names are known."""

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `__exit__`
        self.names: set[str] = set()
        self.rows = 0

    def __enter__(self) -> RowBuffer:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(AttributeError, OSError):  # no file could be made; a full disk, and nobody reads it again
            self._file.close()

    __del__ = __exit__  # an export that nobody went on with

    def add(self, rows: Sequence[Map]) -> None:
        """Add a page."""
        self.add_columns(len(rows), columns_of(rows))

    def add_columns(self, count: int, columns: Columns) -> None:
        """Add rows that are columns already."""
        self.names.update(columns)
        self.rows += count
        data = marshal.dumps((count, columns))  # from a file, marshal reads cell by cell
        self._file.write(len(data).to_bytes(8, "little") + data)

    def __iter__(self) -> Iterator[tuple[int, Columns]]:
        """Yield number of rows and columns of each page."""
        self._file.seek(0)
        while size := self._file.read(8):
            yield marshal.loads(self._file.read(int.from_bytes(size, "little")))  # noqa: S302 - written above, without a name


def frame_of(columns: Columns, names: Sequence[str], count: int) -> pl.DataFrame:
    """Return a data frame of cells as Meta sent them: counts Int64, other metrics Float64, days Date, the rest text.

    Text where a number is expected becomes null.
    """
    polars = optional("polars")
    return polars.DataFrame([_series(polars, name, columns.get(name) or [None] * count) for name in names])  # type: ignore[no-any-return]


def _series(polars: Any, name: str, cells: list[Any]) -> Any:
    try:
        text = polars.Series(name, cells, dtype=polars.String)
    except TypeError:  # older responses have numbers among the texts
        text = polars.Series(name, [None if cell is None else str(cell) for cell in cells], dtype=polars.String)
    field = FIELDS.get(name.partition(".")[0])
    number = FIELD_KINDS[field.kind].number if field else None
    if field and field.kind == "date":
        return text.str.to_date("%Y-%m-%d", strict=False)
    return text if number is None else text.cast(polars.Int64 if number is int else polars.Float64, strict=False)


def frame(bodies: Iterable[bytes], shape: Shape) -> pl.DataFrame:
    """Return a data frame of pages of JSON."""
    polars = optional("polars")
    parts = [frame_of({}, [name for name in shape.columns if not by_type(name)], 0)]
    for body in bodies:
        count, columns = columns_of_page(body, shape)
        parts.append(frame_of(columns, [*columns], count))
    whole = polars.concat(parts, how="diagonal", rechunk=True)
    return whole.select(ordered(whole.columns, shape.fields, shape.breakdowns))  # type: ignore[no-any-return]


def write_csv(file: IO[bytes], buffer: RowBuffer, names: Sequence[str]) -> None:
    """Write CSV in UTF-8: cells as Meta sent them, except that texts that look like formulas get a leading `'`."""
    head = {name: [name] for name in names}
    for count, columns in chain([(1, head)], buffer):
        cells = [_written(columns[name]) if name in columns else [""] * count for name in names]
        lines = [line or '""' for line in map(",".join, zip(*cells, strict=True))]  # an empty line would be no row
        file.write("\r\n".join([*lines, ""]).encode("utf-8", "replace"))  # as RFC 4180 says


def _written(cells: list[Any]) -> list[str]:
    """Return a column as CSV. Most columns have nothing to escape or to quote, or few different cells."""
    try:
        text = "".join(cells)
    except TypeError:
        cells = ["" if cell is None else str(cell) for cell in cells]
        text = "".join(cells)
    if not any(sign in text for sign in _SIGNS):
        return cells
    written = {cell: escape_formula(cell) for cell in {*cells}}
    for cell, field in written.items():
        if any(sign in field for sign in _QUOTED):
            quoted = field.replace('"', '""')
            written[cell] = f'"{quoted}"'
    return [written[cell] for cell in cells]


def write_parquet(file: IO[bytes], buffer: RowBuffer, names: Sequence[str], metadata: dict[str, str]) -> int:
    """Write Parquet with the column types of `frame_of` and `metadata`, and return the number of rows written."""
    parquet, polars = optional("pyarrow.parquet"), optional("polars")
    schema = _schema(tuple(names)).with_metadata(metadata)
    pages, written = iter(buffer), 0
    with parquet.ParquetWriter(file, schema) as writer:
        while group := list(islice(pages, _PAGES_PER_GROUP)):
            cells = {name: [columns.get(name) or [None] * count for count, columns in group] for name in names}
            whole = {name: [*chain.from_iterable(pages_of)] for name, pages_of in cells.items()}
            part = frame_of(whole, names, sum(count for count, _ in group))
            writer.write_table(part.to_arrow(compat_level=polars.CompatLevel.oldest()).cast(schema))
            written += part.height
    return written


@functools.lru_cache(maxsize=16)
def _schema(names: tuple[str, ...]) -> Any:
    """Return the types of columns: the same for each of the many files of a store."""
    return frame_of({}, names, 0).to_arrow(compat_level=optional("polars").CompatLevel.oldest()).schema


@contextmanager
def new_file(path: Path, *, overwrite: bool) -> Iterator[IO[bytes]]:
    """Yield a file that replaces `path` when the block ends without an error: wholly, or not at all.

    Raises `ParameterError` if `path` exists, before and after the block, unless `overwrite`.
    """
    check_writable(path, overwrite=overwrite)
    try:
        with atomic_write(path, mode=0o666, overwrite=overwrite) as file:
            yield file
            check_writable(path, overwrite=overwrite)
    except FileExistsError:  # written meanwhile
        raise _exists(path) from None


def check_writable(path: Path, *, overwrite: bool) -> None:
    """Raise `ParameterError` unless a file may be written at `path`."""
    if path.is_dir() or not path.parent.is_dir():
        raise ParameterError([Violation("filename", str(path), "a file in a folder that exists")])
    if path.exists() and not overwrite:
        raise _exists(path)


def _exists(path: Path) -> ParameterError:
    allowed = "a new file, or overwrite=true: there is one already"
    return ParameterError([Violation("filename", str(path), allowed)])
