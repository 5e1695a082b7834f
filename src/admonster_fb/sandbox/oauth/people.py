"""The users who can sign in with their Pages (`me/accounts`), and the business's system user."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib import resources
from typing import Any

from admonster_fb.sandbox import need, times
from admonster_fb.sandbox.auth import READ_BUSINESS, Token
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import GraphError, missing_object
from admonster_fb.sandbox.world import Call, Node, World

# Every scope, with its description in the dialog.
SCOPES: dict[str, str] = json.loads(resources.files(__package__).joinpath("scopes.json").read_bytes())


def read(text: str) -> list[str]:
    """Return the scopes of a parameter, each once: commas or spaces between them.

    >>> read("ads_read, email,ads_read")
    ['ads_read', 'email']
    """
    return list(dict.fromkeys(text.replace(",", " ").split()))


# A fixed id: drawing one would change all later ids.
SYSTEM_USER = "122100000000000900"
KIND = "SYSTEM_USER"
TOKENS_EDGE = "access_tokens"
SIXTY_DAYS = timedelta(days=60)
EXPIRES = "set_token_expires_in_60_days"


def users(world: World) -> list[Node]:
    """Return the people who can sign in, the default user first."""
    return [user for user in world.store.of_kind("User") if user.id != SYSTEM_USER]


def system_user(world: World) -> Node:
    """Return the app's system user in the business, made when first asked for. It sees every account."""
    if (found := world.store.get(SYSTEM_USER)) is not None:
        return found
    made = world.store.add("User", {"name": "Sandbox Bot (system user)"}, id=SYSTEM_USER)
    made.hidden["system"] = True
    return made


def system_token(world: World, granted: set[str], *, expires: bool) -> Token:
    """Return a new token of the system user, without end or for 60 days."""
    token = world.issue(SYSTEM_USER, *world.reach(system_user(world).id), granted)
    token.kind = KIND
    token.expires_at = (world.clock() + SIXTY_DAYS).isoformat() if expires else None
    return token


def make_token(call: Call, user: Node) -> dict[str, Any]:
    """Create a token for the system user; the caller must manage its business."""
    if not user.hidden.get("system"):
        raise missing_object(call.method, user.id)
    call.token.check_scope(READ_BUSINESS)
    for name in ("business_app", "scope"):
        need.value(name, call.params.get(name))
    if str(call.params["business_app"]) != call.world.app.id:
        raise missing_object(call.method, str(call.params["business_app"]))
    granted = read(str(call.params["scope"]))
    if wrong := [name for name in granted if name not in SCOPES]:
        raise GraphError(100, message=f"(#100) Invalid scope: {', '.join(wrong)}")
    expires = truth(call.params.get(EXPIRES, False))
    return {"access_token": system_token(call.world, set(granted), expires=expires).value}


PAGES_EDGE = "accounts"
NEEDED = "pages_show_list"
PAGE_FIELDS = ("access_token", "category", "name", "id", "tasks")
PAGE_TASKS = ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"]
SHORT_LIVED = timedelta(days=1)
"""A user token that lives longer than this is a long-lived one, whose Page tokens never expire."""


def my_pages(call: Call, _user: Node) -> list[Node]:
    """Return the Pages, as rows of `me/accounts`; none without the permission to list them."""
    if NEEDED not in call.token.scopes or call.token.kind not in ("USER", "SYSTEM_USER"):
        return []
    rows = []
    for page in call.store.of_kind("Page"):
        token = page_token(call.world, call.token, page.id).value
        shown = {"access_token": token} if page.hidden.get("token", True) else {}
        rows.append(Node(page.id, "Page", {**page.data, **shown, "tasks": page.hidden.get("tasks", PAGE_TASKS)}))
    return rows


def page_token(world: World, user: Token, page_id: str) -> Token:
    """Return the Page's token that comes of a user's token: the same one each time while it lives."""
    lasts = times.parse(user.expires_at, "UTC") - world.clock() if user.expires_at else None
    expires_at = user.expires_at if lasts is not None and lasts <= SHORT_LIVED else None
    for token in world.tokens.of_user(user.user_id):
        alike = token.scopes == user.scopes and token.expires_at == expires_at and token.ended is None
        if token.kind == "PAGE" and token.profile_id == page_id and alike:
            return token
    fresh = world.reissue(user, None, kind="PAGE", profile_id=page_id)
    fresh.expires_at, fresh.accounts, fresh.businesses = expires_at, [], []
    return fresh
