"""Time that passes: ads deliver, and conversions of the days before come in late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from admonster_fb.sandbox import times
from admonster_fb.sandbox.insights import late
from admonster_fb.sandbox.insights.delivery import DAY, Ledger, deliver
from admonster_fb.sandbox.store import Node, Store

SETTLED = "settled"


def advance(store: Store, days: float) -> None:
    """Accrue delivery for the next `days` days: the rest of today, whole days, and today's hour of the last one.

    The clock must still stand where the days begin. With each day that begins late conversions come in.
    """
    now = store.clock()
    for account in store.of_kind("AdAccount"):
        begin, end = _local(account, now), _local(account, now + days * DAY)
        ledger = Ledger(store)
        for day, since, until in _days(begin, end):
            if not since:
                late.settle(store, account, day)
            deliver(store, account, day, until - since, ledger)


def settle(store: Store) -> int:
    """Let a day's late conversions come in though no time passes, others each time; return how many."""
    return sum(_settle(store, account) for account in store.of_kind("AdAccount"))


def _settle(store: Store, account: Node) -> int:
    account.hidden[SETTLED] = account.hidden.get(SETTLED, 0) + 1
    return late.settle(store, account, _local(account, store.clock()).date(), str(account.hidden[SETTLED]))


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
