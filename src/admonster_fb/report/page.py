"""What the page of a weekly report shows, as text ready to set: the HTML and the PDF template only lay it out."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from importlib import resources
from typing import Any

from admonster_fb._optional import optional
from admonster_fb.analysis import formatting
from admonster_fb.analysis.change import Change, Figure
from admonster_fb.analysis.pacing import Pacing
from admonster_fb.analysis.weekly.model import AccountWeek, CampaignWeek, Edit, WeeklyReport
from admonster_fb.redaction import without_tokens

ABSENT = "–"
LOWER_IS_BETTER = frozenset({"cpc", "cpm", "cost_per_result", "frequency"})
_NEUTRAL = frozenset({"spend", "impressions"})
MAX_ACCOUNTS, MAX_CAMPAIGNS, MAX_BARS, MAX_NOTES = 20, 25, 6, 12
"""Accounts with a section of their own; within it: campaigns in the table, bars in a chart, notes in a list."""
MAX_TITLE = 6  # accounts that the title names
_WEEK = timedelta(days=7)
_NAME = 160
_COLUMNS = {"Spend": "spend", "Results": "results", "Cost per result": "cost_per_result", "ROAS": "roas", "CTR": "ctr"}
HEADINGS = (*_COLUMNS, "Pacing")
_FACTORS = {"cpm": "CPM", "ctr": "CTR", "conversion_rate": "Conversion rate"}
_NO_CHANGE = Change(None, None)
Part = dict[str, Any]  # a part of the page, by the names that the templates use
_CHART = json.loads(resources.files(__package__).joinpath("days_chart.json").read_text(encoding="utf-8"))
"""The chart in Vega-Lite, without its values. The page's style names its colours again for dark mode."""
FONT = _CHART["config"]["font"]


def draw_days(days: Sequence[tuple[str, Change]]) -> str:
    """Draw a figure per day as SVG, next to the same weekday of the week before: no script, no font from elsewhere."""
    values = [
        {"day": day, "week": side, "value": None if (value := getattr(change, side)) is None else float(value)}
        for day, change in days
        for side in ("before", "after")
    ]
    return str(optional("vl_convert", "report").vegalite_to_svg({**_CHART, "data": {"values": values}}))


def build_page(report: WeeklyReport) -> Part:
    """Return what the page of a report shows. Its title has the names of all accounts, or how many more there are."""
    live = [week for week in report.accounts if week.campaigns or week.warnings or week.edits]
    names = [clean_text(week.name or week.id, 60) for week in report.accounts[:MAX_TITLE]]
    more = [f"{len(report.accounts) - MAX_TITLE} more"] if report.accounts[MAX_TITLE:] else []
    return {
        "title": ": ".join(filter(None, ("Weekly report", ", ".join([*names, *more])))),
        "account_count": len(report.accounts),
        "overview": [*map(_account_row, report.accounts)] if len(report.accounts) > 1 else [],
        "failed": [_note(id, clean_text(str(error), 300)) for id, error in report.failed.items()],
        "sections": [_build_section(week) for week in live[:MAX_ACCOUNTS]],
        "omitted": len(live[MAX_ACCOUNTS:]),
        "headings": HEADINGS,
    }


def _build_section(week: AccountWeek) -> Part:
    """Return all that the page shows of one account."""
    return {
        "name": clean_text(week.name or week.id, _NAME),
        "period": format_period(week.since, week.until),
        "period_before": format_period(week.since - _WEEK, week.until - _WEEK),
        "currency": week.currency,
        "timezone_name": week.timezone_name,
        "tiles": [*_tiles(week)] if week.delivered else [],
        "warnings": _limited([_note(each.name or each.object_id, each.text, each.detail) for each in week.warnings]),
        "charts": [*_charts(week)] if week.delivered else [],
        "extremes": [*_extremes(week)],
        "why_title": f"Why {_cost_label(week.kind).lower()} changed" if week.kind else "",
        "why": [*_why(week)],
        "rows": [*_campaign_rows(week)],
        "total": _total_row(week),
        "edits": _limited([_edit_note(edit) for edit in week.edits]),
        "pacing": _pacing(week),
    }


