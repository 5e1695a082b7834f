"""What an ad rule must say, and which rules can spend. Meta: ad-rules; `api_facts.md` section 1.4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from admonster_fb.errors import MISSING, Violation
from admonster_fb.money import Money

Params = Mapping[str, Any]
HARMLESS = frozenset({"NOTIFICATION", "PAUSE", "PING_ENDPOINT"})
"""What never lets more be spent."""
CHANGES = {"CHANGE_BUDGET": "ADSET", "CHANGE_BID": "ADSET", "CHANGE_CAMPAIGN_BUDGET": "CAMPAIGN"}
"""What changes amounts, and of which objects."""
ONLY = {
    **dict.fromkeys([*CHANGES, "REBALANCE_BUDGET", "ROTATE"], "SCHEDULE"),
    "PING_ENDPOINT": "TRIGGER",
}
METADATA = frozenset(
    {"id", "entity_type", "name", "adlabel_ids", "objective", "start_time", "stop_time", "buying_type"}
    | {"billing_event", "optimization_goal", "is_autobid", "daily_budget", "lifetime_budget", "spend_cap", "bid_amount"}
    | {"created_time", "updated_time", "effective_status", "placement.page_types", "budget_reset_period"}
    | {"hours_since_creation", "estimated_budget_spending_percentage", "audience_reached_percentage", "active_time"}
    | {"current_time", "time_preset", "attribution_window", "aggregation_id"}
)
"""Filters that look at what an object is; all others look at its figures."""
INSIGHTS_OPERATORS = frozenset({"GREATER_THAN", "LESS_THAN", "EQUAL", "IN_RANGE", "NOT_IN_RANGE"})
_LIMIT = 'the most it may set, as minor units or "100.00 USD": a rule must not raise without limit'


def violations(params: Params) -> list[Violation]:
    """Return all that is wrong with a new rule, or with the specs that an update brings."""
    return [*_evaluation(params), *_execution(params), *_schedule(params)]


def can_spend(execution: Params) -> bool:
    """Tell whether a rule may let more be spent.

    >>> can_spend({"execution_type": "PAUSE"}), can_spend({"execution_type": "UNPAUSE"})
    (False, True)
    """
    kind = execution.get("execution_type")
    change = _change(execution)[1]
    return not (kind in HARMLESS or (kind in CHANGES and change and not _raises(change)))


def _evaluation(params: Params) -> Iterator[Violation]:
    spec = params.get("evaluation_spec")
    if spec is None:
        return
    filters = spec["filters"]
    names = [str(each["field"]) for each in filters]
    if not {"id", "entity_type"} & {*names}:
        yield Violation("evaluation_spec.filters", names, "a filter on entity_type or id: which objects it is for")
    for number, each in enumerate(filters):
        path, figure = f"evaluation_spec.filters.{number}", _is_figure(str(each["field"]))
        if figure and each["operator"] not in INSIGHTS_OPERATORS:
            yield Violation(f"{path}.operator", each["operator"], f"one of {', '.join(sorted(INSIGHTS_OPERATORS))}")
        if each["field"] in ("entity_type", "time_preset", "attribution_window") and each["operator"] != "EQUAL":
            yield Violation(f"{path}.operator", each["operator"], "EQUAL")
        if each["field"] == "entity_type" and each["value"] not in ("AD", "ADSET", "CAMPAIGN"):
            yield Violation(f"{path}.value", each["value"], "AD, ADSET or CAMPAIGN")
    if any(map(_is_figure, names)) and "time_preset" not in names:
        yield Violation("evaluation_spec.filters", names, "a filter on time_preset too: figures of which days")
    if spec["evaluation_type"] == "TRIGGER" and "trigger" not in spec:
        yield Violation("evaluation_spec.trigger", MISSING, "what a TRIGGER rule waits for")


def _is_figure(name: str) -> bool:
    return name not in METADATA and name.partition(".")[2] not in METADATA


def _execution(params: Params) -> Iterator[Violation]:
    spec = params.get("execution_spec")
    if spec is None:
        return
    kind, evaluation = spec["execution_type"], params.get("evaluation_spec")
    if evaluation and ONLY.get(kind, evaluation["evaluation_type"]) != evaluation["evaluation_type"]:
        yield Violation("evaluation_spec.evaluation_type", evaluation["evaluation_type"], f"{ONLY[kind]}, for {kind}")
    if kind not in CHANGES:
        return
    for each in (evaluation or {}).get("filters", ()):
        if each["field"] == "entity_type" and each["value"] != CHANGES[kind]:
            other = {"CHANGE_BUDGET": "CHANGE_CAMPAIGN_BUDGET", "CHANGE_CAMPAIGN_BUDGET": "CHANGE_BUDGET"}.get(kind)
            instead = f", or {other} instead" if other else ""
            yield Violation("execution_spec.execution_type", kind, f"entity_type {CHANGES[kind]}{instead}")
    path, change = _change(spec)
    if change is None:
        yield Violation("execution_spec.execution_options", MISSING, f"change_spec, for {kind}")
    elif _raises(change) and not (change.get("target_field") is None and _number(change) is None):
        limit = change.get("limit")
        if change.get("target_field") is not None and not (isinstance(limit, list) and len(limit) == 2):
            yield Violation(f"{path}.limit", MISSING if limit is None else limit, f"[least, most]: {_LIMIT}")
        elif change.get("target_field") is None and (limit is None or isinstance(limit, list)):
            yield Violation(f"{path}.limit", MISSING if limit is None else limit, _LIMIT)


def _change(execution: Params) -> tuple[str, Params | None]:
    """Return where the change is written, and the change."""
    for number, each in enumerate(execution.get("execution_options") or ()):
        if each.get("field") == "change_spec" and isinstance(each.get("value"), Mapping):
            return f"execution_spec.execution_options.{number}.value", each["value"]
    return "", None


def _raises(change: Params) -> bool:
    """Tell whether a change may raise an amount; one that is not understood may."""
    number = _number(change)
    return change.get("target_field") is not None or number is None or number > 0


def _number(change: Params) -> float | None:
    amount = change.get("amount")
    number = amount.minor if isinstance(amount, Money) else amount
    return number if isinstance(number, (int, float)) else None


def _schedule(params: Params) -> Iterator[Violation]:
    spec = params.get("schedule_spec")
    evaluation = params.get("evaluation_spec")
    if spec is None:
        if evaluation and "execution_spec" in params and evaluation["evaluation_type"] == "SCHEDULE":
            yield Violation("schedule_spec", MISSING, '{"schedule_type": "DAILY"} (or HOURLY, SEMI_HOURLY, CUSTOM)')
        return
    if (spec["schedule_type"] == "CUSTOM") != bool(spec.get("schedule")):
        yield Violation("schedule_spec.schedule", spec.get("schedule", MISSING), "times for CUSTOM, and only for that")
    for number, each in enumerate(spec.get("schedule") or ()):
        path = f"schedule_spec.schedule.{number}"
        if not {"start_minute", "days"} & each.keys():
            yield Violation(path, each, "start_minute or days")
        for name in ("start_minute", "end_minute"):
            if name in each and not (0 <= each[name] <= 1440 and each[name] % 30 == 0):
                yield Violation(f"{path}.{name}", each[name], "minutes of the day in steps of 30")
        if any(not 0 <= day <= 6 for day in each.get("days", ())):
            yield Violation(f"{path}.days", each["days"], "0 (Sunday) to 6")
