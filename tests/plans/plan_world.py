"""An account whose state is thrown like dice."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from admonster_fb import FacebookAds
from admonster_fb.bot import ToolResult
from admonster_fb.sandbox import Sandbox

Call = Callable[..., ToolResult]
"""The tool, called by an op's name and its arguments."""
ZONE = ZoneInfo("America/Los_Angeles")
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
    statuses = rng.choice((MIXED, LIVELY))
    for period in sandbox.objects("HighDemandPeriod"):
        sandbox.change(period["ad_object_id"], is_budget_schedule_enabled=None)
        sandbox.remove(period["id"])
    for campaign in sandbox.objects("Campaign", account):
        status = rng.choice(statuses)
        cbo = rng.random() < 0.4
        budgets = budget(rng, "Campaign", cbo)
        capped = rng.random() < 0.3
        spend_cap = str(rng.choice([3000, 15_000, 10**6])) if capped else None
        sandbox.change(campaign["id"], status=status, spend_cap=spend_cap, **budgets)
        for adset in sandbox.objects("AdSet", campaign["id"]):
            status = rng.choice(statuses)
            budgets = budget(rng, "AdSet", not cbo)
            days = rng.choice([None, None, -3, 3])
            ends = days is not None or int(budgets["lifetime_budget"])
            end = stamp(sandbox.now() + timedelta(days=days or 9)) if ends else None
            sandbox.change(adset["id"], status=status, end_time=end, **budgets)
            for holder in (campaign, adset):
                schedule(sandbox, rng, sandbox.object(holder["id"]))
    for ad in sandbox.objects("Ad", account):
        sandbox.change(ad["id"], status=rng.choice(statuses))
        rejected = {"policy": "p", "words": "w"} if rng.random() < 0.2 else None
        spent = {"2026-10-30": {"spend": rng.randrange(4000), "impressions": 1}} if rng.random() < 0.3 else None
        sandbox.change_internals(ad["id"], disapproval=rejected, delivery=spent, review_until=None)


def budget(rng: random.Random, kind: str, has: bool) -> dict[str, Any]:
    """Return a daily or lifetime budget, or none, as an object of this kind stores it."""
    fields: dict[str, Any] = dict.fromkeys(("daily_budget", "lifetime_budget"), None if kind == "Campaign" else "0")
    if has:
        name = rng.choice(["daily_budget", "daily_budget", "lifetime_budget"])
        fields[name] = str(rng.randrange(500, 20_000))
    return {**fields, "bid_strategy": "LOWEST_COST_WITHOUT_CAP" if has or kind != "Campaign" else None}


def schedule(sandbox: Sandbox, rng: random.Random, holder: dict[str, Any]) -> None:
    """Give a holder of a budget a time of high demand, past or to come."""
    if rng.random() > 0.1 or not int(holder.get("daily_budget") or 0):
        return
    start = sandbox.now() + timedelta(days=rng.choice([-9, 2]))
    kind, value = rng.choice([("ABSOLUTE", 700), ("MULTIPLIER", 2)])
    sandbox.change(holder["id"], is_budget_schedule_enabled=True)
    sandbox.seed(
        "HighDemandPeriod",
        budget_value=value,
        budget_value_type=kind,
        recurrence_type="ONE_TIME",
        time_start=stamp(start),
        time_end=stamp(start + timedelta(days=1)),
        ad_object_id=holder["id"],
        account_id=holder["account_id"],
    )


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%dT%H:%M:%S%z}"
