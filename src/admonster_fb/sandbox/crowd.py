"""A past with many campaigns, for tests of large accounts: made in a second, the same for the same seed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from admonster_fb.sandbox import times
from admonster_fb.sandbox.history import Builder, CampaignPlan, SetPlan
from admonster_fb.sandbox.insights.delivery import Ledger, record
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import World

DAY = timedelta(days=1)
UNIT = 100
# Few parts of the audience, so that breakdowns of a large account stay within reason.
YOUNG = {"targeting_automation": {"advantage_audience": 0}, "age_min": 25, "age_max": 44}


def crowd(world: World, account: Node, campaigns: int, days: int, every: int) -> list[str]:
    """Add campaigns with an ad set and an ad each, that delivered on one of `every` days; return their ids."""
    store, zone = world.store, times.zone(str(account.data["timezone_name"]))
    today = world.clock().astimezone(zone).date()
    builder = Builder(store, account, datetime.combine(today - days * DAY, datetime.min.time(), zone))
    unit, ledger, made = int(account.data.get("min_daily_budget") or UNIT), Ledger(store), []
    for number in range(campaigns):
        adset = SetPlan("Young", "LINK_CLICKS", YOUNG, ((f"Ad {number % 20}", "Fresh"),), daily=10)
        campaign = builder.campaign(CampaignPlan(f"Campaign {number:04}", "OUTCOME_TRAFFIC", (adset,)))
        made.append(campaign.id)
        ad = next(store.children(campaign.id, "Ad"))
        path = (account, campaign, store.nodes[ad.data["adset_id"]], ad)
        dice = random.Random(f"{world.seed} {number}")  # noqa: S311 - reproducible on purpose
        for back in range(days, 0, -1):
            if dice.randrange(every) == 0:
                record(store, path, today - back * DAY, dice.randint(unit, 12 * unit), ledger)
    return made
