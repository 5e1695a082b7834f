"""Writes that may be sent again when their answer is lost, since twice is as good as once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from admonster_fb.errors import NetworkError, OutcomeUnknown, TransientError
from admonster_fb.transport.api import RawResponse
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

T = TypeVar("T")
TRIES = 4
PAUSE = 2.0
"""Seconds before the second try; each further one waits longer."""


def repeated(transport: Transport, call: Call, parse: Callable[[RawResponse, str], T]) -> T:
    """Send a call until it is answered, a few times at most."""
    for number in range(1, TRIES + 1):
        try:
            return transport.api.send(call, parse)
        except (OutcomeUnknown, NetworkError, TransientError):
            if number == TRIES:
                raise
        transport.api.clock.sleep(PAUSE * number)
    raise AssertionError("unreachable")
