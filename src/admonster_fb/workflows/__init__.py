"""Tasks that take more than one request: functions over the facade, built from its services only."""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable
from typing import Any

MODULES = (
    *("connect", "doctor", "account_status", "diagnose", "recommendations", "account_access", "insights"),
    *("weekly_report", "bulk", "duplicate.copy", "scale", "targeting", "adsets", "media", "creative", "previews"),
    *("alerts", "ab_tests", "audiences", "audience_upload", "pixels", "leads", "webhooks", "boost", "launch.op"),
)


def functions() -> list[Callable[..., Any]]:
    """Return every public function of every workflow: the candidates for ops."""
    modules = [importlib.import_module(f"admonster_fb.workflows.{name}") for name in MODULES]
    return [
        item
        for module in modules
        for item in vars(module).values()
        if isinstance(item, types.FunctionType) and item.__module__ == module.__name__ and item.__name__[0] != "_"
    ]
