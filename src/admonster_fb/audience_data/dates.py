"""Dates of birth, whole and in parts. All functions expect a stripped text that is not empty."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from admonster_fb.audience_data.cells import Reason

_FIRST = 1900
_PLAIN = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_MARK = r"([^\w\n]{1,2}|[年月日])"
_PART = "([0-9]{4}|[0-9]{1,2})"
_DATE = re.compile(rf"{_PART}{_MARK}([0-9]{{1,2}}){_MARK}{_PART}[年日]?(?:[T ][0-9]{{2}}:[0-9]{{2}}.*)?", re.DOTALL)
"""A date of three numbers with any marks between them; a time of day after it is ignored."""
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_NAMED = re.compile(rf"(?:{_DAY}[ ./-]*([a-z]{{3,9}})|([a-z]{{3,9}})[ .]*{_DAY})[.,]?[ ./-]*(\d{{4}})", re.ASCII)
"""A date with the month's English name: 16 February 1990, Feb 16th, 1990."""
_ORDER = re.compile(r"\s*\(([dmy]+)[^\w]([dmy]+)[^\w]([dmy]+)\)$", re.ASCII)
"""The order of the numbers, as column headings of Meta's templates write it after a date."""
_NAMES = "january february march april may june july august september october november december"
MONTHS = {"sept": 9} | {
    name[:length]: number for number, name in enumerate(_NAMES.split(), 1) for length in (3, len(name))
}
"""The number of a month by its English name, whole or its first three letters."""
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
    """Return MM, from a number or an English name.

    >>> month("2", ""), month("February", ""), month("sept.", "")
    ('02', '02', '09')
    """
    found = _number(value, 1, 12) or MONTHS.get(value.lower().rstrip("."))
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

    >>> birth("1997-02-16", ""), birth("16.02.1997", ""), birth("2/3/1997", "us"), birth("2/3/1997 (mm/dd/yyyy)", "")
    ('19970216', '19970216', '19970203', '19970203')
    >>> birth("2/3/1997", "")
    <Reason.UNCLEAR_DATE: 'unclear which is the day and which the month'>
    """
    order = _ORDER.search(value.lower())
    bare = value[: order.start()] if order else value
    if match := _PLAIN.fullmatch(bare):
        return _checked(*match.groups())
    if match := _NAMED.fullmatch(bare.lower()):
        day_first, name, other_name, day_last, years = match.groups()
        return _checked(years, str(MONTHS.get(name or other_name, 0)), day_first or day_last)
    match = _DATE.fullmatch(bare)
    if match is None:
        return Reason.NOT_DATE
    first, mark, second, other, third = match.groups()
    if order:
        parts = dict(zip((part[0] for part in order.groups()), (first, second, third), strict=True))
        return _checked(parts.get("y", ""), parts.get("m", ""), parts.get("d", ""))
    if len(first) == 4:
        return _checked(first, second, third)
    return _with_year_last(first, second, third, place, mark + other)


def _with_year_last(first: str, second: str, years: str, place: str, marks: str) -> str | Reason:
    if len(years) != 4:
        return Reason.NOT_DATE
    if marks == "月日" or int(second) > 12:
        return _checked(years, first, second)
    if int(first) > 12 or marks == ".." or first == second:
        return _checked(years, second, first)
    if place in ("", "ca"):  # in Canada both orders are in use
        return Reason.UNCLEAR_DATE
    return _checked(years, *((first, second) if place in _MONTH_FIRST else (second, first)))


def _checked(years: str, months: str, days: str) -> str | Reason:
    try:
        found = date(int(years), int(months), int(days))
    except ValueError:
        return Reason.NOT_DATE
    return f"{found:%Y%m%d}" if date(_FIRST, 1, 1) <= found <= datetime.now(UTC).date() else Reason.NOT_DATE
