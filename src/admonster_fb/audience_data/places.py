"""Meta's rules for states, ZIP codes and countries. All take a text that is trimmed and not empty.

`place` is the country of the row, as two lower-case letters, or empty. Source: `api_facts.md` section 8.
"""

from __future__ import annotations

import re
import unicodedata

from admonster_fb.audience_data.countries import ALIASES, CODES, COUNTRIES
from admonster_fb.audience_data.normalize import letters, word
from admonster_fb.audience_data.reasons import Reason

_STATES = """
    al alabama; ak alaska; az arizona; ar arkansas; ca california; co colorado; ct connecticut; de delaware;
    dc districtofcolumbia; dc washingtondc; fl florida; ga georgia; hi hawaii; id idaho; il illinois; in indiana;
    ia iowa; ks kansas; ky kentucky; la louisiana; me maine; md maryland; ma massachusetts; mi michigan; mn minnesota;
    ms mississippi; mo missouri; mt montana; ne nebraska; nv nevada; nh newhampshire; nj newjersey; nm newmexico;
    ny newyork; nc northcarolina; nd northdakota; oh ohio; ok oklahoma; or oregon; pa pennsylvania; ri rhodeisland;
    sc southcarolina; sd southdakota; tn tennessee; tx texas; ut utah; vt vermont; va virginia; wa washington;
    wv westvirginia; wi wisconsin; wy wyoming; as americansamoa; gu guam; mp northernmarianaislands; pr puertorico;
    vi virginislands; vi usvirginislands; aa armedforcesamericas; ae armedforceseurope; ap armedforcespacific
"""
STATES = {name: code for code, name in (pair.split() for pair in _STATES.split(";"))}
"""US states, territories and armed forces, by name."""
_STATE_CODES = frozenset(STATES.values())
_POSTCODE = re.compile(r"([a-z]{1,2}\d[a-z\d]?\d)[a-z]{2}", re.ASCII)
"""A whole postcode of the UK: area, district and sector, then what Meta does not take."""
_BRITISH = frozenset({"", "gb", "im", "je", "gg"})
_ZIP4 = re.compile(r"(\d{5})-\d{4}", re.ASCII)
_ZIP = re.compile(r"(\d{5})(?:\d{4})?", re.ASCII)


def country(value: str, _place: str) -> str | Reason:
    """Return the two letters of a country, given those, ISO's three, or a name.

    >>> country("United States", ""), country("AUT", ""), country("Deutschland", ""), country("UK", "")
    ('us', 'at', 'de', 'gb')
    """
    plain = "".join(char for char in unicodedata.normalize("NFKD", value).lower() if char.isalpha())
    if plain in CODES:
        return plain
    return COUNTRIES.get(plain.removeprefix("the")) or ALIASES.get(plain) or Reason.NOT_COUNTRY


def state(value: str, place: str) -> str | Reason:
    """Return two letters for US states, else the letters of the name.

    Without a country, the name of a US state is taken for one.

    >>> state("California", ""), state("N.Y.", "us"), state("Nordrhein-Westfalen", "de")
    ('ca', 'ny', 'nordrheinwestfalen')
    """
    name = letters(value, place)
    if isinstance(name, Reason) or place not in ("", "us"):
        return name
    code = name if name in _STATE_CODES else STATES.get(name)
    return code or (Reason.NOT_STATE if place else name)


def zip_code(value: str, place: str) -> str | Reason:
    """Return the first five digits in the US, area, district and sector in the UK, else all letters and digits.

    Without a country, a code that looks like one of these two is taken for one.

    >>> zip_code("94035-1234", ""), zip_code("M1 1AE", "gb"), zip_code("1010-AB", "nl")
    ('94035', 'm11', '1010ab')
    """
    code = word(value, place)
    if isinstance(code, Reason):
        return code
    if place == "us":
        match = _ZIP.fullmatch(code)
        return match[1] if match else Reason.NOT_ZIP
    if place in _BRITISH and (match := _POSTCODE.fullmatch(code)):
        return match[1]
    if not place and (match := _ZIP4.fullmatch(value)):
        return match[1]
    return code
