"""How the fields of what delivers affect spend: whether a new value allows more of it, or less.

How a field affects spend is declared at the field (`models/_facts.py`); here its values are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from admonster_fb.analysis.daily_exposure import parse_time, spend_cap_of
from admonster_fb.models._facts import Spend
from admonster_fb.models.change import Change
from admonster_fb.objects import facts_of, stops_delivery

NEUTRAL = frozenset({"name"})
"""Fields that have no effect on delivery and may accompany a stop."""
_NO_END = datetime.max.replace(tzinfo=UTC)
_NO_BID_CAP = "LOWEST_COST_WITHOUT_CAP"
_BID_CAPS = frozenset({"COST_CAP", "LOWEST_COST_WITH_BID_CAP", "LOWEST_COST_WITH_MIN_ROAS"})

Comparison = Callable[[Any, Any], int]
"""Compares a field before and after: more than 0 allows more spend, less than 0 less, 0 neither."""


def _compare_amounts(before: Any, after: Any) -> int:
    return int(after or 0) - int(before or 0)


def _compare_limits(before: Any, after: Any) -> int:
    """Compare limits; without a limit there is no maximum."""
    old, new = spend_cap_of(before), spend_cap_of(after)
    return (old is not None) if new is None else -1 if old is None else new - old


def _compare_ends(before: Any, after: Any) -> int:
    old, new = parse_time(before) or _NO_END, parse_time(after) or _NO_END
    return (new > old) - (new < old)


def _compare_starts(before: Any, after: Any) -> int:
    old, new = parse_time(before), parse_time(after)
    return 0 if old is None or new is None else (old > new) - (old < new)


def _compare_roas_floors(before: Any, after: Any) -> int:
    old, new = ({**(value or {})} for value in (before, after))
    floors = [int(spec.pop("roas_average_floor", None) or 0) for spec in (old, new)]
    return floors[0] - floors[1] if old == new else 1


def _compare_hours(before: Any, after: Any) -> int:
    old, new = _hours(before), _hours(after)
    return 1 if new - old else -1 if old - new else 0


def _hours(schedule: Any) -> set[tuple[Any, ...]]:
    """Return the hours of a week in which an ad set delivers, by the time zone that they are meant in."""
    week = [(day, hour) for day in range(7) for hour in range(24)]
    zones = {str(part.get("timezone_type") or "ADVERTISER").upper() for part in schedule or ()}
    found = set()
    for part in schedule or [{}]:
        begin, end, days = part.get("start_minute", 0), part.get("end_minute", 1440), part.get("days", range(7))
        hours = [(day, hour) for day, hour in week if day in days and begin < (hour + 1) * 60 and hour * 60 < end]
        found |= {(zone, *hour) for zone in zones or ("ADVERTISER", "USER") for hour in hours}
    return found


COMPARISONS: dict[Spend | None, Comparison] = {
    "status": lambda before, after: 1 if after == "ACTIVE" else -1 if (before, after) == ("ACTIVE", "PAUSED") else 0,
    "budget": _compare_amounts,
    "minimum": _compare_amounts,
    "limit": _compare_limits,
    "bid_strategy": lambda before, after: -1 if before == _NO_BID_CAP and after in _BID_CAPS else 1,
    "roas_floor": _compare_roas_floors,
    "start": _compare_starts,
    "end": _compare_ends,
    "hours": _compare_hours,
    "pacing": lambda _before, after: 0 if after == ["day_parting"] else 1,
    "limit_action": lambda _before, after: int(after in ("reset", "delete")),
    "switch": lambda _before, after: 1 if after else -1,
    "any": lambda _before, _after: 1,
    "none": lambda _before, _after: 0,
}
"""How to compare each kind of field that affects spend."""


def can_only_lower(change: Change) -> bool:
    """Return whether an update can only lower spend, by the values in `before`. A field that is not there is unknown.

    >>> can_only_lower(Change("adsets", "1", None, {"daily_budget": 2000}, {"daily_budget": 1999}))
    True
    >>> can_only_lower(Change("adsets", "1", None, {}, {"daily_budget": 1}))
    False
    """
    effects = [_effect(change, name, value) for name, value in change.after.items() if name not in NEUTRAL]
    return bool(effects) and max(effects) <= 0 and min(effects) < 0


def _effect(change: Change, name: str, value: Any) -> int:
    """Return more than 0 for a field that may allow more spend, or whose effect is not known."""
    if stops_delivery(change.node, {name: value}):
        return -1
    fact = facts_of(change.node).get(name)
    if fact is None or fact.spend not in COMPARISONS or name not in change.before:
        return 1
    before = change.before[name]
    try:
        return 0 if is_same(before, value) else COMPARISONS[fact.spend](before, value) or 1
    except (TypeError, ValueError):
        return 1


def is_same(before: Any, after: Any) -> bool:
    """Return whether two values of a field are equal; 0 is the same as no value."""
    return before == after or (before in (None, 0) and after in (None, 0))
