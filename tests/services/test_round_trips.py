"""What is written is what is read again, and where a parent's state or an account's default shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.errors import APIError
from admonster_fb.models.ad import Ad
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import Sandbox
from admonster_fb.workflows.adsets import create_adset, update_adset

ACCOUNT = "act_1"
CAMPAIGN: Any = {"objective": "OUTCOME_SALES", "special_ad_categories": []}
GERMANY: Any = {"geo_locations": {"countries": ["DE"]}, "targeting_automation": {"advantage_audience": 0}}
WRONG: Any = {
    "geo_locations": {"regions": [{"key": "3847", "name": "Texas"}]},
    "flexible_spec": [{"interests": [{"id": "17", "name": "Coffee"}]}],
    "targeting_automation": {"advantage_audience": 0},
}
WRONG_IDS = {"targeting.geo_locations.regions.0.key", "targeting.flexible_spec.0.interests.0.id"}


class TestWrongIds:
    def test_a_new_ad_set_is_refused_with_all_that_is_wrong(
        self, fb: FacebookAds, adset_params: Any, writes: Callable[[], list[Any]]
    ) -> None:
        before = len(writes())
        with pytest.raises(ParameterError) as caught:
            create_adset(
                fb, ACCOUNT, **{**adset_params, "targeting": WRONG, "bid_amount": 5, "billing_event": "THRUPLAY"}
            )
        told = {each.field: each.allowed for each in caught.value.violations}
        assert told.keys() > WRONG_IDS, "and what the offline rules find"
        assert "3886" in told["targeting.geo_locations.regions.0.key"]
        assert "Coffee" in told["targeting.flexible_spec.0.interests.0.id"]
        assert writes()[before:] == []

    def test_a_change_is_refused_too(self, fb: FacebookAds, adset: AdSet, writes: Callable[[], list[Any]]) -> None:
        before = len(writes())
        with pytest.raises(ParameterError) as caught:
            update_adset(fb, adset.id, targeting=WRONG, daily_budget=2500)
        assert {each.field for each in caught.value.violations} == WRONG_IDS
        assert writes()[before:] == []
        assert fb.adsets.get(adset.id).daily_budget == 2000

    def test_a_change_without_targeting_asks_nothing_more(self, fb: FacebookAds, adset: AdSet, sandbox: Any) -> None:
        sandbox.journal.clear()
        update_adset(fb, adset.id, name="Anew")
        assert [entry.method for entry in sandbox.journal] == ["POST"]

    def test_unless_told_not_to_look(self, fb: FacebookAds, adset_params: Any, sandbox: Any) -> None:
        sandbox.journal.clear()
        with pytest.raises(APIError) as caught:
            create_adset(fb, ACCOUNT, **{**adset_params, "targeting": WRONG}, verify_ids=False)
        assert caught.value.error_subcode == 1487079, "Meta's own refusal"
        assert not any("search" in entry.path for entry in sandbox.journal)


class TestDsaDefaults:
    @pytest.fixture
    def german(self, adset_params: Any) -> Any:
        return {**adset_params, "targeting": GERMANY}

    def test_without_them_both_must_be_said(self, fb: FacebookAds, german: Any, refused: Any) -> None:
        fb.adsets.create(ACCOUNT, **{**german, "dsa_beneficiary": "Roast", "dsa_payor": "Roast"})
        with refused("dsa_beneficiary", "dsa_payor"):
            fb.adsets.create(ACCOUNT, **german)

    def test_with_both_nothing_need_be_said(self, fb: FacebookAds, german: Any) -> None:
        fb.adaccounts.update(ACCOUNT, default_dsa_beneficiary="Roast", default_dsa_payor="Agency")
        account = fb.adaccounts.get(ACCOUNT, fields=["default_dsa_beneficiary", "default_dsa_payor"])
        assert (account.default_dsa_beneficiary, account.default_dsa_payor) == ("Roast", "Agency")
        made = fb.adsets.create(ACCOUNT, **german)
        assert made.targeting is not None
        assert made.targeting.geo_locations is not None
        assert made.targeting.geo_locations["countries"] == ["DE"]

    def test_one_is_never_taken_for_the_other(self, fb: FacebookAds, german: Any, refused: Any) -> None:
        fb.adaccounts.update(ACCOUNT, default_dsa_beneficiary="Roast")
        fb.adsets.create(ACCOUNT, **german, dsa_payor="Agency")
        with refused("dsa_payor"):
            fb.adsets.create(ACCOUNT, **german)


class TestCampaignBudgets:
    def test_daily(self, fb: FacebookAds, adset_params: Any, refused: Any) -> None:
        made = fb.campaigns.create(ACCOUNT, name="Sales", daily_budget="50.00 USD", **CAMPAIGN)
        assert (made.daily_budget, made.lifetime_budget) == (5000, None)
        assert made.bid_strategy == "LOWEST_COST_WITHOUT_CAP"
        own = {name: value for name, value in adset_params.items() if name not in ("daily_budget", "bid_strategy")}
        child = fb.adsets.create(ACCOUNT, **{**own, "campaign_id": made.id})
        assert not child.daily_budget
        with refused("daily_budget"):
            fb.adsets.create(ACCOUNT, **{**own, "campaign_id": made.id, "daily_budget": 2000})
        fb.campaigns.update(made.id, daily_budget=7000)
        assert fb.campaigns.get(made.id).daily_budget == 7000

    def test_lifetime(self, fb: FacebookAds) -> None:
        made = fb.campaigns.create(
            ACCOUNT, name="Sales", lifetime_budget="900.00 USD", stop_time="2026-12-24T00:00:00-0800", **CAMPAIGN
        )
        assert (made.daily_budget, made.lifetime_budget) == (None, 90_000)
        assert fb.campaigns.get(made.id).lifetime_budget == 90_000

    def test_given_to_the_ad_sets(self, fb: FacebookAds, adset_params: Any) -> None:
        made = fb.campaigns.create(ACCOUNT, name="Sales", daily_budget=5000, **CAMPAIGN)
        own = {name: value for name, value in adset_params.items() if name not in ("daily_budget", "bid_strategy")}
        child = fb.adsets.create(ACCOUNT, **{**own, "campaign_id": made.id})
        fb.campaigns.update(made.id, adset_budgets=[{"adset_id": child.id, "daily_budget": 3000}])
        assert not fb.campaigns.get(made.id).daily_budget
        assert fb.adsets.get(child.id).daily_budget == 3000


class TestPutAway:
    """`status` is the object's own; a parent's shows in `effective_status` only: `docs/meta-rules.md#status`."""

    @staticmethod
    def states(fb: FacebookAds, campaign: Campaign, adset: AdSet, ad: Ad) -> list[tuple[str | None, str | None]]:
        nodes = fb.campaigns.get(campaign.id), fb.adsets.get(adset.id), fb.ads.get(ad.id)
        return [(node.status, node.effective_status) for node in nodes]

    @pytest.mark.thorough
    @table("status", ["ARCHIVED", "DELETED"])
    def test_the_campaign(self, fb: FacebookAds, campaign: Campaign, adset: AdSet, ad: Ad, status: Any) -> None:
        fb.campaigns.update(campaign.id, status=status)
        assert self.states(fb, campaign, adset, ad) == [(status, status), ("PAUSED", status), ("PAUSED", status)]
        assert fb.campaigns.list(ACCOUNT) == []
        assert fb.adsets.list(ACCOUNT) == []

    @pytest.mark.thorough
    @table("status", ["ARCHIVED", "DELETED"])
    def test_the_ad_set(self, fb: FacebookAds, campaign: Campaign, adset: AdSet, ad: Ad, status: Any) -> None:
        fb.adsets.update(adset.id, status=status)
        states = self.states(fb, campaign, adset, ad)
        assert states == [("PAUSED", "PAUSED"), (status, status), ("PAUSED", status)]

    def test_archived_is_read_when_asked_for_and_deleted_never_again(self, fb: FacebookAds, campaign: Campaign) -> None:
        fb.campaigns.update(campaign.id, status="ARCHIVED")
        assert [each.id for each in fb.campaigns.list(ACCOUNT, effective_status=["ARCHIVED"])] == [campaign.id]
        with pytest.raises((APIError, ParameterError)):
            fb.campaigns.update(campaign.id, status="ACTIVE")
        fb.campaigns.delete(campaign.id)
        assert fb.campaigns.list(ACCOUNT, effective_status=["ARCHIVED"]) == []
        assert fb.campaigns.get(campaign.id).effective_status == "DELETED"

    def test_paused_above(self, fb: FacebookAds, campaign: Campaign, adset: AdSet, ad: Ad, sandbox: Sandbox) -> None:
        fb.adsets.update(adset.id, status="ACTIVE")
        fb.ads.update(ad.id, status="ACTIVE")
        sandbox.advance(minutes=5)  # its review is over
        assert self.states(fb, campaign, adset, ad)[1:] == [
            ("ACTIVE", "CAMPAIGN_PAUSED"),
            ("ACTIVE", "CAMPAIGN_PAUSED"),
        ]


def test_attribution_is_kept(fb: FacebookAds, adset_params: Any, adset: AdSet) -> None:
    campaign = fb.campaigns.create(ACCOUNT, name="Sales", **CAMPAIGN)
    week: Any = [{"event_type": "CLICK_THROUGH", "window_days": 7}, {"event_type": "VIEW_THROUGH", "window_days": 1}]
    aim = {"optimization_goal": "OFFSITE_CONVERSIONS", "campaign_id": campaign.id}
    pixel = {"promoted_object": {"pixel_id": "1", "custom_event_type": "PURCHASE"}}
    made = fb.adsets.create(ACCOUNT, **{**adset_params, **aim, **pixel, "attribution_spec": week})
    assert made.attribution_spec == week
    assert fb.adsets.get(made.id).attribution_spec == week


def test_a_frequency_cap_is_kept(fb: FacebookAds, adset_params: Any) -> None:
    campaign = fb.campaigns.create(ACCOUNT, name="Reach", objective="OUTCOME_AWARENESS", special_ad_categories=[])
    cap: Any = [{"event": "IMPRESSIONS", "interval_days": 7, "max_frequency": 2}]
    aim = {"optimization_goal": "REACH", "campaign_id": campaign.id, "promoted_object": {"page_id": "1"}}
    made = fb.adsets.create(ACCOUNT, **{**adset_params, **aim, "frequency_control_specs": cap})
    assert fb.adsets.get(made.id, fields=["frequency_control_specs"]).frequency_control_specs == cap
    more: Any = [{"event": "IMPRESSIONS", "interval_days": 7, "max_frequency": 3}]
    fb.adsets.update(made.id, frequency_control_specs=more)
    assert fb.adsets.get(made.id, fields=["frequency_control_specs"]).frequency_control_specs == more


def test_tracking_is_kept(fb: FacebookAds, adset: AdSet, creative: AdCreative) -> None:
    specs: Any = [{"action.type": ["offsite_conversion"], "fb_pixel": ["1"]}]
    made = fb.ads.create(
        ACCOUNT,
        name="A",
        adset_id=adset.id,
        creative=creative.id,
        tracking_specs=specs,
        conversion_domain="example.com",
    )
    read = fb.ads.get(made.id)
    assert (read.tracking_specs, read.conversion_domain) == (specs, "example.com")
    other: Any = [{"action.type": ["post_engagement"], "post": ["2"]}]
    fb.ads.update(made.id, tracking_specs=other)
    assert fb.ads.get(made.id).tracking_specs == other
