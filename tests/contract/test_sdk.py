"""Our names against the installed SDK: a field or a parameter that Meta does not have is a mistake of ours."""

from __future__ import annotations

import importlib
import typing
from collections.abc import Callable, Iterable
from typing import Any

from facebook_business import apiconfig
from facebook_business.adobjects.ad import Ad as SdkAd
from facebook_business.adobjects.adaccount import AdAccount as SdkAdAccount
from facebook_business.adobjects.adrule import AdRule as SdkAdRule
from facebook_business.adobjects.adset import AdSet as SdkAdSet
from facebook_business.adobjects.adspixel import AdsPixel as SdkAdsPixel
from facebook_business.adobjects.business import Business as SdkBusiness
from facebook_business.adobjects.campaign import Campaign as SdkCampaign
from facebook_business.adobjects.user import User as SdkUser
from facebook_business.api import FacebookAdsApi, FacebookRequest
from written_parameters import SENT

from admonster_fb import Settings
from admonster_fb.models import (
    ad,
    adaccount,
    adcreative,
    adimage,
    adrule,
    adset,
    adspixel,
    adstudy,
    advideo,
    budgetschedule,
    campaign,
    common,
    customconversion,
    serverevent,
)
from admonster_fb.models._node import Node
from admonster_fb.models.audiences import custom as customaudience
from admonster_fb.models.insights import row as insights
from admonster_fb.models.targeting import options as targetingoption
from admonster_fb.models.targeting import spec as targeting
from admonster_fb.transport.sdk_adapter import parameters

API = FacebookAdsApi(None)
ACCOUNT = SdkAdAccount("act_1", api=API)
CAMPAIGN, ADSET, AD = SdkCampaign("1", api=API), SdkAdSet("1", api=API), SdkAd("1", api=API)
BUSINESS = SdkBusiness("1", api=API)
USER, RULE, PIXEL = SdkUser("me", api=API), SdkAdRule("1", api=API), SdkAdsPixel("1", api=API)

# What the SDK's `Field` lists do not name, though the API answers it.
BREAKDOWNS = frozenset({"age", "country", "device_platform", "gender", "impression_device", "platform_position"}) | {
    "publisher_platform",
    "region",
}  # insights answer a breakdown under its own name; the SDK has them in AdsInsights.Breakdowns
# What only the root edge `search` answers, of which the SDK has no class (recordings/targeting_search.jsonl).
SEARCHED = frozenset({"country_code", "country_name", "coverage", "current_status", "distance_unit", "topic"}) | {
    *("primary_city", "region", "region_id", "suggested_radius", "supports_city", "supports_region"),
}
FIELDS: list[tuple[type[Node], str, str, frozenset[str]]] = [
    (adaccount.AdAccount, "adaccount", "AdAccount", frozenset()),
    (adaccount.Business, "business", "Business", frozenset()),
    (campaign.Campaign, "campaign", "Campaign", frozenset()),
    (adset.AdSet, "adset", "AdSet", frozenset()),
    (targeting.AdSetTargeting, "targeting", "Targeting", frozenset()),
    (ad.Ad, "ad", "Ad", frozenset()),
    (adcreative.AdCreative, "adcreative", "AdCreative", frozenset()),
    # Comes with an upload and can be asked for: docs of ad-image; recordings/adimages.jsonl: zumo_upload_image
    (adimage.AdImage, "adimage", "AdImage", frozenset({"url_256"})),
    (advideo.AdVideo, "advideo", "AdVideo", frozenset()),
    (advideo.VideoThumbnail, "videothumbnail", "VideoThumbnail", frozenset()),
    (ad.AdPreview, "adpreview", "AdPreview", frozenset()),
    (adaccount.MinimumBudget, "minimumbudget", "MinimumBudget", frozenset()),
    (adaccount.AdVolume, "adaccountadvolume", "AdAccountAdVolume", frozenset()),
    (adaccount.Activity, "adactivity", "AdActivity", frozenset()),
    # `tasks` is in Meta's docs of the edge, not in the SDK's list of the node.
    (adaccount.AssignedUser, "assigneduser", "AssignedUser", frozenset({"tasks"})),
    (adaccount.Page, "page", "Page", frozenset()),
    (adaccount.InstagramAccount, "iguser", "IGUser", frozenset()),
    (budgetschedule.BudgetSchedule, "highdemandperiod", "HighDemandPeriod", frozenset()),
    (insights.InsightsRow, "adsinsights", "AdsInsights", BREAKDOWNS),
    (adrule.AdRule, "adrule", "AdRule", frozenset()),
    (adrule.AdRuleHistory, "adrulehistory", "AdRuleHistory", frozenset()),
    (adstudy.AdStudy, "adstudy", "AdStudy", frozenset()),
    # Edges, which Meta's docs of the node read as fields of its cells.
    (adstudy.AdStudyCell, "adstudycell", "AdStudyCell", frozenset({"adsets", "campaigns"})),
    (customaudience.CustomAudience, "customaudience", "CustomAudience", frozenset()),
    (customaudience.SavedAudience, "savedaudience", "SavedAudience", frozenset()),
    (adspixel.AdsPixel, "adspixel", "AdsPixel", frozenset()),
    (adspixel.AdsPixelStats, "adspixelstatsresult", "AdsPixelStatsResult", frozenset()),
    (customconversion.CustomConversion, "customconversion", "CustomConversion", frozenset()),
    (targetingoption.TargetingOption, "adaccounttargetingunified", "AdAccountTargetingUnified", SEARCHED),
    (targetingoption.ReachEstimate, "adaccountreachestimate", "AdAccountReachEstimate", frozenset()),
    (targetingoption.DeliveryEstimate, "adaccountdeliveryestimate", "AdAccountDeliveryEstimate", frozenset()),
    (targetingoption.TargetingSentences, "targetingsentenceline", "TargetingSentenceLine", frozenset()),
]
# Nested parameters, which the SDK has as objects of their own.
NESTED: list[tuple[Any, str, str, frozenset[str]]] = [
    # Readable and writable by Meta's docs of basic-targeting; absent from the SDK's list.
    (targeting.TargetingSpec, "targeting", "Targeting", frozenset({"is_instagram_destination_ad"})),
    # The singular is what the SDK's older releases and Meta's docs of 2022 had.
    (
        targeting.GeoLocations,
        "targetinggeolocation",
        "TargetingGeoLocation",
        frozenset({"electoral_district", "location_expansion"}),
    ),
    (adcreative.ObjectStorySpec, "adcreativeobjectstoryspec", "AdCreativeObjectStorySpec", frozenset()),
    (adcreative.LinkData, "adcreativelinkdata", "AdCreativeLinkData", frozenset({"multi_lingual"})),
]


