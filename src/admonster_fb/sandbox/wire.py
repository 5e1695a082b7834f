"""Requests and answers as plain data: the one language of both doors (HTTP server and in-process adapter)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# Parameters that are text whatever they look like; everything else is decoded when it is JSON.
TEXT_PARAMS = frozenset(
    {"name", "fields", "bytes", "access_token", "appsecret_proof", "after", "before", "title", "body"}
)

_PHP_KEY = re.compile(r"^(\w+)((?:\[\w*\])+)$")
_BARE_KEY = re.compile(r"([{,]\s*)(\w+)\s*:")
_SINGLE_QUOTED = re.compile(r"'([^'\"]*)'")


@dataclass(slots=True)
class Upload:
    """One file of a multipart request."""

    filename: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(slots=True)
class Request:
    """One call: `path` carries the version, header names are lower case."""

    method: str
    path: str
    query: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    base_url: str = "https://graph.facebook.com"


@dataclass(slots=True)
class Response:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body, parsed."""
        return json.loads(self.body)


def json_response(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON answer with slashes escaped, as Meta's PHP does."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=True).replace("/", "\\/")
    return Response(status, {"content-type": "application/json; charset=UTF-8", **(headers or {})}, text.encode())


def build_request(method: str, url: str, headers: dict[str, str], body: bytes) -> Request:
    """Read a raw HTTP call."""
    parts = urlsplit(url)
    lower = {name.lower(): value for name, value in headers.items()}
    form, files = _read_body(lower.get("content-type", ""), body)
    query = pairs_to_params(parse_qsl(parts.query, keep_blank_values=True))
    base_url = f"{parts.scheme}://{parts.netloc}"
    return Request(method.upper(), parts.path, query, form, lower, files, base_url)


def pairs_to_params(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Return parameters by name, with PHP's `a[]=1`, `a[0]=1` and `a[b]=1` gathered into lists and objects."""
    params: dict[str, Any] = {}
    for name, value in pairs:
        if match := _PHP_KEY.match(name):
            _gather(params, match[1], re.findall(r"\[(\w*)\]", match[2]), value)
        else:
            params[name] = value
    return params


def decode(params: dict[str, Any]) -> dict[str, Any]:
    """Return `params` with JSON texts parsed; scalars stay the strings that came."""
    return {name: value if name in TEXT_PARAMS else decode_value(value) for name, value in params.items()}


def decode_value(value: Any) -> Any:
    """Parse a JSON object, list or quoted string; Meta also takes single quotes and bare keys."""
    if not isinstance(value, str) or value.strip()[:1] not in ("[", "{", '"'):
        return value
    relaxed = _BARE_KEY.sub(r'\1"\2":', _SINGLE_QUOTED.sub(r'"\1"', value))
    for text in (value, relaxed):
        try:
            return json.loads(text)
        except ValueError:
            continue
    return value


def _gather(params: dict[str, Any], name: str, keys: list[str], value: str) -> None:
    key = keys[0]
    if key == "" or key.isdigit():
        held = params.setdefault(name, [])
        if isinstance(held, list):
            held.append(value)
    else:
        held = params.setdefault(name, {})
        if isinstance(held, dict):
            held[key] = value


def _read_body(content_type: str, body: bytes) -> tuple[dict[str, Any], dict[str, Upload]]:
    if not body:
        return {}, {}
    if content_type.startswith("multipart/form-data"):
        return _read_multipart(content_type, body)
    if content_type.startswith("application/json"):
        parsed = decode_value(body.decode("utf-8", "replace"))
        return (parsed if isinstance(parsed, dict) else {}), {}
    return pairs_to_params(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)), {}


def _read_multipart(content_type: str, body: bytes) -> tuple[dict[str, Any], dict[str, Upload]]:
    boundary = _header(f"Content-Type: {content_type}".encode()).get_boundary("")
    pairs: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    # Split by hand: the email parser would mind line endings inside binary parts.
    for chunk in (b"\r\n" + body).split(f"\r\n--{boundary}".encode())[1:-1]:
        head, _, content = chunk.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        _keep_part(_header(head), content, pairs, files)
    return pairs_to_params(pairs), files


def _keep_part(head: Message, content: bytes, pairs: list[tuple[str, str]], files: dict[str, Upload]) -> None:
    name = str(head.get_param("name", "", header="content-disposition"))
    filename = head.get_filename()
    if filename is None:
        pairs.append((name, content.decode("utf-8", "replace")))
    else:
        files[name] = Upload(filename, content, head.get_content_type())


def _header(text: bytes) -> Message:
    return BytesParser().parsebytes(text + b"\r\n\r\n", headersonly=True)
