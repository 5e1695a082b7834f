"""What Meta refuses in ad rules (its pages on the three specs, and the reference of AdRule).

Codes are written down nowhere but for 2703; all else is code 100. Fields of filters are open: Meta has more than its
pages list. Cost conditions are refused where a rule pauses ad sets or ads, as the reference has it and others met
with subcode 2490336; that they met it for notifications too is theirs alone, and not refused here.
"""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox.adrules.checks_actions import Fields, check_costs, check_execution, check_schedule, one_of
from admonster_fb.sandbox.adrules.constants import (
    LEVELS,
    METRIC_OPERATORS,
    OPERATORS,
    RULE,
    SCHEDULE,
    STATUSES,
    TIME_PRESETS,
    TRIGGER,
    TRIGGER_TYPES,
    WITH_TODAY,
    filters_of,
    ids_of,
    value_of,
)
from admonster_fb.sandbox.adrules.matching import level_of
from admonster_fb.sandbox.adrules.names import Unplayed, is_metric, take_apart
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.case import listed
from admonster_fb.sandbox.validation.refusals import invalid, not_list, not_one_of, plain, required
from admonster_fb.sandbox.world import World

MOST_RULES = 250


def check(world: World, account: Node, rule: Fields) -> None:
    """Refuse a rule that cannot be, whole as it would be kept."""
    for name in ("name", "evaluation_spec", "execution_spec"):
        if rule.get(name) in (None, "", {}, []):
            raise required(name)
    for name in ("evaluation_spec", "execution_spec", "schedule_spec"):
        if not isinstance(rule.get(name, {}), dict):
            raise not_list(name)
    if rule["status"] not in STATUSES:
        raise not_one_of("status", STATUSES)
    _check_evaluation(rule["evaluation_spec"])
    level = _check_scope(world, account, filters_of(rule))
    _check_preset(rule["evaluation_spec"])
    check_execution(rule, level)
    check_schedule(rule)
    check_costs(rule, level)


def check_room(world: World, account: Node) -> None:
    """Refuse one rule more than an account may have."""
    kept = [each for each in world.store.children(account.id, RULE) if each.data["status"] != "DELETED"]
    if len(kept) >= MOST_RULES:
        words = f"An ad account can have up to {MOST_RULES} rules. Please delete some before you create new ones."
        raise invalid("name", "Too Many Rules", words)


def _check_evaluation(spec: Fields) -> None:
    one_of(spec, "evaluation_spec", "evaluation_type", (SCHEDULE, TRIGGER))
    if not isinstance(spec.get("filters"), list):
        raise required("evaluation_spec[filters]") if "filters" not in spec else not_list("evaluation_spec[filters]")
    for position, each in enumerate(spec["filters"]):
        _check_filter(f"evaluation_spec[filters][{position}]", each)
    if spec["evaluation_type"] == TRIGGER:
        _check_trigger(spec)


def _check_filter(where: str, each: Any) -> None:
    if not isinstance(each, dict):
        raise not_list(where)
    for name in ("field", "value"):
        if name not in each:
            raise required(f"{where}[{name}]")
    one_of(each, where, "operator", OPERATORS)
    if not isinstance(each["field"], str):
        raise plain(f"Param {where}[field] must be a string")
    field, value = each["field"], each["value"]
    if field in ("entity_type", "time_preset") and each["operator"] != "EQUAL":
        raise plain(f"{where}[operator] must be EQUAL for {field}")
    if _is_metric(field) and each["operator"] not in METRIC_OPERATORS:
        raise not_one_of(f"{where}[operator]", METRIC_OPERATORS)
    if field == "attribution_window" and value != "ACCOUNT_DEFAULT":
        raise not_one_of(f"{where}[value]", ("ACCOUNT_DEFAULT",))
    if "IN_RANGE" in each["operator"] and len(listed(value)) != 2:
        raise plain(f"Param {where}[value] must be a range of two numbers")


def _check_trigger(spec: Fields) -> None:
    trigger = spec.get("trigger")
    if not isinstance(trigger, dict):
        raise required("evaluation_spec[trigger]")
    one_of(trigger, "evaluation_spec[trigger]", "type", TRIGGER_TYPES)
    if trigger["type"] not in ("METADATA_CREATION", "DELIVERY_INSIGHTS_CHANGE") and not trigger.get("field"):
        raise required("evaluation_spec[trigger][field]")
    if "operator" in trigger:
        one_of(trigger, "evaluation_spec[trigger]", "operator", OPERATORS)


def _check_scope(world: World, account: Node, filters: list[Fields]) -> str:
    """Refuse a rule that says not what it looks at; return its level."""
    entity_type, ids = value_of(filters, "entity_type"), ids_of(filters)
    if entity_type is None and not ids:
        words = "A rule needs a filter on entity_type, or one on id that lists its objects."
        raise invalid("evaluation_spec", "Objects Missing", words)
    if entity_type is not None and entity_type not in tuple(LEVELS):
        raise not_one_of("evaluation_spec[filters][entity_type]", LEVELS)
    found = {each: world.store.get(each) for each in ids}
    here = {key: node for key, node in found.items() if node and node.data.get("account_id") == _bare(account)}
    if missing := [each for each in ids if each not in here or here[each].kind not in LEVELS.values()]:
        words = f"These are no campaigns, ad sets or ads of this ad account: {', '.join(missing)}."
        raise invalid("evaluation_spec", "Objects Not Found", words)
    level = level_of(world, _bare(account), filters)
    if not level or any(node.kind != LEVELS[level] for node in here.values()):
        raise invalid("evaluation_spec", "Mixed Objects", "All objects of a rule must be of the same level.")
    return level


def _check_preset(spec: Fields) -> None:
    filters = filters_of({"evaluation_spec": spec})
    preset = value_of(filters, "time_preset")
    if preset is None:
        watched = [each["field"] for each in filters]
        watched += [(spec.get("trigger") or {}).get("field") or ""] if spec["evaluation_type"] == TRIGGER else []
        if needing := [field for field in watched if _is_metric(str(field)) and not _has_time(str(field))]:
            words = f"A rule with a condition on {needing[0]} needs a filter on time_preset."
            raise invalid("evaluation_spec", "Time Preset Missing", words)
        return
    if preset not in TIME_PRESETS:
        raise not_one_of("evaluation_spec[filters][time_preset]", TIME_PRESETS)
    if spec["evaluation_type"] == TRIGGER and preset not in WITH_TODAY:
        raise invalid("evaluation_spec", "Time Preset", "Trigger-based rules need a time preset that includes today.")


def _is_metric(field: str) -> bool:
    try:
        return is_metric(take_apart(field).field)
    except Unplayed:
        return False


def _has_time(field: str) -> bool:
    name = take_apart(field)
    return bool(name.preset) or name.field.endswith("_ratio_spent")


def _bare(account: Node) -> str:
    return str(account.data["account_id"])
