"""What the page of a weekly report shows, as text ready to set: the HTML and the PDF template only lay it out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from admonster_fb.analysis import formatting
from admonster_fb.analysis.change import Change, Figure
from admonster_fb.analysis.pacing import Pacing
from admonster_fb.analysis.weekly.model import AccountWeek, CampaignWeek, Edit, Notice, WeeklyReport
from admonster_fb.report.charts import draw_days
from admonster_fb.report.formatting import (
    ABSENT,
    change_tone,
    clean_text,
    format_change,
    format_figure,
    format_money,
    format_period,
)

MAX_ACCOUNTS, MAX_CAMPAIGNS, MAX_BARS, MAX_NOTES = 20, 25, 6, 12
"""Accounts with a section of their own; within it: campaigns in the table, bars in a chart, notes in a list."""
MAX_TITLE = 6
"""Accounts that the title names."""
_WEEK = timedelta(days=7)
_NAME = 160
_COLUMNS = {"Spend": "spend", "Results": "results", "Cost per result": "cost_per_result", "ROAS": "roas", "CTR": "ctr"}
HEADINGS = (*_COLUMNS, "Pacing")
_FACTORS = {"cpm": "CPM", "ctr": "CTR", "conversion_rate": "Conversion rate"}
_NO_CHANGE = Change(None, None)


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a tile or a column, and its change."""

    label: str
    value: str
    change: str = ""
    tone: str = "even"
    """Whether the change is "good", "bad" or "even"."""
    before: str = ""
    chance: str = ""
    """Whether the change is more than chance, in words; "" if that is not asked."""


@dataclass(frozen=True, slots=True)
class Row:
    """One campaign or account of a table."""

    name: str
    status: str
    result: str
    """What its results are called; "" if there are none."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """One line of a list: what it is about, a text, and a detail in a softer colour."""

    name: str
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: its name, its length in percent of the longest bar, and its figure."""

    name: str
    length: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart under its heading: the days of two weeks as SVG, or bars that the template draws."""

    title: str
    svg: str = ""
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """All that the page shows of one account."""

    name: str
    period: str
    period_before: str
    currency: str
    timezone_name: str
    tiles: tuple[Cell, ...]
    warnings: tuple[Note, ...]
    charts: tuple[Chart, ...]
    extremes: tuple[tuple[str, str, Cell], ...]
    """The best and the worst campaign: heading, name, figure."""
    why_title: str
    why: tuple[Cell, ...]
    rows: tuple[Row, ...]
    total: Row
    edits: tuple[Note, ...]
    pacing: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page of a report shows."""

    title: str
    account_count: int
    overview: tuple[Row, ...]
    """The accounts, if there are several."""
    failed: tuple[Note, ...]
    sections: tuple[Section, ...]
    omitted: int
    """Accounts that have no section because there are too many."""
    headings: tuple[str, ...] = HEADINGS


def build_page(report: WeeklyReport) -> Page:
    """Return what the page of a report shows."""
    live = [week for week in report.accounts if week.campaigns or week.warnings or week.edits]
    sections = tuple(_build_section(week) for week in live[:MAX_ACCOUNTS])
    return Page(
        _title(report.accounts),
        len(report.accounts),
        tuple(map(_account_row, report.accounts)) if len(report.accounts) > 1 else (),
        tuple(Note(id, clean_text(str(error), 300)) for id, error in report.failed.items()),
        sections,
        len(live) - len(sections),
    )


def _title(weeks: Sequence[AccountWeek]) -> str:
    """Return a title with the names of all accounts, or of the first and how many more."""
    names = [clean_text(week.name or week.id, 60) for week in weeks[:MAX_TITLE]]
    more = [f"{len(weeks) - MAX_TITLE} more"] if len(weeks) > MAX_TITLE else []
    return ": ".join(filter(None, ("Weekly report", ", ".join([*names, *more]))))


def _build_section(week: AccountWeek) -> Section:
    return Section(
        clean_text(week.name or week.id, _NAME),
        format_period(week.since, week.until),
        format_period(week.since - _WEEK, week.until - _WEEK),
        week.currency,
        week.timezone_name,
        (*_tiles(week),) if week.delivered else (),
        _limited([_warning_note(notice) for notice in week.warnings]),
        (*_charts(week),) if week.delivered else (),
        (*_extremes(week),),
        f"Why {_cost_label(week.kind).lower()} changed" if week.kind else "",
        (*_why(week),),
        (*_campaign_rows(week),),
        _total_row(week),
        _limited([_edit_note(edit) for edit in week.edits]),
        _pacing(week),
    )


