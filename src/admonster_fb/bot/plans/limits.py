"""A policy's limits compared with what a write does: every violation at once, with its field and amounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from admonster_fb.analysis import daily_exposure as exposure
from admonster_fb.analysis.daily_exposure import Snapshot, holds_budget, max_daily_spend
from admonster_fb.bot.plans.classify import raises_spend, raising_fields, rule_can_spend
from admonster_fb.bot.plans.plan import Raise
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.errors import Violation
from admonster_fb.models._node import parse_time
from admonster_fb.models.campaign import BUDGETS, NO_SPEND_CAP
from admonster_fb.models.change import Change
from admonster_fb.money import Money, minor_text
from admonster_fb.objects import OBJECTS
from admonster_fb.services._validation import INLINE

_HOLDERS = ("campaigns", "adsets")
Baseline = Callable[[str, str], int | None]
"""Returns a measure of a budget (by object ID and name) before it rose within the last day; `None` if it did not."""


@dataclass(frozen=True, slots=True)
class SpendImpact:
    """What a write does to the spend of an account: the campaigns it touches before and after, if they were read."""

    account: str
    currency: str
    changes: tuple[Change, ...]
    before: Snapshot | None = None
    after: Snapshot | None = None

    @property
    def adds(self) -> int:
        """The most it can add to a day, in minor units."""
        return _daily_total(self.after) - _daily_total(self.before)

    @property
    def total(self) -> int:
        """What the campaigns it touches can then spend on a day, in minor units."""
        return _daily_total(self.after)

    def money(self, minor: int) -> str:
        """Return an amount as text."""
        return minor_text(minor, self.currency)


def _daily_total(snapshot: Snapshot | None) -> int:
    return sum(exposure.max_by_campaign(snapshot).values()) if snapshot else 0


def violations(
    policy: SpendPolicy, impact: SpendImpact, baseline: Baseline, account_total: Callable[[], int]
) -> Iterator[Violation]:
    """Yield what a policy does not allow of a write that can raise spend; `account_total` is asked for a day's sum."""
    may_add = impact.adds > 0 or any(not change.before or raises_spend(change) for change in impact.changes)
    if not policy.caps or not may_add:
        return
    yield from _uncounted(policy, impact)
    for name in ("max_daily_budget", "max_total_daily"):
        cap = policy.cap(name, impact.account)
        if cap is not None and cap.currency != impact.currency:
            yield Violation(f"policy.{name}", str(cap), f"{impact.currency}, the currency of {impact.account}")
            return
    if (maximum := policy.cap("max_daily_budget", impact.account)) is not None:
        yield from _budget_violations(impact, maximum)
    if (percent := policy.max_increase_percent) is not None:
        yield from _increase_violations(impact, Decimal(percent), baseline)
    total = policy.cap("max_total_daily", impact.account)
    if total is not None and impact.adds > 0 and (planned := account_total() + impact.adds) > total.minor:
        allowed = f"at most {total} a day in all of {impact.account}: {_cap('max_total_daily')}"
        yield Violation("maximum daily spend", impact.money(planned), allowed)


def _cap(name: str) -> str:
    """Return whose limit it is, and who can lift it, and how."""
    return f"the policy's {name}, which only who runs this bot can lift (SpendPolicy, FACEBOOK_{name.upper()})"


def _uncounted(policy: SpendPolicy, impact: SpendImpact) -> Iterator[Violation]:
    """Yield what Meta raises without the policy, and parents in updates or `extra`, whose budgets nobody counts."""
    caps = f"the policy's {', '.join(policy.caps)}"
    for change in impact.changes:
        if change.node == "recommendations":
            allowed = f"one whose budgets are known: Meta would not apply {caps} to it"
            yield Violation("recommendation_signature", change.id, allowed)
        rule = {**change.before, **change.after}
        if change.node == "adrules_library" and change.after and rule_can_spend(rule):
            kind = (rule.get("execution_spec") or {}).get("execution_type")
            allowed = f"rules that notify, pause or cut: Meta would not apply {caps} to other rules"
            yield Violation("execution_spec.execution_type", kind, allowed)
        for name in INLINE.keys() & {*change.after, *(change.after.get("extra") or ())}:
            allowed = f"parameters without it: {caps} would not count a budget in it"
            yield Violation(name, "a campaign or ad set", allowed)


