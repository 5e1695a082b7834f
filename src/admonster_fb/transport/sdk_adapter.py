"""Adapter for the private names of Meta's SDK: every one that this project reads is read here.

A new release of the SDK may change them. `tests/contract/test_sdk_adapter.py` then says which one.
"""

from __future__ import annotations

import functools
import importlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from admonster_fb import facts
from admonster_fb.models import _params

if TYPE_CHECKING:
    from facebook_business.api import FacebookRequest


class PreparedRequest(NamedTuple):
    """A request that a method of an SDK object has prepared (`pending=True`) and not sent."""

    method: str
    path: tuple[str, ...]
    result: str
    """Name of the SDK class that the SDK makes of the response, such as `AdSet`. Empty if there is none."""


def prepared(request: FacebookRequest) -> PreparedRequest:
    """Return the HTTP method, path and result class of a pending request."""
    path = tuple(str(part) for part in request._path if part)
    return PreparedRequest(request._method, path, getattr(request._target_class, "__name__", ""))


def parameters(request: FacebookRequest) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the type of each parameter of a pending request, and the values of each enumeration among the types."""
    checker = request._param_checker
    return dict(checker._type_check_info), _enums(checker._enum_data)


def _enums(listed: dict[str, Any]) -> dict[str, list[str]]:
    """Return enumerations without what comes along of a class's whole __dict__: its module name, slots, first line."""
    return {
        name: [value for value in values if isinstance(value, str) and value.replace("_", "").isalnum()]
        for name, values in listed.items()
    }


def readable_fields(node: Any) -> dict[str, str]:
    """Return the fields of an SDK class that can be read, with their types."""
    types: dict[str, str] = node._field_types
    names = list(types)  # the readable ones in alphabetical order, then those only to write in alphabetical order
    end = next((i for i in range(1, len(names)) if names[i] < names[i - 1]), len(names))
    return {name: types[name] for name in names[:end]}


TABLES: Final = MappingProxyType(
    {
        **{
            f"{name}{'Copy' if method == 'create_copy' else 'Update'}": f"{name.lower()}.{name}.{method}"
            for method, names in (
                ("create_copy", ("Campaign", "AdSet", "Ad")),
                ("api_update", ("Campaign", "AdSet", "Ad", "AdCreative", "AdAccount", "AdVideo", "AdRule", "AdStudy")),
                ("api_update", ("CustomAudience", "AdsPixel", "CustomConversion")),
            )
            for name in names
        },
        "CampaignCreate": "adaccount.AdAccount.create_campaign",
        **dict.fromkeys(("AdSetCreate", "AdSetOverrides"), "adaccount.AdAccount.create_ad_set"),
        "AdCreate": "adaccount.AdAccount.create_ad",
        **dict.fromkeys(
            ("AdCreativeCreate", "CreativeParts", "CreativeChanges"), "adaccount.AdAccount.create_ad_creative"
        ),
        "AssignedUserCreate": "adaccount.AdAccount.create_assigned_user",
        "AdVideoCreate": "adaccount.AdAccount.create_ad_video",
        "AdRuleCreate": "adaccount.AdAccount.create_ad_rules_library",
        "CustomAudienceCreate": "adaccount.AdAccount.create_custom_audience",
        "AdsPixelCreate": "adaccount.AdAccount.create_ads_pixel",
        "CustomConversionCreate": "adaccount.AdAccount.create_custom_conversion",
        "InsightsQuery": "adaccount.AdAccount.get_insights_async",
        **dict.fromkeys(("BudgetScheduleSpec", "BudgetScheduleCreate"), "adset.AdSet.create_budget_schedule"),
        "AdAccountCreate": "business.Business.create_ad_account",
        "AdStudyCreate": "business.Business.create_ad_study",
        "TargetingSpec": "targeting.Targeting",
        "GeoLocations": "targetinggeolocation.TargetingGeoLocation",
        "ObjectStorySpec": "adcreativeobjectstoryspec.AdCreativeObjectStorySpec",
        "LinkData": "adcreativelinkdata.AdCreativeLinkData",
        "Card": "adcreativelinkdatachildattachment.AdCreativeLinkDataChildAttachment",
        **{
            name: f"{name.lower()}.{name}"
            for name in (
                *("AdAssetFeedSpec", "AdPromotedObject", "AdCampaignBidConstraint", "AttributionSpec", "LookalikeSpec"),
                *("AdCampaignFrequencyControlSpecs", "PlacementSoftOptOut", "RegionalRegulationIdentities"),
                *("ConversionActionQuery", "AdCreativeLinkData", "AdCreativeLinkDataCallToAction"),
                *("AdCreativeVideoData", "AdCreativePhotoData", "AdCreativeTextData"),
            )
        },
        "ServerEvent": "serverside.event.Event",
        "EventData": "serverside.custom_data.CustomData",
        "EventContent": "serverside.content.Content",
        "UserData": "serverside.user_data.UserData",
    }
)
"""Where the SDK lists the names for a TypedDict of parameters: a method of an endpoint, or the class of an object."""

