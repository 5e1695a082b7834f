"""`me/accounts`: the Pages a user has a role on, each with a token of its own."""

from __future__ import annotations

from datetime import timedelta

from admonster_fb.sandbox import times
from admonster_fb.sandbox.auth import Token
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call, World

EDGE = "accounts"
NEEDED = "pages_show_list"
FIELDS = ("access_token", "category", "name", "id", "tasks")
TASKS = ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"]
SHORT = timedelta(days=1)
"""A user token that lives longer than this is a long-lived one, whose Page tokens never expire."""


def mine(call: Call, _user: Node) -> list[Node]:
    """Return the Pages, as rows of `me/accounts`; none without the permission to list them."""
    if NEEDED not in call.token.scopes or call.token.kind not in ("USER", "SYSTEM_USER"):
        return []
    return [_row(call, page) for page in call.store.of_kind("Page")]


def _row(call: Call, page: Node) -> Node:
    token = token_of(call.world, call.token, page.id)
    return Node(
        page.id,
        "Page",
        {
            **page.data,
            **({"access_token": token.value} if page.hidden.get("token", True) else {}),
            "tasks": page.hidden.get("tasks", TASKS),
        },
    )


def token_of(world: World, user: Token, page_id: str) -> Token:
    """Return the Page's token that comes of a user's token: the same one each time while it lives."""
    lasts = times.parse(user.expires_at, "UTC") - world.clock() if user.expires_at else None
    expires_at = user.expires_at if lasts is not None and lasts <= SHORT else None
    for token in world.tokens.of_user(user.user_id):
        alike = token.scopes == user.scopes and token.expires_at == expires_at and token.ended is None
        if token.kind == "PAGE" and token.profile_id == page_id and alike:
            return token
    fresh = world.reissue(user, None, kind="PAGE", profile_id=page_id)
    fresh.expires_at, fresh.accounts, fresh.businesses = expires_at, [], []
    return fresh
