"""Insights. https://developers.facebook.com/docs/marketing-api/insights"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from facebook_business.adobjects import adaccount, campaign
from typing_extensions import Unpack

from admonster_fb.graph.pages import Edge
from admonster_fb.models._write import checked
from admonster_fb.models.insights import InsightsQuery, InsightsRow
from admonster_fb.opspec import no_op, op
from admonster_fb.services._service import Service, account_or_node_id

# What says which object a row is about, per level.
NAMES: dict[str, tuple[str, ...]] = {
    "account": (),
    "campaign": ("campaign_id", "campaign_name"),
    "adset": ("campaign_id", "campaign_name", "adset_id", "adset_name"),
    "ad": ("campaign_id", "campaign_name", "adset_id", "adset_name", "ad_id", "ad_name"),
}


class Insights(Service):
    """The edge `insights` of an account, a campaign, an ad set or an ad."""

    @no_op("get_detailed_insights shows page by page what `iter` gives")
    def list(
        self, object_id: str, *, fields: Sequence[str] | None = None, **query: Unpack[InsightsQuery]
    ) -> builtins.list[InsightsRow]:
        """Read all rows, to the last page. No activity in the window means no rows.

        >>> [row.campaign_name for row in fb.insights.list("act_1", level="campaign", sort=["spend_descending"])][0]
        'Juniper Roast | Sales | Evergreen'
        """
        return [*self.iter(object_id, fields=fields, **query)]

    @op(
        "get_detailed_insights",
        group="insights",
        aliases={
            "campaign_id": "object_id",
            "adset_id": "object_id",
            "ad_id": "object_id",
            "ad_account_id": "object_id",
            "id": "object_id",
        },
    )
    def iter(
        self, object_id: str, *, fields: Sequence[str] | None = None, **query: Unpack[InsightsQuery]
    ) -> Edge[InsightsRow]:
        """Read figures by level, day, breakdown, …: rows, page by page as they are wanted.

        Pages hold 500 rows unless `limit` says otherwise. Days are the account's. Money is in major units of its
        currency, ctr in percent; a figure that is zero is absent. Meta: insights, Parameters.

        >>> rows = fb.insights.iter("act_1", date_preset="last_7d", time_increment=1)
        >>> sum(1 for row in rows)
        7
        """
        is_account = str(object_id).startswith("act_")
        kind = adaccount.AdAccount if is_account else campaign.Campaign
        node = self._sdk(kind, account_or_node_id(object_id, "object_id"))
        level = query.get("level", "account" if is_account else "campaign")
        asked = fields or (*InsightsRow.fields(), *NAMES.get(level, ()))
        params = {"limit": 500} | checked(InsightsQuery, query)
        return self._transport.edge(self._call(node.get_insights, params, asked), InsightsRow)
