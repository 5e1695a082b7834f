"""The HTTP door: a stdlib server on the loopback address, one write per answer, Nagle off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from http.client import responses as REASONS  # noqa: N812 - a table of constants
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from admonster_fb.sandbox.wire import Response, build_request

if TYPE_CHECKING:
    from admonster_fb.sandbox.core import Sandbox

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    url: str
    sandbox: Sandbox


@contextmanager
def serve(sandbox: Sandbox, port: int = 0) -> Iterator[Server]:
    """Serve a sandbox over HTTP on 127.0.0.1 while the block runs; port 0 picks a free one."""
    server = make_server(sandbox, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Server(f"http://{HOST}:{server.server_address[1]}", sandbox)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_server(sandbox: Sandbox, port: int) -> ThreadingHTTPServer:
    """Return a server that is bound and not yet serving."""

    class BoundHandler(_Handler):
        core = sandbox

    return _Server((HOST, port), BoundHandler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    core: Sandbox
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one write: two writes with Nagle's algorithm cost 40 ms each answer.
    disable_nagle_algorithm = True
    wbufsize = -1

    def _answer(self) -> None:
        url = f"http://{self.headers.get('Host', HOST)}{self.path}"
        request = build_request(self.command, url, dict(self.headers.items()), self._body())
        self._write(self.core.handle(request))

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - names the base class looks for

    def _write(self, response: Response) -> None:
        # The sandbox's time, not the machine's: a recording made again must be the same.
        moment = format_datetime(self.core.now().astimezone(UTC), usegmt=True)
        lines = [f"HTTP/1.1 {response.status} {REASONS.get(response.status, '')}", f"Date: {moment}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        lines += [f"Content-Length: {len(response.body)}", "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + response.body)
        self.wfile.flush()

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
        """Keep quiet: a request line would print the access token."""
