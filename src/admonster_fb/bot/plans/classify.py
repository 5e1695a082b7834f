"""Which kind of change a write is: one that can spend, that destroys, or that touches more than one object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from admonster_fb.analysis.daily_exposure import cap_of, moment
from admonster_fb.models._facts import Spend
from admonster_fb.models.change import Change
from admonster_fb.objects import DELIVERS, facts_of
from admonster_fb.rules.ad_rules import can_spend

SPEND, DESTROY, MANY = "spend", "destroy", "many"
KINDS = (SPEND, DESTROY, MANY)
GONE = frozenset({"ARCHIVED", "DELETED"})
_FAR = datetime.max.replace(tzinfo=UTC)
_WITHOUT_CAP = "LOWEST_COST_WITHOUT_CAP"

Judge = Callable[[Any, Any], int]
"""Compares a field before and after: above 0 lets more be spent, below 0 less, 0 is neither."""


def _amount(before: Any, after: Any) -> int:
    return int(after or 0) - int(before or 0)


def _cap(before: Any, after: Any) -> int:
    """Compare caps: without one, anything may be spent."""
    old, new = cap_of(before), cap_of(after)
    return (old is not None) if new is None else -1 if old is None else new - old


def _end(before: Any, after: Any) -> int:
    return _later(moment(before) or _FAR, moment(after) or _FAR)


def _start(before: Any, after: Any) -> int:
    old, new = moment(before), moment(after)
    return 0 if old is None or new is None else _later(new, old)


def _later(old: datetime, new: datetime) -> int:
    return (new > old) - (new < old)


def _status(before: Any, after: Any) -> int:
    return 1 if after == "ACTIVE" else -1 if after == "PAUSED" and before == "ACTIVE" else 0


def _strategy(before: Any, after: Any) -> int:
    return 1 if before != _WITHOUT_CAP else 0 if after == before else -1


def _floor(before: Any, after: Any) -> int:
    old, new = (int((value or {}).get("roas_average_floor") or 0) for value in (before, after))
    return old - new


def _limit_action(_before: Any, after: Any) -> int:
    return int(after in ("reset", "delete"))


JUDGES: dict[Spend | None, Judge] = {
    "status": _status,
    "budget": _amount,
    "minimum": _amount,
    "limit": _cap,
    "bid_strategy": _strategy,
    "roas_floor": _floor,
    "start": _start,
    "end": _end,
    "limit_action": _limit_action,
}
"""How to compare each kind of field that affects spend."""


def _judged(change: Change) -> dict[str, int]:
    """Return by how much each field that changes lets more be spent: less than 0 where it lets less."""
    judges = {name: JUDGES[fact.spend] for name, fact in facts_of(change.node).items() if fact.spend in JUDGES}
    return {
        name: judges[name](change.before.get(name), value) if name in judges else 0
        for name, value in changed(change).items()
    }


def kinds(changes: Iterable[Change], access: str = "write") -> set[str]:
    """Return the kinds of a write that makes these changes.

    >>> pause = Change("campaigns", "1", "Sale", {"status": "ACTIVE"}, {"status": "PAUSED"})
    >>> kinds([pause, pause])
    set()
    >>> sorted(kinds([Change("ads", "2", None, {"status": "PAUSED"}, {"status": "ACTIVE"}), pause]))
    ['many', 'spend']
    """
    changes = [*changes]
    found = {SPEND} if any(map(spends, changes)) else set()
    if access == "destroy" or any(map(destroys, changes)):
        found.add(DESTROY)
    if len(changes) > 1 and not all(map(saves, changes)):
        found.add(MANY)
    return found


def spends(change: Change) -> bool:
    """Tell whether a change lets more be spent."""
    if change.node == "budget_schedules":
        return bool(change.after) and (
            change.after.get("budget_value_type") != "MULTIPLIER" or int(change.after.get("budget_value") or 0) > 1
        )
    if change.node == "adrules_library":
        return bool(change.after) and rule_spends({**change.before, **change.after})
    if change.node not in (*DELIVERS, "adaccounts"):
        return False
    if not change.before and change.node in DELIVERS:
        return change.after.get("status") == "ACTIVE"
    return any(sign > 0 for sign in _judged(change).values())


def rule_spends(rule: Mapping[str, Any]) -> bool:
    """Tell whether an ad rule lets more be spent: it is on, or run at once, and may unpause or raise."""
    execution = rule.get("execution_spec") or {"execution_type": "unknown"}
    return (rule.get("status") != "DISABLED" or "runs" in rule) and can_spend(execution)


def destroys(change: Change) -> bool:
    """Tell whether a change cannot be taken back."""
    return bool(change.before and not change.after) or (
        change.after.get("status") in GONE and change.after["status"] != change.before.get("status")
    )


def saves(change: Change) -> bool:
    """Tell whether a change of an object only makes it cheaper or safer."""
    return bool(change.before) and all(sign < 0 for sign in _judged(change).values())


def changed(change: Change) -> dict[str, Any]:
    """Return the fields of a change that do not stay as they are."""
    return {name: value for name, value in change.after.items() if not same(change.before.get(name), value)}


def same(before: Any, after: Any) -> bool:
    """Tell whether a value stays: 0 is no budget, and a time may be written in several ways."""
    return before == after or (before in (None, 0) and after in (None, 0))
