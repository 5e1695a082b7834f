"""How much of Meta's limits is used up, read from every answer, and when to slow down or stop.

Meta: rate limiting; header shapes in `api_facts.md` section 7. Waits are in seconds, shares in percent.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from admonster_fb.errors import APIError, RateLimited
from admonster_fb.transport.clock import Clock

SLOW_FROM = 75.0
STOP_FROM = 95.0
SLOWEST = 2.0
"""Seconds between calls just below the stop."""
WINDOW = timedelta(hours=1)
"""Meta's business-use-case limits roll over an hour."""
PROBE = timedelta(minutes=1)
"""How long to wait before asking again whether a limit is free, when Meta does not say."""

TRIPS: Mapping[tuple[int, int | None], timedelta] = {
    (368, None): timedelta(hours=1),
    (613, 1996): timedelta(hours=1),
}
"""Errors after which an account is left alone, and for how long: going on would make the block longer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What Meta last said of one limit."""

    percent: float
    at: datetime
    since: datetime
    """When the share began to rise: an hour later the first calls no longer count."""
    free_at: datetime | None = None
    """When Meta says that calls are possible again."""
    tier: str | None = None
    high_since: datetime | None = None
    """When the share reached the stop."""

    def opens(self) -> datetime:
        """Return when to call again, if this limit is used up.

        Where Meta does not say, ask after a minute, then ever more rarely, at the latest when the first calls no
        longer count.
        """
        if self.free_at is not None:
            return self.free_at
        pause = max(PROBE, self.at - (self.high_since or self.at))
        return min(self.at + pause, max(self.since + WINDOW, self.at + PROBE))


class Store(Protocol):
    """Where readings and counts are kept: in this process, or shared by several."""

    def readings(self) -> Mapping[str, Reading]:
        """Return every reading by its key: `app`, `<account>/<use case>`."""

    def put(self, readings: Mapping[str, Reading]) -> None:
        """Keep newer readings."""

    def take(self, key: str, limit: int, window: float, now: float) -> float:
        """Count one event if fewer than `limit` happened within `window` seconds; else return the wait."""

    def clear(self) -> None:
        """Forget everything."""


class Memory:
    """A store for one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readings: dict[str, Reading] = {}
        self._events: dict[str, list[float]] = {}

    def readings(self) -> Mapping[str, Reading]:
        """Return every reading by its key."""
        return self._readings

    def put(self, readings: Mapping[str, Reading]) -> None:
        """Keep newer readings."""
        with self._lock:
            self._readings = {**self._readings, **readings}

    def take(self, key: str, limit: int, window: float, now: float) -> float:
        """Count one event if there is room for it."""
        with self._lock:
            recent = [at for at in self._events.get(key, ()) if at > now - window]
            if len(recent) >= limit:
                return recent[-limit] + window - now
            self._events[key] = [*recent, now]
            return 0.0

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._readings, self._events = {}, {}


class Usage:
    """The meter of a facade, shown as `fb.usage`.

    >>> from admonster_fb import FacebookAds
    >>> fb = FacebookAds.sandbox()
    >>> _ = fb.campaigns.list("act_1")
    >>> max(reading.percent for reading in fb.usage.readings("act_1").values()) < 10
    True
    """

    def __init__(self, clock: Clock, store: Store | None = None) -> None:
        self._clock = clock
        self._store: Store = store or Memory()
        self._blocked: dict[str, tuple[datetime, str]] = {}

    def readings(self, ad_account_id: str | None = None) -> dict[str, Reading]:
        """Return what Meta last said, of one account and of the app as a whole; of everything without an account."""
        found = dict(self._store.readings())
        if ad_account_id is None:
            return found
        return {key: found[key] for key in found if _concerns(key, ad_account_id)}

    def highest(self, account: str | None) -> float | None:
        """Return the highest share used, in percent."""
        return max((reading.percent for reading in self.readings(account or "*").values()), default=None)

    def blocked(self) -> dict[str, tuple[datetime, str]]:
        """Return the accounts that are left alone after Meta blocked them: until when, and why."""
        return {account: until for account, until in self._blocked.items() if until[0] > self._clock.now()}

    def reset(self) -> None:
        """Forget all readings and blocks, when a person knows better."""
        self._blocked.clear()
        self._store.clear()

    def wait(self, account: str | None) -> float:
        """Return how many seconds to wait before a call about `account`. Raises `RateLimited` while it is blocked."""
        now = self._clock.now()
        for key in (account or "", "*"):
            until, why = self._blocked.get(key, (now, ""))
            if until > now:
                raise RateLimited(message=f"Meta has blocked this: {why}", retry_after=(until - now).total_seconds())
        return max((self._pause(reading, now) for reading in self.readings(account or "*").values()), default=0.0)

    def _pause(self, reading: Reading, now: datetime) -> float:
        if reading.free_at is not None and reading.free_at > now and reading.percent >= STOP_FROM:
            return (reading.free_at - now).total_seconds()
        if now - reading.at > WINDOW or reading.percent < SLOW_FROM:
            return 0.0
        if reading.percent < STOP_FROM:
            return SLOWEST * (reading.percent - SLOW_FROM) / (STOP_FROM - SLOW_FROM)
        return max((reading.opens() - now).total_seconds(), 0.0)

    def learn(self, headers: Mapping[str, str], account: str | None) -> None:
        """Read the usage headers of an answer."""
        now, known = self._clock.now(), self._store.readings()
        fresh = {reading_key: _merged(known.get(reading_key), r) for reading_key, r in _read(headers, account, now)}
        if fresh:
            self._store.put(fresh)

    def trip(self, error: APIError, account: str | None) -> None:
        """Leave an account alone after an error that says so; the error then tells for how long."""
        span = TRIPS.get((error.code or 0, error.error_subcode)) or TRIPS.get((error.code or 0, None))
        if span is not None:
            error.retry_after = error.retry_after or span.total_seconds()
            self._blocked[account or "*"] = (self._clock.now() + timedelta(seconds=error.retry_after), error.message)

    def take(self, what: str, key: str, limit: int, window: float) -> None:
        """Count one write against a limit of Meta's; raises `RateLimited` instead of running into it."""
        wait = self._store.take(f"{what}:{key}", limit, window, self._clock.now().timestamp())
        if wait > 0:
            when = (self._clock.now() + timedelta(seconds=wait)).isoformat(timespec="seconds")
            raise RateLimited(
                message=f"{what}: Meta allows {limit} in {_span(window)}; the next is possible at {when}",
                retry_after=wait,
            )


