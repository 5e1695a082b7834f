"""Worker threads for calls from an event loop: one pool for writes that stop spend, one for all else.

All tools of a process share both pools. Their threads are daemons: a call that hangs keeps no process alive.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from admonster_fb._optional import after_fork
from admonster_fb.transport.turn import STOPS

T = TypeVar("T")
THREADS: dict[str, int] = {"tool": 8, "stop": 32}
"""How many calls a tool runs at once in a lane. More would delay the event loop, but stops mostly wait."""
MOST: dict[str, int] = {"tool": 24, "stop": 48}
"""The threads of each pool: a tool whose calls hang leaves some to the others."""
IDLE = 10.0
"""Seconds after which a thread without work ends. All end at once when no tool is left."""
NOT_SENT = "cancelled before it began: nothing was sent"
BEGUN = "cancelled after it began: a write is carried out; the same call again returns its result"


class Pool:
    """Daemon threads, started when needed."""

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most = name, most
        self._changed = threading.Condition()  # reentrant: a lane may be collected while its lock is held
        self._tasks: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._threads = self._idle = self._lanes = 0

    def use(self, lane: Lane) -> None:
        """Keep idle threads as long as the lane is used."""
        with self._changed:
            self._lanes += 1
        weakref.finalize(lane, self._leave)

    def _leave(self) -> None:
        with self._changed:
            self._lanes -= 1
            self._changed.notify_all()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Return the future of work, which begins as soon as a thread is free."""
        future: Future[T] = Future()
        with self._changed:
            self._tasks.append((future, work))
            start = len(self._tasks) > self._idle and self._threads < self._most
            self._threads += start
            self._changed.notify()
        if start:
            threading.Thread(target=self._run, name=f"facebook-{self._name}", daemon=True).start()
        return future

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._tasks or not self._lanes, IDLE)
            self._idle -= 1
            if self._tasks:
                return self._tasks.popleft()
            self._threads -= 1
            return None

    def _run(self) -> None:
        while (task := self._next()) is not None:
            future, work = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - raised again in the task that waits
                future.set_exception(error)
            del task, future, work  # a thread that waits holds no tool


_pools: dict[str, Pool] = {}
after_fork(_pools.clear)  # a fork has no threads


class Lane:
    """The calls of one tool that share a pool."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._used: weakref.WeakSet[Pool] = weakref.WeakSet()
        self._slots = weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]()

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """Return what `work` returns in a thread. A cancellation gets a note that says whether the work had begun."""
        context, loop = contextvars.copy_context(), asyncio.get_running_loop()
        context.run(STOPS.set, self._name == "stop")
        # Calls without a free thread wait in the loop: a queue in the pool would delay the loop.
        slot, future = self._slots.setdefault(loop, asyncio.Semaphore(THREADS[self._name])), None
        try:
            await slot.acquire()
            pool = _pools.setdefault(self._name, Pool(self._name, MOST[self._name]))
            if pool not in self._used:  # once, and again after a fork
                self._used.add(pool)
                pool.use(self)
            future = pool.submit(functools.partial(context.run, work, *args))
            future.add_done_callback(lambda _: _release(loop, slot))  # not before: cancelled work goes on
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError as cancelled:
            cancelled.add_note(NOT_SENT if future is None or future.cancel() or future.cancelled() else BEGUN)
            raise


def _release(loop: asyncio.AbstractEventLoop, slot: asyncio.Semaphore) -> None:
    with suppress(RuntimeError):  # the loop is closed
        loop.call_soon_threadsafe(slot.release)
