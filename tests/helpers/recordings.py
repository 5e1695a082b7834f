"""Answers of the real Graph API, recorded by public projects: one file of JSON lines per kind, a recording per line.

The files are a selection that `tests/contract/select_recordings.py` makes of a larger collection.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from requests.structures import CaseInsensitiveDict

FOLDER = Path(__file__).parents[1] / "contract" / "recordings"


@dataclass(frozen=True)
class Recording:
    """One recorded answer; `content`, `status_code` and `headers` are what the transport reads of a response."""

    name: str
    source: str
    status_code: int
    headers: Any
    body: Any

    @property
    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


@functools.cache
def recordings(kind: str) -> dict[str, Recording]:
    """Return the recordings of a kind by name; what they hold is shared and must not be changed."""
    return {row["name"]: _recording(**row) for row in _rows(kind)}


def body_of(kind: str, name: str) -> Any:
    return recordings(kind)[name].body


def error_catalog() -> list[dict[str, Any]]:
    """Return every known pair of error numbers as recorded: `{"http_status", "error": {…}}`."""
    return _rows("error_catalog")


def _rows(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{file}.jsonl").read_text("utf-8").splitlines()]


def _recording(name: str, source: str, response: dict[str, Any]) -> Recording:
    headers = CaseInsensitiveDict(response.get("headers") or {})
    return Recording(name, source, response.get("status") or 200, headers, response.get("body"))
