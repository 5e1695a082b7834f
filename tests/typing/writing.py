"""What writing takes, as an editor sees it: each wrong line must be an error. Checked by pyright, never run."""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

from admonster_fb import FacebookAds, Money, Schedule, Targeting
from admonster_fb.models.ad import Ad
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adimage import AdImage
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign, CampaignCreate, CampaignUpdate
from admonster_fb.models.targeting.spec import AdSetTargeting, TargetingSpec


def right(fb: FacebookAds, spec: TargetingSpec, budget: Money) -> None:
    campaign = fb.campaigns.create(
        "act_1",
        name="A",
        objective="OUTCOME_SALES",
        special_ad_categories=["HOUSING"],
        special_ad_category_country=["US"],
        daily_budget="50.00 USD",
        start_time=datetime(2026, 12, 1, tzinfo=UTC),
        fields=["id"],
    )
    assert_type(campaign, Campaign)
    adset = fb.adsets.create(
        "act_1",
        name="A",
        campaign_id=campaign.id,
        optimization_goal="A_GOAL_META_MADE_YESTERDAY",
        billing_event="IMPRESSIONS",
        targeting={"geo_locations": {"countries": ["US"]}, "genders": [1], "interests": [{"id": "6003"}]},
        daily_budget=budget,
        bid_amount=150,
    )
    assert_type(adset, AdSet)
    assert_type(fb.adimages.create("act_1", filename=Path("a.png")), AdImage)
    creative = fb.adcreatives.create(
        "act_1", name="A", object_story_spec={"page_id": "1", "link_data": {"link": "https://example.com/"}}
    )
    assert_type(creative, AdCreative)
    ad = fb.ads.create("act_1", name="A", adset_id=adset.id, creative={"creative_id": creative.id})
    assert_type(ad, Ad)
    assert_type(fb.campaigns.update("1", status="ARCHIVED", daily_budget=5000), None)
    assert_type(fb.adsets.update("1", targeting=spec, end_time=0), None)
    assert_type(fb.ads.delete("1"), None)
    assert_type(fb.adcreatives.update("1", name="B"), None)


def params(fb: FacebookAds, given: CampaignCreate, changes: CampaignUpdate) -> None:
    fb.campaigns.create("act_1", **given)
    fb.campaigns.update("1", **changes)
    fb.campaigns.create("act_1", **changes)  # pyright: ignore[reportCallIssue]


def campaigns(fb: FacebookAds) -> None:
    fb.campaigns.create("act_1", name="A", objective="OUTCOME_SALES")  # pyright: ignore[reportCallIssue]
    fb.campaigns.create("act_1", nmae="A", name="A", objective="OUTCOME_SALES", special_ad_categories=[])  # pyright: ignore[reportCallIssue]
    fb.campaigns.create("act_1", name=5, objective="OUTCOME_SALES", special_ad_categories=[])  # pyright: ignore[reportArgumentType]
    fb.campaigns.create("act_1", name="A", objective="TRAFFIC", special_ad_categories=[])  # pyright: ignore[reportArgumentType]
    fb.campaigns.create("act_1", name="A", objective="OUTCOME_SALES", special_ad_categories=["HOUSES"])  # pyright: ignore[reportArgumentType]
    fb.campaigns.update("1", status="PAUSE")  # pyright: ignore[reportArgumentType]
    fb.campaigns.update("1", daily_budget=50.0)  # pyright: ignore[reportArgumentType]
    fb.campaigns.update("1", objective="OUTCOME_SALES")  # pyright: ignore[reportCallIssue]
    fb.campaigns.update(name="A")  # pyright: ignore[reportCallIssue]
    fb.campaigns.delete("1", "2")  # pyright: ignore[reportCallIssue]


def adsets(fb: FacebookAds) -> None:
    fb.adsets.update("1", targeting={"age_mn": 25})  # pyright: ignore[reportArgumentType]
    fb.adsets.update("1", targeting={"geo_locations": {"countries": "US"}})  # pyright: ignore[reportArgumentType]
    fb.adsets.update("1", targeting={"age_min": "25"})  # pyright: ignore[reportArgumentType]
    fb.adsets.update("1", campaign_id="2")  # pyright: ignore[reportCallIssue]
    fb.adsets.update("1", end_time=2.5)  # pyright: ignore[reportArgumentType]


def built(fb: FacebookAds, read: AdSetTargeting | None) -> None:
    us = Targeting.countries("US", "CA").ages(25, 45).interests({"id": "6003139266461", "name": "Movies"}, 6003)
    assert_type(us, Targeting)
    assert_type(Targeting.interests(*fb.targeting.search_interests("movies")), Targeting)
    assert_type(us.narrow(behaviors=["6"], relationship_statuses=[1]).placements(facebook=["feed"]), Targeting)
    assert_type(Targeting.of(read).without("interests").advantage_audience(False).spec(), TargetingSpec)
    assert_type(Schedule.weekdays(9, 18) + Schedule.days("SAT", start=22, end=2).local(), Schedule)
    fb.adsets.update("1", targeting=us, adset_schedule=Schedule.weekdays(9, 18))
    fb.adsets.update("1", adset_schedule=[{"start_minute": 0, "end_minute": 60, "days": [0]}])
    fb.adsets.update("1", targeting=Targeting)  # pyright: ignore[reportArgumentType]
    fb.adsets.update("1", targeting=Targeting.countries)  # pyright: ignore[reportArgumentType]
    Targeting.ages("25")  # pyright: ignore[reportArgumentType]
    us.narrow(intersts=["6"])  # pyright: ignore[reportCallIssue]
    us.cities("1", radius=10, unit="km")  # pyright: ignore[reportArgumentType]
    us.also(age_min="25")  # pyright: ignore[reportArgumentType]
    us.movies("1")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    Schedule.days("MONDAY", start=9, end=18)  # pyright: ignore[reportArgumentType]


def ads(fb: FacebookAds) -> None:
    fb.ads.create("act_1", name="A", adset_id="1", creative="2")
    fb.ads.create("act_1", name="A", adset_id="1", creative=2)  # pyright: ignore[reportArgumentType]
    fb.ads.create("act_1", name="A", adset_id="1", creative={"id": "2"})  # pyright: ignore[reportArgumentType]
    fb.ads.create("act_1", name="A", adset_id="1")  # pyright: ignore[reportCallIssue]
    fb.ads.update("1", status="active")  # pyright: ignore[reportArgumentType]
    fb.adcreatives.update("1", object_story_spec={})  # pyright: ignore[reportCallIssue]
    fb.adcreatives.create("act_1", object_story_spec={"link": "x"})  # pyright: ignore[reportArgumentType]
    fb.adimages.create("act_1", bytes="text")  # pyright: ignore[reportArgumentType]
    fb.adimages.create("act_1", file="a.png")  # pyright: ignore[reportCallIssue]


def near_misses(fb: FacebookAds) -> None:
    fb.insights.list("act_1", fields=["spend", "actions"], breakdowns=["age"], date_preset="last_7d")
    fb.insights.list("act_1", fields=["spned"])  # pyright: ignore[reportArgumentType]
    fb.insights.list("act_1", breakdowns=["ages"])  # pyright: ignore[reportArgumentType]
    fb.insights.list("act_1", date_preset="last_week")  # pyright: ignore[reportArgumentType]
    fb.campaigns.update("1", bid_strategy="LOWEST_COST")  # pyright: ignore[reportArgumentType]
