"""Classes of changes: those that can raise spend, that destroy, that touch several objects, and that replace the
audience or the delivery of something ACTIVE.

How a field affects spend is declared at the field (`models/_facts.py`); here its values are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from admonster_fb.analysis.daily_exposure import parse_time, spend_cap_of
from admonster_fb.models._facts import Spend
from admonster_fb.models.change import Change
from admonster_fb.objects import DELIVERS, facts_of
from admonster_fb.rules.ad_rules import can_spend

SPEND, DESTROY, MANY, AUDIENCE, DELIVERY = "spend", "destroy", "many", "audience", "delivery"
CHANGE_CLASSES = (SPEND, DESTROY, MANY, AUDIENCE, DELIVERY)
GONE = frozenset({"ARCHIVED", "DELETED"})
_NO_END = datetime.max.replace(tzinfo=UTC)
_NO_BID_CAP = "LOWEST_COST_WITHOUT_CAP"
_BID_CAPS = frozenset({"COST_CAP", "LOWEST_COST_WITH_BID_CAP", "LOWEST_COST_WITH_MIN_ROAS"})
_AUDIENCE_DESCRIPTION = "name description subtype people csv_path customer_file_source opt_out_link".split()
_STUDY_DESCRIPTION = "name description confidence_level viewers client_business objectives observation_end_time"
HARMLESS: Mapping[str, frozenset[str] | None] = {
    **dict.fromkeys(("adimages", "advideos", "adcreatives", "adspixels", "customconversions", "plans", "customaudiences")),
    "ad_studies": frozenset(f"{_STUDY_DESCRIPTION} cooldown_start_time".split()),
}
"""Fields of what does not deliver itself that raise neither spend nor reach when they change; `None` for all of them.

