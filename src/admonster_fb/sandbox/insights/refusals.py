"""The short errors of insights: code 100, repeated in the message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from admonster_fb.sandbox.errors import GraphError


def plain(words: str) -> GraphError:
    """Return code 100 with nothing but a message."""
    return GraphError(100, message=f"(#100) {words}")


def one_of(name: str, values: Iterable[str]) -> GraphError:
    """Return the refusal of a word Meta does not know."""
    return plain(f"{name} must be one of the following values: {', '.join(values)}")


def not_list(name: str) -> GraphError:
    """Return the refusal of what should be a list or an object; PHP calls both arrays."""
    return plain(f"param {name} must be an array.")


def words_of(value: Any) -> list[str]:
    """Return a parameter that may be a list or a text with commas."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [word for part in parts if (word := str(part).strip())]
