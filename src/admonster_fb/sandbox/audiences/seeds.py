"""The audiences of a fresh account: lists, visitors, people who engage, a lookalike, and saved targeting.

Their ids are fixed: drawing them would change all later ids.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.audiences import lookalikes, state
from admonster_fb.sandbox.audiences.state import PEOPLE, STATUS
from admonster_fb.sandbox.history import SEED
from admonster_fb.sandbox.store import Node, Store

FIRST = 23_850_000_000_000_101
LOOKALIKE = "Lookalike (US, 1%) - Buyers, 180 days"
SPEC = {"country": "US", "ratio": 0.01}


def seed(store: Store, account: Node) -> None:
    """Add the audiences of a past to an account."""
    number = FIRST
    for row in SEED["audiences"]:
        audience = _add(store, account, number, row["name"], row["subtype"], row["people"], row["age"], row["fields"])
        if row["status"] is not None:
            audience.hidden[STATUS] = row["status"]
        number += 1
    buyers = store.nodes[str(FIRST + 2)]
    spec = {"lookalike_spec": lookalikes.as_read(SPEC, buyers)}
    grown = _add(store, account, number, LOOKALIKE, state.LOOKALIKE, lookalikes.size(SPEC), 120, spec)
    grown.hidden["origin"] = buyers.id
    for place, (name, people, targeting) in enumerate(SEED["saved_audiences"], 1):
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
