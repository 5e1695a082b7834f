"""What a write does to one object: the common language of launches, plans, policy and audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """Fields of an object before and after a write. A new object has no `before`, a deleted one no `after`.

    Launches, plans, policies and the audit log all describe writes with it.

    >>> Change("campaigns", "1", "Shoes", {"status": "PAUSED"}, {"status": "ACTIVE"}).after
    {'status': 'ACTIVE'}
    """

    node: str
    """Meta's edge of the object: campaigns, adsets, ads, customaudiences, …"""
    id: str | None
    """ID of the object; `None` if it is new."""
    name: str | None
    """Name of the object."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """Fields before the write; amounts in minor units."""
    after: Mapping[str, Any] = field(default_factory=dict)
    """Fields after the write; amounts in minor units."""
