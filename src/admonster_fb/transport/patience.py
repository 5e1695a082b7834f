"""Work that is given up after some time: what stops spend waits for nothing."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from admonster_fb._optional import after_fork
from admonster_fb.transport.turn import end_turn

T = TypeVar("T")
MAX_THREADS = 16  # how many pieces of work run at once, those that were given up and still hang included
_free = threading.BoundedSemaphore(MAX_THREADS)


@after_fork
def _after_fork() -> None:
    global _free
    _free = threading.BoundedSemaphore(MAX_THREADS)


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` returns. Raises `TimeoutError` after `seconds`; the work then ends in its own thread."""
    return started(work, seconds).result(timeout=seconds)


def started(work: Callable[[], T], seconds: float) -> Future[T]:
    """Return the result to be of `work` in a thread of its own. Raises `TimeoutError` if none is free in `seconds`."""
    end_turn()
    free = _free
    if not free.acquire(timeout=seconds):
        raise TimeoutError
    result: Future[T] = Future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            result.set_result(context.run(work))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            result.set_exception(error)
        finally:
            free.release()

    threading.Thread(target=run, name="given-up-after-a-time", daemon=True).start()
    return result
