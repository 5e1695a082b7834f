"""Pacing: whether a budget is being spent as planned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from admonster_fb.analysis.change import Figure, safe_divide
from admonster_fb.errors import ParameterError, Violation

Kind = Literal["lifetime", "daily"]
Verdict = Literal["on track", "under", "over", "not begun", "no budget"]
TOLERANCE = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Pacing:
    """Spend of a budget compared with even spending, all in the unit of the budget."""

    spent: Figure
    planned: Decimal
    """For the whole period: the lifetime budget, or the daily budget times the days."""
    expected: Decimal
    """Planned spend until now, if every hour had the same share."""
    projected: Decimal | None
    """Spend at the end at the present rate; `None` before the start."""
    verdict: Verdict

    @property
    def percent(self) -> Decimal | None:
        """`spent` in percent of `expected`; `None` if nothing is expected yet."""
        return safe_divide(100 * self.spent, self.expected)


def pacing(
    spent: Figure,
    budget: Figure,
    start: datetime,
    end: datetime,
    now: datetime,
    *,
    kind: Kind = "lifetime",
    tolerance: Decimal = TOLERANCE,
) -> Pacing:
    """Compare the spend between `start` and `now` with a budget: on track, under or over.

    `spent` and `budget` are in the same unit, minor or major. passed = (now - start) / (end - start), between 0 and 1;
    planned = budget, or budget * days from start to end if it is daily; expected = planned * passed; projected =
    spent / passed. "under" is below expected by more than `tolerance` (0.1: a tenth), "over" above it. Days are counted
    on the clock of `start`'s time zone: days of 23 and 25 hours count as one. Raises `ParameterError` unless `end` is
    after `start`, and if only some of the times have a time zone.

    >>> first, last = datetime(2026, 10, 1), datetime(2026, 10, 11)
    >>> result = pacing(30, 100, first, last, datetime(2026, 10, 6))
    >>> result.expected, result.projected, result.verdict
    (Decimal('50.0'), Decimal('6E+1'), 'under')
    """
    times, zone = (start, end, now), start.tzinfo
    if len({time.tzinfo is None for time in times}) > 1:
        raise ParameterError([Violation("now", now.isoformat(), "times that all have a time zone, or all have none")])
    begin, stop, at = (time.astimezone(zone).replace(tzinfo=None) for time in times) if zone else times
    if stop <= begin:
        raise ParameterError([Violation("end", end.isoformat(), "after start")])
    planned = Decimal(budget) * (_micros(stop - begin) / _micros(timedelta(days=1)) if kind == "daily" else 1)
    passed = _micros(min(max(at - begin, timedelta()), stop - begin)) / _micros(stop - begin)
    expected = planned * passed
    verdict = _verdict(spent, planned, expected, passed, tolerance)
    return Pacing(spent, planned, expected, safe_divide(spent, passed), verdict)


def sum_pacing(parts: Iterable[Pacing], tolerance: Decimal = TOLERANCE) -> Pacing | None:
    """Add up the pacing of several budgets in the same unit; `None` if there is none.

    >>> day = datetime(2026, 10, 1), datetime(2026, 10, 2), datetime(2026, 10, 2)
    >>> sum_pacing([pacing(5, 10, *day), pacing(15, 10, *day)]).verdict
    'on track'
    """
    pacings = [*parts]
    if not pacings:
        return None
    spent = sum(part.spent for part in pacings)
    planned, expected = (sum((getattr(part, name) for part in pacings), Decimal(0)) for name in ("planned", "expected"))
    projected = [part.projected for part in pacings if part.projected is not None]
    verdict = _verdict(spent, planned, expected, expected, tolerance)
    return Pacing(spent, planned, expected, sum(projected, Decimal(0)) if projected else None, verdict)


def _verdict(spent: Figure, planned: Decimal, expected: Decimal, passed: Decimal, tolerance: Decimal) -> Verdict:
    if not planned:
        return "no budget"
    if not passed:
        return "not begun"
    if spent < expected * (1 - tolerance):
        return "under"
    return "over" if spent > expected * (1 + tolerance) else "on track"


def _micros(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(microseconds=1))
