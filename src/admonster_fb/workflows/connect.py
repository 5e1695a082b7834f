"""Signing in from within a conversation: a link for the user, and what it ends with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from admonster_fb.auth.scopes import missing_scopes
from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.operation import op

if TYPE_CHECKING:
    from admonster_fb.auth.token import Token
    from admonster_fb.auth.token_manager import TokenManager
    from admonster_fb.client import FacebookAds


@dataclass(frozen=True, slots=True)
class Connection:
    """Whether there is a token that lives, what it lacks, and the link to sign in with (again)."""

    connected: bool
    login_url: str | None = None
    redirect_uri: str | None = None
    """What the address that the browser ends at begins with."""
    user_id: str = ""
    missing: tuple[str, ...] = ()
    """Scopes without which some op cannot work."""
    expires_at: datetime | None = None
    """`None` is never, or not known."""
    problem: str = ""


# It changes nothing of the advertiser's, and an agent that may only read has to sign in as well.
@op("connect", group="account", access="read", scopes=())
def connect(
    fb: FacebookAds,
    *,
    code: Annotated[str, Field(description="from the address the user ended at")] | None = None,
    state: Annotated[str, Field(description="from the same address")] | None = None,
    redirect_url: Annotated[str, Field(description="that whole address, instead of code and state")] | None = None,
) -> Connection:
    """Return the link with which the user signs in to Facebook; with what it ended with, complete the sign-in.

    The link works once, for 10 minutes, and only for the user it was made for.

    >>> connect(fb).connected
    True
    """
    tokens = fb.token.tokens
    if code is None and state is None and redirect_url is None:
        return _asked(fb, tokens)
    if redirect_url is None and not (code and state):
        lacking = "code" if not code else "state"
        raise ParameterError([Violation(lacking, MISSING, "code and state, or redirect_url")])
    if tokens is None or tokens.login is None:
        advice = "Give the tool a facade with a login: FacebookAds.from_store(store, key, login=…)."
        raise FacebookAdsError("nobody can sign in here: the token was given by the host", advice=advice, who="admin")
    back = redirect_url if redirect_url is not None else {"code": code or "", "state": state or ""}
    token = tokens.login.finish(back, tokens.key)
    tokens.adopt(token)
    return _signed_in(token)


def _asked(fb: FacebookAds, tokens: TokenManager | None) -> Connection:
    """Say how things stand, with a new link where one can sign in."""
    status = fb.token.status()
    login = tokens.login if tokens else None
    return Connection(
        connected=status.valid,
        login_url=login.url(tokens.key, rerequest=bool(status.missing)) if login and tokens else None,
        redirect_uri=login.redirect_uri if login else None,
        user_id=status.user_id,
        missing=status.missing if status.valid else (),
        expires_at=status.expires_at,
        problem=status.error,
    )


def _signed_in(token: Token) -> Connection:
    lacking = missing_scopes(token.scopes) if token.scopes else ()
    return Connection(True, user_id=token.user_id, missing=lacking, expires_at=token.expires_at)
