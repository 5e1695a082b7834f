"""Rules of ad rules, which of them can spend, and amounts of money in them. Source: `docs/meta-rules.md#ad-rules`.

Amounts: Meta: ad-rules, Evaluation Spec (1000 for `spent` is 10.00 USD), Change Spec. Meta's own examples of
`cost_per_mobile_app_install` with `[4.5, 5.5]` contradict that text. A fraction is refused here, because it could be
read as a hundred times too much.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from admonster_fb.errors import MISSING, Violation
from admonster_fb.models._params import near, own_amount
from admonster_fb.money import Money, MoneyError
from admonster_fb.rules import core
from admonster_fb.rules.core import rule

Params = Mapping[str, Any]
HARMLESS = frozenset({"NOTIFICATION", "PAUSE", "PING_ENDPOINT"})  # execution types that never raise spend
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

_PREFIX = (
    r"(?:(?:ad|adset|campaign)\.)?(?:\w+:)?"
    r"(?:(?:lifetime|today|yesterday|this_month|this_week_\w{3}_today|last_\d+_days|last_\d+d|last_nd_\w+?_\d+)_)?"
)
_MONEY = re.compile(rf"(aggregate\()?{_PREFIX}(?:spent|cost_per\w*|cpc|cpm|cpp|cpa|\w+_budget|spend_cap|bid_amount)\)?")
_OWN_FIELD = re.compile(r"(?:_budget|spend_cap|bid_amount)\)?$")  # Meta's own fields of objects, as opposed to metrics
_AMOUNT = re.compile(r"-?[$¥€£]?\d[\d.,]* [A-Z]{3}")
_ALLOWED = 'minor units as an integer (1000 is 10.00 USD) or an amount with its currency ("10.00 USD")'

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


def is_money(field: str) -> bool:
    """Return whether the values of a filter are money, whatever prefix its field has."""
    return _MONEY.fullmatch(field) is not None


def without_currency(params: Params) -> Iterator[Violation]:
    """Yield the conditions on a money metric whose amount names no currency; Meta's own fields take minor units."""
    spec = params.get("evaluation_spec") or {}
    entries = [(f"filters.{n}", entry) for n, entry in enumerate(spec.get("filters") or ())]
    entries += [("trigger", spec["trigger"])] if spec.get("trigger") else []
    for path, entry in entries:
        field, value = str(entry.get("field")), entry.get("value")
        if not is_money(field) or _OWN_FIELD.search(field):
            continue
        for number in value if isinstance(value, list) else [value]:
            try:
                own_amount(number)
            except MoneyError as error:
                yield Violation(f"evaluation_spec.{path}.value", number, str(error))


def in_money(params: Params, wrong: list[Violation]) -> dict[str, Any]:
    """Return the parameters of a rule with amounts that name a currency as `Money`; violations are added to `wrong`."""
    result = dict(params)
    if spec := result.get("evaluation_spec"):
        filters = [_filter(entry, f"evaluation_spec.filters.{n}", wrong) for n, entry in enumerate(spec["filters"])]
        result["evaluation_spec"] = {**spec, "filters": filters}
        if "trigger" in spec:
            result["evaluation_spec"]["trigger"] = _filter(spec["trigger"], "evaluation_spec.trigger", wrong)
    if (spec := result.get("execution_spec")) and "execution_options" in spec:
        path = "execution_spec.execution_options"
        options = [_option(option, f"{path}.{n}.value", wrong) for n, option in enumerate(spec["execution_options"])]
        result["execution_spec"] = {**spec, "execution_options": options}
    return result


def _filter(entry: Params, path: str, wrong: list[Violation]) -> dict[str, Any]:
    if "value" not in entry:
        return dict(entry)
    parse = _amount if is_money(str(entry.get("field"))) else _not_money
    return {**entry, "value": _parse_all(parse, entry["value"], f"{path}.value", wrong)}


def _option(option: Params, path: str, wrong: list[Violation]) -> dict[str, Any]:
    if option["field"] != "change_spec":
        return dict(option)
    if not isinstance(change := option["value"], Mapping):
        wrong.append(Violation(path, change, "an object with amount, unit and limit"))
        return dict(option)
    target, unit = change.get("target_field"), change.get("unit")
    if target is None and unit not in ("ACCOUNT_CURRENCY", "PERCENTAGE"):
        wrong.append(Violation(f"{path}.unit", MISSING if unit is None else unit, "ACCOUNT_CURRENCY or PERCENTAGE"))
    money = is_money(str(target)) if target is not None else unit == "ACCOUNT_CURRENCY"
    result = dict(change)
    result["amount"] = _parse_all(_amount if money else _finite, change.get("amount", MISSING), f"{path}.amount", wrong)
    if "limit" in change:
        result["limit"] = _parse_all(_amount, change["limit"], f"{path}.limit", wrong)
    return {**option, "value": result}


def _parse_all(parse: Callable[[Any], Any], value: Any, path: str, wrong: list[Violation]) -> Any:
    """Return a value, or the items of a list, parsed; what cannot be parsed is a violation and remains as it is."""
    if isinstance(value, (list, tuple)):
        return [_parse_all(parse, item, f"{path}.{n}", wrong) for n, item in enumerate(value)]
    try:
        return parse(value)
    except (ValueError, TypeError) as error:
        wrong.append(Violation(path, value, str(error)))
    return value


def _amount(value: Any) -> int | Money:
    if isinstance(value, Money) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if not isinstance(value, str):
        raise TypeError(_ALLOWED)
    try:
        return Money(value)
    except MoneyError as error:
        raise ValueError(f"{_ALLOWED}: {error}") from None


def _not_money(value: Any) -> Any:
    if isinstance(value, Money) or (isinstance(value, str) and _AMOUNT.fullmatch(value)):
        raise ValueError("a number: this field is not an amount of money")
    return value


def _finite(value: Any) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf"):
        return value
    raise ValueError("a number: 20 is 20 %, -30 is 30 % less")
