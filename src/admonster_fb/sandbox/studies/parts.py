"""Which studies an edge lists, and what is in their cells (Meta's page "Ad Study")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

STUDY, CELL, OBJECTIVE = "AdStudy", "AdStudyCell", "AdStudyObjective"
# Lists of a cell: what is in them.
KINDS = {"adaccounts": "AdAccount", "campaigns": "Campaign", "adsets": "AdSet", "ads": "Ad"}
# Where a cell keeps the ids of what is in it, by list.
MEMBERS = "members"


def cells(call: Call, study: Node) -> list[Node]:
    """Return the cells of a study, in the order in which they were sent."""
    return list(call.store.children(study.id, CELL))


def objectives(call: Call, study: Node) -> list[Node]:
    """Return what a study measures, in the order in which it was sent."""
    return list(call.store.children(study.id, OBJECTIVE))


def members(name: str) -> Callable[[Call, Node], list[Node]]:
    """Return the source of one list of a cell."""

    def source(call: Call, cell: Node) -> list[Node]:
        found = (call.store.get(each) for each in held(cell).get(name, ()))
        return [node for node in found if node]

    return source


def containing(call: Call, node: Node) -> list[Node]:
    """Return the studies with a cell that names a campaign or an ad set; for an account, one of anything in it."""
    return [
        study
        for study in call.store.of_kind(STUDY)
        if any(_within(call, node, each) for cell in cells(call, study) for each in ids_of(cell))
    ][::-1]


def held(cell: Node) -> dict[str, list[str]]:
    """Return the ids of what is in a cell, by list."""
    found: dict[str, list[str]] = cell.hidden[MEMBERS]
    return found


def ids_of(cell: Node) -> list[str]:
    """Return the ids of all that is in a cell."""
    return [each for ids in held(cell).values() for each in ids]


def named_id(name: str, value: Any) -> str:
    """Return the id a list of a cell means: accounts are named by bare numbers."""
    text = str(value)
    return f"act_{text.removeprefix('act_')}" if name == "adaccounts" else text


def _within(call: Call, node: Node, member_id: str) -> bool:
    member = call.store.get(member_id)
    if member is None or member.id == node.id:
        return member is not None
    return node.kind == "AdAccount" and member.data.get("account_id") == node.data["account_id"]
