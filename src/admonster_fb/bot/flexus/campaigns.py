"""Functions for campaigns that existing bots import; each returns the op's text, and raises if the call fails."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Self

from admonster_fb.bot.flexus.client import FlexusClient, Reply
from admonster_fb.bot.render.insights import format_figure
from admonster_fb.bot.render.values import label
from admonster_fb.errors import ParameterError, TransientError, Violation
from admonster_fb.models.insights.row import InsightsRow

_AMOUNTS = ("cpc", "cpm", "spend")
_SIGNS = "€£¥"


class Figures(Reply):
    """The text of figures, and the figures as numbers. Amounts are in major units of `currency`.

    In the text every amount begins with `$`, also in an account of another currency: existing bots find amounts by it.

    >>> Figures("Spend: ¥120 JPY", InsightsRow.from_api({"spend": "120"}), "JPY").spend
    Decimal('120')
    """

    currency: str

    def __new__(cls, text: str, row: InsightsRow | None, currency: str) -> Self:
        """Return the figures of a row; without a row all are zero."""
        if not format_figure("spend", Decimal(0), currency).startswith("$"):
            for name in _AMOUNTS:  # its currency follows the amount, as in `$1200 JPY`
                shown = format_figure(name, getattr(row, name, None) or Decimal(0), currency)
                text = text.replace(f"{label(name)}: {shown}", f"{label(name)}: ${shown.lstrip(_SIGNS)}")
            text = f"{text}\nAmounts are in {currency}; $ is a mark for programs."
        figures = super().__new__(cls, text, row)
        figures.currency = currency
        return figures

    @property
    def row(self) -> InsightsRow:
        """All figures that Meta sent; empty if nothing was delivered."""
        return self.data or InsightsRow(account_currency=self.currency)

    @property
    def spend(self) -> Decimal:
        """The amount spent, in major units of `currency`."""
        return Decimal(self.row.spend or 0)

    @property
    def impressions(self) -> int:
        """The number of impressions."""
        return self.row.impressions or 0

    @property
    def clicks(self) -> int:
        """The number of clicks."""
        return self.row.clicks or 0

    @property
    def ctr(self) -> Decimal:
        """The click-through rate, in percent."""
        return Decimal(self.row.ctr or 0)

    @property
    def cpc(self) -> Decimal | None:
        """The cost per click, in major units of `currency`; `None` if there was no click."""
        return Decimal(self.row.cpc) if self.clicks and self.row.cpc is not None else None


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
