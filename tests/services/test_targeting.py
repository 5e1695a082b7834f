"""What can be targeted: found, looked up, estimated, put into words; and wrong ids told with the right ones."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, InvalidParameterError, ParameterError, PermissionDeniedError, Targeting
from admonster_fb.models.adset import AdSet
from admonster_fb.models.targeting.options import (
    DeliveryEstimate,
    GeoMetadata,
    ReachEstimate,
    TargetingOption,
    TargetingSentences,
)
from admonster_fb.sandbox import GraphError, Sandbox
from admonster_fb.workflows import targeting as targeting_check
from admonster_fb.workflows.targeting import check_ids, validate_targeting, verify_targeting

MOVIES = {"type": "interests", "id": "6003139266461"}
CANADA: Any = {"geo_locations": {"countries": ["CA"]}}
CALIFORNIA, TEXAS = {"key": "3847", "name": "California"}, {"key": "3886", "name": "Texas"}


def ids(options: list[TargetingOption]) -> list[str | None]:
    return [option.key or option.id for option in options]


def asked(sandbox: Sandbox) -> list[str]:
    """Return the paths of all reads so far, accounts aside."""
    return [entry.path for entry in sandbox.journal if entry.path != "act_1"]


def test_interests_are_found_with_their_size(fb: FacebookAds) -> None:
    movies = fb.targeting.search_interests("movies")[0]
    assert (movies.id, movies.path) == (MOVIES["id"], ["Interests", "Entertainment", "Movies"])
    assert movies.audience_size_lower_bound
    assert movies.audience_size_upper_bound
    assert movies.audience_size_lower_bound < movies.audience_size_upper_bound
    assert len(fb.targeting.search_interests("m", limit=2)) == 2
    assert fb.targeting.search_interests("zzzz") == []


def test_behaviours_are_chosen_here_since_meta_ignores_the_words(fb: FacebookAds, sandbox: Sandbox) -> None:
    everything = fb.targeting.search_behaviors(limit=500)
    travel = fb.targeting.search_behaviors("TRAVEL")
    assert 0 < len(travel) < len(everything)
    assert "Commuters" in [option.name for option in travel], "its category is Travel"
    assert "ravel" in str(travel[0].name), "names come before categories"
    assert fb.targeting.search_behaviors("travel", limit=1) == travel[:1]
    assert {option.type for option in everything} == {"behaviors"}
    assert len(asked(sandbox)) == 3


def test_demographics_of_a_class_are_chosen_likewise(fb: FacebookAds) -> None:
    assert "birthday" in str(fb.targeting.search_demographics("birthday")[0].name).lower()
    assert {option.type for option in fb.targeting.search_demographics(class_="income")} == {"income"}


def test_places_are_found_by_kind_and_country(fb: FacebookAds) -> None:
    assert ids(fb.targeting.search_locations("California", location_types=["region"])) == ["3847"]
    assert {place.country_code for place in fb.targeting.search_locations("san", country_code="US")} == {"US"}
    assert len(fb.targeting.search_locations("san", limit=1)) == 1
    city = fb.targeting.search_locations("San Francisco", location_types=["city"])[0]
    assert (city.region, city.region_id) == ("California", "3847"), "a number in the answer, text like every key here"


def test_languages_are_found(fb: FacebookAds) -> None:
    assert ids(fb.targeting.search_locales("French (Canada)")) == ["44"]


@table(
    ("type_", "params", "first"),
    [
        ("adinterestvalid", {"interest_list": ["Movies", "movies"]}, {"name": "Movies", "valid": True}),
        ("adinterestvalid", {"interest_fbid_list": ["1"]}, {"id": "1", "valid": False}),
        ("adTargetingCategory", {"class_": "life_events"}, {"type": "life_events"}),
        ("adradiussuggestion", {"latitude": 48.1, "longitude": 11.6}, {"distance_unit": "mile"}),
        ("targetingoptionstatus", {"targeting_option_list": ["6003315098934"]}, {"current_status": "DEPRECATING"}),
        ("adeducationschool", {"q": "harvard"}, {"id": "105930651606"}),
    ],
)
def test_every_type_of_search_can_be_asked(fb: FacebookAds, type_: str, params: Any, first: dict[str, Any]) -> None:
    found = fb.targeting.search(type_, **params)[0]
    assert {name: getattr(found, name) for name in first} == first


def test_a_search_of_no_type_is_refused_by_meta_and_an_odd_parameter_by_us(fb: FacebookAds, refused: Any) -> None:
    with pytest.raises(InvalidParameterError):
        fb.targeting.search("adplanet", "mars")
    with refused("limit", "clas"):
        fb.targeting.search("adinterest", "mars", limit=0, clas="x")  # type: ignore[call-arg]


def test_edges_of_the_account(fb: FacebookAds, sandbox: Sandbox) -> None:
    assert ids(fb.targeting.search_all("1", "Harvard", limit_type="education_schools")) == ["105930651606"]
    everything = fb.targeting.browse("act_1")
    assert {"interests", "behaviors", "life_events"} <= {option.type for option in everything}
    near = fb.targeting.suggestions("act_1", [MOVIES], limit=3)  # type: ignore[list-item]
    assert len(near) == 3
    assert MOVIES["id"] not in ids(near)
    rows = fb.targeting.validation("act_1", targeting_list=[MOVIES, {"type": "behaviors", "id": "1"}])  # type: ignore[list-item]
    assert [(row.id, row.valid) for row in rows] == [(MOVIES["id"], True), ("1", False)]
    assert asked(sandbox)[-1] == "act_1/targetingvalidation"


def test_places_are_looked_up_by_key(fb: FacebookAds) -> None:
    found = fb.targeting.geo_metadata(regions=["3847", "0"], cities=["1"]).data
    assert found["regions"].keys() == {"3847"}
    assert found["regions"]["3847"].name == "California"


@table("data", [{"data": []}, {"data": {"regions": []}}, {}])
def test_no_place_at_all_may_come_as_a_list(data: dict[str, Any]) -> None:
    assert GeoMetadata.from_api(data).data.get("regions", {}) == {}


def test_reach_is_estimated_of_what_is_built_too(fb: FacebookAds) -> None:
    plain = fb.targeting.reachestimate("act_1", targeting_spec=CANADA)
    built = fb.targeting.reachestimate("act_1", targeting_spec=Targeting.countries("CA"))
    assert plain == built
    assert plain.users_lower_bound
    narrower = fb.targeting.reachestimate("act_1", targeting_spec=Targeting.countries("CA").ages(25, 30))
    assert narrower.users_lower_bound
    assert narrower.users_lower_bound < plain.users_lower_bound
    unknown = fb.targeting.reachestimate("act_1", targeting_spec=Targeting.countries("CA").custom_audiences("1"))
    assert (unknown.users_lower_bound, unknown.users_upper_bound, unknown.estimate_ready) == (None, None, True)


def test_delivery_is_estimated_for_an_account_and_for_an_ad_set(fb: FacebookAds, adset: AdSet) -> None:
    account = fb.targeting.delivery_estimate("act_1", targeting_spec=CANADA, optimization_goal="LINK_CLICKS")
    own = fb.targeting.delivery_estimate(adset.id)
    assert account.estimate_mau_lower_bound
    assert own.estimate_mau_lower_bound
    assert own.estimate_mau_lower_bound > account.estimate_mau_lower_bound, "the ad set is for the US"
    assert fb.targeting.delivery_estimate(adset.id, targeting_spec=CANADA) == account


def test_an_account_must_be_told_what_an_ad_set_knows(fb: FacebookAds, refused: Any) -> None:
    with refused("targeting_spec", "optimization_goal"):
        fb.targeting.delivery_estimate("act_1")
    with refused("targeting_spec"):
        fb.targeting.sentence_lines("act_1")
    with refused("targeting_spec.age_mn"):
        fb.targeting.reachestimate("act_1", targeting_spec={"age_mn": 5})  # type: ignore[typeddict-unknown-key]


def test_targeting_is_put_into_words(fb: FacebookAds, adset: AdSet) -> None:
    assert "Location: Canada" in fb.targeting.sentence_lines("act_1", targeting_spec=CANADA).lines
    assert "Location: United States" in fb.targeting.sentence_lines(adset.id).lines


# tests/contract/recordings/reach_delivery_estimate.jsonl: blog_reachestimate_v22, blog_delivery_estimate_v22
BOUNDS = {"users_lower_bound": 141700, "users_upper_bound": 166700, "estimate_ready": True}
MONTHLY = {"estimate_mau_lower_bound": 141700, "estimate_mau_upper_bound": 166700, "estimate_ready": True}


@table("wrap", [lambda row: {"data": row}, lambda row: {"data": [row]}, lambda row: row])
def test_estimates_are_read_in_every_shape(wrap: Any) -> None:
    reach, delivery = ReachEstimate.from_api(wrap(BOUNDS)), DeliveryEstimate.from_api(wrap(MONTHLY))
    assert (reach.users_lower_bound, reach.users_upper_bound) == (141700, 166700)
    assert (delivery.estimate_mau_lower_bound, delivery.estimate_ready) == (141700, True)
    # tests/contract/recordings/targeting_search.jsonl: restfb_ads_v2_8_targetingsentenceline
    line = {"content": "Location:", "children": ["United States"]}
    words = TargetingSentences.from_api(wrap({"id": "/targetingsentencelines", "targetingsentencelines": [line]}))
    assert words.lines == ["Location: United States"]


def test_an_unknown_size_is_none_and_an_empty_answer_too() -> None:
    assert ReachEstimate.from_api({"data": {"users_lower_bound": -1}}).users_lower_bound is None
    assert ReachEstimate.from_api({"data": []}).users_upper_bound is None
    assert DeliveryEstimate.from_api({"data": [{"estimate_mau_upper_bound": -1}]}).estimate_mau_upper_bound is None


def test_estimates_can_go_into_a_batch(fb: FacebookAds) -> None:
    with fb.batch() as batch:
        reach = batch.add(fb.targeting.reachestimate, "act_1", targeting_spec=CANADA)
        wrong = batch.add(fb.targeting.reachestimate, "act_1", targeting_spec={"interests": [{"id": "1"}]})
    assert reach.result() == fb.targeting.reachestimate("act_1", targeting_spec=CANADA)
    assert isinstance(wrong.error, InvalidParameterError)


WRONG: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "a key that does not exist": (
        {"geo_locations": {"regions": [CALIFORNIA, {"key": "999999", "name": "Texas"}]}},
        "geo_locations.regions.1.key",
        ["3886"],
    ),
    "a guessed key that is another place": (
        {"geo_locations": {"regions": [{"key": "3847", "name": "Texas"}]}},
        "geo_locations.regions.0.key",
        ["3886"],
    ),
    "an excluded place": (
        {**CANADA, "excluded_geo_locations": {"cities": [{"key": "0", "name": "San Francisco"}]}},
        "excluded_geo_locations.cities.0.key",
        ["2421836"],
    ),
    "a misspelt name": (
        {"geo_locations": {"regions": [{"key": "0", "name": "Californa"}]}},
        "geo_locations.regions.0.key",
        ["3847"],
    ),
    "a retired behaviour": (
        {**CANADA, "behaviors": [{"id": "6004854404172", "name": "Technology late adopters"}]},
        "behaviors.0.id",
        ["6003900001013"],
    ),
    "an interest of another name": (
        {**CANADA, "flexible_spec": [{}, {"interests": [{"id": MOVIES["id"], "name": "Tea"}]}]},
        "flexible_spec.1.interests.0.id",
        ["6003900000203"],
    ),
    "a behaviour among interests": (
        {**CANADA, "interests": [{"id": "6002714895372", "name": "Coffee"}]},
        "interests.0.id",
        ["6003900000201", "6003900000202"],
    ),
    "a bare id": ({**CANADA, "flexible_spec": [{"interests": ["1"]}]}, "flexible_spec.0.interests.0", []),
    "a number": ({**CANADA, "life_events": [{"id": 1}]}, "life_events.0.id", []),
    "a group of countries": ({"geo_locations": {"country_groups": ["atlantis"]}}, "geo_locations.country_groups.0", []),
}


@pytest.mark.thorough
@table(("spec", "field", "nearest"), WRONG.values())
def test_a_wrong_id_is_told_with_the_right_one(fb: FacebookAds, spec: Any, field: str, nearest: list[str]) -> None:
    [wrong] = verify_targeting(fb, "act_1", spec)
    assert wrong.field == field
    assert ids([*wrong.nearest]) == nearest
    with pytest.raises(ParameterError) as error:
        check_ids(fb, "act_1", spec)
    [violation] = error.value.violations
    assert violation.field == f"targeting.{field}"
    assert all(each in violation.allowed for each in nearest)


RIGHT = {
    "geo_locations": {"regions": [CALIFORNIA, {"key": "3886"}], "cities": [{"key": "2490299", "radius": 12}]},
    "interests": [{"id": MOVIES["id"], "name": "movies"}],
    "flexible_spec": [{"behaviors": [{"id": 6002714895372, "name": "Frequent  travelers"}]}],
    "education_statuses": [1],
}


def test_right_ids_are_asked_about_once_for_each_kind(fb: FacebookAds, sandbox: Sandbox) -> None:
    spec: Any = RIGHT
    check_ids(fb, "act_1", spec)
    assert asked(sandbox) == ["act_1/targetingvalidation", "search"]
    check_ids(fb, "act_1", spec)
    check_ids(fb, "act_1", {"geo_locations": {"regions": [TEXAS]}})
    assert len(asked(sandbox)) == 2, "both are known by now"


def test_what_was_found_is_believed_for_an_hour_and_by_one_facade_only(fb: FacebookAds, sandbox: Sandbox) -> None:
    spec: Any = {"geo_locations": {"regions": [TEXAS]}}
    check_ids(fb, "act_1", spec)
    sandbox.advance(minutes=59)
    check_ids(fb, "act_1", spec)
    assert len(asked(sandbox)) == 1
    sandbox.advance(minutes=2)
    check_ids(fb, "act_1", spec)
    assert len(asked(sandbox)) == 2
    check_ids(FacebookAds.sandbox(sandbox), "act_1", spec)
    assert len(asked(sandbox)) == 3


def test_what_was_not_found_is_asked_again(fb: FacebookAds, sandbox: Sandbox) -> None:
    spec: Any = {"geo_locations": {"regions": [{"key": "999999"}]}}
    for _ in range(2):
        assert len(verify_targeting(fb, "act_1", spec)) == 1
    assert len(asked(sandbox)) == 2


def test_targeting_without_ids_costs_no_request(fb: FacebookAds, sandbox: Sandbox) -> None:
    check_ids(fb, "act_1", Targeting.countries("US", "XX").ages(18, 40).men().custom_location(1, 2, radius=5))
    assert asked(sandbox) == []


def test_a_name_in_another_language_is_no_mistake(fb: FacebookAds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meta finds California by its German name, which the answer does not hold."""
    kind = type(fb.targeting)
    monkeypatch.setattr(
        kind, "search_locations", lambda *_args, **_rest: [TargetingOption(key="3847", name="California")]
    )
    spec: Any = {"geo_locations": {"regions": [{"key": "3847", "name": "Kalifornien"}]}}
    assert verify_targeting(fb, "act_1", spec) == []


