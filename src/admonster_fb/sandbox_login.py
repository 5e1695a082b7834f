"""The sandbox of `login --sandbox`, served on loopback for its dialog, and of `doctor --sandbox`, with a fault."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from admonster_fb.client import FacebookAds
from admonster_fb.graph.clock import Clock
from admonster_fb.graph.session import Settings
from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.ailments import AILMENTS

OLD = "v24.0"
APART = timedelta(minutes=20)


class Late:
    """A clock that is wrong."""

    def __init__(self, right: Clock) -> None:
        self._right = right

    def now(self) -> datetime:
        """Return a time that has passed."""
        return self._right.now() - APART

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._right.sleep(seconds)


def faults() -> list[str]:
    """Return what can be wrong, by name.

    >>> "expired" in faults()
    True
    """
    return ["version", "clock", *AILMENTS]


def ailing(fault: str | None = None, account: str | None = None) -> FacebookAds:
    """Connect to a sandbox in this process in which one thing is wrong, or nothing.

    >>> ailing("version").version
    'v24.0'
    """
    sandbox = Sandbox()
    options: dict[str, Any] = {}
    if fault == "version":
        options["settings"] = Settings(adapter=sandbox.adapter(), version=OLD)
    elif fault == "clock":
        options["clock"] = Late(sandbox)
    elif fault is not None:
        AILMENTS[fault](sandbox)
    return FacebookAds.sandbox(sandbox, account=account, **options)
