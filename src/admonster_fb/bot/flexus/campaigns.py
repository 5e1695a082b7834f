"""Functions for campaigns that existing bots import; each returns the op's text."""

from __future__ import annotations

from typing import Any

from admonster_fb.bot.flexus.client import FlexusClient


async def create_campaign(
    client: FlexusClient, ad_account_id: str = "", name: str = "", objective: str = "", **params: Any
) -> str:
    """Create a campaign. Default status: PAUSED. Default: no special ad category.

    >>> await create_campaign(client, name="Sale", objective="OUTCOME_TRAFFIC", daily_budget=5000)
    OK: created, as it is now:…
    """
    defaults = {"ad_account_id": ad_account_id, "name": name, "objective": objective, "special_ad_categories": []}
    fields = {key: value for key, value in params.items() if value is not None}
    return await client.run("create_campaign", **(defaults | fields))


async def update_campaign(client: FlexusClient, campaign_id: str, **changes: Any) -> str:
    """Change a campaign: `status`, `daily_budget`, …

    >>> await update_campaign(client, "120210000000000001", status="PAUSED")
    OK: updated.…
    """
    return await client.run("update_campaign", campaign_id=campaign_id, **changes)


async def get_insights(client: FlexusClient, campaign_id: str, days: int | None = None, **window: Any) -> str:
    """Return the figures of a campaign over its last whole days. Default: 30 days.

    >>> await get_insights(client, "120210000000000001", days=7)
    campaign ID: 120210000000000001 | 2026-10-25 to 2026-10-31…
    """
    return await client.run("get_insights", campaign_id=campaign_id, days=days, **window)
