"""Requests and answers as plain data: the one language of both doors (HTTP server and in-process adapter)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

# Parameters that are text whatever they look like; everything else is decoded when it is JSON.
TEXT_PARAMS = frozenset(
    {"name", "fields", "bytes", "access_token", "appsecret_proof", "after", "before", "title", "body"}
    | {"description", "url_tags", "file_url"}
)

# Of large forms, JSON's own characters are read first, all at once: Python reads escapes one by one.
LARGE = 65_536
JSON_ESCAPES = (("%22", '"'), ("%2C", ","), ("%5B", "["), ("%5D", "]"), ("%7B", "{"), ("%7D", "}"), ("%3A", ":"))

_BOUNDARY = re.compile(r'boundary="?([^";,]+)', re.IGNORECASE)
_HEAD_PARAM = re.compile(r';\s*([\w*]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\r\n]*))')
_PART_TYPE = re.compile(r"^content-type:\s*([^;\s]+)", re.IGNORECASE | re.MULTILINE)
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
    decoded: dict[str, Any] | None = None
    """The parameters as they were understood, once they were: large ones are read only once."""


@dataclass(slots=True)
class Response:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    harm: str = ""
    """What happens to the connection, or to the item of a batch, instead of this answer."""
    delay: float = 0.0
    """How many seconds late it is."""

    def json(self) -> Any:
        """Return the body, parsed."""
        return json.loads(self.body)


def compact_json(value: Any) -> str:
    """Return a value as JSON without blanks."""
    return _COMPACT.encode(value)


_COMPACT = json.JSONEncoder(separators=(",", ":"))


def json_response(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """Return a JSON answer with slashes escaped, as Meta's PHP does."""
    text = compact_json(body).replace("/", "\\/")
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
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        relaxed = _BARE_KEY.sub(r'\1"\2":', _SINGLE_QUOTED.sub(r'"\1"', value))
    try:
        return json.loads(relaxed)
    except (ValueError, RecursionError):
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
    text = body.decode("utf-8", "replace")
    if len(text) > LARGE:
        for escape, char in JSON_ESCAPES:
            text = text.replace(escape, char)
    return pairs_to_params(parse_qsl(text, keep_blank_values=True)), {}


def _read_multipart(content_type: str, body: bytes) -> tuple[dict[str, Any], dict[str, Upload]]:
    pairs: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    if found := _BOUNDARY.search(content_type):
        for head, content in _parts(body, found[1].strip().encode()):
            _keep_part(head, content, pairs, files)
    return pairs_to_params(pairs), files


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the head and the content of each part: what is big is copied once, and searched once."""
    delimiter = b"\r\n--" + boundary
    # The first delimiter may open the body, without a line before it.
    start = len(delimiter) - 2 if body.startswith(delimiter[2:]) else body.find(delimiter) + len(delimiter)
    while (end := body.find(delimiter, start)) >= start:
        split = body.find(b"\r\n\r\n", start, end)
        if split >= 0:
            yield body[start:split].decode("utf-8", "replace").strip(), body[split + 4 : end]
        start = end + len(delimiter)


def _keep_part(head: str, content: bytes, pairs: list[tuple[str, str]], files: dict[str, Upload]) -> None:
    parameters = {key.lower(): quoted or bare for key, quoted, bare in _HEAD_PARAM.findall(head)}
    name = _unquoted(parameters.get("name", ""))
    if "filename" not in parameters and "filename*" not in parameters:
        pairs.append((name, content.decode("utf-8", "replace")))
        return
    # RFC 5987: character set, language, percent-encoded text.
    extended = parameters.get("filename*", "").rpartition("'")[2]
    file_name = unquote(extended) if extended else _unquoted(parameters.get("filename", ""))
    kind = _PART_TYPE.search(head)
    files[name] = Upload(file_name, content, kind[1] if kind else "text/plain")


def _unquoted(text: str) -> str:
    return re.sub(r"\\([\"\\])", r"\1", text)
