"""Figures and text as a page shows them: digits grouped, the currency's code left to the column's heading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from admonster_fb.analysis import formatting
from admonster_fb.analysis.change import Change, Figure
from admonster_fb.redaction import without_tokens

ABSENT = "–"
LOWER_IS_BETTER = frozenset({"cpc", "cpm", "cost_per_result", "frequency"})
_NEUTRAL = frozenset({"spend", "impressions"})


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
    """Return text of an advertiser or of Meta on one line, without control characters, cut to `max_length` characters.

    Characters that change the direction of the text around them are removed.
    """
    hidden = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs")} - {"\u200d", "\ufe0f"}
    line = without_tokens(" ".join("".join(" " if char in hidden else char for char in text).split()))
    return f"{line[: max_length - 1].rstrip()}…" if 0 < max_length < len(line) else line
