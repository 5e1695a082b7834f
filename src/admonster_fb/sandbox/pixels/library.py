"""The calls of pixels: created for an account, changed, shared with others."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import need, nodes, times
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import GraphError, bad_param, missing_object, not_one_of, required
from admonster_fb.sandbox.pixels import checks
from admonster_fb.sandbox.pixels.checks import ACCOUNTS, CODE, MOST_EVENTS, PIXEL
from admonster_fb.sandbox.pixels.stats import INSTALLED
from admonster_fb.sandbox.spec import find as endpoint
from admonster_fb.sandbox.store import Node, Store
from admonster_fb.sandbox.wire import decode_value
from admonster_fb.sandbox.world import Call, World


def receive(call: Call, pixel: Node) -> dict[str, Any]:
    """Accept events. A duplicate counts as received, but not in statistics."""
    sent = call.params.get("data")
    if sent in (None, "", []):
        raise required("data")
    need.items("data", sent)
    if len(sent) > MOST_EVENTS:
        raise bad_param(f"Param data can hold up to {MOST_EVENTS} events; this request has {len(sent)}")
    # The SDK's type of `data` is a list of texts: each event may be JSON again.
    events, now = list(map(decode_value, sent)), call.world.clock()
    for place, event in enumerate(events):
        checks.check(f"data[{place}]", event, now)
    test_code = str(call.params.get("test_event_code") or "") or None
    for event in events:
        call.world.signals.take(pixel.id, event, now, test_code)
    pixel.data["last_fired_time"] = times.stamp(now, call.world.zone_of(pixel))
    return {"events_received": len(events), "messages": [], "fbtrace_id": call.trace}


def of_account(call: Call, account: Node) -> list[Node]:
    """Return the pixels an account can use, newest first or as `sort_by` says."""
    found = [pixel for pixel in call.store.of_kind(PIXEL) if account.id in pixel.hidden[ACCOUNTS]][::-1]
    order = call.params.get("sort_by") if call.path.endswith("/adspixels") else None
    if order not in (None, "", "NAME", "LAST_FIRED_TIME"):
        raise not_one_of("sort_by", ("NAME", "LAST_FIRED_TIME"))
    if order == "NAME":
        return sorted(found, key=lambda pixel: str(pixel.data["name"]))
    if order == "LAST_FIRED_TIME":
        return sorted(found, key=lambda pixel: str(last_fired(call.world, pixel) or ""), reverse=True)
    return found


def of_business(call: Call, business: Node) -> list[Node]:
    """Return the pixels a business owns, newest first."""
    return [pixel for pixel in call.store.of_kind(PIXEL) if pixel.hidden["business"] == business.id][::-1]


def accounts(call: Call, pixel: Node) -> list[Node]:
    """Return the accounts of a business that a pixel is shared with."""
    business = call.params.get("business")
    found = [call.store.nodes[item] for item in pixel.hidden[ACCOUNTS]]
    return [item for item in found if business is None or item.hidden.get("business") == str(business)]


def code(_world: World, pixel: Node) -> str:
    """Return the snippet that puts a pixel on a page."""
    return CODE.format(id=pixel.id)


def last_fired(world: World, pixel: Node) -> str | None:
    """Return when a pixel fired last: on a site with visitors in this very hour."""
    if not pixel.hidden.get(INSTALLED):
        found: str | None = pixel.data.get("last_fired_time")
        return found
    hour = world.clock().replace(minute=0, second=0, microsecond=0)
    return times.stamp(hour, world.zone_of(pixel))


CHOICES = ("data_use_setting", "first_party_cookie_status")
DEFAULTS: dict[str, Any] = {
    "data_use_setting": "ADVERTISING_AND_ANALYTICS",
    "first_party_cookie_status": "FIRST_PARTY_COOKIE_ENABLED",
    **dict.fromkeys(("enable_automatic_matching", "is_unavailable", "is_crm", "is_restricted_use"), False),
    "can_proxy": True,
}


def add(store: Store, account: Node, name: str, creator: str, *, id: str | None = None) -> Node:
    """Add a pixel to an account and to the business behind it."""
    created = times.stamp(store.clock(), str(account.data["timezone_name"]))
    business = account.hidden.get("business")
    data = {**DEFAULTS, "automatic_matching_fields": [], "name": name, "account_id": account.data["account_id"]}
    data |= {"creation_time": created, "is_created_by_business": bool(business)}
    pixel = store.add(PIXEL, data, id=id)
    pixel.hidden |= {ACCOUNTS: [account.id], "business": business, "creator": creator}
    return pixel


def seed(store: Store, accounts: list[Node], creator: str, pixel_id: str) -> None:
    """Add the pixel of a site with visitors, of the first account and shared with the others."""
    pixel = add(store, accounts[0], "Juniper Roast", creator, id=pixel_id)
    pixel.hidden |= {ACCOUNTS: [account.id for account in accounts], INSTALLED: True}


def create(call: Call, account: Node) -> dict[str, Any]:
    """Create an account's pixel; there can't be a second one (`docs/meta-rules.md`, Creatives)."""
    need.value("name", call.params.get("name"))
    if any(pixel.hidden[ACCOUNTS][0] == account.id for pixel in of_account(call, account)):
        raise GraphError(6200, message="(#6200) A pixel already exists for this account.")
    return nodes.created(call, add(call.store, account, str(call.params["name"]), call.token.user_id))


def update(call: Call, pixel: Node) -> dict[str, Any]:
    """Change a pixel's name or its settings."""
    sent, known = call.params, endpoint(PIXEL, "POST", "")
    enums = known.enums if known else {}
    for name in CHOICES:
        if sent.get(name) and sent[name] not in enums[f"{name}_enum"]:
            raise not_one_of(name, enums[f"{name}_enum"])
    fields = sent.get("automatic_matching_fields")
    if fields is not None:
        need.items("automatic_matching_fields", fields)
        if set(map(str, fields)) - set(enums["automatic_matching_fields_enum"]):
            raise not_one_of("automatic_matching_fields", enums["automatic_matching_fields_enum"])
        pixel.data["automatic_matching_fields"] = fields
    pixel.data |= {name: sent[name] for name in ("name", *CHOICES) if sent.get(name)}
    if "enable_automatic_matching" in sent:
        pixel.data["enable_automatic_matching"] = truth(sent["enable_automatic_matching"])
    return nodes.created(call, pixel)


def share(call: Call, pixel: Node) -> dict[str, Any]:
    """Share a pixel with another account of the business (Meta's page "Ads Pixel Shared Accounts")."""
    account, business = _sent(call)
    both = pixel.hidden["business"] == business and account.hidden.get("business") == business
    if not both:
        message = "(#200) The business must have access to both the pixel and the ad account"
        raise GraphError(200, message=message, http_status=400)
    if account.id not in pixel.hidden[ACCOUNTS]:
        pixel.hidden[ACCOUNTS].append(account.id)
    return {"success": True}


def unshare(call: Call, pixel: Node) -> dict[str, Any]:
    """Remove a pixel's share; its owner can't be removed."""
    account, _ = _sent(call)
    if account.id in pixel.hidden[ACCOUNTS][1:]:
        pixel.hidden[ACCOUNTS].remove(account.id)
    return {"success": True}


def _sent(call: Call) -> tuple[Node, str]:
    for name in ("account_id", "business"):
        need.value(name, call.params.get(name))
    bare = str(call.params["account_id"]).removeprefix("act_")
    account = call.find(f"act_{bare}")
    if account is None:
        raise missing_object(call.method, bare)
    return account, str(call.params["business"])
