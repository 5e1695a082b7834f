"""Late conversions: for 28 days after an ad was shown people still buy because of it, and old days' figures grow."""

from __future__ import annotations

import random
from datetime import date, timedelta

from admonster_fb.sandbox.insights.delivery import UNIT, delivery_of
from admonster_fb.sandbox.insights.rates import ORDER, PARENT
from admonster_fb.sandbox.store import Node, Store

# How long figures move (facts, section 1.5), and how many of a day's conversions come on the day after; then fewer.
DAYS = 28
NEXT_DAY = 0.08
# What comes late, each after what it comes from and never exceeds: who buys has started a checkout before.
LATE = ("view_content", "add_to_cart", "initiate_checkout", "purchase", "lead", "app_install")


def settle(store: Store, account: Node, today: date, salt: str = "") -> int:
    """Let conversions of `today` come in late for the 28 days before it; return how many.

    They follow from the day and the salt.
    """
    unit = int(account.data.get("min_daily_budget") or UNIT)
    return sum(_settle(ad, today, salt, unit) for ad in store.children(account.id, "Ad"))


def _settle(ad: Node, today: date, salt: str, unit: int) -> int:
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
