"""The goal matrix: objective, destination, goal, billing event, promoted object and attribution that go together.

Read from `facts/goal_matrix.json` and `facts/goals_by_objective.json`; readable in `docs/meta-rules.md#goal-matrix`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from admonster_fb import facts

Thing = Literal["site", "app", "catalog", "both", "other"]
_THINGS: dict[str, Thing] = {
    "website": "site",
    "website with message extensions": "site",
    "website and app": "both",
    "app": "app",
    "catalog": "catalog",
    "shop": "catalog",
}
MARKS: dict[Thing, frozenset[str]] = {
    "site": frozenset({"pixel_id", "custom_conversion_id"}),
    "app": frozenset({"application_id", "object_store_url", "object_store_urls"}),
    "catalog": frozenset({"product_set_id"}),
    "both": frozenset({"omnichannel_object"}),
    "other": frozenset(),
}
"""Keys that identify one of several rows."""
FREQUENCY_GOALS = frozenset({"REACH", "THRUPLAY"})  # goals that take frequency_control_specs


def is_app_sale(objective: str | None, destination: str | None, promoted: Collection[str]) -> bool:
    """Return whether an app is promoted under OUTCOME_SALES, which refuses VALUE."""
    to_app = destination == "APP" or not MARKS["app"].isdisjoint(promoted)
    other = MARKS["catalog"] | MARKS["site"] | MARKS["both"]
    return to_app and objective == "OUTCOME_SALES" and other.isdisjoint(promoted)


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One way to run an objective. `destination` None leaves it out. `billing` and `attribution` are by goal."""

    objective: str
    destination: str | None
    goals: tuple[str, ...]
    billing: Mapping[str, tuple[str, ...]]
    promoted_object: tuple[str, ...]
    attribution: Mapping[str, tuple[str, ...]]
    thing: Thing = "other"
    note: str = ""
    doubtful: bool = False
    """Whether sources disagree on the row."""
    promoted_instead: tuple[tuple[str, ...], ...] = ()
    """Other sets of keys that replace `promoted_object`."""

    @property
    def description(self) -> str:
        """The note, with "doubtful" if the row is."""
        return "; ".join(filter(None, (self.note.rstrip("."), "doubtful" if self.doubtful else "")))


_BILLING = facts.rows("billing_events")
EXTRA_BILLING = {row.goal: row.also for row in _BILLING if row.also and not row.stay_open}
"""Billing events besides IMPRESSIONS, which every goal accepts. Source: `docs/meta-rules.md#billing-events`."""
DOUBTFUL_BILLING = frozenset((row.goal, event) for row in _BILLING if row.stay_open for event in row.also)
"""Goals and billing events on which Meta's pages disagree."""
GOALS_OF = {row.objective: row.goals for row in facts.rows("goals_by_objective")}
"""All goals that any source lists for an objective, under any destination."""
_WINDOWS = {(row.goal, row.promotes): row.windows for row in facts.rows("attribution_windows") if not row.stay_open}


def _windows(goal: str, thing: Thing, objective: str) -> tuple[str, ...]:
    place = "app or traffic" if thing == "app" or objective == "OUTCOME_TRAFFIC" else "website or catalog"
    return tuple(_WINDOWS.get((goal, place)) or _WINDOWS.get((goal, "app")) or _WINDOWS["*", "any"])


def _expand(row: facts.Row) -> Iterator[MatrixRow]:
    """Yield a row of the matrix for each destination of a row of the facts."""
    goals, thing = (*row.goals, *row.older_goals), _THINGS.get(row.promotes, "other")
    first, *instead = row.promoted_object or ((),)
    billing = MappingProxyType({goal: ("IMPRESSIONS", *EXTRA_BILLING.get(goal, ())) for goal in goals})
    windows = MappingProxyType({goal: _windows(goal, thing, row.objective) for goal in goals})
    more = thing, row.note, row.stay_open, tuple(instead)
    for destination in row.destinations:
        yield MatrixRow(row.objective, destination, goals, billing, first, windows, *more)


@cache
def rows() -> list[MatrixRow]:
    """Return all rows of the matrix, websites before apps and catalogs."""
    return [made for row in facts.rows("goal_matrix") for made in _expand(row)]
