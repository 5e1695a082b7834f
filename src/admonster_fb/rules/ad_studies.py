"""What a study must say. Meta: ad-study, Requirements; guides/split-testing, Test restrictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from admonster_fb.errors import MISSING, Violation

OBJECTS = ("campaigns", "adsets", "ads", "adaccounts")
MOST_CELLS, MOST_MEMBERS = 150, 100
LEAST_SHARE = 10
"""The least percentage of a cell."""


def violations(params: Mapping[str, Any]) -> list[Violation]:
    """Return all that is wrong with a new study."""
    return [*_times(params), *_cells(params.get("cells") or [])]


def _times(params: Mapping[str, Any]) -> Iterator[Violation]:
    start, end = params.get("start_time"), params.get("end_time")
    if start is not None and end is not None and end <= start:
        yield Violation("end_time", end, f"a time after start_time ({start})")


def _cells(cells: Sequence[Mapping[str, Any]]) -> Iterator[Violation]:
    if not 1 <= len(cells) <= MOST_CELLS:
        yield Violation("cells", len(cells), f"1 to {MOST_CELLS} cells")
    seen: dict[str, int] = {}
    for number, cell in enumerate(cells):
        kinds = [kind for kind in OBJECTS if cell.get(kind)]
        if len(kinds) != 1:
            yield Violation(f"cells.{number}", kinds or MISSING, f"one of {', '.join(OBJECTS)}, with at least one id")
        for kind in kinds:
            if len(cell[kind]) > MOST_MEMBERS:
                yield Violation(f"cells.{number}.{kind}", len(cell[kind]), f"at most {MOST_MEMBERS}")
            for place, each in enumerate(cell[kind]):
                if each in seen:
                    yield Violation(
                        f"cells.{number}.{kind}.{place}", each, f"each once: it is in cell {seen[each]} too"
                    )
                seen[each] = number
    total = sum(cell.get("treatment_percentage", 0) for cell in cells)
    if total > 100:
        yield Violation("cells", total, "percentages that add up to 100 at most")
