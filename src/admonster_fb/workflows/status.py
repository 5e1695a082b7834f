"""How an ad account is doing, in three requests however many campaigns it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from admonster_fb.models.adaccount import AdAccount
from admonster_fb.models.campaign import BUDGETS, Campaign
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.operation import op
from admonster_fb.transport.rate_limits import UsageSample

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

_FIELDS = ("name", "objective", "status", "effective_status", *BUDGETS, "account_id")


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """An account, its active campaigns, today's figures in the account's time zone by campaign id, and limits used."""

    account: AdAccount
    campaigns: list[Campaign]
    today: dict[str, InsightsRow]
    usage: dict[str, UsageSample]


@op("status", group="account", access="read", then=("list_campaigns", "get_insights"))
def status(fb: FacebookAds, ad_account_id: str) -> AccountStatus:
    """Show an account's health, today's spend and every active campaign with its budget and today's figures.

    >>> status(fb, "act_1").account.currency
    'USD'
    """
    rows = fb.insights.iter(ad_account_id, level="campaign", date_preset="today")
    account = fb.adaccounts.get(ad_account_id)
    campaigns = fb.campaigns.list(ad_account_id, fields=_FIELDS, effective_status=["ACTIVE"], limit=500)
    today = {row.campaign_id or "": row for row in rows}
    return AccountStatus(account, campaigns, today, fb.usage.readings(account.id))
