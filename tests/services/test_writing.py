"""What each service makes, changes and deletes, on the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, InvalidParameterError, NotFoundError
from admonster_fb.models.ad import Ad
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adimage import AdImage
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import png

CAMPAIGN: Any = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}


def test_a_new_campaign_is_paused(campaign: Campaign, writes: Any) -> None:
    assert (campaign.name, campaign.objective, campaign.status) == ("Autumn", "OUTCOME_TRAFFIC", "PAUSED")
    assert campaign.effective_status == "PAUSED"
    assert campaign.id.isdigit()
    assert writes()[-1].params["status"] == "PAUSED"


def test_new_ad_sets_and_ads_are_paused(adset: AdSet, ad: Ad, campaign: Campaign, writes: Any) -> None:
    assert (adset.status, ad.status) == ("PAUSED", "PAUSED")
    assert (adset.campaign_id, ad.adset_id, ad.campaign_id) == (campaign.id, adset.id, campaign.id)
    sent = {entry.path: entry.params.get("status") for entry in writes()}
    assert sent["act_1/adsets"] == sent["act_1/ads"] == "PAUSED"


def test_active_is_only_what_was_asked_for(fb: FacebookAds) -> None:
    made = fb.campaigns.create("act_1", **CAMPAIGN, status="ACTIVE")
    assert made.status == "ACTIVE"


def test_a_campaign_without_a_budget_says_that_ad_sets_share_none(campaign: Campaign, writes: Any) -> None:
    assert campaign.is_adset_budget_sharing_enabled is False
    assert "bid_strategy" not in writes()[-1].params


def test_a_campaign_with_a_budget_bids_without_a_cap(fb: FacebookAds, writes: Any) -> None:
    made = fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=5000)
    assert made.bid_strategy == "LOWEST_COST_WITHOUT_CAP"
    assert "is_adset_budget_sharing_enabled" not in writes()[-1].params


def test_what_the_caller_says_stands(fb: FacebookAds, writes: Any) -> None:
    fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=5000, bid_strategy="COST_CAP")
    assert writes()[-1].params["bid_strategy"] == "COST_CAP"
    fb.campaigns.create(
        "act_1", **CAMPAIGN, is_adset_budget_sharing_enabled=True, bid_strategy="LOWEST_COST_WITHOUT_CAP"
    )
    assert writes()[-1].params["is_adset_budget_sharing_enabled"] == "true"


def test_a_special_category_goes_with_its_countries(fb: FacebookAds) -> None:
    made = fb.campaigns.create(
        "act_1",
        name="Flats",
        objective="OUTCOME_LEADS",
        special_ad_categories=["HOUSING"],
        special_ad_category_country=["US"],
    )
    assert (made.special_ad_categories, made.special_ad_category_country) == (["HOUSING"], ["US"])


def test_a_campaign_changes(fb: FacebookAds, campaign: Campaign) -> None:
    fb.campaigns.update(campaign.id, name="Winter", status="ACTIVE")
    read = fb.campaigns.get(campaign.id)
    assert (read.name, read.status, campaign.name) == ("Winter", "ACTIVE", "Autumn"), "a snapshot does not change"


def test_a_campaign_budget_changes(fb: FacebookAds) -> None:
    made = fb.campaigns.create("act_1", **CAMPAIGN, daily_budget=5000)
    fb.campaigns.update(made.id, daily_budget="25.00 USD")
    assert fb.campaigns.get(made.id).daily_budget == 2500


def test_an_ad_set_changes(fb: FacebookAds, adset: AdSet) -> None:
    spec: Any = {"geo_locations": {"countries": ["CA"]}, "targeting_automation": {"advantage_audience": 0}}
    fb.adsets.update(adset.id, name="CA", daily_budget="30.00 USD", targeting=spec)
    read = fb.adsets.get(adset.id)
    assert (read.name, read.daily_budget) == ("CA", 3000)
    assert read.targeting is not None
    assert read.targeting.geo_locations is not None
    assert read.targeting.geo_locations["countries"] == ["CA"]


def test_an_ad_changes_its_name_and_creative(fb: FacebookAds, ad: Ad, story: dict[str, Any]) -> None:
    other = fb.adcreatives.create(
        "act_1", name="B", object_story_spec={**story, "link_data": {**story["link_data"], "message": "Other"}}
    )
    fb.ads.update(ad.id, name="B", creative={"creative_id": other.id})
    read = fb.ads.get(ad.id)
    assert read.name == "B"
    assert read.creative is not None
    assert read.creative.id == other.id


def test_a_creative_changes_its_name(fb: FacebookAds, creative: AdCreative) -> None:
    fb.adcreatives.update(creative.id, name="Winter")
    assert str(fb.adcreatives.get(creative.id).name).startswith("Winter")


@pytest.mark.thorough
@table("kind", ["campaign", "adset", "ad"], fresh=True)
def test_what_is_deleted_leaves_the_lists_and_stays_readable(
    fb: FacebookAds, request: pytest.FixtureRequest, kind: str
) -> None:
    node, service = request.getfixturevalue(kind), getattr(fb, f"{kind}s")
    assert node.id in [each.id for each in service.list("act_1")]
    assert service.delete(node.id) is None
    assert node.id not in [each.id for each in service.list("act_1")]
    assert service.get(node.id).status == "DELETED"


def test_deleting_a_campaign_takes_its_ad_sets_and_ads_along(fb: FacebookAds, campaign: Campaign, ad: Ad) -> None:
    fb.campaigns.delete(campaign.id)
    assert fb.adsets.list("act_1") == []
    assert fb.ads.list("act_1") == []


def test_a_creative_no_ad_uses_is_deleted(fb: FacebookAds, creative: AdCreative) -> None:
    assert fb.adcreatives.delete(creative.id) is None
    assert fb.adcreatives.list("act_1") == []


def test_the_same_creative_again_is_the_one_there_is(
    fb: FacebookAds, creative: AdCreative, story: dict[str, Any]
) -> None:
    assert fb.adcreatives.create("act_1", name="Autumn", object_story_spec=story).id == creative.id
    assert len(fb.adcreatives.list("act_1")) == 1


def test_a_creative_reads_back_what_was_sent(fb: FacebookAds, creative: AdCreative, image: AdImage) -> None:
    read = fb.adcreatives.get(creative.id)
    assert read.object_story_spec is not None
    assert read.object_story_spec["link_data"]["image_hash"] == image.hash
    assert str(read.name).startswith("Autumn")


def test_an_image_from_bytes_and_from_a_file_is_the_same(fb: FacebookAds, image: AdImage, tmp_path: Path) -> None:
    file = tmp_path / "shoe ü.png"
    file.write_bytes(png())
    again = fb.adimages.create("act_1", filename=file)
    assert (again.hash, again.width, again.height) == (image.hash, 1200, 628)
    assert fb.adimages.create("act_1", filename=str(file)).hash == image.hash
    assert len(fb.adimages.list("act_1")) == 1


def test_an_image_is_read_and_deleted_by_its_hash(fb: FacebookAds) -> None:
    made = fb.adimages.create("act_1", bytes=png(400, 400))
    read = fb.adimages.get("act_1", str(made.hash))
    assert read is not None
    assert (read.id, read.width) == (f"1:{made.hash}", 400)
    assert fb.adimages.delete("act_1", str(made.hash)) is None
    assert fb.adimages.get("act_1", str(made.hash)) is None


def test_an_image_that_a_creative_uses_stays(fb: FacebookAds, creative: AdCreative, image: AdImage) -> None:
    with pytest.raises(InvalidParameterError):
        fb.adimages.delete("act_1", str(image.hash))


def test_what_is_no_image_is_metas_error(fb: FacebookAds) -> None:
    with pytest.raises(InvalidParameterError) as error:
        fb.adimages.create("act_1", bytes=b"not an image")
    assert error.value.advice


@pytest.mark.thorough
@table("service", ["campaigns", "adsets", "ads", "adcreatives"])
def test_validate_only_checks_and_makes_nothing(
    fb: FacebookAds, request: pytest.FixtureRequest, service: str, story: dict[str, Any]
) -> None:
    params: dict[str, Any] = {
        "campaigns": lambda: {**CAMPAIGN, "daily_budget": 5000},
        "adsets": lambda: request.getfixturevalue("adset_params"),
        "ads": lambda: {
            "name": "A",
            "adset_id": request.getfixturevalue("adset").id,
            "creative": {"creative_id": request.getfixturevalue("creative").id},
        },
        "adcreatives": lambda: {"name": "A", "object_story_spec": story},
    }[service]()
    edge = getattr(fb, service)
    before = edge.list("act_1")
    made = edge.create("act_1", **params, execution_options=["validate_only"])
    assert made.id == ""
    assert edge.list("act_1") == before


def test_validate_only_refuses_what_creating_would(fb: FacebookAds) -> None:
    with pytest.raises(NotFoundError):
        fb.ads.create("act_1", name="A", adset_id="9", creative="9", execution_options=["validate_only"])


def test_validate_only_changes_nothing(fb: FacebookAds, campaign: Campaign) -> None:
    fb.campaigns.update(campaign.id, name="Winter", execution_options=["validate_only"])
    assert fb.campaigns.get(campaign.id).name == "Autumn"


@pytest.mark.thorough
@table("method", ["get", "update", "delete"])
@table("service", ["campaigns", "adsets", "ads", "adcreatives"])
def test_an_object_that_is_not_there(fb: FacebookAds, service: str, method: str) -> None:
    with pytest.raises(NotFoundError) as error:
        getattr(getattr(fb, service), method)("999", **({"name": "A"} if method == "update" else {}))
    assert error.value.advice
    assert "999" in str(error.value)


def test_previews_of_an_ad_and_of_a_creative(fb: FacebookAds, ad: Ad, creative: AdCreative) -> None:
    for given in ({"ad_id": ad.id}, {"creative_id": creative.id}):
        [preview] = fb.ads.previews(ad_format="MOBILE_FEED_STANDARD", **given)
        assert str(preview.body).startswith("<iframe")


def test_a_preview_in_a_format_that_is_not(fb: FacebookAds, ad: Ad) -> None:
    with pytest.raises(InvalidParameterError, match="ad_format"):
        fb.ads.previews(ad_id=ad.id, ad_format="BILLBOARD")
