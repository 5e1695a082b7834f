"""A plan as text for a person: what changes, what it can cost at most, and how to continue."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from admonster_fb.analysis.daily_exposure import OVERSPEND, Snapshot, total_until_end
from admonster_fb.bot.plans.changes import TIMES
from admonster_fb.bot.plans.classify import changed_fields, destroys
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.plans.snapshot import differences
from admonster_fb.bot.render import delivery
from admonster_fb.bot.render.values import format_value, is_money, label, local, plain, quoted
from admonster_fb.models._node import parse_time
from admonster_fb.models.campaign import NO_SPEND_CAP
from admonster_fb.models.change import Change
from admonster_fb.money import minor_text
from admonster_fb.objects import DELIVERS, OBJECTS, money_fields

_OWN_WORDS = frozenset({"people", "runs", "schedule", "total"})  # fields whose values are text of this library
_ID = re.compile(r'\bID: [\w:]+ (?=")| \| [A-Z][a-z ]*ID: \w+')
"""The ID of an object that has a name, and those of its parents."""
_WITH_BUDGETS = (*DELIVERS, "budget_schedules")
_IDS = ("campaign_id", "adset_id", "ad_object_id")
_FIRST = ("total", "targeting", "creative", "schedule", "objective", "optimization_goal", "promoted_object")
"""What a new object is for, who sees it and what it shows."""
_IN_WORDS: Mapping[str, Callable[[Any], str]] = {
    "targeting": delivery.targeting_words,
    "creative": delivery.creative_words,
    "adset_schedule": delivery.schedule_words,
    "promoted_object": delivery.object_words,
    "questions": delivery.question_words,
    "cells": delivery.cell_words,
    "attribution_spec": delivery.attribution_words,
}
_MAX_NEW = {"adsets": 12, "ads": 6}
"""How many new objects of a kind are shown. Others: 4; media and creatives are shown by the ads that use
them. A lead form is shown: it can never be changed."""
_MAX_FIELDS = 9
_MAX_WARNINGS = 6
_MAX_VALUE = 90  # characters of a value that are shown
DONE_FIRST = "Done at once, since it only lowers spend:"  # above the part of a write that needed no plan
_REPLACED = {
    "audience": "It replaces who sees ads whose status is ACTIVE; they run while nothing above them is PAUSED.",
    "delivery": "It replaces what ads whose status is ACTIVE show, where, when or to what end.",
}
"""Why a write that costs nothing more needs a plan."""


def lines(plan: Plan, *, by_host: bool, survives: bool, beyond: str = "") -> list[str]:
    """Return a plan as lines of text; `beyond` says why and where a person must agree outside of the chat."""
    account = f" in {plan.account}" if plan.account else ""
    return [
        f"PLAN {plan.id}: nothing{' else' if plan.done else ''} has been changed yet.",
        *_done_lines(plan),
        f"{plan.op}{account} would do this:",
        *_changes(plan),
        *_spend_lines(plan),
        *plan.notes,
        *_warnings(plan),
        f"API calls: {plan.calls:,} (rate limit: {plan.fits})",
        *_next_lines(plan, by_host=by_host, survives=survives, beyond=beyond),
    ]


def _done_lines(plan: Plan) -> list[str]:
    return [DONE_FIRST, *change_lines(plan.done, plan.currency, len(plan.done))] if plan.done else []


def _changes(plan: Plan) -> list[str]:
    """Return what a plan changes, what of it then runs, and why it needs a plan if it costs nothing more."""
    on = [_change_line(change, plan.currency, new="") for change in plan.delivers]
    replaced = [_REPLACED[kind] for kind in plan.kinds if kind in _REPLACED]
    return [*change_lines(plan.changes, plan.currency), *(["What it turns on:"] if on else []), *on, *replaced]


def _warnings(plan: Plan) -> list[str]:
    return [f"Warning: {plain(warning)}" for warning in plan.warnings[:_MAX_WARNINGS]]


def turned_on(plan: Plan) -> list[str]:
    """Return what runs after a plan was applied, in one line; nothing if it turned nothing on."""
    on = [change for change in plan.delivers if change.after.get("status") == "ACTIVE"]
    names = [f"{_noun(change.node)} {quoted(change.name or str(change.id))}" for change in on]
    return [f"On now, once Meta's review allows it: {', '.join(names)}"] if names else []


def _next_lines(plan: Plan, *, by_host: bool, survives: bool, beyond: str) -> Iterator[str]:
    if plan.private:
        yield "This plan contains customer data: it is kept in memory only."
    minutes = (plan.expires - plan.made) // timedelta(minutes=1)
    within = f"within {minutes} minutes" if minutes % 60 else f"within {minutes // 60} hours"
    within += "" if survives and not plan.private else ", if this process still runs then"
    call = f'op=apply args={{"plan_id": "{plan.id}"}}'
    if beyond:
        yield f"Show this to the person, who must agree {within}. {beyond}"
    elif by_host:
        yield f"A person must agree: show them this, then call {call}: the host applies it if they agree, {within}."
    else:
        yield f"To do exactly this, once, {within}: {call}; else op=discard."


def shown(plan: Plan, zone: str) -> list[str]:
    """Return a plan as lines for the person who decides, the amount first, its end in their time zone."""
    until = plan.expires.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    peak = minor_text(int(plan.total * OVERSPEND), plan.currency) if plan.currency and plan.adds > 0 else ""
    return [
        f"{_amount_first(plan)}.",
        *(_ID.sub("", line) for line in [*_done_lines(plan), *_changes(plan)]),
        *([f"Meta may spend up to {peak} on one day, as it may exceed a daily budget by 75 %."] if peak else []),
        *plan.notes,
        *(_ID.sub("", line) for line in _warnings(plan)),
        f"Nothing {'else ' if plan.done else ''}has been changed yet. You can agree until {until} {zone}.",
    ]


def _amount_first(plan: Plan) -> str:
    """Return the most that a plan adds to the spend of a day, and whether it is final."""
    if plan.adds and plan.currency:
        amount = minor_text(abs(plan.adds), plan.currency)
        spend = f"Up to {amount} {'more' if plan.adds > 0 else 'less'} a day"
    elif "spend" in plan.kinds and not all(change.node in _WITH_BUDGETS for change in plan.changes):
        spend = "It may raise spend, by an amount that is not known"
    else:
        spend = f"No more spend a day{' as things stand now' if 'spend' in plan.kinds else ''}"
    return f"{spend}; this cannot be undone" if "destroy" in plan.kinds else spend


def _spend_lines(plan: Plan) -> Iterator[str]:
    """Yield the impact on the spend of a day. For a rule or an account's limit it is unknown."""
    if plan.currency is None or ("spend" not in plan.kinds and not plan.adds):
        return
    now, then = (minor_text(minor, plan.currency) for minor in (plan.total - plan.adds, plan.total))
    campaigns = f"the campaigns it touches: {now} a day now, {then} then"
    if plan.adds > 0:
        peak = minor_text(int(plan.total * OVERSPEND), plan.currency)
        yield f"It could add up to {minor_text(plan.adds, plan.currency)} to a day's spend ({campaigns})."
        yield f"Meta may spend 75 % over a daily budget on a day (here up to {peak}), never over 7 times it in a week."
    elif plan.adds:
        yield f"It lowers the maximum daily spend by {minor_text(-plan.adds, plan.currency)} ({campaigns})."
    elif all(change.node in _WITH_BUDGETS for change in plan.changes):
        reason = ": nothing in it delivers" if not plan.total else ""
        yield f"It adds nothing to a day's spend as things stand now{reason}."


