"""Ids: what is none is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.sandbox import Sandbox
from admonster_fb.transport.request import Call

BAD = [
    "",
    "../me",
    "act_x",
    "act_",
    " 1",
    "1\n",
    "1/campaigns",
    "1?fields=id",
    "\uff11\uff12",
    "act_\uff11",
    None,
    5,
    True,
    ["1"],
    b"1",
]
NOT_ALONE = [*BAD, "me", "act_1"]
"""Also no id of a campaign, ad set, ad or creative: an account's `spend_cap` is written in other units."""

ACCOUNT_CALLS: dict[str, Callable[[FacebookAds, Any], object]] = {
    "adaccounts.get": lambda fb, id: fb.adaccounts.get(id),
    "campaigns.list": lambda fb, id: fb.campaigns.list(id),
    "campaigns.iter": lambda fb, id: fb.campaigns.iter(id),
    "campaigns.create": lambda fb, id: fb.campaigns.create(
        id, name="A", objective="OUTCOME_TRAFFIC", special_ad_categories=[]
    ),
    "adsets.create": lambda fb, id: fb.adsets.create(
        id,
        name="A",
        campaign_id="1",
        optimization_goal="REACH",
        billing_event="IMPRESSIONS",
        targeting={"geo_locations": {"countries": ["US"]}},
    ),
    "ads.create": lambda fb, id: fb.ads.create(id, name="A", adset_id="1", creative={"creative_id": "1"}),
    "adcreatives.list": lambda fb, id: fb.adcreatives.list(id),
    "adcreatives.create": lambda fb, id: fb.adcreatives.create(id, object_story_id="1_2"),
    "adimages.list": lambda fb, id: fb.adimages.list(id),
    "adimages.create": lambda fb, id: fb.adimages.create(id, bytes=b"x"),
    "adimages.copy": lambda fb, id: fb.adimages.copy(id, "act_1", "a1"),
    "adimages.get": lambda fb, id: fb.adimages.get(id, "a1"),
    "adimages.delete": lambda fb, id: fb.adimages.delete(id, "a1"),
}
NODE_CALLS: dict[str, tuple[str, Callable[[FacebookAds, Any], object]]] = {
    "campaigns.get": ("campaign_id", lambda fb, id: fb.campaigns.get(id)),
    "campaigns.update": ("campaign_id", lambda fb, id: fb.campaigns.update(id, spend_cap=50000)),
    "campaigns.delete": ("campaign_id", lambda fb, id: fb.campaigns.delete(id)),
    "adsets.get": ("adset_id", lambda fb, id: fb.adsets.get(id)),
    "adsets.update": ("adset_id", lambda fb, id: fb.adsets.update(id, name="A")),
    "adsets.delete": ("adset_id", lambda fb, id: fb.adsets.delete(id)),
    "ads.get": ("ad_id", lambda fb, id: fb.ads.get(id)),
    "ads.update": ("ad_id", lambda fb, id: fb.ads.update(id, name="A")),
    "ads.delete": ("ad_id", lambda fb, id: fb.ads.delete(id)),
    "adcreatives.get": ("creative_id", lambda fb, id: fb.adcreatives.get(id)),
    "adcreatives.update": ("creative_id", lambda fb, id: fb.adcreatives.update(id, name="A")),
    "adcreatives.delete": ("creative_id", lambda fb, id: fb.adcreatives.delete(id)),
}
PARENT_CALLS: dict[str, tuple[str, Callable[[FacebookAds, Any], object]]] = {
    "adsets.list": ("parent_id", lambda fb, id: fb.adsets.list(id)),
    "adsets.iter": ("parent_id", lambda fb, id: fb.adsets.iter(id)),
    "ads.list": ("parent_id", lambda fb, id: fb.ads.list(id)),
    "ads.iter": ("parent_id", lambda fb, id: fb.ads.iter(id)),
    "insights.list": ("object_id", lambda fb, id: fb.insights.list(id)),
    "insights.iter": ("object_id", lambda fb, id: fb.insights.iter(id)),
    "adaccounts.list": ("user_id", lambda fb, id: fb.adaccounts.list(id)),
    "adaccounts.by_business": ("user_id", lambda fb, id: fb.adaccounts.by_business(id)),
    "currency": ("object_id", lambda fb, id: fb.currency(id)),
    "today": ("object_id", lambda fb, id: fb.today(id)),
}


@pytest.mark.thorough
@table("name", ACCOUNT_CALLS)
def test_what_is_no_account_is_refused(fb: FacebookAds, refused: Any, name: str) -> None:
    for bad in BAD:
        with refused("ad_account_id"):
            ACCOUNT_CALLS[name](fb, bad)


@table("name", NODE_CALLS)
def test_what_is_no_object_is_refused_and_an_account_is_none(fb: FacebookAds, refused: Any, name: str) -> None:
    field, call = NODE_CALLS[name]
    for bad in NOT_ALONE:
        with refused(field):
            call(fb, bad)


@table("name", PARENT_CALLS)
def test_what_is_no_parent_is_refused(fb: FacebookAds, refused: Any, name: str) -> None:
    field, call = PARENT_CALLS[name]
    for bad in BAD:
        with refused(field):
            call(fb, bad)


@table("bad", ["", "../me", "A1", "a1/b", None, 5])
def test_what_is_no_image_hash_is_refused(fb: FacebookAds, refused: Any, bad: Any) -> None:
    for call in (fb.adimages.get, fb.adimages.delete):
        with refused("image_hash"):
            call("act_1", bad)


@table("bad", ["../me", "act_x", "me"])
def test_a_default_account_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(ParameterError, match="account: given"):
        FacebookAds("EAAtest", bad)


def test_an_account_is_taken_with_and_without_act(fb: FacebookAds) -> None:
    assert fb.adaccounts.get("2") == fb.adaccounts.get("act_2")
    assert fb.campaigns.list("1") == fb.campaigns.list("act_1")


@table("part", ["1/2", "1_2/../act_1", "..", ".", "1?a=b", "1#x", "1%2F2", "1 2", "1\n", "1\\2", "", "1\x00"])
def test_a_part_of_a_path_is_an_id_and_no_path(part: str) -> None:
    with pytest.raises(ParameterError):
        Call("POST", ("act_1", part))


@table("part", ["act_1", "1_2", "campaigns", "{result=a:$.id}", "9:abc", "me", "{result=a:$.data.*.id}"])
def test_what_paths_are_made_of_passes(part: str) -> None:
    assert Call("GET", (part,)).path == (part,)


def test_posts_and_comments_have_ids_of_two_numbers(fb: FacebookAds, sandbox: Sandbox) -> None:
    before = len(sandbox.journal)
    for odd in ("1_2/../act_1", "1_2?x=1", "_", "1_", "\uff11_\uff12", "1_2_3"):
        for call in (fb.posts.get, fb.posts.comments, fb.posts.comment, fb.posts.hide):
            with pytest.raises(ParameterError):
                call(odd, **({"page_id": "1"} if call in (fb.posts.comment, fb.posts.hide) else {}))
        with pytest.raises(ParameterError):
            fb.posts.reply(odd, message="Yes", page_id="1")
    assert len(sandbox.journal) == before
