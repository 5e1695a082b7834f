"""Saved audiences: targeting kept under a name. https://developers.facebook.com/docs/graph-api/reference/saved-audience"""

from __future__ import annotations

from typing import ClassVar

from admonster_fb.models._node import Map, NamedNode, ScheduleTime
from admonster_fb.models.targeting.spec import AdSetTargeting


class SavedAudience(NamedNode):
    """A saved audience: targeting with a name, ready to be used in an ad set.

    >>> SavedAudience.from_api({"id": "3", "targeting": {"age_min": 25}}).targeting.age_min
    25
    """

    NOT_ASKED: ClassVar = frozenset({"sentence_lines"})

    description: str | None = None
    """Description of the saved audience."""
    approximate_count_lower_bound: int | None = None
    """Minimum number of people; -1 if Meta does not state it."""
    approximate_count_upper_bound: int | None = None
    """Maximum number of people; -1 if Meta does not state it."""
    targeting: AdSetTargeting | None = None
    """The targeting; pass it to an ad set."""
    run_status: str | None = None
    """Whether the saved audience is ACTIVE or DELETED."""
    operation_status: Map | None = None
    """State of the saved audience: `code` and `description`."""
    sentence_lines: list[Map] | None = None
    """The targeting in words, line by line."""
    time_created: ScheduleTime | None = None
    """Time of creation."""
    time_updated: ScheduleTime | None = None
    """Time of the last change."""
