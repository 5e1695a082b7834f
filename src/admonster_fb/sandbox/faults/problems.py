"""Problems of a token, an app or an account, and broken deliveries, each as a change of a sandbox.

Broken deliveries are why an ad does not deliver, or delivers less. The
shapes are those of Meta's answers as they are known (`docs/meta-rules.md`, Delivery): absent keys, localised
texts, and rows of the learning phase as recorded. Where Meta gives no reason, the object is only quiet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
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


def used_up(sandbox: Sandbox) -> None:
    """Set the spending limit to what has been spent."""
    account(sandbox, spend_cap="1", amount_spent="1")


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
    "limit": used_up,
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


def issue(code: int, summary: str, level: str = "AD", kind: str = "HARD_ERROR") -> list[dict[str, Any]]:
    """Return `issues_info` with one issue; its message repeats the summary, as recorded."""
    texts = {"error_summary": summary, "error_message": summary}
    return [{"level": level, "error_code": code, "error_type": kind, **texts}]


def outside_hours(ad: Ad) -> None:
    """Let the ad set deliver on the other days of the week only."""
    today = (ad.sandbox.now() - 8 * timedelta(hours=1)).isoweekday() % 7
    days = [day for day in range(7) if day not in ((today - 1) % 7, today, (today + 1) % 7)]
    rows = [{"start_minute": 540, "end_minute": 1080, "days": days, "timezone_type": "ADVERTISER"}]
    ad.adset(quiet=True, pacing_type=["day_parting"], adset_schedule=rows)


def small_audience(ad: Ad) -> None:
    """Narrow the targeting to nearly nobody."""
    interests = [{"id": "6003139266461", "name": "Movies"}]
    narrow = [{"interests": interests}] * 3
    places = {"custom_locations": [{"latitude": 64.1, "longitude": -51.7, "radius": 1, "distance_unit": "kilometer"}]}
    targeting = {"geo_locations": {**places, "location_types": ["home", "recent"]}, "age_min": 64, "age_max": 64}
    ad.adset(quiet=True, targeting={**targeting, "genders": [2], "flexible_spec": narrow})


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


def silent_pixel(ad: Ad) -> None:
    """Optimize for purchases with a pixel that was taken off the website."""
    ad.pixel(last_fired_time=ad.at(-20))
    for pixel in ad.sandbox.objects("AdsPixel"):
        ad.sandbox.change_internals(pixel["id"], **{INSTALLED: None})


LEARNING = {"attribution_windows": ["7d_click", "1d_view"]}
EDITED = {**LEARNING, "last_sig_edit_ts": 1777531012}
TRANSLATED = {"global": {"Phương thức kinh doanh không chấp nhận được": "Quảng cáo không tuân thủ chính sách."}}
INSTAGRAM = {"placement_specific": {"instagram": {"MUSIC": "Remova ou escolha outro áudio."}}}
CHECK = {
    "summary": "Custom Audience No Longer Shared",
    "check_name": "invalid_custom_audiences",
    "description": "Gone.",
}
CARD = {"id": "6", "display_string": "Visa *0001", "type": 1}
PREPAID = {"id": "7", "display_string": "Saldo disponível (R$0,00 BRL)", "type": 20}
CATEGORY = "Age range isn't allowed"

BROKEN: dict[str, Callable[[Ad], Any]] = {
    "account-disabled": lambda ad: ad.account(account_status=2, disable_reason=1),
    "account-in-risk-review": lambda ad: ad.account(account_status=7),
    "account-closing": lambda ad: ad.account(quiet=True, account_status=100),
    "account-closed": lambda ad: ad.account(account_status=101),
    "account-of-new-status": lambda ad: ad.account(account_status=42),
    "bill-unpaid": lambda ad: ad.account(account_status=3, balance="1250"),
    "payment-settling": lambda ad: ad.account(account_status=8),
    "payment-late": lambda ad: ad.account(account_status=9, balance="1250"),
    "no-payment-method": lambda ad: ad.account(funding_source=None, funding_source_details=None),
    "card-expired": lambda ad: ad.account(funding_source=None, expired_funding_source_details=CARD),
    "prepaid-empty": lambda ad: ad.account(quiet=True, is_prepay_account=True, funding_source_details=PREPAID),
    "billing-info-missing": lambda ad: ad.ad("PENDING_BILLING_INFO"),
    "account-limit": lambda ad: ad.account(quiet=True, spend_cap="1"),
    "campaign-paused": lambda ad: ad.campaign(status="PAUSED"),
    "campaign-archived": lambda ad: ad.campaign(status="ARCHIVED"),
    "campaign-limit": lambda ad: ad.campaign(quiet=True, spend_cap="100"),
    "campaign-in-process": lambda ad: ad.campaign("IN_PROCESS"),
    "campaign-of-new-status": lambda ad: ad.campaign("UNDER_ADVISEMENT"),
    "campaign-over": lambda ad: ad.campaign(quiet=True, stop_time=ad.at(-3)),
    "adset-paused": lambda ad: ad.adset(status="PAUSED"),
    "adset-deleted": lambda ad: ad.adset(status="DELETED"),
    "adset-starts-later": lambda ad: ad.adset(start_time=ad.at(9), end_time=None),
    "adset-over": lambda ad: ad.adset(end_time=ad.at(-3)),
    "outside-hours": outside_hours,
    "lifetime-budget-spent": lambda ad: spent(ad, lifetime_budget="20000", daily_budget="0"),
    "daily-budget-spent": spent,
    "no-budget": lambda ad: ad.budget(daily_budget="0", lifetime_budget="0"),
    "audience-small": small_audience,
    "audience-unusable": unusable_audience,
    "learning": lambda ad: ad.adset(learning_stage_info={**EDITED, "status": "LEARNING", "conversions": 4}),
    "learning-limited": lambda ad: ad.adset(learning_stage_info={**EDITED, "status": "FAIL", "conversions": 9}),
    "bid-cap": lambda ad: ad.adset(quiet=True, bid_strategy="LOWEST_COST_WITH_BID_CAP", bid_amount=1),
    "cost-goal": lambda ad: ad.adset(quiet=True, bid_strategy="COST_CAP", bid_amount=2),
    "creative-deleted": lambda ad: ad.creative(status="DELETED"),
    "creative-with-issues": lambda ad: ad.creative(status="WITH_ISSUES"),
    "fatigue": fatigue,
    "ad-paused": lambda ad: ad.ad(status="PAUSED"),
    "ad-deleted": lambda ad: ad.ad(status="DELETED"),
    "rejected": lambda ad: ad.sandbox.disapprove(
        ad.id, "Your ad may imply personal attributes.", "PERSONAL_ATTRIBUTES"
    ),
    "rejected-in-translation": lambda ad: ad.ad("DISAPPROVED", ad_review_feedback=TRANSLATED),
    "rejected-without-feedback": lambda ad: ad.ad("DISAPPROVED"),
    "in-review": lambda ad: ad.ad("PENDING_REVIEW"),
    "rejected-on-instagram": lambda ad: ad.ad(ad_review_feedback=INSTAGRAM),
    "audience-deleted": lambda ad: ad.adset(issues_info=issue(2446446, "Audience was deleted", "AD_SET")),
    "audience-no-longer-shared": lambda ad: ad.ad(quiet=True, failed_delivery_checks=[CHECK]),
    "post-gone": lambda ad: ad.ad(issues_info=issue(1815869, "Post is unavailable", "CREATIVE")),
    "not-certified": lambda ad: ad.ad(issues_info=issue(2859024, "Certification required")),
    "special-category": lambda ad: ad.adset(issues_info=issue(2909035, CATEGORY, "AD_SET")),
    "seen-without-text": lambda ad: ad.ad(issues_info=issue(3867089, "Seen without text")),
    "issue-of-new-code": lambda ad: ad.ad(issues_info=issue(9999999, "Une raison inconnue")),
    "issue-soft": lambda ad: ad.ad(issues_info=issue(1234567, "Text may be cut", kind="SOFT_ERROR")),
    "issue-without-reason": lambda ad: ad.ad("WITH_ISSUES"),
    "pixel-unavailable": lambda ad: ad.pixel(is_unavailable=True),
    "pixel-silent": silent_pixel,
    "pixel-without-the-event": lambda ad: ad.promoted(custom_event_type="SUBSCRIBE"),
    "ad-of-today": new,
    "no-reason": lambda ad: ad.ad(quiet=True),
}
"""By name: what is done to an ad, or to what is above it."""
