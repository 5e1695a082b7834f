"""Pacing of one campaign's budgets within a week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from admonster_fb.analysis.change import Figure
from admonster_fb.analysis.pacing import Pacing, pacing, sum_pacing
from admonster_fb.models._node import zone_of
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.money import OFFSETS, Money


def midnight(day: date, zone: str) -> datetime:
    """Return the start of a day in an account's time zone.

    >>> midnight(date(2026, 10, 31), "Asia/Tokyo").isoformat()
    '2026-10-31T00:00:00+09:00'
    """
    return datetime.combine(day, time(), zone_of(zone))


def campaign_pacing(
    campaign: Campaign | None, adsets: Sequence[AdSet], spent: Figure | None, week: tuple[datetime, datetime],
    now: datetime, currency: str,
) -> tuple[Pacing | None, bool]:  # fmt: skip
    """Return the pacing of an active campaign's budgets, and whether they are daily budgets.

    Current daily budgets are compared with the week's spend, a lifetime budget with everything spent of it.
    """
    if campaign is None or campaign.effective_status not in ("ACTIVE", "WITH_ISSUES") or currency not in OFFSETS:
        return None, True
    active = [adset for adset in adsets if adset.effective_status in ("ACTIVE", "WITH_ISSUES")]
    holders: Sequence[Campaign | AdSet] = [campaign] if _has_budget(campaign) else [*filter(_has_budget, active)]
    if lifetime := [holder for holder in holders if holder.lifetime_budget]:
        parts = [part for holder in lifetime if (part := _lifetime_pacing(holder, now, currency))]
        return sum_pacing(parts), False
    budget = sum(holder.daily_budget or 0 for holder in holders)
    start = max(week[0], campaign.start_time or week[0])
    end = min(week[1], campaign.stop_time or week[1])
    if not budget or start >= end:
        return None, True
    daily = Money.from_minor(budget, currency).amount
    return pacing(spent or 0, daily, start.astimezone(week[0].tzinfo), end, week[1], kind="daily"), True


def _has_budget(node: Campaign | AdSet) -> bool:
    return bool(node.daily_budget or node.lifetime_budget)


def _lifetime_pacing(node: Campaign | AdSet, now: datetime, currency: str) -> Pacing | None:
    end = node.stop_time if isinstance(node, Campaign) else node.end_time
    begin = node.start_time
    if not (begin and end and begin < end and node.lifetime_budget) or node.budget_remaining is None:
        return None
    spent = Money.from_minor(node.lifetime_budget - node.budget_remaining, currency).amount
    return pacing(spent, Money.from_minor(node.lifetime_budget, currency).amount, begin, end, now)
