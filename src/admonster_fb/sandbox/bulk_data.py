"""A past with many campaigns, for tests of large accounts: made in a second, the same for the same seed."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from admonster_fb.sandbox import times
from admonster_fb.sandbox.history import Builder, CampaignPlan, SetPlan
from admonster_fb.sandbox.insights.delivery import Ledger, record
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import World

DAY = timedelta(days=1)
UNIT = 100
# Ads of a crowd share so many pictures.
PICTURES = 20
# Few parts of the audience, so that breakdowns of a large account stay within reason.
YOUNG = {"targeting_automation": {"advantage_audience": 0}, "age_min": 25, "age_max": 44}


def crowd(
    world: World, account: Node, campaigns: int, days: int, every: int, adsets: int = 1, ads: int = 1
) -> list[str]:
    """Add campaigns with so many ad sets each, and ads in each of those, that delivered on one of `every` days.

    Returns the ids of the campaigns.
    """
    store, zone = world.store, times.zone(str(account.data["timezone_name"]))
    today = world.clock().astimezone(zone).date()
    builder = Builder(store, account, datetime.combine(today - days * DAY, datetime.min.time(), zone))
    past = [today - back * DAY for back in range(days, 0, -1)]
    unit, ledger, made = int(account.data.get("min_daily_budget") or UNIT), Ledger(store), []
    for number in range(campaigns):
        campaign = builder.campaign(_plan(number, adsets, ads))
        made.append(campaign.id)
        dice = random.Random(f"{world.seed} {number}")  # noqa: S311 - reproducible on purpose
        for ad in store.children(campaign.id, "Ad"):
            path = (account, campaign, store.nodes[ad.data["adset_id"]], ad)
            for day in _some(past, every, dice):
                record(store, path, day, dice.randint(unit, 12 * unit), ledger)
    return made


def _plan(number: int, adsets: int, ads: int) -> CampaignPlan:
    names = [(f"Ad {(number * ads + each) % PICTURES}", "Fresh") for each in range(ads)]
    sets = [SetPlan(f"Young {each}", "LINK_CLICKS", YOUNG, tuple(names), daily=10) for each in range(adsets)]
    return CampaignPlan(f"Campaign {number:04}", "OUTCOME_TRAFFIC", tuple(sets))


def _some(past: list[date], every: int, dice: random.Random) -> list[date]:
    return [day for day in past if dice.randrange(every) == 0]
