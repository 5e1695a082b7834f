"""The listener that the browser is sent back to at the end of a sign-in: 127.0.0.1, one request, then closed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from admonster_fb.errors import FacebookAdsError
from admonster_fb.redaction import redact

T = TypeVar("T")

BIND = "127.0.0.1"
HOST = "localhost"
"""How the browser names it: Meta takes plain http for this name alone, and only of an app in development mode."""
PATH = "/callback"
SLOWEST = 5.0
"""Seconds a connection may take to say what it wants: browsers open some that they never use."""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body style="font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem">
<h1>{title}</h1><p>{text}</p></body></html>"""
DONE = "You can close this window and go back to the terminal."
# No script, no frame, no referrer: the address of this page holds the login code.
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Connection": "close",
}


class NoAnswer(FacebookAdsError):  # noqa: N818 - a wait that ended
    """Report that the browser did not come back in time."""


class Listener(Generic[T]):
    """Takes the one request that ends a sign-in, and shows the browser what became of it.

    `finish` gets the address the browser was sent to. What it returns is what `wait` returns; the error it raises is
    what `wait` raises, and the browser is shown its words.
    """

    def __init__(self, server: _Server, finish: Callable[[str], T]) -> None:
        self._server = server
        self._finish = finish
        self._first = threading.Lock()
        self._over = threading.Event()
        self._result: list[T] = []
        self._error: Exception | None = None
        server.listener = self

    @property
    def redirect_uri(self) -> str:
        """The address to give the dialog: it must be the same in the exchange of the code."""
        return f"http://{HOST}:{self._server.server_address[1]}{PATH}"

    def wait(self, timeout: float) -> T:
        """Return what `finish` made of the answer; raise `NoAnswer` after `timeout` seconds."""
        # When time is up the door shuts for good; but an answer that is already being worked on is waited for.
        if not self._over.wait(timeout) and (self._first.acquire(blocking=False) or not self._over.wait(timeout)):
            raise NoAnswer(
                f"no answer from the browser within {timeout:.0f} s",
                advice="Start the login again; with --no-browser paste the address that the browser ends at",
                who="user",
            )
        if self._error is not None:
            raise self._error
        return self._result[0]

    def accepts(self, host: str | None, target: str) -> bool:
        """Tell whether a request is the answer awaited: ours by name and path, and the first of its kind."""
        port = self._server.server_address[1]
        ours = host in {f"{name}:{port}" for name in (HOST, BIND)}  # another name would be a page's own, rebound to us
        return ours and urlsplit(target).path == PATH and self._first.acquire(blocking=False)

    def settle(self, target: str) -> tuple[int, str]:
        """Finish the sign-in with the answer; return status and page for the browser."""
        try:
            self._result.append(self._finish(f"http://{HOST}:{self._server.server_address[1]}{target}"))
        except FacebookAdsError as error:
            self._error = error
            return 400, page("Not signed in", str(error))
        except Exception as error:  # noqa: BLE001 - raised where somebody waits
            self._error = error
            return 500, page("Not signed in", "Something failed; the terminal says what.")
        return 200, page("Signed in", DONE)

    def end(self) -> None:
        """Wake who waits: the browser has its page."""
        self._over.set()


def page(title: str, text: str) -> str:
    """Return a small page; the texts may hold anything.

    >>> "&lt;script&gt;" in page("Signed in", "<script>")
    True
    """
    return PAGE.format(title=escape(title), text=escape(redact(text)))


@contextmanager
def listen(finish: Callable[[str], T], port: int = 0) -> Iterator[Listener[T]]:
    """Listen on 127.0.0.1 while the block runs; port 0 picks a free one.

    >>> with listen(len) as listener:
    ...     listener.redirect_uri.startswith("http://localhost:")
    True
    """
    try:
        server = _Server((BIND, port), _Handler)
    except OSError as error:
        advice = "Choose another --port (the app must allow its redirect URI), or --no-browser"
        told = f"port {port} on {BIND} is not free: {error.strerror}"
        raise FacebookAdsError(told, advice=advice, who="user") from None
    listener = Listener(server, finish)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # Elsewhere a port just left is free again at once; on Windows this would let another program share it.
    allow_reuse_address = os.name != "nt"
    listener: Listener[Any]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of browsers that left: the default would print their addresses."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = SLOWEST

    def do_GET(self) -> None:
        """Answer the one request; any other gets 404."""
        listener = self.server.listener
        if not listener.accepts(self.headers.get("Host"), self.path):
            self._write(404, page("Nothing here", "This address takes one answer of a sign-in."))
            return
        try:
            self._write(*listener.settle(self.path))
        finally:
            listener.end()

    def _write(self, status: int, body: str) -> None:
        content = body.encode()
        self.send_response_only(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: a request line would print the login code."""
