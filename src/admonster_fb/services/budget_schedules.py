"""Temporary budget increases. https://developers.facebook.com/docs/marketing-api/reference/high-demand-period"""

from __future__ import annotations

import builtins
from typing import Unpack

from facebook_business.adobjects import campaign

from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models.budgetschedule import BudgetSchedule, BudgetScheduleCreate
from admonster_fb.money import Money
from admonster_fb.operation import no_op, ops_of
from admonster_fb.services._base import Edge, Fields, Service, node_id

op = ops_of("campaign", "budget_schedules", aliases={"campaign_id": "ad_object_id", "adset_id": "ad_object_id"})


class BudgetSchedules(Service):
    """The edge `budget_schedules` of campaigns and ad sets."""

    @op("list_budget_schedules", access="read")
    def list(self, ad_object_id: str, *, fields: Fields = None) -> builtins.list[BudgetSchedule]:
        """List temporary budget increases. They belong to a campaign or an ad set.

        >>> fb.budget_schedules.list(campaign_id)
        []
        """
        return [*self.iter(ad_object_id, fields=fields)]

    @no_op("list_budget_schedules shows all of them: there are few")
    def iter(self, ad_object_id: str, *, fields: Fields = None) -> Edge[BudgetSchedule]:
        """List the temporary budget increases page by page, or within a batch.

        >>> [*fb.budget_schedules.iter(campaign_id)]
        []
        """
        # Ad sets have the same edge. Of the SDK object only the path is used.
        node = self._node(campaign.Campaign, ad_object_id, "ad_object_id")
        return self._edge(node.get_budget_schedules, BudgetSchedule, fields=fields)

    @op("create_budget_schedule", effect="create", cost="raises what can be spent in that time")
    def create(self, ad_object_id: str, **params: Unpack[BudgetScheduleCreate]) -> BudgetSchedule:
        """Raise a budget for some time. The campaign or ad set must have a budget of its own.

        ABSOLUTE adds `budget_value` (minor units, or `"10.00 USD"`) to each day's budget. MULTIPLIER multiplies the
        budget by `budget_value`, a whole number. Returns only the id.

        >>> fb.budget_schedules.create(adset_id, budget_value="10.00 USD", budget_value_type="ABSOLUTE",
        ...     time_start="2040-01-10T09:00:00+0000", time_end="2040-01-11T09:00:00+0000").id.isdigit()
        True
        """
        valid = self._checked(BudgetScheduleCreate, params)
        if valid["budget_value_type"] == "MULTIPLIER" and isinstance(valid["budget_value"], Money):
            raise ParameterError([Violation("budget_value", str(valid["budget_value"]), "a whole number: a factor")])
        valid = self._transport.in_minor_units(valid, node_id(ad_object_id, "ad_object_id"))
        node = self._sdk(campaign.Campaign, ad_object_id)
        return self._create(node.create_budget_schedule, BudgetSchedule, valid, ())
