"""Building the week of one account from its rows, campaigns, ad sets and change history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from admonster_fb.analysis.change import Change
from admonster_fb.analysis.explain import explain
from admonster_fb.analysis.figures import ResultDefinition, counts_people, figure, grouped, one_currency
from admonster_fb.analysis.pacing import sum_pacing
from admonster_fb.analysis.weekly import warnings
from admonster_fb.analysis.weekly.budgets import campaign_pacing, midnight
from admonster_fb.analysis.weekly.change_history import parse_edits
from admonster_fb.analysis.weekly.model import FIGURES, AccountWeek, CampaignWeek, DayFigures, Notice, ResultsWeek
from admonster_fb.analysis.weekly.ranking import rank_campaigns
from admonster_fb.models.adaccount import Activity, AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.models.insights.row import InsightsRow

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
Rows = list[InsightsRow]


@dataclass(frozen=True, slots=True)
class AccountData:
    """What was read of an account: rows per campaign and day of 14 days, and rows per campaign and week."""

    account: AdAccount
    since: date
    until: date
    now: datetime
    days: Sequence[InsightsRow] = ()
    weeks: Sequence[InsightsRow] = ()
    campaigns: Sequence[Campaign] = ()
    adsets: Sequence[AdSet] = ()
    activities: Iterable[Activity] = ()
    notices: Sequence[Notice] = ()
    """Warnings from other sources; they come first."""
    totals: Sequence[InsightsRow] = ()
    """Rows of the account and day; without them, those of the campaigns are added up."""

    @property
    def currency(self) -> str:
        """The account's currency; rows in two currencies are an error."""
        return self.account.currency or one_currency(self.days)


def build_account_week(data: AccountData) -> AccountWeek:
    """Return an account's week: totals, campaigns, days, best and worst, pacing, edits and warnings.

    Counts and amounts are exact sums of the account's daily rows; ratios are computed from the sums. Frequency, and
    results that count people, come from the weekly rows, since people are never added up.

    >>> row = InsightsRow(campaign_id="7", date_start="2026-10-30", spend="2.50")
    >>> account, days = AdAccount(id="act_1", currency="USD"), (date(2026, 10, 25), date(2026, 10, 31))
    >>> week = build_account_week(AccountData(account, *days, datetime(2026, 11, 1), days=[row]))
    >>> week.spend, [campaign.id for campaign in week.campaigns]
    (Decimal('2.50'), ['7'])
    """
    one_currency([*data.days, *data.weeks, *data.totals])
    old, new = _halves(data.days, data.since)
    totals = data.totals or data.days
    whole = _halves(totals, data.since)
    edits = [*parse_edits(data.activities, data.currency, data.account.timezone_name or "UTC")]
    campaigns = _campaigns(data, {edit.object_id for edit in edits if edit.of_budget})
    results = (*_results(old, new),)
    kind = results[0].kind if results else ""
    main_old, main_new = _of_kind(old, kind), _of_kind(new, kind)
    return AccountWeek(
        data.account.id,
        data.account.name or "",
        data.currency,
        data.account.timezone_name or "",
        data.since,
        data.until,
        {name: Change(*(figure(rows, name) for rows in whole)) for name in FIGURES},
        results,
        campaigns,
        (*_days(totals, [*main_old, *main_new], data.since),),
        rank_campaigns([week for week in campaigns if week.figures["spend"].after]),
        explain(main_old, main_new) if kind and main_old and main_new else None,
        sum_pacing(week.pacing for week in campaigns if week.pacing and week.daily),
        tuple(edit for edit in edits if edit.when is None or edit.when.date() <= data.until),
        (*_warnings(data, campaigns),),
        _gone(whole, (old, new)),
    )


def _warnings(data: AccountData, campaigns: Sequence[CampaignWeek]) -> Iterator[Notice]:
    yield from data.notices
    yield from warnings.spending_limit(data.account)
    yield from warnings.without_results(campaigns, data.currency)
    yield from warnings.ad_fatigue(data.weeks)
    yield from warnings.anomalous_days(data.totals or data.days, data.since, data.currency)
    yield from warnings.off_budget(campaigns)


