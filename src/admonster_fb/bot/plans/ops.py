"""The ops of plans: `apply`, `discard`, `list_plans`."""

from __future__ import annotations

import functools
from typing import Annotated, Any

from pydantic import Field

from admonster_fb.bot.plans.plan import Plan
from admonster_fb.operation import op

PlanId = Annotated[str, Field(description="ID of the plan")]
_EXAMPLE = {"plan_id": "plan_3f8a1c29d04b7e65a2c1"}
_of_plan = functools.partial(op, group="plan", access="write", changes="plans", scopes=(), example=_EXAMPLE)


@_of_plan("apply", effect="update", past="applied", cumulative=True, cost="what the plan says", also=("apply_plan",))
def apply(tool: Any, plan_id: PlanId) -> Any:
    """Apply a plan once. Exactly what it says is sent.

    Refused if the plan has expired, was applied before, or the objects it changes were changed meanwhile.
    """
    return tool.guard.apply(plan_id, "model")


@_of_plan("discard", effect="remove", past="discarded", cost="nothing: the plan is deleted", also=("discard_plan",))
def discard(tool: Any, plan_id: PlanId) -> None:
    """Delete a plan without applying it."""
    tool.guard.discard(plan_id)


@op("list_plans", group="plan", access="read", then=("apply", "discard"))
def list_plans(tool: Any) -> list[Plan]:
    """List plans that can be applied."""
    plans: list[Plan] = tool.guard.plans()
    return plans
