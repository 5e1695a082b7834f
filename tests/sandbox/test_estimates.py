"""How many people a spec reaches, and what it says in words."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tables import table

from admonster_fb.sandbox.catalog.nodes import OPTION_KINDS, PLACES
from admonster_fb.sandbox.estimates import bounds, people

MOVIES, MUSIC, TRAVELERS, NEWLYWED = "6003139266461", "6003020834693", "6002714895372", "6002714398172"
US: dict[str, Any] = {"geo_locations": {"countries": ["US"]}}


def reach(client: Any, **spec: Any) -> dict[str, Any]:
    answer = client.get("act_1/reachestimate", **client.form({"targeting_spec": {**US, **spec}}))
    return dict(answer.get("data") or answer)


# Shapes


def test_reach_is_one_object(client: Any) -> None:
    found = reach(client, age_min=20, age_max=40)
    assert set(found) == {"users_lower_bound", "users_upper_bound", "estimate_ready"}
    assert found["estimate_ready"] is True
    assert 0 < found["users_lower_bound"] < found["users_upper_bound"]


def test_delivery_is_a_list_and_an_ad_set_needs_no_parameters(client: Any) -> None:
    adset = client.adset()
    spec = client.ADSET["targeting"]
    asked = client.form({"optimization_goal": "LINK_CLICKS", "targeting_spec": spec})
    answer = client.get("act_1/delivery_estimate", **asked)
    assert client.get(f"{adset}/delivery_estimate") == answer
    (row,) = answer["data"]
    assert set(row) == {
        "estimate_ready",
        "estimate_mau_lower_bound",
        "estimate_mau_upper_bound",
        "targeting_optimization_types",
    }
    narrower = client.form({"targeting_spec": {**spec, "genders": [1]}})
    (other,) = client.get(f"{adset}/delivery_estimate", **narrower)["data"]
    assert other["estimate_mau_upper_bound"] < row["estimate_mau_upper_bound"]


def test_ranges_are_as_wide_and_as_round_as_recorded() -> None:
    """Recorded: 141,700 to 166,700 and 17,500,000 to 20,600,000."""
    for spec, step in ((US, 100_000), ({"geo_locations": {"cities": [{"key": "2417987"}]}}, 100)):
        lower, upper = bounds(spec)
        assert lower % step == upper % step == 0
        assert upper / lower == pytest.approx(1 / 0.85, rel=0.02)


def test_custom_audiences_have_no_estimate(client: Any) -> None:
    found = reach(client, custom_audiences=[{"id": "1"}])
    assert (found["users_lower_bound"], found["users_upper_bound"]) == (-1, -1)


def test_an_estimate_is_never_below_a_thousand() -> None:
    nobody = {"geo_locations": {"cities": [{"key": "813552"}]}, "age_min": 65, "interests": [{"id": "6003280521210"}]}
    assert bounds(nobody) == (1000, 1000)


# More and less

NARROWER: list[tuple[str, Any]] = [
    ("age_min", 30),
    ("age_max", 50),
    ("genders", [2]),
    ("interests", [{"id": MOVIES}]),
    ("behaviors", [{"id": TRAVELERS}]),
    ("flexible_spec", [{"interests": [{"id": MUSIC}]}]),
    ("locales", [24]),
    ("relationship_statuses", [3]),
    ("publisher_platforms", ["instagram"]),
    ("device_platforms", ["desktop"]),
    ("user_os", ["iOS"]),
    ("wireless_carrier", ["Wifi"]),
    ("excluded_geo_locations", {"regions": [{"key": "3847"}]}),
]


@table(("name", "value"), NARROWER)
def test_narrowing_lowers(name: str, value: Any) -> None:
    assert people({**US, name: value}) < people(US)


@pytest.mark.thorough
def test_narrowing_never_raises_whatever_came_before() -> None:
    chance = random.Random(5)
    for _ in range(300):
        spec = {**US, **dict(chance.sample(NARROWER, chance.randrange(len(NARROWER))))}
        name, value = chance.choice(NARROWER)
        if name not in spec:
            assert all(new <= old for new, old in zip(bounds({**spec, name: value}), bounds(spec), strict=True))
        group = {"interests": [{"id": chance.choice(list(OPTION_KINDS["interests"]))}]}
        more = {**spec, "flexible_spec": [*spec.get("flexible_spec", []), group]}
        assert people(more) <= people(spec)


def test_alternatives_widen_and_groups_narrow() -> None:
    one = {**US, "flexible_spec": [{"interests": [{"id": MOVIES}]}]}
    either = {**US, "flexible_spec": [{"interests": [{"id": MOVIES}, {"id": MUSIC}]}]}
    other_kind = {**US, "flexible_spec": [{"interests": [{"id": MOVIES}], "life_events": [{"id": NEWLYWED}]}]}
    both = {**US, "flexible_spec": [{"interests": [{"id": MOVIES}]}, {"interests": [{"id": MUSIC}]}]}
    assert people(both) < people(one) < people(other_kind) < people(either)


def test_another_country_never_lowers() -> None:
    chance = random.Random(6)
    codes = sorted(PLACES["country"])
    for _ in range(200):
        chosen = chance.sample(codes, 5)
        away = {"regions": [{"key": chance.choice(list(PLACES["region"]))}]}
        spec = {"locales": [chance.choice([6, 9, 11])], "excluded_geo_locations": away}
        fewer, more = ({**spec, "geo_locations": {"countries": chosen[:count]}} for count in (4, 5))
        assert all(new >= old for new, old in zip(bounds(more), bounds(fewer), strict=True))


def test_parts_are_smaller_than_the_whole_and_radiuses_add() -> None:
    def of(**places: Any) -> float:
        return people({"geo_locations": places})

    assert of(zips=[{"key": "US:94102"}]) < of(cities=[{"key": "2421836"}]) < of(regions=[{"key": "3847"}])
    assert (
        of(regions=[{"key": "3847"}])
        < of(countries=["US"])
        < of(countries=["US", "CA"])
        < of(country_groups=["worldwide"])
    )
    assert of(cities=[{"key": "2421836"}]) < of(cities=[{"key": "2421836", "radius": 20, "distance_unit": "mile"}])
    near = {"latitude": 37.77, "longitude": -122.42, "radius": 2, "distance_unit": "kilometer"}
    assert of(custom_locations=[near]) < of(custom_locations=[{**near, "radius": 40}])
    regions = [{"key": key} for key, place in PLACES["region"].items() if place.country == "US"]
    assert of(regions=regions) <= of(countries=["US"])


def test_what_is_excluded_elsewhere_changes_nothing() -> None:
    assert people({**US, "excluded_geo_locations": {"regions": [{"key": "833"}]}}) == people(US)
    texas = {"geo_locations": {"regions": [{"key": "3886"}]}}
    assert people({**texas, "excluded_geo_locations": {"cities": [{"key": "2421836"}]}}) == people(texas)
    assert people({**texas, "excluded_geo_locations": {"cities": [{"key": "2525963"}]}}) < people(texas)
    world = {"geo_locations": {"country_groups": ["worldwide"]}}
    assert people({**world, "excluded_geo_locations": {"countries": ["US"]}}) == pytest.approx(
        people(world) - people(US)
    )


def test_nobody_is_left_inside_what_is_excluded() -> None:
    city = {"geo_locations": {"cities": [{"key": "2421836"}]}}
    for away in ({"countries": ["US"]}, {"regions": [{"key": "3847"}]}, {"cities": [{"key": "2421836"}]}):
        assert people({**city, "excluded_geo_locations": away}) == 0
    assert people({**city, "excluded_geo_locations": {"countries": ["CA"]}}) == people(city)
    here = {"geo_locations": {"custom_locations": [{"latitude": 37.77, "longitude": -122.42, "radius": 5}]}}
    assert people({**here, "excluded_geo_locations": {"countries": ["US"]}}) == 0 < people(here)


def test_a_language_counts_where_it_is_read() -> None:
    japan = {"geo_locations": {"countries": ["JP"]}}
    assert people({**japan, "locales": [11]}) > 10 * people({**japan, "locales": [10]})
    assert people({**japan, "locales": [10, 11]}) > people({**japan, "locales": [11]})


# Refusals


@table(
    ("edge", "params", "words"),
    [
        ("reachestimate", {}, "(#100) The parameter targeting_spec is required."),
        ("reachestimate", {"targeting_spec": "everyone"}, "(#100) param targeting_spec must be an array."),
        (
            "reachestimate",
            {"targeting_spec": US, "currency": "USD"},
            "(#100) Param currency on field reachestimate: This param is not valid",
        ),
        ("delivery_estimate", {"targeting_spec": US}, "(#100) The parameter optimization_goal is required."),
        ("delivery_estimate", {"optimization_goal": "REACH"}, "(#100) The parameter targeting_spec is required."),
        (
            "delivery_estimate",
            {"targeting_spec": US, "optimization_goal": "FAME"},
            "(#100) Param optimization_goal must be one of {",
        ),
        ("targetingsentencelines", {}, "(#100) The parameter targeting_spec is required."),
    ],
)
def test_estimates_refuse(client: Any, edge: str, params: dict[str, Any], words: str) -> None:
    assert client.get(f"act_1/{edge}", **client.form(params))["error"]["message"].startswith(words)


@table(
    ("spec", "subcode"),
    [
        ({"interests": [{"id": "17"}]}, 1487079),
        ({"geo_locations": {}}, 1885364),
        ({"geo_locations": {"countries": ["US"], "regions": [{"key": "3847"}]}}, 1487756),
    ],
    fresh=True,
)
def test_a_spec_that_no_ad_set_may_have_has_no_estimate(client: Any, spec: dict[str, Any], subcode: int) -> None:
    assert reach(client, **spec)["error"]["error_subcode"] == subcode


# In words


def test_sentence_lines_look_as_recorded(client: Any) -> None:
    answer = client.get("act_1/targetingsentencelines", **client.form({"targeting_spec": US}))
    assert answer["id"].endswith("/targetingsentencelines")
    lines = answer["targetingsentencelines"]
    assert lines[:2] == [
        {"content": "Location:", "children": ["United States"]},
        {"content": "Age:", "children": ["18 - 65+"]},
    ]
    assert [line["content"] for line in lines] == ["Location:", "Age:", "Placements:"]


def test_every_part_of_a_spec_has_its_line(client: Any) -> None:
    spec = {
        "geo_locations": {"cities": [{"key": "2421836", "radius": 12, "distance_unit": "mile"}]},
        "excluded_geo_locations": {"zips": [{"key": "US:94102"}]},
        "age_min": 25,
        "age_max": 45,
        "genders": [2],
        "locales": [6, 24],
        "custom_audiences": [{"id": "77"}],
        "interests": [{"id": MOVIES}],
        "flexible_spec": [{"interests": [{"id": MUSIC}, {"id": "6003397425735"}, {"id": "6003107902433"}]}],
        "publisher_platforms": ["facebook", "threads", "instagram"],
        "facebook_positions": ["feed", "search"],
    }
    adset = client.adset(targeting={**spec, "targeting_automation": {"advantage_audience": 0}})
    lines = client.get(f"{adset}/targetingsentencelines")["targetingsentencelines"]
    assert {line["content"]: line["children"] for line in lines} == {
        "Location:": ["San Francisco (+12 mi)"],
        "Excluded Location:": ["94102"],
        "Age:": ["25 - 45"],
        "Gender:": ["Female"],
        "Language:": ["English (US)", "English (UK)"],
        "Custom Audience:": ["77"],
        "People Who Match:": ["Interests: Movies"],
        "And Must Also Match:": ["Interests: Music, Tennis or Association football (Soccer)"],
        "Placements:": ["Facebook (feed, search), Instagram or Threads"],
    }
    asked = client.form({"targeting_spec": spec, "discard_ages": True, "discard_placements": True})
    fewer = client.get("act_1/targetingsentencelines", **asked)["targetingsentencelines"]
    assert not {"Age:", "Placements:"} & {line["content"] for line in fewer}
