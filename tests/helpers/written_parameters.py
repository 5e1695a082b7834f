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

WRITTEN: list[tuple[Any, dict[str, Any]]] = [
    (campaign.CampaignCreate, CAMPAIGN),
    (campaign.CampaignUpdate, {}),
    (adset.AdSetCreate, ADSET),
    (adset.AdSetUpdate, {}),
    (ad.AdCreate, AD),
    (ad.AdUpdate, {}),
    (adcreative.AdCreativeCreate, {}),
    (adcreative.AdCreativeUpdate, {}),
    (adcreative.ObjectStorySpec, {}),
    (adcreative.LinkData, {}),
    (TargetingSpec, {}),
    (GeoLocations, {}),
    (adset.AdSetOverrides, {}),
    (creative.CreativeParts, {}),
    (creative.Card, {"link": "https://example.com/"}),
    (copies.CampaignCopy, {}),
    (copies.AdSetCopy, {}),
    (copies.AdCopy, {}),
    (budgetschedule.BudgetScheduleSpec, SCHEDULE),
    (budgetschedule.BudgetScheduleCreate, SCHEDULE),
    (adaccount.AdAccountCreate, NEW_ACCOUNT),
    (adaccount.AdAccountUpdate, {}),
    (adaccount.AssignedUserCreate, USER),
    (advideo.AdVideoCreate, {}),
    (advideo.AdVideoUpdate, {}),
    (adrule.AdRuleCreate, RULE),
    (adrule.AdRuleUpdate, {}),
    (adstudy.AdStudyCreate, STUDY),
    (adstudy.AdStudyUpdate, {}),
    (custom.CustomAudienceCreate, AUDIENCE),
    (custom.CustomAudienceUpdate, {}),
    (custom.LookalikeSpec, {}),
    (adspixel.AdsPixelCreate, {"name": "A"}),
    (adspixel.AdsPixelUpdate, {}),
    (customconversion.CustomConversionCreate, CONVERSION),
    (customconversion.CustomConversionUpdate, {}),
    (serverevent.ServerEvent, EVENT),
    (InsightsQuery, {}),
]

KINDS: dict[Any, Any] = {
    campaign.CampaignCreate: "campaign",
    campaign.CampaignUpdate: "campaign",
    adset.AdSetCreate: "adset",
    adset.AdSetUpdate: "adset",
    ad.AdCreate: "ad",
    ad.AdUpdate: "ad",
    adcreative.AdCreativeCreate: "creative",
}
