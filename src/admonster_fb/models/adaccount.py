"""Ad accounts. https://developers.facebook.com/docs/marketing-api/reference/ad-account"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from admonster_fb.models._read import Map, Node, Time
from admonster_fb.models.business import Business


class AdAccount(Node):
    """An ad account: one currency, one time zone, one bill. Amounts are in minor units of `currency`."""

    EXPANDED: ClassVar = {"business": "business{id,name}"}
    NOT_ASKED: ClassVar = frozenset({"funding_source_details"})

    id: str = ""
    """`act_` and the number."""
    account_id: str | None = None
    """The bare number."""
    name: str | None = None
    account_status: int | None = None
    """1 active, 2 disabled, 3 unsettled, …: `enums.ACCOUNT_STATUS`."""
    disable_reason: int | None = None
    """0 none, …: `enums.DISABLE_REASON`."""
    business: Business | None = None
    currency: str | None = None
    timezone_id: int | None = None
    timezone_name: str | None = None
    timezone_offset_hours_utc: Decimal | None = None
    amount_spent: int | None = None
    """Minor units, since the spending limit was set or reset."""
    balance: int | None = None
    """Minor units owed."""
    spend_cap: int | None = None
    """Minor units when read (Meta takes major units when it is written); 0 is no limit."""
    min_daily_budget: int | None = None
    min_campaign_group_spend_cap: int | None = None
    capabilities: list[str] | None = None
    age: Decimal | None = None
    """Days."""
    created_time: Time | None = None
    funding_source_details: Map | None = None
