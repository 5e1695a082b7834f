"""Figures as a page shows them: grouped digits, currency apart where a column says it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from admonster_fb.analysis import formatting as wording
from admonster_fb.analysis.change import Change, Figure

ABSENT = "–"  # noqa: RUF001 - a dash that is as wide as a figure
Format = Callable[[Figure, str], str]


def money(value: Figure, currency: str) -> str:
    """Return an amount with its sign where it has one, without the currency's letters.

    >>> money(Decimal("1234.5"), "USD"), money(1234567, "HUF")
    ('$1,234.50', '1,234,567')
    """
    text = wording.money(value, currency).removesuffix(currency).rstrip()
    return re.sub(r"\d+", lambda found: f"{int(found[0]):,}", text, count=1)


def whole(value: Figure, _currency: str) -> str:
    """Return a count.

    >>> whole(12345, "")
    '12,345'
    """
    return f"{value:,.0f}"


FORMATS: dict[str, Format] = {
    **dict.fromkeys(("spend", "cpc", "cpm", "cost_per_result", "purchase_value"), money),
    **dict.fromkeys(("impressions", "clicks", "results"), whole),
    "ctr": lambda value, _: f"{value:.2f} %",
    "roas": lambda value, _: f"{value:.2f}",
    "frequency": lambda value, _: f"{value:.2f}",
}


def shown(name: str, value: Figure | None, currency: str) -> str:
    """Return a figure as its column shows it, a dash if Meta told none.

    >>> shown("ctr", Decimal("1.234"), "USD"), shown("spend", Decimal("2"), "JPY")
    ('1.23 %', '¥2')
    """
    return ABSENT if value is None else FORMATS[name](value, currency)


DEARER = frozenset({"cpc", "cpm", "cost_per_result", "frequency"})
"""Where more is worse."""
_NEUTRAL = frozenset({"spend", "impressions"})


def tone(name: str, change: Change) -> str:
    """Return whether a change is good, bad or neither.

    >>> tone("cpm", Change(4, 5)), tone("results", Change(4, 5)), tone("spend", Change(4, 5))
    ('bad', 'good', 'even')
    """
    moved = change.percent
    if name in _NEUTRAL or moved is None or abs(moved) < Decimal("0.5"):
        return "even"
    return "good" if (moved > 0) != (name in DEARER) else "bad"


def moved(change: Change) -> str:
    """Return a change with an arrow, "new" where there was nothing before.

    >>> moved(Change(4, 5)), moved(Change(None, 5)), moved(Change(5, None))
    ('▲ 25 %', 'new', '')
    """
    if change.percent is None:
        return "new" if change.after and not change.before else ""
    told = wording.percent(change.percent)
    if told == "0 %":
        return "± 0 %"
    return f"{'▲' if change.percent > 0 else '▼'} {told[1:]}"


def days(since: date, until: date) -> str:
    r"""Return two days in words, what they share said once.

    >>> days(date(2026, 10, 25), date(2026, 10, 31)).replace("\u2013", "to")
    '25 to 31 October 2026'
    """
    begin = f"{since.day}"
    if since.month != until.month:
        begin += since.strftime(" %B")
    if since.year != until.year:
        begin += since.strftime(" %Y")
    return f"{begin} – {until.day} {until.strftime('%B %Y')}"  # noqa: RUF001


def name_of(text: str, most: int = 0) -> str:
    r"""Return an advertiser's text without what would turn the text around it, cut to so many characters.

    >>> name_of("Sale\u202e\n now", 7)
    'Sale n…'
    """
    kept = (
        char if unicodedata.category(char) not in ("Cc", "Cf", "Cs") or char in "\u200d\ufe0f" else " " for char in text
    )
    line = " ".join("".join(kept).split())
    return f"{line[: most - 1].rstrip()}…" if 0 < most < len(line) else line
