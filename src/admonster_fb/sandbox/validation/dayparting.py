"""Hours of the week in which an ad set runs (facts, section 1.2; that it needs a lifetime budget is from memory)."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox.validation.case import Case, listed, whole
from admonster_fb.sandbox.validation.refusals import invalid, not_one_of

DAY, HOUR, DAYS = 24 * 60, 60, range(7)
TIMEZONE_TYPES = ("ADVERTISER", "USER")


def check_hours(case: Case) -> None:
    """Refuse hours that are none: not whole, not in order, or on days that no week has."""
    for position, each in enumerate(listed(case.params.get("adset_schedule"))):
        row = each if isinstance(each, dict) else {}
        start, end = whole(row.get("start_minute")), whole(row.get("end_minute"))
        if start is None or end is None or start % HOUR or end % HOUR or not 0 <= start < end <= DAY:
            raise _refused("Hours begin and end on the hour, the end after the start, within one day.")
        if not _on_days(row.get("days")):
            raise _refused("Days are numbers from 0, Sunday, to 6, Saturday.")
        if row.get("timezone_type") not in (None, *TIMEZONE_TYPES):
            raise not_one_of(f"adset_schedule[{position}][timezone_type]", TIMEZONE_TYPES)


def _on_days(days: Any) -> bool:
    return isinstance(days, list) and bool(days) and all(whole(day) in DAYS for day in days)


def _refused(words: str) -> Exception:
    return invalid("adset_schedule", "Invalid Ad Set Schedule", words)
