"""Retries: which errors are worth another attempt, and how long to wait, by error class and kind of call."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from admonster_fb.errors import APIError, FacebookAdsError, NetworkError, RateLimited, TransientError
from admonster_fb.transport.clock import Clock

T = TypeVar("T")
Policy = Mapping[type[FacebookAdsError], tuple[int, float]]
"""Attempts, and first wait in seconds, by error class. An error of another class is raised at once."""

READS: Policy = {RateLimited: (6, 5.0), TransientError: (4, 0.5), NetworkError: (4, 0.5)}
# A write is sent again only if Meta refused it or if it was never sent. `recovery` handles all other failures of one.
WRITES: Policy = {RateLimited: (6, 5.0), NetworkError: (5, 0.5)}
LONGEST = 30.0  # the longest wait in seconds that the library chooses. Meta may ask for a longer one.

UNNAMED = 300.0  # seconds to wait for a limit whose end Meta does not name: its longest block of the account's score


class Quota:
    """The retries that a facade has left. In an outage each call is sent once: retries would only add to the load.

    As in the standard mode of AWS's clients, successes earn retries, and a retry that helped is given back.
    """

    FIRST, MOST, EARNED = 3.0, 10.0, 0.2

    def __init__(self) -> None:
        self._left = self.FIRST
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Return whether there is a retry left, and take it."""
        with self._lock:
            free = self._left >= 1
            self._left -= free
            return free

    def succeeded(self, retries: int) -> None:
        """Count a call that succeeded after so many retries."""
        with self._lock:
            self._left = min(self._left + retries + self.EARNED, max(self.MOST, self._left))


class Retry:
    """Retries calls by the policies above.

    No wait is longer than `max_wait` seconds, and no call longer than `deadline` seconds with all its attempts.
    """

    def __init__(self, clock: Clock, *, max_wait: float = 60.0, deadline: float = 300.0) -> None:
        self._clock = clock
        self.max_wait = max_wait
        self._deadline = deadline
        self._quota = Quota()

    def __call__(self, send: Callable[[int], T], *, reading: bool, stop: bool = False) -> T:
        """Return what `send` returns. `send` receives the number of the attempt, from 1. A stop has retries always."""
        policy = READS if reading else WRITES
        ends = self._clock.now() + timedelta(seconds=self._deadline)
        attempt = taken = 0
        while True:
            attempt += 1
            try:
                result = send(attempt)
            except FacebookAdsError as error:
                wait = self._wait(policy, error, attempt, ends)
                free = stop or isinstance(error, RateLimited)
                if wait is None or not (free or self._quota.take()):
                    if isinstance(error, RateLimited) and error.retry_after is None and error.retry != "later":
                        error.retry_after = UNNAMED
                    raise
            else:
                self._quota.succeeded(taken)
                return result
            taken += not free
            self._clock.sleep(wait)

    def _wait(self, policy: Policy, error: FacebookAdsError, attempt: int, ends: datetime) -> float | None:
        """Return the seconds before the next attempt, `None` if there is none: as Meta asks, or longer each time."""
        attempts, first = policy.get(type(error), (1, 0.0))
        requested = error.retry_after if isinstance(error, APIError) else None
        least = (
            math.inf
            if isinstance(error, APIError) and error.retry == "later" and requested is None
            else requested or 0.0
        )
        # What is not retryable must be split first; "later" is hours.
        if attempt >= attempts or not error.retryable or least > self.max_wait:
            return None
        growing = min(first * 2 ** (attempt - 1), LONGEST) + random.uniform(0, first)  # noqa: S311 - no secret
        wait = requested or min(growing, self.max_wait)
        return None if self._clock.now() + timedelta(seconds=wait) > ends else wait
