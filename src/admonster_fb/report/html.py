"""The page: what a template needs, and nothing to work out within it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from admonster_fb.analysis import wording
from admonster_fb.analysis.change import Change
from admonster_fb.analysis.week import AccountWeek, CampaignWeek, WeeklyReport
from admonster_fb.extras import optional
from admonster_fb.report import charts, words

MOST = 25
"""How many campaigns the table names; the rest is one row."""
DRAWN = 20
"""How many accounts get a section of their own with charts."""
_EDITS = 12
_DAY = timedelta(days=1)
_WARNINGS = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a tile or a column: what it is, how much, how it changed, and whether that is good."""

    label: str
    value: str
    moved: str = ""
    tone: str = "even"
    before: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One campaign of the table."""

    name: str
    status: str
    kind: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart under its heading."""

    title: str
    svg: str
    legend: bool = False


@cache
def _template() -> Any:
    jinja2 = optional("jinja2", "report")
    here = Path(__file__).parent
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, loader=jinja2.FileSystemLoader(here), trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"name": words.name_of, "signed": lambda change: words.moved(change)}
    return environment.get_template("weekly.html.j2")


def html_of(report: WeeklyReport) -> str:
    """Return a report as one HTML page, with its style and charts in it.

    >>> "Nothing was delivered" in html_of(WeeklyReport(()))
    True
    """
    live = [each for each in report.accounts if each.campaigns or each.warnings or each.edits]
    return str(
        _template().render(
            report=report,
            live=live,
            sections=[_section(each) for each in live[:DRAWN]],
            overview=[_overview(each) for each in report.accounts] if len(report.accounts) > 1 else [],
            headings=HEADINGS,
            mark=optional("markupsafe", "report").Markup,
        )
    )


def _cell(label: str, name: str, change: Change, currency: str) -> Cell:
    return Cell(
        label,
        words.shown(name, change.after, currency),
        words.moved(change),
        words.tone(name, change),
        words.shown(name, change.before, currency),
    )


def _section(week: AccountWeek) -> dict[str, Any]:
    """Return all that the section of one account shows."""
    return {
        "week": week,
        "days": words.days(week.since, week.until),
        "before": words.days(week.since - 7 * _DAY, week.until - 7 * _DAY),
        "tiles": [*_tiles(week)],
        "charts": [*_charts(week)] if week.campaigns else [],
        "ends": [*_ends(week)],
        "rows": [_row(each, week.currency) for each in week.campaigns[:MOST]],
        "rest": _rest(week),
        "total": _total(week),
        "why": [*_why(week)],
        "why_title": f"Why {_cost_of(week.kind).lower()} changed" if week.kind else "",
        "pacing": _pacing(week),
        "edits": week.edits[:_EDITS],
        "more_edits": max(len(week.edits) - _EDITS, 0),
        "warnings": week.warnings[:_WARNINGS],
        "more_warnings": max(len(week.warnings) - _WARNINGS, 0),
    }


def _cost_of(kind: str) -> str:
    return f"Cost per {wording.results(kind, 1)}"


def _tiles(week: AccountWeek) -> Iterator[Cell]:
    money = week.currency
    yield _cell("Spend", "spend", week.figures["spend"], money)
    if week.results:
        main = week.results[0]
        yield _cell(wording.results(main.kind).capitalize(), "results", main.count, money)
        yield _cell(_cost_of(main.kind), "cost_per_result", main.cost, money)
    if week.figures["roas"].after is not None or week.figures["roas"].before is not None:
        yield _cell("ROAS", "roas", week.figures["roas"], money)
    yield _cell("CTR", "ctr", week.figures["ctr"], money)
    yield _cell("CPM", "cpm", week.figures["cpm"], money)


def _charts(week: AccountWeek) -> Iterator[Drawing]:
    labels = [f"{each.day:%a} {each.day.day}" for each in week.days]
    spend = charts.by_day([*zip(labels, (each.spend for each in week.days), strict=True)])
    yield Drawing(f"Spend by day, {week.currency}", spend, legend=True)
    if week.kind:
        told = charts.by_day([*zip(labels, (each.results for each in week.days), strict=True)])
        yield Drawing(f"{wording.results(week.kind).capitalize()} by day", told, legend=True)
    if costs := charts.costs(week):
        yield Drawing(f"{_cost_of(charts.same_kind(week)[0].kind)} by campaign", costs)
    if shares := charts.shares(week):
        yield Drawing("Share of spend", shares)


_BY = {"roas": "roas", "cost_per_result": "cost_per_result", "change": "cost_per_result"}
_ENDS = {"change": ("Improved most", "Worsened most")}


