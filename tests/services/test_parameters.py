"""A misspelt, missing or wrong-typed parameter: one error that names every offending field, and nothing is sent."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError

GOOD: dict[str, dict[str, Any]] = {
    "campaigns": {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []},
    "adsets": {
        "name": "A",
        "campaign_id": "1",
        "optimization_goal": "LINK_CLICKS",
        "billing_event": "IMPRESSIONS",
        "targeting": {"geo_locations": {"countries": ["US"]}},
    },
    "ads": {"name": "A", "adset_id": "1", "creative": {"creative_id": "1"}},
    "adcreatives": {"object_story_id": "1_2"},
}


def creating(fb: FacebookAds, service: str, **changes: Any) -> None:
    params = {name: value for name, value in {**GOOD[service], **changes}.items() if value is not ...}
    getattr(fb, service).create("act_1", **params)


@table("service", ["campaigns", "adsets", "ads"])
def test_every_missing_parameter_is_named_at_once(fb: FacebookAds, refused: Any, service: str) -> None:
    with refused(*GOOD[service].keys() - {"optimization_goal"}):  # Meta has a default for each objective
        getattr(fb, service).create("act_1")


@table("service", GOOD)
def test_a_misspelt_name_is_refused_with_the_right_one(fb: FacebookAds, service: str) -> None:
    with pytest.raises(
        ParameterError, match=r"nmae: given \"B\"; allowed: no such parameter; did you mean name"
    ) as error:
        creating(fb, service, nmae="B")
    assert [violation.field for violation in error.value.violations] == ["nmae"]


@table("service", ["campaigns", "adsets", "ads", "adcreatives"])
@table("method", ["create", "update"])
def test_a_name_like_nothing_lists_what_there_is(fb: FacebookAds, service: str, method: str) -> None:
    with pytest.raises(ParameterError, match=r"zzz: given 1; allowed: one of ad\w+, .*name, "):
        getattr(getattr(fb, service), method)("1", **(GOOD[service] if method == "create" else {}), zzz=1)


def test_missing_misspelt_and_wrong_come_together(fb: FacebookAds, refused: Any) -> None:
    with refused("nam", "name", "objective", "special_ad_categories", "daily_budget", "start_time"):
        fb.campaigns.create(
            "act_1", nam="x", objective="TRAFFIC", special_ad_categories="NONE", daily_budget=5.0, start_time="soon"
        )


def test_the_text_says_what_was_given_and_what_is_allowed(fb: FacebookAds) -> None:
    with pytest.raises(ParameterError) as error:
        creating(fb, "campaigns", objective="TRAFFIC", name=...)
    assert 'objective: given "TRAFFIC"; allowed: did you mean OUTCOME_TRAFFIC' in str(error.value)
    assert "name is required" in str(error.value)
    assert "nothing was sent" in str(error.value)
    assert "\n" not in str(error.value)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("campaigns", {"name": ""}, "name"),
    ("campaigns", {"name": 5}, "name"),
    ("campaigns", {"status": "ARCHIVED"}, "status"),
    ("campaigns", {"special_ad_categories": ["HOUSES"]}, "special_ad_categories.0"),
    ("campaigns", {"is_adset_budget_sharing_enabled": "no"}, "is_adset_budget_sharing_enabled"),
    ("campaigns", {"start_time": "tomorrow"}, "start_time"),
    ("campaigns", {"execution_options": ["validate"]}, "execution_options.0"),
    ("campaigns", {"promoted_object": []}, "promoted_object"),
    ("adsets", {"name": "x" * 401}, "name"),
    ("adsets", {"targeting": []}, "targeting"),
    ("adsets", {"targeting": {"age_min": 12}}, "targeting.age_min"),
    ("adsets", {"targeting": {"age_min": "25+"}}, "targeting.age_min"),
    ("adsets", {"targeting": {"age_mn": 25}}, "targeting.age_mn"),
    ("adsets", {"targeting": {"geo_locations": {"countries": "US"}}}, "targeting.geo_locations.countries"),
    ("adsets", {"targeting": {"geo_locations": {"country": ["US"]}}}, "targeting.geo_locations.country"),
    ("adsets", {"campaign_id": 1.5}, "campaign_id"),
    ("adsets", {"bid_amount": "cheap"}, "bid_amount"),
    ("adsets", {"end_time": True}, "end_time"),
    ("ads", {"creative": 1.5}, "creative"),
    ("ads", {"creative": ""}, "creative"),
    ("ads", {"creative": {}}, "creative"),
    ("ads", {"creative": {"id": "1"}}, "creative.id"),
    ("ads", {"status": "active"}, "status"),
    ("adcreatives", {"name": "x" * 101}, "name"),
    ("adcreatives", {"object_story_spec": {"page": "1"}}, "object_story_spec.page"),
    ("adcreatives", {"object_story_spec": {"link_data": {"lnk": "x"}}}, "object_story_spec.link_data.lnk"),
]


@table(("service", "changes", "field"), WRONG)
def test_a_wrong_value_is_refused(fb: FacebookAds, service: str, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ParameterError) as error:
        creating(fb, service, **changes)
    assert field in [violation.field for violation in error.value.violations]


def test_a_misspelt_name_deep_inside_is_put_right_too(fb: FacebookAds) -> None:
    with pytest.raises(ParameterError, match="did you mean countries"):
        creating(fb, "adsets", targeting={"geo_locations": {"countrys": ["US"]}})


UPDATES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("campaigns", {"status": "DELETE", "nam": "x"}, ["status", "nam"]),
    ("campaigns", {"special_ad_category": "NONE"}, ["special_ad_category"]),
    ("adsets", {"campaign_id": "1", "daily_budget": -1}, ["campaign_id", "daily_budget"]),
    ("ads", {"adset_id": "1"}, ["adset_id"]),
    ("adcreatives", {"object_story_spec": {}, "name": 5}, ["object_story_spec", "name"]),
]


@table(("service", "changes", "fields"), UPDATES)
def test_updates_are_checked_alike(
    fb: FacebookAds, refused: Any, service: str, changes: dict[str, Any], fields: list[str]
) -> None:
    with refused(*fields):
        getattr(fb, service).update("1", **changes)


LISTS: dict[str, Callable[..., builtins.list[Any]]] = {
    "adaccounts": lambda fb, **params: fb.adaccounts.list(**params),
    "campaigns": lambda fb, **params: fb.campaigns.list("1", **params),
    "adsets": lambda fb, **params: fb.adsets.list("1", **params),
    "ads": lambda fb, **params: fb.ads.list("1", **params),
    "adcreatives": lambda fb, **params: fb.adcreatives.list("1", **params),
    "adimages": lambda fb, **params: fb.adimages.list("1", **params),
    "insights": lambda fb, **params: fb.insights.list("1", **params),
}


@table("service", LISTS)
@table(
    ("params", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": "5x"}, "limit"),
        ({"limt": 5}, "limt"),
        ({"fields": "name"}, "fields"),
        ({"fields": [5]}, "fields"),
        ({"fields": [""]}, "fields"),
        ({"filtering": [{"field": "name"}]}, "filtering.0.operator"),
        ({"filtering": {}}, "filtering"),
    ],
)
def test_lists_are_checked_alike(fb: FacebookAds, sandbox: Any, service: str, params: Any, field: str) -> None:
    with pytest.raises(ParameterError) as error:
        LISTS[service](fb, **params)
    assert field in [violation.field for violation in error.value.violations]
    assert not sandbox.journal


@table("service", ["campaigns", "adsets", "ads"])
@table("status", ["ACTIVE", [1]])
def test_a_status_filter_is_a_list_of_names(fb: FacebookAds, service: str, status: Any) -> None:
    with pytest.raises(ParameterError, match="effective_status"):
        LISTS[service](fb, effective_status=status)


@table(
    ("query", "field"),
    [
        ({"level": "business"}, "level"),
        ({"time_range": {"since": "2026-10-01"}}, "time_range.until"),
        ({"time_range": {"since": "1 October", "until": "2026-10-02"}}, "time_range.since"),
        ({"breakdowns": "age"}, "breakdowns"),
        ({"time_range": []}, "time_range"),
        ({"sort": "spend_descending"}, "sort"),
        ({"date_prest": "today"}, "date_prest"),
    ],
)
def test_insights_queries_are_checked(fb: FacebookAds, sandbox: Any, query: Any, field: str) -> None:
    with pytest.raises(ParameterError) as error:
        fb.insights.iter("act_1", **query)
    assert field in [violation.field for violation in error.value.violations]
    assert not sandbox.journal


@table(
    ("given", "field"),
    [
        ({}, "filename"),
        ({"filename": "a.png", "bytes": b"x"}, "filename"),
        ({"filename": "nowhere/a.png"}, "filename"),
        ({"filename": ""}, "filename"),
        ({"bytes": "text"}, "bytes"),
        ({"bytes": b""}, "filename"),
    ],
)
def test_an_image_is_one_readable_file_or_bytes(fb: FacebookAds, refused: Any, given: Any, field: str) -> None:
    with refused(field):
        fb.adimages.create("act_1", **given)


@table(
    ("given", "field"),
    [
        ({}, "ad_id"),
        ({"ad_id": "1", "creative_id": "2"}, "ad_id"),
        ({"ad_id": "act_1"}, "ad_id"),
        ({"ad_id": 5}, "ad_id"),
        ({"creative_id": 5}, "creative_id"),
        ({"creative_id": "../me"}, "creative_id"),
        ({"ad_id": "1", "ad_format": 5}, "ad_format"),
    ],
)
def test_a_preview_is_of_one_ad_or_creative(fb: FacebookAds, refused: Any, given: Any, field: str) -> None:
    with refused(field):
        fb.ads.previews(**{"ad_format": "MOBILE_FEED_STANDARD", **given})


def test_every_service_that_writes_is_covered_here() -> None:
    from admonster_fb.services import by_attribute

    taking = {name for name, kind in by_attribute().items() if hasattr(kind, "create")}
    # The others: tests/services/test_accounts.py, test_adrules.py, test_adstudies.py and so on.
    others = {"adimages", "adaccounts", "assigned_users", "budget_schedules", "advideos", "adrules", "adstudies"} | {
        *("customaudiences", "adspixels", "customconversions", "leadgen_forms"),
    }
    assert taking == {*GOOD, *others}


def test_a_parameter_of_two_types_is_named_once(fb: FacebookAds, refused: Any) -> None:
    with refused("time_increment", "date_preset", "breakdowns.0"):
        fb.insights.iter("act_1", time_increment=1.5, date_preset=5, breakdowns=[1])  # type: ignore[arg-type]


def test_an_update_of_nothing_is_refused(fb: FacebookAds, refused: Any) -> None:
    with refused("changes"):
        fb.campaigns.update("120210000000000001")
