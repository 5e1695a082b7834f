"""A campaign copied with something otherwise: it is launched, PAUSED, as its source was but for that."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, LaunchStopped, ParameterError, SpendPolicy
from admonster_fb.bot import FacebookTool
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.sandbox import Sandbox, png
from admonster_fb.sandbox.errors import GraphError
from admonster_fb.workflows.duplicate.copy import duplicate_campaign

pytestmark = pytest.mark.thorough

US: Any = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}, "age_min": 30}
ADSET: Any = {
    "billing_event": "IMPRESSIONS",
    "optimization_goal": "OFFSITE_CONVERSIONS",
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "promoted_object": {"pixel_id": "1", "custom_event_type": "PURCHASE"},
    "targeting": US,
}
SHOP = "https://example.com/"
NEW = "https://example.com/new"


@pytest.fixture
def image(fb: FacebookAds) -> str:
    return str(fb.adimages.create("act_1", bytes=png(600, 600)).hash)


@pytest.fixture
def source(fb: FacebookAds, image: str) -> str:
    """A campaign with two ad sets and three ads, two of one name: a picture, a carousel, an existing post."""
    campaign = fb.campaigns.create("act_1", name="Sale", objective="OUTCOME_SALES", special_ad_categories=[])
    adsets = [
        fb.adsets.create("act_1", name=name, campaign_id=campaign.id, daily_budget=2000, **ADSET).id
        for name in ("A", "B")
    ]
    card: Any = {"link": SHOP, "image_hash": image, "name": "Shoe"}
    action: Any = {"type": "SHOP_NOW", "value": {"link": SHOP}}
    stories: Any = [
        {"link_data": {"link": SHOP, "image_hash": image, "message": "New in", "call_to_action": action}},
        {"link_data": {"link": SHOP, "child_attachments": [card, {**card, "name": "Boot"}]}},
    ]
    looks: Any = [{"object_story_spec": {"page_id": "1", **story}} for story in stories]
    for (number, look), name in zip(enumerate(looks), ("Ad", "Ad"), strict=True):
        made = fb.adcreatives.create("act_1", name=f"C{number}", **look)
        fb.ads.create("act_1", name=name, adset_id=adsets[0], creative={"creative_id": made.id})
    return str(campaign.id)


def creatives(fb: FacebookAds, parent: str) -> list[AdCreative]:
    """Return the creatives of ads, in the order in which the ads were made."""
    ads = fb.ads.list(parent, fields=["creative"])[::-1]
    fields = (*AdCreative.fields(), "asset_feed_spec")
    return [fb.adcreatives.get(ad.creative.id, fields=fields) for ad in ads if ad.creative]


def test_nothing_but_the_name_is_copied_by_meta(fb: FacebookAds, source: str, sandbox: Sandbox) -> None:
    sandbox.journal.clear()
    duplicate_campaign(fb, source, new_name="Sale 2")
    assert any(entry.path.endswith("/copies") for entry in sandbox.journal)


def test_other_countries(fb: FacebookAds, source: str) -> None:
    made = duplicate_campaign(fb, source, new_name="Canada", countries=["CA"])
    assert (fb.campaigns.get(made.id).name, fb.campaigns.get(made.id).status) == ("Canada", "PAUSED")
    adsets = [fb.adsets.get(each) for each in made.adsets.values()]
    assert [each.name for each in adsets] == ["A", "B"]
    for each in adsets:
        assert each.targeting is not None
        assert each.targeting.geo_locations is not None
        assert each.targeting.geo_locations["countries"] == ["CA"]
        assert each.targeting.age_min == 30, "the rest of the audience stays"
        assert (each.daily_budget, each.status, each.campaign_id) == (2000, "PAUSED", made.id)
    assert [fb.ads.get(each).name for each in made.ads.values()] == ["Ad", "Ad (2)"], "a lost answer needs names"
    assert {*made.adsets} == {each.id for each in fb.adsets.list(source)}
    assert {*made.ads} == {each.id for each in fb.ads.list(source)}
    before, after = creatives(fb, source), creatives(fb, made.id)
    assert [each.id for each in before] == [each.id for each in after], "the creatives are the same"


def test_another_audience_and_pixel(fb: FacebookAds, source: str) -> None:
    other: Any = {"geo_locations": {"countries": ["MX"]}, "targeting_automation": {"advantage_audience": 0}}
    pixel = fb.adspixels.create("act_1", name="Shop").id
    made = duplicate_campaign(fb, source, targeting=other, pixel_id=pixel)
    for each in (fb.adsets.get(each) for each in made.adsets.values()):
        assert each.targeting is not None
        assert each.targeting.age_min == 18
        assert each.promoted_object is not None
        assert each.promoted_object["pixel_id"] == pixel
        assert each.promoted_object["custom_event_type"] == "PURCHASE"
    assert fb.campaigns.get(made.id).name == "Sale - Copy"


def test_another_link_and_tags(fb: FacebookAds, source: str) -> None:
    made = duplicate_campaign(fb, source, link=NEW, url_tags="utm_source=facebook")
    picture, carousel = creatives(fb, made.id)
    assert picture.object_story_spec is not None
    assert picture.object_story_spec["link_data"]["link"] == NEW
    assert picture.object_story_spec["link_data"]["call_to_action"]["value"]["link"] == NEW
    assert picture.object_story_spec["link_data"]["message"] == "New in"
    assert carousel.object_story_spec is not None
    assert {card["link"] for card in carousel.object_story_spec["link_data"]["child_attachments"]} == {NEW}
    assert {picture.url_tags, carousel.url_tags} == {"utm_source=facebook"}
    assert [each.url_tags for each in creatives(fb, source)] == [None, None], "the source is as it was"


def test_an_existing_post_has_the_link_it_has(fb: FacebookAds, source: str, sandbox: Sandbox) -> None:
    adset = fb.adsets.list(source)[0].id
    post = sandbox.posts()[0]
    made = fb.adcreatives.create("act_1", object_story_id=post)
    ad = fb.ads.create("act_1", name="Post", adset_id=adset, creative={"creative_id": made.id}).id
    sandbox.journal.clear()
    with pytest.raises(ParameterError) as caught:
        duplicate_campaign(fb, source, link=NEW)
    assert ad in str(caught.value)
    assert not [entry for entry in sandbox.journal if entry.method == "POST"]
    assert duplicate_campaign(fb, source, url_tags="utm_source=facebook").complete


def test_a_budget_of_the_campaign(fb: FacebookAds) -> None:
    cbo = fb.campaigns.create(
        "act_1", name="CBO", objective="OUTCOME_SALES", special_ad_categories=[], daily_budget=5000
    )
    own = {name: value for name, value in ADSET.items() if name != "bid_strategy"}
    fb.adsets.create("act_1", name="A", campaign_id=cbo.id, **own)
    made = duplicate_campaign(fb, cbo.id, daily_budget="70.00 USD")
    assert (fb.campaigns.get(made.id).daily_budget, fb.campaigns.get(made.id).bid_strategy) == (
        7000,
        "LOWEST_COST_WITHOUT_CAP",
    )
    assert fb.campaigns.get(cbo.id).daily_budget == 5000


def test_a_budget_of_which_ad_set(fb: FacebookAds, source: str) -> None:
    with pytest.raises(ParameterError, match="2 ad sets have budgets"):
        duplicate_campaign(fb, source, daily_budget="70.00 USD")
    second = fb.adsets.list(source)[0].id
    fb.adsets.delete(second)
    made = duplicate_campaign(fb, source, daily_budget="70.00 USD")
    assert [fb.adsets.get(each).daily_budget for each in made.adsets.values()] == [7000]


def test_into_another_account(fb: FacebookAds, source: str, image: str) -> None:
    target = next(each.id for each in fb.adaccounts.list() if each.id != "act_1" and each.currency == "EUR")
    pixel = next((each.id for each in fb.adspixels.list(target)), "") or fb.adspixels.create(target, name="Shop").id
    anew: Any = {adset.id: {"daily_budget": "20.00 EUR"} for adset in fb.adsets.list(source)}
    made = duplicate_campaign(fb, source, to_account_id=target, pixel_id=pixel, amounts=anew)
    assert f"act_{fb.campaigns.get(made.id).account_id}" == target
    assert [each.hash for each in fb.adimages.list(target, hashes=[image])] == [image]
    assert [fb.adsets.get(each).daily_budget for each in made.adsets.values()] == [2000, 2000]
    assert creatives(fb, made.id)[0].object_story_spec == creatives(fb, source)[0].object_story_spec


def test_without_what_is_in_it(fb: FacebookAds, source: str) -> None:
    with pytest.raises(ParameterError, match="no ad sets are copied"):
        duplicate_campaign(fb, source, deep=False, countries=["CA"])
    target = next(each.id for each in fb.adaccounts.list() if each.id != "act_1" and each.currency == "EUR")
    made = duplicate_campaign(fb, source, deep=False, to_account_id=target)
    assert (made.adsets, made.ads) == ({}, {})
    assert fb.adsets.list(made.id) == []


def test_what_meta_refuses_leaves_nothing(fb: FacebookAds, source: str, sandbox: Sandbox) -> None:
    before = {each.id for each in fb.campaigns.list("act_1")}
    sandbox.fail_next("POST act_1/ads", GraphError(100), times=9)
    with pytest.raises(LaunchStopped) as caught:
        duplicate_campaign(fb, source, countries=["CA"])
    assert caught.value.launched.state == "gone"
    assert {each.id for each in fb.campaigns.list("act_1")} == before


def test_as_an_op_it_is_planned(fb: FacebookAds, source: str) -> None:
    tool = FacebookTool(fb)
    plan = tool.call({"op": "duplicate_campaign", "args": {"campaign_id": source, "countries": ["CA"]}})
    assert plan.text.startswith("PLAN")
    assert plan.text.count("- new ad set ") == 2
    assert "Targeting: everyone 30–65 in CA" in plan.text
    done = tool.approve(plan.data.id)
    assert done.ok, done.text
    assert "Copied: 2 ad sets, 2 ads, all PAUSED" in done.text


@table("target", ["act_2", "2", 2], fresh=True)
def test_the_policy_says_into_which_accounts(fb: FacebookAds, source: str, target: Any) -> None:
    tool = FacebookTool(fb, policy=SpendPolicy(accounts=["act_1"]))
    anew = {adset.id: {"daily_budget": "2000 JPY"} for adset in fb.adsets.list(source)}
    args = {"campaign_id": source, "to_account_id": target, "amounts": anew}
    result = tool.call({"op": "duplicate_campaign", "args": args})
    assert not result.ok
    assert "act_2" in result.text
    assert "the policy's accounts" in result.text


def test_a_plan_is_stale_once_the_source_has_changed(fb: FacebookAds, source: str) -> None:
    tool = FacebookTool(fb)
    plan = tool.call({"op": "duplicate_campaign", "args": {"campaign_id": source, "countries": ["CA"]}})
    fb.adsets.update(fb.adsets.list(source)[0].id, daily_budget=90_000)
    assert not tool.approve(plan.data.id).ok
