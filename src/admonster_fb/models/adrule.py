"""Ad rules: what Meta does by itself. https://developers.facebook.com/docs/marketing-api/reference/ad-rule"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Required

from admonster_fb.models._node import AccountNode, Map, Node, Time
from admonster_fb.models._params import Extra, Open, Params
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


class AdRule(AccountNode):
    """A rule by which Meta pauses, notifies or changes budgets. Amounts are in minor units.

    >>> AdRule.from_api({"id": "6", "execution_spec": {"execution_type": "PAUSE"}}).execution_spec
    {'execution_type': 'PAUSE'}
    """

    name: str | None = None
    """Name of the rule."""
    status: str | None = None
    """ENABLED, DISABLED, DELETED or HAS_ISSUES."""
    evaluation_spec: Map | None = None
    """Which objects the rule acts on: all `filters` must hold."""
    execution_spec: Map | None = None
    """What the rule does to them."""
    schedule_spec: Map | None = None
    """When a SCHEDULE rule runs."""
    created_time: Time | None = None
    """Time of creation."""
    updated_time: Time | None = None
    """Time of the last change."""
    disable_error_code: int | None = None
    """Number of the error for which Meta disabled the rule."""


class AdRuleHistory(Node):
    """A run of a rule.

    >>> AdRuleHistory.from_api({"timestamp": 1793520000, "is_manual": False}).timestamp.year
    2026
    """

    NOT_REQUESTED: ClassVar = frozenset({"evaluation_spec", "execution_spec", "schedule_spec"})

    timestamp: Time | None = None
    """Time of the run."""
    is_manual: bool | None = None
    """Whether a person started the run."""
    results: list[Map] | None = None
    """What happened to each object: `object_id`, `object_type` and `actions`."""
    exception_code: int | None = None
    """Number of the error that stopped the run."""
    exception_message: str | None = None
    """Text of the error that stopped the run."""
    evaluation_spec: Map | None = None
    """`evaluation_spec` of the rule at that time."""
    execution_spec: Map | None = None
    """`execution_spec` of the rule at that time."""
    schedule_spec: Map | None = None
    """`schedule_spec` of the rule at that time."""


class RuleFilter(Params):
    """A filter of a rule. Amounts (`spent`, `cost_per…`, `cpc`, …) are minor units (1000 is 10.00 USD) or "10.00 USD".

    >>> condition: RuleFilter = {"field": "spent", "operator": "GREATER_THAN", "value": "10.00 USD"}
    """

    field: str
    """What to compare: a metric, or a field such as entity_type, id or time_preset."""
    operator: Annotated[FilterOperator, Open()]
    """How to compare."""
    value: Any
    """Number, text or list to compare with; amounts in minor units or "10.00 USD"."""


class RuleTrigger(Params, total=False):
    """The event that starts a TRIGGER rule.

    >>> trigger: RuleTrigger = {"type": "STATS_CHANGE", "field": "cpc", "operator": "GREATER_THAN", "value": 200}
    """

    type: Required[Annotated[TriggerType, Open()]]
    """Kind of event."""
    field: str
    """Metric or field whose change starts the rule."""
    operator: Annotated[FilterOperator, Open()]
    """How to compare."""
    value: Any
    """Value to compare with; amounts in minor units."""


class EvaluationSpec(Params, total=False):
    """Which objects a rule acts on: all `filters` must hold. Meta: ad-rules, Evaluation Spec.

    >>> spec: EvaluationSpec = {"evaluation_type": "SCHEDULE",
    ...     "filters": [{"field": "spent", "operator": "GREATER_THAN", "value": 1000}]}
    """

    evaluation_type: Required[EvaluationType]
    """SCHEDULE runs at fixed times, TRIGGER on events."""
    filters: Required[list[RuleFilter]]
    """Filters that all must hold."""
    trigger: RuleTrigger
    """The event that starts a TRIGGER rule."""


class ExecutionOption(Params):
    """An option of an action. Fields: `change_spec`, `user_ids`, `execution_count_limit`, `action_frequency` (minutes).

    >>> option: ExecutionOption = {"field": "execution_count_limit", "operator": "EQUAL", "value": 3}
    """

    field: str
    """Name of the option."""
    operator: Literal["EQUAL", "IN"]
    """EQUAL or IN."""
    value: Any
    """Value of the option; `change_spec` is {"amount", "unit", "limit"} with amounts in minor units."""


class ExecutionSpec(Params, total=False):
    """What a rule does. Meta: ad-rules, Execution Spec.

    >>> spec: ExecutionSpec = {"execution_type": "PAUSE"}
    """

    execution_type: Required[Annotated[ExecutionType, Open()]]
    """The action."""
    execution_options: list[ExecutionOption]
    """Options of the action."""
    is_once_off: bool
    """Whether the rule acts on each object only once."""


class RuleTimes(Params, total=False):
    """Times of a CUSTOM schedule, in the account's time zone.

    >>> times: RuleTimes = {"start_minute": 540, "end_minute": 1080, "days": [1, 2, 3, 4, 5]}
    """

    start_minute: int
    """Start, in minutes after midnight."""
    end_minute: int
    """End, in minutes after midnight."""
    days: list[int]
    """Days of the week; 0 is Sunday."""


class ScheduleSpec(Params, total=False):
    """When a SCHEDULE rule runs: at midnight, each hour, each half hour, or at the times of `schedule`.

    >>> spec: ScheduleSpec = {"schedule_type": "DAILY"}
    """

    schedule_type: Required[Annotated[ScheduleType, Open()]]
    """DAILY at midnight, HOURLY, SEMI_HOURLY each half hour, CUSTOM."""
    schedule: list[RuleTimes]
    """Times of a CUSTOM schedule."""


class AdRuleCreate(Params, total=False):
    """Parameters of a new rule. Meta: ad-rule, Creating.

    >>> params: AdRuleCreate = {"name": "Stop", "evaluation_spec": {"evaluation_type": "SCHEDULE", "filters": []},
    ...     "execution_spec": {"execution_type": "PAUSE"}, "schedule_spec": {"schedule_type": "DAILY"}}
    """

    name: Required[str]
    """Name of the rule."""
    evaluation_spec: Required[EvaluationSpec]
    """Which objects the rule acts on."""
    execution_spec: Required[ExecutionSpec]
    """What the rule does."""
    schedule_spec: ScheduleSpec
    """When the rule runs; required unless evaluation_type is TRIGGER."""
    status: Literal["ENABLED", "DISABLED"]
    """Without it: ENABLED for NOTIFICATION, PAUSE and cuts, DISABLED for actions that can spend."""
    extra: Extra


class AdRuleUpdate(Params, total=False):
    """Parameters of a change of a rule; a spec replaces the old one as a whole. Meta: ad-rule, Updating.

    >>> params: AdRuleUpdate = {"status": "DISABLED"}
    """

    name: str
    """Name of the rule."""
    evaluation_spec: EvaluationSpec
    """Which objects the rule acts on."""
    execution_spec: ExecutionSpec
    """What the rule does."""
    schedule_spec: ScheduleSpec
    """When the rule runs."""
    status: Literal["ENABLED", "DISABLED"]
    """ENABLED or DISABLED."""
    extra: Extra


class AdRuleHistoryList(EdgeList, total=False):
    """Filters of the runs of a rule.

    >>> params: AdRuleHistoryList = {"hide_no_changes": True}
    """

    action: str
    """Action of the runs: PAUSED, UNPAUSED, CHANGED_BUDGET, FACEBOOK_NOTIFICATION_SENT, …"""
    hide_no_changes: bool
    """Whether to leave out runs that changed nothing."""
    object_id: str
    """ID of an object; only runs that acted on it are returned."""
