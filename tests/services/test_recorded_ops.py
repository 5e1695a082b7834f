"""The ops between account and ad as they were answered once, played from cassettes: see test_recorded.py."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sandboxes import carried_out

from admonster_fb import FacebookAds, Money
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import png
from admonster_fb.sandbox.sample_media import mp4

pytestmark = pytest.mark.vcr

PARAMS: Any = {"objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
CANADA: Any = {"geo_locations": {"countries": ["CA"]}, "targeting_automation": {"advantage_audience": 0}}
Call = Callable[..., Any]


@pytest.fixture
def call(fb: FacebookAds, tmp_path: Path) -> Call:
    """Call an op, apply the plan it may need, and return its data; it must succeed."""
    return carried_out(FacebookTool(fb, files=tmp_path))


@pytest.fixture
def campaign(call: Call) -> Iterator[str]:
    made = call("create_campaign", name="Recorded ops", **PARAMS).id
    yield made
    call("delete_campaign", campaign_id=made)


@pytest.fixture
def adset(call: Call, campaign: str) -> str:
    params = {"optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS", "daily_budget": 5000}
    params |= {"bid_strategy": "LOWEST_COST_WITHOUT_CAP", "targeting": CANADA}
    return str(call("create_adset", campaign_id=campaign, name="Recorded ad set", **params).id)


@pytest.fixture
def image(call: Call) -> str:
    return str(call("upload_image", image_base64=base64.b64encode(png(64, 64)).decode()).hash)


@pytest.fixture
def creative(call: Call, image: str, page_id: str) -> Iterator[str]:
    words = {"message": "Warm feet", "headline": "New shoes", "call_to_action": "SHOP_NOW"}
    made = call(
        "create_creative", name="Recorded", page_id=page_id, link="https://example.com/", image_hash=image, **words
    ).id
    yield made
    call("delete_creative", creative_id=made)


@pytest.mark.thorough
def test_accounts_and_whom_they_speak_for(fb: FacebookAds, call: Call) -> None:
    assert call("get_ad_account_info").id == fb.account
    assert fb.account in [account.id for group in call("list_ad_accounts") for account in group.accounts]
    assert call("status").account.id == fb.account
    assert {row.currency for row in call("get_minimum_budgets")} == {fb.currency(fb.account)}
    for op in ("list_pages", "list_instagram_accounts", "list_account_users", "list_activities"):
        assert isinstance(call(op), list)


@pytest.mark.thorough
def test_a_spending_limit(fb: FacebookAds, call: Call) -> None:
    before, currency = fb.adaccounts.get(fb.account).spend_cap, fb.currency(fb.account)
    call("update_spending_limit", spending_limit=Money.from_minor(9_000_000, currency))
    assert fb.adaccounts.get(fb.account).spend_cap == 9_000_000
    if before:
        call("update_spending_limit", spending_limit=Money.from_minor(before, currency))
    else:
        call("update_spending_limit", spend_cap_action="delete")


@pytest.mark.thorough
def test_campaigns(call: Call, campaign: str) -> None:
    call("update_campaign", campaign_id=campaign, name="Recorded ops 2")
    assert call("get_campaign", campaign_id=campaign).name == "Recorded ops 2"
    assert campaign in [each.id for each in call("list_campaigns", status="PAUSED", limit=50)]
    (changed,) = call("bulk_update_campaigns", campaign_ids=[campaign], name="Recorded ops 3")
    assert changed.error is None
    call("archive_campaign", campaign_id=campaign)


@pytest.mark.thorough
def test_a_budget_raised_for_a_time(call: Call) -> None:
    campaign = call("create_campaign", name="Recorded budget", daily_budget=5000, **PARAMS).id
    times = {"time_start": "2027-11-26T00:00:00+0000", "time_end": "2027-11-29T00:00:00+0000"}
    made = call(
        "create_budget_schedule", campaign_id=campaign, budget_value=1000, budget_value_type="ABSOLUTE", **times
    )
    assert made.id in [each.id for each in call("list_budget_schedules", campaign_id=campaign)]
    call("delete_campaign", campaign_id=campaign)


@pytest.mark.thorough
def test_ad_sets(call: Call, campaign: str, adset: str) -> None:
    call("update_adset", adset_id=adset, name="Recorded ad set 2")
    assert call("get_adset", adset_id=adset).name == "Recorded ad set 2"
    copy = call("duplicate_adset", adset_id=adset, new_name="Copy", targeting=CANADA)
    assert {each.id for each in call("list_adsets", campaign_id=campaign)} == {adset, copy.id}
    call("archive_adset", adset_id=copy.id)
    call("delete_adset", adset_id=copy.id)


@pytest.mark.thorough
def test_targeting(call: Call) -> None:
    (interest, *_) = call("search_interests", q="coffee", limit=3)
    assert "coffee" in str(interest.name).lower()
    assert call("search_behaviors", q="travel", limit=3)
    (place, *_) = call("search_locations", q="Toronto", limit=3)
    spec = {**CANADA, "flexible_spec": [{"interests": [{"id": interest.id, "name": interest.name}]}]}
    assert place.key
    assert call("validate_targeting", targeting=spec)
    assert call("get_reach_estimate", targeting=spec)
    assert call("get_delivery_estimate", targeting=spec, optimization_goal="LINK_CLICKS")


@pytest.mark.thorough
def test_creatives(call: Call, creative: str) -> None:
    call("update_creative", creative_id=creative, name="Recorded 2")
    assert str(call("get_creative", creative_id=creative).name).startswith("Recorded 2")
    assert creative in [each.id for each in call("list_creatives", limit=50)]


@pytest.mark.thorough
def test_a_video(call: Call, tmp_path: Path) -> None:
    (tmp_path / "shoes.mp4").write_bytes(mp4())
    assert call("upload_video", video_path="shoes.mp4", title="Recorded video").id


@pytest.mark.thorough
def test_ads(call: Call, campaign: str, adset: str, creative: str) -> None:
    ad = call("create_ad", name="Recorded ad", adset_id=adset, creative_id=creative).id
    call("update_ad", ad_id=ad, name="Recorded ad 2")
    assert call("get_ad", ad_id=ad).name == "Recorded ad 2"
    copy = call("duplicate_ad", ad_id=ad, new_name="Recorded copy").id
    assert {each.id for each in call("list_ads", adset_id=adset)} == {ad, copy}
    assert call("preview_ad", ad_id=ad, ad_format="MOBILE_FEED_STANDARD")
    call("archive_ad", ad_id=copy)
    for each in (ad, copy):
        call("delete_ad", ad_id=each)


@pytest.mark.thorough
def test_a_tree_is_copied(call: Call, campaign: str, adset: str, creative: str) -> None:
    ad = call("create_ad", name="Recorded ad", adset_id=adset, creative_id=creative).id
    copy = call("duplicate_campaign", campaign_id=campaign, new_name="Recorded copy")
    assert (len(copy.adsets), len(copy.ads), copy.complete) == (1, 1, True)
    call("delete_campaign", campaign_id=copy.id)
    call("delete_ad", ad_id=ad)  # or its creative could not be deleted
