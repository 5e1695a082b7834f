"""Budget schedules: times of high demand in which a campaign or an ad set may spend more."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import activities, need, times
from admonster_fb.sandbox.convert import whole
from admonster_fb.sandbox.errors import bad_param, invalid
from admonster_fb.sandbox.validation.case import budget_of
from admonster_fb.sandbox.world import Call, Node, World

KIND = "HighDemandPeriod"
REQUIRED = ("budget_value", "budget_value_type", "time_start", "time_end")
VALUE_TYPES = ("ABSOLUTE", "MULTIPLIER")
RECURRENCES = ("ONE_TIME", "WEEKLY", "MONTHLY")
# Again by the old names: the history calls an ad set a campaign.
SCHEDULED = {"Campaign": "update_campaign_group_high_demand_periods", "AdSet": "update_campaign_high_demand_periods"}


def create(call: Call, node: Node) -> dict[str, Any]:
    """Add a time of high demand to a campaign or an ad set. Delivery takes no notice of it."""
    check(call, node, call.params, has_budget=budget_of(node) is not None)
    return {"id": add(call, node, call.params).id}


def update(call: Call, period: Node) -> dict[str, Any]:
    """Change a time of high demand; what is left out stays."""
    parent = call.store.nodes[period.data["ad_object_id"]]
    params = {**{name: period.data[name] for name in REQUIRED}, **call.params}
    check(call, parent, params, has_budget=True)
    period.data.update(_fields(call, parent, params))
    activities.note(call, parent, SCHEDULED[parent.kind])
    return {"success": True}


def delete(call: Call, period: Node) -> dict[str, Any]:
    """Delete a time of high demand."""
    parent = call.store.nodes[period.data["ad_object_id"]]
    call.store.remove(period.id)
    activities.note(call, parent, SCHEDULED[parent.kind])
    return {"success": True}


def check(call: Call, near: Node, params: dict[str, Any], *, has_budget: bool) -> None:
    """Refuse a time that is none, or that raises no budget. `near` is the object, or the account it will be in."""
    for name in REQUIRED:
        need.something(name, params.get(name))
    need.one_of("budget_value_type", params["budget_value_type"], VALUE_TYPES)
    need.one_of("recurrence_type", params.get("recurrence_type", RECURRENCES[0]), RECURRENCES)
    if (whole(params["budget_value"]) or 0) <= 0:
        raise bad_param("Param budget_value must be an integer greater than 0")
    if not has_budget:
        text = "A budget can only be scheduled where it is: on the campaign or on its ad sets."
        raise invalid("budget_value", "Budget Missing", text)
    _check_times(call, near, params)


def add(call: Call, node: Node, params: dict[str, Any]) -> Node:
    """Store a validated time of high demand."""
    data = {**_fields(call, node, params), "ad_object_id": node.id, "account_id": node.data["account_id"]}
    node.data["is_budget_schedule_enabled"] = True
    activities.note(call, node, SCHEDULED[node.kind])
    return call.store.add(KIND, data)


def matches(world: World, period: Node, params: dict[str, Any]) -> bool:
    """Return whether a time ends after `time_start` and begins before `time_stop`."""
    zone_name = world.zone_of(period)
    start, end = (times.parse(period.data[name], zone_name) for name in ("time_start", "time_end"))
    return ("time_start" not in params or end > times.parse(params["time_start"], zone_name, "time_start")) and (
        "time_stop" not in params or start < times.parse(params["time_stop"], zone_name, "time_stop")
    )


def _check_times(call: Call, near: Node, params: dict[str, Any]) -> None:
    zone_name = call.world.zone_of(near)
    start, end = (times.parse(params[name], zone_name, name) for name in ("time_start", "time_end"))
    if start <= call.store.clock():
        raise invalid("time_start", "Start Time In The Past", "The budget schedule must start in the future.")
    if end <= start:
        raise invalid("time_end", "End Time Too Early", "The budget schedule must end after it starts.")


def _fields(call: Call, node: Node, params: dict[str, Any]) -> dict[str, Any]:
    zone_name = call.world.zone_of(node)
    moments = {n: times.stamp(times.parse(params[n], zone_name, n), zone_name) for n in ("time_start", "time_end")}
    weekly = {"weekly_schedule": params["weekly_schedule"]} if params.get("weekly_schedule") else {}
    return {
        "budget_value": whole(params["budget_value"]),
        "budget_value_type": params["budget_value_type"],
        "recurrence_type": params.get("recurrence_type", RECURRENCES[0]),
        **moments,
        **weekly,
    }
