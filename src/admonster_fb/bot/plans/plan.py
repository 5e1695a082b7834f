"""A plan: exactly what a write will do, bound to its content and to the state it was computed from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from admonster_fb.models.change import Change
from admonster_fb.money import Money

LIFE = timedelta(minutes=15)
"""How long a plan can be applied."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a write would do. Nothing of it has been sent; `apply` of its `id` does it, once, before it `expires`.

    `adds` is the most it could add to what is spent on a day, in minor units of `currency` (less than nothing: it saves
    that much), and `total` what could be spent on a day then by the campaigns it touches. `arguments` are the op's,
    as JSON; `state` is what it was computed from.
    """

    id: str
    op: str
    account: str | None
    currency: str | None
    changes: tuple[Change, ...]
    kinds: tuple[str, ...]
    adds: int
    total: int
    warnings: tuple[str, ...]
    calls: int
    fits: str
    made: datetime
    expires: datetime
    fingerprint: str
    arguments: Mapping[str, Any] = field(repr=False, default_factory=dict)
    state: Mapping[str, Any] = field(repr=False, default_factory=dict)
    files: Mapping[str, str] = field(repr=False, default_factory=dict)
    """The digest of each file among the arguments."""
    nonce: str = field(repr=False, default="")
    full: bool = field(repr=False, default=False)
    """Whether it was asked for: what it does to a day's spend is then reckoned whatever it changes."""
    private: bool = False
    """Whether it holds customer data: such a plan is kept in memory only."""


def canonical(value: Any) -> str:
    """Return a value as JSON in the one way that a digest is taken of.

    >>> canonical({"b": Money("50.00 USD"), "a": 1})
    '{"a":1,"b":"50.00 USD"}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return f"{value.amount:f} {value.currency}"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (tuple, set, frozenset)):
        return sorted(value) if isinstance(value, (set, frozenset)) else [*value]
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be part of a plan")


def digest(value: Any) -> str:
    """Return a digest of anything that JSON can say.

    >>> digest({"a": 1})[:8]
    '015abd7f'
    """
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()
