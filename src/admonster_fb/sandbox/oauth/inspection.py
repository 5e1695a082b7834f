"""`debug_token`: the state of a token. Recorded: its shapes, valid and invalid, of users, Pages and apps.

Recordings are of 2014 and about 2020: `issued_at` and the form of `granular_scopes` may have changed since.
"""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import need, times
from admonster_fb.sandbox.auth import Token
from admonster_fb.sandbox.errors import GraphError, NotModelled
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
    """Return what the user granted and declined, and what they granted and the app did not use for long."""
    rows = [(scope, "granted") for scope in _held(call, user, "scopes")]
    rows += [(scope, "declined") for scope in _held(call, user, "revoked")]
    rows += [(scope, "expired") for scope in _held(call, user, "lapsed")]
    if (only := call.params.get("permission")) is not None:
        rows = [row for row in rows if row[0] == only]
    return {"data": [{"permission": scope, "status": status} for scope, status in rows]}


def take_back(call: Call, user: Node) -> dict[str, Any]:
    """Revoke one permission, or without a name all of them, which ends every token of the user."""
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


PATH = "debug_token"
UNREADABLE = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
OTHERS = "(#100) The App_id in the input_token did not match the Viewing App"
WHOLE = frozenset({"public_profile", "email", "read_insights"})
"""Scopes that are of no assets, and so never granular."""


def answer(call: Call) -> dict[str, Any]:
    """Return what is known of `input_token`, to its app or to a token of the same app."""
    if call.method != "GET":
        raise NotModelled(call.method, call.path)
    value = str(call.params.get("input_token") or "")
    need.value("input_token", value)
    token = call.world.tokens.find(value)
    if token is None:
        return {"data": {"error": UNREADABLE, "is_valid": False, "scopes": []}}
    if token.app_id != call.token.app_id:
        raise GraphError(100, message=OTHERS)
    return {"data": _token_info(call, token)}


def _token_info(call: Call, token: Token) -> dict[str, Any]:
    about = {"app_id": token.app_id, "type": token.kind, "application": call.world.app.name}
    if token.kind == "APP":
        return {**about, "is_valid": True, "scopes": []}
    access = {"data_access_expires_at": _seconds(token.data_access_expires_at)}
    lives = {"expires_at": _seconds(token.expires_at)}
    issued = {"issued_at": _seconds(token.issued_at)} if token.issued_at else {}
    page = {"profile_id": token.profile_id} if token.profile_id else {}
    scopes = sorted(token.scopes)
    granular = [{"scope": scope} for scope in scopes if scope not in WHOLE]
    error = _death(call, token)
    return {
        **(error and {"error": error}),
        **about,
        **access,
        **lives,
        "is_valid": not error,
        **issued,
        "scopes": scopes,
        "granular_scopes": granular,
        **page,
        "user_id": token.user_id,
    }


def _death(call: Call, token: Token) -> dict[str, Any]:
    """Return why a token is invalid; the subcode has another name here than in other errors."""
    try:
        token.check_alive(call.world.clock())
    except GraphError as error:
        subcode = {"subcode": error.subcode} if error.subcode else {}
        return {"code": error.code, "message": error.message, **subcode}
    return {}


def _seconds(moment: str | None) -> int:
    """Return a moment in unix seconds; 0 is never."""
    return int(times.parse(moment, "UTC").timestamp()) if moment else 0
