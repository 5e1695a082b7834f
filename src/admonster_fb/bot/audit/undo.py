"""Undo: a write that the audit knows, taken back by a plan of its own."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.analysis.daily_exposure import moment
from admonster_fb.bot.plans import text
from admonster_fb.bot.plans.changes import TIMES, describes, updated
from admonster_fb.bot.plans.classify import same
from admonster_fb.bot.plans.snapshot import Look
from admonster_fb.bot.registry import Op, registry
from admonster_fb.errors import ParameterError, PlanRefused, Violation
from admonster_fb.models._params import STRICT
from admonster_fb.models.change import Change
from admonster_fb.models.targeting.builder import Targeting
from admonster_fb.objects import DELIVERS, facts_of
from admonster_fb.operation import OpSpec, op

if TYPE_CHECKING:
    from admonster_fb.bot.audit.entry import Entry
    from admonster_fb.client import FacebookAds

_CAN = "a write that changed status, budget, bid, name, schedule or targeting of campaigns, ad sets or ads"
_FOR_GOOD = frozenset({"ARCHIVED", "DELETED"})
_EMPTY: Mapping[str, Any] = {"adset_schedule": []}
"""What nothing is written as, where Meta takes it."""


@with_config(STRICT)
class Write(TypedDict, total=False):
    """One object, and what is written to it."""

    edge: Required[Literal["campaigns", "adsets", "ads"]]
    id: Required[str]
    params: Required[dict[str, Any]]


@op(
    "undo",
    group="plan",
    access="write",
    effect="update",
    changes="plans",
    past="undone",
    cumulative=True,
    example={"audit_id": "audit_5d0c1b7e9f24"},
    cost="what the plan says; nothing before it is applied",
)
def undo(tool: Any, audit_id: Annotated[str, Field(description="of a write, as its result says")]) -> Any:
    """Plan to take back a write: status, budget, bid, name, schedule or targeting become what they were.

    Refused if the object has been changed since, and of what cannot be taken back: creates, archives, deletes.
    """
    entry = _entry(tool, audit_id)
    changes = [Change(*told) for told in entry["changes"]]
    _possible(audit_id, entry, changes)
    _unchanged(tool.fb, audit_id, changes)
    writes = [{"edge": each.node, "id": each.id, "params": dict(_old(each))} for each in changes]
    arguments = REVERT.prepare(tool.fb, {"audit_id": audit_id, "writes": writes})
    return tool.guard.propose(REVERT, arguments, always=True)


def _entry(tool: Any, audit_id: str) -> Entry:
    found: Entry | None = tool.log.find(audit_id) if tool.log is not None else None
    if found is None:
        allowed = "the id of a write in this tool's audit" if tool.log is not None else "nothing: no audit is kept here"
        raise ParameterError([Violation("audit_id", audit_id, allowed)])
    return found


def _possible(audit_id: str, entry: Entry, changes: list[Change]) -> None:
    """Refuse what cannot be taken back, and say why."""
    why = {"failed": "it failed, so nothing was changed", "unknown": "nobody knows whether it happened: look first"}
    wrong = [why[entry["outcome"]]] if entry["outcome"] in why else [*_obstacles(changes)]
    if not changes and not wrong:
        wrong = ["what was there before it is not known"]
    if wrong:
        raise ParameterError([Violation("audit_id", f"{audit_id} ({entry['op']})", f"{_CAN}; {'; '.join(wrong)}")])


def undoable(changes: Iterable[Change]) -> bool:
    """Tell whether a write of these changes can be taken back.

    >>> undoable([Change("campaigns", "1", "Sale", {"status": "ACTIVE"}, {"status": "PAUSED"})])
    True
    """
    changes = [*changes]
    return bool(changes) and not any(_obstacles(changes))


def _obstacles(changes: Iterable[Change]) -> Iterator[str]:
    for each in changes:
        about = f"{each.node} {each.id or each.name}"
        if each.node not in DELIVERS or not each.id or not each.before:
            yield f"{about} was made, and is not unmade by undo: archive or delete it"
        elif not each.after or each.after.get("status") in _FOR_GOOD:
            yield f"{about} was archived or deleted, for good"
        else:
            fixed = sorted(each.after.keys() - {name for name, fact in facts_of(each.node).items() if fact.undo})
            none = [name for name, old in each.before.items() if old in (None, 0) and name not in _EMPTY]
            yield from (f"{name} of {about} cannot be set back" for name in fixed)
            yield from (f"{name} of {about} had no value before, and cannot be taken away" for name in none)


def _old(change: Change) -> Iterator[tuple[str, Any]]:
    """Yield what is written to have each field as it was."""
    for name in change.after:
        old = change.before.get(name)
        if name == "targeting":
            yield name, Targeting.of(old).spec()
        else:
            yield name, _EMPTY.get(name, old) if old is None else old


def _unchanged(fb: FacebookAds, audit_id: str, changes: list[Change]) -> None:
    """Refuse if an object is not as the write had left it."""
    look, moved = Look(fb), []
    currency = fb.currency(str(changes[0].id))
    for edge in DELIVERS:
        ours = {str(each.id): each for each in changes if each.node == edge}
        names = sorted({name for each in ours.values() for name in each.after})
        for row in look.read(edge, ours, names) if ours else ():
            left = {name: was for name, was in ours[row["id"]].after.items() if not _holds(name, row.get(name), was)}
            now = {name: row.get(name) for name in left}
            moved += text.moved({edge: {row["id"]: left}}, {edge: {row["id"]: now}}, currency)
    if moved:
        raise PlanRefused("changed", audit_id, changed=moved)


def _holds(name: str, now: Any, left: Any) -> bool:
    """Tell whether a field is as a write has left it; Meta adds to objects, and tells times in its own words."""
    if name in TIMES:
        return moment(now) == moment(left)
    if isinstance(left, dict) and isinstance(now, dict):
        return all(_holds("", now.get(key), value) for key, value in left.items())
    if isinstance(left, list) and isinstance(now, list):
        return len(left) == len(now) and all(_holds("", is_now, was) for is_now, was in zip(now, left, strict=True))
    return same(now, left) or str(now) == str(left)


def _revert(fb: FacebookAds, *, audit_id: str, writes: list[Write]) -> list[str]:  # noqa: ARG001 - it names the plan
    """Take back a write: each object gets the values it had."""
    with fb.batch() as batch:
        items = [(each, batch.add(getattr(fb, each["edge"]).update, each["id"], **each["params"])) for each in writes]
    for _, item in items:
        item.result()
    return [f"{each['edge']} {each['id']}: {', '.join(each['params'])}" for each, _ in items]


REVERT = Op(
    OpSpec("undo", "plan", "write", cost="what the plan says", effect="update", changes="plans", past="undone"),
    _revert,
    None,
)
"""What a plan of `undo` carries out. It is no op of its own: nobody else says what is written."""


def known() -> Mapping[str, Op]:
    """Return every op that a plan may be of.

    >>> known()["undo"].service is None
    True
    """
    return types.MappingProxyType({**registry(), "undo": REVERT})


@describes("undo")
def _described(look: Look, given: Mapping[str, Any]) -> Iterator[Change]:
    for edge in DELIVERS:
        ours = {each["id"]: each["params"] for each in given["writes"] if each["edge"] == edge}
        yield from updated(look, edge, ours)
