"""Rules of ad rules, and which of them can spend. Source: `docs/meta-rules.md#ad-rules`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from admonster_fb.errors import MISSING, Violation
from admonster_fb.models._params import near
from admonster_fb.money import Money
from admonster_fb.rules import core
from admonster_fb.rules.core import rule

Params = Mapping[str, Any]
HARMLESS = frozenset({"NOTIFICATION", "PAUSE", "PING_ENDPOINT"})
"""Execution types that never raise spend."""
CHANGES = {"CHANGE_BUDGET": "ADSET", "CHANGE_BID": "ADSET", "CHANGE_CAMPAIGN_BUDGET": "CAMPAIGN"}
"""Execution types that change amounts, and the objects that they change."""
_OPTIONS_WITHOUT_CHANGE = frozenset({"user_ids", "execution_count_limit", "action_frequency", "alert_preferences"})
"""Options of an execution that change no amount; any other option may."""
EVALUATION_TYPES = {**dict.fromkeys([*CHANGES, "REBALANCE_BUDGET", "ROTATE"], "SCHEDULE"), "PING_ENDPOINT": "TRIGGER"}
"""The only evaluation type of some execution types."""
METADATA = frozenset(
    {"id", "entity_type", "name", "adlabel_ids", "objective", "start_time", "stop_time", "buying_type"}
    | {"billing_event", "optimization_goal", "is_autobid", "daily_budget", "lifetime_budget", "spend_cap", "bid_amount"}
    | {"created_time", "updated_time", "effective_status", "placement.page_types", "budget_reset_period"}
    | {"hours_since_creation", "estimated_budget_spending_percentage", "audience_reached_percentage", "active_time"}
    | {"current_time", "time_preset", "attribution_window", "aggregation_id"}
)
"""Filters on the properties of an object; all others are on its metrics."""
INSIGHTS_OPERATORS = frozenset({"GREATER_THAN", "LESS_THAN", "EQUAL", "IN_RANGE", "NOT_IN_RANGE"})
"""The operators that Meta's guide names for metrics."""
_OBJECTS = ("AD", "ADSET", "CAMPAIGN")
_NOT_REFUSED = "F ad-rules"
"""The evidence of what Meta's pages do not name, and do not say that it is refused: a warning."""
_LIMIT = 'the highest amount it may set, in minor units or as "100.00 USD": a rule must not raise without limit'


violations = partial(core.violations, "ad_rule")
"""Return all violations of a new ad rule's parameters, or of the specs in an update."""
doubts = partial(core.doubts, "ad_rule")
"""Return the warnings about them."""


def can_spend(execution: Params) -> bool:
    """Return whether a rule can raise spend."""
    kind, changes = execution.get("execution_type"), [change for _, change in _changes(execution)]
    lowers = not any(change is None or _raises(change) for change in changes)
    return not (lowers and (kind in HARMLESS or (kind in CHANGES and changes)))


@rule("ad-rule-evaluation", "ad_rule", "D Evaluation spec")
def _evaluation(params: Params) -> Iterator[Violation]:
    spec = params.get("evaluation_spec")
    if spec is None:
        return
    filters = spec["filters"]
    names = [str(entry["field"]) for entry in filters]
    if not {"id", "entity_type"} & {name.rpartition(".")[2] for name in names}:
        yield Violation("evaluation_spec.filters", names, "a filter on entity_type or id, which selects the objects")
    for number, entry in enumerate(filters):
        path, operator = f"evaluation_spec.filters.{number}", entry["operator"]
        if _is_metric(str(entry["field"])) and operator not in INSIGHTS_OPERATORS:
            known = f"one of {', '.join(sorted(INSIGHTS_OPERATORS))}, for a metric"
            yield Violation(f"{path}.operator", operator, known, _NOT_REFUSED)
        if entry["field"] in ("entity_type", "time_preset", "attribution_window") and operator != "EQUAL":
            yield Violation(f"{path}.operator", operator, "EQUAL")
        if entry["field"] == "entity_type" and entry["value"] not in _OBJECTS:
            nearest = near(str(entry["value"]), _OBJECTS, 0.6)
            known = f"did you mean {nearest}?" if nearest else "AD, ADSET or CAMPAIGN"
            yield Violation(f"{path}.value", entry["value"], known, core.MISSPELT if nearest else _NOT_REFUSED)
    if any(map(_is_metric, names)) and "time_preset" not in names:
        yield Violation("evaluation_spec.filters", names, "a filter on time_preset too, which selects the days")
    if spec["evaluation_type"] == "TRIGGER" and "trigger" not in spec:
        yield Violation("evaluation_spec.trigger", MISSING, "the event that a TRIGGER rule waits for")


