"""Writes that only lower spend or risk: they wait for no read, no plan's lock and no other call of their tool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from admonster_fb.analysis.daily_exposure import COMPARISONS, NEUTRAL, can_only_lower, is_same
from admonster_fb.bot.plans.changes import only_validates
from admonster_fb.bot.plans.plan import UNREAD, Arguments, Changes
from admonster_fb.bot.registry import Op
from admonster_fb.client import FacebookAds
from admonster_fb.errors import ParameterError
from admonster_fb.models.change import Change
from admonster_fb.money import Money
from admonster_fb.objects import DELIVERS, OBJECTS, RULES, STOPPED, facts_of, stops_delivery
from admonster_fb.workflows.bulk import BULK, bulk_changes

LOG_WAIT = 0.04  # seconds that a stop waits for other writers of the audit log before it is sent
LOOK = 0.2  # seconds that a stop waits for the state before it is sent without it
LOOK_LATE = 0.3  # seconds that the result of such a stop then waits for the state, to say what it was
LOOK_FOR_REMOVAL = LOOK + LOOK_LATE  # seconds that the removal of a plan waits for the state: it cannot be undone
LOOK_FOR_PLAN = 5.0  # seconds that the plan of a stop waits for the state: nothing is sent until the plan is applied
CONNECT = 0.1  # seconds that a stop waits for a check of the token
_SCALE = "scale_campaign"


def unread_changes(fb: FacebookAds, op: Op, arguments: Arguments) -> Changes:
    """Return the changes of a write that may only lower spend, by its arguments and values last seen; else nothing."""
    edge = op.spec.changes
    if op.name == "update_spending_limit":
        return _limited(fb, arguments)
    if edge not in (*DELIVERS, RULES):
        return ()
    if op.name == _SCALE:
        return _scaled_down(fb, arguments) or _adsets_scaled_down(fb, arguments)
    key = OBJECTS[edge].id_argument
    if op.spec.effect == "remove":
        return (Change(edge, arguments[key], None, {}, {"status": "ARCHIVED"} if op.spec.past == "archived" else {}),)
    if op.spec.effect != "update" or (op.name not in BULK and key not in arguments):
        return ()
    updates = _updates(op, arguments)
    if not all(stops_delivery(edge, params) or _may_lower(edge, params) for params in updates.values()):
        return ()
    return tuple(fb.known_change(edge, node_id, params) for node_id, params in updates.items())


def _scaled_down(fb: FacebookAds, arguments: Arguments) -> Changes:
    """Return a scaling that lowers the budget of a campaign, by the values last seen; nothing for any other."""
    node_id, factor = str(arguments.get("campaign_id")), arguments.get("factor")
    amounts = {"daily_budget": arguments.get("daily_budget", 0), "spend_cap": arguments.get("max_daily_budget")}
    known = fb.known_change("campaigns", node_id, amounts)
    old, limit, new = known.before.get("daily_budget"), known.after["spend_cap"], known.after["daily_budget"]
    if not (isinstance(old, int) and isinstance(limit, int) and isinstance(new, int)):
        return ()
    new = min(new or int(old * Decimal(str(factor or 0))), limit)
    if not 0 < new < old or (factor or 0) > 1:
        return ()
    return (Change("campaigns", node_id, None, {"daily_budget": old}, {"daily_budget": new}),)


def _adsets_scaled_down(fb: FacebookAds, arguments: Arguments) -> Changes:
    """Return a scaling by less than 1 of the ad sets of a campaign that were seen; nothing if their sum is too high."""
    factor = Decimal(str(arguments.get("factor") or 0))
    if not 0 < factor < 1 or "daily_budget" in arguments:
        return ()
    seen = fb.api.last_seen.of_campaign(str(arguments.get("campaign_id")))
    old = {key: values["daily_budget"] for key, values in seen.items() if values.get("daily_budget")}
    known = fb.known_change("campaigns", next(iter(old), ""), {"spend_cap": arguments.get("max_daily_budget")})
    new = {key: int(amount * factor) for key, amount in old.items() if isinstance(amount, int)}
    limit = known.after["spend_cap"]
    if len(new) < len(old) or not isinstance(limit, int) or sum(new.values()) > limit or not all(new.values()):
        return ()
    return tuple(Change("adsets", key, None, {"daily_budget": old[key]}, {"daily_budget": new[key]}) for key in old)


def _limited(fb: FacebookAds, arguments: Arguments) -> Changes:
    """Return a spending limit by the values last seen; nothing if more can be spent from now on than was left."""
    account = str(arguments.get("ad_account_id"))
    seen = fb.api.last_seen.get(account)
    new = fb.known_change("adaccounts", account, {"spend_cap": arguments.get("spending_limit")}).after["spend_cap"]
    old, spent = seen.get("spend_cap", UNREAD), seen.get("amount_spent")
    left = old - spent if isinstance(old, int) and isinstance(spent, int) else 0
    if new is None or (old != UNREAD and isinstance(new, int) and old and (spent is None or new > left)):
        return ()
    before = {} if old == UNREAD else {"spend_cap": old or 0}
    return (Change("adaccounts", account, None, before, {"spend_cap": new}),)


def sent_unread(op: Op, ops: Mapping[str, Op], changes: Iterable[Change]) -> tuple[Op, dict[str, Any]] | None:
    """Return the op that sends the changes of another without its reads; `None` where an op makes none."""
    if op.name != _SCALE:
        return None
    changes = [*changes]
    if changes[0].node == "adsets":
        return ops["bulk_update_adsets"], {"adsets": [{"id": change.id, **change.after} for change in changes]}
    return ops["update_campaign"], {"campaign_id": changes[0].id, **changes[0].after}


def _may_lower(edge: str, params: Arguments) -> bool:
    """Return whether values exist for which an update of these fields only lowers spend."""
    facts = facts_of(edge)
    able = {
        name: facts[name].spend in COMPARISONS and (name != "status" or params[name] in STOPPED)
        for name in params.keys() & facts.keys() - NEUTRAL
    }
    return any(able.values()) and all(able.get(name, name in NEUTRAL) for name in params)


def parted(fb: FacebookAds, op: Op, arguments: Arguments) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the part of an update that only lowers spend, as far as is known, and the rest; `None` if it is no mix.

    Of several objects that is all of an update that only lowers; of one object it is `status="PAUSED"`.
    """
    if op.spec.changes not in DELIVERS or op.spec.effect != "update" or only_validates(arguments):
        return None
    edge, first, rest = op.spec.changes, [], []
    for node_id, params in _updates(op, arguments).items():
        lowers = params.get("status") in (None, "PAUSED") and can_only_lower(fb.known_change(edge, node_id, params))
        stop = {name: value for name, value in params.items() if lowers or (name, value) == ("status", "PAUSED")}
        others = {name: value for name, value in params.items() if name not in stop}
        first += [{"id": node_id, **stop}] if stop else []
        rest += [{"id": node_id, **others}] if others else []
    if not (first and rest):
        return None
    if op.name in BULK:
        return {edge: first}, {edge: rest}
    key = OBJECTS[edge].id_argument
    return {key: arguments[key], **stop}, {name: arguments[name] for name in arguments if name not in stop}