def test_an_ad_set_s_id_stands_for_its_account(fb: FacebookAds, adset: AdSet) -> None:
    check_ids(fb, adset.id, {"interests": [{"id": MOVIES["id"]}]})
    with pytest.raises(ParameterError, match=r"targeting\.interests\.0\.id.*6003900000203"):
        check_ids(fb, adset.id, {"interests": [{"id": "1", "name": "Tea"}]})


def test_where_meta_will_not_look_ids_up_it_is_left_to_judge(fb: FacebookAds, sandbox: Sandbox) -> None:
    spec: Any = {"interests": [{"id": "1"}]}
    sandbox.fail_next("GET act_1/targetingvalidation", GraphError(100), times=2)
    with pytest.raises(InvalidParameterError):
        verify_targeting(fb, "act_1", spec)
    check_ids(fb, "act_1", spec)


@pytest.mark.thorough
def test_many_ids_are_asked_about_in_one_request_and_the_rest_left_to_meta(fb: FacebookAds, sandbox: Sandbox) -> None:
    zips = Targeting.zips(*(f"US:{number:05}" for number in range(2_000)))
    wrong = verify_targeting(fb, "act_1", zips)
    assert 0 < len(wrong) <= targeting_check.MAX_IDS
    assert len(asked(sandbox)) == 1


