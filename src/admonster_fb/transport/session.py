"""The connection to one host with one token: TLS, timeouts, a pool, and where the secrets go."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.auth import AuthBase

from admonster_fb.errors import MISSING, APIError, ParameterError, Violation
from admonster_fb.redaction import MASK, redact

META = "https://graph.facebook.com"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SANDBOX_TOKEN = "sandbox-"  # noqa: S105 - the prefix, not a token
_PIECE = 1 << 24
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and how to connect. Timeouts are seconds: to connect, and between two bytes of the answer."""

    endpoint: str = META
    version: str = "v26.0"
    timeout: tuple[float, float] = (10.0, 60.0)
    verify: bool | str | None = None
    """A CA bundle, or False for none; by default certifi's."""
    token_in: Literal["header", "body"] = "header"  # noqa: S105 - no password
    """Writes can carry the token in the form body, for hosts that want it there; reads always use the header."""
    pool_size: int = 32
    adapter: BaseAdapter | None = None
    """Sends requests instead of the network: the embedded sandbox."""


class Held(AuthBase):
    """One token and its proof, put into the Authorization header of a request and shown nowhere."""

    __slots__ = ("__proof", "__token")

    def __init__(self, access_token: str, app_secret: str | None = None) -> None:
        self.__token = access_token
        self.__proof = _proof(app_secret, access_token) if app_secret and access_token else None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into the header; without one, as when logging in, there is none."""
        if self.__token:
            request.headers["Authorization"] = f"Bearer {self.__token}"
        return request

    def params(self, *, reading: bool, where: str) -> dict[str, str]:
        """Return what has to go among the parameters: the proof, and in a write's body the token if so set.

        Meta takes `appsecret_proof` nowhere else, so a read has it in its query.
        """
        proof = {"appsecret_proof": self.__proof} if self.__proof else {}
        return proof if reading or where == "header" else {**proof, "access_token": self.__token}

    def reveal(self) -> str:
        """Return the token, for what is to be said of it: inspection, renewal."""
        return self.__token

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __reduce__(self) -> Any:
        raise TypeError("credentials are not pickled")


def _proof(app_secret: str, access_token: str) -> str:
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


class Source(Protocol):
    """Where a token comes from that can change while it is used: `auth.lifecycle`."""

    def access_token(self) -> str:
        """Return the token to use now."""

    def refused(self, error: APIError, access_token: str) -> None:
        """Take note that Meta refused a token, and tell the error how the user can log in."""


class Credentials(AuthBase):
    """The token in use. It can be renewed in place at any time: each request takes token and proof as one."""

    __slots__ = ("__app_secret", "__check", "__held", "__source")

    def __init__(
        self,
        access_token: str | Source,
        app_secret: str | None = None,
        check: Callable[[str], None] | None = None,
    ) -> None:
        self.__source = None if isinstance(access_token, str) else access_token
        self.__app_secret = app_secret
        self.__check = check
        self.__held = Held(access_token if isinstance(access_token, str) else "", app_secret)

    def held(self) -> Held:
        """Return the token and proof for one request; the source is asked first, if there is one."""
        held = self.__held
        if self.__source is not None and (token := self.__source.access_token()) != held.reveal():
            held = self.renew(token)
        return held

    @property
    def in_use(self) -> Held:
        """The token in use, without asking the source."""
        return self.__held

    def renew(self, access_token: str) -> Held:
        """Use another token from now on; requests under way end with theirs."""
        if self.__check is not None:
            self.__check(access_token)
        held = self.__held = Held(access_token, self.__app_secret)
        return held

    def refused(self, error: APIError, held: Held) -> None:
        """Tell the source of a token that Meta refused."""
        if self.__source is not None:
            self.__source.refused(error, held.reveal())

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the token into the header."""
        return self.held()(request)

    def params(self, *, reading: bool, where: str) -> dict[str, str]:
        """Return what has to go among the parameters."""
        return self.held().params(reading=reading, where=where)

    def __repr__(self) -> str:
        return "Credentials(…)"

    def __reduce__(self) -> Any:
        raise TypeError("credentials are not pickled")


class Session:
    """What Meta's SDK expects of a session (`GRAPH`, `requests`, `timeout`), with a token that stays out of URLs."""

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self.GRAPH = settings.endpoint.rstrip("/")
        self.timeout = settings.timeout
        self.credentials = credentials
        self.settings = settings
        self.requests = _Whole()
        self.requests.auth = credentials
        self.requests.verify = certifi.where() if settings.verify is None else settings.verify
        adapter = settings.adapter or HTTPAdapter(settings.pool_size, settings.pool_size, pool_block=True)
        for scheme in ("https://", "http://"):
            self.requests.mount(scheme, adapter)
        for name in ("urllib3.connectionpool", "urllib3.connection"):
            logging.getLogger(name).addFilter(_redacted)  # adding it twice changes nothing

    def close(self) -> None:
        """Close the pool; calls under way end as they may."""
        self.requests.close()


class _Whole(requests.Session):
    """Reads an answer in one go: ten kilobytes at a time, as requests does, take half of the time of a page."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send a request and read its answer to the end."""
        response = super().send(request, **{**options, "stream": True})
        if not response._content:  # not read yet
            response._content = b"".join(response.iter_content(_PIECE))
        return response


def check_endpoint(endpoint: str, access_token: str, *, in_process: bool) -> None:
    """Refuse a host to which this token must not go.

    Plain http is for loopback only; a sandbox token goes to the sandbox only, any other token never to loopback.
    """
    local = _local(endpoint, in_process=in_process)
    if not access_token:
        raise ParameterError([Violation("access_token", MISSING, "an access token (FACEBOOK_ACCESS_TOKEN in .env)")])
    if not _TOKEN.fullmatch(access_token):  # no header can carry it, and the failure would show it
        raise ParameterError([Violation("access_token", MASK, "one word of ASCII letters, digits and signs")])
    if access_token.startswith(SANDBOX_TOKEN) and not local:
        raise ParameterError([Violation("access_token", "a sandbox token", "a token of Meta's for this endpoint")])
    if local and not access_token.startswith(SANDBOX_TOKEN):
        raise ParameterError([Violation("access_token", "not a sandbox token", "a sandbox token for this endpoint")])


def check_app(endpoint: str, app_secret: str, *, in_process: bool) -> None:
    """Refuse a host to which this app secret must not go, as `check_endpoint` does for tokens."""
    local = _local(endpoint, in_process=in_process)
    if not _TOKEN.fullmatch(app_secret):
        raise ParameterError([Violation("app_secret", MASK, "one word of ASCII letters, digits and signs")])
    if app_secret.startswith(SANDBOX_TOKEN) is not local:
        wanted = "the sandbox's app secret" if local else "the app secret of an app of Meta's"
        raise ParameterError([Violation("app_secret", MASK, f"{wanted} for this endpoint")])


def _local(endpoint: str, *, in_process: bool) -> bool:
    url = urlsplit(endpoint)
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
        raise ParameterError([Violation("endpoint", endpoint, "https://…, or http:// to loopback")])
    return url.hostname in LOOPBACK or in_process


def _redacted(record: logging.LogRecord) -> bool:
    """Mask secrets in urllib3's lines, which show the query: Meta takes appsecret_proof only there."""
    if isinstance(record.args, tuple):
        record.args = tuple(redact(arg) if isinstance(arg, str) else arg for arg in record.args)
    return True
