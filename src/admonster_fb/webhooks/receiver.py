"""The receiver of webhooks: handshake, signature, each event once, your functions; as a WSGI or ASGI app.

It answers before anything is read: the work is done in a thread of its own. A delivery may be lost all the same (Meta
drops it after 36 hours of failures, and what waits here is lost with the process), so keep polling, hourly say.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import inspect
import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.redaction import Secret
from admonster_fb.webhooks.events import Event, parse

MOST_BYTES = 8 << 20  # most bytes of a delivery: a thousand changes have a tenth
REMEMBERED = 36 * 3600  # seconds for which events are remembered: as long as Meta repeats a delivery
MOST_WAITING = 1_000  # most deliveries that wait. Beyond it Meta is asked to send again later
_MOST_KEYS = 1_000_000
_HEADERS = {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_LOG = logging.getLogger("admonster_fb")
Handler = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request of Meta's: HTTP status and text."""

    status: int
    text: str = ""


def verify_challenge(query: Mapping[str, Any], verify_token: str) -> str | None:
    """Return the text with which to answer the verification of a callback; `None` if the token is wrong: answer 403.

    Frameworks that turn the dots of `hub.mode` into underscores are understood.

    >>> verify_challenge({"hub.mode": "subscribe", "hub.challenge": "1158", "hub.verify_token": "mine"}, "mine")
    '1158'
    """
    mode, challenge, token = (_one(query, name) for name in ("mode", "challenge", "verify_token"))
    right = hmac.compare_digest(token.encode("utf-8", "replace"), verify_token.encode("utf-8", "replace"))
    return challenge if right and verify_token and mode == "subscribe" and challenge else None


def _one(query: Mapping[str, Any], name: str) -> str:
    value = query.get(f"hub.{name}", query.get(f"hub_{name}", ""))
    return str(value[0] if isinstance(value, (list, tuple)) and value else value or "")


def verify_signature(body: bytes, header: str | None, app_secret: str) -> bool:
    """Return whether a delivery is Meta's: `header` is `X-Hub-Signature-256`, `body` the bytes as they came.

    >>> verify_signature(b"{}", "sha256=0", "secret")
    False
    """
    given = (header or "").strip().encode("utf-8", "replace")
    return bool(app_secret) and hmac.compare_digest(signature(body, app_secret).encode(), given)


