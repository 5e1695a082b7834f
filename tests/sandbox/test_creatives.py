"""Creatives of every kind: what makes one, what is refused, what reads back, and previews."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from tables import table

from admonster_fb.sandbox import posts, preview_html
from admonster_fb.sandbox import sample_media as picture
from admonster_fb.sandbox.history import PAGE
from admonster_fb.sandbox.spec import values
from admonster_fb.sandbox.store import Store

FORM = {"lead_gen_form_id": "form"}
CTA = {"type": "LEARN_MORE", "value": {"link": "https://example.com/"}}
GRAPH = "https://graph.facebook.com/v26.0"


class Studio:
    """A sandbox with an image and a video in it, and the answers of creating creatives there."""

    def __init__(self, client: Any) -> None:
        self.client = client
        sent = base64.b64encode(picture.png(2, 2)).decode()
        self.image = client.post("act_1/adimages", bytes=sent)["images"]["bytes"]["hash"]
        self.fresh = self.upload()
        self.video = self.upload()
        client.sandbox.change_internals(self.video, ready_at=client.sandbox.now().isoformat())

    def upload(self, account: str = "act_1") -> str:
        files = {"source": ("a.mp4", picture.mp4())}
        return str(self.client.session.post(f"{GRAPH}/{account}/advideos", files=files).json()["id"])

    def create(self, **params: Any) -> dict[str, Any]:
        return dict(self.client.post("act_1/adcreatives", **params))

    def link(self, **changes: Any) -> dict[str, Any]:
        return self.story(**self.link_data(**changes))

    def link_data(self, **changes: Any) -> dict[str, Any]:
        data = {"link": "https://example.com/", "message": "Hi", "name": "Head", "image_hash": self.image, **changes}
        return {"link_data": data}

    def story(self, **stories: Any) -> dict[str, Any]:
        return {"object_story_spec": {"page_id": PAGE, **stories}}

    def cards(self, *cards: dict[str, Any]) -> dict[str, Any]:
        return self.link(child_attachments=list(cards))

    def card(self, number: int = 0) -> dict[str, Any]:
        return {"link": f"https://example.com/{number}", "image_hash": self.image, "call_to_action": CTA}

    def clip(self, **changes: Any) -> dict[str, Any]:
        return self.story(
            video_data={"video_id": self.video, "image_hash": self.image, "call_to_action": CTA, **changes}
        )

    def feed(self, **changes: Any) -> dict[str, Any]:
        feed = {
            "images": [{"hash": self.image}],
            "bodies": [{"text": "One"}, {"text": "Two"}],
            "titles": [{"text": "Head"}],
            "link_urls": [{"website_url": "https://example.com/"}],
            "ad_formats": ["SINGLE_IMAGE"],
            "call_to_action_types": ["SHOP_NOW"],
            **changes,
        }
        return {**self.story(), "asset_feed_spec": feed}

    def placements(self, *labels: str) -> dict[str, Any]:
        images = [{"hash": self.image, "adlabels": [{"name": "square"}, {"name": "tall"}]}]
        spec = {"publisher_platforms": ["facebook"]}
        rules = [{"customization_spec": spec, "image_label": {"name": label}} for label in labels]
        return self.feed(images=images, asset_customization_rules=rules)


@pytest.fixture
def studio(client: Any) -> Studio:
    """A client's sandbox with something to show."""
    return Studio(client)


