"""Ad accounts. https://developers.facebook.com/docs/marketing-api/reference/ad-account"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._facts import Fact, Minor
from admonster_fb.models._node import Map, Node, Time
from admonster_fb.models._params import STRICT, MinorUnits


class Business(Node):
    """A business that owns or uses ad accounts."""

    id: str = ""
    name: str | None = None


class AdAccount(Node):
    """An ad account: one currency, one time zone, one bill. Amounts are in minor units of `currency`."""

    EXPANDED: ClassVar = {"business": "business{id,name}"}
    NOT_ASKED: ClassVar = frozenset({"funding_source_details", "default_dsa_beneficiary", "default_dsa_payor"})

    id: str = ""
    """`act_` and the number."""
    account_id: str | None = None
    """The bare number."""
    name: str | None = None
    account_status: int | None = None
    """1 active, 2 disabled, 3 unsettled, …: `enums.ACCOUNT_STATUS`."""
    disable_reason: int | None = None
    """0 none, …: `enums.DISABLE_REASON`."""
    business: Business | None = None
    currency: str | None = None
    timezone_id: int | None = None
    timezone_name: str | None = None
    timezone_offset_hours_utc: Decimal | None = None
    amount_spent: Minor | None = None
    """Minor units, since the spending limit was set or reset."""
    balance: Minor | None = None
    """Minor units owed."""
    spend_cap: Minor | None = None
    """Minor units when read (Meta takes major units when it is written); 0 is no limit."""
    min_daily_budget: Minor | None = None
    """Minor units: below it Meta refuses a daily budget; more for clicks and installs, see `minimum_budgets`."""
    min_campaign_group_spend_cap: Minor | None = None
    default_dsa_beneficiary: str | None = None
    default_dsa_payor: str | None = None
    capabilities: list[str] | None = None
    age: Decimal | None = None
    """Days."""
    created_time: Time | None = None
    funding_source_details: Map | None = None


class MinimumBudget(Node):
    """The least daily budgets of one currency, in its minor units, by what is paid for."""

    currency: str | None = None
    min_daily_budget_imp: Minor | None = None
    """Impressions."""
    min_daily_budget_high_freq: Minor | None = None
    """Clicks, likes and other frequent events."""
    min_daily_budget_low_freq: Minor | None = None
    """Installs, offers and other rare events."""
    min_daily_budget_video_views: Minor | None = None


_NONE_OR_ID = "an id, or NONE, or UNFOUND"


@with_config(STRICT)
class AdAccountCreate(TypedDict, total=False):
    """Parameters of a new ad account of a business. Meta: business, adaccount."""

    name: Required[Annotated[str, Field(min_length=1)]]
    currency: Required[Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO code; it stays for good")]]
    timezone_id: Required[Annotated[int, Field(ge=1, description="Meta's number: 1 is America/Los_Angeles")]]
    end_advertiser: Required[Annotated[str, Field(description=f"whom the ads are for: {_NONE_OR_ID}")]]
    media_agency: Annotated[str, Field(description=f"{_NONE_OR_ID}; NONE unless given")]
    partner: Annotated[str, Field(description=f"{_NONE_OR_ID}; NONE unless given")]
    invoice: bool
    po_number: str


@with_config(STRICT)
class AdAccountUpdate(TypedDict, total=False):
    """What can be changed of an ad account. Meta: ad-account, Updating."""

    name: Annotated[str, Field(min_length=1)]
    spend_cap: Annotated[
        MinorUnits,
        Fact(spend="limit"),
        Field(description="most to spend from now on; minor units, or with the currency"),
    ]
    spend_cap_action: Annotated[
        Literal["reset", "delete"],
        Fact(spend="limit_action"),
        Field(description="reset: count from zero again; delete: no limit any more"),
    ]
    default_dsa_beneficiary: str
    default_dsa_payor: str
    end_advertiser: str
    media_agency: str
    partner: str
    is_notifications_enabled: bool


class Page(Node):
    """A Facebook Page that an ad account may advertise for. Meta: page."""

    id: str = ""
    name: str | None = None
    link: str | None = None
    is_published: bool | None = None


class InstagramAccount(Node):
    """An Instagram account that ads may use as `instagram_user_id`. Meta: IG User."""

    id: str = ""
    username: str | None = None
    name: str | None = None
    followers_count: int | None = None


Task = Literal["MANAGE", "ADVERTISE", "ANALYZE", "DRAFT"]


class AssignedUser(Node):
    """A person of a business and what they may do in an ad account."""

    id: str = ""
    name: str | None = None
    business: Business | None = None
    tasks: list[str] | None = None
    user_type: str | None = None


@with_config(STRICT)
class AssignedUserCreate(TypedDict):
    """Parameters of giving a person access. Meta: ad-account, assigned_users."""

    user: Required[Annotated[str, Field(pattern=r"^[0-9]+$", description="id of a person of the business")]]
    tasks: Required[
        Annotated[
            list[Task],
            Field(
                min_length=1, description="MANAGE: all, and access; ADVERTISE: run ads; ANALYZE: read; DRAFT: prepare"
            ),
        ]
    ]
