"""Figures that grow with time: ads deliver, and conversions of the 28 days before come in late."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from admonster_fb.sandbox import times
from admonster_fb.sandbox.insights.delivery import DAY, UNIT, Ledger, deliver, delivery_of
from admonster_fb.sandbox.insights.rates import ORDER, PARENT
from admonster_fb.sandbox.store import Node, Store

SETTLED = "settled"
# The days for which figures change (`docs/meta-rules.md`, Insights), and the share of conversions that is a day late.
DAYS = 28
NEXT_DAY = 0.08
# What comes late, each after what it comes from and never exceeds: who buys has started a checkout before.
LATE = ("view_content", "add_to_cart", "initiate_checkout", "purchase", "lead", "app_install")


def _settle_account(store: Store, account: Node, today: date, salt: str = "") -> int:
    """Add the late conversions of `today` to the 28 days before it; return their number.

    They follow from the day and the salt.
    """
    unit = int(account.data.get("min_daily_budget") or UNIT)
    return sum(_settle_ad(ad, today, salt, unit) for ad in store.children(account.id, "Ad"))


def _settle_ad(ad: Node, today: date, salt: str, unit: int) -> int:
    delivered, count = delivery_of(ad), 0
    for ago in range(1, DAYS + 1):
        day = (today - timedelta(days=ago)).isoformat()
        figures = delivered.get(day, {})
        for figure in LATE:
            if had := figures.get(figure, 0):
                dice = random.Random(f"{ad.id} {today} {day} {figure} {salt}")  # noqa: S311 - reproducible on purpose
                room = figures.get(PARENT[figure], 0) - had
                count += _come(figures, figure, min(room, _late(dice, had * NEXT_DAY / ago)), dice, unit)
    return count


def _come(figures: dict[str, int], figure: str, late: int, dice: random.Random, unit: int) -> int:
    if late > 0:
        figures[figure] += late
        if figure == "purchase":
            worth = round(late * unit * ORDER * dice.uniform(0.75, 1.3))
            figures["purchase_value"] = figures.get("purchase_value", 0) + worth
    return max(0, late)


def _late(dice: random.Random, amount: float) -> int:
    return int(amount) + (dice.random() < amount % 1)


def advance(store: Store, days: float) -> None:
    """Accrue delivery for the next `days` days: the rest of today, whole days, and today's hour of the last one.

    Call it before the clock is advanced. Each new day adds late conversions.
    """
    now = store.clock()
    for account in store.of_kind("AdAccount"):
        begin, end = _local(account, now), _local(account, now + days * DAY)
        ledger = Ledger(store)
        for day, since, until in _days(begin, end):
            if not since:
                _settle_account(store, account, day)
            deliver(store, account, day, until - since, ledger)


def settle(store: Store) -> int:
    """Add one day's late conversions without advancing the clock, others each time; return their number."""
    return sum(_settle_now(store, account) for account in store.of_kind("AdAccount"))


def _settle_now(store: Store, account: Node) -> int:
    account.hidden[SETTLED] = account.hidden.get(SETTLED, 0) + 1
    return _settle_account(store, account, _local(account, store.clock()).date(), str(account.hidden[SETTLED]))


def _local(account: Node, moment: datetime) -> datetime:
    return moment.astimezone(times.zone(str(account.data.get("timezone_name", "UTC"))))


def _days(begin: datetime, end: datetime) -> Iterator[tuple[date, float, float]]:
    """Yield each day with the share of it that is over where the span begins, and where it ends."""
    day = begin.date()
    while day <= end.date():
        since = _elapsed(begin) if day == begin.date() else 0.0
        until = _elapsed(end) if day == end.date() else 1.0
        if until > since:
            yield day, since, until
        day += timedelta(days=1)


def _elapsed(moment: datetime) -> float:
    return (moment.hour * 3600 + moment.minute * 60 + moment.second) / DAY.total_seconds()
