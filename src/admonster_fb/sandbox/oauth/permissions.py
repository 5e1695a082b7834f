"""`{user}/permissions`: what a user granted and declined, and the app's access taken back."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

EDGE = "permissions"
ALWAYS = "public_profile"


def split(call: Call, edge: str) -> str:
    """Return the edge of a call; `permissions/ads_read` is `permissions` with a parameter."""
    head, _, name = edge.partition("/")
    if head != EDGE or not name:
        return edge
    call.params["permission"] = name
    return EDGE


def read(call: Call, user: Node) -> dict[str, Any]:
    """Answer what the user granted and declined, and what they granted and the app did not use for long."""
    rows = [(scope, "granted") for scope in _held(call, user, "scopes")]
    rows += [(scope, "declined") for scope in _held(call, user, "revoked")]
    rows += [(scope, "expired") for scope in _held(call, user, "lapsed")]
    if (only := call.params.get("permission")) is not None:
        rows = [row for row in rows if row[0] == only]
    return {"data": [{"permission": scope, "status": status} for scope, status in rows]}


def take_back(call: Call, user: Node) -> dict[str, Any]:
    """Take one permission back, or with none named all: then every token of the user ends."""
    world, name = call.world, call.params.get("permission")
    tokens = [token for token in world.tokens.of_user(user.id) if token.app_id == call.token.app_id]
    if name is None:
        world.logins.consents.pop(user.id, None)
        for token in tokens:
            token.ended = token.ended or 458
        return {"success": True}
    if name == ALWAYS:
        raise GraphError(100, message=f"(#100) Cannot revoke permission {ALWAYS}")
    for token in tokens:
        if name in token.scopes | token.lapsed:
            token.scopes.discard(name)
            token.lapsed.discard(name)
            token.revoked.add(name)
    if (consent := world.logins.consents.get(user.id)) and name in consent.granted:
        consent.granted.discard(name)
        consent.declined.add(name)
    return {"success": True}


def _held(call: Call, user: Node, name: str) -> list[str]:
    """Return one kind of scopes: of the caller's own token, or for an app of all the user's tokens that live."""
    if call.token.kind != "APP":
        return sorted(getattr(call.token, name))
    living = [token for token in call.world.tokens.of_user(user.id) if token.ended is None]
    held = set().union(*(getattr(token, name) for token in living))
    granted = set().union(*(token.scopes for token in living)) if name != "scopes" else set()
    return sorted(held - granted)
