"""The newest budgets, bids, ends and status that Meta sent or took: stops go by them if nothing can be read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from admonster_fb.models._node import Node
from admonster_fb.objects import budgeted_kinds, facts_of

LIFETIME = timedelta(minutes=15)
"""How long a value is gone by: as long as a plan is valid by default."""
SIZE = 10_000
"""Number of objects."""
Values = Mapping[str, tuple[Any, datetime]]


class LastSeen:
    """The fields of campaigns and ad sets that affect spend, by object ID. Safe to share between threads.

    >>> from admonster_fb.models.campaign import Campaign
    >>> seen = LastSeen(lambda: datetime(2026, 11, 1))
    >>> seen.store(Campaign.from_api({"id": "7", "name": "Sale", "daily_budget": "5000"}))
    >>> seen.get("7")
    {'daily_budget': 5000}
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._values: OrderedDict[str, Values] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, node_id: str) -> dict[str, Any]:
        """Return the values of an object that are not too old."""
        oldest = self._now() - LIFETIME
        return {name: value for name, (value, at) in self._values.get(node_id, {}).items() if at >= oldest}

    def store(self, node: Node) -> None:
        """Store the values of an object that Meta sent."""
        edge, node_id = budgeted_kinds().get(type(node).__name__), getattr(node, "id", None)
        if edge and node_id:
            names = facts_of(edge).keys() & node.model_fields_set
            self.put(node_id, {name: getattr(node, name) for name in names if facts_of(edge)[name].affects_spend})

    def put(self, node_id: str, values: Mapping[str, Any], older: Values | None = None) -> None:
        """Store values of an object; `older` are those that `pop` returned before a write."""
        now = self._now()
        with self._lock:
            known = {**(older or {}), **self._values.pop(node_id, {})}
            self._values[node_id] = known | {name: (value, now) for name, value in values.items()}
            while len(self._values) > SIZE:
                self._values.popitem(last=False)

    def pop(self, node_id: str) -> Values:
        """Return and delete the values of an object: until a write has succeeded or failed they are unknown."""
        with self._lock:
            return self._values.pop(node_id, {})
