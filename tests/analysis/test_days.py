"""Odd days, pacing and fatigue."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import table

from admonster_fb import ParameterError
from admonster_fb.analysis import anomalies, fatigue, pacing
from admonster_fb.analysis.pacing import sum_pacing
from admonster_fb.models.insights.row import InsightsRow

DAY = timedelta(days=1)


def days(values: list[Any], field: str = "clicks") -> list[InsightsRow]:
    first = date(2026, 10, 1)
    return [
        InsightsRow.from_api({"date_start": str(first + n * DAY), **({field: str(v)} if v is not None else {})})
        for n, v in enumerate(values)
    ]


def test_the_score_is_the_textbook_one() -> None:
    [odd] = anomalies(days([10, 12, 11, 9, 10, 13, 40]), "clicks")
    # Median 11, distances 1 1 0 2 1 2 29: MAD 1.
    assert (odd.day, odd.value, odd.usual, odd.score) == ("2026-10-07", 40, 11, Decimal("19.56"))
    assert str(odd) == "2026-10-07: clicks 40.00, far above the usual 11.00"


def test_days_all_alike_are_no_anomalies_and_the_one_that_is_not_is() -> None:
    assert anomalies(days([5] * 10), "clicks") == ()
    assert anomalies(days([0] * 10), "clicks") == ()
    [odd] = anomalies(days([5] * 9 + [50]), "clicks")
    assert (odd.value, odd.score > 0) == (50, True)
    [low] = anomalies(days([500] * 9 + [5]), "clicks")
    assert low.score < 0


def test_a_hair_off_days_that_are_all_alike_is_none() -> None:
    assert anomalies(days([500] * 9 + [501]), "clicks") == ()
    assert len(anomalies(days([500] * 9 + [501]), "clicks", least_change=0)) == 1


def test_a_week_is_needed_and_absent_days_do_not_count() -> None:
    assert anomalies(days([1, 1, 1, 1, 1, 99]), "clicks") == ()
    assert anomalies(days([1, 1, 1, None, 1, 1, 99]), "clicks") == ()
    assert len(anomalies(days([1, 1, 1, 1, None, 1, 1, 99]), "clicks")) == 1
    assert anomalies([], "clicks") == ()


def test_campaigns_of_one_day_are_taken_together() -> None:
    twice = [*days([1] * 8), *days([1] * 7 + [90])]
    assert [odd.value for odd in anomalies(twice, "clicks")] == [91]
    with pytest.raises(ParameterError, match="same person"):
        anomalies([*days([1] * 7, "reach"), *days([1] * 7, "reach")], "reach")


@pytest.mark.thorough
@given(st.lists(st.integers(0, 10**15), min_size=7, max_size=20), st.integers(2, 1000))
def test_the_unit_does_not_matter_nor_the_order(values: list[int], times: int) -> None:
    plain = anomalies(days(values, "spend"), "spend")
    scaled = anomalies(days([value * times for value in values], "spend")[::-1], "spend")
    assert [(odd.day, odd.score) for odd in plain] == [(odd.day, odd.score) for odd in scaled]


START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 11, tzinfo=UTC)


@table(
    ("spent", "day", "verdict"),
    [
        (45, 6, "on track"),
        (55, 6, "on track"),
        (44, 6, "under"),
        (56, 6, "over"),
        (0, 1, "not begun"),
        (100, 20, "on track"),
    ],
)
def test_pacing_of_a_lifetime_budget(spent: int, day: int, verdict: str) -> None:
    assert pacing(spent, 100, START, END, datetime(2026, 10, day, tzinfo=UTC)).verdict == verdict


def test_pacing_before_after_and_of_nothing() -> None:
    before = pacing(0, 100, START, END, START - DAY)
    assert (before.expected, before.projected, before.percent, before.verdict) == (0, None, None, "not begun")
    after = pacing(80, 100, START, END, END + DAY)
    assert (after.expected, after.projected, after.percent, after.verdict) == (100, 80, 80, "under")
    assert pacing(5, 0, START, END, END).verdict == "no budget"
    for end in (START, START - DAY):
        with pytest.raises(ParameterError, match="after start"):
            pacing(1, 1, START, end, START)
    with pytest.raises(ParameterError, match="time zone"):
        pacing(1, 1, START, END, END.replace(tzinfo=None))


def test_the_day_the_clocks_change_is_a_day() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    start, end = datetime(2026, 10, 26, tzinfo=zone), datetime(2026, 11, 2, tzinfo=zone)
    told = pacing(70, 10, start, end, end.astimezone(ZoneInfo("UTC")), kind="daily")
    assert (told.planned, told.expected, told.verdict) == (70, 70, "on track")


@pytest.mark.thorough
@given(st.integers(0, 10**15), st.integers(1, 10**15), st.integers(1, 240))
def test_projection_and_expectation_tell_the_same(spent: int, budget: int, hours: int) -> None:
    told = pacing(spent, budget, START, END, START + timedelta(hours=hours))
    assert told.expected <= told.planned == budget
    assert told.projected is not None
    assert abs(told.projected * told.expected - Decimal(spent) * told.planned) <= Decimal(spent) * budget / 10**20


def test_budgets_together() -> None:
    parts = [pacing(each, 10, START, END, END) for each in (2, 18)]
    both = sum_pacing(parts)
    assert both is not None
    assert (both.spent, both.planned, both.projected, both.verdict) == (20, 20, 20, "on track")
    assert sum_pacing([]) is None


def window(day: str, ad: str = "7", **figures: Any) -> InsightsRow:
    return InsightsRow.from_api({"date_start": day, "ad_id": ad, "ad_name": f"Ad {ad} 😀", **figures})


OLD = {"impressions": "1000", "clicks": "20", "frequency": "1.5"}
NEW = {"impressions": "1000", "clicks": "10", "frequency": "2.5"}


def test_seen_more_and_clicked_less_is_fatigue() -> None:
    [told] = fatigue([window("2026-10-08", **NEW), window("2026-10-01", **OLD)])
    assert (told.object_id, told.name, told.ctr.percent) == ("7", "Ad 7 😀", -50)
    assert str(told) == "frequency 1.50 to 2.50, CTR 2.00 % to 1.00 %"


@table(
    "changed", [{"frequency": "1.6"}, {"clicks": "19"}, {"impressions": "999"}, {"frequency": None}, {"clicks": "30"}]
)
def test_either_alone_or_too_little_is_none(changed: dict[str, Any]) -> None:
    new = {name: value for name, value in {**NEW, **changed}.items() if value is not None}
    assert fatigue([window("2026-10-01", **OLD), window("2026-10-08", **new)]) == ()


def test_no_clicks_at_all_is_fatigue_and_one_window_is_none() -> None:
    new = {name: value for name, value in NEW.items() if name != "clicks"}
    assert fatigue([window("2026-10-01", **OLD), window("2026-10-08", **new)])[0].ctr.after == 0
    assert fatigue([window("2026-10-01", **OLD)]) == fatigue([]) == ()


def test_the_middle_of_an_odd_number_is_left_out_and_reach_serves_for_frequency() -> None:
    reach = {"impressions": "1000", "clicks": "10", "reach": "400"}
    rows = [window("2026-10-01", **OLD), window("2026-10-02", impressions="9"), window("2026-10-03", **reach)]
    assert fatigue(rows)[0].frequency.after == Decimal("2.5")
    assert [told.object_id for told in fatigue([*rows, window("2026-10-01", "8", **NEW)])] == ["7"]
