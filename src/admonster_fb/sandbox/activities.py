"""The change history of an account: who created, changed or deleted what, with the old and the new value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import not_one_of
from admonster_fb.sandbox.world import Call, Node, World

LOG = "activities"
BUDGETS = {"daily_budget": "Daily budget", "lifetime_budget": "Lifetime budget"}
# Meta still uses its names of 2010 here: a campaign is a group, an ad set a campaign, an ad a group of ads.
OBJECT_TYPES = {"Campaign": "CAMPAIGN_GROUP", "AdSet": "CAMPAIGN", "Ad": "ADGROUP", "AdAccount": "ACCOUNT"}
CATEGORY_OF = {"Campaign": "CAMPAIGN", "AdSet": "AD_SET", "Ad": "AD", "AdAccount": "ACCOUNT"}
CATEGORIES = (*CATEGORY_OF.values(), "AD_KEYWORDS", "AUDIENCE", "BID", "BUDGET", "DATE", "STATUS", "TARGETING")
# Statuses as the change history shows them.
RUN_STATUS = {"ACTIVE": "Active", "PAUSED": "Inactive", "ARCHIVED": "Archived", "DELETED": "Deleted"}


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of change: Meta's name and text for it, and a category in addition to the object's own."""

    name: str
    text: str
    category: str = ""


_DATA = json.loads(resources.files(__package__).joinpath("activities.json").read_bytes())
EVENTS = {name: Event(name, *text) for name, text in _DATA["events"].items()}
# The fields whose change one event reports.
CHANGED = {
    kind: {tuple(row["fields"]): Event(row["name"], row["text"], row.get("category", "")) for row in rows}
    for kind, rows in _DATA["changes"].items()
}
CREATED = {"Campaign": "create_campaign_group", "AdSet": "create_ad_set", "Ad": "create_ad"}
META = Node("0", "User", {"name": "Meta"})


def record(
    account: Node, actor: Node, moment: datetime, event: Event, node: Node, extra: dict[str, Any] | None = None
) -> None:
    """Write one row. Rows lie in the account and need no ids, so that keeping them changes no other id."""
    local = moment.astimezone(times.zone(str(account.data["timezone_name"])))
    data = {
        "event_type": event.name,
        "translated_event_type": event.text,
        "event_time": times.stamp(moment, "UTC"),
        "date_time_in_timezone": f"{local:%m/%d/%Y} at {local.hour % 12 or 12}:{local:%M %p}",
        "actor_id": actor.id,
        "actor_name": actor.data["name"],
        "application_id": "1",
        "application_name": "Sandbox",
        "object_id": node.id.removeprefix("act_"),
        "object_name": node.data.get("name", ""),
        "object_type": OBJECT_TYPES[node.kind],
        **({"extra_data": json.dumps(extra)} if extra else {}),
    }
    account.hidden.setdefault(LOG, []).append([data, [CATEGORY_OF[node.kind], event.category]])


def note(call: Call, node: Node, event: str | Event, extra: dict[str, Any] | None = None) -> None:
    """Write what the caller did just now: an event, or its name."""
    account, actor = call.world.account_of(node), call.store.get(call.token.user_id)
    if account and actor:
        written = EVENTS[event] if isinstance(event, str) else event
        record(account, actor, call.store.clock(), written, node, extra)


def note_created(call: Call, node: Node) -> None:
    """Write that the caller created an object."""
    # The history of an ad refers to its ad set, by the old name.
    parent = {"campaign_id": node.data["adset_id"]} if node.kind == "Ad" else None
    note(call, node, CREATED[node.kind], parent)


def note_declined(world: World, ad: Node) -> None:
    """Write that the review rejected an ad. Nobody did it: Meta has no name here."""
    if account := world.account_of(ad):
        record(account, META, world.clock(), EVENTS["ad_review_declined"], ad)


@contextmanager
def watched(call: Call, *nodes: Node) -> Iterator[None]:
    """Write every change that the block makes to these nodes."""
    before = [(node, dict(node.data)) for node in nodes]
    yield
    for node, old in before:
        for fields, event in CHANGED.get(node.kind, {}).items():
            if any(_value(old, field) != _value(node.data, field) for field in fields):
                note(call, node, event, _extra(call, node, fields, old))


def rows(_call: Call, account: Node) -> list[Node]:
    """Return an account's history, newest first."""
    return _nodes(account, lambda _: True)


def rows_of_adset(call: Call, adset: Node) -> list[Node]:
    """Return the history of one ad set."""
    account = call.world.account_of(adset)
    return _nodes(account, lambda row: row["object_id"] == adset.id) if account else []


def check(params: dict[str, Any]) -> None:
    """Refuse a category that does not exist."""
    if (category := params.get("category")) and category not in CATEGORIES:
        raise not_one_of("category", CATEGORIES)


def matches(world: World, row: Node, params: dict[str, Any]) -> bool:
    """Return whether a row is within `since` and `until` and matches the requested category, object and person."""
    data = row.data
    moment = times.parse(data["event_time"], "UTC")
    return (
        ("since" not in params or moment >= times.parse(params["since"], "UTC", "since"))
        and ("until" not in params or moment <= times.parse(params["until"], "UTC", "until"))
        and ("category" not in params or params["category"] in row.hidden["categories"])
        and ("uid" not in params or str(params["uid"]) == data["actor_id"])
        and ("oid" not in params or _concerns(world, data["object_id"], params))
    )


def _concerns(world: World, object_id: str, params: dict[str, Any]) -> bool:
    object_filter, node = str(params["oid"]).removeprefix("act_"), world.store.get(object_id)
    if object_id == object_filter or node is None or not truth(params.get("add_children")):
        return object_id == object_filter
    return object_filter in (node.data.get("campaign_id"), node.data.get("adset_id"), node.data.get("account_id"))


def _nodes(account: Node, test: Callable[[dict[str, Any]], bool]) -> list[Node]:
    log = account.hidden.get(LOG, [])
    found = [
        Node(str(place), "AdActivity", data, {"categories": categories})
        for place, (data, categories) in enumerate(log)
        if test(data)
    ]
    return found[::-1]


def _value(data: dict[str, Any], field: str) -> Any:
    """Return a value; a budget of nothing is none."""
    value = data.get(field)
    return None if value == "0" else value


def _extra(call: Call, node: Node, fields: tuple[str, ...], old: dict[str, Any]) -> dict[str, Any]:
    if fields == tuple(BUDGETS):
        account = call.world.account_of(node)
        currency = account.data["currency"] if account else ""
        sides = {side: _amount(data, side, currency) for side, data in (("old_value", old), ("new_value", node.data))}
        return {"type": "composite_data", **sides}
    field = next(name for name in fields if _value(old, name) != _value(node.data, name))
    values = {"old_value": _value(old, field), "new_value": _value(node.data, field)}
    return {side: RUN_STATUS.get(str(value), value) for side, value in values.items()} if field == "status" else values


def _amount(data: dict[str, Any], side: str, currency: str) -> dict[str, Any]:
    """Return a budget as the change history shows it: in minor units, with a label for its type."""
    field = next((name for name in BUDGETS if _value(data, name)), None)
    if field is None:
        return {"type": "payment_amount", "currency": currency, side: None}
    return {"type": "payment_amount", "currency": currency, side: int(data[field]), "additional_value": BUDGETS[field]}
