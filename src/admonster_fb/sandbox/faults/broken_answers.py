"""Broken connections as `requests` tells of them: the same exceptions, from the same causes, without a socket."""

from __future__ import annotations

import errno
import io
import os
import time
from typing import Any, NoReturn

import requests
import urllib3
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from admonster_fb.sandbox.faults.faults import CUT, HANG, RESET, delay_of, harm_of
from admonster_fb.sandbox.wire import Response


def await_answer(request: requests.PreparedRequest, answered: Response, latency: float, timeout: Any) -> None:
    """Wait as long as the answer takes, no longer than the client would; raise what becomes of the connection."""
    harm, wait = harm_of(answered), latency + delay_of(answered)
    patience = _read_timeout(timeout)
    if harm == HANG or (patience is not None and wait > patience):
        _time_out(request, patience)
    if wait > 0:
        time.sleep(wait)
    if harm == RESET:
        cause = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        raise requests.ConnectionError(ProtocolError("Connection aborted.", cause), request=request)


def is_cut(answered: Response) -> bool:
    """Tell whether only half of an answer arrives."""
    return harm_of(answered) == CUT


def cut_body(answered: Response) -> urllib3.HTTPResponse:
    """Return half a body that was announced whole: reading it raises what reading it from a socket would."""
    headers = {**answered.headers, "content-length": str(len(answered.body))}
    half = io.BytesIO(answered.body[: len(answered.body) // 2])
    return urllib3.HTTPResponse(
        half, headers, answered.status, preload_content=False, enforce_content_length=True, request_method="GET"
    )


def _read_timeout(timeout: Any) -> float | None:
    value = timeout[1] if isinstance(timeout, tuple) else timeout
    value = value.read_timeout if isinstance(value, urllib3.Timeout) else value
    return float(value) if isinstance(value, int | float) else None


def _time_out(request: requests.PreparedRequest, patience: float | None) -> NoReturn:
    pool = urllib3.connection_from_url(str(request.url))
    words = f"Read timed out. (read timeout={patience})"
    raise requests.ReadTimeout(ReadTimeoutError(pool, str(request.url), words), request=request)
