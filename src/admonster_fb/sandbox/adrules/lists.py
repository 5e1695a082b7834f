"""Which rules an edge lists: those of an account, and those that look at an object."""

from __future__ import annotations

from admonster_fb.sandbox.adrules import matching
from admonster_fb.sandbox.adrules.constants import RULE
from admonster_fb.sandbox.adrules.names import Unplayed
from admonster_fb.sandbox.errors import NotModelled
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.case import truth
from admonster_fb.sandbox.world import Call


def kept_rules(call: Call, account: Node) -> list[Node]:
    """Return the rules of an account, newest first, deleted ones left out."""
    return [rule for rule in call.store.children(account.id, RULE) if rule.data["status"] != "DELETED"][::-1]


def governing(call: Call, node: Node) -> list[Node]:
    """Return the rules that look at an object, or of them those it would pass now (`pass_evaluation`)."""
    account = call.store.nodes[f"act_{node.data['account_id']}"]
    rules = [rule for rule in kept_rules(call, account) if matching.governs(call.world, rule, node)]
    wanted = call.params.get("pass_evaluation") if call.path.endswith("/adrules_governed") else None
    if wanted is None:
        return rules
    try:
        return [rule for rule in rules if matching.passes(call.world, rule, node) is truth(wanted)]
    except Unplayed as gap:
        raise NotModelled(call.method, call.path, str(gap)) from None
