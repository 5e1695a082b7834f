"""Anomalies: days whose figure is far from the usual."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from statistics import median

from admonster_fb.analysis.change import DIGITS, Figure
from admonster_fb.analysis.figures import ResultDefinition, figure, grouped, one_currency
from admonster_fb.models.insights.row import InsightsRow

MIN_DAYS = 7
_NORMAL = Decimal("0.6745")
"""MAD of a normal distribution, in standard deviations."""
_MEAN = Decimal("1.253314")
"""Standard deviations of a normal distribution in its mean absolute deviation."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A day whose figure is far from the median (`usual`); `score` is in standard deviations."""

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
    """Return the days on which a figure is far from its median, in order of days.

    The robust z-score of a day is 0.6745 * (value - median) / MAD, where MAD is the median of the distances from the
    median: unlike mean and standard deviation, it hardly depends on a single extreme day. If MAD is zero, since more
    than half of the days are equal, it is (value - median) / (1.253314 * mean distance). A day is an anomaly if its
    score is at least `threshold`, up or down, and its distance at least `least_change` of the median (0.1: a tenth).
    Rows of one day are added up as in `compare`; days without the figure are left out, since absent is not zero. With
    fewer than 7 days there is no anomaly. Source: Iglewicz and Hoaglin 1993.

    >>> days = [InsightsRow(date_start=f"2026-10-0{n}", clicks=c) for n, c in enumerate((10, 11, 9, 10, 12, 9, 90), 1)]
    >>> [(day.day, day.value, day.usual) for day in anomalies(days, "clicks")]
    [('2026-10-07', 90, Decimal('10'))]
    """
    rows = [*days]
    one_currency(rows)
    by_day = grouped(rows, lambda row: row.date_start or "")
    definition = ResultDefinition(goal, event)
    values = {day: value for day in sorted(by_day) if (value := figure(by_day[day], field, definition)) is not None}
    if len(values) < MIN_DAYS:
        return ()
    with localcontext(prec=DIGITS):
        usual = median(map(Decimal, values.values()))
        scores = _scores({day: value - usual for day, value in values.items()})
        least = Decimal(str(least_change)) * abs(usual)
        found = [day for day, score in scores.items() if abs(score) >= Decimal(str(threshold))]
        return tuple(
            Anomaly(day, field, values[day], usual, scores[day].quantize(Decimal("0.01")))
            for day in found
            if abs(values[day] - usual) >= least
        )


def _scores(off: dict[str, Decimal]) -> dict[str, Decimal]:
    """Return the robust z-scores of distances from the median; none if all are zero."""
    distances = [abs(distance) for distance in off.values()]
    if mad := median(distances):
        return {day: _NORMAL * distance / mad for day, distance in off.items()}
    if mean := sum(distances, Decimal(0)) / len(distances):
        return {day: distance / (_MEAN * mean) for day, distance in off.items()}
    return {}
