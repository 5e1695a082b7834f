"""Pixels: totals of received events, and sending server events."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SkipValidation

from admonster_fb.client import FacebookAds
from admonster_fb.errors import MISSING, APIError, ParameterError, Violation
from admonster_fb.models._node import objects_in
from admonster_fb.models._params import LocalPath
from admonster_fb.models.adspixel import Aggregation, EventQuality, PixelCheck, PixelHealth, PixelStats
from admonster_fb.models.serverevent import EventsSent, ServerEvent
from admonster_fb.money import whole
from admonster_fb.operation import ops_of
from admonster_fb.paths import regular_file

op = ops_of("pixel", "adspixels")


@op("get_pixel_stats", access="read", aliases={"id": "pixel_id"}, then=("create_custom_audience",))
def get_pixel_stats(
    fb: FacebookAds,
    pixel_id: str,
    *,
    days: Annotated[int, Field(ge=1, le=28, description="days up to now. Default: 7")] = 7,
    aggregation: Annotated[Aggregation, Field(description="Default: event")] = "event",
    event: Annotated[str, Field(description="only this event: Purchase")] | None = None,
) -> PixelStats:
    """Return what a pixel received. Totals of the last days by event, browser, URL or host.

    >>> get_pixel_stats(fb, pixel_id).aggregation
    'event'
    """
    until = fb.now()
    since = until - timedelta(days=days)
    pixel = fb.adspixels.get(pixel_id, fields=["id", "name", "last_fired_time"])
    only: Any = {} if event is None else {"event": event}
    totals = Counter[str]()
    for hour in fb.adspixels.stats(pixel_id, aggregation=aggregation, start_time=since, end_time=until, **only):
        totals.update(_counts(hour))
    return PixelStats(pixel, aggregation, since, until, dict(totals.most_common()))


def _counts(hour: Any) -> Counter[str]:
    found = Counter[str]()
    for row in objects_in(hour.data):
        found[str(row.get("value", row.get("event", "")))] += whole(row.get("count")) or 0
    return found


@op("get_pixel_health", access="read", aliases={"id": "pixel_id"}, then=("get_pixel_stats",))
def get_pixel_health(
    fb: FacebookAds, pixel_id: str, *, days: Annotated[int, Field(ge=1, le=28, description="Default: 7")] = 7
) -> PixelHealth:
    """Check the events of a pixel. Freshness, events by day, match quality, coverage, deduplication.

    Match quality is 0 to 10; 75 % of the events of the browser should come from the server too. What the token may
    not read is named.

    >>> [*get_pixel_health(fb, pixel_id).sources]
    ['BROWSER']
    """
    since, notes = fb.now() - timedelta(days=days), list[str]()
    pixel = fb.adspixels.get(pixel_id, fields=["id", "name", "last_fired_time", "is_unavailable"])
    counts: dict[str, Counter[str]] = {}
    sources = Counter[str]()
    for hour in fb.adspixels.stats(pixel_id, aggregation="event", start_time=since, limit=1000):
        day = hour.start_time.date().isoformat() if isinstance(hour.start_time, datetime) else "unknown"
        counts.setdefault(day, Counter()).update(_counts(hour))
    for hour in fb.adspixels.stats(pixel_id, aggregation="event_source", start_time=since, limit=1000):
        sources.update(_counts(hour))
    quality, checks = list[EventQuality](), list[PixelCheck]()
    try:
        quality = fb.adspixels.quality(pixel_id)
        checks = fb.adspixels.checks(pixel_id)
    except APIError as error:
        notes.append(error.message)
    return PixelHealth(pixel, {day: dict(counts[day]) for day in sorted(counts)}, dict(sources), quality, checks, notes)


class EventsFile:
    """Events in a file: a JSON list, or one object per line. Each iteration reads the file again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[Any]:
        with open(self._path, encoding="utf-8-sig", opener=regular_file) as file:
            first = next((char for line in file for char in line.strip()[:1]), "")
            file.seek(0)
            if first == "[":
                yield from _parse_json(file.read(), "the file")
                return
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _parse_json(line, f"line {number:,}")


def _parse_json(text: str, where: str) -> Any:
    """Return the value of a JSON text; the error for invalid JSON quotes nothing of it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        invalid = ParameterError([Violation("events_path", where, "a JSON list of events, or one event per line")])
    raise invalid


_REGION = Field(description="country of phone numbers without a country code: US")
_PURCHASE = {
    "event_name": "Purchase",
    "event_time": 1793534400,
    "action_source": "physical_store",
    "user_data": {"em": "mary@example.com"},
    "custom_data": {"value": 12.5, "currency": "USD"},
}


@op(
    "send_conversion_events",
    effect="add",
    past="sent",
    example={"pixel_id": "604381177220931", "events": [_PURCHASE]},
    cost="counts as conversions: changes reports and ad optimization, and cannot be undone",
    aliases={"id": "pixel_id", "dataset_id": "pixel_id", "file": "events_path", "path": "events_path"},
    then=("get_pixel_stats",),
)
def send_conversion_events(
    fb: FacebookAds,
    pixel_id: str,
    *,
    events: list[SkipValidation[ServerEvent]] | None = None,
    events_path: Annotated[LocalPath, Field(description="a JSON list, or one event per line")] | None = None,
    test_event_code: Annotated[str, Field(description="from Events Manager: shows them as test events")] | None = None,
    default_region: Annotated[str, _REGION] | None = None,
) -> EventsSent:
    """Send events to a pixel by the Conversions API. They are purchases, leads and so on.

    Customer data is hashed before it is sent, and no answer shows it; many events come from a file that nobody has to
    read. A wrong event is left out and listed in `refused`. The maximum age is 7 days, for physical_store 62 days. A
    Purchase needs value (major units: 12.50) and currency; a website event needs event_source_url and
    client_user_agent. If the pixel reports the same event, pass its eventID as event_id.

    >>> event = {"event_name": "Lead", "event_time": int(fb.now().timestamp()), "action_source": "phone_call",
    ...     "user_data": {"ph": "+1 555 987 6543"}}
    >>> send_conversion_events(fb, pixel_id, events=[event]).received
    1
    """
    if (events is None) == (events_path is None):
        raise ParameterError([Violation("events", MISSING, "exactly one of events and events_path")])
    if events_path is not None and not Path(events_path).is_file():
        raise ParameterError([Violation("events_path", str(events_path), "a file that exists")])
    source: Any = events if events_path is None else EventsFile(Path(events_path))
    return fb.conversions.send(pixel_id, source, test_event_code=test_event_code, default_region=default_region)
