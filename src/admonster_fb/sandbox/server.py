"""The HTTP door: a stdlib server on the loopback address, one write per answer, Nagle off."""

from __future__ import annotations

import select
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from http.client import responses as REASONS  # noqa: N812 - a table of constants
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from admonster_fb.sandbox.faults.faults import CUT, HANG, RESET
from admonster_fb.sandbox.wire import Request, Response, build_request

if TYPE_CHECKING:
    from admonster_fb.sandbox.sandbox import Sandbox

HOST = "127.0.0.1"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_FOREIGN = (
    b'{"error": {"message": "The sandbox serves this machine only: Host and Origin must be 127.0.0.1 or localhost."}}'
)
# Linger on, for no time: closing a socket then resets the connection.
_NO_LINGER = struct.pack("ii", 1, 0)
_POLL = 0.02


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    url: str
    sandbox: Sandbox


@contextmanager
def serve(sandbox: Sandbox, port: int = 0, latency: float = 0.0) -> Iterator[Server]:
    """Serve a sandbox over HTTP on 127.0.0.1 while the block runs; port 0 picks a free one.

    `latency` seconds are added to each answer, on top of the sandbox's own.
    """
    server = make_server(sandbox, port, latency)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": _POLL}, daemon=True)
    thread.start()
    try:
        yield Server(f"http://{HOST}:{server.server_address[1]}", sandbox)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_server(sandbox: Sandbox, port: int, latency: float = 0.0) -> ThreadingHTTPServer:
    """Return a server that is bound and not yet serving."""

    class BoundHandler(_Handler):
        core = sandbox
        stopping = threading.Event()

    BoundHandler.latency = latency
    return _Server((HOST, port), BoundHandler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def server_close(self) -> None:
        """Close the server and release the callers that wait for a response."""
        self.RequestHandlerClass.stopping.set()  # type: ignore[attr-defined]
        super().server_close()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one that is to be reset without the farewell."""
        # Four bytes tell: on Linux and macOS they are the switch, on Windows the switch and the time.
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_NO_LINGER))[:4] == _NO_LINGER[:4]:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnected before their response."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _names(url: str, port: int) -> bool:
    try:
        parts = urlsplit(url)
        return parts.hostname in _LOOPBACK and (parts.port or 80) == port
    except ValueError:
        return False


class _Handler(BaseHTTPRequestHandler):
    core: Sandbox
    latency: float
    stopping: threading.Event
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one write: two writes with Nagle's algorithm cost 40 ms each answer.
    disable_nagle_algorithm = True
    wbufsize = -1

    def _answer(self) -> None:
        # The request has no name here: a big one is gone before its answer is written.
        response = self.core.handle(self._request()) if self._is_local() else self._foreign()
        # Outside of the sandbox's lock: answers are late side by side.
        if wait := self.latency + self.core.latency + response.delay:
            self.stopping.wait(wait)
        self._write(response, response.harm)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - names the base class looks for

    def _is_local(self) -> bool:
        """Return whether Host, and Origin if there is one, name this server: no page on the web calls it."""
        host, origin = self.headers.get("Host", HOST), self.headers.get("Origin")
        port = self.connection.getsockname()[1]
        # The server's own form has no referrer, so its Origin is null; no page can set Sec-Fetch-Site.
        own = origin is None or (origin == "null" and self.headers.get("Sec-Fetch-Site") == "same-origin")
        return _names(f"//{host}", port) and (own or _names(str(origin), port))

    def _foreign(self) -> Response:
        self._body()
        return Response(403, {"content-type": "application/json"}, _FOREIGN)

    def _request(self) -> Request:
        url = f"http://{self.headers.get('Host', HOST)}{self.path}"
        return build_request(self.command, url, dict(self.headers.items()), self._body())

    def _write(self, response: Response, harm: str) -> None:
        if harm == HANG:
            self._wait_for_the_end()
            return
        if harm == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self.close_connection = True
            return
        if harm == CUT:
            self.close_connection = True
        lines = [f"HTTP/1.1 {response.status} {REASONS.get(response.status, '')}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        lines += [f"content-length: {len(response.body)}", "", ""]
        body = response.body[: len(response.body) // 2] if harm == CUT else response.body
        self.wfile.write("\r\n".join(lines).encode("latin-1") + body)
        self.wfile.flush()

    def _wait_for_the_end(self) -> None:
        """Keep the connection open until the client leaves or the server stops."""
        self.close_connection = True
        while not self.stopping.is_set() and not select.select([self.connection], [], [], _POLL)[0]:
            continue

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - the base class's signature
        """Return the sandbox's time for responses of the base class."""
        return format_datetime(self.core.now().astimezone(UTC), usegmt=True)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunks(self) -> Iterator[bytes]:
        while length := int(self.rfile.readline().partition(b";")[0] or b"0", 16):
            yield self.rfile.read(length)
            self.rfile.readline()
        while self.rfile.readline().strip():
            continue  # trailers

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a request line would contain the access token."""
