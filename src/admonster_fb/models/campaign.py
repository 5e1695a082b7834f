"""Campaigns. https://developers.facebook.com/docs/marketing-api/reference/ad-campaign-group"""

from __future__ import annotations

from typing import Annotated, ClassVar, Required

from admonster_fb.enums import BidStrategy, BuyingType, Objective, SpecialAdCategory
from admonster_fb.models import common
from admonster_fb.models._facts import Fact, Minor, NoEffect, names
from admonster_fb.models._node import AccountNode, Map, ScheduleTime, TimedNode
from admonster_fb.models._params import Extra, MinorUnits, Open, Params, WriteTime
from admonster_fb.models.budgetschedule import BudgetSchedules

ENDED_PROMOTIONS = ("AUTOMATED_SHOPPING_ADS", "SMART_APP_PROMOTION")
"""Kinds of campaign that can no longer be created, copied or changed. Source: Meta, v24 and v25 changelogs."""
NEW_CATEGORY = "[A-Z]+(_[A-Z]+)+"
"""The form of a special ad category that may be new at Meta."""
_Category = Annotated[SpecialAdCategory, Open(NEW_CATEGORY)]


class Campaign(AccountNode, TimedNode):
    """A campaign: the objective and, with a campaign budget, the money. Amounts are in minor units.

    >>> Campaign.from_api({"id": "1", "daily_budget": "5000", "status": "PAUSED"}).daily_budget
    5000
    """

    NOT_REQUESTED: ClassVar = frozenset({"budget_rebalance_flag", "adlabels", "is_skadnetwork_attribution"})

    name: str | None = None
    """Name shown in Ads Manager."""
    objective: str | None = None
    """What the campaign aims for, such as OUTCOME_SALES. Older campaigns have legacy objectives."""
    status: str | None = None
    """Configured status: ACTIVE, PAUSED, ARCHIVED or DELETED."""
    effective_status: str | None = None
    """Computed status: the configured ones, IN_PROCESS or WITH_ISSUES."""
    daily_budget: Minor | None = None
    """Campaign budget per day, in minor units."""
    lifetime_budget: Minor | None = None
    """Campaign budget for the whole run, in minor units; 0 if there is none."""
    budget_remaining: Minor | None = None
    """Unspent part of the campaign budget, in minor units."""
    spend_cap: Minor | None = None
    """Maximum total spend of the campaign, in minor units."""
    bid_strategy: str | None = None
    """How Meta bids, such as LOWEST_COST_WITHOUT_CAP. Only with a campaign budget."""
    buying_type: str | None = None
    """AUCTION or RESERVED."""
    special_ad_categories: list[str] | None = None
    """Special ad categories, such as HOUSING; empty or NONE for other ads."""
    special_ad_category_country: list[str] | None = None
    """ISO codes of the countries that the special ad categories apply to."""
    is_adset_budget_sharing_enabled: bool | None = None
    """Whether ad sets may share up to 20 % of their budgets with each other."""
    promoted_object: Map | None = None
    """What the campaign promotes: a catalog or an app."""
    pacing_type: list[str] | None = None
    """Pacing of the campaign budget, such as ["standard"]."""
    issues_info: list[Map] | None = None
    """Problems that limit delivery, each with `level`, `error_code` and `error_message`."""
    start_time: ScheduleTime | None = None
    """Start of the schedule; `None` if there is none."""
    stop_time: ScheduleTime | None = None
    """End of the schedule; `None` if there is none."""
    budget_rebalance_flag: bool | None = None
    """Whether Meta rebalances budgets between ad sets (legacy)."""
    adlabels: list[Map] | None = None
    """Ad labels, each with `id` and `name`."""
    is_skadnetwork_attribution: bool | None = None
    """Whether the campaign uses Apple's SKAdNetwork attribution (iOS 14 and later)."""