def sdk_method(name: str) -> Callable[..., FacebookRequest]:
    kind, _, method = name.partition(".")
    node = getattr(importlib.import_module(f"facebook_business.adobjects.{kind.lower()}"), kind)("1", api=API)
    return getattr(node, method)  # type: ignore[no-any-return]


# Every edge takes these; the SDK names them only where they mean something special.
PAGING = frozenset({"limit", "after", "filtering", "summary"})
# What the SDK's lists do not name. Meta: Threads ads; beside instagram_user_id in the docs of ad-creative.
WRITES_MORE = {"AdAccount.create_ad_creative": frozenset({"threads_user_id"})}
PARAMETERS: list[tuple[Any, Callable[..., FacebookRequest], frozenset[str]]] = [
    *((spec, sdk_method(method), WRITES_MORE.get(method, frozenset())) for spec, method in SENT),
    (adaccount.ActivityList, ACCOUNT.get_activities, frozenset()),
    (insights.InsightsQuery, ACCOUNT.get_insights, frozenset({"after", "days"})),
    (insights.InsightsQuery, CAMPAIGN.get_insights, frozenset({"after", "days"})),
    (insights.InsightsQuery, ADSET.get_insights, frozenset({"after", "days"})),
    (insights.InsightsQuery, AD.get_insights, frozenset({"after", "days"})),
    (adimage.AdImageList, ACCOUNT.get_ad_images, PAGING),
    (advideo.AdVideoList, ACCOUNT.get_ad_videos, PAGING),
    (common.StatusList, ACCOUNT.get_campaigns, PAGING),
    (common.StatusList, ACCOUNT.get_ad_sets, PAGING),
    (common.StatusList, CAMPAIGN.get_ad_sets, PAGING),
    (common.StatusList, ACCOUNT.get_ads, PAGING),
    (common.StatusList, CAMPAIGN.get_ads, PAGING),
    (common.StatusList, ADSET.get_ads, PAGING),
    (targetingoption.OptionSearch, ACCOUNT.get_targeting_search, frozenset({"limit"})),
    (targetingoption.OptionSuggestions, ACCOUNT.get_targeting_suggestions, frozenset({"limit"})),
    (targetingoption.OptionBrowse, ACCOUNT.get_targeting_browse, frozenset()),
    (targetingoption.OptionValidation, ACCOUNT.get_targeting_valid_a_t_i_on, frozenset()),
    (targetingoption.TargetingSpecQuery, ACCOUNT.get_reach_estimate, frozenset()),
    (targetingoption.TargetingSpecQuery, ACCOUNT.get_targeting_sentence_lines, frozenset()),
    (targetingoption.EstimateQuery, ACCOUNT.get_delivery_estimate, frozenset()),
    (targetingoption.EstimateQuery, ADSET.get_delivery_estimate, frozenset()),
    (common.EdgeList, ACCOUNT.get_ad_creatives, PAGING),
    (adrule.AdRuleHistoryList, RULE.get_history, PAGING),
    (common.EdgeList, ACCOUNT.get_ad_rules_library, PAGING),
    (common.EdgeList, BUSINESS.get_ad_studies, PAGING),
    (common.EdgeList, ACCOUNT.get_ad_studies, PAGING),
    (common.EdgeList, USER.get_ad_accounts, PAGING),
    (customaudience.CustomAudienceList, ACCOUNT.get_custom_audiences, PAGING - {"filtering"}),
    (adspixel.AdsPixelList, ACCOUNT.get_ads_pixels, PAGING),
    (adspixel.AdsPixelStatsQuery, PIXEL.get_stats, frozenset({"limit"})),
    (common.EdgeList, ACCOUNT.get_custom_conversions, PAGING),
    (common.EdgeList, ACCOUNT.get_saved_audiences, PAGING - {"filtering"}),
]


