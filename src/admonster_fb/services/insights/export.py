"""Figures written to disk, whole or not at all. polars and pyarrow (the extra `data`) are loaded only for Parquet."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._node import Map
from admonster_fb.models.insights.metadata import InsightsMeta
from admonster_fb.services.insights.columns import Columns, columns_of
from admonster_fb.services.insights.frames import frame_of, optional

_PAGES_AT_ONCE = 20
"""How many pages go into one part of a Parquet file: some ten thousand rows."""
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What a cell that a spreadsheet would carry out begins with."""
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export has written. Without rows there is a file all the same, with the columns that were asked for."""

    filename: str
    rows: int
    columns: tuple[str, ...]
    meta: InsightsMeta


class Spool:
    """Columns of page after page, laid aside on disk until all are known, in a file without a name."""

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `__exit__`
        self.names: set[str] = set()
        self.rows = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, rows: Sequence[Map]) -> None:
        """Lay a page aside.

        >>> with Spool(Path(".")) as spool:
        ...     spool.add([{"spend": "1"}, {"spend": "2"}])
        ...     [*spool]
        [(2, {'spend': ['1', '2']})]
        """
        columns = columns_of(rows)
        self.names.update(columns)
        self.rows += len(rows)
        self._file.write(json.dumps([len(rows), columns]).encode() + b"\n")

    def __iter__(self) -> Iterator[tuple[int, Columns]]:
        """Yield number of rows and columns of each page."""
        self._file.seek(0)
        for line in self._file:
            count, columns = json.loads(line)
            yield count, columns


def write_csv(file: IO[bytes], spool: Spool, names: Sequence[str]) -> None:
    """Write UTF-8 CSV: cells as Meta wrote them, but that texts which a spreadsheet would carry out begin with `'`.

    >>> with Spool(Path(".")) as spool, open("a.csv", "wb") as file:
    ...     spool.add([{"ad_name": "=1+1", "spend": "-1.50"}])
    ...     write_csv(file, spool, ["ad_name", "spend"])
    >>> Path("a.csv").read_text().splitlines()
    ['ad_name,spend', "'=1+1,-1.50"]
    """
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180; what is in it is quoted within cells
    writer.writerow(map(harmless, names))
    for count, columns in spool:
        cells = [[harmless(cell) for cell in columns[name]] if name in columns else [""] * count for name in names]
        writer.writerows(zip(*cells, strict=True))
    text.flush()
    text.detach()


def harmless(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula: with a `'` before it unless it is a number.

    >>> harmless("@SUM(A1)"), harmless("-1.5"), harmless("Sale")
    ("'@SUM(A1)", '-1.5', 'Sale')
    """
    if not isinstance(cell, str) or not _FORMULA.match(cell) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def write_parquet(file: IO[bytes], spool: Spool, names: Sequence[str], told: dict[str, str]) -> None:
    """Write Parquet with the types of `frame_of`; what is told of the figures stands in the file's metadata.

    >>> write_parquet(file, spool, ["ad_name", "spend"], {"read_on": "2026-11-01"})  # doctest: +SKIP
    """
    parquet, polars = optional("pyarrow.parquet"), optional("polars")
    schema = frame_of({}, names, 0).to_arrow(compat_level=polars.CompatLevel.oldest()).schema.with_metadata(told)
    pages = iter(spool)
    with parquet.ParquetWriter(file, schema) as writer:
        while some := list(islice(pages, _PAGES_AT_ONCE)):
            part = polars.concat([frame_of(columns, names, count) for count, columns in some])
            writer.write_table(part.to_arrow(compat_level=polars.CompatLevel.oldest()).cast(schema))


@contextmanager
def in_place_of(path: Path, *, overwrite: bool) -> Iterator[IO[bytes]]:
    """Yield a file that takes the place of `path` when the block ends well: whole or not at all, whenever it is killed.

    Raises `ParameterError` if there is one already, unless `overwrite`. What a killed run left is cleared away.

    >>> with in_place_of(Path("a.txt"), overwrite=False) as file:
    ...     file.write(b"whole")
    5
    >>> Path("a.txt").read_bytes()
    b'whole'
    """
    writable(path, overwrite=overwrite)
    for left in path.parent.iterdir():
        if re.fullmatch(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.part", left.name):
            left.unlink(missing_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        writable(path, overwrite=overwrite)  # again: it took a while
        part.replace(path)
        _settle(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Have the folder itself written to disk, so that the new name is there after a power cut."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def writable(path: Path, *, overwrite: bool) -> None:
    """Raise `ParameterError` unless a file may be written there.

    >>> writable(Path("new.csv"), overwrite=False)
    """
    if path.is_dir() or not path.parent.is_dir():
        raise ParameterError([Violation("filename", str(path), "a file in a folder that exists")])
    if path.exists() and not overwrite:
        raise ParameterError([Violation("filename", str(path), "a new file, or overwrite=true: there is one already")])
