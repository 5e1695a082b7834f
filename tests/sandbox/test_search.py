"""What can be targeted, found by name: the root search, and the edges of ad accounts beside it."""

from __future__ import annotations

from typing import Any

import pytest
from recordings import body_of
from tables import table

from admonster_fb.sandbox.catalog import nodes as catalog

MOVIES, SOCCER, TRAVELERS = "6003139266461", "6003107902433", "6002714895372"
RETIRED, LEAVING = "6003220883649", "6003315098934"


def search(client: Any, type: str, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("search", type=type, **client.form(params))
    assert set(answer) == {"data"}, answer
    found: list[dict[str, Any]] = answer["data"]
    return found


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


# Interests


def test_search_interests_by_name_returns_the_recorded_rows_in_order_of_size(client: Any) -> None:
    real = body_of("targeting_search", "zuck_GET_fixtures_ad_interest_search_disney_0")["data"]
    found = search(client, "adinterest", q="disney")
    known = {row["id"]: row["audience_size_lower_bound"] for row in found}
    # The recording is shortened: its rows are some of those found.
    assert {row["id"]: known.get(row["id"]) for row in real} == {row["id"]: row["audience_size"] for row in real}
    assert [*known.values()] == sorted(known.values(), reverse=True)
    assert len(found) == 7
    assert RETIRED not in known
    bounds = {"audience_size_lower_bound", "audience_size_upper_bound"}
    assert set(found[0]) == set(real[0]) - {"audience_size"} | bounds
    assert search(client, "adinterest", q="ick spickeby") == []


@table(
    ("text", "name"),
    [
        ("POKEMON", "Pokémon"),
        ("pokémon", "Pokémon"),
        ("creme", "Crème brûlée"),
        ("brulee", "Crème brûlée"),
        ("sigur ros", "Sigur Rós"),
        ("skoda", "Škoda Auto"),
        ("嵐", "嵐 (Arashi)"),
        ("料理", "日本料理 (Japanese cuisine)"),
        ("[dunkel", "[dunkelbunt]"),
        ("dunkelbunt", "[dunkelbunt]"),
    ],
)
def test_case_and_accents_do_not_matter(client: Any, text: str, name: str) -> None:
    assert names(search(client, "adinterest", q=text)) == [name]


def test_only_beginnings_of_words_are_found(client: Any) -> None:
    assert "Movies" in names(search(client, "adinterest", q="mov", limit=100))
    assert search(client, "adinterest", q="ovies") == []


def test_eight_rows_unless_told(client: Any) -> None:
    assert len(search(client, "adinterest", q="c")) == 8
    assert len(search(client, "adinterest", q="c", limit=3)) == 3
    assert len(search(client, "adinterest", q="c", limit=100)) > 8
    assert client.get("search", type="adinterest", q="c", limit="none")["error"]["code"] == 100


def test_names_are_valid_as_they_are_written(client: Any) -> None:
    rows = search(
        client,
        "adinterestvalid",
        interest_list=["Movies", "movies", "List of Disney Channel Original Movies"],
        interest_fbid_list=[int(SOCCER), LEAVING, "17"],
    )
    assert [row["valid"] for row in rows] == [True, False, False, True, False, False]
    assert (rows[0]["id"], rows[3]["name"]) == (MOVIES, "Association football (Soccer)")
    assert rows[1] == {"name": "movies", "valid": False}
    assert rows[5] == {"id": "17", "valid": False}


def test_the_retired_are_not_found(client: Any) -> None:
    assert search(client, "adinterest", q="Property") == []
    assert names(search(client, "adinterest", q="list of disney")) == []
    assert client.get("act_1/targetingsearch", q="Technology late")["data"] == []


def test_suggestions_share_the_topic(client: Any) -> None:
    rows = search(client, "adinterestsuggestion", interest_list=["Tennis"], limit=50)
    assert "Golf" in names(rows)
    assert "Tennis" not in names(rows)
    assert {row["topic"] for row in rows} == {"Sports and outdoors"}
    assert search(client, "adinterestsuggestion", interest_list=["Nobody knows this"]) == []


def test_the_status_of_options(client: Any) -> None:
    rows = search(client, "targetingoptionstatus", targeting_option_list=[MOVIES, RETIRED, LEAVING, "17"])
    assert [row["current_status"] for row in rows] == ["NORMAL", "NON-DELIVERABLE", "DEPRECATING", "UNKNOWN"]
    assert rows[2]["future_plan"] == [{"key": "2027-01-15T00:00:00+0000", "value": "NON-DELIVERABLE"}]
    assert "future_plan" not in rows[0]


# Everything else with a name


@table(
    ("wanted", "kinds", "some"),
    [
        ("interests", {"interests"}, "Movies"),
        ("behaviors", {"behaviors"}, "Frequent Travelers"),
        ("demographics", {"life_events", "family_statuses", "income", "industries"}, "Newlywed (1 year)"),
        ("life_events", {"life_events"}, "Recently moved"),
        ("family_statuses", {"family_statuses"}, "Parents (All)"),
        ("income", {"income"}, "Household income: top 5% of ZIP codes (US)"),
        ("industries", {"industries"}, "Sales"),
        ("user_device", {"user_device"}, "iPhone 15"),
        ("user_os", {"user_os"}, "Android"),
    ],
)
def test_classes_are_answered_whole(client: Any, wanted: str, kinds: set[str], some: str) -> None:
    rows = search(client, "adTargetingCategory", q="ignored", **{"class": wanted})
    assert {row["type"] for row in rows} == kinds
    assert some in names(rows)
    assert not {"Property", "Technology late adopters"} & set(names(rows))
    # The SDK writes the type in small letters.
    assert search(client, "adtargetingcategory", **{"class": wanted}) == rows


def test_locales_have_numbers(client: Any) -> None:
    rows = search(client, "adlocale", q="english")
    assert rows == [
        {"key": 6, "name": "English (US)"},
        {"key": 24, "name": "English (UK)"},
        {"key": 1001, "name": "English (All)"},
    ]
    assert len(search(client, "adlocale", limit=1000)) > 40


def test_schools_majors_employers_and_positions(client: Any) -> None:
    real = body_of("targeting_search", "restfb_ads_v2_6_responseeducation")
    assert search(client, "adeducationschool", q="saar") == [real]
    assert names(search(client, "adeducationmajor", q="economie")) == ["Économie"]
    (nestle,) = search(client, "adworkemployer", q="nestle")
    assert set(nestle) == {"id", "name", "coverage"}
    assert names(search(client, "adworkposition", q="business")) == ["Business Analyst"]


# Places


@table(
    ("file", "kind", "text"),
    [
        ("restfb_ads_v2_6_responsegeographic_city", "city", "Sarreguemines"),
        ("restfb_ads_v2_6_responsegeographic_country", "country", "Australia"),
        ("restfb_ads_v2_6_responsegeographic_region", "region", "escaldes"),
    ],
    fresh=True,
)
def test_places_look_as_recorded(client: Any, file: str, kind: str, text: str) -> None:
    real = body_of("targeting_search", file)
    (found,) = search(client, "adgeolocation", q=text, location_types=[kind])
    if kind == "country":
        assert found == real
    else:
        assert found == {**real, "country_name": found["country_name"]}


def test_metadata_of_places_looks_as_recorded(client: Any) -> None:
    real = body_of("targeting_search", "restfb_ads_v2_6_responsegeographic_meta")["data"]
    asked = {kind: list(real[kind]) for kind in ("countries", "regions", "zips", "electoral_districts")}
    found = client.get("search", type="adgeolocationmeta", **client.form({**asked, "cities": ["2418779", "1"]}))["data"]
    assert set(found) == {*asked, "cities"}
    assert {kind: set(rows) for kind, rows in found.items()} == {
        **{kind: set(real[kind]) for kind in asked},
        "cities": {"2418779"},
    }
    for kind in ("countries", "regions", "zips"):
        for key, row in real[kind].items():
            # The recorded zip of Saarlouis and the country's regions are there; supports_* follow the catalogue.
            assert {name: found[kind][key][name] for name in row} == row
    assert found["zips"]["DE:66740"]["region_id"] == 833


def test_places_are_narrowed_by_country_and_region(client: Any) -> None:
    dallas = search(client, "adgeolocation", q="dallas", location_types=["city"])
    assert {row["country_code"] for row in dallas} == {"US", "GB"}
    assert [row["key"] for row in search(client, "adgeolocation", q="dallas", country_code="gb")] == ["777934"]
    californian = search(client, "adgeolocation", location_types=["city"], region_id=3847, limit=100)
    assert {row["region"] for row in californian} == {"California"}
    assert {"San Francisco", "Danville"} <= set(names(californian))
    # Keys are text, the ids beside them numbers.
    assert {type(row[name]) for row in californian for name in ("key", "region_id")} == {str, int}


def test_the_exact_name_comes_first(client: Any) -> None:
    rows = search(client, "adgeolocation", q="new york", limit=20)
    assert [row["type"] for row in rows[:2]] == ["region", "city"]
    assert {"New York, NY", "New York, Norfolk"} <= set(names(rows))


@table(
    ("text", "key"),
    [
        ("sao paulo", "2900062"),
        ("SÃO PAULO", "2900062"),
        ("lodz", "2900083"),
        ("渋谷", "2910003"),
        ("94304", "US:94304"),
    ],
)
def test_places_are_found_without_accents(client: Any, text: str, key: str) -> None:
    found = search(client, "adgeolocation", q=text, location_types=["city", "subcity", "zip"])
    assert [row["key"] for row in found] == [key]


def test_countries_are_found_by_their_code_on_demand(client: Any) -> None:
    assert search(client, "adgeolocation", q="de", location_types=["country"], limit=50) == search(
        client, "adgeolocation", q="de", location_types=["country"], limit=50, match_country_code="false"
    )
    assert "DE" in {
        row["key"]
        for row in search(client, "adgeolocation", q="DE", location_types=["country"], match_country_code="true")
    }
    assert "DE" not in {row["key"] for row in search(client, "adgeolocation", q="DE", location_types=["country"])}


def test_groups_name_their_countries(client: Any) -> None:
    (europe,) = search(client, "adgeolocation", q="europe", location_types=["country_group"])[:1]
    assert europe["key"] == "europe"
    assert {"DE", "GB", "CH"} <= set(europe["country_codes"])
    assert "US" not in europe["country_codes"]


def test_radius_suggestions_grow_with_the_distance(client: Any) -> None:
    def suggested(latitude: float, unit: str = "kilometer") -> int:
        (row,) = search(client, "adradiussuggestion", latitude=latitude, longitude=-122.42, distance_unit=unit)
        assert row["distance_unit"] == unit
        return int(row["suggested_radius"])

    assert suggested(37.77) == 1
    assert 1 < suggested(37.90) < suggested(38.20) < suggested(39.9) == 80
    assert suggested(38.20, "mile") < suggested(38.20)
    assert suggested(39.9, "mile") == 50


# Refusals


@table(
    ("params", "words"),
    [
        ({}, "(#100) The parameter type is required."),
        ({"type": "adnothing", "q": "x"}, "(#100) Param type must be one of {"),
        *(
            ({"type": kind}, "(#100) The parameter q is required.")
            for kind in ("adinterest", "adeducationschool", "adeducationmajor", "adworkemployer", "adworkposition")
        ),
        ({"type": "adinterestvalid"}, "(#100) The parameter interest_list is required."),
        ({"type": "adinterestsuggestion"}, "(#100) The parameter interest_list is required."),
        ({"type": "adTargetingCategory"}, "(#100) The parameter class is required."),
        ({"type": "adTargetingCategory", "class": "x"}, "(#100) Param class must be one of {"),
        ({"type": "adgeolocation", "q": "a", "location_types": '["town"]'}, "(#100) Param location_types[0] must be"),
        (
            {"type": "adgeolocation", "q": "a", "location_types": "city"},
            "(#100) param location_types must be an array.",
        ),
        ({"type": "adradiussuggestion", "latitude": "1"}, "(#100) The parameter longitude is required."),
        ({"type": "adradiussuggestion", "latitude": "x", "longitude": "1"}, "(#100) Param latitude and longitude"),
        ({"type": "targetingoptionstatus"}, "(#100) The parameter targeting_option_list is required."),
    ],
)
def test_searches_that_are_refused(client: Any, params: dict[str, str], words: str) -> None:
    error = client.get("search", **params)["error"]
    assert error["code"] == 100
    assert error["message"].startswith(words)


@pytest.mark.parametrize("params", [{"type": "page"}, {"type": "adTargetingCategory", "class": "politics"}])
def test_what_is_not_played_says_so(client: Any, params: dict[str, str]) -> None:
    assert client.get("search", q="x", **params)["error"]["type"] == "SandboxNotModelled"


def test_searching_needs_a_token_and_a_scope(client: Any) -> None:
    assert (
        client.anonymous().get("https://graph.facebook.com/v26.0/search?type=adlocale").json()["error"]["code"] == 104
    )
    client.sandbox.revoke("ads_management", "ads_read")
    assert client.get("search", type="adlocale")["error"]["code"] == 200


# Edges of ad accounts


def test_one_search_finds_every_kind(client: Any) -> None:
    rows = client.get("act_1/targetingsearch", q="travel")["data"]
    assert {"interests", "behaviors"} <= {row["type"] for row in rows}
    assert set(rows[0]) == {
        "id",
        "name",
        "type",
        "path",
        "description",
        "audience_size_lower_bound",
        "audience_size_upper_bound",
    }
    assert rows[0]["path"] == ["Interests", "Hobbies and activities", "Travel"]
    only = client.get("act_1/targetingsearch", q="travel", limit_type="behaviors")["data"]
    assert {row["type"] for row in only} == {"behaviors"}
    assert TRAVELERS in {row["id"] for row in only}
    assert len(client.get("act_1/targetingsearch", q="t", limit=2)["data"]) == 2


def test_browsing_shows_all_that_can_be_used(client: Any) -> None:
    rows = client.get("act_1/targetingbrowse")["data"]
    usable = {option.id for option in catalog.OPTION_BY_ID.values() if option.is_usable}
    assert {row["id"] for row in rows} == usable
    assert RETIRED not in usable
    assert {row["type"] for row in client.get("act_1/targetingbrowse", limit_type="income")["data"]} == {"income"}


def test_suggestions_stand_beside_what_was_given(client: Any) -> None:
    given = "[{'type':'interests','id':6003263791114},{'type':'life_events','id':'6002714398172'}]"
    rows = client.get("act_1/targetingsuggestions", targeting_list=given)["data"]
    assert {"Online shopping", "Recently moved"} <= set(names(rows))
    assert not {"6003263791114", "6002714398172"} & {row["id"] for row in rows}
    assert len(client.get("act_1/targetingsuggestions", targeting_list=given, limit=2)["data"]) == 2


def test_validation_says_yes_or_no_to_each(client: Any) -> None:
    lists = {
        "targeting_list": [{"type": "interests", "id": MOVIES}, {"type": "behaviors", "id": MOVIES}],
        "id_list": [int(TRAVELERS), int(RETIRED), 17],
        "name_list": ["tennis", "no such thing"],
        "targeting_spec": {"flexible_spec": [{"interests": [{"id": SOCCER}]}]},
    }
    rows = client.get("act_1/targetingvalidation", **client.form(lists))["data"]
    assert [row["valid"] for row in rows] == [True, False, True, True, False, False, True, False]
    assert rows[1] == {"id": MOVIES, "type": "behaviors", "valid": False}
    assert rows[6]["name"] == "Tennis"
    assert rows[7] == {"name": "no such thing", "valid": False}


@table(
    ("edge", "params", "words"),
    [
        ("targetingsearch", {}, "(#100) The parameter q is required."),
        ("targetingsearch", {"q": "a", "limit_type": "nothing"}, "(#100) Param limit_type must be one of {"),
        ("targetingsuggestions", {}, "(#100) The parameter targeting_list is required."),
        ("targetingvalidation", {}, "(#100) The parameter targeting_list is required."),
        ("targetingvalidation", {"targeting_list": '["1"]'}, "(#100) param targeting_list[0] must be an array."),
    ],
)
def test_edges_refuse(client: Any, edge: str, params: dict[str, str], words: str) -> None:
    assert client.get(f"act_1/{edge}", **params)["error"]["message"].startswith(words)


def test_kinds_without_a_catalogue_are_not_played(client: Any) -> None:
    answer = client.get("act_1/targetingbrowse", limit_type="college_years")
    assert answer["error"]["type"] == "SandboxNotModelled"


# The catalogue


def test_the_catalogue_holds_together() -> None:
    kinds = catalog.OPTION_KINDS
    assert len(catalog.OPTION_BY_ID) == sum(map(len, kinds.values()))
    sizes = {"interests": 80, "behaviors": 15, "life_events": 8}
    assert all(len(kinds[kind]) >= least for kind, least in sizes.items())
    least = {"country": 230, "region": 80, "city": 60, "zip": 40}
    assert all(len(catalog.PLACES[kind]) >= count for kind, count in least.items())
    for places in catalog.PLACES.values():
        for place in places.values():
            assert all(key in catalog.PLACES[kind] for kind, key in place.within)
            assert place.country in catalog.PLACES["country"] or place.kind == "country_group"
    assert catalog.PLACES["region"]["3875"].name == "New York"
    assert catalog.PLACES["region"]["3886"].name == "Texas"
