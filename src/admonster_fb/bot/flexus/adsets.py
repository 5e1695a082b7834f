"""Functions for ad sets that existing bots import; each returns the op's text, and raises if the call fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admonster_fb.bot.flexus.client import FlexusClient, Reply


async def create_adset(
    client: FlexusClient,
    ad_account_id: str = "",
    campaign_id: str = "",
    name: str = "",
    targeting: Mapping[str, Any] | None = None,
    optimization_goal: str | None = None,
    billing_event: str | None = None,
    bid_strategy: str | None = None,
    status: str | None = None,
    daily_budget: int | str | None = None,
    lifetime_budget: int | str | None = None,
    bid_amount: int | str | None = None,
    **params: Any,
) -> Reply:
    """Create an ad set. Default status: PAUSED. There is no default budget.

    Existing bots leave out what Meta now requires. Defaults: `billing_event` IMPRESSIONS; `advantage_audience` 0, so
    that the targeting is used as written; for an ad set with a budget, `bid_strategy` LOWEST_COST_WITHOUT_CAP.

    >>> await create_adset(client, campaign_id="120210000000000001", name="US", optimization_goal="LINK_CLICKS",
    ...     targeting={"geo_locations": {"countries": ["US"]}})
    OK: created, as it is now:…
    """
    named = {key: value for key, value in locals().items() if key not in ("client", "params")}
    return await client.run("create_adset", **{**named, **params})
