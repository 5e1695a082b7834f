"""Which failures are worth another try, and how long to wait: a table of error class by kind of call."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential, wait_random

from admonster_fb.errors import APIError, FacebookAdsError, NetworkError, RateLimited, TransientError
from admonster_fb.transport.clock import Clock

T = TypeVar("T")

# (tries, first wait in seconds) by error class. A write is sent again only where it was provably refused or never
# left; the rest of its failures are the business of `recovery`. What has no row is raised at once.
READS: dict[type[FacebookAdsError], tuple[int, float]] = {
    RateLimited: (6, 5.0),
    TransientError: (5, 0.5),
    NetworkError: (5, 0.5),
}
WRITES: dict[type[FacebookAdsError], tuple[int, float]] = {
    RateLimited: (6, 5.0),
    NetworkError: (5, 0.5),
}
LONGEST = 30.0
"""The longest wait of our own choosing; Meta's own figure may be longer."""


class Retry:
    """Tries again by the table. No wait is longer than `max_wait` seconds, and no call longer than `deadline`."""

    def __init__(self, clock: Clock, *, max_wait: float = 60.0, deadline: float = 300.0) -> None:
        self._clock = clock
        self.max_wait = max_wait
        self._deadline = deadline

    def __call__(self, send: Callable[[int], T], *, reading: bool) -> T:
        """Return what `send` returns; it is told which attempt it is, from 1."""
        rows = READS if reading else WRITES
        ends = self._clock.now() + timedelta(seconds=self._deadline)

        def give_up(state: RetryCallState) -> bool:
            tries, _first = _row(rows, _failure(state))
            return state.attempt_number >= tries or self._clock.now() + timedelta(seconds=state.upcoming_sleep) > ends

        retrying = Retrying(
            retry=retry_if_exception(lambda error: self._worth_it(rows, error)),
            wait=lambda state: self._wait(rows, state),
            stop=give_up,
            sleep=self._clock.sleep,
            reraise=True,
        )
        attempts = iter(range(1, 1_000))
        return retrying(lambda: send(next(attempts)))

    def _worth_it(self, rows: dict[type[FacebookAdsError], tuple[int, float]], error: BaseException) -> bool:
        if not (isinstance(error, FacebookAdsError) and error.retryable and type(error) in rows):
            return False
        told = error.retry_after if isinstance(error, APIError) else None
        hours = isinstance(error, APIError) and error.retry == "later" and told is None
        return (math.inf if hours else told or 0.0) <= self.max_wait

    def _wait(self, rows: dict[type[FacebookAdsError], tuple[int, float]], state: RetryCallState) -> float:
        error = _failure(state)
        if isinstance(error, APIError) and error.retry_after:
            return error.retry_after
        _tries, first = _row(rows, error)
        grown = wait_exponential(multiplier=first, max=LONGEST) + wait_random(0, first)
        return min(grown(state), self.max_wait)


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _row(rows: dict[type[FacebookAdsError], tuple[int, float]], error: BaseException | None) -> tuple[int, float]:
    return rows.get(type(error), (1, 0.0)) if isinstance(error, FacebookAdsError) else (1, 0.0)
