"""Budgets raised for a time. https://developers.facebook.com/docs/marketing-api/reference/high-demand-period"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from facebook_business.adobjects import campaign
from typing_extensions import Unpack

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import checked
from admonster_fb.models.budgetschedule import BudgetSchedule, BudgetScheduleCreate
from admonster_fb.money import Money
from admonster_fb.operation import no_op, op
from admonster_fb.services._base import Service, node_id
from admonster_fb.transport.paging import Edge


class BudgetSchedules(Service):
    """The edge `budget_schedules` of campaigns and ad sets."""

    @op(
        "list_budget_schedules",
        group="campaign",
        access="read",
        aliases={"campaign_id": "ad_object_id", "adset_id": "ad_object_id"},
    )
    def list(
        self, ad_object_id: str, *, fields: Sequence[str] = BudgetSchedule.fields()
    ) -> builtins.list[BudgetSchedule]:
        """Read the times in which a campaign or an ad set has another budget.

        >>> fb.budget_schedules.list(campaign_id)
        []
        """
        return [*self.iter(ad_object_id, fields=fields)]

    @no_op("list_budget_schedules shows what `iter` gives")
    def iter(self, ad_object_id: str, *, fields: Sequence[str] = BudgetSchedule.fields()) -> Edge[BudgetSchedule]:
        """Read the same as they are wanted, or many of them in a batch.

        >>> [*fb.budget_schedules.iter(campaign_id)]
        []
        """
        # Campaign and ad set have the same edge; the SDK object only gives its path.
        node = self._sdk(campaign.Campaign, node_id(ad_object_id, "ad_object_id"))
        return self._transport.edge(self._call(node.get_budget_schedules, fields=fields), BudgetSchedule)

    @op(
        "create_budget_schedule",
        group="campaign",
        access="write",
        effect="create",
        changes="budget_schedules",
        past="created",
        cost="raises what can be spent in that time",
        aliases={"campaign_id": "ad_object_id", "adset_id": "ad_object_id"},
    )
    def create(self, ad_object_id: str, **params: Unpack[BudgetScheduleCreate]) -> BudgetSchedule:
        """Give a campaign or an ad set another budget for a time, on whichever of them the budget is.

        ABSOLUTE adds `budget_value` (minor units, or money) to each day; MULTIPLIER multiplies the budget by it.

        >>> fb.budget_schedules.create(adset_id, budget_value="10.00 USD", budget_value_type="ABSOLUTE",
        ...     time_start=1796000400, time_end=1796086800).id.isdigit()
        True
        """
        said = checked(BudgetScheduleCreate, params)
        if said["budget_value_type"] == "MULTIPLIER" and isinstance(said["budget_value"], Money):
            raise ParameterError([Violation("budget_value", str(said["budget_value"]), "a whole number: a factor")])
        said = self._transport.in_minor_units(said, node_id(ad_object_id, "ad_object_id"))
        node = self._sdk(campaign.Campaign, ad_object_id)
        return self._transport.create(self._call(node.create_budget_schedule, said), BudgetSchedule)
