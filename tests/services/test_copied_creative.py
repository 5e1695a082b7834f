"""`creative_parameters` of a copied ad: plain parts are laid over what the source shows; nothing is dropped."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool

pytestmark = pytest.mark.thorough

BUTTON = {"type": "SHOP_NOW", "value": {"link": "https://example.com/old"}}
LINK = {
    "link": "https://example.com/old",
    "message": "Old",
    "name": "Head",
    "image_hash": "HASH",
    "call_to_action": BUTTON,
}
CARDS = [
    {"link": "https://example.com/1", "image_hash": "HASH"},
    {"link": "https://example.com/2", "image_hash": "HASH"},
]
CAROUSEL = {"link": "https://example.com/old", "message": "Old", "child_attachments": CARDS}
NEW = "https://example.com/new"


@pytest.fixture
def fb() -> FacebookAds:
    return FacebookAds.sandbox()


def _with(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _with(inner, names) for name, inner in value.items()}
    return [_with(inner, names) for inner in value] if isinstance(value, list) else names.get(str(value), value)


def ad_with(fb: FacebookAds, **creative: Any) -> str:
    """Return the ID of an ad with this creative; its story is published by the Page of the first ad."""
    [source, *_] = fb.ads.list("act_1", fields=["id", "adset_id", "creative"])
    known = fb.adcreatives.get(source.creative.id, fields=["object_story_spec"]).object_story_spec
    names = {"PAGE": known["page_id"], "HASH": str(next(iter(fb.adimages.iter("act_1"))).hash)}
    made = fb.adcreatives.create("act_1", **_with(creative, names))
    return fb.ads.create("act_1", name="Source", adset_id=source.adset_id, creative={"creative_id": made.id}).id


def shown(fb: FacebookAds, ad_id: str, **changes: Any) -> dict[str, Any]:
    """Return the post of a copy with these changes, as the sandbox has it."""
    done = FacebookTool(fb).call({"op": "duplicate_ad", "ad_id": ad_id, "creative_parameters": changes})
    assert done.ok, done.text
    copied = fb.ads.get(done.data.id, fields=["creative"]).creative.id
    return fb.adcreatives.get(copied, fields=["object_story_spec"]).object_story_spec  # type: ignore[return-value]


@table(
    "kind, post, changes, expected",
    [
        ("link_data", LINK, {"message": "New"}, {"message": "New", "link": LINK["link"], "name": "Head"}),
        ("link_data", LINK, {"link": NEW}, {"link": NEW, "message": "Old"}),
        ("link_data", LINK, {"headline": "H", "description": "D"}, {"name": "H", "description": "D"}),
        (
            "link_data",
            LINK,
            {"call_to_action_type": "LEARN_MORE"},
            {"call_to_action": {**BUTTON, "type": "LEARN_MORE"}},
        ),
        ("link_data", CAROUSEL, {"message": "New"}, {"message": "New"}),
        ("link_data", CAROUSEL, {"link": NEW}, {"link": NEW}),
    ],
)
def test_plain_parts_are_in_the_copy(
    fb: FacebookAds, kind: str, post: Any, changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    source = ad_with(fb, object_story_spec={"page_id": "PAGE", kind: post})
    made = shown(fb, source, **changes)[kind]
    assert {name: made.get(name) for name in expected} == expected
    if "link" in changes:
        assert {card["link"] for card in made.get("child_attachments", ())} <= {NEW}


@table(
    "changes, words",
    [
        ({"headline": "H"}, "carousel"),
        ({"image_hash": "ab"}, "carousel"),
        ({"text": "H"}, "one of asset_feed_spec, call_to_action_type"),
        ({"body": "H"}, "use message"),
        ({"message": "H", "object_story_spec": {"page_id": "1"}}, "within object_story_spec"),
    ],
)
def test_what_has_no_place_is_refused_before_anything_is_sent(
    fb: FacebookAds, changes: dict[str, Any], words: str
) -> None:
    source = ad_with(fb, object_story_spec={"page_id": "PAGE", "link_data": CAROUSEL})
    before = len(fb.ads.list("act_1"))
    done = FacebookTool(fb).call({"op": "duplicate_ad", "ad_id": source, "creative_parameters": changes})
    assert not done.ok
    assert words in done.text
    assert len(fb.ads.list("act_1")) == before


def test_the_answer_says_what_the_copy_shows(fb: FacebookAds) -> None:
    source = ad_with(fb, object_story_spec={"page_id": "PAGE", "link_data": LINK})
    changes = {"message": "New roast", "link": NEW}
    text = FacebookTool(fb).call({"op": "duplicate_ad", "ad_id": source, "creative_parameters": changes}).text
    assert f'Link: "{NEW}", Text: "New roast", Headline: Head' in text
    assert "Picture: " in text
    assert "Old" not in text
