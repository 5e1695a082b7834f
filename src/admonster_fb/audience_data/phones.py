"""Meta's rule for phone numbers: digits only, with the country code, without leading zeros.

A number that says its country code ("+", "00", or digits alone, which is Meta's own form) needs nothing. Any other is
read as one of `place`, two lower-case letters, by the library phonenumbers (the extra `audiences`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from admonster_fb._optional import optional
from admonster_fb.audience_data.reasons import Reason
from admonster_fb.errors import ParameterError, Violation

SHORTEST, LONGEST = 7, 15
"""Digits of a number with its country code: no shorter ones are in use, E.164 allows no longer ones."""
_MARKS = re.compile(r"[\s().\-/·\u2010-\u2015\u2212]+")
_DIGITS = re.compile(r"\d+", re.ASCII)
KEEP_ZERO = ("39", "378", "379")
"""Country codes after which a zero is part of the number: Italy, San Marino, the Vatican."""


def phone(value: str, place: str) -> str | Reason:
    """Return a number as Meta takes it. Without a `place`, what does not say its country code is refused.

    >>> phone("+1 555-987-6543", ""), phone("0049 (0)171 1234567", ""), phone("(650)555-1212", "us")
    ('15559876543', '491711234567', '16505551212')
    >>> phone("(650)555-1212", "")
    <Reason.NO_COUNTRY_CODE: 'no country code'>
    """
    if not value.isascii():
        value = _plain(value)
    value = value.removeprefix("tel:")
    digits = _MARKS.sub("", value)
    says = digits[:1] == "+" or digits[:2] == "00"
    if says:
        digits = _without_trunk_zero(value) if "(0" in value else digits
        digits = digits.removeprefix("+").removeprefix("00")
    elif place:
        return national(value, digits, place)
    if not _DIGITS.fullmatch(digits):
        return national(value, digits, place) if place else Reason.NOT_PHONE
    if digits[0] == "0" or not (says or digits == value):
        return Reason.NO_COUNTRY_CODE
    return digits if SHORTEST <= len(digits) <= LONGEST else Reason.NOT_PHONE


def _plain(value: str) -> str:
    """Write digits of any script as ours, and drop the invisible marks that come with copied numbers."""
    kept = (char for char in unicodedata.normalize("NFKC", value) if unicodedata.category(char) != "Cf")
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in kept).strip()


def _without_trunk_zero(value: str) -> str:
    """Take away the zero of "+49 (0)171", which is dialled only within the country."""
    kept = _MARKS.sub("", value.replace("(0)", ""))
    return _MARKS.sub("", value) if kept.lstrip("+0").startswith(KEEP_ZERO) else kept


class _Region(NamedTuple):
    """How numbers are written within a region, where that is simple."""

    code: str
    trunk: str
    matches: Callable[[str], Any]
    abroad: Callable[[str], Any]


@lru_cache(maxsize=300)
def _region(place: str) -> _Region | None:
    """Return a region whose numbers need no full parsing: most, which takes a tenth of the time."""
    meta = optional("phonenumbers.phonemetadata", "audiences").PhoneMetadata.metadata_for_region(place.upper(), None)
    if meta is None or meta.national_prefix_transform_rule or not (meta.national_prefix_for_parsing or "0").isdigit():
        return None
    general = re.compile(meta.general_desc.national_number_pattern)
    abroad = re.compile(meta.international_prefix or "(?!)")
    return _Region(str(meta.country_code), meta.national_prefix_for_parsing or "", general.fullmatch, abroad.match)


def national(value: str, digits: str, place: str) -> str | Reason:
    """Return a number of a region with its country code; `digits` is `value` without marks between digits.

    >>> national("0171 1234567", "01711234567", "de")
    '491711234567'
    """
    told = _DIGITS.fullmatch(digits) and quick(digits, place)
    return told or _parsed(value, place)


def quick(digits: str, place: str) -> str | None:
    """Return a number of a region from digits alone; `None` where only the library can tell.

    >>> quick("01711234567", "de"), quick("1", "de")
    ('491711234567', None)
    """
    region = _region(place)
    if region is None or region.abroad(digits):
        return None
    code, trunk, matches, _ = region
    begins = code if digits.startswith(code) else trunk if trunk and digits.startswith(trunk) else ""
    bare = digits[len(begins) :]
    if not matches(bare) or not SHORTEST <= len(code) + len(bare) <= LONGEST:
        return None
    # A number with the prefix as well as without, or with both prefixes.
    unclear = begins and (bare.startswith(trunk or "0") or matches(digits))
    return None if unclear else code + bare


def _parsed(value: str, place: str) -> str | Reason:
    phonenumbers = optional("phonenumbers", "audiences")
    try:
        number = phonenumbers.parse(value, place.upper())
    except phonenumbers.NumberParseException:
        return Reason.NOT_PHONE
    digits = f"{number.country_code}{phonenumbers.national_significant_number(number)}"
    fits = phonenumbers.is_possible_number(number) and SHORTEST <= len(digits) <= LONGEST
    return digits if fits else Reason.NOT_PHONE


def checked_region(default_region: str | None) -> str:
    """Return a region as two lower-case letters, or an empty text for none; raises `ParameterError` for what is none.

    >>> checked_region("US"), checked_region(None)
    ('us', '')
    """
    if default_region is None:
        return ""
    known = optional("phonenumbers", "audiences").SUPPORTED_REGIONS
    code = {"UK": "GB"}.get(default_region.upper(), default_region.upper())
    if code not in known:
        raise ParameterError([Violation("default_region", default_region, 'two letters of a country, such as "US"')])
    return code.lower()
