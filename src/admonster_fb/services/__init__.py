"""One module per Graph edge. Each prepares requests with Meta's SDK objects and passes them to the transport."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

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
"""Module and class of each service, by its attribute on the facade."""


def by_attribute() -> dict[str, type[Service]]:
    """Return each service class by its attribute on the facade.

    >>> by_attribute()["ads"].__name__
    'Ads'
    """
    return {attribute: _load(*path.rsplit(".", 1)) for attribute, path in CLASSES.items()}


def _load(module: str, name: str) -> type[Service]:
    return getattr(importlib.import_module(f"admonster_fb.services.{module}"), name)  # type: ignore[no-any-return]


def methods(service: type[Service]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield name and function of each public method of a service.

    >>> [name for name, function in methods(by_attribute()["saved_audiences"])]
    ['get', 'iter', 'list']
    """
    for name, item in vars(service).items():
        if not name.startswith("_") and inspect.isroutine(item):
            yield name, inspect.unwrap(item)
