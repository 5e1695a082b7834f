"""The history of ad rules: one entry for each run, newest first (Meta's page "API Calls").

Entries lie in the rule and need no ids, so that keeping them changes no other id.
"""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.adrules.properties import RULE, SCHEDULE, TRIGGER
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import not_one_of
from admonster_fb.sandbox.world import Call, Node, World

LOG = "rule_history"
OF_RULE, OF_ACCOUNT = "AdRuleHistory", "AdAccountAdRulesHistory"
UNCHANGED = "NOT_CHANGED"
SPECS = ("evaluation_spec", "execution_spec", "schedule_spec")
Result = dict[str, Any]


def record(
    world: World, rule: Node, results: list[Result], *, manual: bool, exception: tuple[int, str] | None = None
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
    return _rows(call, list(call.store.children(account.id, RULE)), "adrules_history", OF_ACCOUNT)


def check(params: dict[str, Any], actions: tuple[str, ...]) -> None:
    """Refuse an action or a type of evaluation that does not exist."""
    for name, values in (("action", actions), ("evaluation_type", (SCHEDULE, TRIGGER))):
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
    results = [result for result in entry["results"] if _matches(result, params)]
    if truth(params.get("hide_no_changes")) and not any(
        any(action["action"] != UNCHANGED for action in result["actions"]) for result in results
    ):
        return None
    return {**entry, "results": results}


def _matches(result: Result, params: dict[str, Any]) -> bool:
    taken = [action["action"] for action in result["actions"]]
    return str(params.get("object_id", result["object_id"])) == result["object_id"] and (
        not params.get("action") or params["action"] in taken
    )