def signature(body: bytes, secret: str) -> str:
    """Return the value of `X-Hub-Signature-256` for a body, as Meta signs it."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


class Receiver:
    """Receives the webhooks of one app, or of several with a secret each. Safe to share between threads.

    `handlers` are functions by field (`leadgen`) or by `object.field` (`ad_account.effective_status`); `"*"` gets what
    no other one gets. Each event reaches its function once within 36 hours: a lead by its ID, any other by content and
    time of sending. An error of a function is logged without the event, which a repeat brings again; the others go on.

    >>> receiver = Receiver("secret", "mine", {"leadgen": print})
    >>> receiver.handle("GET", {"hub.mode": "subscribe", "hub.challenge": "7", "hub.verify_token": "mine"}).text
    '7'
    """

    def __init__(
        self,
        app_secret: str | Secret | Iterable[str | Secret],
        verify_token: str | Secret,
        handlers: Mapping[str, Handler],
        *,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.time,
        background: bool = True,
    ) -> None:
        secrets = [app_secret] if isinstance(app_secret, (str, Secret)) else [*(app_secret or ())]
        self._secrets = [Secret(each) for each in secrets if each]
        self._verify_token = Secret(verify_token or "")
        if not self._secrets or not self._verify_token:
            name = "verify_token" if self._secrets else "app_secret"
            raise ParameterError([Violation(name, MISSING, "a text that only Meta and you know")])
        self._handlers = dict(handlers)
        plain = {name for name, each in handlers.items() if callable(each) and not inspect.iscoroutinefunction(each)}
        if wrong := [name for name in handlers if name not in plain]:
            allowed = "plain functions; they can pass the event on with asyncio.run_coroutine_threadsafe"
            raise ParameterError([Violation("handlers", ", ".join(wrong), allowed)])
        self._most_bytes, self._clock, self._background = most_bytes, clock, background
        self._waiting: queue.Queue[bytes] = queue.Queue(MOST_WAITING)
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def handle(
        self, method: str, query: Mapping[str, Any], headers: Mapping[str, str] = {}, body: bytes = b""
    ) -> Reply:
        """Answer a request: with the challenge, or with 200 for a delivery that is Meta's.

        >>> Receiver("secret", "mine", {}).handle("POST", {}, {"X-Hub-Signature-256": "sha256=0"}, b"{}").status
        403
        """
        if method == "GET":
            challenge = verify_challenge(query, self._verify_token.reveal())
            return Reply(403) if challenge is None else Reply(200, challenge)
        if method != "POST":
            return Reply(405)
        if len(body) > self._most_bytes:
            return Reply(413)
        header = next((value for name, value in headers.items() if name.lower() == "x-hub-signature-256"), None)
        if not any(verify_signature(body, header, secret.reveal()) for secret in self._secrets):
            _LOG.warning("webhook: a delivery of %d bytes without a valid signature was refused", len(body))
            return Reply(403)
        try:
            self._waiting.put_nowait(body)
        except queue.Full:
            return Reply(503)
        with self._lock:
            if self._background and (self._worker is None or not self._worker.is_alive()):  # a fork has no threads
                self._worker = threading.Thread(target=self._loop, name="webhooks", daemon=True)
                self._worker.start()
        return Reply(200, "EVENT_RECEIVED")

    def drain(self) -> int:
        """Call the functions for all deliveries that wait, in this thread, and return the number of new events.

        >>> Receiver("secret", "mine", {}).drain()
        0
        """
        count = 0
        while True:
            try:
                count += self._work(self._waiting.get_nowait())
            except queue.Empty:
                return count

    def _loop(self) -> None:
        while True:
            self._work(self._waiting.get())

    def _work(self, body: bytes) -> int:
        try:
            events = parse(body)
        except ValueError:
            _LOG.warning("webhook: a signed delivery of %d bytes could not be read", len(body))
            return 0
        new = [event for event in events if self._is_new(event.key)]
        for event in new:
            if not self._dispatch(event):
                with self._lock:
                    self._seen.pop(event.key, None)  # should Meta repeat it, it is tried again
        return len(new)

    def _is_new(self, key: str) -> bool:
        now = self._clock()
        with self._lock:
            while self._seen and (next(iter(self._seen.values())) < now - REMEMBERED or len(self._seen) >= _MOST_KEYS):
                self._seen.popitem(last=False)
            is_new = key not in self._seen
            self._seen.setdefault(key, now)
            return is_new

    def _dispatch(self, event: Event) -> bool:
        names = (f"{event.object}.{event.field}", event.field, event.object, "*")
        handler = next((self._handlers[name] for name in names if name in self._handlers), None)
        try:
            if handler is not None:
                handler(event)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it must not keep the others from their events
            _LOG.error("webhook: %s of %s failed: %s", event.field, event.entry_id, type(error).__name__)
            return False
        return True

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Answer as a WSGI app: `app = receiver.wsgi`.

        >>> receiver.wsgi({"REQUEST_METHOD": "PUT"}, lambda status, headers: None)
        [b'']
        """
        method, length = environ.get("REQUEST_METHOD", "GET"), str(environ.get("CONTENT_LENGTH") or "")
        if (reply := self._refused(length)) is None:
            stream: Any = environ.get("wsgi.input")
            size = int(length) if length else self._most_bytes + 1
            readable = stream is not None and method == "POST" and (length or environ.get("wsgi.input_terminated"))
            body = stream.read(size) if readable else b""
            headers = {"X-Hub-Signature-256": environ.get("HTTP_X_HUB_SIGNATURE_256", "")}
            query = parse_qs(environ.get("QUERY_STRING", ""))
            short = method == "POST" and bool(length) and len(body) < size
            reply = Reply(400) if short else self.handle(method, query, headers, body)
        start_response(f"{reply.status} {http.client.responses[reply.status]}", [*_HEADERS.items()])
        return [reply.text.encode()]

    async def asgi(
        self, scope: Mapping[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        """Answer as an ASGI app: `app = receiver.asgi`."""
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
        reply, body = self._refused(headers.get("content-length", "")), b""
        while reply is None:
            message = await receive()
            body += message.get("body", b"")
            if message["type"] == "http.disconnect":
                return
            if len(body) > self._most_bytes:
                reply = Reply(413)
            elif not message.get("more_body"):
                query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
                short = len(body) < int(headers.get("content-length") or 0)
                reply = Reply(400) if short else self.handle(scope["method"], query, headers, body)
        lines = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": lines})
        await send({"type": "http.response.body", "body": reply.text.encode()})

    def _refused(self, length: str) -> Reply | None:
        """Return the answer to a body that is not even read, by its length."""
        if length and not (length.isascii() and length.isdecimal()):
            return Reply(400)
        too_long = len(length) > 15 or int(length or 0) > self._most_bytes
        return Reply(413) if too_long else None

    def __repr__(self) -> str:
        return f"Receiver({sorted(self._handlers)})"
