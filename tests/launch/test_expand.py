"""Expansion of launches, and what is refused before anything is sent."""

from __future__ import annotations

import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, Money, ParameterError, Targeting
from admonster_fb.sandbox import Sandbox
from admonster_fb.workflows.launch import expand, launch
from admonster_fb.workflows.launch.expand import PRESETS

US: Any = {"geo_locations": {"countries": ["US"]}}
OPEN: dict[str, Any] = {
    "awareness": {"promoted_object": {"page_id": "1"}},
    "traffic": {},
    "engagement": {"promoted_object": {"page_id": "1"}},
    "leads": {"promoted_object": {"page_id": "1"}},
    "leads_form": {"promoted_object": {"page_id": "1"}},
    "app_promotion": {
        "promoted_object": {
            "application_id": "1",
            "object_store_url": "https://play.google.com/store/apps/details?id=x",
        }
    },
    "sales": {"promoted_object": {"pixel_id": "1"}},
    "catalog": {"promoted_object": {"product_set_id": "1"}},
}
OBJECTIVES = {"leads_form": "OUTCOME_LEADS", "catalog": "OUTCOME_SALES"}
"""The parameters that each preset leaves open, besides money and countries."""


def refused(fb: FacebookAds, spec: dict[str, Any]) -> dict[str, str]:
    """Return the allowed values by field of a refused launch."""
    with pytest.raises(ParameterError) as raised:
        launch(fb, "act_1", spec)
    return {each.field: str(each.allowed) for each in raised.value.violations}


@pytest.mark.thorough
@table("preset", PRESETS, fresh=True)
def test_preset_with_its_open_parameters_launches(fb: FacebookAds, preset: str) -> None:
    adset = {"name": "US", "daily_budget": 5000, "targeting": US, **OPEN[preset]}
    campaign = {"name": "Sale", "special_ad_categories": []}
    made = launch(fb, "act_1", {"preset": preset, "campaign": campaign, "adsets": [adset]})
    assert (made.state, made.different) == ("complete", ())
    got = fb.adsets.get(made.ids("adsets")[0])
    assert fb.campaigns.get(made.campaign_id or "").objective == OBJECTIVES.get(preset, f"OUTCOME_{preset.upper()}")
    usual = PRESETS[preset]["adset"]  # type: ignore[index]
    for name in ("optimization_goal", "billing_event", "bid_strategy"):
        assert getattr(got, name) == usual[name]
    assert got.destination_type == usual.get("destination_type", got.destination_type)
    assert got.targeting is not None
    assert got.targeting.targeting_automation == {"advantage_audience": 0}


POST: Any = {"page_id": "100", "link": "https://example.com/", "image_hash": "ab" * 16}


@pytest.mark.parametrize("preset", ["engagement", "leads"])
def test_an_ad_set_promotes_the_page_of_its_ads(preset: str) -> None:
    ads = [{"name": "A", "creative": "main"}, {"name": "B", "creative": {**POST}}]
    spec = {
        "preset": preset,
        "campaign": {"name": "C"},
        "creatives": {"main": POST},
        "adsets": [{"name": "US", "ads": ads}],
    }
    assert expand(spec)["adsets"][0]["promoted_object"] == {"page_id": "100"}
    own = {"page_id": "7"}
    assert (
        expand({**spec, "adsets": [{"name": "US", "ads": ads, "promoted_object": own}]})["adsets"][0]["promoted_object"]
        == own
    )


def test_an_ad_set_promotes_the_page_in_the_story_of_its_creative() -> None:
    story = {"object_story_spec": {"page_id": "9", "link_data": {"link": "https://example.com/"}}}
    spec = {"preset": "engagement", "campaign": {}, "adsets": [{"ads": [{"name": "A", "creative": story}]}]}
    assert expand(spec)["adsets"][0]["promoted_object"] == {"page_id": "9"}


def test_a_creative_is_named_after_its_place_as_far_as_meta_takes_it() -> None:
    full = expand({"campaign": {}, "creatives": {"x" * 101: POST, "y" * 100: POST}})
    assert [parts["name"] for parts in full["creatives"].values()] == ["x" * 100, "y" * 100]


@pytest.mark.parametrize(("preset", "key"), [("engagement", "page_id"), ("sales", "pixel_id")])
def test_a_preset_without_what_its_ads_need_is_refused(preset: str, key: str) -> None:
    spec = {"preset": preset, "campaign": {"name": "C"}, "adsets": [{"name": "US"}]}
    with pytest.raises(ParameterError, match=rf"adsets\.0\.promoted_object\.{key}.*1885154"):
        expand(spec)
    other = {"name": "US", "optimization_goal": "LINK_CLICKS", "destination_type": "WEBSITE"}
    assert "promoted_object" not in expand({**spec, "preset": "engagement", "adsets": [other]})["adsets"][0]