def total_lines(after: Snapshot | None, currency: str | None) -> Iterator[str]:
    """Yield about how much is spent in all by what a plan turns on, if all of it ends."""
    if after and currency and (found := total_until_end(after)):
        amount = minor_text(found[0], currency)
        yield f"In all about {amount} until {found[1]:%Y-%m-%d %H:%M}, when the last ad set of these campaigns ends."


def change_lines(changes: Iterable[Change], currency: str | None, most: int = 8) -> list[str]:
    """Return changes as lines of text. Of many, the first are shown and the rest are counted."""
    changes = [*changes]
    old = [change for change in changes if change.before]
    shown = [_change_line(change, currency) for change in old[:most]]
    shown += [f"- … and {len(old) - most:,} more alike"] if old[most:] else []
    return [*shown, *_new_lines([change for change in changes if not change.before], currency)]


def _new_lines(changes: list[Change], currency: str | None) -> Iterator[str]:
    """Yield new objects, a line each up to a limit, then the number of the others, and all budgets."""
    tree = any(change.node in DELIVERS for change in changes)
    seen: Counter[str] = Counter()
    rest = []
    for change in changes:
        seen[change.node] += 1
        most = 0 if tree and change.node not in (*_WITH_BUDGETS, "leadgen_forms") else _MAX_NEW.get(change.node, 4)
        if seen[change.node] <= most:
            yield _change_line(change, currency)
        else:
            rest.append(change)
    counts = Counter((change.node, str(change.after.get("status") or "")) for change in rest)
    kinds = [f"{count:,} {_noun(node, count)} {status}".strip() for (node, status), count in counts.items()]
    if rest:
        yield f"- also new: {', '.join(kinds)}"
    budgets = []
    for name, period in (("daily_budget", "a day"), ("lifetime_budget", "over their lifetime")):
        minor = sum(int(change.after.get(name) or 0) for change in changes if change.node in DELIVERS)
        budgets += [f"budgets of {minor_text(minor, currency)} {period}"] if minor and currency else []
    if budgets and len(changes) > 1:
        yield f"- all new objects together: {', '.join(budgets)}"


