"""A plan as a person reads it: what becomes of what, the most it could cost, and how to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from admonster_fb.analysis.daily_exposure import OVERSPEND, moment
from admonster_fb.bot.plans.changes import TIMES
from admonster_fb.bot.plans.classify import changed, destroys
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.snapshot import differences
from admonster_fb.bot.render import automation
from admonster_fb.bot.render.values import MONEY, format_value, is_money, label, plain, quoted
from admonster_fb.models.adrule import AdRule
from admonster_fb.models.campaign import NO_SPEND_CAP
from admonster_fb.models.change import Change
from admonster_fb.money import Money
from admonster_fb.objects import DELIVERS, OBJECTS

_OURS = frozenset({"people", "runs"})
"""Fields that are told in words of our own."""
_SHOWN = 8
_EACH = 4
_LONG = 90
_BUDGETED = (*DELIVERS, "budget_schedules")
_IDS = frozenset({"campaign_id", "adset_id", "ad_object_id"})


def lines(plan: Plan, *, by_host: bool, survives: bool) -> list[str]:
    """Return a plan as lines."""
    on = f" in {plan.account}" if plan.account else ""
    return [
        f"PLAN {plan.id}: nothing has been changed yet.",
        f"{plan.op}{on} would do this:",
        *described(plan.changes, plan.currency),
        *_money(plan),
        *(f"Warning: {plain(each)}" for each in plan.warnings[:6]),
        f"Needs: {plan.calls:,} API call{'' if plan.calls == 1 else 's'}; {plan.fits}",
        *_next(plan, by_host=by_host, survives=survives),
    ]


def _next(plan: Plan, *, by_host: bool, survives: bool) -> Iterator[str]:
    if plan.private:
        yield "This plan holds customer data: it is kept in memory only and lost when this process ends."
    elif not survives:
        yield "This plan is lost when this process ends."
    if by_host:
        yield f"A person must agree: show them this. The host then applies {plan.id} within 15 minutes."
    else:
        yield f'To do exactly this, once, within 15 minutes: op=apply args={{"plan_id": "{plan.id}"}}; else op=discard.'


def _money(plan: Plan) -> Iterator[str]:
    """Yield the most that a day could cost more; of a rule or an account's limit that cannot be told."""
    if plan.currency is None or ("spend" not in plan.kinds and not plan.adds):
        return
    then, now = (str(Money.from_minor(minor, plan.currency)) for minor in (plan.total, plan.total - plan.adds))
    moved = f"the campaigns it touches: {now} a day now, {then} then"
    if plan.adds > 0:
        peak = Money.from_minor(int(plan.total * OVERSPEND), plan.currency)
        yield f"It could add up to {Money.from_minor(plan.adds, plan.currency)} to a day's spend ({moved})."
        yield f"Meta may spend 75 % over a daily budget on a day (here up to {peak}), never over 7 times it in a week."
    elif plan.adds:
        yield f"It takes {Money.from_minor(-plan.adds, plan.currency)} from what can be spent on a day ({moved})."
    elif all(each.node in _BUDGETED for each in plan.changes):
        why = ": nothing of it delivers" if not plan.total else ""
        yield f"It adds nothing to a day's spend as things stand now{why}."


def described(changes: Iterable[Change], currency: str | None) -> list[str]:
    """Return changes as lines; of very many the first, and how many more."""
    changes = [*changes]
    new = [each for each in changes if not each.before]
    old = [each for each in changes if each.before]
    told = [_line(each, currency) for each in old[:_SHOWN]]
    told += [f"- … and {len(old) - _SHOWN:,} more alike"] if old[_SHOWN:] else []
    if len(new) <= _EACH:
        return told + [_line(each, currency) for each in new]
    first = next((each for each in new if each.node == "campaigns"), new[0])
    rest = [each for each in new if each is not first]
    counts = Counter((each.node, str(each.after.get("status") or "")) for each in rest)
    kinds = [f"{count:,} {_word(node, count)} {status}".strip() for (node, status), count in counts.items()]
    return [*told, _line(first, currency), f"- new beside it: {', '.join([*kinds, *_budgets(rest, currency)])}"]


