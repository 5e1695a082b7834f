"""Parts of a query: together they have every row of it once, and each asks for less."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import table

from admonster_fb.models.insights.fields import FIELDS
from admonster_fb.services.insights.jobs import (
    MAX_CHUNKS,
    SubQuery,
    as_id_lookup,
    by_date,
    by_fields,
    by_ids,
    next_level,
    row_keys,
)
from admonster_fb.services.insights.jobs import chunk as cut

DAY = timedelta(days=1)


def windows(params: Any) -> list[tuple[date, date]]:
    """The windows of the rows that Meta would make, as it does: from the first day on, months by the calendar."""
    since, until = (date.fromisoformat(params["time_range"][end]) for end in ("since", "until"))
    step, found = params["time_increment"], []
    while since <= until:
        month = (since.replace(day=1) + 32 * DAY).replace(day=1)
        following = month if step == "monthly" else since + int(step) * DAY
        found.append((since, min(following - DAY, until)))
        since = following
    return found


@pytest.mark.thorough
@given(
    since=st.dates(date(2024, 1, 1), date(2026, 1, 1)),
    days=st.integers(0, 800),
    step=st.one_of(st.integers(1, 90), st.just("monthly"), st.just("7")),
)
def test_days_are_split_at_the_ends_of_rows(since: date, days: int, step: int | str) -> None:
    whole = SubQuery(
        {"time_range": {"since": str(since), "until": str(since + days * DAY)}, "time_increment": step}, ()
    )
    rows, parts = windows(whole.params), by_date(whole)
    assert len(parts) == (min(MAX_CHUNKS, len(rows)) if len(rows) > 1 else 0)
    if parts:
        assert [window for part in parts for window in windows(part.params)] == rows


@table(
    "params",
    [
        {"time_range": {"since": "2026-01-01", "until": "2026-02-01"}},
        {"time_range": {"since": "2026-01-01", "until": "2026-02-01"}, "time_increment": "all_days"},
        {"time_range": {"since": "2026-01-01", "until": "2026-01-01"}, "time_increment": 1},
        {"date_preset": "maximum", "time_increment": 1},
        {"time_ranges": [{"since": "2026-01-01", "until": "2026-01-01"}]},
    ],
)
def test_what_has_one_row_for_all_days_is_not_split_by_date(params: dict[str, Any]) -> None:
    assert by_date(SubQuery(params, ("spend",))) == []


def test_time_ranges_are_parted_and_stay_as_they_are() -> None:
    ranges = [{"since": f"2026-0{n}-01", "until": f"2026-0{n}-09"} for n in range(1, 7)]
    parts = by_date(SubQuery({"time_ranges": ranges, "level": "ad"}, ("spend",)))
    assert [each for part in parts for each in part.params["time_ranges"]] == ranges
    assert {part.params["level"] for part in parts} == {"ad"}


@pytest.mark.thorough
@given(st.lists(st.integers(), min_size=2, max_size=50))
def test_pieces_are_all_of_it_in_order_and_about_as_long(items: list[int]) -> None:
    parts = cut(items)
    assert [item for part in parts for item in part] == items
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert cut(items[:1]) == []


def test_objects_are_split_no_deeper_than_the_rows_are() -> None:
    part = SubQuery({"level": "adset"}, ("spend",))
    assert next_level(part) == "campaign"
    assert next_level(SubQuery(part.params, (), "campaign", ("1",))) == "adset"
    assert next_level(SubQuery(part.params, (), "adset", ("1",))) == ""
    assert next_level(SubQuery({"level": "account"}, ())) == next_level(SubQuery({}, ())) == ""


def test_a_filter_for_objects_is_added_to_those_there_are() -> None:
    own = {"field": "spend", "operator": "GREATER_THAN", "value": 5}
    parts = by_ids(SubQuery({"filtering": [own]}, ()), "campaign", ["1", "2", "3", "4", "5"])
    assert [part.ids for part in parts] == [("1", "2"), ("3",), ("4",), ("5",)]
    assert parts[0].sent["filtering"] == [own, {"field": "campaign.id", "operator": "IN", "value": ["1", "2"]}]
    assert by_ids(parts[1], "campaign", parts[1].ids) == []


def test_objects_are_looked_for_from_29_days_before_on_and_without_filters_on_figures() -> None:
    part = SubQuery(
        {
            "level": "ad",
            "time_range": {"since": "2026-03-30", "until": "2026-04-02"},
            "time_increment": 1,
            "breakdowns": ["age"],
            "filtering": [{"field": "spend", "operator": "GREATER_THAN", "value": 5}],
        },
        ("spend",),
        "campaign",
        ("7",),
    )
    asked = as_id_lookup(part, "adset")
    assert asked.sent == {
        "level": "adset",
        "time_range": {"since": "2026-03-01", "until": "2026-04-02"},
        "filtering": [{"field": "campaign.id", "operator": "IN", "value": ["7"]}],
    }
    assert asked.fields == ("adset_id",)


names = st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=30, unique=True)


@pytest.mark.thorough
@given(fields=names, parted=st.booleans(), frequency=st.booleans())
def test_fields_are_all_asked_for_and_every_part_has_the_keys(fields: list[str], parted: bool, frequency: bool) -> None:
    params: dict[str, Any] = {"level": "ad", "breakdowns": ["frequency_value" if frequency else "age"]}
    if parted:
        params["action_breakdowns"] = ["action_type"]
        fields = [*dict.fromkeys([*fields, "actions"])]
    whole = SubQuery(params, tuple(fields))
    parts = by_fields(whole)
    for part in parts:
        assert {*row_keys(whole)} <= {*part.fields, "date_start", "date_stop", *params["breakdowns"]}
        assert len(part.fields) < len({*fields, *row_keys(whole)}) + 1
        assert ("action_breakdowns" in part.params) == ("actions" in part.fields and parted)
        assert not frequency or "reach" in part.fields
    if parts:
        assert {name for part in parts for name in part.fields} >= {*fields}
        smaller = [each for part in parts for each in by_fields(part)]
        assert len(smaller) < 4 * len(fields), "it comes to an end"
