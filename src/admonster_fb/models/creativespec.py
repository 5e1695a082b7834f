"""Meta's creative specs from plain words: one function for each kind of ad. `api_facts.md` section 10."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Required
from urllib.parse import quote

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.enums import CallToActionType
from admonster_fb.models._params import STRICT
from admonster_fb.models.adcreative import ObjectStorySpec

Spec = dict[str, Any]
Enroll = Literal["OPT_IN", "OPT_OUT"]
Place = Literal["feed", "story", "right_column"]


@with_config(STRICT)
class Card(TypedDict, total=False):
    """One card of a carousel: a link and one picture or video."""

    link: Required[str]
    image_hash: str
    picture: Annotated[str, Field(description="URL of an image, instead of image_hash")]
    video_id: str
    name: Annotated[str, Field(description="headline")]
    description: str
    call_to_action: dict[str, Any]


@with_config(STRICT)
class CreativeParts(TypedDict, total=False):
    """What a person says of an ad's looks: one source of content, the words, and extras."""

    name: Annotated[str, Field(max_length=100)]
    page_id: Annotated[str, Field(description="the Page that the ad speaks for")]
    link: Annotated[str, Field(description="where a click leads")]
    image_hash: Annotated[str, Field(description="of upload_image; with video_id, its thumbnail")]
    video_id: Annotated[str, Field(description="of upload_video; needs image_hash or image_url as its thumbnail")]
    image_url: Annotated[str, Field(description="of a picture, instead of image_hash")]
    cards: Annotated[list[Card], Field(min_length=2, max_length=10, description="a carousel")]
    images_by_place: Annotated[
        dict[Place, str], Field(min_length=2, description="another image_hash by placement; feed is all the others")
    ]
    product_set_id: Annotated[str, Field(description="a catalogue ad: its words may hold {{product.name}}")]
    object_story_spec: ObjectStorySpec
    object_story_id: Annotated[str, Field(description="an existing Page post")]
    source_instagram_media_id: Annotated[str, Field(description="an existing Instagram post; with instagram_user_id")]
    asset_feed_spec: Annotated[dict[str, Any], Field(description="Meta's asset feed, for dynamic creative")]
    message: Annotated[str, Field(description="primary text")]
    headline: str
    description: str
    call_to_action_type: CallToActionType | str
    lead_gen_form_id: Annotated[str, Field(description="the button opens this lead form")]
    instant_experience_id: Annotated[str, Field(description="a collection: a click opens this Instant Experience")]
    instagram_user_id: Annotated[str, Field(description="the Instagram account the ad speaks for")]
    url_tags: Annotated[str, Field(description="utm_source=facebook&…")]
    creative_features: Annotated[
        dict[str, Enroll], Field(description='Advantage+ creative, each by itself: {"image_touchups": "OPT_OUT"}')
    ]


@dataclass(frozen=True, slots=True)
class Copy:
    """The words of an ad and where a click leads."""

    link: str | None = None
    message: str | None = None
    headline: str | None = None
    description: str | None = None
    call_to_action_type: CallToActionType | str | None = None
    lead_gen_form_id: str | None = None

    def action(self, default: str | None = None) -> Spec | None:
        """Return the button: of a lead form it opens the form, else the link.

        >>> Copy(link="https://example.com/").action("LEARN_MORE")
        {'type': 'LEARN_MORE', 'value': {'link': 'https://example.com/'}}
        """
        if self.lead_gen_form_id:
            value = {"lead_gen_form_id": self.lead_gen_form_id, "link": self.link}
            return {"type": self.call_to_action_type or "SIGN_UP", "value": _set(value)}
        kind = self.call_to_action_type or default
        return {"type": kind, "value": _set({"link": self.link})} if kind else None


