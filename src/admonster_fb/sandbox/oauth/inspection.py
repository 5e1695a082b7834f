"""`debug_token`: what Meta says of a token. Recorded: its shapes, alive and dead, of users, Pages and apps.

Recordings are of 2014 and about 2020: `issued_at` and the form of `granular_scopes` may have changed since.
"""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.auth import Token
from admonster_fb.sandbox.errors import GraphError, NotModelled, required
from admonster_fb.sandbox.world import Call

PATH = "debug_token"
UNREADABLE = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
OTHERS = "(#100) The App_id in the input_token did not match the Viewing App"
WHOLE = frozenset({"public_profile", "email", "read_insights"})
"""Scopes that are of no assets, and so never granular."""


def answer(call: Call) -> dict[str, Any]:
    """Answer what is known of `input_token`, to its app or to a token of the same app."""
    if call.method != "GET":
        raise NotModelled(call.method, call.path)
    value = str(call.params.get("input_token") or "")
    if not value:
        raise required("input_token")
    token = call.world.tokens.find(value)
    if token is None:
        return {"data": {"error": UNREADABLE, "is_valid": False, "scopes": []}}
    if token.app_id != call.token.app_id:
        raise GraphError(100, message=OTHERS)
    return {"data": _told(call, token)}


def _told(call: Call, token: Token) -> dict[str, Any]:
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
    """Return why a token is dead; the subcode has another name here than in other errors."""
    try:
        token.check_alive(call.world.clock())
    except GraphError as error:
        subcode = {"subcode": error.subcode} if error.subcode else {}
        return {"code": error.code, "message": error.message, **subcode}
    return {}


def _seconds(moment: str | None) -> int:
    """Return a moment in unix seconds; 0 is never."""
    return int(times.parse(moment, "UTC").timestamp()) if moment else 0
