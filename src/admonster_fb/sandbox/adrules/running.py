"""Runs of ad rules: on schedule while the sandbox's clock advances, or all at once; and what their actions change.

Trigger-based rules are stored and never run. What the sandbox does not model is reported in the history of the rule, as
an exception with code 501 and no results: nothing was evaluated then. Changes go the way of any other write: the same
refusals, the same rows in the account's history. The history of rules has one entry for each run, newest first (Meta's
page "API Calls").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from admonster_fb.sandbox import nodes, times
from admonster_fb.sandbox.adrules import properties as words
from admonster_fb.sandbox.adrules.matching import Subject, matches_of, metric
from admonster_fb.sandbox.adrules.properties import RuleNotModelled, filters_of, option_of, value_of
from admonster_fb.sandbox.auth import ALL_SCOPES, Token
from admonster_fb.sandbox.convert import listed, truth, whole
from admonster_fb.sandbox.errors import GraphError, not_one_of
from admonster_fb.sandbox.validation.case import budget_of
from admonster_fb.sandbox.world import Call, Node, World

# The internal value of a rule with its history: entries need no ids, so that keeping them changes no other id.
LOG = "rule_history"
OF_RULE, OF_ACCOUNT = "AdRuleHistory", "AdAccountAdRulesHistory"
UNCHANGED = "NOT_CHANGED"
SPECS = ("evaluation_spec", "execution_spec", "schedule_spec")


def record(
    world: World, rule: Node, results: list[dict[str, Any]], *, manual: bool, exception: tuple[int, str] | None = None
) -> None:
    """Write one run: when, of which rule as it then was, with which results."""
    entry = {
        "timestamp": times.stamp(world.clock(), world.zone_of(rule)),
        "is_manual": manual,
        "results": results,
        "rule_id": rule.id,
        **{name: rule.data[name] for name in SPECS if name in rule.data},
    }
    if exception:
        entry |= {"exception_code": exception[0], "exception_message": exception[1]}
    rule.hidden.setdefault(LOG, []).append(entry)


def rows(call: Call, rule: Node) -> list[Node]:
    """Return the runs of one rule."""
    return _rows(call, [rule], "history", OF_RULE)


def rows_of_account(call: Call, account: Node) -> list[Node]:
    """Return the runs of all rules of an account, deleted ones too."""
    return _rows(call, list(call.store.children(account.id, words.RULE)), "adrules_history", OF_ACCOUNT)


def check_history(params: dict[str, Any], actions: tuple[str, ...]) -> None:
    """Refuse an action or a type of evaluation that does not exist."""
    for name, values in (("action", actions), ("evaluation_type", (words.SCHEDULE, words.TRIGGER))):
        if params.get(name) and params[name] not in values:
            raise not_one_of(name, values)


def _rows(call: Call, rules: list[Node], edge: str, kind: str) -> list[Node]:
    # An edge that is nested in another call does not get that call's parameters.
    params = call.params if call.path.endswith(f"/{edge}") else {}
    logged = [entry for rule in rules for entry in rule.hidden.get(LOG, [])]
    logged.sort(key=lambda entry: times.parse(entry["timestamp"], "UTC"))
    shown = ((place, _shown(entry, params)) for place, entry in enumerate(logged))
    return [Node(str(place), kind, entry) for place, entry in shown if entry is not None][::-1]


def _shown(entry: dict[str, Any], params: dict[str, Any]) -> dict[str, Any] | None:
    """Return an entry with the requested results, None if it is filtered out."""
    if params.get("evaluation_type") not in (None, entry["evaluation_spec"].get("evaluation_type")):
        return None
    results = [result for result in entry["results"] if _is_requested(result, params)]
    if truth(params.get("hide_no_changes")) and not any(
        any(action["action"] != UNCHANGED for action in result["actions"]) for result in results
    ):
        return None
    return {**entry, "results": results}


def _is_requested(result: dict[str, Any], params: dict[str, Any]) -> bool:
    taken = [action["action"] for action in result["actions"]]
    return str(params.get("object_id", result["object_id"])) == result["object_id"] and (
        not params.get("action") or params["action"] in taken
    )


Action = dict[str, str]
# The internal value of a rule with the times of its changes, by object.
TAKEN = "taken"
_NOTHING: list[Action] = [{"action": UNCHANGED}]


def act(world: World, rule: Node, node: Node) -> dict[str, Any]:
    """Apply a rule's action to an object and return the result for the rule's history."""
    actions = ACTIONS[rule.data["execution_spec"]["execution_type"]](world, rule, node)
    return {"object_id": node.id, "object_type": words.LEVEL_OF[node.kind], "actions": actions}


def _set_status(status: str, action: str) -> Callable[[World, Node, Node], list[Action]]:
    def change(world: World, rule: Node, node: Node) -> list[Action]:
        if node.data["status"] == status:
            return _NOTHING
        return _write(world, rule, node, "status", status, action)

    return change


def _change_budget(world: World, rule: Node, node: Node) -> list[Action]:
    return _change(world, rule, node, budget_of(node) or "daily_budget", "CHANGED_BUDGET")


def _change(world: World, rule: Node, node: Node, field: str, action: str) -> list[Action]:
    # An ad set whose budget is its campaign's has none to change, and the other way round.
    if not whole(node.data.get(field)) or not _may_again(world, rule, node):
        return _NOTHING
    old = int(node.data[field])
    new = _amount(world, rule, node, old)
    if new == old:
        return _NOTHING
    done = _write(world, rule, node, field, new, action)
    if done[0]["action"] == action:
        rule.hidden.setdefault(TAKEN, {}).setdefault(node.id, []).append(world.clock().isoformat())
    return done


def _may_again(world: World, rule: Node, node: Node) -> bool:
    """Return whether a rule may change an object once more: not too often, and not too soon."""
    taken = rule.hidden.get(TAKEN, {}).get(node.id, [])
    limit, minutes = (whole(option_of(rule.data, name)) for name in ("execution_count_limit", "action_frequency"))
    if limit is not None and len(taken) >= limit:
        return False
    since = world.clock() - timedelta(minutes=minutes or 0)
    return not minutes or not taken or times.parse(taken[-1], "UTC") <= since


def _amount(world: World, rule: Node, node: Node, old: int) -> int:
    """Return the new amount in minor units, within the limit; one already beyond the limit stays."""
    spec = option_of(rule.data, "change_spec")
    by = Decimal(str(spec["amount"]))
    if target := spec.get("target_field"):
        amount = old * _scale(world, rule, node, str(target), by)
        low, high = (Decimal(str(item)) for item in (listed(spec.get("limit")) or (0, "Infinity")))
        return _rounded(min(max(amount, low), high))
    amount = old * (100 + by) / 100 if spec["unit"] == "PERCENTAGE" else old + by
    limit = None if spec.get("limit") is None else Decimal(str(spec["limit"]))
    if limit is not None:
        amount = max(Decimal(old), min(amount, limit)) if by > 0 else min(Decimal(old), max(amount, limit))
    return _rounded(amount)


def _scale(world: World, rule: Node, node: Node, target: str, target_value: Decimal) -> Decimal:
    """Return by how much to multiply: a cost of 4 with a target of 5 gives 1.25."""
    name = words.take_apart(target)
    if name.field.endswith("_roas"):
        raise RuleNotModelled(f"the target field {target}: which way a return scales is written nowhere")
    preset = name.preset or str(value_of(filters_of(rule.data), "time_preset") or "LIFETIME")
    current = metric(Subject(world, node), name.field, preset)
    return target_value / current if current else Decimal(1)


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def _write(world: World, rule: Node, node: Node, field: str, value: Any, action: str) -> list[Action]:
    """Write one field as the rule's creator would; a refusal is the result, too."""
    old = str(node.data.get(field))
    creator = str(rule.hidden["creator"])
    token = Token("", creator, set(ALL_SCOPES), [f"act_{rule.data['account_id']}"], [])
    params = {field: value}
    try:
        nodes.update(Call(world, "POST", node.id, "", params, params, token, ""), node)
    except GraphError as refusal:
        return [{"action": "ERROR", "field": field, "old_value": old, "new_value": refusal.user_msg or refusal.message}]
    return [{"action": action, "field": field, "old_value": old, "new_value": str(value)}]


