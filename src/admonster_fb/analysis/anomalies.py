"""Days that stand out from the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from statistics import median

from admonster_fb.analysis.change import DIGITS, Figure
from admonster_fb.analysis.figures import ResultDefinition, figure, one_currency
from admonster_fb.models.insights.row import InsightsRow

LEAST_DAYS = 7
_NORMAL = Decimal("0.6745")
"""MAD of a normal distribution, in standard deviations."""
_MEAN = Decimal("1.253314")
"""Standard deviations of a normal distribution in its mean absolute deviation."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A day that stands out: its figure, what is usual (the median), and by how many standard deviations."""

    day: str
    field: str
    value: Figure
    usual: Figure
    score: Decimal

    def __str__(self) -> str:
        way = "above" if self.score > 0 else "below"
        return f"{self.day}: {self.field} {self.value:.2f}, far {way} the usual {self.usual:.2f}"


def anomalies(
    days: Iterable[InsightsRow],
    field: str,
    threshold: Decimal | int | float = Decimal("3.5"),
    *,
    least_change: Decimal | int | float = Decimal("0.1"),
    goal: str | None = None,
    event: str | None = None,
) -> tuple[Anomaly, ...]:
    """Find the days on which a figure is far from what it usually is, in order of days.

    The robust z-score of a day is 0.6745 * (value - median) / MAD, where MAD is the median of the distances from the
    median: a single wild day cannot hide itself, as it can in mean and standard deviation. Where MAD is zero, since
    more than half of the days are alike, it is (value - median) / (1.253314 * mean distance) instead. A day stands
    out if that is `threshold` or more, up or down, and if it is off by `least_change` of the median (a tenth) at
    least. Rows of one day are taken together as in `compare`; days without the figure are left out, for absent is
    not zero. Of fewer than 7 days nothing is said. Source: Iglewicz and Hoaglin 1993.

    >>> days = [InsightsRow(date_start=f"2026-10-0{n}", clicks=c) for n, c in enumerate((10, 11, 9, 10, 12, 9, 90), 1)]
    >>> [(day.day, day.value, day.usual) for day in anomalies(days, "clicks")]
    [('2026-10-07', 90, Decimal('10'))]
    """
    rows = [*days]
    one_currency(rows)
    by_day: dict[str, list[InsightsRow]] = {}
    for row in rows:
        by_day.setdefault(row.date_start or "", []).append(row)
    aim = ResultDefinition(goal, event)
    told = {day: value for day in sorted(by_day) if (value := figure(by_day[day], field, aim)) is not None}
    if len(told) < LEAST_DAYS:
        return ()
    with localcontext(prec=DIGITS):
        usual = median(map(Decimal, told.values()))
        scores = _scores({day: value - usual for day, value in told.items()})
        least = Decimal(str(least_change)) * abs(usual)
        found = [day for day, score in scores.items() if abs(score) >= Decimal(str(threshold))]
        return tuple(
            Anomaly(day, field, told[day], usual, scores[day].quantize(Decimal("0.01")))
            for day in found
            if abs(told[day] - usual) >= least
        )


def _scores(off: dict[str, Decimal]) -> dict[str, Decimal]:
    """Return the robust z-scores of distances from the median; none if all are zero."""
    distances = [abs(each) for each in off.values()]
    if mad := median(distances):
        return {day: _NORMAL * each / mad for day, each in off.items()}
    if mean := sum(distances, Decimal(0)) / len(distances):
        return {day: each / (_MEAN * mean) for day, each in off.items()}
    return {}
