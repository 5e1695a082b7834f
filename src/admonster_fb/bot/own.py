"""The ops that need the tool itself, not only the facade: they take it as their first argument."""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable
from typing import Any

from admonster_fb.operation import spec_of

FILES = ("plans.ops", "audit.undo")
TOOL = "tool"
"""What `Op.service` is of these."""


def functions() -> list[Callable[..., Any]]:
    """Return every op of these modules.

    >>> [function.__name__ for function in functions()][:2]
    ['apply', 'discard']
    """
    modules = [importlib.import_module(f"admonster_fb.bot.{file}") for file in FILES]
    return [
        item
        for module in modules
        for item in vars(module).values()
        if isinstance(item, types.FunctionType) and item.__module__ == module.__name__ and spec_of(item) is not None
    ]
