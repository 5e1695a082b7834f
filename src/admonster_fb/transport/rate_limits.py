"""Meta's rate limits: how much of each is used up, when to slow down or stop, and our own counters of writes.

Source: Meta, rate limiting; `docs/meta-rules.md#rate-limits`. Waits are in seconds, usage is in percent.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Protocol, TypeVar

from admonster_fb.errors import APIError, RateLimited
from admonster_fb.money import BUDGETS
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.request import Call

V = TypeVar("V")
THROTTLE_PERCENT = 75.0  # from this usage on, calls wait a moment
BLOCK_PERCENT = 95.0  # from this usage on, no call is sent
SLOWEST = 2.0  # seconds between two calls just below `BLOCK_PERCENT`
WINDOW = timedelta(hours=1)  # Meta's business use case limits count the calls of the last hour
LONGEST_BLOCK = timedelta(days=1)  # the longest time that a usage header can name: the longest window of Meta's limits
PROBE = timedelta(minutes=1)  # how long to wait before the next call if Meta does not say when a limit is free again

BLOCKS: Mapping[tuple[int, int | None], timedelta] = {(368, None): timedelta(hours=1), (613, 1996): timedelta(hours=1)}
"""Errors (code, subcode) after which nothing is sent to an account, and for how long: more calls extend the block."""


@dataclass(frozen=True, slots=True)
class WriteLimit:
    """A limit on writes that Meta enforces with a block: at most `allowed` calls in `window` seconds per `key`."""

    name: str
    allowed: int
    window: float
    applies: Callable[[Call], bool]
    key: Callable[[Call, str | None], str]


def _account_key(call: Call, account: str | None) -> str:
    return f"{account or '/'.join(call.path[:1]) or 'app'}{'/stops' if call.is_stop else ''}"


def _object_key(call: Call, _account: str | None) -> str:
    return call.path[0]


def _changes_budget(call: Call) -> bool:
    return call.kind == "AdSet" and len(call.path) == 1 and bool(call.params.keys() & BUDGETS)


def _changes_cap(call: Call) -> bool:
    return call.kind == "AdAccount" and call.method == "POST" and "spend_cap" in call.params


WRITE_LIMITS = (
    WriteLimit("writes", 100, 1.0, lambda call: not call.is_read, _account_key),
    WriteLimit("budget changes of an ad set", 4, 3600.0, _changes_budget, _object_key),
    WriteLimit("changes of an account's spending limit", 10, 86_400.0, _changes_cap, _object_key),
)
MANAGEMENT, INSIGHTS, AUDIENCES = USE_CASES = ("ads_management", "ads_insights", "custom_audience")
"""Meta's business use cases that this library's calls count in, each with a limit of its own."""
_CASE_OF_LIMIT = {"insights": INSIGHTS, "page": "pages"}
_SHARED = frozenset({"app", "score"})  # limits that hold for the calls of all use cases
_AUDIENCE_EDGES = frozenset({"customaudiences", "users", "usersreplace"})


def use_case(call: Call) -> str:
    """Return the business use case that a call counts in."""
    if call.edge == "insights" or call.kind in ("AdsInsights", "AdReportRun"):
        return INSIGHTS
    if call.edge in _AUDIENCE_EDGES or call.kind.startswith("CustomAudience"):
        return AUDIENCES
    return MANAGEMENT


def _holds_back(key: str, case: str) -> bool:
    """Return whether the limit of a sample, `app` or `<account>/<limit>`, holds back the calls of a use case."""
    limit = key.rpartition("/")[2]
    return limit in _SHARED or _CASE_OF_LIMIT.get(limit, limit) == case


@dataclass(frozen=True, slots=True)
class UsageSample:
    """The usage of one rate limit, as Meta last reported it."""

    percent: float
    at: datetime
    since: datetime
    """When the usage began to rise. An hour later the first calls no longer count."""
    free_at: datetime | None = None
    """When calls are possible again, if Meta says so."""
    tier: str | None = None
    high_since: datetime | None = None
    """When the usage reached `BLOCK_PERCENT`."""

    def opens(self) -> datetime:
        """Return when to call again if this limit is used up.

        If Meta does not say: after a minute, then after longer and longer waits, and at the latest when the first
        calls no longer count.
        """
        if self.free_at is not None:
            return self.free_at
        pause = max(PROBE, self.at - (self.high_since or self.at))
        return min(self.at + pause, max(self.since + WINDOW, self.at + PROBE))


class UsageStore(Protocol):
    """A store of samples and counters: of this process, or shared by several."""

    def readings(self, owners: Collection[str] | None = None) -> Mapping[str, UsageSample]:
        """Return the samples of `app` and of accounts by number, each by its key. Default: every sample."""

    def put(self, samples: Mapping[str, UsageSample]) -> None:
        """Store newer samples."""

    def take(self, key: str, limit: int, window: float, now: float) -> float:
        """Count one event and return 0. With `limit` events within `window` seconds, return the seconds to wait."""

    def clear(self) -> None:
        """Delete everything."""


class MemoryUsageStore:
    """A usage store of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: dict[str, dict[str, UsageSample]] = {}
        """By owner, those heard of last at the end. What is stored of an owner is replaced, never changed."""
        self._events: dict[str, tuple[float, list[float]]] = {}
        """When they all end to count, and the times of the events. Those that ended to count are deleted."""

    def readings(self, owners: Collection[str] | None = None) -> Mapping[str, UsageSample]:
        """Return the samples of some owners by their keys. Default: of all."""
        with self._lock if owners is None else nullcontext():  # only all of them can change meanwhile
            selected = [*self._samples] if owners is None else owners
            return {key: row for owner in selected for key, row in self._samples.get(owner, {}).items()}

    def put(self, samples: Mapping[str, UsageSample]) -> None:
        """Store newer samples, and delete an owner's of which the newest is a day older."""
        with self._lock:
            for owner, new in by_owner(samples).items():
                self._samples[owner] = {**self._samples.pop(owner, {}), **new}
                oldest = max(row.at for row in new.values()) - LONGEST_BLOCK
                _drop(self._samples, partial(_is_older, oldest))

    def take(self, key: str, limit: int, window: float, now: float) -> float:
        """Count one event and return 0, or return the seconds to wait."""
        with self._lock:
            recent = [at for at in self._events.get(key, (0.0, []))[1] if at > now - window]
            if len(recent) >= limit:
                return recent[-limit] + window - now
            self._events.pop(key, None)
            self._events[key] = now + window, [*recent, now]
            _drop(self._events, lambda old: old[0] <= now)
            return 0.0

    def clear(self) -> None:
        """Delete everything."""
        with self._lock:
            self._samples, self._events = {}, {}


