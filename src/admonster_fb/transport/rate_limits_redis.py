"""A usage store that several processes share, in Redis. Needs the extra `redis`.

While Redis does not respond, each process uses its own samples and counters. The library logs one warning, and tries
Redis again by itself.
"""

from __future__ import annotations

import json
import logging
import math
import time
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TypeVar

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.transport.rate_limits import LONGEST_BLOCK, MemoryUsageStore, UsageSample, by_owner

T = TypeVar("T")
log = logging.getLogger("admonster_fb")

RETRY_AFTER = 5.0  # seconds without a request to a Redis that failed
_TIMES = ("at", "since", "free_at", "high_since")
EXPIRY = 86_400  # seconds for which Redis stores samples
# Counting is one step, so that two processes cannot both take the last place.
_TAKE = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - ARGV[2])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
  local first = redis.call('ZRANGE', KEYS[1], -tonumber(ARGV[3]), -tonumber(ARGV[3]), 'WITHSCORES')
  return tostring(first[2] + ARGV[2] - ARGV[1])
end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[2]))
return '0'
"""


class RedisUsageStore:
    """A usage store at a `redis://` address. `app` separates the samples of several apps."""

    def __init__(self, url: str, app: str = "app") -> None:
        try:
            import redis
        except ModuleNotFoundError:
            allowed = "Redis support: pip install 'admonster-fb[redis]'"
            raise ParameterError([Violation("usage_store", MISSING, allowed)]) from None
        self._client = redis.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0)
        self._take = self._client.register_script(_TAKE)
        self._key = f"admonster_fb:usage:{app}"
        self._local = MemoryUsageStore()
        self._down_until = 0.0

    def __repr__(self) -> str:
        return "RedisUsageStore(…)"

    def readings(self, owners: Collection[str] | None = None) -> Mapping[str, UsageSample]:
        """Return the samples of every process, of some owners or of all."""

        def fetch() -> Mapping[str, UsageSample]:
            stored: dict[bytes, bytes] = {}
            for key in self._client.scan_iter(self._of("*")) if owners is None else map(self._of, owners):
                stored |= self._client.hgetall(key)  # type: ignore[arg-type]
            samples = {key.decode("utf-8", "replace"): _load_sample(value) for key, value in stored.items()}
            return {key: sample for key, sample in samples.items() if sample is not None}

        return self._or_local(fetch, lambda: self._local.readings(owners))

    def _of(self, owner: str) -> str:
        return f"{self._key}:of:{owner}"

    def put(self, samples: Mapping[str, UsageSample]) -> None:
        """Store newer samples for all processes."""
        self._local.put(samples)

        def write() -> None:
            with self._client.pipeline() as pipe:
                for owner, new in by_owner(samples).items():
                    pipe.hset(self._of(owner), mapping={key: _dump_sample(sample) for key, sample in new.items()})
                    pipe.expire(self._of(owner), EXPIRY)
                pipe.execute()

        self._or_local(write, lambda: None)

    def take(self, key: str, limit: int, window: float, now: float) -> float:
        """Count one event among all processes and return 0, or return the seconds to wait."""
        return self._or_local(
            lambda: _seconds(self._take([f"{self._key}:{key}"], [now, window, limit, uuid.uuid4().hex]), window),
            lambda: self._local.take(key, limit, window, now),
        )

    def clear(self) -> None:
        """Delete everything, for all processes."""
        self._local.clear()

        def delete() -> None:
            self._client.delete(self._key, *self._client.scan_iter(f"{self._key}:*"))

        self._or_local(delete, lambda: None)

    def _or_local(self, work: Callable[[], T], local: Callable[[], T]) -> T:
        if time.monotonic() < self._down_until:
            return local()
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - also what Redis answers to a value of another type
            if not self._down_until:
                log.warning("the shared usage store does not respond (%s): going on locally", type(error).__name__)
            self._down_until = time.monotonic() + RETRY_AFTER
            return local()
        self._down_until = 0.0
        return result


def _seconds(answer: object, window: float) -> float:
    """Return the seconds to wait: none if the answer is no such number."""
    try:
        seconds = float(answer)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return seconds if 0 <= seconds <= window else 0.0


def _dump_sample(sample: UsageSample) -> str:
    return json.dumps(asdict(sample), default=datetime.isoformat)


def _load_sample(text: bytes) -> UsageSample | None:
    """Return a sample. `None` for a value that is none: another version's, or another program's."""
    try:
        row = json.loads(text)
        times = {name: datetime.fromisoformat(row[name]) for name in _TIMES if row[name] is not None}
        sample = UsageSample(**{**row, **times, "percent": float(row["percent"])})
        known = [sample.at, sample.since, *filter(None, (sample.free_at, sample.high_since))]
        sane = all(time.tzinfo for time in known) and math.isfinite(sample.percent)
        return sample if sane and max(known) - sample.at <= LONGEST_BLOCK else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None
