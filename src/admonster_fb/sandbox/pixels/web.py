"""The browser events of a seeded account's pixel by hour: the same for the same hour."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from admonster_fb.sandbox.history import SITE
from admonster_fb.sandbox.store import Node

# The internal value of a pixel that is installed on a site.
INSTALLED = "installed"
HOUR = timedelta(hours=1)
# Of a hundred visits, how many go on to each page.
EVENTS = (
    ("PageView", 100, "/"),
    ("ViewContent", 46, "/coffee"),
    ("AddToCart", 11, "/coffee"),
    ("InitiateCheckout", 6, "/checkout"),
    ("Purchase", 3, "/thanks"),
    ("Lead", 2, "/newsletter"),
)
DEVICES = (("mobile_iphone", 46), ("mobile_android_phone", 26), ("desktop", 28))
SYSTEMS = {"mobile_iphone": "iOS", "mobile_android_phone": "Android"}
BROWSERS = {"mobile_iphone": "Mobile Safari", "mobile_android_phone": "Chrome Mobile", "desktop": "Chrome"}


@dataclass(frozen=True, slots=True)
class Fires:
    """The number of times that one event fired from one device in an hour."""

    event: str
    count: int
    url: str
    device: str


def fires(pixel: Node, hour: datetime) -> Iterator[Fires]:
    """Yield what fired in the hour that begins at `hour`."""
    if not pixel.hidden.get(INSTALLED):
        return
    digest = hashlib.sha256(f"{pixel.id} {int(hour.timestamp())}".encode()).digest()
    visits = (20 if 6 <= hour.hour <= 22 else 4) + digest[0] % 24
    for event, share, path in EVENTS:
        left = visits * share // 100
        for place, (device, part) in enumerate(DEVICES, 1):
            count = left if place == len(DEVICES) else visits * share * part // 10_000
            left -= count
            if count > 0:
                yield Fires(event, count, f"{SITE}{path}", device)


def describe(fire: Fires) -> dict[str, Any]:
    """Return a fire's properties by the aggregation that counts them."""
    return {
        "event": [fire.event],
        "event_total_counts": [fire.event],
        "event_source": ["BROWSER"],
        "host": [SITE.removeprefix("https://")],
        "url": [fire.url],
        "device_type": [fire.device],
        "device_os": [SYSTEMS[fire.device]] if fire.device in SYSTEMS else [],
        "browser_type": [BROWSERS[fire.device]],
        "had_pii": ["false"],
        "match_keys": [],
    }
