"""The one place where requests leave: Meta's `FacebookAdsApi`, with `call` replaced as a whole."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import requests
from facebook_business.api import FacebookAdsApi, FacebookResponse
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from admonster_fb import errors
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.form import form
from admonster_fb.transport.limits import LIMITS, Limit
from admonster_fb.transport.observability import Event, Observer, span
from admonster_fb.transport.rate_limits import SLOWEST, Usage, regain_seconds
from admonster_fb.transport.request import Call, encode
from admonster_fb.transport.retry import Retry
from admonster_fb.transport.session import Held, Session

T = TypeVar("T")
SHORT = SLOWEST
"""Seconds that also a call is held back whose caller does not want to wait."""
# Of TLS only the refused certificate: other faults of it can also come after the request was read.
_NOT_SENT = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)


class Answer(Protocol):
    """What parsing needs of an HTTP answer: also that of one item of a batch."""

    @property
    def content(self) -> bytes:
        """The body."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whatever the case of their names."""


class Response(FacebookResponse):  # type: ignore[misc]  # the SDK has no types
    """An answer that has passed the error check. The SDK's own objects can read it too."""

    def __init__(self, content: bytes, data: Any, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(body=None, http_status=status, headers=headers)
        self.content = content
        self._json = data

    def body(self) -> str:
        """Return the body as text."""
        return self.content.decode()

    def json(self) -> Any:
        """Return the body as it was decoded once."""
        return self._json

    def is_success(self) -> bool:
        """Return True: anything else was raised before."""
        return True


class Api(FacebookAdsApi):  # type: ignore[misc]  # the SDK has no types
    """Meta's API object over our session. Hand it to any SDK object as `api=`; it is never the SDK's default."""

    def __init__(self, session: Session, retry: Retry, usage: Usage, clock: Clock, observer: Observer) -> None:
        super().__init__(session, api_version=session.settings.version)
        self._retry = retry
        self.usage = usage
        self.clock = clock
        self._observer = observer
        self.owners: dict[str, str] = {}
        """The ad account of objects seen, as far as it is known: limits are per account."""

    def __repr__(self) -> str:
        return f"Api({self._session.GRAPH}, {self._api_version})"

    def call(
        self,
        method: str,
        path: str | Iterable[str],
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002 - the SDK's signature
        files: Mapping[str, Any] | None = None,
        url_override: str | None = None,  # noqa: ARG002 - everything goes to our endpoint
        api_version: str | None = None,
    ) -> Response:
        """Send one call for an SDK object."""
        parts = (path.strip("/"),) if isinstance(path, str) else tuple(str(part) for part in path)
        return self.send(Call(method, parts, params or {}, files or {}, api_version), _decoded)

    def send(self, call: Call, parse: Callable[[Answer, str], T]) -> T:
        """Send `call` and return what `parse` makes of the answer and the call's name.

        Reads are tried again when that may help; writes are sent once. `parse` raises an `APIError` for an answer
        that is none.
        """

        def attempt(number: int) -> T:
            if call.kind != "Batch":  # its items are held back one by one
                self.hold_back(call)
            held = self._session.credentials.held()
            with span(call.method, "/".join(call.path)):
                response = self._exchange(call, number, held)
                try:
                    return parse(response, call.name)
                except errors.APIError as error:
                    self.usage.trip(error, self.account_of(call))
                    self.noted(error, held)
                    raise

        if call.once:
            return attempt(1)
        if call.method == "GET":
            return self._retry(attempt, reading=True)
        return self._retry(lambda number: _write(lambda: attempt(number), call), reading=False)

    @property
    def in_use(self) -> Held:
        """The token and proof in use."""
        session: Session = self._session
        return session.credentials.in_use

    def noted(self, error: Exception | None, held: Held) -> None:
        """Tell where the token comes from if Meta refused the one that was sent."""
        if isinstance(error, errors.AuthenticationError):
            self._session.credentials.refused(error, held)

    def account_of(self, call: Call) -> str | None:
        """Return the ad account a call is about, if it is known."""
        node = call.path[0] if call.path else ""
        return node if node.startswith("act_") else self.owners.get(node)

    def hold_back(self, call: Call) -> None:
        """Wait for a limit, or raise `RateLimited` if that would take longer than `max_wait`."""
        account = self.account_of(call)
        wait = self.usage.wait(account)
        if wait > (SHORT if call.once else self._retry.max_wait):
            raise errors.RateLimited(message="held back: a limit of Meta's is nearly used up", retry_after=wait)
        if wait > 0:
            self.clock.sleep(wait)
        for limit in LIMITS:
            if limit.applies(call):
                self._count(limit, limit.key(call, account))

    def _count(self, limit: Limit, key: str) -> None:
        while True:
            try:
                return self.usage.take(limit.what, key, limit.allowed, limit.window)
            except errors.RateLimited as error:
                if (error.retry_after or 0) > self._retry.max_wait:
                    raise
                self.clock.sleep(error.retry_after or 0)

    def _exchange(self, call: Call, attempt: int, held: Held) -> requests.Response:
        """Send once, tell of it, and learn from the usage headers."""
        event = Event(call.method, "/".join(call.path), attempt)
        self._observer.before(event)
        began = time.perf_counter()
        error: errors.NetworkError | errors.OutcomeUnknown | None = None
        try:
            response = self._request(call, held)
        except requests.RequestException as failure:
            error = _network_error(failure, call)
        took = (time.perf_counter() - began) * 1000
        if error is not None:  # raised outside of the handler: the failure holds the request, and that the token
            self._observer.after(replace(event, ms=took, error=type(error).__name__))
            raise error
        account = self.account_of(call)
        self.usage.learn(response.headers, account)
        self._observer.after(
            replace(
                event,
                ms=took,
                usage=self.usage.highest(account),
                status=response.status_code,
                fbtrace_id=response.headers.get("x-fb-trace-id"),
            )
        )
        return response

    def _request(self, call: Call, held: Held) -> requests.Response:
        session: Session = self._session
        reading = call.method == "GET"
        params = encode(call.params) | held.params(reading=reading, where=session.settings.token_in)
        streamed = form(params, call.files)
        return session.requests.request(
            call.method,
            "/".join((session.GRAPH, call.version or self._api_version, *call.path)),
            params=params if reading else None,
            data=None if reading else streamed or params,
            files=None if streamed else call.files or None,
            headers={"Content-Type": streamed.content_type} if streamed else None,
            auth=held,
            timeout=session.timeout,
            verify=session.settings.verify,  # here too, or REQUESTS_CA_BUNDLE would go before what was asked for
            allow_redirects=False,
        )


def _write(attempt: Callable[[], T], call: Call) -> T:
    """Send a write once. An answer that cannot be read leaves open whether it was carried out."""
    try:
        return attempt()
    except errors.TransientError as error:
        if error.code is not None:
            raise
        reason = error.message
    raise errors.OutcomeUnknown(reason, request=call.name, check=CHECK)


CHECK = "read the object or list its parent to see whether the change was made before sending it again"


def _network_error(failure: requests.RequestException, call: Call) -> errors.NetworkError | errors.OutcomeUnknown:
    """Tell a request that never left from one whose answer was lost."""
    cause = _root(failure)
    reason = f"{type(cause).__name__}: {_SAID.get(type(failure), 'no answer')}"
    if call.method == "GET" or isinstance(cause, _NOT_SENT):
        return errors.NetworkError(reason, request=call.name)
    return errors.OutcomeUnknown(reason, request=call.name, check=CHECK)


_SAID: dict[type[BaseException], str] = {
    requests.ReadTimeout: "the answer took too long",
    requests.ConnectTimeout: "connecting took too long",
}


def _root(failure: BaseException) -> BaseException:
    """Return the innermost cause: urllib3's reason inside requests' error."""
    inner = getattr(failure, "reason", None) or next((a for a in failure.args if isinstance(a, BaseException)), None)
    return failure if inner is None or not isinstance(inner, BaseException) else _root(inner)


def decode(response: Answer, request: str) -> Any:
    """Return the decoded body, or raise the error that it is: by an `error` key whatever the status."""
    data = _loaded(response.content)
    if data is _UNREADABLE:
        raise errors.unreadable(response.status_code, response.content, request)
    if isinstance(data, dict) and "error" in data:
        wait = regain_seconds(response.headers) if response.status_code >= 400 else None
        raise errors.api_error(data["error"], http_status=response.status_code, request=request, retry_after=wait)
    if response.status_code >= 300:
        raise errors.unreadable(response.status_code, response.content, request)
    return data


def decode_object(response: Answer, request: str) -> dict[str, Any]:
    """Return the decoded body where only an object is an answer."""
    data = decode(response, request)
    if not isinstance(data, dict):
        raise errors.unreadable(response.status_code, response.content, request)
    return data


def _loaded(body: bytes) -> Any:
    """Return the decoded body. Nothing is raised here: the decoder's error would hold the body, and that a token."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _UNREADABLE


_UNREADABLE = object()


def _decoded(response: Answer, request: str) -> Response:
    return Response(response.content, decode(response, request), response.status_code, response.headers)
