"""One file per Graph edge: each prepares requests with Meta's SDK objects and hands them to the transport."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from admonster_fb.services._service import Service

CLASSES: dict[str, str] = {
    "adaccounts": "AdAccounts",
    "assigned_users": "AssignedUsers",
    "audience_users": "AudienceUsers",
    "campaigns": "Campaigns",
    "budget_schedules": "BudgetSchedules",
    "adsets": "AdSets",
    "targeting": "TargetingHelp",
    "adimages": "AdImages",
    "advideos": "AdVideos",
    "adcreatives": "AdCreatives",
    "ads": "Ads",
    "insights": "Insights",
    "adrules": "AdRules",
    "alerts": "AlertChecks",
    "adstudies": "AdStudies",
    "customaudiences": "CustomAudiences",
    "saved_audiences": "SavedAudiences",
    "adspixels": "AdsPixels",
    "customconversions": "CustomConversions",
    "conversions": "Conversions",
}
"""Each service's file, which is also the facade's attribute, and its class."""


def by_attribute() -> dict[str, type[Service]]:
    """Return every service class by the facade's attribute.

    >>> by_attribute()["ads"].__name__
    'Ads'
    """
    return {
        file: getattr(importlib.import_module(f"admonster_fb.services.{file}"), name) for file, name in CLASSES.items()
    }
