"""Ad sets. https://developers.facebook.com/docs/marketing-api/reference/ad-campaign"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Required

from pydantic import Field

from admonster_fb.enums import BidStrategy, BillingEvent, DestinationType, OptimizationGoal
from admonster_fb.models import common
from admonster_fb.models._facts import Fact, Minor, NoEffect
from admonster_fb.models._node import AccountNode, Map, ScheduleTime, TimedNode
from admonster_fb.models._params import Extra, Id, KnownKeys, MinorUnits, Open, Params, WriteTime
from admonster_fb.models.budgetschedule import BudgetSchedules
from admonster_fb.models.schedule import ScheduleLike
from admonster_fb.models.targeting.builder import TargetingLike
from admonster_fb.models.targeting.spec import AdSetTargeting


class AdSet(AccountNode, TimedNode):
    """An ad set: audience, placements, schedule, budget and bid. Amounts are in minor units.

    >>> AdSet.from_api({"id": "2", "daily_budget": "5000", "bid_amount": 250}).bid_amount
    250
    """

    NOT_REQUESTED: ClassVar = frozenset(
        {"regional_regulated_categories", "frequency_control_specs", "daily_min_spend_target", "daily_spend_cap"}
        | {"lifetime_min_spend_target", "lifetime_spend_cap", "adlabels", "multi_optimization_goal_weight"}
        | {"optimization_sub_event", "placement_soft_opt_out", "regional_regulation_identities", "value_rule_set_id"}
        | {"value_rules_applied"}
    )

    campaign_id: str | None = None
    """ID of the campaign."""
    name: str | None = None
    """Name shown in Ads Manager."""
    status: str | None = None
    """Configured status: ACTIVE, PAUSED, ARCHIVED or DELETED."""
    effective_status: str | None = None
    """Computed status: the configured ones, CAMPAIGN_PAUSED, IN_PROCESS or WITH_ISSUES."""
    daily_budget: Minor | None = None
    """Budget per day, in minor units."""
    lifetime_budget: Minor | None = None
    """Budget for the whole run, in minor units; 0 if there is none."""
    budget_remaining: Minor | None = None
    """Unspent part of the budget, in minor units."""
    bid_strategy: str | None = None
    """How Meta bids, such as LOWEST_COST_WITHOUT_CAP."""
    bid_amount: Minor | None = None
    """Bid cap or cost goal, in minor units: per 1,000 impressions or per billing event."""
    bid_constraints: Map | None = None
    """Limits of the bid: `roas_average_floor` is the minimum ROAS times 10,000."""
    billing_event: str | None = None
    """What Meta charges for, such as IMPRESSIONS."""
    optimization_goal: str | None = None
    """What delivery is optimized for, such as LINK_CLICKS."""
    destination_type: str | None = None
    """Where the ads lead, such as WEBSITE or MESSENGER."""
    promoted_object: Map | None = None
    """What the ads promote: a Page, a pixel event, an app or a product set."""
    targeting: AdSetTargeting | None = None
    """Who may see the ads."""
    attribution_spec: list[Map] | None = None
    """Attribution windows, each with `event_type` and `window_days`."""
    pacing_type: list[str] | None = None
    """["standard"] or, with a schedule of hours, ["day_parting"]."""
    adset_schedule: list[Map] | None = None
    """Hours of delivery: rows of `start_minute`, `end_minute`, `days` (0 is Sunday) and `timezone_type`."""
    is_dynamic_creative: bool | None = None
    """Whether the ad set holds ads of dynamic creative only."""
    dsa_beneficiary: str | None = None
    """Person or organization that benefits from the ads (EU Digital Services Act)."""
    dsa_payor: str | None = None
    """Person or organization that pays for the ads (EU Digital Services Act)."""
    learning_stage_info: Map | None = None
    """Learning phase: `status` is LEARNING, SUCCESS or FAIL."""
    issues_info: list[Map] | None = None
    """Problems that limit delivery, each with `level`, `error_code` and `error_message`."""
    start_time: ScheduleTime | None = None
    """Start of delivery; `None` if there is none."""
    end_time: ScheduleTime | None = None
    """End of delivery; `None` if the ad set runs without end."""
    regional_regulated_categories: list[Any] | None = None
    """Regional regulations that apply to the ads."""
    frequency_control_specs: list[Map] | None = None
    """Frequency caps: `event`, `interval_days` and `max_frequency`."""
    daily_min_spend_target: Minor | None = None
    """Minimum spend per day within a campaign budget, in minor units; Meta does not guarantee it."""
    daily_spend_cap: Minor | None = None
    """Maximum spend per day within a campaign budget, in minor units."""
    lifetime_min_spend_target: Minor | None = None
    """Minimum spend of the whole run within a campaign budget, in minor units."""
    lifetime_spend_cap: Minor | None = None
    """Maximum spend of the whole run within a campaign budget, in minor units."""
    adlabels: list[Map] | None = None
    """Ad labels, each with `id` and `name`."""
    multi_optimization_goal_weight: str | None = None
    """Weight of several optimization goals."""
    optimization_sub_event: str | None = None
    """Event that refines the optimization goal."""
    placement_soft_opt_out: Map | None = None
    """Placements that get at most 5 % of the spend each."""
    regional_regulation_identities: Map | None = None
    """IDs of verified beneficiaries and payers, by regional regulation."""
    value_rule_set_id: str | None = None
    """ID of the set of value rules that adjusts bids."""
    value_rules_applied: bool | None = None
    """Whether value rules are applied."""


AdSetName = Annotated[common.Name, Field(max_length=400)]


class _AdSetParams(Params, total=False):
    daily_budget: common.Budget
    """Budget per day. Only if the campaign has no budget. Minor units or "30.00 USD"."""
    lifetime_budget: common.Budget
    """Budget for the whole run. Needs `end_time`; not with a campaign budget. Minor units or "30.00 USD"."""
    bid_strategy: Annotated[BidStrategy, Open(), Fact(spend="bid_strategy", relearn=True, undo=True)]
    """How Meta bids. Only if the campaign has no budget."""
    bid_amount: Annotated[MinorUnits, Fact(spend="limit", relearn=True, undo=True)]
    """Bid cap or cost goal; without `bid_strategy` it is a bid cap. Minor units or "30.00 USD"."""
    bid_constraints: Annotated[
        dict[str, Any], KnownKeys("AdCampaignBidConstraint", more=True), Fact(spend="roas_floor", undo=True)
    ]
    """Minimum ROAS times 10,000: {"roas_average_floor": 15000} is a ROAS of 1.5."""
    destination_type: Annotated[DestinationType | str, Fact(replaces="delivery")]
    """Where the ads lead, such as WEBSITE or MESSENGER."""
    start_time: Annotated[WriteTime, Fact(spend="start", undo=True, replaces="delivery")]
    """Start of delivery; a new ad set without it starts at once."""
    end_time: Annotated[WriteTime, Fact(spend="end", undo=True, replaces="delivery")]
    """End of delivery; 0 for none."""
    adset_schedule: Annotated[ScheduleLike, Fact(spend="hours", undo=True, replaces="delivery")]
    """Hours of delivery: a `Schedule` or [{start_minute, end_minute, days: 0=Sunday…, timezone_type}]."""
    pacing_type: Annotated[list[common.Pacing], Fact(spend="pacing", undo=True, replaces="delivery")]
    """["standard"] or, with `adset_schedule`, ["day_parting"]."""
    attribution_spec: Annotated[
        list[Annotated[dict[str, Any], KnownKeys("AttributionSpec", more=True)]], Fact(replaces="delivery")
    ]
    """Attribution windows: [{"event_type": "CLICK_THROUGH", "window_days": 7}]."""
    frequency_control_specs: Annotated[
        list[Annotated[dict[str, Any], KnownKeys("AdCampaignFrequencyControlSpecs", more=True)]],
        Fact(spend="any", replaces="delivery"),
    ]
    """Frequency caps for REACH and THRUPLAY: [{event, interval_days, max_frequency}]."""
    dsa_beneficiary: Annotated[str, NoEffect]
    """Who benefits from the ads; required where they reach the EU, unless the ad account has a default."""
    dsa_payor: Annotated[str, NoEffect]
    """Who pays for the ads; required where they reach the EU, unless the ad account has a default."""
    regional_regulated_categories: Annotated[list[str], NoEffect]
    """Regional regulations that the ads fall under, such as BRAZIL_REGULATION."""
    regional_regulation_identities: Annotated[
        dict[str, Any], KnownKeys("RegionalRegulationIdentities", more=True), NoEffect
    ]
    """IDs of verified beneficiaries and payers for these regulations."""
    daily_min_spend_target: common.SpendMinimum
    """Minimum per day within a daily campaign budget; 0 removes it. Minor units or "30.00 USD"."""
    daily_spend_cap: common.SpendLimit
    """Maximum per day within a daily campaign budget; 922337203685478 removes it. Minor units or "30.00 USD"."""
    lifetime_min_spend_target: common.SpendMinimum
    """Minimum within a lifetime campaign budget; 0 removes it. Minor units or "30.00 USD"."""
    lifetime_spend_cap: common.SpendLimit
    """Maximum within a lifetime campaign budget; 922337203685478 removes it. Minor units or "30.00 USD"."""
    placement_soft_opt_out: Annotated[
        dict[str, Any], KnownKeys("PlacementSoftOptOut", more=True), Fact(spend="any", replaces="delivery")
    ]
    """Placements to limit to 5 % of the spend each, by platform. Sales and leads objectives only."""
    is_sac_cfca_terms_certified: Annotated[bool, NoEffect]
    """Certifies customer lists in housing, employment and financial ads in the US and Canada."""
    adlabels: common.AdLabels
    budget_schedule_specs: BudgetSchedules
    tune_for_category: Annotated[str, Fact(replaces="audience")]
    """Special ad category that targeting is adapted to."""
    value_rule_set_id: Annotated[str, Fact(spend="any")]
    """ID of the set of value rules that adjusts bids."""
    value_rules_applied: Annotated[bool, Fact(spend="switch")]
    """Whether to apply value rules."""
    execution_options: common.ExecutionOptions
    extra: Extra


class AdSetParts(_AdSetParams, total=False):
    """Parameters that every new ad set has, whatever its campaign.

    >>> parts: AdSetParts = {"name": "US", "optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS",
    ...     "targeting": {"geo_locations": {"countries": ["US"]}}}
    """

    name: Required[AdSetName]
    optimization_goal: Annotated[OptimizationGoal | str, Fact(relearn=True, replaces="delivery")]
    """What delivery is optimized for, such as LINK_CLICKS. Default: Meta's for the campaign's objective."""
    billing_event: Required[Annotated[BillingEvent | str, Fact(relearn=True, replaces="delivery")]]
    """What Meta charges for. IMPRESSIONS suits every goal."""
    targeting: Required[Annotated[TargetingLike, Fact(relearn=True, undo=True, replaces="audience")]]
    """Who may see the ads: a `Targeting` or Meta's spec. At least one place or custom audience."""
    promoted_object: common.PromotedObject
    status: common.NewStatus
    is_dynamic_creative: bool
    """Whether the ad set holds ads of dynamic creative only."""
    multi_optimization_goal_weight: str
    """Weight of several optimization goals."""
    optimization_sub_event: str
    """Event that refines the optimization goal."""


