"""Many campaigns at once."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, NotFoundError, ParameterError
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import GraphError, LostResponse, Sandbox
from admonster_fb.workflows.bulk import activate_campaign, bulk_update_ads, bulk_update_adsets, bulk_update_campaigns

CAMPAIGN: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "daily_budget": 5000}


@pytest.fixture
def ids(fb: FacebookAds) -> list[str]:
    return [fb.campaigns.create("act_1", name=f"C{n}", **CAMPAIGN).id for n in range(3)]


def test_one_change_for_all_in_one_request(fb: FacebookAds, sandbox: Sandbox, ids: list[str]) -> None:
    sandbox.journal.clear()
    done = bulk_update_campaigns(fb, campaign_ids=ids, name="Same")
    assert [(each.id, each.error) for each in done] == [(each, None) for each in ids]
    assert {fb.campaigns.get(each).name for each in ids} == {"Same"}


def test_each_campaign_gets_its_own_change(fb: FacebookAds, ids: list[str]) -> None:
    changes: Any = [{"id": each, "daily_budget": f"{60 + n}.00 USD"} for n, each in enumerate(ids)]
    bulk_update_campaigns(fb, campaigns=changes)
    assert [fb.campaigns.get(each).daily_budget for each in ids] == [6000, 6100, 6200]


def test_one_refused_does_not_keep_the_others(fb: FacebookAds, sandbox: Sandbox, ids: list[str]) -> None:
    sandbox.fail_next(f"POST {ids[1]}", GraphError(100, 1885272))
    done = bulk_update_campaigns(fb, campaign_ids=ids, name="New")
    assert [each.error is None for each in done] == [True, False, True]
    assert [fb.campaigns.get(each).name for each in ids] == ["New", "C1", "New"]


def test_a_missing_campaign_fails_alone(fb: FacebookAds, ids: list[str]) -> None:
    done = bulk_update_campaigns(fb, campaign_ids=[ids[0], "120999999999999999"], daily_budget="70.00 USD")
    assert done[0].error is None
    assert isinstance(done[1].error, NotFoundError)
    assert fb.campaigns.get(ids[0]).daily_budget == 7000


def test_all_that_is_wrong_is_told_at_once_and_nothing_sent(fb: FacebookAds, ids: list[str], writes: Any) -> None:
    before = writes()
    changes: Any = [{"id": ids[0], "daily_budget": "70.00 EUR"}, {"id": ids[1], "colour": 1}, {"id": "x", "name": "A"}]
    with pytest.raises(ParameterError) as error:
        bulk_update_campaigns(fb, campaigns=changes)
    fields = [violation.field for violation in error.value.violations]
    assert fields == ["campaigns.0.daily_budget", "campaigns.1.colour", "campaigns.2.campaign_id"]
    assert writes() == before


@table(
    ("given", "field"),
    [
        ({}, "campaigns"),
        ({"campaigns": [], "campaign_ids": []}, "campaigns"),
        ({"campaigns": [{"id": "1", "name": "A"}], "name": "B"}, "name"),
        ({"campaign_ids": ["1", "1"], "name": "A"}, "campaigns"),
    ],
)
def test_what_cannot_be_meant(fb: FacebookAds, refused: Any, given: Any, field: str) -> None:
    with refused(field):
        bulk_update_campaigns(fb, **given)


def test_lost_answers_are_settled_by_each_campaign(fb: FacebookAds, sandbox: Sandbox, ids: list[str]) -> None:
    sandbox.fail_next(f"POST {ids[0]}", LostResponse())
    done = bulk_update_campaigns(fb, campaign_ids=ids, name="New")
    assert [each.error for each in done] == [None] * 3
    assert {fb.campaigns.get(each).name for each in ids} == {"New"}


@pytest.mark.thorough
def test_fifty_to_a_request(sandbox: Sandbox, ids: list[str]) -> None:
    sent: list[str] = []
    fb = FacebookAds.sandbox(sandbox, on_request=lambda event: sent.append(event.method))
    many = [*ids, *(fb.campaigns.create("act_1", name="D", **CAMPAIGN).id for _ in range(98))]
    sent.clear()
    done = bulk_update_campaigns(fb, campaign_ids=many, name="New")
    assert [each.error for each in done] == [None] * 101
    assert sent == ["POST"] * 3


@pytest.fixture
def launched(
    fb: FacebookAds, campaign: Campaign, adset_params: dict[str, Any], creative: AdCreative
) -> list[list[str]]:
    """A campaign, its two ad sets, and an ad in each, all PAUSED: their IDs."""
    adsets = [fb.adsets.create("act_1", **{**adset_params, "name": name}).id for name in "AB"]
    ads = [fb.ads.create("act_1", name="Ad", adset_id=each, creative=creative.id).id for each in adsets]
    return [[campaign.id], adsets, ads]


@pytest.mark.thorough
def test_ad_sets_and_ads_are_updated_as_campaigns_are(fb: FacebookAds, launched: list[list[str]], writes: Any) -> None:
    _, adsets, ads = launched
    rows: Any = [{"id": adsets[0], "daily_budget": "25.00 USD"}, {"id": adsets[1], "daily_budget": "26.00 USD"}]
    assert [each.error for each in bulk_update_adsets(fb, adsets=rows)] == [None, None]
    assert [fb.adsets.get(each).daily_budget for each in adsets] == [2500, 2600]
    assert [each.error for each in bulk_update_ads(fb, ad_ids=ads, name="Same")] == [None, None]
    assert {fb.ads.get(each).name for each in ads} == {"Same"}
    before, wrong = writes(), {"adset_ids": [adsets[0], adsets[0]], "status": "PAUSED"}
    with pytest.raises(ParameterError, match="each ad set once"):
        bulk_update_adsets(fb, **wrong)
    with pytest.raises(ParameterError, match="exactly one of ads and ad_ids"):
        bulk_update_ads(fb)
    assert writes() == before


@pytest.mark.thorough
def test_a_campaign_is_activated_with_all_in_it_itself_last(
    fb: FacebookAds, sandbox: Sandbox, launched: list[list[str]]
) -> None:
    [campaign], adsets, ads = launched
    done = [each.id for each in activate_campaign(fb, campaign)]
    assert done[-1] == campaign
    assert {*done} == {campaign, *adsets, *ads}
    assert {str(sandbox.object(each)["status"]) for each in done} == {"ACTIVE"}
    assert activate_campaign(fb, campaign) == []


@pytest.mark.thorough
def test_a_campaign_stays_paused_if_meta_refuses_an_ad_in_it(
    fb: FacebookAds, sandbox: Sandbox, launched: list[list[str]]
) -> None:
    [campaign], _, ads = launched
    sandbox.fail_next(f"POST {ads[0]}", GraphError(100, 1885272))
    done = {each.id: each.error for each in activate_campaign(fb, campaign)}
    assert done[ads[0]]
    assert done[campaign]
    assert sandbox.object(campaign)["status"] == "PAUSED"
