"""Meta's keys of customer data: their names, how values are normalised, and whether they are hashed.

Source: `docs/meta-rules.md#audience-keys`; the names in the Conversions API's `user_data`: facebook-business 26.0.3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from admonster_fb.audience_data import normalize
from admonster_fb.audience_data.cells import HASH, LOST, OTHER_DIGEST, TRIMMED, Reason, digest, known_digest, text
from admonster_fb.errors import ParameterError, Violation

Normaliser = Callable[..., str | Reason]  # takes a text, and the country of its row if the key is `placed`


@dataclass(frozen=True, slots=True)
class Key:
    """One kind of customer data. `name` is its key in audiences, `capi` its name in the Conversions API.

    >>> KEYS["EMAIL"].capi, KEYS["EMAIL"].hashed
    ('em', True)
    """

    name: str
    capi: str
    hashed: bool
    normaliser: Normaliser
    rule: str
    placed: bool = False  # whether normalisation depends on the row's country
    trimmed: bool = True


_AS_IT_IS = "as it is"
_DIGITS = normalize.matching(r"\d+", Reason.NOT_ID)
_COOKIE = normalize.matching(r"fb\.\d+\.\d+\.\S+", Reason.NOT_COOKIE)
_CAPI_ONLY = (
    *("client_user_agent", "subscription_id", "lead_id", "fb_login_id", "anon_id", "page_id", "page_scoped_user_id"),
    *("ctwa_clid", "ig_account_id", "ig_sid", "whatsapp_business_account_id", "instagram_business_account_id"),
)
_TABLE = (
    Key("EMAIL", "em", True, normalize.email, "trimmed, lower case"),
    Key("PHONE", "ph", True, normalize.phone, "digits, with country code, no leading zeros", placed=True),
    Key("GEN", "ge", True, normalize.gender, "m or f"),
    Key("DOB", "db", True, normalize.birth, "YYYYMMDD; to audiences as DOBY, DOBM and DOBD", placed=True),
    Key("DOBY", "doby", True, normalize.year, "YYYY, from 1900 to now"),
    Key("DOBM", "dobm", True, normalize.month, "MM"),
    Key("DOBD", "dobd", True, normalize.day, "DD"),
    Key("LN", "ln", True, normalize.word, "lower case, no punctuation or spaces, letters of all scripts"),
    Key("FN", "fn", True, normalize.word, "lower case, no punctuation or spaces, letters of all scripts"),
    Key("FI", "fi", True, normalize.initial, "first letter, lower case"),
    Key("ST", "st", True, normalize.state, "US: two letters; else letters only, lower case", placed=True),
    Key("CT", "ct", True, normalize.word, "lower case, no punctuation or spaces"),
    Key("ZIP", "zp", True, normalize.zip_code, "no spaces or dashes; US: 5 digits", placed=True),
    Key("COUNTRY", "country", True, normalize.country, "ISO's two letters, lower case"),
    Key("MADID", "madid", False, normalize.madid, "lower case, hyphens kept"),
    Key("EXTERN_ID", "external_id", False, normalize.extern_id, _AS_IT_IS, trimmed=False),
    Key("UID", "", False, _DIGITS, "as it is; goes with app_ids"),
    Key("APPUID", "", False, _DIGITS, "as it is; goes with app_ids"),
    Key("PAGEUID", "", False, _DIGITS, "as it is; goes with page_ids"),
    Key("", "client_ip_address", False, normalize.ip_address, "IPv4 or IPv6"),
    *(Key("", name, False, _COOKIE, "fb.1.1554763741205.AbCd") for name in ("fbc", "fbp")),
    *(Key("", name, True, normalize.beginning, "first five letters, lower case") for name in ("f5first", "f5last")),
    *(Key("", name, False, str, _AS_IT_IS, trimmed=False) for name in _CAPI_ONLY),
)
KEYS = {key.name: key for key in _TABLE if key.name}
"""The keys of audiences, by name."""
CAPI = {key.capi: key for key in _TABLE if key.capi}
"""The keys of the Conversions API's `user_data`, by name."""
PARTS = ("DOBY", "DOBM", "DOBD")  # the keys that a whole date of birth is split into for audiences
SINGLE = {"EMAIL_SHA256": "EMAIL", "PHONE_SHA256": "PHONE", "MOBILE_ADVERTISER_ID": "MADID"}
"""Other names of keys, for lists with one key only."""

