"""Validation of ad rules (its pages on the three specs, and the reference of AdRule).

Codes are written down nowhere but for 2703; all else is code 100. Fields of filters are open: Meta has more than its
pages list. Cost conditions are refused where a rule pauses ad sets or ads, as the reference has it and others met
with subcode 2490336; that they met it for notifications too is theirs alone, and not refused here.
"""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.adrules import properties as words
from admonster_fb.sandbox.adrules.matching import level_of
from admonster_fb.sandbox.adrules.properties import RuleNotModelled, filters_of, option_of, value_of
from admonster_fb.sandbox.convert import is_number, listed, whole
from admonster_fb.sandbox.errors import GraphError, bad_param, invalid, not_list, not_one_of, required
from admonster_fb.sandbox.world import Node, World

SLOT, DAY = 30, 24 * 60
COST_FIELDS = ("cpa", "cost_per")
COST_WORDS = "Rules that turn off ads can't have cost conditions. You need to change the rule's conditions or action."
Fields = dict[str, Any]


def one_of(spec: Fields, where: str, name: str, values: Any) -> None:
    """Refuse a missing word, or one Meta does not know."""
    need.something(f"{where}[{name}]", spec.get(name))
    if spec[name] not in tuple(values):
        raise not_one_of(f"{where}[{name}]", values)


def check_execution(rule: Fields, level: str) -> None:
    """Refuse an action that does not fit the evaluation type, the level or the options."""
    spec, evaluated = rule["execution_spec"], rule["evaluation_spec"]["evaluation_type"]
    one_of(spec, "execution_spec", "execution_type", words.EXECUTIONS)
    kind = spec["execution_type"]
    execution = words.EXECUTIONS[kind]
    if evaluated not in execution.evaluated:
        raise invalid("execution_spec", "Action Not Available", f"{kind} can't be used in rules of type {evaluated}.")
    if execution.level and level != execution.level:
        raise invalid("execution_spec", "Action Not Available", f"{kind} applies to objects of type {execution.level}.")
    need.items("execution_spec[execution_options]", spec.get("execution_options", []))
    for position, option in enumerate(listed(spec.get("execution_options"))):
        where = f"execution_spec[execution_options][{position}]"
        if not isinstance(option, dict) or "field" not in option or "value" not in option:
            raise required(f"{where}[{'field' if not isinstance(option, dict) or 'field' not in option else 'value'}]")
        one_of(option, where, "operator", words.OPTION_OPERATORS)
    if execution.option and not isinstance(option_of(rule, execution.option), dict):
        raise required(f"execution_spec[execution_options][{execution.option}]")
    if execution.option == "change_spec":
        _check_change(option_of(rule, "change_spec"))
    for name in ("execution_count_limit", "action_frequency"):
        if option_of(rule, name) is not None and (whole(option_of(rule, name)) or 0) < 1:
            raise bad_param(f"Param {name} must be an integer greater than 0")


def _check_change(spec: Fields) -> None:
    amount = spec.get("amount")
    if amount is None:
        raise required("change_spec[amount]")
    if not is_number(amount):
        raise bad_param("Param change_spec[amount] must be a number")
    limit = spec.get("limit")
    if spec.get("target_field"):
        if limit is not None and (len(listed(limit)) != 2 or not all(map(is_number, limit))):
            raise bad_param("Param change_spec[limit] must be a range of two numbers")
        return
    if limit is not None and not is_number(limit):
        raise bad_param("Param change_spec[limit] must be a number")
    one_of(spec, "change_spec", "unit", words.UNITS)


def check_schedule(rule: Fields) -> None:
    """Refuse times that are none; a schedule-based rule needs some, a trigger-based one can't have any."""
    spec = rule.get("schedule_spec")
    if rule["evaluation_spec"]["evaluation_type"] == words.TRIGGER:
        if spec:
            raise invalid("schedule_spec", "Schedule Not Available", "Trigger-based rules can't have a schedule.")
        return
    spec = need.value("schedule_spec", spec)
    one_of(spec, "schedule_spec", "schedule_type", words.SCHEDULE_TYPES)
    if spec["schedule_type"] != "CUSTOM":
        return
    need.value("schedule_spec[schedule]", listed(spec.get("schedule")))
    for position, item in enumerate(spec["schedule"]):
        _check_times(f"schedule_spec[schedule][{position}]", item if isinstance(item, dict) else {})


def _check_times(where: str, entry: Fields) -> None:
    if "start_minute" not in entry and not entry.get("days"):
        raise required(f"{where}[start_minute]")
    start, end = (whole(entry.get(name, 0)) for name in ("start_minute", "end_minute"))
    end = start if "end_minute" not in entry else end
    if start is None or end is None or start % SLOT or end % SLOT or not 0 <= start <= end <= DAY:
        text = "Minutes are multiples of 30 within one day, the end not before the start."
        raise invalid("schedule_spec", "Invalid Schedule", text)
    days = entry.get("days") or []
    if not isinstance(days, list) or any(whole(day) not in range(7) for day in days):
        raise invalid("schedule_spec", "Invalid Schedule", "Days are numbers from 0, Sunday, to 6, Saturday.")


def check_costs(rule: Fields, level: str) -> None:
    """Refuse a rule that pauses ad sets or ads for what they cost."""
    if rule["execution_spec"]["execution_type"] != "PAUSE" or level == "CAMPAIGN":
        return
    names = [str(item["field"]).rpartition(".")[2] for item in filters_of(rule)]
    if any(name.startswith(COST_FIELDS) or name.endswith("_roas") for name in names):
        raise GraphError(2703, 2490336, "(#2703) " + COST_WORDS, user_title="Rule Not Allowed", user_msg=COST_WORDS)