ACTIONS: dict[str, Callable[[World, Node, Node], list[Action]]] = {
    # That a notification would have gone out is all there is.
    "NOTIFICATION": lambda *_: [{"action": "FACEBOOK_NOTIFICATION_SENT"}],
    "PAUSE": _set_status("PAUSED", "PAUSED"),
    "UNPAUSE": _set_status("ACTIVE", "UNPAUSED"),
    "CHANGE_BUDGET": _change_budget,
    "CHANGE_CAMPAIGN_BUDGET": _change_budget,
    "CHANGE_BID": lambda world, rule, node: _change(world, rule, node, "bid_amount", "CHANGED_BID"),
}


# Schedules name half hours of the account's time zone; some zones are a quarter of an hour away from UTC's.
SLOT, STEP, DAY = timedelta(minutes=15), 30, 24 * 60
NOT_MODELLED = 501


def run(world: World, rule: Node, *, manual: bool) -> list[dict[str, Any]]:
    """Run a rule and record it in its history; one that is not enabled matches nothing. Raises `RuleNotModelled`."""
    execution = str(rule.data["execution_spec"]["execution_type"])
    if execution not in ACTIONS:
        raise RuleNotModelled(f"the action {execution}")
    found = matches_of(world, rule) if rule.data["status"] == "ENABLED" else []
    results = [act(world, rule, node) for node in found]
    record(world, rule, results, manual=manual)
    return results


