"""What Meta refuses in the actions and the schedules of ad rules (its pages on the specs, the reference of AdRule)."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox.adrules.constants import (
    EXECUTIONS,
    OPTION_OPERATORS,
    SCHEDULE_TYPES,
    TRIGGER,
    UNITS,
    filters_of,
    option_of,
)
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.validation.case import listed, whole
from admonster_fb.sandbox.validation.refusals import invalid, not_list, not_one_of, plain, required

SLOT, DAY = 30, 24 * 60
COST_FIELDS = ("cpa", "cost_per")
COST_WORDS = "Rules that turn off ads can't have cost conditions. You need to change the rule's conditions or action."
Fields = dict[str, Any]


def one_of(spec: Fields, where: str, name: str, values: Any) -> None:
    """Refuse a missing word, or one Meta does not know."""
    if spec.get(name) in (None, ""):
        raise required(f"{where}[{name}]")
    if spec[name] not in tuple(values):
        raise not_one_of(f"{where}[{name}]", values)


def check_execution(rule: Fields, level: str) -> None:
    """Refuse an action that does not go with the evaluation, the level, or what it is told."""
    spec, evaluated = rule["execution_spec"], rule["evaluation_spec"]["evaluation_type"]
    one_of(spec, "execution_spec", "execution_type", EXECUTIONS)
    kind = spec["execution_type"]
    wanted = EXECUTIONS[kind]
    if evaluated not in wanted.evaluated:
        raise invalid("execution_spec", "Action Not Available", f"{kind} can't be used in rules of type {evaluated}.")
    if wanted.level and level != wanted.level:
        raise invalid("execution_spec", "Action Not Available", f"{kind} applies to objects of type {wanted.level}.")
    if not isinstance(spec.get("execution_options", []), list):
        raise not_list("execution_spec[execution_options]")
    for position, each in enumerate(listed(spec.get("execution_options"))):
        where = f"execution_spec[execution_options][{position}]"
        if not isinstance(each, dict) or "field" not in each or "value" not in each:
            raise required(f"{where}[{'field' if not isinstance(each, dict) or 'field' not in each else 'value'}]")
        one_of(each, where, "operator", OPTION_OPERATORS)
    if wanted.option and not isinstance(option_of(rule, wanted.option), dict):
        raise required(f"execution_spec[execution_options][{wanted.option}]")
    if wanted.option == "change_spec":
        _check_change(option_of(rule, "change_spec"))
    for name in ("execution_count_limit", "action_frequency"):
        if option_of(rule, name) is not None and (whole(option_of(rule, name)) or 0) < 1:
            raise plain(f"Param {name} must be an integer greater than 0")


def _check_change(spec: Fields) -> None:
    amount = spec.get("amount")
    if amount is None:
        raise required("change_spec[amount]")
    if not _is_number(amount):
        raise plain("Param change_spec[amount] must be a number")
    limit = spec.get("limit")
    if spec.get("target_field"):
        if limit is not None and (len(listed(limit)) != 2 or not all(map(_is_number, limit))):
            raise plain("Param change_spec[limit] must be a range of two numbers")
        return
    if limit is not None and not _is_number(limit):
        raise plain("Param change_spec[limit] must be a number")
    one_of(spec, "change_spec", "unit", UNITS)


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and str(value).removeprefix("-").replace(".", "", 1).isdecimal()


def check_schedule(rule: Fields) -> None:
    """Refuse times that are none; a schedule-based rule needs some, a trigger-based one can't have any."""
    spec = rule.get("schedule_spec")
    if rule["evaluation_spec"]["evaluation_type"] == TRIGGER:
        if spec:
            raise invalid("schedule_spec", "Schedule Not Available", "Trigger-based rules can't have a schedule.")
        return
    if not spec:
        raise required("schedule_spec")
    one_of(spec, "schedule_spec", "schedule_type", SCHEDULE_TYPES)
    if spec["schedule_type"] != "CUSTOM":
        return
    if not listed(spec.get("schedule")):
        raise required("schedule_spec[schedule]")
    for position, each in enumerate(spec["schedule"]):
        _check_times(f"schedule_spec[schedule][{position}]", each if isinstance(each, dict) else {})


def _check_times(where: str, entry: Fields) -> None:
    if "start_minute" not in entry and not entry.get("days"):
        raise required(f"{where}[start_minute]")
    start, end = (whole(entry.get(name, 0)) for name in ("start_minute", "end_minute"))
    end = start if "end_minute" not in entry else end
    if start is None or end is None or start % SLOT or end % SLOT or not 0 <= start <= end <= DAY:
        words = "Minutes are multiples of 30 within one day, the end not before the start."
        raise invalid("schedule_spec", "Invalid Schedule", words)
    days = entry.get("days") or []
    if not isinstance(days, list) or any(whole(day) not in range(7) for day in days):
        raise invalid("schedule_spec", "Invalid Schedule", "Days are numbers from 0, Sunday, to 6, Saturday.")


def check_costs(rule: Fields, level: str) -> None:
    """Refuse a rule that pauses ad sets or ads for what they cost."""
    if rule["execution_spec"]["execution_type"] != "PAUSE" or level == "CAMPAIGN":
        return
    names = [str(each["field"]).rpartition(".")[2] for each in filters_of(rule)]
    if any(name.startswith(COST_FIELDS) or name.endswith("_roas") for name in names):
        raise GraphError(2703, 2490336, "(#2703) " + COST_WORDS, user_title="Rule Not Allowed", user_msg=COST_WORDS)
