"""Rules of ad studies. Source: Meta: ad-study, Requirements; guides/split-testing, Test restrictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from admonster_fb.errors import MISSING, Violation
from admonster_fb.rules import core
from admonster_fb.rules.core import rule

OBJECTS = ("campaigns", "adsets", "ads", "adaccounts")
MAX_CELLS, MAX_MEMBERS = 150, 100


violations = partial(core.violations, "study")
"""Return all violations of a new study's parameters."""
doubts = partial(core.doubts, "study")
"""Return the warnings about them."""
_NOT_REFUSED = "M Meta's page has no such cells, and does not refuse them"


@rule("study-times", "study", "L a study that ends before it starts is none")
def _times(params: Mapping[str, Any]) -> Iterator[Violation]:
    start, end = params.get("start_time"), params.get("end_time")
    if start is not None and end is not None and end <= start:
        yield Violation("end_time", end, f"a time after start_time ({start})")


@rule("study-cells", "study", "D Ad study; D Split testing")
def _cells(params: Mapping[str, Any]) -> Iterator[Violation]:
    cells: Sequence[Mapping[str, Any]] = params.get("cells") or []
    if not 1 <= len(cells) <= MAX_CELLS:
        yield Violation("cells", len(cells), f"1 to {MAX_CELLS} cells")
    seen: dict[str, int] = {}
    for number, cell in enumerate(cells):
        kinds = [kind for kind in OBJECTS if cell.get(kind)]
        if len(kinds) != 1:
            allowed = f"one of {', '.join(OBJECTS)}, with at least one id"
            yield Violation(f"cells.{number}", kinds or MISSING, allowed, _NOT_REFUSED if kinds else "")
        for kind in kinds:
            if len(cell[kind]) > MAX_MEMBERS:
                yield Violation(f"cells.{number}.{kind}", len(cell[kind]), f"at most {MAX_MEMBERS}")
            for place, member in enumerate(cell[kind]):
                if member in seen:
                    allowed = f"each object once; it is in cell {seen[member]} too"
                    yield Violation(f"cells.{number}.{kind}.{place}", member, allowed, _NOT_REFUSED)
                seen[member] = number
    total = sum(cell.get("treatment_percentage", 0) for cell in cells)
    if total > 100:
        yield Violation("cells", total, "percentages that add up to 100 at most")
