"""`filtering` and `sort`: which ads count, which rows stay, which actions are listed, and in what order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from admonster_fb.sandbox import need, status
from admonster_fb.sandbox.errors import bad_param, not_value
from admonster_fb.sandbox.insights.metrics import FIELDS
from admonster_fb.sandbox.store import Node, Store

LEVELS = ("account", "campaign", "adset", "ad")
# Properties of objects that can be filtered on, behind `ad.`, `adset.` or `campaign.`.
PROPERTIES = frozenset(
    {"id", "name", "status", "configured_status", "effective_status", "objective", "buying_type", "optimization_goal"}
    | {"created_time", "updated_time", "bid_strategy"}
)
DIRECTIONS = {"_ascending": False, "_descending": True}
Values = Mapping[str, Any]


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _equal(actual: Any, value: Any) -> bool:
    return str(actual) in _texts(value) or (_is_number(value) and _number(actual) == _number(value))


def _is_number(value: Any) -> bool:
    return str(value).removeprefix("-").replace(".", "", 1).isdecimal()


def _in_range(actual: Any, value: Any) -> bool:
    low, high = value if isinstance(value, list) and len(value) == 2 else (value, value)
    return _number(low) <= _number(actual) <= _number(high)


def _contains(actual: Any, value: Any) -> bool:
    return any(text.lower() in str(actual).lower() for text in _texts(value))


def _among(actual: Any, value: Any) -> bool:
    return str(actual) in _texts(value)


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUAL": _equal,
    "NOT_EQUAL": lambda actual, value: not _equal(actual, value),
    "GREATER_THAN": lambda actual, value: _number(actual) > _number(value),
    "GREATER_THAN_OR_EQUAL": lambda actual, value: _number(actual) >= _number(value),
    "LESS_THAN": lambda actual, value: _number(actual) < _number(value),
    "LESS_THAN_OR_EQUAL": lambda actual, value: _number(actual) <= _number(value),
    "IN_RANGE": _in_range,
    "NOT_IN_RANGE": lambda actual, value: not _in_range(actual, value),
    "CONTAIN": _contains,
    "NOT_CONTAIN": lambda actual, value: not _contains(actual, value),
    "IN": _among,
    "NOT_IN": lambda actual, value: not _among(actual, value),
    "STARTS_WITH": lambda actual, value: str(actual).lower().startswith(str(value).lower()),
    "ENDS_WITH": lambda actual, value: str(actual).lower().endswith(str(value).lower()),
    "ANY": _among,
    "ALL": lambda actual, value: all(str(actual) == text for text in _texts(value)),
    "NONE": lambda actual, value: not _among(actual, value),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed filter: `owner` is a level or empty."""

    owner: str
    name: str
    operator: str
    value: Any

    def holds(self, actual: Any) -> bool:
        """Return whether a value passes."""
        return OPERATORS[self.operator](actual, self.value)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a report by what they look at: objects, metrics, parts of the audience, action types."""

    objects: tuple[Condition, ...] = ()
    metrics: tuple[Condition, ...] = ()
    parts: tuple[Condition, ...] = ()
    types: tuple[Condition, ...] = ()

    def requested_statuses(self) -> frozenset[str]:
        """Return the statuses named: the only way to see rows of archived and deleted objects under a parent."""
        found = (item for item in self.objects if item.name == "effective_status" and item.operator in ("IN", "EQUAL"))
        return frozenset(word for item in found for word in _texts(item.value))

    def keeps_ad(self, store: Store, ad: Node) -> bool:
        """Return whether an ad counts."""
        return all(item.holds(_property(store, ad, item)) for item in self.objects)

    def keeps_type(self, action_type: str) -> bool:
        """Return whether lists show an action type."""
        return all(item.holds(action_type) for item in self.types)


def parse(value: Any, breakdowns: tuple[str, ...]) -> Filters:
    """Read `filtering`."""
    if not value:
        return Filters()
    need.items("filtering", value)
    sorted_out: dict[str, list[Condition]] = {"objects": [], "metrics": [], "parts": [], "types": []}
    for position, item in enumerate(value):
        condition = _condition(position, item)
        sorted_out[_kind(condition, breakdowns)].append(condition)
    return Filters(**{kind: tuple(conditions) for kind, conditions in sorted_out.items()})


def _condition(position: int, item: Any) -> Condition:
    need.fields(f"filtering[{position}]", item)
    operator = str(item.get("operator", ""))
    if operator not in OPERATORS:
        raise not_value(f"filtering[{position}][operator]", OPERATORS)
    owner, _, name = str(item.get("field", "")).rpartition(".")
    return Condition(owner.replace("adgroup", "ad"), name, operator, item.get("value"))


def _kind(condition: Condition, breakdowns: tuple[str, ...]) -> str:
    if condition.owner in LEVELS and condition.name in PROPERTIES:
        return "objects"
    if not condition.owner and condition.name == "action_type":
        return "types"
    if not condition.owner and condition.name in breakdowns:
        return "parts"
    if condition.name in FIELDS and FIELDS[condition.name].needs and condition.owner in ("", *LEVELS):
        return "metrics"
    field = ".".join(filter(None, (condition.owner, condition.name)))
    raise bad_param(f"Filtering field {field} with operation {condition.operator.lower()} is not supported")


def _property(store: Store, ad: Node, condition: Condition) -> Any:
    subject = ad if condition.owner == "ad" else store.get(str(ad.data.get(f"{condition.owner}_id")))
    if subject is None:
        return ""
    if condition.name == "effective_status":
        return status.effective(store, subject)
    name = "status" if condition.name == "configured_status" else condition.name
    return subject.data.get(name, "")


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of rows."""

    field: str
    action: str
    descending: bool

    def key(self, row: Values) -> tuple[float, str]:
        """Return what rows are compared by; an absent value counts as zero."""
        value = row.get(self.field, "")
        if isinstance(value, list):
            value = next((item["value"] for item in value if item["action_type"] == self.action), 0)
        return (_number(value), "") if _is_number(value) or not value else (0.0, str(value))


def parse_sort(value: Any, known: Iterable[str]) -> Sort | None:
    """Read `sort`: one field with its direction behind it, ascending when it has none."""
    text = _texts(value)[0] if value else ""
    if not text:
        return None
    descending = False
    for suffix, down in DIRECTIONS.items():
        if text.endswith(suffix):
            text, descending = text.removesuffix(suffix), down
    field, _, action = text.partition(":")
    if field not in known:
        raise bad_param(f"{field} is not valid for sort param")
    return Sort(field, action, descending)