CHAT = {"type": "INSTAGRAM_MESSAGE", "value": {"app_destination": "INSTAGRAM_DIRECT"}}
SIGN_UP = {"type": "SIGN_UP", "value": {"lead_gen_form_id": "5511"}}
EXTENSIONS = {"asset_feed_spec": {"message_extensions": [{"type": "whatsapp"}]}}
FEATURE = {"degrees_of_freedom_spec": {"creative_features_spec": {"adapt_to_placement": {"customizations": {"a": 1}}}}}
RIGHT: dict[str, Any] = {
    "link": lambda s: s.link(),
    "picture by address": lambda s: s.link(image_hash=None, picture="https://example.com/a.png"),
    "two cards": lambda s: s.cards(s.card(1), s.card(2)),
    "ten cards": lambda s: s.cards(*map(s.card, range(10))),
    "a card with a video": lambda s: s.cards(s.card(), {"link": "https://example.com/", "video_id": s.video}),
    "video": lambda s: s.clip(),
    "video with a thumbnail by address": lambda s: s.clip(image_hash=None, image_url="https://example.com/a.png"),
    "photo": lambda s: s.story(photo_data={"image_hash": s.image, "caption": "Hi"}),
    "text": lambda s: s.story(text_data={"message": "Hi"}),
    "template": lambda s: {**s.story(template_data={"message": "{{product.name}}"}), "product_set_id": "77"},
    "collection": lambda s: s.link(link="https://fb.com/canvas_doc/1", collection_thumbnails=[{"element_id": "2"}]),
    "page post": lambda _: {"object_story_id": posts.PAGE_POSTS[0][0]},
    "instagram post": lambda _: {"source_instagram_media_id": posts.MEDIA[0][0], "instagram_user_id": "17"},
    "feed": lambda s: s.feed(),
    "feed of videos": lambda s: s.feed(images=[], videos=[{"video_id": s.video, "thumbnail_hash": s.image}]),
    "feed whose action knows the way": lambda s: s.feed(link_urls=[], call_to_actions=[CTA]),
    "feed by placement": lambda s: s.placements("square", "tall"),
    "lead form": lambda s: s.link(call_to_action=SIGN_UP),
    # Documented (rules_audit.json): no link, no Page, no text of its own.
    "a chat without a link": lambda s: s.link(link=None, call_to_action=CHAT),
    "a lead form without a link": lambda s: s.link(link=None, call_to_action=SIGN_UP),
    "a profile without a Page": lambda s: {"object_story_spec": {"instagram_user_id": "17", **s.link_data()}},
    "a partner's post": lambda _: {"branded_content": {"facebook_boost_post_access_token": "x"}},
    "a post with message extensions": lambda _: {"object_story_id": posts.PAGE_POSTS[0][0], **EXTENSIONS},
    "a link with message extensions": lambda s: {**s.link(), **EXTENSIONS},
    "template without products": lambda s: s.story(template_data={"message": "Hi"}),
    "one placement rule": lambda s: s.placements("square"),
    "an image with other crops": lambda s: s.feed(images=[{"hash": s.image}, {"hash": s.image, "image_crops": {}}]),
    "a feature that only customises": lambda s: {**s.link(), **FEATURE},
    "a new action": lambda s: s.link(call_to_action={"type": "A_NEW_ONE"}),
    "more fields": lambda s: {
        **s.link(),
        "contextual_multi_ads": {"enroll_status": "OPT_OUT"},
        "url_tags": "a={{ad.id}}",
    },
}
WRONG: dict[str, tuple[Any, int | str]] = {
    "one card": (lambda s: s.cards(s.card()), "2 to 10 cards"),
    "eleven cards": (lambda s: s.cards(*map(s.card, range(11))), "2 to 10 cards"),
    "cards that are none": (lambda s: s.link(child_attachments="two"), "child_attachments] must be an array"),
    "a card without a link": (lambda s: s.cards(s.card(), {"image_hash": s.image}), 2061015),
    "a card without a picture": (lambda s: s.cards(s.card(), {"link": "https://example.com/"}), 1487212),
    "a card with two pictures": (lambda s: s.cards(s.card(), {**s.card(), "picture": "https://x.example"}), "not both"),
    "a card with a bad action": (lambda s: s.cards(s.card(), {**s.card(), "call_to_action": "SHOP"}), 1373054),
    "a card with a foreign video": (lambda s: s.cards(s.card(), {**s.card(), "video_id": "5"}), "Video Not Found"),
    "no such image": (lambda s: s.link(image_hash="f" * 32), 2446386),
    "video without thumbnail": (lambda s: s.clip(image_hash=None), 1443226),
    "no such video": (lambda s: s.clip(video_id="5"), "Video Not Found"),
    "another account's video": (lambda s: s.clip(video_id=s.upload("act_3")), "Video Not Found"),
    "a video in processing": (lambda s: s.clip(video_id=s.fresh), "Video Not Ready"),
    "collection": (lambda s: s.link(collection_thumbnails={"element_id": "2"}), "thumbnails] must be an array"),
    "no such page post": (lambda _: {"object_story_id": f"{PAGE}_5"}, 1885557),
    "no post id": (lambda _: {"object_story_id": "5"}, "Invalid post_id parameter"),
    "a post that can't be promoted": (lambda _: {"object_story_id": posts.PAGE_POSTS[-1][0]}, 1487472),
    "no such instagram post": (lambda _: {"source_instagram_media_id": "5"}, 1885557),
    "a story and a post": (lambda s: {**s.link(), "object_story_id": posts.PAGE_POSTS[0][0]}, 1487929),
    "two stories": (lambda s: s.story(text_data={"message": "Hi"}, photo_data={"image_hash": s.image}), 1487929),
    "repeated text": (lambda s: s.feed(titles=[{"text": "a"}, {"text": "a"}]), 1815629),
    "repeated image": (lambda s: s.feed(images=[{"hash": s.image}] * 2), 1815629),
    "feed with no such image": (lambda s: s.feed(images=[{"hash": "f" * 32}]), 2446386),
    "feed with no such video": (lambda s: s.feed(videos=[{"video_id": "5"}]), "Video Not Found"),
    "feed that leads nowhere": (lambda s: s.feed(link_urls=[]), 2061015),
    "feed with an empty link": (lambda s: s.feed(link_urls=[{"display_url": "x.example"}]), 2061015),
    "feed with a text for a list": (lambda s: s.feed(ad_formats="SINGLE_IMAGE"), "asset_feed_spec[ad_formats]"),
    "a rule for no asset": (lambda s: s.placements("square", "round"), 2446173),
    "a lead form's name": (lambda s: s.link(call_to_action={"type": "X", "value": FORM}), "lead_gen"),
    "an action's value": (lambda s: s.link(call_to_action={"type": "SIGN_UP", "value": "https://x.example"}), 1373054),
    "a long name": (lambda s: {**s.link(), "name": "x" * 101}, "at most 100"),
}  # fmt: skip


@pytest.mark.thorough
@table("case", RIGHT)
def test_valid_creative_is_created(studio: Studio, case: str) -> None:
    params = RIGHT[case](studio)
    made = studio.create(**params)
    assert made.keys() == {"id"}
    assert studio.create(**params, name="Another name") == made


@pytest.mark.thorough
@table("case", WRONG)
def test_invalid_creative_is_refused(studio: Studio, case: str) -> None:
    make, expected = WRONG[case]
    params = make(studio)
    error = studio.create(**params, execution_options=["validate_only"])["error"]
    assert error == {**studio.create(**params)["error"], "fbtrace_id": error["fbtrace_id"]}
    assert error["code"] == 100
    if isinstance(expected, int):
        assert error["error_subcode"] == expected
    else:
        assert "error_subcode" not in error
        assert expected in " ".join(map(str, error.values()))
    assert studio.client.get("act_1/adcreatives") == {"data": []}


def test_an_ad_makes_its_creative_by_the_same_rules(studio: Studio) -> None:
    adset = studio.client.adset()
    bad = studio.client.post("act_1/ads", name="A", adset_id=adset, creative=studio.clip(video_id="5"))["error"]
    assert bad["error_user_title"] == "Video Not Found"
    good = studio.client.post("act_1/ads", name="A", adset_id=adset, creative=studio.clip())["id"]
    creative = studio.client.get(good, fields="creative{video_id,object_type,call_to_action_type}")["creative"]
    assert {**creative, "id": ""} == {
        "video_id": studio.video, "object_type": "VIDEO", "call_to_action_type": "LEARN_MORE", "id": ""
    }  # fmt: skip


def test_the_sandbox_names_its_posts(studio: Studio) -> None:
    sandbox = studio.client.sandbox
    *good, bad = sandbox.posts()
    assert all("id" in studio.create(object_story_id=post) for post in good)
    assert studio.create(object_story_id=bad)["error"]["error_subcode"] == 1487472
    assert all("id" in studio.create(source_instagram_media_id=media) for media in sandbox.instagram_media())


def test_posts_belong_to_somebody(studio: Studio) -> None:
    """A token without the Page's business does not see its posts, but the posts its own ads built it does."""
    sandbox = studio.client.sandbox
    session = sandbox.session(sandbox.issue_token(accounts=["act_4"]))

    def create(**params: Any) -> Any:
        return session.post(f"{GRAPH}/act_4/adcreatives", data=studio.client.form(params)).json()

    assert create(object_story_id=posts.PAGE_POSTS[0][0])["error"]["error_subcode"] == 1885557
    assert create(source_instagram_media_id=posts.MEDIA[0][0])["error"]["error_subcode"] == 1885557
    made = create(**studio.story(text_data={"message": "Hi"}), fields="effective_object_story_id")
    again = create(object_story_id=made["effective_object_story_id"])
    assert again["id"] != made["id"]


def test_what_reads_back(studio: Studio) -> None:
    carousel = studio.link(child_attachments=[studio.card(1), {**studio.card(2), "description": None}], picture=None)
    made = studio.create(**carousel, name="Test")["id"]
    read = studio.client.get(made, fields="name,object_story_spec,title,body,image_hash,object_type")
    assert (read["title"], read["body"], read["image_hash"], read["object_type"]) == (
        "Head",
        "Hi",
        studio.image,
        "SHARE",
    )
    data = read["object_story_spec"]["link_data"]
    assert "picture" not in data
    assert "description" not in data["child_attachments"][1]
    assert re.fullmatch(r"Test \d{4}-\d\d-\d\d-[0-9a-f]{32}", read["name"])
    media = studio.create(source_instagram_media_id=posts.MEDIA[1][0])["id"]
    told = studio.client.get(media, fields="effective_instagram_media_id,instagram_permalink_url")
    assert told["instagram_permalink_url"] == posts.MEDIA[1][1]["permalink"]
    assert told["effective_instagram_media_id"] == posts.MEDIA[1][0]
    clip = studio.create(object_story_id=posts.PAGE_POSTS[1][0])["id"]
    assert studio.client.get(clip, fields="object_type,actor_id")["object_type"] == "VIDEO"
    stored = {"contextual_multi_ads": {"enroll_status": "OPT_OUT"}, "destination_spec": {"destination_type": "WEBSITE"}}
    more = studio.create(**studio.link(), **stored, url_tags='["utm"]=é')["id"]
    kept = studio.client.get(more, fields="contextual_multi_ads,destination_spec,url_tags")
    assert kept == {**stored, "url_tags": '["utm"]=é', "id": more}


def test_ineligible_opt_ins_vanish(studio: Studio) -> None:
    def after(content: dict[str, Any], **sent: str) -> set[str]:
        features = {name: {"enroll_status": status} for name, status in sent.items()}
        spec = {"creative_features_spec": features}
        made = studio.create(**content, degrees_of_freedom_spec=spec)["id"]
        read = studio.client.get(made, fields="degrees_of_freedom_spec")
        return set(read["degrees_of_freedom_spec"]["creative_features_spec"])

    asked = {
        "image_touchups": "OPT_IN",
        "video_auto_crop": "OPT_IN",
        "product_extensions": "OPT_IN",
        "enhance_cta": "OPT_IN",
    }
    assert after(studio.link(), **asked) == {"image_touchups", "enhance_cta"}
    assert after(studio.clip(), **asked) == {"video_auto_crop", "enhance_cta"}
    assert after({**studio.link(), "product_set_id": "7"}, **asked) == set(asked) - {"video_auto_crop"}
    assert after(studio.feed(), **asked) == {"image_touchups", "enhance_cta"}
    assert after(studio.link(), video_auto_crop="OPT_OUT") == {"video_auto_crop"}
    maybe = {"creative_features_spec": {"enhance_cta": {"enroll_status": "MAYBE"}}}
    assert "OPT_IN, OPT_OUT" in studio.create(**studio.link(), degrees_of_freedom_spec=maybe)["error"]["message"]


def test_the_same_content_is_found_among_thousands(studio: Studio) -> None:
    """Finding it walks through no list of creatives."""
    made = studio.create(**studio.link())["id"]
    other = studio.create(**studio.link(name="Other"))["id"]
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(Store, "children")
        assert studio.create(**studio.link())["id"] == made
        assert studio.create(**studio.link(name="Other"))["id"] == other
    studio.client.delete(made)
    assert studio.create(**studio.link())["id"] not in (made, other)


