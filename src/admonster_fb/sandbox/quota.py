"""Limits that are enforced, by the sandbox's clock: calls per use case, writes per second, spending caps."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from admonster_fb.sandbox import versions
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults.faults import beneath
from admonster_fb.sandbox.graph import USE_CASE_CODES, method_of, minutes, node_of, refusal
from admonster_fb.sandbox.usage import use_case_of
from admonster_fb.sandbox.wire import Request, Response
from admonster_fb.sandbox.world import Node, World

# Writes that Meta limits per second (`docs/meta-rules.md`, Rate limits).
WRITTEN_EDGES = frozenset({"campaigns", "adsets", "ads", "copies"})
WRITTEN_KINDS = frozenset({"Campaign", "AdSet", "Ad"})
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
CAP_CHANGES_PER_DAY = 10


@dataclass(slots=True)
class Window:
    """Events within a rolling span of time."""

    span: timedelta
    events: deque[datetime] = field(default_factory=deque)

    def count(self, now: datetime) -> int:
        """Return how many events are within the span."""
        while self.events and self.events[0] <= now - self.span:
            self.events.popleft()
        return len(self.events)

    def room(self, now: datetime, allowed: int) -> timedelta:
        """Return how long it takes until one more event is within `allowed`."""
        over = self.count(now) - allowed
        return self.events[over] + self.span - now if over >= 0 else timedelta()


@dataclass(slots=True)
class Quota:
    """The number of calls of a use case that an account has in a window. Refused calls count, as at Meta."""

    calls: int
    span: timedelta
    account: str | None
    use_case: str
    windows: dict[str, Window] = field(default_factory=dict)

    def take(self, account: str, now: datetime) -> bool:
        """Count a call, and tell whether it is within the limit."""
        window = self.windows.setdefault(account, Window(self.span))
        within = window.count(now) < self.calls
        window.events.append(now)
        return within

    def reported(self, account: str, now: datetime) -> dict[str, Any]:
        """Return what the usage header says: whole percent, and the wait in minutes once nothing is left."""
        window = self.windows.get(account) or Window(self.span)
        percent = 100 * window.count(now) // self.calls
        wait = window.room(now, self.calls).total_seconds()
        return {"call_count": percent, "estimated_time_to_regain_access": max(1, minutes(wait)) if wait > 0 else 0}


class Limits:
    """Every enforced limit of one sandbox, as a hook before and after each call."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.quotas: dict[tuple[str | None, str], Quota] = {}
        self.per_second: int | None = None
        self._writes: dict[str, Window] = defaultdict(lambda: Window(SECOND))
        self._caps: dict[str, Window] = defaultdict(lambda: Window(DAY))
        world.usage.enforced = self.reported

    def reported(self, account: str, use_case: str) -> dict[str, Any]:
        """Return what the quota of an account (bare id) adds to its usage header."""
        quota = self._quota(account, use_case)
        return quota.reported(account, self.world.clock()) if quota else {}

    def before(self, request: Request) -> Response | None:
        """Count a call against its limits and refuse it beyond them."""
        changes_cap = _changes_cap(request)
        if not (self.quotas or self.per_second or changes_cap):
            return None
        node = node_of(self.world, request)
        account = self.world.account_of(node) if node else None
        if node is None or account is None:
            return None
        error = self._exceeded(request, node, str(account.data["account_id"]), changes_cap)
        return refusal(self.world, request, error, http_status=400) if error else None

    def after(self, request: Request, response: Response) -> Response:
        """Remember a spending cap that was changed."""
        if _changes_cap(request) and beneath(response).status == 200:
            account = versions.split(request.path)[1].removeprefix("act_")
            self._caps[account].events.append(self.world.clock())
        return response

    def _exceeded(self, request: Request, node: Node, account: str, changes_cap: bool) -> GraphError | None:
        now, use_case = self.world.clock(), use_case_of(versions.split(request.path)[1], node.kind)
        quota = self._quota(account, use_case)
        if quota and not quota.take(account, now):
            return GraphError(USE_CASE_CODES[use_case])
        if self.per_second and _writes(request, node):
            window = self._writes[account]
            if window.count(now) >= self.per_second:
                return GraphError(613, 5044001)
            window.events.append(now)
        if changes_cap and self._caps[account].count(now) >= CAP_CHANGES_PER_DAY:
            return GraphError(17, 1885172)
        return None

    def _quota(self, account: str, use_case: str) -> Quota | None:
        if not self.quotas:
            return None
        return self.quotas.get((account, use_case)) or self.quotas.get((None, use_case))


def _writes(request: Request, node: Node) -> bool:
    edge = versions.split(request.path)[1].partition("/")[2]
    counted = edge in WRITTEN_EDGES or (not edge and node.kind in WRITTEN_KINDS)
    return counted and method_of(request) != "GET"


def _changes_cap(request: Request) -> bool:
    """Return whether a call sets an account's spending cap and is not only a question whether it could."""
    if request.method != "POST" or not request.path.rpartition("/")[2].startswith("act_"):
        return False
    params = {**request.query, **request.form}
    return "spend_cap" in params and "validate_only" not in str(params.get("execution_options", ""))
