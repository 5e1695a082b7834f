"""The Conversions API: events of websites, apps, shops and chats, all of them or none."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.errors import not_list, plain, required
from admonster_fb.sandbox.pixels import checks
from admonster_fb.sandbox.pixels.constants import MOST_EVENTS
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.wire import decode_value
from admonster_fb.sandbox.world import Call


def receive(call: Call, pixel: Node) -> dict[str, Any]:
    """Take events. An event that came before counts as received, and once in statistics."""
    sent = call.params.get("data")
    if sent in (None, "", []):
        raise required("data")
    if not isinstance(sent, list):
        raise not_list("data")
    if len(sent) > MOST_EVENTS:
        raise plain(f"Param data can hold up to {MOST_EVENTS} events; this request has {len(sent)}")
    # The SDK's type of `data` is a list of texts: each event may be JSON again.
    events, now = list(map(decode_value, sent)), call.world.clock()
    for place, event in enumerate(events):
        checks.check(f"data[{place}]", event, now)
    test_code = str(call.params.get("test_event_code") or "") or None
    for event in events:
        call.world.signals.take(pixel.id, event, now, test_code)
    pixel.data["last_fired_time"] = times.stamp(now, call.world.zone_of(pixel))
    return {"events_received": len(events), "messages": [], "fbtrace_id": call.trace}
