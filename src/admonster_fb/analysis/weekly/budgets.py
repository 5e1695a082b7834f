"""Pacing of one campaign's budgets within a week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from admonster_fb.analysis.change import Figure
from admonster_fb.analysis.pacing import Pacing, pacing, together
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.money import OFFSETS, Money


def midnight(day: date, zone: str) -> datetime:
    """Return when a day of an account begins.

    >>> midnight(date(2026, 10, 31), "Asia/Tokyo").isoformat()
    '2026-10-31T00:00:00+09:00'
    """
    return datetime.combine(day, time(), ZoneInfo(zone))


def paced(
    campaign: Campaign | None, adsets: Sequence[AdSet], spent: Figure | None, week: tuple[datetime, datetime],
    now: datetime, currency: str,
) -> tuple[Pacing | None, bool]:  # fmt: skip
    """Return how the budgets of an active campaign are spent, and whether they are daily ones.

    Daily budgets, as they are now, stand against the week's spend; a lifetime budget against all that was spent of it.
    """
    if campaign is None or campaign.effective_status not in ("ACTIVE", "WITH_ISSUES") or currency not in OFFSETS:
        return None, True
    active = [each for each in adsets if each.effective_status in ("ACTIVE", "WITH_ISSUES")]
    holders: Sequence[Campaign | AdSet] = [campaign] if _has_budget(campaign) else [*filter(_has_budget, active)]
    if lifetime := [each for each in holders if each.lifetime_budget]:
        parts = [part for each in lifetime if (part := _lifetime(each, now, currency))]
        return together(parts), False
    budget = sum(each.daily_budget or 0 for each in holders)
    start = max(week[0], campaign.start_time or week[0])
    end = min(week[1], campaign.stop_time or week[1])
    if not budget or start >= end:
        return None, True
    daily = Money.from_minor(budget, currency).amount
    return pacing(spent or 0, daily, start.astimezone(week[0].tzinfo), end, week[1], kind="daily"), True


def _has_budget(node: Campaign | AdSet) -> bool:
    return bool(node.daily_budget or node.lifetime_budget)


def _lifetime(node: Campaign | AdSet, now: datetime, currency: str) -> Pacing | None:
    end = node.stop_time if isinstance(node, Campaign) else node.end_time
    begin = node.start_time
    if not (begin and end and begin < end and node.lifetime_budget) or node.budget_remaining is None:
        return None
    spent = Money.from_minor(node.lifetime_budget - node.budget_remaining, currency).amount
    return pacing(spent, Money.from_minor(node.lifetime_budget, currency).amount, begin, end, now)
