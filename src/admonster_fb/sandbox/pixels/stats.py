"""The events of a pixel, counted by hour (Meta's page "Ads Pixel Stats"; the shape is of others' live calls).

Browsers of a seeded account's site send the same events in the same hour. The quality of a dataset lies at the root of
the graph (`docs/meta-rules.md`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from admonster_fb.sandbox import need, paging, spec, times
from admonster_fb.sandbox.auth import READ_ADS
from admonster_fb.sandbox.errors import NotModelled, bad_param
from admonster_fb.sandbox.history import SITE
from admonster_fb.sandbox.pixels.checks import CODE, HASHED, PIXEL
from admonster_fb.sandbox.world import Call, Node, World

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


def code(_world: World, pixel: Node) -> str:
    """Return the snippet that puts a pixel on a page."""
    return CODE.format(id=pixel.id)


def last_fired(world: World, pixel: Node) -> str | None:
    """Return when a pixel fired last: on a site with visitors in this very hour."""
    if not pixel.hidden.get(INSTALLED):
        found: str | None = pixel.data.get("last_fired_time")
        return found
    hour = world.clock().replace(minute=0, second=0, microsecond=0)
    return times.stamp(hour, world.zone_of(pixel))


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


def describe_fire(fire: Fires) -> dict[str, Any]:
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
    need.one_of("aggregation", aggregation, spec.values(PIXEL, "GET", "stats", "aggregation"))
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
        for fire in fires(pixel, hour.astimezone(zone)):
            yield hour, fire.count, describe_fire(fire)
        hour += HOUR
    for item in call.world.signals.counted(pixel.id):
        then = datetime.fromtimestamp(int(item["event_time"]), UTC)
        if since <= then <= until:
            yield hour_of(then), 1, describe_event(item)


def describe_event(event: dict[str, Any]) -> dict[str, Any]:
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
        "device_os": [SYSTEMS[device]] if device in SYSTEMS else [],
        "browser_type": [],
        "had_pii": ["true" if any(customer.get(name) for name in HASHED) else "false"],
        "match_keys": named,
    }


AGENTS = (("iPhone", "mobile_iphone"), ("Android", "mobile_android_phone"))


def hour_of(moment: datetime) -> datetime:
    """Return the hour of a moment."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


QUALITY_PATH = "dataset_quality"
_GOAL = 75
"""The share of events that should come from the server too, in percent."""
_MANAGE = (("ads_management", "business_management"), "Requires ads_management or business_management permission")


def catalog_checks(call: Call, pixel: Node) -> dict[str, Any]:
    """Return the checks for catalog ads."""
    seen = {event for _, _, facts in _week(call, pixel) for event in facts["event"]}
    complete = {"ViewContent", "AddToCart", "Purchase"} <= seen
    row = {"key": "pixel_missing_dpa_event", "title": "Events for catalog ads", "result": "passed"}
    texts = {"description": "Whether ViewContent, AddToCart and Purchase arrive.", "action_uri": ""}
    failed = {"result": "failed", "user_message": "Some events are missing."}
    unknown = {"key": "pixel_decline", "title": "Decline of events", "description": "", "result": "unavailable"}
    return {"data": [{**row, **texts, **({} if complete else failed)}, unknown]}


def quality(call: Call) -> dict[str, Any]:
    """Return the quality of the web events of a dataset, a row for each event."""
    call.token.check_scope(READ_ADS)
    call.token.check_scope(_MANAGE)
    pixel = call.existing(need.value("dataset_id", call.params.get("dataset_id")), PIXEL)
    web, server = Counter[str](), Counter[str]()
    for _, count, facts in _week(call, pixel):
        (server if facts["event_source"] == ["SERVER"] else web)[facts["event"][0]] += count
    return {"web": [_quality_row(call, pixel, event, web[event]) for event in {**web, **server}]}


def _quality_row(call: Call, pixel: Node, event: str, web: int) -> dict[str, Any]:
    events = [each for each in call.world.signals.events.get(pixel.id, []) if each["event_name"] == event]
    twice = sum("duplicate" in each for each in events)
    keys = Counter(name for each in events for name in HASHED if each["user_data"].get(name))
    feedback = [
        {"identifier": name, "coverage": {"percentage": round(100 * count / len(events), 1)}}
        for name, count in keys.most_common()
    ]
    row: dict[str, Any] = {"event_name": event}
    if events:  # the score is of events from the server
        score = round(min(10.0, 2.0 + 2.0 * len(keys)), 1)
        row["event_match_quality"] = {"composite_score": score, "match_key_feedback": feedback}
        row["data_freshness"] = {"upload_frequency": "real_time"}
        share = round(100 * len(events) / web, 1) if web else 100.0
        row["event_coverage"] = {"percentage": min(share, 100.0), "goal_percentage": _GOAL}
        share = round(100 * twice / len(events), 1)
        row["dedupe_key_feedback"] = [{"dedupe_key": "event_id", "overall_browser_coverage_from_dedupe_key": share}]
    return row


def _week(call: Call, pixel: Node) -> Any:
    since = hour_of(call.world.clock() - SPAN)
    return all_events(call, pixel, since, call.world.clock())
