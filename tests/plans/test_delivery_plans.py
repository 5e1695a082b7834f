"""Replacing whom something ACTIVE reaches, or what it shows, is a plan that says what is lost."""

from __future__ import annotations

from typing import Any

import pytest
from plan_world import ADSET, TARGETING, Call
from tables import table
from test_held import SOON, World

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.classify import CHANGE_CLASSES, change_classes
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.bot.render.delivery import creative_words, lost, targeting_words
from admonster_fb.models.change import Change
from admonster_fb.sandbox import Sandbox

WOMEN: Any = {**TARGETING, "genders": [2], "age_min": 25, "age_max": 44}
GERMANY: Any = {"geo_locations": {"countries": ["DE"]}, "targeting_automation": {"advantage_audience": 1}}
FEED: Any = {**WOMEN, "publisher_platforms": ["facebook"], "facebook_positions": ["feed"]}
EU = {"dsa_beneficiary": "Shop", "dsa_payor": "Shop"}
TIMES: Any = {"start_minute": 540, "end_minute": 1080}


@pytest.fixture
def world(empty: Sandbox, funnel: dict[str, str]) -> World:
    """A funnel for women of 25 to 44 years in the US."""
    world = World(empty, funnel)
    world.fb.adsets.update(funnel["adset_id"], targeting=WOMEN)
    return world


def activate(empty: Sandbox, funnel: dict[str, str]) -> None:
    for node_id in funnel.values():
        empty.change(node_id, status="ACTIVE")


REPLACED: dict[str, tuple[str, dict[str, Any], set[str], str]] = {
    "audience": ("update_adset", {"targeting": GERMANY, **EU}, {"audience"},
                 "women 25–44 in US, Advantage+ audience off → everyone 18–65 in DE, Advantage+ audience on; "
                 "lost: women, ages, Advantage+ audience off"),
    "placements": ("update_adset", {"targeting": FEED}, {"delivery"}, "Facebook positions: feed"),
    "hours": ("update_adset", {"adset_schedule": [{**TIMES, "days": [1, 5]}], "pacing_type": ["day_parting"]},
              {"delivery"}, "Ad set schedule: all hours → Mon, Fri 09:00–18:00"),
    "goal": ("update_adset", {"optimization_goal": "LANDING_PAGE_VIEWS"}, {"delivery"},
             "Optimization goal: LINK_CLICKS → LANDING_PAGE_VIEWS"),
}  # fmt: skip


@pytest.mark.thorough
@table("name", REPLACED, fresh=True)
def test_replacing_it_of_an_active_ad_set_is_a_plan(
    call: Call, world: World, empty: Sandbox, funnel: dict[str, str], name: str
) -> None:
    op, args, kinds, words = REPLACED[name]
    activate(empty, funnel)
    plan = call(op, adset_id=funnel["adset_id"], **args)
    assert isinstance(plan.data, Plan), plan.text
    assert {*plan.data.kinds} == kinds
    assert words in plan.text
    assert "ACTIVE" in next(line for line in plan.text.splitlines() if line.startswith("It replaces"))


@pytest.mark.thorough
def test_another_creative_of_an_active_ad_shows_both_links(
    call: Call, world: World, empty: Sandbox, funnel: dict[str, str]
) -> None:
    activate(empty, funnel)
    story: Any = {"page_id": "1", "link_data": {"link": "https://elsewhere.example/", "message": "Cold feet"}}
    other = world.fb.adcreatives.create("act_1", object_story_spec=story).id
    plan = call("update_ad", ad_id=funnel["ad_id"], creative=other)
    assert isinstance(plan.data, Plan), plan.text
    assert plan.data.kinds == ("delivery",)
    before, _, after = plan.text.partition(" → ")
    assert 'Link: "https://example.com/"' in before
    assert 'Page: 1, Link: "https://elsewhere.example/", Text: "Cold feet"' in after
    same = world.fb.ads.get(funnel["ad_id"]).creative
    assert same
    assert not isinstance(call("update_ad", ad_id=funnel["ad_id"], creative=same.id).data, Plan)


@pytest.mark.thorough
def test_what_is_paused_is_replaced_at_once(call: Call, world: World, funnel: dict[str, str]) -> None:
    done = call("update_adset", adset_id=funnel["adset_id"], targeting=FEED)
    assert done.text.startswith("OK: updated."), done.text
    assert "Targeting: women 25–44 in US, Advantage+ audience off → women 25–44 in US, " in done.text


def test_a_rule_of_an_audience_is_a_plan(call: Call, world: World) -> None:
    rule = {"inclusions": {"operator": "or", "rules": []}}
    assert change_classes([Change("customaudiences", "1", "A", {"rule": None}, {"rule": rule})]) == {"audience"}


