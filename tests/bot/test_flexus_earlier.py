"""Calls as prompts, HELP and scenarios of the runtime's earlier integration write them are accepted as they are."""

from __future__ import annotations

import asyncio
import inspect
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.flexus import FlexusClient, IntegrationFacebook, adsets, campaigns
from admonster_fb.bot.flexus.client import with_defaults
from admonster_fb.bot.registry import names, registry

pytestmark = pytest.mark.thorough

PAGE = Path(__file__).parents[2] / "docs/flexus.md"
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("list_ad_accounts", {}),
    ("get_ad_account_info", {"ad_account_id": "act_1"}),
    ("list_account_users", {"ad_account_id": "act_1"}),
    ("list_pages", {}),
    ("status", {"ad_account_id": "act_1"}),
    ("list_campaigns", {"ad_account_id": "act_1", "status": "ACTIVE"}),
    ("get_campaign", {"campaign_id": "120210000000000001"}),
    (
        "create_campaign",
        {
            "ad_account_id": "act_1",
            "name": "Test",
            "objective": "OUTCOME_TRAFFIC",
            "daily_budget": 5000,
            "status": "PAUSED",
        },
    ),
    ("update_campaign", {"campaign_id": "120210000000000001", "name": "x", "status": "PAUSED", "daily_budget": 6000}),
    ("delete_campaign", {"campaign_id": "120210000000000001"}),
    ("duplicate_campaign", {"campaign_id": "120210000000000001", "new_name": "c", "ad_account_id": "act_1"}),
    ("archive_campaign", {"campaign_id": "120210000000000001"}),
    (
        "bulk_update_campaigns",
        {
            "campaigns": [
                {"id": "120210000000000001", "status": "PAUSED"},
                {"id": "120210000000000002", "daily_budget": 6000},
            ]
        },
    ),
    ("list_adsets", {"campaign_id": "120210000000000001"}),
    ("list_adsets_for_account", {"ad_account_id": "act_1", "status_filter": "ACTIVE"}),
    ("get_adset", {"adset_id": "120210000000000001"}),
    (
        "create_adset",
        {
            "ad_account_id": "act_1",
            "campaign_id": "120210000000000001",
            "name": "US",
            "targeting": {"geo_locations": {"countries": ["US"]}},
        },
    ),
    (
        "create_adset",
        {
            "ad_account_id": "act_1",
            "campaign_id": "120210000000000001",
            "name": "US",
            "targeting": {"geo_locations": {"countries": ["US"]}},
            "optimization_goal": "LINK_CLICKS",
            "billing_event": "IMPRESSIONS",
            "status": "PAUSED",
        },
    ),
    ("update_adset", {"adset_id": "120210000000000001", "name": "x", "status": "PAUSED", "daily_budget": 3000}),
    ("update_adset", {"adset_id": "120210000000000001", "bid_amount": 300}),
    ("delete_adset", {"adset_id": "120210000000000001"}),
    ("validate_targeting", {"targeting_spec": {"geo_locations": {"countries": ["US"]}}, "ad_account_id": "act_1"}),
    ("list_ads", {"ad_account_id": "act_1", "status_filter": "ACTIVE"}),
    ("list_ads", {"adset_id": "120210000000000001"}),
    ("list_ads", {"ad_account_id": "act_1", "adset_id": "120210000000000001"}),
    ("get_ad", {"ad_id": "120210000000000001"}),
    (
        "create_ad",
        {
            "name": "A",
            "adset_id": "120210000000000001",
            "creative_id": "120210000000000001",
            "status": "PAUSED",
            "ad_account_id": "act_1",
        },
    ),
    ("update_ad", {"ad_id": "120210000000000001", "name": "x", "status": "PAUSED"}),
    ("delete_ad", {"ad_id": "120210000000000001"}),
    ("preview_ad", {"ad_id": "120210000000000001"}),
    ("preview_ad", {"ad_id": "120210000000000001", "ad_format": "MOBILE_FEED_STANDARD"}),
    ("list_creatives", {"ad_account_id": "act_1"}),
    ("get_creative", {"creative_id": "120210000000000001"}),
    (
        "create_creative",
        {
            "name": "C",
            "page_id": "1",
            "image_hash": "abc",
            "link": "https://example.com",
            "message": "m",
            "headline": "h",
            "description": "d",
            "call_to_action_type": "LEARN_MORE",
            "ad_account_id": "act_1",
        },
    ),
    ("update_creative", {"creative_id": "120210000000000001", "name": "n"}),
    ("delete_creative", {"creative_id": "120210000000000001"}),
    ("preview_creative", {"creative_id": "120210000000000001"}),
    ("upload_image", {"image_url": "https://example.com/a.png", "ad_account_id": "act_1"}),
    (
        "upload_video",
        {"video_url": "https://example.com/a.mp4", "ad_account_id": "act_1", "title": "t", "description": "d"},
    ),
    ("list_videos", {"ad_account_id": "act_1"}),
    ("get_insights", {"campaign_id": "120210000000000001", "days": 30}),
    ("get_insights", {"campaign_id": "120210000000000001", "days": "7"}),
    (
        "get_account_insights",
        {"ad_account_id": "act_1", "days": 7, "breakdowns": ["age"], "metrics": ["impressions", "spend"]},
    ),
    (
        "get_campaign_insights",
        {"campaign_id": "120210000000000001", "days": 7, "breakdowns": ["age"], "metrics": ["impressions", "spend"]},
    ),
    (
        "get_adset_insights",
        {"adset_id": "120210000000000001", "days": 7, "breakdowns": ["age"], "metrics": ["impressions", "spend"]},
    ),
    (
        "get_ad_insights",
        {"ad_id": "120210000000000001", "days": 7, "breakdowns": ["age"], "metrics": ["impressions", "spend"]},
    ),
    ("get_campaign_insights", {"campaign_id": "120210000000000001", "date_preset": "last_7d"}),
    (
        "create_async_report",
        {
            "ad_account_id": "act_1",
            "level": "campaign",
            "fields": ["spend"],
            "date_preset": "last_30d",
            "breakdowns": ["age"],
        },
    ),
    ("get_async_report_status", {"report_run_id": "120210000000000001"}),
    ("list_custom_audiences", {"ad_account_id": "act_1"}),
    ("create_custom_audience", {"ad_account_id": "act_1", "name": "B", "subtype": "CUSTOM", "description": "d"}),
    ("create_custom_audience", {"ad_account_id": "act_1", "name": "B"}),
    (
        "create_lookalike_audience",
        {
            "ad_account_id": "act_1",
            "origin_audience_id": "120210000000000001",
            "country": "US",
            "ratio": 0.01,
            "name": "L",
        },
    ),
    (
        "create_lookalike_audience",
        {"ad_account_id": "act_1", "origin_audience_id": "120210000000000001", "country": "US"},
    ),
    ("get_custom_audience", {"audience_id": "120210000000000001"}),
    ("update_custom_audience", {"audience_id": "120210000000000001", "name": "x", "description": "d"}),
    ("delete_custom_audience", {"audience_id": "120210000000000001"}),
    (
        "add_users_to_audience",
        {"audience_id": "120210000000000001", "emails": ["a@example.com"], "phones": ["+14155550100"]},
    ),
    ("list_pixels", {"ad_account_id": "act_1"}),
    ("create_pixel", {"ad_account_id": "act_1", "name": "P"}),
    ("get_pixel_stats", {"pixel_id": "120210000000000001", "aggregation": "event"}),
    ("search_interests", {"q": "coffee", "limit": 5}),
    ("search_behaviors", {"q": "travel", "limit": 5}),
    (
        "get_reach_estimate",
        {
            "ad_account_id": "act_1",
            "targeting": {"geo_locations": {"countries": ["US"]}},
            "optimization_goal": "LINK_CLICKS",
        },
    ),
    ("get_delivery_estimate", {"ad_account_id": "act_1", "targeting": {"geo_locations": {"countries": ["US"]}}}),
    ("list_ad_rules", {"ad_account_id": "act_1"}),
    ("update_ad_rule", {"rule_id": "120210000000000001", "name": "n", "status": "ENABLED"}),
    ("delete_ad_rule", {"rule_id": "120210000000000001"}),
    ("execute_ad_rule", {"rule_id": "120210000000000001"}),
]


