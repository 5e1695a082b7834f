import importlib
from typing import get_args

from facebook_business.adobjects.ad import Ad
from facebook_business.adobjects.adcampaignplacementget import AdCampaignPlacementGet
from facebook_business.adobjects.adcreative import AdCreative
from facebook_business.adobjects.adpreview import AdPreview
from facebook_business.adobjects.adpromotedobject import AdPromotedObject
from facebook_business.adobjects.adrulefilters import AdRuleFilters
from facebook_business.adobjects.adset import AdSet
from facebook_business.adobjects.adsinsights import AdsInsights
from facebook_business.adobjects.campaign import Campaign
from facebook_business.adobjects.targeting import Targeting

from admonster_fb.models.insights.fields import FIELDS

enums = importlib.import_module("admonster_fb.enums")


def values(sdk_enum):
    return {value for name, value in vars(sdk_enum).items() if not name.startswith("_")}


FROM_SDK = {
    "ActionAttributionWindow": AdsInsights.ActionAttributionWindows,
    "ActionBreakdown": AdsInsights.ActionBreakdowns,
    "AdEffectiveStatus": Ad.EffectiveStatus,
    "AdFormat": AdPreview.AdFormat,
    "AdSetEffectiveStatus": AdSet.EffectiveStatus,
    "BidStrategy": AdSet.BidStrategy,
    "BillingEvent": AdSet.BillingEvent,
    "Breakdown": AdsInsights.Breakdowns,
    "CallToActionType": AdCreative.CallToActionType,
    "CampaignEffectiveStatus": Campaign.EffectiveStatus,
    "ConfiguredStatus": Campaign.ConfiguredStatus,
    "CustomEventType": AdPromotedObject.CustomEventType,
    "DatePreset": AdsInsights.DatePreset,
    "DestinationType": AdSet.DestinationType,
    "DevicePlatform": Targeting.DevicePlatforms,
    "ExecutionOption": Ad.ExecutionOptions,
    "FilterOperator": AdRuleFilters.Operator,
    "Level": AdsInsights.Level,
    "OptimizationGoal": AdSet.OptimizationGoal,
    "SpecialAdCategory": Campaign.SpecialAdCategories,
}


def test_enums_have_every_value_of_the_sdk(subtests):
    for name in sorted(FROM_SDK):
        with subtests.test(name=name):
            assert values(FROM_SDK[name]) <= set(get_args(getattr(enums, name)))


# What Meta's documentation adds to the SDK's lists: docs/meta-rules.md.
EXTRAS = [
    ("DestinationType", {"PHONE_CALL", "LEAD_FROM_MESSENGER", "LEAD_FROM_IG_DIRECT"}),
    ("OptimizationGoal", {"TWO_SECOND_CONTINUOUS_VIDEO_VIEWS"}),
    ("BillingEvent", {"TWO_SECOND_CONTINUOUS_VIDEO_VIEWS"}),
    ("CallToActionType", {"INSTAGRAM_MESSAGE"}),
    ("FilterOperator", {"GREATER_THAN_OR_EQUAL", "LESS_THAN_OR_EQUAL", "STARTS_WITH", "ENDS_WITH"}),
]


def test_enums_add_only_documented_values(subtests):
    for name, extra in EXTRAS:
        with subtests.test(name=name, extra=extra):
            assert set(get_args(getattr(enums, name))) - values(FROM_SDK[name]) == extra


def test_objectives_are_the_current_ones():
    assert set(get_args(enums.Objective)) == {v for v in values(Campaign.Objective) if v.startswith("OUTCOME_")}
    assert len(get_args(enums.Objective)) == 6


COUNTS = [("AdFormat", 76), ("Breakdown", 98), ("ActionBreakdown", 16)]


def test_enums_have_the_expected_sizes(subtests):
    for name, count in COUNTS:
        with subtests.test(name=name, count=count):
            assert len(get_args(getattr(enums, name))) == count


def test_status_is_active_or_paused():
    assert get_args(enums.Status) == ("ACTIVE", "PAUSED")


def test_instagram_positions_are_known_to_the_sdk():
    sdk = {value.lower() for value in values(AdCampaignPlacementGet.EffectiveInstagramPositions)}
    assert set(get_args(enums.InstagramPosition)) <= sdk


def test_enums_have_no_value_twice():
    for name, alias in vars(enums).items():
        if get_args(alias):
            assert len(get_args(alias)) == len(set(get_args(alias))), name


def test_account_numbers_have_unique_names():
    assert enums.ACCOUNT_STATUS[1] == "ACTIVE"
    assert enums.DISABLE_REASON[0] == "NONE"
    assert len(set(enums.DISABLE_REASON.values())) == len(enums.DISABLE_REASON)


def test_fields_of_reports_are_those_that_are_described():
    assert {*get_args(enums.InsightsField)} == {*FIELDS}
