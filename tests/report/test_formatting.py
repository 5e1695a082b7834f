"""Figures and text as a page shows them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from admonster_fb.analysis.change import Change
from admonster_fb.report.page import (
    change_tone,
    clean_text,
    format_change,
    format_figure,
    format_money,
    format_period,
)


def test_figures() -> None:
    assert (format_money(Decimal("1234.5"), "USD"), format_money(1234567, "HUF")) == ("$1,234.50", "1,234,567")
    assert (format_figure("ctr", Decimal("1.234"), "USD"), format_figure("spend", 2, "JPY")) == ("1.23 %", "¥2")
    assert [change_tone(name, Change(4, 5)) for name in ("cpm", "results", "spend")] == ["bad", "good", "even"]
    changes = Change(4, 5), Change(None, 5), Change(5, None)
    assert [*map(format_change, changes)] == ["▲ 25 %", "new", ""]


def test_texts() -> None:
    assert format_period(date(2026, 10, 25), date(2026, 10, 31)) == "25 – 31 October 2026"
    assert clean_text("Sale\u202e\n now", 7) == "Sale n…"
