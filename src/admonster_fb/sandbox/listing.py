"""The nodes that an edge lists: newest first, without archived and deleted ones unless requested, filtered."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from admonster_fb.sandbox import activities, need, schedules, status, times, views
from admonster_fb.sandbox.errors import GraphError, bad_param, not_value
from admonster_fb.sandbox.spec import names_in
from admonster_fb.sandbox.world import Call, Node, World

Source = Callable[[Call, Node], list[Node]]
# The table of `sources`, set by `edges`: most of those functions draw nodes themselves, and drawing lists edges.
SOURCES: dict[tuple[str, str], Source] = {}
# Kinds that hide in edges once they are archived or deleted (an archived creative does not exist).
HAVE_STATUS = frozenset({"Campaign", "AdSet", "Ad", "AdCreative"})
EFFECTIVE_STATUSES = names_in(
    "ACTIVE PAUSED DELETED PENDING_REVIEW DISAPPROVED PREAPPROVED PENDING_BILLING_INFO CAMPAIGN_PAUSED ARCHIVED "
    "ADSET_PAUSED IN_PROCESS WITH_ISSUES"
)
# Edges answered whole: rows, no paging.
SINGLE_PAGE = frozenset({("Ad", "adcreatives"), ("AdAccount", "dsa_recommendations")})


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else str(value).split(",")


def _matches_image(_world: World, image: Node, params: dict[str, Any]) -> bool:
    hashes, name = params.get("hashes"), params.get("name")
    return (not hashes or image.data["hash"] in _as_list(hashes)) and (not name or image.data.get("name") == name)


# Parameters that some rows are chosen by.
CHOSEN_BY: dict[str, Callable[[World, Node, dict[str, Any]], bool]] = {
    "AdActivity": activities.matches,
    "AdImage": _matches_image,
    "HighDemandPeriod": schedules.matches,
}


def keep(world: World, params: dict[str, Any]) -> Callable[[Node], bool]:
    """Return the test a listed node must pass under these parameters, refusing filters that cannot be."""
    conditions = [_condition(item) for item in need.rows("filtering", params.get("filtering") or [])]
    shown = _shown_statuses(params, conditions)
    since = times.parse(params["updated_since"], "UTC", "updated_since") if "updated_since" in params else None

    def test(node: Node) -> bool:
        # Filters first: they are cheaper than the effective status.
        if not all(_holds(world, node, *condition) for condition in conditions):
            return False
        if node.kind in HAVE_STATUS and not shown(status.effective(world.store, node)):
            return False
        if (chosen := CHOSEN_BY.get(node.kind)) and not chosen(world, node, params):
            return False
        return since is None or times.parse(node.data.get("updated_time", 0), "UTC") >= since

    return test


def _shown_statuses(params: dict[str, Any], conditions: list[tuple[str, str, Any]]) -> Callable[[str], bool]:
    statuses = _status_filter(params)
    requested = set(statuses or ())
    for field, operator, value in conditions:
        if field.rpartition(".")[2] == "effective_status" and operator in ("IN", "EQUAL"):
            requested.update(_as_list(value))
    if "DELETED" in requested:
        raise GraphError(100, 1815001)
    if statuses is not None:
        return lambda effective: effective in requested
    hidden = status.HIDDEN_BY_DEFAULT - requested
    return lambda effective: effective not in hidden


def _status_filter(params: dict[str, Any]) -> list[str] | None:
    value = params.get("effective_status")
    if not value:
        return None
    requested = [str(item) for item in _as_list(value)]
    for position, item in enumerate(requested):
        if item not in EFFECTIVE_STATUSES:
            text = ", ".join(EFFECTIVE_STATUSES)
            raise bad_param(f"Param effective_status[{position}] must be one of {{{text}}}")
    return requested


def _condition(item: dict[str, Any]) -> tuple[str, str, Any]:
    operator = str(item.get("operator", ""))
    if operator not in OPERATORS:
        raise not_value("filtering[0][operator]", OPERATORS)
    return str(item.get("field", "")), operator, item.get("value")


def _holds(world: World, node: Node, field: str, operator: str, value: Any) -> bool:
    owner, _, name = field.rpartition(".")
    subject = world.owner(node, owner)
    actual = views.read(world, subject, name) if subject else views.ABSENT
    return OPERATORS[operator]("" if actual is views.ABSENT else actual, value)


def _comparable(value: Any) -> float | str:
    """Return a number where it can be one; moments count as the seconds they are."""
    text = str(value)
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    try:
        return times.parse(text, "UTC").timestamp()
    except GraphError:
        return text


def _greater(actual: Any, value: Any) -> bool:
    left, right = _comparable(actual), _comparable(value)
    return left > right if isinstance(left, float) and isinstance(right, float) else str(actual) > str(value)


def _equal(actual: Any, value: Any) -> bool:
    return str(actual) == str(value) or _comparable(actual) == _comparable(value)


def _contains(actual: Any, value: Any) -> bool:
    return str(value).lower() in str(actual).lower()


def _within(actual: Any, value: Any) -> bool:
    return str(actual) in {str(item) for item in _as_list(value)}


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUAL": _equal,
    "NOT_EQUAL": lambda actual, value: not _equal(actual, value),
    "GREATER_THAN": _greater,
    "GREATER_THAN_OR_EQUAL": lambda actual, value: not _greater(value, actual),
    "LESS_THAN": lambda actual, value: _greater(value, actual),
    "LESS_THAN_OR_EQUAL": lambda actual, value: not _greater(actual, value),
    "CONTAIN": _contains,
    "NOT_CONTAIN": lambda actual, value: not _contains(actual, value),
    "STARTS_WITH": lambda actual, value: str(actual).lower().startswith(str(value).lower()),
    "IN": _within,
    "NOT_IN": lambda actual, value: not _within(actual, value),
}
