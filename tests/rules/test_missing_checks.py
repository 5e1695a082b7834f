"""What Meta refuses, drops or lets fail later and the rules once let through: each row of the facts, as a request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tables import table

from admonster_fb import facts
from admonster_fb.audience_data.schema_keys import CAPI
from admonster_fb.rules import ad_rules, audiences, check, server_events

POST = {"page_id": "1"}
HOUSING = {"campaign": {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": ["HOUSING"]}}
YOUNG = {"geo_locations": {"zips": [{"key": "US:94304"}]}, "age_min": 16}
FILM = {"optimization_type": "DEGREES_OF_FREEDOM", "videos": [{"video_id": "7"}]}
TEXTS = {"optimization_type": "DEGREES_OF_FREEDOM", "bodies": [{"text": "a"}, {"text": "b"}]}
RULES = [{"customization_spec": {}}, {"customization_spec": {}}]


def under(objective: str) -> dict[str, Any]:
    return {"campaign": {"objective": f"OUTCOME_{objective}", "special_ad_categories": []}}


def adset(objective: str, destination: str, goal: str, **more: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return "adset", {"destination_type": destination, "optimization_goal": goal, **more}, under(objective)


Request = tuple[str, dict[str, Any], dict[str, Any]]
REQUESTS: dict[str, list[Request]] = {
    "ENGAGEMENT / ON_POST without": [adset("ENGAGEMENT", "ON_POST", "POST_ENGAGEMENT")],
    "housing, employment, finance": [
        ("adset", {f"targeting.geo_locations.{kind}": [{"key": "1"}]}, HOUSING)
        for kind in ("small_geo_areas", "metro_areas")
    ],
    "behaviours and demographics": [
        ("adset", {"targeting.behaviors": [{"id": "1"}]}, HOUSING),
        ("adset", {"targeting.flexible_spec": [{"life_events": [{"id": "1"}]}]}, HOUSING),
        ("adset", {"targeting.education_statuses": [3]}, HOUSING),
    ],
    "special category together with": [
        ("adset", {"destination_type": place}, {"campaign": {**HOUSING["campaign"], "special_ad_categories": [name]}})
        for place in ("INSTAGRAM_PROFILE", "MESSAGING_MESSENGER_WHATSAPP", "MESSAGING_INSTAGRAM_DIRECT_MESSENGER")
        for name in ("HOUSING", "ISSUES_ELECTIONS_POLITICS", "ONLINE_GAMBLING_AND_GAMING")
    ],
    "EU groups": [
        ("adset", {"targeting.geo_locations": {"country_groups": [group]}}, {})
        for group in ("android_app_store", "android_free_store")
    ],
    "placement rules together": [("creative", {"asset_feed_spec": {**TEXTS, "asset_customization_rules": RULES}}, {})],
    "DEGREES_OF_FREEDOM video": [("creative", {"object_story_spec": POST, "asset_feed_spec": FILM}, {})],
    "video ad without": [
        ("creative", {"object_story_spec": {**POST, "video_data": {"video_id": "7", "image_hash": "0" * 32}}}, {})
    ],
    "media-only asset feed": [
        (
            "creative",
            {"object_story_spec": ..., "object_story_id": "1_2", "asset_feed_spec": {"images": [{"hash": "a"}]}},
            {},
        )
    ],
    "SALES or TRAFFIC / WEBSITE": [
        adset("TRAFFIC", "WEBSITE", "POST_ENGAGEMENT"),
        adset(
            "SALES", "WEBSITE", "POST_ENGAGEMENT", promoted_object={"pixel_id": "1", "custom_event_type": "PURCHASE"}
        ),
    ],
    "under-18 sets": [("adset", {"targeting.geo_locations": YOUNG["geo_locations"], "targeting.age_min": 16}, {})],
    "dynamic ad sets": [("adset", {"is_dynamic_creative": True}, {"children": [{}, {}]})],
}
LATER = {
    "attribution_spec": [{"event_type": "CLICK_THROUGH", "window_days": 1}],
    "promoted_object": {"page_id": "1"},
    "frequency_control_specs": [{"event": "IMPRESSIONS", "interval_days": 7, "max_frequency": 1}],
}


@table("row", facts.rows("missing_checks"), ids=lambda row: row.request[:30], fresh=True)
def test_each_row_is_found_and_refused_only_where_meta_s_pages_say_so(row: facts.Row, check_base: Any) -> None:
    severity = "error" if row.tier == "D" and not row.stay_open else "warning"
    if row.request.startswith("attribution_spec, promoted_object"):
        for name, value in LATER.items():
            rule = f"fixed-{name.replace('_', '-')}"
            [found] = [each for each in check_base("adset", {name: value}, update=True) if each.rule == rule]
            assert (found.severity, "duplicate_adset" in found.fix) == (severity, True)
        return
    [requests] = [found for begin, found in REQUESTS.items() if row.request.startswith(begin)]
    for kind, changes, context in requests:
        children = context.get("children", [])
        findings = check("adset", changes, children=children) if children else check_base(kind, changes, **context)
        found = {(each.rule, each.severity) for each in findings}
        assert (row.rule, severity) in found, (changes, found)


LOOKALIKE = {"name": "L", "subtype": "LOOKALIKE", "origin_audience_id": "7", "lookalike_spec": {"ratio": 0.01}}
LDU = {"data_processing_options": ["LDU"], "data_processing_options_country": 1}
EVENT = {"event_name": "Lead", "event_time": 0, "action_source": "email", "user_data": {"em": "a" * 64}}
NOW = datetime(1970, 1, 1, tzinfo=UTC)
ANY_MINUTE = {"schedule_type": "CUSTOM", "schedule": [{"start_minute": 15, "days": [1]}]}
OTHERS: dict[str, Callable[[], Any]] = {
    "lookalike_spec: exactly one of country": lambda: audiences.violations(LOOKALIKE, version="v27.0"),
    "ad rule: schedule minutes": lambda: [
        found for found in ad_rules.violations({"schedule_spec": ANY_MINUTE}) if "minute" in found.field
    ],
    "event in the future": lambda: server_events.violations({**EVENT, "event_time": 5}, NOW),
    "data_processing country": lambda: server_events.violations({**EVENT, **LDU}, NOW),
    "user_data keys": lambda: [
        name
        for name in ("whatsapp_business_account_id", "instagram_business_account_id", "f5first", "f5last")
        if name not in CAPI
    ],
}


@table("row", facts.rows("other_checks"), ids=lambda row: row.check[:30])
def test_no_other_check_refuses_what_no_source_refuses(row: facts.Row) -> None:
    if row.verdict == "keep":
        return
    [look] = [look for begin, look in OTHERS.items() if row.check.startswith(begin)]
    assert [*look()] == []


def test_a_lookalike_needs_a_country_before_v27_and_never_two() -> None:
    assert [each.field for each in audiences.violations(LOOKALIKE, version="v26.0")] == ["lookalike_spec.country"]
    both = {"country": "US", "location_spec": {"geo_locations": {"countries": ["US"]}}}
    twice = {**LOOKALIKE, "lookalike_spec": {"ratio": 0.01, **both}}
    assert [each.field for each in audiences.violations(twice, version="v27.0")] == ["lookalike_spec.country"]
