"""Ad sets, as code of existing bots calls for them: each returns the op's text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admonster_fb.bot.flexus.client import FlexusClient
from admonster_fb.models.campaign import BUDGETS

_BIDS = frozenset({"bid_strategy", "bid_amount", "bid_constraints"})


async def create_adset(
    client: FlexusClient, ad_account_id: str = "", campaign_id: str = "", name: str = "", **params: Any
) -> str:
    """Create an ad set, PAUSED unless `status` says otherwise; a budget is never made up.

    Existing bots leave out what Meta has come to demand: `billing_event` is then IMPRESSIONS, the targeting is meant
    as it is written (`advantage_audience` 0), and an ad set's own budget is spent without a bid cap.

    >>> await create_adset(client, campaign_id="120210000000000001", name="US", optimization_goal="LINK_CLICKS",
    ...     targeting={"geo_locations": {"countries": ["US"]}})
    OK: created, as it is now:…
    """
    given = {key: value for key, value in params.items() if value is not None}
    if given.keys() & BUDGETS and not _BIDS & given.keys():
        given["bid_strategy"] = "LOWEST_COST_WITHOUT_CAP"
    if isinstance(given.get("targeting"), Mapping):
        given["targeting"] = {"targeting_automation": {"advantage_audience": 0}, **given["targeting"]}
    known = {"ad_account_id": ad_account_id, "campaign_id": campaign_id, "name": name, "billing_event": "IMPRESSIONS"}
    return await client.run("create_adset", **(known | given))
