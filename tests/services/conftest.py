"""A sandbox with accounts but no campaigns, and the objects of one funnel in it, each made when a test wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.models.ad import Ad
from admonster_fb.models.adcreative import AdCreative
from admonster_fb.models.adimage import AdImage
from admonster_fb.models.adset import AdSet
from admonster_fb.models.campaign import Campaign
from admonster_fb.sandbox import Entry, Sandbox, png

ACCOUNT = "act_1"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(history=0)


@pytest.fixture
def campaign(fb: FacebookAds) -> Campaign:
    return fb.campaigns.create(ACCOUNT, name="Autumn", objective="OUTCOME_TRAFFIC", special_ad_categories=[])


@pytest.fixture
def adset(fb: FacebookAds, campaign: Campaign, adset_params: dict[str, Any]) -> AdSet:
    return fb.adsets.create(ACCOUNT, **adset_params)


@pytest.fixture
def adset_params(campaign: Campaign) -> dict[str, Any]:
    return {
        "name": "US 25-45",
        "campaign_id": campaign.id,
        "daily_budget": 2000,
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
        "optimization_goal": "LINK_CLICKS",
        "billing_event": "IMPRESSIONS",
        "targeting": {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}},
    }


@pytest.fixture
def image(fb: FacebookAds) -> AdImage:
    return fb.adimages.create(ACCOUNT, bytes=png())


@pytest.fixture
def story(image: AdImage) -> dict[str, Any]:
    link_data = {"link": "https://example.com/", "message": "New in", "image_hash": image.hash}
    return {"page_id": "1", "link_data": link_data}


@pytest.fixture
def creative(fb: FacebookAds, story: dict[str, Any]) -> AdCreative:
    return fb.adcreatives.create(ACCOUNT, name="Autumn", object_story_spec=story)


@pytest.fixture
def ad(fb: FacebookAds, adset: AdSet, creative: AdCreative) -> Ad:
    return fb.ads.create(ACCOUNT, name="Autumn ad", adset_id=adset.id, creative={"creative_id": creative.id})


@pytest.fixture
def writes(sandbox: Sandbox) -> Callable[[], list[Entry]]:
    """Every write that reached the sandbox so far."""
    return lambda: [entry for entry in sandbox.journal if entry.method != "GET"]


@pytest.fixture
def refused(sandbox: Sandbox) -> Callable[..., Any]:
    """A block that must be refused before anything is sent; yields the wrong fields once it has ended."""

    @contextmanager
    def block(*fields: str) -> Iterator[None]:
        before = len(sandbox.journal)
        with pytest.raises(ParameterError) as caught:
            yield
        assert [entry.path for entry in sandbox.journal][before:] == []
        assert sorted(violation.field for violation in caught.value.violations) == sorted(fields)
        for violation in caught.value.violations:
            assert violation.field in str(caught.value)
            assert violation.allowed

    return block
