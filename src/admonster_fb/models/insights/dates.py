"""Days of reports in the account's time zone: named windows, and how long Meta keeps metrics."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

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


def _month(today: date) -> date:
    return today.replace(day=1)


def _quarter(today: date) -> date:
    return today.replace(month=today.month - (today.month - 1) % 3, day=1)


def _year(today: date) -> date:
    return today.replace(month=1, day=1)


def _monday(today: date) -> date:
    return today - today.weekday() * DAY


def _sunday(today: date) -> date:
    return today - (today.weekday() + 1) % 7 * DAY


def _this(start: Callable[[date], date]) -> Callable[[date], Window]:
    return lambda today: (start(today), today)


def _previous(start: Callable[[date], date]) -> Callable[[date], Window]:
    return lambda today: (start(start(today) - DAY), start(today) - DAY)


def _last(days: int) -> Callable[[date], Window]:
    return lambda today: last(days, today)


PRESETS: dict[str, Callable[[date], Window]] = {
    "today": lambda today: (today, today),
    "yesterday": _last(1),
    **{f"last_{days}d": _last(days) for days in (3, 7, 14, 28, 30, 90)},
    "this_month": _this(_month),
    "this_quarter": _this(_quarter),
    "this_year": _this(_year),
    "this_week_mon_today": _this(_monday),
    "this_week_sun_today": _this(_sunday),
    "last_month": _previous(_month),
    "last_quarter": _previous(_quarter),
    "last_year": _previous(_year),
    "last_week_mon_sun": _previous(_monday),
    "last_week_sun_sat": _previous(_sunday),
}
"""The days of each preset. `maximum` and `data_maximum` are all days that Meta has, at most 37 months."""

BY_DAYS: dict[int, DatePreset] = {
    1: "yesterday", 3: "last_3d", 7: "last_7d", 14: "last_14d", 28: "last_28d", 30: "last_30d", 90: "last_90d"
}  # fmt: skip
"""Presets by number of days; for other numbers the current date of the account must be known."""
