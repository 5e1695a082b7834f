"""What the command line and the MCP server share: a connection, results as JSON, and exit codes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from admonster_fb.bot import ToolResult
from admonster_fb.client import FacebookAds

EXIT_CODES: Final[Mapping[str, int]] = {
    "ParameterError": 2,
    "AuthenticationError": 3,
    "PermissionDeniedError": 4,
    "NotFoundError": 5,
    "RateLimited": 6,
    "TransientError": 7,
    "NetworkError": 7,
    "OutcomeUnknown": 8,
    "BlockedError": 9,
    "PlanRefused": 10,
}
"""What the command line exits with, by class of error; 0 is success and 1 any other error."""


def codes() -> dict[int, str]:
    """Return what each exit code means.

    >>> codes()[7]
    'TransientError or NetworkError'
    """
    named: dict[int, str] = {0: "success", 1: "any other error"}
    for name, code in EXIT_CODES.items():
        named[code] = f"{named[code]} or {name}" if code in named else name
    named[EXIT_CODES["ParameterError"]] += " or wrong usage"
    return named


def exit_code(result: ToolResult) -> int:
    """Return what the command line exits with after a result.

    >>> exit_code(ToolResult(False, "ERROR", error={"type": "NotFoundError"}))
    5
    """
    return 0 if result.ok else EXIT_CODES.get((result.error or {}).get("type", ""), 1)


def connect(*, sandbox: bool, account: str | None) -> FacebookAds:
    """Connect to a fresh sandbox in this process, or as the environment and `.env` say; `account` is the default."""
    return FacebookAds.sandbox(account=account) if sandbox else FacebookAds.from_env(account=account)


def as_json(result: ToolResult) -> dict[str, Any]:
    """Return a result as a JSON object.

    >>> as_json(ToolResult(True, "…", data=[1], next_actions=("status",)))
    {'ok': True, 'data': [1], 'error': None, 'next_actions': ['status'], 'after': None}
    """
    return {
        "ok": result.ok,
        "data": jsonable(result.data),
        "error": result.error,
        "next_actions": [*result.next_actions],
        "after": result.after,
    }


def jsonable(value: Any) -> Any:
    """Return what a method returned as JSON: objects with the fields that Meta sent, exact figures as strings."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True, warnings=False)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return jsonable(value._asdict())
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return to_jsonable_python(value, fallback=str)
