"""What of a week a person should look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from admonster_fb.analysis import formatting as wording
from admonster_fb.analysis.anomalies import anomalies
from admonster_fb.analysis.fatigue import fatigue
from admonster_fb.analysis.weekly.model import CampaignWeek, Notice
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.money import Money, MoneyError

NEAR = Decimal("0.9")
"""The share of an account's spending limit from which on it is near."""
ODD = Decimal("0.25")
"""How far off its usual a day must be to be told of."""
_WATCHED = (("spend", "Spend"), ("ctr", "CTR"))


def spending_limit(account: AdAccount) -> Iterator[Notice]:
    """Tell if the account's spending limit is near, or reached."""
    cap, spent = account.spend_cap or 0, account.amount_spent or 0
    if not cap or spent < cap * NEAR:
        return
    try:
        left = Money.from_minor(max(cap - spent, 0), account.currency or "")
        limit = Money.from_minor(cap, account.currency or "")
    except MoneyError:
        return
    told = f"Spending limit of {limit} nearly used up: {left} left" if left else f"Spending limit of {limit} reached"
    yield Notice(f"{told}; no ads run beyond it.")


def odd_days(days: Sequence[InsightsRow], since: date, currency: str) -> Iterator[Notice]:
    """Tell of days this week that stand out from both weeks."""
    for field, label in _WATCHED:
        for each in anomalies(days, field, least_change=ODD):
            if each.day >= since.isoformat():
                value, usual = (
                    wording.money(amount, currency) if field == "spend" else f"{amount:.2f} %"
                    for amount in (each.value, each.usual)
                )
                yield Notice(f"{label} on {each.day} was {value}; usual is {usual}.")


def tired(weeks: Sequence[InsightsRow]) -> Iterator[Notice]:
    """Tell of campaigns that people see more often and click less."""
    for each in fatigue(weeks):
        yield Notice(f"Fatigue: {each}.", each.object_id, each.name)


def without_results(weeks: Sequence[CampaignWeek], currency: str) -> Iterator[Notice]:
    """Tell of campaigns that spend without a result."""
    for each in weeks:
        spend = each.figures["spend"].after
        if spend and each.kind and not each.figures["results"].after:
            told = f"Spent {wording.money(spend, currency)} without {wording.results(each.kind)}."
            yield Notice(told, each.id, each.name)


def off_budget(weeks: Sequence[CampaignWeek]) -> Iterator[Notice]:
    """Tell of campaigns that spend more or less than planned: one by name, several by their number."""
    for verdict, furthest in (("over", max), ("under", min)):
        found = [(each.pacing.percent, each) for each in weeks if each.pacing and each.pacing.verdict == verdict]
        known = [(percent, each) for percent, each in found if percent is not None]
        if not known:
            continue
        percent, each = furthest(known, key=lambda pair: pair[0])
        of = "its daily budgets" if each.daily else "its lifetime budget by now"
        told = f"{verdict.capitalize()} budget: {percent:.0f} % of what {of} would take."
        more = f" So are {len(known) - 1:,} more campaigns." if len(known) > 1 else ""
        yield Notice(f"{told}{more}", each.id, each.name)
