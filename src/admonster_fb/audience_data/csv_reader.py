"""CSV files of unknown encoding and delimiter, read row by row whatever their size."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from admonster_fb.audience_data.column_mapping import key_for_column
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.paths import regular_file

_BLOCK = 1 << 20
_SAMPLE = 1 << 16
_DELIMITERS = ",;\t|"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NOT_CP1252 = b"\x81\x8d\x8f\x90\x9d"


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """The encoding and delimiter of a CSV file, and its first row."""

    path: Path
    encoding: str
    delimiter: str
    first: tuple[str, ...]


def form_of(path: Path, width: int | None = None) -> CsvFormat:
    r"""Return the format of a file. `width` is the number of columns, if known. Raises `ParameterError` if it is empty.

    >>> _ = Path("list.csv").write_bytes("Vorname;E-Mail\nZoë;zoe@example.com\n".encode("cp1252"))
    >>> form_of(Path("list.csv")).encoding, form_of(Path("list.csv")).delimiter
    ('cp1252', ';')
    """
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
        return _form(path, encoding, sample, width)
    raise ParameterError([Violation("source", shown, problem)])


def _form(path: Path, encoding: str, sample: str, width: int | None) -> CsvFormat:
    if not sample.strip():
        raise ParameterError([Violation("source", "an empty file", "a header and rows")])
    found = [(_first(sample, delimiter), delimiter) for delimiter in _DELIMITERS]

    def rank(row: tuple[tuple[str, ...], str]) -> tuple[bool, int, int]:
        cells, _ = row
        return len(cells) == width, sum(key_for_column(cell) is not None for cell in cells), len(cells)

    first, delimiter = max(found, key=rank)
    return CsvFormat(path, encoding, delimiter, first)


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
    for block in _blocks(file):
        if block.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(block)
        broken = text.count("\ufffd")
        bad += broken
        good += len(text) - len(text.encode("ascii", "ignore")) - broken
        is_windows = is_windows and not any(byte in block for byte in _NOT_CP1252)
    return "utf-8" if good >= bad else "cp1252" if is_windows else "latin-1"


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


@contextmanager
def rows(form: CsvFormat) -> Iterator[Iterator[list[str]]]:
    r"""Open a file and iterate over its rows, the first included. Raises `ParameterError` if a row cannot be read.

    >>> _ = Path("rows.csv").write_text("email\na@b.example\n")
    >>> with rows(form_of(Path("rows.csv"))) as found:
    ...     list(found)
    [['email'], ['a@b.example']]
    """
    # Bytes that cannot be decoded become a mark that `schema_keys` refuses, cell by cell.
    with open(form.path, encoding=form.encoding, errors="replace", newline="", opener=regular_file) as file:
        reader = csv.reader(file, delimiter=form.delimiter)
        try:
            yield reader
        except csv.Error:
            problem = f"a cell of over {csv.field_size_limit():,} characters before line {reader.line_num + 1:,}"
        else:
            return
    raise ParameterError([Violation("source", problem, "rows of cells: look for a quote that is not closed")])
