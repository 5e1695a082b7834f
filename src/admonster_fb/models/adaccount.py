"""Ad accounts. https://developers.facebook.com/docs/marketing-api/reference/ad-account"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Required

from pydantic import Field

from admonster_fb.models._facts import Fact, Minor, NoEffect
from admonster_fb.models._node import Map, NamedNode, Node, Time
from admonster_fb.models._params import Extra, Id, MinorUnits, Open, Params, WriteTime

FUNDING = "funding_source_details"
"""The field that says how an account pays, and in words what is left of a prepaid balance."""
EXPIRED = "expired_funding_source_details"
"""The payment method that is no longer valid. Takes the same task as `FUNDING`."""


class Business(NamedNode):
    """A business that owns or uses ad accounts.

    >>> Business.from_api({"id": "20", "name": "Shop"}).name
    'Shop'
    """

    link: str | None = None
    """URL of the business."""
    verification_status: str | None = None
    """verified, not_verified, pending, …"""
    two_factor_type: str | None = None
    """Who needs two-factor authentication: none, admin_required, all_required."""
    created_time: Time | None = None
    """Time of creation."""


class AdAccount(Node):
    """An ad account: one currency, one time zone, one bill. Amounts are in minor units of `currency`.

    >>> AdAccount.from_api({"id": "act_1", "currency": "USD", "spend_cap": "0"}).spend_cap
    0
    """

    EXPANDED: ClassVar = {"business": "business{id,name}"}
    NOT_REQUESTED: ClassVar = frozenset(
        {"funding_source_details", "default_dsa_beneficiary", "default_dsa_payor", "end_advertiser", "media_agency"}
        | {"partner", "is_notifications_enabled"}
    )

    id: str = ""
    """`act_` and the number of the account."""
    account_id: str | None = None
    """Number of the account, without `act_`."""
    name: str | None = None
    """Name of the account."""
    account_status: int | None = None
    """1 active, 2 disabled, 3 unsettled, …: `enums.ACCOUNT_STATUS`."""
    disable_reason: int | None = None
    """Why the account is disabled; 0 none, …: `enums.DISABLE_REASON`."""
    business: Business | None = None
    """Business that owns the account."""
    currency: str | None = None
    """ISO code of the account's currency."""
    timezone_id: int | None = None
    """Meta's number of the time zone."""
    timezone_name: str | None = None
    """Name of the time zone, such as America/Los_Angeles."""
    timezone_offset_hours_utc: Decimal | None = None
    """Current offset from UTC, in hours."""
    amount_spent: Minor | None = None
    """Spend since the spending limit was set or reset, in minor units."""
    balance: Minor | None = None
    """Amount owed, in minor units."""
    spend_cap: Minor | None = None
    """Spending limit, in minor units (Meta expects major units when it is written); 0 is no limit."""
    min_daily_budget: Minor | None = None
    """Minimum daily budget, in minor units; higher for clicks and installs, see `minimum_budgets`."""
    min_campaign_group_spend_cap: Minor | None = None
    """Minimum `spend_cap` of a campaign, in minor units."""
    default_dsa_beneficiary: str | None = None
    """Default beneficiary of the ads (EU Digital Services Act)."""
    default_dsa_payor: str | None = None
    """Default payer of the ads (EU Digital Services Act)."""
    capabilities: list[str] | None = None
    """Features that Meta has enabled for the account."""
    age: Decimal | None = None
    """Age of the account, in days."""
    created_time: Time | None = None
    """Time of creation."""
    funding_source_details: Map | None = None
    """Payment method: `id`, `display_string` and `type`."""
    end_advertiser: str | None = None
    """Advertiser that the ads are for: an ID, NONE or UNFOUND."""
    media_agency: str | None = None
    """Agency that buys the ads: an ID, NONE or UNFOUND."""
    partner: str | None = None
    """Partner that operates the account: an ID, NONE or UNFOUND."""
    is_notifications_enabled: bool | None = None
    """Whether Meta sends notifications about the account."""


class MinimumBudget(Node):
    """The minimum daily budgets of a currency, in its minor units, by what is paid for.

    >>> MinimumBudget.from_api({"currency": "USD", "min_daily_budget_imp": 100}).min_daily_budget_imp
    100
    """

    currency: str | None = None
    """ISO code of the currency."""
    min_daily_budget_imp: Minor | None = None
    """For impressions, in minor units."""
    min_daily_budget_high_freq: Minor | None = None
    """For clicks, likes and other frequent events, in minor units."""
    min_daily_budget_low_freq: Minor | None = None
    """For installs, offers and other rare events, in minor units."""
    min_daily_budget_video_views: Minor | None = None
    """For video views, in minor units."""