@pytest.mark.thorough
def test_the_memory_is_bounded_safe_for_threads_and_gone_with_its_facade(
    fb: FacebookAds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targeting_check, "CACHE_SIZE", 3)
    memory, failures = targeting_check._cache(fb), []

    def work(name: str) -> None:
        try:
            for number in range(200):
                memory.put(f"{name} {number}", TargetingOption(key=str(number)))
                memory.get(f"{name} {number}")
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(memory._values) == 3
    other = FacebookAds.sandbox()
    kept = weakref.ref(targeting_check._cache(other))
    assert kept() is not None
    del other
    gc.collect()
    assert kept() is None


def test_validation_tells_everything_in_three_requests(fb: FacebookAds, sandbox: Sandbox) -> None:
    spec: Any = {**RIGHT, "targeting_automation": {"advantage_audience": 0}}
    check = validate_targeting(fb, "act_1", targeting=spec)
    assert check.ok
    assert check.reach
    assert check.reach.users_lower_bound
    assert "Location: California; Texas; New York (+12 mi)" in check.sentences
    assert asked(sandbox)[:2] == ["act_1/targetingvalidation", "search"]
    assert {*asked(sandbox)[2:]} - {""} == {"act_1/reachestimate", "act_1/targetingsentencelines"}, "in one batch"


def test_validation_tells_wrong_ids_rules_and_what_meta_says(fb: FacebookAds) -> None:
    spec: Any = {"geo_locations": {"regions": [{"key": "3847", "name": "Texas"}]}, "age_min": 40, "age_max": 30}
    check = validate_targeting(fb, "act_1", targeting=spec)
    assert not check.ok
    assert [each.field for each in check.wrong_ids] == ["geo_locations.regions.0.key"]
    assert "targeting.age_max" in [each.field for each in check.findings]
    assert len(check.refused) == 1, "said twice, for size and for words, and told once"
    assert (check.reach, check.sentences) == (None, [])


def test_validation_does_not_hide_other_failures(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.fail_next("GET act_1/reachestimate", GraphError(200))
    with pytest.raises(PermissionDeniedError):
        validate_targeting(fb, "act_1", targeting=CANADA)
