"""Columns normalised and hashed as a whole: simple cells together, repeated values once, all others cell by cell.

The fast path takes a few passes in C over the joined cells. Each of its functions (`emails`, `words`, `zips`, `phones`)
returns the bytes to hash and the indices of the cells that are not simple: those go through `schema_keys.finished` one
by one. Both ways must give the same result.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

from admonster_fb.audience_data.cells import OTHER_DIGEST, Reason, digest, text
from admonster_fb.audience_data.normalize import KEEP_ZERO, LONGEST, SHORTEST, TRUNKS, lowered, normalize_fast
from admonster_fb.audience_data.schema_keys import KEYS, PARTS, Key, finished, normalise

Looked = tuple[list[bytes], set[int]]
Places = str | Sequence[str]  # the country of all rows, or one for each row
Faults = dict[int, Reason]  # why a cell cannot be used, by its index
Made = list[str | Reason]

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
    """Return a column in lower case if every cell is a hash or empty; else `None`."""
    if not _HASH_SIZES.issuperset(map(len, cells)):
        return None
    body = _joined(cells)
    return None if _left(body, _HEX, len(cells), b"") != [] else body.decode().lower().split("\n")


def emails(cells: Sequence[str], _places: Places = "") -> Looked:
    """Normalise simple e-mail addresses: ASCII, one @ with text on both sides, a dot after it, no spaces."""
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
    """Normalise simple names and cities: letters and digits; ASCII spaces, hyphens, apostrophes and dots go."""
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
    """Normalise simple ZIP codes: five digits, which mean the same in every country."""
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
    """Normalise simple phone numbers: a plus, digits and the usual marks; digits alone; simple numbers of a region."""
    body = _joined(cells)
    marks = _left(body, _DIGITS + _PHONE_MARKS, len(cells), b"+")
    if marks is None:
        return _none(cells)
    shown = body.replace(b"(0)", b"") if b"(0)" in body else body
    items = shown.translate(None, _PHONE_MARKS + b"+").split(b"\n")
    odd = _other(marks, b"+")
    odd.update(_misread(body, cells, items, odd))
    bare = [i for i in odd if marks and marks[i] == b"" and "(0" not in cells[i] and not cells[i].endswith(".0")]
    if places:
        odd.difference_update(_national(places, items, bare))
    else:  # in Meta's own form already
        odd -= {i for i in bare if cells[i][:1] != "0" and len(items[i]) in _SIZES and cells[i].isdigit()}
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


def _national(places: Places, items: list[bytes], bare: list[int]) -> Iterable[int]:
    """Put the country code before numbers of a region; yield the indices for which that was simple."""
    for i in bare:
        place = place_at(places, i)
        number = normalize_fast(items[i].decode(), place) if place and items[i][:2] != b"00" else None
        if number:
            items[i] = number.encode()
            yield i


REPEATED = frozenset({"FN", "LN", "CT"})
"""Keys whose values are often repeated: each distinct value is normalised once per column."""
FAST: dict[str, Callable[[Sequence[str], Places], Looked]] = dict.fromkeys(REPEATED, words)
FAST |= {"EMAIL": emails, "PHONE": phones, "ZIP": zips}


def column(key: Key, cells: Sequence[object], places: Places = "") -> tuple[list[str], Faults]:
    """Return a column as it is sent, with empty cells where nothing is usable, and the reasons by index."""
    texts, faults = texts_of(cells)
    made, odd = _finish_column(key, texts, places if key.placed else "") if texts else ([], ())
    for i in odd:
        reason = made[i]
        if isinstance(reason, Reason):
            made[i] = ""
            faults.setdefault(i, reason)
    return made, faults  # type: ignore[return-value]  # no reason is left in it


def columns_of(name: str, cells: Sequence[object], places: Places = "") -> tuple[dict[str, list[str]], Faults]:
    """Return the columns that a column is sent as, by key: dates of birth become three, all others one."""
    if name != "DOB":
        made, faults = column(KEYS[name], cells, places)
        return {name: made}, faults
    texts, faults = texts_of(cells)
    rows = [(cell, place_at(places, i)) for i, cell in enumerate(texts)]
    table = {row: _parts(*row) for row in set(rows)}
    faults.update((i, reason) for i, row in enumerate(rows) if isinstance(reason := table[row], Reason))
    dates = [("", "", "") if isinstance(date := table[row], Reason) else date for row in rows]
    return {part: [date[at] for date in dates] for at, part in enumerate(PARTS)}, faults


def _parts(cell: str, place: str) -> tuple[str, str, str] | Reason:
    date = normalise("DOB", cell, place=place)
    if isinstance(date, Reason) or len(date) > 8:
        return date if isinstance(date, Reason) else Reason.HASHED_DATE
    return (digest(date[:4]), digest(date[4:6]), digest(date[6:])) if date else ("", "", "")


def texts_of(cells: Sequence[object]) -> tuple[Sequence[str], Faults]:
    """Return cells as texts, empty where a cell is not a text, and the reasons by index."""
    try:
        "".join(cells)  # type: ignore[arg-type]
    except TypeError:
        texts = [text(cell) for cell in cells]
        faults = {i: found for i, found in enumerate(texts) if isinstance(found, Reason)}
        return ["" if isinstance(found, Reason) else found for found in texts], faults
    return cells, {}  # type: ignore[return-value]


def _finish_column(key: Key, texts: Sequence[str], places: Places) -> tuple[Made, Sequence[int] | set[int]]:
    """Return the finished cells, and the indices at which there may be a reason."""
    if key.hashed and len(texts[0]) == 64 and (ready := hashes(texts)) is not None:
        return [*ready], ()
    if key.name in REPEATED and len(distinct := [*set(texts)]) * 4 <= len(texts) * 3:
        made, _ = _finish_fast(key, distinct, "")
        return _looked_up(dict(zip(distinct, made, strict=True)), texts)
    if key.name in FAST:
        return _finish_fast(key, texts, places)
    if isinstance(places, str):
        return _looked_up({cell: finished(key, cell, places) for cell in set(texts)}, texts)
    pairs = [*zip(texts, places, strict=True)]
    return _looked_up({pair: finished(key, *pair) for pair in set(pairs)}, pairs)


def _looked_up(table: dict[Any, str | Reason], cells: Sequence[Any]) -> tuple[Made, Sequence[int]]:
    bad = any(isinstance(cell, Reason) for cell in table.values())
    return [*map(table.__getitem__, cells)], range(len(cells)) if bad else ()


def _finish_fast(key: Key, texts: Sequence[str], places: Places) -> tuple[Made, set[int]]:
    items, odd = FAST[key.name](texts, places)
    made: Made = [sha256(item).hexdigest() for item in items] if len(odd) < len(items) else [""] * len(items)
    seen: dict[tuple[str, str], str | Reason] = {}
    for i in odd:
        pair = (texts[i], place_at(places, i))
        if pair not in seen:
            seen[pair] = finished(key, *pair) if pair[0] else ""
        made[i] = seen[pair]
    return made, odd
