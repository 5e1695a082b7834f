"""Writes that only lower spend or risk: they wait for no read, no plan's lock and no other call of their tool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from admonster_fb.analysis.spend_effects import COMPARISONS, NEUTRAL, can_only_lower
from admonster_fb.errors import ParameterError
from admonster_fb.models.change import Change
from admonster_fb.money import Money
from admonster_fb.objects import DELIVERS, OBJECTS, STOPPED, facts_of
from admonster_fb.workflows.bulk import BULK, bulk_changes

if TYPE_CHECKING:
    from admonster_fb.bot.registry import Op
    from admonster_fb.client import FacebookAds

LOOK = 0.5
"""Seconds that a stop waits for the state before it is sent without it."""
LOOK_FOR_PLAN = 5.0
"""Seconds that the plan of a stop waits for the state: nothing is sent until the plan is applied."""
CONNECT = 0.1
"""Seconds that a stop waits for a check of the token."""
UNREAD = "the present state could not be read in time"


def unread_changes(fb: FacebookAds, op: Op, arguments: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the changes of a write that may only lower spend, without a request; nothing for any other write.

    They come from its arguments and the values last seen: `only_stops` says whether these suffice.

    >>> from admonster_fb.bot.registry import registry
    >>> unread_changes(fb, registry()["update_ad"], {"ad_id": "7", "status": "PAUSED"})[0].after
    {'status': 'PAUSED'}
    """
    edge = op.spec.changes
    if edge not in DELIVERS:
        return ()
    key = OBJECTS[edge].id_argument
    if op.spec.effect == "remove":
        after = {"status": "ARCHIVED"} if op.spec.past == "archived" else {}
        return (Change(edge, arguments[key], None, {}, after),)
    rest = {name: value for name, value in arguments.items() if name not in (key, "verify_ids")}
    if op.spec.effect != "update" or (op.name not in BULK and key not in arguments):
        return ()
    updates = _bulk(op.name, rest) if op.name in BULK else {str(arguments.get(key)): rest}
    if not all(_may_lower(edge, params) for params in updates.values()):
        return ()
    return tuple(fb.known_change(edge, node_id, params) for node_id, params in updates.items())


def _may_lower(edge: str, params: Mapping[str, Any]) -> bool:
    """Return whether values exist for which an update of these fields only lowers spend."""
    facts = facts_of(edge)
    able = {
        name: facts[name].spend in COMPARISONS and (name != "status" or params[name] in STOPPED)
        for name in params.keys() & facts.keys() - NEUTRAL
    }
    return any(able.values()) and all(able.get(name, name in NEUTRAL) for name in params)


def only_stops(changes: Iterable[Change]) -> bool:
    """Return whether changes can only lower spend, by what is known of the objects: a removal always does.

    >>> only_stops([Change("ads", "7", None, {}, {"status": "PAUSED"}), Change("ads", "8", None)])
    True
    """
    return all(not change.after or can_only_lower(change) for change in changes)


def is_raise(changes: Iterable[Change]) -> bool:
    """Return whether enough is known of the objects to say that not all changes lower spend.

    >>> is_raise([Change("adsets", "7", None, {"daily_budget": 100}, {"daily_budget": 200})])
    True
    """
    changes = [*changes]
    return not only_stops(changes) and all(change.after.keys() - NEUTRAL <= change.before.keys() for change in changes)


def recorded(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes with `None` for the values before that are not known."""
    return tuple(replace(each, before={**dict.fromkeys(each.after or ("status",)), **each.before}) for each in changes)


def has_unread_amounts(changes: Iterable[Change]) -> bool:
    """Return whether a currency is to be compared with that of an account which was not read."""
    return any(isinstance(value, Money) for change in changes for value in change.after.values())


def _bulk(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return bulk_changes(name, arguments)
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
    rows = arguments.get(BULK.get(op.name, ""))
    given = [arguments, *(rows if isinstance(rows, list) else ())]
    stops = any(isinstance(row, Mapping) and str(row.get("status")) in STOPPED for row in given)
    return stops or op.spec.effect == "remove" or op.name == "apply"
