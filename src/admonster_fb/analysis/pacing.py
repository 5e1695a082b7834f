"""Whether a budget is being spent as planned."""

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
    """What was spent of a budget against what even spending would have taken, all in the unit of the budget."""

    spent: Figure
    planned: Decimal
    """For the whole time: the lifetime budget, or the daily one for each day of it."""
    expected: Decimal
    """Of it until now, if every hour took as much."""
    projected: Decimal | None
    """At the end, if it goes on like this; `None` before it has begun."""
    verdict: Verdict

    @property
    def percent(self) -> Decimal | None:
        """Spent per 100 expected; `None` where nothing is expected yet."""
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
    """Set what was spent between `start` and `now` against a budget: on track, under or over.

    `spent` and `budget` are in the same unit, minor or major. passed = (now - start) / (end - start), between 0 and 1;
    planned = budget, or budget * days from start to end if it is daily; expected = planned * passed; projected =
    spent / passed. "under" is below expected by more than `tolerance` (a tenth), "over" above it by more. Days are
    counted on the clock of `start`'s time zone, so those of 23 and 25 hours count as one. Raises `ParameterError`
    unless `end` is after `start`, and where some times have a zone and others have none.

    >>> first, last = datetime(2026, 10, 1), datetime(2026, 10, 11)
    >>> told = pacing(30, 100, first, last, datetime(2026, 10, 6))
    >>> told.expected, told.projected, told.verdict
    (Decimal('50.0'), Decimal('6E+1'), 'under')
    """
    if len({each.tzinfo is None for each in (start, end, now)}) > 1:
        raise ParameterError([Violation("now", now.isoformat(), "times that all have a time zone, or all have none")])
    zone = start.tzinfo
    begin, stop, at = (
        each if zone is None else each.astimezone(zone).replace(tzinfo=None) for each in (start, end, now)
    )
    if stop <= begin:
        raise ParameterError([Violation("end", end.isoformat(), "after start")])
    planned = Decimal(budget) * (_micros(stop - begin) / _micros(timedelta(days=1)) if kind == "daily" else 1)
    passed = _micros(min(max(at - begin, timedelta()), stop - begin)) / _micros(stop - begin)
    expected = planned * passed
    return Pacing(
        spent, planned, expected, safe_divide(spent, passed), _verdict(spent, planned, expected, passed, tolerance)
    )


def sum_pacing(parts: Iterable[Pacing], tolerance: Decimal = TOLERANCE) -> Pacing | None:
    """Add up the pacing of several budgets in the same unit; `None` if there is none.

    >>> day = datetime(2026, 10, 1), datetime(2026, 10, 2), datetime(2026, 10, 2)
    >>> sum_pacing([pacing(5, 10, *day), pacing(15, 10, *day)]).verdict
    'on track'
    """
    every = [*parts]
    if not every:
        return None
    spent = sum(each.spent for each in every)
    planned, expected = (sum((getattr(each, of) for each in every), Decimal(0)) for of in ("planned", "expected"))
    known = [each.projected for each in every if each.projected is not None]
    verdict = _verdict(spent, planned, expected, expected, tolerance)
    return Pacing(spent, planned, expected, sum(known, Decimal(0)) if known else None, verdict)


def _verdict(spent: Figure, planned: Decimal, expected: Decimal, passed: Decimal, tolerance: Decimal) -> Verdict:
    if not planned:
        return "no budget"
    if not passed:
        return "not begun"
    return (
        "under" if spent < expected * (1 - tolerance) else "over" if spent > expected * (1 + tolerance) else "on track"
    )


def _micros(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(microseconds=1))
