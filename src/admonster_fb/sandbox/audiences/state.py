"""The size of an audience as a range, and its status in Meta's codes."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.audiences import constants, sessions
from admonster_fb.sandbox.catalog.nodes import SPREAD
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import World

# Internal values of an audience: its initial people, the moment it is ready, the size it last showed, and a status
# that a test set.
PEOPLE, READY_AT, SHOWN, STATUS, FIELDS = "people", "ready_at", "shown", "operation", "violating"
# Sizes are rounded to two digits.
DIGITS = 2
UNKNOWN = -1


def is_busy(world: World, node: Node) -> bool:
    """Return whether people are being brought, or Meta is still at work on them."""
    if any(sessions.is_open(world, item) for item in sessions.of(node)):
        return True
    until = node.hidden.get(READY_AT)
    return bool(until) and world.clock() < times.parse(until, "UTC")


def disturb(world: World, node: Node) -> None:
    """Start the processing of an audience; until it ends the audience shows its old size."""
    if not is_busy(world, node):
        node.hidden[SHOWN] = _count(world, node) if was_filled(node) else None
    node.hidden[READY_AT] = (world.clock() + constants.PROCESSING).isoformat()
    node.data["time_content_updated"] = int(world.clock().timestamp())


def was_filled(node: Node) -> bool:
    """Return whether anybody was ever in an audience."""
    return PEOPLE in node.hidden or bool(sessions.of(node))


def people(world: World, node: Node) -> int | None:
    """Return how many people Meta shows of an audience, None as long as it does not know."""
    if is_busy(world, node):
        shown: int | None = node.hidden.get(SHOWN)
        return shown
    return _count(world, node) if was_filled(node) else None


def _count(world: World, node: Node) -> int:
    held = world.people.held.get(node.id)
    return int(node.hidden.get(PEOPLE, 0)) + (held.people() * constants.MATCHED // 100 if held else 0)


def bounds(world: World, node: Node) -> tuple[int, int]:
    """Return the lower and upper bound of an audience's size, -1 if it is not ready or too small."""
    count = people(world, node)
    if count is None or count < constants.LEAST_SEED:
        return UNKNOWN, UNKNOWN
    return _rounded(count), _rounded(int(count / SPREAD))


def _rounded(count: int) -> int:
    step = int("1" + "0" * max(0, len(str(count)) - DIGITS))
    return count // step * step


def operation(world: World, node: Node) -> int:
    """Return the code of the last operation's status."""
    if STATUS in node.hidden:
        return int(node.hidden[STATUS])
    of_lists = sessions.of(node)
    last = of_lists[-1] if of_lists else None
    replaces = last is not None and last["kind"] == sessions.REPLACE
    if is_busy(world, node):
        return constants.REPLACING if replaces else constants.FILLING
    if node.data["subtype"] == constants.LIST and not was_filled(node):
        return constants.NO_UPLOAD
    if last is None:
        return constants.NORMAL
    if replaces and not last["last"]:
        return constants.REPLACE_FAILED
    return constants.INVALID_ENTRIES if sessions.has_many_invalid(last) else constants.NORMAL


def delivery(world: World, node: Node) -> int:
    """Return the code of the delivery status. An audience that is being filled can be used."""
    code = operation(world, node)
    if code == constants.FLAGGED:
        return 400
    if code == constants.FILLING and node.data["subtype"] != constants.LIST:
        return constants.READY
    return constants.READY if (people(world, node) or 0) >= constants.LEAST_SEED else constants.TOO_SMALL


def read_status(texts: dict[int, str], code: int) -> dict[str, Any]:
    """Return a status as the API shows it."""
    return {"code": code, "description": texts[code]}


def read_source(_world: World, node: Node) -> dict[str, Any]:
    """Return `data_source`: of a list not before something was uploaded."""
    subtype = node.data["subtype"]
    empty = subtype == constants.LIST and not was_filled(node)
    kind, sub_type = (
        constants.UNKNOWN_SOURCE if empty else constants.DATA_SOURCES.get(subtype, constants.UNKNOWN_SOURCE)
    )
    return {"type": kind, "sub_type": sub_type, "creation_params": "[]"}


def lookalikes_of(world: World, node: Node) -> list[Node]:
    """Return the lookalikes that grew from an audience."""
    return [
        audience for audience in world.store.of_kind(constants.AUDIENCE) if audience.hidden.get("origin") == node.id
    ]


def read_permissions(_world: World, node: Node) -> dict[str, bool]:
    """Return `permission_for_actions` for the owner."""
    can_seed = node.data["subtype"] != constants.LOOKALIKE
    permissions = {"can_edit": True, "can_see_insight": True, "can_share": True, "subtype_supports_lookalike": can_seed}
    return {**permissions, "supports_recipient_lookalike": False}