class AdVolume(Node):
    """How many ads run or are in review for a Page, and the most that Meta lets it have. Meta: Ad Volume.

    >>> AdVolume.from_api({"actor_id": "7", "ads_running_or_in_review_count": 2}).ads_running_or_in_review_count
    2
    """

    actor_id: str | None = None
    """ID of the Page, which Meta calls the actor."""
    actor_name: str | None = None
    """Name of the Page."""
    ads_running_or_in_review_count: int | None = None
    """Number of ads that run or are in review, in all ad accounts."""
    current_account_ads_running_or_in_review_count: int | None = None
    """Number of them in this ad account."""
    limit_on_ads_running_or_in_review: int | None = None
    """Maximum number of ads that may run or be in review."""


class AdAccountCreate(Params, total=False):
    """Parameters of a new ad account of a business. Meta: business, adaccount.

    >>> params: AdAccountCreate = {"name": "Shop", "currency": "USD", "timezone_id": 1, "end_advertiser": "NONE"}
    """

    name: Required[Annotated[str, Field(min_length=1)]]
    """Name of the account."""
    currency: Required[Annotated[str, Field(pattern="^[A-Z]{3}$")]]
    """ISO code of the currency. Cannot be changed later."""
    timezone_id: Required[Annotated[int, Field(ge=1)]]
    """Meta's number of the time zone: 1 is America/Los_Angeles."""
    end_advertiser: Required[str]
    """Advertiser that the ads are for: an ID, NONE or UNFOUND."""
    media_agency: str
    """Agency that buys the ads: an ID, NONE or UNFOUND. Default: NONE."""
    partner: str
    """Partner that operates the account: an ID, NONE or UNFOUND. Default: NONE."""
    invoice: bool
    """Whether the account is billed by invoice."""
    po_number: str
    """Purchase order number on invoices."""
    extra: Extra


class AdAccountUpdate(Params, total=False):
    """Parameters of a change of an ad account. Meta: ad-account, Updating.

    >>> params: AdAccountUpdate = {"spend_cap": "1000.00 USD"}
    """

    name: Annotated[str, NoEffect, Field(min_length=1)]
    """Name of the account."""
    spend_cap: Annotated[MinorUnits, Fact(spend="limit")]
    """Spending limit, counted from now on. Minor units or "1000.00 USD"."""
    spend_cap_action: Annotated[Literal["reset", "delete"], Fact(spend="limit_action")]
    """"reset" counts the spend from zero again; "delete" removes the spending limit."""
    default_dsa_beneficiary: Annotated[str, NoEffect]
    """Default beneficiary of the ads (EU Digital Services Act)."""
    default_dsa_payor: Annotated[str, NoEffect]
    """Default payer of the ads (EU Digital Services Act)."""
    extra: Extra
    end_advertiser: Annotated[str, NoEffect]
    """Advertiser that the ads are for: an ID, NONE or UNFOUND."""
    media_agency: Annotated[str, NoEffect]
    """Agency that buys the ads: an ID, NONE or UNFOUND."""
    partner: Annotated[str, NoEffect]
    """Partner that operates the account: an ID, NONE or UNFOUND."""
    is_notifications_enabled: Annotated[bool, NoEffect]
    """Whether Meta sends notifications about the account."""


class Page(NamedNode):
    """A Facebook Page that an ad account may advertise for. Meta: page.

    >>> Page.from_api({"id": "100", "name": "Shop", "is_published": True}).is_published
    True
    """

    link: str | None = None
    """URL of the Page."""
    is_published: bool | None = None
    """Whether the Page is public."""


class InstagramAccount(Node):
    """An Instagram account that ads may use as `instagram_user_id`. Meta: IG User.

    >>> InstagramAccount.from_api({"id": "17", "username": "shop"}).username
    'shop'
    """

    id: str = ""
    """ID of the account."""
    username: str | None = None
    """User name, without @."""
    name: str | None = None
    """Displayed name."""
    followers_count: int | None = None
    """Number of followers."""


Task = Literal["MANAGE", "ADVERTISE", "ANALYZE", "DRAFT"]


class AssignedUser(NamedNode):
    """A person of a business and what they may do in an ad account.

    >>> AssignedUser.from_api({"id": "9", "name": "Person 1", "tasks": ["ANALYZE"]}).tasks
    ['ANALYZE']
    """

    business: Business | None = None
    """Business that the person belongs to."""
    tasks: list[str] | None = None
    """What the person may do: MANAGE, ADVERTISE, ANALYZE, DRAFT."""
    user_type: str | None = None
    """Kind of user, such as BUSINESS_USER or SYSTEM_USER."""


