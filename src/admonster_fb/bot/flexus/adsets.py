"""Functions for ad sets that existing bots import; each returns the op's text, and raises if the call fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admonster_fb.bot.flexus.client import FlexusClient
from admonster_fb.bot.flexus.reply import Reply
from admonster_fb.models.campaign import BUDGETS

_BIDS = frozenset({"bid_strategy", "bid_amount", "bid_constraints"})


async def create_adset(
    client: FlexusClient, ad_account_id: str = "", campaign_id: str = "", name: str = "", **params: Any
) -> Reply:
    """Create an ad set. Default status: PAUSED. There is no default budget.

    Existing bots leave out what Meta now requires. Defaults: `billing_event` IMPRESSIONS; `advantage_audience` 0, so
    that the targeting is used as written; for an ad set with a budget, `bid_strategy` LOWEST_COST_WITHOUT_CAP.

    >>> await create_adset(client, campaign_id="120210000000000001", name="US", optimization_goal="LINK_CLICKS",
    ...     targeting={"geo_locations": {"countries": ["US"]}})
    OK: created, as it is now:…
    """
    fields = {key: value for key, value in params.items() if value is not None}
    if fields.keys() & BUDGETS and not _BIDS & fields.keys():
        fields["bid_strategy"] = "LOWEST_COST_WITHOUT_CAP"
    if isinstance(fields.get("targeting"), Mapping):
        fields["targeting"] = {"targeting_automation": {"advantage_audience": 0}, **fields["targeting"]}
    defaults = {
        "ad_account_id": ad_account_id,
        "campaign_id": campaign_id,
        "name": name,
        "billing_event": "IMPRESSIONS",
    }
    return await client.run("create_adset", **(defaults | fields))
