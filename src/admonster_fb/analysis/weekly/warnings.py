"""Warnings of a weekly report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from admonster_fb.analysis import formatting
from admonster_fb.analysis.anomalies import anomalies
from admonster_fb.analysis.fatigue import fatigue
from admonster_fb.analysis.weekly.model import CampaignWeek, Notice
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.money import Money, MoneyError

LIMIT_WARNING = Decimal("0.9")
"""Share of the account's spending limit from which on it is reported."""
MIN_CHANGE = Decimal("0.25")
"""Minimum distance of an anomalous day from the median, as a share of the median."""
_WATCHED = (("spend", "Spend"), ("ctr", "CTR"))


def spending_limit(account: AdAccount) -> Iterator[Notice]:
    """Warn if the account's spending limit is nearly used up, or reached."""
    cap, spent = account.spend_cap or 0, account.amount_spent or 0
    if not (isinstance(cap, int) and isinstance(spent, int)) or not cap or spent < cap * LIMIT_WARNING:
        return
    try:
        left = Money.from_minor(max(cap - spent, 0), account.currency or "")
        limit = Money.from_minor(cap, account.currency or "")
    except MoneyError:
        return
    state = f"Spending limit of {limit} nearly used up: {left} left" if left else f"Spending limit of {limit} reached"
    yield Notice(f"{state}; no ads run beyond it.")


def anomalous_days(days: Sequence[InsightsRow], since: date, currency: str) -> Iterator[Notice]:
    """Warn of days of this week that stand out from both weeks."""
    for field, label in _WATCHED:
        for anomaly in anomalies(days, field, least_change=MIN_CHANGE):
            if anomaly.day >= since.isoformat():
                value, usual = (
                    formatting.money(amount, currency) if field == "spend" else f"{amount:.2f} %"
                    for amount in (anomaly.value, anomaly.usual)
                )
                yield Notice(f"{label} on {anomaly.day} was {value}; usual is {usual}.")


def ad_fatigue(weeks: Sequence[InsightsRow]) -> Iterator[Notice]:
    """Warn of campaigns that people see more often and click less."""
    for found in fatigue(weeks):
        yield Notice(f"Fatigue: {found}.", found.object_id, found.name)


def without_results(weeks: Sequence[CampaignWeek], currency: str) -> Iterator[Notice]:
    """Warn of campaigns that spend without a result."""
    for week in weeks:
        spend = week.figures["spend"].after
        if spend and week.kind and not week.figures["results"].after:
            text = f"Spent {formatting.money(spend, currency)} without {formatting.results(week.kind)}."
            yield Notice(text, week.id, week.name)


def off_budget(weeks: Sequence[CampaignWeek]) -> Iterator[Notice]:
    """Warn of campaigns that spend more or less than planned: the furthest by name, the others by their number."""
    for verdict, furthest in (("over", max), ("under", min)):
        off = [
            (week.pacing.percent, week)
            for week in weeks
            if week.pacing and week.pacing.verdict == verdict and week.pacing.percent is not None
        ]
        if not off:
            continue
        percent, week = furthest(off, key=lambda pair: pair[0])
        budget = "its daily budgets" if week.daily else "its lifetime budget so far"
        more = f" {len(off) - 1:,} more campaigns are {verdict} budget." if len(off) > 1 else ""
        text = f"{verdict.capitalize()} budget: {percent:.0f} % of {budget}.{more}"
        yield Notice(text, week.id, week.name)
