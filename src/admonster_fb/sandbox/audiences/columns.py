"""Columns of an upload, packed: a hash takes its 32 bytes, and what is no hash stays text."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

# Words for a single key that mean another one.
SAME = {"EMAIL_SHA256": "EMAIL", "PHONE_SHA256": "PHONE", "MOBILE_ADVERTISER_ID": "MADID", "APPUID": "UID"}
HASHED = frozenset({"EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "FN", "LN", "FI", "ST", "CT", "ZIP", "COUNTRY"})
VALUE, OPTIONS = "LOOKALIKE_VALUE", "DATA_PROCESSING_OPTIONS"
COUNTRY, STATE = f"{OPTIONS}_COUNTRY", f"{OPTIONS}_STATE"
# Attributes of a person, not identifiers.
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


Row = tuple[Any, ...]
HEX = re.compile("[0-9a-f]*")
LENGTH = 64


@dataclass(frozen=True, slots=True)
class Hashes:
    """Packed hashes and the positions of blank values (in one request of at most 10,000 rows)."""

    packed: bytes
    blanks: array[int]

    def values(self) -> list[str]:
        """Return the column as it came."""
        text = self.packed.hex()
        found = [text[start : start + LENGTH] for start in range(0, len(text), LENGTH)]
        for place in self.blanks:
            found.insert(place, "")
        return found


@dataclass(frozen=True, slots=True)
class Plain:
    """Values that are not hashed, as JSON."""

    packed: bytes

    def values(self) -> list[Any]:
        """Return the column as it came, lists as tuples."""
        return [tuple(item) if isinstance(item, list) else item for item in json.loads(self.packed)]


Column = Hashes | Plain


def packed(values: Sequence[Any]) -> bytes | None:
    """Return all values in one go, packed, if each is SHA-256 in lower-case hex or blank, else None."""
    if set(map(type, values)) - {str} or set(map(len, values)) - {0, LENGTH}:
        return None
    text = "".join(values)
    try:
        found = bytes.fromhex(text)
    except ValueError:
        return None
    # Python reads capitals and spaces too.
    return found if len(found) * 2 == len(text) and text == text.lower() else None


def is_hash(value: Any) -> bool:
    """Return whether one value is SHA-256 in lower-case hex."""
    return isinstance(value, str) and len(value) == LENGTH and HEX.fullmatch(value) is not None


def pack(values: Sequence[Any]) -> Column:
    """Return a column as it is stored."""
    hashes = packed(values)
    if hashes is None:
        return Plain(json.dumps(list(values), separators=(",", ":")).encode())
    blanks = array("H") if all(values) else array("H", (place for place, value in enumerate(values) if not value))
    return Hashes(hashes, blanks)


def rows_of(columns: Sequence[Column]) -> Iterator[Row]:
    """Yield the rows of packed columns."""
    return zip(*(column.values() for column in columns), strict=True)


def digest_of(rows: Iterator[Row]) -> int:
    """Return a sum over rows, whatever their order: 64 bits of BLAKE2b of each row's values, joined by U+001F.

    >>> digest_of(iter([("a", "b"), ("c", "d")])) == digest_of(iter([("c", "d"), ("a", "b")]))
    True
    """
    texts = ("\x1f".join(map(str, row)).encode() for row in rows)
    return sum(int.from_bytes(blake2b(text, digest_size=8).digest(), "big") for text in texts) % 2**64
