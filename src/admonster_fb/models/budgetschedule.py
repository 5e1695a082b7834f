"""Budgets raised for a time. https://developers.facebook.com/docs/marketing-api/reference/high-demand-period"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Required

from pydantic import Field, PlainValidator, WithJsonSchema, with_config
from typing_extensions import TypedDict

from admonster_fb.models._facts import Fact
from admonster_fb.models._node import Node, ScheduleTime
from admonster_fb.models._params import STRICT, MinorUnits


def _unix(value: object) -> int:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, datetime) and value.tzinfo is not None:
        return int(value.timestamp())
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError('unix seconds, an aware datetime or ISO 8601 text with an offset ("2026-12-01T09:00:00+0000")')


UnixTime = Annotated[
    datetime | str | int,
    PlainValidator(_unix),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "format": "date-time"}]}),
]
"""An instant that Meta takes as unix seconds only."""


_BUDGET_VALUE = Fact(spend="schedule", money=True, money_if=("budget_value_type", "ABSOLUTE"))


class BudgetSchedule(Node):
    """A time in which a campaign or an ad set has another budget. Meta calls it a high demand period."""

    id: str = ""
    ad_object_id: str | None = None
    budget_value: Annotated[int, _BUDGET_VALUE] | None = None
    budget_value_type: str | None = None
    """ABSOLUTE: minor units more a day; MULTIPLIER: the budget times this."""
    time_start: ScheduleTime | None = None
    time_end: ScheduleTime | None = None
    recurrence_type: str | None = None


@with_config(STRICT)
class BudgetScheduleCreate(TypedDict):
    """Parameters of a budget schedule. Meta: ad-campaign-group, budget_schedules."""

    budget_value: Required[
        Annotated[MinorUnits, _BUDGET_VALUE, Field(description="an amount (ABSOLUTE) or a factor (MULTIPLIER)")]
    ]
    budget_value_type: Required[Literal["ABSOLUTE", "MULTIPLIER"]]
    time_start: Required[UnixTime]
    time_end: Required[UnixTime]
