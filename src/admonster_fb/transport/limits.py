"""Limits on writes that Meta enforces with a block: we hold back before we run into them.

Meta: rate limiting; `api_facts.md` sections 4, 6 and 7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from admonster_fb.models.campaign import BUDGETS
from admonster_fb.transport.request import Call


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `allowed` calls of a kind within `window` seconds, counted per `key`."""

    what: str
    allowed: int
    window: float
    applies: Callable[[Call], bool]
    key: Callable[[Call, str | None], str]


LIMITS = (
    Limit("writes", 100, 1.0, lambda call: call.method != "GET", lambda _call, account: account or "app"),
    Limit(
        "budget changes of an ad set",
        4,
        3600.0,
        lambda call: call.kind == "AdSet" and len(call.path) == 1 and bool(call.params.keys() & BUDGETS),
        lambda call, _account: call.path[0],
    ),
    Limit(
        "changes of an account's spending limit",
        10,
        86_400.0,
        lambda call: call.kind == "AdAccount" and call.method == "POST" and "spend_cap" in call.params,
        lambda call, _account: call.path[0],
    ),
)
