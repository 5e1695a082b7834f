"""The offline rules stand before every create and update; `fb.check` asks them alone."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.models.ad import Ad
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import Sandbox

CAMPAIGN: Any = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
US: Any = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}


@table(
    ("wrong", "field", "meta"),
    [
        ({"optimization_goal": "PAGE_LIKES"}, "optimization_goal", "2490408"),
        ({"billing_event": "THRUPLAY"}, "billing_event", ""),
        ({"bid_strategy": "COST_CAP"}, "bid_amount", "2490487"),
        ({"daily_budget": 10}, "daily_budget", "1885272"),
        ({"targeting": {**US, "age_min": 40, "age_max": 30}}, "targeting.age_max", ""),
        ({"targeting": {**US, "facebook_positions": ["video_feeds"]}}, "targeting.facebook_positions", ""),
        ({"targeting": {**US, "geo_locations": {"countries": ["DE"]}}}, "dsa_beneficiary", "3858081"),
        ({"lifetime_budget": 50000}, "lifetime_budget", ""),
    ],
)
def test_an_ad_set_that_meta_would_refuse_is_not_sent(
    fb: FacebookAds, adset_params: Any, writes: Any, wrong: Any, field: str, meta: str
) -> None:
    before = writes()
    with pytest.raises(ParameterError) as error:
        fb.adsets.create("act_1", **{**adset_params, **wrong})
    found = {violation.field: violation.allowed for violation in error.value.violations}
    assert any(name.startswith(field) for name in found), found
    assert any(meta in allowed for allowed in found.values())
    assert writes() == before


def test_types_and_rules_are_told_together(fb: FacebookAds, adset_params: Any, refused: Any) -> None:
    with pytest.raises(ParameterError) as error:
        fb.adsets.create("act_1", **{**adset_params, "nmae": "B", "targeting": {**US, "age_min": 40, "age_max": 30}})
    fields = {violation.field for violation in error.value.violations}
    assert "nmae" in fields
    assert any(field.startswith("targeting.age") for field in fields)


def test_the_campaign_is_read_once_a_minute_at_most(
    fb: FacebookAds, sandbox: Sandbox, campaign: Campaign, adset_params: Any
) -> None:
    other = FacebookAds.sandbox(sandbox)
    sandbox.journal.clear()
    for _ in range(3):
        other.adsets.create("act_1", **adset_params)
    reads = [entry.path for entry in sandbox.journal if entry.method == "GET"]
    assert reads == ["act_1", campaign.id]
    sandbox.advance(minutes=2)
    other.adsets.create("act_1", **adset_params)
    assert [entry.path for entry in sandbox.journal if entry.method == "GET"] == [*reads, campaign.id]


def test_a_budget_that_moved_to_the_campaign_is_noticed(fb: FacebookAds, campaign: Campaign, adset_params: Any) -> None:
    fb.adsets.create("act_1", **adset_params)
    fb.campaigns.update(campaign.id, daily_budget=5000)
    with pytest.raises(ParameterError, match="1885621"):
        fb.adsets.create("act_1", **adset_params)


def test_changes_are_checked_too(
    fb: FacebookAds, campaign: Campaign, adset: AdSet, ad: Ad, creative: AdCreative, writes: Any
) -> None:
    before = writes()
    with pytest.raises(ParameterError, match="daily_budget"):
        fb.campaigns.update(campaign.id, daily_budget=5000, lifetime_budget=5000)
    with pytest.raises(ParameterError, match=r"targeting\.age"):
        fb.adsets.update(adset.id, targeting={**US, "age_min": 40, "age_max": 30})
    with pytest.raises(ParameterError, match="conversion_domain"):
        fb.ads.update(ad.id, conversion_domain="https://www.example.com/shop")
    assert writes() == before


def test_a_change_is_not_judged_by_what_it_does_not_say(fb: FacebookAds, adset: AdSet) -> None:
    fb.adsets.update(adset.id, name="B")
    fb.adsets.update(adset.id, end_time="2026-12-24T00:00:00+0000")
    assert fb.adsets.get(adset.id).name == "B"


@pytest.mark.thorough
def test_what_rules_only_warn_of_is_sent_and_said(fb: FacebookAds, campaign: Campaign, adset_params: Any) -> None:
    """Meta merged IMPRESSIONS into REACH: `docs/meta-rules.md#goal-notes`."""
    result = FacebookTool(fb).call({"op": "create_adset", "args": {**adset_params, "optimization_goal": "IMPRESSIONS"}})
    assert result.ok, result.text
    assert "Warning: optimization_goal: " in result.text


class TestCheck:
    def test_valid_parameters_give_no_finding(self, fb: FacebookAds, sandbox: Sandbox, adset_params: Any) -> None:
        sandbox.journal.clear()
        assert [each for each in fb.check(adset_params) if each.severity == "error"] == []
        assert list(fb.check(CAMPAIGN)) == []
        assert not sandbox.journal, "nothing is asked"

    @table(
        ("params", "field"),
        [
            ({**CAMPAIGN, "objective": "LINK_CLICKS"}, "objective"),
            ({"name": "A", "adset_id": "1"}, "creative"),
            ({"object_story_spec": {"page_id": "1"}}, "object_story_spec"),
            ({"spend_cap_action": "drop"}, "spend_cap_action"),
            ({"targeting": US, "optimization_goal": "LINK_CLICKS"}, "campaign_id"),
        ],
    )
    def test_what_is_meant_is_told_by_the_names(self, fb: FacebookAds, params: Any, field: str) -> None:
        assert field in [each.field for each in fb.check(params)]

    def test_a_tree_is_checked_as_a_whole(self, fb: FacebookAds, adset_params: Any) -> None:
        adset = {name: value for name, value in adset_params.items() if name != "campaign_id"}
        tree: Any = {
            "campaign": {**CAMPAIGN, "daily_budget": 5000, "bid_strategy": "LOWEST_COST_WITHOUT_CAP"},
            "adsets": [{**adset, "ads": [{"name": "A", "creative": {"object_story_id": "1_2", "name": "x" * 101}}]}],
        }
        found = {each.field: each for each in fb.check(tree)}
        assert found["adsets.0.daily_budget"].subcode == 1885621
        assert "adsets.0.ads.0.creative.name" in found

    def test_every_node_of_a_tree_has_the_types_of_its_create(self, fb: FacebookAds, adset_params: Any) -> None:
        good = {name: value for name, value in adset_params.items() if name != "campaign_id"}
        creative = {"object_story_spec": {"page_id": "1", "link_data": {"link": 5, "mesage": "Hi"}}}
        tree: Any = {
            "campaign": {**CAMPAIGN, "name": 5, "objectiv": "OUTCOME_TRAFFIC"},
            "adsets": [
                {
                    **good,
                    "daily_budget": 20.5,
                    "targeting": {"geo_locations": {"countries": "US"}, "age_min": "18+"},
                    "ads": [
                        {"name": "A", "creative": "7"},
                        {"name": "B", "creative": creative},
                        {"name": "C", "creative": {"creative_id": "7", "name": "D"}},
                        {"nmae": "E", "creative": {"creative_id": "7"}},
                    ],
                },
                {**good, "campaign_id": "1", "ad": []},
                "five",
            ],
            "adset": [],
        }
        found = {each.field: each.fix for each in fb.check(tree) if each.rule == "type"}
        assert '{"creative_id": "…"} and nothing else' in found["adsets.0.ads.2.creative"]
        assert found == {
            "adset": "no such parameter; did you mean adsets?",
            "campaign.name": "a string",
            "campaign.objectiv": "no such parameter; did you mean objective?",
            "adsets.0.daily_budget": found["adsets.0.daily_budget"],
            "adsets.0.targeting.age_min": "an integer",
            "adsets.0.targeting.geo_locations.countries": "a list",
            "adsets.0.ads.1.creative.object_story_spec.link_data.link": "a string",
            "adsets.0.ads.1.creative.object_story_spec.link_data.mesage": "no such parameter; did you mean message?",
            "adsets.0.ads.2.creative": found["adsets.0.ads.2.creative"],
            "adsets.0.ads.3.name": "a string: Name shown in Ads Manager",
            "adsets.0.ads.3.nmae": "no such parameter; did you mean name?",
            "adsets.1.ad": found["adsets.1.ad"],
            "adsets.1.campaign_id": found["adsets.1.campaign_id"],
            "adsets.2": 'an object: {"name": …, "billing_event": …, "targeting": …}',
        }
        assert "ads" in found["adsets.1.ad"]
        assert "minor units" in found["adsets.0.daily_budget"]

    def test_a_wrong_type_in_a_tree_hides_nothing_elsewhere(self, fb: FacebookAds, adset_params: Any) -> None:
        adset = {name: value for name, value in adset_params.items() if name not in ("campaign_id", "daily_budget")}
        tree: Any = {"campaign": {**CAMPAIGN, "name": 5}, "adsets": [adset, {**adset, "daily_budget": "much"}]}
        found = [(each.field, each.rule) for each in fb.check(tree) if each.severity == "error"]
        assert ("campaign.name", "type") in found
        assert ("adsets.1.daily_budget", "type") in found
        assert any(field.startswith("adsets.0.") and rule != "type" for field, rule in found), "no budget anywhere"
        assert not [rule for field, rule in found if field.startswith("adsets.1.") and rule != "type"]

    @table(
        "params", [{}, {"name": None}, {"targeting": 5, "campaign_id": []}, {"adsets": 5}, {"adsets": [{"ads": [5]}]}]
    )
    def test_check_never_raises(self, fb: FacebookAds, params: Any) -> None:
        assert isinstance(fb.check(params), list)
