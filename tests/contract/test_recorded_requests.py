"""Requests of public recordings: what Meta accepted leaves unchanged, what a rule of ours refuses too does not leave.

The parameters stand in the recording, or follow from Meta's words where only the answer was recorded. Recordings of
versions that Meta has ended (v2.x to v12) are left out where v26 has other names.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from recordings import recordings
from tables import table
from wire import Wire

from admonster_fb import FacebookAds, ParameterError, Settings
from admonster_fb.sandbox import Sandbox
from admonster_fb.services._validation import warnings

NEW_IDS = itertools.count(120_000_000_000)
NOW = datetime(2026, 11, 28, tzinfo=UTC)
BRAZIL = {
    "geo_locations": {"countries": ["BR"]},
    "age_min": 18,
    "age_max": 65,
    "targeting_automation": {"advantage_audience": 0},
}
ON_POST: dict[str, Any] = {
    "name": "A",
    "campaign_id": "3",
    "daily_budget": 600,
    "billing_event": "IMPRESSIONS",
    "optimization_goal": "POST_ENGAGEMENT",
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "destination_type": "ON_POST",
    "promoted_object": {"page_id": "108356564252733"},
    "targeting": BRAZIL,
}
SPIKE = {"objective": "OUTCOME_ENGAGEMENT", "special_ad_categories": [], "status": "PAUSED"}
REEL = {"source_instagram_media_id": "18112743619917095"}
STORY = {"page_id": "1", "link_data": {"link": "https://example.com/", "image_hash": "ab" * 16}}
ACCEPTED: list[tuple[str, str, dict[str, Any]]] = [
    ("adsets/ahoydig_create_on_post", "adsets", ON_POST),
    (
        "campaigns/ahoydig_create_outcome_engagement",
        "campaigns",
        {**SPIKE, "name": "TEST_SPIKE_BOOST_campanha", "is_adset_budget_sharing_enabled": False},
    ),
    ("creatives/ahoydig_create_source_instagram_media", "adcreatives", {"name": "TEST_SPIKE_v8_only_source", **REEL}),
    (
        "posts/ahoydig_creative_object_id_and_source",
        "adcreatives",
        {"name": "TEST_SPIKE_v9_object_id", "object_id": "108356564252733", **REEL},
    ),
    (
        "posts/ahoydig_boost_ad_create",
        "ads",
        {
            "name": "TEST_SPIKE_BOOST_ad",
            "adset_id": "120255176197360196",
            "creative": {"creative_id": "1058836683146723"},
            "status": "PAUSED",
        },
    ),
    (
        "ads/zumo_create_ad",
        "ads",
        {
            "name": "CLAUDE TEST 20260925-130832",
            "adset_id": "52609222065055",
            "creative": {"creative_id": "29099392622999775"},
            "status": "PAUSED",
        },
    ),
    (
        "audiences/grouparoo_v12.0_POST_customaudiences_7",
        "customaudiences",
        {
            "name": "(test) Group 1",
            "subtype": "CUSTOM",
            "description": "Created from Grouparoo",
            "customer_file_source": "USER_PROVIDED_ONLY",
        },
    ),
]
Create = Callable[[FacebookAds], Any]


def adset(**changes: Any) -> Create:
    return lambda fb: fb.adsets.create(
        "act_1", **{name: v for name, v in {**ON_POST, **changes}.items() if v is not None}
    )


def creative(**params: Any) -> Create:
    return lambda fb: fb.adcreatives.create("act_1", name="A", **params)


def event(**changes: Any) -> Create:
    lead = {"event_name": "Lead", "event_time": int(NOW.timestamp()), "action_source": "email"}
    return lambda fb: fb.conversions.send("1", [{**lead, "user_data": {"em": "a@example.com"}, **changes}])


def video(**more: Any) -> Create:
    return creative(object_story_spec={"page_id": "1", "video_data": {"video_id": "9", **more}})


REFUSED: list[tuple[str, str, Create]] = [
    ("quoted_100_2490408_perf_goal_en", "optimization_goal", adset(optimization_goal="APP_INSTALLS")),
    ("budget_too_low_inr", "daily_budget", adset(daily_budget=99)),
    (
        "quoted_100_1885272_budget_too_low_lifetime",
        "lifetime_budget",
        adset(daily_budget=None, lifetime_budget=9, end_time="2026-12-30T00:00:00+0000"),
    ),
    ("quoted_100_2490487_bid_amount_required_pt", "bid_amount", adset(bid_strategy="LOWEST_COST_WITH_BID_CAP")),
    (
        "quoted_100_1870227_advantage_flag_required",
        "targeting.targeting_automation.advantage_audience",
        adset(targeting={"geo_locations": {"countries": ["BR"]}, "age_min": 30, "age_max": 40}),
    ),
    (
        "quoted_100_1870188_age_min_advantage",
        "targeting.age_min",
        adset(targeting={**BRAZIL, "age_min": 30, "targeting_automation": {"advantage_audience": 1}}),
    ),
    (
        "quoted_100_0_countries_must_be_array",
        "targeting.geo_locations.countries",
        adset(targeting={**BRAZIL, "geo_locations": {"countries": "BR"}}),
    ),
    (
        "quoted_100_1487929_ambiguous_promoted_object_pt",
        "source_instagram_media_id",
        creative(object_story_spec=STORY, **REEL),
    ),
    ("quoted_100_1443226_video_thumbnail", "object_story_spec.video_data.image_hash", video()),
    (
        "quoted_100_2061015_link_required_pt",
        "object_story_spec.link_data.link",
        creative(object_story_spec={"page_id": "1", "link_data": {"message": "m", "image_hash": "ab" * 16}}),
    ),
    ("quoted_100_0_ig_actor_id", "instagram_actor_id", creative(object_story_spec=STORY, instagram_actor_id="1")),
    (
        "quoted_100_1815629_error_data_is_string_null",
        "asset_feed_spec.bodies.1",
        creative(
            object_story_spec={"page_id": "1"},
            asset_feed_spec={"bodies": [{"text": "a"}, {"text": "a"}], "images": [{"hash": "ab" * 16}]},
        ),
    ),
    (
        "quoted_100_4834011_budget_sharing_flag",
        "is_adset_budget_sharing_enabled",
        lambda fb: fb.campaigns.create("act_1", **SPIKE, name="A", is_adset_budget_sharing_enabled=None),
    ),
    (
        "sebast26_error-invalid-update-campaign-status",
        "status",
        lambda fb: fb.campaigns.create("act_1", **{**SPIKE, "name": "A", "status": "ARCHIVED"}),
    ),
    (
        "quoted_100_1487989_targeting_on_adgroup_http500",
        "targeting",
        lambda fb: fb.ads.create("act_1", name="A", adset_id="1", creative={"creative_id": "1"}, targeting=BRAZIL),
    ),
    ("quoted_100_2804003_event_too_old_fr", "events.0.event_time", event(event_time=int(NOW.timestamp()) - 8 * 86400)),
    ("quoted_100_2804050_insufficient_customer_info_da", "events.0.user_data", event(user_data={"country": "de"})),
    (
        "keboola_meta_100_0_v23.0_POST_act_N-insights_09f160",
        "date_preset",
        lambda fb: fb.insights.list("act_1", date_preset="last_30_days"),
    ),
]


def answer(method: str, path: str, _params: Mapping[str, str]) -> tuple[int, Any]:
    if method == "POST":
        return 200, {"id": str(next(NEW_IDS))}
    account = {"id": "act_1", "currency": "BRL", "timezone_name": "UTC", "min_daily_budget": 522}
    campaign = {"id": path, "objective": "OUTCOME_ENGAGEMENT", "special_ad_categories": [], "currency": "BRL"}
    return 200, {"data": []} if "/" in path else account if path.startswith("act_") else campaign


@pytest.fixture
def wire() -> Wire:
    return Wire(answer)


@pytest.fixture
def fb(wire: Wire) -> Iterator[FacebookAds]:
    clock = Sandbox(history=0, clock=lambda: NOW)
    with FacebookAds("sandbox-recorded", settings=Settings(adapter=wire), clock=clock) as facade:
        yield facade


@table("recording, edge, params", ACCEPTED)
def test_what_meta_accepted_leaves_as_it_was(
    recording: str, edge: str, params: dict[str, Any], fb: FacebookAds, wire: Wire
) -> None:
    kind, _, name = recording.partition("/")
    assert "error" not in recordings(kind)[name].body
    wire.calls.clear()
    with warnings():
        getattr(fb, edge).create("act_1", **params)
    [form] = [form for method, _, form in wire.calls if method == "POST"]
    for key, value in params.items():
        assert form[key] == value or json.loads(form[key]) == value, key


@table("name, field, send", REFUSED)
def test_what_meta_refused_does_not_leave(name: str, field: str, send: Create, fb: FacebookAds, wire: Wire) -> None:
    assert "error" in recordings("errors")[name].body
    wire.calls.clear()
    with pytest.raises(ParameterError) as error:
        send(fb)
    assert field in [violation.field for violation in error.value.violations]
    assert [method for method, _, _ in wire.calls if method == "POST"] == []


def test_a_goal_that_meta_refused_under_an_objective_not_recorded_leaves_with_a_warning(
    fb: FacebookAds, wire: Wire
) -> None:
    assert recordings("errors")["quoted_100_2490408_thruplay_on_post"].body["error"]["error_subcode"] == 2490408
    with warnings() as found:
        adset(optimization_goal="THRUPLAY")(fb)
    assert ("goal-destination", "optimization_goal") in [(each.rule, each.field) for each in found]


OURS = {"quoted_100_1815430_app_url_not_allowed_es": "store-link needs the ad set, which an ad's call does not read"}
OURS |= {"quoted_100_1885998_dynamic_creative_adset": "dynamic-adset needs the ad set: checked in trees and launches"}


def test_every_recorded_subcode_that_an_error_rule_names_is_tried() -> None:
    from admonster_fb.rules import RULES

    held = {rule.subcode for rule in RULES if rule.severity == "error" and rule.subcode}
    tried = {name for name, _, _ in REFUSED} | OURS.keys()
    subcodes = {
        recording.body["error"].get("error_subcode")
        for name, recording in recordings("errors").items()
        if name in tried
    }
    found = {
        recording.body["error"].get("error_subcode"): name
        for name, recording in recordings("errors").items()
        if isinstance(recording.body, dict) and isinstance(recording.body.get("error"), dict)
    }
    assert {code: name for code, name in found.items() if code in held and code not in subcodes} == {}
