"""Cells as text, before the rules of their key apply, and the reasons why a cell or a row cannot be used."""

from __future__ import annotations

import base64
import operator
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import UUID

_INVISIBLE = "\0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
TRIMMED = _INVISIBLE + "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""Characters that are stripped from both ends of a cell."""
LOST = re.compile("[\ud800-\udfff\ufffd]")  # what a wrongly decoded text has: surrogates or replacement characters
HASH = re.compile(r"(?:sha-?256[:=]|0x|\\x)?([0-9a-fA-F]{64})((?:\.[A-Za-z0-9_-]{1,16})?)")
"""A SHA-256 in hex; Meta's capi-param-builder appends a dot and letters, databases put a mark before."""
OTHER_DIGEST = re.compile(
    r"(?=[0-9]*[a-fA-F])(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})"
)
"""A digest of another kind than SHA-256: MD5, SHA-1, SHA-224, SHA-384 or SHA-512."""
_BASE64 = re.compile(r"(?=.*[0-9+/_-])(?=.*[a-z])(?=.*[A-Z])[\w+/-]{42}[AEIMQUYcgkosw048]=?", re.ASCII)
_OTHER_BASE64 = re.compile(r"[\w+/-]{22}==|[\w+/-]{27}=|[\w+/-]{38}==|[\w+/-]{86}==", re.ASCII)
_MISSING = frozenset({"NAType", "NaTType", "NoneType"})
_LONGEST = 40  # the most digits of a number that is accepted as text


class Reason(Enum):
    """Why a cell or a row is left out, without any customer data.

    >>> print(Reason.NO_COUNTRY_CODE)
    no country code
    """

    NOT_TEXT = "neither text nor a number"
    BROKEN = "broken characters"
    NOT_EMAIL = "not an e-mail address"
    NO_COUNTRY_CODE = "no country code"
    NOT_PHONE = "not a phone number"
    NOT_GENDER = "neither m nor f"
    NOT_YEAR = "not a year from 1900 to now"
    NOT_MONTH = "not a month"
    NOT_DAY = "not a day of a month"
    NOT_DATE = "not a date from 1900 to now"
    UNCLEAR_DATE = "unclear which is the day and which the month"
    OTHER_DIGEST = "hashed, but not with SHA-256"
    HASHED_DATE = "a hashed date, which cannot be taken apart"
    NO_LETTERS = "no letters"
    NOT_STATE = "not a US state"
    NOT_ZIP = "not a US ZIP code"
    NOT_COUNTRY = "not a country"
    NOT_MADID = "not an advertising id"
    OPTED_OUT = "the advertising id of a device that opted out"
    EMAIL_AS_ID = "an e-mail address where an id was due"
    NOT_ID = "not an id of digits"
    NOT_IP = "not an IP address"
    NOT_COOKIE = "not of the form fb.1.1554763741205.AbCd"
    NOT_VALUE = "not a number from 0 on"
    NOT_OPTIONS = "neither LDU nor empty"
    NOT_WHOLE = "not a whole number"

    EMPTY = "empty row"
    UNUSABLE = "nothing usable in the row"
    TOO_MANY = "more cells than columns"
    UNLIKE = "not a row like the first"
    NO_EXTRA = "no value for the row"

    def __str__(self) -> str:
        return self.value


def text(cell: object) -> str | Reason:
    """Return a cell as text: whole numbers as digits, dates as YYYY-MM-DD, missing values as an empty text."""
    if type(cell) is str:
        return cell
    if type(cell).__name__ in _MISSING:  # values of pandas that cannot be compared
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


# In this order: a `bool` is an `int` too, and is never accepted as text.
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
    """Return the SHA-256 of a text, as lower-case hex over its UTF-8."""
    return sha256(value.encode()).hexdigest()


def known_digest(value: str) -> str | None:
    """Return a digest in hex, as Meta has it: a SHA-256 in any writing, other kinds in hex; `None` if it is none."""
    if found := HASH.fullmatch(value):
        return found[1].lower() + found[2]
    if OTHER_DIGEST.fullmatch(value):
        return value.lower()
    if _BASE64.fullmatch(value) or _OTHER_BASE64.fullmatch(value):
        return base64.b64decode(value.rstrip("=") + "==", altchars=b"-_" if set(value) & {*"-_"} else None).hex()
    return None