MOST_RULES = 250


def check(world: World, account: Node, rule: Fields) -> None:
    """Refuse an invalid rule, given as it would be stored."""
    for name in ("name", "evaluation_spec", "execution_spec"):
        if rule.get(name) in (None, "", {}, []):
            raise required(name)
    for name in ("evaluation_spec", "execution_spec", "schedule_spec"):
        need.fields(name, rule.get(name, {}))
    need.one_of("status", rule["status"], words.STATUSES)
    _check_evaluation(rule["evaluation_spec"])
    level = _check_scope(world, account, filters_of(rule))
    _check_preset(rule["evaluation_spec"])
    check_execution(rule, level)
    check_schedule(rule)
    check_costs(rule, level)


def check_room(world: World, account: Node) -> None:
    """Refuse one rule more than an account may have."""
    existing = [rule for rule in world.store.children(account.id, words.RULE) if rule.data["status"] != "DELETED"]
    if len(existing) >= MOST_RULES:
        text = f"An ad account can have up to {MOST_RULES} rules. Please delete some before you create new ones."
        raise invalid("name", "Too Many Rules", text)


def _check_evaluation(spec: Fields) -> None:
    one_of(spec, "evaluation_spec", "evaluation_type", (words.SCHEDULE, words.TRIGGER))
    if not isinstance(spec.get("filters"), list):
        raise required("evaluation_spec[filters]") if "filters" not in spec else not_list("evaluation_spec[filters]")
    for position, condition in enumerate(spec["filters"]):
        _check_filter(f"evaluation_spec[filters][{position}]", condition)
    if spec["evaluation_type"] == words.TRIGGER:
        _check_trigger(spec)


def _check_filter(where: str, condition: Any) -> None:
    need.fields(where, condition)
    for name in ("field", "value"):
        if name not in condition:
            raise required(f"{where}[{name}]")
    one_of(condition, where, "operator", words.OPERATORS)
    if not isinstance(condition["field"], str):
        raise bad_param(f"Param {where}[field] must be a string")
    field, value = condition["field"], condition["value"]
    if field in ("entity_type", "time_preset") and condition["operator"] != "EQUAL":
        raise bad_param(f"{where}[operator] must be EQUAL for {field}")
    if _is_metric(field) and condition["operator"] not in words.METRIC_OPERATORS:
        raise not_one_of(f"{where}[operator]", words.METRIC_OPERATORS)
    if field == "attribution_window" and value != "ACCOUNT_DEFAULT":
        raise not_one_of(f"{where}[value]", ("ACCOUNT_DEFAULT",))
    if "IN_RANGE" in condition["operator"] and len(listed(value)) != 2:
        raise bad_param(f"Param {where}[value] must be a range of two numbers")


def _check_trigger(spec: Fields) -> None:
    trigger = spec.get("trigger")
    if not isinstance(trigger, dict):
        raise required("evaluation_spec[trigger]")
    one_of(trigger, "evaluation_spec[trigger]", "type", words.TRIGGER_TYPES)
    if trigger["type"] not in ("METADATA_CREATION", "DELIVERY_INSIGHTS_CHANGE") and not trigger.get("field"):
        raise required("evaluation_spec[trigger][field]")
    if "operator" in trigger:
        one_of(trigger, "evaluation_spec[trigger]", "operator", words.OPERATORS)


def _check_scope(world: World, account: Node, filters: list[Fields]) -> str:
    """Refuse a rule without a scope; return its level."""
    entity_type, ids = value_of(filters, "entity_type"), words.ids_of(filters)
    if entity_type is None and not ids:
        text = "A rule needs a filter on entity_type, or one on id that lists its objects."
        raise invalid("evaluation_spec", "Objects Missing", text)
    if entity_type is not None and entity_type not in tuple(words.LEVELS):
        raise not_one_of("evaluation_spec[filters][entity_type]", words.LEVELS)
    found = {object_id: world.store.get(object_id) for object_id in ids}
    own = str(account.data["account_id"])
    here = {key: node for key, node in found.items() if node and node.data.get("account_id") == own}
    if missing := [each for each in ids if each not in here or here[each].kind not in words.LEVELS.values()]:
        text = f"These are no campaigns, ad sets or ads of this ad account: {', '.join(missing)}."
        raise invalid("evaluation_spec", "Objects Not Found", text)
    level = level_of(world, own, filters)
    if not level or any(node.kind != words.LEVELS[level] for node in here.values()):
        raise invalid("evaluation_spec", "Mixed Objects", "All objects of a rule must be of the same level.")
    return level


def _check_preset(spec: Fields) -> None:
    filters = filters_of({"evaluation_spec": spec})
    preset = value_of(filters, "time_preset")
    if preset is None:
        watched = [condition["field"] for condition in filters]
        watched += [(spec.get("trigger") or {}).get("field") or ""] if spec["evaluation_type"] == words.TRIGGER else []
        if needing := [
            field for field in watched if _is_metric(str(field)) and not words.take_apart(str(field)).has_time
        ]:
            text = f"A rule with a condition on {needing[0]} needs a filter on time_preset."
            raise invalid("evaluation_spec", "Time Preset Missing", text)
        return
    need.one_of("evaluation_spec[filters][time_preset]", preset, words.TIME_PRESETS)
    if spec["evaluation_type"] == words.TRIGGER and preset not in words.WITH_TODAY:
        raise invalid("evaluation_spec", "Time Preset", "Trigger-based rules need a time preset that includes today.")


def _is_metric(field: str) -> bool:
    try:
        return words.is_metric(words.take_apart(field).field)
    except RuleNotModelled:
        return False
