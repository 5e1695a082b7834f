"""The record of a write that was sent: for an audit, and for undoing the write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from admonster_fb.models.change import Change

Arguments = Mapping[str, Any]
Changes = tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class WriteRecord:
    """One write that was sent to Meta, and its outcome. Writes that were refused before are not recorded."""

    at: datetime
    by: str
    """`model`, `host`, or the name that the host passed."""
    op: str
    account: str | None
    arguments: Arguments = field(repr=False)
    """The op's arguments. They can contain customer data: a log must leave out those in `PRIVATE`."""
    changes: Changes
    """The fields before and after, also of a write that needed no plan."""
    plan_id: str | None = None
    value: Any = None
    """What the op returned."""
    error: BaseException | None = None
    """The exception that was raised; `None` on success. After `OutcomeUnknown` the outcome is not known."""
    who: str = ""
    """The user on whose behalf the host called, as the host names them."""
    traces: tuple[str, ...] = ()
    """Meta's `fbtrace_id` of each request that wrote."""
    audit_id: str = ""
    """ID of its entry in the audit log, if it was logged before it was sent."""


OnWrite = Callable[[WriteRecord], object]
"""Called once for each write, in the thread that sent it, before its result is returned. If it raises, the write
stands, and the result says that it could not be recorded."""

PRIVATE = frozenset({"emails", "phones", "data", "users", "events", "user_data", "field_data"})
"""Arguments that contain personal data: never written to disk and never shown."""
