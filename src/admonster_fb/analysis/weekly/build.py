"""One account's week from what was read: rows, campaigns, ad sets, history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from admonster_fb.analysis.change import Change
from admonster_fb.analysis.explain import explain
from admonster_fb.analysis.figures import Aim, figure, one_currency
from admonster_fb.analysis.pacing import together
from admonster_fb.analysis.weekly import warnings as notices
from admonster_fb.analysis.weekly.budgets import midnight, paced
from admonster_fb.analysis.weekly.change_history import edits
from admonster_fb.analysis.weekly.model import (
    FIGURES,
    AccountWeek,
    CampaignWeek,
    DayFigures,
    Notice,
    ResultsWeek,
)
from admonster_fb.analysis.weekly.ranking import ranking
from admonster_fb.models.activity import Activity
from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.models.insights.fields import describe
from admonster_fb.models.insights.row import InsightsRow

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
Rows = list[InsightsRow]


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of an account: rows per campaign and day of 14 days, and per campaign and week."""

    account: AdAccount
    since: date
    until: date
    now: datetime
    days: Sequence[InsightsRow] = ()
    weeks: Sequence[InsightsRow] = ()
    campaigns: Sequence[Campaign] = ()
    adsets: Sequence[AdSet] = ()
    activities: Iterable[Activity] = ()
    said: Sequence[Notice] = ()
    """Warnings that come from elsewhere, the first to be told."""

    @property
    def currency(self) -> str:
        """The account's currency; two in its rows are an error."""
        return self.account.currency or one_currency(self.days)


def week_of(read: Read) -> AccountWeek:
    """Tell an account's week: totals, campaigns, days, best and worst, pacing, edits and warnings.

    Counts and amounts are sums of the daily rows, exactly; ratios are worked out from the sums. Frequency, and results
    that are people, come from the rows per week, since people are never added up.

    >>> week = week_of(Read(AdAccount(id="act_1", currency="USD"), date(2026, 10, 25), date(2026, 10, 31),
    ...     datetime(2026, 11, 1), days=[InsightsRow(campaign_id="7", date_start="2026-10-30", spend="2.50")]))
    >>> week.spend, [campaign.id for campaign in week.campaigns]
    (Decimal('2.50'), ['7'])
    """
    one_currency([*read.days, *read.weeks])
    old, new = _halves(read.days, read.since)
    made = [*edits(read.activities, read.currency, read.account.timezone_name or "UTC")]
    campaigns = (*_campaigns(read, {each.object_id for each in made if each.of_budget}),)
    results = (*_results(old, new),)
    kind = results[0].kind if results else ""
    main_old, main_new = _of_kind(old, kind), _of_kind(new, kind)
    return AccountWeek(
        read.account.id,
        read.account.name or "",
        read.currency,
        read.account.timezone_name or "",
        read.since,
        read.until,
        {name: Change(figure(old, name), figure(new, name)) for name in FIGURES},
        results,
        campaigns,
        (*_days(old, new, read.since, kind),),
        ranking([each for each in campaigns if each.figures["spend"].after]),
        explain(main_old, main_new) if kind and main_old and main_new else None,
        together(each.pacing for each in campaigns if each.pacing and each.daily),
        tuple(each for each in made if each.when is None or each.when.date() <= read.until),
        (
            *read.said,
            *notices.spending_limit(read.account),
            *notices.without_results(campaigns, read.currency),
            *notices.tired(read.weeks),
            *notices.odd_days(read.days, read.since, read.currency),
            *notices.off_budget(campaigns),
        ),
    )


def _halves(rows: Iterable[InsightsRow], since: date) -> tuple[Rows, Rows]:
    old: Rows = []
    new: Rows = []
    for row in rows:
        (new if (row.date_start or "") >= since.isoformat() else old).append(row)
    return old, new


def _by_campaign(rows: Iterable[InsightsRow]) -> Mapping[str, Rows]:
    found: dict[str, Rows] = defaultdict(list)
    for row in rows:
        found[row.campaign_id or ""].append(row)
    return found


def _campaigns(read: Read, scaled: set[str]) -> Iterator[CampaignWeek]:
    """Yield the campaigns, dearest first. Where a budget was changed, that of now says nothing of the week."""
    nodes = {each.id: each for each in read.campaigns}
    adsets: dict[str, list[AdSet]] = defaultdict(list)
    for adset in read.adsets:
        adsets[adset.campaign_id or ""].append(adset)
    weeks = _by_campaign(read.weeks)
    zone = read.account.timezone_name or "UTC"
    span = midnight(read.since, zone), midnight(read.until + DAY, zone)
    made = []
    for campaign_id, rows in _by_campaign(read.days).items():
        week = _campaign(campaign_id, rows, weeks.get(campaign_id, []), read.since, nodes.get(campaign_id))
        node = None if scaled & {campaign_id, *(each.id for each in adsets[campaign_id])} else nodes.get(campaign_id)
        told, daily = paced(node, adsets[campaign_id], week.figures["spend"].after, span, read.now, read.currency)
        made.append(replace(week, pacing=told, daily=daily))
    yield from sorted(made, key=_dearest)


def _dearest(week: CampaignWeek) -> tuple[Decimal, Decimal, str]:
    spend = week.figures["spend"]
    return -Decimal(spend.after or 0), -Decimal(spend.before or 0), week.id


def _campaign(campaign_id: str, days: Rows, weeks: Rows, since: date, node: Campaign | None) -> CampaignWeek:
    old, new = _halves(days, since)
    before, after = _halves(weeks, since)
    kind = Aim().kind(days[-1])
    people = bool(kind and describe(kind).why_not)
    changes = {name: Change(figure(old, name), figure(new, name)) for name in FIGURES}
    for name in ("results", "cost_per_result"):
        changes[name] = Change(*(figure(rows, name) for rows in ((before, after) if people else (old, new))))
    changes["frequency"] = Change(*(rows[0].frequency if len(rows) == 1 else None for rows in (before, after)))
    name = (node.name if node else None) or days[-1].campaign_name or ""
    return CampaignWeek(campaign_id, name, (node.effective_status if node else None) or "", kind, changes)


def _of_kind(rows: Iterable[InsightsRow], kind: str) -> Rows:
    return [row for row in rows if Aim().kind(row) == kind]


def _results(old: Rows, new: Rows) -> Iterator[ResultsWeek]:
    """Yield results by kind, the one on which most was spent first."""
    made = []
    for kind in dict.fromkeys(kind for row in (*new, *old) if (kind := Aim().kind(row))):
        sides = _of_kind(old, kind), _of_kind(new, kind)
        count, cost, spend = (
            Change(*(figure(rows, name) for rows in sides)) for name in ("results", "cost_per_result", "spend")
        )
        if not describe(kind).why_not:
            made.append(ResultsWeek(kind, count, cost, spend))
    yield from sorted(made, key=lambda each: (-(each.spend.after or 0), -(each.spend.before or 0)))


def _days(old: Rows, new: Rows, since: date, kind: str) -> Iterator[DayFigures]:
    by_day: dict[str, Rows] = defaultdict(list)
    for row in (*old, *new):
        by_day[row.date_start or ""].append(row)
    for number in range(7):
        day = since + number * DAY
        sides = [by_day.get(each.isoformat(), []) for each in (day - WEEK, day)]
        spend = Change(*(figure(rows, "spend") for rows in sides))
        yield DayFigures(day, spend, Change(*(figure(_of_kind(rows, kind), "results") for rows in sides)))
