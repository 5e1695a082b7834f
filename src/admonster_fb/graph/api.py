"""The one place where requests leave: Meta's `FacebookAdsApi`, with `call` replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import requests
from facebook_business.api import FacebookAdsApi, FacebookResponse
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, SSLError

from admonster_fb import errors
from admonster_fb.graph.call import Call, encode
from admonster_fb.graph.retry import ReadRetry
from admonster_fb.graph.session import Session

T = TypeVar("T")
_NOT_SENT = (NewConnectionError, ConnectTimeoutError, SSLError)


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

    def __init__(self, session: Session, retry: ReadRetry) -> None:
        super().__init__(session, api_version=session.settings.version)
        self._retry = retry

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

    def send(self, call: Call, parse: Callable[[requests.Response, str], T]) -> T:
        """Send `call` and return what `parse` makes of the answer and the call's name.

        Reads are tried again when that may help; writes are sent once. `parse` raises an `APIError` for an answer
        that is none.
        """

        def attempt() -> T:
            return parse(self._exchange(call), call.name)

        return self._retry(attempt) if call.method == "GET" else _write(attempt, call)

    def _exchange(self, call: Call) -> requests.Response:
        session: Session = self._session
        url = "/".join((session.GRAPH, call.version or self._api_version, *call.path))
        reading = call.method == "GET"
        params = encode(call.params) | session.credentials.params(reading=reading, where=session.settings.token_in)
        try:
            return session.requests.request(
                call.method,
                url,
                params=params if reading else None,
                data=None if reading else params,
                files=call.files or None,
                timeout=session.timeout,
                allow_redirects=False,
            )
        except requests.RequestException as failure:
            error = _network_error(failure, call)
        raise error  # outside of the handler: the failure holds the request, and that the token


def _write(attempt: Callable[[], T], call: Call) -> T:
    """Send a write once. An answer that cannot be read leaves open whether it was carried out."""
    try:
        return attempt()
    except errors.TransientError as error:
        if error.code is not None:
            raise
        reason = str(error)
    raise errors.OutcomeUnknown(reason, request=call.name, check=_LOOK)


_LOOK = "read the object or list its parent to see whether the change was made before sending it again"


def _network_error(failure: requests.RequestException, call: Call) -> errors.NetworkError | errors.OutcomeUnknown:
    """Tell a request that never left from one whose answer was lost."""
    cause = _root(failure)
    reason = f"{type(cause).__name__}: {_SAID.get(type(failure), 'no answer')}"
    if call.method == "GET" or isinstance(cause, _NOT_SENT):
        return errors.NetworkError(reason, request=call.name)
    return errors.OutcomeUnknown(reason, request=call.name, check=_LOOK)


_SAID: dict[type[BaseException], str] = {
    requests.ReadTimeout: "the answer took too long",
    requests.ConnectTimeout: "connecting took too long",
}


def _root(failure: BaseException) -> BaseException:
    """Return the innermost cause: urllib3's reason inside requests' error."""
    inner = getattr(failure, "reason", None) or next((a for a in failure.args if isinstance(a, BaseException)), None)
    return failure if inner is None or not isinstance(inner, BaseException) else _root(inner)


def decode(response: requests.Response, request: str) -> Any:
    """Return the decoded body, or raise the error that it is: by an `error` key whatever the status."""
    try:
        data = json.loads(response.content)
    except ValueError:
        raise errors.unreadable(response.status_code, response.content, request) from None
    if isinstance(data, dict) and "error" in data:
        raise errors.api_error(data["error"], http_status=response.status_code, request=request)
    if response.status_code >= 300:
        raise errors.unreadable(response.status_code, response.content, request)
    return data


def _decoded(response: requests.Response, request: str) -> Response:
    return Response(response.content, decode(response, request), response.status_code, response.headers)
