"""The usual parameters of each objective, merged under what is written. Nothing in them is money, a place or an id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admonster_fb.models.launch import Preset

_ALWAYS = {
    "billing_event": "IMPRESSIONS",
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "targeting": {"targeting_automation": {"advantage_audience": 0}},
}


def _preset(objective: str, goal: str, **adset: Any) -> Mapping[str, Mapping[str, Any]]:
    campaign = {"objective": objective, "buying_type": "AUCTION"}
    return {"campaign": campaign, "adset": {"optimization_goal": goal, **_ALWAYS, **adset}}


PRESETS: Mapping[Preset, Mapping[str, Mapping[str, Any]]] = {
    "awareness": _preset("OUTCOME_AWARENESS", "REACH"),
    "traffic": _preset("OUTCOME_TRAFFIC", "LINK_CLICKS"),
    "engagement": _preset("OUTCOME_ENGAGEMENT", "POST_ENGAGEMENT", destination_type="ON_POST"),
    "leads": _preset("OUTCOME_LEADS", "LEAD_GENERATION", destination_type="ON_AD"),
    "app_promotion": _preset("OUTCOME_APP_PROMOTION", "APP_INSTALLS"),
    "sales": _preset(
        "OUTCOME_SALES",
        "OFFSITE_CONVERSIONS",
        destination_type="WEBSITE",
        promoted_object={"custom_event_type": "PURCHASE"},
    ),
}
"""By name. With a campaign budget the bid strategy is the campaign's, and ad sets have none."""
