"""Figures as cells, campaigns and accounts as rows of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from admonster_fb.analysis import formatting as wording
from admonster_fb.analysis.change import Change
from admonster_fb.analysis.pacing import Pacing
from admonster_fb.analysis.weekly.model import AccountWeek, CampaignWeek
from admonster_fb.report import formatting as words

MOST = 25
"""How many campaigns the table names; the rest is one row."""


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


def cell_of(label: str, name: str, change: Change, currency: str) -> Cell:
    """Return a figure, this week and before, as a cell."""
    return Cell(
        label,
        words.shown(name, change.after, currency),
        words.moved(change),
        words.tone(name, change),
        words.shown(name, change.before, currency),
    )


def row_of(campaign: CampaignWeek, currency: str) -> Row:
    """Return a campaign as a row."""
    status = (campaign.status or "put away").replace("_", " ").lower()
    count = campaign.figures["results"].after
    return Row(
        campaign.name or campaign.id,
        status,
        "" if count is None else wording.results(campaign.kind, 1 if count == 1 else None),
        (*_columns(campaign.figures, currency), _paced(campaign.pacing)),
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
        yield cell_of(label, name, figures.get(name, Change(None, None)), currency)


def _paced(told: Pacing | None) -> Cell:
    if told is None or told.percent is None:
        return Cell("Pacing", words.ABSENT)
    tone = "even" if told.verdict == "on track" else "bad"
    return Cell("Pacing", f"{told.percent:.0f} %", told.verdict, tone)


def rest_of(week: AccountWeek) -> Row | None:
    """Return the campaigns that the table does not name as one row: what adds up, added up."""
    if not (rest := week.campaigns[MOST:]):
        return None
    sides = [
        [value for each in rest if (value := getattr(each.figures["spend"], side)) is not None]
        for side in ("before", "after")
    ]
    spend = Change(*(sum(side, Decimal(0)) if side else None for side in sides))
    return Row(f"{len(rest):,} more campaigns", "", "", (cell_of("Spend", "spend", spend, week.currency),))


def total_of(week: AccountWeek) -> Row:
    """Return all campaigns together as a row; results only where they are of one kind."""
    figures = dict(week.figures)
    if week.results and {each.kind for each in week.campaigns} == {week.kind}:  # of several kinds there is no sum
        figures |= {"results": week.results[0].count, "cost_per_result": week.results[0].cost}
    cells = (*_columns(figures, week.currency), _paced(week.pacing))
    return Row("All campaigns", "", "", cells)


def account_row(week: AccountWeek) -> Row:
    """Return an account as a row, with the results on which most was spent."""
    kind = wording.results(week.kind) if week.kind else ""
    main = week.results[0] if week.results else None
    figures = {
        "spend": week.figures["spend"],
        "results": main.count if main else Change(None, None),
        "cost_per_result": main.cost if main else Change(None, None),
        "roas": week.figures["roas"],
        "ctr": week.figures["ctr"],
    }
    return Row(
        week.name or week.id,
        f"{week.id} · {week.currency}",
        kind,
        (*_columns(figures, week.currency), _paced(week.pacing)),
    )
