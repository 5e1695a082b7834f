"""The calls of pixels, created, changed and shared, and of custom conversions (Meta's pages "Custom Conversion")."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from admonster_fb.sandbox import need, project, spec, times
from admonster_fb.sandbox.convert import read_json, truth
from admonster_fb.sandbox.errors import GraphError, bad_param, invalid, missing_object, not_one_of, required
from admonster_fb.sandbox.pixels import checks
from admonster_fb.sandbox.pixels.checks import ACCOUNTS, CONVERSION, MOST_CONVERSIONS, MOST_EVENTS, PIXEL
from admonster_fb.sandbox.pixels.stats import INSTALLED, last_fired
from admonster_fb.sandbox.wire import decode_value
from admonster_fb.sandbox.world import Call, Node, Store


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
    return project.created(call, add(call.store, account, str(call.params["name"]), call.token.user_id))


def update(call: Call, pixel: Node) -> dict[str, Any]:
    """Change a pixel's name or its settings."""
    sent, matching = call.params, "automatic_matching_fields"
    _check_words(call, PIXEL, "", CHOICES)
    if (fields := sent.get(matching)) is not None:
        known = spec.values(PIXEL, "POST", "", matching)
        if set(map(str, need.items(matching, fields))) - set(known):
            raise not_one_of(matching, known)
        pixel.data[matching] = fields
    pixel.data |= {name: sent[name] for name in ("name", *CHOICES) if sent.get(name)}
    if "enable_automatic_matching" in sent:
        pixel.data["enable_automatic_matching"] = truth(sent["enable_automatic_matching"])
    return project.created(call, pixel)


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


Fields = dict[str, Any]


def create_conversion(call: Call, account: Node) -> Fields:
    """Create a custom conversion. That names must differ is how Ads Manager has it; the pages name only the limit."""
    sent = call.params
    need.value("name", sent.get("name"))
    _check_words(call, "AdAccount", "customconversions", ("custom_event_type", "action_source_type"))
    data: Fields = {"name": str(sent["name"]), "account_id": account.data["account_id"], **_value(call)}
    for name in ("rule", "advanced_rule"):
        if sent.get(name) not in (None, ""):
            data[name] = _rule(call, name)
    data |= _source(call, account)
    data |= {name: sent[name] for name in ("description", "custom_event_type") if sent.get(name)}
    there = list(call.store.children(account.id, CONVERSION))
    if len(there) >= MOST_CONVERSIONS:
        text = f"An ad account can have up to {MOST_CONVERSIONS} custom conversions."
        raise invalid("name", "Too Many Custom Conversions", text)
    _check_name(there, data["name"])
    data |= {"is_archived": False, "is_unavailable": False, "custom_event_type": data.get("custom_event_type", "OTHER")}
    data |= {"default_conversion_value": data.get("default_conversion_value", 0)}
    data["creation_time"] = times.stamp(call.store.clock(), call.world.zone_of(account))
    node = call.store.add(CONVERSION, data)
    node.hidden["business"] = account.hidden.get("business")
    predicted = {"is_custom_event_type_predicted": "0" if sent.get("custom_event_type") else "1"}
    return project.created(call, node) | ({} if project.selections(sent) else predicted)


def update_conversion(call: Call, node: Node) -> Fields:
    """Change the name, the description or the value of a custom conversion; nothing else can be changed."""
    sent = call.params
    siblings = call.store.children(f"act_{node.data['account_id']}", CONVERSION)
    if sent.get("name"):
        _check_name([sibling for sibling in siblings if sibling is not node], str(sent["name"]))
    changes = {name: str(sent[name]) for name in ("name", "description") if sent.get(name)}
    node.data |= {**changes, **_value(call)}
    return {"success": True}


def delete_conversion(call: Call, node: Node) -> Fields:
    """Delete a custom conversion."""
    call.store.remove(node.id)
    return {"success": True}


def _check_words(call: Call, kind: str, edge: str, names: tuple[str, ...]) -> None:
    for name in names:
        if sent := call.params.get(name):
            need.one_of(name, sent, spec.values(kind, "POST", edge, name))


def _check_name(others: list[Node], name: str) -> None:
    if any(other.data["name"] == name for other in others):
        raise invalid("name", "Name Already Used", f"There is a custom conversion {name} in this ad account.")


def _value(call: Call) -> Fields:
    sent = call.params.get("default_conversion_value")
    if sent in (None, ""):
        return {}
    try:
        value = Decimal(str(sent))
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise bad_param("Param default_conversion_value must be a number of 0 or more")
    return {"default_conversion_value": int(value) if value == int(value) else float(value)}


def _rule(call: Call, name: str) -> str:
    raw, rule = call.raw[name], read_json(call.params[name])
    if not isinstance(rule, dict) or not rule:
        raise invalid(name, "Invalid Rule", "The rule of a custom conversion must be a JSON object.")
    return raw if isinstance(raw, str) else json.dumps(raw, separators=(",", ":"))


def _source(call: Call, account: Node) -> Fields:
    source = call.params.get("event_source_id")
    if source in (None, ""):
        return {}
    pixel = call.find(str(source))
    if pixel is None or pixel.kind != PIXEL or account.id not in pixel.hidden[ACCOUNTS]:
        raise missing_object("POST", str(source))
    source_row = {"id": pixel.id, "name": pixel.data["name"], "source_type": "PIXEL"}
    return {"event_source_type": "pixel", "data_sources": [source_row], "pixel_id": pixel.id}
