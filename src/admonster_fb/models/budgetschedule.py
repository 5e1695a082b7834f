"""Budgets raised for a time. https://developers.facebook.com/docs/marketing-api/reference/high-demand-period"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Required

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from admonster_fb.models._facts import Fact
from admonster_fb.models._node import Node, ScheduleTime
from admonster_fb.models._params import Extra, MinorUnits, Params
from admonster_fb.money import Money


def _unix(value: object) -> int:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, datetime) and value.tzinfo is not None:
        return int(value.timestamp())
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1:
        return int(value)
    raise ValueError('unix seconds, an aware datetime or ISO 8601 text with an offset ("2026-12-01T09:00:00+0000")')


UnixTime = Annotated[
    datetime | str | int,
    PlainValidator(_unix),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "format": "date-time"}]}),
]
"""An instant that Meta takes as unix seconds only."""

_BUDGET_VALUE = Fact(spend="schedule", money=True, money_if=("budget_value_type", "ABSOLUTE"))


class BudgetSchedule(Node):
    """A time in which a campaign or ad set has a higher budget. Meta calls it a high demand period.

    >>> BudgetSchedule.from_api({"id": "9", "budget_value": 2000, "budget_value_type": "ABSOLUTE"}).budget_value
    2000
    """

    id: str = ""
    """Meta's ID of the schedule."""
    ad_object_id: str | None = None
    """ID of the campaign or ad set."""
    budget_value: Annotated[int, _BUDGET_VALUE] | None = None
    """Additional budget per day in minor units (ABSOLUTE), or factor of the budget (MULTIPLIER)."""
    budget_value_type: str | None = None
    """ABSOLUTE or MULTIPLIER."""
    time_start: ScheduleTime | None = None
    """Start of the higher budget."""
    time_end: ScheduleTime | None = None
    """End of the higher budget."""
    recurrence_type: str | None = None
    """How the schedule repeats, such as ONE_TIME or WEEKLY."""


class BudgetScheduleSpec(Params, total=False):
    """A budget schedule in the parameters of a campaign or an ad set. Meta: ad-campaign-group, budget_schedules.

    >>> spec: BudgetScheduleSpec = {"budget_value": "20.00 USD", "budget_value_type": "ABSOLUTE",
    ...     "time_start": 1798790400, "time_end": 1798801200}
    """

    budget_value: Required[Annotated[MinorUnits, _BUDGET_VALUE]]
    """Additional budget per day (ABSOLUTE; minor units or "20.00 USD"), or factor (MULTIPLIER)."""
    budget_value_type: Required[Literal["ABSOLUTE", "MULTIPLIER"]]
    """ABSOLUTE or MULTIPLIER."""
    time_start: Required[UnixTime]
    """Start of the higher budget."""
    time_end: Required[UnixTime]
    """End of the higher budget."""


class BudgetScheduleCreate(BudgetScheduleSpec, total=False):
    """Parameters of a budget schedule. Meta: ad-campaign-group, budget_schedules.

    >>> params: BudgetScheduleCreate = {"budget_value": "20.00 USD", "budget_value_type": "ABSOLUTE",
    ...     "time_start": 1798790400, "time_end": 1798801200}
    """

    extra: Extra


def factor_is_a_number(schedule: BudgetScheduleSpec) -> BudgetScheduleSpec:
    """Return a schedule. Raises `ValueError` if its factor is an amount of money."""
    if schedule["budget_value_type"] == "MULTIPLIER" and isinstance(schedule["budget_value"], Money):
        raise ValueError("with MULTIPLIER, budget_value as a whole number: a factor")
    return schedule


BudgetSchedules = Annotated[
    list[Annotated[BudgetScheduleSpec, AfterValidator(factor_is_a_number)]],
    Fact(spend="schedule"),
    Field(description='Temporary budget increases. Amounts: minor units or "20.00 USD".'),
]
"""The budget schedules of a campaign or an ad set."""
