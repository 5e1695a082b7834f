"""The default world: a user, two businesses and four ad accounts that differ in what matters."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from typing import Any

from admonster_fb.sandbox import money, times
from admonster_fb.sandbox.history import seed_history
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import World

# (id, name, currency, time zone, index of the owning business or None, has history)
ACCOUNTS: tuple[tuple[str, str, str, str, int | None, bool], ...] = (
    ("act_1", "Sandbox Coffee US", "USD", "America/Los_Angeles", 0, True),
    ("act_2", "Sandbox Coffee Japan", "JPY", "Asia/Tokyo", 0, True),
    ("act_3", "Sandbox Bakery Europe", "EUR", "Europe/Berlin", 1, False),
    ("act_4", "Personal account", "GBP", "Europe/London", None, False),
)
BUSINESSES = ("Sandbox Coffee Group", "Sandbox Bakery")
# Meta's numbers for time zones; others answer with 1, as unknown as the zone itself.
TIMEZONE_IDS = {
    "America/Los_Angeles": 1,
    "Asia/Tokyo": 70,
    "Europe/Berlin": 47,
    "Europe/London": 58,
    "America/New_York": 7,
}
# The smallest daily budget per currency, in minor units: a dollar's worth.
MIN_DAILY_BUDGET = {"USD": 100, "EUR": 100, "GBP": 100, "JPY": 150}
ACCOUNT_AGE = timedelta(days=900)
# What every account answers alike.
COMMON: dict[str, Any] = {
    "account_status": 1,
    "balance": "0",
    "spend_cap": "0",
    "disable_reason": 0,
    "business_country_code": "US",
    "capabilities": ["CAN_CREATE_CALL_ADS", "CAN_USE_REACH_AND_FREQUENCY"],
    "has_migrated_permissions": True,
    "is_direct_deals_enabled": False,
    "is_notifications_enabled": True,
    "is_prepay_account": False,
    "is_tax_id_required": False,
    "offsite_pixels_tos_accepted": True,
    "tax_id_status": 0,
    "tos_accepted": {"web_custom_audience_tos": 1, "custom_audience_tos": 1},
    "user_tasks": ["DRAFT", "ANALYZE", "ADVERTISE", "MANAGE"],
}


_SEEDED: dict[tuple[int, int, datetime], bytes] = {}
"""Worlds as first filled: the same seed, days and time give the same one, and making it takes a while."""


def populate(world: World, days: int) -> str:
    """Fill an empty world and return its user's id."""
    key = (world.seed, days, world.clock())
    if key not in _SEEDED:
        user_id = _fill(world, days)
        if len(_SEEDED) < 16:
            _SEEDED[key] = pickle.dumps((user_id, world.store.state()))
        return user_id
    user_id, state = pickle.loads(_SEEDED[key])  # noqa: S301 - our own bytes, of this process
    world.store.restore(state)
    return str(user_id)


def _fill(world: World, days: int) -> str:
    user = world.store.add("User", {"name": "Sandbox User", "first_name": "Sandbox", "last_name": "User"})
    businesses = [world.store.add("Business", {"name": name}).id for name in BUSINESSES]
    for account_id, name, currency, zone_name, owner, has_history in ACCOUNTS:
        business = None if owner is None else businesses[owner]
        account = add_account(world, account_id, name, currency, zone_name, business)
        if has_history and days:
            seed_history(world.store, account, days)
    return user.id


def add_account(world: World, account_id: str, name: str, currency: str, zone_name: str, business: str | None) -> Node:
    """Add an ad account owned by a business, or by a person."""
    owner = world.store.get(business) if business else None
    created = times.stamp(world.clock() - ACCOUNT_AGE, zone_name)
    data: dict[str, Any] = {
        **COMMON,
        "account_id": account_id.removeprefix("act_"),
        "name": name,
        "currency": currency,
        "timezone_name": zone_name,
        "timezone_id": TIMEZONE_IDS.get(zone_name, 1),
        "created_time": created,
        "min_daily_budget": MIN_DAILY_BUDGET.get(currency, 100),
        "min_campaign_group_spend_cap": str(100 * money.offset(currency)),
        "is_personal": 0 if owner else 1,
        "business_name": owner.data["name"] if owner else "",
        "funding_source": world.store.new_id(),
    }
    if owner:
        data |= {"owner": owner.id, "end_advertiser": owner.id, "end_advertiser_name": owner.data["name"]}
    account = world.store.add("AdAccount", data, id=account_id)
    account.hidden["business"] = business
    return account