def enum_values(module: str, name: str, enum: str = "Field") -> set[str]:
    kind = getattr(getattr(importlib.import_module(f"facebook_business.adobjects.{module}"), name), enum)
    return {value for key, value in vars(kind).items() if not key.startswith("_")}


def names(spec: Any) -> set[str]:
    return set(typing.get_type_hints(spec)) - {"extra"}


def test_events_say_what_the_sdk_s_events_say() -> None:
    from facebook_business.adobjects.serverside.event import Event

    missing = set(Event.param_types) - names(serverevent.ServerEvent)
    assert missing == {"advanced_measurement_table"}, "of Meta's own partners"
    assert names(serverevent.ServerEvent) - set(Event.param_types) == {"customer_segmentation"}, "in Meta's docs only"


def wrong(rows: Iterable[tuple[str, set[str], Iterable[str]]]) -> dict[str, list[str]]:
    """Return, by the name of each row, what it has in excess of the SDK though no exception says so, or the reverse."""
    return {name: sorted(excess ^ {*more}) for name, excess, more in rows if excess != {*more}}


def test_every_field_that_is_read_is_meta_s() -> None:
    assert (
        wrong((name, {*model.model_fields} - enum_values(module, name), more) for model, module, name, more in FIELDS)
        == {}
    )


def test_every_nested_parameter_is_meta_s() -> None:
    assert wrong((name, names(spec) - enum_values(module, name), more) for spec, module, name, more in NESTED) == {}


def test_every_parameter_is_meta_s() -> None:
    rows = (
        (f"{spec.__name__} of {method.__qualname__}", names(spec) - {*parameters(method(pending=True))[0]}, more)
        for spec, method, more in PARAMETERS
    )
    assert wrong(rows) == {}


def test_fields_requested_by_default_are_fields() -> None:
    for model, module, name, more in FIELDS:
        requested = {field.partition("{")[0].partition(".")[0] for field in model.fields()}
        assert requested <= enum_values(module, name) | more, name
        assert requested | model.NOT_REQUESTED == {*model.model_fields}, name


def test_breakdowns_are_meta_s() -> None:
    assert enum_values("adsinsights", "AdsInsights", "Breakdowns") >= BREAKDOWNS


def test_the_sdk_is_at_least_of_the_version_that_is_called() -> None:
    assert float(apiconfig.ads_api_config["API_VERSION"].removeprefix("v")) >= float(
        Settings().version.removeprefix("v")
    )


# Meta's docs name SPLIT_TEST_V2 (guides/split-testing, Creative testing); the SDK's list does not.
ENUMS: list[tuple[Any, str, str, str, frozenset[str]]] = [
    (adrule.EvaluationType, "adruleevaluationspec", "AdRuleEvaluationSpec", "EvaluationType", frozenset()),
    (adrule.FilterOperator, "adrulefilters", "AdRuleFilters", "Operator", frozenset()),
    (adrule.ExecutionType, "adruleexecutionspec", "AdRuleExecutionSpec", "ExecutionType", frozenset()),
    (adrule.TriggerType, "adruletrigger", "AdRuleTrigger", "Type", frozenset()),
    (adstudy.StudyType, "adstudy", "AdStudy", "Type", frozenset({"SPLIT_TEST_V2"})),
    (customaudience.CustomerFileSource, "customaudience", "CustomAudience", "CustomerFileSource", frozenset()),
    (customaudience.AudienceSubtype, "customaudience", "CustomAudience", "Subtype", frozenset()),
    (customconversion.CustomEventType, "customconversion", "CustomConversion", "CustomEventType", frozenset()),
    (customconversion.ActionSourceType, "customconversion", "CustomConversion", "ActionSourceType", frozenset()),
    (adspixel.Aggregation, "adspixelstatsresult", "AdsPixelStatsResult", "Aggregation", frozenset()),
]


def test_closed_lists_are_meta_s() -> None:
    rows = [
        (f"{name}.{enum}", {*typing.get_args(ours)} ^ enum_values(module, name, enum), more)
        for ours, module, name, enum, more in ENUMS
    ]
    assert wrong(rows) == {}


def test_fields_of_posts_are_those_of_the_sdk() -> None:
    from facebook_business.adobjects import adcreativephotodata, adcreativetextdata, adcreativevideodata

    from admonster_fb.rules.creatives import _FIELDS

    kinds: dict[str, Any] = {
        "video_data": adcreativevideodata.AdCreativeVideoData,
        "photo_data": adcreativephotodata.AdCreativePhotoData,
        "text_data": adcreativetextdata.AdCreativeTextData,
    }
    known = {
        name: {value for key, value in vars(kind.Field).items() if not key.startswith("_")}
        for name, kind in kinds.items()
    }
    assert known == _FIELDS
