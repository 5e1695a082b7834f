"""Targeting. https://developers.facebook.com/docs/marketing-api/audiences/reference/basic-targeting"""

from __future__ import annotations

from typing import Annotated, Any, Required

from pydantic import BeforeValidator, Field

from admonster_fb.models._node import Map, Node
from admonster_fb.models._params import Id, Params


class AdSetTargeting(Node):
    """Who may see the ads of an ad set, as Meta returns it.

    >>> AdSetTargeting.from_api({"age_min": 25, "geo_locations": {"countries": ["US"]}}).geo_locations["countries"]
    ['US']
    """

    age_min: int | None = None
    """Minimum age in years."""
    age_max: int | None = None
    """Maximum age in years; 65 includes everyone older."""
    genders: list[Any] | None = None
    """1 men, 2 women; absent for all."""
    geo_locations: Map | None = None
    """Places, by kind."""
    excluded_geo_locations: Map | None = None
    """Excluded places, by kind."""
    locales: list[Any] | None = None
    """Languages, by Meta's numbers."""
    interests: list[Map] | None = None
    """Interests, each with `id` and `name`."""
    behaviors: list[Map] | None = None
    """Behaviors, each with `id` and `name`."""
    flexible_spec: list[Map] | None = None
    """Groups of details; people must match one entry of every group."""
    exclusions: Map | None = None
    """Details whose people are excluded."""
    custom_audiences: list[Map] | None = None
    """Custom audiences, each with `id` and `name`."""
    excluded_custom_audiences: list[Map] | None = None
    """Excluded custom audiences, each with `id` and `name`."""
    publisher_platforms: list[str] | None = None
    """Platforms: facebook, instagram, …; absent with Advantage+ placements."""
    device_platforms: list[str] | None = None
    """mobile, desktop or both."""
    facebook_positions: list[str] | None = None
    """Placements on Facebook, such as feed."""
    instagram_positions: list[str] | None = None
    """Placements on Instagram, such as stream."""
    targeting_automation: Map | None = None
    """Advantage+ audience: {"advantage_audience": 0 or 1}."""


_GENDERS = {"male": 1, "males": 1, "man": 1, "men": 1, "female": 2, "females": 2, "woman": 2, "women": 2}


def _gender(value: object) -> object:
    return _GENDERS.get(value.strip().lower(), value) if isinstance(value, str) else value


class _Id(Params, total=False):
    id: Required[str | int]
    """ID of the detail."""
    name: str
    """Name of the detail; optional."""


class GeoLocations(Params, total=False):
    """Places; people in any of them match.

    >>> places: GeoLocations = {"countries": ["US"], "zips": [{"key": "CA:K1A"}]}
    """

    countries: list[str]
    """ISO codes: ["US", "CA"]."""
    country_groups: list[str]
    """Groups of countries, such as worldwide or europe."""
    regions: list[dict[str, Any]]
    """Regions: [{"key": "3847"}]."""
    cities: list[dict[str, Any]]
    """Cities: [{"key": "2430536", "radius": 12, "distance_unit": "mile"}]."""
    zips: list[dict[str, Any]]
    """Postal codes: [{"key": "US:94304"}]."""
    places: list[dict[str, Any]]
    """Points of interest: [{"key": "…", "radius": 5}]."""
    custom_locations: list[dict[str, Any]]
    """Points or addresses: [{"latitude": …, "longitude": …, "radius": 5, "distance_unit": "mile"}]."""
    geo_markets: list[dict[str, Any]]
    """Market areas: [{"key": "COMSCORE_MARKET:501"}]."""
    electoral_districts: list[dict[str, Any]]
    """Electoral districts: [{"key": "US:CA01"}]."""
    electoral_district: list[dict[str, Any]]
    """Electoral districts, as older versions name them."""
    subcities: list[dict[str, Any]]
    """Parts of cities: [{"key": "…"}]."""
    neighborhoods: list[dict[str, Any]]
    """Neighborhoods: [{"key": "…"}]."""
    subneighborhoods: list[dict[str, Any]]
    """Parts of neighborhoods: [{"key": "…"}]."""
    small_geo_areas: list[dict[str, Any]]
    """Small areas: [{"key": "…"}]."""
    medium_geo_areas: list[dict[str, Any]]
    """Medium areas: [{"key": "…"}]."""
    large_geo_areas: list[dict[str, Any]]
    """Large areas: [{"key": "…"}]."""
    metro_areas: list[dict[str, Any]]
    """Metropolitan areas: [{"key": "…"}]."""
    location_cluster_ids: list[dict[str, Any]]
    """Clusters of places: [{"key": "…"}]."""
    location_types: list[str]
    """home, recent; Meta refuses it in new ad sets."""
    location_expansion: dict[str, Any]
    """Whether Meta may include neighboring places."""


