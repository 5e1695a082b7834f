"""A server in place of Meta: it records each request and answers with a function, and knows nothing of us."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter

Answer = tuple[int, Any]


class Wire(BaseAdapter):
    """Records (method, path, parameters). A text is answered as it is, all else as JSON."""

    def __init__(self, answer: Callable[[str, str, Mapping[str, str]], Answer]) -> None:
        super().__init__()
        self.answer = answer
        self.calls: list[tuple[str, str, dict[str, str]]] = []

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        url = urlsplit(str(request.url))
        assert request.body is None or request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        params = {k: v[0] for text in (url.query, str(request.body or "")) for k, v in parse_qs(text, True).items()}
        path = "/".join(url.path.split("/")[2:])
        self.calls.append((str(request.method), path, params))
        status, body = self.answer(str(request.method), path, params)
        response = requests.Response()
        response.status_code = status
        response.raw = io.BytesIO(body.encode() if isinstance(body, str) else json.dumps(body).encode())
        return response

    def close(self) -> None:
        """Nothing is open."""
