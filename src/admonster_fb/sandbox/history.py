"""A past for a fresh account: the campaigns of a small coffee roaster, with delivery for each of the last days."""

from __future__ import annotations

import hashlib
import json
import random
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.insights.delivery import UNIT, Ledger, deliver, record
from admonster_fb.sandbox.world import Node, Store, World

DAY = timedelta(days=1)
PAGE = "108356564252733"
PIXEL = "604381177220931"
SITE = "https://juniper-roast.example"
# Currencies of one country: where the customers are.
HOME = {"USD": "US", "JPY": "JP", "GBP": "GB", "EUR": "DE", "BRL": "BR", "CAD": "CA", "AUD": "AU", "MXN": "MX"}
# How long before its first delivery a campaign was made.
HEAD_START = timedelta(hours=5)


@dataclass(frozen=True, slots=True)
class SetPlan:
    """An ad set of the past. A budget is in smallest daily budgets, about dollars; none leaves it to the campaign."""

    name: str
    goal: str
    targeting: dict[str, Any]
    ads: list[tuple[str, str]]
    daily: int | None = None
    promoted: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A campaign of the past: it ran until a part of the time was over, and then took its final status."""

    name: str
    objective: str
    sets: list[SetPlan]
    daily: int | None = None
    until: float = 1.0
    status: str = "ACTIVE"


# The campaigns, common account fields and time zones of a new sandbox.
SEED: dict[str, Any] = json.loads(resources.files(__package__).joinpath("seed.json").read_bytes())
# What a new object answers beyond what its creator sent. A campaign without a schedule starts one second before the
# epoch, in California.
NEW_OBJECTS: dict[str, dict[str, Any]] = SEED["new_objects"]
PLANS = [CampaignPlan(**{**row, "sets": [SetPlan(**adset) for adset in row["sets"]]}) for row in SEED["campaigns"]]


def seed_history(store: Store, account: Node, days: int) -> None:
    """Fill an account with campaigns that delivered on each of the last `days` days, and today until now.

    One of them is paused and one archived. Same store, same seed, same history.
    """
    zone = times.zone(str(account.data["timezone_name"]))
    now = store.clock().astimezone(zone)
    first = now.date() - days * DAY
    made = datetime.combine(first, datetime.min.time(), zone) - HEAD_START
    builder = Builder(store, account, made)
    plans = [(plan, builder.campaign(plan)) for plan in PLANS]
    ledger = Ledger(store)
    for position in range(days + 1):
        day = first + position * DAY
        _retire(store, account, plans, day, position >= days, position / max(1, days))
        share = 1.0 if position < days else (now.hour * 60 + now.minute) / 1440
        deliver(store, account, day, share, ledger)


def _retire(
    store: Store, account: Node, plans: list[tuple[CampaignPlan, Node]], day: date, is_last: bool, passed: float
) -> None:
    for plan, campaign in plans:
        if campaign.data["status"] == "ACTIVE" != plan.status and (is_last or passed >= plan.until):
            campaign.data["status"] = plan.status
            zone_name = str(account.data["timezone_name"])
            ended = datetime.combine(day, datetime.min.time(), times.zone(zone_name))
            campaign.data["updated_time"] = times.stamp(min(ended, store.clock()), zone_name)


class Builder:
    """Makes the objects of the past, as the API would answer them."""

    def __init__(self, store: Store, account: Node, made: datetime) -> None:
        self._store, self._account = store, account
        self._unit = int(account.data.get("min_daily_budget") or UNIT)
        self._made = times.stamp(made, str(account.data["timezone_name"]))
        self._bare = str(account.data["account_id"])
        self._home = HOME.get(str(account.data.get("currency")), str(account.data.get("business_country_code") or "US"))

    def campaign(self, plan: CampaignPlan) -> Node:
        """Add a campaign with everything under it."""
        data = {**self._head("Campaign", plan.name), "objective": plan.objective, "start_time": self._made}
        if plan.daily:
            budget = {"daily_budget": str(plan.daily * self._unit), "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}
            data |= {**budget, "pacing_type": ["standard"]}
        else:
            data["is_adset_budget_sharing_enabled"] = False
        campaign = self._store.add("Campaign", data)
        for item in plan.sets:
            self._adset(campaign, item)
        return campaign

    def _adset(self, campaign: Node, plan: SetPlan) -> None:
        windows = [{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]
        places = {"countries": [self._home], "location_types": ["home", "recent"]}
        is_conversion = plan.goal == "OFFSITE_CONVERSIONS"
        data = {
            **self._head("AdSet", plan.name),
            "campaign_id": campaign.id,
            "daily_budget": str((plan.daily or 0) * self._unit),
            "billing_event": "IMPRESSIONS",
            "optimization_goal": plan.goal,
            "destination_type": "WEBSITE" if is_conversion else "UNDEFINED",
            "attribution_spec": windows if is_conversion else [{"event_type": "CLICK_THROUGH", "window_days": 1}],
            "targeting": {"age_min": 18, "age_max": 65, "geo_locations": places, **plan.targeting},
            "start_time": self._made,
        }
        data |= {"bid_strategy": "LOWEST_COST_WITHOUT_CAP"} if plan.daily else {}
        data |= {"promoted_object": dict(plan.promoted)} if plan.promoted else {}
        data |= {f"dsa_{role}": "Juniper Roast" for role in ("beneficiary", "payor")}
        adset = self._store.add("AdSet", data)
        for name, headline in plan.ads:
            above = {"campaign_id": campaign.id, "adset_id": adset.id}
            creative = {"creative": {"id": self._creative(name, headline).id}}
            self._store.add("Ad", {**self._head("Ad", name), **above, **creative})

    def _creative(self, name: str, headline: str) -> Node:
        image, link = self._image(name), f"{SITE}/{name.lower().replace(' ', '-')}"
        action = {"type": "LEARN_MORE", "value": {"link": link}}
        message = f"{headline}. Juniper Roast, roasted on Mondays."
        link_data = {"link": link, "message": message, "name": headline, "image_hash": image, "call_to_action": action}
        digest = _digest(f"{self._bare} {name} {headline}")
        data = {
            "name": f"{name} {self._made[:10]}-{digest}",
            "account_id": self._bare,
            "status": "ACTIVE",
            "title": headline,
            "body": message,
            "image_hash": image,
            "call_to_action_type": "LEARN_MORE",
            "object_type": "SHARE",
            "actor_id": PAGE,
            "object_story_spec": {"page_id": PAGE, "link_data": link_data},
            "effective_object_story_id": f"{PAGE}_{self._store.new_id()}",
        }
        creative = self._store.add("AdCreative", data)
        picture = f"https://scontent.xx.fbcdn.net/v/t45.1600-4/{creative.id}_n.png"
        creative.data["thumbnail_url"] = f"{picture}?stp=dst-emg0_p64x64"
        return creative

    def _image(self, name: str) -> str:
        digest = _digest(f"{self._bare} {name}")
        if not self._store.get(f"{self._bare}:{digest}"):
            add_image(self._store, self._bare, f"{name}.png", digest, (1200, 628), self._made)
        return digest

    def _head(self, kind: str, name: str) -> dict[str, Any]:
        made = {"created_time": self._made, "updated_time": self._made}
        return {**deepcopy(NEW_OBJECTS[kind]), "account_id": self._bare, "name": name, **made}


def add_image(store: Store, account_id: str, name: str, digest: str, size: tuple[int, int], created: str) -> Node:
    """Store an ad image of an account (its bare id)."""
    url = f"https://scontent.xx.fbcdn.net/v/t45.1600-4/{digest}_n.png"
    width, height = size
    data: dict[str, Any] = {"hash": digest, "account_id": account_id, "name": name, "status": "ACTIVE"}
    data |= {"url": url, "url_128": f"{url}?stp=dst-png_s128x128", "url_256": f"{url}?stp=dst-png_s256x256"}
    data |= {"width": width, "height": height, "original_width": width, "original_height": height}
    data |= {"permalink_url": f"https://www.facebook.com/ads/image/?d={digest}"}
    data |= {"created_time": created, "updated_time": created}
    return store.add("AdImage", data, id=f"{account_id}:{digest}")


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


# Ads of a crowd share so many pictures.
PICTURES = 20
# Few parts of the audience, so that breakdowns of a large account stay within reason.
YOUNG = {"targeting_automation": {"advantage_audience": 0}, "age_min": 25, "age_max": 44}


def add_campaigns(
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
            for day in [day for day in past if dice.randrange(every) == 0]:
                record(store, path, day, dice.randint(unit, 12 * unit), ledger)
    return made


def _plan(number: int, adsets: int, ads: int) -> CampaignPlan:
    names = [(f"Ad {(number * ads + item) % PICTURES}", "Fresh") for item in range(ads)]
    sets = [SetPlan(f"Young {item}", "LINK_CLICKS", YOUNG, names, daily=10) for item in range(adsets)]
    return CampaignPlan(f"Campaign {number:04}", "OUTCOME_TRAFFIC", sets)
