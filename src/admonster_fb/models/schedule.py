"""Builders for hours, frequency caps and attribution of ad sets. Meta's rules: `docs/meta-rules.md#ad-sets`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypeAlias

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models._params import accepts_builder, given

Day = Literal["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
DAYS: tuple[Day, ...] = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
"""Days of the week in Meta's order: 0 is Sunday."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The same hours of some days.

    >>> Hours((1, 5), start=20, end=24).days
    (1, 5)
    """

    days: tuple[int, ...]
    """Days of the week; 0 is Sunday."""
    start: int
    """First hour, 0 to 23."""
    end: int
    """End, in hours after midnight, 1 to 24."""
    timezone_type: str | None = None
    """ADVERTISER for the account's time zone, USER for the viewer's; `None` for Meta's default."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours of delivery, for `adset_schedule`. Hours that end before they start continue after midnight.

    The ad set needs `lifetime_budget`, `end_time` and `pacing_type=["day_parting"]`.

    >>> (Schedule.weekdays(9, 18) + Schedule.weekends(22, 2)).local().spec()[0]
    {'start_minute': 540, 'end_minute': 1080, 'days': [1, 2, 3, 4, 5], 'timezone_type': 'ADVERTISER'}
    """

    hours: tuple[Hours, ...]
    """The hours, by days."""

    def __post_init__(self) -> None:
        taken = Counter((day, hour) for span in self.hours for day in span.days for hour in range(span.start, span.end))
        twice = [f"{DAYS[day]} {hour}:00" for (day, hour), times in sorted(taken.items()) if times > 1]
        if twice:
            raise ParameterError([Violation("adset_schedule", ", ".join(twice), "each hour once")])

    @classmethod
    def days(cls, *days: Day, start: int, end: int) -> Schedule:
        """Deliver on these days, in whole hours.

        >>> Schedule.days("MON", "FRI", start=20, end=24)
        Schedule(hours=(Hours(days=(1, 5), start=20, end=24, timezone_type=None),))
        """
        allowed = f"some of {', '.join(DAYS)}"
        wrong = [Violation("days", day, allowed) for day in days or (MISSING,) if day not in DAYS]
        if wrong := [*wrong, *_wrong_hours(start, end)]:
            raise ParameterError(wrong)
        chosen = tuple(sorted({DAYS.index(day) for day in days}))
        if start < end:
            return cls((Hours(chosen, start, end),))
        following = tuple(sorted((day + 1) % 7 for day in chosen))
        after = (Hours(following, 0, end),) if end else ()
        return cls((Hours(chosen, start, 24), *after))

    @classmethod
    def weekdays(cls, start: int, end: int) -> Schedule:
        """Deliver from Monday to Friday.

        >>> Schedule.weekdays(9, 18).spec()
        [{'start_minute': 540, 'end_minute': 1080, 'days': [1, 2, 3, 4, 5]}]
        """
        return cls.days(*DAYS[1:6], start=start, end=end)

    @classmethod
    def weekends(cls, start: int, end: int) -> Schedule:
        """Deliver on Saturday and Sunday.

        >>> Schedule.weekends(10, 16).spec()[0]["days"]
        [0, 6]
        """
        return cls.days("SAT", "SUN", start=start, end=end)

    @classmethod
    def every_day(cls, start: int, end: int) -> Schedule:
        """Deliver on all days.

        >>> len(Schedule.every_day(6, 22).spec()[0]["days"])
        7
        """
        return cls.days(*DAYS, start=start, end=end)

    def local(self) -> Schedule:
        """Return the schedule in the ad account's time zone.

        >>> Schedule.weekdays(9, 18).local().hours[0].timezone_type
        'ADVERTISER'
        """
        return Schedule(tuple(replace(span, timezone_type="ADVERTISER") for span in self.hours))

    def viewer(self) -> Schedule:
        """Return the schedule in the time zone of the person who sees the ad.

        >>> Schedule.weekdays(9, 18).viewer().hours[0].timezone_type
        'USER'
        """
        return Schedule(tuple(replace(span, timezone_type="USER") for span in self.hours))

    def spec(self) -> list[dict[str, Any]]:
        """Return the rows in Meta's form.

        >>> Schedule.days("SUN", start=0, end=24).spec()
        [{'start_minute': 0, 'end_minute': 1440, 'days': [0]}]
        """
        rows = []
        for span in self.hours:
            row = {"start_minute": span.start * 60, "end_minute": span.end * 60, "days": [*span.days]}
            rows.append(row | given(timezone_type=span.timezone_type))
        return rows

    def __add__(self, other: Schedule) -> Schedule:
        return Schedule(self.hours + other.hours)


ScheduleLike: TypeAlias = Annotated[list[dict[str, Any]] | Schedule, accepts_builder(list[dict[str, Any]])]
"""Rows of `adset_schedule` in Meta's form, or a built schedule."""


def _wrong_hours(start: object, end: object) -> list[Violation]:
    bounds = (("start", start, range(24)), ("end", end, range(25)))
    wrong = [
        Violation(name, hour, f"a whole hour, 0 to {allowed[-1]}")
        for name, hour, allowed in bounds
        if type(hour) is not int or hour not in allowed
    ]
    return wrong or ([Violation("end", end, "another hour than start; 0 to 24 is all day")] if start == end else [])


def frequency_cap(times: int, *, days: int, target: bool = False) -> dict[str, Any]:
    """Return a row of `frequency_control_specs`: a maximum number of impressions in a number of days, or a target.

    >>> frequency_cap(2, days=7)
    {'event': 'IMPRESSIONS', 'interval_days': 7, 'max_frequency': 2}
    """
    row = {"event": "IMPRESSIONS", "interval_days": days, "max_frequency": times}
    return {**row, "type": "TARGET"} if target else row


_EVENTS = {"click": "CLICK_THROUGH", "view": "VIEW_THROUGH", "engaged_view": "ENGAGED_VIDEO_VIEW"}
_WINDOW = re.compile(rf"(\d{{1,2}})d_({'|'.join(_EVENTS)})")


def attribution(*windows: str) -> list[dict[str, Any]]:
    """Return an `attribution_spec` from windows such as "7d_click", "1d_view" and "1d_engaged_view".

    >>> attribution("7d_click", "1d_view")[1]
    {'event_type': 'VIEW_THROUGH', 'window_days': 1}
    """
    found = [_WINDOW.fullmatch(window) for window in windows]
    wrong = [
        Violation("attribution_spec", window, 'windows such as "7d_click", "1d_view", "1d_engaged_view"')
        for window, match in zip(windows, found, strict=True)
        if match is None
    ]
    if wrong:
        raise ParameterError(wrong)
    return [{"event_type": _EVENTS[match[2]], "window_days": int(match[1])} for match in found if match]
