"""The calls of ad rules: the library of an account, and single rules created, changed, tried and run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from admonster_fb.sandbox import project, times
from admonster_fb.sandbox.adrules import matching, running
from admonster_fb.sandbox.adrules.checks import check, check_room
from admonster_fb.sandbox.adrules.properties import RULE, SCHEDULE, RuleNotModelled
from admonster_fb.sandbox.errors import NotModelled, invalid
from admonster_fb.sandbox.spec import actions
from admonster_fb.sandbox.world import Call, Node

# The parameters that are stored. A spec is stored as a whole: an update replaces it.
STORED = ("name", "evaluation_spec", "execution_spec", "schedule_spec", "status")


def create(call: Call, account: Node) -> dict[str, Any]:
    """Add a rule to an account's library. Default status: ENABLED."""
    rule = {"status": "ENABLED", **_sent(call)}
    check(call.world, account, rule)
    check_room(call.world, account)
    now = times.stamp(call.store.clock(), call.world.zone_of(account))
    data = {**rule, "account_id": account.data["account_id"], "created_time": now, "updated_time": now}
    node = call.store.add(RULE, data)
    node.hidden["creator"] = call.token.user_id
    return project.created(call, node)


def update(call: Call, rule: Node) -> dict[str, Any]:
    """Change a rule: what is left out stays, a spec that is sent replaces the old one whole."""
    account = call.store.nodes[f"act_{rule.data['account_id']}"]
    if rule.data["status"] == "DELETED":
        raise invalid("status", "Rule Deleted", "You can't edit a rule that has been deleted.")
    sent = _sent(call)
    check(call.world, account, {**{name: rule.data[name] for name in STORED if name in rule.data}, **sent})
    rule.data |= sent
    return _touched(call, rule)


def delete(call: Call, rule: Node) -> dict[str, Any]:
    """Set the status DELETED: the rule leaves its library, and its history stays."""
    rule.data["status"] = "DELETED"
    return _touched(call, rule)


def execute(call: Call, rule: Node) -> dict[str, Any]:
    """Run a schedule-based rule now. What it did is in its history, at once here and in a while at Meta."""
    with _scheduled(call, rule):
        running.run(call.world, rule, manual=True)
    return {"success": True}


def preview(call: Call, rule: Node) -> dict[str, Any]:
    """Return the objects that a schedule-based rule would act upon now, and change nothing."""
    with _scheduled(call, rule):
        return {"data": [{"id": node.id} for node in matching.matches_of(call.world, rule)]}


def read_history(call: Call, node: Node) -> Any:
    """Return a page of what a rule, or all rules of an account, did."""
    account_wide = node.kind == "AdAccount"
    kind = running.OF_ACCOUNT if account_wide else running.OF_RULE
    running.check_history(call.params, actions(kind))
    edge = "adrules_history" if account_wide else "history"
    return project.read_edge(call, node, edge)


def _sent(call: Call) -> dict[str, Any]:
    return {name: call.params[name] for name in STORED if call.params.get(name) is not None}


@contextmanager
def _scheduled(call: Call, rule: Node) -> Iterator[None]:
    if rule.data["evaluation_spec"]["evaluation_type"] != SCHEDULE:
        raise invalid("id", "Rule Not Executable", "Only schedule-based rules can be previewed and executed.")
    try:
        yield
    except RuleNotModelled as gap:
        raise NotModelled(call.method, call.path, str(gap)) from None


def _touched(call: Call, rule: Node) -> dict[str, Any]:
    rule.data["updated_time"] = times.stamp(call.store.clock(), call.world.zone_of(rule))
    return {"success": True}
