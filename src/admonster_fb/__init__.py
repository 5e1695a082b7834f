"""A thin, typed wrapper over Meta's Business SDK for running Facebook and Instagram ads.

    from admonster_fb import FacebookAds

    with FacebookAds.sandbox() as fb:
        fb.campaigns.list(fb.account)

Names are imported at their first use: `import admonster_fb` takes almost no time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from admonster_fb.auth.login import Login
    from admonster_fb.auth.stores import CallableStore, FileStore, MemoryStore
    from admonster_fb.bot.plans.policy import SpendPolicy
    from admonster_fb.client import FacebookAds
    from admonster_fb.errors import (
        APIError,
        AuthenticationError,
        BlockedError,
        FacebookAdsError,
        InvalidParameterError,
        LaunchStopped,
        NetworkError,
        NotFoundError,
        OutcomeUnknown,
        ParameterError,
        PermissionDeniedError,
        PlanNeeded,
        PlanRefused,
        RateLimited,
        TransientError,
    )
    from admonster_fb.models.audiences.rule_builder import AudienceRule
    from admonster_fb.models.schedule import Schedule
    from admonster_fb.models.targeting.builder import Targeting
    from admonster_fb.money import Money
    from admonster_fb.transport.session import Settings

__version__ = "0.1.0"

_MODULES = {
    "AudienceRule": "models.audiences.rule_builder",
    "CallableStore": "auth.stores",
    "FacebookAds": "client",
    "FileStore": "auth.stores",
    "Login": "auth.login",
    "MemoryStore": "auth.stores",
    "Money": "money",
    "Schedule": "models.schedule",
    "Settings": "transport.session",
    "SpendPolicy": "bot.plans.policy",
    "Targeting": "models.targeting.builder",
}

__all__ = [
    "APIError", "AudienceRule", "AuthenticationError", "BlockedError", "CallableStore", "FacebookAds",
    "FacebookAdsError", "FileStore", "InvalidParameterError", "LaunchStopped", "Login", "MemoryStore", "Money",
    "NetworkError", "NotFoundError", "OutcomeUnknown", "ParameterError", "PermissionDeniedError", "PlanNeeded",
    "PlanRefused", "RateLimited", "Schedule", "Settings", "SpendPolicy", "Targeting", "TransientError",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'admonster_fb' has no attribute {name!r}")
    return getattr(importlib.import_module(f"admonster_fb.{_MODULES.get(name, 'errors')}"), name)
