"""What a call must send: each function refuses the parameter of this name where its value is something else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from admonster_fb.sandbox.errors import not_list, not_one_of, required


def value(name: str, sent: Any) -> None:
    """Refuse what is missing or empty."""
    if not sent:
        raise required(name)


def something(name: str, sent: Any) -> None:
    """Refuse what is missing or blank: 0, false and an empty list are values."""
    if sent in (None, ""):
        raise required(name)


def items(name: str, sent: Any) -> None:
    """Refuse what is no list."""
    if not isinstance(sent, list):
        raise not_list(name)


def fields(name: str, sent: Any) -> None:
    """Refuse what is no object."""
    if not isinstance(sent, dict):
        raise not_list(name)


def one_of(name: str, sent: Any, values: Collection[str]) -> None:
    """Refuse a word Meta does not know."""
    if sent not in values:
        raise not_one_of(name, values)
