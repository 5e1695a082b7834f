"""Conditions as filters of Meta's rules, and back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admonster_fb import Money, ParameterError
from admonster_fb.alerts.conditions import TIMES, Condition, conditions, from_filters, time_preset, to_filters
from admonster_fb.analysis.metrics import METRICS

SUNDAY = date(2026, 11, 1)


def filters(*wanted: Condition) -> list[dict[str, Any]]:
    return to_filters(wanted, "campaign", ["1", "2"], "LAST_7D")


def test_to_filters_have_objects_days_and_volume() -> None:
    made = filters(Condition("ctr", "<", Decimal("0.5"), 5000), Condition("cpc", ">", Money("2.00 USD"), 8000))
    assert made == [
        {"field": "entity_type", "operator": "EQUAL", "value": "CAMPAIGN"},
        {"field": "id", "operator": "IN", "value": ["1", "2"]},
        {"field": "time_preset", "operator": "EQUAL", "value": "LAST_7D"},
        {"field": "impressions", "operator": "GREATER_THAN", "value": 7999},
        {"field": "ctr", "operator": "LESS_THAN", "value": 0.5},
        {"field": "cpc", "operator": "GREATER_THAN", "value": Money("2.00 USD")},
    ]


def test_to_filters_always_require_an_impression() -> None:
    assert {"field": "impressions", "operator": "GREATER_THAN", "value": 0} in filters(
        Condition("clicks", "<", Decimal(1))
    )


LIMITS = [
    ("clicks", ">=", Decimal(5), "GREATER_THAN", 4),
    ("clicks", "<=", Decimal(5), "LESS_THAN", 6),
    ("clicks", ">=", Decimal("4.5"), "GREATER_THAN", 4),
    ("clicks", "<=", Decimal("4.5"), "LESS_THAN", 5),
    ("spend", ">=", 2000, "GREATER_THAN", 1999),
    ("spend", "<=", Money("20.00 USD"), "LESS_THAN", Money("20.01 USD")),
    ("results", "==", Decimal(0), "EQUAL", 0),
]


def test_to_filters_inclusive_limits_of_whole_units_become_exclusive(subtests: pytest.Subtests) -> None:
    for metric, sign, limit, operator, value in LIMITS:
        with subtests.test(metric=metric, sign=sign, limit=limit, operator=operator, value=value):
            rule = METRICS[metric].rule
            assert filters(Condition(metric, sign, limit))[-1] == {"field": rule, "operator": operator, "value": value}


def test_to_filters_unsupported_condition_is_refused_with_alternatives() -> None:
    wanted = conditions(
        [
            {"metric": "conversion_rate", "operator": "<", "value": 1},
            {"metric": "ctr", "operator": "<=", "value": 1},
            {"metric": "clicks", "operator": "!=", "value": 1},
            {"metric": "ctr", "operator": "<", "value": 1, "min_events": 5, "events": "purchases"},
            {"metric": "roas", "operator": "<", "value": 1},
        ]
    )
    with pytest.raises(ParameterError) as caught:
        filters(*wanted)
    assert [violation.field for violation in caught.value.violations] == [
        *("conditions.0.metric", "conditions.1.operator", "conditions.2.operator"),
        *("conditions.3.events", "conditions.4.metric"),
    ]
    assert "website_roas" in caught.value.violations[-1].allowed
    assert all("check_alerts" in violation.allowed for violation in caught.value.violations)


metrics = st.sampled_from([name for name, each in METRICS.items() if each.rule])


@pytest.mark.thorough
@given(metric=metrics, sign=st.sampled_from(["<", ">", "=="]), limit=st.integers(0, 10**6), least=st.integers(0, 10**6))
def test_from_filters_reads_what_to_filters_wrote(metric: str, sign: str, limit: int, least: int) -> None:
    threshold: Any = limit if METRICS[metric].kind == "money" else Decimal(limit)
    made = from_filters(filters(Condition(metric, sign, threshold, least)))
    assert (made.level, made.ids, made.time_preset) == ("campaign", ("1", "2"), "LAST_7D")
    assert made.conditions == (
        Condition("impressions", ">", Decimal(max(least, 1) - 1)),
        Condition(metric, sign, threshold),
    )


def test_from_filters_numbers_as_text_are_read() -> None:
    told = [*filters()[:3], {"field": "spent", "operator": "GREATER_THAN", "value": "5000"}]
    assert from_filters(told).conditions == (Condition("spend", ">", 5000),)


UNSUPPORTED = [
    {"field": "spent", "operator": "IN_RANGE", "value": [1, 2]},
    {"field": "campaign.spent", "operator": "GREATER_THAN", "value": 1},
    {"field": "today_spent / adset.daily_budget", "operator": "GREATER_THAN", "value": 1},
    {"field": "name", "operator": "CONTAIN", "value": "Sale"},
    {"field": "id", "operator": "NOT_IN", "value": ["1"]},
    {"field": "spent", "operator": "GREATER_THAN", "value": 1.5},
    {"field": "ctr", "operator": "GREATER_THAN", "value": "much"},
    {"field": "time_preset", "operator": "EQUAL", "value": "LAST_ND_14_8"},
    {"field": "entity_type", "operator": "EQUAL", "value": "ACCOUNT"},
]


def test_from_filters_unsupported_filter_is_refused(subtests: pytest.Subtests) -> None:
    for odd in UNSUPPORTED:
        with subtests.test(odd=odd):
            rest = [each for each in filters(Condition("ctr", "<", Decimal(1))) if each["field"] != odd["field"]]
            with pytest.raises(ParameterError):
                from_filters([*rest, odd])


DAYS = [
    ("TODAY", SUNDAY, SUNDAY),
    ("YESTERDAY", date(2026, 10, 31), date(2026, 10, 31)),
    ("LAST_7D", date(2026, 10, 25), date(2026, 10, 31)),
    ("LAST_7_DAYS", date(2026, 10, 26), SUNDAY),
    ("LAST_2_DAYS", date(2026, 10, 31), SUNDAY),
    ("THIS_MONTH", SUNDAY, SUNDAY),
    ("THIS_WEEK_MON_TODAY", date(2026, 10, 26), SUNDAY),
    ("THIS_WEEK_SUN_TODAY", SUNDAY, SUNDAY),
]


def test_times_are_the_days_of_metas_rules(subtests: pytest.Subtests) -> None:
    for preset, since, until in DAYS:
        with subtests.test(preset=preset, since=since, until=until):
            days = TIMES[preset]
            assert days is not None
            assert days(SUNDAY) == (since, until)


@pytest.mark.thorough
@given(day=st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_times_never_reach_into_the_future(day: date) -> None:
    for days in TIMES.values():
        if days:
            since, until = days(day)
            assert since <= until <= day <= until + timedelta(days=1)


def test_time_preset_accepts_names_of_insights() -> None:
    assert [time_preset(name) for name in ("last_7d", "today", "maximum")] == ["LAST_7D", "TODAY", "LIFETIME"]
    with pytest.raises(ParameterError, match="LAST_7_DAYS"):
        time_preset("last_90d")
