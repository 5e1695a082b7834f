"""The newest budgets, bids, ends and status that Meta sent or took: stops go by them if nothing can be read."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from admonster_fb.models._lazy import cells_of, decoded
from admonster_fb.models._node import Node, parse_time
from admonster_fb.objects import budgeted_kinds, facts_of

LIFETIME = timedelta(minutes=15)  # how long a value is gone by: as long as a plan is valid by default
SETTLED = timedelta(minutes=1)  # how long after a write a read may have been answered before it
SIZE = 10_000
"""Number of objects."""
Values = Mapping[str, tuple[Any, datetime]]


K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V]):
    """The last `size` values by key that were set.

    An `OrderedDict`: a plain one looks past all that was deleted for its first key, which is slow if it is large.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size, self._lock = size, threading.Lock()

    def __setitem__(self, key: K, value: V) -> None:
        with self._lock:
            if key not in self and len(self) >= self._size:
                self.popitem(last=False)
            super().__setitem__(key, value)


class _Cell(NamedTuple):
    """A value that is decoded when it is looked up."""

    model: type[Node]
    cell: Any


def _value(value: Any, name: str) -> Any:
    if not isinstance(value, _Cell):
        return value
    return getattr(value.model.from_api({name: decoded(value.cell)}), name, None)


_DOUBT = object()


def _is_as_written(read: Any, written: Any) -> bool:
    return bool(read == written or (parse_time(read) is not None and parse_time(read) == parse_time(written)))


@functools.cache
def _spending(model: type[Node]) -> tuple[str, ...]:
    """Return the fields of a model that affect spend, and an ad set's campaign."""
    if model.__name__ == "AdAccount":
        return ("spend_cap", "amount_spent")
    edge = budgeted_kinds().get(model.__name__)
    names = tuple(name for name, fact in facts_of(edge).items() if fact.affects_spend) if edge else ()
    return (*names, "campaign_id") if "campaign_id" in model.model_fields and names else names


class LastSeen:
    """The fields of campaigns and ad sets that affect spend, by object ID. Safe to share between threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._values = Recent[str, Values](SIZE)
        self._written = Recent[str, tuple[Mapping[str, Any], datetime]](SIZE)
        self._lock = threading.Lock()

    def get(self, node_id: str) -> dict[str, Any]:
        """Return the values of an object that are not too old."""
        oldest = self._now() - LIFETIME
        return {
            name: _value(value, name) for name, (value, at) in self._values.get(node_id, {}).items() if at >= oldest
        }

    def of_campaign(self, campaign_id: str) -> dict[str, dict[str, Any]]:
        """Return the values of the ad sets of a campaign, as far as they were seen."""
        with self._lock:
            ids = [node_id for node_id, values in self._values.items() if "campaign_id" in values]
        found = {node_id: self.get(node_id) for node_id in ids}
        return {node_id: values for node_id, values in found.items() if values.get("campaign_id") == campaign_id}

    def store(self, node: Node) -> None:
        """Store the values of an object that Meta sent."""
        kind = type(node)
        if (names := _spending(kind)) and (node_id := getattr(node, "id", None)):
            cells = cells_of(node, names)
            if cells is None:
                values = {name: getattr(node, name) for name in names if name in node.model_fields_set}
            else:  # most objects of a large page are never looked up
                values = {name: _Cell(kind, cell) for name, cell in cells.items()}
            # Where a read differs from a write just before, which of both is newer is unknown.
            written, at = self._written.get(node_id) or ({}, None)
            both = values.keys() & written.keys() if at is not None and self._now() - at <= SETTLED else set()
            odd = {name for name in both if not _is_as_written(_value(values[name], name), written[name])}
            self.put(node_id, values, unknown=odd)

    def wrote(self, node_id: str, values: Mapping[str, Any], older: Values) -> None:
        """Store values that a write has set; `older` are those that `pop` returned before it."""
        self._written[node_id] = values, self._now()
        self.put(node_id, values, older)

    def doubt(self, node_id: str, names: Iterable[str]) -> None:
        """Take fields as unknown, whatever is read in the next minute: whether a write has set them is not known."""
        self._written[node_id] = dict.fromkeys(names, _DOUBT), self._now()
        self.pop(node_id)

    def put(
        self, node_id: str, values: Mapping[str, Any], older: Values | None = None, unknown: Iterable[str] = ()
    ) -> None:
        """Store values of an object, but `unknown` fields; `older` are those that `pop` returned before a write."""
        now = self._now()
        with self._lock:
            known = {**(older or {}), **self._values.pop(node_id, {})}
            known |= {name: (value, now) for name, value in values.items()}
            self._values[node_id] = {name: known[name] for name in known if name not in unknown} if unknown else known

    def pop(self, node_id: str) -> Values:
        """Return and delete the values of an object: until a write has succeeded or failed they are unknown."""
        with self._lock:
            return self._values.pop(node_id, {})
