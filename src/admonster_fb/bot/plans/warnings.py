"""Warnings of a plan: what a person should know beyond its changes and their impact on spend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from admonster_fb.analysis.daily_exposure import delivering, has_ended
from admonster_fb.bot.plans.classify import GONE, changed_fields, destroys, rule_can_spend
from admonster_fb.bot.plans.limits import SpendImpact
from admonster_fb.bot.plans.snapshot import StateSnapshot
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.objects import DELIVERS, OBJECTS, facts_of
from admonster_fb.workflows.scale import LEARNING

_AUDIENCE_OPS = frozenset({"delete_audience", "replace_audience_users"})
"""Ops that take people out of an audience that ad sets may use."""
_SHOWN_IDS = 3


def warnings(op: str, changes: Iterable[Change], impact: SpendImpact | None, snapshot: StateSnapshot) -> list[str]:
    """Return the warnings of a plan, each once."""
    changes = [*changes]
    found = [*_learning_phase(changes), *_no_delivery(changes, impact), *_of_each_change(changes, impact)]
    for change in changes if op in _AUDIENCE_OPS else ():
        dependents = snapshot.fb.customaudiences.dependants(str(change.id))
        found += [f"this audience is in use by {dependents.summary()}"] if dependents.any else []
    return [*dict.fromkeys([*snapshot.warnings, *found])]


def _learning_phase(changes: list[Change]) -> Iterator[str]:
    for change in changes:
        fields = changed_fields(change) if change.node in DELIVERS and change.before else {}
        budgets = [(change.before.get(name), fields[name] or 0) for name in BUDGETS if name in fields]
        relearn = any(fact.relearn for name, fact in facts_of(change.node).items() if name in fields)
        if relearn or any(old and abs(new - old) > old * LEARNING for old, new in budgets):
            yield "this may restart the learning phase: costs can rise for some days"


def _no_delivery(changes: list[Change], impact: SpendImpact | None) -> Iterator[str]:
    """Warn of ad sets that are activated, or in a campaign that is, but have ended; and if nothing delivers yet."""
    if impact is None or impact.after is None:
        return
    activated = {change.id for change in changes if changed_fields(change).get("status") == "ACTIVE"}
    ended_ids = [
        adset_id
        for adset_id, adset in impact.after.edge("adsets").items()
        if activated & {adset_id, str(adset.get("campaign_id"))} and has_ended(impact.after, adset.get("end_time"))
    ]
    if ended_ids:
        more = f" and {len(ended_ids) - _SHOWN_IDS} more" if ended_ids[_SHOWN_IDS:] else ""
        shown = ", ".join(ended_ids[:_SHOWN_IDS])
        yield f"ended already, will not deliver: ad set {shown}{more}; change end_time first"
    if activated and not delivering(impact.after):
        yield "will not deliver until campaign, ad set and ad are ACTIVE"


def _of_each_change(changes: list[Change], impact: SpendImpact | None) -> Iterator[str]:
    """Warn of what is irreversible, and of rules that spend automatically."""
    for change in changes:
        if change.node in DELIVERS and destroys(change):
            deleted = not change.after or change.after.get("status") == "DELETED"
            effect = "cannot be restored" if deleted else "cannot be activated again, only deleted"
            yield f"it {effect}{_children(change, impact)}"
            if change.node == "ads" and (adset := _emptied(change, changes, impact)):
                yield f"{adset} then has no ad left: nothing of it runs"
        rule = {**change.before, **change.after}
        if change.node == "adrules_library" and change.after and rule_can_spend(rule):
            yield "Meta runs the rule automatically: what it will add to a day's spend is unknown"


def _emptied(change: Change, changes: list[Change], impact: SpendImpact | None) -> str:
    """Return the ad set of which the last ad goes; empty if others stay, or if its ads were not read."""
    ads = impact.before.edge("ads") if impact is not None and impact.before is not None else {}
    adset_id = ads.get(str(change.id), {}).get("adset_id")
    going = {each.id for each in changes if destroys(each)}
    left = [key for key, row in ads.items() if row.get("adset_id") == adset_id and row.get("status") not in GONE]
    return f"ad set {adset_id}" if adset_id and not {*left} - going else ""


def _children(change: Change, impact: SpendImpact | None) -> str:
    if impact is None or impact.before is None:
        return ""
    key = OBJECTS[change.node].id_argument
    counts = [
        (sum(1 for row in impact.before.edge(edge).values() if str(row.get(key)) == change.id), OBJECTS[edge])
        for edge in DELIVERS
        if edge != change.node
    ]
    text = " and ".join(f"{count:,} {kind.noun if count == 1 else kind.plural}" for count, kind in counts if count)
    return f"; so does everything in it: {text}" if text else ""
