"""A policy's limits compared with what a write does: every violation at once, with its field and amounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from admonster_fb.analysis.daily_exposure import Snapshot, delivering, holds_budget, max_by_campaign, max_daily_spend
from admonster_fb.bot.plans.classify import raises_spend, rule_can_spend
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.errors import Violation
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.money import Money, minor_text
from admonster_fb.objects import OBJECTS

Baseline = Callable[[str, str], int | None]
"""Returns the budget (of an object ID, by field) before it was raised within the last day; `None` if it was not."""


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
    return sum(max_by_campaign(snapshot).values()) if snapshot else 0


def violations(
    policy: SpendPolicy, impact: SpendImpact, baseline: Baseline, account_total: Callable[[], int]
) -> Iterator[Violation]:
    """Yield what a policy does not allow of a write.

    `account_total` returns what the whole account can spend on a day, in minor units. What only lowers spend is allowed
    in every account.
    """
    may_add = impact.adds > 0 or any(not change.before or raises_spend(change) for change in impact.changes)
    if not policy.caps or not may_add:
        return
    yield from _rule_violations(policy, impact)
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
        allowed = f"at most {total} a day in all of {impact.account}: the policy's max_total_daily"
        yield Violation("maximum daily spend", impact.money(planned), allowed)


def _rule_violations(policy: SpendPolicy, impact: SpendImpact) -> Iterator[Violation]:
    for change in impact.changes:
        rule = {**change.before, **change.after}
        if change.node == "adrules_library" and change.after and rule_can_spend(rule):
            kind = (rule.get("execution_spec") or {}).get("execution_type")
            caps = ", ".join(policy.caps)
            allowed = f"rules that notify, pause or cut: Meta would not apply the policy's {caps} to other rules"
            yield Violation("execution_spec.execution_type", kind, allowed)


def _budget_violations(impact: SpendImpact, maximum: Money) -> Iterator[Violation]:
    """Yield budgets above the maximum that are set, raised, or start to be spent."""
    allowed = f"at most {maximum} a day: the policy's max_daily_budget"
    reported: set[str] = set()
    for change, name in _budget_changes(impact):
        amount = _daily_maximum(change, impact, name)
        raised = int(change.after.get(name) or 0) > int(change.before.get(name) or 0)
        if raised and amount > maximum.minor:
            reported.add(change.id or "")
            which = f" of {change.id}" if change.id and len(impact.changes) > 1 else ""
            yield Violation(name, impact.money(amount) + which, allowed)
    for holder in _holders_that_can_spend_more(impact):
        if (
            impact.after
            and holder not in reported
            and (amount := max_daily_spend(impact.after, holder)) > maximum.minor
        ):
            yield Violation("daily_budget", f"{impact.money(amount)} of {holder}", allowed)


def _budget_changes(impact: SpendImpact) -> Iterator[tuple[Change, str]]:
    """Yield each change with each budget field of its object."""
    for change in impact.changes:
        if change.node in OBJECTS and OBJECTS[change.node].has_budget:
            yield from ((change, name) for name in BUDGETS)


def _daily_maximum(change: Change, impact: SpendImpact, name: str) -> int:
    """Return the most that a budget in a change allows on a day, with the schedules of a new object."""
    amount = int(change.after.get(name) or 0)
    if name == "lifetime_budget" and amount and change.id and impact.after:
        return max_daily_spend(impact.after, change.id)
    schedules = change.after.get("budget_schedule_specs") or ()
    return amount + sum(_scheduled_extra(schedule, amount) for schedule in schedules) if amount else 0


def _scheduled_extra(schedule: Mapping[str, Any], daily: int) -> int:
    value = int(schedule.get("budget_value") or 0)
    return daily * (value - 1) if schedule.get("budget_value_type") == "MULTIPLIER" else value


def _holders_that_can_spend_more(impact: SpendImpact) -> Iterator[str]:
    """Yield the campaigns and ad sets whose budget can spend more on a day than before."""
    if not (impact.before and impact.after):
        return
    spending_before = _spending_holders(impact.before)
    for holder in _spending_holders(impact.after):
        if holder not in spending_before or max_daily_spend(impact.after, holder) > max_daily_spend(
            impact.before, holder
        ):
            yield holder


def _spending_holders(snapshot: Snapshot) -> set[str]:
    """Return the campaigns and ad sets whose budgets are being spent."""
    campaigns = snapshot.edge("campaigns")
    return {
        holder
        for campaign_id, adset_ids in delivering(snapshot).items()
        for holder in ([campaign_id] if holds_budget(campaigns[campaign_id]) else adset_ids)
    }


def _increase_violations(impact: SpendImpact, percent: Decimal, baseline: Baseline) -> Iterator[Violation]:
    """Yield budgets that would rise too much at once, or in steps within a day."""
    for change in impact.changes:
        if change.node == "budget_schedules" and change.after and impact.before and impact.after:
            holder = str(change.after.get("ad_object_id"))
            before, after = max_daily_spend(impact.before, holder), max_daily_spend(impact.after, holder)
            yield from _increase_violation(impact, "budget_value", before, after, percent)
    for change, name in _budget_changes(impact):
        before, after = int(change.before.get(name) or 0), int(change.after.get(name) or 0)
        if change.id and after > before:
            first = baseline(change.id, name)
            lowest = before if first is None else min(first, before)
            yield from _increase_violation(impact, name, lowest, after, percent)
    yield from _moved_budget_violations(impact, percent)


def _increase_violation(
    impact: SpendImpact, name: str, before: int, after: int, percent: Decimal
) -> Iterator[Violation]:
    maximum = before + int(before * percent / 100)
    if before and after > maximum:
        allowed = f"at most {impact.money(maximum)}, {percent:f} % above {impact.money(before)}"
        yield Violation(name, impact.money(after), f"{allowed}: the policy's max_increase_percent")


def _moved_budget_violations(impact: SpendImpact, percent: Decimal) -> Iterator[Violation]:
    """Yield campaigns whose budgets move between campaign and ad sets and would rise too much in total."""
    if not (impact.before and impact.after):
        return
    for campaign_id, campaign in impact.before.edge("campaigns").items():
        moved = impact.after.edge("campaigns").get(campaign_id, {})
        if moved and holds_budget(campaign) != holds_budget(moved):
            before, after = (_budget_total(snapshot, campaign_id) for snapshot in (impact.before, impact.after))
            yield from _increase_violation(impact, "daily_budget", before, after, percent)


def _budget_total(snapshot: Snapshot, campaign_id: str) -> int:
    """Return what the budgets of a campaign or of its ad sets allow on a day, in minor units."""
    adsets = [key for key, row in snapshot.edge("adsets").items() if str(row.get("campaign_id")) == campaign_id]
    holders = [campaign_id] if holds_budget(snapshot.edge("campaigns")[campaign_id]) else adsets
    return sum(max_daily_spend(snapshot, holder) for holder in holders)
