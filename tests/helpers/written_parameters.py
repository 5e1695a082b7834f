"""The parameters that are written, each table with the least that it requires, and the rules that belong to it."""

from __future__ import annotations

from typing import Any

from admonster_fb.models import (
    ad,
    adaccount,
    adcreative,
    adrule,
    adset,
    adspixel,
    adstudy,
    advideo,
    budgetschedule,
    campaign,
    copies,
    customconversion,
    serverevent,
)
from admonster_fb.models.audiences import custom
from admonster_fb.models.insights.row import InsightsQuery
from admonster_fb.models.targeting.spec import GeoLocations, TargetingSpec
from admonster_fb.workflows import creative

CAMPAIGN = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
TARGETING = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
STORY = {"page_id": "1", "link_data": {"link": "https://example.com/"}}
ADSET = {"campaign_id": "1", "name": "A", "optimization_goal": "REACH", "billing_event": "IMPRESSIONS"}
ADSET |= {"targeting": TARGETING}
EVENT = {"event_name": "Lead", "event_time": 1, "action_source": "email", "user_data": {"em": "a@example.com"}}
AD = {"name": "A", "adset_id": "1", "creative": {"creative_id": "2"}}

AUDIENCE = {"name": "A", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
CELLS = [{"treatment_percentage": 50, "adsets": ["2"]}, {"treatment_percentage": 50, "adsets": ["3"]}]
STUDY = {"name": "A", "start_time": 1798790400, "end_time": 1800000000, "cells": CELLS}
CONVERSION = {"name": "A", "event_source_id": "1", "custom_event_type": "LEAD", "rule": "{}"}
RULE = {"name": "A", "evaluation_spec": {"evaluation_type": "SCHEDULE", "filters": []}}
RULE |= {"execution_spec": {"execution_type": "PAUSE"}}
BY_URL = {**CONVERSION, "rule": {"and": [{"url": {"i_contains": "thanks"}}]}}
SCHEDULE = {"budget_value": 1, "budget_value_type": "MULTIPLIER", "time_start": 1798790400, "time_end": 1800000000}
USER = {"user": "1", "tasks": ["ANALYZE"]}
NEW_ACCOUNT = {"name": "A", "currency": "USD", "timezone_id": 1, "end_advertiser": "1"}

_ROWS: list[tuple[Any, ...]] = [
    (campaign.CampaignCreate, CAMPAIGN, "AdAccount.create_campaign"),
    (campaign.CampaignUpdate, {}, "Campaign.api_update"),
    (adset.AdSetCreate, ADSET, "AdAccount.create_ad_set"),
    (adset.AdSetUpdate, {}, "AdSet.api_update"),
    (ad.AdCreate, AD, "AdAccount.create_ad"),
    (ad.AdUpdate, {}, "Ad.api_update"),
    (adcreative.AdCreativeCreate, {}, "AdAccount.create_ad_creative"),
    (adcreative.AdCreativeUpdate, {}, "AdCreative.api_update"),
    (adcreative.ObjectStorySpec, {}),
    (adcreative.LinkData, {}),
    (TargetingSpec, {}),
    (GeoLocations, {}),
    (adset.AdSetOverrides, {}),
    (creative.CreativeParts, {}),
    (creative.Card, {"link": "https://example.com/"}),
    (copies.CampaignCopy, {}, "Campaign.create_copy"),
    (copies.AdSetCopy, {}, "AdSet.create_copy"),
    (copies.AdCopy, {}, "Ad.create_copy"),
    (budgetschedule.BudgetScheduleSpec, SCHEDULE),
    (budgetschedule.BudgetScheduleCreate, SCHEDULE, "Campaign.create_budget_schedule", "AdSet.create_budget_schedule"),
    (adaccount.AdAccountCreate, NEW_ACCOUNT, "Business.create_ad_account"),
    (adaccount.AdAccountUpdate, {}, "AdAccount.api_update"),
    (adaccount.AssignedUserCreate, USER, "AdAccount.create_assigned_user"),
    (advideo.AdVideoCreate, {}, "AdAccount.create_ad_video"),
    (advideo.AdVideoUpdate, {}, "AdVideo.api_update"),
    (adrule.AdRuleCreate, RULE, "AdAccount.create_ad_rules_library"),
    (adrule.AdRuleUpdate, {}, "AdRule.api_update"),
    (adstudy.AdStudyCreate, STUDY, "Business.create_ad_study"),
    (adstudy.AdStudyUpdate, {}, "AdStudy.api_update"),
    (custom.CustomAudienceCreate, AUDIENCE, "AdAccount.create_custom_audience"),
    (custom.CustomAudienceUpdate, {}, "CustomAudience.api_update"),
    (custom.LookalikeSpec, {}),
    (adspixel.AdsPixelCreate, {"name": "A"}, "AdAccount.create_ads_pixel"),
    (adspixel.AdsPixelUpdate, {}, "AdsPixel.api_update"),
    (customconversion.CustomConversionCreate, CONVERSION, "AdAccount.create_custom_conversion"),
    (customconversion.CustomConversionUpdate, {}, "CustomConversion.api_update"),
    (serverevent.ServerEvent, EVENT),
    (InsightsQuery, {}),
]

WRITTEN: list[tuple[Any, dict[str, Any]]] = [(spec, least) for spec, least, *_ in _ROWS]
SENT: list[tuple[Any, str]] = [(spec, method) for spec, _, *methods in _ROWS for method in methods]
"""The methods of Meta's SDK that send each of them, as "Class.method"."""

KINDS: dict[Any, Any] = {
    campaign.CampaignCreate: "campaign",
    campaign.CampaignUpdate: "campaign",
    adset.AdSetCreate: "adset",
    adset.AdSetUpdate: "adset",
    ad.AdCreate: "ad",
    ad.AdUpdate: "ad",
    adcreative.AdCreativeCreate: "creative",
}
