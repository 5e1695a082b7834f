"""The one place that sends requests: Meta's `FacebookAdsApi` with `call` replaced."""

from __future__ import annotations

import functools
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from facebook_business.api import FacebookAdsApi, FacebookResponse
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from admonster_fb import errors
from admonster_fb.facts import ended
from admonster_fb.redaction import read_json, redact
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.form import form
from admonster_fb.transport.last_seen import LastSeen, Recent
from admonster_fb.transport.observability import Observer, RequestEvent, harmless, log, span
from admonster_fb.transport.page_tokens import PageTokens
from admonster_fb.transport.patience import within
from admonster_fb.transport.rate_limits import SLOWEST, WRITE_LIMITS, Usage, WriteLimit, regain_seconds, use_case
from admonster_fb.transport.request import Call, encode
from admonster_fb.transport.retry import Retry
from admonster_fb.transport.session import Session, TokenAuth, TooLarge
from admonster_fb.transport.turn import end_turn, turn

T = TypeVar("T")
# Of the TLS errors only the refused certificate: others can also come after Meta has read the request.
_NOT_SENT = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
MAX_OWNERS = 100_000
FURTHEST = timedelta(days=36_500)  # how wrong a clock may be, this machine's or Meta's
METER = 0.05  # seconds that a stop waits until it is counted
GATHERED: ContextVar[Callable[[Call, TokenAuth], RawResponse | None] | None] = ContextVar("gathered", default=None)
"""Where reads of this thread go first: `many_accounts`."""
CHECK = "read the object or list its parent to see whether the change was made before sending it again"
"""What to do after `OutcomeUnknown`."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A page that was read before, or an item of a batch, in the form of an HTTP response."""

    content: bytes
    status_code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


RawResponse = requests.Response | StoredResponse
Parser = Callable[[RawResponse, str], T]
"""Makes something of a response to a call of a name, or raises the error that it holds."""


