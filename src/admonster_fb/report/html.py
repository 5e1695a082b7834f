"""The page: what a template needs, and nothing to work out within it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from admonster_fb._optional import optional
from admonster_fb.analysis import formatting as wording
from admonster_fb.analysis.weekly.model import AccountWeek, WeeklyReport
from admonster_fb.report import charts
from admonster_fb.report import formatting as words
from admonster_fb.report.table import HEADINGS, MOST, Cell, account_row, cell_of, rest_of, row_of, total_of

DRAWN = 20
"""How many accounts get a section of their own with charts."""
_EDITS = 12
_DAY = timedelta(days=1)
_WARNINGS = 12


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
    environment.filters |= {"name": words.name_of}
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
            overview=[account_row(each) for each in report.accounts] if len(report.accounts) > 1 else [],
            headings=HEADINGS,
            mark=optional("markupsafe", "report").Markup,
        )
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
        "rows": [row_of(each, week.currency) for each in week.campaigns[:MOST]],
        "rest": rest_of(week),
        "total": total_of(week),
        "why": [*_why(week)],
        "why_title": f"Why {cost_of(week.kind).lower()} changed" if week.kind else "",
        "pacing": _pacing(week),
        "edits": week.edits[:_EDITS],
        "more_edits": max(len(week.edits) - _EDITS, 0),
        "warnings": week.warnings[:_WARNINGS],
        "more_warnings": max(len(week.warnings) - _WARNINGS, 0),
    }


def cost_of(kind: str) -> str:
    """Return what the cost of a kind of result is called.

    >>> cost_of("actions.purchase")
    'Cost per purchase'
    """
    return f"Cost per {wording.results(kind, 1)}"


def _tiles(week: AccountWeek) -> Iterator[Cell]:
    money = week.currency
    yield cell_of("Spend", "spend", week.figures["spend"], money)
    if week.results:
        main = week.results[0]
        yield cell_of(wording.results(main.kind).capitalize(), "results", main.count, money)
        yield cell_of(cost_of(main.kind), "cost_per_result", main.cost, money)
    if week.figures["roas"].after is not None or week.figures["roas"].before is not None:
        yield cell_of("ROAS", "roas", week.figures["roas"], money)
    yield cell_of("CTR", "ctr", week.figures["ctr"], money)
    yield cell_of("CPM", "cpm", week.figures["cpm"], money)


def _charts(week: AccountWeek) -> Iterator[Drawing]:
    labels = [f"{each.day:%a} {each.day.day}" for each in week.days]
    spend = charts.by_day([*zip(labels, (each.spend for each in week.days), strict=True)])
    yield Drawing(f"Spend by day, {week.currency}", spend, legend=True)
    if week.kind:
        told = charts.by_day([*zip(labels, (each.results for each in week.days), strict=True)])
        yield Drawing(f"{wording.results(week.kind).capitalize()} by day", told, legend=True)
    if costs := charts.costs(week):
        yield Drawing(f"{cost_of(charts.same_kind(week)[0].kind)} by campaign", costs)
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
        cell = cell_of(
            "ROAS" if name == "roas" else cost_of(campaign.kind), name, campaign.figures[name], week.currency
        )
        if campaign.figures[name].after is None:
            spent = words.shown("spend", campaign.figures["spend"].after, week.currency)
            cell = Cell(f"spent, no {wording.results(campaign.kind)}", spent, tone="bad")
        yield title, campaign.name or campaign.id, cell


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
