"""Readers of values for rules: a value of another type counts as absent, because types are checked elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from admonster_fb.money import Money, MoneyError, whole

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def text(value: object) -> str | None:
    """Return a text that is not blank."""
    return value if isinstance(value, str) and value.strip() else None


def number(value: object) -> float | None:
    """Return a number, whole or not."""
    if isinstance(value, float):
        return value if value - value == 0 else None  # neither NaN nor infinite
    found = whole(value)
    return None if found is None or abs(found) > 1 << 60 else float(found)


def money(value: object) -> Money | None:
    """Return an amount that names its currency, as `Money`."""
    if isinstance(value, Money):
        return value
    if isinstance(value, str) and " " in value:
        try:
            return Money(value)
        except MoneyError:
            return None
    return None


def moment(value: object) -> datetime | None:
    """Return a point in time from a datetime, ISO 8601 text or Unix seconds (0 means none); naive without an offset."""
    if isinstance(value, datetime):
        return value
    seconds = whole(value)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC) if seconds else None
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def later(one: datetime, other: datetime) -> bool | None:
    """Return whether one point in time is after another; None if only one of them has a time zone."""
    return None if (one.tzinfo is None) != (other.tzinfo is None) else one > other


def items(value: object) -> Sequence[Any]:
    """Return the items of a list."""
    return value if isinstance(value, (list, tuple)) else ()


def texts(value: object) -> list[str]:
    """Return the texts in a list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, (list, tuple)) else []


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object."""
    if type(value) is dict:
        return value
    return value if isinstance(value, Mapping) else NOTHING


def rows(value: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the objects in a list, each with its position."""
    for position, item in enumerate(items(value)):
        if isinstance(item, Mapping):
            yield position, item


def listed(values: object) -> str:
    """Return names separated by commas; a set is sorted."""
    return ", ".join(map(str, values)) if isinstance(values, (list, tuple)) else ", ".join(sorted(map(str, values)))  # type: ignore[call-overload]