def by_owner(samples: Mapping[str, UsageSample]) -> dict[str, dict[str, UsageSample]]:
    """Return samples by the part of their key before the slash: `app`, or the number of an account."""
    found: dict[str, dict[str, UsageSample]] = {}
    for key, sample in samples.items():
        found.setdefault(key.partition("/")[0], {})[key] = sample
    return found


def _is_older(oldest: datetime, samples: Mapping[str, UsageSample]) -> bool:
    return all(sample.at < oldest for sample in samples.values())


def _drop(values: dict[str, V], outdated: Callable[[V], bool]) -> None:
    """Delete at most two outdated values: with one new value at a time, none of them stays."""
    for key in [*islice(values, 2)]:
        if outdated(values[key]):
            del values[key]


class Usage:
    """The rate limits of a facade: `fb.usage`.

    >>> _ = fb.campaigns.list("act_1")
    >>> max(sample.percent for sample in fb.usage.readings("act_1").values()) < 10
    True
    """

    def __init__(self, clock: Clock, store: UsageStore | None = None) -> None:
        self._clock = clock
        self._store: UsageStore = store or MemoryUsageStore()
        self._blocked: dict[str, tuple[datetime, str]] = {}

    def readings(self, ad_account_id: str | None = None) -> dict[str, UsageSample]:
        """Return the last samples of an account and of the app as a whole. Default: the samples of all accounts."""
        owners = None if ad_account_id is None else ("app", ad_account_id.removeprefix("act_"))
        return dict(self._store.readings(owners))

    def highest(self, account: str | None, case: str = "") -> float | None:
        """Return the highest usage in percent, of all limits or of those of a use case. `None` without a sample."""
        samples = self.readings(account or "*").items()
        return max((sample.percent for key, sample in samples if not case or _holds_back(key, case)), default=None)

    def blocked(self) -> dict[str, tuple[datetime, str]]:
        """Return the accounts that Meta blocks: until when, and why."""
        return {account: until for account, until in [*self._blocked.items()] if until[0] > self._clock.now()}

    def reset(self) -> None:
        """Delete all samples, counters and blocks, for a person who knows that they are outdated.

        >>> fb.usage.reset()
        """
        self._blocked.clear()
        self._store.clear()

    def wait(self, account: str | None, case: str = MANAGEMENT) -> float:
        """Return the seconds to wait before a call of a use case. Raises `RateLimited` while `account` is blocked.

        >>> fb.usage.wait("act_1")
        0.0
        """
        now = self._clock.now()
        for key in (account or "", "*"):
            until, why = self._blocked.get(key, (now, ""))
            if until > now:
                raise RateLimited(message=f"Meta has blocked this: {why}", retry_after=(until - now).total_seconds())
        samples = self.readings(account or "*").items()
        return max((_pause(sample, now) for key, sample in samples if _holds_back(key, case)), default=0.0)

    def record_headers(self, headers: Mapping[str, str], account: str | None) -> None:
        """Record the usage headers of a response."""
        samples = dict(_parse_headers(headers, account, self._clock.now()))
        if samples:
            known = self._store.readings(by_owner(samples))
            self._store.put({key: _merge(known.get(key), sample) for key, sample in samples.items()})

    def block_account(self, error: APIError, account: str | None) -> None:
        """Send nothing to an account for a while after an error of `BLOCKS`. The error's `retry_after` is set."""
        duration = BLOCKS.get((error.code or 0, error.error_subcode)) or BLOCKS.get((error.code or 0, None))
        if duration is not None:
            error.retry_after = error.retry_after or duration.total_seconds()
            until = self._clock.now() + timedelta(seconds=error.retry_after)
            for ended in {*self._blocked}.difference(self.blocked()):
                self._blocked.pop(ended, None)
            self._blocked[account or "*"] = (until, error.message)

    def take_all(self, limits: Iterable[tuple[WriteLimit, str]]) -> None:
        """Count one write against several limits, each with its key. Raises `RateLimited` as `take` does."""
        for limit, key in limits:
            self.take(limit, key)

    def take(self, limit: WriteLimit, key: str) -> None:
        """Count one write. Raises `RateLimited` if Meta would block it."""
        wait = self._store.take(f"{limit.name}:{key}", limit.allowed, limit.window, self._clock.now().timestamp())
        if wait > 0:
            when = (self._clock.now() + timedelta(seconds=wait)).isoformat(timespec="seconds")
            window = {1: "a second", 3600: "an hour", 86400: "a day"}[int(limit.window)]
            why = f"{limit.name}: Meta allows {limit.allowed} in {window}; the next is possible at {when}"
            raise RateLimited(message=why, retry_after=wait)


