"""Problems of a token, an app or an account, and broken deliveries, each as a change of a sandbox.

Broken deliveries are why an ad does not deliver, or delivers less. The
shapes are those of Meta's answers as they are known (`docs/meta-rules.md`, Delivery): absent keys, localised
texts, and rows of the learning phase as recorded. Where Meta gives no reason, the object is only quiet.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults.faults import Reset
from admonster_fb.sandbox.insights.delivery import DELIVERY
from admonster_fb.sandbox.pixels.stats import INSTALLED
from admonster_fb.sandbox.status import CONDITION, QUIET

if TYPE_CHECKING:
    from admonster_fb.sandbox.sandbox import Sandbox


_TIER = "(#270) This Ads API request is not allowed for apps with development access level"


def account(sandbox: Sandbox, **data: Any) -> None:
    """Change fields of the default ad account; `None` removes one."""
    sandbox.change(sandbox.account, **data)


def unpublished(sandbox: Sandbox) -> None:
    """Unpublish every Page."""
    for page in sandbox.objects("Page"):
        sandbox.change(page["id"], is_published=False)


def development_mode(sandbox: Sandbox) -> None:
    """Put the app into development mode, in which it makes no creatives."""
    sandbox.app.live = False


def refused(sandbox: Sandbox, code: int, message: str | None = None) -> None:
    """Refuse to return any ad account, with an error code."""
    sandbox.fail_next("GET act_*", GraphError(code, message=message), times=None)


def unreachable(sandbox: Sandbox) -> None:
    """Cut each connection."""
    sandbox.fail_next("GET *", Reset(), times=None)


PROBLEMS: dict[str, Callable[[Sandbox], None]] = {
    "unreachable": unreachable,
    "expired": lambda sandbox: sandbox.expire_token(),
    "scope": lambda sandbox: sandbox.revoke("ads_management"),
    "no-product": partial(refused, code=3),
    "tier": partial(refused, code=270, message=_TIER),
    "no-account": lambda sandbox: sandbox.limit_accounts(()),
    "role": partial(account, user_tasks=["ANALYZE"]),
    "disabled": partial(account, account_status=2, disable_reason=1),
    "unpaid": partial(account, account_status=3, balance="1250"),
    "no-payment": partial(account, funding_source=None),
    "limit": partial(account, spend_cap="1", amount_spent="1"),
    "no-page": lambda sandbox: sandbox.remove("Page"),
    "unpublished": unpublished,
    "development": development_mode,
    "no-pixel": lambda sandbox: sandbox.remove("AdsPixel"),
}
"""By name, as `admonster-fb doctor --sandbox --fault NAME` takes it."""


DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Ad:
    """An ad of a sandbox, with the objects above it."""

    sandbox: Sandbox
    id: str

    def above(self, link: str) -> str:
        """Return the ID of the ad set or campaign."""
        return str(self.sandbox.object(self.id)[link])

    def account(self, quiet: bool = False, **fields: Any) -> None:
        """Change the account."""
        self._change(f"act_{self.above('account_id')}", fields, QUIET if quiet else "")

    def campaign(self, condition: str = "", quiet: bool = False, **fields: Any) -> None:
        """Change the campaign; `condition` is the effective status that Meta shows."""
        self._change(self.above("campaign_id"), fields, QUIET if quiet else CONDITION, condition)

    def adset(self, condition: str = "", quiet: bool = False, **fields: Any) -> None:
        """Change the ad set."""
        self._change(self.above("adset_id"), fields, QUIET if quiet else CONDITION, condition)

    def ad(self, condition: str = "", quiet: bool = False, **fields: Any) -> None:
        """Change the ad."""
        self._change(self.id, fields, QUIET if quiet else CONDITION, condition)

    def creative(self, quiet: bool = True, **fields: Any) -> None:
        """Change the creative; the ad delivers no more."""
        self.sandbox.change(self.sandbox.object(self.id)["creative"]["id"], **fields)
        self.ad(quiet=quiet)

    def budget(self, **fields: Any) -> None:
        """Set the budget of the ad set, or of the campaign if it has one."""
        holder = self.above("campaign_id")
        own = any(int(self.sandbox.object(holder).get(f"{kind}_budget") or 0) for kind in ("daily", "lifetime"))
        self.sandbox.change(holder if own else self.above("adset_id"), **fields)

    def promoted(self, **fields: Any) -> None:
        """Optimize the ad set for an event of a pixel."""
        pixel = self.sandbox.objects("AdsPixel")[0]["id"]
        promoted = {"pixel_id": pixel, "custom_event_type": "PURCHASE", **fields}
        self.adset(quiet=True, optimization_goal="OFFSITE_CONVERSIONS", promoted_object=promoted)

    def pixel(self, **fields: Any) -> None:
        """Optimize for purchases, and change the pixel."""
        self.promoted()
        self.sandbox.change(self.sandbox.objects("AdsPixel")[0]["id"], **fields)

    def deliver(self, days: int, **figures: int) -> None:
        """Write figures of a day some days ago; 0 is today."""
        day = (self.sandbox.now().astimezone() - days * DAY).date().isoformat()
        delivered = dict(self.sandbox.internals(self.id).get(DELIVERY) or {})
        self.sandbox.change_internals(self.id, **{DELIVERY: {**delivered, day: {**delivered.get(day, {}), **figures}}})

    def at(self, days: float) -> str:
        """Return the time some days from now."""
        return f"{self.sandbox.now() + days * DAY:%Y-%m-%dT%H:%M:%S+0000}"

    def _change(self, node_id: str, fields: dict[str, Any], internal: str, condition: str = "") -> None:
        self.sandbox.change(node_id, **fields)
        if internal == QUIET or condition:
            self.sandbox.change_internals(node_id, **{internal: condition or True})


def outside_hours(ad: Ad) -> None:
    """Let the ad set deliver on the other days of the week only."""
    today = (ad.sandbox.now() - 8 * timedelta(hours=1)).isoweekday() % 7
    days = [day for day in range(7) if day not in ((today - 1) % 7, today, (today + 1) % 7)]
    rows = [{"start_minute": 540, "end_minute": 1080, "days": days, "timezone_type": "ADVERTISER"}]
    ad.adset(quiet=True, pacing_type=["day_parting"], adset_schedule=rows)


def unusable_audience(ad: Ad) -> None:
    """Target a custom audience that is too small."""
    audience = ad.sandbox.seed("CustomAudience", account_id=ad.above("account_id"), name="Regulars", subtype="CUSTOM")
    targeting = {**ad.sandbox.object(ad.above("adset_id"))["targeting"], "custom_audiences": [{"id": audience}]}
    ad.adset(quiet=True, targeting=targeting)


def fatigue(ad: Ad) -> None:
    """Show the ad to the same people again and again."""
    for days in range(14):
        ad.deliver(days, impressions=3000, reach=2400 if days > 6 else 900, clicks=90 if days > 6 else 30, spend=900)


def new(ad: Ad) -> None:
    """Let the ad be some hours old, and never shown."""
    ad.ad(quiet=True, created_time=ad.at(-0.2))
    ad.sandbox.change_internals(ad.id, **{DELIVERY: {}})


def spent(ad: Ad, **budget: str) -> None:
    """Spend today's share of a budget, or all of it."""
    ad.budget(**budget)
    for sibling in ad.sandbox.objects("Ad", ad.above("adset_id")):
        Ad(ad.sandbox, sibling["id"]).deliver(0, spend=10_000_000, impressions=100)


