"""Targeting. https://developers.facebook.com/docs/marketing-api/audiences/reference/basic-targeting"""

from __future__ import annotations

from typing import Annotated, Any, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._node import Map, Node
from admonster_fb.models._params import STRICT


class AdSetTargeting(Node):
    """Who an ad set is shown to, as read. Fields not named here are kept."""

    age_min: int | None = None
    age_max: int | None = None
    genders: list[Any] | None = None
    geo_locations: Map | None = None
    excluded_geo_locations: Map | None = None
    locales: list[Any] | None = None
    interests: list[Map] | None = None
    behaviors: list[Map] | None = None
    flexible_spec: list[Map] | None = None
    exclusions: Map | None = None
    custom_audiences: list[Map] | None = None
    excluded_custom_audiences: list[Map] | None = None
    publisher_platforms: list[str] | None = None
    device_platforms: list[str] | None = None
    facebook_positions: list[str] | None = None
    instagram_positions: list[str] | None = None
    targeting_automation: Map | None = None


@with_config(STRICT)
class _Id(TypedDict, total=False):
    id: Required[str | int]
    name: str


@with_config(STRICT)
class GeoLocations(TypedDict, total=False):
    """Places, any of which will do."""

    countries: Annotated[list[str], Field(description='ISO codes: ["US", "CA"]')]
    country_groups: list[str]
    regions: Annotated[list[dict[str, Any]], Field(description='[{"key": "3847"}]')]
    cities: Annotated[
        list[dict[str, Any]], Field(description='[{"key": "2430536", "radius": 12, "distance_unit": "mile"}]')
    ]
    zips: Annotated[list[dict[str, Any]], Field(description='[{"key": "US:94304"}]')]
    places: list[dict[str, Any]]
    custom_locations: list[dict[str, Any]]
    geo_markets: list[dict[str, Any]]
    electoral_districts: list[dict[str, Any]]
    electoral_district: list[dict[str, Any]]
    subcities: list[dict[str, Any]]
    neighborhoods: list[dict[str, Any]]
    subneighborhoods: list[dict[str, Any]]
    small_geo_areas: list[dict[str, Any]]
    medium_geo_areas: list[dict[str, Any]]
    large_geo_areas: list[dict[str, Any]]
    metro_areas: list[dict[str, Any]]
    location_cluster_ids: list[dict[str, Any]]
    location_types: list[str]
    location_expansion: dict[str, Any]


@with_config(STRICT)
class TargetingSpec(TypedDict, total=False):
    """Who an ad set is shown to, as written. Meta: basic-targeting, placement-targeting, flexible-targeting."""

    age_min: Annotated[int, Field(ge=13, le=65)]
    age_max: Annotated[int, Field(ge=13, le=65, description="65 means 65 and over")]
    age_range: Annotated[list[int], Field(description="[from, to]: a suggestion to Advantage+ audience")]
    genders: Annotated[list[int], Field(description="[1] men, [2] women; leave out for all")]
    geo_locations: GeoLocations
    excluded_geo_locations: GeoLocations
    locales: list[int]
    interests: list[_Id]
    behaviors: list[_Id]
    life_events: list[_Id]
    industries: list[_Id]
    income: list[_Id]
    family_statuses: list[_Id]
    work_employers: list[_Id]
    work_positions: list[_Id]
    education_schools: list[_Id]
    education_majors: list[_Id]
    education_statuses: list[int]
    college_years: list[int]
    relationship_statuses: list[int]
    flexible_spec: Annotated[list[dict[str, Any]], Field(description="groups that must all match")]
    exclusions: dict[str, Any]
    custom_audiences: list[_Id]
    excluded_custom_audiences: list[_Id]
    publisher_platforms: Annotated[list[str], Field(description="leave out for Advantage+ placements")]
    device_platforms: list[str]
    facebook_positions: list[str]
    instagram_positions: list[str]
    messenger_positions: list[str]
    audience_network_positions: list[str]
    threads_positions: list[str]
    whatsapp_positions: list[str]
    user_os: list[str]
    user_device: list[str]
    excluded_user_device: list[str]
    wireless_carrier: list[str]
    targeting_automation: Annotated[
        dict[str, Any], Field(description='{"advantage_audience": 0 or 1}: say which when creating')
    ]
    targeting_relaxation_types: dict[str, Any]
    targeting_optimization: str
    brand_safety_content_filter_levels: list[str]
    excluded_publisher_categories: list[str]
    excluded_publisher_list_ids: list[str]
    excluded_brand_safety_content_types: list[str]
    user_age_unknown: bool
    product_audience_specs: list[dict[str, Any]]
    excluded_product_audience_specs: list[dict[str, Any]]
    dynamic_audience_ids: list[str]
    instream_video_skippable_excluded: bool
    is_whatsapp_destination_ad: bool
    subscriber_universe: dict[str, Any]
    is_instagram_destination_ad: bool
