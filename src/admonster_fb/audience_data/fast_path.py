"""Which cells of a column are plain, and those made ready together: a few passes in C over the joined cells.

Each function returns bytes to hash, and the indices of the cells that are not plain: those go through
`keys.finished`, one by one. Both ways must give the same.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Sequence

from admonster_fb.audience_data.normalize import lowered
from admonster_fb.audience_data.phones import KEEP_ZERO, LONGEST, SHORTEST, quick

Looked = tuple[list[bytes], set[int]]
Places = str | Sequence[str]
"""The country of all rows, or of each."""

_LETTERS = string.ascii_letters.encode()
_DIGITS = string.digits.encode()
_LOWER = bytes.maketrans(string.ascii_uppercase.encode(), string.ascii_lowercase.encode())
_IN_EMAILS = _LETTERS + _DIGITS + b"._-+!#$%&'*/=?^`{|}~"
_IN_WORDS = _LETTERS + _DIGITS + b" .'-"
_WORD_MARKS = b" .'-"
_PHONE_MARKS = b" ().-/"
_SIZES = frozenset(range(SHORTEST, LONGEST + 1))
_HEX = string.hexdigits.encode()
_HASH_SIZES = frozenset({0, 64})
_ZIP_SIZES = frozenset({5})
_KEEP_ZERO = tuple(code.encode() for code in KEEP_ZERO)


def place_at(places: Places, index: int) -> str:
    """Return the country of a row."""
    return places if isinstance(places, str) else places[index]


def _joined(cells: Sequence[str]) -> bytes:
    return "\n".join(cells).encode("utf-8", "surrogatepass")


def _left(body: bytes, chars: bytes, count: int, mark: bytes) -> list[bytes] | None:
    """Return what is left of each cell without `chars`; an empty list if of all just `mark`, `None` if of none."""
    left = body.translate(None, chars)
    if left == (mark + b"\n") * (count - 1) + mark:
        return []
    marks = left.split(b"\n")
    return marks if len(marks) == count else None  # else a cell has several lines


def _other(marks: Iterable[bytes], mark: bytes) -> set[int]:
    return {i for i, each in enumerate(marks) if each != mark}


def _none(cells: Sequence[str]) -> Looked:
    return [b""] * len(cells), set(range(len(cells)))


def hashes(cells: Sequence[str]) -> list[str] | None:
    """Return a column in lower case if all of it is hashed already, or empty.

    >>> hashes(["AB" * 32, ""]) == ["ab" * 32, ""], hashes(["mary@example.com"])
    (True, None)
    """
    if not _HASH_SIZES.issuperset(map(len, cells)):
        return None
    body = _joined(cells)
    return None if _left(body, _HEX, len(cells), b"") != [] else body.decode().lower().split("\n")


def emails(cells: Sequence[str], _places: Places = "") -> Looked:
    """Look at addresses: ASCII, one @ with something on both sides, no spaces.

    >>> emails(["Mary@Example.com", "", "@example.com", "mary"])
    ([b'mary@example.com', b'', b'@example.com', b'mary'], {1, 2, 3})
    """
    body = _joined(cells)
    if b" " in body:
        body = _joined([*map(str.strip, cells)])
    marks = _left(body, _IN_EMAILS, len(cells), b"@")
    if marks is None:
        return _none(cells)
    odd = _other(marks, b"@")
    items = body.translate(_LOWER).split(b"\n")
    if b"\n@" in body or b"@\n" in body or body[:1] == b"@" or body[-1:] == b"@":
        odd.update(i for i, item in enumerate(items) if item[:1] == b"@" or item[-1:] == b"@")
    return items, odd


def words(cells: Sequence[str], _places: Places = "") -> Looked:
    r"""Look at names and cities: letters and digits; in ASCII spaces, hyphens, apostrophes, dots to take away.

    >>> words(["O'Neil", "정", "-"])
    ([b'oneil', b'\xec\xa0\x95', b''], {2})
    """
    body = _joined(cells)
    marks = _left(body, _IN_WORDS, len(cells), b"")
    if marks is None:
        return _none(cells)
    odd = _other(marks, b"")
    items = body.translate(_LOWER, _WORD_MARKS).split(b"\n")
    sizes = [*map(len, items)]
    if min(sizes) < 1 or max(sizes) > 63:  # nothing, or long enough for a hash
        odd.update(i for i, size in enumerate(sizes) if not 0 < size < 64)
    for i in [*odd]:  # accents and other scripts, without marks
        low = lowered(cells[i])
        if low.isalnum() and len(low) < 64:
            items[i] = low.encode()
            odd.discard(i)
    return items, odd


def zips(cells: Sequence[str], _places: Places = "") -> Looked:
    """Look at ZIP codes: five digits, which are the same in every country.

    >>> zips(["94035", "M1 1AE"])
    ([b'94035', b'M1 1AE'], {1})
    """
    body = _joined(cells)
    marks = _left(body, _DIGITS, len(cells), b"")
    if marks is None:
        return _none(cells)
    odd = _other(marks, b"")
    items = body.split(b"\n")
    if not _ZIP_SIZES.issuperset(map(len, items)):
        odd.update(i for i, item in enumerate(items) if len(item) != 5)
    return items, odd


def phones(cells: Sequence[str], places: Places = "") -> Looked:
    """Look at numbers: a plus, digits and the usual marks; digits alone; with a region, the simple ones of it.

    >>> phones(["+1 (555) 987-6543", "15559876543", "0171 1234567"])
    ([b'15559876543', b'15559876543', b'01711234567'], {2})
    """
    body = _joined(cells)
    marks = _left(body, _DIGITS + _PHONE_MARKS, len(cells), b"+")
    if marks is None:
        return _none(cells)
    shown = body.replace(b"(0)", b"") if b"(0)" in body else body
    items = shown.translate(None, _PHONE_MARKS + b"+").split(b"\n")
    odd = _other(marks, b"+")
    odd.update(_misread(body, cells, items, odd))
    bare = [i for i in odd if marks and marks[i] == b"" and "(0" not in cells[i]]
    odd.difference_update(_bare(cells, items, bare) if not places else _national(places, items, bare))
    return items, odd


def _misread(body: bytes, cells: Sequence[str], items: list[bytes], odd: set[int]) -> Iterable[int]:
    """Return which cells with a plus are not plain: it is not in front, or zeros and sizes are not as they should."""
    plain = len(cells) - len(odd)
    begin = body.count(b"\n+") + (body[:1] == b"+") - sum(cells[i][:1] == "+" for i in odd)
    if begin == plain and b"+0" not in body and b"(0" not in body:
        return [i for i, size in enumerate(map(len, items)) if size not in _SIZES]
    return [
        i
        for i, (cell, item) in enumerate(zip(cells, items, strict=True))
        if cell[:1] != "+" or item[:1] == b"0" or len(item) not in _SIZES or _keeps_zero(cell, item)
    ]


def _keeps_zero(cell: str, item: bytes) -> bool:
    return item.startswith(_KEEP_ZERO) and "(0" in cell


def _bare(cells: Sequence[str], items: list[bytes], bare: list[int]) -> list[int]:
    """Return which of the cells without a plus are Meta's own form already."""
    return [i for i in bare if cells[i][:1] != "0" and len(items[i]) in _SIZES and cells[i].isdigit()]


def _national(places: Places, items: list[bytes], bare: list[int]) -> Iterable[int]:
    """Put the country code before numbers of a region; return for which that was simple."""
    for i in bare:
        place = place_at(places, i)
        told = quick(items[i].decode(), place) if place and items[i][:2] != b"00" else None
        if told:
            items[i] = told.encode()
            yield i


DISTINCT: dict[str, Callable[[Sequence[str], Places], Looked]] = {"EMAIL": emails, "PHONE": phones, "ZIP": zips}
"""Keys whose values seldom come twice."""
REPEATED: dict[str, Callable[[Sequence[str], Places], Looked]] = {"FN": words, "LN": words, "CT": words}
"""Keys whose values often do: each is made ready once per column."""
