"""An account whose state is thrown like dice."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from admonster_fb import FacebookAds
from admonster_fb.bot import ToolResult
from admonster_fb.sandbox import Sandbox, times
from admonster_fb.sandbox.insights.delivery import DELIVERY
from admonster_fb.sandbox.store import Node

Call = Callable[..., ToolResult]
"""The tool, called by an op's name and its arguments."""
ZONE = "America/Los_Angeles"
TARGETING: Any = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
CAMPAIGN: Any = {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
ADSET: Any = {
    "name": "US",
    "optimization_goal": "LINK_CLICKS",
    "billing_event": "IMPRESSIONS",
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "daily_budget": 2000,
    "targeting": TARGETING,
}
MIXED = (*["ACTIVE"] * 7, *["PAUSED"] * 3, "ARCHIVED", "DELETED")
LIVELY = (*["ACTIVE"] * 9, "PAUSED")


def build(fb: FacebookAds, campaigns: int = 3, adsets: int = 2, ads: int = 2) -> None:
    """Make campaigns with ad sets and ads, all PAUSED."""
    creative = creative_of(fb)
    for _ in range(campaigns):
        campaign = fb.campaigns.create("act_1", **CAMPAIGN)
        for _ in range(adsets):
            adset = fb.adsets.create("act_1", campaign_id=campaign.id, **ADSET)
            for number in range(ads):
                fb.ads.create("act_1", name=f"Ad {number}", adset_id=adset.id, creative={"creative_id": creative})


def creative_of(fb: FacebookAds) -> str:
    """Return a creative to make ads of."""
    from admonster_fb.sandbox import png

    image = str(fb.adimages.create("act_1", bytes=png()).hash)
    link: Any = {"link": "https://example.com/", "message": "Warm feet", "image_hash": image}
    return fb.adcreatives.create("act_1", object_story_spec={"page_id": "1", "link_data": link}).id


def shake(sandbox: Sandbox, rng: random.Random, account: str = "act_1") -> None:
    """Give every object of an account another state, whatever led there."""
    store, statuses = sandbox.world.store, rng.choice((MIXED, LIVELY))
    for period in list(store.of_kind("HighDemandPeriod")):
        store.nodes[period.data["ad_object_id"]].data.pop("is_budget_schedule_enabled", None)
        store.remove(period.id)
    for campaign in store.children(account, "Campaign"):
        campaign.data["status"] = rng.choice(statuses)
        cbo = rng.random() < 0.4
        budget(rng, campaign, cbo)
        campaign.data.pop("spend_cap", None)
        if rng.random() < 0.3:
            campaign.data["spend_cap"] = str(rng.choice([3000, 15_000, 10**6]))
        for adset in store.children(campaign.id, "AdSet"):
            adset.data["status"] = rng.choice(statuses)
            budget(rng, adset, not cbo)
            adset.data.pop("end_time", None)
            days = rng.choice([None, None, -3, 3])
            if days is not None or int(adset.data.get("lifetime_budget") or 0):
                adset.data["end_time"] = times.stamp(sandbox.now() + timedelta(days=days or 9), ZONE)
            for holder in (campaign, adset):
                schedule(sandbox, rng, holder)
    for ad in store.children(account, "Ad"):
        ad.data["status"] = rng.choice(statuses)
        ad.hidden = {"disapproval": {"policy": "p", "words": "w"}} if rng.random() < 0.2 else {}
        if rng.random() < 0.3:
            ad.hidden[DELIVERY] = {"2026-10-30": {"spend": rng.randrange(4000), "impressions": 1}}


def budget(rng: random.Random, node: Node, has: bool) -> None:
    """Give a node a daily or lifetime budget, or none."""
    for name in ("daily_budget", "lifetime_budget"):
        node.data[name] = "0"
        if node.kind == "Campaign":
            node.data.pop(name)
    node.data["bid_strategy"] = "LOWEST_COST_WITHOUT_CAP"
    if has:
        kind = rng.choice(["daily_budget", "daily_budget", "lifetime_budget"])
        node.data[kind] = str(rng.randrange(500, 20_000))
    elif node.kind == "Campaign":
        node.data.pop("bid_strategy", None)


def schedule(sandbox: Sandbox, rng: random.Random, holder: Node) -> None:
    """Give a holder of a budget a time of high demand, past or to come."""
    if rng.random() > 0.1 or not int(holder.data.get("daily_budget") or 0):
        return
    start = sandbox.now() + timedelta(days=rng.choice([-9, 2]))
    kind, value = rng.choice([("ABSOLUTE", 700), ("MULTIPLIER", 2)])
    holder.data["is_budget_schedule_enabled"] = True
    sandbox.world.store.add(
        "HighDemandPeriod",
        {
            "budget_value": value,
            "budget_value_type": kind,
            "recurrence_type": "ONE_TIME",
            "time_start": times.stamp(start, ZONE),
            "time_end": times.stamp(start + timedelta(days=1), ZONE),
            "ad_object_id": holder.id,
            "account_id": holder.data["account_id"],
        },
    )
