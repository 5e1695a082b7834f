"""The people of customer lists: packed rows that were added and removed, in order. They hold hashes, no names.

Rows are unpacked only when they are read. Five million rows may come: without `keep_rows` they are only counted and
summed into a digest that shows whether all arrived.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from admonster_fb.sandbox.audiences.columns import BESIDE, Column, Row, digest_of, pack, rows_of

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
    for wanted in rows_of(step.columns):
        filled = [pair for pair in zip(step.keys, wanted, strict=True) if _tells_who(*pair)]
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
