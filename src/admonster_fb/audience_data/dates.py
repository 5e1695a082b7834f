"""Dates of birth, whole and in parts. All functions expect a stripped text that is not empty."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from admonster_fb.audience_data.cells import Reason

_FIRST = 1900
_PLAIN = re.compile(r"(\d{4})()(\d\d)(\d\d)", re.ASCII)
_ISO = re.compile(r"(\d{4})([-/.])(\d\d?)\2(\d\d?)(?:[T ]\d\d:\d\d.*)?", re.ASCII | re.DOTALL)
_ENDS_WITH_YEAR = re.compile(r"(\d\d?)([./-])(\d\d?)\2(\d{4})(?:[T ]\d\d:\d\d.*)?", re.ASCII | re.DOTALL)
_MONTH_FIRST = frozenset({"us", "pr", "gu", "vi", "as", "mp", "ph", "fm", "pw"})
"""Countries in which 2/3/1990 is the third of February."""


def _number(value: str, first: int, last: int) -> int | None:
    number = int(value) if len(value) <= 4 and value.isascii() and value.isdigit() else -1
    return number if first <= number <= last else None


def year(value: str, _place: str) -> str | Reason:
    """Return YYYY.

    >>> year("1997", ""), year("97", "")
    ('1997', <Reason.NOT_YEAR: 'not a year from 1900 to now'>)
    """
    found = _number(value, _FIRST, datetime.now(UTC).year)
    return Reason.NOT_YEAR if found is None else str(found)


def month(value: str, _place: str) -> str | Reason:
    """Return MM.

    >>> month("2", "")
    '02'
    """
    found = _number(value, 1, 12)
    return Reason.NOT_MONTH if found is None else f"{found:02}"


def day(value: str, _place: str) -> str | Reason:
    """Return DD.

    >>> day("7", "")
    '07'
    """
    found = _number(value, 1, 31)
    return Reason.NOT_DAY if found is None else f"{found:02}"


def birth(value: str, place: str) -> str | Reason:
    """Return YYYYMMDD. In a date with dots the day comes first; in other ambiguous dates the country decides.

    >>> birth("1997-02-16", ""), birth("16.02.1997", ""), birth("2/3/1997", "us")
    ('19970216', '19970216', '19970203')
    >>> birth("2/3/1997", "")
    <Reason.UNCLEAR_DATE: 'unclear which is the day and which the month'>
    """
    if match := _PLAIN.fullmatch(value) or _ISO.fullmatch(value):
        return _checked(match[1], match[3], match[4])
    match = _ENDS_WITH_YEAR.fullmatch(value)
    if match is None:
        return Reason.NOT_DATE
    first, mark, second, years = match.groups()
    if int(first) > 12 or mark == "." or first == second:
        return _checked(years, second, first)
    if int(second) > 12:
        return _checked(years, first, second)
    if not place:
        return Reason.UNCLEAR_DATE
    return _checked(years, *((first, second) if place in _MONTH_FIRST else (second, first)))


def _checked(years: str, months: str, days: str) -> str | Reason:
    try:
        found = date(int(years), int(months), int(days))
    except ValueError:
        return Reason.NOT_DATE
    return f"{found:%Y%m%d}" if date(_FIRST, 1, 1) <= found <= datetime.now(UTC).date() else Reason.NOT_DATE
