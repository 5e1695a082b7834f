"""The audiences of a fresh account: lists, visitors, people who engage, a lookalike, and saved targeting.

Their ids are fixed: drawing them would change all later ids.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.audiences import lookalikes, rules, state
from admonster_fb.sandbox.audiences.state import PEOPLE, STATUS
from admonster_fb.sandbox.history import PAGE, PIXEL
from admonster_fb.sandbox.store import Node, Store

FIRST = 23_850_000_000_000_101
LIST_SOURCE = {"customer_file_source": state.SOURCES[0], "is_value_based": False, "retention_days": 0}


def _rule(source: str, kind: str, days: int, event: str) -> str:
    part = {
        "event_sources": [{"id": source, "type": kind}],
        "retention_seconds": days * rules.DAY,
        "filter": {"operator": "and", "filters": [{"field": "event", "operator": "eq", "value": event}]},
    }
    return json.dumps({"inclusions": {"operator": "or", "rules": [part]}}, separators=(",", ":"))


# (name, subtype, people, age in days, status, the rest)
AUDIENCES: tuple[tuple[str, str, int, int, int | None, dict[str, Any]], ...] = (
    ("Newsletter subscribers", state.LIST, 8_430, 320, None, LIST_SOURCE),
    ("Trade fair visitors", state.LIST, 60, 400, 450, LIST_SOURCE),
    (
        *("Buyers, 180 days", state.WEBSITE, 3_120, 300, None),
        {"pixel_id": PIXEL, "retention_days": 180, "rule": _rule(PIXEL, "pixel", 180, "Purchase")},
    ),
    (
        *("Page engagement, 365 days", state.ENGAGEMENT, 27_600, 210, None),
        {"retention_days": 365, "rule": _rule(PAGE, "page", 365, "page_engaged")},
    ),
)
LOOKALIKE = "Lookalike (US, 1%) - Buyers, 180 days"
SPEC = {"country": "US", "ratio": 0.01}
SAVED: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("Coffee lovers, 25 to 54", 1_900_000, {"age_min": 25, "age_max": 54, "geo_locations": {"countries": ["US"]}}),
    (
        "Newsletter, no buyers",
        5_400,
        {"custom_audiences": [{"id": str(FIRST)}], "geo_locations": {"countries": ["US"]}},
    ),
)


def seed(store: Store, account: Node) -> None:
    """Add the audiences of a past to an account."""
    number = FIRST
    for name, subtype, people, age, status, rest in AUDIENCES:
        audience = _add(store, account, number, name, subtype, people, age, rest)
        if status is not None:
            audience.hidden[STATUS] = status
        number += 1
    buyers = store.nodes[str(FIRST + 2)]
    spec = {"lookalike_spec": lookalikes.as_read(SPEC, buyers)}
    grown = _add(store, account, number, LOOKALIKE, state.LOOKALIKE, lookalikes.size(SPEC), 120, spec)
    grown.hidden["origin"] = buyers.id
    for place, (name, people, targeting) in enumerate(SAVED, 1):
        created = times.stamp(store.clock() - timedelta(days=90 - place), "UTC")
        data = {"name": name, "targeting": targeting, "account_id": account.data["account_id"], "run_status": "ACTIVE"}
        data |= {"time_created": created, "time_updated": created}
        store.add(state.SAVED, data, id=str(number + place)).hidden[PEOPLE] = people


def _add(
    store: Store, account: Node, number: int, name: str, subtype: str, people: int, age: int, rest: dict[str, Any]
) -> Node:
    created = int((store.clock() - timedelta(days=age)).timestamp())
    data = {"name": name, "subtype": subtype, "account_id": account.data["account_id"], **rest}
    data |= {"time_created": created, "time_updated": created, "time_content_updated": created}
    audience = store.add(state.AUDIENCE, data, id=str(number))
    audience.hidden[PEOPLE] = people
    return audience