def _pause(sample: UsageSample, now: datetime) -> float:
    if sample.at - now > WINDOW:
        return 0.0  # a clock has jumped
    if sample.free_at is not None and sample.free_at > now and sample.percent >= BLOCK_PERCENT:
        return (sample.free_at - now).total_seconds()
    if now - sample.at > WINDOW or sample.percent < THROTTLE_PERCENT:
        return 0.0
    if sample.percent < BLOCK_PERCENT:
        return SLOWEST * (sample.percent - THROTTLE_PERCENT) / (BLOCK_PERCENT - THROTTLE_PERCENT)
    return max((sample.opens() - now).total_seconds(), 0.0)


def _merge(old: UsageSample | None, new: UsageSample) -> UsageSample:
    """Return the new sample, with the old times since when its usage has been rising and too high."""
    if old is not None and old.percent <= new.percent and new.at - old.at < WINDOW:
        new = replace(new, since=old.since)
    if new.percent < BLOCK_PERCENT:
        return new
    return replace(new, high_since=old.high_since if old and old.high_since else new.at)


Samples = Iterable[tuple[str, UsageSample]]


def _parse_headers(headers: Mapping[str, str], account: str | None, now: datetime) -> Iterator[tuple[str, UsageSample]]:
    number = (account or "?").removeprefix("act_")  # "?" concerns no account
    for name, parse in _HEADERS.items():
        if (text := headers.get(name)) is None:
            continue
        try:
            for key, sample in parse(json.loads(text) or {}, number, now):
                ahead = (sample.free_at or sample.at) - sample.at  # no limit blocks for more than a day
                if 0 <= sample.percent < math.inf and ahead <= LONGEST_BLOCK:
                    yield key, sample
        except Exception:  # noqa: BLE001, S112 - a header in an unknown shape costs a sample, never a response
            continue


