"""What the workers of the tests of fleets do: they find it by its name."""

from __future__ import annotations

import time
from typing import Any

from admonster_fb import FacebookAds, RateLimited
from admonster_fb.sandbox import Sandbox

sandbox = Sandbox()
refused: list[str] = []
"""Accounts whose next calls are throttled, once for each time they are named."""
order: list[str] = []


def connect() -> FacebookAds:
    return FacebookAds.sandbox(sandbox)


def throttled(_fb: FacebookAds, account: str) -> str:
    order.append(account)
    if account in refused:
        refused.remove(account)
        raise RateLimited(message="held back", retry_after=0.2)
    return account


def slow(_fb: FacebookAds, account: str) -> str:
    time.sleep(0.3)
    return account


def read(plugin: str, dask_worker: Any) -> str:
    """Read act_1 by the facade of the worker that runs this."""
    fb = dask_worker.plugins[plugin].fb
    try:
        fb.adaccounts.get("act_1", fields=["id"])
    except RateLimited:
        return "held back"
    return "sent"
