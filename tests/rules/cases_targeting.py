"""For each rule of targeting: see cases_campaign.py. A change names its way: "targeting.age_min"."""

from __future__ import annotations

from typing import Any

T = "targeting."
GEO = f"{T}geo_locations"
AUTO = f"{T}targeting_automation"
ADVANTAGE = f"{AUTO}.advantage_audience"
IDS = [{"id": "6003107902433"}]
POSITIONS = f"{T}facebook_positions"
PLATFORMS = f"{T}publisher_platforms"


def around(radius: float, unit: str = "mile", **more: Any) -> dict[str, Any]:
    """A city and its surroundings."""
    return {"key": "2418779", "radius": radius, "distance_unit": unit, **more}


def spot(radius: float, unit: str = "mile", **more: Any) -> dict[str, Any]:
    """A point and its surroundings."""
    return {"latitude": 37.4, "longitude": -122.1, "radius": radius, "distance_unit": unit, **more}


def keys(count: int) -> list[dict[str, Any]]:
    """Places."""
    return [{"key": f"US:{number}"} for number in range(count)]


HOUSING = {"campaign": {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": ["HOUSING"]}}
HOUSING_US = {"campaign": HOUSING["campaign"] | {"special_ad_category_country": ["US"]}}
POLITICS = {"campaign": {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": ["ISSUES_ELECTIONS_POLITICS"]}}

CASES: list[tuple[Any, ...]] = [
    ("adset", "targeting-required", "targeting", {"targeting": ...}, {}),
    ("adset", "location-required", GEO, {GEO: {"location_types": ["home", "recent"]}}, {GEO: {"country_groups": ["asia"]}}),
    ("adset", "location-required", GEO, {GEO: ...}, {GEO: ..., f"{T}custom_audiences": IDS}),
    ("adset", "ages", f"{T}age_min", {f"{T}age_min": 12}, {f"{T}age_min": 13}),
    ("adset", "ages", f"{T}age_max", {f"{T}age_max": 66}, {f"{T}age_max": 65}),
    ("adset", "ages", f"{T}age_max", {f"{T}age_min": 40, f"{T}age_max": 39}, {f"{T}age_min": 40, f"{T}age_max": 40}),
    ("adset", "age-range", f"{T}age_range", {f"{T}age_range": [45, 25]}, {f"{T}age_range": [25, 45]}),
    ("adset", "age-range", f"{T}age_range", {f"{T}age_range": [25]}, {f"{T}age_range": [13, 65]}),
    ("adset", "youth", f"{T}interests", {f"{T}age_min": 17, f"{T}interests": IDS}, {f"{T}age_min": 18, f"{T}interests": IDS}),
    ("adset", "youth", f"{T}genders", {f"{T}age_min": 20, f"{T}genders": [1], GEO: {"countries": ["ID"]}}, {f"{T}age_min": 20, f"{T}genders": [1], GEO: {"countries": ["TH"]}}),
    ("adset", "youth-europe", f"{T}age_min", {f"{T}age_min": 16, GEO: {"countries": ["US", "CH"]}}, {f"{T}age_min": 16, GEO: {"countries": ["US", "GB"]}}),
    ("adset", "youth-europe", f"{T}age_min", {f"{T}age_min": 16, GEO: {"country_groups": ["eea"]}}, {f"{T}age_min": 18, GEO: {"country_groups": ["eea"]}}),
    ("adset", "targeting-numbers", f"{T}genders", {f"{T}genders": [3]}, {f"{T}genders": [1, 2]}),
    ("adset", "targeting-numbers", f"{T}relationship_statuses", {f"{T}relationship_statuses": [5]}, {f"{T}relationship_statuses": [6]}),
    ("adset", "targeting-numbers", f"{T}college_years", {f"{T}college_years": [1979]}, {f"{T}college_years": [1980]}),
    ("adset", "targeting-numbers", f"{T}education_statuses", {f"{T}education_statuses": [14]}, {f"{T}education_statuses": [13]}),
    ("adset", "targeting-counts", f"{T}locales", {f"{T}locales": [6] * 51}, {f"{T}locales": [6] * 50}),
    ("adset", "targeting-counts", f"{T}excluded_custom_audiences", {f"{T}excluded_custom_audiences": IDS * 501}, {f"{T}excluded_custom_audiences": IDS * 500}),
    ("adset", "targeting-counts", f"{T}work_employers", {f"{T}work_employers": IDS * 201}, {f"{T}work_employers": IDS * 200}),
    ("adset", "targeting-ids", f"{T}interests.0.id", {f"{T}interests": [{"name": "Football"}]}, {f"{T}interests": [{"id": 6003107902433}]}),
    ("adset", "flexible-limits", f"{T}flexible_spec", {f"{T}flexible_spec": [{"interests": IDS}] * 26}, {f"{T}flexible_spec": [{"interests": IDS}] * 25}),
    ("adset", "flexible-limits", f"{T}flexible_spec.0", {f"{T}flexible_spec": [{"interests": IDS * 600, "behaviors": IDS * 401}]}, {f"{T}flexible_spec": [{"interests": IDS * 1000}]}),
    ("adset", "flexible-alone", f"{T}flexible_spec", {GEO: ..., f"{T}flexible_spec": [{"interests": IDS}]}, {f"{T}flexible_spec": [{"interests": IDS}]}),
    ("adset", "exclusions", f"{T}exclusions", {f"{T}exclusions": {"interests": IDS}}, {f"{T}excluded_custom_audiences": IDS}),
    ("adset", "connections", f"{T}connections", {f"{T}connections": IDS}, {f"{T}connections": []}),
    ("adset", "audience-twice", f"{T}excluded_custom_audiences.0", {f"{T}custom_audiences": IDS, f"{T}excluded_custom_audiences": IDS}, {f"{T}custom_audiences": IDS, f"{T}excluded_custom_audiences": [{"id": "7"}]}),
    ("adset", "user-os", f"{T}user_os", {f"{T}user_os": ["iOS_ver_14.0_and_above", "Android"]}, {f"{T}user_os": ["iOS", "Android"]}),
    ("adset", "user-device", f"{T}user_device", {f"{T}user_device": ["iPhone 15"], f"{T}user_os": ["Android"]}, {f"{T}user_device": ["iPhone 15"], f"{T}user_os": ["iOS"]}),
    ("adset", "wireless-carrier", f"{T}wireless_carrier", {f"{T}wireless_carrier": ["5G"]}, {f"{T}wireless_carrier": ["Wifi"]}),
    ("adset", "brand-safety", f"{T}brand_safety_content_filter_levels", {f"{T}brand_safety_content_filter_levels": ["SAFE"]}, {f"{T}brand_safety_content_filter_levels": ["FEED_STRICT"]}),
    ("adset", "country-code", f"{GEO}.countries.1", {GEO: {"countries": ["US", "UK"]}}, {GEO: {"countries": ["US", "XK"]}}),
    ("adset", "country-code", f"{T}excluded_geo_locations.countries.0", {f"{T}excluded_geo_locations": {"countries": ["us"]}}, {f"{T}excluded_geo_locations": {"countries": ["CA"]}}),
    ("adset", "geo-counts", f"{GEO}.cities", {GEO: {"cities": keys(251)}}, {GEO: {"cities": keys(250)}}),
    ("adset", "geo-counts", f"{GEO}.zips", {GEO: {"zips": keys(50_001)}}, {GEO: {"zips": keys(50_000)}}),
    ("adset", "geo-radius", f"{GEO}.cities.0.radius", {GEO: {"cities": [around(9)]}}, {GEO: {"cities": [around(10)]}}),
    ("adset", "geo-radius", f"{GEO}.cities.0.radius", {GEO: {"cities": [around(81, "kilometer")]}}, {GEO: {"cities": [around(80, "kilometer")]}}),
    ("adset", "geo-radius", f"{GEO}.custom_locations.0.radius", {GEO: {"custom_locations": [spot(0.62)]}}, {GEO: {"custom_locations": [spot(0.63)]}}),
    ("adset", "distance-unit", f"{GEO}.cities.0.distance_unit", {GEO: {"cities": [around(20, "km")]}}, {GEO: {"cities": [around(20, "kilometer")]}}),
    ("adset", "geo-key", f"{GEO}.regions.0.key", {GEO: {"regions": [{"name": "Texas"}]}}, {GEO: {"regions": [{"key": "3886"}]}}),
    ("adset", "custom-location", f"{GEO}.custom_locations.0", {GEO: {"custom_locations": [{"radius": 5}]}}, {GEO: {"custom_locations": [{"radius": 5, "address_string": "Main St 1"}]}}),
    ("adset", "custom-location", f"{GEO}.custom_locations.0.latitude", {GEO: {"custom_locations": [spot(5) | {"latitude": 91}]}}, {GEO: {"custom_locations": [spot(5) | {"latitude": -90}]}}),
    ("adset", "zip-key", f"{GEO}.zips.0.key", {GEO: {"zips": [{"key": "94304"}]}}, {GEO: {"zips": [{"key": "US:94304"}]}}),
    ("adset", "geo-market", f"{GEO}.geo_markets.0.key", {GEO: {"geo_markets": [{"key": "DMA:501"}]}}, {GEO: {"geo_markets": [{"key": "COMSCORE_MARKET:501"}]}}),
    ("adset", "location-types", f"{GEO}.location_types", {GEO: {"countries": ["US"], "location_types": ["home"]}}, {GEO: {"countries": ["US"], "location_types": ["home", "recent"]}}),
    ("adset", "excluded-recent", f"{T}excluded_geo_locations.location_types", {f"{T}excluded_geo_locations": {"location_types": ["recent"]}}, {f"{T}excluded_geo_locations": {"location_types": ["home"]}}),
    ("adset", "geo-overlap", f"{GEO}.zips.0", {GEO: {"countries": ["US"], "zips": keys(1)}}, {GEO: {"countries": ["CA"], "zips": keys(1)}}),
    ("adset", "audience-network", PLATFORMS, {PLATFORMS: ["audience_network"]}, {PLATFORMS: ["audience_network", "facebook"]}),
    ("adset", "threads", PLATFORMS, {PLATFORMS: ["threads", "facebook"]}, {PLATFORMS: ["threads", "instagram"]}),
    ("adset", "threads", f"{T}instagram_positions", {PLATFORMS: ["threads", "instagram"], f"{T}instagram_positions": ["story"]}, {PLATFORMS: ["threads", "instagram"], f"{T}instagram_positions": ["stream"]}),
    ("adset", "instagram-desktop", f"{T}device_platforms", {PLATFORMS: ["instagram"], f"{T}device_platforms": ["desktop"]}, {PLATFORMS: ["facebook"], f"{T}device_platforms": ["desktop"]}),
    ("adset", "needs-feed", POSITIONS, {POSITIONS: ["marketplace"]}, {POSITIONS: ["marketplace", "feed"]}),
    ("adset", "facebook-story", POSITIONS, {PLATFORMS: ["facebook"], POSITIONS: ["story"]}, {PLATFORMS: ["facebook"], POSITIONS: ["story", "feed"]}),
    ("adset", "facebook-story", f"{T}device_platforms", {POSITIONS: ["story", "feed"], f"{T}device_platforms": ["desktop"]}, {PLATFORMS: ["facebook", "instagram"], POSITIONS: ["story"]}),
    ("adset", "video-feeds", POSITIONS, {POSITIONS: ["video_feeds", "feed"]}, {POSITIONS: ["feed"]}),
    ("adset", "explore", f"{T}instagram_positions", {f"{T}instagram_positions": ["explore"]}, {f"{T}instagram_positions": ["explore_home"]}),
    ("adset", "explore-home", f"{T}instagram_positions", {f"{T}instagram_positions": ["explore_home"]}, {f"{T}instagram_positions": ["stream"]}),
    ("adset", "sponsored-messages", f"{T}messenger_positions", {PLATFORMS: ["messenger", "facebook"], f"{T}messenger_positions": ["sponsored_messages"]}, {PLATFORMS: ["messenger"], f"{T}messenger_positions": ["sponsored_messages"]}),
    ("adset", "messenger-story", f"{T}messenger_positions", {f"{T}messenger_positions": ["story"]}, {f"{T}messenger_positions": ["sponsored_messages"]}),
    ("adset", "whatsapp-status", f"{T}whatsapp_positions", {f"{T}whatsapp_positions": ["status"], f"{T}instagram_positions": ["stream"]}, {f"{T}whatsapp_positions": ["status"], f"{T}instagram_positions": ["story"]}),
    ("adset", "positions-elsewhere", f"{T}instagram_positions", {PLATFORMS: ["facebook"], f"{T}instagram_positions": ["stream"]}, {PLATFORMS: ["facebook", "instagram"], f"{T}instagram_positions": ["stream"]}),
    ("adset", "placement-unknown", POSITIONS, {POSITIONS: ["feeds"]}, {POSITIONS: ["feed"]}),
    ("adset", "placement-unknown", f"{T}device_platforms", {f"{T}device_platforms": ["phone"]}, {f"{T}device_platforms": ["mobile"]}),
    ("adset", "politics-eu-places", GEO, {GEO: {"countries": ["DE"]}}, {GEO: {"countries": ["US"]}}, POLITICS),
    ("adset", "politics-eu-places", GEO, {GEO: {"country_groups": ["europe"]}}, {GEO: {"country_groups": ["asia"]}}, POLITICS),
    ("adset", "hecf-ages", f"{T}age_min", {f"{T}age_min": 21}, {f"{T}age_min": 18, f"{T}age_max": 65}, HOUSING),
    ("adset", "hecf-ages", f"{T}age_max", {f"{T}age_max": 55}, {f"{T}age_max": 55}, [HOUSING, POLITICS]),
    ("adset", "hecf-genders", f"{T}genders", {f"{T}genders": [2]}, {f"{T}genders": [1, 2]}, HOUSING),
    ("adset", "hecf-places", f"{GEO}.zips", {GEO: {"zips": keys(1)}}, {GEO: {"regions": keys(1)}}, HOUSING),
    ("adset", "hecf-exclusion", f"{T}excluded_geo_locations", {f"{T}excluded_geo_locations": {"countries": ["CA"]}}, {f"{T}excluded_geo_locations": {}}, HOUSING),
    ("adset", "hecf-radius", f"{GEO}.cities.0.radius", {GEO: {"cities": [around(14)]}}, {GEO: {"cities": [around(15)]}}, HOUSING_US),
    ("adset", "hecf-radius", f"{GEO}.cities.0.radius", {GEO: {"cities": [around(24, "kilometer", country="US")]}}, {GEO: {"cities": [around(24, "kilometer", country="DE")]}}, HOUSING),
    ("adset", "hecf-radius", f"{GEO}.custom_locations.0.radius", {GEO: {"custom_locations": [spot(9)]}}, {GEO: {"custom_locations": [spot(9.4)]}}, HOUSING),
    ("adset", "hecf-lookalikes", f"{T}custom_audiences.0", {f"{T}custom_audiences": [{"id": "1", "subtype": "LOOKALIKE"}]}, {f"{T}custom_audiences": IDS}, HOUSING),
    ("adset", "hecf-details", f"{T}interests", {f"{T}interests": IDS}, {f"{T}interests": []}, HOUSING),
    ("adset", "hecf-terms", "is_sac_cfca_terms_certified", {f"{T}custom_audiences": IDS}, {f"{T}custom_audiences": IDS, "is_sac_cfca_terms_certified": True}, HOUSING),
    ("adset", "advantage-explicit", ADVANTAGE, {AUTO: ..., f"{T}age_min": 25}, {AUTO: {"advantage_audience": 0}, f"{T}age_min": 25}),
    ("adset", "advantage-explicit", ADVANTAGE, {AUTO: ..., f"{T}interests": IDS}, {AUTO: ..., f"{T}age_min": 18, f"{T}age_max": 65}),
    ("adset", "advantage-explicit", ADVANTAGE, {AUTO: ..., f"{T}genders": [1]}, {AUTO: {"individual_setting": {"gender": 1}}, f"{T}genders": [1]}),
    ("adset", "advantage-value", ADVANTAGE, {AUTO: {"advantage_audience": 2}}, {AUTO: {"advantage_audience": 1}}),
    ("adset", "advantage-value", f"{AUTO}.individual_setting.age", {AUTO: {"individual_setting": {"age": 3}}}, {AUTO: {"individual_setting": {"age": 1}}}),
    ("adset", "advantage-age-min", f"{T}age_min", {AUTO: {"advantage_audience": 1}, f"{T}age_min": 26}, {AUTO: {"advantage_audience": 1}, f"{T}age_min": 25}),
    ("adset", "advantage-age-min", f"{T}age_min", {AUTO: {"advantage_audience": 1}, f"{T}age_min": 17}, {AUTO: {"advantage_audience": 0}, f"{T}age_min": 17}),
    ("adset", "advantage-age-max", f"{T}age_max", {AUTO: {"advantage_audience": 1}, f"{T}age_max": 64}, {AUTO: {"advantage_audience": 1}, f"{T}age_max": 65}),
    ("adset", "dsa-beneficiary", "dsa_beneficiary", {GEO: {"countries": ["FR"]}, "dsa_payor": "A"}, {GEO: {"countries": ["FR"]}, "dsa_beneficiary": "A"}),
    ("adset", "dsa-beneficiary", "dsa_beneficiary", {GEO: {"cities": [around(10, country="IE")]}}, {GEO: {"cities": [around(10, country="GB")]}}),
    ("adset", "dsa-payor", "dsa_payor", {GEO: {"country_groups": ["worldwide"]}}, {GEO: {"country_groups": ["asia"]}}),
    ("adset", "dsa-payor", "dsa_payor", {GEO: {"countries": ["NO"]}}, {GEO: {"countries": ["NO"]}}, [{"dsa_defaults": frozenset({"default_dsa_beneficiary"})}, {"dsa_defaults": frozenset({"default_dsa_payor"})}]),
]
