"""Batches: up to 50 calls in one request, answered in order, some depending on others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from admonster_fb.sandbox import versions
from admonster_fb.sandbox.convert import truth
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults.faults import NULL, beneath, breaks, ends, spread
from admonster_fb.sandbox.wire import Request, Response, decode_value, json_response, pairs_to_params

LIMIT = 50
Serve = Callable[[Request], Response]
_REFERENCE = re.compile(r"\{result=([^:}]+):([^}]+)\}")
_STEP = re.compile(r"\.(\w+|\*)|\[(\d+|\*)\]")
# Inner answers carry fewer headers than outer ones; what a client counts on is among them.
_DROPPED_HEADERS = frozenset({"x-fb-rev", "x-fb-request-id", "x-fb-trace-id"})


def is_batch(request: Request) -> bool:
    """Return whether a request is a batch: a POST on the root that brings one."""
    sent = {**request.query, **request.form}
    return request.method == "POST" and not versions.split(request.path)[1] and "batch" in sent


def run(request: Request, serve: Serve) -> Response:
    """Serve each item through `serve` and gather the answers."""
    params = {**request.query, **request.form}
    try:
        items = _items(params["batch"])
    except GraphError as error:
        return json_response(error.http_status, error.envelope(""))
    gathered = _Batch(request, params, items, serve)
    return spread(gathered.broken, json_response(200, gathered.run()))


def _items(value: Any) -> list[dict[str, Any]]:
    items = decode_value(value)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise GraphError(100, message="(#100) param batch must be an array.")
    if len(items) > LIMIT:
        message = f"Too many requests in batch message. Maximum batch size is {LIMIT}"
        raise GraphError(100, message=message, type="GraphBatchException")
    return items


class _Batch:
    def __init__(self, request: Request, params: dict[str, Any], items: list[dict[str, Any]], serve: Serve) -> None:
        self.request, self.params, self.items, self.serve = request, params, items, serve
        self.answers: dict[str, Response] = {}
        self.broken: list[Response] = []

    def run(self) -> list[dict[str, Any] | None]:
        """Return the response of every item. By default a success that others depend on is left out."""
        needed = {name for item in self.items for name in _needs(item)}
        found: list[dict[str, Any] | None] = []
        for item in self.items:
            answer = self._one(item)
            name = str(item.get("name", ""))
            if name:
                self.answers[name] = beneath(answer)
            if breaks(answer):
                self.broken.append(answer)
            if ends(answer):
                break
            omit = name in needed and truth(item.get("omit_response_on_success", True)) and answer.status == 200
            found.append(None if omit else self._drawn(answer))
        return found

    def _one(self, item: dict[str, Any]) -> Response:
        for name in _needs(item):
            answer = self.answers.get(name)
            if answer is None or answer.status != 200:
                error = GraphError(100, message=f"Dependency {name} failed", type="GraphBatchException")
                return json_response(424, error.envelope(""))
        return self.serve(self._request(item))

    def _request(self, item: dict[str, Any]) -> Request:
        # References come percent-encoded or plain; their values are inserted encoded.
        parts = urlsplit(self._filled(str(item.get("relative_url", ""))))
        version, path = versions.split(parts.path)
        version = version or versions.split(self.request.path)[0]
        query = pairs_to_params(parse_qsl(parts.query, keep_blank_values=True))
        form = pairs_to_params(parse_qsl(self._filled(str(item.get("body") or "")), keep_blank_values=True))
        for name in ("access_token", "appsecret_proof"):
            if name in self.params and name not in query and name not in form:
                query[name] = self.params[name]
        names = [name.strip() for name in str(item.get("attached_files") or "").split(",")]
        files = {name: self.request.files[name] for name in names if name in self.request.files}
        method = str(item.get("method", "GET")).upper()
        headers = {k: v for k, v in self.request.headers.items() if k == "authorization"}
        return Request(method, f"/{version}/{path}", query, form, headers, files, self.request.base_url)

    def _filled(self, text: str) -> str:
        decoded = text.replace("%7Bresult%3D", "{result=") if "%7Bresult" in text else text
        if decoded != text:
            decoded = re.sub(r"\{result=(.*?)%7D", lambda match: "{result=" + unquote(match[1]) + "}", decoded)
        return _REFERENCE.sub(self._result, decoded)

    def _result(self, reference: re.Match[str]) -> str:
        answer = self.answers.get(reference[1])
        return quote(",".join(map(str, select(answer.json(), reference[2]))), safe=",") if answer else ""

    def _drawn(self, answer: Response) -> dict[str, Any] | None:
        if answer.harm == NULL:
            return None
        drawn: dict[str, Any] = {"code": answer.status}
        if truth(self.params.get("include_headers", True)):
            headers = {name: value for name, value in answer.headers.items() if name not in _DROPPED_HEADERS}
            drawn["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
        return {**drawn, "body": answer.body.decode()}


def select(value: Any, path: str) -> list[Any]:
    """Return what a simple JSONPath (`$.data[0].id`, `$.data.*.id`) finds."""
    found = [value]
    for key, index in _STEP.findall(path.removeprefix("$")):
        found = [child for item in found for child in _children(item, key or index)]
    return [item if not isinstance(item, dict | list) else json.dumps(item) for item in found]


def _children(value: Any, step: str) -> list[Any]:
    if step == "*":
        return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
    if isinstance(value, dict):
        return [value[step]] if step in value else []
    if isinstance(value, list):
        if step.isdigit() and int(step) < len(value):
            return [value[int(step)]]
        return [item[step] for item in value if isinstance(item, dict) and step in item]
    return []


def _needs(item: dict[str, Any]) -> list[str]:
    text = unquote(f"{item.get('relative_url', '')} {item.get('body', '')}")
    named = [match[0] for match in _REFERENCE.findall(text)]
    depends = item.get("depends_on")
    return [*named, str(depends)] if depends else named