def _parse_app(usage: dict[str, Any], _number: str, now: datetime) -> Samples:
    if usage:
        yield "app", UsageSample(_highest(usage), now, now)


def _parse_account(usage: dict[str, Any], number: str, now: datetime) -> Samples:
    if usage:
        percent, seconds = float(usage["acc_id_util_pct"]), float(usage.get("reset_time_duration", 0))
        free_at = now + timedelta(seconds=seconds) if percent >= BLOCK_PERCENT and seconds else None
        yield f"{number}/score", UsageSample(percent, now, now, free_at, usage.get("ads_api_access_tier"))


def _parse_use_cases(usage: dict[str, Any], _number: str, now: datetime) -> Samples:
    for owner, cases in usage.items():
        for case in cases:
            minutes = float(case.get("estimated_time_to_regain_access") or 0)
            free_at = now + timedelta(minutes=minutes) if minutes else None
            sample = UsageSample(_highest(case), now, now, free_at, case.get("ads_api_access_tier"))
            yield f"{owner}/{case['type']}", sample


def _parse_insights(usage: dict[str, Any], number: str, now: datetime) -> Samples:
    if usage:
        tier = usage.get("ads_api_access_tier")
        yield "app/insights", UsageSample(float(usage["app_id_util_pct"]), now, now, None, tier)
        yield f"{number}/insights", UsageSample(float(usage["acc_id_util_pct"]), now, now, None, tier)


def _highest(usage: Mapping[str, Any]) -> float:
    return max(float(usage.get(name) or 0) for name in ("call_count", "total_time", "total_cputime"))


_HEADERS: dict[str, Callable[[dict[str, Any], str, datetime], Samples]] = {
    "x-app-usage": _parse_app,
    "x-page-usage": lambda usage, _number, now: (("app/page", sample) for _, sample in _parse_app(usage, "", now)),
    "x-ad-account-usage": _parse_account,
    "x-business-use-case-usage": _parse_use_cases,
    "x-fb-ads-insights-throttle": _parse_insights,
}


def regain_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait that a response's headers name. `None` if they name none."""
    now = datetime.now(UTC)
    free = [sample.free_at for _, sample in _parse_headers(headers, None, now) if sample.free_at]
    return max(((at - now).total_seconds() for at in free), default=None)
