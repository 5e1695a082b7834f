"""v27's device default is always written out: the people on the chosen devices, unless the caller says otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, Settings
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough

CHOSEN = {"user_os": ["iOS"], "geo_locations": {"countries": ["US"]}}
AUDIENCE = {"advantage_audience": 0}
OFF, ON = {"individual_setting": {"device": 0}}, {"individual_setting": {"device": 1}}

ROWS: list[tuple[str, int, str, dict[str, Any], dict[str, Any]]] = [
    ("v27.0", 0, "OUTCOME_SALES", CHOSEN, OFF),
    ("v27.0", 0, "OUTCOME_SALES", {"user_device": ["iPhone"], "geo_locations": {"countries": ["US"]}}, OFF),
    ("v27.0", 0, "OUTCOME_SALES", {**CHOSEN, "targeting_automation": {**AUDIENCE, **ON}}, ON),
    ("v27.0", 0, "OUTCOME_TRAFFIC", CHOSEN, {}),
    ("v27.0", 0, "OUTCOME_SALES", {"geo_locations": {"countries": ["US"]}}, {}),
    ("v26.0", 0, "OUTCOME_SALES", CHOSEN, {}),
    ("v26.0", 100, "OUTCOME_SALES", CHOSEN, OFF),
]


@table("version, days, objective, targeting, automation", ROWS)
def test_devices_stay_as_chosen(
    version: str, days: int, objective: str, targeting: dict[str, Any], automation: dict[str, Any]
) -> None:
    sandbox = Sandbox(history=0)
    sandbox.advance(days=days)
    fb = FacebookAds.sandbox(sandbox, settings=Settings(adapter=sandbox.adapter(), version=version))
    campaign = fb.campaigns.create("act_1", name="A", objective=objective, special_ad_categories=[])  # type: ignore[arg-type]
    fb.adsets.create(
        "act_1",
        campaign_id=campaign.id,
        name="A",
        daily_budget=5000,
        bid_strategy="LOWEST_COST_WITHOUT_CAP",
        optimization_goal="LINK_CLICKS",
        billing_event="IMPRESSIONS",
        targeting={"targeting_automation": AUDIENCE, **targeting},  # type: ignore[typeddict-item]
    )
    sent = next(
        entry.params for entry in reversed(sandbox.journal) if entry.path.endswith("/adsets") and entry.method == "POST"
    )
    assert sent["targeting"]["targeting_automation"] == {**AUDIENCE, **automation}
