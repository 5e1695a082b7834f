"""Delivery: what active ads spend and bring, day by day, within their budgets; conversions come in late.

It lies in `ad.hidden["delivery"]`: day in the account's time zone (ISO) → figure → integer, money in minor units. Each
figure follows from the one above it. All numbers are invented.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

from admonster_fb.sandbox import times
from admonster_fb.sandbox.status import DISAPPROVAL, is_held
from admonster_fb.sandbox.store import Node, Store

_RATES = json.loads(resources.files(__package__).joinpath("rates.json").read_bytes())
# Figure, the figure it comes from, and how many of the one make one of the other. In this order they can be worked
# out, and split: a part of a figure never exceeds its part of the figure above.
STEPS: list[tuple[str, str, float]] = _RATES["steps"]
PARENT: dict[str, str] = {"spend": "impressions", "purchase_value": "purchase"} | {
    figure: above for figure, above, _ in STEPS
}
# People, not events: they do not add up over days and ads.
UNIQUE = ("reach", "unique_clicks", "unique_inline_link_clicks")
FIGURES = ("impressions", "spend", *(figure for figure, _, _ in STEPS), "purchase_value")

# What is different under an objective or a goal, by figure.
OF_OBJECTIVE: dict[str, dict[str, float]] = _RATES["of_objective"]
OF_GOAL: dict[str, dict[str, float]] = _RATES["of_goal"]
VIDEO = {"video_play": 0.9}
# In units of the currency's smallest daily budget, about a dollar: a thousand impressions, and an order.
CPM, ORDER = 8.5, 34.0


@lru_cache(maxsize=16_384)
def draw(low: float, high: float, *salt: object) -> float:
    """Return a random number that follows from the salt: what one ad does changes nothing for another."""
    return dice_of(*salt).uniform(low, high)


def dice_of(*salt: object) -> random.Random:
    """Return a random stream that follows from the salt. Ids are part of it, and they follow from the seed."""
    return random.Random(" ".join(map(str, salt)))  # noqa: S311 - reproducible on purpose


@lru_cache(maxsize=16_384)
def perform(salt: str, spend: int, unit: int, objective: str, goal: str, has_video: bool) -> dict[str, int]:
    """Return what `spend` (in minor units) brings, without zeros. The result is cached: do not change it.

    `unit` is about a dollar's worth of minor units.
    """
    dice, rates = dice_of(salt), rates_of(objective, goal, has_video)
    figures = {"spend": spend, "impressions": max(1, round(spend * 1000 / (unit * CPM * dice.uniform(0.8, 1.25))))}
    for figure, above, rate in STEPS:
        share = rates.get(figure, rate) * dice.uniform(0.8, 1.2)
        figures[figure] = min(figures[above], round_by_chance(dice, figures[above] * share))
    # An ad that was shown reached at least one person.
    figures["reach"] = max(1, figures["reach"])
    figures["purchase_value"] = round(figures["purchase"] * unit * ORDER * dice.uniform(0.75, 1.3))
    return {figure: amount for figure, amount in figures.items() if amount}


def rates_of(objective: str, goal: str, has_video: bool) -> dict[str, float]:
    """Return the rates of an ad that differ from the usual ones."""
    video = VIDEO if has_video or goal == "THRUPLAY" else {}
    return {**OF_OBJECTIVE.get(objective, {}), **OF_GOAL.get(goal, {}), **video}


def round_by_chance(dice: random.Random, amount: float) -> int:
    """Round up as often as the fraction says, so that rare things happen now and then."""
    return int(amount) + (dice.random() < amount % 1)


DELIVERY = "delivery"
# How much of a day's budget is spent.
PACE = (0.9, 1.0)
DAY = timedelta(days=1)
# The smallest daily budget, in minor units, of accounts without one.
UNIT = 100


def ads_under(store: Store, node: Node) -> Iterator[Node]:
    """Yield the ads of an account, campaign or ad set; of an ad, itself."""
    return iter((node,)) if node.kind == "Ad" else store.children(node.id, "Ad")


def spent_total(store: Store, node: Node) -> int:
    """Return what a node ever spent, in minor units."""
    return sum(figures.get("spend", 0) for ad in ads_under(store, node) for figures in delivery_of(ad).values())


def spent_on(store: Store, node: Node, moment: datetime, zone_name: str) -> int:
    """Return what a node spent on the day of `moment`, in minor units."""
    return _spent_on(store, node, moment.astimezone(times.zone(zone_name)).date())


def _spent_on(store: Store, node: Node, day: date) -> int:
    return sum(delivery_of(ad).get(day.isoformat(), {}).get("spend", 0) for ad in ads_under(store, node))


def delivery_of(ad: Node) -> dict[str, dict[str, int]]:
    """Return an ad's figures by day."""
    found: dict[str, dict[str, int]] = ad.hidden.get(DELIVERY, {})
    return found


