"""The chart of one figure per day, as inline SVG drawn by Vega-Lite (vl-convert): no script, no font from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from admonster_fb._optional import optional
from admonster_fb.analysis.change import Change

AFTER, BEFORE, INK, LINE = "#2458d3", "#a7b0bb", "#5b6570", "#e3e6ea"
"""Colours of this week, the week before, text and lines. The page's style names them again for dark mode."""
FONT = "system-ui, sans-serif"
WIDTH, HEIGHT = 380, 176
"""In pixels."""


def draw_days(days: Sequence[tuple[str, Change]]) -> str:
    """Draw a figure per day as SVG, next to the same weekday of the week before.

    >>> draw_days([("Mon 26", Change(1, 2))])[:4]
    '<svg'
    """
    values = [
        {"day": day, "week": side, "value": None if (value := getattr(change, side)) is None else float(value)}
        for day, change in days
        for side in ("before", "after")
    ]
    weeks = ["before", "after"]
    day = {"field": "day", "type": "nominal", "sort": None, "title": None}
    week = {"field": "week", "type": "nominal", "sort": None}
    value = {"field": "value", "type": "quantitative", "title": None, "stack": None}
    axis = {"ticks": False, "domain": False}
    chart = {
        "data": {"values": values},
        "mark": {"type": "bar", "cornerRadiusTopLeft": 2, "cornerRadiusTopRight": 2},
        "encoding": {
            "x": {
                **day,
                "axis": {**axis, "labelAngle": 0, "labelPadding": 8},
                "scale": {"paddingInner": 0.28, "paddingOuter": 0.1},
            },
            "xOffset": {**week, "scale": {"domain": weeks, "paddingInner": 0.08}},
            "y": {**value, "axis": {**axis, "tickCount": 3, "format": "~s", "labelPadding": 6}},
            "color": {**week, "legend": None, "scale": {"domain": weeks, "range": [BEFORE, AFTER]}},
        },
        "width": WIDTH,
        "height": HEIGHT,
        "autosize": {"type": "fit", "contains": "padding"},
        "background": "transparent",
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "padding": 2,
            "axis": {"gridColor": LINE, "labelColor": INK, "labelFontSize": 11},
        },
    }
    return str(optional("vl_convert", "report").vegalite_to_svg(chart))
