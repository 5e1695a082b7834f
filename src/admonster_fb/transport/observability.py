"""Observation of each request: a log line, two hooks, and a span if OpenTelemetry is installed.

None of them ever contains a query, a body, a header or a token.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

log = logging.getLogger("admonster_fb")


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One request, before it is sent (`status` and `error` are `None`) or after it."""

    method: str
    path: str
    attempt: int
    """1 for the first attempt."""
    status: int | None = None
    ms: float | None = None
    """Duration in milliseconds."""
    usage: float | None = None
    """The highest rate limit usage that Meta reports for the account, 0-100 %."""
    fbtrace_id: str | None = None
    error: str | None = None
    """Class name of the error, if there was no response."""


Hook = Callable[[RequestEvent], None]
T = TypeVar("T")
_trace_ids: ContextVar[list[str] | None] = ContextVar("trace_ids", default=None)


@contextmanager
def collect_trace_ids() -> Iterator[list[str]]:
    """Collect the `fbtrace_id` of each write that Meta responds to within the block, in this context or a copy."""
    ids: list[str] = []
    with bound(_trace_ids, ids):
        yield ids


class Observer:
    """Logs requests and calls the hooks. An error of a hook, or of the log itself, changes nothing."""

    def __init__(self, on_request: Hook | None = None, on_response: Hook | None = None) -> None:
        self._on_request = on_request
        self._on_response = on_response

    def before(self, event: RequestEvent) -> None:
        """Report a request that is about to be sent."""
        _call_hook(self._on_request, event)

    def after(self, event: RequestEvent) -> None:
        """Report a response, or that there was none."""
        _call_hook(_log, event)
        ids = _trace_ids.get()
        if ids is not None and event.fbtrace_id and event.method != "GET":
            ids.append(event.fbtrace_id)
        _call_hook(self._on_response, event)


def _log(event: RequestEvent) -> None:
    usage = "-" if event.usage is None else f"{event.usage:.0f}%"
    known = event.method, event.path, event.status or event.error, event.ms or 0.0, event.attempt
    log.debug("%s %s %s %.0f ms attempt %d usage %s trace %s", *known, usage, event.fbtrace_id or "-")


def _call_hook(hook: Hook | None, event: RequestEvent) -> None:
    if hook is not None:
        with harmless("a hook failed"):
            hook(event)


@contextmanager
def harmless(what: str) -> Iterator[None]:
    """Log an error within the block and go on: the result of a write must not be lost. The log may fail too."""
    try:
        yield
    except Exception:
        with suppress(Exception):
            log.exception(what)


@contextmanager
def bound(variable: ContextVar[T], value: T) -> Iterator[None]:
    """Give a context variable a value within the block."""
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


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
    with ExitStack() as stack:
        if tracer := _tracer():
            with harmless("a span failed"):
                opened = tracer.start_as_current_span(f"{method} {path}", record_exception=False)
                opened.__enter__()
                stack.push(functools.partial(_close, opened))
        yield


def _close(opened: Any, *error: Any) -> None:
    with harmless("a span failed"):
        opened.__exit__(*error)
