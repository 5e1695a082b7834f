"""What the workers of the tests of fleets do: they find it by its name."""

from __future__ import annotations

import time

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
