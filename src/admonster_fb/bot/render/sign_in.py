"""The sign-in as text for the model: the link, what to do with it, and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admonster_fb.bot.render.values import plain

if TYPE_CHECKING:
    from admonster_fb.bot.registry import Op
    from admonster_fb.client import FacebookAds
    from admonster_fb.workflows.connect import Connection

CONNECT = "connect"
_THEN = (
    "The user signs in there, chooses ad accounts and Pages, and ends at an address{where}. Ask for that whole address "
    "and call op=connect args={{redirect_url}}, or code and state from it; then continue with the user's request."
)


def ensure_connected(fb: FacebookAds, op: Op) -> None:
    """Raise `AuthenticationError`, or `PermissionDeniedError` for a scope that an op needs, with a link to sign in."""
    if op.name != CONNECT and fb.token.tokens is not None:
        fb.token.tokens.current()
        fb.token.require(op.spec.scopes, op.name)


def is_offered(fb: FacebookAds, op: str) -> bool:
    """Return whether an op is the sign-in and users can sign in: tools for a few groups of ops need it as well."""
    return op == CONNECT and fb.token.login is not None


def sign_in_instructions(login_url: str, redirect_uri: str | None = None) -> list[str]:
    """Return the link and what to do with it, as lines."""
    where = f" that begins with {redirect_uri}" if redirect_uri else ""
    return [f"Show the user this link to sign in with Facebook: {login_url}", _THEN.format(where=where)]


def connection(found: Connection) -> list[str]:
    """Return the state of the sign-in as lines.

    >>> from admonster_fb.workflows.connect import Connection
    >>> connection(Connection(True, user_id="7"))[0]
    'Connected as user 7. The token does not expire, or Meta does not say when.'
    """
    if not found.connected:
        lines = [f"Not connected{f': {plain(found.problem)}' if found.problem else ''}."]
        return lines + (sign_in_instructions(found.login_url, found.redirect_uri) if found.login_url else [_NOBODY])
    until = f"The token is valid until {found.expires_at:%Y-%m-%d}" if found.expires_at else _NEVER
    lines = [f"Connected{f' as user {found.user_id}' if found.user_id else ''}. {until}."]
    if found.missing:
        lacking = ", ".join(found.missing)
        lines.append(f"Not granted: {lacking}. What needs it is refused until the user signs in again and grants it.")
    if found.login_url:
        lines.append(f"To sign in again, as another user or with more scopes: {found.login_url}")
    return [*lines, "Next: list_ad_accounts, status"]


_NEVER = "The token does not expire, or Meta does not say when"
_NOBODY = "There is no link: the host provided the token and has to provide a new one."
