"""Arguments that a language model wrote: the op, its arguments and cursors, in any of their spellings."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.redaction import read_json

ALL = "all"
"""In place of an account: every account of the token."""
_OURS = "skip-"
"""How a cursor of this library begins. One of Meta's that begins so would be encoded as well."""


def parse_call(call: Any) -> tuple[str, dict[str, Any]]:
    """Return the op's name and its arguments, which may be in `args`, next to it, or JSON text.

    Raises `ParameterError` if there is no op, or an argument is not valid JSON.
    """
    if isinstance(call, str):
        call = read_json(call)
    if not isinstance(call, Mapping):
        raise ParameterError([Violation("op", call, 'an object: {"op": "…", "args": {…}}')])
    inner = call.get("args")
    inner = read_json(inner) if isinstance(inner, str) and inner.strip() else inner
    if inner is not None and inner != "" and not isinstance(inner, Mapping):
        raise ParameterError([Violation("args", inner, "an object")])
    name = call.get("op")
    outer = {key: value for key, value in call.items() if key not in {"op", "args"}}
    arguments = {str(key): value for key, value in {**outer, **(inner or {})}.items()}
    if not isinstance(name, str) or not name:
        raise ParameterError([Violation("op", name, "the name of an op; op=help lists them")])
    if invalid := [key for key, value in arguments.items() if not _is_json(key, value)]:
        raise ParameterError([Violation(ascii(key), "…", "JSON with whole characters") for key in invalid])
    return name, arguments


def _is_json(key: str, value: Any) -> bool:
    """Return whether JSON can hold it: half an emoji, which models do write, could not be sent."""
    try:
        json.dumps({key: value}, ensure_ascii=False, default=str).encode()
    except (ValueError, RecursionError):
        return False
    return True


def coerce_arguments(arguments: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments in the types of their JSON Schemas where the meaning is beyond doubt.

    123 becomes "123", "5" becomes 5, one item a list. Amounts stay: "50" could be minor or major units.
    """
    return {name: _coerce(value, properties.get(name)) for name, value in arguments.items()}


def _coerce(value: Any, schema: Mapping[str, Any] | None) -> Any:
    schema = schema or {}
    branches = [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]
    schema = branches[0] if len(branches) == 1 else schema
    known = next((branch["enum"] for branch in (schema, *branches) if "enum" in branch), ())
    if isinstance(value, str) and value not in known and (same := _spelling(value, known)):
        return same
    kind = schema.get("type") or ("object" if "$ref" in schema else None)
    convert = _CONVERSIONS.get((kind, type(value)))
    return convert(value) if convert else value


def _spelling(value: str, known: Sequence[Any]) -> Any:
    """Return the listed value that differs only in case, spaces or the words of a period: "Last 7 days"."""
    text = re.sub(r"\W+", "_", value.strip()).casefold()
    text = re.sub(r"^(?:last|past)_(\d+)_?d(?:ays)?$", r"last_\1d", text)
    return next((each for each in known if str(each).casefold() == text), None)


def _decoded(text: str, kind: type) -> Any:
    value = read_json(text)
    return value if isinstance(value, kind) else text


_CONVERSIONS: dict[tuple[Any, type], Any] = {
    ("string", int): str,
    ("integer", str): lambda text: int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else text,
    ("boolean", str): lambda text: {"true": True, "false": False}.get(text.lower(), text),
    ("array", str): lambda text: value if isinstance(value := _decoded(text, list), list) else [text],
    ("array", dict): lambda value: [value],
    ("object", str): lambda text: _decoded(text, dict),
}


def encode_cursor(after: str | None, skip: int) -> str:
    """Return a cursor into the middle of a page: how many rows to skip after Meta's cursor `after`.

    It holds only letters, digits, `_` and `-`. Meta's own cursor stays as it is if it does too.

    >>> encode_cursor(None, 3), encode_cursor("MjkwZD", 0), encode_cursor("Mg==", 0)
    ('skip-3', 'MjkwZD', 'skip-0-TWc9PQ')
    """
    if after and not skip and re.fullmatch(r"[A-Za-z0-9_-]+", after) and not after.startswith(_OURS):
        return after
    start = base64.urlsafe_b64encode((after or "").encode()).decode().rstrip("=")
    return f"{_OURS}{skip}-{start}" if start else f"{_OURS}{skip}"


def decode_cursor(arguments: Mapping[str, Any]) -> tuple[Mapping[str, Any], int]:
    """Return the arguments with Meta's own cursor, and how many rows to skip after it.

    Quotes and a full stop around a cursor are not part of it.
    """
    given = arguments.get("after")
    if not isinstance(given, str):
        return arguments, 0
    after = given.strip(" \t\n\"'`.")
    rest = {key: value for key, value in arguments.items() if key != "after"}
    if not given.strip():
        return rest, 0
    if after and after.isascii() and not after.startswith(_OURS):
        return {**rest, "after": after}, 0
    try:
        skip, _, start = after.removeprefix(_OURS).partition("-")
        if not re.fullmatch("[0-9]{1,9}", skip) or not after.isascii():
            raise ValueError(skip)
        start = base64.b64decode(start + "=" * (-len(start) % 4), altchars=b"-_", validate=True).decode()
        return ({**rest, "after": start} if start else rest), int(skip)
    except ValueError:
        raise ParameterError([Violation("after", given, "the cursor that a list has named")]) from None


def with_identity(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return arguments whose requested fields say of which object a row of insights is."""
    fields, level = arguments.get("fields"), arguments.get("level")
    own = [f"{level}_id", f"{level}_name"]
    if not isinstance(fields, list) or not fields or level not in ("campaign", "adset", "ad") or {*own} & {*fields}:
        return arguments
    return {**arguments, "fields": [*own, *fields]}


def next_page_hint(name: str, cursor: str) -> str:
    r"""Return the line that says how to get the rest of a list."""
    return f"\nMore: call {name} again with the same args and after={cursor}"
