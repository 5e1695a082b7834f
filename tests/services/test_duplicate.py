"""Copies of campaigns, ad sets and ads: complete, linked, paused, once."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.errors import PermissionDeniedError
from admonster_fb.models.ad import Ad
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import GraphError, LostResponse, Sandbox
from admonster_fb.workflows.duplicate.copy import duplicate_ad, duplicate_adset, duplicate_campaign

CANADA: Any = {"geo_locations": {"countries": ["CA"]}, "targeting_automation": {"advantage_audience": 0}}


@pytest.fixture
def tree(fb: FacebookAds, campaign: Campaign, adset_params: Any, creative: Any) -> str:
    """1 campaign, 20 ad sets, 100 ads."""
    for number in range(20):
        adset = fb.adsets.create("act_1", **{**adset_params, "name": str(number)})
        with fb.batch() as batch:
            for each in range(5):
                batch.add(
                    fb.ads.create,
                    "act_1",
                    name=f"Ad {number}.{each}",
                    adset_id=adset.id,
                    creative={"creative_id": creative.id},
                )
    return campaign.id


def shape(fb: FacebookAds, campaign_id: str) -> dict[str, list[str]]:
    """The names of ads under the names of their ad sets, in order."""
    names = {adset.id: str(adset.name) for adset in fb.adsets.list(campaign_id)}
    found: dict[str, list[str]] = {name: [] for name in names.values()}
    for ad in fb.ads.list(campaign_id):
        found[names[str(ad.adset_id)]].append(str(ad.name))
    return found


@pytest.mark.thorough
def test_a_tree_is_copied_whole_with_its_links(fb: FacebookAds, tree: str) -> None:
    copy = duplicate_campaign(fb, tree, new_name="Copy")
    assert copy.complete
    assert (len(copy.adsets), len(copy.ads)) == (20, 100)
    assert shape(fb, copy.id) == shape(fb, tree)
    assert fb.campaigns.get(copy.id).name == "Copy"
    assert {each.status for each in [*fb.adsets.list(copy.id), *fb.ads.list(copy.id)]} == {"PAUSED"}
    assert len(fb.ads.list(tree)) == 100
    creatives = {ad.id: ad.creative and ad.creative.id for ad in [*fb.ads.list(tree), *fb.ads.list(copy.id)]}
    assert all(creatives[new] == creatives[old] for old, new in copy.ads.items())


@pytest.mark.thorough
def test_a_copy_whose_answer_is_lost_is_not_made_twice(
    fb: FacebookAds, sandbox: Sandbox, campaign: Campaign, adset: AdSet, ad: Ad
) -> None:
    for pattern in (f"POST {campaign.id}/copies", f"POST {adset.id}/copies", f"POST {ad.id}/copies"):
        sandbox.fail_next(pattern, LostResponse())
    copy = duplicate_campaign(fb, campaign.id)
    assert copy.complete
    assert len(fb.campaigns.list("act_1")) == 2
    assert len(fb.adsets.list("act_1")) == 2
    assert len(fb.ads.list("act_1")) == 2
    assert shape(fb, copy.id) == shape(fb, campaign.id)


@pytest.mark.thorough
def test_what_cannot_be_copied_is_told(fb: FacebookAds, sandbox: Sandbox, campaign: Campaign, ad: Ad) -> None:
    sandbox.fail_next(f"POST {ad.id}/copies", GraphError(100, 1487056))
    copy = duplicate_campaign(fb, campaign.id)
    assert not copy.complete
    assert [*copy.failed] == [ad.id]
    assert len(fb.adsets.list(copy.id)) == 1


def test_a_shallow_copy_is_only_the_campaign(fb: FacebookAds, campaign: Campaign, adset: AdSet) -> None:
    copy = duplicate_campaign(fb, campaign.id, deep=False)
    assert fb.adsets.list(copy.id) == []
    assert "Copy" in str(fb.campaigns.get(copy.id).name)


@pytest.mark.thorough
def test_an_ad_set_is_copied_with_another_audience(fb: FacebookAds, adset: AdSet, ad: Ad) -> None:
    copy = duplicate_adset(fb, adset.id, new_name="CA", targeting=CANADA)
    made = fb.adsets.get(copy.id)
    assert made.targeting
    assert made.targeting.geo_locations
    assert made.targeting.geo_locations["countries"] == ["CA"]
    assert (made.name, made.status, made.campaign_id) == ("CA", "PAUSED", adset.campaign_id)
    same = ("daily_budget", "optimization_goal", "billing_event", "bid_strategy")
    assert [getattr(made, name) for name in same] == [getattr(adset, name) for name in same]
    assert [each.name for each in fb.ads.list(copy.id)] == [ad.name]


@pytest.mark.thorough
def test_an_ad_set_is_copied_for_another_pixel(fb: FacebookAds, adset_params: Any) -> None:
    sales = fb.campaigns.create("act_1", name="S", objective="OUTCOME_SALES", special_ad_categories=[])
    pixel: Any = {"pixel_id": "111", "custom_event_type": "PURCHASE"}
    params = {**adset_params, "campaign_id": sales.id, "optimization_goal": "OFFSITE_CONVERSIONS"}
    source = fb.adsets.create("act_1", **{**params, "promoted_object": pixel})
    copy = duplicate_adset(fb, source.id, promoted_object={**pixel, "pixel_id": "222"})
    assert (fb.adsets.get(copy.id).promoted_object or {})["pixel_id"] == "222"
    assert (fb.adsets.get(source.id).promoted_object or {})["pixel_id"] == "111"


@pytest.mark.thorough
def test_an_ad_set_that_is_over_begins_now_for_as_long(fb: FacebookAds, sandbox: Sandbox, adset_params: Any) -> None:
    params = {name: value for name, value in adset_params.items() if name != "daily_budget"}
    times = {"start_time": "2026-11-02T00:00:00-0700", "end_time": "2026-11-05T00:00:00-0700"}
    source = fb.adsets.create("act_1", **params, **times, lifetime_budget=50000)
    sandbox.advance(days=10)
    made = fb.adsets.get(duplicate_adset(fb, source.id, targeting=CANADA).id)
    assert made.start_time
    assert made.end_time
    assert made.start_time >= fb.now()
    assert (made.end_time - made.start_time).days == 3


@pytest.mark.thorough
def test_an_ad_set_goes_to_another_campaign(fb: FacebookAds, adset: AdSet, ad: Ad) -> None:
    other = fb.campaigns.create("act_1", name="Other", objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    copy = duplicate_adset(fb, adset.id, campaign_id=other.id)
    assert fb.adsets.get(copy.id).campaign_id == other.id
    assert len(fb.ads.list(other.id)) == 1


def test_an_ad_is_copied_under_a_new_name(fb: FacebookAds, ad: Ad) -> None:
    copy = duplicate_ad(fb, ad.id, new_name="B")
    made = fb.ads.get(copy.id)
    assert (made.name, made.status, made.adset_id) == ("B", "PAUSED", ad.adset_id)
    assert made.creative == ad.creative


def test_an_override_that_does_not_exist_is_refused(fb: FacebookAds, adset: AdSet, writes: Any) -> None:
    before = writes()
    with pytest.raises(ParameterError, match="colour"):
        duplicate_adset(fb, adset.id, colour="red")  # type: ignore[call-arg]
    assert writes() == before


def test_each_object_is_copied_by_its_own_edge(
    fb: FacebookAds, campaign: Campaign, adset: AdSet, ad: Ad, writes: Any
) -> None:
    copies = [fb.campaigns.copies(campaign.id), fb.adsets.copies(adset.id), fb.ads.copies(ad.id)]
    assert len({each.id for each in copies} | {campaign.id, adset.id, ad.id}) == 6
    assert [entry.path for entry in writes()][-3:] == [f"{each.id}/copies" for each in (campaign, adset, ad)]
    assert [entry.params["status_option"] for entry in writes()[-3:]] == ["PAUSED"] * 3


def test_how_copies_are_named_is_meta_s_choice_or_ours(fb: FacebookAds, campaign: Campaign, refused: Any) -> None:
    copy = fb.campaigns.copies(campaign.id, rename_options={"rename_prefix": "Test: ", "rename_suffix": ""})
    assert str(fb.campaigns.get(copy.id).name).startswith("Test: Autumn")
    with refused("rename_options.rename_strategy"):
        fb.campaigns.copies(campaign.id, rename_options={"rename_strategy": "ALL"})  # type: ignore[typeddict-item]


@pytest.mark.thorough
@table("account", ["act_1", "act_2"])
def test_an_ad_set_made_from_what_was_read_is_the_same(account: str) -> None:
    """With an override it is made anew: nothing of its source may get lost, whatever its campaign."""
    fb = FacebookAds.sandbox(Sandbox())
    own = {"id", "name", "status", "effective_status", "created_time", "updated_time", "start_time", "budget_remaining"}
    for source in fb.adsets.list(account):
        assert source.targeting
        made = fb.adsets.get(duplicate_adset(fb, source.id, targeting=source.targeting).id)
        for name in type(source).model_fields.keys() - own - {"learning_stage_info"}:
            assert getattr(made, name) == getattr(source, name), (source.name, name)


FAILING: dict[str, tuple[str, Any]] = {
    "its name": ("POST 1202*", GraphError(200)),
    "its ads": ("GET */ads", GraphError(200)),
}


@pytest.mark.thorough
@table("step", FAILING)
def test_what_fails_after_the_copy_was_made_does_not_lose_it(
    step: str, fb: FacebookAds, sandbox: Sandbox, campaign: Campaign, adset: AdSet, ad: Ad
) -> None:
    pattern, fault = FAILING[step]
    sandbox.fail_next(pattern, fault, skip=1 if step == "its name" else 0)  # the first is the copy itself
    copy = duplicate_campaign(fb, campaign.id, new_name="Copy")
    assert not copy.complete
    (told,) = copy.failed
    assert told == (copy.id if step == "its name" else campaign.id)
    assert fb.campaigns.get(copy.id).status == "PAUSED"
    assert adset.id in copy.adsets
    assert (ad.id in copy.ads) == (step == "its name")


def test_a_campaign_whose_ad_sets_cannot_be_read_is_not_copied(
    fb: FacebookAds, sandbox: Sandbox, campaign: Campaign, writes: Any
) -> None:
    before = writes()
    sandbox.fail_next("GET */adsets", GraphError(200))
    with pytest.raises(PermissionDeniedError):
        duplicate_campaign(fb, campaign.id)
    assert writes() == before
