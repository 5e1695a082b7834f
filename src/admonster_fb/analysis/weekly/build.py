"""The week of one account, made from its rows, campaigns, ad sets and change history: pacing, ranking and warnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from admonster_fb.analysis import formatting
from admonster_fb.analysis.anomalies import anomalies, fatigue
from admonster_fb.analysis.change import Change, Figure
from admonster_fb.analysis.compare import explain
from admonster_fb.analysis.daily_exposure import spending_limit
from admonster_fb.analysis.figures import ResultDefinition, counts_people, figure, grouped, one_currency
from admonster_fb.analysis.pacing import Pacing, pacing, sum_pacing
from admonster_fb.analysis.weekly import model
from admonster_fb.analysis.weekly.change_history import parse_edits
from admonster_fb.analysis.weekly.model import FIGURES, CampaignWeek, Notice, Ranking
from admonster_fb.models._node import zone_of
from admonster_fb.models.adaccount import Activity, AdAccount
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.money import OFFSETS, Money, MoneyError

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
LIMIT_WARNING = Decimal("0.9")
"""Share of the account's spending limit from which on it is reported."""
MIN_CHANGE = Decimal("0.25")
"""Minimum distance of an anomalous day from the median, as a share of the median."""
_RUNNING = ("ACTIVE", "WITH_ISSUES")
Rows = list[InsightsRow]


def midnight(day: date, zone: str) -> datetime:
    """Return the start of a day in an account's time zone."""
    return datetime.combine(day, time(), zone_of(zone))


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