def _limited(notes: list[Note]) -> tuple[Note, ...]:
    more = len(notes) - MAX_NOTES
    return (*notes[:MAX_NOTES], *([Note("", "", f"and {more} more")] if more > 0 else []))


def _warning_note(notice: Notice) -> Note:
    return Note(clean_text(notice.name or notice.object_id, 90), notice.text, clean_text(notice.detail, 300))


def _edit_note(edit: Edit) -> Note:
    when = f"{edit.when:%a %d %b, %H:%M %Z}" if edit.when else ""
    name = clean_text(edit.name or edit.object_id, 90)
    action = f"{edit.what[0].upper()}{edit.what[1:]}"
    text = f"{action}, {clean_text(edit.detail, 80)}" if edit.detail else action
    return Note(name, text, ", ".join(filter(None, (when, clean_text(edit.actor, 40)))))


def _cost_label(kind: str) -> str:
    return f"Cost per {formatting.results(kind, 1)}"


def _cell(label: str, name: str, change: Change, currency: str, chance: str = "") -> Cell:
    return Cell(
        label,
        format_figure(name, change.after, currency),
        format_change(change),
        change_tone(name, change),
        format_figure(name, change.before, currency),
        chance,
    )


def _tiles(week: AccountWeek) -> Iterator[Cell]:
    figures, currency = week.figures, week.currency
    yield _cell("Spend", "spend", figures["spend"], currency)
    if week.results:
        main = week.results[0]
        of_count, of_cost = main.chances
        yield _cell(formatting.results(main.kind).capitalize(), "results", main.count, currency, of_count)
        yield _cell(_cost_label(main.kind), "cost_per_result", main.cost, currency, of_cost)
    if figures["roas"] != _NO_CHANGE:
        yield _cell("ROAS", "roas", figures["roas"], currency)
    yield _cell("CTR", "ctr", figures["ctr"], currency)
    yield _cell("CPM", "cpm", figures["cpm"], currency)


def _charts(week: AccountWeek) -> Iterator[Chart]:
    labels = [f"{day.day:%a} {day.day.day}" for day in week.days]
    spend = draw_days([*zip(labels, (day.spend for day in week.days), strict=True)])
    yield Chart(f"Spend by day, {week.currency}", spend)
    if week.kind:
        results = draw_days([*zip(labels, (day.results for day in week.days), strict=True)])
        yield Chart(f"{formatting.results(week.kind).capitalize()} by day", results)
    if rivals := _comparable_campaigns(week):
        yield Chart(f"{_cost_label(rivals[0].kind)} by campaign", bars=_cost_bars(rivals, week.currency))
    if week.spend:
        yield Chart("Share of spend", bars=_share_bars(week, week.spend))


def _comparable_campaigns(week: AccountWeek) -> list[CampaignWeek]:
    """Return the campaigns with the most frequent kind of result: only their costs per result can be compared."""
    with_cost = [campaign for campaign in week.campaigns if campaign.figures["cost_per_result"].after is not None]
    kinds = [campaign.kind for campaign in with_cost]
    main = max(kinds, key=lambda kind: (kinds.count(kind), -kinds.index(kind)), default="")
    return [campaign for campaign in with_cost if campaign.kind == main]


