"""One thread at a time decodes answers and writes text: an event loop then waits for one thread, not for all of them.

The interpreter runs one thread at a time anyway, and switches every few milliseconds: a thread that waits for it, as a
loop does, waits for each of those that compute. A turn ends before anything that waits for the network or for others;
who has waited for one for `LONGEST` seconds computes without it, so that nothing depends on another thread's turn.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from admonster_fb._optional import after_fork

STOPS: ContextVar[bool] = ContextVar("stops", default=False)  # whether what runs stops spend: it waits for no turn
LONGEST: Final = 0.5
_turn = threading.Lock()
_own = threading.local()


@after_fork
def _after_fork() -> None:
    global _turn
    _turn = threading.Lock()
    _own.lock = None


@contextmanager
def turn() -> Iterator[None]:
    """Compute in turn with other threads until the block ends or `end_turn` is called. In a turn it does nothing."""
    lock = _turn
    if has_turn() or STOPS.get() or not lock.acquire(timeout=LONGEST):
        yield
        return
    _own.lock = lock
    try:
        yield
    finally:
        end_turn()


def has_turn() -> bool:
    """Return whether this thread has the turn."""
    return getattr(_own, "lock", None) is not None


def end_turn() -> None:
    """End the turn of this thread, if it has it: what follows may wait for the network or for another thread."""
    lock, _own.lock = getattr(_own, "lock", None), None
    if lock is not None:
        lock.release()
