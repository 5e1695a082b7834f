"""Functions for campaigns that existing bots import; each returns the op's text, and raises if the call fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from admonster_fb.bot.flexus.client import FlexusClient
from admonster_fb.bot.flexus.reply import Figures, Reply
from admonster_fb.errors import ParameterError, TransientError, Violation
from admonster_fb.models.insights.row import InsightsRow


async def create_campaign(
    client: FlexusClient,
    ad_account_id: str = "",
    name: str = "",
    objective: str = "",
    status: str | None = None,
    daily_budget: int | str | None = None,
    lifetime_budget: int | str | None = None,
    special_ad_categories: list[str] | None = None,
    **params: Any,
) -> Reply:
    """Create a campaign. Default status: PAUSED. Default: no special ad category.

    >>> await create_campaign(client, name="Sale", objective="OUTCOME_TRAFFIC", daily_budget=5000)
    OK: created, as it is now:…
    """
    named = {key: value for key, value in locals().items() if key not in ("client", "params")}
    return await client.run("create_campaign", **{**named, **params})


async def update_campaign(
    client: FlexusClient,
    campaign_id: str,
    name: str | None = None,
    status: str | None = None,
    daily_budget: int | str | None = None,
    lifetime_budget: int | str | None = None,
    **changes: Any,
) -> Reply:
    """Change a campaign: `status`, `daily_budget`, …

    >>> await update_campaign(client, "120210000000000001", status="PAUSED")
    OK: updated.…
    """
    named = {key: value for key, value in locals().items() if key not in ("client", "changes")}
    return await client.run("update_campaign", **{**named, **changes})


async def get_insights(client: FlexusClient, campaign_id: str, days: int | None = None, **window: Any) -> Figures:
    """Return the figures of a campaign over its last days, today included. Default: 30 days.

    Raises `ParameterError` for a wrong window, `TransientError` if Meta's answer lacks the spend: it is unknown then,
    and not zero. The figures are attributes too: `spend` and `cpc` in major units of `currency`, `clicks`,
    `impressions`, `ctr`.

    >>> figures = await get_insights(client, "120210000000000001", days=7)
    >>> figures.spend, figures.currency
    (Decimal('402.43'), 'USD')
    """
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or days < 1):
        raise ParameterError([Violation("days", days, "a whole number of days, 1 or more: 1 is today")])
    if not window:
        today = await client.today(campaign_id)
        first = today - timedelta(days=(30 if days is None else days) - 1)
        window, days = {"time_range": {"since": str(first), "until": str(today)}}, None
    reply = await client.run("get_insights", campaign_id=campaign_id, days=days, **window)
    if isinstance(reply.data, InsightsRow) and "fields" not in window and reply.data.spend is None:
        raise TransientError(message="Meta's answer holds no spend: the figures are unknown")
    return Figures(reply, reply.data, await client.currency(campaign_id))
