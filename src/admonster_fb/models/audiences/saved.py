"""Saved audiences: targeting kept under a name. https://developers.facebook.com/docs/graph-api/reference/saved-audience"""

from __future__ import annotations

from typing import ClassVar

from admonster_fb.models._node import Map, Node, ScheduleTime
from admonster_fb.models.targeting.spec import AdSetTargeting


class SavedAudience(Node):
    """Targeting kept under a name; its `targeting` can be given to an ad set."""

    NOT_ASKED: ClassVar = frozenset({"sentence_lines"})

    id: str = ""
    name: str | None = None
    description: str | None = None
    approximate_count_lower_bound: int | None = None
    approximate_count_upper_bound: int | None = None
    targeting: AdSetTargeting | None = None
    run_status: str | None = None
    operation_status: Map | None = None
    sentence_lines: list[Map] | None = None
    time_created: ScheduleTime | None = None
    time_updated: ScheduleTime | None = None
