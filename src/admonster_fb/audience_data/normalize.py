"""Meta's rules for e-mail addresses, names, genders, IDs, places, dates of birth and phone numbers.

All functions expect a stripped text that is not empty. Spaces within names are removed too, as Meta's own
capi-param-builder does. `place` is the country of the row, as two lower-case letters, or empty. XK is Meta's code for
Kosovo. Source: `docs/meta-rules.md#audience-keys`.

A phone number with its country code ("+", "00", or digits alone, which is Meta's own form) is complete. Any other is
parsed as a number of `place` by the library phonenumbers (extra `audiences`).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from admonster_fb._optional import optional
from admonster_fb.audience_data.cells import Reason
from admonster_fb.errors import ParameterError, Violation

_ATOM = r"[^\s@,;:<>()\[\]\\\"\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060\ufeff]+"
_LIKE_EMAIL = re.compile(rf"{_ATOM}@{_ATOM}")
_NO_HOST = re.compile(r"@.*[^\w.\-\u0080-\uffff]|@-|@.*(?:-\.|\.-|-$)")
"""No host: other marks than dots and hyphens, or a hyphen at an end of one of its parts."""
_DOTS = re.compile(r"\.\.|^\.|\.@|@\.")  # where an address has no dot: beside another one, beside the @, and in front
_MADID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_NOT_WORD = re.compile(r"[\W_]+")
_GENDERS = {
    "m": "m male man boy mr männlich mann herr masculino hombre varon varón masculin homme homem maschio uomo maschile"
    " sr señor mand manlig mężczyzna férfi erkek мужской мужчина чоловік 男 男性 남 남성 남자",
    "f": "f female woman girl mrs ms miss weiblich w frau femenino mujer féminin feminin femme feminino mulher femmina"
    " donna femminile sra señora mme vrouw kvinna kvinde kvinne kvinnlig kobieta nő kadin женский женщина жінка"
    " 女 女性 여 여성 여자",
}
GENDERS = {word: gender for gender, words in _GENDERS.items() for word in words.split()}
"""Meta's letter by the word that people write."""


def lowered(value: str) -> str:
    """Return a text in lower case and in NFC."""
    if value.isascii():
        return value.lower()
    # Again after lowering: some accented capitals have a composed form in lower case only.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).lower())


def email(value: str) -> str | Reason:
    """Return an address in lower case. Dots before the @ remain: Meta's rule does not remove them.

    An address with two dots in a row, or without a dot after the @, reaches nobody and is refused.

    >>> email("Mary.Smith@Example.com"), email("mary@example..com")
    ('mary.smith@example.com', <Reason.NOT_EMAIL: 'not an e-mail address'>)
    """
    low = lowered(value)
    dotted = _LIKE_EMAIL.fullmatch(low) and "." in low[low.index("@") :]
    return low if dotted and not _DOTS.search(low) and not _NO_HOST.search(low) else Reason.NOT_EMAIL


def _of_categories(value: str, categories: str) -> str:
    r"""Return the characters of some of Unicode's categories. `\w` would leave out the vowel signs of many scripts."""
    return unicodedata.normalize("NFC", "".join(char for char in value if unicodedata.category(char)[0] in categories))


def word(value: str) -> str | Reason:
    """Return the letters and digits of a name or a city in lower case; accents and all scripts remain.

    >>> word("José María"), word("O'Neil-Núñez"), word("정")
    ('josémaría', 'oneilnúñez', '정')
    """
    low = lowered(value)
    if low.isalnum():
        return low
    rest = _NOT_WORD.sub("", low) if low.isascii() else _of_categories(low, "LMN")
    return rest if any(map(str.isalnum, rest)) else Reason.NO_LETTERS


def letters(value: str) -> str | Reason:
    """Return the letters alone."""
    rest = word(value)
    if isinstance(rest, Reason) or rest.isalpha():
        return rest
    rest = _of_categories(rest, "LM")
    return rest if any(map(str.isalpha, rest)) else Reason.NO_LETTERS


def initial(value: str) -> str | Reason:
    """Return the first letter."""
    rest = letters(value)
    return rest if isinstance(rest, Reason) else next((char for char in rest if char.isalpha()), Reason.NO_LETTERS)


def beginning(value: str) -> str | Reason:
    """Return the first five letters and digits of a name."""
    rest = word(value)
    return rest if isinstance(rest, Reason) else rest[:5]


def gender(value: str) -> str | Reason:
    """Return m or f."""
    return GENDERS.get(str(word(value)), Reason.NOT_GENDER)


def madid(value: str) -> str | Reason:
    """Return an advertising ID in lower case with its hyphens. It is sent unhashed, so anything else is refused."""
    low = value.lower()
    if not _MADID.fullmatch(low):
        return Reason.NOT_MADID
    return Reason.OPTED_OUT if {*low} <= {*"0-"} else low


def extern_id(value: str) -> str | Reason:
    """Return an ID of the advertiser unchanged. It is sent unhashed, so e-mail addresses are refused."""
    return Reason.EMAIL_AS_ID if _LIKE_EMAIL.fullmatch(value.strip()) else value


