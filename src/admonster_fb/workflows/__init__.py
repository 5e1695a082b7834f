"""What takes more than one call: functions of the facade, built from its services only."""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable
from typing import Any

FILES = (
    *("connect", "doctor"),
    *(
        "status",
        "account_access",
        "account_status",
        "insights",
        "reports",
        "weekly_report",
        "lifecycle",
        "duplicate.copy",
        "bulk",
        "scale",
    ),
    *("targeting", "adsets", "media", "creative", "previews", "alerts", "ab_tests"),
    *("audiences", "audience_upload", "pixels", "launch.op"),
)


def functions() -> list[Callable[..., Any]]:
    """Return every public function of every workflow.

    >>> "status" in [function.__name__ for function in functions()]
    True
    """
    modules = [importlib.import_module(f"admonster_fb.workflows.{file}") for file in FILES]
    return [
        item
        for module in modules
        for item in vars(module).values()
        if isinstance(item, types.FunctionType) and item.__module__ == module.__name__ and item.__name__[0] != "_"
    ]
