"""Cassettes without secrets and people's answers, with their provenance, for tests of this library and of bots.

Use with pytest-recording:

    from admonster_fb import testing

    @pytest.fixture(scope="session")
    def vcr_config():
        return testing.vcr_config()

    def pytest_recording_configure(config, vcr):
        testing.configure(vcr, source="live")
"""

from __future__ import annotations

import functools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import requests

from admonster_fb.redaction import SECRET_NAMES, redact

if TYPE_CHECKING:
    from admonster_fb.sandbox import Sandbox

RECORDED_HEADERS = frozenset(
    {"content-type", "facebook-api-version", "x-graph-sandbox", "x-ad-api-version-warning"}
    | {"x-app-usage", "x-ad-account-usage", "x-business-use-case-usage", "x-fb-ads-insights-throttle"}
)
_LOCAL = re.compile(r"http:(?://|\\/\\/)127\.0\.0\.1:\d+")
_BOUNDARY = re.compile(r"boundary=([^\s;]+)")
_MULTIPART = "multipart/form-data; boundary=boundary"
# The address of a preview gives access like a token, for a day.
_PREVIEW = re.compile(r"(preview_iframe\.php)\?(?:[\w=&;%.~+-]|\\u0026)+")
_ANSWERS = "field_data"
"""The answers of a lead, which are personal data."""
_META = "https://graph.facebook.com"


