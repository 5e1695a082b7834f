"""The server of this machine to which the browser returns at the end of a sign-in. It takes one request.

It listens on both addresses of `localhost`: on one that it left free, another user of the machine could wait for the
code. It takes only a request with the state of the login: any other may come from anyone.
"""

from __future__ import annotations

import concurrent.futures
import errno
import functools
import hmac
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from admonster_fb.errors import FacebookAdsError
from admonster_fb.redaction import redact

T = TypeVar("T")

BIND, BIND6 = "127.0.0.1", "::1"
HOST = "localhost"
"""The name in the redirect URI: Meta allows plain http for this name only, and only for an app in development mode."""
PATH = "/callback"
ATTEMPTS = 10  # ports to try for one that is free on both addresses
_NO_IPV6 = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
READ_TIMEOUT = 5.0  # seconds that a connection may take to send its request: browsers open some that they never use
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body style="font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem">
<h1>{title}</h1><p>{text}</p></body></html>"""
# No script, no frame, no referrer: the address of this page contains the login code.
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Connection": "close",
}


class NoAnswer(FacebookAdsError):  # noqa: N818 - a wait that ended
    """Report that the browser did not return in time."""


class Listener(Generic[T]):
    """Takes the one request that ends a sign-in, and shows the result in the browser.

    `finish` receives the address to which the browser was sent. `wait` returns what it returns, or raises its error;
    the browser shows the text of a `FacebookAdsError`.
    """

    def __init__(self, port: int, finish: Callable[[str], T]) -> None:
        self._port = port
        self._finish = finish
        self._state = ""
        self._first = threading.Lock()
        self._result: concurrent.futures.Future[T] = concurrent.futures.Future()

    @property
    def redirect_uri(self) -> str:
        """The redirect URI for the login dialog and the exchange of the code."""
        return f"http://{HOST}:{self._port}{PATH}"

    def expect(self, link: str) -> None:
        """Accept the redirect of a login link: the request with its state. Before that, none is accepted."""
        self._state = _state(link)

    def wait(self, timeout: float) -> T:
        """Return the result of `finish`. Raises `NoAnswer` after `timeout` seconds without a request."""

        def is_done() -> bool:
            return bool(concurrent.futures.wait([self._result], timeout).done)

        # After that no request is accepted. One that was accepted before may still finish.
        if not is_done() and (self._first.acquire(blocking=False) or not is_done()):
            advice = "Start the login again; with --no-browser paste the address that the browser ends at"
            raise NoAnswer(f"no answer from the browser within {timeout:.0f} s", advice=advice, who="user")
        return self._result.result()

    def accepts(self, host: str | None, target: str) -> bool:
        """Return whether a request is the expected one: our host, path and state, and the first of its kind."""
        # Another host name would be that of a foreign page, rebound to our address.
        ours = host in {f"{name}:{self._port}" for name in (HOST, BIND, f"[{BIND6}]")}
        if not ours or urlsplit(target).path != PATH or not self._state:
            return False
        same = hmac.compare_digest(_state(target).encode("utf-8", "replace"), self._state.encode())
        return same and self._first.acquire(blocking=False)

    def handle_callback(self, target: str, respond: Callable[[int, str], None]) -> None:
        """Finish the sign-in, send the page to the browser by `respond`, and wake `wait`."""
        status, page = 200, _render_page("Signed in", "You can close this window and go back to the terminal.")
        try:
            wake = functools.partial(self._result.set_result, self._finish(f"http://{HOST}:{self._port}{target}"))
        except Exception as error:  # noqa: BLE001 - `wait` raises it
            ours = isinstance(error, FacebookAdsError)
            text = str(error) if ours else "Something failed; the terminal says what."
            status, page = 400 if ours else 500, _render_page("Not signed in", text)
            wake = functools.partial(self._result.set_exception, error)
        try:
            respond(status, page)
        finally:
            wake()


def _state(url: str) -> str:
    """Return the state in the query of a URL; "" unless there is exactly one."""
    states = parse_qs(urlsplit(url).query).get("state", [])
    return states[0] if len(states) == 1 else ""


def _render_page(title: str, text: str) -> str:
    """Return a small HTML page. The texts are escaped and redacted."""
    return PAGE.format(title=escape(title), text=escape(redact(text)))


@contextmanager
def listen(finish: Callable[[str], T], port: int = 0) -> Iterator[Listener[T]]:
    """Listen on both addresses of `localhost` within the block, or raise `FacebookAdsError`. Default: a free port."""
    try:
        servers = _bind(port)
    except OSError as error:
        advice = "Choose another --port (the app must allow its redirect URI), or --no-browser"
        message = f"port {port} of {HOST} ({BIND} and {BIND6}) is not free: {error.strerror}"
        raise FacebookAdsError(message, advice=advice, who="user") from None
    listener = Listener(servers[0].server_address[1], finish)
    with ExitStack() as ends:
        for server in servers:
            server.listener = listener
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
            thread.start()
            for end in (thread.join, server.server_close, server.shutdown):  # called in reverse
                ends.callback(end)
        yield listener


def _bind(port: int) -> list[_Server]:
    """Return a server on each address of `localhost`, with the same port. A machine without IPv6 has one address."""
    for attempts_left in reversed(range(1 if port else ATTEMPTS)):
        server = _Server((BIND, port), _Handler)
        try:
            return [server, _Server6((BIND6, server.server_address[1]), _Handler)]
        except OSError as error:
            if error.errno in _NO_IPV6:
                return [server]
            server.server_close()
            if not attempts_left:
                raise
    raise AssertionError  # the loop returns or raises


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # On Windows it would let another program share the port.
    allow_reuse_address = os.name != "nt"
    listener: Listener[Any]

    def server_bind(self) -> None:
        """Bind without the look-up of the host's name that `HTTPServer` makes."""
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connections that the browser closed. The default prints their addresses."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = READ_TIMEOUT

    def do_GET(self) -> None:
        """Respond to the expected request. Any other gets 404."""
        if self.server.listener.accepts(self.headers.get("Host"), self.path):
            self.server.listener.handle_callback(self.path, self._respond)
        else:
            self._respond(404, _render_page("Nothing here", "This address takes one answer of a sign-in."))

    def _respond(self, status: int, page: str) -> None:
        content = page.encode()
        self.send_response_only(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a request line contains the login code."""
