"""A launch with a picture, and a sandbox to make it in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.sandbox import Sandbox, png


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(history=0)


@pytest.fixture
def fb(sandbox: Sandbox) -> FacebookAds:
    return FacebookAds.sandbox(sandbox)


@pytest.fixture
def hero(tmp_path: Path) -> Path:
    path = tmp_path / "hero.png"
    path.write_bytes(png(600, 600, (1, 2, 3)))
    return path


@pytest.fixture
def spec(hero: Path) -> dict[str, Any]:
    """1 campaign, 2 ad sets, 3 ads, of which 2 show the same creative."""
    return {
        "preset": "traffic",
        "defaults": {
            "adset": {"daily_budget": "20.00 USD", "targeting": {"geo_locations": {"countries": ["US"]}}},
            "creative": {"page_id": "1", "link": "https://example.com/", "image": "hero"},
        },
        "images": {"hero": str(hero)},
        "creatives": {"new": {"message": "New in"}},
        "campaign": {"name": "Sale", "special_ad_categories": []},
        "adsets": [
            {
                "name": "US",
                "ads": [{"name": "New", "creative": "new"}, {"name": "Own", "creative": {"message": "Only here"}}],
            },
            {
                "name": "CA",
                "daily_budget": 1500,
                "targeting": {"geo_locations": {"countries": ["CA"]}, "age_min": 30},
                "ads": [{"name": "New", "creative": "new"}],
            },
        ],
    }