def _ends(week: AccountWeek) -> Iterator[tuple[str, str, Cell]]:
    if week.ranking is None:
        return
    titles = _ENDS.get(week.ranking.by, ("Best campaign", "Worst campaign"))
    name = _BY[week.ranking.by]
    for title, campaign in zip(titles, (week.ranking.best, week.ranking.worst), strict=True):
        if campaign is None:
            continue
        cell = _cell("ROAS" if name == "roas" else _cost_of(campaign.kind), name, campaign.figures[name], week.currency)
        if campaign.figures[name].after is None:
            spent = words.shown("spend", campaign.figures["spend"].after, week.currency)
            cell = Cell(f"spent, no {wording.results(campaign.kind)}", spent, tone="bad")
        yield title, campaign.name or campaign.id, cell


def _row(campaign: CampaignWeek, currency: str) -> Row:
    status = (campaign.status or "put away").replace("_", " ").lower()
    count = campaign.figures["results"].after
    return Row(
        campaign.name or campaign.id,
        status,
        "" if count is None else wording.results(campaign.kind, 1 if count == 1 else None),
        (*_columns(campaign.figures, currency), _paced(campaign)),
    )


_COLUMNS = (
    ("Spend", "spend"),
    ("Results", "results"),
    ("Cost per result", "cost_per_result"),
    ("ROAS", "roas"),
    ("CTR", "ctr"),
)
HEADINGS = (*(label for label, _ in _COLUMNS), "Pacing")


def _columns(figures: dict[str, Change], currency: str) -> Iterator[Cell]:
    for label, name in _COLUMNS:
        yield _cell(label, name, figures.get(name, Change(None, None)), currency)


def _paced(campaign: CampaignWeek) -> Cell:
    told = campaign.pacing
    if told is None or told.percent is None:
        return Cell("Pacing", words.ABSENT)
    tone = "even" if told.verdict == "on track" else "bad"
    return Cell("Pacing", f"{told.percent:.0f} %", told.verdict, tone)


def _rest(week: AccountWeek) -> Row | None:
    """Return the campaigns that the table does not name as one row: what adds up, added up."""
    if not (rest := week.campaigns[MOST:]):
        return None
    sides = [
        [value for each in rest if (value := getattr(each.figures["spend"], side)) is not None]
        for side in ("before", "after")
    ]
    spend = Change(*(sum(side, Decimal(0)) if side else None for side in sides))
    return Row(f"{len(rest):,} more campaigns", "", "", (_cell("Spend", "spend", spend, week.currency),))


def _total(week: AccountWeek) -> Row:
    figures = dict(week.figures)
    if len(week.results) == 1:  # of several kinds there is no sum
        figures |= {"results": week.results[0].count, "cost_per_result": week.results[0].cost}
    told = week.pacing
    paced = Cell("Pacing", f"{told.percent:.0f} %", told.verdict) if told and told.percent is not None else None
    cells = (*_columns(figures, week.currency), paced or Cell("Pacing", words.ABSENT))
    return Row("All campaigns", "", "", cells)


_FACTORS = {"cpm": "CPM", "ctr": "CTR", "conversion_rate": "Conversion rate"}


def _why(week: AccountWeek) -> Iterator[Cell]:
    told = week.why and week.why.cost_per_result
    if not told:
        return
    for share in told.shares:
        sign = "+" if share.amount > 0 else "−" if share.amount < 0 else ""  # noqa: RUF001
        value = f"{sign}{words.money(abs(share.amount), week.currency)}"
        tone = "even" if not share.amount else "bad" if share.amount > 0 else "good"
        yield Cell(_FACTORS[share.factor], value, words.moved(share.change), tone)


def _pacing(week: AccountWeek) -> str:
    told = week.pacing
    if told is None or told.percent is None:
        return ""
    planned = words.money(told.planned, week.currency)
    return f"{told.percent:.0f} % of the {planned} that daily budgets allow: {told.verdict}"


def _overview(week: AccountWeek) -> Row:
    kind = wording.results(week.kind) if week.kind else ""
    main = week.results[0] if week.results else None
    figures = {
        "spend": week.figures["spend"],
        "results": main.count if main else Change(None, None),
        "cost_per_result": main.cost if main else Change(None, None),
        "roas": week.figures["roas"],
        "ctr": week.figures["ctr"],
    }
    told = week.pacing
    paced = Cell("Pacing", f"{told.percent:.0f} %", told.verdict) if told and told.percent is not None else None
    return Row(
        week.name or week.id,
        f"{week.id} · {week.currency}",
        kind,
        (*_columns(figures, week.currency), paced or Cell("Pacing", words.ABSENT)),
    )
