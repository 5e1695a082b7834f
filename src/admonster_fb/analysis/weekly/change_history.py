"""Edits of campaigns, ad sets and ads, from an account's change history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from admonster_fb.analysis.weekly.model import Edit
from admonster_fb.models._node import zone_of
from admonster_fb.models.adaccount import Activity
from admonster_fb.money import Money, MoneyError, whole
from admonster_fb.redaction import read_json

# The change history has other names of statuses than the rest of the API.
_STATUS = {"active": "started", "inactive": "paused", "paused": "paused", "archived": "archived", "deleted": "deleted"}
# The change history keeps names of 2010: a campaign is a group, an ad set a campaign, an ad a group of ads.
_OBJECTS = {"CAMPAIGN_GROUP": "campaign", "CAMPAIGN": "ad set", "ADGROUP": "ad"}


def parse_edits(activities: Iterable[Activity], currency: str, zone: str) -> Iterator[Edit]:
    """Yield what was paused, started, scaled or created, newest first as Meta returns it, in the account's zone."""
    for activity in activities:
        event, extra = activity.event_type or "", extra_values(activity.extra_data)
        if event.endswith("_run_status"):
            new = str(extra.get("new_value") or "")
            what, detail = _STATUS.get(new.lower(), "status changed"), "" if new.lower() in _STATUS else new
        elif event.endswith("_budget"):
            what, detail = "budget changed", ""
            old, new_budget = minor_units(extra.get("old_value")), minor_units(extra.get("new_value"))
            if old is not None and new_budget is not None:
                what = "scaled up" if new_budget > old else "scaled down"
                try:
                    detail = f"{Money.from_minor(old, currency)} to {Money.from_minor(new_budget, currency)}"
                except MoneyError:
                    detail = f"{old} to {new_budget} minor units"
        elif event == "create_campaign_group":
            what, detail = "created", ""
        else:
            continue
        noun = _OBJECTS.get(activity.object_type or "", "")
        when = activity.event_time and activity.event_time.astimezone(zone_of(zone))
        node = activity.object_id or "", activity.object_name or ""
        yield Edit(when, f"{noun} {what}".strip(), *node, detail, activity.actor_name or "")


def minor_units(side: Any) -> int | None:
    """Return a budget in minor units: a number, or an object with one under `old_value` or `new_value`."""
    if isinstance(side, dict):
        side = next((side[name] for name in ("old_value", "new_value") if name in side), None)
    return whole(side)


def extra_values(text: str | None) -> dict[str, Any]:
    """Return the details of an event; empty if they are no object."""
    read = read_json(text)
    return read if isinstance(read, dict) else {}
