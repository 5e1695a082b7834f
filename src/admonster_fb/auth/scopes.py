"""Scopes: what a login asks for, and which scopes a token lacks. Each op declares the scopes that it needs.

Source: https://developers.facebook.com/docs/permissions
"""

from __future__ import annotations

from collections.abc import Iterable

from admonster_fb.errors import PermissionDeniedError

SCOPES = (
    *("ads_management", "ads_read", "business_management", "read_insights"),
    *("pages_show_list", "pages_read_engagement", "pages_manage_ads"),
)
"""The scopes that a login asks for by default."""
REQUIRED = ("ads_read|ads_management", *(scope for scope in SCOPES if scope not in ("ads_read", "read_insights")))
"""The scopes that all ops together need. Of several with `|` between them one is enough; the least comes first."""
OPTIONAL = (
    *("leads_retrieval", "pages_manage_metadata", "instagram_basic", "pages_read_user_content"),
    *("instagram_manage_comments", "pages_manage_engagement", "catalog_management"),
)
"""The scopes that only leads, webhooks, Instagram media, comments and catalogs need.

A login asks for them if its `scopes` name them: Meta refuses one that the app has not been granted.
"""


def missing_scopes(granted: Iterable[str], required: Iterable[str] = REQUIRED) -> tuple[str, ...]:
    """Return the required scopes that are not granted; of alternatives (`a|b`), the first.

    >>> missing_scopes({"ads_read"}, ["ads_read|ads_management", "ads_management"])
    ('ads_management',)
    """
    held = {*granted}
    alternatives = [scope.split("|") for scope in required]
    return tuple(dict.fromkeys(names[0] for names in alternatives if held.isdisjoint(names)))


def require(granted: Iterable[str], required: Iterable[str], purpose: str, login_url: str | None = None) -> None:
    """Raise `PermissionDeniedError`, with the link that requests them, if `purpose` (an op) lacks scopes."""
    if lacking := missing_scopes(granted, required):
        message = f"{purpose} needs the scope {' and '.join(lacking)}, which the user has not granted"
        error = PermissionDeniedError(message=message)
        error.advice, error.who = "Ask the user to log in again and to grant it.", "user"
        error.login_url = login_url
        raise error
