"""Days of reports in the account's time zone: named windows, and how long Meta keeps metrics."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from admonster_fb.enums import DatePreset

Window = tuple[date, date]
DAY = timedelta(days=1)
SETTLES = timedelta(days=28)
"""How long the metrics of a day may change (`docs/meta-rules.md#insights`)."""
TOTALS_MONTHS = 37
"""Months that Meta keeps metrics (`docs/meta-rules.md#insights-retention`)."""
DETAIL_MONTHS = 13
"""Months that Meta keeps numbers of people with breakdowns, and hourly metrics."""
FREQUENCY_MONTHS = 6
"""Months that Meta keeps `frequency_value`."""


def months_before(day: date, months: int) -> date:
    """Return the same day a number of months earlier, or the last day of a shorter month."""
    count = day.year * 12 + day.month - 1 - months
    first = date(count // 12, count % 12 + 1, 1)
    last = (first.replace(day=28) + 4 * DAY).replace(day=1) - DAY
    return first.replace(day=min(day.day, last.day))


def last(days: int, today: date) -> Window:
    """Return the window of the last whole days, without today."""
    return today - days * DAY, today - DAY


def _first(period: str, day: date) -> date:
    """Return the first day of a day's year, quarter or month, or of its week, which begins on `mon` or `sun`."""
    match period:
        case "year":
            return day.replace(month=1, day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "month":
            return day.replace(day=1)
    return day - (day.weekday() + (period == "sun")) % 7 * DAY


def _this(period: str, today: date) -> Window:
    return _first(period, today), today


def _previous(period: str, today: date) -> Window:
    end = _first(period, today) - DAY
    return _first(period, end), end


PRESETS: dict[str, Callable[[date], Window]] = {
    "today": lambda today: (today, today),
    "yesterday": partial(last, 1),
    **{f"last_{days}d": partial(last, days) for days in (3, 7, 14, 28, 30, 90)},
    **{f"this_{period}": partial(_this, period) for period in ("month", "quarter", "year")},
    "this_week_mon_today": partial(_this, "mon"),
    "this_week_sun_today": partial(_this, "sun"),
    **{f"last_{period}": partial(_previous, period) for period in ("month", "quarter", "year")},
    "last_week_mon_sun": partial(_previous, "mon"),
    "last_week_sun_sat": partial(_previous, "sun"),
}
"""The days of each preset. `maximum` and `data_maximum` are all days that Meta has, at most 37 months."""

BY_DAYS: dict[int, DatePreset] = {
    1: "yesterday", 3: "last_3d", 7: "last_7d", 14: "last_14d", 28: "last_28d", 30: "last_30d", 90: "last_90d"
}  # fmt: skip
"""Presets by number of days; for other numbers the current date of the account must be known."""
