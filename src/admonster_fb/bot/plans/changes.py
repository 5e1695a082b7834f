"""What each write op changes, object by object: told from its arguments and what is read before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from admonster_fb.analysis.daily_exposure import moment
from admonster_fb.bot.plans.classify import same
from admonster_fb.bot.plans.snapshot import Look
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.objects import DELIVERS, OBJECTS

Arguments = Mapping[str, Any]
Describe = Callable[[Look, Arguments], Iterable[Change]]
DESCRIBED: dict[str, Describe] = {}
"""By op. An op that is not here is described by its name and its arguments alone (`bot/plans/others.py`)."""
TIMES = frozenset({"start_time", "end_time", "stop_time", "time_start", "time_end"})
_BESIDE = frozenset({"verify_ids", "fields", "execution_options"})
"""Arguments that say nothing of what becomes of the object."""
_OF_ADSETS = {"adset_budgets", "adset_bid_amounts"}


def describes(*ops: str) -> Callable[[Describe], Describe]:
    """Register what tells the changes of some ops.

    >>> @describes("rest")
    ... def _rest(look, arguments):
    ...     return []
    >>> DESCRIBED.pop("rest")(None, {})
    []
    """

    def register(describe: Describe) -> Describe:
        DESCRIBED.update(dict.fromkeys(ops, describe))
        return describe

    return register


def only_checks(arguments: Arguments) -> bool:
    """Tell whether Meta is only asked to check: nothing is written."""
    return "validate_only" in (arguments.get("execution_options") or ())


def updated(look: Look, edge: str, given: Mapping[str, Arguments]) -> Iterator[Change]:
    """Yield what updates change, of several objects of one edge; what stays the same is left out."""
    for node_id, said in given.items():
        look.check(getattr(look.fb, edge).update, node_id, **{k: v for k, v in said.items() if k != "verify_ids"})
    written = {node_id: said for node_id, said in given.items() if not only_checks(said)}
    names = {name for said in written.values() for name in said}
    rows = {row["id"]: row for row in look.read(edge, written, sorted(names))} if written else {}
    for node_id, said in written.items():
        after = as_read(look, node_id, {k: v for k, v in said.items() if k not in _BESIDE | _OF_ADSETS})
        budget = "budget_schedule_specs"
        yield from _one(edge, rows[node_id], {name: value for name, value in after.items() if name != budget})
        yield from _scheduled(node_id, after.get(budget) or ())
        yield from _handed_down(look, rows[node_id], said)


def _one(edge: str, row: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    new = {name: value for name, value in after.items() if not same(_known(row, name, value), value)}
    kept = new or dict(after)
    if kept:
        yield Change(edge, row["id"], row["name"], {name: _known(row, name, None) for name in kept}, kept)


def _known(row: Mapping[str, Any], name: str, value: Any) -> Any:
    """Return what a field holds; times in the words in which they are written."""
    old = row.get(name)
    if name in TIMES and old is not None and isinstance(value, str) and moment(old) == moment(value):
        return value
    return old


def as_read(look: Look, node_id: str, said: Arguments) -> dict[str, Any]:
    """Return parameters as they would read: amounts in minor units, times in the account's zone."""
    minor = look.fb.in_minor_units(said, node_id)
    for name in TIMES & minor.keys():
        zone = look.fb.timezone(node_id)
        found = moment(minor[name], zone)
        minor[name] = found.astimezone(ZoneInfo(zone)).isoformat() if found else None
    return minor


def _scheduled(node_id: str, specs: Iterable[Mapping[str, Any]]) -> Iterator[Change]:
    yield from (Change("budget_schedules", None, None, {}, {**spec, "ad_object_id": node_id}) for spec in specs)


def _handed_down(look: Look, campaign: Mapping[str, Any], said: Arguments) -> Iterator[Change]:
    """Yield what a campaign's update does to its ad sets: budgets that end its own, and bids."""
    if not _OF_ADSETS & said.keys():
        return
    minor = look.fb.in_minor_units({name: said[name] for name in _OF_ADSETS & said.keys()}, campaign["id"])
    after: dict[str, dict[str, Any]] = {}
    for each in minor.get("adset_budgets", ()):
        after.setdefault(each["adset_id"], {}).update({k: v for k, v in each.items() if k != "adset_id"})
    for adset_id, bid in minor.get("adset_bid_amounts", {}).items():
        after.setdefault(str(adset_id), {})["bid_amount"] = bid
    if "adset_budgets" in minor:
        ended = {name: campaign[name] for name in BUDGETS if campaign.get(name)}
        if ended:
            yield Change("campaigns", campaign["id"], campaign["name"], ended, dict.fromkeys(ended, 0))
    for row in look.read("adsets", after):
        yield from _one("adsets", row, after[row["id"]])


def _update(edge: str) -> Describe:
    key = OBJECTS[edge].id_argument
    return lambda look, given: updated(look, edge, {given[key]: {k: v for k, v in given.items() if k != key}})


def _gone(edge: str, *, archived: bool) -> Describe:
    def describe(look: Look, given: Arguments) -> Iterator[Change]:
        for row in look.read(edge, [given[OBJECTS[edge].id_argument]]):
            shown = ("status", *BUDGETS)
            before = {name: row[name] for name in shown if row.get(name)}
            yield Change(edge, row["id"], row["name"], before, {"status": "ARCHIVED"} if archived else {})

    return describe


def _created(edge: str) -> Describe:
    def describe(look: Look, given: Arguments) -> Iterator[Change]:
        said = {k: v for k, v in given.items() if k not in ("ad_account_id", "verify_ids")}
        look.check(getattr(look.fb, edge).create, given["ad_account_id"], **said)
        if only_checks(said):
            return
        after = as_read(look, given["ad_account_id"], {k: v for k, v in said.items() if k not in _BESIDE})
        yield Change(edge, None, said["name"], {}, {"status": "PAUSED", **after})

    return describe


for _edge in DELIVERS:
    _kind = OBJECTS[_edge].id_argument.removesuffix("_id")
    DESCRIBED[f"update_{_kind}"] = _update(_edge)
    DESCRIBED[f"create_{_kind}"] = _created(_edge)
    DESCRIBED[f"delete_{_kind}"] = _gone(_edge, archived=False)
    DESCRIBED[f"archive_{_kind}"] = _gone(_edge, archived=True)
