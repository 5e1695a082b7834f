"""What stands out: days whose figure is far from the usual, and ads that the same people have seen too often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from statistics import median

from admonster_fb.analysis.change import DIGITS, Change, Figure, safe_divide
from admonster_fb.analysis.figures import ResultDefinition, figure, grouped, one_currency
from admonster_fb.models.insights.row import InsightsRow

MIN_DAYS = 7
MIN_IMPRESSIONS = 1000
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
        off = {day: value - usual for day, value in values.items()}
        distances = [abs(distance) for distance in off.values()]
        mad, mean = median(distances), sum(distances, Decimal(0)) / len(distances)
        if not mean:
            return ()
        scores = {day: _NORMAL * each / mad if mad else each / (_MEAN * mean) for day, each in off.items()}
        least = Decimal(str(least_change)) * abs(usual)
        return tuple(
            Anomaly(day, field, values[day], usual, score.quantize(Decimal("0.01")))
            for day, score in scores.items()
            if abs(score) >= Decimal(str(threshold)) and abs(off[day]) >= least
        )


@dataclass(frozen=True, slots=True)
class Fatigue:
    """An object that people see more often and click less."""

    object_id: str
    name: str
    frequency: Change
    ctr: Change

    def __str__(self) -> str:
        frequency, ctr = self.frequency, self.ctr
        return f"frequency {frequency.before:.2f} to {frequency.after:.2f}, CTR {ctr.before:.2f} % to {ctr.after:.2f} %"


def fatigue(
    rows: Iterable[InsightsRow],
    *,
    least_impressions: int = MIN_IMPRESSIONS,
    rise: Decimal = Decimal("0.1"),
    fall: Decimal = Decimal("0.1"),
) -> tuple[Fatigue, ...]:
    """Return objects that people see more often and click less than before, the steepest fall of CTR first.

    Rows are periods of equal length (days, weeks) of ads, ad sets or campaigns, with impressions, clicks and frequency
    or reach. The earlier half of an object's rows is compared with the later half (of an odd number the middle row is
    left out). The frequency of a half is the median of its rows (reach is never added up), CTR its clicks per 100
    impressions. It is fatigue if frequency rose by at least `rise` (0.1: a tenth), CTR fell by at least `fall`, and
    each half has `least_impressions`.

    >>> week = dict(campaign_id="1", impressions=5000)
    >>> rows = [InsightsRow(date_start="2026-10-18", frequency="1.5", clicks=100, **week),
    ...         InsightsRow(date_start="2026-10-25", frequency="2.4", clicks=50, **week)]
    >>> print(fatigue(rows)[0])
    frequency 1.50 to 2.40, CTR 2.00 % to 1.00 %
    """
    found = []
    ids = ("ad_id", "adset_id", "campaign_id", "account_id")
    groups = grouped(rows, lambda row: next((value for name in ids if (value := getattr(row, name))), ""))
    for object_id, own_rows in groups.items():
        own_rows.sort(key=lambda row: row.date_start or "")
        half = len(own_rows) // 2
        sides = own_rows[:half], own_rows[len(own_rows) - half :]
        if min(figure(side, "impressions") or 0 for side in sides) < max(least_impressions, 1):
            continue
        frequency, ctr = Change(*map(_frequency, sides)), Change(*map(_ctr, sides))
        rose, fell = frequency.percent, ctr.percent
        if rose is not None and rose >= 100 * rise and fell is not None and fell <= -100 * fall:
            names = (getattr(own_rows[-1], f"{level}_name") for level in ("ad", "adset", "campaign"))
            found.append(Fatigue(object_id, str(next(filter(None, names), "")), frequency, ctr))
    return tuple(sorted(found, key=lambda item: item.ctr.percent or 0))


def _frequency(rows: Sequence[InsightsRow]) -> Decimal | None:
    values = [value for row in rows if (value := row.frequency or safe_divide(row.impressions, row.reach)) is not None]
    return median(values) if values else None


def _ctr(rows: Sequence[InsightsRow]) -> Decimal:
    """Return the CTR; clicks that Meta leaves out are zero."""
    return safe_divide(100 * (figure(rows, "clicks") or 0), figure(rows, "impressions")) or Decimal(0)
