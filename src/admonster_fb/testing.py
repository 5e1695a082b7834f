"""Cassettes without secrets that say where they come from, for this library's tests and the bot's own.

Use with pytest-recording:

    from admonster_fb import testing

    @pytest.fixture(scope="session")
    def vcr_config():
        return testing.vcr_config()

    def pytest_recording_configure(config, vcr):
        testing.configure(vcr, source="live")
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import requests

from admonster_fb.redact import redact

if TYPE_CHECKING:
    from admonster_fb.sandbox import Sandbox

KEPT_REQUEST_HEADERS = frozenset({"content-type"})
KEPT_RESPONSE_HEADERS = frozenset(
    {"content-type", "facebook-api-version", "x-graph-sandbox", "x-ad-api-version-warning"}
    | {"x-app-usage", "x-ad-account-usage", "x-business-use-case-usage", "x-fb-ads-insights-throttle"}
)
_LOCAL = re.compile(r"http:(?://|\\/\\/)127\.0\.0\.1:\d+")
_BOUNDARY = re.compile(r"boundary=([^\s;]+)")
_META = "https://graph.facebook.com"


def vcr_config(replace: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the configuration for vcrpy: scrubbing, and matching on method, path, query and form.

    `replace` maps real ids and names to invented ones, for recordings of the live API.

    >>> vcr_config()["record_mode"]
    'none'
    """
    replaced = dict(replace or {})
    return {
        "record_mode": "none",
        "match_on": ["method", "scheme", "host", "path", "query", "form"],
        "decode_compressed_response": True,
        "before_record_request": lambda request: _scrub_request(request, replaced),
        "before_record_response": lambda response: _scrub_response(response, replaced),
    }


def configure(vcr: Any, *, source: str) -> None:
    """Teach vcrpy our matcher, and to write into each cassette that `source` ("sandbox" or "live") answered."""
    vcr.register_matcher("form", _same_form)
    vcr.register_serializer("yaml", SimpleNamespace(serialize=_Serializer(source), deserialize=_deserialize))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let one request through at a time: vcrpy is not thread-safe, and lets requests of other threads escape."""
    original, lock = requests.adapters.HTTPAdapter.send, threading.Lock()

    def send(self: Any, *args: Any, **kwargs: Any) -> requests.Response:
        with lock:
            response = original(self, *args, **kwargs)
            response.content  # noqa: B018 - read within the lock
            return response

    requests.adapters.HTTPAdapter.send = send  # type: ignore[method-assign]
    try:
        yield
    finally:
        requests.adapters.HTTPAdapter.send = original  # type: ignore[method-assign]


def clean(text: str, replace: Mapping[str, str]) -> str:
    """Return `text` without tokens, this machine's addresses and whatever `replace` names.

    >>> clean("http://127.0.0.1:8000/v26.0/act_77?access_token=EAAB", {"77": "1"})
    'https://graph.facebook.com/v26.0/act_1?access_token=[redacted]'
    """
    text = _LOCAL.sub(_META, text)
    for real, invented in replace.items():
        text = text.replace(real, invented)
    return redact(text)


def _scrub_request(request: Any, replace: Mapping[str, str]) -> Any:
    boundary = _BOUNDARY.search(str(request.headers.get("Content-Type", "")))
    request.uri = clean(request.uri, replace)
    request.headers = {k: v for k, v in request.headers.items() if k.lower() in KEPT_REQUEST_HEADERS}
    if isinstance(request.body, bytes):
        body = request.body
        if boundary:
            mark = boundary[1]
            body = body.replace(mark.encode(), b"boundary")
            request.headers = {"Content-Type": "multipart/form-data; boundary=boundary"}
        else:
            body = clean(body.decode(), replace).encode()
        request.body = body
    return request


def _scrub_response(response: dict[str, Any], replace: Mapping[str, str]) -> dict[str, Any]:
    kept = {name: values for name, values in response["headers"].items() if name.lower() in KEPT_RESPONSE_HEADERS}
    body = clean(response["body"]["string"].decode(), replace).encode()
    return {**response, "headers": kept, "body": {"string": body}}


def _same_form(recorded: Any, sent: Any) -> None:
    """Compare bodies as forms, blanks included: vcrpy's own matcher replays a budget of 1000 for one of 9999."""
    forms = [parse_qsl(_text(request.body), keep_blank_values=True) for request in (recorded, sent)]
    if not all(forms):
        forms = [_text(request.body) for request in (recorded, sent)]  # type: ignore[misc]
    if sorted(forms[0]) != sorted(forms[1]):
        raise AssertionError(f"recorded {forms[0]}, sent {forms[1]}")


def _text(body: bytes | str | None) -> str:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""


class _Serializer:
    def __init__(self, source: str) -> None:
        from facebook_business.apiconfig import ads_api_config as sdk

        self._provenance = {"source": source, "sdk": sdk["SDK_VERSION"], "api_version": sdk["API_VERSION"]}

    def __call__(self, cassette: dict[str, Any]) -> str:
        import yaml

        said = "the live API" if self._provenance["source"] == "live" else "the sandbox, which is not Meta"
        text = yaml.safe_dump({**cassette, "metadata": {"provenance": self._provenance}}, width=120)
        return f"# Recorded from {said}. See tests/README.md.\n{text}"


def _deserialize(text: str) -> dict[str, Any]:
    import yaml

    data: dict[str, Any] = yaml.safe_load(text)
    data.pop("metadata", None)  # pytest-recording cannot read a cassette that has any
    return data


try:  # a bot that records nothing and tests otherwise has no need of pytest
    import pytest
except ImportError:
    pass
else:

    @pytest.fixture
    def sandbox() -> Iterator[Sandbox]:
        """A fresh sandbox; a fault that was set in it and never met fails the test.

        Use with `pytest_plugins = ["admonster_fb.testing"]` in the top `conftest.py`:

        >>> def test_the_bot_survives(sandbox):
        ...     sandbox.fail_next("POST act_*/campaigns", LostResponse())
        ...     run_bot(FacebookAds.sandbox(sandbox))
        """
        from admonster_fb.sandbox import Sandbox

        fresh = Sandbox()
        yield fresh
        fresh.check_spent()
