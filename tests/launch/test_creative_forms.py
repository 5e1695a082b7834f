"""Each form of `create_creative` against two sources that share nothing with it.

One is Meta's page on the form or another client's request, written out by hand with its name; the other is the table of
fields of Meta's SDK: nothing leaves that no version of the API knows.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from facebook_business.adobjects import (
    adassetfeedspec,
    adcreative,
    adcreativelinkdata,
    adcreativelinkdatacalltoactionvalue,
    adcreativelinkdatachildattachment,
    adcreativeobjectstoryspec,
    adcreativevideodata,
)
from tables import table

from admonster_fb.errors import ParameterError
from admonster_fb.rules import check
from admonster_fb.workflows.creative import _KINDS, CreativeParts, creative_params

LINK = "https://example.com/"
TEXTS = {"page_id": "1", "link": LINK, "message": "m", "headline": "h", "description": "d"}
POSTED = {"link": LINK, "message": "m", "name": "h", "description": "d"}
MESSENGER_DOC = "https://fb.com/messenger_doc/"
WHATSAPP = {
    "type": "WHATSAPP_MESSAGE",
    "value": {"app_destination": "WHATSAPP", "link": "https://api.whatsapp.com/send"},
}
FORM = {"type": "SIGN_UP", "value": {"lead_gen_form_id": "5", "link": LINK}}
SHOP = {"type": "SHOP_NOW", "value": {"link": LINK}}
IMAGE, SHA = "ab" * 16, "cd" * 16
CARDS: list[dict[str, Any]] = [{"link": LINK, "image_hash": IMAGE, "name": each} for each in ("a", "b")]
FEED = {"images": [{"hash": IMAGE}], "bodies": [{"text": "A"}], "link_urls": [{"website_url": LINK}]}
STORIES = {"facebook_positions": ["story", "facebook_reels"], "instagram_positions": ["story", "reels"]}
BY_PLACE = {
    "images": [{"hash": SHA, "adlabels": [{"name": "story"}]}, {"hash": IMAGE, "adlabels": [{"name": "feed"}]}],
    "bodies": [{"text": "m"}],
    "titles": [{"text": "h"}],
    "descriptions": [{"text": "d"}],
    "link_urls": [{"website_url": LINK}],
    "call_to_action_types": ["LEARN_MORE"],
    "ad_formats": ["SINGLE_IMAGE"],
    "optimization_type": "PLACEMENT",
    "asset_customization_rules": [
        {
            "customization_spec": {"publisher_platforms": ["facebook", "instagram"], **STORIES},
            "image_label": {"name": "story"},
            "priority": 1,
        },
        {"customization_spec": {}, "image_label": {"name": "feed"}, "priority": 2},
    ],
}


def story(**data: Any) -> dict[str, Any]:
    return {"object_story_spec": {"page_id": "1", **data}}


Form = tuple[str, str, dict[str, Any], dict[str, Any]]
FORMS: list[Form] = [
    ("image_hash", "Meta: Ad creative link data", {**TEXTS, "image_hash": IMAGE, "call_to_action_type": "SHOP_NOW"},
     story(link_data={**POSTED, "image_hash": IMAGE, "call_to_action": SHOP})),
    ("image_url", "Meta: Ad creative link data", {**TEXTS, "image_url": f"{LINK}a.png"},
     story(link_data={**POSTED, "picture": f"{LINK}a.png"})),
    ("video_id", "pipeboard-co/meta-ads-mcp tests/test_video_creatives.py",
     {**TEXTS, "video_id": "9", "image_url": f"{LINK}t.jpg", "instagram_user_id": "178"},
     story(instagram_user_id="178", video_data={
         "video_id": "9", "image_url": f"{LINK}t.jpg", "message": "m", "title": "h", "link_description": "d",
         "call_to_action": {"type": "LEARN_MORE", "value": {"link": LINK}}})),
    ("image_hash", "Meta: Lead ads (the ad)", {"page_id": "1", "lead_gen_form_id": "5", "image_hash": IMAGE},
     story(link_data={"link": "https://fb.me/", "image_hash": IMAGE,
                      "call_to_action": {"type": "SIGN_UP", "value": {"lead_gen_form_id": "5", "link": "https://fb.me/"}}})),
    ("cards", "Meta: Carousel ads", {**TEXTS, "cards": CARDS}, story(link_data={**POSTED, "child_attachments": CARDS})),
    ("image_hash", "Meta: Click to Instagram",
     {"page_id": "1", "image_hash": IMAGE, "app_destination": "INSTAGRAM_DIRECT"},
     story(link_data={"image_hash": IMAGE, "call_to_action": {
         "type": "INSTAGRAM_MESSAGE", "value": {"app_destination": "INSTAGRAM_DIRECT"}}})),
    ("image_hash", "Meta: Click to multidestination",
     {"page_id": "1", "image_hash": IMAGE, "app_destination": "WHATSAPP", "link": "https://api.whatsapp.com/send"},
     story(link_data={"link": "https://api.whatsapp.com/send", "image_hash": IMAGE, "call_to_action": WHATSAPP})),
    ("video_id", "Meta: Click to multidestination",
     {"page_id": "1", "video_id": "9", "image_hash": IMAGE, "app_destination": "MESSENGER", "link": MESSENGER_DOC},
     story(video_data={"video_id": "9", "image_hash": IMAGE, "call_to_action": {
         "type": "MESSAGE_PAGE", "value": {"app_destination": "MESSENGER", "link": MESSENGER_DOC}}})),
    ("cards", "Meta: Lead ads (the same form in every card)", {**TEXTS, "cards": CARDS, "lead_gen_form_id": "5"},
     story(link_data={**POSTED, "call_to_action": FORM,
                      "child_attachments": [{**card, "call_to_action": FORM} for card in CARDS]})),
    ("images_by_place", "Meta: Click to multidestination (a call to action within the feed)",
     {**TEXTS, "images_by_place": {"feed": IMAGE, "story": SHA}, "lead_gen_form_id": "5"},
     {**story(), "asset_feed_spec": {
         **{name: value for name, value in BY_PLACE.items() if name != "call_to_action_types"},
         "call_to_actions": [FORM]}}),
    ("product_set_id", "Meta: Lead ads", {**TEXTS, "product_set_id": "7", "lead_gen_form_id": "5"},
     {**story(template_data={**POSTED, "call_to_action": {"type": "SIGN_UP", "value": {"lead_gen_form_id": "5"}}}),
      "product_set_id": "7"}),
    ("object_story_id", "Meta: Ad creative", {"object_story_id": "12_34", "link": LINK, "instagram_user_id": "178"},
     {"object_story_id": "12_34", "instagram_user_id": "178",
      "call_to_action": {"type": "LEARN_MORE", "value": {"link": LINK}}}),
    ("images_by_place", "Meta: Placement asset customization",
     {**TEXTS, "images_by_place": {"feed": IMAGE, "story": SHA}}, {**story(), "asset_feed_spec": BY_PLACE}),
    ("product_set_id", "Meta: Advantage+ catalog ads", {**TEXTS, "product_set_id": "7"},
     {**story(template_data=POSTED), "product_set_id": "7"}),
    ("asset_feed_spec", "pipeboard-co/meta-ads-mcp tests/test_create_ad_creative_simple.py",
     {"page_id": "1", "asset_feed_spec": FEED}, {**story(), "asset_feed_spec": FEED}),
    ("source_instagram_media_id", "Meta: Use posts as Instagram ads",
     {"page_id": "1", "instagram_user_id": "178", "source_instagram_media_id": "3", "link": LINK,
      "call_to_action_type": "SHOP_NOW"},
     {"object_id": "1", "instagram_user_id": "178", "source_instagram_media_id": "3", "call_to_action": SHOP}),
    ("object_story_spec", "Meta: Ad creative", {"object_story_spec": {"page_id": "1", "link_data": {"link": LINK}}},
     story(link_data={"link": LINK})),
    ("object_story_id", "pipeboard-co/meta-ads-mcp tests/test_object_story_id.py", {"object_story_id": "12_34"},
     {"object_story_id": "12_34"}),
    ("partnership_ad_code", "Meta: Partnership ads", {"page_id": "1", "partnership_ad_code": "adcode-1"},
     {"object_id": "1", "branded_content": {"instagram_boost_post_access_token": "adcode-1", "ad_format": 1}}),
]  # fmt: skip


def fields(kind: Any) -> set[str]:
    return {value for name, value in vars(kind.Field).items() if not name.startswith("_")}


POST = fields(adcreativelinkdata.AdCreativeLinkData)
INSIDE: dict[str, set[str]] = {
    "object_story_spec": fields(adcreativeobjectstoryspec.AdCreativeObjectStorySpec),
    "link_data": POST,
    "template_data": POST,
    "video_data": fields(adcreativevideodata.AdCreativeVideoData),
    "asset_feed_spec": fields(adassetfeedspec.AdAssetFeedSpec),
    "child_attachments": fields(adcreativelinkdatachildattachment.AdCreativeLinkDataChildAttachment),
    "value": fields(adcreativelinkdatacalltoactionvalue.AdCreativeLinkDataCallToActionValue),
}


def unknown(value: Any, known: set[str] | None) -> set[str]:
    """The names at any depth that the SDK's tables do not have."""
    if isinstance(value, list):
        return {name for each in value for name in unknown(each, known)}
    if not isinstance(value, dict):
        return set()
    found = set() if known is None else value.keys() - known
    return found | {name for key, each in value.items() for name in unknown(each, INSIDE.get(key))}


