"""Signing in within a conversation: a login link for the user, and completing the login."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from admonster_fb.auth.scopes import missing_scopes
from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.operation import op


@dataclass(frozen=True, slots=True)
class Connection:
    """The state of the token: whether it is valid, which scopes are missing, and a login link."""

    connected: bool
    login_url: str | None = None
    redirect_uri: str | None = None
    """Start of the address that the browser is redirected to."""
    user_id: str = ""
    missing: tuple[str, ...] = ()
    expires_at: datetime | None = None
    """`None` if it never expires, or if that is not known."""
    problem: str = ""


# Read access: it changes nothing of the advertiser's, and a read-only agent has to sign in as well.
@op("connect", group="account", access="read", scopes=())
def connect(
    fb: FacebookAds,
    *,
    code: Annotated[str, Field(description="from the address the user was redirected to")] | None = None,
    state: Annotated[str, Field(description="from the same address")] | None = None,
    redirect_url: Annotated[str, Field(description="the whole address, instead of code and state")] | None = None,
) -> Connection:
    """Return a login link for the user. With `code` and `state`, or `redirect_url`, complete the login.

    A link works once, for 10 minutes, and only for the user it was created for.

    >>> connect(fb).connected
    True
    """
    tokens = fb.token.tokens
    login = tokens.login if tokens else None
    if code is None and state is None and redirect_url is None:
        status = fb.token.status()
        url = login.url(tokens.key, rerequest=bool(status.missing)) if login and tokens else None
        redirect_uri, missing = login.redirect_uri if login else None, status.missing if status.valid else ()
        return Connection(status.valid, url, redirect_uri, status.user_id, missing, status.expires_at, status.error)
    if redirect_url is None and not (code and state):
        raise ParameterError([Violation("state" if code else "code", MISSING, "code and state, or redirect_url")])
    if tokens is None or login is None:
        advice = "Create the tool with a facade that has a login: FacebookAds.from_store(store, key, login=…)."
        raise FacebookAdsError("sign-in is not available: the host supplied the token", advice=advice, who="admin")
    redirect = redirect_url if redirect_url is not None else {"code": code or "", "state": state or ""}
    token = login.finish(redirect, tokens.key)
    tokens.adopt(token)
    missing_now = missing_scopes(token.scopes) if token.scopes else ()
    return Connection(True, None, None, token.user_id, missing_now, token.expires_at)
