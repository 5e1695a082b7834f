"""Figures as the tests of jeffreywlai, mureo and tap-facebook read them: the answer, the question, what is right."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.models.insights.row import InsightsRow

PIXEL = "offsite_conversion.fb_pixel_purchase"
Read = Callable[[InsightsRow], Any]


def actions(*pairs: tuple[str, Any]) -> dict[str, Any]:
    return {"actions": [{"action_type": kind, "value": value} for kind, value in pairs]}


def roas(kind: str, value: str) -> list[dict[str, Any]]:
    return [{"action_type": kind, "value": value}]


def purchases(row: InsightsRow) -> Any:
    found = row.result("OFFSITE_CONVERSIONS", event="PURCHASE")
    return found and found.value


FIGURES: list[tuple[str, dict[str, Any], Read, Any]] = [
    ("jeffreywlai-023", {"impressions": "1000"}, lambda row: row.impressions, 1000),
    ("impressions as a number", {"impressions": 1000}, lambda row: row.impressions, 1000),
    ("impressions empty", {"impressions": ""}, lambda row: row.impressions, None),
    ("jeffreywlai-025", {"purchase_roas": roas("omni_purchase", "3.33")}, lambda row: row.roas, Decimal("3.33")),
    # The exact type stays absent, Meta's own figure under the pixel's name is the row's ROAS (issue 20, item 2).
    (
        "jeffreywlai-027",
        {"purchase_roas": roas(PIXEL, "3.32")},
        lambda row: (row.purchase_roas or {}).get("purchase"),
        None,
    ),
    (
        "jeffreywlai-027, ROAS",
        {"spend": "100", "action_values": roas(PIXEL, "332")},
        lambda row: row.roas,
        Decimal("3.32"),
    ),
    ("no spend", {"spend": "0", "action_values": roas(PIXEL, "332")}, lambda row: row.roas, None),
    ("jeffreywlai-029", {"cpm": "120.0"}, lambda row: row.cpm, 120),
    ("mureo-013", actions(("purchase", "4"), (PIXEL, "4"), ("omni_purchase", "4")), purchases, 4),
    ("mureo-015", actions(("view_content", "9"), ("landing_page_view", "3")), purchases, None),
    ("mureo-017", {"actions": []}, purchases, None),
    ("mureo-019", {"actions": {}}, purchases, None),
    ("actions null", {"actions": None}, purchases, None),
    ("mureo-021", actions(("purchase", None), ("purchase", "5")), purchases, 5),
    ("junk beside a figure", actions(("lead", "n/a"), ("purchase", "5")), purchases, 5),
    *(
        (f"junk {junk!r}", actions(("purchase", junk)), purchases, None)
        for junk in ("n/a", "", "NaN", "inf", [], {}, True)
    ),
    ("mureo-023", {"spend": "12.34"}, lambda row: str(row.spend), "12.34"),
    ("spend is no number", {"spend": "Infinity"}, lambda row: row.spend, None),
]


@table("name, answer, read, right", FIGURES)
def test_figures_are_read_as_others_expect_them(name: str, answer: dict[str, Any], read: Read, right: Any) -> None:
    assert read(InsightsRow.from_api(answer)) == right, name


@table("since", ["2022-01-01", "2019-06-30"])
def test_days_before_the_37_months_are_refused_with_the_first_day(since: str) -> None:
    """tap-facebook-013 moves the start silently: here the caller learns which days Meta still has."""
    fb = FacebookAds.sandbox()
    with pytest.raises(ParameterError, match=r"days from 20\d\d-\d\d-\d\d on .*37 months"):
        fb.insights.list("act_1", time_range={"since": since, "until": "2026-10-31"})


def test_a_first_run_of_sixty_days_is_read() -> None:
    """tap-facebook-011."""
    assert isinstance(FacebookAds.sandbox().insights.list("act_1", days=60), list)