Extra = int | Decimal | list[str]
_FLOAT = re.compile(r"\d+\.0", re.ASCII)
"""A whole number as spreadsheets and data frames write it where some cells of the column are empty."""
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,10})?", re.ASCII)


def value(cell: object) -> Decimal | int | Reason | None:
    """Return the value of a customer, a number from 0 on; `None` for an empty cell."""
    shown = text(cell)
    digits = "?" if isinstance(shown, Reason) else shown.strip(TRIMMED)
    if not digits:
        return None
    if not _NUMBER.fullmatch(digits):
        return Reason.NOT_VALUE
    return Decimal(digits) if "." in digits else int(digits)


def options(cell: object) -> list[str] | Reason | None:
    """Return data processing options: `["LDU"]`, or an empty list for none."""
    listed = json.dumps(cell) if isinstance(cell, list) else text(cell)
    if isinstance(listed, Reason):
        return listed
    return {"LDU": ["LDU"], "": []}.get(listed.strip(TRIMMED + '[]"').upper(), Reason.NOT_OPTIONS)


def whole(cell: object) -> int | Reason | None:
    """Return the number of a country or state in data processing options; 0 for an empty cell: Meta then locates it."""
    number = value(cell)
    return 0 if number is None else number if isinstance(number, int) else Reason.NOT_WHOLE


EXTRAS: dict[str, Callable[[object], Extra | Reason | None]] = {
    "LOOKALIKE_VALUE": value,
    "DATA_PROCESSING_OPTIONS": options,
    "DATA_PROCESSING_OPTIONS_COUNTRY": whole,
    "DATA_PROCESSING_OPTIONS_STATE": whole,
}
"""Keys that do not identify a customer. A row without a valid value for one of them is left out."""


def key_of(name: str) -> Key:
    """Return a key by its name in audiences or in the Conversions API. Raises `ParameterError` if it is unknown."""
    upper = SINGLE.get(name.upper(), name.upper())
    found = KEYS.get(upper) or CAPI.get(name)
    if found is None:
        raise ParameterError([Violation("key", name, f"one of {', '.join((*KEYS, *EXTRAS))}")])
    return found


def normalise(key: str, cell: object, *, place: str = "") -> str | Reason:
    """Return a value in Meta's form before hashing: an empty text for an empty cell, a `Reason` if it is unusable.

    `place` is the country of the customer, as two lower-case letters. A value that is hashed already is returned in
    lower case. Normalising twice gives the same: a phone number with its country code needs no `place`.

    >>> normalise("FN", " Valéry "), normalise("ph", "(650)555-1212", place="us"), normalise("EMAIL", None)
    ('valéry', '16505551212', '')
    """
    return _normalised(key_of(key), cell, place)


def hashed(key: str, cell: object, *, place: str = "") -> str | Reason:
    """Return a value as it is sent: normalised, and hashed with SHA-256 unless the key is sent unhashed.

    >>> hashed("COUNTRY", "United States")
    '79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621'
    """
    return finished(key_of(key), cell, place)


def finished(key: Key, cell: object, place: str) -> str | Reason:
    """Return a cell of a key as it is sent."""
    normal = _normalised(key, cell, place)
    if isinstance(normal, Reason) or not normal or not key.hashed or HASH.fullmatch(normal):
        return normal
    return Reason.OTHER_DIGEST if OTHER_DIGEST.fullmatch(normal) else digest(normal)


def _normalised(key: Key, cell: object, place: str) -> str | Reason:
    whole_text = text(cell)
    if isinstance(whole_text, Reason):
        return whole_text
    bare = whole_text.strip(TRIMMED)
    if not bare:
        return ""
    if not bare.isascii() and LOST.search(bare):
        return Reason.BROKEN
    if key.hashed and len(bare) >= 24 and (found := known_digest(bare)):
        return found
    if key.hashed and _FLOAT.fullmatch(bare):
        bare = bare[:-2]
    return key.normaliser(bare if key.trimmed else whole_text, *((place,) if key.placed else ()))