def _budgets(changes: Iterable[Change], currency: str | None) -> Iterator[str]:
    """Yield what new objects may spend once they are switched on, in all."""
    for name, said in (("daily_budget", "a day"), ("lifetime_budget", "over their lives")):
        minor = sum(int(each.after.get(name) or 0) for each in changes if each.node in ("campaigns", "adsets"))
        if minor and currency:
            yield f"with budgets of {Money.from_minor(minor, currency)} {said} in all"


def _word(node: str, count: int = 1) -> str:
    if node not in OBJECTS:
        return node.replace("_", " ")
    return OBJECTS[node].noun if count == 1 else OBJECTS[node].plural


def _line(change: Change, currency: str | None) -> str:
    about = (_word(change.node), f"ID: {change.id}" if change.id else "", quoted(change.name) if change.name else "")
    named = " ".join(part for part in about if part)
    if not change.after:
        was = [f"{label(name)}: {_value(name, value, change, currency)}" for name, value in change.before.items()]
        return f"- {named} | removed for good | was: {', '.join(was)}"
    fields = changed(change)
    if not change.before and change.node == "adrules_library":
        rule = automation.rule(AdRule(id="0", **change.after), lambda: str(currency))
        return f"- new {named} | {rule.partition(' | ')[2]}"
    if not change.before:
        parts = [f"{label(name)}: {_value(name, value, change, currency)}" for name, value in _briefly(fields)]
        return " | ".join([f"- new {named}", *parts])
    moves = [_move(name, value, change, currency) for name, value in fields.items()]
    return " | ".join([f"- {named}", *(moves or ["is so already"]), *(["for good"] if destroys(change) else [])])


def _move(name: str, value: Any, change: Change, currency: str | None) -> str:
    before, after = _apart(change.before.get(name), value)
    if name not in change.before:
        return f"{label(name)}: {_value(name, after, change, currency)}"
    percent = ""
    if name in MONEY and isinstance(before, int) and isinstance(after, int) and before and after != NO_SPEND_CAP:
        share = Decimal(after - before) * 100 / before
        percent = f" ({share:+.0f} %)" if after and abs(share) >= 1 else ""
    return (
        f"{label(name)}: {_value(name, before, change, currency)} to {_value(name, after, change, currency)}{percent}"
    )


def _apart(before: Any, after: Any) -> tuple[Any, Any]:
    """Leave out of two objects what is alike in both, so that the difference is not cut off."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return before, after
    alike = {name for name in before.keys() & after.keys() if before[name] == after[name]}
    return tuple({k: v for k, v in each.items() if k not in alike} for each in (before, after))  # type: ignore[return-value]


def _briefly(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what counts of a new object: its status and amounts first, few of the rest."""
    first = [(name, fields[name]) for name in fields if name == "status" or name in MONEY or name in _IDS]
    rest = [(name, value) for name, value in fields.items() if (name, value) not in first and name != "name"]
    yield from [*first, *rest][:7]


def _value(name: str, value: Any, change: Change, currency: str | None) -> str:
    if value in (None, "", [], {}) or (name in MONEY and value in (0, NO_SPEND_CAP)):
        return "none"
    if is_money(name, change.after) and currency and isinstance(value, int):
        return str(Money.from_minor(value, currency))
    if name in TIMES and (time := moment(value)):
        return time.strftime("%Y-%m-%d %H:%M %z")
    told = plain(value) if name in _OURS and isinstance(value, str) else format_value(value)
    return told if len(told) <= _LONG else f"{told[:_LONG]}…"


def moved(before: Mapping[str, Any], now: Mapping[str, Any], currency: str | None) -> list[str]:
    """Return what has changed between two states, a line each."""
    found = []
    for edge, node_id, name, was, is_now in differences(before, now):
        if not name:
            found.append(f"{_word(edge)} ID: {node_id} is {'gone' if is_now is None else 'new'}")
            continue
        change = Change(edge, node_id, None, {name: was}, {name: is_now})
        found.append(f"{_word(edge)} ID: {node_id} | {_move(name, is_now, change, currency)}")
    return found
