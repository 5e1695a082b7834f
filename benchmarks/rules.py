"""How many parameter sets the offline rules judge in a second on one core.

python benchmarks/rules.py    prints each figure with its limit and ends with 1 if one is under.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from admonster_fb.rules import RULES, Context, check, check_tree

CAMPAIGN = {
    "name": "Autumn",
    "objective": "OUTCOME_SALES",
    "special_ad_categories": [],
    "is_adset_budget_sharing_enabled": False,
}
ADSET: dict[str, Any] = {
    "name": "US 25-45",
    "campaign_id": "1",
    "status": "PAUSED",
    "daily_budget": 5000,
    "bid_strategy": "COST_CAP",
    "bid_amount": 900,
    "optimization_goal": "OFFSITE_CONVERSIONS",
    "billing_event": "IMPRESSIONS",
    "destination_type": "WEBSITE",
    "promoted_object": {"pixel_id": "1", "custom_event_type": "PURCHASE"},
    "start_time": "2026-12-01T09:00:00-0800",
    "end_time": "2026-12-24T09:00:00-0800",
    "targeting": {
        "geo_locations": {"countries": ["CA"], "cities": [{"key": "2418779", "radius": 12, "distance_unit": "mile"}]},
        "age_min": 25,
        "age_max": 45,
        "flexible_spec": [{"interests": [{"id": "6003107902433"}]}],
        "custom_audiences": [{"id": "120"}],
        "publisher_platforms": ["facebook", "instagram"],
        "facebook_positions": ["feed", "story"],
        "instagram_positions": ["stream", "story"],
        "targeting_automation": {"advantage_audience": 0},
    },
}
WRONG = {**ADSET, "optimization_goal": "THRUPLAY", "bid_amount": None, "targeting": {"age_min": 12}}
CREATIVE = {
    "object_story_spec": {"page_id": "1", "link_data": {"link": "https://example.com/", "image_hash": "0" * 32}}
}
AD = {"name": "Ad", "creative": CREATIVE}
TREE = {"campaign": CAMPAIGN, "adsets": [{**ADSET, "ads": [AD] * 5}] * 20}
CONTEXT = Context(currency="USD", min_daily_budget=100, campaign=CAMPAIGN, now=datetime(2026, 11, 23, tzinfo=UTC))


def per_second(function: Callable[[], object], rounds: int = 7, times: int = 1000) -> float:
    """Return how often a function runs in a second, in the best round."""
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(times):
            function()
        best = min(best, (time.perf_counter() - began) / times)
    return 1 / best


def main() -> int:
    """Print all figures."""
    assert check("adset", ADSET, CONTEXT) == []
    rows = [
        ("an ad set in order", per_second(lambda: check("adset", ADSET, CONTEXT)), 5000.0),
        (
            f"one with {len(check('adset', WRONG, CONTEXT))} findings",
            per_second(lambda: check("adset", WRONG, CONTEXT)),
            0.0,
        ),
        ("a campaign", per_second(lambda: check("campaign", CAMPAIGN)), 0.0),
        ("an ad with its creative", per_second(lambda: check("ad", AD, CONTEXT)), 0.0),
        ("a tree of 1, 20 and 100", per_second(lambda: check_tree(TREE), times=10), 0.0),
    ]
    print(f"{len(RULES)} rules")
    for what, figure, limit in rows:
        bound = "" if not limit else f" (limit {limit:,.0f})" + ("" if figure >= limit else "  UNDER")
        print(f"{what:<26} {figure:10,.0f} a second{bound}")
    return any(figure < limit for _, figure, limit in rows)


if __name__ == "__main__":
    sys.exit(main())
