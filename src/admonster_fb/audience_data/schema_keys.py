"""Meta's keys of a customer: what each is called, how it is normalised, whether it is hashed.

Source: `api_facts.md` section 8; the names in the Conversions API's `user_data`: facebook-business 26.0.3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from admonster_fb.audience_data import dates, phones, places
from admonster_fb.audience_data import normalize as normal
from admonster_fb.audience_data.cells import HASH, TRIMMED, digest, is_broken, text
from admonster_fb.audience_data.reasons import Reason
from admonster_fb.errors import ParameterError, Violation

Normaliser = Callable[[str, str], str | Reason]


@dataclass(frozen=True, slots=True)
class Key:
    """A kind of thing known about a customer. `name` is that of audiences, `capi` that of the Conversions API."""

    name: str
    capi: str
    hashed: bool
    normaliser: Normaliser
    rule: str
    placed: bool = False
    """Whether the row's country matters."""
    trimmed: bool = True
    identifies: bool = True
    """Whether it says who the customer is."""


_AS_IT_IS = "as it is"
_CAPI_ONLY = (
    *("client_ip_address", "client_user_agent", "fbc", "fbp", "subscription_id", "lead_id", "fb_login_id"),
    *("anon_id", "page_id", "page_scoped_user_id", "ctwa_clid", "ig_account_id", "ig_sid"),
)
_TABLE = (
    Key("EMAIL", "em", True, normal.email, "trimmed, lower case"),
    Key("PHONE", "ph", True, phones.phone, "digits, with country code, no leading zeros", placed=True),
    Key("GEN", "ge", True, normal.gender, "m or f"),
    Key("DOB", "db", True, dates.birth, "YYYYMMDD; to audiences as DOBY, DOBM and DOBD", placed=True),
    Key("DOBY", "doby", True, dates.year, "YYYY, from 1900 to now"),
    Key("DOBM", "dobm", True, dates.month, "MM"),
    Key("DOBD", "dobd", True, dates.day, "DD"),
    Key("LN", "ln", True, normal.word, "lower case, no punctuation or spaces, letters of all scripts"),
    Key("FN", "fn", True, normal.word, "lower case, no punctuation or spaces, letters of all scripts"),
    Key("FI", "fi", True, normal.initial, "first letter, lower case"),
    Key("ST", "st", True, places.state, "US: two letters; else letters only, lower case", placed=True),
    Key("CT", "ct", True, normal.word, "lower case, no punctuation or spaces"),
    Key("ZIP", "zp", True, places.zip_code, "no spaces or dashes; US: 5 digits; UK: to the sector", placed=True),
    Key("COUNTRY", "country", True, places.country, "ISO's two letters, lower case"),
    Key("MADID", "madid", False, normal.madid, "lower case, hyphens kept"),
    Key("EXTERN_ID", "external_id", False, normal.extern_id, _AS_IT_IS, trimmed=False),
    Key("UID", "", False, normal.number_id, "as it is; goes with app_ids"),
    Key("APPUID", "", False, normal.number_id, "as it is; goes with app_ids"),
    Key("PAGEUID", "", False, normal.number_id, "as it is; goes with page_ids"),
    *(Key("", name, False, normal.verbatim, _AS_IT_IS, trimmed=False) for name in _CAPI_ONLY),
)
KEYS = {key.name: key for key in _TABLE if key.name}
"""The keys of audiences, by name."""
CAPI = {key.capi: key for key in _TABLE if key.capi}
"""The keys of the Conversions API's `user_data`, by name."""
PARTS = ("DOBY", "DOBM", "DOBD")
"""What a whole date of birth becomes in an audience."""
SINGLE = {"EMAIL_SHA256": "EMAIL", "PHONE_SHA256": "PHONE", "MOBILE_ADVERTISER_ID": "MADID"}
"""Other names of keys, used where a list has one key only."""

Extra = int | Decimal | list[str]
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,10})?", re.ASCII)


