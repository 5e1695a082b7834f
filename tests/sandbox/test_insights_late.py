"""Figures that settle: conversions come in for 28 days, add up in every part, and follow from the seed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.insights.delivery import LATE, PARENT

pytestmark = pytest.mark.thorough

# The days before the first of November, when the sandbox begins, and those that are settled once November is over.
OCTOBER = {"since": "2026-10-02", "until": "2026-10-31"}
FIELDS = "campaign_id,impressions,spend,clicks,actions,action_values"


def rows(sandbox: Sandbox, **params: Any) -> list[dict[str, Any]]:
    return sandbox.insights("act_1", **{"time_range": OCTOBER, "fields": FIELDS, **params})


def purchases(found: list[dict[str, Any]], field: str = "actions", kind: str = "purchase") -> float:
    entries = [entry for row in found for entry in row.get(field, ()) if entry["action_type"] == kind]
    return round(sum(float(entry["value"]) for entry in entries), 2)


def test_old_days_grow_as_time_passes_and_then_rest() -> None:
    sandbox = Sandbox()
    seen = [purchases(rows(sandbox))]
    for _ in range(4):
        sandbox.advance(days=7)
        seen.append(purchases(rows(sandbox)))
    assert seen == sorted(seen)
    assert seen[0] < seen[1]
    sandbox.advance(days=1)
    settled = rows(sandbox, time_increment=1)
    sandbox.advance(days=30)
    assert rows(sandbox, time_increment=1) == settled


def test_what_was_shown_and_spent_stays() -> None:
    sandbox = Sandbox()
    (before,) = rows(sandbox, fields="impressions,spend,clicks,reach,inline_link_clicks")
    sandbox.advance(days=28)
    assert rows(sandbox, fields="impressions,spend,clicks,reach,inline_link_clicks") == [before]


def test_nobody_buys_who_did_not_come_so_far() -> None:
    sandbox = Sandbox()
    for _ in range(200):
        sandbox.settle()
    delivered = [day for ad in sandbox.objects("Ad") for day in sandbox.internals(ad["id"])["delivery"].values()]
    for figure in LATE:
        assert all(day.get(figure, 0) <= day.get(PARENT[figure], 0) for day in delivered)


def test_late_conversions_are_in_every_part_once() -> None:
    sandbox = Sandbox()
    sandbox.advance(days=10)
    (whole,) = rows(sandbox)
    for parts in ({"time_increment": 1}, {"breakdowns": "age,gender"}, {"breakdowns": "publisher_platform"}):
        found = rows(sandbox, **parts)
        assert purchases(found) == purchases([whole]), parts
        assert purchases(found, "action_values") == purchases([whole], "action_values"), parts


def test_late_conversions_follow_from_the_seed_however_time_is_cut() -> None:
    def run(*steps: int) -> list[dict[str, Any]]:
        sandbox = Sandbox()
        for days in steps:
            sandbox.advance(days=days)
        return rows(sandbox, time_increment=1)

    assert run(6) == run(1, 2, 3) == run(*[1] * 6)


def test_they_can_come_without_time_passing() -> None:
    sandbox = Sandbox(clock=lambda: datetime(2026, 11, 1, 12, tzinfo=UTC))
    before = purchases(rows(sandbox), kind="view_content")
    counts = [sandbox.settle() for _ in range(3)]
    assert all(counts)
    assert len({*counts}) > 1
    assert purchases(rows(sandbox), kind="view_content") > before
    assert Sandbox(history=0).settle() == 0