@table(
    "spec, words",
    [
        ({}, "everyone 18–65"),
        ({"genders": [1], "age_min": 30}, "men 30–65"),
        ({"genders": [1, 2]}, "everyone 18–65"),
        ({"geo_locations": {"cities": [{"key": "1", "name": "Berlin", "radius": 25, "distance_unit": "kilometer"}]}},
         "everyone 18–65 in Berlin +25 km"),
        ({"geo_locations": {"countries": ["US"], "location_types": ["home"]}}, "everyone 18–65 in US"),
        ({"geo_locations": {"countries": [*"ABCDEFGH"]}}, "everyone 18–65 in A, B, C, D, E, F and 2 more"),
        ({"flexible_spec": [{"interests": [{"id": "1", "name": "Coffee"}]}]}, "everyone 18–65, Interests: Coffee"),
        ({"exclusions": {"behaviors": [{"id": "7"}]}}, "everyone 18–65, not Behaviors: 7"),
        ({"excluded_geo_locations": {"regions": [{"key": "2", "name": "Texas"}]}}, "everyone 18–65, not in Texas"),
        ({"custom_audiences": [{"id": "1", "name": 'x"\nOK'}]}, "everyone 18–65, Custom audiences: x' OK"),
    ],
)  # fmt: skip
def test_targeting_in_words(spec: Any, words: str) -> None:
    assert targeting_words(spec) == words


def test_everything_that_targeting_can_hold_is_lost_by_name() -> None:
    from admonster_fb.models.targeting.spec import TargetingSpec

    silent = {"geo_locations", "targeting_automation", "age_max"}
    values: dict[str, Any] = {"genders": [2], "age_min": 30, "exclusions": {"interests": [{"id": "1"}]}}
    values |= {"flexible_spec": [{"interests": [{"id": "1"}]}], "excluded_geo_locations": {"countries": ["FR"]}}
    rows = {name: values.get(name, ["x"]) for name in TargetingSpec.__annotations__ if name not in silent}
    assert not [name for name, value in rows.items() if not lost({name: value}, {})]
    assert not [name for name, value in rows.items() if lost({name: value}, {name: value})]


def test_a_creative_in_words(world: World) -> None:
    feed = {"images": [{"hash": "ab"}], "bodies": [{"text": "Hi"}], "link_urls": [{"website_url": "https://a.b/"}]}
    assert creative_words({"asset_feed_spec": feed}) == 'Link: "https://a.b/", Text: Hi, Picture: ab'
    assert creative_words({"images_by_place": {"feed": "hero", "story": "tall"}}) == "Picture: hero, tall"
    assert creative_words({"name": "C"}) == '"C"'


def test_classes_are_documented() -> None:
    assert CHANGE_CLASSES == ("spend", "destroy", "many", "audience", "delivery")


@pytest.mark.thorough
def test_an_earlier_end_of_something_active_is_done_at_once(
    call: Call, world: World, empty: Sandbox, funnel: dict[str, str]
) -> None:
    made = FacebookAds.sandbox(empty).adsets.create(
        "act_1", **{**ADSET, "campaign_id": funnel["campaign_id"], "end_time": "2026-12-20T09:00:00+0000"}
    )
    empty.change(made.id, status="ACTIVE")
    done = call("update_adset", adset_id=made.id, end_time=SOON)
    assert done.text.startswith("OK"), done.text
    assert "End time: 2026-12-20 01:00 -0800 → 2026-12-01 01:00 -0800" in done.text


@pytest.mark.thorough
def test_activating_a_campaign_shows_its_money_whom_it_reaches_and_what_it_shows(
    call: Call, world: World, empty: Sandbox, funnel: dict[str, str]
) -> None:
    rich: Any = {**WOMEN, "flexible_spec": [{"interests": [{"id": "6003139266461", "name": "Movies"}]}]}
    world.fb.adsets.update(funnel["adset_id"], targeting=rich, end_time="2026-12-20T09:00:00+0000")
    held = call("update_campaign", campaign_id=funnel["campaign_id"], status="ACTIVE")
    shown = FacebookTool(world.fb).shown(held.data)
    for text in (held.text, shown):
        for words in TURNED_ON:
            assert [line for line in text.splitlines() if all(word in line for word in words)], text
        assert "Picture: bytes" not in text, "Meta's word for an image that was sent without a file name"
    assert call("apply", plan_id=held.data.id).ok


TURNED_ON = [
    ("- ad set", "$20.00 USD", "women 25–44 in US", "Movies", "to 2026-12-20"),
    ("- ad ", "Page: 1", 'Link: "https://example.com/"', 'Text: "Warm feet"'),
]
"""Words of a line each."""


