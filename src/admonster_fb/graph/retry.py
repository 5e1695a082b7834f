"""Which failures are worth another try, and how long to wait."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from admonster_fb.errors import APIError, FacebookAdsError

T = TypeVar("T")
_BACKOFF = wait_exponential(multiplier=0.5, max=20) + wait_random(0, 0.5)


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
        if not (isinstance(error, FacebookAdsError) and error.retryable):
            return False
        if isinstance(error, APIError):  # "later" is hours, unless Meta says how long
            wait = error.retry_after or (math.inf if error.retry == "later" else 0.0)
            return wait <= self._max_wait
        return True

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        told = error.retry_after if isinstance(error, APIError) else None
        return told if told is not None else min(_BACKOFF(state), self._max_wait)