class _CampaignParams(Params, total=False):
    daily_budget: common.Budget
    """Campaign budget per day; the ad sets then have no budget of their own. Minor units or "30.00 USD"."""
    lifetime_budget: common.Budget
    """Campaign budget for the whole run; the ad sets then have none. Minor units or "30.00 USD"."""
    bid_strategy: Annotated[BidStrategy, Open(), Fact(spend="bid_strategy", relearn=True, undo=True)]
    """How Meta bids; only with a campaign budget. New campaigns without it get LOWEST_COST_WITHOUT_CAP."""
    spend_cap: common.SpendLimit
    """Maximum total spend. Minor units or "30.00 USD"; 922337203685478 removes the cap."""
    special_ad_category_country: Annotated[list[str], Fact(replaces="audience")]
    """ISO codes of countries; required with a special ad category."""
    is_adset_budget_sharing_enabled: Annotated[bool, Fact(spend="switch")]
    """Without a campaign budget: whether ad sets may share up to 20 % of their budgets."""
    promoted_object: common.PromotedObject
    pacing_type: Annotated[list[common.Pacing], Fact(spend="pacing", undo=True, replaces="delivery")]
    """["standard"] or ["day_parting"]; set on the campaign only with a campaign budget."""
    start_time: Annotated[WriteTime, Fact(spend="start", undo=True, replaces="delivery")]
    """Start of delivery."""
    stop_time: Annotated[WriteTime, Fact(spend="end", undo=True, replaces="delivery")]
    """End of delivery."""
    adlabels: common.AdLabels
    budget_schedule_specs: BudgetSchedules
    is_skadnetwork_attribution: Annotated[bool, NoEffect]
    """Whether to use Apple's SKAdNetwork attribution (app campaigns for iOS 14 and later)."""
    smart_promotion_type: Annotated[str, Fact(spend="any", replaces="audience")]
    """GUIDED_CREATION, as new Advantage+ campaigns have it."""
    execution_options: common.ExecutionOptions
    extra: Extra


NO_SPEND_CAP = 922337203685478
"""Value that removes the `spend_cap` of a campaign or a cap of an ad set (`docs/meta-rules.md#campaigns`)."""


class AdSetBudget(Params, total=False):
    """The budget that an ad set gets when its campaign gives up the campaign budget: one of the two.

    >>> budget: AdSetBudget = {"adset_id": "1", "daily_budget": "30.00 USD"}
    """

    adset_id: Required[str]
    """ID of the ad set."""
    daily_budget: common.Budget
    """Budget per day. Minor units or "30.00 USD"."""
    lifetime_budget: common.Budget
    """Budget for the whole run; needs an end time. Minor units or "30.00 USD"."""


class CampaignCreate(_CampaignParams, total=False):
    """Parameters of a new campaign. Meta: ad-campaign-group, Creating.

    >>> params: CampaignCreate = {"name": "Shoes", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    """

    name: Required[common.Name]
    objective: Required[Annotated[Objective, Open("OUTCOME_[A-Z_]+")]]
    """What the campaign aims for, such as OUTCOME_TRAFFIC."""
    special_ad_categories: Required[list[_Category]]
    """Special ad categories; [] if the ads fall under none."""
    status: common.NewStatus
    buying_type: BuyingType | str
    """AUCTION or RESERVED. Default: AUCTION."""


class CampaignUpdate(_CampaignParams, total=False):
    """Parameters of a change of a campaign. Meta: ad-campaign-group, Updating.

    >>> params: CampaignUpdate = {"daily_budget": "50.00 USD"}
    """

    name: common.Name
    status: common.NextStatus
    special_ad_categories: Annotated[list[_Category], Fact(replaces="audience")]
    """Special ad categories; [] if the ads fall under none."""
    adset_budgets: Annotated[list[AdSetBudget], Fact(spend="parts")]
    """Ends the campaign budget: one budget for each ad set."""
    adset_bid_amounts: Annotated[dict[str, MinorUnits], Fact(spend="limit", relearn=True)]
    """Bids by ad set ID, in minor units; required with a bid_strategy that needs bids."""
    migrate_to_advantage_plus: Annotated[bool, Fact(spend="switch", replaces="audience")]
    """Whether to turn the campaign into an Advantage+ campaign."""


BUDGETS = names(CampaignUpdate, spend="budget")
"""The two kinds of budget of campaigns and ad sets; an object has one of them at most."""
