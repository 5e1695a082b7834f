"""A server that answers exactly what a test says, a clock that waits for nothing, and a search for leaked tokens."""

from __future__ import annotations

import json
import socket
import struct
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from admonster_fb import FacebookAds, Settings

TOKEN = "sandbox-" + "5ec12e7f" * 5
APP_SECRET = "a5ec12e7" * 4

Action = Callable[[socket.socket], None]


def raw(status: int = 200, body: bytes | str = b"", kind: str = "application/json", **headers: str) -> bytes:
    """An HTTP answer, whole."""
    content = body.encode() if isinstance(body, str) else body
    named = {"Content-Type": kind, "Content-Length": str(len(content)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} Whatever\r\n{head}Connection: close\r\n\r\n".encode() + content


def answer(data: Any, status: int = 200, **headers: str) -> bytes:
    """An answer in JSON."""
    return raw(status, json.dumps(data), **headers)


def error(code: int, subcode: int | None = None, status: int = 400, message: str = "Told by Meta", **more: Any) -> Any:
    return {"error": {"message": message, "code": code, "error_subcode": subcode, "fbtrace_id": "Abc", **more}}


def reset(connection: socket.socket) -> None:
    """Close so that the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(connection: socket.socket) -> None:
    """Say nothing until the other side gives up."""
    connection.settimeout(5)
    connection.recv(1)


@dataclass
class Received:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


def good(request: Received) -> bytes:
    """The good answer to a read, a change or a create."""
    parts = request.path.strip("/").split("/")[1:]
    if parts[-1] == "adimages":
        return answer({"images": {"bytes": {"hash": "ab"}}})
    changes = len(parts) == 1 and request.method != "GET"
    return answer({"success": True} if changes else {"id": parts[0] if len(parts) == 1 else "1"})


@dataclass
class Wire:
    """Answers on loopback: first what is in `script`, then `otherwise`, for ever."""

    script: deque[bytes | Action | None] = field(default_factory=deque)
    otherwise: bytes | Action | None = None
    """Default: the good answer to whatever is asked."""
    received: list[Received] = field(default_factory=list)
    unread: int = 0
    """How many coming connections to reset before their request is read."""

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def sent(self, method: str) -> list[Received]:
        return [request for request in self.received if request.method == method]

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._one(connection)

    def _one(self, connection: socket.socket) -> None:
        if self.unread:
            self.unread -= 1
            connection.recv(1)
            reset(connection)
            return
        try:
            request = _read(connection)
        except (OSError, ValueError):
            return  # not HTTP: a TLS handshake
        self.received.append(request)
        say = (self.script.popleft() if self.script else self.otherwise) or good(request)
        with suppress(OSError):  # the other side has given up
            connection.sendall(say) if isinstance(say, bytes) else say(connection)


def _read(connection: socket.socket) -> Received:
    stream = connection.makefile("rb")
    method, target, _ = stream.readline().decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while line := stream.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return Received(method, target, headers, stream.read(int(headers.get("content-length", 0))))


class Clock:
    """Time that passes only by sleeping, or as a test says."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._now = datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@pytest.fixture
def wire() -> Iterator[Wire]:
    server = Wire()
    yield server
    server.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


Connect = Callable[..., FacebookAds]


@pytest.fixture
def connect(wire: Wire, clock: Clock) -> Iterator[Connect]:
    """Connect to the wire, with settings and options."""
    opened: list[FacebookAds] = []

    def make(*, token: str = TOKEN, settings: dict[str, Any] | None = None, **options: Any) -> FacebookAds:
        chosen = Settings(**{"endpoint": wire.url, "timeout": (2.0, 2.0), **(settings or {})})
        opened.append(FacebookAds(token, "act_1", settings=chosen, clock=clock, **options))
        return opened[-1]

    yield make
    for fb in opened:
        fb.close()


def chain(failure: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that it was raised from or during."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [failure]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]


def shown(failure: BaseException) -> str:
    """Return everything that a log, a debugger or a crash reporter would show of an exception."""
    lines: list[str] = []
    for each in chain(failure):
        lines += [str(each), repr(each), repr(each.args), repr(vars(each))]
        lines += traceback.format_exception(each, chain=False)
        for frame, _ in traceback.walk_tb(each.__traceback__):
            if "admonster_fb" in frame.f_code.co_filename or "site-packages" in frame.f_code.co_filename:
                lines += [f"{name}={value!r}" for name, value in frame.f_locals.items()]
    return "\n".join(lines)


def one_line(failure: BaseException) -> bool:
    return len(str(failure).splitlines()) == 1 and len(str(failure)) < 700