class Ledger:
    """The spend so far by node, updated while days are delivered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._spent: dict[str, int] = {}

    def spent(self, node: Node) -> int:
        """Return what a node spent so far."""
        if node.id not in self._spent:
            self._spent[node.id] = spent_total(self._store, node)
        return self._spent[node.id]

    def add(self, amount: int, *nodes: Node) -> None:
        """Add an amount to the spend of each node, before it is written to the ad."""
        for node in nodes:
            self._spent[node.id] = self.spent(node) + amount


def deliver(store: Store, account: Node, day: date, share: float, ledger: Ledger) -> None:
    """Deliver a share of a day (0 to 1) by the active ads of an account."""
    # Nothing delivers without a way to pay; in the grace period (9) ads still do.
    if account.data.get("account_status", 1) not in (1, 9) or not account.data.get("funding_source"):
        return
    if is_held(account):
        return
    for campaign in store.children(account.id, "Campaign"):
        if not _is_on(campaign):
            continue
        running = {
            adset.id: [ad for ad in store.children(adset.id, "Ad") if _is_on(ad)]
            for adset in _running(store, account, campaign, day)
        }
        adsets = [store.nodes[adset_id] for adset_id, ads in running.items() if ads]
        for adset, amount in _amounts(campaign, adsets, account, day, share, ledger):
            for ad, part in _split(amount, running[adset.id], day):
                room = _room(store, (account, campaign, adset), day, ledger)
                record(store, (account, campaign, adset, ad), day, min(part, room), ledger)


def _running(store: Store, account: Node, campaign: Node, day: date) -> Iterator[Node]:
    zone_name = str(account.data.get("timezone_name", "UTC"))
    for adset in store.children(campaign.id, "AdSet"):
        begin, end = _date(adset.data.get("start_time"), zone_name), _last_day(adset, zone_name)
        if _is_on(adset) and (begin or day) <= day <= (end or day):
            yield adset


def _is_on(node: Node) -> bool:
    return node.data.get("status") == "ACTIVE" and not node.hidden.get(DISAPPROVAL) and not is_held(node)


def _amounts(
    campaign: Node, adsets: list[Node], account: Node, day: date, share: float, ledger: Ledger
) -> Iterator[tuple[Node, int]]:
    """Yield what each ad set may spend: of its own budget, or its part of the campaign's."""
    zone_name = str(account.data.get("timezone_name", "UTC"))
    pool = _budget(campaign, day, share, zone_name, ledger)
    if pool is not None:
        yield from _split(pool, adsets, day)
        return
    for adset in adsets:
        own = _budget(adset, day, share, zone_name, ledger)
        if own:
            yield adset, own


def _budget(node: Node, day: date, share: float, zone_name: str, ledger: Ledger) -> int | None:
    """Return what a share of a day's budget comes to; None for a node without a budget."""
    daily, lifetime = (int(node.data.get(name) or 0) for name in ("daily_budget", "lifetime_budget"))
    if not daily and not lifetime:
        return None
    pace = draw(*PACE, node.id, day)
    if daily:
        return int(daily * share * pace)
    left = max(0, lifetime - ledger.spent(node))
    last = _last_day(node, zone_name)
    days = (last - day).days + 1 if last else 30
    return int(left / max(1, days) * share * pace)


