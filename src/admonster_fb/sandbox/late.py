"""Validation, insights and history, looked up by name: they are written apart from the core.

A module that is not there yet leaves its part unplayed (nothing refused, no delivery). One that is there and does not
import fails loudly. Once all three exist this module can go: import them where they are used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

_UNPLAYED: dict[str, Any] = {
    "validation": SimpleNamespace(check=lambda *_: None),
    "insights": SimpleNamespace(query=lambda *_: [], advance=lambda *_: None),
    "history": SimpleNamespace(seed_history=lambda *_: None),
}


def _load(name: str) -> Any:
    full = f"admonster_fb.sandbox.{name}"
    return import_module(full) if find_spec(full) else _UNPLAYED[name]


validation = _load("validation")
insights = _load("insights")
history = _load("history")
