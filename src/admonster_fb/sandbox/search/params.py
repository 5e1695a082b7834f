"""What a search asks for, read from its parameters; and whether a name is what was asked for."""

from __future__ import annotations

import re
from typing import Any

from admonster_fb.sandbox.catalog.nodes import fold
from admonster_fb.sandbox.errors import GraphError, required
from admonster_fb.sandbox.validation.refusals import not_list
from admonster_fb.sandbox.world import Call

LIMIT = 8


def query(call: Call, *, needed: bool = True) -> str:
    """Return the text to search for, as it came: names may look like JSON."""
    text = str(call.raw.get("q") or "").strip()
    if needed and not text:
        raise required("q")
    return text


def limit(call: Call, usual: int | None = LIMIT) -> int | None:
    """Return how many rows are wanted, None for all of them."""
    value = call.params.get("limit")
    if value in (None, ""):
        return usual
    if not str(value).isdecimal() or int(value) == 0:
        raise GraphError(100, message="(#100) Param limit must be an integer greater than 0")
    return int(value)


def matches(text: str, name: str) -> bool:
    """Tell whether a word of a name begins with a text; without spaces between words, whether it is in the name."""
    wanted, found = fold(text), fold(name)
    return wanted in found if not wanted.isascii() else bool(re.search(rf"(?<!\w){re.escape(wanted)}", found))


def listed(call: Call, name: str) -> list[Any]:
    """Return a list parameter, empty when it is not sent."""
    value = call.params.get(name)
    if value in (None, ""):
        return []
    if not isinstance(value, list):
        raise not_list(name)
    return value