def _room(store: Store, path: tuple[Node, Node, Node], day: date, ledger: Ledger) -> int:
    account, campaign, adset = path
    limits: tuple[tuple[Node, str, Callable[[], int]], ...] = (
        # The account's limit counts from when it was set.
        (account, "spend_cap", lambda: ledger.spent(account) - int(account.hidden.get("spent_before_reset", 0))),
        (campaign, "spend_cap", lambda: ledger.spent(campaign)),
        (adset, "daily_spend_cap", lambda: _spent_on(store, adset, day)),
        (adset, "lifetime_spend_cap", lambda: ledger.spent(adset)),
    )
    rooms = [cap - spent() for node, name, spent in limits if (cap := int(node.data.get(name) or 0))]
    return max(0, min(rooms, default=10**15))


def _split(amount: int, nodes: list[Node], day: date) -> Iterator[tuple[Node, int]]:
    """Yield unequal parts of an amount: each ad has a fixed weight, which varies a little by day."""
    weights = [draw(0.5, 1.5, node.id) * draw(0.9, 1.1, node.id, day) for node in nodes]
    total, assigned, seen = sum(weights), 0, 0.0
    for node, weight in zip(nodes, weights, strict=True):
        seen += weight
        upto = amount if node is nodes[-1] else int(amount * seen / total)
        yield node, upto - assigned
        assigned = upto


def record(store: Store, path: tuple[Node, Node, Node, Node], day: date, spend: int, ledger: Ledger) -> None:
    """Write what an ad spends on a day, and what that brings; `path` leads to it from the account."""
    account, campaign, adset, ad = path
    if spend <= 0:
        return
    creative = store.get(str((ad.data.get("creative") or {}).get("id")))
    objective, goal = str(campaign.data.get("objective")), str(adset.data.get("optimization_goal"))
    has_video = bool(creative and (creative.data.get("object_story_spec") or {}).get("video_data"))
    unit = int(account.data.get("min_daily_budget") or UNIT)
    ledger.add(spend, account, campaign, adset)
    days: dict[str, dict[str, int]] = ad.hidden.setdefault(DELIVERY, {})
    figures = days.setdefault(day.isoformat(), {})
    for figure, count in perform(f"{ad.id} {day} {len(figures)}", spend, unit, objective, goal, has_video).items():
        figures[figure] = figures.get(figure, 0) + count


def _last_day(node: Node, zone_name: str) -> date | None:
    """Return the last day something of a node's schedule lies in: an end at midnight ends the day before."""
    return _date(node.data.get("end_time") or node.data.get("stop_time"), zone_name, timedelta(seconds=1))


@lru_cache(maxsize=4_096)
def _date(value: Any, zone_name: str, before: timedelta = timedelta()) -> date | None:
    if value in (None, "", 0, "0"):
        return None
    return (times.parse(value, zone_name) - before).astimezone(times.zone(zone_name)).date()


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
                dice = dice_of(ad.id, today, day, figure, salt)
                room = figures.get(PARENT[figure], 0) - had
                count += _come(figures, figure, min(room, round_by_chance(dice, had * NEXT_DAY / ago)), dice, unit)
    return count


def _come(figures: dict[str, int], figure: str, late: int, dice: random.Random, unit: int) -> int:
    if late > 0:
        figures[figure] += late
        if figure == "purchase":
            worth = round(late * unit * ORDER * dice.uniform(0.75, 1.3))
            figures["purchase_value"] = figures.get("purchase_value", 0) + worth
    return max(0, late)


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
    count = 0
    for account in store.of_kind("AdAccount"):
        account.hidden[SETTLED] = account.hidden.get(SETTLED, 0) + 1
        today = _local(account, store.clock()).date()
        count += _settle_account(store, account, today, str(account.hidden[SETTLED]))
    return count


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
