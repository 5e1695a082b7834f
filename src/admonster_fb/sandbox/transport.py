"""The in-process door: a `requests` adapter that never opens a socket."""

from __future__ import annotations

import errno
import io
import os
import time
from collections.abc import Iterable
from datetime import timedelta
from http.client import responses as REASONS  # noqa: N812 - a table of constants
from time import perf_counter
from typing import TYPE_CHECKING, Any, NoReturn

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from admonster_fb.sandbox.faults.faults import CUT, HANG, RESET
from admonster_fb.sandbox.wire import Response, build_request

if TYPE_CHECKING:
    from admonster_fb.sandbox.sandbox import Sandbox


def await_answer(request: requests.PreparedRequest, response: Response, latency: float, timeout: Any) -> None:
    """Wait as long as the answer takes, no longer than the client would; raise what becomes of the connection."""
    harm, wait = response.harm, latency + response.delay
    patience = _read_timeout(timeout)
    if harm == HANG or (patience is not None and wait > patience):
        _time_out(request, patience)
    if wait > 0:
        time.sleep(wait)
    if harm == RESET:
        cause = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        raise requests.ConnectionError(ProtocolError("Connection aborted.", cause), request=request)


def cut_body(response: Response) -> urllib3.HTTPResponse:
    """Return half a body that was announced whole: reading it raises what reading it from a socket would."""
    headers = {**response.headers, "content-length": str(len(response.body))}
    half = io.BytesIO(response.body[: len(response.body) // 2])
    return urllib3.HTTPResponse(
        half, headers, response.status, preload_content=False, enforce_content_length=True, request_method="GET"
    )


def _read_timeout(timeout: Any) -> float | None:
    value = timeout[1] if isinstance(timeout, tuple) else timeout
    value = value.read_timeout if isinstance(value, urllib3.Timeout) else value
    return float(value) if isinstance(value, int | float) else None


def _time_out(request: requests.PreparedRequest, patience: float | None) -> NoReturn:
    pool = urllib3.connection_from_url(str(request.url))
    text = f"Read timed out. (read timeout={patience})"
    raise requests.ReadTimeout(ReadTimeoutError(pool, str(request.url), text), request=request)


VIDEO_HOST = "graph-video.facebook.com"
GRAPH_HOST = "graph.facebook.com"


class SandboxAdapter(BaseAdapter):
    """Mount it on a session for any host: `session.mount("https://", sandbox.adapter())`."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.sandbox = sandbox

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - the base class's signature
        timeout: Any = None,
        *_: Any,
        **__: Any,
    ) -> requests.Response:
        """Return a prepared request, or raise what `requests` raises when a connection fails.

        Proxies and certificates mean nothing here; a timeout does where the answer comes late or never.
        """
        began = perf_counter()
        # The SDK hard-codes the video host; here both are one.
        url = str(request.url).replace(f"//{VIDEO_HOST}", f"//{GRAPH_HOST}", 1)
        headers = {
            str(name): value.decode("latin-1") if isinstance(value, bytes) else str(value)
            for name, value in request.headers.items()
        }
        sent = build_request(str(request.method), url, headers, read_body(request.body))
        answered = self.sandbox.handle(sent)
        await_answer(request, answered, self.sandbox.latency, timeout)
        answer = _answer(request, answered)
        answer.elapsed = timedelta(seconds=perf_counter() - began)
        return answer

    def close(self) -> None:
        """Nothing is open."""


def read_body(body: Any) -> bytes:
    """Return the body of a request as bytes: from text, bytes, a file or a generator."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    if hasattr(body, "read"):
        return read_body(body.read())
    return b"".join(map(read_body, body)) if isinstance(body, Iterable) else b""


def _answer(request: requests.PreparedRequest, answered: Response) -> requests.Response:
    response = requests.Response()
    response.status_code = answered.status
    response.headers = CaseInsensitiveDict({**answered.headers, "content-length": str(len(answered.body))})
    response.reason = REASONS.get(answered.status, "")
    response.url = str(request.url)
    response.request = request
    response.encoding = get_encoding_from_headers(response.headers)
    if answered.harm == CUT:
        response.raw = cut_body(answered)
    else:
        response.raw = io.BytesIO(answered.body)
        response._content = answered.body
    return response
