"""Runs of ad rules: on schedule while the sandbox's clock advances, or all at once.

Trigger-based rules are stored and never run. What the sandbox does not model is reported in the history
of the rule, as an exception with code 501 and no results: nothing was evaluated then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.adrules.changes import ACTIONS, act
from admonster_fb.sandbox.adrules.constants import RULE, SCHEDULE
from admonster_fb.sandbox.adrules.history import record
from admonster_fb.sandbox.adrules.matching import matches_of
from admonster_fb.sandbox.adrules.properties import RuleNotModelled
from admonster_fb.sandbox.convert import listed, whole
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import World

# Schedules name half hours of the account's time zone; some zones are a quarter of an hour away from UTC's.
SLOT, STEP, DAY = timedelta(minutes=15), 30, 24 * 60
NOT_MODELLED = 501


def run(world: World, rule: Node, *, manual: bool) -> list[dict[str, Any]]:
    """Run a rule and record it in its history; one that is not enabled matches nothing. Raises `RuleNotModelled`."""
    execution = str(rule.data["execution_spec"]["execution_type"])
    if execution not in ACTIONS:
        raise RuleNotModelled(f"the action {execution}")
    found = matches_of(world, rule) if rule.data["status"] == "ENABLED" else []
    results = [act(world, rule, node) for node in found]
    record(world, rule, results, manual=manual)
    return results


def run_all(world: World) -> dict[str, list[dict[str, Any]]]:
    """Run every enabled schedule-based rule now, whatever its schedule; return the results by rule."""
    return {rule.id: _run(world, rule) for rule in _scheduled(world)}


def run_due(world: World) -> None:
    """Run the rules whose schedule names this moment."""
    for rule in _scheduled(world):
        if is_due(rule, world.clock().astimezone(times.zone(world.zone_of(rule)))):
            _run(world, rule)


def moments(world: World, until: datetime) -> Iterator[datetime]:
    """Yield the moments after now, up to `until`, at which a rule is due."""
    rules = [(rule, times.zone(world.zone_of(rule))) for rule in _scheduled(world)]
    now = world.clock().astimezone(UTC)
    moment = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0) + SLOT
    while rules and moment <= until:
        if any(is_due(rule, moment.astimezone(zone)) for rule, zone in rules):
            yield moment
        moment += SLOT


def is_due(rule: Node, local: datetime) -> bool:
    """Return whether a rule runs at a moment, given in its account's time zone."""
    spec = rule.data["schedule_spec"]
    minute = local.hour * 60 + local.minute
    steps = {"DAILY": DAY, "HOURLY": 60, "SEMI_HOURLY": STEP}
    if minute % steps.get(spec["schedule_type"], STEP):
        return False
    if spec["schedule_type"] in steps:
        return True
    return any(_names(item, minute, (local.weekday() + 1) % 7) for item in listed(spec.get("schedule")))


def _names(entry: dict[str, Any], minute: int, day: int) -> bool:
    """Return whether an entry of a custom schedule names a minute of a day; Sunday is 0."""
    days = [whole(item) for item in listed(entry.get("days"))]
    start, end = whole(entry.get("start_minute")), whole(entry.get("end_minute"))
    if days and day not in days:
        return False
    return start is None or start <= minute <= (start if end is None else end)


def _scheduled(world: World) -> list[Node]:
    return [
        rule
        for rule in world.store.of_kind(RULE)
        if rule.data["status"] == "ENABLED" and rule.data["evaluation_spec"]["evaluation_type"] == SCHEDULE
    ]


def _run(world: World, rule: Node) -> list[dict[str, Any]]:
    try:
        return run(world, rule, manual=False)
    except RuleNotModelled as gap:
        record(world, rule, [], manual=False, exception=(NOT_MODELLED, f"The sandbox does not model {gap}."))
        return []
