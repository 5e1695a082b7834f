"""How a customer list was read, and what happened to its rows. Neither contains customer data."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from admonster_fb.audience_data.cells import Reason

MAX_ROW_NUMBERS = 1_000
"""The most row numbers stored for a reason; all rows are counted."""


@dataclass(frozen=True, slots=True)
class Understood:
    """How a list was read: the key of each column used, and the reasons for those `left_out`."""

    kind: str
    columns: dict[str, str]
    left_out: dict[str, str]
    schema: tuple[str, ...]
    encoding: str | None = None
    delimiter: str | None = None
    header: bool = True


@dataclass(slots=True)
class Tally:
    """A count of rows, and the numbers of the first 1,000. Row 1 is the first row of customers."""

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
        if self.count <= MAX_ROW_NUMBERS:
            self.rows.append(row)


@dataclass(slots=True)
class ValidationReport:
    """What happened to the rows so far: each is either `sent`, or `skipped` for one reason.

    `cells` has the cells that were left empty, by key and reason; their rows are sent if another cell is usable.
    """

    rows: int = 0
    sent: int = 0
    skipped: dict[Reason, Tally] = field(default_factory=lambda: defaultdict(Tally))
    cells: dict[str, dict[Reason, Tally]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Tally)))
    usable: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """The number of cells sent, by key."""
    bare_phones: int = 0
    """The number of phone numbers of digits alone, which were read as beginning with their country code."""

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        return {
            "rows": self.rows,
            "sent": self.sent,
            "usable": dict(self.usable),
            "bare_phones": self.bare_phones,
            "skipped": [{"reason": str(reason), **asdict(tally)} for reason, tally in self.skipped.items()],
            "cells": [
                {"key": key, "reason": str(reason), **asdict(tally)}
                for key, tallies in self.cells.items()
                for reason, tally in tallies.items()
            ],
        }