def _is_metric(name: str) -> bool:
    return name not in METADATA and name.partition(".")[2] not in METADATA


@rule("ad-rule-execution", "ad_rule", "D Execution spec; L a raise needs a limit")
def _execution(params: Params) -> Iterator[Violation]:
    spec = params.get("execution_spec")
    if spec is None:
        return
    kind, evaluation = spec["execution_type"], params.get("evaluation_spec")
    if evaluation and EVALUATION_TYPES.get(kind, evaluation["evaluation_type"]) != evaluation["evaluation_type"]:
        allowed = f"{EVALUATION_TYPES[kind]}, for {kind}"
        yield Violation("evaluation_spec.evaluation_type", evaluation["evaluation_type"], allowed)
    if kind not in CHANGES:
        return
    for entry in (evaluation or {}).get("filters", ()):
        if entry["field"] == "entity_type" and entry["value"] != CHANGES[kind]:
            other = {"CHANGE_BUDGET": "CHANGE_CAMPAIGN_BUDGET", "CHANGE_CAMPAIGN_BUDGET": "CHANGE_BUDGET"}.get(kind)
            instead = f", or {other} instead" if other else ""
            yield Violation("execution_spec.execution_type", kind, f"entity_type {CHANGES[kind]}{instead}")
    changes = [*_changes(spec)]
    if len(changes) != 1:
        count = f"{len(changes)} change_specs" if changes else MISSING
        yield Violation("execution_spec.execution_options", count, f"one change_spec, for {kind}")
    for path, change in changes:
        if change is not None:
            yield from _limit_violations(path, change)


def _limit_violations(path: str, change: Params) -> Iterator[Violation]:
    if _raises(change) and not (change.get("target_field") is None and _number(change) is None):
        limit = change.get("limit")
        if change.get("target_field") is not None and not (isinstance(limit, list) and len(limit) == 2):
            yield Violation(f"{path}.limit", MISSING if limit is None else limit, f"[lowest, highest]: {_LIMIT}")
        elif change.get("target_field") is None and (limit is None or isinstance(limit, list)):
            yield Violation(f"{path}.limit", MISSING if limit is None else limit, _LIMIT)


def _changes(execution: Params) -> Iterator[tuple[str, Params | None]]:
    """Yield the path of each change with the change; `None` for one that cannot be understood."""
    for number, option in enumerate(execution.get("execution_options") or ()):
        if option.get("field") not in _OPTIONS_WITHOUT_CHANGE:
            change = option.get("value")
            is_change = option.get("field") == "change_spec" and isinstance(change, Mapping)
            yield f"execution_spec.execution_options.{number}.value", change if is_change else None


def _raises(change: Params) -> bool:
    """Return whether a change can raise an amount; an unknown change counts as one that can."""
    number = _number(change)
    return change.get("target_field") is not None or number is None or not number <= 0


def _number(change: Params) -> float | None:
    amount = change.get("amount")
    number = amount.minor if isinstance(amount, Money) else amount
    return number if isinstance(number, (int, float)) and not isinstance(number, bool) else None


@rule("ad-rule-schedule", "ad_rule", "D Schedule-based rules")
def _schedule(params: Params) -> Iterator[Violation]:
    spec = params.get("schedule_spec")
    evaluation = params.get("evaluation_spec")
    if spec is None:
        if evaluation and "execution_spec" in params and evaluation["evaluation_type"] == "SCHEDULE":
            yield Violation("schedule_spec", MISSING, '{"schedule_type": "DAILY"} (or HOURLY, SEMI_HOURLY, CUSTOM)')
        return
    if (custom := spec["schedule_type"] == "CUSTOM") != bool(spec.get("schedule")):
        given = spec.get("schedule", MISSING)
        known = "times for CUSTOM, and for no other type"
        yield Violation("schedule_spec.schedule", given, known, "" if custom else _NOT_REFUSED)
    for number, time in enumerate(spec.get("schedule") or ()):
        path = f"schedule_spec.schedule.{number}"
        if not {"start_minute", "days"} & time.keys():
            yield Violation(path, time, "start_minute or days")
        for name in ("start_minute", "end_minute"):
            if name in time and not 0 <= time[name] <= 1440:
                yield Violation(f"{path}.{name}", time[name], "minutes of the day, 0 to 1440")
        if any(not 0 <= day <= 6 for day in time.get("days", ())):
            yield Violation(f"{path}.days", time["days"], "0 (Sunday) to 6")
