"""Which call meets which fault: planned, at random, and enforced limits that a test can ask for."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from threading import RLock

from admonster_fb.sandbox import activities, graph, versions
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults.faults import (
    BATCH,
    Empty,
    Failure,
    Fault,
    Hang,
    Http,
    LostResponse,
    NullItem,
    Queued,
    Reset,
    Scene,
    Slow,
    Truncated,
    UnspentFaults,
    as_fault,
    caller,
)
from admonster_fb.sandbox.graph import USE_CASE_CODES
from admonster_fb.sandbox.insights.breakdowns import OPTED_OUT
from admonster_fb.sandbox.inspection import Entry
from admonster_fb.sandbox.quota import Limits, Quota
from admonster_fb.sandbox.status import DISAPPROVAL
from admonster_fb.sandbox.wire import Request, Response
from admonster_fb.sandbox.world import World

# Limits are reported before the work, so they prove that it was not done; the app's header has no field for a wait and
# stays as it is. Anything else comes before the work and after it.
DEFAULT: tuple[Fault, ...] = (
    LostResponse(),
    Reset(),
    Truncated(),
    Empty(),
    *(Http(status, after=after) for status in (500, 502, 503) for after in (False, True)),
    *(Failure(GraphError(code), after=after) for code in (1, 2) for after in (False, True)),
    Failure(GraphError(4), wait=None),
    Failure(GraphError(17), wait=5),
    Failure(GraphError(613)),
    Failure(GraphError(80004), wait=60),
    NullItem(),
    NullItem(after=True),
)
# A connection is shared by the items of a batch: by chance it breaks for the whole batch only.
_SHARED = (LostResponse, Reset, Truncated, Slow, Hang)
_CALLS_NAMED = 5


class Chaos:
    """Draws a fault for each call with probability `rate`.

    >>> first, second = Chaos(1, 0.5), Chaos(1, 0.5)
    >>> [str(first("call")) for _ in range(20)] == [str(second("call")) for _ in range(20)]
    True
    """

    def __init__(self, seed: int, rate: float, faults: Sequence[Fault | GraphError] | None = None) -> None:
        if not 0 <= rate <= 1:
            raise ValueError(f"a rate is between 0 and 1, not {rate}")
        self._random = random.Random(f"chaos {seed}")  # noqa: S311 - reproducible on purpose
        self._rate = rate
        chosen = DEFAULT if faults is None else tuple(map(as_fault, faults))
        self._faults = {part: _fitting(chosen, part) for part in ("call", "item", "batch")}

    def __call__(self, part: str) -> Fault | None:
        """Return the fault that a call, an item of a batch or a batch as a whole meets, if any."""
        struck = self._random.random() < self._rate
        fitting = self._faults[part]
        return self._random.choice(fitting) if struck and fitting else None


def _fitting(faults: tuple[Fault, ...], part: str) -> tuple[Fault, ...]:
    alone = part != "item"
    return tuple(fault for fault in faults if part in fault.fits and (alone or not isinstance(fault, _SHARED)))


@dataclass(slots=True)
class Plan:
    """A fault that is to happen: to the calls that fit `pattern`, after `skip` of them, `times` times or for good."""

    pattern: str
    fault: Fault
    times: int | None = 1
    skip: int = 0
    met: bool = field(init=False, default=False)
    method: str = field(init=False, default="")
    path: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Refuse patterns and figures that no call could ever fit."""
        method, _, path = self.pattern.partition(" ")
        if not path or (self.times is not None and self.times < 1) or self.skip < 0:
            raise ValueError(f"a fault needs a pattern such as 'POST act_*/campaigns' and times >= 1: {self}")
        self.method, self.path = method.upper(), versions.split(path)[1]

    def fits(self, method: str, path: str, part: str) -> bool:
        """Return whether a call is one this plan speaks of. A batch as a whole is only meant by the path `/`."""
        if part not in self.fault.fits or (part == BATCH and self.path):
            return False
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    def __str__(self) -> str:
        return f"{self.pattern}: {self.fault}"


Chooser = Callable[[str], Fault | None]


