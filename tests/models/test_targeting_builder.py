"""Builders of targeting, schedules, frequency caps and attribution: results, refusals, immutability."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admonster_fb import FacebookAds, ParameterError, Schedule, Targeting
from admonster_fb.models._params import checked, schema
from admonster_fb.models.adset import AdSet, AdSetCreate, AdSetUpdate
from admonster_fb.models.schedule import DAYS, attribution, frequency_cap
from admonster_fb.models.targeting.builder import LISTS, Details
from admonster_fb.models.targeting.options import TargetingOption
from admonster_fb.models.targeting.spec import GeoLocations, TargetingSpec
from admonster_fb.rules import check

ADSET: Any = {"name": "A", "campaign_id": "1", "optimization_goal": "REACH", "billing_event": "IMPRESSIONS"}
MOVIES = {"id": "6003139266461", "name": "Movies"}
STEPS: dict[str, tuple[Targeting, dict[str, Any]]] = {
    "countries": (Targeting.countries("US", "CA"), {"geo_locations": {"countries": ["US", "CA"]}}),
    "country_groups": (Targeting.country_groups("europe"), {"geo_locations": {"country_groups": ["europe"]}}),
    "regions": (Targeting.regions("3847", 3886), {"geo_locations": {"regions": [{"key": "3847"}, {"key": "3886"}]}}),
    "cities": (
        Targeting.cities("2421836", radius=20, unit="kilometer"),
        {"geo_locations": {"cities": [{"key": "2421836", "radius": 20, "distance_unit": "kilometer"}]}},
    ),
    "cities alone": (Targeting.cities("2421836"), {"geo_locations": {"cities": [{"key": "2421836"}]}}),
    "zips": (Targeting.zips("US:94304"), {"geo_locations": {"zips": [{"key": "US:94304"}]}}),
    "places": (Targeting.places("1"), {"geo_locations": {"places": [{"key": "1"}]}}),
    "geo_markets": (
        Targeting.geo_markets("COMSCORE_MARKET:501"),
        {"geo_locations": {"geo_markets": [{"key": "COMSCORE_MARKET:501"}]}},
    ),
    "custom_location": (
        Targeting.custom_location(36.1, -115.2, radius=5),
        {
            "geo_locations": {
                "custom_locations": [{"latitude": 36.1, "longitude": -115.2, "radius": 5, "distance_unit": "mile"}]
            }
        },
    ),
    "exclude": (
        Targeting.exclude_countries("CA").exclude_regions("3847").exclude_cities("1").exclude_zips("US:1"),
        {
            "excluded_geo_locations": {
                "countries": ["CA"],
                "regions": [{"key": "3847"}],
                "cities": [{"key": "1"}],
                "zips": [{"key": "US:1"}],
            }
        },
    ),
    "exclude_geo_markets": (
        Targeting.exclude_geo_markets("1"),
        {"excluded_geo_locations": {"geo_markets": [{"key": "1"}]}},
    ),
    "ages": (Targeting.ages(25, 45), {"age_min": 25, "age_max": 45}),
    "ages from": (Targeting.ages(25), {"age_min": 25}),
    "age_range": (Targeting.age_range(25, 45), {"age_range": [25, 45]}),
    "men": (Targeting.women().men(), {"genders": [1]}),
    "women": (Targeting.women(), {"genders": [2]}),
    "genders": (Targeting.genders(1, 2), {"genders": [1, 2]}),
    "locales": (Targeting.locales(6, "24", {"key": "6"}), {"locales": [6, 24]}),
    "interests": (Targeting.interests(MOVIES, 6003, "5"), {"interests": [MOVIES, {"id": "6003"}, {"id": "5"}]}),
    "statuses": (
        Targeting.education_statuses(1).college_years(1999).relationship_statuses(3, 4),
        {"education_statuses": [1], "college_years": [1999], "relationship_statuses": [3, 4]},
    ),
    "audiences": (
        Targeting.custom_audiences("1").exclude_custom_audiences("2"),
        {"custom_audiences": [{"id": "1"}], "excluded_custom_audiences": [{"id": "2"}]},
    ),
    "narrow": (
        Targeting.narrow(interests=[MOVIES], education_statuses=[3]).narrow(behaviors=["7"]),
        {"flexible_spec": [{"interests": [MOVIES], "education_statuses": [3]}, {"behaviors": [{"id": "7"}]}]},
    ),
    "placements": (
        Targeting.placements(threads=True).placements(facebook=["feed", "story"], instagram=True, whatsapp=["status"]),
        {
            "publisher_platforms": ["facebook", "instagram"],
            "facebook_positions": ["feed", "story"],
            "whatsapp_positions": ["status"],
        },
    ),
    "devices": (Targeting.devices("mobile"), {"device_platforms": ["mobile"]}),
    "systems": (
        Targeting.user_os("iOS").user_devices("iPhone 15").wifi_only(),
        {"user_os": ["iOS"], "user_device": ["iPhone 15"], "wireless_carrier": ["Wifi"]},
    ),
    "advantage_audience": (
        Targeting.also(targeting_automation={"individual_setting": {"age": 1}}).advantage_audience(True),
        {"targeting_automation": {"individual_setting": {"age": 1}, "advantage_audience": 1}},
    ),
    "also": (Targeting.also(user_age_unknown=False), {"user_age_unknown": False}),
    "twice": (
        Targeting.countries("US").regions("1").countries("CA", "US").interests("5").interests("6", "5"),
        {
            "geo_locations": {"countries": ["US", "CA"], "regions": [{"key": "1"}]},
            "interests": [{"id": "5"}, {"id": "6"}],
        },
    ),
}


def test_targeting_methods_build_meta_s_spec() -> None:
    wrong = {name: built.spec() for name, (built, spec) in STEPS.items() if built.spec() != spec}
    assert wrong == {}
    for built, spec in STEPS.values():
        assert checked(AdSetUpdate, {"targeting": built}) == {"targeting": spec}


def test_targeting_details_have_a_method_each_and_can_narrow() -> None:
    for kind in Details.__annotations__:
        built = getattr(Targeting, kind)(5).narrow(**{kind: [5]})
        entry: Any = built[kind]
        assert entry in ([5], [{"id": "5"}]), kind
        assert built["flexible_spec"] == [{kind: entry}], kind


def test_targeting_locations_sorts_places_into_lists_by_kind() -> None:
    assert {*LISTS.values()} <= {*GeoLocations.__annotations__}
    for kind, name in LISTS.items():
        place = TargetingOption(key="X1", name="Somewhere", type=kind)
        bare = kind in ("country", "country_group")
        expected = {name: ["X1"] if bare else [{"key": "X1", "name": "Somewhere"}]}
        assert Targeting.locations(place)["geo_locations"] == expected
        assert Targeting.exclude_locations(place)["excluded_geo_locations"] == expected


def test_targeting_accepts_search_results(fb: FacebookAds) -> None:
    built = (
        Targeting.locations(*fb.targeting.search_locations("California", location_types=["region"]))
        .interests(*fb.targeting.search_interests("movies", limit=1))
        .locales(*fb.targeting.search_locales("French (Canada)"))
    )
    assert built == {
        "geo_locations": {"regions": [{"key": "3847", "name": "California"}]},
        "interests": [MOVIES],
        "locales": [44],
    }


EMPTY_OR_WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: Targeting.countries(), "countries"),
    (lambda: Targeting.interests({"name": "Movies"}), "interests"),
    (lambda: Targeting.interests(["1", "2"]), "interests"),  # type: ignore[arg-type]
    (lambda: Targeting.interests(True), "interests"),
    (lambda: Targeting.regions(TargetingOption(id="5")), "regions"),
    (lambda: Targeting.locations(TargetingOption(key="1", type="galaxy")), "geo_locations"),
    (lambda: Targeting.locations("3847"), "geo_locations"),
    (lambda: Targeting.locales("English"), "locales"),
    (lambda: Targeting.narrow(), "narrow"),
    (lambda: Targeting.narrow(interests=[]), "narrow"),
    (lambda: Targeting.placements(), "placements"),
    (lambda: Targeting.men().without("gender"), "without"),
    (lambda: Targeting.of(None), "targeting"),
]


def test_targeting_refuses_empty_and_wrong_arguments() -> None:
    assert [(refused_fields(build), field) for build, field in EMPTY_OR_WRONG if refused_fields(build) != [field]] == []


def refused_fields(build: Callable[[], Any]) -> list[str]:
    with pytest.raises(ParameterError) as error:
        build()
    return [violation.field for violation in error.value.violations]


def test_targeting_methods_leave_the_original_unchanged() -> None:
    base = Targeting.countries("US").narrow(interests=[MOVIES])
    before = base.spec()
    base.countries("CA").ages(20, 30).narrow(behaviors=["1"]).without("geo_locations")
    read: Any = base.spec()
    read["geo_locations"]["countries"].append("XX")
    base["flexible_spec"].clear()
    with pytest.raises(TypeError):
        base["age_min"] = 5  # type: ignore[index]
    assert base.spec() == before


def test_targeting_of_copies_its_argument() -> None:
    spec: TargetingSpec = {"geo_locations": {"countries": ["US"]}}
    built = Targeting.of(spec)
    spec["geo_locations"]["countries"].append("XX")
    assert built == {"geo_locations": {"countries": ["US"]}}


def test_targeting_has_repr_equality_copy_and_pickle() -> None:
    built = Targeting.countries("US").ages(25, 45).interests(MOVIES)
    assert (
        eval(repr(built)) == built == Targeting.of(built) == copy.deepcopy(built) == pickle.loads(pickle.dumps(built))
    )
    assert built != built.ages(26, 45)
    assert (len(built), [*built]) == (4, ["geo_locations", "age_min", "age_max", "interests"])


def test_targeting_of_an_ad_set_drops_parts_that_only_meta_writes() -> None:
    adset = AdSet.from_api(
        {
            "id": "1",
            "targeting": {
                "age_min": 18,
                "geo_locations": {"countries": ["US"], "location_types": ["home"], "new_key": 1},
                "interests": [MOVIES],
                "exclusions": {},
                "effective_publisher_platforms": ["facebook"],
            },
        }
    )
    assert Targeting.of(adset.targeting).without("interests") == {
        "age_min": 18,
        "geo_locations": {"countries": ["US"]},
    }


def test_targeting_of_a_wrong_spec_is_refused_when_checked() -> None:
    with pytest.raises(ParameterError) as error:
        checked(AdSetUpdate, {"targeting": Targeting.of({"age_mn": 5, "genders": ["m"]})})  # type: ignore[typeddict-unknown-key]
    assert {violation.field for violation in error.value.violations} == {"targeting.age_mn", "targeting.genders.0"}


def test_schema_of_a_builder_parameter_is_that_of_the_plain_type() -> None:
    for spec in (AdSetCreate, AdSetUpdate):
        properties = schema(spec)["properties"]
        assert properties["targeting"]["$ref"] == "#/$defs/TargetingSpec"
        assert properties["adset_schedule"]["type"] == "array"
    assert "accepts_builder" not in json.dumps(schema(AdSetCreate))


def test_rules_check_built_targeting() -> None:
    found = check("adset", {**ADSET, "targeting": Targeting.countries("US").ages(45, 25).advantage_audience(False)})
    assert "targeting.age_max" in [each.field for each in found]


WORDS = st.text(min_size=1, max_size=8)
IDS = st.one_of(st.integers(min_value=1), WORDS, st.fixed_dictionaries({"id": WORDS, "key": WORDS, "name": WORDS}))
AGES = st.integers(13, 65)
CALLS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["countries", "exclude_zips", "regions", "interests", "narrow"]), st.lists(IDS, min_size=1)
        ),
        st.tuples(st.sampled_from(["ages", "age_range"]), st.tuples(AGES, AGES)),
        st.tuples(st.sampled_from(["men", "women", "wifi_only"]), st.just(())),
        st.tuples(st.just("cities"), st.lists(IDS, min_size=1)),
        st.tuples(st.just("advantage_audience"), st.tuples(st.booleans())),
        st.tuples(st.just("devices"), st.lists(WORDS, min_size=1)),
        st.tuples(st.just("placements"), st.just(())),
    ),
    min_size=1,
)


@pytest.mark.thorough
@given(CALLS)
def test_any_sequence_of_methods_builds_valid_targeting(calls: list[tuple[str, Any]]) -> None:
    built: Any = Targeting
    for name, given_ in calls:
        so_far = None if built is Targeting else built.spec()
        kwargs = {"narrow": {"behaviors": given_}, "placements": {"facebook": ["feed"], "threads": True}}.get(name, {})
        longer = getattr(built, name)(*([] if kwargs else given_), **kwargs)
        assert built is Targeting or built.spec() == so_far
        built = longer
    spec = checked(AdSetCreate, {**ADSET, "targeting": built})["targeting"]
    assert spec == built == Targeting.of(spec)
    assert eval(repr(built)) == built


def hours(schedule: Schedule) -> set[tuple[str, int]]:
    """Return the hours of Meta's rows, as day and hour."""
    return {
        (DAYS[day], minute // 60)
        for row in schedule.spec()
        for day in row["days"]
        for minute in range(row["start_minute"], row["end_minute"], 60)
    }


def test_schedule_builds_rows_of_whole_hours() -> None:
    office = Schedule.weekdays(9, 18) + Schedule.weekends(10, 12)
    assert office.spec() == [
        {"start_minute": 540, "end_minute": 1080, "days": [1, 2, 3, 4, 5]},
        {"start_minute": 600, "end_minute": 720, "days": [0, 6]},
    ]
    assert {row["timezone_type"] for row in office.local().spec()} == {"ADVERTISER"}
    assert {row["timezone_type"] for row in office.local().viewer().spec()} == {"USER"}
    assert checked(AdSetUpdate, {"adset_schedule": office}) == {"adset_schedule": office.spec()}
    assert len(hours(Schedule.every_day(0, 24))) == 7 * 24


def test_schedule_over_midnight_continues_on_the_next_day() -> None:
    assert hours(Schedule.days("SAT", start=22, end=2)) == {("SAT", 22), ("SAT", 23), ("SUN", 0), ("SUN", 1)}
    assert hours(Schedule.days("SAT", start=22, end=0)) == {("SAT", 22), ("SAT", 23)}


@pytest.mark.thorough
@given(st.sets(st.sampled_from(DAYS), min_size=1), st.integers(0, 23), st.integers(0, 24))
def test_any_schedule_has_every_hour_once_and_passes_the_rules(days: Any, start: int, end: int) -> None:
    if start == end:
        with pytest.raises(ParameterError):
            Schedule.days(*days, start=start, end=end)
        return
    made = Schedule.days(*days, start=start, end=end)
    assert len(hours(made)) == len(days) * ((end - start) % 24 or 24)
    found = check("adset", {**ADSET, "adset_schedule": made.spec()})
    assert not {"hours", "hours-whole"} & {each.rule for each in found}
    with pytest.raises(ParameterError, match="each hour once"):
        made + made


WRONG_HOURS: list[tuple[Callable[[], Any], list[str]]] = [
    (lambda: Schedule.weekdays(9.5, 18), ["start"]),  # type: ignore[arg-type]
    (lambda: Schedule.weekdays(24, 25), ["start", "end"]),
    (lambda: Schedule.weekdays(True, 5), ["start"]),
    (lambda: Schedule.days(start=1, end=2), ["days"]),
    (lambda: Schedule.days("MONDAY", start=-1, end=2), ["days", "start"]),  # type: ignore[arg-type]
    (lambda: Schedule.every_day(8, 8), ["end"]),
    (lambda: Schedule.weekdays(9, 18) + Schedule.days("MON", start=17, end=20), ["adset_schedule"]),
    (lambda: Schedule.weekdays(22, 2) + Schedule.days("SAT", start=0, end=1), ["adset_schedule"]),
]


def test_schedule_refuses_impossible_hours() -> None:
    assert [(refused_fields(build), fields) for build, fields in WRONG_HOURS if refused_fields(build) != fields] == []


def test_frequency_cap_and_attribution_build_rows() -> None:
    assert frequency_cap(3, days=14, target=True) == {
        "event": "IMPRESSIONS",
        "interval_days": 14,
        "max_frequency": 3,
        "type": "TARGET",
    }
    assert attribution("7d_click", "1d_view", "1d_engaged_view") == [
        {"event_type": "CLICK_THROUGH", "window_days": 7},
        {"event_type": "VIEW_THROUGH", "window_days": 1},
        {"event_type": "ENGAGED_VIDEO_VIEW", "window_days": 1},
    ]
    with pytest.raises(ParameterError, match=r"7 days.*1d_wiew"):
        attribution("7 days", "1d_click", "1d_wiew")
