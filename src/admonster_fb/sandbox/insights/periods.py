"""Time ranges of a report: presets, explicit ranges and increments, all in days of the account's time zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.errors import GraphError, bad_param, not_value

Period = tuple[date, date]
DAY = timedelta(days=1)
DEFAULT_PRESET = "last_30d"
# How far back a report may begin.
MONTHS_KEPT = 37
INCREMENTS = range(1, 91)
_HELP = "please check https://developers.facebook.com/docs/marketing-api/insights/parameters for all valid values"


def _last(days: int) -> Callable[[date], Period]:
    return lambda today: (today - days * DAY, today - DAY)


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


def _this(start: Callable[[date], date]) -> Callable[[date], Period]:
    return lambda today: (start(today), today)


def _previous(start: Callable[[date], date]) -> Callable[[date], Period]:
    """Return the whole unit before the current one."""

    def period(today: date) -> Period:
        last = start(today) - DAY
        return start(last), last

    return period


# `last_<n>d` leaves today out. `maximum` and `data_maximum` depend on the node: see `resolve`.
PRESETS: dict[str, Callable[[date], Period]] = {
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
EVERYTHING = frozenset({"maximum", "data_maximum"})


def resolve(params: dict[str, Any], today: date, born: date) -> list[Period]:
    """Return the periods to report on, one row each. `born` is the day the node was created."""
    ranges = params.get("time_ranges")
    if ranges:
        need.items("time_ranges", ranges)
        periods = [_explicit(item, "time_ranges") for item in ranges]
    elif params.get("time_range"):
        periods = list(_increments(_explicit(params["time_range"], "time_range"), params))
    else:
        periods = list(_increments(_preset(params, today, born), params))
    if any(since < months_before(today, MONTHS_KEPT) for since, _ in periods):
        raise GraphError(3018)
    return periods


def months_before(day: date, months: int) -> date:
    """Return the same day so many months earlier, or the last one of a shorter month."""
    total = day.year * 12 + day.month - 1 - months
    first = date(total // 12, total % 12 + 1, 1)
    last = (first.replace(day=28) + 4 * DAY).replace(day=1) - DAY
    return first.replace(day=min(day.day, last.day))


def _preset(params: dict[str, Any], today: date, born: date) -> Period:
    name = str(params.get("date_preset") or DEFAULT_PRESET)
    if name in EVERYTHING:
        return min(today, max(born, months_before(today, MONTHS_KEPT))), today
    if name not in PRESETS:
        raise bad_param(f"{name} is not a valid date_preset. {_HELP}")
    return PRESETS[name](today)


def _explicit(value: Any, name: str) -> Period:
    need.fields(name, value)
    since, until = (_date(value.get(key), key) for key in ("since", "until"))
    if since > until:
        raise bad_param(f"param {name}[since] must not be later than {name}[until]")
    return since, until


def _date(value: Any, name: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        text = "Must be a unixtime or a date/time representation parseable by strtotime()"
        raise bad_param(f"Parameter {name}: {text}") from None


def _increments(period: Period, params: dict[str, Any]) -> Iterator[Period]:
    step = str(params.get("time_increment") or "all_days")
    if step == "all_days":
        yield period
        return
    if step != "monthly" and (not step.isdecimal() or int(step) not in INCREMENTS):
        raise not_value("time_increment", ("1 to 90", "monthly", "all_days"))
    since, until = period
    while since <= until:
        last = _month_end(since) if step == "monthly" else since + (int(step) - 1) * DAY
        yield since, min(last, until)
        since = last + DAY


def _month_end(day: date) -> date:
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY
