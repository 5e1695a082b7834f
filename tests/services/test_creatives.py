"""Creatives of every kind, from plain words."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.models.adimage import AdImage
from admonster_fb.sandbox import png
from admonster_fb.workflows.creative import Copy, create_creative

LINK = "https://example.com/"


@pytest.fixture
def said(fb: FacebookAds) -> dict[str, Any]:
    page = next(iter(fb.adaccounts.promote_pages("act_1")))
    return {"page_id": page.id, "link": LINK, "message": "Warm feet", "headline": "New shoes"}


@pytest.fixture
def story_image(fb: FacebookAds) -> AdImage:
    return fb.adimages.create("act_1", bytes=png(1080, 1920))


@pytest.fixture
def video_id(fb: FacebookAds, tmp_path: Any) -> str:
    file = tmp_path / "shoes.mp4"
    file.write_bytes(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(5000))
    video = fb.advideos.create("act_1", filename=file)
    fb.advideos.wait(video.id)
    return video.id


def made(fb: FacebookAds, **parts: Any) -> Any:
    made = create_creative(fb, "act_1", **parts)
    return fb.adcreatives.get(made.id, fields=["object_story_spec", "asset_feed_spec", "degrees_of_freedom_spec"])


def test_an_image_with_words(fb: FacebookAds, image: AdImage, said: Any) -> None:
    read = made(fb, **said, image_hash=image.hash, description="Free shipping", call_to_action_type="SHOP_NOW")
    data = read.object_story_spec["link_data"]
    assert (data["name"], data["message"], data["description"]) == ("New shoes", "Warm feet", "Free shipping")
    assert data["call_to_action"] == {"type": "SHOP_NOW", "value": {"link": LINK}}
    assert read.asset_feed_spec is None


def test_a_carousel_is_cards_and_not_an_asset_feed(fb: FacebookAds, image: AdImage, said: Any) -> None:
    cards = [{"link": f"{LINK}{n}", "name": f"Shoe {n}", "image_hash": image.hash} for n in range(3)]
    read = made(fb, **said, cards=cards)
    assert [card["name"] for card in read.object_story_spec["link_data"]["child_attachments"]] == [
        "Shoe 0",
        "Shoe 1",
        "Shoe 2",
    ]
    assert read.asset_feed_spec is None


@table("number", [0, 1, 11])
def test_a_carousel_has_2_to_10_cards(fb: FacebookAds, said: Any, writes: Any, number: int) -> None:
    with pytest.raises(ParameterError, match="cards"):
        create_creative(fb, "act_1", **said, cards=[{"link": LINK, "image_hash": "ab"}] * number)
    assert writes() == []


def test_a_video_with_its_thumbnail(fb: FacebookAds, image: AdImage, video_id: str, said: Any) -> None:
    data = made(fb, **said, video_id=video_id, image_hash=image.hash).object_story_spec["video_data"]
    assert (data["video_id"], data["image_hash"], data["title"]) == (video_id, image.hash, "New shoes")


def test_a_video_without_a_thumbnail_is_refused(fb: FacebookAds, said: Any, writes: Any) -> None:
    with pytest.raises(ParameterError, match="1443226"):
        create_creative(fb, "act_1", **said, video_id="7")
    assert writes() == []


@pytest.mark.thorough
def test_another_picture_by_placement(fb: FacebookAds, image: AdImage, story_image: AdImage, said: Any) -> None:
    feed = made(fb, **said, images_by_place={"feed": image.hash, "story": story_image.hash}).asset_feed_spec
    first, last = feed["asset_customization_rules"]
    assert first["customization_spec"]["instagram_positions"] == ["story", "reels"]
    assert first["image_label"] == {"name": "story"}
    assert last["image_label"] == {"name": "feed"}
    assert {each["hash"] for each in feed["images"]} == {image.hash, story_image.hash}


def test_a_lead_form(fb: FacebookAds, image: AdImage, said: Any) -> None:
    del said["link"]
    data = made(fb, **said, image_hash=image.hash, lead_gen_form_id="900").object_story_spec["link_data"]
    assert data["call_to_action"]["type"] == "SIGN_UP"
    assert data["call_to_action"]["value"]["lead_gen_form_id"] == "900"


def test_a_collection_opens_an_instant_experience(fb: FacebookAds, image: AdImage, said: Any) -> None:
    del said["link"]
    data = made(fb, **said, image_hash=image.hash, instant_experience_id="55").object_story_spec["link_data"]
    assert data["link"] == "https://fb.com/canvas_doc/55"


def test_a_catalogue_template(fb: FacebookAds, said: Any, writes: Any) -> None:
    create_creative(fb, "act_1", **{**said, "headline": "{{product.name}}"}, product_set_id="800")
    sent = writes()[-1].params
    assert sent["product_set_id"] == "800"
    assert sent["object_story_spec"]["template_data"]["name"] == "{{product.name}}"


def test_an_existing_page_post(fb: FacebookAds, sandbox: Any) -> None:
    post = sandbox.posts()[0]
    read = fb.adcreatives.get(create_creative(fb, "act_1", object_story_id=post).id)
    assert read.object_story_id == post


def test_an_existing_instagram_post(fb: FacebookAds, sandbox: Any, said: Any, writes: Any) -> None:
    account = next(iter(fb.adaccounts.instagram_accounts("act_1"))).id
    media = sandbox.instagram_media()[0]
    create_creative(
        fb, "act_1", source_instagram_media_id=media, instagram_user_id=account, page_id=said["page_id"], link=LINK
    )
    assert writes()[-1].params["source_instagram_media_id"] == media


def test_features_are_chosen_one_by_one(fb: FacebookAds, image: AdImage, said: Any) -> None:
    chosen = {"image_touchups": "OPT_OUT", "inline_comment": "OPT_IN"}
    read = made(fb, **said, image_hash=image.hash, creative_features=chosen)
    features = read.degrees_of_freedom_spec["creative_features_spec"]
    assert {name: each["enroll_status"] for name, each in features.items()} == chosen


def test_no_feature_is_chosen_by_default(fb: FacebookAds, image: AdImage, said: Any, writes: Any) -> None:
    create_creative(fb, "act_1", **said, image_hash=image.hash)
    assert "degrees_of_freedom_spec" not in writes()[-1].params


@table("given", [{}, {"image_hash": "ab", "cards": []}, {"object_story_id": "1_2", "video_id": "7"}])
def test_one_source_of_content(fb: FacebookAds, writes: Any, given: Any) -> None:
    with pytest.raises(ParameterError):
        create_creative(fb, "act_1", page_id="1", link=LINK, **given)
    assert writes() == []


def test_what_a_new_post_needs_is_told_at_once(fb: FacebookAds, refused: Any) -> None:
    with refused("page_id", "link"):
        create_creative(fb, "act_1", image_hash="ab")


def test_a_button_meta_has_added_since_is_taken(fb: FacebookAds, image: AdImage, said: Any) -> None:
    assert made(fb, **said, image_hash=image.hash, call_to_action_type="BRAND_NEW_BUTTON")


def test_what_is_fixed_is_refused_with_the_way_out(fb: FacebookAds, creative: Any, writes: Any) -> None:
    before = writes()
    with pytest.raises(ParameterError, match="create another one"):
        fb.adcreatives.update(creative.id, object_story_spec={})  # type: ignore[call-arg]
    assert writes() == before


def test_the_same_content_again_is_the_same_creative(fb: FacebookAds, image: AdImage, said: Any) -> None:
    first = create_creative(fb, "act_1", **said, image_hash=image.hash)
    assert create_creative(fb, "act_1", **said, image_hash=image.hash).id == first.id


def test_a_form_goes_before_a_link() -> None:
    action = Copy(link=LINK, call_to_action_type="GET_QUOTE", lead_gen_form_id="9").action()
    assert action == {"type": "GET_QUOTE", "value": {"lead_gen_form_id": "9", "link": LINK}}
