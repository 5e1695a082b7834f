"""What any cell is before its key is looked at: a text, nothing, or something that cannot be used."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from admonster_fb.audience_data.reasons import Reason

_INVISIBLE = "\0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
TRIMMED = _INVISIBLE + "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What is cut from both ends of a cell."""
_LOST = re.compile("[\ud800-\udfff\ufffd]")
HASH = re.compile(r"[0-9a-fA-F]{64}")
_MISSING = frozenset({"NAType", "NaTType", "NoneType"})
_LONGEST = 40
"""Digits of a number that can be meant as one."""


def text(cell: object) -> str | Reason:
    """Return a cell as text: whole numbers as their digits, dates as YYYY-MM-DD, what is missing as an empty text.

    >>> text(491701234567.0), text(None), text(b"a@b.example")
    ('491701234567', '', 'a@b.example')
    """
    if type(cell) is str:
        return cell
    if type(cell).__name__ in _MISSING:  # pandas' own, whose comparisons answer neither yes nor no
        return ""
    for kind, read in _READERS:
        if isinstance(cell, kind):
            return read(cell)
    if hasattr(cell, "__index__") and not isinstance(cell, type):
        return _whole(operator.index(cell))
    return Reason.NOT_TEXT


def _decoded(cell: bytes) -> str | Reason:
    try:
        return cell.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Reason.BROKEN


def _whole(cell: int) -> str | Reason:
    return str(cell) if abs(cell) < 10**_LONGEST else Reason.NOT_TEXT


def _number(cell: float | Decimal) -> str | Reason:
    if cell.is_nan() if isinstance(cell, Decimal) else cell != cell:
        return ""
    if not abs(cell) < 10**_LONGEST:
        return Reason.NOT_TEXT
    whole = int(cell)
    return str(whole) if whole == cell else format(cell, "f") if isinstance(cell, Decimal) else repr(float(cell))


# In this order: a truth value is a whole number too, and means no text.
_READERS: tuple[tuple[type, Callable[[Any], str | Reason]], ...] = (
    (str, str.__str__),
    (bool, lambda _: Reason.NOT_TEXT),
    (int, _whole),
    (float, _number),
    (Decimal, _number),
    (bytes, _decoded),
    (date, lambda cell: cell.isoformat()[:10]),
    (UUID, str),
)


def digest(value: str) -> str:
    """Return the SHA-256 of a text, as lower-case hex over its UTF-8.

    >>> digest("mary@example.com")
    'f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79'
    """
    return sha256(value.encode()).hexdigest()


def is_broken(value: str) -> bool:
    r"""Tell whether a text was decoded wrongly: halves of characters, or the mark that stands for lost ones.

    >>> is_broken("Val\ufffdry"), is_broken("Valéry")
    (True, False)
    """
    return bool(_LOST.search(value))
