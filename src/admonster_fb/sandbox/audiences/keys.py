"""The keys of uploads: which are hashed, and what the others must look like (facts, section 8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

# Words for a single key that mean another one.
SAME = {"EMAIL_SHA256": "EMAIL", "PHONE_SHA256": "PHONE", "MOBILE_ADVERTISER_ID": "MADID", "APPUID": "UID"}
HASHED = frozenset({"EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "FN", "LN", "FI", "ST", "CT", "ZIP", "COUNTRY"})
VALUE, OPTIONS = "LOOKALIKE_VALUE", "DATA_PROCESSING_OPTIONS"
COUNTRY, STATE = f"{OPTIONS}_COUNTRY", f"{OPTIONS}_STATE"
# They say something about a person, not who it is.
BESIDE = frozenset({VALUE, OPTIONS, COUNTRY, STATE})
INVALID_HASH = "invalid hash"
_DEVICE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _extern_id(value: Any) -> str:
    # Recorded: the whole row is invalid without it (live/recordings/audiences, POST users).
    return "" if value not in ("", None) else "empty external ID"


def _device(value: Any) -> str:
    return "" if value == "" or (isinstance(value, str) and _DEVICE.fullmatch(value)) else "invalid device ID"


def _number_id(value: Any) -> str:
    return "" if value == "" or str(value).isdecimal() else "invalid user ID"


def _lookalike_value(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if is_number and value >= 0 else "invalid lookalike value"


def _options(value: Any) -> str:
    return "" if value in ([], ["LDU"], "") else "invalid data processing options"


def _place(value: Any) -> str:
    return "" if value == "" or str(value) in ("0", "1", "1000") else "invalid data processing options"


# The keys that are not hashed, with what is wrong with a value, or nothing.
CHECKS: dict[str, Callable[[Any], str]] = {
    "EXTERN_ID": _extern_id,
    "MADID": _device,
    "UID": _number_id,
    "PAGEUID": _number_id,
    VALUE: _lookalike_value,
    OPTIONS: _options,
    COUNTRY: _place,
    STATE: _place,
}
KNOWN = HASHED | CHECKS.keys()