class Faults:
    """The planned and random faults of one sandbox."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.plans: list[Plan] = []
        self.chance: Chooser | None = None
        self.met: Counter[str] = Counter()
        self.queue: list[tuple[datetime, Callable[[], Response]]] = []
        """What is done later, and when."""
        self._earlier: dict[tuple[str | None, str], Response] = {}

    def plan(self, pattern: str, fault: Fault | GraphError, times: int | None = 1, skip: int = 0) -> None:
        """Add a fault to what will happen."""
        self.plans.append(Plan(pattern, as_fault(fault), times, skip))

    def around(self, request: Request, part: str, work: Callable[[], Response]) -> Response:
        """Do the work of a call, unless it meets a fault that comes before; give the answer the client gets."""
        fault = self._planned(request, part) or (self.chance(part) if self.chance else None)
        if fault is not None:
            self.met[str(fault)] += 1
        if isinstance(fault, Queued):
            self.queue.append((self.world.clock() + timedelta(seconds=fault.seconds), work))
        if fault is not None and not fault.after:
            return fault.answer(Scene(self.world, request))
        made = work()
        answer = made if fault is None else fault.answer(Scene(self.world, request, made, dict(self._earlier)))
        if made.status == 200 and part != BATCH:
            whose = caller(request)
            self._earlier.pop(whose, None)
            self._earlier[whose] = made
        return answer

    def due(self, now: datetime) -> tuple[datetime, Callable[[], Response]] | None:
        """Take the first of what is to be done by `now` from the queue."""
        first = min(self.queue, key=lambda queued: queued[0], default=None)
        if first is None or first[0] > now:
            return None
        self.queue.remove(first)
        return first

    def unspent(self) -> list[str]:
        """Return each planned fault that has not occurred as often as planned."""
        return [
            f"{plan} ({'not met' if plan.times is None else f'{plan.times} left'}, {plan.skip} to skip)"
            for plan in self.plans
            if plan.times is not None or not plan.met
        ]

    def _planned(self, request: Request, part: str) -> Fault | None:
        method, path = graph.method_of(request), versions.split(request.path)[1]
        for plan in self.plans:
            if not plan.fits(method, path, part):
                continue
            if plan.skip:
                plan.skip -= 1
                continue
            plan.met = True
            if plan.times is not None:
                plan.times -= 1
            if plan.times == 0:
                self.plans.remove(plan)
            return plan.fault
        return None


class FaultInjection:
    """Controls of faults and limits, for tests. Part of `Sandbox`."""

    _lock: RLock
    faults: Faults
    limits: Limits
    world: World
    journal: deque[Entry]

    def hide_new(self, shortest: float | None, longest: float = 0.0, seed: int = 1) -> None:
        """Let edges list a new object only after a time, from `shortest` to `longest` seconds; None ends it.

        By its id it can be read at once.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.hide_new(8, 60)
        """
        draw = random.Random(f"hidden {seed}")  # noqa: S311 - reproducible on purpose
        longest = max(longest, shortest or 0.0)
        with self._lock:
            self.world.store.delay = None if shortest is None else lambda: draw.uniform(shortest, longest)

    def rewrite(self, *, on: bool = True) -> None:
        """Store what Meta rewrites as Meta does: names without blanks at their ends, and the goal REACH as IMPRESSIONS.

        >>> Sandbox(history=0).rewrite()
        """
        with self._lock:
            self.world.rewrites = on

    def disapprove(
        self,
        ad_id: str,
        reason: str = "Your ad may not promote prohibited products.",
        policy: str = "PROHIBITED_CONTENT",
    ) -> None:
        """Reject an ad in review: it is DISAPPROVED and does not deliver until its creative is changed.

        `reason` appears in `ad_review_feedback` under `policy`, and in `issues_info`.

        >>> sandbox = Sandbox(history=1)
        >>> ad = next(sandbox.world.store.of_kind("Ad"))
        >>> sandbox.disapprove(ad.id, "The landing page does not work.", "LANDING_PAGE")
        >>> url = f"https://graph.facebook.com/{ad.id}?fields=effective_status"
        >>> sandbox.session().get(url).json()["effective_status"]
        'DISAPPROVED'
        """
        with self._lock:
            ad = self.world.store.get(ad_id)
            if ad is None or ad.kind != "Ad":
                raise ValueError(f"there is no ad {ad_id}")
            ad.hidden[DISAPPROVAL] = {"policy": policy, "words": reason}
            activities.note_declined(self.world, ad)

    def withhold_breakdowns(self, account: str, *, on: bool = True) -> None:
        """Opt an account out of the breakdowns that need an opt-in since August 2026: they return no rows.

        These are `impression_device`, `frequency_value` and the hours of the audience.

        >>> sandbox = Sandbox()
        >>> sandbox.withhold_breakdowns("act_1")
        >>> url = "https://graph.facebook.com/act_1/insights?fields=reach&breakdowns=frequency_value"
        >>> sandbox.session().get(url).json()
        {'data': []}
        """
        with self._lock:
            self.world.store.nodes[account].hidden[OPTED_OUT] = on

    def fail_next(self, pattern: str, fault: Fault | GraphError, times: int | None = 1, skip: int = 0) -> None:
        """Apply a fault to the next calls that match `pattern`, after `skip` of them. `times=None`: to all of them.

        A pattern is a method and a path without version, with `*` for anything, slashes too: `POST act_*/campaigns`,
        `GET *`. It sees the items of batches one by one; `POST /` means a batch as a whole. A fault of the connection
        met by an item is met by the whole batch.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.fail_next("GET act_*", GraphError(2))
        >>> [sandbox.session().get("https://graph.facebook.com/act_1").status_code for _ in range(2)]
        [500, 200]
        """
        with self._lock:
            self.faults.plan(pattern, fault, times, skip)

    def check_spent(self) -> None:
        """Raise `UnspentFaults`, naming each fault that was set and not met.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.fail_next("POST act_*/ads", LostResponse())
        >>> sandbox.check_spent()
        Traceback (most recent call last):
        admonster_fb.sandbox.faults.faults.UnspentFaults: never met: POST act_*/ads: LostResponse (1 left, 0 to skip).
        No call came: is the client FacebookAds.sandbox(sandbox)?
        """
        with self._lock:
            if unspent := self.faults.unspent():
                calls = [*dict.fromkeys(f"{entry.method} {entry.path}" for entry in self.journal)][-_CALLS_NAMED:]
                none = "No call came: is the client FacebookAds.sandbox(sandbox)?"
                came = f"The last calls: {', '.join(calls)}" if calls else none
                raise UnspentFaults(f"never met: {'; '.join(unspent)}.\n{came}")

    @property
    def faults_met(self) -> Counter[str]:
        """The number of times that each fault occurred, planned or random."""
        return self.faults.met

    def chaos(self, seed: int = 1, rate: float = 0.2, faults: Sequence[Fault | GraphError] | None = None) -> None:
        """Apply one of `faults` (default: all kinds) to each call with probability `rate` (0 to 1).

        Items of batches are calls, and a batch is one too. The seed decides, so the same calls meet the same faults.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.chaos(seed=1, rate=1.0, faults=[Reset()])
        >>> sandbox.session().get("https://graph.facebook.com/act_1")
        Traceback (most recent call last):
        requests.exceptions.ConnectionError: ('Connection aborted.', ConnectionResetError(104, ...))
        """
        with self._lock:
            self.faults.chance = Chaos(seed, rate, faults)

    def chaos_stop(self) -> None:
        """End the chaos; planned faults stay."""
        with self._lock:
            self.faults.chance = None

    def quota(
        self,
        calls: int | None = 300,
        window: float = 3600,
        account: str | None = None,
        use_case: str = "ads_management",
    ) -> None:
        """Enforce a limit of `calls` in `window` seconds on an account, or on each; `calls=None` lifts it.

        Headers report it in percent. Calls beyond it are refused with Meta's code for the use case; they count too.

        >>> sandbox = Sandbox(history=0)
        >>> sandbox.quota(calls=2)
        >>> [sandbox.session().get("https://graph.facebook.com/act_1").status_code for _ in range(3)]
        [200, 200, 400]
        """
        if use_case not in USE_CASE_CODES or (calls is not None and calls < 1):
            raise ValueError(f"a quota needs calls >= 1 and one of {', '.join(USE_CASE_CODES)}")
        bare = account.removeprefix("act_") if account else None
        with self._lock:
            if calls is None:
                self.limits.quotas.pop((bare, use_case), None)
            else:
                self.limits.quotas[bare, use_case] = Quota(calls, timedelta(seconds=window), bare, use_case)

    def mutations(self, per_second: int | None = 100) -> None:
        """Refuse more writes of campaigns, ad sets and ads per second and account (613/5044001); None lifts it.

        The seconds are the sandbox's: with its default clock none pass but by `sleep` and `advance`.

        >>> Sandbox(history=0).mutations(per_second=10)
        """
        with self._lock:
            self.limits.per_second = per_second
