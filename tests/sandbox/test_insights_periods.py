"""Presets and ranges: whose today it is, where periods begin and end."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from tables import table

from admonster_fb.sandbox.insights import query
from admonster_fb.sandbox.insights.breakdowns import (
    ACTION_BREAKDOWNS,
    BREAKDOWNS,
    GONE_FIELDS,
    KNOWN_FIELDS,
    KNOWN_WINDOWS,
)
from admonster_fb.sandbox.insights.filters import PRESETS, months_before, resolve
from admonster_fb.sandbox.store import Node, Store

SUNDAY = date(2026, 11, 1)
BORN = date(2024, 5, 15)


@table(
    ("preset", "since", "until"),
    [
        ("today", "2026-11-01", "2026-11-01"),
        ("yesterday", "2026-10-31", "2026-10-31"),
        ("last_3d", "2026-10-29", "2026-10-31"),
        ("last_7d", "2026-10-25", "2026-10-31"),
        ("last_14d", "2026-10-18", "2026-10-31"),
        ("last_28d", "2026-10-04", "2026-10-31"),
        ("last_30d", "2026-10-02", "2026-10-31"),
        ("last_90d", "2026-08-03", "2026-10-31"),
        ("this_month", "2026-11-01", "2026-11-01"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("this_quarter", "2026-10-01", "2026-11-01"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
        ("this_year", "2026-01-01", "2026-11-01"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("this_week_mon_today", "2026-10-26", "2026-11-01"),
        ("this_week_sun_today", "2026-11-01", "2026-11-01"),
        ("last_week_mon_sun", "2026-10-19", "2026-10-25"),
        ("last_week_sun_sat", "2026-10-25", "2026-10-31"),
        ("maximum", "2024-05-15", "2026-11-01"),
        ("data_maximum", "2024-05-15", "2026-11-01"),
    ],
)
def test_date_preset_gives_its_period(preset: str, since: str, until: str) -> None:
    assert _resolved({"date_preset": preset}) == [(since, until)]


def test_every_preset_of_the_sdk_is_there() -> None:
    from facebook_business.adobjects.adsinsights import AdsInsights

    assert {*PRESETS, "maximum", "data_maximum"} == _words(AdsInsights.DatePreset)


def test_meta_words_are_those_of_the_sdk() -> None:
    from facebook_business.adobjects.adsinsights import AdsInsights

    assert set(AdsInsights._field_types) - set(GONE_FIELDS) == KNOWN_FIELDS
    assert _words(AdsInsights.Breakdowns) == BREAKDOWNS
    assert _words(AdsInsights.ActionBreakdowns) == ACTION_BREAKDOWNS
    assert _words(AdsInsights.ActionAttributionWindows) == KNOWN_WINDOWS


def test_ranges_beat_presets() -> None:
    october = {"since": "2026-10-01", "until": "2026-10-10"}
    params = {"date_preset": "today", "time_range": october, "time_increment": "4"}
    assert _resolved(params) == [
        ("2026-10-01", "2026-10-04"),
        ("2026-10-05", "2026-10-08"),
        ("2026-10-09", "2026-10-10"),
    ]
    params["time_ranges"] = [october, {"since": "2026-10-05", "until": "2026-10-06"}]
    assert _resolved(params) == [("2026-10-01", "2026-10-10"), ("2026-10-05", "2026-10-06")]


def test_months() -> None:
    params = {"time_range": {"since": "2026-01-15", "until": "2026-04-02"}, "time_increment": "monthly"}
    assert _resolved(params) == [
        ("2026-01-15", "2026-01-31"),
        ("2026-02-01", "2026-02-28"),
        ("2026-03-01", "2026-03-31"),
        ("2026-04-01", "2026-04-02"),
    ]
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(SUNDAY, 37) == date(2023, 10, 1)


def test_overlapping_ranges_count_twice() -> None:
    store, account = _world("UTC", datetime(2026, 11, 1, 12, tzinfo=UTC))
    ranges = [{"since": "2026-10-30", "until": "2026-10-31"}, {"since": "2026-10-31", "until": "2026-10-31"}]
    spend = [row["spend"] for row in query(store, account, {"time_ranges": ranges})]
    assert spend == ["2", "1"]


@table(
    ("zone", "hour", "today"),
    [
        ("America/Los_Angeles", 3, "2026-10-31"),
        ("America/Los_Angeles", 8, "2026-11-01"),
        ("UTC", 3, "2026-11-01"),
        ("Asia/Tokyo", 14, "2026-11-01"),
        ("Asia/Tokyo", 16, "2026-11-02"),
    ],
)
def test_today_is_the_accounts(zone: str, hour: int, today: str) -> None:
    store, account = _world(zone, datetime(2026, 11, 1, hour, tzinfo=UTC))
    (row,) = query(store, account, {"date_preset": "today"})
    assert (row["date_start"], row["date_stop"]) == (today, today)
    (row,) = query(store, account, {"date_preset": "last_3d", "fields": "spend"})
    assert row["spend"] == "3"
    assert row["date_stop"] < today


def _world(zone: str, now: datetime) -> tuple[Store, Node]:
    """An account that spends a dollar a day."""
    store = Store(1, lambda: now)
    account = store.add("AdAccount", {"account_id": "9", "currency": "USD", "timezone_name": zone}, id="act_9")
    ad = store.add("Ad", {"account_id": "9", "status": "ACTIVE"})
    days = [f"2026-10-{day:02}" for day in range(20, 32)] + ["2026-11-01", "2026-11-02"]
    ad.hidden["delivery"] = {day: {"impressions": 10, "spend": 100} for day in days}
    return store, account


def _resolved(params: dict[str, Any]) -> list[tuple[str, str]]:
    return [(since.isoformat(), until.isoformat()) for since, until in resolve(params, SUNDAY, BORN)]


def _words(enum: Any) -> set[str]:
    return {value for name, value in vars(enum).items() if not name.startswith("_")}