@pytest.mark.thorough
@pytest.mark.parametrize("paused", ["ad_id", "adset_id"])
def test_what_is_activated_at_two_levels_is_shown_once(
    call: Call, empty: Sandbox, funnel: dict[str, str], paused: str
) -> None:
    activate(empty, funnel)
    for name in ("campaign_id", paused):
        empty.change(funnel[name], status="PAUSED")
    plan = call("activate_campaign", campaign_id=funnel["campaign_id"]).data
    shown = [change.id for change in plan.delivers]
    assert sorted(shown) == sorted({*shown})
    assert {funnel["adset_id"], funnel["ad_id"]} <= {*shown}


@pytest.mark.thorough
@table("edge", ["adsets", "ads", "adcreatives"], fresh=True)
def test_what_was_shown_is_what_is_activated(
    call: Call, world: World, empty: Sandbox, funnel: dict[str, str], edge: str
) -> None:
    """A plan to activate a campaign is stale once anything that it showed is another."""
    held = call("update_campaign", campaign_id=funnel["campaign_id"], status="ACTIVE")
    other: Any = {
        "adsets": (funnel["adset_id"], {"targeting": GERMANY}),
        "ads": (funnel["ad_id"], {"name": "Another"}),
        "adcreatives": (empty.object(funnel["ad_id"])["creative"]["id"], {"url_tags": "utm_source=x"}),
    }
    node_id, fields = other[edge]
    empty.change(node_id, **fields)
    assert not call("apply", plan_id=held.data.id).ok


@pytest.mark.thorough
def test_countries_of_an_ad_set_replace_its_locations_alone(
    call: Call, world: World, empty: Sandbox, funnel: dict[str, str]
) -> None:
    activate(empty, funnel)
    held = call("update_adset", adset_id=funnel["adset_id"], countries=["CA"])
    assert isinstance(held.data, Plan), held.text
    assert held.data.kinds == ("audience",)
    assert "women 25–44 in US, Advantage+ audience off → women 25–44 in CA, Advantage+ audience off" in held.text
    assert call("apply", plan_id=held.data.id).ok
    now = empty.object(funnel["adset_id"])["targeting"]
    assert (now["geo_locations"]["countries"], now["genders"], now["age_min"]) == (["CA"], [2], 25)


@table(
    "live, written",
    [
        ({"age_min": 18, "age_max": 65}, {}),
        ({}, {"age_min": 18, "age_max": 65}),
        ({"age_min": 18, "age_max": 65, "genders": [1, 2]}, {"age_min": 18}),
        ({"age_min": 25, "age_max": 65}, {"age_min": 25}),
        ({"age_range": [18, 65]}, {}),
    ],
)
def test_the_same_audience_written_another_way_is_no_plan(live: Any, written: Any) -> None:
    before, after = ({"targeting": {**TARGETING, **fields}} for fields in (live, written))
    assert change_classes([Change("adsets", "1", "US", before, after)]) == set()


@table("live, written", [({"age_min": 25}, {}), ({"age_max": 44}, {}), ({}, {"age_min": 19}), ({"genders": [2]}, {})])
def test_another_audience_is_one(live: Any, written: Any) -> None:
    before, after = ({"targeting": {**TARGETING, **fields}} for fields in (live, written))
    assert change_classes([Change("adsets", "1", "US", before, after)]) == {"audience"}


@pytest.mark.thorough
def test_targeting_resent_without_ages_is_done_at_once(
    call: Call, world: World, empty: Sandbox, funnel: dict[str, str]
) -> None:
    empty.change(funnel["adset_id"], targeting={**TARGETING, "age_min": 18, "age_max": 65})
    activate(empty, funnel)
    done = call("update_adset", adset_id=funnel["adset_id"], targeting=TARGETING)
    assert done.text.startswith("OK: updated."), done.text
    assert "learning" not in done.text


@pytest.mark.thorough
def test_an_ad_with_hours_of_its_own_is_not_copied_where_meta_takes_none(
    call: Call, world: World, empty: Sandbox, funnel: dict[str, str]
) -> None:
    empty.change(funnel["ad_id"], ad_schedule_end_time="2026-12-20T09:00:00-0800")
    refused = call("duplicate_ad", ad_id=funnel["ad_id"], adset_id=funnel["adset_id"])
    assert refused.error, refused.text
    assert [each["field"] for each in refused.error["violations"]] == ["ad_schedule_end_time"]
    assert len(empty.objects("Ad", "act_1")) == 1
    empty.change(funnel["campaign_id"], objective="OUTCOME_SALES")
    assert call("duplicate_ad", ad_id=funnel["ad_id"], adset_id=funnel["adset_id"]).ok
