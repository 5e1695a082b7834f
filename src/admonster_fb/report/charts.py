"""Charts as inline SVG: no script, no font, no picture from elsewhere. Made by Altair and vl-convert."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from admonster_fb._optional import optional
from admonster_fb.analysis.change import Change, Figure
from admonster_fb.analysis.weekly.model import AccountWeek, CampaignWeek
from admonster_fb.report.formatting import money, name_of, whole

NOW, THEN, INK, LINE = "#2458d3", "#a7b0bb", "#5b6570", "#e3e6ea"
"""This week, last week, words and lines. The page's style names them again for the dark."""
WIDTH, HEIGHT, ROW = 380, 176, 34
MOST = 6
"""How many campaigns a chart shows."""
_NAME = 48


def by_day(days: Sequence[tuple[str, Change]]) -> str:
    """Draw a figure by day, beside the same day of the week before.

    >>> by_day([("Mon 26", Change(1, 2))])[:4]
    '<svg'
    """
    alt = optional("altair", "report")
    values = [
        {"day": day, "week": side, "value": _point(getattr(change, side))}
        for day, change in days
        for side in ("before", "after")
    ]
    at = alt.X("day:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, ticks=False, domain=False, labelPadding=8))
    axis = alt.Axis(tickCount=3, format="~s", ticks=False, domain=False, labelPadding=6)
    bars = alt.Chart(alt.Data(values=values)).mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
    drawn = bars.encode(
        x=at.scale(paddingInner=0.28, paddingOuter=0.1),
        xOffset=alt.XOffset("week:N", sort=None, scale=alt.Scale(domain=["before", "after"], paddingInner=0.08)),
        y=alt.Y("value:Q", title=None, axis=axis, stack=None),
        color=alt.Color("week:N", legend=None, scale=alt.Scale(domain=["before", "after"], range=[THEN, NOW])),
    )
    return _drawn(drawn, HEIGHT)


def costs(week: AccountWeek) -> str:
    """Draw the cost per result of campaigns with the same kind of results, cheapest first.

    >>> costs.__name__
    'costs'
    """
    rivals = same_kind(week)
    ranked = sorted(rivals, key=lambda each: each.figures["cost_per_result"].after or 0)
    shown = [*ranked[: MOST // 2], *ranked[-(MOST - MOST // 2) :]] if len(ranked) > MOST else ranked
    bars = [
        (each.name or each.id, cost, money(cost, week.currency))
        for each in shown
        if (cost := each.figures["cost_per_result"].after) is not None
    ]
    return _bars(bars) if bars else ""


def same_kind(week: AccountWeek) -> list[CampaignWeek]:
    """Return the campaigns whose cost per result can be compared: of the kind that most of them have, or costs most."""
    told = [each for each in week.campaigns if each.figures["cost_per_result"].after is not None]
    kinds = [each.kind for each in told]
    kind = max(kinds, key=lambda one: (kinds.count(one), -kinds.index(one)), default="")
    return [each for each in told if each.kind == kind]


def shares(week: AccountWeek) -> str:
    """Draw which share of the week's spend went to which campaign."""
    spent = [(each.name or each.id, spend) for each in week.campaigns if (spend := each.figures["spend"].after)]
    total = week.spend
    if not spent or not total:
        return ""
    head, tail = (spent, []) if len(spent) <= MOST else (spent[: MOST - 1], spent[MOST - 1 :])
    if tail:
        head = [*head, (f"{whole(len(tail), '')} others", sum((spend for _, spend in tail), Decimal(0)))]
    return _bars([(name, spend, f"{100 * spend / total:.0f} %") for name, spend in head])


def _bars(bars: Sequence[tuple[str, Figure, str]]) -> str:
    """Draw horizontal bars with the name above and the figure at the end: names are long, screens narrow."""
    alt = optional("altair", "report")
    values = [
        {"row": number, "name": name_of(name, _NAME), "value": float(value), "label": label}
        for number, (name, value, label) in enumerate(bars)
    ]
    most = float(max(value for _, value, _ in bars)) or 1.0
    at = alt.X("value:Q", axis=None, stack=None, scale=alt.Scale(domain=[0, most * 1.28], nice=False))
    base = alt.Chart(alt.Data(values=values)).encode(y=alt.Y("row:O", axis=None))
    mark = base.mark_bar(color=NOW, cornerRadiusEnd=3, height=12, yOffset=8).encode(x=at)
    label = base.mark_text(align="left", dx=6, dy=9, color=INK, fontWeight=600).encode(x=at, text="label:N")
    name = base.mark_text(align="left", dy=-7, color=INK, limit=WIDTH - 10).encode(x=alt.value(0), text="name:N")
    return _drawn(mark + label + name, ROW * len(bars) + 6)


def _drawn(chart: Any, height: int) -> str:
    made = chart.properties(
        width=WIDTH, height=height, background="transparent", autosize={"type": "fit", "contains": "padding"}
    ).configure(font="system-ui, sans-serif", view={"stroke": None}, padding=2)
    made = made.configure_axis(gridColor=LINE, labelColor=INK, labelFontSize=11).configure_text(fontSize=11.5)
    return str(optional("vl_convert", "report").vegalite_to_svg(made.to_dict()))


def _point(value: Figure | None) -> float | None:
    """Return where to draw a figure: pixels need no cents."""
    return None if value is None else float(value)
