"""Ad creatives: one node per content, a name Meta adds to, and nothing but the name to change later."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from admonster_fb.sandbox import convert, times, validation
from admonster_fb.sandbox.errors import GraphError, missing_object
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

UPDATABLE = frozenset({"name", "status", "adlabels"})
_NOT_CONTENT = UPDATABLE | convert.CALL_PARAMS | {"method", "format"}
# What a creative shows of the post it builds: field of the creative, field of link_data.
FROM_LINK_DATA = {"title": "name", "body": "message", "image_hash": "image_hash", "image_url": "picture"}


def create(call: Call, account: Node) -> dict[str, Any]:
    """Create a creative; the same content again answers the id it already has."""
    from admonster_fb.sandbox import nodes

    validation.check("create", "AdCreative", None, account, call.params, call.store)
    if nodes.validate_only(call):
        return {"success": True}
    return nodes.created(call, make(call, account, call.params))


def make(call: Call, account: Node, params: dict[str, Any]) -> Node:
    """Return the creative of this content in this account, new or known."""
    content = _digest(params)
    for known in call.store.children(account.id, "AdCreative"):
        if known.hidden.get("content") == content and known.data["status"] != "DELETED":
            return known
    sent = convert.fields_of("create", "AdCreative", params, account.data["timezone_name"])
    node = call.store.add("AdCreative", {"status": "ACTIVE", **sent, "account_id": account.data["account_id"]})
    node.hidden["content"] = content
    node.data["name"] = _full_name(call, account, params, content)
    _derive(call, node)
    return node


def resolve(call: Call, near: Node, spec: Any) -> str:
    """Return the id of the creative an ad names, making one of an inline spec."""
    if not isinstance(spec, dict):
        raise GraphError(100, message="(#100) param creative must be an array.")
    account = call.world.account_of(near)
    named = spec.get("creative_id") or spec.get("id")
    if named is not None:
        node = call.find(str(named))
        if node is None or node.kind != "AdCreative":
            raise missing_object("POST", str(named))
        return node.id
    if account is None:
        raise missing_object("POST", near.id)
    validation.check("create", "AdCreative", None, account, spec, call.store)
    return make(call, account, spec).id


def update(call: Call, node: Node) -> dict[str, Any]:
    """Change a creative's name, status or labels; its content is fixed for ever."""
    validation.check("update", "AdCreative", node, call.world.account_of(node), call.params, call.store)
    node.data.update(convert.fields_of("update", "AdCreative", call.params, call.world.zone_of(node)))
    return {"success": True}


def _digest(params: dict[str, Any]) -> str:
    content = {name: value for name, value in params.items() if name not in _NOT_CONTENT}
    return hashlib.md5(json.dumps(content, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


def _full_name(call: Call, account: Node, params: dict[str, Any], content: str) -> str:
    """Return the name with Meta's " YYYY-MM-DD-<32 hex>" behind it; without a name the headline serves."""
    link_data = (params.get("object_story_spec") or {}).get("link_data") or {}
    name = params.get("name") or link_data.get("name") or "Ad"
    day = call.store.clock().astimezone(times.zone(account.data["timezone_name"])).date().isoformat()
    return f"{name} {day}-{content}"


def _derive(call: Call, node: Node) -> None:
    """Fill what Meta works out from the content."""
    story = node.data.get("object_story_spec") or {}
    link_data = story.get("link_data") or {}
    for field, source in FROM_LINK_DATA.items():
        if source in link_data:
            node.data.setdefault(field, link_data[source])
    if action := (link_data.get("call_to_action") or {}).get("type"):
        node.data.setdefault("call_to_action_type", action)
    page = story.get("page_id")
    if page:
        node.data.setdefault("actor_id", str(page))
        node.data["effective_object_story_id"] = f"{page}_{call.store.new_id()}"
    elif posted := node.data.get("object_story_id"):
        node.data["effective_object_story_id"] = posted
    node.data.setdefault("object_type", "VIDEO" if "video_data" in story else "SHARE")
    node.data["thumbnail_url"] = f"https://scontent.xx.fbcdn.net/v/t45.1600-4/{node.id}_n.png?stp=dst-emg0_p64x64"