@table(("source", "page", "parts", "right"), FORMS, ids=[row[1] + row[0] for row in FORMS])
def test_each_form_is_what_its_source_and_the_sdk_know(source: str, page: str, parts: Any, right: Any) -> None:
    made: Any = creative_params(parts)
    assert source in parts
    assert made == right, page
    assert unknown(made, fields(adcreative.AdCreative)) == set()
    assert [each for each in check("creative", {"name": "A", **made}) if each.rule != "asset-count"] == []


def test_no_form_is_left_out() -> None:
    assert {row[0] for row in FORMS} == {*_KINDS}
    assert all(page for _, page, _, _ in FORMS)


MORE: dict[str, Any] = {
    **{name: f"a {name}" for name, hint in CreativeParts.__annotations__.items() if name not in _KINDS},
    "call_to_action_type": "SHOP_NOW",
    "app_destination": "WHATSAPP",
    "creative_features": {"image_touchups": "OPT_OUT"},
    "extra": {"new_at_meta": "a value"},
    "adlabels": [{"name": "a label"}],
    **{name: {"enroll_status": "OPT_OUT"} for name in ("contextual_multi_ads", "portrait_customizations")},
    **{name: {"of": name} for name in ("branded_content", "destination_spec", "platform_customizations")},
}
FIRST = {row[0]: row[2] for row in reversed(FORMS)}


def leaves(value: Any) -> set[str]:
    """The texts at any depth."""
    if isinstance(value, dict | list):
        return {text for each in (value.values() if isinstance(value, dict) else value) for text in leaves(each)}
    return {str(value)}


@table("source", FIRST)
def test_every_part_of_every_form_is_sent_or_refused_with_its_name(source: str) -> None:
    dropped = []
    for name, value in MORE.items():
        if (source, name) == ("object_story_id", "page_id"):  # the id of the post holds the Page
            continue
        parts = {**FIRST[source], name: value}
        if name == "instant_experience_id":
            parts.pop("link", None)
        try:
            made = creative_params(parts)
        except ParameterError as error:
            dropped += [] if name in [violation.field for violation in error.violations] else [name]
        else:
            sent = json.dumps(made)
            dropped += [name for text in leaves(parts) if text not in sent]
    assert dropped == []


def test_a_link_beside_an_instant_experience_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"link.*instant_experience_id"):
        creative_params({**TEXTS, "image_hash": IMAGE, "instant_experience_id": "55"})
