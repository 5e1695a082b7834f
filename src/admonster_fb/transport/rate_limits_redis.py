"""One meter for several processes: readings and counts in Redis. Needs the extra `redis`.

While Redis is away each process goes on by what it knows itself; one warning is logged, and it comes back by itself.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TypeVar

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.transport.rate_limits import Memory, Reading

T = TypeVar("T")
log = logging.getLogger("admonster_fb")

RETRY_AFTER = 5.0
"""Seconds for which a Redis that failed is left alone."""
KEEP = 86_400
# One step for look and count, so that two processes cannot both take the last place.
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


class Redis:
    """A usage store at a `redis://` address; `app` keeps the readings of several apps apart."""

    def __init__(self, url: str, app: str = "app") -> None:
        try:
            import redis
        except ModuleNotFoundError:
            allowed = "nothing before: pip install 'admonster-fb[redis]'"
            raise ParameterError([Violation("usage_store", MISSING, allowed)]) from None
        self._client = redis.Redis.from_url(url, socket_timeout=1.0, socket_connect_timeout=1.0)
        self._failures: type[Exception] = redis.RedisError
        self._take = self._client.register_script(_TAKE)
        self._key = f"admonster_fb:usage:{app}"
        self._local = Memory()
        self._down_until = 0.0

    def __repr__(self) -> str:
        return "Redis(…)"

    def readings(self) -> Mapping[str, Reading]:
        """Return every reading of every process."""

        def ask() -> Mapping[str, Reading]:
            stored: dict[bytes, bytes] = self._client.hgetall(self._key)  # type: ignore[assignment]
            return {key.decode(): _loaded(value) for key, value in stored.items()}

        return self._or_local(ask, self._local.readings)

    def put(self, readings: Mapping[str, Reading]) -> None:
        """Keep newer readings for all."""
        self._local.put(readings)

        def write() -> None:
            with self._client.pipeline() as pipe:
                pipe.hset(self._key, mapping={key: _dumped(reading) for key, reading in readings.items()})
                pipe.expire(self._key, KEEP)
                pipe.execute()

        self._or_local(write, lambda: None)

    def take(self, key: str, limit: int, window: float, now: float) -> float:
        """Count one event if there is room for it among all processes."""
        return self._or_local(
            lambda: float(self._take([f"{self._key}:{key}"], [now, window, limit, uuid.uuid4().hex])),
            lambda: self._local.take(key, limit, window, now),
        )

    def clear(self) -> None:
        """Forget everything, for all processes."""
        self._local.clear()

        def forget() -> None:
            self._client.delete(self._key, *self._client.scan_iter(f"{self._key}:*"))

        self._or_local(forget, lambda: None)

    def _or_local(self, work: Callable[[], T], local: Callable[[], T]) -> T:
        if time.monotonic() < self._down_until:
            return local()
        try:
            result = work()
        except self._failures as error:
            if not self._down_until:
                log.warning("the shared usage meter is away (%s): going on locally", type(error).__name__)
            self._down_until = time.monotonic() + RETRY_AFTER
            return local()
        self._down_until = 0.0
        return result


def _dumped(reading: Reading) -> str:
    return json.dumps(asdict(reading), default=datetime.isoformat)


def _loaded(text: bytes) -> Reading:
    told = json.loads(text)
    dates = ("at", "since", "free_at", "high_since")
    times = {name: datetime.fromisoformat(told[name]) for name in dates if told[name]}
    return Reading(**{**told, **times})
