"""Writes that only stop delivery: they wait for no read, no plan's lock and no other call of their tool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from admonster_fb.errors import ParameterError
from admonster_fb.models.change import Change
from admonster_fb.objects import DELIVERS, OBJECTS, STOPPED, stops_delivery
from admonster_fb.workflows.bulk import changes_by_id

if TYPE_CHECKING:
    from admonster_fb.bot.registry import Op

LOOK = 0.5
"""Seconds that a stop waits for the state before it is sent without it."""
LOOK_FOR_PLAN = 5.0
"""Seconds that the plan of a stop waits for the state: nothing is sent until the plan is applied."""
CONNECT = 0.1
"""Seconds that a stop waits for a check of the token."""
UNREAD = "the present state could not be read in time"
_BULK = "bulk_update_campaigns"
_UNKNOWN = {"status": None}


def unread_changes(op: Op, arguments: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the changes of a write that only stops delivery, from its arguments alone; nothing for another write.

    >>> from admonster_fb.bot.registry import registry
    >>> unread_changes(registry()["update_ad"], {"ad_id": "7", "status": "PAUSED"})[0].after
    {'status': 'PAUSED'}
    """
    edge = op.spec.changes
    if edge not in DELIVERS:
        return ()
    key = OBJECTS[edge].id_argument
    if op.spec.effect == "remove":
        after = {"status": "ARCHIVED"} if op.spec.past == "archived" else {}
        return (Change(edge, arguments[key], None, _UNKNOWN, after),)
    if op.spec.effect != "update":
        return ()
    rest = {name: value for name, value in arguments.items() if name not in (key, "verify_ids")}
    updates = _bulk(rest) if op.name == _BULK else {str(arguments.get(key)): rest}
    if not all(stops_delivery(edge, params) for params in updates.values()):
        return ()
    return tuple(Change(edge, node_id, None, _UNKNOWN, params) for node_id, params in updates.items())


def _bulk(arguments: Mapping[str, Any]) -> dict[str, Any]:
    rest: Any = {name: value for name, value in arguments.items() if name not in ("campaigns", "campaign_ids")}
    try:
        return changes_by_id(arguments.get("campaigns"), arguments.get("campaign_ids"), rest)
    except ParameterError:
        return {"": {}}  # not a stop: the op reports what is wrong


def may_stop(op: Op | None, arguments: Mapping[str, Any]) -> bool:
    """Return whether a call, as the model wrote it, may stop delivery: only which threads run it depends on that.

    >>> from admonster_fb.bot.registry import registry
    >>> may_stop(registry()["update_ad"], {"status": "PAUSED"}), may_stop(registry()["list_ads"], {})
    (True, False)
    """
    if op is None or op.access == "read":
        return False
    rows = arguments.get("campaigns") if op.name == _BULK else None
    given = [arguments, *(rows if isinstance(rows, list) else ())]
    stops = any(isinstance(row, Mapping) and str(row.get("status")) in STOPPED for row in given)
    return stops or op.spec.effect == "remove" or op.name == "apply"
