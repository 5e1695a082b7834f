"""What a call must send: each function returns the value of a parameter, or refuses it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from admonster_fb.sandbox.errors import not_list, not_one_of, required


def value(name: str, sent: Any) -> Any:
    """Refuse what is missing or empty."""
    if not sent:
        raise required(name)
    return sent


def something(name: str, sent: Any) -> Any:
    """Refuse what is missing or blank: 0, false and an empty list are values."""
    if sent in (None, ""):
        raise required(name)
    return sent


def items(name: str, sent: Any) -> list[Any]:
    """Refuse what is no list."""
    if not isinstance(sent, list):
        raise not_list(name)
    return sent


def rows(name: str, sent: Any) -> list[dict[str, Any]]:
    """Refuse what is no list of objects."""
    if not isinstance(sent, list) or not all(isinstance(item, dict) for item in sent):
        raise not_list(name)
    return sent


def fields(name: str, sent: Any) -> dict[str, Any]:
    """Refuse what is no object."""
    if not isinstance(sent, dict):
        raise not_list(name)
    return sent


def one_of(name: str, sent: Any, values: Collection[str]) -> None:
    """Refuse a word Meta does not know."""
    if sent not in values:
        raise not_one_of(name, values)
