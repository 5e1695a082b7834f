"""Campaigns. https://developers.facebook.com/docs/marketing-api/reference/ad-campaign-group"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.enums import BidStrategy, BuyingType, ConfiguredStatus, Objective, SpecialAdCategory, Status
from admonster_fb.models._facts import Fact, Minor, names
from admonster_fb.models._node import Map, Node, ScheduleTime, Time
from admonster_fb.models._params import ANY_OBJECT, STRICT, MinorUnits, WriteTime
from admonster_fb.models.common import ExecutionOptions


class Campaign(Node):
    """A campaign: an objective and, if it has a campaign budget, the money. Amounts are in minor units."""

    NOT_ASKED: ClassVar = frozenset({"budget_rebalance_flag"})

    id: str = ""
    account_id: str | None = None
    name: str | None = None
    objective: str | None = None
    status: str | None = None
    """As set: ACTIVE, PAUSED, ARCHIVED or DELETED."""
    effective_status: str | None = None
    """As it is: also IN_PROCESS, WITH_ISSUES."""
    daily_budget: Minor | None = None
    lifetime_budget: Minor | None = None
    """0 where Meta means none."""
    budget_remaining: Minor | None = None
    spend_cap: Minor | None = None
    bid_strategy: str | None = None
    buying_type: str | None = None
    special_ad_categories: list[str] | None = None
    special_ad_category_country: list[str] | None = None
    is_adset_budget_sharing_enabled: bool | None = None
    promoted_object: Map | None = None
    pacing_type: list[str] | None = None
    issues_info: list[Map] | None = None
    start_time: ScheduleTime | None = None
    stop_time: ScheduleTime | None = None
    created_time: Time | None = None
    updated_time: Time | None = None
    budget_rebalance_flag: bool | None = None


@with_config(STRICT)
class _CampaignParams(TypedDict, total=False):
    daily_budget: Annotated[
        MinorUnits,
        Fact(spend="budget", undo=True),
        Field(description="campaign budget a day; ad sets then have none"),
    ]
    lifetime_budget: Annotated[
        MinorUnits,
        Fact(spend="budget", undo=True),
        Field(description="campaign budget in all; ad sets then have none"),
    ]
    bid_strategy: Annotated[
        BidStrategy | str,
        Fact(spend="bid_strategy", relearn=True, undo=True),
        Field(description="only with a campaign budget"),
    ]
    spend_cap: Annotated[
        MinorUnits,
        Fact(spend="limit", undo=True),
        Field(description="most to spend in all; 922337203685478 removes it"),
    ]
    special_ad_category_country: Annotated[list[str], Field(description="ISO countries; needed with a category")]
    is_adset_budget_sharing_enabled: Annotated[
        bool, Field(description="without a campaign budget: may ad sets share up to 20 % of theirs?")
    ]
    promoted_object: ANY_OBJECT
    pacing_type: Annotated[list[str], Fact(undo=True)]
    start_time: Annotated[WriteTime, Fact(spend="start", undo=True)]
    stop_time: Annotated[WriteTime, Fact(spend="end", undo=True)]
    adlabels: list[dict[str, Any]]
    budget_schedule_specs: list[dict[str, Any]]
    is_skadnetwork_attribution: bool
    execution_options: ExecutionOptions


NO_SPEND_CAP = 922337203685478
"""Sent as `spend_cap` of a campaign, or as a cap of an ad set, it removes the cap. `api_facts.md` section 1.1."""


@with_config(STRICT)
class AdSetBudget(TypedDict, total=False):
    """The budget of one ad set when its campaign gives up its own; one of the two."""

    adset_id: Required[str]
    daily_budget: Annotated[MinorUnits, Fact(spend="budget", undo=True)]
    lifetime_budget: Annotated[MinorUnits, Fact(spend="budget", undo=True)]


class CampaignCreate(_CampaignParams, total=False):
    """Parameters of a new campaign. Meta: ad-campaign-group, Creating."""

    name: Required[Annotated[str, Fact(undo=True), Field(min_length=1)]]
    objective: Required[Objective]
    special_ad_categories: Required[
        Annotated[list[SpecialAdCategory], Field(description="[] unless the ads fall under one")]
    ]
    status: Annotated[Status, Fact(spend="status", undo=True), Field(description="PAUSED unless given")]
    buying_type: BuyingType | str


class CampaignUpdate(_CampaignParams, total=False):
    """What can be changed of a campaign. Meta: ad-campaign-group, Updating."""

    name: Annotated[str, Fact(undo=True), Field(min_length=1)]
    status: Annotated[ConfiguredStatus, Fact(spend="status", undo=True)]
    special_ad_categories: list[SpecialAdCategory]
    adset_budgets: Annotated[list[AdSetBudget], Field(description="ends the campaign budget: one for each ad set")]
    adset_bid_amounts: Annotated[
        dict[str, MinorUnits],
        Fact(spend="limit", relearn=True),
        Field(description="{adset_id: bid_amount}, with a bid_strategy that needs bids"),
    ]
    migrate_to_advantage_plus: bool


BUDGETS = names(CampaignUpdate, spend="budget")
"""The two kinds of budget of campaigns and ad sets; an object has one of them at most."""