def _budget_violations(impact: SpendImpact, maximum: Money) -> Iterator[Violation]:
    """Yield budgets above the maximum that are set, raised, or start to be spent."""
    allowed = f"at most {maximum} a day: {_cap('max_daily_budget')}"
    reported: set[str] = set()
    for change, name in _budget_changes(impact):
        amount = _daily_maximum(change, impact, name)
        raised = int(change.after.get(name) or 0) > int(change.before.get(name) or 0)
        if raised and amount > maximum.minor:
            reported.add(change.id or "")
            which = f" of {change.id}" if change.id and len(impact.changes) > 1 else ""
            yield Violation(name, impact.money(amount) + which, allowed)
    before = _spent(impact.before)
    for holder, amount in _spent(impact.after).items():
        if holder not in reported and amount > max(maximum.minor, before.get(holder, 0)):
            yield Violation("daily_budget", f"{impact.money(amount)} of {holder}", allowed)


def _has_budget(change: Change) -> bool:
    return change.node in OBJECTS and OBJECTS[change.node].has_budget


def _budget_changes(impact: SpendImpact) -> list[tuple[Change, str]]:
    """Return each change with each budget field of its object."""
    return [(change, name) for change in impact.changes if _has_budget(change) for name in BUDGETS]


def _daily_maximum(change: Change, impact: SpendImpact, name: str) -> int:
    """Return the most that a budget in a change allows on a day, with the schedules of a new object."""
    amount = int(change.after.get(name) or 0)
    if name == "lifetime_budget" and amount and change.id and impact.after:
        return max_daily_spend(impact.after, change.id)
    most = amount
    for schedule in change.after.get("budget_schedule_specs") or () if amount else ():
        value = int(schedule.get("budget_value") or 0)
        most += amount * (value - 1) if schedule.get("budget_value_type") == "MULTIPLIER" else value
    return most


def _spent(snapshot: Snapshot | None) -> dict[str, int]:
    """Return what each campaign and ad set whose budget is being spent can spend on a day."""
    if snapshot is None:
        return {}
    campaigns = snapshot.edge("campaigns")
    return {
        holder: max_daily_spend(snapshot, holder)
        for campaign_id, adset_ids in exposure.delivering(snapshot).items()
        for holder in ([campaign_id] if holds_budget(campaigns[campaign_id]) else adset_ids)
    }


def _increase_violations(impact: SpendImpact, percent: Decimal, baseline: Baseline) -> Iterator[Violation]:
    """Yield budgets that would rise too much at once, or in steps within a day."""
    for increase in budget_increases(impact, baseline):
        for _, _, day_ago, _, after in increase.measures:
            maximum = day_ago + int(day_ago * percent / 100)
            if day_ago and after > maximum:
                allowed = f"at most {impact.money(maximum)}, {percent:f} % above {impact.money(day_ago)}"
                yield Violation(increase.field, impact.money(after), f"{allowed}: {_cap('max_increase_percent')}")
                break


@dataclass(frozen=True, slots=True)
class BudgetIncrease:
    """How the budget of a campaign or ad set changes, in minor units."""

    field: str  # the parameter that changes it
    measures: list[Raise]  # each measure of the budget
    levels: list[tuple[str, str, int]]  # ID, measure and amount to remember: the budgets as they were


