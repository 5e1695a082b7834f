"""The events of a pixel, counted by hour (Meta's page "Ads Pixel Stats"; the shape is of others' live calls)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from admonster_fb.sandbox import paging, times
from admonster_fb.sandbox.errors import NotModelled, bad_param, not_one_of
from admonster_fb.sandbox.pixels import web
from admonster_fb.sandbox.pixels.constants import HASHED
from admonster_fb.sandbox.spec import find as endpoint
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

SPAN = timedelta(days=7)
TOTALS = "event_total_counts"
MODELLED = frozenset(
    {"event", TOTALS, "event_source", "host", "url", "device_type", "device_os", "browser_type", "had_pii"}
    | {"match_keys"}
)
SERVER, WEB = "SERVER_ONLY", "WEB_ONLY"
Counts = dict[datetime, Counter[str]]


def read(call: Call, pixel: Node) -> Any:
    """Return a page of hours. There is nothing of more than seven days ago."""
    aggregation = str(call.params.get("aggregation") or "event")
    known = endpoint("AdsPixel", "GET", "stats")
    values = known.enums["aggregation_enum"] if known else ()
    if aggregation not in values:
        raise not_one_of("aggregation", values)
    if aggregation not in MODELLED:
        raise NotModelled(call.method, call.path, f"aggregation {aggregation}")
    since, until = _span(call, pixel)
    counts = _counted(call, pixel, aggregation, since, until)
    if aggregation == TOTALS:
        counts = {since: sum(counts.values(), Counter())} if counts else {}
    zone = call.world.zone_of(pixel)
    rows = [
        {
            "start_time": times.stamp(hour, zone),
            "aggregation": aggregation,
            "data": [{"value": value, "count": count} for value, count in counted.most_common()],
        }
        for hour, counted in sorted(counts.items())
    ]
    return paging.numbered(call, f"{pixel.id}/stats", call.raw, rows)


def _span(call: Call, pixel: Node) -> tuple[datetime, datetime]:
    zone, now = call.world.zone_of(pixel), call.world.clock()
    sent = {name: call.params[name] for name in ("start_time", "end_time") if call.params.get(name)}
    until = min(times.parse(sent["end_time"], zone, "end_time"), now) if "end_time" in sent else now
    since = times.parse(sent["start_time"], zone, "start_time") if "start_time" in sent else until - SPAN
    if since > until:
        raise bad_param("Param start_time must be before end_time")
    return hour_of(max(since, now - SPAN)), until


def _counted(call: Call, pixel: Node, aggregation: str, since: datetime, until: datetime) -> Counts:
    source, event = call.params.get("event_source"), call.params.get("event")
    found: Counts = {}
    for hour, count, facts in all_events(call, pixel, since, until):
        is_server = facts["event_source"] == ["SERVER"]
        if (source == WEB and is_server) or (source == SERVER and not is_server):
            continue
        if event and facts["event"] != [event]:
            continue
        for value in facts[aggregation]:
            found.setdefault(hour, Counter())[value] += count
    return found


def all_events(
    call: Call, pixel: Node, since: datetime, until: datetime
) -> Iterator[tuple[datetime, int, dict[str, Any]]]:
    """Yield every event of a pixel within a time: the hour, how many, and its properties."""
    zone = times.zone(call.world.zone_of(pixel))
    hour = since
    while hour < until:
        for fire in web.fires(pixel, hour.astimezone(zone)):
            yield hour, fire.count, web.describe(fire)
        hour += web.HOUR
    for item in call.world.signals.counted(pixel.id):
        then = datetime.fromtimestamp(int(item["event_time"]), UTC)
        if since <= then <= until:
            yield hour_of(then), 1, describe(item)


def describe(event: dict[str, Any]) -> dict[str, Any]:
    """Return a server event's properties by the aggregation that counts them."""
    customer = event["user_data"]
    url = urlsplit(str(event.get("event_source_url") or ""))
    agent = str(customer.get("client_user_agent") or "")
    device = next((name for word, name in AGENTS if word in agent), "desktop") if agent else None
    named = [name for name in (*HASHED, "external_id", "fbc", "fbp") if customer.get(name)]
    return {
        "event": [event["event_name"]],
        TOTALS: [event["event_name"]],
        "event_source": ["SERVER"],
        "host": [url.netloc] if url.netloc else [],
        # Queries are taken off (Meta's page).
        "url": [f"{url.scheme}://{url.netloc}{url.path}"] if url.netloc else [],
        "device_type": [device] if device else [],
        "device_os": [web.SYSTEMS[device]] if device in web.SYSTEMS else [],
        "browser_type": [],
        "had_pii": ["true" if any(customer.get(name) for name in HASHED) else "false"],
        "match_keys": named,
    }


AGENTS = (("iPhone", "mobile_iphone"), ("Android", "mobile_android_phone"))


def hour_of(moment: datetime) -> datetime:
    """Return the hour of a moment."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
