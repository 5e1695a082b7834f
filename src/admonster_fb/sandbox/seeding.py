"""The default world: a user, two businesses and four ad accounts that differ in what matters, with audiences.

Ids of audiences are fixed: drawing them would change all later ids.
"""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from typing import Any

from admonster_fb.sandbox import accounts, activities, catalogs, posts, times
from admonster_fb.sandbox.audiences import lookalikes, state
from admonster_fb.sandbox.history import PIXEL, SEED, seed_history
from admonster_fb.sandbox.pixels import library as pixels
from admonster_fb.sandbox.world import Node, Store, World

FIRST_AUDIENCE = 23_850_000_000_000_101
LOOKALIKE_NAME = "Lookalike (US, 1%) - Buyers, 180 days"
LOOKALIKE_SPEC = {"country": "US", "ratio": 0.01}


def _seed_audiences(store: Store, account: Node) -> None:
    number = FIRST_AUDIENCE
    for row in SEED["audiences"]:
        audience = _add_audience(
            store, account, number, row["name"], row["subtype"], row["people"], row["age"], row["fields"]
        )
        if row["status"] is not None:
            audience.hidden[state.STATUS] = row["status"]
        number += 1
    buyers = store.nodes[str(FIRST_AUDIENCE + 2)]
    spec = {"lookalike_spec": lookalikes.as_read(LOOKALIKE_SPEC, buyers)}
    grown = _add_audience(
        store, account, number, LOOKALIKE_NAME, state.LOOKALIKE, lookalikes.size(LOOKALIKE_SPEC), 120, spec
    )
    grown.hidden["origin"] = buyers.id
    for place, (name, people, targeting) in enumerate(SEED["saved_audiences"], 1):
        created = times.stamp(store.clock() - timedelta(days=90 - place), "UTC")
        data = {"name": name, "targeting": targeting, "account_id": account.data["account_id"], "run_status": "ACTIVE"}
        data |= {"time_created": created, "time_updated": created}
        store.add(state.SAVED, data, id=str(number + place)).hidden[state.PEOPLE] = people


def _add_audience(
    store: Store, account: Node, number: int, name: str, subtype: str, people: int, age: int, rest: dict[str, Any]
) -> Node:
    created = int((store.clock() - timedelta(days=age)).timestamp())
    data = {"name": name, "subtype": subtype, "account_id": account.data["account_id"], **rest}
    data |= {"time_created": created, "time_updated": created, "time_content_updated": created}
    audience = store.add(state.AUDIENCE, data, id=str(number))
    audience.hidden[state.PEOPLE] = people
    return audience


# The accounts: id, name, currency, time zone, index of the owning business or None, has history.
ACCOUNTS: list[tuple[str, str, str, str, int | None, bool]] = SEED["accounts"]
# People of a business: first and last name, role, and what they may do in its ad accounts, if anything. The first is
# the person behind the token. Their ids, and those of Pages, are fixed: drawing them would change all later ids.
PEOPLE: list[tuple[str, str, str, list[str]]] = SEED["people"]
FIRST_PERSON = 122_100_000_000_000_001
# The Pages: id, name, category, Instagram account (id and user name).
PAGES: list[tuple[str, str, str, str, str]] = SEED["pages"]


_SEEDED: dict[tuple[int, int, datetime], bytes] = {}
"""Worlds as first filled: the same seed, days and time give the same one, and making it takes a while."""


def populate(world: World, days: int) -> str:
    """Fill an empty world and return its user's id."""
    key = (world.seed, days, world.clock())
    if key not in _SEEDED:
        user_id = _fill(world, days)
        while len(_SEEDED) >= 16:
            del _SEEDED[next(iter(_SEEDED))]
        _SEEDED[key] = pickle.dumps((user_id, world.store.state()))
        return user_id
    user_id, state = pickle.loads(_SEEDED[key])  # noqa: S301 - our own bytes, of this process
    world.store.restore(state)
    return str(user_id)


def _fill(world: World, days: int) -> str:
    user = world.store.add("User", {"name": "Sandbox User", "first_name": "Sandbox", "last_name": "User"})
    businesses = [world.store.add("Business", {"name": name}).id for name in SEED["businesses"]]
    _add_pages(world)
    for position, business_id in enumerate(businesses):
        _add_people(world, business_id, FIRST_PERSON + position * len(PEOPLE))
    for account_id, name, currency, zone_name, owner, has_history in ACCOUNTS:
        business = None if owner is None else businesses[owner]
        account = accounts.add_account(world, account_id, name, currency, zone_name, business)
        if has_history and days:
            seed_history(world.store, account, days)
            _remember(world, account, user)
    posts.seed(world.store, PAGES[0][0], PAGES[0][3], businesses[0])
    catalogs.seed(world.store, businesses[0])
    if days:
        past = [world.store.nodes[account[0]] for account in ACCOUNTS if account[-1]]
        pixels.seed(world.store, past, user.id, PIXEL)
        _seed_audiences(world.store, past[0])
    return user.id


def _add_pages(world: World) -> None:
    for page_id, name, category, instagram_id, username in PAGES:
        data = {"name": name, "category": category, "is_published": True, "link": f"https://www.facebook.com/{page_id}"}
        data["instagram_business_account"] = {"id": instagram_id}
        world.store.add("Page", data, id=page_id)
        world.store.add("IGUser", {"username": username, "name": name, "is_published": True}, id=instagram_id)


def _add_people(world: World, business_id: str, first_id: int) -> None:
    for position, (first, last, role, tasks) in enumerate(PEOPLE):
        data = {"name": f"{first} {last}", "first_name": first, "last_name": last, "role": role}
        data |= {"email": f"{first}.{last}@juniper-roast.example".lower(), "business_id": business_id}
        world.store.add("BusinessUser", data, id=str(first_id + position)).hidden["tasks"] = list(tasks)


def _remember(world: World, account: Node, user: Node) -> None:
    for kind, event in activities.CREATED.items():
        for node in world.store.children(account.id, kind):
            created = times.parse(node.data["created_time"], "UTC")
            activities.record(account, user, created, activities.EVENTS[event], node)