def value(cell: object) -> Decimal | int | Reason | None:
    """Return what a customer is worth, a number from 0 on; `None` where nothing is said.

    >>> value("44.50"), value(140), value("-1")
    (Decimal('44.50'), 140, <Reason.NOT_VALUE: 'not a number from 0 on'>)
    """
    told = text(cell)
    told = told if isinstance(told, Reason) else told.strip(TRIMMED)
    if told == "":
        return None
    if isinstance(told, Reason) or not _NUMBER.fullmatch(told):
        return Reason.NOT_VALUE
    return Decimal(told) if "." in told else int(told)


def options(cell: object) -> list[str] | Reason | None:
    """Return data processing options: `["LDU"]`, or an empty list for none.

    >>> options("LDU"), options([])
    (['LDU'], [])
    """
    told = json.dumps(cell) if isinstance(cell, list) else text(cell)
    plain = "" if isinstance(told, Reason) else told.strip(TRIMMED + '[]"').upper()
    return {"LDU": ["LDU"], "": []}.get(plain, Reason.NOT_OPTIONS) if not isinstance(told, Reason) else told


def whole(cell: object) -> int | Reason | None:
    """Return the number of a country or a state in data processing options; 0 where nothing is said: Meta finds it.

    >>> whole("1000")
    1000
    """
    told = value(cell)
    return 0 if told is None else told if isinstance(told, int) else Reason.NOT_WHOLE


EXTRAS: dict[str, Callable[[object], Extra | Reason | None]] = {
    "LOOKALIKE_VALUE": value,
    "DATA_PROCESSING_OPTIONS": options,
    "DATA_PROCESSING_OPTIONS_COUNTRY": whole,
    "DATA_PROCESSING_OPTIONS_STATE": whole,
}
"""Keys that say something else than who a customer is. A row without a good value for one is left out."""


def key_of(name: str) -> Key:
    """Return a key by its name in audiences or in the Conversions API; raises `ParameterError` for an unknown one.

    >>> key_of("ph").name, key_of("MOBILE_ADVERTISER_ID").hashed
    ('PHONE', False)
    """
    upper = SINGLE.get(name.upper(), name.upper())
    found = KEYS.get(upper) or CAPI.get(name)
    if found is None:
        raise ParameterError([Violation("key", name, f"one of {', '.join((*KEYS, *EXTRAS))}")])
    return found


def normalise(key: str, cell: object, *, place: str = "") -> str | Reason:
    """Return a value as Meta wants it before hashing: empty where there is none, a `Reason` where it cannot be used.

    `place` is the country of the customer, as two lower-case letters. A value that is hashed already comes back in
    lower case. Doing it twice changes nothing more: a phone number that has its country code needs no `place`.

    >>> normalise("FN", " Valéry "), normalise("ph", "(650)555-1212", place="us"), normalise("EMAIL", None)
    ('valéry', '16505551212', '')
    """
    return _normal(key_of(key), cell, place)


def hashed(key: str, cell: object, *, place: str = "") -> str | Reason:
    """Return a value as it is sent: the SHA-256 of the normalised one, or that itself where Meta hashes nothing.

    >>> hashed("COUNTRY", "United States")
    '79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621'
    """
    return finished(key_of(key), cell, place)


def finished(key: Key, cell: object, place: str) -> str | Reason:
    """Return a cell as it is sent."""
    told = _normal(key, cell, place)
    if isinstance(told, Reason) or not told or not key.hashed or (len(told) == 64 and HASH.fullmatch(told)):
        return told
    return digest(told)


def _normal(key: Key, cell: object, place: str) -> str | Reason:
    told = text(cell)
    if isinstance(told, Reason):
        return told
    bare = told.strip(TRIMMED)
    if not bare:
        return ""
    if not bare.isascii() and is_broken(bare):
        return Reason.BROKEN
    if key.hashed and len(bare) == 64 and HASH.fullmatch(bare):
        return bare.lower()
    return key.normaliser(bare if key.trimmed else told, place)