def vcr_config(replace: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the configuration of vcrpy: it removes secrets, and matches method, path, query and body.

    `replace` maps real ids and names to invented ones, for recordings of the live API.

    >>> vcr_config()["record_mode"]
    'none'
    """
    replaced = dict(replace or {})
    return {
        "record_mode": "none",
        "match_on": ["method", "scheme", "host", "path", "whole_query", "whole_body"],
        "decode_compressed_response": True,
        "before_record_request": lambda request: _scrub_request(request, replaced),
        "before_record_response": lambda response: _scrub_response(response, replaced),
    }


def configure(vcr: Any, *, source: str) -> None:
    """Register the matchers with vcrpy, and record in each cassette that `source` ("sandbox" or "live") responded.

    >>> from vcr import VCR
    >>> configure(VCR(**vcr_config()), source="sandbox")
    """
    vcr.register_matcher("whole_query", _same_query)
    vcr.register_matcher("whole_body", _same_body)
    serialize = functools.partial(_serialize, source)
    vcr.register_serializer("yaml", SimpleNamespace(serialize=serialize, deserialize=_deserialize))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Send one request at a time within the block: vcrpy is not thread-safe, and misses requests of other threads.

    >>> with one_at_a_time():
    ...     status = fb.adaccounts.get("act_1").account_status
    """
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
    """Return `text` without tokens and this machine's addresses, and with the values of `replace` in any encoding.

    >>> clean("http://127.0.0.1:8000/v26.0/act_77?name=Big+Shop&access_token=EAAB", {"77": "1", "Big Shop": "Shop"})
    'https://graph.facebook.com/v26.0/act_1?name=Shop&access_token=[redacted]'
    """
    text = _PREVIEW.sub(r"\g<1>", _LOCAL.sub(_META, text))
    invented = {encode(real): encode(replace[real]) for encode in reversed(_ENCODINGS) for real in replace if real}
    if invented:
        # In one pass, the longest first: one may be a part of another, or of the replacement of another.
        pattern = "|".join(map(re.escape, sorted(invented, key=len, reverse=True)))
        text = re.sub(pattern, lambda found: invented[found[0]], text)
    return redact(text)


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


# Plain, in a form or a query, in JSON, in JSON within JSON, with slashes escaped as Meta does.
_ENCODINGS: tuple[Callable[[str], str], ...] = (
    str,
    quote,
    quote_plus,
    _in_json,
    lambda text: _in_json(_in_json(text)),
    lambda text: _in_json(text).replace("/", "\\/"),
)


def _scrub_request(request: Any, replace: Mapping[str, str]) -> Any:
    """Return a request as it is recorded and compared: without secrets, because a replay sends none or others."""
    from vcr.request import Request  # type: ignore[import-untyped]

    kind = str(request.headers.get("Content-Type", ""))
    address, _, query = request.uri.partition("?")
    query = _without_secrets(query)
    uri = clean(f"{address}?{query}" if query else address, replace)
    boundary = _BOUNDARY.search(kind)
    headers = {"Content-Type": _MULTIPART if boundary else kind} if kind else {}
    content = request.body
    content = content.read() if hasattr(content, "read") else content  # a file that is read while it is sent
    if content:
        # Files are no text: bytes that cannot be decoded are preserved.
        body = bytes(content).decode("utf-8", "surrogateescape")
        body = _without_secret_parts(body, boundary[1]) if boundary else _without_secrets(body)
        content = clean(body, replace).encode("utf-8", "surrogateescape")
    return Request(request.method, uri, content, headers)


def _without_secrets(form: str) -> str:
    pairs = ((pair, pair.partition("=")[0]) for pair in form.split("&"))
    return "&".join(f"{name}=answers" if name == _ANSWERS else pair for pair, name in pairs if name not in SECRET_NAMES)


def _without_answers(text: str) -> str:
    """Return a body without what people wrote in lead forms; of a batch, the bodies within it too."""
    if _ANSWERS not in text:
        return text
    try:
        data = json.loads(text)
    except ValueError:
        return text
    return json.dumps(_hidden(data), ensure_ascii=False, separators=(",", ":"))


def _hidden(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        inner = {key: _hidden(item, _ANSWERS if name == _ANSWERS else key) for key, item in value.items()}
        return {**inner, "name": value["name"]} if name == _ANSWERS and "name" in value else inner
    if isinstance(value, list):
        return [_hidden(item, name) for item in value]
    if name == _ANSWERS:
        return "answer"
    return _without_answers(value) if isinstance(value, str) else value


def _without_secret_parts(body: str, boundary: str) -> str:
    parts = body.split(f"--{boundary}")
    return "--boundary".join(part for part in parts if not any(f'name="{name}"' in part[:200] for name in SECRET_NAMES))


def _scrub_response(response: dict[str, Any], replace: Mapping[str, str]) -> dict[str, Any]:
    headers = {
        name: [clean(value, replace) for value in values]
        for name, values in response["headers"].items()
        if name.lower() in RECORDED_HEADERS
    }
    body = clean(_without_answers(response["body"]["string"].decode()), replace).encode()
    return {**response, "headers": headers, "body": {"string": body}}


def _same_query(recorded: Any, sent: Any) -> None:
    """Compare queries with blank values, which vcrpy's own matcher leaves out."""
    _compare(*(_pairs(urlsplit(request.uri).query) for request in (recorded, sent)))


def _same_body(recorded: Any, sent: Any) -> None:
    """Compare bodies, as forms or byte by byte. Without it, vcrpy replays a budget of 1000 for one of 9999."""
    bodies = [bytes(request.body or b"") for request in (recorded, sent)]
    if all("urlencoded" in str(request.headers.get("Content-Type", "")) for request in (recorded, sent)):
        _compare(*(_pairs(body.decode()) for body in bodies))
    elif bodies[0] != bodies[1]:
        raise AssertionError("the bodies differ")


def _pairs(form: str) -> list[tuple[str, str]]:
    return sorted(parse_qsl(form, keep_blank_values=True))


def _compare(recorded: list[tuple[str, str]], sent: list[tuple[str, str]]) -> None:
    if recorded != sent:
        differing = sorted({name for name, _ in set(recorded) ^ set(sent)})
        raise AssertionError(f"different from the recording: {', '.join(differing)}")


def _serialize(source: str, cassette: dict[str, Any]) -> str:
    import yaml
    from facebook_business.apiconfig import ads_api_config as sdk

    provenance = {"source": source, "sdk": sdk["SDK_VERSION"], "api_version": sdk["API_VERSION"]}
    text = yaml.safe_dump({**cassette, "metadata": {"provenance": provenance}}, width=120)
    origin = "the live API" if source == "live" else "the sandbox, which is not Meta"
    return f"# Recorded from {origin}. See tests/README.md.\n{text}"


def _deserialize(text: str) -> dict[str, Any]:
    import yaml

    data: dict[str, Any] = yaml.safe_load(text)
    data.pop("metadata", None)  # pytest-recording cannot read a cassette with metadata
    return data


try:  # a bot may use the sandbox without pytest
    import pytest
except ImportError:
    pass
else:

    @pytest.fixture
    def sandbox() -> Iterator[Sandbox]:
        """A new sandbox. The test fails if a fault that it has set did not occur.

        Use with `pytest_plugins = ["admonster_fb.testing"]` in the top `conftest.py`:

        >>> def test_the_bot_survives(sandbox):
        ...     sandbox.fail_next("POST act_*/campaigns", LostResponse())
        ...     run_bot(FacebookAds.sandbox(sandbox))
        """
        from admonster_fb.sandbox import Sandbox

        fresh = Sandbox()
        yield fresh
        fresh.check_spent()
