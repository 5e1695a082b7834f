"""Tokens: `oauth/access_token` turns a code, a token or the app's secret into one, `debug_token` tells what it is.

Recorded: an unknown id that is no number (1, HTTP 500), a wrong secret (1), a missing `redirect_uri` (191), and the
shapes of `debug_token`, valid and invalid, of users, Pages and apps (in 2014 and about 2020: `issued_at` and the form
of `granular_scopes` may have changed since). Numbers of the refusals of a code: `docs/meta-rules.md`, Error numbers;
their texts, and 101 for what else is missing, from memory.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from hmac import compare_digest
from typing import Any

from admonster_fb.sandbox import need, times
from admonster_fb.sandbox.auth import Token
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import GraphError, NotModelled
from admonster_fb.sandbox.oauth import people
from admonster_fb.sandbox.oauth.app import Code
from admonster_fb.sandbox.world import Call, Node

PATH = "oauth/access_token"
SHORT = timedelta(hours=2)
LONG = timedelta(seconds=5_183_944)
"""60 days, less what Meta takes off."""
DATA_ACCESS = timedelta(days=90)
USED, EXPIRED, MISMATCH = 36009, 36007, 36008


def answer(call: Call) -> dict[str, Any]:
    """Return one exchange."""
    if call.method not in ("GET", "POST"):
        raise NotModelled(call.method, call.path)
    _check_app(call)
    grant = str(call.params.get("grant_type") or "authorization_code")
    if grant not in GRANTS:
        raise NotModelled(call.method, call.path, f"grant_type {grant}")
    return GRANTS[grant](call)


def _check_app(call: Call) -> None:
    app, client_id = call.world.app, str(call.params.get("client_id") or "")
    if not client_id:
        raise GraphError(101, message="Missing client_id parameter.", http_status=400)
    if not client_id.isdigit():
        raise GraphError(1)
    if client_id != app.id:
        text = "Error validating application. Cannot get application info due to a system error."
        raise GraphError(101, message=text, http_status=400)
    secret = str(call.params.get("client_secret") or "")
    if not secret:
        raise GraphError(101, message="Missing client_secret parameter.", http_status=400)
    if not compare_digest(secret.encode(), app.secret.encode()):
        raise GraphError(1, message="Error validating client secret.", http_status=400)


def _of_code(call: Call) -> dict[str, Any]:
    redirect_uri, value = call.params.get("redirect_uri"), call.params.get("code")
    if not redirect_uri:
        raise GraphError(191, message="Missing redirect_uri parameter.", http_status=400)
    if not value:
        raise GraphError(1, message="Missing authorization code", http_status=400)
    code = call.world.logins.codes.get(str(value))
    if code is None:
        raise GraphError(100, message="Invalid verification code format.")
    _check_code(call, code, str(redirect_uri))
    _check_verifier(code, str(call.params.get("code_verifier") or ""))
    code.used = True
    return _token_answer(call, _first(call, code))


def _check_code(call: Call, code: Code, redirect_uri: str) -> None:
    wrong = (
        (code.used, USED),
        (times.parse(code.expires_at, "UTC") <= call.world.clock(), EXPIRED),
        (code.redirect_uri != redirect_uri, MISMATCH),
    )
    for holds, subcode in wrong:
        if holds:
            raise GraphError(100, subcode)


def _check_verifier(code: Code, verifier: str) -> None:
    """Check PKCE. Both texts are from public reports, the code of the second from memory."""
    if verifier and not code.challenge:
        text = "code_verifier param is provided without a code_challenge in authorization request."
        raise GraphError(1, message=text, http_status=400)
    expected = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    if code.challenge and not compare_digest(expected.encode(), code.challenge.encode()):
        raise GraphError(100, message="Invalid code verifier.")


def _first(call: Call, code: Code) -> Token:
    """Return the token that a login ends with: short-lived, but a system user's."""
    world, consent = call.world, call.world.logins.consents.get(code.user_id)
    if consent is None:  # revoked between dialog and exchange
        raise GraphError(100, message="Invalid verification code format.")
    token = world.issue(code.user_id, *world.reach(code.user_id), set(consent.granted))
    token.revoked, token.kind = set(consent.declined), code.kind
    if code.kind == "USER":
        token.expires_at = (world.clock() + SHORT).isoformat()
        token.data_access_expires_at = (times.parse(consent.at, "UTC") + DATA_ACCESS).isoformat()
    return token


