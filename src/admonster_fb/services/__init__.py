"""One file per Graph edge: each prepares requests with Meta's SDK objects and hands them to the transport."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from admonster_fb.services._base import Service

CLASSES: dict[str, str] = {
    "adaccounts": "adaccounts.AdAccounts",
    "assigned_users": "assigned_users.AssignedUsers",
    "audience_users": "audiences.users.AudienceUsers",
    "campaigns": "campaigns.Campaigns",
    "budget_schedules": "budget_schedules.BudgetSchedules",
    "adsets": "adsets.AdSets",
    "targeting": "targeting.TargetingHelp",
    "adimages": "adimages.AdImages",
    "advideos": "advideos.AdVideos",
    "adcreatives": "adcreatives.AdCreatives",
    "ads": "ads.Ads",
    "insights": "insights.service.Insights",
    "adrules": "adrules.AdRules",
    "alerts": "alerts.AlertChecks",
    "adstudies": "adstudies.AdStudies",
    "customaudiences": "audiences.customaudiences.CustomAudiences",
    "saved_audiences": "audiences.saved_audiences.SavedAudiences",
    "adspixels": "adspixels.AdsPixels",
    "customconversions": "customconversions.CustomConversions",
    "conversions": "conversions.Conversions",
}
"""The facade's attribute of each service, with its module and class."""


def load(attribute: str) -> type[Service]:
    """Import and return the service class of a facade attribute.

    >>> load("ads").__name__
    'Ads'
    """
    module, name = CLASSES[attribute].rsplit(".", 1)
    return getattr(importlib.import_module(f"admonster_fb.services.{module}"), name)  # type: ignore[no-any-return]


def by_attribute() -> dict[str, type[Service]]:
    """Return every service class by the facade's attribute.

    >>> by_attribute()["ads"].__name__
    'Ads'
    """
    return {attribute: load(attribute) for attribute in CLASSES}
