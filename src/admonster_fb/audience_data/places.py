"""Meta's rules for states, ZIP codes and countries, and the names of countries.

All functions expect a stripped text that is not empty. `place` is the country of the row, as two lower-case letters, or
empty. XK is Meta's code for Kosovo. Source: `docs/meta-rules.md#audience-keys`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from admonster_fb.audience_data.cells import Reason
from admonster_fb.audience_data.normalize import letters, word


def _letters(name: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", name).lower() if char.isalpha())


def _read_lines(name: str) -> list[str]:
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def _read_countries() -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield the two-letter and three-letter code, the name and other names of each country."""
    for line in _read_lines("countries.txt"):
        country, _, aliases = line.partition(": ")
        two, three, name = country.split(maxsplit=2)
        yield two.lower(), three.lower(), _letters(name), [*map(_letters, aliases.split())]


_COUNTRIES = [*_read_countries()]
CODES = frozenset(two for two, _, _, _ in _COUNTRIES)
"""The two-letter codes of ISO 3166, in lower case."""
COUNTRIES = {key: two for two, three, name, _ in _COUNTRIES for key in (three, name)}
"""The two-letter code by the three-letter code, and by the letters of the English name without accents."""
ALIASES = {alias: two for two, _, _, aliases in _COUNTRIES for alias in aliases}
"""The two-letter code by other names."""
STATES = {name: code for code, name in map(str.split, _read_lines("states.txt"))}
"""US states, territories and armed forces, by name."""
_STATE_CODES = frozenset(STATES.values())
_SUBDIVISION = re.compile(r"([A-Za-z]{2})-([A-Za-z]{2,3})")
"""A state as ISO 3166-2 has it: US-CA."""
_ZIP4 = re.compile(r"(\d{5})-\d{4}", re.ASCII)
_ZIP = re.compile(r"(\d{5})(?:\d{4})?", re.ASCII)


def country(value: str, _place: str) -> str | Reason:
    """Return the two-letter code of a country from its two or three letters or its name.

    >>> country("United States", ""), country("AUT", ""), country("Deutschland", ""), country("UK", "")
    ('us', 'at', 'de', 'gb')
    """
    plain = _letters(value)
    if plain in CODES:
        return plain
    bare = plain.removeprefix("the")
    return COUNTRIES.get(bare) or ALIASES.get(plain) or ALIASES.get(bare) or Reason.NOT_COUNTRY


def state(value: str, place: str) -> str | Reason:
    """Return the two-letter code of a US state, or the letters of another state's name.

    Without a country, the name of a US state is read as one.

    >>> state("California", ""), state("N.Y.", "us"), state("Nordrhein-Westfalen", "de")
    ('ca', 'ny', 'nordrheinwestfalen')
    """
    if (found := _SUBDIVISION.fullmatch(value)) and found[1].lower() == (place or "us"):
        value = found[2]
    name = letters(value, place)
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
    code = word(value if value.isascii() else unicodedata.normalize("NFKC", value), place)
    if isinstance(code, Reason):
        return code
    if place == "us":
        match = _ZIP.fullmatch(code)
        return match[1] if match else Reason.NOT_ZIP
    if not place and (match := _ZIP4.fullmatch(value)):
        return match[1]
    return code
