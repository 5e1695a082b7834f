"""The calls that exchange and revoke tokens. Source: Meta, access tokens; `docs/meta-rules.md#login-and-tokens`.

Meta documents the exchanges as GET, with secrets in the query. The token endpoint takes the POST of OAuth 2.0 as well
(RFC 6749, section 3.2; maintained clients such as requests-oauthlib send it): no secret is in a URL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from admonster_fb.auth.app import App
from admonster_fb.auth.inspection import debug
from admonster_fb.auth.token import Token
from admonster_fb.errors import AuthenticationError, TransientError
from admonster_fb.redaction import Secret
from admonster_fb.transport.request import OAUTH

_EXPIRING = {"set_token_expires_in_60_days": "true"}


def exchange_code(app: App, code: str, redirect_uri: str, verifier: str = "") -> Token:
    """Exchange the code of a login for a short-lived token. A code works once, for a few minutes.

    `verifier` is that of PKCE, if the login began with a challenge.
    """
    proof = {"code_verifier": verifier} if verifier else {}
    return _exchange(app, {"redirect_uri": redirect_uri, "code": code, **proof}, once=True)


def extend(app: App, token: Token) -> Token:
    """Exchange a valid token for one that is valid for 60 days from now."""
    params = {"grant_type": "fb_exchange_token", "fb_exchange_token": token.secret}
    if token.kind == "SYSTEM_USER":
        params |= _EXPIRING
    fresh = _exchange(app, params)
    expires_at = fresh.expires_at or debug(app, fresh).expires_at  # Meta does not always return it
    issued_at = fresh.issued_at
    return replace(token, secret=fresh.secret, expires_at=expires_at, issued_at=issued_at, renewed_at=issued_at)


def renew(app: App, token: Token) -> Token:
    """Exchange a token as `extend` does, and inspect the new one. Its expiry is by Meta's clock, not by this machine's.

    Raises `AuthenticationError` if the new token is not valid, or not of the same user and app.
    """
    fresh = extend(app, token)
    status = debug(app, fresh)
    same = (not status.user_id or token.user_id in ("", status.user_id)) and status.app_id in ("", app.app_id)
    if not (status.valid and same):
        reason = status.error or "it is dead, or of another user or app"
        raise AuthenticationError(message=f"the renewed token is not valid: {reason}", request="GET debug_token")
    return replace(fresh, expires_at=status.expires_at or fresh.expires_at)


def revoke(app: App, token: Token) -> None:
    """Revoke the app's access to a user's account. Every token of the user for this app ends."""
    if app.call("DELETE", "me", "permissions", access_token=token.secret).get("success") is not True:
        raise TransientError(message="Meta did not revoke the permissions", request="DELETE me/permissions")


def _exchange(app: App, params: Mapping[str, Any], *, once: bool = False) -> Token:
    credentials = {"client_id": app.app_id, "client_secret": app.app_secret}
    response = app.call("POST", *OAUTH, params={**credentials, **params}, once=once)
    access_token = response.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        raise AuthenticationError(message="Meta answered without a token", request="POST oauth/access_token")
    now = app.clock.now()
    try:
        seconds = int(response.get("expires_in") or 0)  # a number, or text
        expires_at = now + timedelta(seconds=seconds) if seconds > 0 else None
    except (TypeError, ValueError, OverflowError):
        expires_at = None
    return Token(Secret(access_token), app_id=app.app_id, issued_at=now, expires_at=expires_at)