def test_presets_contain_no_money_no_location_and_no_id() -> None:
    text = json.dumps(PRESETS)
    assert not re.search(r"budget|amount|geo|countries|_id\"|page|pixel", text)


def test_docs_page_lists_the_presets() -> None:
    page = Path(__file__).parents[2].joinpath("docs/launch.md").read_text()
    rows = {
        row[0]: row[1:]
        for row in re.findall(r"^\| `(\w+)` \| `(OUTCOME_\w+)` \| `(\w+)` \| (.*) \| (.*) \|$", page, re.M)
    }
    assert rows.keys() == PRESETS.keys()
    for name, (objective, goal, also, sources) in rows.items():
        one, other = sources.split("; ")  # each preset is held against two independent sources
        assert not (one.startswith("Meta: ") and other.startswith("Meta: ")), name
        preset = PRESETS[name]  # type: ignore[index]
        assert (preset["campaign"]["objective"], preset["adset"]["optimization_goal"]) == (objective, goal)
        told = dict(re.findall(r"`(destination_type|custom_event_type): (\w+)`", also))
        event = preset["adset"].get("promoted_object", {})
        place = {each: preset["adset"][each] for each in ("destination_type",) if each in preset["adset"]}
        assert told == {**place, **event}, name
        assert ("add" in also) == bool(OPEN[name]), name


def test_own_values_override_defaults_and_defaults_override_the_preset() -> None:
    full = expand(
        {
            "preset": "traffic",
            "defaults": {"adset": {"optimization_goal": "REACH", "targeting": {**US, "age_min": 25}}, "ad": {"x": 1}},
            "campaign": {"name": "Sale", "buying_type": "RESERVED"},
            "adsets": [
                {"name": "A", "ads": [{"name": "Ad", "creative": "7"}]},
                {
                    "name": "B",
                    "optimization_goal": "IMPRESSIONS",
                    "targeting": {"geo_locations": {"countries": ["CA", "MX"]}},
                },
            ],
        }
    )
    assert full["campaign"] == {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "buying_type": "RESERVED"}
    first, second = full["adsets"]
    assert (first["optimization_goal"], second["optimization_goal"]) == ("REACH", "IMPRESSIONS")
    off = {"targeting_automation": {"advantage_audience": 0}}
    assert first["targeting"] == {**off, **US, "age_min": 25}
    assert second["targeting"] == {**off, "age_min": 25, "geo_locations": {"countries": ["CA", "MX"]}}
    assert first["ads"] == [{"name": "Ad", "x": 1, "creative": {"creative_id": "7"}}]
    assert second["ads"] == []


@pytest.mark.parametrize("budget", ["daily_budget", "lifetime_budget"])
def test_campaign_budget_removes_the_bid_strategy_of_ad_sets(budget: str) -> None:
    spec: Any = {"preset": "traffic", "campaign": {"name": "Sale", budget: 5000}, "adsets": [{"name": "US"}]}
    assert "bid_strategy" not in expand(spec)["adsets"][0]
    del spec["campaign"][budget]
    assert expand(spec)["adsets"][0]["bid_strategy"] == "LOWEST_COST_WITHOUT_CAP"


def test_expand_names_every_creative(spec: dict[str, Any]) -> None:
    before = copy.deepcopy(spec)
    full = expand(spec)
    assert spec == before, "what was given stays as it was"
    common = {"page_id": "1", "link": "https://example.com/", "image": "hero"}
    assert full["creatives"] == {
        "adsets.0.ads.1": {**common, "name": "Own", "message": "Only here"},
        "new": {**common, "name": "new", "message": "New in"},
    }
    named = [ad["creative"] for adset in full["adsets"] for ad in adset["ads"]]
    assert named == ["new", "adsets.0.ads.1", "new"]


def test_expanded_launch_expands_to_itself(spec: dict[str, Any]) -> None:
    full = expand(spec)
    assert json.loads(json.dumps(full)) == full
    again = expand({name: value for name, value in full.items() if value})
    assert again == full


def test_expand_sorts_names(spec: dict[str, Any]) -> None:
    spec["creatives"] = {"new": {"message": "New in"}, "a": {"message": "A"}}
    other = {**spec, "creatives": dict(reversed(spec["creatives"].items()))}
    assert json.dumps(expand(spec)) == json.dumps(expand(other))


@pytest.mark.thorough
def test_python_values_money_dates_paths_and_builders_are_accepted(
    fb: FacebookAds, spec: dict[str, Any], hero: Path
) -> None:
    spec["images"]["hero"] = hero
    spec["adsets"][0] |= {
        "daily_budget": Money("12.34 USD"),
        "targeting": Targeting.countries("CA").ages(25, 45),
        "start_time": datetime(2031, 1, 2, 3, 4, tzinfo=UTC),
    }
    made = launch(fb, "act_1", spec)
    got = fb.adsets.get(made.ids("adsets")[0])
    assert got.daily_budget == 1234
    assert got.start_time == datetime(2031, 1, 2, 3, 4, tzinfo=UTC)
    assert got.targeting is not None
    assert (got.targeting.age_min, got.targeting.age_max) == (25, 45)
    with pytest.raises(ParameterError, match="launch: given"):
        expand({"campaign": {"name": object()}})


