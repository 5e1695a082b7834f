"""The caps of a policy held against what a write does: every violation at once, each with the field and the amounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from admonster_fb.analysis.daily_exposure import Snapshot, by_campaign, delivering, holds_budget, most_a_day
from admonster_fb.bot.plans.classify import rule_spends, spends
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.errors import Violation
from admonster_fb.models.campaign import BUDGETS
from admonster_fb.models.change import Change
from admonster_fb.money import Money
from admonster_fb.objects import OBJECTS

_HOLDERS = frozenset(edge for edge, kind in OBJECTS.items() if kind.has_budget)
Baseline = Callable[[str, str], int | None]
"""What a budget (of an object, by field) was before it was raised within the last day; `None` if it was not."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a write does to an account: changes, and the campaigns it touches before and after, where they were read."""

    account: str
    currency: str
    changes: tuple[Change, ...]
    before: Snapshot | None = None
    after: Snapshot | None = None

    @property
    def adds(self) -> int:
        """The most it could add to a day, in minor units."""
        return self._sum(self.after) - self._sum(self.before)

    @property
    def total(self) -> int:
        """What the campaigns that it touches could then spend on a day."""
        return self._sum(self.after)

    @staticmethod
    def _sum(snapshot: Snapshot | None) -> int:
        return sum(by_campaign(snapshot).values()) if snapshot else 0

    def money(self, minor: int) -> str:
        """Return an amount as text."""
        return str(Money.from_minor(minor, self.currency))


def violations(
    policy: SpendPolicy, effect: Effect, baseline: Baseline, whole: Callable[[], int]
) -> Iterator[Violation]:
    """Yield what the policy does not allow of a write. `whole` tells what all of the account could spend on a day."""
    if not policy.caps or not _may_add(effect):  # what only saves is never kept from it, wherever it is
        return
    yield from _rules(policy, effect)
    for name in ("max_daily_budget", "max_total_daily"):
        cap = policy.cap(name, effect.account)
        if cap is not None and cap.currency != effect.currency:
            yield Violation(f"policy.{name}", str(cap), f"{effect.currency}, the currency of {effect.account}")
            return
    if (most := policy.cap("max_daily_budget", effect.account)) is not None:
        yield from _each(effect, most)
    if (percent := policy.max_increase_percent) is not None:
        yield from _rises(effect, Decimal(percent), baseline)
    total = policy.cap("max_total_daily", effect.account)
    if total is not None and effect.adds > 0 and (then := whole() + effect.adds) > total.minor:
        allowed = f"at most {total} a day in all of {effect.account}: the policy's max_total_daily"
        yield Violation("what could be spent on a day", f"{effect.money(then)}", allowed)


def _may_add(effect: Effect) -> bool:
    return effect.adds > 0 or any(not change.before or spends(change) for change in effect.changes)


def _rules(policy: SpendPolicy, effect: Effect) -> Iterator[Violation]:
    for change in effect.changes:
        if change.node == "adrules_library" and change.after and rule_spends({**change.before, **change.after}):
            kind = ({**change.before, **change.after}.get("execution_spec") or {}).get("execution_type")
            allowed = (
                f"rules that notify, pause or cut: nobody would hold Meta to the policy's {', '.join(policy.caps)}"
            )
            yield Violation("execution_spec.execution_type", kind, allowed)


def _each(effect: Effect, most: Money) -> Iterator[Violation]:
    """Yield budgets beyond the cap that are set, raised, or begin to be spent."""
    allowed = f"at most {most} a day: the policy's max_daily_budget"
    told: set[str] = set()
    for change in effect.changes:
        for name in BUDGETS if change.node in _HOLDERS else ():
            amount = _most(change, effect, name)
            if amount > most.minor and amount > int(change.before.get(name) or 0):
                told.add(change.id or "")
                yield Violation(name, _about(effect, amount, change), allowed)
    for holder in _beginning(effect):
        if effect.after and holder not in told and (amount := most_a_day(effect.after, holder)) > most.minor:
            yield Violation("daily_budget", f"{effect.money(amount)} of {holder}", allowed)


def _most(change: Change, effect: Effect, name: str) -> int:
    """Return the most a day that a budget in a change allows, with the schedules that come with a new object."""
    amount = int(change.after.get(name) or 0)
    if name == "lifetime_budget" and amount and change.id and effect.after:
        return most_a_day(effect.after, change.id)
    extra = [_extra(each, amount) for each in change.after.get("budget_schedule_specs") or ()]
    return amount + sum(extra) if amount else 0


def _extra(schedule: Mapping[str, Any], daily: int) -> int:
    value = int(schedule.get("budget_value") or 0)
    return daily * (value - 1) if schedule.get("budget_value_type") == "MULTIPLIER" else value


def _about(effect: Effect, amount: int, change: Change) -> str:
    return effect.money(amount) + (f" of {change.id}" if change.id and len(effect.changes) > 1 else "")


def _beginning(effect: Effect) -> Iterator[str]:
    """Yield the holders of budgets that could spend more on a day than before."""
    if not (effect.before and effect.after):
        return
    held = _holders(effect.before)
    for holder in _holders(effect.after):
        if holder not in held or most_a_day(effect.after, holder) > most_a_day(effect.before, holder):
            yield holder


def _holders(snapshot: Snapshot) -> set[str]:
    live = delivering(snapshot).items()
    return {
        holder
        for campaign, adsets in live
        for holder in ([campaign] if holds_budget(snapshot.edge("campaigns")[campaign]) else adsets)
    }


def _rises(effect: Effect, percent: Decimal, baseline: Baseline) -> Iterator[Violation]:
    """Yield budgets that would rise too much at once, or in steps within a day."""
    for change in effect.changes:
        if change.node == "budget_schedules" and change.after and effect.before and effect.after:
            holder = str(change.after.get("ad_object_id"))
            yield from _rise(
                effect, "budget_value", most_a_day(effect.before, holder), most_a_day(effect.after, holder), percent
            )
        for name in BUDGETS if change.node in _HOLDERS and change.id and change.before else ():
            before, after = int(change.before.get(name) or 0), int(change.after.get(name) or 0)
            first = baseline(str(change.id), name)
            if after > before:
                yield from _rise(effect, name, before if first is None else min(first, before), after, percent)
    yield from _moved(effect, percent)


def _rise(effect: Effect, name: str, first: int, after: int, percent: Decimal) -> Iterator[Violation]:
    most = first + int(first * percent / 100)
    if first and after > most:
        told = f"at most {effect.money(most)}, {percent:f} % above {effect.money(first)}: the policy's"
        yield Violation(name, effect.money(after), f"{told} max_increase_percent")


def _moved(effect: Effect, percent: Decimal) -> Iterator[Violation]:
    """Yield campaigns whose budgets would rise too much in all where they move from one level to the other."""
    if not (effect.before and effect.after):
        return
    for campaign_id, before in effect.before.edge("campaigns").items():
        after = effect.after.edge("campaigns").get(campaign_id, {})
        if after and holds_budget(before) != holds_budget(after):
            sums = [_in_all(each, campaign_id) for each in (effect.before, effect.after)]
            yield from _rise(effect, "daily_budget", sums[0], sums[1], percent)


def _in_all(snapshot: Snapshot, campaign_id: str) -> int:
    adsets = snapshot.edge("adsets")
    own = [key for key, adset in adsets.items() if str(adset.get("campaign_id")) == campaign_id]
    holders: Iterable[str] = [campaign_id] if holds_budget(snapshot.edge("campaigns")[campaign_id]) else own
    return sum(most_a_day(snapshot, holder) for holder in holders)