class AssignedUserCreate(Params, total=False):
    """Parameters that give a person access. Meta: ad-account, assigned_users.

    >>> params: AssignedUserCreate = {"user": "9", "tasks": ["ADVERTISE", "ANALYZE"]}
    """

    user: Required[Annotated[Id, Field(pattern="^[0-9]+$")]]
    """ID of a person of the business."""
    tasks: Required[Annotated[list[Annotated[Task, Open()]], Field(min_length=1)]]
    """MANAGE: everything, access included; ADVERTISE: run ads; ANALYZE: read; DRAFT: prepare ads."""
    extra: Extra


class Activity(Node):
    """A change in an ad account: what, who and when.

    >>> Activity.from_api({"event_type": "update_campaign_budget", "extra_data": '{"new_value": 700}'}).event_type
    'update_campaign_budget'
    """

    event_type: str | None = None
    """Kind of change: `update_campaign_budget`, `create_ad`, …"""
    translated_event_type: str | None = None
    """Kind of change in words."""
    event_time: Time | None = None
    """Time of the change."""
    actor_id: str | None = None
    """ID of the person or system that made the change."""
    actor_name: str | None = None
    """Name of the person or system that made the change."""
    application_name: str | None = None
    """App with which the change was made."""
    object_id: str | None = None
    """ID of the changed object."""
    object_name: str | None = None
    """Name of the changed object."""
    object_type: str | None = None
    """Kind of the changed object, such as CAMPAIGN."""
    extra_data: str | None = None
    """JSON text with details, mostly `old_value` and `new_value`."""


class ActivityList(Params, total=False):
    """Parameters of the edge `activities`. Without a time range Meta returns the last week.

    >>> params: ActivityList = {"category": "BUDGET", "since": "2026-11-01T00:00:00+0000"}
    """

    since: WriteTime
    """Start of the time range."""
    until: WriteTime
    """End of the time range."""
    category: str
    """Kind of changes: ACCOUNT, AD, AD_SET, AUDIENCE, BID, BUDGET, CAMPAIGN, STATUS, …"""
    oid: str
    """ID of an object; only its changes are returned."""
    limit: Annotated[int, Field(ge=1, le=5000)]
    """Changes per page, not in total."""
    after: str
    """Cursor of the page to continue after."""


SCALE = "SCALE_GOOD_CAMPAIGN"
"""The type that adds to budgets, by amounts that the caller names."""
NOT_APPLIED = {"CREATIVE_FATIGUE": "Meta describes it in two ways"}
"""Types that the library does not apply, with the reason."""


class Recommendation(Node):
    """A recommendation. Texts are in the language of the token's owner.

    >>> row = {"type": "AUCTION_OVERLAP", "recommendation_content": {"opportunity_score_lift": "4"}}
    >>> Recommendation.from_api(row).lift, Recommendation.from_api(row).can_apply
    (Decimal('4'), False)
    """

    type: str | None = None
    """Kind of recommendation, such as SCALE_GOOD_CAMPAIGN; Meta has hundreds."""
    recommendation_signature: str | None = None
    """What applies it; expires. Absent if the API cannot apply it."""
    object_ids: list[str] | None = None
    """IDs of the objects that it is about."""
    recommendation_content: Map | None = None
    """Texts: `body`, `lift_estimate`, `opportunity_score_lift`."""

    @property
    def content(self) -> Map:
        """The texts; the lift stands within `recommendation_content`, or next to it."""
        return {**(self.model_extra or {}), **(self.recommendation_content or {})}

    @property
    def lift(self) -> Decimal | None:
        """Points that it adds to the opportunity score."""
        value = self.content.get("opportunity_score_lift")
        return Decimal(str(value)) if str(value).replace(".", "", 1).isdecimal() else None

    @property
    def can_apply(self) -> bool:
        """Whether `apply_recommendation` can apply it."""
        return bool(self.recommendation_signature) and self.type not in NOT_APPLIED


@dataclass(frozen=True, slots=True)
class Recommendations:
    """The opportunity score of an ad account, and what Meta recommends to raise it.

    >>> Recommendations("act_1", Decimal(62), [Recommendation(type="CAPI")]).score
    Decimal('62')
    """

    account: str
    """ID of the ad account."""
    score: Decimal | None
    """Opportunity score, 0 to 100; changes daily."""
    rows: list[Recommendation] = field(default_factory=list)
    """The recommendations; Ads Manager may show more."""


class AddedBudget(Params, total=False):
    """An amount to add to the budget of a campaign or ad set.

    >>> added: AddedBudget = {"id": "1", "additional_budget": 500}
    """

    id: Required[str]
    """ID of a campaign or ad set that the recommendation names."""
    additional_budget: Required[Annotated[MinorUnits, Fact(spend="budget")]]
    """What is added to its budget. Minor units or "5.00 USD"."""
