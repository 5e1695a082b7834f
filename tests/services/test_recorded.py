"""The funnel as it was answered once, played from cassettes. How to record them again: tests/README.md.

What a test creates is paused and deleted before it ends, so that it can be recorded from the live API too. Nothing
is asserted that only the sandbox's account would answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from admonster_fb import FacebookAds, errors
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adimage import AdImage
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import png

pytestmark = pytest.mark.vcr


@pytest.fixture
def campaign(fb: FacebookAds) -> Iterator[Campaign]:
    made = fb.campaigns.create(
        fb.account, name="Recorded campaign", objective="OUTCOME_TRAFFIC", special_ad_categories=[]
    )
    yield made
    fb.campaigns.delete(made.id)  # with its ad sets and ads


@pytest.fixture
def adset(fb: FacebookAds, campaign: Campaign) -> AdSet:
    return fb.adsets.create(
        fb.account,
        name="Recorded ad set",
        campaign_id=campaign.id,
        daily_budget=5000,
        optimization_goal="LINK_CLICKS",
        billing_event="IMPRESSIONS",
        bid_strategy="LOWEST_COST_WITHOUT_CAP",
        targeting={
            "geo_locations": {"countries": ["US"]},
            "age_min": 25,
            "age_max": 45,
            "targeting_automation": {"advantage_audience": 0},
        },
    )


@pytest.fixture
def image(fb: FacebookAds) -> Iterator[AdImage]:
    made = fb.adimages.create(fb.account, bytes=png(64, 64))
    yield made
    # What a creative shows, even one since deleted, may have to stay: it costs nothing.
    with suppress(errors.InvalidParameterError):
        fb.adimages.delete(fb.account, str(made.hash))


@pytest.fixture
def creative(fb: FacebookAds, image: AdImage, page_id: str) -> Iterator[AdCreative]:
    link: Any = {
        "link": "https://example.com/",
        "message": "Warm feet all autumn.",
        "name": "New autumn shoes",
        "image_hash": image.hash,
        "call_to_action": {"type": "SHOP_NOW"},
    }
    made = fb.adcreatives.create(
        fb.account, name="Recorded creative", object_story_spec={"page_id": page_id, "link_data": link}
    )
    yield made
    fb.adcreatives.delete(made.id)


def test_accounts(fb: FacebookAds) -> None:
    fields = ["id", "account_id", "name", "currency", "timezone_name", "business{id,name}"]
    accounts = fb.adaccounts.list(fields=fields)
    account = fb.adaccounts.get(fb.account, fields=fields)
    assert account in accounts
    assert (account.id, f"act_{account.account_id}") == (fb.account, fb.account)
    assert len(account.currency or "") == 3


@pytest.mark.thorough
def test_a_campaign_from_paused_to_deleted(fb: FacebookAds, campaign: Campaign) -> None:
    assert (campaign.name, campaign.status) == ("Recorded campaign", "PAUSED")
    assert campaign.daily_budget is None or campaign.daily_budget == 0
    fb.campaigns.update(campaign.id, name="Renamed", spend_cap=1_000_000)
    renamed = fb.campaigns.get(campaign.id)
    assert (renamed.name, renamed.spend_cap, renamed.objective) == ("Renamed", 1_000_000, "OUTCOME_TRAFFIC")
    fb.campaigns.delete(campaign.id)
    assert fb.campaigns.get(campaign.id, fields=["status"]).status == "DELETED"


@pytest.mark.thorough
def test_an_ad_set(fb: FacebookAds, campaign: Campaign, adset: AdSet) -> None:
    assert (adset.campaign_id, adset.status, adset.daily_budget) == (campaign.id, "PAUSED", 5000)
    assert adset.targeting is not None
    assert adset.targeting.age_max == 45
    fb.adsets.update(adset.id, daily_budget=6000)
    (only,) = fb.adsets.list(campaign.id)
    assert (only.id, only.daily_budget) == (adset.id, 6000)


def test_an_image_from_bytes_and_from_a_file(fb: FacebookAds, image: AdImage, tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(png(64, 64))
    assert fb.adimages.create(fb.account, filename=file).hash == image.hash  # the same image is kept once
    found = fb.adimages.get(fb.account, str(image.hash))
    assert found is not None
    assert (found.width, found.height) == (64, 64)


@pytest.mark.thorough
def test_an_ad_and_its_preview(fb: FacebookAds, adset: AdSet, creative: AdCreative) -> None:
    ad = fb.ads.create(fb.account, name="Recorded ad", adset_id=adset.id, creative={"creative_id": creative.id})
    assert (ad.status, ad.adset_id, ad.campaign_id) == ("PAUSED", adset.id, adset.campaign_id)
    assert ad.creative is not None
    assert ad.creative.id == creative.id
    story = fb.adcreatives.get(creative.id).object_story_spec or {}
    assert story["link_data"]["message"] == "Warm feet all autumn."
    (preview,) = fb.ads.previews(ad_id=ad.id, ad_format="MOBILE_FEED_STANDARD")
    assert (preview.body or "").startswith("<iframe")
    fb.ads.delete(ad.id)


def test_figures(fb: FacebookAds) -> None:
    rows = fb.insights.list(fb.account, date_preset="last_7d", time_increment=1)
    assert len(rows) <= 7
    for row in rows:
        assert row.date_start == row.date_stop
        assert row.account_currency is not None
        assert row.spend is None or row.spend >= 0


@pytest.mark.thorough
def test_pages(fb: FacebookAds) -> None:
    names = [f"Recorded page {number}" for number in range(3)]
    made = [
        fb.campaigns.create(
            fb.account, name=name, objective="OUTCOME_TRAFFIC", special_ad_categories=[], fields=["id", "name"]
        )
        for name in names
    ]
    try:
        edge = fb.campaigns.iter(
            fb.account,
            fields=["name"],
            limit=2,
            filtering=[{"field": "name", "operator": "CONTAIN", "value": "Recorded page"}],
        )
        pages = [len(page.data) for page in edge.pages()]
        assert pages == [2, 1]
        assert sorted(campaign.name or "" for campaign in edge) == names
    finally:
        for campaign in made:
            fb.campaigns.delete(campaign.id)


def test_errors(fb: FacebookAds) -> None:
    with pytest.raises(errors.NotFoundError) as missing:
        fb.campaigns.get("120200000000000000")
    assert (missing.value.code, missing.value.error_subcode) == (100, 33)
    with pytest.raises(errors.InvalidParameterError) as unknown:
        fb.adaccounts.get(fb.account, fields=["no_such_field"])
    assert "no_such_field" in str(unknown.value)
    assert unknown.value.code == 100
