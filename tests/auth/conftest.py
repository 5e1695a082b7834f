"""A small Meta for these tests, as `docs/meta-rules.md#login-and-tokens` has it, on a clock that stands still.

A test moves the clock.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter

from admonster_fb import Login, Settings
from admonster_fb.auth.scopes import SCOPES
from admonster_fb.auth.stores import MemoryStore
from admonster_fb.auth.token import Token
from admonster_fb.redaction import Secret

APP_SECRET = "sandbox-5ec2e700000000000000"
REDIRECT = "https://bot.example/callback"
START = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def pass_by(self, **units: float) -> None:
        self.time += timedelta(**units)


class Meta(BaseAdapter):
    """Answers calls about tokens. `asked` has each as (method, path, params, token); `fails` is answered first."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.fails: dict[str, dict[str, Any] | Exception | None] = {}
        self.codes: dict[str, str] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.declined: tuple[str, ...] = ()
        self.made = 0

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        url = urlsplit(request.url or "")
        path = url.path.lstrip("/").partition("/")[2]
        body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        params = dict(parse_qsl(url.query)) | dict(parse_qsl(str(body)))
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        self.asked.append((request.method or "", path, params, token))
        failure = self.fails.pop(path, None)
        if isinstance(failure, Exception):
            raise failure
        answered = {"error": failure} if failure else self._answer(request.method or "", path, params, token)
        response = requests.Response()
        response.status_code = 400 if "error" in answered else 200
        response.raw = BytesIO(json.dumps(answered).encode())
        response.request, response.url = request, request.url or ""
        return response

    def close(self) -> None:
        pass

    def _answer(self, method: str, path: str, params: dict[str, str], token: str) -> dict[str, Any]:
        if path == "oauth/access_token":
            return self._exchange(params)
        if path == "debug_token":
            return {"data": self._debug(params["input_token"])}
        if path == "me/permissions" and method == "DELETE":
            self.tokens.pop(token)
            return {"success": True}
        if path == "me/permissions":
            rows = [{"permission": each, "status": "granted"} for each in self.tokens[token]["scopes"]]
            return {"data": [*rows, *({"permission": each, "status": "declined"} for each in self.declined)]}
        return {"id": "7"} if token in self.tokens else {"error": {"code": 190, "message": "Invalid token"}}

    def _exchange(self, params: dict[str, str]) -> dict[str, Any]:
        assert params["client_id"] == "1234"
        assert params["client_secret"] == APP_SECRET
        if params.get("grant_type") == "fb_exchange_token":
            if params["fb_exchange_token"] not in self.tokens:
                return {"error": {"code": 190, "error_subcode": 463, "message": "Session has expired"}}
            return self.issue(days=60)
        if self.codes.pop(params["code"], None) != params["redirect_uri"]:
            return {"error": {"code": 100, "error_subcode": 36009, "message": "This code has been used."}}
        return self.issue(hours=2)

    def issue(self, **lifetime: float) -> dict[str, Any]:
        self.made += 1
        value = f"sandbox-{self.made:024x}"
        scopes = [scope for scope in SCOPES if scope not in self.declined]
        self.tokens[value] = {"scopes": scopes, "expires_at": self.clock.now() + timedelta(**lifetime)}
        seconds = int(timedelta(**lifetime).total_seconds())
        return {"access_token": value, "token_type": "bearer", "expires_in": seconds}

    def _debug(self, value: str) -> dict[str, Any]:
        token = self.tokens.get(value)
        if token is None:
            error = {"code": 190, "subcode": 467, "message": "The session is invalid because the user logged out."}
            return {"app_id": "1234", "is_valid": False, "error": error, "scopes": []}
        expires_at = token["expires_at"]
        return {
            "app_id": "1234",
            "type": "USER",
            "application": "Bot",
            "is_valid": not expires_at or expires_at > self.clock.now(),
            "user_id": "7",
            "expires_at": int(expires_at.timestamp()) if expires_at else 0,
            "data_access_expires_at": int((self.clock.now() + timedelta(days=90)).timestamp()),
            "scopes": token["scopes"],
        }

    def count(self, path: str, **params: str) -> int:
        return sum(1 for _, asked, given, _ in self.asked if asked == path and params.items() <= given.items())

    @property
    def exchanges(self) -> int:
        return self.count("oauth/access_token", grant_type="fb_exchange_token")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meta(clock: Clock) -> Meta:
    return Meta(clock)


@pytest.fixture
def login(meta: Meta, clock: Clock) -> Login:
    return Login("1234", APP_SECRET, REDIRECT, settings=Settings(adapter=meta), clock=clock)


@pytest.fixture
def come_back(meta: Meta) -> Any:
    """Return a function that plays the browser: from a link to the address it ends at."""

    def browse(url: str, code: str = "sandbox-c0dec0dec0de") -> str:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        meta.codes[code] = asked["redirect_uri"]
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}#_=_"

    return browse


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def stored(meta: Meta, clock: Clock, store: MemoryStore) -> Token:
    """A token of 60 days for ann, in the store and known to Meta."""
    told = meta.issue(days=60)
    token = Token(
        Secret(told["access_token"]), "7", "USER", "1234", SCOPES, expires_at=clock.now() + timedelta(days=60)
    )
    store.save("ann", token)
    return token


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """All that anything logs, at DEBUG."""
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler.lines
    logging.getLogger().removeHandler(handler)
