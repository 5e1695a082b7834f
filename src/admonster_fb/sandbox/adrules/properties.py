"""Properties of objects as filters of ad rules read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from admonster_fb.sandbox import status, times
from admonster_fb.sandbox.adrules.constants import OWNERS
from admonster_fb.sandbox.adrules.names import Name, Unplayed, owner_of
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.case import budget_of
from admonster_fb.sandbox.world import World

# Where a property is when a filter does not say: an ad's objective is its campaign's.
_HOMES = {
    **dict.fromkeys(("objective", "buying_type", "spend_cap"), "campaign"),
    **dict.fromkeys(
        ("billing_event", "optimization_goal", "is_autobid", "daily_budget", "lifetime_budget", "bid_amount"), "adset"
    ),
    "budget_reset_period": "adset",
}
_UNPLAYED = frozenset(
    {"active_time", "estimated_budget_spending_percentage", "audience_reached_percentage", "placement.page_types"}
)
_MOMENTS = frozenset({"start_time", "stop_time", "created_time", "updated_time"})


def metadata(world: World, node: Node, name: Name) -> Any:
    """Return a property of an object or of one above it: moments in unix seconds, budgets in minor units."""
    if name.field in _UNPLAYED:
        raise Unplayed(f"the field {name.field}")
    home = name.owner or _HOMES.get(name.field, "")
    # A campaign has no ad set above it: its own budget is meant.
    above = home if home and (OWNERS[home] == node.kind or f"{home}_id" in node.data) else ""
    subject = owner_of(world, node, above)
    if subject is None:
        return None
    if computed := _COMPUTED.get(name.field):
        return computed(world, subject)
    if name.field in _MOMENTS:
        value = subject.data.get(name.field) or subject.data.get(name.field.replace("stop", "end"))
        return None if not value else int(times.parse(value, world.zone_of(subject)).timestamp())
    if name.field not in _KNOWN:
        raise Unplayed(f"the field {name.field}")
    return subject.data.get(name.field)


def _hours(world: World, node: Node) -> Decimal:
    age = world.clock() - times.parse(node.data["created_time"], world.zone_of(node))
    return Decimal(int(age.total_seconds())) / 3600


def _now(world: World, _: Node) -> int:
    moment: datetime = world.clock()
    return int(moment.timestamp())


def _period(_: World, node: Node) -> str | None:
    return {"daily_budget": "DAY", "lifetime_budget": "LIFETIME"}.get(budget_of(node) or "")


def _labels(_: World, node: Node) -> list[str]:
    return [str(each.get("id")) for each in node.data.get("adlabels") or ()]


_COMPUTED: dict[str, Callable[[World, Node], Any]] = {
    "id": lambda _, node: node.id,
    "effective_status": lambda world, node: status.effective(world.store, node),
    "hours_since_creation": _hours,
    "current_time": _now,
    "budget_reset_period": _period,
    "is_autobid": lambda _, node: not node.data.get("bid_amount"),
    "adlabel_ids": _labels,
}
_KNOWN = frozenset({"name", *_HOMES})
