"""Ad sets. https://developers.facebook.com/docs/marketing-api/reference/ad-campaign"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.enums import BidStrategy, BillingEvent, ConfiguredStatus, DestinationType, OptimizationGoal, Status
from admonster_fb.models._facts import Fact, Minor
from admonster_fb.models._node import Map, Node, ScheduleTime, Time
from admonster_fb.models._params import ANY_OBJECT, STRICT, MinorUnits, WriteTime
from admonster_fb.models.common import ExecutionOptions
from admonster_fb.models.schedule import ScheduleLike
from admonster_fb.models.targeting.builder import TargetingLike
from admonster_fb.models.targeting.spec import AdSetTargeting


class AdSet(Node):
    """An ad set: who sees the ads, where, when, and for how much. Amounts are in minor units."""

    NOT_ASKED: ClassVar = frozenset(
        {"regional_regulated_categories", "frequency_control_specs", "daily_min_spend_target", "daily_spend_cap"}
        | {"lifetime_min_spend_target", "lifetime_spend_cap"}
    )

    id: str = ""
    account_id: str | None = None
    campaign_id: str | None = None
    name: str | None = None
    status: str | None = None
    effective_status: str | None = None
    """As it is: also CAMPAIGN_PAUSED, IN_PROCESS, WITH_ISSUES."""
    daily_budget: Minor | None = None
    lifetime_budget: Minor | None = None
    """0 where Meta means none."""
    budget_remaining: Minor | None = None
    bid_strategy: str | None = None
    bid_amount: Minor | None = None
    bid_constraints: Map | None = None
    billing_event: str | None = None
    optimization_goal: str | None = None
    destination_type: str | None = None
    promoted_object: Map | None = None
    targeting: AdSetTargeting | None = None
    attribution_spec: list[Map] | None = None
    pacing_type: list[str] | None = None
    adset_schedule: list[Map] | None = None
    is_dynamic_creative: bool | None = None
    dsa_beneficiary: str | None = None
    dsa_payor: str | None = None
    learning_stage_info: Map | None = None
    issues_info: list[Map] | None = None
    start_time: ScheduleTime | None = None
    end_time: ScheduleTime | None = None
    created_time: Time | None = None
    updated_time: Time | None = None
    regional_regulated_categories: list[Any] | None = None
    frequency_control_specs: list[Map] | None = None
    daily_min_spend_target: Minor | None = None
    daily_spend_cap: Minor | None = None
    lifetime_min_spend_target: Minor | None = None
    lifetime_spend_cap: Minor | None = None


@with_config(STRICT)
class _AdSetParams(TypedDict, total=False):
    daily_budget: Annotated[
        MinorUnits,
        Fact(spend="budget", undo=True),
        Field(description="only if the campaign has no budget of its own"),
    ]
    lifetime_budget: Annotated[
        MinorUnits,
        Fact(spend="budget", undo=True),
        Field(description="needs end_time; only without a campaign budget"),
    ]
    bid_strategy: Annotated[BidStrategy | str, Fact(spend="bid_strategy", relearn=True, undo=True)]
    bid_amount: Annotated[
        MinorUnits,
        Fact(spend="limit", relearn=True, undo=True),
        Field(description="cap or cost goal; sent alone it means a bid cap"),
    ]
    bid_constraints: Annotated[
        dict[str, Any],
        Fact(spend="roas_floor", undo=True),
        Field(description='{"roas_average_floor": 15000} is a ROAS of 1.5'),
    ]
    destination_type: DestinationType | str
    start_time: Annotated[WriteTime, Fact(spend="start", undo=True)]
    end_time: Annotated[WriteTime, Fact(spend="end", undo=True), Field(description="0 for none")]
    adset_schedule: Annotated[
        ScheduleLike,
        Fact(undo=True),
        Field(description="[{start_minute, end_minute, days: 0=Sunday…, timezone_type}]"),
    ]
    pacing_type: Annotated[list[str], Fact(undo=True)]
    attribution_spec: list[dict[str, Any]]
    frequency_control_specs: list[dict[str, Any]]
    dsa_beneficiary: Annotated[str, Field(description="needed where the ads reach the EU")]
    dsa_payor: Annotated[str, Field(description="needed where the ads reach the EU")]
    regional_regulated_categories: list[str]
    regional_regulation_identities: dict[str, Any]
    daily_min_spend_target: Annotated[MinorUnits, Fact(spend="minimum", undo=True)]
    daily_spend_cap: Annotated[MinorUnits, Fact(spend="limit", undo=True)]
    lifetime_min_spend_target: Annotated[MinorUnits, Fact(spend="minimum", undo=True)]
    lifetime_spend_cap: Annotated[MinorUnits, Fact(spend="limit", undo=True)]
    placement_soft_opt_out: dict[str, Any]
    is_sac_cfca_terms_certified: bool
    adlabels: list[dict[str, Any]]
    budget_schedule_specs: list[dict[str, Any]]
    tune_for_category: str
    value_rule_set_id: str
    value_rules_applied: bool
    execution_options: ExecutionOptions


class AdSetParts(_AdSetParams, total=False):
    """What a new ad set says of itself, wherever it will stand."""

    name: Required[Annotated[str, Fact(undo=True), Field(min_length=1, max_length=400)]]
    optimization_goal: Required[Annotated[OptimizationGoal | str, Fact(relearn=True)]]
    billing_event: Required[Annotated[BillingEvent | str, Fact(relearn=True)]]
    targeting: Required[Annotated[TargetingLike, Fact(relearn=True, undo=True)]]
    promoted_object: ANY_OBJECT
    status: Annotated[Status, Fact(spend="status", undo=True), Field(description="PAUSED unless given")]
    is_dynamic_creative: bool
    multi_optimization_goal_weight: str
    optimization_sub_event: str


class AdSetCreate(AdSetParts, total=False):
    """Parameters of a new ad set. Meta: ad-campaign, Creating."""

    campaign_id: Required[str]


class AdSetUpdate(_AdSetParams, total=False):
    """What can be changed of an ad set. Meta: ad-campaign, Updating."""

    name: Annotated[str, Fact(undo=True), Field(min_length=1, max_length=400)]
    status: Annotated[ConfiguredStatus, Fact(spend="status", undo=True)]
    optimization_goal: Annotated[OptimizationGoal | str, Fact(relearn=True)]
    billing_event: Annotated[BillingEvent | str, Fact(relearn=True)]
    targeting: Annotated[
        TargetingLike, Fact(relearn=True, undo=True), Field(description="replaces the targeting as a whole")
    ]
    promoted_object: ANY_OBJECT


class AdSetOverrides(_AdSetParams, total=False):
    """What a copy of an ad set can have otherwise than its source."""

    campaign_id: Annotated[str, Field(description="into this campaign; the same one unless given")]
    optimization_goal: Annotated[OptimizationGoal | str, Fact(relearn=True)]
    billing_event: Annotated[BillingEvent | str, Fact(relearn=True)]
    targeting: Annotated[
        TargetingLike, Fact(relearn=True, undo=True), Field(description="instead of the source's, as a whole")
    ]
    promoted_object: ANY_OBJECT