def _gone(whole: Sequence[Rows], listed: Sequence[Rows]) -> Change:
    """Return the spend of the account that no campaign has; `None` where there is none."""
    spends = [[figure(rows, "spend") or 0 for rows in (total, part)] for total, part in zip(whole, listed, strict=True)]
    return Change(*(total - part or None for total, part in spends))


def _halves(rows: Iterable[InsightsRow], since: date) -> tuple[Rows, Rows]:
    halves = grouped(rows, lambda row: (row.date_start or "") >= since.isoformat())
    return halves.get(False, []), halves.get(True, [])


def _by_campaign(rows: Iterable[InsightsRow]) -> Mapping[str, Rows]:
    return grouped(rows, lambda row: row.campaign_id or "")


def _campaigns(data: AccountData, scaled: set[str]) -> tuple[CampaignWeek, ...]:
    """Return the campaigns by spend. One whose budget was changed has no pacing: the week had another budget."""
    nodes = {campaign.id: campaign for campaign in data.campaigns}
    adsets = grouped(data.adsets, lambda adset: adset.campaign_id or "")
    weeks = _by_campaign(data.weeks)
    zone = data.account.timezone_name or "UTC"
    span = midnight(data.since, zone), midnight(data.until + DAY, zone)
    found = []
    for campaign_id, rows in _by_campaign(data.days).items():
        week = _campaign(campaign_id, rows, weeks.get(campaign_id, []), data.since, nodes.get(campaign_id))
        own = adsets.get(campaign_id, [])
        node = None if scaled & {campaign_id, *(adset.id for adset in own)} else nodes.get(campaign_id)
        pacing, daily = campaign_pacing(node, own, week.figures["spend"].after, span, data.now, data.currency)
        found.append(replace(week, pacing=pacing, daily=daily))
    return tuple(sorted(found, key=_by_spend))


def _by_spend(week: CampaignWeek) -> tuple[Decimal, Decimal, str]:
    spend = week.figures["spend"]
    return -Decimal(spend.after or 0), -Decimal(spend.before or 0), week.id


def _campaign(campaign_id: str, days: Rows, weeks: Rows, since: date, node: Campaign | None) -> CampaignWeek:
    old, new = _halves(days, since)
    before, after = _halves(weeks, since)
    kind = ResultDefinition().kind(days[-1])
    people = counts_people(kind)
    changes = {name: Change(figure(old, name), figure(new, name)) for name in FIGURES}
    for name in ("results", "cost_per_result"):
        changes[name] = Change(*(figure(rows, name) for rows in ((before, after) if people else (old, new))))
    changes["frequency"] = Change(*(rows[0].frequency if len(rows) == 1 else None for rows in (before, after)))
    name = (node.name if node else None) or days[-1].campaign_name or ""
    return CampaignWeek(campaign_id, name, (node.effective_status if node else None) or "", kind, changes)


def _of_kind(rows: Iterable[InsightsRow], kind: str) -> Rows:
    return [row for row in rows if ResultDefinition().kind(row) == kind]


def _results(old: Rows, new: Rows) -> Iterator[ResultsWeek]:
    """Yield results by kind, by spend."""
    found = []
    for kind in dict.fromkeys(kind for row in (*new, *old) if (kind := ResultDefinition().kind(row))):
        sides = _of_kind(old, kind), _of_kind(new, kind)
        count, cost, spend = (
            Change(*(figure(rows, name) for rows in sides)) for name in ("results", "cost_per_result", "spend")
        )
        if not counts_people(kind):
            found.append(ResultsWeek(kind, count, cost, spend))
    yield from sorted(found, key=lambda week: (-(week.spend.after or 0), -(week.spend.before or 0)))


def _days(totals: Iterable[InsightsRow], main: Rows, since: date) -> Iterator[DayFigures]:
    """Yield the account's spend and the main results of each day."""
    by_day: dict[str, tuple[Rows, Rows]] = defaultdict(lambda: ([], []))
    for number, rows in enumerate((totals, main)):
        for row in rows:
            by_day[row.date_start or ""][number].append(row)
    for number in range(7):
        day = since + number * DAY
        sides = [by_day[at.isoformat()] for at in (day - WEEK, day)]
        spend = Change(*(figure(total, "spend") for total, _ in sides))
        yield DayFigures(day, spend, Change(*(figure(rows, "results") for _, rows in sides)))
