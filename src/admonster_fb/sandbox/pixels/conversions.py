"""Custom conversions: which events count as one (Meta's pages "Custom Conversion")."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from admonster_fb.sandbox import need, nodes, project, times
from admonster_fb.sandbox.errors import bad_param, invalid, missing_object, not_one_of
from admonster_fb.sandbox.pixels.checks import ACCOUNTS, CONVERSION, MOST_CONVERSIONS, PIXEL
from admonster_fb.sandbox.spec import find as endpoint
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

Fields = dict[str, Any]


def create(call: Call, account: Node) -> Fields:
    """Create a custom conversion. That names must differ is how Ads Manager has it; the pages name only the limit."""
    sent = call.params
    need.value("name", sent.get("name"))
    _check_words(call)
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
    predicted = "0" if sent.get("custom_event_type") else "1"
    requested = project.selections(sent)
    return nodes.created(call, node) if requested else {"id": node.id, "is_custom_event_type_predicted": predicted}


def update(call: Call, node: Node) -> Fields:
    """Change the name, the description or the value of a custom conversion; nothing else can be changed."""
    sent = call.params
    siblings = call.store.children(f"act_{node.data['account_id']}", CONVERSION)
    if sent.get("name"):
        _check_name([sibling for sibling in siblings if sibling is not node], str(sent["name"]))
    changes = {name: str(sent[name]) for name in ("name", "description") if sent.get(name)}
    node.data |= {**changes, **_value(call)}
    return {"success": True}


def delete(call: Call, node: Node) -> Fields:
    """Delete a custom conversion."""
    call.store.remove(node.id)
    return {"success": True}


def _check_words(call: Call) -> None:
    known = endpoint("AdAccount", "POST", "customconversions")
    enums = known.enums if known else {}
    for name in ("custom_event_type", "action_source_type"):
        if call.params.get(name) and call.params[name] not in enums[f"{name}_enum"]:
            raise not_one_of(name, enums[f"{name}_enum"])


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
    raw, rule = call.raw[name], call.params[name]
    if isinstance(rule, str):
        try:
            rule = json.loads(rule)
        except (ValueError, RecursionError):
            rule = None
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
