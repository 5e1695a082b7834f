"""Changes of what a call sends, for cases that come in pairs."""

from __future__ import annotations

from typing import Any


def at(name: str, bad: Any, good: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the change that breaks a rule and the one that keeps it, both of one field."""
    return {name: bad}, {name: good}
