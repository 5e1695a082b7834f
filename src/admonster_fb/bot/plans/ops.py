"""The ops of plans: `apply`, `discard`, `list_plans`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from admonster_fb.bot.plans.plan import Plan
from admonster_fb.operation import op

PlanId = Annotated[str, Field(description="as the plan names itself")]


@op(
    "apply",
    group="plan",
    access="write",
    effect="update",
    changes="plans",
    past="applied",
    cumulative=True,
    scopes=(),
    example={"plan_id": "plan_3f8a1c29d04b7e65a2c1"},
    cost="what the plan says",
    also=("apply_plan",),
)
def apply(tool: Any, plan_id: PlanId) -> Any:
    """Apply a plan: do exactly what it says, once.

    Refused if it is older than 15 minutes, was applied before, or somebody has changed meanwhile what it was made from.
    """
    return tool.guard.apply(plan_id, "model")


@op(
    "discard",
    group="plan",
    access="write",
    effect="remove",
    changes="plans",
    past="discarded",
    scopes=(),
    example={"plan_id": "plan_3f8a1c29d04b7e65a2c1"},
    cost="nothing: the plan is forgotten",
    also=("discard_plan",),
)
def discard(tool: Any, plan_id: PlanId) -> None:
    """Discard a plan that is not wanted."""
    tool.guard.discard(plan_id)


@op("list_plans", group="plan", access="read", then=("apply", "discard"))
def list_plans(tool: Any) -> list[Plan]:
    """List the plans that wait to be applied."""
    found: list[Plan] = tool.guard.plans()
    return found
