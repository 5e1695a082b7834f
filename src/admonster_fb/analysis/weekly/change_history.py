"""Who paused, started or scaled what, from an account's change history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from admonster_fb.analysis.weekly.model import Edit
from admonster_fb.models.activity import Activity
from admonster_fb.money import Money, MoneyError

# Meta words statuses in its history otherwise than elsewhere.
_STATUS = {
    "active": "started",
    "inactive": "paused",
    "paused": "paused",
    "archived": "archived",
    "deleted": "deleted",
}
# The words of 2010 live on here: a campaign is a group, an ad set a campaign, an ad a group of ads.
_OBJECTS = {"CAMPAIGN_GROUP": "campaign", "CAMPAIGN": "ad set", "ADGROUP": "ad"}


def edits(activities: Iterable[Activity], currency: str, zone: str) -> Iterator[Edit]:
    """Yield what was paused, started, scaled or made, the newest first as Meta answers, in the account's time."""
    for each in activities:
        event, extra = each.event_type or "", _json(each.extra_data)
        if event.endswith("_run_status"):
            new = str(extra.get("new_value") or "")
            what, detail = _STATUS.get(new.lower(), "status changed"), "" if new.lower() in _STATUS else new
        elif event.endswith("_budget"):
            what, detail = _scaled(extra, currency)
        elif event == "create_campaign_group":
            what, detail = "created", ""
        else:
            continue
        of = _OBJECTS.get(each.object_type or "", "")
        yield Edit(
            each.event_time and each.event_time.astimezone(ZoneInfo(zone)),
            f"{of} {what}".strip(),
            each.object_id or "",
            each.object_name or "",
            detail,
            each.actor_name or "",
        )


def _scaled(extra: dict[str, Any], currency: str) -> tuple[str, str]:
    old, new = _value(extra.get("old_value")), _value(extra.get("new_value"))
    if old is None or new is None:
        return "budget changed", ""
    what = "scaled up" if new > old else "scaled down"
    try:
        return what, f"{Money.from_minor(old, currency)} to {Money.from_minor(new, currency)}"
    except MoneyError:
        return what, f"{old} to {new} minor units"


def _value(side: Any) -> int | None:
    """Return a budget in minor units: Meta has it plain, or within an object under the name of its side."""
    if isinstance(side, dict):
        side = next((side[name] for name in ("old_value", "new_value") if name in side), None)
    if isinstance(side, str) and side.isascii() and side.isdecimal():
        return int(side)
    return side if isinstance(side, int) and not isinstance(side, bool) else None


def _json(text: str | None) -> dict[str, Any]:
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
