"""What Meta refuses of a targeting spec: ids and keys it does not have, and what does not go together."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tables import table

from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.store import Node, Store
from admonster_fb.sandbox.validation import check

US = {"countries": ["US"]}
HERE = {"latitude": 37.77, "longitude": -122.42}
BASE = {"geo_locations": US, "targeting_automation": {"advantage_audience": 0}}
ADSET = {
    "name": "Set",
    "daily_budget": "2000",
    "optimization_goal": "LINK_CLICKS",
    "billing_event": "IMPRESSIONS",
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "status": "PAUSED",
    "dsa_beneficiary": "A",
    "dsa_payor": "A",
}


class World:
    """An account with a campaign and one for housing."""

    def __init__(self) -> None:
        self.store: Store = Sandbox(history=0).world.store
        self.account: Node = self.store.nodes["act_1"]
        self.plain, self.housing = (self.campaign(categories) for categories in ([], ["HOUSING"]))

    def campaign(self, categories: list[str]) -> str:
        data = {"account_id": "1", "status": "ACTIVE", "objective": "OUTCOME_TRAFFIC"}
        return self.store.add("Campaign", {**data, "special_ad_categories": categories}).id

    def create(self, targeting: dict[str, Any], campaign: str = "", **more: Any) -> None:
        params = {**ADSET, "campaign_id": campaign or self.plain, "targeting": {**BASE, **targeting}, **more}
        check("create", "AdSet", None, self.account, params, self.store)

    def objection(self, targeting: dict[str, Any], campaign: str = "", **more: Any) -> GraphError | None:
        try:
            self.create(targeting, campaign, **more)
        except GraphError as error:
            return error
        return None

    def refusal(self, targeting: dict[str, Any], campaign: str = "", **more: Any) -> GraphError:
        with pytest.raises(GraphError) as caught:
            self.create(targeting, campaign, **more)
        assert caught.value.code == 100
        return caught.value


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def named(refused: GraphError) -> str:
    """Everything a refusal says."""
    return f"{refused.subcode} {refused.message} {refused.user_msg}"


def geo(**places: Any) -> dict[str, Any]:
    return {"geo_locations": places}


REFUSED: list[tuple[dict[str, Any], str]] = [
    # Ids
    ({"interests": [{"id": "17"}]}, "1487079 Invalid parameter Interests with ID 17 is invalid."),
    ({"interests": [{"name": "Movies"}]}, "1487079"),
    ({"behaviors": [{"id": 6003139266461}]}, "1487079 Invalid parameter Behaviors with ID 6003139266461 is invalid."),
    ({"life_events": [{"id": "17"}]}, "Life events with ID 17"),
    ({"industries": [{"id": "17"}]}, "Industries with ID 17"),
    ({"income": [{"id": "17"}]}, "Income with ID 17"),
    ({"family_statuses": [{"id": "17"}]}, "Family statuses with ID 17"),
    ({"education_schools": [{"id": "17"}]}, "Education schools with ID 17"),
    ({"work_employers": [{"id": "17"}]}, "Work employers with ID 17"),
    ({"flexible_spec": [{"interests": [{"id": "6003139266461"}]}, {"behaviors": [{"id": "17"}]}]}, "1487079"),
    ({"interests": [{"id": "6003220883649"}]}, "1487694"),
    ({"interests": [{"id": "6003315098934"}]}, "1487694"),
    ({"behaviors": [{"id": "6004854404172"}]}, "1487694"),
    ({"flexible_spec": [{"interests": [{"id": "6003315098934"}]}]}, "1487694"),
    # Numbers and words
    ({"relationship_statuses": [5]}, "targeting[relationship_statuses][0] must be one of {1, 2, 3, 4, 6}"),
    ({"education_statuses": [1, 14]}, "targeting[education_statuses][1] must be between 1 and 13"),
    ({"college_years": [1979]}, "targeting[college_years][0] must be between 1980 and"),
    ({"locales": [6, 99999]}, "The locale 99999 does not exist."),
    ({"locales": ["en_US"]}, "The locale en_US does not exist."),
    ({"locales": [6] * 91}, "targeting[locales] must have at most 90 elements."),
    ({"wireless_carrier": ["5G"]}, "targeting[wireless_carrier][0] must be one of {Wifi}"),
    ({"brand_safety_content_filter_levels": ["FACEBOOK_LOOSE"]}, "brand_safety_content_filter_levels][0] must be one"),
    (
        {"targeting_automation": {"advantage_audience": 0, "individual_setting": {"age": 2}}},
        "[individual_setting][age] must be one of {0, 1}",
    ),
    # Length
    ({"flexible_spec": [{"interests": [{"id": "6003139266461"}]}] * 26}, "must have at most 25 elements."),
    ({"flexible_spec": [{"interests": [{"id": "6003139266461"}] * 1001}]}, "must have at most 1000 elements."),
    ({"work_employers": [{"id": "50431654"}] * 201}, "targeting[work_employers] must have at most 200 elements."),
    ({"flexible_spec": ["movies"]}, "targeting[flexible_spec][0] must be an array."),
    ({"flexible_spec": [{"interests": "movies"}]}, "targeting[flexible_spec][0][interests] must be an array."),
    ({"user_os": "iOS"}, "targeting[user_os] must be an array."),
    # Exclusions
    ({"exclusions": {"interests": [{"id": "6003139266461"}]}}, "2446394"),
    # Devices
    ({"user_os": ["Symbian"]}, "Symbian is not an operating system."),
    ({"user_os": ["iOS_ver_12"]}, "iOS_ver_12 is not an operating system."),
    ({"user_os": ["iOS_ver_12.0_and_above", "Android"]}, "can't be combined with another operating system"),
    # Places
    (geo(countries=["UK"]), "The country with key UK does not exist."),
    (geo(country_groups=["atlantis"]), "The country group with key atlantis does not exist."),
    (geo(regions=[{"key": "99999"}]), "The region with key 99999 does not exist."),
    (geo(regions=["3847"]), "The region with key 3847 does not exist."),
    (geo(cities=[{"key": "3847"}]), "The city with key 3847 does not exist."),
    (geo(zips=[{"key": "94304"}]), "The zip with key 94304 does not exist."),
    (geo(geo_markets=[{"key": "DMA:501"}]), "The geo market with key DMA:501 does not exist."),
    (geo(neighborhoods=[{"key": "1"}]), "The neighborhood with key 1 does not exist."),
    (geo(electoral_districts=[{"key": "1"}]), "The electoral district with key 1 does not exist."),
    ({"excluded_geo_locations": {"regions": [{"key": "99999"}]}}, "The region with key 99999 does not exist."),
    (geo(custom_locations=[{"radius": 5}]), "A custom location needs latitude and longitude, or an address."),
    (
        geo(custom_locations=[{**HERE, "latitude": 91}]),
        "A custom location needs latitude and longitude, or an address.",
    ),
    (geo(custom_locations=[{**HERE, "latitude": "nan"}]), "A custom location needs latitude and longitude"),
    ({"excluded_geo_locations": {**US, "location_types": ["home", "recent"]}}, "can't be of the type recent."),
    (geo(**US, location_types=["home"]), "1870199"),
    (geo(regions=[{"key": "3847"}] * 201), "targeting[geo_locations][regions] must have at most 200 elements."),
    (geo(cities=[{"key": "2421836"}] * 251), "[cities] must have at most 250 elements."),
    (geo(custom_locations=[HERE] * 201), "[custom_locations] must have at most 200 elements."),
    (geo(places=[{"key": "111745868854244"}] * 201), "[places] must have at most 200 elements."),
    (geo(geo_markets=[{"key": "COMSCORE_MARKET:2001"}] * 2501), "[geo_markets] must have at most 2500 elements."),
    # Radius
    (geo(cities=[{"key": "2421836", "radius": 9}]), "must be between 10 and 50"),
    (geo(cities=[{"key": "2421836", "radius": 16, "distance_unit": "kilometer"}]), "must be between 17 and 80"),
    (geo(cities=[{"key": "2421836", "radius": 12, "distance_unit": "league"}]), "must be one of {kilometer, mile}"),
    (geo(custom_locations=[{**HERE, "radius": 0.5}]), "must be between 0.63 and 50"),
    (geo(custom_locations=[{**HERE, "radius": 81, "distance_unit": "kilometer"}]), "must be between 1 and 80"),
    (geo(regions=[{"key": "3847", "radius": 20}]), "Radius targeting is only allowed on cities."),
    ({**geo(countries=["US", "CA"]), "radius": 20}, "1815946"),
    # Overlaps
    (geo(countries=["US"], regions=[{"key": "3847"}]), "1487756"),
    (geo(countries=["US"], cities=[{"key": "2421836"}]), "1487756"),
    (geo(countries=["US"], geo_markets=[{"key": "COMSCORE_MARKET:2001"}]), "1487756"),
    (geo(countries=["US"], custom_locations=[{**HERE, "radius": 5}]), "1487756"),
    (geo(regions=[{"key": "3847"}], cities=[{"key": "2421836"}]), "1487756"),
    (geo(cities=[{"key": "2421836"}], zips=[{"key": "US:94102"}]), "1487756"),
    (geo(cities=[{"key": "2421836"}], neighborhoods=[{"key": "2920002"}]), "1487756"),
    # Placements
    ({"facebook_positions": ["search"]}, "The placement search needs feed."),
    ({"facebook_positions": ["profile_feed"]}, "The placement profile_feed needs feed."),
    ({"facebook_positions": ["notification"]}, "The placement notification needs feed."),
    (
        {"facebook_positions": ["feed", "story"], "device_platforms": ["desktop"]},
        "The placement story needs mobile.",
    ),
    ({"threads_positions": ["threads_stream"], "instagram_positions": ["story"]}, "threads_stream needs stream."),
    ({"whatsapp_positions": ["status"], "instagram_positions": ["stream"]}, "The placement status needs story."),
    ({"whatsapp_positions": ["status"]}, "The placement status needs ads that open a WhatsApp chat."),
    ({"messenger_positions": ["messenger_home"]}, "targeting[messenger_positions][0] must be one of"),
    (
        {"messenger_positions": ["sponsored_messages"], "facebook_positions": ["feed"]},
        "Sponsored messages can't be combined",
    ),
    (
        {"messenger_positions": ["sponsored_messages"], "publisher_platforms": ["messenger", "facebook"]},
        "Sponsored messages can't be combined",
    ),
    ({"audience_network_positions": ["instream"]}, "must be one of {classic, rewarded_video}"),
    ({"instagram_positions": ["explore"]}, "2490589"),
    ({"facebook_positions": ["feed", "video_feeds"]}, "The Facebook video feeds placement is no longer available."),
    ({"device_platforms": ["watch"]}, "must be one of {connected_tv, desktop, mobile}"),
]


@table(("targeting", "words"), REFUSED)
def test_invalid_targeting_is_refused(world: World, targeting: dict[str, Any], words: str) -> None:
    assert words in named(world.refusal(targeting))


ACCEPTED: list[dict[str, Any]] = [
    {"interests": [{"id": "6003139266461", "name": "Any name"}, {"id": 6003107902433}]},
    {"behaviors": [{"id": "6002714895372"}], "life_events": [{"id": "6002714398172"}]},
    {"education_schools": [{"id": 105930651606}], "work_employers": [{"id": "50431654"}], "college_years": [2010]},
    {"work_positions": [{"id": 105763692790962}], "relationship_statuses": [1, 2, 3, 4, 6], "education_statuses": [13]},
    {"flexible_spec": [{"interests": [{"id": "6003020834693"}] * 1000}] * 25},
    {"locales": [6, 24, 1001]},
    {"age_range": [25, 40]},
    {"exclusions": {}},
    {"user_os": ["iOS", "Android"]},
    {"user_os": ["iOS_ver_12.0_and_above", "iOS_ver_15.0_to_16.1"], "user_device": ["iPhone 15", "iPad Pro"]},
    {"user_os": ["Android_ver_8.0_and_above"], "user_device": ["Android_Smartphone"], "wireless_carrier": ["Wifi"]},
    {"user_os": ["Android"], "user_device": ["Somebody's new telephone"]},
    {"brand_safety_content_filter_levels": ["FACEBOOK_RELAXED", "AN_STRICT", "FEED_STANDARD"]},
    {"targeting_automation": {"advantage_audience": 0, "individual_setting": {"age": 0, "gender": 1}}},
    geo(countries=["us"]),
    geo(country_groups=["worldwide"]),
    geo(regions=[{"key": "3847", "name": "Not California"}, {"key": "3886"}], countries=["CA"]),
    geo(cities=[{"key": "2421836", "radius": "10", "distance_unit": "mile"}, {"key": "2430536"}]),
    geo(zips=[{"key": "US:94304"}, {"key": "US:00501"}, {"key": "US:90210"}]),
    geo(geo_markets=[{"key": "COMSCORE_MARKET:2001"}], subcities=[{"key": "2910002"}]),
    geo(custom_locations=[{**HERE, "radius": 1}, {"address_string": "1 Hacker Way, Menlo Park"}]),
    geo(custom_locations=[{"custom_type": "multi_city", "country": "MX", "min_population": 500000}]),
    {**geo(countries=["US"]), "excluded_geo_locations": {"regions": [{"key": "3847"}], "cities": [{"key": "2430536"}]}},
    {**geo(countries=["US"]), "radius": 20},
    {"threads_positions": ["threads_stream"], "instagram_positions": ["stream"]},
    {"facebook_positions": ["story"], "instagram_positions": ["story"]},
    {"messenger_positions": ["sponsored_messages"], "publisher_platforms": ["messenger"]},
    {"audience_network_positions": ["classic", "rewarded_video"], "facebook_positions": ["feed"]},
]


@table("targeting", ACCEPTED)
def test_valid_targeting_is_accepted(world: World, targeting: dict[str, Any]) -> None:
    assert world.objection(targeting) is None


def test_status_ads_go_with_whatsapp(world: World) -> None:
    promoted = {"page_id": "108356564252733"}
    whatsapp = {"whatsapp_positions": ["status"]}
    assert world.objection(whatsapp, destination_type="WHATSAPP", promoted_object=promoted) is None
    assert world.objection(whatsapp) is not None


@table(
    ("targeting", "fits"),
    [
        ({}, True),
        (geo(cities=[{"key": "2421836", "radius": 15}]), True),
        (geo(cities=[{"key": "2421836", "radius": 14}]), False),
        (geo(cities=[{"key": "2421836", "radius": 25, "distance_unit": "kilometer"}]), True),
        (geo(cities=[{"key": "2421836", "radius": 24.5, "distance_unit": "kilometer"}]), False),
        (geo(cities=[{"key": "2900041", "radius": 17, "distance_unit": "kilometer"}]), True),
        (geo(custom_locations=[{**HERE, "radius": 10}]), False),
        (geo(custom_locations=[{"latitude": 48.86, "longitude": 2.35, "radius": 10}]), True),
        (
            geo(custom_locations=[{"latitude": 48.86, "longitude": 2.35, "radius": 14, "distance_unit": "kilometer"}]),
            False,
        ),
        (geo(zips=[{"key": "US:94304"}]), False),
        (geo(subcities=[{"key": "2910001"}]), False),
        (geo(neighborhoods=[{"key": "2920002"}]), False),
        (geo(electoral_districts=[{"key": "US:CA02"}]), False),
        (geo(small_geo_areas=[{"key": "2930001"}]), False),
        (geo(metro_areas=[{"key": "2960001"}]), False),
        ({"excluded_geo_locations": {"regions": [{"key": "3847"}]}}, False),
        ({"age_min": 25}, False),
        ({"genders": [1]}, False),
        ({"genders": [1, 2]}, True),
        ({"interests": [{"id": "6003139266461"}]}, True),
        ({"interests": [{"id": "6003900000901"}]}, False),
        ({"flexible_spec": [{"interests": [{"id": "6003900000902"}]}]}, False),
        ({"education_statuses": [3]}, False),
        ({"flexible_spec": [{"relationship_statuses": [1]}]}, False),
        ({"custom_audiences": [{"id": "55"}]}, True),
        ({"custom_audiences": [{"id": "56"}]}, False),
    ],
)
def test_housing_may_not_narrow_much(world: World, targeting: dict[str, Any], fits: bool) -> None:
    for node_id, subtype in (("55", "CUSTOM"), ("56", "LOOKALIKE")):
        world.store.add("CustomAudience", {"account_id": "1", "subtype": subtype}, id=node_id)
    if fits:
        world.create(targeting, world.housing)
    else:
        assert world.refusal(targeting, world.housing).subcode == 2909034
        world.create(targeting)


def test_credit_may_choose_ages_in_europe(world: World) -> None:
    credit = world.campaign(["FINANCIAL_PRODUCTS_SERVICES"])
    world.create({**geo(countries=["DE"]), "age_min": 30}, credit)
    world.create({**geo(countries=["DE", "US"]), "age_min": 30}, credit)
    for places, campaign in ((["US"], credit), (["DE"], world.housing)):
        assert world.refusal({**geo(countries=places), "age_min": 30}, campaign).subcode == 2909034
    assert world.refusal({**geo(countries=["DE"]), "genders": [1]}, credit).subcode == 2909034


@table("destination", ["INSTAGRAM_PROFILE", "MESSAGING_MESSENGER_WHATSAPP"])
def test_special_categories_have_no_such_destination(world: World, destination: str) -> None:
    goal = "PROFILE_VISIT" if destination == "INSTAGRAM_PROFILE" else "CONVERSATIONS"
    more = {"destination_type": destination, "optimization_goal": goal, "promoted_object": {"page_id": "1"}}
    gambling = world.campaign(["ONLINE_GAMBLING_AND_GAMING"])
    assert "special ad category" in str(world.refusal({}, gambling, **more).user_msg)
    world.create({}, **more)


@table(
    "places",
    [
        geo(regions=[{"key": "833"}]),
        geo(cities=[{"key": "2900041"}]),
        geo(zips=[{"key": "DE:66740"}]),
        geo(country_groups=["worldwide"]),
        geo(country_groups=["android_free_store"]),
        geo(custom_locations=[{"latitude": 52.5, "longitude": 13.4, "radius": 5}]),
    ],
)
def test_the_union_is_found_behind_keys(world: World, places: dict[str, Any]) -> None:
    assert world.refusal(places, dsa_beneficiary="", dsa_payor="").subcode == 3858079
    world.create(geo(regions=[{"key": "3847"}]), dsa_beneficiary="", dsa_payor="")


def test_an_update_is_checked_too(client: Any) -> None:
    adset = client.adset()
    wrong = {**client.ADSET["targeting"], "interests": [{"id": "17"}]}
    assert client.post(adset, targeting=wrong)["error"]["error_subcode"] == 1487079
    right = {**wrong, "interests": [{"id": "6003139266461", "name": "Movies"}]}
    assert client.post(adset, targeting=right)["success"] is True
    assert client.get(adset, fields="targeting")["targeting"]["interests"] == right["interests"]


@table(
    "targeting",
    [
        {"targeting_automation": "yes"},
        {"targeting_automation": {"advantage_audience": 0, "individual_setting": [1]}},
        {"exclusions": "all"},
        {"user_os": [{}]},
        {"locales": [[]]},
        {"interests": [[]]},
        geo(regions=[None]),
        geo(custom_locations=[{**HERE, "country": "XX"}]),
    ],
)
def test_nonsense_never_breaks_the_sandbox(client: Any, targeting: dict[str, Any]) -> None:
    spec = client.form({"targeting_spec": {**BASE, **targeting}})
    for edge in ("reachestimate", "targetingsentencelines", "targetingvalidation"):
        answer = client.get(f"act_1/{edge}", **spec)
        assert answer.get("error", {}).get("code", 100) == 100


def test_a_check_takes_well_under_a_millisecond(world: World) -> None:
    spec = {
        **geo(regions=[{"key": "3847"}, {"key": "3886"}], cities=[{"key": "814578", "radius": 20}]),
        "flexible_spec": [{"interests": [{"id": "6003139266461"}, {"id": "6003020834693"}]}],
        "locales": [6, 24],
    }
    best = min(_seconds(world, spec) for _ in range(20))
    assert best < 0.001


def _seconds(world: World, spec: dict[str, Any]) -> float:
    start = time.perf_counter()
    world.create(spec)
    return time.perf_counter() - start
