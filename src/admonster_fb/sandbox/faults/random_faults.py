"""Chaos: faults by chance, from a seed. The same calls in the same order meet the same faults."""

from __future__ import annotations

import random
from collections.abc import Sequence

from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults.faults import (
    Empty,
    Failure,
    Fault,
    Hang,
    Http,
    LostResponse,
    NullItem,
    Reset,
    Slow,
    Truncated,
    as_fault,
)

# Limits are told of before the work, so they prove that it was not done; the app's header has no room for a wait and
# stays as it is. Anything else comes before the work and after it.
DEFAULT: tuple[Fault, ...] = (
    LostResponse(),
    Reset(),
    Truncated(),
    Empty(),
    *(Http(status, after=after) for status in (500, 502, 503) for after in (False, True)),
    *(Failure(GraphError(code), after=after) for code in (1, 2) for after in (False, True)),
    Failure(GraphError(4), wait=None),
    Failure(GraphError(17), wait=5),
    Failure(GraphError(613)),
    Failure(GraphError(80004), wait=60),
    NullItem(),
    NullItem(after=True),
)
# A connection is shared by the items of a batch: by chance it breaks for the whole batch only.
_SHARED = (LostResponse, Reset, Truncated, Slow, Hang)


class Chaos:
    """Draws a fault for each call with probability `rate`.

    >>> first, second = Chaos(1, 0.5), Chaos(1, 0.5)
    >>> [str(first("call")) for _ in range(20)] == [str(second("call")) for _ in range(20)]
    True
    """

    def __init__(self, seed: int, rate: float, faults: Sequence[Fault | GraphError] | None = None) -> None:
        if not 0 <= rate <= 1:
            raise ValueError(f"a rate is between 0 and 1, not {rate}")
        self._random = random.Random(f"chaos {seed}")  # noqa: S311 - reproducible on purpose
        self._rate = rate
        chosen = DEFAULT if faults is None else tuple(map(as_fault, faults))
        self._faults = {part: _fitting(chosen, part) for part in ("call", "item", "batch")}

    def __call__(self, part: str) -> Fault | None:
        """Return the fault that a call, an item of a batch or a batch as a whole meets, if any."""
        struck = self._random.random() < self._rate
        fitting = self._faults[part]
        return self._random.choice(fitting) if struck and fitting else None


def _fitting(faults: tuple[Fault, ...], part: str) -> tuple[Fault, ...]:
    alone = part != "item"
    return tuple(fault for fault in faults if part in fault.fits and (alone or not isinstance(fault, _SHARED)))