def ip_address(value: str) -> str | Reason:
    """Return an IPv4 or IPv6 address unchanged."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return Reason.NOT_IP
    return value


def matching(pattern: str, otherwise: Reason) -> Callable[[str], str | Reason]:
    """Return a function that returns a text unchanged if all of it matches a pattern of ASCII."""
    compiled = re.compile(pattern, re.ASCII)

    def checked(value: str) -> str | Reason:
        return value if compiled.fullmatch(value) else otherwise

    return checked


def _letters(name: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", name).lower() if char.isalpha())


def _read_lines(name: str) -> list[str]:
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


CODES: set[str] = set()  # the two-letter codes of ISO 3166, in lower case
COUNTRIES: dict[str, str] = {}
"""The two-letter code by the three-letter code, and by English and other names, as letters without accents."""
for _line in _read_lines("countries.txt"):
    _country, _, _aliases = _line.partition(": ")
    _two, _three, _name = _country.lower().split(maxsplit=2)
    CODES.add(_two)
    COUNTRIES |= dict.fromkeys((_three, *map(_letters, (_name, *_aliases.split()))), _two)
STATES = {name: code for code, name in map(str.split, _read_lines("states.txt"))}
"""US states, territories and armed forces, by name."""
_STATE_CODES = frozenset(STATES.values())
_SUBDIVISION = re.compile(r"([A-Za-z]{2})-([A-Za-z]{2,3})")  # A state as ISO 3166-2 has it: US-CA
_ZIP4 = re.compile(r"(\d{5})-\d{4}", re.ASCII)
_ZIP = re.compile(r"(\d{5})(?:\d{4})?", re.ASCII)


def country(value: str) -> str | Reason:
    """Return the two-letter code of a country from its two or three letters or its name."""
    plain = _letters(value)
    if plain in CODES:
        return plain
    return COUNTRIES.get(plain.removeprefix("the")) or COUNTRIES.get(plain) or Reason.NOT_COUNTRY


def state(value: str, place: str) -> str | Reason:
    """Return the two-letter code of a US state, or the letters of another state's name.

    Without a country, the name of a US state is read as one.

    >>> state("California", ""), state("N.Y.", "us"), state("Nordrhein-Westfalen", "de")
    ('ca', 'ny', 'nordrheinwestfalen')
    """
    if (found := _SUBDIVISION.fullmatch(value)) and found[1].lower() == (place or "us"):
        value = found[2]
    name = letters(value)
    if isinstance(name, Reason) or place not in ("", "us"):
        return name
    code = name if name in _STATE_CODES else STATES.get(name)
    return code or (Reason.NOT_STATE if place else name)


def zip_code(value: str, place: str) -> str | Reason:
    """Return the first five digits in the US, elsewhere all letters and digits. UK postcodes remain whole.

    Without a country, nine digits with a hyphen are read as a US code. Meta: Custom Audiences, example `m11ae`.

    >>> zip_code("94035-1234", ""), zip_code("M1 1AE", "gb"), zip_code("1010-AB", "nl")
    ('94035', 'm11ae', '1010ab')
    """
    value = value.removeprefix("z:")  # Meta's own lists of leads
    code = word(value if value.isascii() else unicodedata.normalize("NFKC", value))
    if isinstance(code, Reason):
        return code
    if place == "us":
        match = _ZIP.fullmatch(code)
        return match[1] if match else Reason.NOT_ZIP
    if not place and (match := _ZIP4.fullmatch(value)):
        return match[1]
    return code


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
MONTHS = {"sept": 9} | {name[:length]: at for at, name in enumerate(_NAMES.split(), 1) for length in (3, len(name))}
"""The number of a month by its English name, whole or its first three letters."""
_MONTH_FIRST = frozenset({"us", "pr", "gu", "vi", "as", "mp", "ph", "fm", "pw"})
"""Countries in which 2/3/1990 is the third of February."""


def _number(value: str, first: int, last: int) -> int | None:
    number = int(value) if len(value) <= 4 and value.isascii() and value.isdigit() else -1
    return number if first <= number <= last else None


def year(value: str) -> str | Reason:
    """Return YYYY."""
    found = _number(value, _FIRST, datetime.now(UTC).year)
    return Reason.NOT_YEAR if found is None else str(found)


def month(value: str) -> str | Reason:
    """Return MM, from a number or an English name."""
    found = _number(value, 1, 12) or MONTHS.get(value.lower().rstrip("."))
    return Reason.NOT_MONTH if found is None else f"{found:02}"


def day(value: str) -> str | Reason:
    """Return DD."""
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


SHORTEST, LONGEST = 7, 15
"""Digits of a number with its country code: shorter ones are not in use, longer ones not allowed by E.164."""
_PHONE_MARKS = re.compile(r"[\s().\-/·\u2010-\u2015\u2212]+")
_PHONE_DIGITS = re.compile(r"\d+", re.ASCII)
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
    digits = _PHONE_MARKS.sub("", value)
    has_code = digits[:1] == "+" or digits[:2] == "00"
    if has_code:
        digits = _without_trunk(value, digits) if "(" in value else digits
        digits = digits.removeprefix("+").removeprefix("00")
    elif place:
        return national(value, digits, place)
    if not _PHONE_DIGITS.fullmatch(digits):
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
    return _PHONE_MARKS.sub("", value.replace(f"({trunk}", "(", 1))


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
    if _PHONE_DIGITS.fullmatch(digits) and (found := normalize_fast(digits, place)):
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
