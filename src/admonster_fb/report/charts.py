"""The chart of one figure per day, as inline SVG drawn by Vega-Lite (vl-convert): no script, no font from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources

from admonster_fb._optional import optional
from admonster_fb.analysis.change import Change

_CHART = json.loads(resources.files(__package__).joinpath("days_chart.json").read_text(encoding="utf-8"))
"""The chart in Vega-Lite, without its values. The page's style names its colours again for dark mode."""
FONT = _CHART["config"]["font"]


def draw_days(days: Sequence[tuple[str, Change]]) -> str:
    """Draw a figure per day as SVG, next to the same weekday of the week before."""
    values = [
        {"day": day, "week": side, "value": None if (value := getattr(change, side)) is None else float(value)}
        for day, change in days
        for side in ("before", "after")
    ]
    return str(optional("vl_convert", "report").vegalite_to_svg({**_CHART, "data": {"values": values}}))