def build_account_week(data: AccountData) -> model.AccountWeek:
    """Return an account's week: totals, campaigns, days, best and worst, pacing, edits and warnings.

    Counts and amounts are exact sums of the account's daily rows; ratios are computed from the sums. Frequency, and
    results that count people, come from the weekly rows, since people are never added up.
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
    figures = {name: Change(*(figure(rows, name) for rows in whole)) for name in FIGURES}
    spends = [(figures["spend"].before, figure(old, "spend")), (figures["spend"].after, figure(new, "spend"))]
    account = data.account
    return model.AccountWeek(
        *(account.id, account.name or "", data.currency, account.timezone_name or "", data.since, data.until),
        *(figures, results, campaigns, (*_days(totals, [*main_old, *main_new], data.since),)),
        _ranking([week for week in campaigns if week.figures["spend"].after]),
        explain(main_old, main_new) if kind and main_old and main_new else None,
        sum_pacing(week.pacing for week in campaigns if week.pacing and week.daily),
        tuple(edit for edit in edits if edit.when is None or edit.when.date() <= data.until),
        (*_warnings(data, campaigns),),
        Change(*((total or 0) - (listed or 0) or None for total, listed in spends)),
    )


def _halves(rows: Iterable[InsightsRow], since: date) -> tuple[Rows, Rows]:
    halves = grouped(rows, lambda row: (row.date_start or "") >= since.isoformat())
    return halves.get(False, []), halves.get(True, [])


def _campaigns(data: AccountData, scaled: set[str]) -> tuple[CampaignWeek, ...]:
    """Return the campaigns by spend. One whose budget was changed has no pacing: the week had another budget."""
    nodes = {campaign.id: campaign for campaign in data.campaigns}
    adsets = grouped(data.adsets, lambda adset: adset.campaign_id or "")
    days, weeks = (grouped(rows, lambda row: row.campaign_id or "") for rows in (data.days, data.weeks))
    zone = data.account.timezone_name or "UTC"
    span = midnight(data.since, zone), midnight(data.until + DAY, zone)
    found = []
    for campaign_id, rows in days.items():
        node, own = nodes.get(campaign_id), adsets.get(campaign_id, [])
        sides, periods = _halves(rows, data.since), _halves(weeks.get(campaign_id, []), data.since)
        kind = ResultDefinition().kind(rows[-1])
        changes = {name: Change(*(figure(side, name) for side in sides)) for name in FIGURES}
        for name in ("results", "cost_per_result"):
            changes[name] = Change(*(figure(side, name) for side in (periods if counts_people(kind) else sides)))
        changes["frequency"] = Change(*(side[0].frequency if len(side) == 1 else None for side in periods))
        title, status = (node.name, node.effective_status or "") if node else (None, "")
        week = CampaignWeek(campaign_id, title or rows[-1].campaign_name or "", status, kind, changes)
        node = None if scaled & {campaign_id, *(adset.id for adset in own)} else node
        paced, daily = _pacing(data, node, own, week.figures["spend"].after, span)
        found.append(replace(week, pacing=paced, daily=daily))
    spends = {week.id: week.figures["spend"] for week in found}
    found.sort(key=lambda week: (-(spends[week.id].after or 0), -(spends[week.id].before or 0), week.id))
    return (*found,)


def _of_kind(rows: Iterable[InsightsRow], kind: str) -> Rows:
    return [row for row in rows if ResultDefinition().kind(row) == kind]


def _results(old: Rows, new: Rows) -> Iterator[model.ResultsWeek]:
    found = []
    for kind in dict.fromkeys(kind for row in (*new, *old) if (kind := ResultDefinition().kind(row))):
        sides = _of_kind(old, kind), _of_kind(new, kind)
        names = ("results", "cost_per_result", "spend")
        changes = [Change(*(figure(rows, name) for rows in sides)) for name in names]
        found += [] if counts_people(kind) else [model.ResultsWeek(kind, *changes)]
    yield from sorted(found, key=lambda week: (-(week.spend.after or 0), -(week.spend.before or 0)))


def _days(totals: Iterable[InsightsRow], main: Rows, since: date) -> Iterator[model.DayFigures]:
    by_day: dict[str, tuple[Rows, Rows]] = defaultdict(lambda: ([], []))
    for number, rows in enumerate((totals, main)):
        for row in rows:
            by_day[row.date_start or ""][number].append(row)
    for number in range(7):
        day = since + number * DAY
        sides = [by_day[at.isoformat()] for at in (day - WEEK, day)]
        spend = Change(*(figure(total, "spend") for total, _ in sides))
        yield model.DayFigures(day, spend, Change(*(figure(rows, "results") for _, rows in sides)))


def _pacing(
    data: AccountData, campaign: Campaign | None, adsets: Sequence[AdSet], spent: Figure | None,
    week: tuple[datetime, datetime],
) -> tuple[Pacing | None, bool]:  # fmt: skip
    """Return the pacing of an active campaign's budgets, and whether they are daily budgets.

    Current daily budgets are compared with the week's spend, a lifetime budget with everything spent of it.
    """
    if campaign is None or campaign.effective_status not in _RUNNING or data.currency not in OFFSETS:
        return None, True
    running: list[Campaign | AdSet] = [campaign, *(each for each in adsets if each.effective_status in _RUNNING)]
    holders = [node for node in running if node.daily_budget or node.lifetime_budget]
    holders = holders[:1] if campaign in holders else holders
    if lifetime := [holder for holder in holders if holder.lifetime_budget]:
        return sum_pacing(part for holder in lifetime if (part := _lifetime_pacing(data, holder))), False
    budget = sum(holder.daily_budget or 0 for holder in holders)
    start, end = max(week[0], campaign.start_time or week[0]), min(week[1], campaign.stop_time or week[1])
    if not budget or start >= end:
        return None, True
    daily = Money.from_minor(budget, data.currency).amount
    return pacing(spent or 0, daily, start.astimezone(week[0].tzinfo), end, week[1], kind="daily"), True


def _lifetime_pacing(data: AccountData, node: Campaign | AdSet) -> Pacing | None:
    begin, end = node.start_time, node.stop_time if isinstance(node, Campaign) else node.end_time
    if not (begin and end and begin < end and node.lifetime_budget) or node.budget_remaining is None:
        return None
    amounts = (node.lifetime_budget, node.lifetime_budget - node.budget_remaining)
    budget, spent = (Money.from_minor(each, data.currency).amount for each in amounts)
    return pacing(spent, budget, begin, end, data.now)


def _ranking(campaigns: Sequence[CampaignWeek]) -> Ranking | None:
    """Rank by ROAS if two campaigns have one, else by cost of the same results, else by how that cost changed.

    A campaign without a result counts as if it had one: a result costs at least what was spent without any.
    """

    def cost(week: CampaignWeek) -> Figure:
        found = week.figures["cost_per_result"].after
        return found if found is not None else week.figures["spend"].after or 0

    with_value = [campaign for campaign in campaigns if campaign.figures["roas"].after is not None]
    if len(with_value) > 1:
        ranked = sorted(with_value, key=lambda week: -(week.figures["roas"].after or 0))
        return Ranking("roas", ranked[0], ranked[-1])
    for kind, rivals in grouped(campaigns, lambda week: week.kind).items():  # campaigns come by spend, and so do kinds
        if kind and len(rivals) > 1 and any(campaign.figures["results"].after for campaign in rivals):
            ranked = sorted(rivals, key=lambda week: (cost(week), week.id))
            best = next(week for week in ranked if week.figures["results"].after)
            return Ranking("cost_per_result", best, ranked[-1] if ranked[-1] is not best else None)
    changes = [(week.figures["cost_per_result"].percent, week) for week in campaigns]
    changed = sorted(((percent, week) for percent, week in changes if percent), key=lambda row: row[0])
    if not changed:
        return None
    (least, first), (most, last) = changed[0], changed[-1]
    return Ranking("change", first if least < 0 else None, last if most > 0 else None)


def _warnings(data: AccountData, campaigns: Sequence[CampaignWeek]) -> Iterator[Notice]:
    yield from data.notices
    yield from _limit_warning(data.account)
    for week in campaigns:
        spend = week.figures["spend"].after
        if spend and week.kind and not week.figures["results"].after:
            text = f"Spent {formatting.money(spend, data.currency)} without {formatting.results(week.kind)}."
            yield Notice(text, week.id, week.name)
    for tired in fatigue(data.weeks):
        yield Notice(f"Fatigue: {tired}.", tired.object_id, tired.name)
    for field, label in (("spend", "Spend"), ("ctr", "CTR")):
        for anomaly in anomalies(data.totals or data.days, field, least_change=MIN_CHANGE):
            if anomaly.day >= data.since.isoformat():
                amounts = anomaly.value, anomaly.usual
                texts = [formatting.money(amount, data.currency) for amount in amounts]
                value, usual = texts if field == "spend" else (f"{amount:.2f} %" for amount in amounts)
                yield Notice(f"{label} on {anomaly.day} was {value}; usual is {usual}.")
    yield from off_budget(campaigns)


def _limit_warning(account: AdAccount) -> Iterator[Notice]:
    found = spending_limit(account)
    if found is None or found[1] < found[0] * LIMIT_WARNING:
        return
    cap, spent = found
    try:
        limit, left = (Money.from_minor(each, account.currency or "") for each in (cap, max(cap - spent, 0)))
    except MoneyError:
        return
    state = f"Spending limit of {limit} nearly used up: {left} left" if left else f"Spending limit of {limit} reached"
    yield Notice(f"{state}; no ads run beyond it.")


def off_budget(weeks: Sequence[CampaignWeek]) -> Iterator[Notice]:
    """Warn of campaigns that spend more or less than planned: the furthest by name, the others by their number."""
    for verdict, furthest in (("over", max), ("under", min)):
        paced = [(week.pacing.percent, week) for week in weeks if week.pacing and week.pacing.verdict == verdict]
        off = [(percent, week) for percent, week in paced if percent is not None]
        if not off:
            continue
        percent, week = furthest(off, key=lambda pair: pair[0])
        budget = "its daily budgets" if week.daily else "its lifetime budget so far"
        more = f" {len(off) - 1:,} more campaigns are {verdict} budget." if len(off) > 1 else ""
        yield Notice(f"{verdict.capitalize()} budget: {percent:.0f} % of {budget}.{more}", week.id, week.name)