def budget_increases(impact: SpendImpact, baseline: Baseline) -> Iterator[BudgetIncrease]:
    """Yield the budgets that rise. One that moves between a campaign and its ad sets counts as a whole.

    Measures: `daily_budget` and `lifetime_budget` themselves, and `day`, the most that can be spent on a day with
    budget schedules. A lifetime budget that replaces a daily one can be spent on one day; one that is replaced by a
    daily budget counts evenly over the days until its end.
    """
    before, after = impact.before, impact.after
    if before is None or after is None:
        changed = [change for change in impact.changes if change.id and _has_budget(change)]
        nodes = {edge: {str(each.id): each.before for each in changed if each.node == edge} for edge in _HOLDERS}
        before = Snapshot(nodes, datetime.min.replace(tzinfo=UTC))
        after = exposure.apply_changes(before, impact.changes)
    campaigns = after.edge("campaigns")
    pairs = [(key, row, campaigns[key]) for key, row in before.edge("campaigns").items() if key in campaigns]
    moved = [key for key, row, new in pairs if holds_budget(row) != holds_budget(new)]
    for holder, row in {**before.edge("campaigns"), **before.edge("adsets")}.items():
        if holder in {**campaigns, **after.edge("adsets")} and not {holder, str(row.get("campaign_id"))} & {*moved}:
            measures = [*_measures(before, after, holder, baseline)]
            if any(each.after > each.day_ago for each in measures):
                levels = [(each.id, each.field, each.before) for each in measures]
                yield BudgetIncrease(_raising_field(impact, holder), measures, levels)
    for campaign_id in moved:
        old, parts = _day_levels(before, campaign_id), _day_levels(after, campaign_id)
        total, whole = sum(_day_ago(baseline, key, "day", day) for key, day in old.items()), sum(parts.values())
        levels = [(key, name, total * part // whole) for key, part in parts.items() for name in (*BUDGETS, "day")]
        yield BudgetIncrease("daily_budget", [Raise(campaign_id, "day", total, sum(old.values()), whole)], levels)


def _raising_field(impact: SpendImpact, holder: str) -> str:
    names = [name for change, name in _budget_changes(impact) if change.id == holder and change.after.get(name)]
    scheduled = any(change.after.get("ad_object_id") == holder for change in impact.changes)
    return names[0] if names else "budget_value" if scheduled else "daily_budget"


def _day_ago(baseline: Baseline, node_id: str, name: str, now: int) -> int:
    return min(baseline(node_id, name) or now, now)


def raised_amounts(changes: Iterable[Change], impact: SpendImpact | None, baseline: Baseline) -> Iterator[Raise]:
    """Yield the budgets, bids and limits that a write raises; a budget by each of its measures."""
    for increase in budget_increases(impact, baseline) if impact else ():
        yield from (each for each in increase.measures if each.after > each.before)
    for change in changes:
        for name in raising_fields(change) - {*BUDGETS}:
            old, new = change.before.get(name), change.after[name]
            if type(old) is type(new) is int and NO_SPEND_CAP > new > old > 0 and change.id:
                yield Raise(change.id, name, _day_ago(baseline, change.id, name, old), old, new)


def _holder(snapshot: Snapshot, holder: str) -> Mapping[str, Any]:
    """Return the campaign or ad set with an ID."""
    return snapshot.edge("campaigns").get(holder) or snapshot.edge("adsets")[holder]


def _measures(before: Snapshot, after: Snapshot, holder: str, baseline: Baseline) -> Iterator[Raise]:
    """Yield each measure of a budget that stays where it is."""
    old, new = _holder(before, holder), _holder(after, holder)
    amounts = [(name, int(old[name]), int(new[name])) for name in BUDGETS if old.get(name) and new.get(name)]
    day, lifetime = _day_level(before, holder), all(row.get("lifetime_budget") for row in (old, new))
    daily = any(row.get("daily_budget") for row in (old, new))
    amounts.append(("day", day, day if lifetime and not daily else max_daily_spend(after, holder)))
    for name, now, then in amounts:
        yield Raise(holder, name, _day_ago(baseline, holder, name, now), now, then)


def _day_level(snapshot: Snapshot, holder: str) -> int:
    """Return what a budget allows on a day; what remains of a lifetime budget counts evenly until its end."""
    amount = max_daily_spend(snapshot, holder)
    row = _holder(snapshot, holder)
    if row.get("daily_budget") or not row.get("lifetime_budget"):
        return amount
    adsets = [each for each in snapshot.edge("adsets").values() if str(each.get("campaign_id")) == holder]
    ends = [parse_time(each.get("end_time"), snapshot.zone) for each in (row, *adsets)]
    end = max((each for each in ends if each), default=snapshot.now)
    return -(-amount // max(1, -(-(end - snapshot.now) // timedelta(days=1))))


def _day_levels(snapshot: Snapshot, campaign_id: str) -> dict[str, int]:
    """Return what the budgets of a campaign, or of its ad sets, allow on a day."""
    adsets = [key for key, row in snapshot.edge("adsets").items() if str(row.get("campaign_id")) == campaign_id]
    holders = [campaign_id] if holds_budget(snapshot.edge("campaigns")[campaign_id]) else adsets
    return {holder: max_daily_spend(snapshot, holder) for holder in holders}
