"""What was understood of a list, and what became of its rows. Nothing of a customer is in either."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from admonster_fb.audience_data.reasons import Reason
from admonster_fb.audience_data.sources import Source

KEPT = 1_000
"""How many numbers of rows are kept for a reason; all are counted."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was understood: `columns` by the key they mean, and why others are `left_out`."""

    kind: str
    columns: dict[str, str]
    left_out: dict[str, str]
    schema: tuple[str, ...]
    encoding: str | None = None
    delimiter: str | None = None
    header: bool = True

    @classmethod
    def of(cls, source: Source, schema: tuple[str, ...]) -> Understood:
        """Say what was understood of a source."""
        mapped = source.mapped
        told = (source.encoding, source.delimiter, source.header)
        return cls(source.kind, mapped.columns, mapped.left_out, schema, *told)


@dataclass(slots=True)
class Tally:
    """How often something was so, and in which rows: the first 1,000. The first row of customers is row 1."""

    count: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, row: int) -> None:
        """Count a row.

        >>> tally = Tally()
        >>> tally.add(3)
        >>> tally
        Tally(count=1, rows=[3])
        """
        self.count += 1
        if self.count <= KEPT:
            self.rows.append(row)


@dataclass(slots=True)
class Report:
    """What became of the rows so far: each is among those `sent`, or `skipped` for one reason.

    `cells` says by key which cells were left empty, and why; their rows are sent if something else in them is usable.
    """

    rows: int = 0
    sent: int = 0
    skipped: dict[Reason, Tally] = field(default_factory=lambda: defaultdict(Tally))
    cells: dict[str, dict[Reason, Tally]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Tally)))
    usable: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """How many cells of a key were sent."""
    bare_phones: int = 0
    """How many numbers were digits alone, and so were taken to begin with their country code."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON.

        >>> Report(rows=1, sent=1).as_dict()["skipped"]
        []
        """
        return {
            "rows": self.rows,
            "sent": self.sent,
            "usable": dict(self.usable),
            "bare_phones": self.bare_phones,
            "skipped": [{"reason": str(reason), **_told(tally)} for reason, tally in self.skipped.items()],
            "cells": [
                {"key": key, "reason": str(reason), **_told(tally)}
                for key, tallies in self.cells.items()
                for reason, tally in tallies.items()
            ],
        }


def _told(tally: Tally) -> dict[str, Any]:
    return {"count": tally.count, "rows": list(tally.rows)}