class Response(FacebookResponse):  # type: ignore[misc]  # the SDK has no types
    """A response without an error, which the SDK's own objects can read as well."""

    def __init__(self, content: bytes, data: Any, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(body=None, http_status=status, headers=headers)
        self.content = content
        self._data = data

    def body(self) -> str:
        """Return the body as text."""
        return self.content.decode()

    def json(self) -> Any:
        """Return the decoded body."""
        return self._data

    def is_success(self) -> bool:
        """Return True. An error was raised before."""
        return True


class Api(FacebookAdsApi):  # type: ignore[misc]  # the SDK has no types
    """Meta's API object over our session, for `api=` of any SDK object. It is never the SDK's default."""

    def __init__(self, session: Session, retry: Retry, usage: Usage, clock: Clock, observer: Observer) -> None:
        super().__init__(session, api_version=session.settings.version)
        self.connection = session
        self._retry = retry
        self.usage = usage
        self.clock = clock
        self._observer = observer
        self.owners = Recent[str, str](MAX_OWNERS)
        """Ad account id by object id, as far as it is known: rate limits are per account."""
        self.last_seen = LastSeen(clock.now)
        """Budgets, bids, ends and status as Meta last sent them."""
        self.page_tokens = PageTokens(self)
        self._ahead = timedelta()
        self.read_only = False
        """Whether calls that change something are refused: a cluster may repeat what a lost worker did."""
        self.version_warning: str | None = None
        """What Meta last said about the version of the calls: the header `x-ad-api-version-warning`."""
        version = session.settings.version
        if end := ended(version, clock.now().date()):
            what = "Meta raises them to a newer version or refuses them"
            log.warning("ads calls of %s ended on %s: %s", version, end, what)

    def __repr__(self) -> str:
        return f"Api({self.connection.GRAPH}, {self.connection.settings.version})"

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
        """Send a call for an SDK object."""
        whole = path if isinstance(path, str) else "/".join(map(str, path))
        parts = tuple(part for part in whole.split("/") if part)

        def parse(response: RawResponse, request: str) -> Response:
            return Response(response.content, decode(response, request), response.status_code, response.headers)

        return self.send(Call(method, parts, params or {}, files or {}, api_version), parse)

    def send(self, call: Call, parse: Parser[T]) -> T:
        """Send `call` and return what `parse` returns for the response and the call's name.

        A read is retried if that may help. A write is sent once. `parse` raises an `APIError` for a response that is
        an error.

        >>> fb.api.send(Call("GET", ("act_2",), {"fields": "currency"}), decode)["currency"]
        'JPY'
        """

        def attempt(number: int) -> T:
            if call.kind != "Batch":  # a batch throttles its items one by one
                self.throttle(call)
            auth = self.connection.credentials.current(soon=call.is_stop)
            auth = self.page_tokens.of(call.page, auth) if call.page else auth
            with span(call.method, "/".join(call.path)):
                response = self._response(call, number, auth)
                try:
                    with turn():
                        return parse(response, call.name)
                except errors.APIError as error:
                    self.usage.block_account(error, self.account_id_of(call))
                    if call.page and isinstance(error, errors.AuthenticationError):
                        error.advice = self.page_tokens.refused(call.page) or error.advice
                    self.report_rejected_token(error, auth)
                    if "level" in call.params:
                        raise errors.for_level(error) from None
                    raise

        end_turn()
        if call.once:
            return attempt(1)
        if call.is_read:
            return self._retry(attempt, reading=True)
        write = functools.partial(_attempt_write, call=call)
        return self._retry(lambda number: write(lambda: attempt(number)), reading=False, stop=call.is_stop)

    def report_rejected_token(self, error: Exception | None, auth: TokenAuth) -> None:
        """Tell the source of the token if Meta refused the one that was sent."""
        if isinstance(error, errors.AuthenticationError):
            self.connection.credentials.refused(error, auth)

    def account_id_of(self, call: Call) -> str | None:
        """Return the ad account that a call is about, if it is known."""
        node = call.path[0] if call.path else ""
        return node if node.startswith("act_") else self.owners.get(node)

    def meta_time(self) -> datetime:
        """Return the time by Meta's clock: the `Date` of the last response, and what has passed since.

        >>> fb.api.meta_time().isoformat()
        '2026-11-01T12:00:00+00:00'
        """
        return self.clock.now() + self._ahead

    def throttle(self, call: Call) -> None:
        """Wait until the limits of the call's use case allow it. A stop waits for no other call.

        Raises `RateLimited` if that takes longer than `max_wait`, and `ParameterError` for a change while `read_only`.
        """
        if self.read_only and not call.is_read and call.edge != "insights":  # there, a POST starts a report
            raise errors.ParameterError([errors.Violation("call", call.name, "calls that only read")])
        account = self.account_id_of(call)
        limits = [(limit, limit.key(call, account)) for limit in WRITE_LIMITS if limit.applies(call)]
        if call.is_stop:  # counted, but held back neither by a limit nor by a shared meter that hangs
            with suppress(TimeoutError, errors.RateLimited):
                within(METER, lambda: self.usage.take_all(limits))
            return
        wait = self.usage.wait(account, use_case(call))
        # A call that is sent `once` does not wait for a limit that is used up, only to go slower before it is.
        if wait > (SLOWEST if call.once else self._retry.max_wait):
            raise errors.RateLimited(message="held back: a limit of Meta's is nearly used up", retry_after=wait)
        if wait > 0:
            self.clock.sleep(wait)
        for limit, key in limits:
            self._count(limit, key)

    def _count(self, limit: WriteLimit, key: str) -> None:
        while True:
            try:
                return self.usage.take(limit, key)
            except errors.RateLimited as error:
                if (error.retry_after or 0) > self._retry.max_wait:
                    raise
                self.clock.sleep(error.retry_after or 0)

    def _response(self, call: Call, attempt: int, auth: TokenAuth) -> RawResponse:
        """Return the response to a call: of its own request, or of a batch with the reads of other threads."""
        alone = attempt > 1 or call.method != "GET" or call.once or call.version or call.page
        gathered = None if alone else GATHERED.get()
        if gathered and (response := gathered(call, auth)):
            self._record_usage(response, self.account_id_of(call))
            return response
        return self.exchange(call, attempt, auth)

    def exchange(self, call: Call, attempt: int, auth: TokenAuth) -> requests.Response:
        """Send a call once, report it to the observer, and record the usage headers."""
        event = RequestEvent(call.method, "/".join(call.path), attempt)
        self._observer.before(event)
        began = time.perf_counter()
        error: errors.FacebookAdsError | None = None
        try:
            response = self._request(call, auth)
        except (requests.RequestException, ValueError) as failure:  # a hostile header can raise more than it should
            error = _network_error(failure, call, self.connection.GRAPH)
        ms = (time.perf_counter() - began) * 1000
        if error is not None:  # raised outside the handler: the failure holds the request, and that the token
            self._observer.after(replace(event, ms=ms, error=type(error).__name__))
            raise error
        if (date := _date(response)) and abs(ahead := date - self.clock.now()) < FURTHEST:
            self._ahead = ahead
        self._record_version_warning(response.headers.get("x-ad-api-version-warning"))
        trace = response.headers.get("x-fb-trace-id")
        event = replace(event, ms=ms, status=response.status_code, fbtrace_id=trace and redact(trace))
        self._observer.after(replace(event, usage=self._record_usage(response, self.account_id_of(call))))
        return response

    def _record_usage(self, response: RawResponse, account: str | None) -> float | None:
        """Record the usage headers of a response. A store that fails or an odd header costs a sample, no response."""
        with harmless("the usage of a response cannot be recorded"):
            self.usage.record_headers(response.headers, account)
            return self.usage.highest(account)
        return None

    def _record_version_warning(self, text: str | None) -> None:
        """Keep what Meta says about the version of a call, and log it once."""
        if text and (text := redact(text)[:300]) != self.version_warning:
            self.version_warning = text
            log.warning("Meta: %s", self.version_warning)

    def _request(self, call: Call, auth: TokenAuth) -> requests.Response:
        settings = self.connection.settings
        reading = call.method == "GET"
        params = encode(call.params) | auth.params(reading=reading, where=settings.token_in)
        streamed = form(params, call.files)
        # A batch of reads is a POST too.
        only_reads = call.kind == "Batch" and all(entry["method"] == "GET" for entry in call.params["batch"])
        with self.connection.request(reading=reading or only_reads, stop=call.is_stop) as lane:
            return lane.request(
                call.method,
                "/".join((self.connection.GRAPH, call.version or settings.version, *call.path)),
                params=params if reading else None,
                data=None if reading else streamed or params,
                files=None if streamed else call.files or None,
                headers={"Content-Type": streamed.content_type} if streamed else None,
                auth=auth,
                timeout=self.connection.timeout,
                verify=settings.verify,  # here too: otherwise REQUESTS_CA_BUNDLE takes precedence
                allow_redirects=False,
            )


def _date(response: RawResponse) -> datetime | None:
    """Return Meta's time of a response, if it has one that can be read."""
    try:
        date = parsedate_to_datetime(response.headers.get("Date") or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _attempt_write(attempt: Callable[[], T], call: Call) -> T:
    """Send a write once. A response that cannot be read, or has no code, leaves open whether Meta carried it out."""
    try:
        return attempt()
    except errors.APIError as error:
        if error.code is not None or error.definite:
            raise
        reason = error.message or error.cause
    raise errors.OutcomeUnknown(reason, request=call.name, check=CHECK)


def _network_error(failure: Exception, call: Call, endpoint: str) -> errors.FacebookAdsError:
    """Return the error of a request that was never sent, or of one whose response was lost."""
    if call.method == "GET" and isinstance(failure, TooLarge):
        return errors.TransientError(message=f"{failure}: reduce the amount of data", request=call.name)
    cause = _root_cause(failure)
    host = urlsplit(endpoint).netloc.rpartition("@")[2]  # and nothing else of the endpoint
    reason = f"{type(cause).__name__}: {_REASONS.get(type(failure), 'no answer')} ({host})"
    if call.is_read or isinstance(cause, _NOT_SENT):
        return errors.NetworkError(reason, request=call.name)
    return errors.OutcomeUnknown(reason, request=call.name, check=CHECK)


_REASONS: dict[type[BaseException], str] = {
    requests.ReadTimeout: "the answer took too long",
    requests.ConnectTimeout: "connecting took too long",
    TooLarge: "the answer is too large",
}


def _root_cause(failure: BaseException) -> BaseException:
    """Return the innermost cause: urllib3's reason within the error of requests."""
    inner = getattr(failure, "reason", None) or next((a for a in failure.args if isinstance(a, BaseException)), None)
    return _root_cause(inner) if isinstance(inner, BaseException) else failure


def decode(response: RawResponse, request: str) -> Any:
    """Return the decoded body. Raises the error of a body that has the key `error`, whatever the HTTP status."""
    data = read_json(response.content, otherwise=_UNREADABLE)
    if data is _UNREADABLE:
        raise errors.unreadable(response.status_code, response.content, request)
    if isinstance(data, dict) and "error" in data:
        wait = regain_seconds(response.headers) if response.status_code >= 400 else None
        error = errors.api_error(data["error"], http_status=response.status_code, request=request, retry_after=wait)
        del data  # Meta may echo a token, and some tools store the locals of each frame
        raise error
    if response.status_code >= 300:
        raise errors.unreadable(response.status_code, response.content, request)
    return data


def decode_object(response: RawResponse, request: str) -> dict[str, Any]:
    """Return the decoded body of a response that must be an object."""
    data = decode(response, request)
    if not isinstance(data, dict):
        raise errors.unreadable(response.status_code, response.content, request)
    return data


_UNREADABLE = object()
