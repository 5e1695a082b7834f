"""The sandbox's memory: nodes, the links between them, and ids that follow from the seed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# Which fields of a node name the nodes above it. An account is named by its bare id, as on the wire.
LINKS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("Campaign", "AdCreative", "AdImage", "AdVideo", "AdReportRun", "AdRule"), ("account_id",)),
    **dict.fromkeys(("AdsPixel", "CustomAudience", "CustomConversion", "SavedAudience"), ("account_id",)),
    **dict.fromkeys(("BusinessUser", "AdStudy"), ("business_id",)),
    **dict.fromkeys(("AdStudyCell", "AdStudyObjective"), ("study_id",)),
    **dict.fromkeys(("LeadgenForm", "PagePost"), ("page_id",)),
    **dict.fromkeys(("ProductSet", "ProductFeed"), ("catalog_id",)),
    **dict.fromkeys(("Comment", "IGComment"), ("parent_id",)),
    "AdSet": ("account_id", "campaign_id"),
    "Ad": ("account_id", "campaign_id", "adset_id"),
    "HighDemandPeriod": ("ad_object_id",),
    "IGMedia": ("owner_id",),
    "Lead": ("form_id", "ad_id"),
    "ProductFeedUpload": ("feed_id",),
    "VideoThumbnail": ("video_id",),
}
SHOWS_AT = "shows_at"


@dataclass(slots=True)
class Node:
    """One object. `data` holds its fields in the types the API answers with: money and ids as strings."""

    id: str
    kind: str
    data: dict[str, Any]
    hidden: dict[str, Any] = field(default_factory=dict)
    """Internal values, which the API never returns."""


class Store:
    """Every node by id, with an index from parent to children in order of creation."""

    def __init__(self, seed: int, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.random = random.Random(seed)  # noqa: S311 - reproducible on purpose, nothing secret
        self.nodes: dict[str, Node] = {}
        self.delay: Callable[[], float] | None = None
        """The seconds until an edge lists a new node. Default: none."""
        self._children: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._serial = 120_200_000_000_000_000 + self.random.randrange(10**9) * 10_000

    def new_id(self) -> str:
        """Return the next id: a numeric string beyond 2**53, as Meta's are."""
        self._serial += self.random.randrange(1, 90)
        return str(self._serial)

    def add(self, kind: str, data: dict[str, Any], *, id: str | None = None) -> Node:
        """Store a new node of `kind` and index it under each parent its data names."""
        node = Node(id or self.new_id(), kind, data)
        node.data["id"] = node.id
        if self.delay is not None:
            node.hidden[SHOWS_AT] = self.clock().timestamp() + self.delay()
        self.nodes[node.id] = node
        for link in LINKS.get(kind, ()):
            if parent := data.get(link):
                self._children[_node_id(link, parent), kind].append(node.id)
        return node

    def get(self, node_id: str) -> Node | None:
        """Return the node with this id, if there is one."""
        return self.nodes.get(node_id)

    def children(self, parent_id: str, kind: str) -> Iterator[Node]:
        """Yield the nodes of `kind` under `parent_id` (an account id carries its act_), oldest first."""
        return (self.nodes[child] for child in self._children[parent_id, kind] if child in self.nodes)

    def child_ids(self, parent_id: str, kind: str) -> list[str]:
        """Return the ids of the nodes of `kind` under `parent_id`, oldest first."""
        return self._children[parent_id, kind]

    def shows(self, node: Node) -> bool:
        """Return whether edges list a node already."""
        return SHOWS_AT not in node.hidden or self.clock().timestamp() >= float(node.hidden[SHOWS_AT])

    def remove(self, node_id: str) -> None:
        """Remove a node altogether (most deletions only set a status)."""
        node = self.nodes.pop(node_id, None)
        for link in LINKS.get(node.kind, ()) if node else ():
            if node and (parent := node.data.get(link)):
                siblings = self._children[_node_id(link, parent), node.kind]
                siblings[:] = [each for each in siblings if each != node_id]

    def of_kind(self, kind: str) -> Iterator[Node]:
        """Yield every node of a kind, oldest first."""
        return (node for node in self.nodes.values() if node.kind == kind)

    def state(self) -> dict[str, Any]:
        """Return all but the clock."""
        return {name: value for name, value in vars(self).items() if name not in ("clock", "delay")}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore a state."""
        vars(self).update(state)

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        nodes = [[node.id, node.kind, node.data, node.hidden] for node in self.nodes.values()]
        return {"serial": self._serial, "random": self.random.getstate(), "nodes": nodes}

    def load(self, dumped: dict[str, Any]) -> None:
        """Replace everything by what `dump` returned, also after a trip through JSON."""
        version, internal, gauss = dumped["random"]
        self.random.setstate((version, tuple(internal), gauss))
        self.nodes.clear()
        self._children.clear()
        for node_id, kind, data, hidden in dumped["nodes"]:
            self.add(kind, data, id=node_id).hidden = hidden
        self._serial = dumped["serial"]


def _node_id(link: str, value: str) -> str:
    return f"act_{value}" if link == "account_id" else value