def _note(name: str, text: str, detail: str = "") -> Part:
    """Return one line of a list: what it is about, a text, and a detail in a softer colour."""
    return {"name": clean_text(name, 90), "text": text, "detail": clean_text(detail, 300)}


def _limited(notes: list[Part]) -> list[Part]:
    more = len(notes) - MAX_NOTES
    return [*notes[:MAX_NOTES], *([_note("", "", f"and {more} more")] if more > 0 else [])]


def _edit_note(edit: Edit) -> Part:
    when = f"{edit.when:%a %d %b, %H:%M %Z}" if edit.when else ""
    action = f"{edit.what[0].upper()}{edit.what[1:]}"
    text = f"{action}, {clean_text(edit.detail, 80)}" if edit.detail else action
    return _note(edit.name or edit.object_id, text, ", ".join(filter(None, (when, clean_text(edit.actor, 40)))))


def _cost_label(kind: str) -> str:
    return f"Cost per {formatting.results(kind, 1)}"


def _cell(label: str, value: str, change: str = "", tone: str = "even", before: str = "", chance: str = "") -> Part:
    """Return a figure and its change: whether it is "good", "bad" or "even", and more than chance, in words."""
    return {"label": label, "value": value, "change": change, "tone": tone, "before": before, "chance": chance}


def _figure(label: str, name: str, change: Change, currency: str, chance: str = "") -> Part:
    before, after = (format_figure(name, value, currency) for value in (change.before, change.after))
    return _cell(label, after, format_change(change), change_tone(name, change), before, chance)


def _tiles(week: AccountWeek) -> Iterator[Part]:
    figures, currency = week.figures, week.currency
    yield _figure("Spend", "spend", figures["spend"], currency)
    if week.results:
        main = week.results[0]
        of_count, of_cost = main.chances
        yield _figure(formatting.results(main.kind).capitalize(), "results", main.count, currency, of_count)
        yield _figure(_cost_label(main.kind), "cost_per_result", main.cost, currency, of_cost)
    if figures["roas"] != _NO_CHANGE:
        yield _figure("ROAS", "roas", figures["roas"], currency)
    yield _figure("CTR", "ctr", figures["ctr"], currency)
    yield _figure("CPM", "cpm", figures["cpm"], currency)


def _charts(week: AccountWeek) -> Iterator[Part]:
    """Yield each chart with its heading: the days of two weeks as SVG, or bars that the template draws."""
    spend = draw_days([(f"{day.day:%a} {day.day.day}", day.spend) for day in week.days])
    yield {"title": f"Spend by day, {week.currency}", "svg": spend, "bars": []}
    if week.kind:
        results = draw_days([(f"{day.day:%a} {day.day.day}", day.results) for day in week.days])
        yield {"title": f"{formatting.results(week.kind).capitalize()} by day", "svg": results, "bars": []}
    # Only costs per result of one kind can be compared: the most frequent.
    with_cost = [campaign for campaign in week.campaigns if campaign.figures["cost_per_result"].after is not None]
    kinds = [campaign.kind for campaign in with_cost]
    main = max(kinds, key=lambda kind: (kinds.count(kind), -kinds.index(kind)), default="")
    if rivals := [campaign for campaign in with_cost if campaign.kind == main]:
        bars = _cost_bars(rivals, week.currency)
        yield {"title": f"{_cost_label(main)} by campaign", "svg": "", "bars": bars}
    if week.spend:
        yield {"title": "Share of spend", "svg": "", "bars": _share_bars(week, week.spend)}


