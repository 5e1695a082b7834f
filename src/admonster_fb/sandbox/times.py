"""Moments as Meta writes them: `2026-11-01T05:00:00-0700`, no colon in the offset, in the ad account's time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from admonster_fb.sandbox.errors import GraphError

FORMAT = "%Y-%m-%dT%H:%M:%S%z"


@cache
def zone(name: str) -> tzinfo:
    """Return a time zone; UTC where the machine has no zone data (Windows without tzdata)."""
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return UTC


def stamp(moment: datetime, zone_name: str) -> str:
    """Return the moment as Meta writes it."""
    return moment.astimezone(zone(zone_name)).strftime(FORMAT)


def unix(value: object, zone_name: str = "UTC") -> int:
    """Return in unix seconds what `parse` reads."""
    return int(parse(value, zone_name).timestamp())


def parse(value: object, zone_name: str, param: str = "time") -> datetime:
    """Read what callers may send: unix seconds or ISO 8601, in the account's zone when it names none."""
    text = str(value).strip()
    try:
        if text.lstrip("-").isdigit():
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(text))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        message = f"(#100) Parameter {param}: Must be a unixtime or a date/time representation parseable by strtotime()"
        raise GraphError(100, message=message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone(zone_name))
