"""Worker threads for calls from an event loop: a tool has one lane for writes that stop spend, one for all else."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
THREADS = 8
"""How many calls a lane runs at once. More would delay the event loop; asyncio's own pool is smaller on a small
machine, and one slow tool would block all others in it."""


class Lane:
    """Threads of their own for some calls.

    >>> import asyncio
    >>> asyncio.run(Lane("doc").run(len, "abc"))
    3
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._slots: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            weakref.WeakKeyDictionary()
        )

    @functools.cached_property
    def _threads(self) -> ThreadPoolExecutor:
        """The worker threads, all started at once: to start one while others work would block the event loop."""
        threads, started = ThreadPoolExecutor(THREADS, self._name), threading.Event()
        for _ in range(THREADS):
            threads.submit(started.wait)
        started.set()
        return threads

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """Return what `work` returns in a thread of this lane."""
        context, loop = contextvars.copy_context(), asyncio.get_running_loop()
        # Calls without a free thread wait in the loop: a queue in the pool would delay the loop.
        async with self._slots.setdefault(loop, asyncio.Semaphore(THREADS)):
            return await loop.run_in_executor(self._threads, context.run, work, *args)
