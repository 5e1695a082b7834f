"""Checks of a pixel, and the quality of a dataset, which lies at the root of the graph (`docs/meta-rules.md`)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from admonster_fb.sandbox.auth import READ_ADS
from admonster_fb.sandbox.errors import missing_object, required
from admonster_fb.sandbox.pixels import stats
from admonster_fb.sandbox.pixels.constants import HASHED, PIXEL
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

PATH = "dataset_quality"
_GOAL = 75
"""The share of events that should come from the server too, in percent."""
_MANAGE = (("ads_management", "business_management"), "Requires ads_management or business_management permission")


def checks(call: Call, pixel: Node) -> dict[str, Any]:
    """Return the checks for catalog ads."""
    seen = {event for _, _, facts in _week(call, pixel) for event in facts["event"]}
    complete = {"ViewContent", "AddToCart", "Purchase"} <= seen
    row = {"key": "pixel_missing_dpa_event", "title": "Events for catalog ads", "result": "passed"}
    texts = {"description": "Whether ViewContent, AddToCart and Purchase arrive.", "action_uri": ""}
    failed = {"result": "failed", "user_message": "Some events are missing."}
    unknown = {"key": "pixel_decline", "title": "Decline of events", "description": "", "result": "unavailable"}
    return {"data": [{**row, **texts, **({} if complete else failed)}, unknown]}


def answer(call: Call) -> dict[str, Any]:
    """Return the quality of the web events of a dataset, a row for each event."""
    call.token.check_scope(READ_ADS)
    call.token.check_scope(_MANAGE)
    if not call.params.get("dataset_id"):
        raise required("dataset_id")
    pixel = call.find(str(call.params["dataset_id"]))
    if pixel is None or pixel.kind != PIXEL:
        raise missing_object(call.method, str(call.params["dataset_id"]))
    web, server = Counter[str](), Counter[str]()
    for _, count, facts in _week(call, pixel):
        (server if facts["event_source"] == ["SERVER"] else web)[facts["event"][0]] += count
    return {"web": [_row(call, pixel, event, web[event]) for event in {**web, **server}]}


def _row(call: Call, pixel: Node, event: str, web: int) -> dict[str, Any]:
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
    since = stats.hour_of(call.world.clock() - stats.SPAN)
    return stats.all_events(call, pixel, since, call.world.clock())
