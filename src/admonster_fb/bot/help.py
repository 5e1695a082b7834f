"""The answers of `help`: the list of ops, one op, a search, and suggestions for a name that does not exist."""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Mapping
from typing import Any

from admonster_fb.bot.op_help import example
from admonster_fb.bot.registry import Op, names
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._node import Node

MANY = 40
"""If there are more ops than this, only the gist of each is listed: every line costs tokens in each conversation."""


def answer(ops: Mapping[str, Op], args: Mapping[str, Any]) -> str:
    """Return the list of ops, one op's schema and example (`op`), or the ops that match (`query`).

    >>> from admonster_fb.bot.registry import registry
    >>> answer(registry(), {"query": "lookalike tiers"}).splitlines()[1].partition(":")[0]
    'create_lookalike_tiers'
    """
    unknown = [Violation(name, value, "op or query") for name, value in args.items() if name not in {"op", "query"}]
    if unknown:
        raise ParameterError(unknown)
    name, query = args.get("op"), args.get("query")
    if name:
        op = ops.get(names().get(str(name), str(name)))
        if op is None:
            raise ParameterError([Violation("op", name, nearest(str(name), ops))])
        return describe(op)
    chosen = search(ops, str(query)) if query else list(ops.values())
    groups = dict.fromkeys(op.spec.group for op in ops.values())
    return listing(chosen) if chosen else f"No op matches. Groups: {', '.join(groups)}"


def listing(ops: list[Op]) -> str:
    """Return ops by group, a line each: the summary, or its gist if there are so many that they would not fit.

    >>> from admonster_fb.bot.registry import registry
    >>> listing([registry()["status"]]).splitlines()[0]
    '[account]'
    """
    lines = []
    for group, members in itertools.groupby(ops, key=lambda op: op.spec.group):
        lines += [f"[{group}]", *(f"{op.name}: {_gist(op) if len(ops) > MANY else op.summary}" for op in members)]
    return "\n".join([*lines, "Details: op=help args={op: NAME}"])


def _gist(op: Op) -> str:
    """Return a summary up to its first full stop, comma, semicolon, colon or bracket."""
    first = re.split(r"[,;:(]|\. ", op.summary)[0].strip().rstrip(".")
    return f"{first.removesuffix(' and').removesuffix(' or')}."


def describe(op: Op) -> str:
    """Return everything about an op: summary, cost, names, an example and the schema of its arguments.

    >>> from admonster_fb.bot.registry import registry
    >>> describe(registry()["delete_ad"]).partition(":")[0]
    'delete_ad (destroy)'
    """
    parts = [
        f"{op.name} ({op.access}): {op.summary}",
        op.details,
        f"Cost: {op.spec.cost}" if op.spec.cost else "",
        f"Also called: {', '.join(op.spec.also)}" if op.spec.also else "",
        f"Other names of arguments: {', '.join(f'{a} = {b}' for a, b in op.spec.aliases.items())}"
        if op.spec.aliases
        else "",
        f"Example: {json.dumps(example(op), ensure_ascii=False)}",
        f"Arguments: {_in_lines(compact(op.schema))}",
    ]
    return "\n".join(part for part in parts if part)


def _in_lines(schema: dict[str, Any]) -> str:
    """Return a schema as JSON with a line for each property, definitions last, so that a long one can be paged."""
    parts, last = [], ("properties", "$defs")
    for key, value in sorted(schema.items(), key=lambda item: (item[0] in last, item[0] == "$defs")):
        if key in last:
            show = _in_lines if key == "$defs" else _json
            inner = ",\n".join(f"{_json(name)}:{show(part)}" for name, part in value.items())
            parts.append(f"{_json(key)}:{{\n{inner}}}")
        else:
            parts.append(f"{_json(key)}:{_json(value)}")
    return f"{{{','.join(parts)}}}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def compact(schema: Any) -> Any:
    """Return a JSON Schema without titles, defaults and nulls, which cost tokens and say nothing.

    >>> compact({"anyOf": [{"type": "string", "title": "Name"}, {"type": "null"}], "default": None})
    {'type': 'string'}
    """
    if isinstance(schema, list):
        return [compact(item) for item in schema if item != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    short = {key: compact(value) for key, value in schema.items() if key != "default" and not _is_title(key, value)}
    only = short.get("anyOf")
    if isinstance(only, list) and len(only) == 1:
        return {**{key: value for key, value in short.items() if key != "anyOf"}, **only[0]}
    return short


def _is_title(key: str, value: Any) -> bool:
    return key == "title" and isinstance(value, str)


def search(ops: Mapping[str, Op], query: str) -> list[Op]:
    """Return the ten ops whose name, summary, group or arguments match the words of the query best.

    >>> from admonster_fb.bot.registry import registry
    >>> search(registry(), "archive ad set")[0].name
    'archive_adset'
    """
    words = query.lower().split()

    def score(op: Op) -> int:
        name, text = op.name, f"{op.summary} {op.details} {' '.join(op.schema['properties'])}".lower()
        return sum(3 * (word in name) + 2 * (word in op.spec.group) + (word in text) for word in words)

    found = [op for op in ops.values() if score(op)]
    return sorted(found, key=score, reverse=True)[:10]


def nearest(name: str, ops: Mapping[str, Op]) -> str:
    """Return the three ops whose names are most similar to one that does not exist.

    >>> from admonster_fb.bot.registry import registry
    >>> nearest("get_campain", registry()).partition(",")[0]
    'get_campaign'
    """
    known = [other for other, own in names().items() if own in ops]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or known[:3]
    return f"{', '.join(near)}, …: op=help lists all"


def done(op: Op, value: Any) -> str:
    """Return the first line of the text of a write.

    >>> from admonster_fb.bot.registry import registry
    >>> done(registry()["archive_ad"], None)
    'OK: archived.'
    """
    if value is None:
        return f"OK: {op.spec.past}."
    return f"OK: {op.spec.past}, as it is now:" if isinstance(value, Node) else f"OK: {op.spec.past}:"