def _noun(node: str, count: int = 1) -> str:
    kind = OBJECTS.get(node)
    return node.replace("_", " ") if kind is None else kind.noun if count == 1 else kind.plural


def _change_line(change: Change, currency: str | None, new: str = "new ") -> str:
    parts = (_noun(change.node), change.id and f"ID: {change.id}", change.name and quoted(change.name))
    title = " ".join(filter(None, parts))
    if not change.after:
        old = [f"{label(name)}: {_value(name, value, change, currency)}" for name, value in change.before.items()]
        return f"- {title} | removed for good | was: {', '.join(old)}"
    fields = changed_fields(change)
    if not change.before and change.node == "adrules_library":
        from admonster_fb.bot.render import automation
        from admonster_fb.models.adrule import AdRule

        rule = automation.rule(AdRule(id="0", **change.after), lambda: str(currency))
        return f"- new {title} | {rule.partition(' | ')[2]}"
    if not change.before:
        shown = [f"{label(name)}: {_value(name, value, change, currency)}" for name, value in _main_fields(change)]
        return " | ".join([f"- {new}{title}", *shown])
    moves = [_field_change(name, value, change, currency) for name, value in fields.items()]
    final = ["irreversible"] if destroys(change) and change.node != "leadgen_forms" else []  # forms are restored
    return " | ".join([f"- {title}", *(moves or ["no change"]), *final])


def _field_change(name: str, value: Any, change: Change, currency: str | None) -> str:
    old = change.before.get(name)
    before, after = old, value
    if isinstance(old, Mapping) and isinstance(value, Mapping) and name not in _IN_WORDS:  # what is equal is left out
        before = {key: each for key, each in old.items() if key not in value or value[key] != each}
        after = {key: each for key, each in value.items() if key not in old or old[key] != each}
    new = _value(name, after, change, currency)
    if name not in change.before:
        return f"{label(name)}: {new}"
    if name == "targeting" and old and (gone := delivery.lost(old, value)):
        new = f"{new}; lost: {', '.join(gone)}"
    percent = ""
    amounts = name in money_fields() and isinstance(before, int) and isinstance(after, int)
    if amounts and before and after not in (0, NO_SPEND_CAP):
        share = Decimal(after - before) * 100 / before
        percent = f" ({share:+.0f} %)" if abs(share) >= 1 else ""
    was = _value(name, before, change, currency)
    if is_money(name, change.after) and new != "none":  # one currency, shown once
        was = re.sub(rf"( minor units( of {currency})?| {currency})$", "", was)
    return f"{label(name)}: {was} → {new}{percent}"


def _main_fields(change: Change) -> list[tuple[str, Any]]:
    """Return the main fields of a new object: First status, amounts and parents, then audience and schedule."""
    fields = {name: value for name, value in changed_fields(change).items() if name != "name"}
    if change.node == "adsets":
        start, end = (format_time(fields.pop(name, None)) for name in ("start_time", "end_time"))
        hours = f", {delivery.schedule_words(plan)}" if (plan := fields.pop("adset_schedule", None)) else ""
        fields["schedule"] = f"from {start or 'activation'} to {end or 'no end'}{hours}"
    first = [name for name in fields if name == "status" or name in money_fields() or name in _IDS]
    names = dict.fromkeys((*first, *(name for name in _FIRST if name in fields), *fields))
    return [(name, fields[name]) for name in names][:_MAX_FIELDS]


def format_time(value: Any) -> str:
    """Return a time as text; nothing if there is none."""
    time = parse_time(value) if value else None
    return local(time).strftime("%Y-%m-%d %H:%M %z") if time else ""


def _value(name: str, value: Any, change: Change, currency: str | None) -> str:
    if name == "adset_schedule" and isinstance(value or [], list):
        return delivery.schedule_words(value)
    if value in (None, "", [], {}) or (name in money_fields() and value in (0, NO_SPEND_CAP)):
        return "none"
    if is_money(name, change.after) and isinstance(value, int):
        return minor_text(value, currency) if currency else f"{value:,} minor units"
    if name in TIMES and (time := format_time(value)):
        return time
    if name in _IN_WORDS and isinstance(value, (Mapping, list)):
        return _IN_WORDS[name](value)
    text = plain(value) if name in _OWN_WORDS and isinstance(value, str) else format_value(value)
    return text if len(text) <= _MAX_VALUE else f"{text[:_MAX_VALUE]}…"


def state_changes(before: Mapping[str, Any], now: Mapping[str, Any], currency: str | None) -> list[str]:
    """Return the differences between two states, one line each."""
    found = []
    for edge, node_id, name, old, new in differences(before, now):
        if not name:
            found.append(f"{_noun(edge)} ID: {node_id} is {'gone' if new is None else 'new'}")
            continue
        change = Change(edge, node_id, None, {name: old}, {name: new})
        found.append(f"{_noun(edge)} ID: {node_id} | {_field_change(name, new, change, currency)}")
    return found