class TargetingSpec(Params, total=False):
    """Who may see the ads of an ad set. Meta: basic-targeting, placement-targeting, flexible-targeting.

    >>> spec: TargetingSpec = {"geo_locations": {"countries": ["US"]}, "age_min": 25, "genders": [2]}
    """

    app_install_state: str
    """installed or not_installed: people with or without the app that the ad set promotes."""
    age_min: Annotated[int, Field(ge=13, le=65)]
    """Minimum age in years, 13 to 65."""
    age_max: Annotated[int, Field(ge=13, le=65)]
    """Maximum age in years, 13 to 65; 65 includes everyone older."""
    age_range: list[int]
    """[from, to] in years: a suggestion to Advantage+ audience."""
    genders: list[Annotated[int, BeforeValidator(_gender)]]
    """[1] men, [2] women; omit it for all."""
    geo_locations: GeoLocations
    """Places."""
    excluded_geo_locations: GeoLocations
    """Excluded places."""
    locales: list[int]
    """Languages, by Meta's numbers: [6]."""
    interests: list[_Id]
    """Interests: [{"id": "6003139266461"}]."""
    behaviors: list[_Id]
    """Behaviors: [{"id": "6002714895372"}]."""
    life_events: list[_Id]
    """Life events: [{"id": "…"}]."""
    industries: list[_Id]
    """Industries people work in: [{"id": "…"}]."""
    income: list[_Id]
    """Household incomes: [{"id": "…"}]."""
    family_statuses: list[_Id]
    """Family statuses: [{"id": "…"}]."""
    work_employers: list[_Id]
    """Employers: [{"id": "…"}]."""
    work_positions: list[_Id]
    """Job titles: [{"id": "…"}]."""
    education_schools: list[_Id]
    """Schools: [{"id": "…"}]."""
    education_majors: list[_Id]
    """Fields of study: [{"id": "…"}]."""
    education_statuses: list[int]
    """Levels of education, 1 to 13."""
    college_years: list[int]
    """Years of graduation."""
    relationship_statuses: list[int]
    """1 single, 2 in a relationship, 3 married, 4 engaged, 6 not specified."""
    flexible_spec: list[dict[str, Any]]
    """Groups of details; people must match one entry of every group."""
    exclusions: dict[str, Any]
    """Details whose people are excluded."""
    custom_audiences: list[_Id]
    """Custom audiences: [{"id": "…"}]."""
    excluded_custom_audiences: list[_Id]
    """Excluded custom audiences: [{"id": "…"}]."""
    publisher_platforms: list[str]
    """Platforms: facebook, instagram, audience_network, messenger, threads. Omit for Advantage+ placements."""
    device_platforms: list[str]
    """mobile, desktop or both."""
    facebook_positions: list[str]
    """Placements on Facebook: feed, story, facebook_reels, …"""
    instagram_positions: list[str]
    """Placements on Instagram: stream, story, reels, …"""
    messenger_positions: list[str]
    """Placements in Messenger: story, sponsored_messages."""
    audience_network_positions: list[str]
    """Placements on Audience Network: classic, rewarded_video."""
    threads_positions: list[str]
    """Placements on Threads: threads_stream."""
    whatsapp_positions: list[str]
    """Placements on WhatsApp: status."""
    user_os: list[str]
    """Operating systems: ["iOS", "Android_ver_12.0_and_above"]."""
    user_device: list[str]
    """Device models: ["iPhone 15"]."""
    excluded_user_device: list[str]
    """Excluded device models."""
    wireless_carrier: list[str]
    """["Wifi"] for Wi-Fi only."""
    targeting_automation: dict[str, Any]
    """Advantage+ audience: {"advantage_audience": 0 or 1}. Explicit in new ad sets."""
    targeting_relaxation_types: dict[str, Any]
    """Whether Meta may go beyond lookalikes or custom audiences."""
    targeting_optimization: str
    """Whether Meta may go beyond detailed targeting (legacy)."""
    brand_safety_content_filter_levels: list[str]
    """Inventory filters, such as FACEBOOK_STANDARD."""
    excluded_publisher_categories: list[str]
    """Excluded categories of publishers, such as dating or gambling."""
    excluded_publisher_list_ids: list[Id]
    """IDs of block lists of publishers."""
    excluded_brand_safety_content_types: list[str]
    """Excluded kinds of content, such as live videos."""
    user_age_unknown: bool
    """Whether to include people whose age is not known."""
    product_audience_specs: list[dict[str, Any]]
    """People by their actions on the products of a catalog."""
    excluded_product_audience_specs: list[dict[str, Any]]
    """Excluded people by their actions on the products of a catalog."""
    dynamic_audience_ids: list[Id]
    """IDs of dynamic audiences."""
    instream_video_skippable_excluded: bool
    """Whether to exclude skippable in-stream video placements."""
    is_whatsapp_destination_ad: bool
    """Whether the ads lead to WhatsApp."""
    subscriber_universe: dict[str, Any]
    """Subscribers of a messaging channel."""
    is_instagram_destination_ad: bool
    """Whether the ads lead to Instagram."""