_UPLOAD = "the upload of the file sends it"
REFUSED: Final = MappingProxyType(
    {
        "date_format": "Meta refuses it since v26",
        "meta_moment_maker_spec": "since v27 not for apps of others",
        "AdCreate.bid_amount": "it has no effect on an ad; bids belong to the ad set",
        "AdUpdate.bid_amount": "it has no effect on an ad; bids belong to the ad set",
        **{
            f"{spec}.{name}": f"use {ours}"
            for spec in ("CreativeParts", "CreativeChanges")
            for name, ours in {
                **dict.fromkeys(("link_url", "object_url"), "link"),
                "title": "headline",
                "body": "message",
                "call_to_action": "call_to_action_type",
                "thumbnail_url": "image_url",
                "degrees_of_freedom_spec": "creative_features",
            }.items()
        },
        "special_ad_category": "use special_ad_categories",
        **dict.fromkeys(("account_id", "acting_account_id"), "the object is an argument of the call"),
        "InsightsQuery.fields": "they are an argument of the call",
        "image_file": "upload it with upload_image and use image_hash",
        **dict.fromkeys(
            ("video_file_chunk", "fbuploader_video_file_chunk", "upload_phase", "upload_session_id", "start_offset"),
            _UPLOAD,
        ),
        **dict.fromkeys(("end_offset", "source", "thumb"), _UPLOAD),
        **{
            f"effective_{name}": "Meta computes it"
            for name in (
                *("audience_network_positions", "brand_safety_content_filter_levels", "device_platforms"),
                *("facebook_positions", "instagram_positions", "messenger_positions", "publisher_platforms"),
                *("threads_positions", "whatsapp_positions"),
            )
        },
    }
)
"""Names that the SDK lists and that are refused here, for one TypedDict or for all, with the reason."""


@functools.cache
def known_names(spec: str) -> frozenset[str]:
    """Return the names that the installed SDK or the facts know for a TypedDict, without those refused for a reason."""
    if spec not in TABLES:
        return frozenset()
    more = {name for row in facts.rows("typed_parameters") if spec in row.specs for name in row.beyond_sdk}
    return frozenset(name for name in {*listed(TABLES[spec])} | more if not why_refused(spec, name))


def why_refused(spec: str, name: str) -> str:
    """Return why a name that the SDK lists for a TypedDict is refused; empty if it is not."""
    return REFUSED.get(f"{spec}.{name}") or REFUSED.get(name, "")


@functools.cache
def known_values(spec: str, name: str) -> frozenset[str]:
    """Return the values of the SDK's list for a parameter; empty if it has no list for it."""
    types, values = _table(TABLES[spec]) if spec in TABLES else ({}, {})
    return frozenset(values.get(types.get(name, "").removeprefix("list<").removesuffix(">"), ()))


@functools.cache
def offered_values(spec: str, name: str) -> frozenset[str]:
    """Return the values of the SDK's list that Meta still takes: those that may stand for a misspelt one."""
    from admonster_fb.models.campaign import ENDED_PROMOTIONS

    known = known_values(spec, name).difference(ENDED_PROMOTIONS)
    return frozenset(value for value in known if name != "objective" or value.startswith("OUTCOME_"))


def listed(table: str) -> dict[str, str]:
    """Return the names of one of the SDK's tables with their types."""
    return _table(table)[0]


def _table(table: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the types and the enumerations of one of the SDK's tables."""
    path, _, method = table.rpartition(".") if table.rpartition(".")[2].islower() else (table, "", "")
    module, _, name = path.rpartition(".")
    kind = getattr(importlib.import_module(f"facebook_business.adobjects.{module}"), name)
    if not method:
        if hasattr(kind, "param_types"):
            return dict(kind.param_types), {}
        return dict(kind._field_types), _enums(kind._get_field_enum_info())
    from facebook_business.api import FacebookAdsApi

    return parameters(getattr(kind("1", api=FacebookAdsApi(None)), method)(pending=True))


# The models know no SDK: this is how its names reach them.
_params.known_names = known_names
_params.why_refused = why_refused
_params.known_values = known_values
_params.offered_values = offered_values
