"""Which failures are worth another try, and how long to wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from admonster_fb.errors import APIError, FacebookAdsError, RateLimited

T = TypeVar("T")
_BACKOFF = wait_exponential_jitter(initial=0.5, max=20, jitter=0.5)


class ReadRetry:
    """Try a read again after a rate limit, a passing failure, a network fault or an unreadable answer.

    Waits as long as Meta says, otherwise ever longer with jitter; never longer than `max_wait` seconds at once.
    """

    def __init__(self, *, attempts: int = 4, max_wait: float = 60.0, sleep: Callable[[float], None] = time.sleep):
        self._max_wait = max_wait
        self._retrying = Retrying(
            retry=retry_if_exception(self._worth_it),
            wait=self._wait,
            stop=stop_after_attempt(attempts),
            sleep=sleep,
            reraise=True,
        )

    def __call__(self, send: Callable[[], T]) -> T:
        """Return what `send` returns, after as many tries as it takes and the policy allows."""
        return self._retrying.copy()(send)

    def _worth_it(self, error: BaseException) -> bool:
        if isinstance(error, RateLimited) and (error.retry_after or 0) > self._max_wait:
            return False
        return isinstance(error, FacebookAdsError) and error.retryable

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        told = error.retry_after if isinstance(error, APIError) else None
        return told if told is not None else min(_BACKOFF(state), self._max_wait)