class AdSetCreate(AdSetParts, total=False):
    """Parameters of a new ad set. Meta: ad-campaign, Creating.

    >>> params: AdSetCreate = {"campaign_id": "1", "name": "US", "optimization_goal": "LINK_CLICKS",
    ...     "billing_event": "IMPRESSIONS", "targeting": {"geo_locations": {"countries": ["US"]}}}
    """

    campaign_id: Required[Id]
    """ID of the campaign."""


class AdSetUpdate(_AdSetParams, total=False):
    """Parameters of a change of an ad set. Meta: ad-campaign, Updating.

    >>> params: AdSetUpdate = {"bid_amount": "2.50 USD"}
    """

    name: AdSetName
    status: common.NextStatus
    optimization_goal: Annotated[OptimizationGoal | str, Fact(relearn=True, replaces="delivery")]
    """What delivery is optimized for. A change can restart the learning phase."""
    billing_event: Annotated[BillingEvent | str, Fact(relearn=True, replaces="delivery")]
    """What Meta charges for."""
    targeting: Annotated[TargetingLike, Fact(relearn=True, undo=True, replaces="audience")]
    """Who may see the ads. Replaces the whole targeting."""
    promoted_object: common.PromotedObject


class AdSetOverrides(_AdSetParams, total=False):
    """Parameters in which a copy of an ad set differs from its source.

    >>> overrides: AdSetOverrides = {"daily_budget": 3000, "optimization_goal": "REACH"}
    """

    campaign_id: Id
    """Campaign of the copy. Default: the campaign of the source."""
    optimization_goal: Annotated[OptimizationGoal | str, Fact(relearn=True, replaces="delivery")]
    """What delivery is optimized for. Default: the goal of the source."""
    billing_event: Annotated[BillingEvent | str, Fact(relearn=True, replaces="delivery")]
    """What Meta charges for. Default: the billing event of the source."""
    targeting: Annotated[TargetingLike, Fact(relearn=True, undo=True, replaces="audience")]
    """Who may see the ads; replaces the whole targeting of the source."""
    promoted_object: common.PromotedObject