def run_all(world: World) -> dict[str, list[dict[str, Any]]]:
    """Run every enabled schedule-based rule now, whatever its schedule; return the results by rule."""
    return {rule.id: _run(world, rule) for rule in _scheduled(world)}


def run_due(world: World) -> None:
    """Run the rules whose schedule names this moment."""
    for rule in _scheduled(world):
        if is_due(rule, world.clock().astimezone(times.zone(world.zone_of(rule)))):
            _run(world, rule)


def moments(world: World, until: datetime) -> Iterator[datetime]:
    """Yield the moments after now, up to `until`, at which a rule is due."""
    rules = [(rule, times.zone(world.zone_of(rule))) for rule in _scheduled(world)]
    now = world.clock().astimezone(UTC)
    moment = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0) + SLOT
    while rules and moment <= until:
        if any(is_due(rule, moment.astimezone(zone)) for rule, zone in rules):
            yield moment
        moment += SLOT


def is_due(rule: Node, local: datetime) -> bool:
    """Return whether a rule runs at a moment, given in its account's time zone."""
    spec = rule.data["schedule_spec"]
    minute = local.hour * 60 + local.minute
    steps = {"DAILY": DAY, "HOURLY": 60, "SEMI_HOURLY": STEP}
    if minute % steps.get(spec["schedule_type"], STEP):
        return False
    if spec["schedule_type"] in steps:
        return True
    return any(_names(item, minute, (local.weekday() + 1) % 7) for item in listed(spec.get("schedule")))


def _names(entry: dict[str, Any], minute: int, day: int) -> bool:
    days = [whole(item) for item in listed(entry.get("days"))]
    start, end = whole(entry.get("start_minute")), whole(entry.get("end_minute"))
    if days and day not in days:
        return False
    return start is None or start <= minute <= (start if end is None else end)


def _scheduled(world: World) -> list[Node]:
    return [
        rule
        for rule in world.store.of_kind(words.RULE)
        if rule.data["status"] == "ENABLED" and rule.data["evaluation_spec"]["evaluation_type"] == words.SCHEDULE
    ]


def _run(world: World, rule: Node) -> list[dict[str, Any]]:
    try:
        return run(world, rule, manual=False)
    except RuleNotModelled as gap:
        record(world, rule, [], manual=False, exception=(NOT_MODELLED, f"The sandbox does not model {gap}."))
        return []
