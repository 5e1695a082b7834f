"""An op's arguments in words, an example of its call, and the same call in a shell."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from admonster_fb.bot.registry import Op

_AMOUNT = '"50.00 USD"'
"""The example that marks the JSON Schema of an amount of money."""
AMOUNT_TYPE = f"minor units or {_AMOUNT}"
"""The type of an amount in words."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an op in words."""

    name: str
    type: str
    required: bool
    description: str
    values: tuple[str, ...] = ()
    """The values that it takes, where they are listed."""


def arguments(schema: Mapping[str, Any]) -> list[Argument]:
    """Return the arguments in a JSON Schema, required ones first."""
    required = schema.get("required", ())
    found = []
    for name, kind in schema.get("properties", {}).items():
        branches = [branch for branch in kind.get("anyOf", ()) if branch != {"type": "null"}]
        if len(branches) == 1:  # a type that may be left out: the type itself, with its meaning
            kind = {**branches[0], **{key: value for key, value in kind.items() if key != "anyOf"}}
        items = [f"items: {each}" for each in _bounds(kind, "minItems", "maxItems")]
        text = with_details(str(kind.get("description", "")), *_bounds(kind, "minimum", "maximum"), *items)
        found.append(Argument(name, _type(kind), name in required, text, tuple(_values(kind))))
    return sorted(found, key=lambda argument: not argument.required)


def _type(kind: Mapping[str, Any]) -> str:
    if "$ref" in kind:
        return str(kind["$ref"]).rsplit("/", 1)[-1].lstrip("_")
    if "anyOf" in kind:
        names = [_type(one) for one in kind["anyOf"] if one != {"type": "null"}]
        return AMOUNT_TYPE if _AMOUNT in names else " or ".join(dict.fromkeys(names))
    if kind.get("type") == "array":
        inner = _type(kind.get("items", {}))
        return f"list of ({inner})" if " or " in inner else f"list of {inner}"
    examples = [f'"{example}"' for example in kind.get("examples", ())]
    return ", ".join(examples) or str(kind.get("format") or kind.get("type") or "any")


def _values(kind: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(value) for value in kind.get("enum", ()))
    for inner in (*kind.get("anyOf", ()), *([kind["items"]] if "items" in kind else [])):
        yield from _values(inner)


def _bounds(kind: Mapping[str, Any], lowest: str, highest: str) -> Iterator[str]:
    """Yield the bounds of a number, such as "1 to 90" or "at least 1"; none if there are none."""
    least, most = kind.get(lowest), kind.get(highest)
    if least and most:
        yield f"{least} to {most}"
    elif least or most:
        yield f"at least {least}" if least else f"at most {most}"


def with_details(sentence: str, *details: str) -> str:
    """Return a sentence with details behind it."""
    parts = [part for part in details if part]
    return "; ".join(filter(None, [sentence.rstrip("."), *parts])) if parts else sentence


def command_line(op: str, args: Mapping[str, Any]) -> str:
    """Return a call of an op as a shell command."""
    texts = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in args.values())
    words = (f"{name}={text}" for name, text in zip(args, texts, strict=True))
    return shlex.join(["admonster-fb", "call", op, *words])


def example(op: Op) -> dict[str, Any]:
    """Return a call of the op: the one in its docstring, or the `example` of its declaration (`ops.json` has either).

    The ad account is left out: a tool usually has a default account.
    """
    arguments = op.spec.example or {}
    return {"op": op.name, "args": {name: value for name, value in arguments.items() if name != "ad_account_id"}}
