"""A plan as JSON and back, and the digest that its id is."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from admonster_fb.bot.plans.plan import Plan, canonical, digest
from admonster_fb.models.change import Change

PREFIX = "plan_"


def content(plan: Plan) -> dict[str, Any]:
    """Return all of a plan but its id, as JSON has it.

    >>> sorted(content(example()))[:4]
    ['account', 'adds', 'arguments', 'calls']
    """
    fields = {field.name: getattr(plan, field.name) for field in dataclasses.fields(plan) if field.name != "id"}
    changes = [dataclasses.asdict(change) for change in plan.changes]
    told: dict[str, Any] = json.loads(canonical({**fields, "changes": changes}))
    return told


def sealed(plan: Plan) -> Plan:
    """Return a plan with the id that its content gives it.

    >>> sealed(example()).id == sealed(example()).id, sealed(example()).id[:5]
    (True, 'plan_')
    """
    return dataclasses.replace(plan, id=f"{PREFIX}{digest(content(plan))[:20]}")


def genuine(plan: Plan) -> bool:
    """Tell whether a plan is as it was when it got its id.

    >>> plan = sealed(example())
    >>> genuine(plan), genuine(dataclasses.replace(plan, adds=0))
    (True, False)
    """
    return sealed(plan).id == plan.id


def read(plan_id: str, told: Mapping[str, Any]) -> Plan:
    """Return the plan that JSON tells of. Raises `KeyError`, `TypeError` or `ValueError` for what is none.

    >>> plan = sealed(example())
    >>> read(plan.id, content(plan)) == plan
    True
    """
    times = {name: datetime.fromisoformat(told[name]) for name in ("made", "expires")}
    tuples = {name: tuple(told[name]) for name in ("kinds", "warnings")}
    changes = tuple(Change(**change) for change in told["changes"])
    return Plan(**{**told, **times, **tuples, "changes": changes, "id": plan_id})


def example() -> Plan:
    """Return a plan to try things with.

    >>> example().adds
    5000
    """
    made = datetime.fromisoformat("2026-11-01T12:00:00+00:00")
    change = Change("campaigns", "1", "Sale", {"status": "PAUSED"}, {"status": "ACTIVE"})
    return Plan(
        id="",
        op="update_campaign",
        account="act_1",
        currency="USD",
        changes=(change,),
        kinds=("spend",),
        adds=5000,
        total=5000,
        warnings=(),
        calls=1,
        fits="",
        made=made,
        expires=made,
        fingerprint="",
        arguments={"campaign_id": "1", "status": "ACTIVE"},
    )
