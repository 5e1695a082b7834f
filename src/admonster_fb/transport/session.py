"""The connection to one host with one token: TLS, timeouts, a connection pool, and where the secrets go."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, parse_headers
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.auth import AuthBase
from urllib3 import ProxyManager
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from admonster_fb._optional import after_fork
from admonster_fb.errors import MISSING, APIError, FacebookAdsError, ParameterError, Violation
from admonster_fb.redaction import MASK, redact, remember
from admonster_fb.transport.patience import within
from admonster_fb.variables import LOOPBACK

META = "https://graph.facebook.com"
SANDBOX_TOKEN = "sandbox-"  # noqa: S105 - the prefix, not a token
PATIENCE = 0.3  # seconds that a stop waits for the renewal of a token before it is sent with the old one
MOST_BYTES = 64 << 20  # most bytes of a response, unpacked: a page of insights with all breakdowns has a tenth
MOST_VALUES = MOST_BYTES >> 4  # most values of a response: a short one takes ten times its bytes once it is decoded
_READ_AT_ONCE = 1 << 24
_PACKED_AT_ONCE = 1 << 16  # bytes read at once of a packed response: a thousand times as many may come out
_PACKINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_MOST_HINTS = 10
_TOKEN = re.compile(r"[!-~]+")
_VERSION = re.compile(r"[vV]?([1-9][0-9]{0,3})(?:\.([0-9]{1,4}))?")
_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_SURROGATES = re.compile(
    rb"(?<!\\)((?:\\\\)*)(?:%b%b|(%b|%b))|(\xed[\xa0-\xbf][\x80-\xbf])" % (_HIGH, _LOW, _HIGH, _LOW)
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and how to connect.

    >>> Settings(timeout=(5.0, 30.0)).version
    'v26.0'
    """

    endpoint: str = META
    version: str = "v26.0"
    """Version of Meta's API. `"26.0"` and `"v26"` mean the same."""
    timeout: tuple[float, float] = (10.0, 60.0)
    """Seconds to connect, and seconds between two bytes of the response."""
    verify: bool | str | None = None
    """Path of a CA bundle, or `False` to verify nothing. Default: the bundle of certifi."""
    token_in: Literal["header", "body"] = "header"  # noqa: S105 - no password
    """`"body"` puts the token of writes into the form, for hosts that need it there. Reads always use the header."""
    pool_size: int = 32
    """Most connections at once."""
    adapter: BaseAdapter | None = None
    """Transport of `requests` instead of the network: the embedded sandbox."""

    def __post_init__(self) -> None:
        # A longer text would lead requests to other paths: a folder's .env may set the version.
        written = _VERSION.fullmatch(f"{self.version}")  # a number is one too; "True" is not
        if not written:
            raise ParameterError([Violation("version", self.version, "a version of Meta's API, such as v26.0")])
        object.__setattr__(self, "version", f"v{written[1]}.{written[2] or 0}")


class TokenAuth(AuthBase):
    """One token and its proof, for the Authorization header of a request. Neither is ever printed."""

    __slots__ = ("__proof", "__token")

    def __init__(self, access_token: str, app_secret: str | None = None) -> None:
        self.__token = access_token
        self.__proof: str | None = None
        if app_secret and access_token:
            self.__proof = hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()
        for secret in filter(None, (access_token, app_secret, self.__proof)):
            remember(secret)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the header. Without a token, as during a login, there is none."""
        if self.__token:
            request.headers["Authorization"] = f"Bearer {self.__token}"
        return request

    def params(self, *, reading: bool, where: str) -> dict[str, str]:
        """Return the secrets among the parameters: the proof, which Meta takes only there, and a write's token."""
        proof = {"appsecret_proof": self.__proof} if self.__proof else {}
        return proof if reading or where == "header" else {**proof, "access_token": self.__token}

    def reveal(self) -> str:
        """Return the token itself, for its inspection and renewal."""
        return self.__token

    def __repr__(self) -> str:
        return "TokenAuth(…)"

    def __reduce__(self) -> Any:
        raise TypeError("credentials are not pickled")


class TokenSource(Protocol):
    """A source of a token that can change while it is in use: `auth.token_manager`."""

    def access_token(self) -> str:
        """Return the token to use now."""

    def refused(self, error: APIError, access_token: str) -> None:
        """Record that Meta refused a token, and add to the error how the user can log in."""


