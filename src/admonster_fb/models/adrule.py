"""Ad rules: what Meta does by itself. https://developers.facebook.com/docs/marketing-api/reference/ad-rule"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._node import Map, Node, Time
from admonster_fb.models._params import STRICT
from admonster_fb.models.common import EdgeList

EvaluationType = Literal["SCHEDULE", "TRIGGER"]
FilterOperator = Literal[
    "ALL", "ANY", "CONTAIN", "EQUAL", "GREATER_THAN", "IN", "IN_RANGE", "LESS_THAN", "NONE", "NOT_CONTAIN",
    "NOT_EQUAL", "NOT_IN", "NOT_IN_RANGE",
]  # fmt: skip
ExecutionType = Literal[
    "NOTIFICATION", "PAUSE", "UNPAUSE", "CHANGE_BUDGET", "CHANGE_CAMPAIGN_BUDGET", "CHANGE_BID", "ROTATE",
    "REBALANCE_BUDGET", "PING_ENDPOINT", "ADD_INTEREST_RELAXATION", "ADD_QUESTIONNAIRE_INTERESTS",
    "AD_RECOMMENDATION_APPLY", "AUDIENCE_CONSOLIDATION", "AUDIENCE_CONSOLIDATION_ASK_FIRST", "DCO",
    "INCREASE_RADIUS", "UPDATE_CREATIVE", "UPDATE_LAX_BUDGET", "UPDATE_LAX_DURATION",
]  # fmt: skip
TriggerType = Literal[
    "DELIVERY_INSIGHTS_CHANGE", "METADATA_CREATION", "METADATA_UPDATE", "STATS_CHANGE", "STATS_MILESTONE"
]
ScheduleType = Literal["DAILY", "HOURLY", "SEMI_HOURLY", "CUSTOM"]


class AdRule(Node):
    """A rule by which Meta pauses, notifies or changes budgets, with or without a bot. Amounts are in minor units."""

    id: str = ""
    account_id: str | None = None
    name: str | None = None
    status: str | None = None
    """ENABLED, DISABLED, DELETED, HAS_ISSUES."""
    evaluation_spec: Map | None = None
    """Which objects: `filters`, all of which must hold."""
    execution_spec: Map | None = None
    """What is done to them."""
    schedule_spec: Map | None = None
    created_time: Time | None = None
    updated_time: Time | None = None
    disable_error_code: int | None = None


class AdRuleHistory(Node):
    """One run of a rule: `results` name each object and what was done to it."""

    NOT_ASKED: ClassVar = frozenset({"evaluation_spec", "execution_spec", "schedule_spec"})

    timestamp: Time | None = None
    is_manual: bool | None = None
    results: list[Map] | None = None
    exception_code: int | None = None
    exception_message: str | None = None
    evaluation_spec: Map | None = None
    execution_spec: Map | None = None
    schedule_spec: Map | None = None


@with_config(STRICT)
class RuleFilter(TypedDict):
    """One filter. Amounts (`spent`, `cost_per…`, `cpc`, …) are minor units (1000 is 10.00 USD) or `"10.00 USD"`."""

    field: str
    operator: FilterOperator
    value: Annotated[Any, Field(description="a number, text or list; of money minor units or an amount")]


@with_config(STRICT)
class RuleTrigger(TypedDict, total=False):
    """What a TRIGGER rule waits for."""

    type: Required[TriggerType]
    field: str
    operator: FilterOperator
    value: Any


@with_config(STRICT)
class EvaluationSpec(TypedDict, total=False):
    """Which objects a rule acts on: all `filters` must hold. Meta: ad-rules, Evaluation Spec."""

    evaluation_type: Required[EvaluationType]
    filters: Required[list[RuleFilter]]
    trigger: RuleTrigger


@with_config(STRICT)
class ExecutionOption(TypedDict):
    """One of `change_spec` (amount, unit, limit), `user_ids`, `execution_count_limit`, `action_frequency` (minutes)."""

    field: str
    operator: Literal["EQUAL", "IN"]
    value: Any


@with_config(STRICT)
class ExecutionSpec(TypedDict, total=False):
    """What a rule does. Meta: ad-rules, Execution Spec."""

    execution_type: Required[ExecutionType]
    execution_options: list[ExecutionOption]
    is_once_off: bool


@with_config(STRICT)
class RuleTimes(TypedDict, total=False):
    """Times of a CUSTOM schedule, in the account's time zone: minutes of the day and days (0 is Sunday)."""

    start_minute: int
    end_minute: int
    days: list[int]


@with_config(STRICT)
class ScheduleSpec(TypedDict, total=False):
    """How often a SCHEDULE rule runs: at midnight, each hour, each half hour, or at the times of `schedule`."""

    schedule_type: Required[ScheduleType]
    schedule: list[RuleTimes]


@with_config(STRICT)
class AdRuleCreate(TypedDict, total=False):
    """Parameters of a new rule. Meta: ad-rule, Creating."""

    name: Required[str]
    evaluation_spec: Required[EvaluationSpec]
    execution_spec: Required[ExecutionSpec]
    schedule_spec: Annotated[ScheduleSpec, Field(description="needed unless evaluation_type is TRIGGER")]
    status: Annotated[
        Literal["ENABLED", "DISABLED"],
        Field(description="ENABLED for NOTIFICATION, PAUSE and cuts; DISABLED for what can spend"),
    ]


@with_config(STRICT)
class AdRuleUpdate(TypedDict, total=False):
    """Changes of a rule; a spec replaces the old one as a whole. Meta: ad-rule, Updating."""

    name: str
    evaluation_spec: EvaluationSpec
    execution_spec: ExecutionSpec
    schedule_spec: ScheduleSpec
    status: Literal["ENABLED", "DISABLED"]


@with_config(STRICT)
class AdRuleHistoryList(EdgeList, total=False):
    """Which runs to read."""

    action: Annotated[str, Field(description="PAUSED, UNPAUSED, CHANGED_BUDGET, FACEBOOK_NOTIFICATION_SENT, …")]
    hide_no_changes: bool
    object_id: str