@pytest.fixture
def tool() -> FacebookTool:
    return FacebookTool(FacebookAds.sandbox())


@table("op, args", CALLS)
def test_a_call_of_before_has_the_right_parameters(tool: FacebookTool, op: str, args: dict[str, Any]) -> None:
    error = tool.call(with_defaults({"op": op, "args": args})).error or {}
    assert error.get("type") != "ParameterError", error


def test_the_model_gets_the_defaults_of_before() -> None:
    facebook = IntegrationFacebook(None, SimpleNamespace(running_test_scenario=True), "act_1")  # type: ignore[arg-type]

    def called(op: str, **args: Any) -> str:
        return asyncio.run(facebook.called_by_model(None, {"op": op, "args": args}))

    made = called("create_campaign", ad_account_id="act_1", name="Test", objective="OUTCOME_TRAFFIC")
    campaign = re.search(r"ID:\s*(\d+)", made)
    assert campaign, made
    us = {"geo_locations": {"countries": ["US"]}}
    made = called("create_adset", campaign_id=campaign[1], name="US", targeting=us, daily_budget=2000)
    assert "Billing event: IMPRESSIONS" in made, made
    assert "ERROR" not in called("get_campaign_insights", campaign_id=campaign[1], days=7)


def test_functions_take_the_positions_of_before() -> None:
    client = FlexusClient(SimpleNamespace(running_test_scenario=True), "act_1")  # type: ignore[arg-type]

    async def run() -> None:
        made = await campaigns.create_campaign(client, "act_1", "Test", "OUTCOME_TRAFFIC", "PAUSED")
        campaign = made.data.id
        us = {"geo_locations": {"countries": ["US"]}}
        adset = await adsets.create_adset(client, "act_1", campaign, "US", us, "LINK_CLICKS", "IMPRESSIONS",
                                          "LOWEST_COST_WITHOUT_CAP", "PAUSED", 2000)  # fmt: skip
        assert (adset.data.campaign_id, adset.data.status) == (campaign, "PAUSED")
        await campaigns.update_campaign(client, campaign, "Renamed", "PAUSED")

    asyncio.run(run())
    assert [*inspect.signature(campaigns.update_campaign).parameters][:4] == ["client", "campaign_id", "name", "status"]


def test_the_page_says_where_every_name_lives() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table_text = page.partition("## Where each name")[2].partition("## What is filled in")[0]
    for op, _ in CALLS:
        assert f"`{op}`" in table_text, op
        assert op in names(), op
    for old, own in re.findall(r"`(\w+)`(?:, `\w+`)*: `(\w+)`", table_text):
        if own in registry():
            assert names()[old] == own
