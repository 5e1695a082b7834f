"""Undo: a plan that restores what a write in the audit log has changed."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from admonster_fb.analysis.daily_exposure import is_same
from admonster_fb.bot.audit.log import BEGUN, PREFIX, Entry
from admonster_fb.bot.plans import text
from admonster_fb.bot.plans.changes import TIMES, describe_updates, describes
from admonster_fb.bot.plans.snapshot import StateSnapshot
from admonster_fb.bot.registry import Op, registry
from admonster_fb.client import FacebookAds
from admonster_fb.errors import ParameterError, PlanRefused, Violation
from admonster_fb.models._node import parse_time
from admonster_fb.models._params import Params
from admonster_fb.models.change import Change
from admonster_fb.models.targeting.builder import Targeting
from admonster_fb.objects import DELIVERS, GONE, facts_of
from admonster_fb.operation import OpSpec, op

_ALLOWED = "a write that changed status, budget, bid, name, schedule or targeting of campaigns, ad sets or ads"
_UNKNOWN = "its outcome is unknown: look first"
_FAILED = {"failed": "it failed, so nothing was changed", "unknown": _UNKNOWN, BEGUN: _UNKNOWN}
_COST = "what the plan says; nothing before it is applied"
_EXAMPLE = {"audit_id": "write_5d0c1b7e9f24"}
_DOES: Mapping[str, Any] = {"effect": "update", "changes": "plans", "past": "undone"}
_EMPTY: Mapping[str, Any] = {"adset_schedule": []}
"""The value to write for a field that had none, where Meta accepts one."""


class Write(Params):
    """One object and the parameters to write to it."""

    edge: Literal["campaigns", "adsets", "ads"]
    id: str
    params: dict[str, Any]


@op("undo", group="plan", access="write", cost=_COST, cumulative=True, example=_EXAMPLE, **_DOES)
def undo(tool: Any, audit_id: Annotated[str, Field(description="ID of the write, as its result says")]) -> Any:
    """Plan to undo a write. It restores status, budget, bid, name, schedule or targeting.

    Refused if the object was changed since then, and for writes that cannot be undone: creates, archives, deletes.
    """
    entry: Entry | None = tool.log.find(audit_id) if tool.log is not None else None
    if entry is None:
        allowed = f"the ID of a write in this tool's audit log: {PREFIX}…"
        raise ParameterError([Violation("audit_id", audit_id, allowed)])
    changes = [Change(*fields) for fields in entry["changes"]]
    reasons = [_FAILED[entry["outcome"]]] if entry["outcome"] in _FAILED else [*_obstacles(changes)]
    if reasons or not changes:
        allowed = f"{_ALLOWED}; {'; '.join(reasons or ['the previous values are not known'])}"
        raise ParameterError([Violation("audit_id", f"{audit_id} ({entry['op']})", allowed)])
    _check_unchanged(tool.fb, audit_id, changes)
    writes = [{"edge": change.node, "id": change.id, "params": dict(_old_values(change))} for change in changes]
    return tool.guard.propose(REVERT, REVERT.prepare(tool.fb, {"audit_id": audit_id, "writes": writes}), always=True)


def undoable(changes: Iterable[Change]) -> bool:
    """Return whether a write of these changes can be undone."""
    changes = [*changes]
    return any(change.before != change.after for change in changes) and not any(_obstacles(changes))


def _obstacles(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        about = f"{change.node} {change.id or change.name}"
        if change.node not in DELIVERS or not change.id or not change.before:
            yield f"{about} was created; undo does not delete: archive or delete it"
        elif not change.after or change.after.get("status") in GONE:
            yield f"{about} was archived or deleted, which is irreversible"
        else:
            facts = facts_of(change.node)
            fixed = sorted(name for name in change.after if name not in facts or not facts[name].undo)
            unset = [name for name, old in change.before.items() if old in (None, 0) and name not in _EMPTY]
            yield from (f"{name} of {about} cannot be restored" for name in fixed)
            yield from (f"{name} of {about} had no value before, and a value cannot be removed" for name in unset)


def _old_values(change: Change) -> Iterator[tuple[str, Any]]:
    for name in change.after:
        old = change.before.get(name)
        if name == "targeting":
            yield name, Targeting.of(old).spec()
        else:
            yield name, _EMPTY.get(name, old) if old is None else old


def _check_unchanged(fb: FacebookAds, audit_id: str, changes: list[Change]) -> None:
    """Raise `PlanRefused` if an object is no longer as the write had left it."""
    snapshot, changed, currency = StateSnapshot(fb), [], fb.currency(str(changes[0].id))
    for edge in DELIVERS:
        written = {str(change.id): change.after for change in changes if change.node == edge}
        names = sorted({name for after in written.values() for name in after})
        for row in snapshot.read(edge, written, names) if written else ():
            items = written[row["id"]].items()
            left = {name: value for name, value in items if not _is_as_written(name, row.get(name), value)}
            now = {name: row.get(name) for name in left}
            changed += text.state_changes({edge: {row["id"]: left}}, {edge: {row["id"]: now}}, currency)
    if changed:
        raise PlanRefused("changed", audit_id, changed=changed)


def _is_as_written(name: str, now: Any, written: Any) -> bool:
    """Return whether a field has the written value. Meta adds to objects, and formats times in its own way."""
    if name in TIMES:
        return parse_time(now) == parse_time(written)
    if isinstance(written, dict) and isinstance(now, dict):
        return all(_is_as_written("", now.get(key), value) for key, value in written.items())
    if isinstance(written, list) and isinstance(now, list):
        return len(written) == len(now) and all(map(_is_as_written, ("",) * len(now), now, written))
    return is_same(now, written) or str(now) == str(written)


def _revert(fb: FacebookAds, *, audit_id: str, writes: list[Write]) -> list[str]:  # noqa: ARG001 - it names the plan
    with fb.batch() as batch:
        items = [batch.add(getattr(fb, write["edge"]).update, write["id"], **write["params"]) for write in writes]
    for item in items:
        item.result()
    return [f"{write['edge']} {write['id']}: {', '.join(write['params'])}" for write in writes]


REVERT = Op(OpSpec("undo", "plan", "write", cost="what the plan says", **_DOES), lambda: _revert, None)
"""What a plan of `undo` sends. It is not an op itself, so no caller can choose what is written."""


def plannable_ops() -> Mapping[str, Op]:
    """Return every op that a plan can be made of."""
    return types.MappingProxyType({**registry(), "undo": REVERT})


@describes("undo")
def _undo(snapshot: StateSnapshot, arguments: Mapping[str, Any]) -> Iterator[Change]:
    for edge in DELIVERS:
        updates = {write["id"]: write["params"] for write in arguments["writes"] if write["edge"] == edge}
        yield from describe_updates(snapshot, edge, updates)