def link_data(words: Copy, **more: Any) -> Spec:
    """Return a post with an image (`image_hash` or `picture`) or a carousel (`child_attachments`).

    >>> link_data(Copy(link="https://example.com/", headline="New"), image_hash="ab")
    {'link': 'https://example.com/', 'name': 'New', 'image_hash': 'ab'}
    """
    data = {"link": words.link, "message": words.message, "name": words.headline, "description": words.description}
    return _set({**data, **more, "call_to_action": words.action()})


def video_data(words: Copy, video_id: str, **thumbnail: Any) -> Spec:
    """Return a post with a video; it needs a thumbnail, `image_hash` or `image_url`.

    >>> video_data(Copy(link="https://example.com/"), "7", image_hash="ab")["call_to_action"]["type"]
    'LEARN_MORE'
    """
    data = {"video_id": video_id, "title": words.headline, "message": words.message, **thumbnail}
    return _set({**data, "link_description": words.description, "call_to_action": words.action("LEARN_MORE")})


def canvas_link(instant_experience_id: str) -> str:
    """Return the link that opens an Instant Experience, which makes a collection of an ad.

    >>> canvas_link("123")
    'https://fb.com/canvas_doc/123'
    """
    return f"https://fb.com/canvas_doc/{instant_experience_id}"


_STORIES = {"facebook_positions": ["story", "facebook_reels"], "instagram_positions": ["story", "reels"]}
PLACES: Mapping[Place, Spec] = {
    "story": {"publisher_platforms": ["facebook", "instagram"], **_STORIES},
    "right_column": {"publisher_platforms": ["facebook"], "facebook_positions": ["right_hand_column"]},
    "feed": {},
}
"""Where each picture of a placement customisation is shown; `feed` is everywhere else."""


def placement_feed(words: Copy, images: Mapping[Place, str]) -> Spec:
    """Return an asset feed that shows another picture by placement: `{"feed": hash, "story": hash}`.

    Meta takes the first rule that fits, so `feed`, which fits everywhere, comes last.

    >>> [rule["priority"] for rule in placement_feed(Copy(link="https://example.com/"), {"feed": "a", "story": "b"})
    ...     ["asset_customization_rules"]]
    [1, 2]
    """
    shown = [place for place in PLACES if place in images]
    texts = {"bodies": words.message, "titles": words.headline, "descriptions": words.description}
    return {
        "images": [{"hash": images[place], "adlabels": [{"name": place}]} for place in shown],
        **{name: [{"text": text}] for name, text in texts.items() if text},
        "link_urls": [{"website_url": words.link}],
        "call_to_action_types": [words.call_to_action_type or "LEARN_MORE"],
        "ad_formats": ["SINGLE_IMAGE"],
        "optimization_type": "PLACEMENT",
        "asset_customization_rules": [
            {"customization_spec": PLACES[place], "image_label": {"name": place}, "priority": number}
            for number, place in enumerate(shown, 1)
        ],
    }


def features(choices: Mapping[str, str]) -> Spec:
    """Return Advantage+ creative features as Meta takes them.

    >>> features({"image_touchups": "OPT_OUT"})
    {'creative_features_spec': {'image_touchups': {'enroll_status': 'OPT_OUT'}}}
    """
    return {"creative_features_spec": {name: {"enroll_status": choice} for name, choice in choices.items()}}


def utm(campaign: str, *, source: str = "facebook", medium: str = "paid_social", content: str | None = None) -> str:
    """Return `url_tags` by which a site's statistics tell the ad. Meta fills in `{{ad.name}}` and the like.

    >>> utm("autumn", content="{{ad.name}}")
    'utm_source=facebook&utm_medium=paid_social&utm_campaign=autumn&utm_content={{ad.name}}'
    """
    tags = {"source": source, "medium": medium, "campaign": campaign, "content": content}
    return "&".join(f"utm_{name}={_quoted(value)}" for name, value in tags.items() if value is not None)


def _quoted(value: str) -> str:
    return quote(value, safe="{}.")


def _set(values: Mapping[str, Any]) -> Spec:
    return {name: value for name, value in values.items() if value is not None}
