"""Whole trees: each object knows its parents, and each finding its place."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from admonster_fb.rules import Context, check_tree

HASH = "0" * 32
AD: dict[str, Any] = {
    "name": "Ad",
    "creative": {
        "object_story_spec": {"page_id": "1", "link_data": {"link": "https://example.com/", "image_hash": HASH}}
    },
}
TREE: dict[str, Any] = {
    "campaign": {
        "name": "Autumn",
        "objective": "OUTCOME_SALES",
        "special_ad_categories": [],
        "daily_budget": "50.00 USD",
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    },
    "adsets": [
        {
            "name": "US",
            "optimization_goal": "OFFSITE_CONVERSIONS",
            "billing_event": "IMPRESSIONS",
            "promoted_object": {"pixel_id": "1", "custom_event_type": "PURCHASE"},
            "targeting": {"geo_locations": {"countries": ["US"]}},
            "ads": [AD],
        }
    ],
}


@pytest.fixture
def tree() -> dict[str, Any]:
    return copy.deepcopy(TREE)


def found(tree: dict[str, Any], **context: Any) -> list[tuple[str, str]]:
    return [(each.field, each.rule) for each in check_tree(tree, Context(currency="USD", **context))]


def test_check_tree_valid_tree_passes(tree: dict[str, Any]) -> None:
    assert found(tree, min_daily_budget=100) == []


def test_check_tree_campaign_alone_passes(tree: dict[str, Any]) -> None:
    assert found({"campaign": tree["campaign"]}) == []


def test_check_tree_empty_tree_misses_its_campaign() -> None:
    assert ("campaign.name", "campaign-required") in found({})


def test_check_tree_reports_everything_with_its_path(tree: dict[str, Any]) -> None:
    tree["campaign"]["name"] = ""
    tree["adsets"].append({**tree["adsets"][0], "daily_budget": 500, "optimization_goal": "THRUPLAY", "ads": [AD, {}]})
    tree["adsets"][1]["ads"][0] = copy.deepcopy(AD)
    del tree["adsets"][1]["ads"][0]["creative"]["object_story_spec"]["page_id"]
    assert found(tree) == [
        ("adsets.1.ads.0.creative.object_story_spec.page_id", "story-page"),
        ("adsets.1.ads.1.creative", "ad-required"),
        ("adsets.1.ads.1.name", "ad-required"),
        ("adsets.1.daily_budget", "budget-level"),
        ("adsets.1.optimization_goal", "goal-objective"),
        ("campaign.name", "campaign-required"),
    ]


def test_check_tree_ads_are_checked_with_their_parents(tree: dict[str, Any]) -> None:
    adset = tree["adsets"][0]
    adset["optimization_goal"] = adset["billing_event"] = "LINK_CLICKS"
    adset["ads"][0]["creative"]["object_story_spec"]["link_data"]["link"] = (
        "https://play.google.com/store/apps/details?id=x"
    )
    post = "adsets.0.ads.0.creative.object_story_spec.link_data"
    assert found(tree) == [(f"{post}.call_to_action", "clicks-button"), (f"{post}.link", "store-link")]


@pytest.mark.thorough
def test_check_tree_siblings_are_counted(tree: dict[str, Any]) -> None:
    adset = tree["adsets"][0]
    adset["ads"] = [AD] * 51
    assert found(tree) == [("adsets.0.ads", "ad-count")]
    adset["ads"] = []
    tree["adsets"] = [adset] * 201
    assert [each for each in found(tree) if each[1] == "adset-count"] == [("adsets", "adset-count")]


def test_check_tree_needs_its_own_catalog(tree: dict[str, Any]) -> None:
    tree["adsets"][0]["promoted_object"] = {"product_set_id": "1"}
    assert found(tree) == [("adsets.0.promoted_object.product_set_id", "catalog-campaign")]
    tree["campaign"]["promoted_object"] = {"product_catalog_id": "1"}
    assert found(tree) == []


def test_check_tree_does_not_change_its_argument(tree: dict[str, Any]) -> None:
    check_tree(tree)
    assert tree == TREE