def shared(ad: Ad, kind: str = "daily", budget: int = 2000, **adset: Any) -> None:
    """Give the campaign a budget in place of its ad sets, and change the ad set."""
    campaign, none = ad.above("campaign_id"), {"daily_budget": "0", "lifetime_budget": "0"}
    for each in ad.sandbox.objects("AdSet", campaign):
        ad.sandbox.change(each["id"], **none)
    ad.sandbox.change(campaign, **{**none, f"{kind}_budget": str(budget)})
    ad.adset(**adset)


def daily_limit(ad: Ad) -> None:
    """Spend today what the ad set may spend in a day of a campaign budget."""
    shared(ad, budget=90_000, daily_spend_cap="500")
    ad.deliver(0, spend=500, impressions=100)


def reserved(ad: Ad) -> None:
    """Let the minimum of another ad set take the whole campaign budget."""
    shared(ad, quiet=True)
    own, other = ad.sandbox.object(ad.id), ad.sandbox.object(ad.above("adset_id"))
    copied = {name: value for name, value in other.items() if name not in ("id", "created_time")}
    sibling = ad.sandbox.seed("AdSet", **{**copied, "name": "Favoured", "daily_min_spend_target": "2000"})
    ad.sandbox.seed(
        "Ad",
        **{name: own[name] for name in ("account_id", "campaign_id", "creative", "status")},
        name="Favoured",
        adset_id=sibling,
    )


def rejected_everywhere(ad: Ad) -> None:
    """Show the ad on Instagram alone, where the review rejects it."""
    targeting = ad.sandbox.object(ad.above("adset_id"))["targeting"]
    ad.adset(targeting={**targeting, "publisher_platforms": ["instagram"]})
    _change(_PLAIN["rejected-on-instagram"], ad)
    ad.ad(quiet=True)


def silent_pixel(ad: Ad) -> None:
    """Optimize for purchases with a pixel that was taken off the website."""
    ad.pixel(last_fired_time=ad.at(-20))
    for pixel in ad.sandbox.objects("AdsPixel"):
        ad.sandbox.change_internals(pixel["id"], **{INSTALLED: None})


def _change(row: dict[str, Any], ad: Ad) -> None:
    fields = deepcopy(row)
    getattr(ad, fields.pop("of"))(**fields)


_CODED: dict[str, Callable[[Ad], Any]] = {
    "campaign-over": lambda ad: ad.campaign(quiet=True, stop_time=ad.at(-3)),
    "adset-starts-later": lambda ad: ad.adset(start_time=ad.at(9), end_time=None),
    "adset-over": lambda ad: ad.adset(end_time=ad.at(-3)),
    "outside-hours": outside_hours,
    "lifetime-budget-spent": lambda ad: spent(ad, lifetime_budget="20000", daily_budget="0"),
    "daily-budget-spent": spent,
    "adset-daily-limit": daily_limit,
    "adset-lifetime-limit": lambda ad: shared(ad, "lifetime", 90_000, lifetime_spend_cap="100"),
    "budget-reserved": reserved,
    "audience-unusable": unusable_audience,
    "fatigue": fatigue,
    "rejected": lambda ad: ad.sandbox.disapprove(
        ad.id, "Your ad may imply personal attributes.", "PERSONAL_ATTRIBUTES"
    ),
    "rejected-on-all-its-placements": rejected_everywhere,
    "pixel-silent": silent_pixel,
    "ad-of-today": new,
}
# Plain changes of the ad or what is above it: the effective status that Meta shows, and fields; null: by code.
_PLAIN: dict[str, dict[str, Any]] = json.loads(resources.files(__package__).joinpath("problems.json").read_bytes())
BROKEN = {name: _CODED.get(name) or partial(_change, row) for name, row in _PLAIN.items()}
"""By name: what is done to an ad, or to what is above it."""