class Credentials:
    """The token in use. It can be replaced at any time: each request takes token and proof together."""

    __slots__ = ("__app_secret", "__auth", "__check", "__source")

    def __init__(
        self, access_token: str | TokenSource, app_secret: str | None = None, check: Callable[[str], None] | None = None
    ) -> None:
        self.__source = None if isinstance(access_token, str) else access_token
        self.__app_secret = app_secret
        self.__check = check
        self.__auth = TokenAuth(access_token if isinstance(access_token, str) else "", app_secret)

    def current(self, *, soon: bool = False) -> TokenAuth:
        """Return the token for one request. A source is asked for it first; with `soon`, not for long."""
        auth, source = self.__auth, self.__source
        if source is None:
            return auth
        try:
            token = within(PATIENCE, source.access_token) if soon and auth.reveal() else source.access_token()
        except TimeoutError:
            return auth
        return auth if token == auth.reveal() else self.renew(token)

    @property
    def in_use(self) -> TokenAuth:
        """The token in use, without asking the source."""
        return self.__auth

    def renew(self, access_token: str) -> TokenAuth:
        """Use another token from now on. Requests that have begun end with theirs."""
        auth = self.__auth = self.derived(access_token)
        return auth

    def derived(self, access_token: str) -> TokenAuth:
        """Return another token of the same app, with its proof: a Page's."""
        if self.__check is not None:
            self.__check(access_token)
        return TokenAuth(access_token, self.__app_secret)

    def refused(self, error: APIError, auth: TokenAuth) -> None:
        """Tell the source that Meta refused a token."""
        if self.__source is not None:
            self.__source.refused(error, auth.reveal())

    def __repr__(self) -> str:
        return "Credentials(…)"

    def __reduce__(self) -> Any:
        raise TypeError("credentials are not pickled")


class Session:
    """What Meta's SDK needs of a session (`GRAPH`, `requests`, `timeout`). The token stays out of URLs."""

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self.GRAPH = settings.endpoint.rstrip("/")
        self.timeout = settings.timeout
        self.credentials = credentials
        self.settings = settings
        self.requests = _WholeResponses(settings)
        self.stops = _WholeResponses(settings)
        """Connections of their own for writes that stop spend: reads that hang can take all others."""
        self._ended = threading.Condition()
        self._reads = self._writes = 0
        self._forked_in_use = False
        _sessions.add(self)
        for name in ("urllib3.connectionpool", "urllib3.connection"):
            logging.getLogger(name).addFilter(_redact_record)  # adding it twice changes nothing

    @contextmanager
    def request(self, *, reading: bool, stop: bool) -> Iterator[requests.Session]:
        """Yield the connections for a request. Raises `FacebookAdsError` in a fork of a process that was using them."""
        if self._forked_in_use:
            advice = "Make a new FacebookAds in this process."
            raise FacebookAdsError("this process was forked while a request was in flight", advice=advice)
        with self._ended:
            self._reads += reading
            self._writes += not reading
        try:
            yield self.stops if stop else self.requests
        finally:
            with self._ended:
                self._reads -= reading
                self._writes -= not reading
                self._ended.notify_all()

    def after_fork(self) -> None:
        """Leave the connections to the parent process. Its threads, and what they have locked, are not in this one."""
        self._forked_in_use = self._forked_in_use or bool(self._reads or self._writes)
        for lane in (self.requests, self.stops):
            if self.settings.adapter is None:
                lane.connect(self.settings)

    def close(self, deadline: float = 10.0) -> None:
        """Wait up to `deadline` seconds for writes in flight, and close the pool. Reads that have begun may fail."""
        with self._ended:
            if not self._ended.wait_for(lambda: not self._writes, deadline):
                _LOG.warning("closed with %d writes in flight: whether Meta carries them out is unknown", self._writes)
        self.requests.close()
        self.stops.close()


_sessions: weakref.WeakSet[Session] = weakref.WeakSet()
_LOG = logging.getLogger("admonster_fb")


@after_fork
def _after_fork() -> None:
    for session in [*_sessions]:
        session.after_fork()


class TooLarge(requests.RequestException):
    """A response of more bytes than `MOST_BYTES`, packed or not."""


class _WholeResponses(requests.Session):
    """Reads a response at once, and the proxies of a host once.

    `requests` reads ten kilobytes at a time, which takes half the time of a page, and the environment for each request.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.verify = certifi.where() if settings.verify is None else settings.verify
        self.connect(settings)
        self.params = None  # type: ignore[assignment]  # merging no parameters costs more than a request's own
        self._environment: dict[tuple[Any, ...], dict[str, Any]] = {}

    def connect(self, settings: Settings) -> None:
        """Make a pool of connections, or use the adapter of the settings."""
        adapter = settings.adapter or _Adapter(settings.pool_size, settings.pool_size, pool_block=True)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """Return the settings of a request, with the proxies that the environment named for its host at first."""
        key = None if proxies else (*urlsplit(url)[:2], self.trust_env, stream, verify, cert)
        known = self._environment.get(key) if key else None
        if known is None:
            known = dict(super().merge_environment_settings(url, proxies, stream, verify, cert))
            if key:
                self._environment[key] = known
        return {**known, "proxies": OrderedDict(known["proxies"])}

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send a request and read its response to the end."""
        response = super().send(request, **{**options, "stream": True})
        if not response._content and response.raw is not None:  # not read yet
            try:
                response._content = _body(response)
            except (ValueError, OverflowError, HTTPException) as error:
                raise requests.exceptions.ChunkedEncodingError(error) from None
            finally:
                response.close()
        response._content = whole_text(response._content or b"")
        return response

    def resolve_redirects(self, *_: Any, **__: Any) -> Iterator[requests.Response]:
        """Follow no redirect, and do not read its address either: `requests` fails on a malformed one."""
        return iter(())


