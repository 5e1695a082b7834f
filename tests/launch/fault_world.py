"""Launches on a sandbox in which one chosen call fails, and what exists afterwards by the sandbox's own memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from admonster_fb import FacebookAds, Settings
from admonster_fb.sandbox import Sandbox, png
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.faults.faults import (
    Empty,
    Failure,
    Fault,
    Hang,
    Http,
    LostResponse,
    NullItem,
    Ok200,
    Queued,
    Repeated,
    Reset,
    Shuffled,
    Slow,
    Truncated,
)

ADSETS, ADS = 2, 2
"""Ad sets of the campaign, ads of each."""
COUNTS = {"Campaign": 1, "AdSet": ADSETS, "Ad": ADSETS * ADS, "AdCreative": ADSETS * ADS, "AdImage": ADSETS * ADS}
TOO_SLOW = 120.0
"""Seconds: more than a client waits for an answer."""
_WHEN = (False, True)
_ALL: tuple[Fault, ...] = (
    *(Reset(after=after) for after in _WHEN),
    LostResponse(),
    Truncated(),
    Slow(TOO_SLOW),
    *(Hang(after=after) for after in _WHEN),
    *(NullItem(after=after) for after in _WHEN),
    *(Empty(after=after) for after in _WHEN),
    *(Http(status, after=after) for status in (500, 502) for after in _WHEN),
    *(Failure(GraphError(code), after=after) for code in (1, 2) for after in _WHEN),
    *(Failure(GraphError(code)) for code in (4, 17, 613, 80004)),
    *(Failure(GraphError(code)) for code in (10, 100, 190, 368)),
    *(Ok200(GraphError(code)) for code in (1, 17, 100)),
    Ok200(GraphError(1), after=True),
    Queued(30),
    Repeated(),
    Shuffled(),
)
FAULTS: dict[str, Fault] = {str(fault): fault for fault in _ALL}
"""Each way of failing that the sandbox knows."""


class Killed(BaseException):
    """The process is dead."""


@dataclass
class Wire(BaseAdapter):
    """The way to the sandbox. It counts requests, and lets the process die at one of them."""

    sandbox: Sandbox
    dies_at: int | None = None
    heard: bool = False
    """Whether Meta gets the request before the process dies."""
    at_death: Callable[[], None] = lambda: None
    requests: int = 0
    dead: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        super().__init__()
        self._inner = self.sandbox.adapter()

    def send(self, request: PreparedRequest, **options: Any) -> Response:  # type: ignore[override]
        """Pass a request on. Whoever is dead sends nothing more."""
        with self._lock:
            if self.dead:
                raise Killed
            number = self.requests
            self.requests += 1
            if number != self.dies_at:
                return self._inner.send(request, **options)
            if self.heard:
                self._inner.send(request, **options)
            self.dead = True
            self.at_death()
            raise Killed

    def close(self) -> None:
        """Close nothing."""


class Chance:
    """Counts what can fail (calls, items of batches, whole batches), and lets one of them."""

    def __init__(self, fault: Fault | None = None, at: int = -1) -> None:
        self.fault = fault
        self.at = at
        self.met = False
        self.parts: list[str] = []

    def __call__(self, part: str) -> Fault | None:
        """Return the fault that this part meets."""
        number = len(self.parts)
        self.parts.append(part)
        if number != self.at or self.fault is None:
            return None
        self.met = part in self.fault.fits
        return self.fault if self.met else None


def connect(sandbox: Sandbox, wire: Wire | None = None) -> FacebookAds:
    """Return a facade that knows nothing yet, as in a new process."""
    return FacebookAds.sandbox(sandbox, settings=Settings(adapter=wire or Wire(sandbox)))


def picture(number: int) -> bytes:
    """Return a picture of its own colour."""
    return png(100, 100, (number, 100, 200))


TIMES = {"created_time", "updated_time", "start_time"}
_OWN = {"id", "effective_object_story_id", "thumbnail_url", "account_id", *TIMES}


def made(sandbox: Sandbox, before: set[str]) -> dict[str, list[Any]]:
    """Return what has come to be since and is not deleted, by kind, without ids: parents and creatives by content."""

    def told(node_id: str) -> dict[str, Any]:
        data = {name: value for name, value in sandbox.object(node_id).items() if name not in _OWN}
        for name in ("campaign_id", "adset_id"):
            if name in data:
                data[name] = sandbox.object(data[name])["name"]
        if "creative" in data:
            data["creative"] = told(data["creative"]["id"])
        return data

    found: dict[str, list[Any]] = {kind: [] for kind in COUNTS}
    for node_id, kind in sandbox.kinds().items():
        if node_id not in before and kind in COUNTS and not deleted(sandbox, node_id):
            found[kind].append(json.dumps(told(node_id), sort_keys=True))
    return {kind: sorted(each) for kind, each in found.items()}


def deleted(sandbox: Sandbox, node_id: str) -> bool:
    """Tell whether an object is deleted, by itself or with what it is in."""
    data = sandbox.object(node_id)
    chain = [data, *(sandbox.object(data[name]) for name in ("adset_id", "campaign_id") if name in data)]
    return any(each.get("status") == "DELETED" for each in chain)


def active(sandbox: Sandbox, before: set[str]) -> list[str]:
    """Return the new objects that could spend: there must be none."""
    new = [data for kind in ("Campaign", "AdSet", "Ad") for data in sandbox.objects(kind) if data["id"] not in before]
    return [data["id"] for data in new if data["status"] == "ACTIVE"]


def tree(folder: Path) -> dict[str, Any]:
    """Return a launch of 1 campaign, 2 ad sets and 4 ads, each with a picture and a creative of its own."""
    numbers = range(ADSETS * ADS)
    for number in numbers:
        (folder / f"{number}.png").write_bytes(picture(number))
    return {
        "preset": "traffic",
        "defaults": {
            "adset": {"daily_budget": 2000, "targeting": {"geo_locations": {"countries": ["US"]}}},
            "creative": {"page_id": "1", "link": "https://example.com/", "message": "New in"},
        },
        "images": {f"i{number}": str(folder / f"{number}.png") for number in numbers},
        "campaign": {"name": "Sale", "special_ad_categories": []},
        "adsets": [
            {
                "name": f"Set {number}",
                "ads": [
                    {"name": f"Ad {number}.{each}", "creative": {"image": f"i{number * ADS + each}"}}
                    for each in range(ADS)
                ],
            }
            for number in range(ADSETS)
        ],
    }
