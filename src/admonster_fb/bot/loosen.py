"""Small mercies for arguments written by a language model, where the meaning is beyond doubt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def loosen(value: Any, schema: Mapping[str, Any] | None) -> Any:
    """Return `value` in the type that `schema` wants if it says the same: 123 as "123", "5" as 5, one item as a list.

    Amounts are left alone: "50" could be minor or major units.

    >>> loosen(120210, {"type": "string"}), loosen("ACTIVE", {"type": "array"}), loosen('{"a": 1}', {"type": "object"})
    ('120210', ['ACTIVE'], {'a': 1})
    """
    schema = schema or {}
    branches = [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]
    schema = branches[0] if len(branches) == 1 else schema
    kind = schema.get("type") or ("object" if "$ref" in schema else None)
    if kind is None:
        return value
    change = _CHANGES.get((kind, type(value)))
    return change(value) if change else value


def _decoded(value: str, wanted: type) -> Any:
    try:
        decoded = json.loads(value)
    except ValueError:
        return value
    return decoded if isinstance(decoded, wanted) else value


def _as_list(value: str) -> list[Any]:
    decoded = _decoded(value, list)
    return decoded if isinstance(decoded, list) else [value]


_CHANGES: dict[tuple[str, type], Any] = {
    ("string", int): str,
    ("integer", str): lambda value: int(value) if value.isdecimal() and value.isascii() and len(value) < 19 else value,
    ("boolean", str): lambda value: {"true": True, "false": False}.get(value.lower(), value),
    ("array", str): _as_list,
    ("array", dict): lambda value: [value],
    ("object", str): lambda value: _decoded(value, dict),
}