New studies are in no use yet; for audiences there is a class of its own. Whatever is not named here, such as a person's access to an account or the
budget of a creative test, needs a plan.
"""

Comparison = Callable[[Any, Any], int]
"""Compares a field before and after: more than 0 allows more spend, less than 0 less, 0 neither."""


def _compare_amounts(before: Any, after: Any) -> int:
    return int(after or 0) - int(before or 0)


def _compare_limits(before: Any, after: Any) -> int:
    """Compare limits; without a limit there is no maximum."""
    old, new = spend_cap_of(before), spend_cap_of(after)
    return (old is not None) if new is None else -1 if old is None else new - old


def _compare_ends(before: Any, after: Any) -> int:
    return _compare_times(parse_time(before) or _NO_END, parse_time(after) or _NO_END)


def _compare_starts(before: Any, after: Any) -> int:
    old, new = parse_time(before), parse_time(after)
    return 0 if old is None or new is None else _compare_times(new, old)


def _compare_times(old: datetime, new: datetime) -> int:
    return (new > old) - (new < old)


def _compare_status(before: Any, after: Any) -> int:
    return 1 if after == "ACTIVE" else -1 if after == "PAUSED" and before == "ACTIVE" else 0


def _compare_bid_strategies(before: Any, after: Any) -> int:
    return -1 if before == _NO_BID_CAP and after in _BID_CAPS else 1


def _compare_roas_floors(before: Any, after: Any) -> int:
    old, new = ({**(value or {})} for value in (before, after))
    floors = [int(spec.pop("roas_average_floor", None) or 0) for spec in (old, new)]
    return floors[0] - floors[1] if old == new else 1


def _compare_hours(before: Any, after: Any) -> int:
    old, new = _hours(before), _hours(after)
    return 1 if new - old else -1 if old - new else 0


def _hours(schedule: Any) -> set[tuple[Any, ...]]:
    """Return the hours of a week in which an ad set delivers, by the time zone that they are meant in."""
    week = [(day, hour) for day in range(7) for hour in range(24)]
    zones = {str(part.get("timezone_type") or "ADVERTISER").upper() for part in schedule or ()} or {"ADVERTISER", "USER"}
    parts = schedule or [{"days": range(7), "start_minute": 0, "end_minute": 1440}]
    return {
        (zone, day, hour)
        for zone in zones
        for day, hour in week
        for part in parts
        if day in part["days"] and part["start_minute"] < (hour + 1) * 60 and hour * 60 < part["end_minute"]
    }


def _compare_switches(_before: Any, after: Any) -> int:
    return 1 if after else -1


def _compare_limit_actions(_before: Any, after: Any) -> int:
    return int(after in ("reset", "delete"))


COMPARISONS: dict[Spend | None, Comparison] = {
    "status": _compare_status,
    "budget": _compare_amounts,
    "minimum": _compare_amounts,
    "limit": _compare_limits,
    "bid_strategy": _compare_bid_strategies,
    "roas_floor": _compare_roas_floors,
    "start": _compare_starts,
    "end": _compare_ends,
    "hours": _compare_hours,
    "pacing": lambda _before, after: 0 if after == ["day_parting"] else 1,
    "limit_action": _compare_limit_actions,
    "switch": _compare_switches,
    "any": lambda _before, _after: 1,
    "none": lambda _before, _after: 0,
}
"""How to compare each kind of field that affects spend."""


def change_classes(
    changes: Iterable[Change], access: str = "write", is_active: Callable[[Change], bool] = lambda _change: True
) -> set[str]:
    """Return the classes of a write that makes these changes; `is_active` says whether a changed object is ACTIVE.

    >>> pause = Change("campaigns", "1", "Sale", {"status": "ACTIVE"}, {"status": "PAUSED"})
    >>> change_classes([pause, pause])
    set()
    >>> sorted(change_classes([Change("ads", "2", None, {"status": "PAUSED"}, {"status": "ACTIVE"}), pause]))
    ['many', 'spend']
    """
    changes = [*changes]
    classes = {SPEND} if any(map(raises_spend, changes)) else set()
    if access == "destroy" or any(map(destroys, changes)):
        classes.add(DESTROY)
    if len(changes) > 1 and not all(map(lowers_spend, changes)):
        classes.add(MANY)
    return classes.union(*(replaces(change) for change in changes if change.before and is_active(change)))


def replaces(change: Change) -> set[str]:
    """Return what a change replaces: `audience`, `delivery`, both or nothing. What lowers spend replaces nothing.

    >>> replaces(Change("ads", "1", None, {"creative": {"id": "7"}}, {"creative": {"creative_id": "8"}}))
    {'delivery'}
    """
    if change.node == "customaudiences":
        return {AUDIENCE} if change.after and changed_fields(change).keys() - _AUDIENCE_DESCRIPTION else set()
    facts, effects = facts_of(change.node), _spend_effects(change)
    replaced = {name: facts[name].replaces for name in effects if name in facts and facts[name].replaces}
    kinds = {str(kind) for name, kind in replaced.items() if effects[name] >= 0 and name != "targeting"}
    return kinds | (_replaced_targeting(change) if "targeting" in replaced else set())


def _replaced_targeting(change: Change) -> set[str]:
    """Return whether a new targeting has other people, other placements or both."""
    before, after = ({**(fields.get("targeting") or {})} for fields in (change.before, change.after))
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    placements = {name for name in names if is_placement(name)}
    return ({AUDIENCE} if names - placements else set()) | ({DELIVERY} if placements else set())


def is_placement(name: str) -> bool:
    """Return whether a field of targeting says where ads are shown, and not who sees them.

    >>> is_placement("facebook_positions"), is_placement("age_min")
    (True, False)
    """
    return name.endswith(("_positions", "_platforms"))


def raises_spend(change: Change) -> bool:
    """Return whether a change can raise spend.

    >>> raises_spend(Change("adsets", "1", None, {"daily_budget": 2000}, {"daily_budget": 2001}))
    True
    """
    if change.node == "budget_schedules":
        factor = change.after.get("budget_value_type") == "MULTIPLIER"
        return bool(change.after) and (not factor or int(change.after.get("budget_value") or 0) > 1)
    if change.node == "adrules_library":
        return bool(change.after) and rule_can_spend({**change.before, **change.after})
    if change.node not in (*DELIVERS, "adaccounts"):
        return bool(change.after) and not _is_harmless(change)
    if not change.before and change.node in DELIVERS:
        return change.after.get("status") == "ACTIVE"
    return any(effect > 0 for effect in _spend_effects(change).values())


def _is_harmless(change: Change) -> bool:
    """Return whether no changed field of what does not deliver itself can raise spend or reach."""
    if change.node not in HARMLESS:
        return False
    harmless = HARMLESS[change.node]
    return harmless is None or not change.before or changed_fields(change).keys() <= harmless


def lowers_spend(change: Change) -> bool:
    """Return whether every field that changes lowers spend or risk.

    >>> lowers_spend(Change("adsets", "1", None, {"daily_budget": 2000}, {"daily_budget": 1999}))
    True
    """
    return bool(change.before) and all(effect < 0 for effect in _spend_effects(change).values())


def _spend_effects(change: Change) -> dict[str, int]:
    """Return the comparison of each field that changes: 0 for no effect on spend, 1 for a field that is not known."""
    return {
        name: _comparison(change.node, name)(change.before.get(name), value)
        for name, value in changed_fields(change).items()
    }


def _comparison(node: str, name: str) -> Comparison:
    fact = facts_of(node).get(name)
    if fact is None or (fact.spend is None and fact.replaces is None):
        return COMPARISONS["any"] if node in (*DELIVERS, "adaccounts") else COMPARISONS["none"]
    return COMPARISONS.get(fact.spend, COMPARISONS["none"])


def rule_can_spend(rule: Mapping[str, Any]) -> bool:
    """Return whether an ad rule can raise spend: it is enabled, or run now, and may unpause or raise.

    >>> rule_can_spend({"status": "ENABLED", "execution_spec": {"execution_type": "PAUSE"}})
    False
    """
    execution = rule.get("execution_spec") or {"execution_type": "unknown"}
    return (rule.get("status") != "DISABLED" or "runs" in rule) and can_spend(execution)


def destroys(change: Change) -> bool:
    """Return whether a change is irreversible.

    >>> destroys(Change("ads", "1", None, {"status": "PAUSED"}, {"status": "ARCHIVED"}))
    True
    """
    return bool(change.before and not change.after) or (
        change.after.get("status") in GONE and change.after["status"] != change.before.get("status")
    )


def changed_fields(change: Change) -> dict[str, Any]:
    """Return the new values of the fields that do not stay as they are.

    >>> changed_fields(Change("ads", "1", None, {"name": "A", "status": "PAUSED"}, {"name": "B", "status": "PAUSED"}))
    {'name': 'B'}
    """
    return {name: value for name, value in change.after.items() if not is_same(change.before.get(name), value)}


def is_same(before: Any, after: Any) -> bool:
    """Return whether two values of a field are equal; 0 is the same as no value.

    >>> is_same(None, 0), is_same(0, 1)
    (True, False)
    """
    return before == after or (before in (None, 0) and after in (None, 0))