def test_all_violations_are_reported_at_once_and_nothing_is_sent(
    fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any], tmp_path: Path
) -> None:
    text = tmp_path / "text.png"
    text.write_text("no picture")
    spec["campaign"] = {"name": "", "objective": "OUTCOME_TRAFIC", "status": "ACTIVE", "special_ad_categories": []}
    spec["images"] |= {"missing": "nowhere.png", "text": str(text), "inside": "http://127.0.0.1/a.png"}
    spec["videos"] = {"clip": "nowhere.mp4"}
    spec["creatives"] |= {"wrong": {"image": "heros", "mesage": "typo"}}
    first, second = spec["adsets"]
    first |= {"daily_budget": "20.00 EUR", "status": "ACTIVE", "execution_options": ["validate_only"]}
    second |= {"name": "US", "daily_budgets": 1500}
    first["ads"] = [{"name": "New", "creative": "news"}, {"name": "New", "creative": "new"}, {"name": "None"}]
    wrong = refused(fb, spec)
    assert {
        "campaign.name",
        "campaign.objective",
        "campaign.status",
        "images.missing",
        "images.text",
        "images.inside",
        "videos.clip",
        "creatives.wrong.image",
        "creatives.wrong.mesage",
        "adsets.0.daily_budget",
        "adsets.0.status",
        "adsets.0.execution_options",
        "adsets.1.name",
        "adsets.1.daily_budgets",
        "adsets.0.ads.0.creative",
        "adsets.0.ads.1.name",
        "adsets.0.ads.2.creative",
    } <= wrong.keys()
    assert "hero" in wrong["creatives.wrong.image"]
    assert "new" in wrong["adsets.0.ads.0.creative"]
    assert "PAUSED" in wrong["adsets.0.status"]
    assert {entry.method for entry in sandbox.journal} <= {"GET"}


def test_wrong_types_and_unknown_names_are_refused_by_field(fb: FacebookAds, spec: dict[str, Any]) -> None:
    rows: list[tuple[dict[str, Any], str]] = [
        ({"campain": {}}, "campain"),
        ({"preset": "awarness"}, "preset"),
        ({"adsets": {}}, "adsets"),
        ({"adsets": [{"name": "US", "ads": {"name": "Ad"}}]}, "adsets.0.ads"),
        ({"defaults": {"adsets": {}}}, "defaults.adsets"),
        ({"images": {"hero": 7}}, "images.hero"),
    ]
    assert [field for change, field in rows if field not in refused(fb, {**spec, **change})] == []


def test_launch_without_campaign_is_refused(fb: FacebookAds) -> None:
    assert "campaign" in refused(fb, {"preset": "traffic"})


def test_budgets_have_no_default(fb: FacebookAds, sandbox: Sandbox, spec: dict[str, Any]) -> None:
    del spec["defaults"]["adset"]["daily_budget"]
    wrong = refused(fb, spec)
    assert [name for name in wrong if name.startswith("adsets.0.") and "budget" in name]
    assert not [name for name in wrong if name.startswith("adsets.1.")]
    assert {entry.method for entry in sandbox.journal} <= {"GET"}


def test_rules_across_the_tree_are_checked(fb: FacebookAds, spec: dict[str, Any]) -> None:
    spec["campaign"]["daily_budget"] = 5000
    assert "defaults.adset.daily_budget" in refused(fb, spec)


def test_a_default_that_is_wrong_is_named_where_it_is_written_and_once(fb: FacebookAds, spec: dict[str, Any]) -> None:
    spec["defaults"]["adset"] |= {"targeting": {"geo_locations": {"countries": ["US"]}, "age_min": 70}}
    spec["adsets"][1]["targeting"] = {"age_max": 90}
    wrong = refused(fb, spec)
    assert {"defaults.adset.targeting.age_min", "adsets.1.targeting.age_max"} <= {*wrong}
    assert not [name for name in wrong if name.endswith("age_min") and not name.startswith("defaults")]


def test_an_entry_of_a_list_among_the_defaults_is_named_there(fb: FacebookAds, spec: dict[str, Any]) -> None:
    spec["defaults"]["adset"]["targeting"] = {"geo_locations": {"cities": [{"key": "1", "radius": 9000}]}}
    place = "targeting.geo_locations.cities.0.radius"
    assert [name for name in refused(fb, spec) if place in name] == [f"defaults.adset.{place}"]
    spec["adsets"][0]["targeting"] = {"geo_locations": {"cities": [{"key": "1", "radius": 9000}]}}
    assert f"adsets.0.{place}" in refused(fb, spec)
