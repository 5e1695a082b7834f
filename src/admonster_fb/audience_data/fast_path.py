"""The fast path: simple cells of a column normalised together, in a few passes in C over the joined cells.

Each function returns the bytes to hash and the indices of the cells that are not simple: those go through
`schema_keys.finished` one by one. Both ways must give the same result.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Sequence

from admonster_fb.audience_data.cells import OTHER_DIGEST
from admonster_fb.audience_data.normalize import lowered
from admonster_fb.audience_data.phones import KEEP_ZERO, LONGEST, SHORTEST, TRUNKS, normalize_fast

Looked = tuple[list[bytes], set[int]]
Places = str | Sequence[str]
"""The country of all rows, or one for each row."""

_LETTERS = string.ascii_letters.encode()
_DIGITS = string.digits.encode()
_LOWER = bytes.maketrans(string.ascii_uppercase.encode(), string.ascii_lowercase.encode())
_IN_EMAILS = _LETTERS + _DIGITS + b"._-+!#$%&'*/=?^`{|}~"
_IN_WORDS = _LETTERS + _DIGITS + b" .'-"
_WORD_MARKS = b" .'-"
_PHONE_MARKS = b" ().-/"
_SIZES = frozenset(range(SHORTEST, LONGEST + 1))
_ODD_DOTS = (b"..", b".@", b"@.", b"\n.")
_ODD_HOST = re.compile(rb"@[^\n]*?[^\w.\n-]|@-|-\.|\.-|-$", re.MULTILINE)
_HEX = string.hexdigits.encode()
_DIGEST_SIZES = frozenset({32, 40, 56})
_HASH_SIZES = frozenset({0, 64})
_ZIP_SIZES = frozenset({5})
_ODD_TRUNK = tuple(code.encode() for code in (*KEEP_ZERO, *TRUNKS))


def place_at(places: Places, index: int) -> str:
    """Return the country of a row."""
    return places if isinstance(places, str) else places[index]


def _joined(cells: Sequence[str]) -> bytes:
    return "\n".join(cells).encode("utf-8", "surrogatepass")


def _left(body: bytes, chars: bytes, count: int, mark: bytes) -> list[bytes] | None:
    """Return each cell without `chars`; [] if just `mark` is left of every cell, `None` if a cell has several lines."""
    left = body.translate(None, chars)
    if left == (mark + b"\n") * (count - 1) + mark:
        return []
    marks = left.split(b"\n")
    return marks if len(marks) == count else None  # else a cell has several lines


def _other(marks: Iterable[bytes], mark: bytes) -> set[int]:
    return {i for i, rest in enumerate(marks) if rest != mark}


def _none(cells: Sequence[str]) -> Looked:
    return [b""] * len(cells), set(range(len(cells)))


def hashes(cells: Sequence[str]) -> list[str] | None:
    """Return a column in lower case if every cell is a hash or empty; else `None`.

    >>> hashes(["AB" * 32, ""]) == ["ab" * 32, ""], hashes(["mary@example.com"])
    (True, None)
    """
    if not _HASH_SIZES.issuperset(map(len, cells)):
        return None
    body = _joined(cells)
    return None if _left(body, _HEX, len(cells), b"") != [] else body.decode().lower().split("\n")


def emails(cells: Sequence[str], _places: Places = "") -> Looked:
    """Normalise simple e-mail addresses: ASCII, one @ with text on both sides, a dot after it, no spaces.

    >>> emails(["Mary@Example.com", "", "@example.com", "mary", "mary@localhost"])
    ([b'mary@example.com', b'', b'@example.com', b'mary', b'mary@localhost'], {1, 2, 3, 4})
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
    odd.update(i for i, item in enumerate(items) if b"." not in item[item.find(b"@") :])
    if any(dots in body for dots in _ODD_DOTS) or body[:1] == b".":
        odd.update(i for i, item in enumerate(items) if any(dots in b"\n%b" % item for dots in _ODD_DOTS))
    if _ODD_HOST.search(body):
        odd.update(i for i, item in enumerate(items) if _ODD_HOST.search(item))
    return items, odd


def words(cells: Sequence[str], _places: Places = "") -> Looked:
    r"""Normalise simple names and cities: letters and digits; ASCII spaces, hyphens, apostrophes and dots are removed.

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
    if min(sizes) < 1 or max(sizes) > 63:  # empty, or as long as a hash
        odd.update(i for i, size in enumerate(sizes) if not 0 < size < 64)
    if max(map(len, cells)) > 42:  # perhaps a digest in base64
        odd.update(i for i, cell in enumerate(cells) if len(cell) > 42)
    for i in [*odd]:  # accents and other scripts, without punctuation
        low = lowered(cells[i])
        if low.isalnum() and len(cells[i]) < 43:
            items[i] = low.encode()
            odd.discard(i)
    if not _DIGEST_SIZES.isdisjoint(sizes):
        odd.update(i for i, item in enumerate(items) if OTHER_DIGEST.fullmatch(item.decode()))
    return items, odd


def zips(cells: Sequence[str], _places: Places = "") -> Looked:
    """Normalise simple ZIP codes: five digits, which mean the same in every country.

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
    """Normalise simple phone numbers: a plus, digits and the usual marks; digits alone; simple numbers of a region.

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
    bare = [i for i in odd if marks and marks[i] == b"" and "(0" not in cells[i] and not cells[i].endswith(".0")]
    odd.difference_update(_bare(cells, items, bare) if not places else _national(places, items, bare))
    return items, odd


def _misread(body: bytes, cells: Sequence[str], items: list[bytes], odd: set[int]) -> Iterable[int]:
    """Return the cells with a plus that are not simple: it is not in front, or a zero or the length is unusual."""
    plain = len(cells) - len(odd)
    begin = body.count(b"\n+") + (body[:1] == b"+") - sum(cells[i][:1] == "+" for i in odd)
    if begin == plain and b"+0" not in body and b"(0" not in body and b"(8" not in body:
        return [i for i, size in enumerate(map(len, items)) if size not in _SIZES]
    return [
        i
        for i, (cell, item) in enumerate(zip(cells, items, strict=True))
        if cell[:1] != "+" or item[:1] == b"0" or len(item) not in _SIZES or _odd_trunk(cell, item)
    ]


def _odd_trunk(cell: str, item: bytes) -> bool:
    in_parentheses = "(0" in cell or "(8" in cell
    return in_parentheses and (item.startswith(_ODD_TRUNK) or "(0" in cell.replace("(0)", ""))


def _bare(cells: Sequence[str], items: list[bytes], bare: list[int]) -> list[int]:
    """Return the cells without a plus that are in Meta's own form already."""
    return [i for i in bare if cells[i][:1] != "0" and len(items[i]) in _SIZES and cells[i].isdigit()]


def _national(places: Places, items: list[bytes], bare: list[int]) -> Iterable[int]:
    """Put the country code before numbers of a region; yield the indices for which that was simple."""
    for i in bare:
        place = place_at(places, i)
        number = normalize_fast(items[i].decode(), place) if place and items[i][:2] != b"00" else None
        if number:
            items[i] = number.encode()
            yield i


DISTINCT: dict[str, Callable[[Sequence[str], Places], Looked]] = {"EMAIL": emails, "PHONE": phones, "ZIP": zips}
"""Keys whose values are rarely repeated."""
REPEATED: dict[str, Callable[[Sequence[str], Places], Looked]] = {"FN": words, "LN": words, "CT": words}
"""Keys whose values are often repeated: each distinct value is normalised once per column."""
