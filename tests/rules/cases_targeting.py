"""For each rule of targeting: see cases_campaign.py. A change names its way: "targeting.age_min"."""

from __future__ import annotations

from typing import Any

from changes import at

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
CREDIT, CREDIT_AND_JOBS = (
    {"campaign": {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": names}}
    for names in (["FINANCIAL_PRODUCTS_SERVICES", "CREDIT"], ["CREDIT", "EMPLOYMENT"])
)
EU = {"countries": ["FR", "IE"]}

CASES: dict[str, list[tuple[Any, ...]]] = {
    "adset targeting-required": [("error 100", "targeting", {"targeting": ...}, {})],
    "adset location-required": [
        ("error 100/1885364", GEO, {GEO: {"location_types": ["home", "recent"]}}, {GEO: {"country_groups": ["asia"]}}),
        ("error 100/1885364", GEO, {GEO: ...}, {GEO: ..., f"{T}custom_audiences": IDS}),
        *(
            ("warning 100/1885364", GEO, {GEO: ..., f"{T}{name}": IDS}, {f"{T}{name}": IDS})
            for name in ("product_audience_specs", "dynamic_audience_ids", "place_page_set_ids")
        ),
    ],
    "adset ages": [
        ("error 100", f"{T}age_min", {f"{T}age_min": 12}, {f"{T}age_min": 13}),
        ("error 100", f"{T}age_max", {f"{T}age_max": 66}, {f"{T}age_max": 65}),
        ("error 100", f"{T}age_max", {f"{T}age_min": 40, f"{T}age_max": 39}, {f"{T}age_min": 40, f"{T}age_max": 40}),
    ],
    "adset age-range": [
        ("warning 100", f"{T}age_range", {f"{T}age_range": [45, 25]}, {f"{T}age_range": [25, 45]}),
        ("warning 100", f"{T}age_range", {f"{T}age_range": [25]}, {f"{T}age_range": [13, 65]}),
    ],
    "adset youth": [
        (
            "error 100/1870165",
            f"{T}interests",
            {f"{T}age_min": 17, f"{T}interests": IDS},
            {f"{T}age_min": 18, f"{T}interests": IDS},
        ),
        (
            "warning 100/1870165",
            f"{T}genders",
            {f"{T}age_min": 20, f"{T}genders": [1], GEO: {"countries": ["ID"]}},
            {f"{T}age_min": 20, f"{T}genders": [1], GEO: {"countries": ["TH"]}},
        ),
        (
            "warning 100/1870165",
            f"{GEO}.zips",
            {f"{T}age_min": 17, GEO: {"zips": keys(1)}},
            {f"{T}age_min": 17, GEO: {"regions": keys(1)}},
        ),
    ],
    "adset youth-europe": [
        (
            "error 100/3858064",
            f"{T}age_min",
            {f"{T}age_min": 16, GEO: {"countries": ["US", "CH"]}},
            {f"{T}age_min": 16, GEO: {"countries": ["US", "GB"]}},
        ),
        (
            "error 100/3858064",
            f"{T}age_min",
            {f"{T}age_min": 16, GEO: {"country_groups": ["eea"]}},
            {f"{T}age_min": 18, GEO: {"country_groups": ["eea"]}},
        ),
    ],
    "adset targeting-numbers": [
        ("error 100", f"{T}genders", {f"{T}genders": [3]}, {f"{T}genders": [1, 2]}),
        ("error 100", f"{T}relationship_statuses", *at(f"{T}relationship_statuses", [5], [6])),
        ("error 100", f"{T}college_years", {f"{T}college_years": [1979]}, {f"{T}college_years": [1980]}),
        ("error 100", f"{T}education_statuses", {f"{T}education_statuses": [14]}, {f"{T}education_statuses": [13]}),
    ],
    "adset targeting-counts": [
        ("warning 100", f"{T}locales", {f"{T}locales": [6] * 51}, {f"{T}locales": [6] * 50}),
        ("warning 100", f"{T}locales", {f"{T}locales": [6] * 90}, {f"{T}locales": [6]}),
        ("error 100", f"{T}locales", {f"{T}locales": [6] * 91}, {f"{T}locales": [6]}),
        ("error 100", f"{T}excluded_custom_audiences", *at(f"{T}excluded_custom_audiences", IDS * 501, IDS * 500)),
        ("error 100", f"{T}work_employers", {f"{T}work_employers": IDS * 201}, {f"{T}work_employers": IDS * 200}),
    ],
    "adset targeting-ids": [
        (
            "error 100/1487079",
            f"{T}interests.0.id",
            *at(f"{T}interests", [{"name": "Football"}], [{"id": 6003107902433}]),
        )
    ],
    "adset flexible-limits": [
        (
            "error 100",
            f"{T}flexible_spec",
            *at(f"{T}flexible_spec", [{"interests": IDS}] * 26, [{"interests": IDS}] * 25),
        ),
        (
            "error 100",
            f"{T}flexible_spec.0",
            *at(f"{T}flexible_spec", [{"interests": IDS * 600, "behaviors": IDS * 401}], [{"interests": IDS * 1000}]),
        ),
    ],
    "adset flexible-alone": [
        (
            "error 100",
            f"{T}flexible_spec",
            {GEO: ..., f"{T}flexible_spec": [{"interests": IDS}]},
            {f"{T}flexible_spec": [{"interests": IDS}]},
        )
    ],
    "adset exclusions": [
        (
            "error 100/2446394",
            f"{T}exclusions",
            {f"{T}exclusions": {"interests": IDS}},
            {f"{T}excluded_custom_audiences": IDS},
        )
    ],
    "adset connections": [("error 100/1870088", f"{T}connections", {f"{T}connections": IDS}, {f"{T}connections": []})],
    "adset audience-twice": [
        (
            "warning",
            f"{T}excluded_custom_audiences.0",
            {f"{T}custom_audiences": IDS, f"{T}excluded_custom_audiences": IDS},
            {f"{T}custom_audiences": IDS, f"{T}excluded_custom_audiences": [{"id": "7"}]},
        )
    ],
    "adset user-os": [
        ("error 100", f"{T}user_os", *at(f"{T}user_os", ["iOS_ver_14.0_and_above", "Android"], ["iOS", "Android"]))
    ],
    "adset user-device": [
        (
            "warning 100",
            f"{T}user_device",
            {f"{T}user_device": ["iPhone 15"], f"{T}user_os": ["Android"]},
            {f"{T}user_device": ["iPhone 15"], f"{T}user_os": ["iOS"]},
        )
    ],
    "adset wireless-carrier": [
        ("warning", f"{T}wireless_carrier", {f"{T}wireless_carrier": ["5G"]}, {f"{T}wireless_carrier": ["Wifi"]})
    ],
    "adset brand-safety": [
        (
            "warning",
            f"{T}brand_safety_content_filter_levels",
            *at(f"{T}brand_safety_content_filter_levels", ["SAFE"], ["FEED_STRICT"]),
        )
    ],
    "adset country-code": [
        ("error 100", f"{GEO}.countries.1", {GEO: {"countries": ["US", "UK"]}}, {GEO: {"countries": ["US", "XK"]}}),
        (
            "error 100",
            f"{T}excluded_geo_locations.countries.0",
            *at(f"{T}excluded_geo_locations", {"countries": ["us"]}, {"countries": ["CA"]}),
        ),
    ],
    "adset geo-counts": [
        ("error 100", f"{GEO}.cities", {GEO: {"cities": keys(251)}}, {GEO: {"cities": keys(250)}}),
        ("warning 100", f"{GEO}.zips", {GEO: {"zips": keys(50_001)}}, {GEO: {"zips": keys(50_000)}}),
        ("warning 100", f"{GEO}.geo_markets", {GEO: {"geo_markets": keys(211)}}, {GEO: {"geo_markets": keys(210)}}),
        ("warning 100", f"{GEO}.geo_markets", {GEO: {"geo_markets": keys(2500)}}, {GEO: {"geo_markets": []}}),
        ("error 100", f"{GEO}.geo_markets", {GEO: {"geo_markets": keys(2501)}}, {GEO: {"geo_markets": []}}),
    ],
    "adset geo-radius": [
        ("error 100", f"{GEO}.cities.0.radius", {GEO: {"cities": [around(9)]}}, {GEO: {"cities": [around(10)]}}),
        (
            "error 100",
            f"{GEO}.cities.0.radius",
            *at(GEO, {"cities": [around(81, "kilometer")]}, {"cities": [around(80, "kilometer")]}),
        ),
        (
            "error 100",
            f"{GEO}.custom_locations.0.radius",
            *at(GEO, {"custom_locations": [spot(0.62)]}, {"custom_locations": [spot(0.63)]}),
        ),
    ],
    "adset distance-unit": [
        (
            "error 100",
            f"{GEO}.cities.0.distance_unit",
            *at(GEO, {"cities": [around(20, "km")]}, {"cities": [around(20, "kilometer")]}),
        )
    ],
    "adset geo-key": [
        (
            "error 100",
            f"{GEO}.regions.0.key",
            *at(GEO, {"regions": [{"name": "Texas"}]}, {"regions": [{"key": "3886"}]}),
        )
    ],
    "adset custom-location": [
        (
            "error 100",
            f"{GEO}.custom_locations.0",
            *at(
                GEO,
                {"custom_locations": [{"radius": 5}]},
                {"custom_locations": [{"radius": 5, "address_string": "Main St 1"}]},
            ),
        ),
        (
            "error 100",
            f"{GEO}.custom_locations.0.latitude",
            *at(
                GEO,
                {"custom_locations": [spot(5) | {"latitude": 91}]},
                {"custom_locations": [spot(5) | {"latitude": -90}]},
            ),
        ),
    ],
    "adset zip-key": [
        ("warning 100", f"{GEO}.zips.0.key", *at(GEO, {"zips": [{"key": "94304"}]}, {"zips": [{"key": "US:94304"}]}))
    ],
    "adset geo-market": [
        (
            "warning 100",
            f"{GEO}.geo_markets.0.key",
            *at(GEO, {"geo_markets": [{"key": "DMA:501"}]}, {"geo_markets": [{"key": "COMSCORE_MARKET:501"}]}),
        )
    ],
    "adset location-types": [
        (
            "error 100/1870199",
            f"{GEO}.location_types",
            *at(
                GEO,
                {"countries": ["US"], "location_types": ["home"]},
                {"countries": ["US"], "location_types": ["home", "recent"]},
            ),
        )
    ],
    "adset excluded-recent": [
        (
            "error 100/1870199",
            f"{T}excluded_geo_locations.location_types",
            *at(f"{T}excluded_geo_locations", {"location_types": ["recent"]}, {"location_types": ["home"]}),
        )
    ],
    "adset geo-overlap": [
        (
            "warning 100/1487756",
            f"{GEO}.zips.0",
            *at(GEO, {"countries": ["US"], "zips": keys(1)}, {"countries": ["CA"], "zips": keys(1)}),
        )
    ],
    "adset audience-network": [
        ("error 100", PLATFORMS, {PLATFORMS: ["audience_network"]}, {PLATFORMS: ["audience_network", "facebook"]})
    ],
    "adset threads": [
        ("error 100", PLATFORMS, {PLATFORMS: ["threads", "facebook"]}, {PLATFORMS: ["threads", "instagram"]}),
        (
            "error 100",
            f"{T}instagram_positions",
            {PLATFORMS: ["threads", "instagram"], f"{T}instagram_positions": ["story"]},
            {PLATFORMS: ["threads", "instagram"], f"{T}instagram_positions": ["stream"]},
        ),
    ],
    "adset instagram-desktop": [
        (
            "error 100",
            f"{T}device_platforms",
            {PLATFORMS: ["instagram"], f"{T}device_platforms": ["desktop"]},
            {PLATFORMS: ["facebook"], f"{T}device_platforms": ["desktop"]},
        )
    ],
    "adset needs-feed": [("error 100", POSITIONS, {POSITIONS: ["marketplace"]}, {POSITIONS: ["marketplace", "feed"]})],
    "adset facebook-story": [
        (
            "warning 100",
            POSITIONS,
            {PLATFORMS: ["facebook"], POSITIONS: ["story"]},
            {PLATFORMS: ["facebook"], POSITIONS: ["story", "feed"]},
        ),
        (
            "error 100",
            f"{T}device_platforms",
            {POSITIONS: ["story", "feed"], f"{T}device_platforms": ["desktop"]},
            {PLATFORMS: ["facebook", "instagram"], POSITIONS: ["story"]},
        ),
    ],
    "adset video-feeds": [("error 100", POSITIONS, {POSITIONS: ["video_feeds", "feed"]}, {POSITIONS: ["feed"]})],
    "adset explore": [
        ("error 100/2490589", f"{T}instagram_positions", *at(f"{T}instagram_positions", ["explore"], ["explore_home"]))
    ],
    "adset explore-home": [
        ("warning 100/2490589", f"{T}instagram_positions", *at(f"{T}instagram_positions", ["explore_home"], ["stream"]))
    ],
    "adset sponsored-messages": [
        (
            "error 100",
            f"{T}messenger_positions",
            {PLATFORMS: ["messenger", "facebook"], f"{T}messenger_positions": ["sponsored_messages"]},
            {PLATFORMS: ["messenger"], f"{T}messenger_positions": ["sponsored_messages"]},
        )
    ],
    "adset messenger-column": [
        (
            "warning",
            f"{T}facebook_positions",
            {"destination_type": "MESSENGER", f"{T}facebook_positions": ["feed", "right_hand_column"]},
            {f"{T}facebook_positions": ["feed", "right_hand_column"]},
        )
    ],
    "adset messenger-story": [
        ("warning", f"{T}messenger_positions", *at(f"{T}messenger_positions", ["story"], ["sponsored_messages"]))
    ],
    "adset whatsapp-status": [
        (
            "error 100",
            f"{T}whatsapp_positions",
            {f"{T}whatsapp_positions": ["status"], f"{T}instagram_positions": ["stream"]},
            {f"{T}whatsapp_positions": ["status"], f"{T}instagram_positions": ["story"]},
        )
    ],
    "adset positions-elsewhere": [
        (
            "warning",
            f"{T}instagram_positions",
            {PLATFORMS: ["facebook"], f"{T}instagram_positions": ["stream"]},
            {PLATFORMS: ["facebook", "instagram"], f"{T}instagram_positions": ["stream"]},
        )
    ],
    "adset known-values": [
        ("warning", f"{T}user_os.0", {f"{T}user_os": ["VisionOS"]}, {f"{T}user_os": ["iOS"]}),
        ("error", f"{T}user_os.0", {f"{T}user_os": ["android"]}, {f"{T}user_os": ["Android"]}),
    ],
    "adset placement-unknown": [
        ("warning", POSITIONS, {POSITIONS: ["new_feed"]}, {POSITIONS: ["feed"]}),
        ("error", POSITIONS, {POSITIONS: ["feeds"]}, {POSITIONS: ["feed"]}),
        ("error", PLATFORMS, {PLATFORMS: ["FACEBOOK"]}, {PLATFORMS: ["facebook"]}),
        ("warning", f"{T}device_platforms", {f"{T}device_platforms": ["phone"]}, {f"{T}device_platforms": ["mobile"]}),
    ],
    "adset politics-eu-places": [
        ("error 100", GEO, {GEO: {"countries": ["DE"]}}, {GEO: {"countries": ["US"]}}, POLITICS),
        ("error 100", GEO, {GEO: {"country_groups": ["europe"]}}, {GEO: {"country_groups": ["asia"]}}, POLITICS),
    ],
    "adset hecf-ages": [
        ("error 100/2909034", f"{T}age_min", {f"{T}age_min": 21}, {f"{T}age_min": 18, f"{T}age_max": 65}, HOUSING),
        ("error 100/2909034", f"{T}age_max", {f"{T}age_max": 55}, {f"{T}age_max": 55}, [HOUSING, POLITICS]),
        # Only ads for credit choose ages in Europe, and Meta's pages disagree where it is one of several places.
        *(
            (
                f"{severity} 100/2909034",
                f"{T}age_min",
                {f"{T}age_min": 21, GEO: geo},
                {f"{T}age_min": 21, GEO: EU},
                credit,
            )
            for severity, geo, credit in (
                ("error", {"countries": ["US"]}, CREDIT),
                ("error", {"regions": [{"key": "3886"}]}, CREDIT),
                ("warning", {"countries": ["US", "FR"]}, CREDIT),
                ("error", EU, [HOUSING, CREDIT]),
                ("error", EU, [CREDIT_AND_JOBS, CREDIT]),
            )
        ),
    ],
    "adset hecf-genders": [
        ("error 100/2909034", f"{T}genders", {f"{T}genders": [2]}, {f"{T}genders": [1, 2]}, HOUSING)
    ],
    "adset hecf-places": [
        ("error 100/2909034", f"{GEO}.zips", {GEO: {"zips": keys(1)}}, {GEO: {"regions": keys(1)}}, HOUSING)
    ],
    "adset hecf-exclusion": [
        (
            "error 100/2909034",
            f"{T}excluded_geo_locations",
            *at(f"{T}excluded_geo_locations", {"countries": ["CA"]}, {}),
            HOUSING,
        )
    ],
    "adset hecf-radius": [
        (
            "error 100/2909034",
            f"{GEO}.cities.0.radius",
            *at(GEO, {"cities": [around(14)]}, {"cities": [around(15)]}),
            HOUSING_US,
        ),
        (
            "error 100/2909034",
            f"{GEO}.cities.0.radius",
            *at(
                GEO,
                {"cities": [around(24, "kilometer", country="US")]},
                {"cities": [around(24, "kilometer", country="DE")]},
            ),
            HOUSING,
        ),
        (
            "error 100/2909034",
            f"{GEO}.custom_locations.0.radius",
            *at(GEO, {"custom_locations": [spot(9)]}, {"custom_locations": [spot(9.4)]}),
            HOUSING,
        ),
    ],
    "adset hecf-lookalikes": [
        (
            "error 100/2909034",
            f"{T}custom_audiences.0",
            *at(f"{T}custom_audiences", [{"id": "1", "subtype": "LOOKALIKE"}], IDS),
            HOUSING,
        )
    ],
    "adset hecf-demographics": [
        (
            "error 100/2909034",
            f"{T}flexible_spec.0.behaviors",
            *at(f"{T}flexible_spec", [{"behaviors": IDS}], [{"behaviors": []}]),
            HOUSING,
        )
    ],
    "adset category-destination": [
        (
            "error 100",
            "destination_type",
            *at("destination_type", "INSTAGRAM_PROFILE", "INSTAGRAM_PROFILE_AND_FACEBOOK_PAGE"),
            HOUSING,
        )
    ],
    "adset hecf-details": [
        ("warning 100/2909034", f"{T}interests", {f"{T}interests": IDS}, {f"{T}interests": []}, HOUSING)
    ],
    "adset hecf-terms": [
        (
            "warning 100",
            "is_sac_cfca_terms_certified",
            {f"{T}custom_audiences": IDS},
            {f"{T}custom_audiences": IDS, "is_sac_cfca_terms_certified": True},
            HOUSING,
        )
    ],
    "adset advantage-explicit": [
        (
            "error 100/1870227",
            ADVANTAGE,
            {AUTO: ..., f"{T}age_min": 25},
            {AUTO: {"advantage_audience": 0}, f"{T}age_min": 25},
        ),
        (
            "error 100/1870227",
            ADVANTAGE,
            {AUTO: ..., f"{T}interests": IDS},
            {AUTO: ..., f"{T}age_min": 18, f"{T}age_max": 65},
        ),
        (
            "error 100/1870227",
            ADVANTAGE,
            {AUTO: ..., f"{T}genders": [1]},
            {AUTO: {"individual_setting": {"gender": 1}}, f"{T}genders": [1]},
        ),
        (
            "error 100/1870227",
            ADVANTAGE,
            {AUTO: {"individual_setting": {"age": 0, "gender": 1}}, f"{T}age_max": 40},
            {AUTO: {"individual_setting": {"age": 1, "gender": 0}}, f"{T}age_max": 40},
        ),
        (
            "error 100/1870227",
            ADVANTAGE,
            {AUTO: {"individual_setting": {"gender": 0}}, f"{T}genders": [2]},
            {AUTO: ..., f"{T}age_max": 40, f"{T}targeting_optimization": "expansion_all"},
        ),
        (
            "error 100/1870227",
            ADVANTAGE,
            {AUTO: ..., f"{T}age_max": 40, f"{T}targeting_optimization": "none"},
            {AUTO: ..., f"{T}age_max": 40, f"{T}targeting_relaxation_types": {"lookalike": 1}},
        ),
    ],
    "adset advantage-value": [
        ("error 100", ADVANTAGE, {AUTO: {"advantage_audience": 2}}, {AUTO: {"advantage_audience": 1}}),
        (
            "error 100",
            f"{AUTO}.individual_setting.age",
            *at(AUTO, {"individual_setting": {"age": 3}}, {"individual_setting": {"age": 1}}),
        ),
    ],
    "adset advantage-age-min": [
        (
            "error 100/1870188",
            f"{T}age_min",
            {AUTO: {"advantage_audience": 1}, f"{T}age_min": 26},
            {AUTO: {"advantage_audience": 1}, f"{T}age_min": 25},
        ),
        (
            "error 100/1870188",
            f"{T}age_min",
            {AUTO: {"advantage_audience": 1}, f"{T}age_min": 17},
            {AUTO: {"advantage_audience": 0}, f"{T}age_min": 17},
        ),
    ],
    "adset advantage-age-max": [
        (
            "error 100/1870189",
            f"{T}age_max",
            {AUTO: {"advantage_audience": 1}, f"{T}age_max": 64},
            {AUTO: {"advantage_audience": 1}, f"{T}age_max": 65},
        )
    ],
    "adset dsa-beneficiary": [
        (
            "error 100/3858081",
            "dsa_beneficiary",
            {GEO: {"countries": ["FR"]}, "dsa_payor": "A"},
            {GEO: {"countries": ["FR"]}, "dsa_beneficiary": "A"},
        ),
        (
            "error 100/3858081",
            "dsa_beneficiary",
            *at(GEO, {"cities": [around(10, country="IE")]}, {"cities": [around(10, country="GB")]}),
        ),
    ],
    "adset dsa-payor": [
        ("error 100/3858079", "dsa_payor", *at(GEO, {"country_groups": ["worldwide"]}, {"country_groups": ["asia"]})),
        (
            "error 100/3858079",
            "dsa_payor",
            *at(GEO, {"countries": ["NO"]}, {"countries": ["NO"]}),
            [
                {"dsa_defaults": frozenset({"default_dsa_beneficiary"})},
                {"dsa_defaults": frozenset({"default_dsa_payor"})},
            ],
        ),
    ],
}
