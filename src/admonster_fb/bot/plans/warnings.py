"""What a person should know before a plan is applied, beyond what it changes and may spend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from admonster_fb.analysis.daily_exposure import delivering, ended
from admonster_fb.bot.plans.classify import changed, destroys, rule_spends
from admonster_fb.bot.plans.limits import Effect
from admonster_fb.bot.plans.snapshot import Look
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.objects import DELIVERS, OBJECTS, facts_of
from admonster_fb.workflows.scale import LEARNING

_AUDIENCES = frozenset({"delete_audience", "replace_audience_users"})
_SHOWN = 3


def warnings(op: str, changes: Iterable[Change], effect: Effect | None, look: Look) -> list[str]:
    """Return the warnings of a plan, each once."""
    changes = [*changes]
    made = [line for check in _CHECKS for line in check(changes, effect, look)]
    people = [line for each in changes if op in _AUDIENCES for line in _dependants(each, look)]
    return [*dict.fromkeys([*look.warnings, *made, *people])]


def _learning(changes: list[Change], _effect: Effect | None, _look: Look) -> Iterator[str]:
    if any(_restarts(each) for each in changes if each.node in DELIVERS and each.before and each.after):
        yield "this may restart the learning phase: costs can rise for some days"


def _restarts(change: Change) -> bool:
    fields = changed(change)
    budgets = [(change.before.get(name) or 0, fields[name] or 0) for name in BUDGETS if name in fields]
    relearn = any(fact.relearn for name, fact in facts_of(change.node).items() if name in fields)
    return relearn or any(old and abs(new - old) > old * LEARNING for old, new in budgets)


def _over(changes: list[Change], effect: Effect | None, _look: Look) -> Iterator[str]:
    """Tell of ad sets whose end has passed, among those that are switched on or in a campaign that is."""
    if effect is None or effect.after is None:
        return
    on = {each.id for each in changes if changed(each).get("status") == "ACTIVE"}
    found = [
        adset_id
        for adset_id, adset in effect.after.edge("adsets").items()
        if on & {adset_id, str(adset.get("campaign_id"))} and ended(effect.after, adset.get("end_time"))
    ]
    if found:
        yield f"ended already, will not deliver: ad set {_few(found)}; move its end_time first"
    if on and not delivering(effect.after):
        yield "nothing of it delivers yet: that takes an ACTIVE campaign, ad set and ad"


def _children(changes: list[Change], effect: Effect | None, _look: Look) -> Iterator[str]:
    for change in changes:
        if change.node not in DELIVERS or not destroys(change):
            continue
        last = "for good" if not change.after or change.after.get("status") == "DELETED" else ""
        under = _under(change, effect)
        yield f"it cannot be {'brought back' if last else 'made active again, only deleted'}{under}"


def _under(change: Change, effect: Effect | None) -> str:
    key = OBJECTS[change.node].id_argument
    if effect is None or effect.before is None:
        return ""
    counts = [
        (sum(1 for node in effect.before.edge(edge).values() if str(node.get(key)) == change.id), OBJECTS[edge])
        for edge in DELIVERS
        if edge != change.node
    ]
    told = " and ".join(f"{count:,} {kind.noun if count == 1 else kind.plural}" for count, kind in counts if count)
    return f"; the same goes for what is in it: {told}" if told else ""


def _by_itself(changes: list[Change], _effect: Effect | None, _look: Look) -> Iterator[str]:
    for change in changes:
        rule = {**change.before, **change.after}
        if change.node == "adrules_library" and change.after and rule_spends(rule):
            yield "Meta carries the rule out by itself: what it will add to a day cannot be told now"


def _dependants(change: Change, look: Look) -> Iterator[str]:
    found = look.fb.customaudiences.dependants(str(change.id))
    if found.any:
        yield f"this audience is in use by {found.summary()}"


def _few(ids: list[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if ids[_SHOWN:] else ""
    return ", ".join(ids[:_SHOWN]) + more


_CHECKS: tuple[Callable[[list[Change], Effect | None, Look], Iterator[Any]], ...] = (
    _learning,
    _over,
    _children,
    _by_itself,
)