def test_snapshots_know_the_contents(studio: Studio, tmp_path: Any) -> None:
    made = studio.create(**studio.link())["id"]
    studio.client.sandbox.save(tmp_path / "state.json")
    studio.client.sandbox.load(tmp_path / "state.json")
    assert studio.create(**studio.link())["id"] == made


def test_only_names_change(studio: Studio) -> None:
    made = studio.create(**studio.link(), name="Old")["id"]
    assert studio.client.post(made, name="New", url_tags="a=b")["error"]["error_subcode"] == 1815573
    assert studio.client.post(made, name="New", execution_options=["validate_only"]) == {"success": True}
    assert studio.client.get(made, fields="name")["name"].startswith("Old")
    assert studio.client.post(made, name="New") == {"success": True}
    assert studio.client.get(made, fields="name")["name"] == "New"


def test_a_creative_in_use_stays(studio: Studio) -> None:
    made = studio.create(**studio.link())["id"]
    ad = studio.client.post("act_1/ads", name="A", adset_id=studio.client.adset(), creative={"creative_id": made})["id"]
    assert "in use for existing adgroups" in studio.client.delete(made)["error"]["error_user_msg"]
    assert studio.client.get(made, fields="status")["status"] == "ACTIVE"
    studio.client.delete(ad)
    assert studio.client.delete(made) == {"success": True}
    assert studio.client.get(made, fields="status")["status"] == "DELETED"


def test_dynamic_creatives_belong_in_dynamic_ad_sets(studio: Studio) -> None:
    plain, dynamic = studio.client.adset(), studio.client.adset(is_dynamic_creative=True)

    def ad(adset: str, creative: dict[str, Any]) -> Any:
        return studio.client.post("act_1/ads", name="A", adset_id=adset, creative=creative)

    assert ad(plain, studio.feed())["error"]["error_subcode"] == 1885998
    assert "id" in ad(dynamic, studio.feed())
    assert "id" in ad(plain, studio.placements("square", "tall"))
    assert ad(dynamic, studio.link())["error"]["error_user_title"] == "Dynamic Creative"


@pytest.mark.thorough
@table("ad_format", values("Ad", "GET", "previews", "ad_format"))
def test_every_format_is_drawn(studio: Studio, ad_format: str) -> None:
    made = studio.create(**studio.link())["id"]
    (row,) = studio.client.get(f"{made}/previews", ad_format=ad_format)["data"]
    found = re.fullmatch(
        r'<iframe src="https://business\.facebook\.com/ads/api/preview_iframe\.php\?d=(\w+)&t=(\w+)" width="(\d+)" '
        r'height="(\d+)" scrolling="yes" style="border: none;" allow="autoplay"></iframe>',
        row["body"],
    )
    assert found
    assert (found[1], found[2]) == (made, ad_format)
    assert (found[3], found[4]) == preview_html.SIZES.get(ad_format, ("320", "525"))


def test_previews_of_what_is_not(studio: Studio) -> None:
    assert len(values("Ad", "GET", "previews", "ad_format")) == 76
    made = studio.create(**studio.link())["id"]
    assert "must be one of {AUDIENCE" in studio.client.get(f"{made}/previews", ad_format="PAPER")["error"]["message"]
    assert "ad_format is required" in studio.client.get(f"{made}/previews")["error"]["message"]
    wide = studio.client.get(f"{made}/previews", ad_format="INSTAGRAM_STORY", width=100, height=200)["data"][0]["body"]
    assert 'width="100" height="200"' in wide
    missing = studio.client.get("act_1/generatepreviews", creative='{"creative_id": "5"}', ad_format="INSTAGRAM_STORY")
    assert missing["error"]["error_subcode"] == 33
    spec = [json.dumps(each) for each in (studio.link(), studio.clip())]
    drawn = {
        studio.client.get("act_1/generatepreviews", creative=each, ad_format="INSTAGRAM_STORY")["data"][0]["body"]
        for each in spec
    }
    assert len(drawn) == 2
