"""Meta's rule for phone numbers: digits only, with the country code, without leading zeros.

A number with its country code ("+", "00", or digits alone, which is Meta's own form) is complete. Any other is parsed
as a number of `place` (two lower-case letters) by the library phonenumbers (extra `audiences`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from admonster_fb._optional import optional
from admonster_fb.audience_data.cells import Reason
from admonster_fb.errors import ParameterError, Violation

SHORTEST, LONGEST = 7, 15
"""Digits of a number with its country code: shorter ones are not in use, longer ones not allowed by E.164."""
_MARKS = re.compile(r"[\s().\-/·\u2010-\u2015\u2212]+")
_DIGITS = re.compile(r"\d+", re.ASCII)
KEEP_ZERO = ("39", "378", "379", "225", "229", "241", "242")
"""Country codes after which a zero is part of the number: Italy, San Marino, the Vatican, Ivory Coast, Benin, …"""
TRUNKS = {"36": "06", "370": "8", "375": "8", "993": "8"}
"""What is dialled before a number within the country, by country code; elsewhere a zero."""
_BEFORE = re.compile(r"'?(?:[a-z]{1,8}:)?", re.IGNORECASE)
"""What stands before a number: the scheme of a link, a spreadsheet's apostrophe, "p:" in Meta's lists of leads."""
_EXTENSION = re.compile(r"\s*(?:;ext=|,?\s*ext\.?|[x#])\s*\d{1,6}\Z", re.IGNORECASE)


def phone(value: str, place: str) -> str | Reason:
    """Return a number as Meta accepts it. Without a `place`, a number without a country code is refused.

    >>> phone("+1 555-987-6543", ""), phone("0049 (0)171 1234567", ""), phone("(650)555-1212", "us")
    ('15559876543', '491711234567', '16505551212')
    >>> phone("(650)555-1212", "")
    <Reason.NO_COUNTRY_CODE: 'no country code'>
    """
    if not value.isascii():  # digits of any script, without the invisible marks of copied numbers
        rest = (char for char in unicodedata.normalize("NFKC", value) if unicodedata.category(char) != "Cf")
        value = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in rest).strip()
    value = _BEFORE.sub("", value, count=1)
    value = _EXTENSION.sub("", value)
    digits = _MARKS.sub("", value)
    has_code = digits[:1] == "+" or digits[:2] == "00"
    if has_code:
        digits = _without_trunk(value, digits) if "(" in value else digits
        digits = digits.removeprefix("+").removeprefix("00")
    elif place:
        return national(value, digits, place)
    if not _DIGITS.fullmatch(digits):
        return national(value, digits, place) if place else Reason.NOT_PHONE
    if digits[0] == "0" or not (has_code or digits == value):
        return Reason.NO_COUNTRY_CODE
    return digits if SHORTEST <= len(digits) <= LONGEST else Reason.NOT_PHONE


def _without_trunk(value: str, digits: str) -> str:
    """Remove the zero of "+49 (0)171" and "+55 (011)", which is dialled only within the country."""
    bare = digits.lstrip("+0")
    if bare.startswith(KEEP_ZERO):
        return digits
    trunk = next((trunk for code, trunk in TRUNKS.items() if bare.startswith(code)), "0")
    return _MARKS.sub("", value.replace(f"({trunk}", "(", 1))


class _Region(NamedTuple):
    """How numbers are written in a region with simple rules."""

    code: str
    trunk: str
    matches: Callable[[str], Any]
    abroad: Callable[[str], Any]


@lru_cache(maxsize=300)
def _region(place: str) -> _Region | None:
    """Return a region with simple rules, as most have; parsing its numbers takes a tenth of the time."""
    meta = optional("phonenumbers.phonemetadata", "audiences").PhoneMetadata.metadata_for_region(place.upper(), None)
    if meta is None or meta.national_prefix_transform_rule or not (meta.national_prefix_for_parsing or "0").isdigit():
        return None
    general = re.compile(meta.general_desc.national_number_pattern)
    abroad = re.compile(meta.international_prefix or "(?!)")
    return _Region(str(meta.country_code), meta.national_prefix_for_parsing or "", general.fullmatch, abroad.match)


def national(value: str, digits: str, place: str) -> str | Reason:
    """Return a number of a region with its country code; `digits` is `value` without marks."""
    if _DIGITS.fullmatch(digits) and (found := normalize_fast(digits, place)):
        return found
    phonenumbers = optional("phonenumbers", "audiences")
    try:
        number = phonenumbers.parse(value, place.upper())
        if digits.startswith(str(number.country_code)):  # Meta's own form, though in Germany it could be a local number
            whole = phonenumbers.parse(f"+{digits}", None)
            number = whole if phonenumbers.is_valid_number(whole) else number
    except phonenumbers.NumberParseException:
        return Reason.NOT_PHONE
    digits = f"{number.country_code}{phonenumbers.national_significant_number(number)}"
    fits = phonenumbers.is_possible_number(number) and SHORTEST <= len(digits) <= LONGEST
    return digits if fits else Reason.NOT_PHONE


def normalize_fast(digits: str, place: str) -> str | None:
    """Return a number of a region from digits alone; `None` if only full parsing can decide."""
    region = _region(place)
    if region is None or region.abroad(digits):
        return None
    code, trunk, matches, _ = region
    begins = code if digits.startswith(code) else trunk if trunk and digits.startswith(trunk) else ""
    bare = digits[len(begins) :]
    if not matches(bare) or not SHORTEST <= len(code) + len(bare) <= LONGEST:
        return None
    # Valid with the prefix and without it, or with two prefixes.
    unclear = begins and (bare.startswith(trunk or "0") or matches(digits))
    return None if unclear else code + bare


def checked_region(default_region: str | None) -> str:
    """Return a region as two lower-case letters, "" for `None`. Raises `ParameterError` if it is unknown."""
    if default_region is None:
        return ""
    known = optional("phonenumbers", "audiences").SUPPORTED_REGIONS
    code = {"UK": "GB"}.get(default_region.upper(), default_region.upper())
    if code not in known:
        raise ParameterError([Violation("default_region", default_region, 'two letters of a country, such as "US"')])
    return code.lower()