def _cost_bars(campaigns: list[CampaignWeek], currency: str) -> list[Part]:
    """Return the cost per result of each campaign, lowest first; of many, the lowest and the highest."""
    costs = [(each.name or each.id, each.figures["cost_per_result"].after or 0) for each in campaigns]
    costs.sort(key=lambda row: row[1])
    if len(costs) > MAX_BARS:
        costs = [*costs[: MAX_BARS // 2], *costs[-(MAX_BARS - MAX_BARS // 2) :]]
    return _bars([(name, cost, format_money(cost, currency)) for name, cost in costs])


def _share_bars(week: AccountWeek, total: Figure) -> list[Part]:
    """Return each campaign's share of the spend; of many, the smaller ones as one bar."""
    spends = [(each.name or each.id, spend) for each in week.campaigns if (spend := each.figures["spend"].after)]
    if len(spends) > MAX_BARS:
        others = spends[MAX_BARS - 1 :]
        others_spend = sum((spend for _, spend in others), Decimal(0))
        spends = [*spends[: MAX_BARS - 1], (f"{len(others):,} others", others_spend)]
    return _bars([(name, spend, f"{100 * spend / total:.0f} %") for name, spend in spends])


def _bars(rows: Sequence[tuple[str, Figure, str]]) -> list[Part]:
    """Return bars with their length in percent of the longest."""
    longest = max(value for _, value, _ in rows) or 1
    return [
        {"name": clean_text(name, 60), "length": round(float(100 * value / longest), 1), "label": label}
        for name, value, label in rows
    ]


def _extremes(week: AccountWeek) -> Iterator[tuple[str, str, Part]]:
    """Yield the best and the worst campaign: heading, name, figure."""
    if (ranking := week.ranking) is None:
        return
    figure = "roas" if ranking.by == "roas" else "cost_per_result"
    best, worst = ("Improved", "Worsened") if ranking.by == "change" else ("Best", "Worst")
    what = "most" if ranking.by == "change" else "campaign"
    for title, campaign in ((f"{best} {what}", ranking.best), (f"{worst} {what}", ranking.worst)):
        if campaign is None:
            continue
        cost_label = _cost_label(campaign.kind)
        label = "ROAS" if figure == "roas" else cost_label[0].lower() + cost_label[1:]
        cell = _figure(label, figure, campaign.figures[figure], week.currency)
        if campaign.figures[figure].after is None:
            spend = format_figure("spend", campaign.figures["spend"].after, week.currency)
            cell = _cell(f"spent, no {formatting.results(campaign.kind)}", spend, tone="bad")
        yield title, clean_text(campaign.name or campaign.id, 120), cell


def _why(week: AccountWeek) -> Iterator[Part]:
    if week.why is None or week.why.cost_per_result is None:
        return
    for share in week.why.cost_per_result.shares:
        sign, tone = ("+", "bad") if share.amount > 0 else ("−", "good") if share.amount else ("", "even")  # noqa: RUF001
        value = f"{sign}{format_money(abs(share.amount), week.currency)}"
        yield _cell(_FACTORS[share.factor], value, format_change(share.change), tone)


def _pacing(week: AccountWeek) -> str:
    if week.pacing is None or week.pacing.percent is None:
        return ""
    planned = format_money(week.pacing.planned, week.currency)
    return f"Spent {week.pacing.percent:.0f} % of the {planned} that daily budgets allow: {week.pacing.verdict}."


def _row(name: str, cells: Iterable[Part], status: str = "", result: str = "") -> Part:
    """Return one campaign or account of a table; `result` is what its results are called."""
    return {"name": name, "status": status, "result": result, "cells": [*cells]}


def _campaign_rows(week: AccountWeek) -> Iterator[Part]:
    yield from (_campaign_row(campaign, week.currency) for campaign in week.campaigns[:MAX_CAMPAIGNS])
    if rest := week.campaigns[MAX_CAMPAIGNS:]:
        spends = [
            [spend for campaign in rest if (spend := getattr(campaign.figures["spend"], side)) is not None]
            for side in ("before", "after")
        ]
        change = Change(*(sum(amounts, Decimal(0)) if amounts else None for amounts in spends))
        yield _row(f"{len(rest):,} more campaigns", [_figure("Spend", "spend", change, week.currency)])
    if week.gone != _NO_CHANGE:
        yield _row("Campaigns since deleted or archived", [_figure("Spend", "spend", week.gone, week.currency)])


def _campaign_row(campaign: CampaignWeek, currency: str) -> Part:
    count = campaign.figures["results"].after
    status = (campaign.status or "archived").replace("_", " ").lower()
    result = "" if count is None else formatting.results(campaign.kind, 1 if count == 1 else None)
    cells = _column_cells(campaign.figures, campaign.pacing, currency)
    return _row(clean_text(campaign.name or campaign.id, _NAME), cells, status, result)


def _column_cells(figures: dict[str, Change], pacing: Pacing | None, currency: str) -> Iterator[Part]:
    for label, name in _COLUMNS.items():
        yield _figure(label, name, figures.get(name, _NO_CHANGE), currency)
    if pacing is None or pacing.percent is None:
        yield _cell("Pacing", ABSENT)
    else:
        tone = "even" if pacing.verdict == "on track" else "bad"
        yield _cell("Pacing", f"{pacing.percent:.0f} %", pacing.verdict, tone)


def _total_row(week: AccountWeek) -> Part:
    """Return all campaigns as one row, with results only where all are of one kind: others cannot be added up."""
    figures = _with_results(week) if ({campaign.kind for campaign in week.campaigns} == {week.kind}) else week.figures
    return _row("All campaigns", _column_cells(figures, week.pacing, week.currency))


def _account_row(week: AccountWeek) -> Part:
    """Return an account as one row, with the results on which most was spent."""
    cells = _column_cells(_with_results(week), week.pacing, week.currency)
    result = formatting.results(week.kind) if week.kind else ""
    return _row(clean_text(week.name or week.id, _NAME), cells, f"{week.id} · {week.currency}", result)


def _with_results(week: AccountWeek) -> dict[str, Change]:
    if not week.results:
        return week.figures
    return {**week.figures, "results": week.results[0].count, "cost_per_result": week.results[0].cost}


def format_money(value: Figure, currency: str) -> str:
    """Return an amount in major units with the currency's sign, without its code."""
    text = formatting.money(value, currency).removesuffix(currency).rstrip()
    return re.sub(r"\d+", lambda digits: f"{int(digits[0]):,}", text, count=1)


_FORMATS: dict[str, Callable[[Figure, str], str]] = {
    **dict.fromkeys(("spend", "cpc", "cpm", "cost_per_result", "purchase_value"), format_money),
    **dict.fromkeys(("impressions", "clicks", "results"), lambda value, _: f"{value:,.0f}"),
    "ctr": lambda value, _: f"{value:.2f} %",
    **dict.fromkeys(("roas", "frequency"), lambda value, _: f"{value:.2f}"),
}


def format_figure(name: str, value: Figure | None, currency: str) -> str:
    """Return a figure as its column shows it, a dash if it is not known."""
    return ABSENT if value is None else _FORMATS[name](value, currency)


def change_tone(name: str, change: Change) -> str:
    """Return whether a change is good, bad or neither ("even")."""
    percent = change.percent
    if name in _NEUTRAL or percent is None or abs(percent) < Decimal("0.5"):
        return "even"
    return "good" if (percent > 0) != (name in LOWER_IS_BETTER) else "bad"


def format_change(change: Change) -> str:
    """Return a change in percent with an arrow, "new" where there was nothing before."""
    if change.percent is None:
        return "new" if change.after and not change.before else ""
    percent = formatting.percent(change.percent)
    return "± 0 %" if percent == "0 %" else f"{'▲' if change.percent > 0 else '▼'} {percent[1:]}"


def format_period(since: date, until: date) -> str:
    """Return two days in words; a month or year that they share is named once."""
    begin = f"{since.day}{since.strftime(' %B') if since.month != until.month else ''}"
    begin += since.strftime(" %Y") if since.year != until.year else ""
    return f"{begin} – {until.day} {until.strftime('%B %Y')}"


def clean_text(text: str, max_length: int = 0) -> str:
    """Return text of others on one line, without characters of control or direction, cut to `max_length`."""
    hidden = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs")} - {"\u200d", "\ufe0f"}
    line = without_tokens(" ".join("".join(" " if char in hidden else char for char in text).split()))
    return f"{line[: max_length - 1].rstrip()}…" if 0 < max_length < len(line) else line
