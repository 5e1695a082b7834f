"""The writes of a tool that are in flight, and those of the last minutes: the same call again joins the first.

A host gives up after some time and calls again; the write of the first call happens all the same. So a write that
creates or adds something is not sent twice within `LIFETIME`, unless the call says `again: true`.
"""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from admonster_fb._optional import after_fork
from admonster_fb.errors import FacebookAdsError, LaunchStopped, OutcomeUnknown

T = TypeVar("T")
LIFETIME = timedelta(minutes=15)
DEADLINE = 10.0
"""Seconds that writes in flight have when a tool is closed, or its process ends."""
_all: weakref.WeakSet[InFlight[Any]] = weakref.WeakSet()


@dataclass
class Caller:
    """One call. `gone`: it was cancelled, so that nobody has its result."""

    gone: bool = False


@dataclass(frozen=True)
class _Write(Generic[T]):
    at: datetime
    caller: Caller
    replay: bool
    result: Future[T] = field(default_factory=Future)

    def lives(self, now: datetime) -> bool:
        return not self.result.done() or now - self.at < LIFETIME

    def joinable(self, keeps: Callable[[T], bool]) -> bool:
        if not (self.replay or self.caller.gone):
            return False
        if not self.result.done():
            return True
        error = self.result.exception()
        return isinstance(error, OutcomeUnknown | LaunchStopped) if error else keeps(self.result.result())


class InFlight(Generic[T]):
    """The writes of one tool. Safe to share between threads.

    `keeps` says whether a result answers the same call again. `unfinished` is called on closing if a write is not done.
    """

    def __init__(self, now: Callable[[], datetime], keeps: Callable[[T], bool], unfinished: Callable[[], None]) -> None:
        self._now, self._keeps, self._unfinished = now, keeps, unfinished
        self._closed = False
        self._forget_all()
        _all.add(self)

    def _forget_all(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._writes: dict[str, _Write[T]] = {}

    def run(
        self, key: str | None, work: Callable[[], T], caller: Caller, *, replay: bool, again: bool = False
    ) -> tuple[T, datetime | None]:
        """Return the result of a write, and when it was first sent if this call has joined another.

        Without a `key` it joins none. With `replay` it answers the same call again; else only if its caller is gone.
        """
        with self._changed:
            if self._closed:
                raise FacebookAdsError("the tool is closed: nothing was sent", advice="Make a new tool.")
            now = self._now()
            self._writes = {name: write for name, write in self._writes.items() if write.lives(now)}
            known = self._writes.get(key or "")
            joined = known if known is not None and not again and known.joinable(self._keeps) else None
            if joined is None:
                write = _Write[T](now, caller, replay)
                self._running += 1
                if key:
                    self._writes[key] = write
        if joined is not None:
            result = joined.result.result()
            joined.caller.gone = caller.gone
            return result, joined.at
        try:
            result = work()
        except BaseException as error:
            write.result.set_exception(error)
            raise
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
        write.result.set_result(result)
        return result, None

    def forget(self) -> None:
        """Forget what has ended: something was removed, and may be created again."""
        with self._changed:
            self._writes = {name: write for name, write in self._writes.items() if not write.result.done()}

    def close(self, deadline: float = DEADLINE) -> bool:
        """Refuse further writes, and return whether those in flight have ended within `deadline` seconds."""
        with self._changed:
            self._closed = True
            done = self._changed.wait_for(lambda: not self._running, deadline)
        if not done:
            self._unfinished()
        return done


def _close_all() -> None:
    """Give all writes in flight a last chance: threads end with their process."""
    ends = time.monotonic() + DEADLINE
    for writes in [*_all]:
        writes.close(max(0.0, ends - time.monotonic()))


def _after_fork() -> None:
    for writes in [*_all]:
        writes._forget_all()  # their threads are not in this process


atexit.register(_close_all)
after_fork(_after_fork)
