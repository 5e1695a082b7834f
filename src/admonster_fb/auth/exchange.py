"""The calls about tokens. Source: Meta: access tokens, login flow; `api_facts.md` section 9.

Meta documents the exchanges as GET, secrets in the query. TLS hides that on the way; here it is neither logged nor told
in errors (`graph.observe`, `graph.session`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from admonster_fb._secret import Secret
from admonster_fb.auth.app import App
from admonster_fb.auth.inspection import inspect
from admonster_fb.auth.token import Token
from admonster_fb.errors import AuthenticationError

__all__ = [
    "app_token",
    "exchange_code",
    "extend",
    "inspect",
    "page_tokens",
    "permissions",
    "proof",
    "revoke",
    "system_user_token",
]
_OAUTH = ("oauth", "access_token")
_SIXTY_DAYS = {"set_token_expires_in_60_days": "true"}


def exchange_code(app: App, code: str, redirect_uri: str) -> Token:
    """Exchange the code of a login for a short-lived token. A code works once, for a few minutes.

    >>> exchange_code(app, "AQB…", "https://bot.example/callback")  # doctest: +SKIP
    Token(user_id='', kind='USER', …)
    """
    params = {"redirect_uri": redirect_uri, "code": code}
    return _token(app, app.call("GET", *_OAUTH, params=_known(app) | params, once=True))


def extend(app: App, token: Token) -> Token:
    """Exchange a token that is still valid for one that lives 60 days from now; the new one replaces the old.

    >>> extend(app, token).expires_at  # doctest: +SKIP
    datetime.datetime(2027, 1, 22, …)
    """
    params = {"grant_type": "fb_exchange_token", "fb_exchange_token": token.secret}
    if token.kind == "SYSTEM_USER":
        params |= _SIXTY_DAYS
    fresh = _token(app, app.call("GET", *_OAUTH, params=_known(app) | params))
    expires_at = fresh.expires_at or inspect(app, fresh).expires_at  # Meta does not always say it in the exchange
    issued_at = fresh.issued_at
    return replace(token, secret=fresh.secret, expires_at=expires_at, issued_at=issued_at, renewed_at=issued_at)


def app_token(app: App) -> Token:
    """Return the app's own token, which is its id and secret: nothing is asked.

    >>> app_token(app).kind  # doctest: +SKIP
    'APP'
    """
    return Token(app.token, kind="APP", app_id=app.app_id)


def system_user_token(
    app: App, admin: Token, system_user_id: str, scopes: Iterable[str], *, expires: bool = False
) -> Token:
    """Make a token for a system user of the business, with the token of an admin of it. `expires`: after 60 days.

    >>> system_user_token(app, admin, "1000", ["ads_management"]).kind  # doctest: +SKIP
    'SYSTEM_USER'
    """
    wanted = tuple(scopes)
    params: dict[str, Any] = {"business_app": app.app_id, "scope": ",".join(wanted)}
    if expires:
        params |= _SIXTY_DAYS
    made = app.call("POST", system_user_id, "access_tokens", params=params, access_token=admin.secret)
    told = _token(app, made)
    expires_at = told.expires_at or (app.clock.now() + timedelta(days=60) if expires else None)
    return replace(told, kind="SYSTEM_USER", user_id=system_user_id, scopes=wanted, expires_at=expires_at)


def page_tokens(app: App, token: Token) -> dict[str, Token]:
    """Return a token for each Page the user has a role on, by the Page's id; of a long-lived token they never expire.

    >>> list(page_tokens(app, token))  # doctest: +SKIP
    ['100000000000001']
    """
    params: dict[str, Any] = {"fields": "id,access_token", "limit": 100}
    found: dict[str, Token] = {}
    lasting = token.expires_at is None or token.expires_at - app.clock.now() > timedelta(days=1)
    while True:
        page = app.call("GET", "me", "accounts", params=params, access_token=token.secret)
        for row in page.get("data") or ():
            if isinstance(row, Mapping) and row.get("access_token"):
                expires_at = None if lasting else token.expires_at
                found[str(row["id"])] = replace(
                    token, secret=Secret(row["access_token"]), kind="PAGE", expires_at=expires_at, renewed_at=None
                )
        paging = page.get("paging") or {}
        after = (paging.get("cursors") or {}).get("after")
        if not paging.get("next") or not after or after == params.get("after"):
            return found
        params["after"] = after


def permissions(app: App, token: Token) -> dict[str, str]:
    """Return what the user decided of each permission: `granted`, `declined` or `expired`.

    >>> permissions(app, token)["ads_read"]  # doctest: +SKIP
    'granted'
    """
    rows = app.call("GET", "me", "permissions", access_token=token.secret).get("data") or ()
    return {str(row.get("permission")): str(row.get("status")) for row in rows}


def revoke(app: App, token: Token, permission: str | None = None) -> None:
    """Take the app's access away from a user's account, or one permission of it. Every token of the user ends.

    >>> revoke(app, token)  # doctest: +SKIP
    """
    path = ("me", "permissions", *([permission] if permission else ()))
    if app.call("DELETE", *path, access_token=token.secret).get("success") is False:
        raise AuthenticationError(message="Meta did not revoke the permissions", request="DELETE me/permissions")


def proof(app: App, token: Token) -> str:
    """Return the `appsecret_proof` of a token, for hosts that make calls of their own.

    >>> len(proof(app, token))  # doctest: +SKIP
    64
    """
    return hmac.new(app.secret.encode(), token.reveal().encode(), hashlib.sha256).hexdigest()


def _known(app: App) -> dict[str, Any]:
    return {"client_id": app.app_id, "client_secret": app.app_secret}


def _token(app: App, told: Mapping[str, Any]) -> Token:
    """Read the answer to an exchange."""
    if not isinstance(told.get("access_token"), str) or not told["access_token"]:
        raise AuthenticationError(message="Meta answered without a token", request="GET oauth/access_token")
    now = app.clock.now()
    return Token(Secret(told["access_token"]), app_id=app.app_id, issued_at=now, expires_at=_expiry(told, now))


def _expiry(told: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return when a new token expires, as far as the answer says it: in seconds, as a number or as text."""
    try:
        seconds = int(told.get("expires_in") or 0)
    except (TypeError, ValueError):
        return None
    return now + timedelta(seconds=seconds) if seconds > 0 else None