def _of_token(call: Call) -> dict[str, Any]:
    value = str(call.params.get("fb_exchange_token") or "")
    if not value:
        raise GraphError(1, message="fb_exchange_token parameter not specified", http_status=400)
    token = call.world.tokens.tokens.get(value)
    if token is None:
        raise GraphError(190)
    if token.app_id != call.world.app.id:
        raise GraphError(190, message="Error validating access token: The token was not issued for this application.")
    token.check_alive(call.world.clock())
    lasts: timedelta | None = LONG
    if token.kind == people.KIND:
        lasts = LONG if truth(call.params.get(people.EXPIRES, False)) else None
    elif token.kind != "USER":
        raise NotModelled(call.method, call.path, f"of a token of the kind {token.kind}")
    return _token_answer(call, call.world.reissue(token, lasts))


def _token_answer(call: Call, token: Token) -> dict[str, Any]:
    answer_fields: dict[str, Any] = {"access_token": token.value, "token_type": "bearer"}
    if token.expires_at:
        left = times.parse(token.expires_at, "UTC") - call.world.clock()
        answer_fields["expires_in"] = int(left.total_seconds())
    return answer_fields


GRANTS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "authorization_code": _of_code,
    "fb_exchange_token": _of_token,
    "client_credentials": lambda call: {"access_token": call.world.app.token, "token_type": "bearer"},
}


PERMISSIONS = "permissions"
ALWAYS = "public_profile"


def split_edge(call: Call, edge: str) -> str:
    """Return the edge of a call; `permissions/ads_read` is `permissions` with a parameter."""
    head, _, name = edge.partition("/")
    if head != PERMISSIONS or not name:
        return edge
    call.params["permission"] = name
    return PERMISSIONS


def read_permissions(call: Call, user: Node) -> dict[str, Any]:
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


DEBUG_PATH = "debug_token"
UNREADABLE = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
OTHERS = "(#100) The App_id in the input_token did not match the Viewing App"
WHOLE = frozenset({"public_profile", "email", "read_insights"})
"""Scopes that are of no assets, and so never granular."""


def debug_token(call: Call) -> dict[str, Any]:
    """Return what is known of `input_token`, to its app or to a token of the same app."""
    if call.method != "GET":
        raise NotModelled(call.method, call.path)
    value = need.value("input_token", str(call.params.get("input_token") or ""))
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
    # In unix seconds; 0 is never.
    access = {"data_access_expires_at": times.unix(token.data_access_expires_at or 0)}
    lives = {"expires_at": times.unix(token.expires_at or 0)}
    issued = {"issued_at": times.unix(token.issued_at)} if token.issued_at else {}
    page = {"profile_id": token.profile_id} if token.profile_id else {}
    scopes = sorted(token.scopes)
    granular = [{"scope": scope} for scope in scopes if scope not in WHOLE]
    error = _death(call, token)
    head = {**(error and {"error": error}), **about, **access, **lives, "is_valid": not error, **issued}
    return {**head, "scopes": scopes, "granular_scopes": granular, **page, "user_id": token.user_id}


def _death(call: Call, token: Token) -> dict[str, Any]:
    """Return why a token is invalid; the subcode has another name here than in other errors."""
    try:
        token.check_alive(call.world.clock())
    except GraphError as error:
        subcode = {"subcode": error.subcode} if error.subcode else {}
        return {"code": error.code, "message": error.message, **subcode}
    return {}