def _body(response: requests.Response) -> bytes:
    """Return the body. Raises `TooLarge` before more than a little over `MOST_BYTES` is in memory."""
    packing = response.headers.get("content-encoding", "").lower()
    if packing not in _PACKINGS:  # several at once, or one that packs more tightly
        raise requests.exceptions.ContentDecodingError(f"content-encoding {packing[:20]!r}")
    parts, size = [], 0
    for part in response.iter_content(_PACKED_AT_ONCE if packing else _READ_AT_ONCE):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise TooLarge(f"the answer has more than {MOST_BYTES >> 20} MB")
    body = b"".join(parts)
    if size > MOST_VALUES and sum(map(body.count, (b",", b":", b"[", b"{"))) > MOST_VALUES:
        raise TooLarge(f"the answer has more than {MOST_VALUES:,} values")
    return body


class _LastAnswer(HTTPResponse):
    """An HTTP response that skips what comes before it: 103 Early Hints is not the answer."""

    def _read_status(self) -> tuple[str, int, str]:
        """Read the status line of the answer itself. Python skips 100 only."""
        status: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        for _ in range(_MOST_HINTS):
            if not 100 < status[1] < 200:
                break
            parse_headers(self.fp)
            status = super()._read_status()  # type: ignore[misc]
        return status


class _Pool(HTTPConnectionPool):
    def _new_conn(self) -> Any:
        """Set the class of responses here: a connection of another class would pass by those who patch urllib3's."""
        connection: Any = super()._new_conn()
        connection.response_class = _LastAnswer
        return connection


class _SecurePool(_Pool, HTTPSConnectionPool):
    pass


_POOLS = {"http": _Pool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    """Connections whose responses are `_LastAnswer`."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Create the pools."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """Return the pools of a proxy. SOCKS has its own kind of connections."""
        manager = super().proxy_manager_for(*args, **options)
        if isinstance(manager, ProxyManager):
            manager.pool_classes_by_scheme = _POOLS
        return manager


def whole_text(body: bytes) -> bytes:
    """Return JSON with U+FFFD for each half of a surrogate pair: no file, database or protocol accepts a half."""
    halves = b"\\" in body and (b"\\ud" in body or b"\\uD" in body)  # one byte is found far sooner than three
    if not halves and b"\xed" not in body:
        return body
    return _SURROGATES.sub(_whole, body)


def _whole(found: re.Match[bytes]) -> bytes:
    return found[1] + rb"\ufffd" if found[2] else "\ufffd".encode() if found[3] else found[0]


def check_endpoint(endpoint: str, access_token: str, *, in_process: bool) -> None:
    """Raise `ParameterError` if this token must not go to this host.

    Plain http is for loopback only. A sandbox token goes to the sandbox only, any other token never to loopback.
    """
    local = is_local(endpoint, in_process=in_process)
    if not access_token:
        raise ParameterError([Violation("access_token", MISSING, "an access token (FACEBOOK_ACCESS_TOKEN in .env)")])
    if not _TOKEN.fullmatch(access_token):  # no header can hold it, and the failure would show it
        raise ParameterError([Violation("access_token", MASK, "one word of ASCII letters, digits and signs")])
    if access_token.startswith(SANDBOX_TOKEN) and not local:
        raise ParameterError([Violation("access_token", "a sandbox token", "a token of Meta's for this endpoint")])
    if local and not access_token.startswith(SANDBOX_TOKEN):
        raise ParameterError([Violation("access_token", "not a sandbox token", "a sandbox token for this endpoint")])


def check_app(endpoint: str, app_secret: str, *, in_process: bool) -> None:
    """Raise `ParameterError` if this app secret must not go to this host, as `check_endpoint` does for tokens."""
    local = is_local(endpoint, in_process=in_process)
    if not _TOKEN.fullmatch(app_secret):
        raise ParameterError([Violation("app_secret", MASK, "one word of ASCII letters, digits and signs")])
    if app_secret.startswith(SANDBOX_TOKEN) is not local:
        expected = "the sandbox's app secret" if local else "the app secret of an app of Meta's"
        raise ParameterError([Violation("app_secret", MASK, f"{expected} for this endpoint")])


def is_local(endpoint: str, *, in_process: bool) -> bool:
    """Return whether an endpoint is a sandbox: in process, or on loopback. Raises `ParameterError` for plain http."""
    url = urlsplit(endpoint)
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
        raise ParameterError([Violation("endpoint", endpoint, "https://…, or http:// to loopback")])
    return url.hostname in LOOPBACK or in_process


def _redact_record(record: logging.LogRecord) -> bool:
    """Mask secrets in urllib3's log lines. They contain the query, and Meta takes `appsecret_proof` only there."""
    if isinstance(record.args, tuple):
        record.args = tuple(redact(arg) if isinstance(arg, str) else arg for arg in record.args)
    return True