def _concerns(key: str, account: str) -> bool:
    return key.startswith("app") or key.split("/", 1)[0] == account.removeprefix("act_")


def _span(seconds: float) -> str:
    return {1: "a second", 3600: "an hour", 86400: "a day"}.get(int(seconds), f"{seconds:.0f} s")


def _merged(old: Reading | None, new: Reading) -> Reading:
    """Keep since when the share has been rising, and since when it has been too high."""
    if old is not None and old.percent <= new.percent and new.at - old.at < WINDOW:
        new = replace(new, since=old.since)
    if new.percent < STOP_FROM:
        return new
    return replace(new, high_since=old.high_since if old and old.high_since else new.at)


def _read(headers: Mapping[str, str], account: str | None, now: datetime) -> Iterator[tuple[str, Reading]]:
    own = (account or "?").removeprefix("act_")  # of an unknown account: concerns nobody
    for name, read in _HEADERS.items():
        try:
            told = json.loads(headers.get(name, "null"))
            yield from read(told or {}, own, now)
        except (ValueError, TypeError, AttributeError, KeyError):
            continue  # a header in an unknown shape costs a reading, never an answer


def _app(told: dict[str, Any], _own: str, now: datetime) -> Iterator[tuple[str, Reading]]:
    if told:
        yield "app", Reading(_highest(told), now, now)


def _account(told: dict[str, Any], own: str, now: datetime) -> Iterator[tuple[str, Reading]]:
    if told:
        percent, seconds = float(told["acc_id_util_pct"]), float(told.get("reset_time_duration", 0))
        free = now + timedelta(seconds=seconds) if percent >= STOP_FROM and seconds else None
        yield f"{own}/score", Reading(percent, now, now, free, told.get("ads_api_access_tier"))


def _use_cases(told: dict[str, Any], _own: str, now: datetime) -> Iterator[tuple[str, Reading]]:
    for owner, cases in told.items():
        for case in cases:
            minutes = float(case.get("estimated_time_to_regain_access") or 0)
            free = now + timedelta(minutes=minutes) if minutes else None
            reading = Reading(_highest(case), now, now, free, case.get("ads_api_access_tier"))
            yield f"{owner}/{case['type']}", reading


def _insights(told: dict[str, Any], own: str, now: datetime) -> Iterator[tuple[str, Reading]]:
    if told:
        tier = told.get("ads_api_access_tier")
        yield "app/insights", Reading(float(told["app_id_util_pct"]), now, now, None, tier)
        yield f"{own}/insights", Reading(float(told["acc_id_util_pct"]), now, now, None, tier)


def _highest(told: Mapping[str, Any]) -> float:
    return max(float(told.get(name) or 0) for name in ("call_count", "total_time", "total_cputime"))


_HEADERS: dict[str, Callable[[dict[str, Any], str, datetime], Iterable[tuple[str, Reading]]]] = {
    "x-app-usage": _app,
    "x-page-usage": lambda told, _own, now: (("app/page", reading) for _, reading in _app(told, "", now)),
    "x-ad-account-usage": _account,
    "x-business-use-case-usage": _use_cases,
    "x-fb-ads-insights-throttle": _insights,
}


def regain_seconds(headers: Mapping[str, str]) -> float | None:
    """Return how long Meta itself says to wait, if an answer's headers say."""
    now = datetime.now(UTC)
    free = [reading.free_at for _, reading in _read(headers, None, now) if reading.free_at]
    return max(((at - now).total_seconds() for at in free), default=None)
