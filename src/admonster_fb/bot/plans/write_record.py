"""What is told of every write that was carried out: for an audit, and for undoing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from admonster_fb.models.change import Change


@dataclass(frozen=True, slots=True)
class Written:
    """One write that was sent to Meta, and how it ended. Nothing is told of what was refused before.

    `arguments` are as the op takes them and may hold customer data: a record must leave out `PRIVATE` ones.
    `changes` say what was before; of an immediate write too. `error` is what was raised, `None` where all went well:
    after `OutcomeUnknown` nobody knows yet. `value` is what the op returned.
    """

    at: datetime
    by: str
    """`model`, `host`, or the name that the host gave."""
    op: str
    account: str | None
    arguments: Mapping[str, Any] = field(repr=False)
    changes: tuple[Change, ...]
    plan_id: str | None = None
    value: Any = None
    error: BaseException | None = None
    who: str = ""
    """The person or thing on whose behalf the host called, as the host says."""
    traces: tuple[str, ...] = ()
    """Meta's `fbtrace_id` of each request that wrote."""


OnWrite = Callable[[Written], object]
"""Called once for each write, in the thread that made it, before its result is returned. If it raises, the write
stands, and the result's text says that it could not be recorded."""

PRIVATE = frozenset({"emails", "phones", "data", "users", "events", "user", "user_data"})
"""Arguments that hold customers' or people's data: never written to a disk, nor shown."""
