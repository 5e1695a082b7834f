"""What a write does to one object: the common language of launches, plans, policy and audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """Fields of one object before and after a write. What is new has no `before`, what is deleted no `after`.

    `node` is Meta's edge (`campaigns`, `adsets`, `ads`, `customaudiences`, …); amounts are integers in minor units.
    """

    node: str
    id: str | None
    name: str | None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
