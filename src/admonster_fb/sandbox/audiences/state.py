"""What an audience tells of itself: its size as a range, and how it is doing in Meta's codes."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.audiences import constants as words
from admonster_fb.sandbox.audiences import sessions
from admonster_fb.sandbox.catalog.nodes import SPREAD
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import World

# Where an audience keeps the people it was made with, the moment it is ready, the size it last showed, and a status
# that somebody set.
PEOPLE, READY_AT, SHOWN, STATUS, FIELDS = "people", "ready_at", "shown", "operation", "violating"
# Sizes are told in two digits.
DIGITS = 2
UNKNOWN = -1


def is_busy(world: World, node: Node) -> bool:
    """Tell whether people are being brought, or Meta is still at work on them."""
    if any(sessions.is_open(world, each) for each in sessions.of(node)):
        return True
    until = node.hidden.get(READY_AT)
    return bool(until) and world.clock() < times.parse(until, "UTC")


def disturb(world: World, node: Node) -> None:
    """Let an audience have work to do from now on; until it is done it shows the size it had."""
    if not is_busy(world, node):
        node.hidden[SHOWN] = _count(world, node) if was_filled(node) else None
    node.hidden[READY_AT] = (world.clock() + words.PROCESSING).isoformat()
    node.data["time_content_updated"] = int(world.clock().timestamp())


def was_filled(node: Node) -> bool:
    """Tell whether anybody was ever in an audience."""
    return PEOPLE in node.hidden or bool(sessions.of(node))


def people(world: World, node: Node) -> int | None:
    """Return how many people Meta shows of an audience, None as long as it does not know."""
    if is_busy(world, node):
        shown: int | None = node.hidden.get(SHOWN)
        return shown
    return _count(world, node) if was_filled(node) else None


def _count(world: World, node: Node) -> int:
    held = world.people.held.get(node.id)
    return int(node.hidden.get(PEOPLE, 0)) + (held.people() * words.MATCHED // 100 if held else 0)


def bounds(world: World, node: Node) -> tuple[int, int]:
    """Return the lower and upper bound of an audience's size, -1 of one that is not ready or too small to tell."""
    count = people(world, node)
    if count is None or count < words.LEAST_SEED:
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
        return words.REPLACING if replaces else words.FILLING
    if node.data["subtype"] == words.LIST and not was_filled(node):
        return words.NO_UPLOAD
    if last is None:
        return words.NORMAL
    if replaces and not last["last"]:
        return words.REPLACE_FAILED
    return words.INVALID_ENTRIES if sessions.has_many_invalid(last) else words.NORMAL


def delivery(world: World, node: Node) -> int:
    """Return the code that tells whether ads can use an audience. One that is filling can be used."""
    code = operation(world, node)
    if code == words.FLAGGED:
        return 400
    if code == words.FILLING and node.data["subtype"] != words.LIST:
        return words.READY
    return words.READY if (people(world, node) or 0) >= words.LEAST_SEED else words.TOO_SMALL


def read_status(texts: dict[int, str], code: int) -> dict[str, Any]:
    """Return a status as the API shows it."""
    return {"code": code, "description": texts[code]}


def read_source(_world: World, node: Node) -> dict[str, Any]:
    """Return `data_source`: of a list not before something was uploaded."""
    subtype = node.data["subtype"]
    empty = subtype == words.LIST and not was_filled(node)
    kind, sub_type = words.UNKNOWN_SOURCE if empty else words.DATA_SOURCES.get(subtype, words.UNKNOWN_SOURCE)
    return {"type": kind, "sub_type": sub_type, "creation_params": "[]"}


def lookalikes_of(world: World, node: Node) -> list[Node]:
    """Return the lookalikes that grew from an audience."""
    return [each for each in world.store.of_kind(words.AUDIENCE) if each.hidden.get("origin") == node.id]


def read_permissions(_world: World, node: Node) -> dict[str, bool]:
    """Return `permission_for_actions` for the owner."""
    can_seed = node.data["subtype"] != words.LOOKALIKE
    told = {"can_edit": True, "can_see_insight": True, "can_share": True, "subtype_supports_lookalike": can_seed}
    return {**told, "supports_recipient_lookalike": False}