def only_stops(changes: Iterable[Change]) -> bool:
    """Return whether changes can only lower spend, by what is known of the objects: a removal always does."""
    return all(not change.after or can_only_lower(change) for change in changes)


def is_raise(changes: Iterable[Change]) -> bool:
    """Return whether enough is known of the objects to say that not all changes lower spend."""
    changes = [*changes]
    return not only_stops(changes) and all(change.after.keys() - NEUTRAL <= change.before.keys() for change in changes)


def recorded(changes: Iterable[Change]) -> Changes:
    """Return changes with `None` for the values before that are not known."""
    return tuple(replace(each, before={**dict.fromkeys(each.after or ("status",)), **each.before}) for each in changes)


def with_unknown(changes: Iterable[Change]) -> Changes:
    """Return changes that were made unread with the word "unknown" for what was before."""
    return tuple(
        replace(each, before={name: "unknown" if value is None else value for name, value in each.before.items()})
        for each in changes
    )


def with_late(changes: Iterable[Change], read: Iterable[Change]) -> Changes:
    """Return changes made unread with the values before that a read has brought while they were sent."""
    found = {(each.node, each.id): each for each in read}
    return tuple(_with_late(each, found.get((each.node, each.id), each)) for each in changes)


def _with_late(change: Change, read: Change) -> Change:
    gone = not change.after and read.before.get("status") == "DELETED"
    # What is as the write left it is not taken: it may have been read after the write. A time may be in two notations.
    written = (change.after, read.after)
    before = {} if gone else read.before
    earlier = {name: old for name, old in before.items() if not any(is_same(old, after.get(name)) for after in written)}
    names = change.before if change.after else {**change.before, **earlier}
    return replace(change, name=read.name, before={name: earlier.get(name, change.before.get(name)) for name in names})


def has_unread_amounts(changes: Iterable[Change]) -> bool:
    """Return whether a currency is to be compared with that of an account which was not read."""
    return any(isinstance(value, Money) for change in changes for value in change.after.values())


def _updates(op: Op, arguments: Arguments) -> dict[str, dict[str, Any]]:
    """Return the parameters of an update by object ID."""
    if op.name not in BULK:
        key = OBJECTS[op.spec.changes].id_argument
        params = {name: value for name, value in arguments.items() if name not in (key, "verify_ids")}
        return {str(arguments.get(key)): params}
    try:
        return {node_id: {**params} for node_id, params in bulk_changes(op.name, arguments).items()}
    except ParameterError:
        return {"": {}}  # not a stop: the op reports what is wrong


def may_stop(op: Op | None, arguments: Arguments) -> bool:
    """Return whether a call, as the model wrote it, may stop delivery: only which threads run it depends on that."""
    if op is None or op.access == "read":
        return False
    rows = arguments.get(BULK.get(op.name, ""))
    places = [arguments, *(rows if isinstance(rows, list) else ())]
    stops = any(isinstance(row, Mapping) and str(row.get("status")) in STOPPED for row in places)
    return stops or op.spec.effect == "remove" or op.name == "apply"