def _cost_bars(campaigns: list[CampaignWeek], currency: str) -> tuple[Bar, ...]:
    """Return the cost per result of each campaign, lowest first; of many, the lowest and the highest."""
    costs = sorted(
        ((campaign.name or campaign.id, campaign.figures["cost_per_result"].after or 0) for campaign in campaigns),
        key=lambda row: row[1],
    )
    if len(costs) > MAX_BARS:
        costs = [*costs[: MAX_BARS // 2], *costs[-(MAX_BARS - MAX_BARS // 2) :]]
    return _bars([(name, cost, format_money(cost, currency)) for name, cost in costs])


def _share_bars(week: AccountWeek, total: Figure) -> tuple[Bar, ...]:
    """Return each campaign's share of the spend; of many, the smaller ones as one bar."""
    spends = [
        (campaign.name or campaign.id, spend)
        for campaign in week.campaigns
        if (spend := campaign.figures["spend"].after)
    ]
    if len(spends) > MAX_BARS:
        others = spends[MAX_BARS - 1 :]
        others_spend = sum((spend for _, spend in others), Decimal(0))
        spends = [*spends[: MAX_BARS - 1], (f"{len(others):,} others", others_spend)]
    return _bars([(name, spend, f"{100 * spend / total:.0f} %") for name, spend in spends])


def _bars(rows: Sequence[tuple[str, Figure, str]]) -> tuple[Bar, ...]:
    longest = max(value for _, value, _ in rows) or 1
    return tuple(
        Bar(clean_text(name, 60), round(float(100 * value / longest), 1), label) for name, value, label in rows
    )


def _extremes(week: AccountWeek) -> Iterator[tuple[str, str, Cell]]:
    if week.ranking is None:
        return
    by_change = week.ranking.by == "change"
    figure = "roas" if week.ranking.by == "roas" else "cost_per_result"
    titles = ("Improved most", "Worsened most") if by_change else ("Best campaign", "Worst campaign")
    for title, campaign in zip(titles, (week.ranking.best, week.ranking.worst), strict=True):
        if campaign is None:
            continue
        cost_label = _cost_label(campaign.kind)
        label = "ROAS" if figure == "roas" else cost_label[0].lower() + cost_label[1:]
        cell = _cell(label, figure, campaign.figures[figure], week.currency)
        if campaign.figures[figure].after is None:
            spend = format_figure("spend", campaign.figures["spend"].after, week.currency)
            cell = Cell(f"spent, no {formatting.results(campaign.kind)}", spend, tone="bad")
        yield title, clean_text(campaign.name or campaign.id, 120), cell


def _why(week: AccountWeek) -> Iterator[Cell]:
    if week.why is None or week.why.cost_per_result is None:
        return
    for share in week.why.cost_per_result.shares:
        sign = "+" if share.amount > 0 else "−" if share.amount < 0 else ""  # noqa: RUF001
        tone = "even" if not share.amount else "bad" if share.amount > 0 else "good"
        value = f"{sign}{format_money(abs(share.amount), week.currency)}"
        yield Cell(_FACTORS[share.factor], value, format_change(share.change), tone)


def _pacing(week: AccountWeek) -> str:
    if week.pacing is None or week.pacing.percent is None:
        return ""
    planned = format_money(week.pacing.planned, week.currency)
    return f"Spent {week.pacing.percent:.0f} % of the {planned} that daily budgets allow: {week.pacing.verdict}."


def _campaign_rows(week: AccountWeek) -> Iterator[Row]:
    yield from (_campaign_row(campaign, week.currency) for campaign in week.campaigns[:MAX_CAMPAIGNS])
    if rest := week.campaigns[MAX_CAMPAIGNS:]:
        spends = [
            [spend for campaign in rest if (spend := getattr(campaign.figures["spend"], side)) is not None]
            for side in ("before", "after")
        ]
        change = Change(*(sum(amounts, Decimal(0)) if amounts else None for amounts in spends))
        yield Row(f"{len(rest):,} more campaigns", "", "", (_cell("Spend", "spend", change, week.currency),))
    yield from _gone_row(week)


def _gone_row(week: AccountWeek) -> Iterator[Row]:
    if week.gone != _NO_CHANGE:
        name = "Campaigns since deleted or archived"
        yield Row(name, "", "", (_cell("Spend", "spend", week.gone, week.currency),))


def _campaign_row(campaign: CampaignWeek, currency: str) -> Row:
    count = campaign.figures["results"].after
    return Row(
        clean_text(campaign.name or campaign.id, _NAME),
        (campaign.status or "archived").replace("_", " ").lower(),
        "" if count is None else formatting.results(campaign.kind, 1 if count == 1 else None),
        (*_column_cells(campaign.figures, currency), _pacing_cell(campaign.pacing)),
    )


def _column_cells(figures: dict[str, Change], currency: str) -> Iterator[Cell]:
    for label, name in _COLUMNS.items():
        yield _cell(label, name, figures.get(name, _NO_CHANGE), currency)


def _pacing_cell(pacing: Pacing | None) -> Cell:
    if pacing is None or pacing.percent is None:
        return Cell("Pacing", ABSENT)
    return Cell("Pacing", f"{pacing.percent:.0f} %", pacing.verdict, "even" if pacing.verdict == "on track" else "bad")


def _total_row(week: AccountWeek) -> Row:
    """Return all campaigns as one row, with results only where all are of one kind: others cannot be added up."""
    one_kind = {campaign.kind for campaign in week.campaigns} == {week.kind}
    cells = (
        *_column_cells(_with_results(week) if one_kind else week.figures, week.currency),
        _pacing_cell(week.pacing),
    )
    return Row("All campaigns", "", "", cells)


def _account_row(week: AccountWeek) -> Row:
    """Return an account as one row, with the results on which most was spent."""
    return Row(
        clean_text(week.name or week.id, _NAME),
        f"{week.id} · {week.currency}",
        formatting.results(week.kind) if week.kind else "",
        (*_column_cells(_with_results(week), week.currency), _pacing_cell(week.pacing)),
    )


def _with_results(week: AccountWeek) -> dict[str, Change]:
    if not week.results:
        return week.figures
    return {**week.figures, "results": week.results[0].count, "cost_per_result": week.results[0].cost}
