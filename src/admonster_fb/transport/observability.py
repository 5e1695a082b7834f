"""What can be seen of each request: a log line, two hooks, and a span where OpenTelemetry is installed.

None of it ever holds a query, a body, a header or a token.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

log = logging.getLogger("admonster_fb")


@dataclass(frozen=True, slots=True)
class Event:
    """One request, before (`status` is None) or after it. `ms` is how long it took, `usage` the highest share used."""

    method: str
    path: str
    attempt: int
    status: int | None = None
    ms: float | None = None
    usage: float | None = None
    fbtrace_id: str | None = None
    error: str | None = None


Hook = Callable[[Event], None]
_gathered: ContextVar[list[str] | None] = ContextVar("gathered", default=None)


@contextmanager
def traced() -> Iterator[list[str]]:
    """Gather the `fbtrace_id` of each write that is answered within the block, by this context or a copy of it.

    >>> with traced() as ids:
    ...     Observer().after(Event("POST", "act_1/campaigns", 1, 200, fbtrace_id="AbC"))
    >>> ids
    ['AbC']
    """
    ids: list[str] = []
    token = _gathered.set(ids)
    try:
        yield ids
    finally:
        _gathered.reset(token)


class Observer:
    """Tells of requests. A hook that raises is logged and changes nothing."""

    def __init__(self, on_request: Hook | None = None, on_response: Hook | None = None) -> None:
        self._on_request = on_request
        self._on_response = on_response

    def before(self, event: Event) -> None:
        """Tell of a request about to leave."""
        _tell(self._on_request, event)

    def after(self, event: Event) -> None:
        """Tell of an answer, or of its failure to come."""
        log.debug(
            "%s %s %s %.0f ms attempt %d usage %s trace %s",
            event.method,
            event.path,
            event.status or event.error,
            event.ms or 0.0,
            event.attempt,
            "-" if event.usage is None else f"{event.usage:.0f}%",
            event.fbtrace_id or "-",
        )
        ids = _gathered.get()
        if ids is not None and event.fbtrace_id and event.method != "GET":
            ids.append(event.fbtrace_id)
        _tell(self._on_response, event)


def _tell(hook: Hook | None, event: Event) -> None:
    if hook is not None:
        try:
            hook(event)
        except Exception:
            log.exception("a hook failed")


@functools.cache
def _tracer() -> Any:
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    return trace.get_tracer("admonster_fb")


@contextmanager
def span(method: str, path: str) -> Iterator[None]:
    """Open a span named after the call, if OpenTelemetry is installed."""
    tracer = _tracer()
    with tracer.start_as_current_span(f"{method} {path}", record_exception=False) if tracer else nullcontext():
        yield
