"""Classes of changes: what can raise spend, destroys, touches several objects, or replaces the audience or delivery of
something ACTIVE. How a field affects spend is declared at the field (`models/_facts.py`); here its values are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from admonster_fb.analysis.daily_exposure import COMPARISONS, is_same
from admonster_fb.models.change import Change
from admonster_fb.objects import DELIVERS, GONE, facts_of, typed_names
from admonster_fb.rules.ad_rules import can_spend

SPEND, DESTROY, MANY, AUDIENCE, DELIVERY = "spend", "destroy", "many", "audience", "delivery"
CHANGE_CLASSES = (SPEND, DESTROY, MANY, AUDIENCE, DELIVERY)
_SPENDERS = (*DELIVERS, "adaccounts")
AGES = {"age_min": 18, "age_max": 65}  # the ages that Meta targets by default, in years
_ADDED = frozenset({"location_types", "brand_safety_content_filter_levels", "age_range"})
_OF_AUDIENCES = ["name", "description", "subtype", "people", "csv_path", "customer_file_source", "opt_out_link"]
_OF_STUDIES = frozenset(
    {"name", "description", "confidence_level", "viewers", "client_business", "objectives"}
    | {"observation_end_time", "cooldown_start_time"}
)
HARMLESS = frozenset(
    {"adimages", "advideos", "adcreatives", "adspixels", "customconversions", "plans", "accounts", "ad_studies"}
    | {"customaudiences", "leads", "leadgen_forms", "subscriptions", "comments"}
)
"""What does not deliver itself and raises neither spend nor reach when it changes; studies by what describes them only.

New studies are in no use yet; for audiences there is a class of its own. Whatever is not named here, such as a person's
access to an account or the budget of a creative test, needs a plan.
"""


def change_classes(
    changes: Iterable[Change], access: str = "write", is_active: Callable[[Change], bool] = lambda _change: True
) -> set[str]:
    """Return the classes of a write that makes these changes; `is_active` says whether a changed object is ACTIVE."""
    changes = [*changes]
    classes = {SPEND} if any(map(raises_spend, changes)) else set()
    if access == "destroy" or any(map(destroys, changes)):
        classes.add(DESTROY)
    if len(changes) > 1 and not all(map(lowers_spend, changes)):
        classes.add(MANY)
    return classes.union(*(replaces(change) for change in changes if change.before and is_active(change)))


def replaces(change: Change) -> set[str]:
    """Return what a change replaces: `audience`, `delivery`, both or nothing. What lowers spend replaces nothing."""
    if change.node == "customaudiences":
        return {AUDIENCE} if change.after and changed_fields(change).keys() - _OF_AUDIENCES else set()
    facts, effects = facts_of(change.node), _spend_effects(change)
    replaced = {name: facts[name].replaces for name in effects if name in facts and facts[name].replaces}
    kinds = {str(kind) for name, kind in replaced.items() if effects[name] >= 0 and name != "targeting"}
    if "targeting" not in replaced:
        return kinds
    before, after = (_people(fields.get("targeting")) for fields in (change.before, change.after))
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return kinds | {DELIVERY if is_placement(name) else AUDIENCE for name in names}


def is_same_targeting(before: Any, after: Any) -> bool:
    """Return whether two targetings reach the same people in the same places, by Meta's defaults."""
    return _people(before) == _people(after)


def _people(targeting: Any) -> dict[str, Any]:
    """Return targeting as it is written, without what says the same as no value."""
    spec = _as_written(targeting or {})
    both = {"genders"} if {*(spec.get("genders") or ())} == {1, 2} else set()
    return {name: value for name, value in spec.items() if AGES.get(name) != value and name not in both}


def _as_written(value: Any) -> Any:
    """Return targeting without names and without what Meta adds when it is read."""
    if isinstance(value, Mapping):
        dropped = _ADDED | ({"name"} if ({"id", "key"} & value.keys()) else set())
        return {name: _as_written(inner) for name, inner in value.items() if name not in dropped and inner != []}
    return [_as_written(inner) for inner in value] if isinstance(value, list) else value


def is_placement(name: str) -> bool:
    """Return whether a field of targeting says where ads are shown, and not who sees them."""
    return name.endswith(("_positions", "_platforms"))


def raises_spend(change: Change) -> bool:
    """Return whether a change can raise spend."""
    if change.node == "budget_schedules":
        factor = change.after.get("budget_value_type") == "MULTIPLIER"
        return bool(change.after) and (not factor or int(change.after.get("budget_value") or 0) > 1)
    if change.node == "adrules_library":
        return bool(change.after) and rule_can_spend({**change.before, **change.after})
    if change.node not in _SPENDERS:
        described = change.node != "ad_studies" or not change.before or changed_fields(change).keys() <= _OF_STUDIES
        return bool(change.after) and not (change.node in HARMLESS and described)
    if not change.before and change.node in DELIVERS:
        return change.after.get("status") == "ACTIVE" or bool(untyped(change))
    return bool(raising_fields(change))


def raising_fields(change: Change) -> set[str]:
    """Return the fields of an object that delivers, or of an account, whose change can raise spend."""
    return {name for name, effect in _spend_effects(change).items() if effect > 0}


def untyped(change: Change) -> set[str]:
    """Return the parameters of something that delivers whose effect is not known here; they may raise spend."""
    if change.node not in _SPENDERS:
        return set()
    return {*change.after} - typed_names(change.node, new=not change.before) - {"total"}  # a boost's, in words


def lowers_spend(change: Change) -> bool:
    """Return whether every field that changes lowers spend or risk."""
    return bool(change.before) and all(effect < 0 for effect in _spend_effects(change).values())


def _spend_effects(change: Change) -> dict[str, int]:
    """Return the comparison of each field that changes: 0 for no effect on spend, 1 for a field that is not known."""
    return {name: _effect(change, name, value) for name, value in changed_fields(change).items()}


def _effect(change: Change, name: str, value: Any) -> int:
    fact = facts_of(change.node).get(name)
    if fact is None or (fact.spend is None and fact.replaces is None):
        return 1 if change.node in _SPENDERS else 0
    try:
        return COMPARISONS.get(fact.spend, COMPARISONS["none"])(change.before.get(name), value)
    except (TypeError, ValueError, AttributeError):  # no value of this field: the op says what is wrong
        return 1


def rule_can_spend(rule: Mapping[str, Any]) -> bool:
    """Return whether an ad rule can raise spend: it is enabled, or run now, and may unpause or raise."""
    execution = rule.get("execution_spec") or {"execution_type": "unknown"}
    return (rule.get("status") != "DISABLED" or "runs" in rule) and can_spend(execution)


def destroys(change: Change) -> bool:
    """Return whether a change is irreversible."""
    return bool(change.before and not change.after) or (
        change.after.get("status") in GONE and change.after["status"] != change.before.get("status")
    )


def changed_fields(change: Change) -> dict[str, Any]:
    """Return the new values of the fields that do not stay as they are."""
    return {name: value for name, value in change.after.items() if not is_same(change.before.get(name), value)}
