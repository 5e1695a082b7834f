"""Diagnosis, recommendations, posts, comments and catalogs as they were answered once, played from cassettes."""

from __future__ import annotations

from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.workflows.boost import chosen_and_spec, list_comments, list_posts
from admonster_fb.workflows.diagnose import diagnose
from admonster_fb.workflows.pixels import get_pixel_health
from admonster_fb.workflows.recommendations import list_recommendations

pytestmark = pytest.mark.vcr

PAGE = "108356564252733"
CATALOG = "1008000000000001"


@pytest.mark.thorough
def test_why_a_campaign_does_not_deliver(fb: FacebookAds) -> None:
    paused = fb.campaigns.list("act_1", effective_status=["PAUSED"], fields=["id"])[0]
    found = diagnose(fb, paused.id)
    assert found.problems[0].cause.code == "campaign_paused"
    assert found.notes == []


@pytest.mark.thorough
def test_recommendations_and_the_health_of_a_pixel(fb: FacebookAds) -> None:
    assert list_recommendations(fb, "act_1").score is not None
    pixel = fb.adspixels.list("act_1", fields=["id"])[0]
    assert get_pixel_health(fb, pixel.id).sources


@pytest.mark.thorough
def test_posts_and_comments(fb: FacebookAds) -> None:
    posts = list_posts(fb, "act_1", page_id=PAGE).posts
    assert {post.page_id for post in posts} == {PAGE}
    plan: Any = {"daily_budget": 1000, "days": 5, "places": ["US"], "page_id": PAGE}
    assert chosen_and_spec(fb, "act_1", plan)[1]["adsets"][0]["optimization_goal"] == "POST_ENGAGEMENT"
    [found] = list_comments(fb, post_id=next(post.id for post in posts if post.kind == "Page post"))
    assert found.page_id == PAGE
    reply = fb.posts.reply("122101000000000001_880", message="At eight!", page_id=PAGE)
    fb.posts.hide(reply.id, page_id=PAGE)


@pytest.mark.thorough
def test_catalogs(fb: FacebookAds) -> None:
    business = fb.adaccounts.get("act_1", fields=["business{id,name}"]).business
    assert business is not None
    assert CATALOG in [each.id for each in fb.product_catalogs.of_business(business.id)]
    assert len(fb.product_catalogs.list(CATALOG)) == 2
    assert fb.product_catalogs.health(CATALOG).findings
