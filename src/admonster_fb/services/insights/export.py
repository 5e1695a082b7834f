"""Rows as CSV and Parquet files, complete or absent. polars and pyarrow (the extra `data`) load only for Parquet."""

from __future__ import annotations

import functools
import marshal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from admonster_fb._optional import optional
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._node import Map
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.services.insights.columns import Columns, columns_of
from admonster_fb.services.insights.frames import frame_of
from admonster_fb.storage import atomic_write, escape_formula

_PAGES_PER_GROUP = 20
"""Pages in one row group of a Parquet file: about ten thousand rows."""
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
        """Add a page.

        >>> with RowBuffer(Path(".")) as buffer:
        ...     buffer.add([{"spend": "1"}, {"spend": "2"}])
        ...     [*buffer]
        [(2, {'spend': ['1', '2']})]
        """
        self.add_columns(len(rows), columns_of(rows))

    def add_columns(self, count: int, columns: Columns) -> None:
        """Add rows that are columns already.

        >>> with RowBuffer(Path(".")) as buffer:
        ...     buffer.add_columns(2, {"spend": ["1", "2"]})
        ...     buffer.rows
        2
        """
        self.names.update(columns)
        self.rows += count
        data = marshal.dumps((count, columns))  # from a file, marshal reads cell by cell
        self._file.write(len(data).to_bytes(8, "little") + data)

    def __iter__(self) -> Iterator[tuple[int, Columns]]:
        """Yield number of rows and columns of each page."""
        self._file.seek(0)
        while size := self._file.read(8):
            yield marshal.loads(self._file.read(int.from_bytes(size, "little")))  # noqa: S302 - written above, without a name


def write_csv(file: IO[bytes], buffer: RowBuffer, names: Sequence[str]) -> None:
    """Write CSV in UTF-8: cells as Meta sent them, except that texts that look like formulas get a leading `'`.

    >>> with RowBuffer(Path(".")) as buffer, open("a.csv", "wb") as file:
    ...     buffer.add([{"ad_name": "=1+1", "spend": "-1.50"}])
    ...     write_csv(file, buffer, ["ad_name", "spend"])
    >>> Path("a.csv").read_text().splitlines()
    ['ad_name,spend', "'=1+1,-1.50"]
    """
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
    written = {cell: _field(cell) for cell in {*cells}}
    return [written[cell] for cell in cells]


def _field(text: str) -> str:
    text = escape_formula(text)
    quoted = text.replace('"', '""')
    return f'"{quoted}"' if any(sign in text for sign in _QUOTED) else text


def write_parquet(file: IO[bytes], buffer: RowBuffer, names: Sequence[str], metadata: dict[str, str]) -> int:
    """Write Parquet with the column types of `frame_of` and `metadata`, and return the number of rows written.

    >>> write_parquet(file, buffer, ["ad_name", "spend"], {"read_on": "2026-11-01"})  # doctest: +SKIP
    """
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

    >>> with new_file(Path("a.txt"), overwrite=False) as file:
    ...     file.write(b"whole")
    5
    """
    check_writable(path, overwrite=overwrite)
    try:
        with atomic_write(path, mode=0o666, overwrite=overwrite) as file:
            yield file
            check_writable(path, overwrite=overwrite)
    except FileExistsError:  # written meanwhile
        raise _exists(path) from None


def check_writable(path: Path, *, overwrite: bool) -> None:
    """Raise `ParameterError` unless a file may be written at `path`.

    >>> check_writable(Path("new.csv"), overwrite=False)
    """
    if path.is_dir() or not path.parent.is_dir():
        raise ParameterError([Violation("filename", str(path), "a file in a folder that exists")])
    if path.exists() and not overwrite:
        raise _exists(path)


def _exists(path: Path) -> ParameterError:
    allowed = "a new file, or overwrite=true: there is one already"
    return ParameterError([Violation("filename", str(path), allowed)])
