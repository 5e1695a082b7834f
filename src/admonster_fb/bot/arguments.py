"""What the model gave: the op, its arguments, paths and cursors, however they were written."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from admonster_fb.errors import ParameterError, Violation


def confined(given: Mapping[str, Any], properties: Mapping[str, Any], files: Path | None) -> dict[str, Any]:
    """Return the arguments with each path resolved within `files`, the folder that the host allows."""
    paths = {name: _path(name, given[name], files) for name in given if _is_path(properties.get(name, {}))}
    named = {
        name: {key: _source(f"{name}.{key}", source, files) for key, source in given[name].items()}
        for name in given
        if _are_sources(properties.get(name, {})) and isinstance(given[name], Mapping)
    }
    return {**given, **paths, **named}


def _are_sources(schema: Mapping[str, Any]) -> bool:
    """Tell whether an argument is an object of paths or URLs by name."""
    inner = schema.get("additionalProperties")
    return isinstance(inner, Mapping) and inner.get("format") == "path-or-url"


def _source(name: str, value: Any, files: Path | None) -> Any:
    return value if str(value).lower().startswith(("http://", "https://")) else _path(name, value, files)


def _path(name: str, value: Any, files: Path | None) -> str:
    if files is None:
        raise ParameterError([Violation(name, value, "nothing: this bot's host has set no folder for files")])
    root = files.resolve()
    try:
        path = (root / str(value)).resolve()
    except (OSError, ValueError):
        path = root.parent
    if not path.is_relative_to(root):
        raise ParameterError([Violation(name, value, "a path within the folder for files")])
    return str(path)


def understood(arguments: Any) -> tuple[str, dict[str, Any]]:
    """Return the op and its arguments, however the model has arranged them."""
    if isinstance(arguments, str):
        arguments = _json_object(arguments)
    if not isinstance(arguments, Mapping):
        raise ParameterError([Violation("op", arguments, 'an object: {"op": "…", "args": {…}}')])
    inner = arguments.get("args")
    inner = _json_object(inner) if isinstance(inner, str) and inner.strip() else inner
    if inner is not None and inner != "" and not isinstance(inner, Mapping):
        raise ParameterError([Violation("args", inner, "an object")])
    name = arguments.get("op")
    beside = {key: value for key, value in arguments.items() if key not in {"op", "args"}}
    merged = {str(key): value for key, value in {**beside, **(inner or {})}.items()}
    if not isinstance(name, str) or not name:
        raise ParameterError([Violation("op", name, "the name of an op; op=help lists them")])
    if unfit := [key for key, value in merged.items() if not _is_json(key, value)]:
        raise ParameterError([Violation(ascii(key), "…", "JSON with whole characters") for key in unfit])
    return name, merged


def _is_json(key: str, value: Any) -> bool:
    """Tell whether JSON can say it: half an emoji, which models do write, could not be sent."""
    try:
        json.dumps({key: value}, ensure_ascii=False, default=str).encode()
    except (ValueError, RecursionError):
        return False
    return True


def _json_object(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _is_path(schema: Mapping[str, Any]) -> bool:
    return any(kind.get("format") == "path" for kind in (schema, *schema.get("anyOf", ())))


def cursor_at(after: Any, skip: int) -> str:
    """Make a cursor into the middle of a page: how many to pass over from where."""
    return base64.urlsafe_b64encode(f"{skip}:{after or ''}".encode()).decode().rstrip("=") + "."


def more(name: str, cursor: str) -> str:
    """Say how to get the rest of a list."""
    return f"\nMore: call {name} again with the same args and after={cursor}"


def resumed(given: Mapping[str, Any]) -> tuple[Mapping[str, Any], int]:
    """Read a cursor that `cursor_at` made; any other is Meta's own."""
    after = given.get("after")
    if not isinstance(after, str) or (after.isascii() and not after.endswith(".")):
        return given, 0
    try:
        padded = after[:-1] + "=" * (-(len(after) - 1) % 4)
        skip, _, start = base64.urlsafe_b64decode(padded).decode().partition(":")
        rest = {key: value for key, value in given.items() if key != "after"}
        if not skip.isdecimal():
            raise ValueError(skip)
        return ({**rest, "after": start} if start else rest), int(skip)
    except ValueError:
        raise ParameterError([Violation("after", after, "the cursor that a list has named")]) from None
