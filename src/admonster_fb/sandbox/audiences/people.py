"""The people of customer lists: packed rows that were added and removed, in order. They hold hashes, no names.

Columns of an upload are packed (a hash takes its 32 bytes, and what is no hash stays text) and unpacked only when they
are read. Five million rows may come: without `keep_rows` they are only counted and summed into a digest that shows
whether all arrived.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

# Words for a single key that mean another one.
SAME = {"EMAIL_SHA256": "EMAIL", "PHONE_SHA256": "PHONE", "MOBILE_ADVERTISER_ID": "MADID", "APPUID": "UID"}
HASHED = frozenset({"EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "FN", "LN", "FI", "ST", "CT", "ZIP", "COUNTRY"})
VALUE, OPTIONS = "LOOKALIKE_VALUE", "DATA_PROCESSING_OPTIONS"
COUNTRY, STATE = f"{OPTIONS}_COUNTRY", f"{OPTIONS}_STATE"
# Attributes of a person, not identifiers.
BESIDE = frozenset({VALUE, OPTIONS, COUNTRY, STATE})
INVALID_HASH, _INVALID_OPTIONS = "invalid hash", "invalid data processing options"
_DEVICE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


# The keys that are not hashed: what passes as a value, and what is wrong with all else.
CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    # Recorded: the whole row is invalid without it (`tests/contract/recordings/audiences.jsonl`).
    "EXTERN_ID": (lambda value: value not in ("", None), "empty external ID"),
    "MADID": (lambda value: value == "" or bool(_DEVICE.fullmatch(str(value))), "invalid device ID"),
    **dict.fromkeys(("UID", "PAGEUID"), (lambda value: value == "" or str(value).isdecimal(), "invalid user ID")),
    VALUE: (
        lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value >= 0,
        "invalid lookalike value",
    ),
    OPTIONS: (lambda value: value in ([], ["LDU"], ""), _INVALID_OPTIONS),
    **dict.fromkeys((COUNTRY, STATE), (lambda value: str(value) in ("", "0", "1", "1000"), _INVALID_OPTIONS)),
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


Keys = tuple[str, ...]
Rows = Counter[tuple[Keys, Row]]
# Up to this many rows, equal rows count as one person; beyond it all rows count as different people.
EXACT = 200_000
MODULUS = 2**64


@dataclass(frozen=True, slots=True)
class Step:
    """Rows of one request: added or removed."""

    keys: Keys
    columns: tuple[Column, ...]
    count: int
    adds: bool


@dataclass(slots=True)
class Held:
    """The rows of one audience. `count` and `digest` are of rows that were only counted."""

    steps: list[Step] = field(default_factory=list)
    count: int = 0
    digest: int = 0
    version: int = 0
    _people: tuple[int, int] = (-1, 0)

    def take(self, step: Step, *, keep: bool) -> None:
        """Apply a step, at once or when the rows are read."""
        self.version += 1
        if keep:
            self.steps.append(step)
            return
        sign = 1 if step.adds else -1
        self.count = max(0, self.count + sign * step.count)
        self.digest = (self.digest + sign * digest_of(rows_of(step.columns))) % MODULUS

    def clear(self) -> None:
        """Remove everybody."""
        self.steps.clear()
        self.count, self.digest, self.version = 0, 0, self.version + 1

    def rows(self) -> Rows:
        """Return the stored rows, each with its keys and its count."""
        found: Rows = Counter()
        for step in self.steps:
            if step.adds:
                found.update((step.keys, row) for row in rows_of(step.columns))
            else:
                _take_away(found, step)
        return found

    def people(self) -> int:
        """Return how many people these are, by the rows alone."""
        if self._people[0] != self.version:
            sent = sum(step.count for step in self.steps if step.adds)
            exact = sent <= EXACT or any(not step.adds for step in self.steps)
            self._people = self.version, len(self.rows()) if exact else sent
        return self._people[1] + self.count


class People:
    """The people of every audience, by its id."""

    def __init__(self) -> None:
        self.keep_rows = True
        self.held: defaultdict[str, Held] = defaultdict(Held)

    def change(self, audience_id: str, keys: Keys, columns: tuple[Column, ...], count: int, *, adds: bool) -> None:
        """Add rows to an audience, or remove the people that have each filled value of a row."""
        if count:
            self.held[audience_id].take(Step(keys, columns, count, adds), keep=self.keep_rows)

    def rows(self, audience_id: str) -> Counter[Row]:
        """Return the rows an audience holds, in the order of their schema."""
        found: Counter[Row] = Counter()
        for (_, row), count in self.held.get(audience_id, Held()).rows().items():
            found[row] += count
        return found

    def digest(self, audience_id: str) -> tuple[int, int]:
        """Return how many rows an audience holds, and their digest."""
        held = self.held.get(audience_id, Held())
        rows = held.rows()
        return held.count + rows.total(), (held.digest + digest_of(row for _, row in rows.elements())) % MODULUS

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        return {
            audience_id: {
                "rows": [[keys, row, count] for (keys, row), count in held.rows().items()],
                "count": held.count,
                "digest": held.digest,
            }
            for audience_id, held in self.held.items()
        }

    def load(self, dumped: dict[str, Any]) -> None:
        """Replace everything by what `dump` returned."""
        self.held.clear()
        for audience_id, item in dumped.items():
            self.held[audience_id].count, self.held[audience_id].digest = item["count"], item["digest"]
            for keys, row, count in item["rows"]:
                columns = tuple(pack([value]) for value in row)
                for _ in range(count):
                    self.held[audience_id].steps.append(Step(tuple(keys), columns, 1, adds=True))


def _take_away(rows: Rows, step: Step) -> None:
    """Remove the people that have each filled value of a row, looked up by one of the values."""
    index = _index(rows, step.keys)
    for removed in rows_of(step.columns):
        filled = [pair for pair in zip(step.keys, removed, strict=True) if _tells_who(*pair)]
        for held in index.get(filled[0], ()) if filled else ():
            if set(filled) <= set(zip(*held, strict=True)):
                rows.pop(held, None)


def _index(rows: Rows, keys: Keys) -> defaultdict[tuple[str, Any], list[tuple[Keys, Row]]]:
    index: defaultdict[tuple[str, Any], list[tuple[Keys, Row]]] = defaultdict(list)
    for held in rows:
        for key, value in zip(*held, strict=True):
            if key in keys and _tells_who(key, value):
                index[key, value].append(held)
    return index


def _tells_who(key: str, value: Any) -> bool:
    return key not in BESIDE and value != ""
