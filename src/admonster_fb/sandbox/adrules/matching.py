"""The objects that match all filters of a rule (Meta's page "Evaluation Spec")."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from admonster_fb.sandbox.adrules.constants import LEVEL_OF, LEVELS, filters_of, ids_of, value_of
from admonster_fb.sandbox.adrules.metrics import Subject, metric
from admonster_fb.sandbox.adrules.properties import is_metric, metadata, owner_of, take_apart
from admonster_fb.sandbox.convert import listed
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import World

# Filters that define the scope and the days.
SCOPE = frozenset({"entity_type", "time_preset", "attribution_window"})
# What a rule without a filter on it looks at: objects that deliver or will, and for UNPAUSE those that still could.
_ALIVE = {"field": "effective_status", "operator": "IN", "value": ["ACTIVE", "PENDING_REVIEW"]}
_NOT_GONE = {"field": "effective_status", "operator": "NOT_IN", "value": ["DELETED", "ARCHIVED"]}


def matches_of(world: World, rule: Node) -> list[Node]:
    """Return the objects that satisfy all filters of a rule now, oldest first."""
    filters = _complete(rule)
    return [node for node in candidates(world, rule) if _passes(world, node, filters)]


def passes(world: World, rule: Node, node: Node) -> bool:
    """Return whether an object satisfies all filters of a rule that governs it."""
    return _passes(world, node, _complete(rule))


def governs(world: World, rule: Node, node: Node) -> bool:
    """Return whether a rule names an object, or looks at all of its level."""
    return any(candidate.id == node.id for candidate in candidates(world, rule))


def candidates(world: World, rule: Node) -> Iterator[Node]:
    """Yield the objects a rule looks at: those it names, or all of its level in its account."""
    filters = filters_of(rule.data)
    level = level_of(world, str(rule.data["account_id"]), filters)
    named = ids_of(filters)
    for node in world.store.children(f"act_{rule.data['account_id']}", LEVELS.get(level, "")):
        if not named or node.id in named:
            yield node


def level_of(world: World, account_id: str, filters: list[dict[str, Any]]) -> str:
    """Return the level of a rule: the one it names, else that of the objects it names; empty if there is none."""
    if entity_type := value_of(filters, "entity_type"):
        return str(entity_type)
    found = (world.store.get(item) for item in ids_of(filters))
    levels = {LEVEL_OF.get(node.kind, "") for node in found if node and node.data.get("account_id") == account_id}
    return levels.pop() if len(levels) == 1 else ""


def _complete(rule: Node) -> list[dict[str, Any]]:
    filters = filters_of(rule.data)
    if any(condition.get("field") == "effective_status" for condition in filters):
        return filters
    wakes = (rule.data.get("execution_spec") or {}).get("execution_type") == "UNPAUSE"
    return [_NOT_GONE if wakes else _ALIVE, *filters]


def _passes(world: World, node: Node, filters: list[dict[str, Any]]) -> bool:
    preset = str(value_of(filters, "time_preset") or "LIFETIME")
    return all(_holds(world, node, condition, preset) for condition in filters if condition["field"] not in SCOPE)


def _holds(world: World, node: Node, condition: dict[str, Any], preset: str) -> bool:
    name = take_apart(str(condition["field"]))
    if is_metric(name.field):
        subject = owner_of(world, node, name.owner)
        actual: Any = metric(Subject(world, subject), name.field, name.preset or preset) if subject else None
    else:
        actual = metadata(world, node, name)
    # What is not there satisfies nothing: no cost is neither low nor high.
    return actual is not None and _OPERATORS[str(condition["operator"])](actual, condition.get("value"))


def _decimal(value: Any) -> Decimal | None:
    """Parse a number, or a list of one number; return None for anything else."""
    alone = value[0] if isinstance(value, list) and len(value) == 1 else value
    try:
        number = Decimal(str(alone))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _above(actual: Any, value: Any) -> bool:
    left, right = _decimal(actual), _decimal(value)
    return left is not None and right is not None and left > right


def _texts(value: Any) -> set[str]:
    return {str(item) for item in (value if isinstance(value, list) else [value])}


def _equal(actual: Any, value: Any) -> bool:
    number = _decimal(actual)
    return str(actual) in _texts(value) or (number is not None and number == _decimal(value))


def _within(actual: Any, value: Any) -> bool:
    low, high = (listed(value) or [value, value])[:2]
    return not _above(low, actual) and not _above(actual, high) and _decimal(actual) is not None


def _contains(actual: Any, value: Any) -> bool:
    return str(value).lower() in str(actual).lower()


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "GREATER_THAN": _above,
    "LESS_THAN": lambda actual, value: _above(value, actual),
    "EQUAL": _equal,
    "NOT_EQUAL": lambda actual, value: not _equal(actual, value),
    "IN_RANGE": _within,
    "NOT_IN_RANGE": lambda actual, value: not _within(actual, value),
    "IN": lambda actual, value: str(actual) in _texts(value),
    "NOT_IN": lambda actual, value: str(actual) not in _texts(value),
    "CONTAIN": _contains,
    "NOT_CONTAIN": lambda actual, value: not _contains(actual, value),
    "ANY": lambda actual, value: bool(_texts(actual) & _texts(value)),
    "ALL": lambda actual, value: _texts(value) <= _texts(actual),
    "NONE": lambda actual, value: not _texts(actual) & _texts(value),
}
