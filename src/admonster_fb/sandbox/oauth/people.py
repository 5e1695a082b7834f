"""Who can sign in: the users of the world, and a system user of its business where one is asked for."""

from __future__ import annotations

from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import World

# A fixed id: drawing one would change all later ids.
SYSTEM_USER = "122100000000000900"
KIND = "SYSTEM_USER"


def users(world: World) -> list[Node]:
    """Return the people who can sign in, the default user first."""
    return [user for user in world.store.of_kind("User") if user.id != SYSTEM_USER]


def system_user(world: World) -> Node:
    """Return the app's system user in the business, made when first asked for. It sees every account."""
    found = world.store.get(SYSTEM_USER)
    return found or world.store.add("User", {"name": "Sandbox Bot (system user)"}, id=SYSTEM_USER)
