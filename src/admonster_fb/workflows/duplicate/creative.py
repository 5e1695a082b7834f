"""What differs in the creative of a copied ad, laid over what its source shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from admonster_fb.enums import CallToActionType
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import KnownKeys, Params
from admonster_fb.models.adcreative import AdCreative, ObjectStorySpec
from admonster_fb.workflows.duplicate.rebuild import creative_parts, lost_content, replace_links

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

Spec = dict[str, Any]


class CreativeChanges(Params, total=False):
    """What differs in a copied ad: parts as `create_creative` has them, or Meta's own top-level parameters."""

    link: str
    message: Annotated[str, Field(description="primary text")]
    headline: str
    description: str
    call_to_action_type: CallToActionType | str
    image_hash: str
    image_url: str
    url_tags: str
    threads_user_id: str
    object_story_spec: ObjectStorySpec
    asset_feed_spec: Annotated[Spec, KnownKeys("AdAssetFeedSpec")]


_TEXTS = {"message": "message", "headline": "name", "description": "description"}
_PLACES: Mapping[str, Mapping[str, str]] = {
    "link_data": {**_TEXTS, "image_hash": "image_hash", "image_url": "picture"},
    "video_data": {
        "message": "message",
        "headline": "title",
        "description": "link_description",
        "image_hash": "image_hash",
        "image_url": "image_url",
    },
    "template_data": _TEXTS,
    "photo_data": {"message": "caption", "image_hash": "image_hash", "image_url": "url"},
    "text_data": {"message": "message"},
}
"""Where each kind of post has the plain parts."""
_PLAIN = ("link", "message", "headline", "description", "call_to_action_type", "image_hash", "image_url")
_WITH_BUTTON = ("link_data", "video_data", "template_data")
_PICTURES = ("image_hash", "picture", "image_url", "url", "image_crops")
"""One picture replaces the other, and its crops."""
_OTHERWISE = "create_creative with it, then create_ad"


def changed_creative(fb: FacebookAds, ad_id: str, changes: Mapping[str, Any]) -> Spec:
    """Return Meta's `creative_parameters` of a copy: plain parts are laid over the post that the source shows.

    Raises `ParameterError` with the parts for which the source has no place, such as the text of an existing post.
    """
    rest = {name: value for name, value in changes.items() if name not in _PLAIN}
    plain = {name: changes[name] for name in _PLAIN if name in changes}
    if not plain:
        return rest
    if own := next((name for name in ("object_story_spec", "asset_feed_spec") if name in rest), ""):
        raise ParameterError(
            [_refused(name, value, f"within {own}, which has everything") for name, value in plain.items()]
        )
    shown = fb.ads.get(ad_id, fields=["id", "creative"]).creative
    fields = (*AdCreative.fields(), *sorted(AdCreative.NOT_ASKED))
    creative = fb.adcreatives.get(str(getattr(shown, "id", "")), fields=fields)
    wrong = [*lost_content({creative.id: creative}, ())]
    parts = creative_parts(creative)
    if wrong := [*wrong, *_overlay(parts, plain)]:
        raise ParameterError(wrong)
    return {**rest, **{name: parts[name] for name in ("object_story_spec", "asset_feed_spec") if name in parts}}


def _overlay(parts: Spec, plain: Mapping[str, Any]) -> Iterator[Violation]:
    """Lay plain parts over a creative's; yield those for which it has no place."""
    story = parts.get("object_story_spec", {}) if "asset_feed_spec" not in parts else {}
    kind = next((kind for kind in _PLACES if kind in story), "")
    post = story.get(kind, {})
    cards = "child_attachments" in post
    places = {"message": "message"} if cards else _PLACES.get(kind, {})
    for name, value in plain.items():
        if name in places:
            for other in _PICTURES if places[name] in _PICTURES else ():
                post.pop(other, None)
            post[places[name]] = value
        elif name == "call_to_action_type" and kind in _WITH_BUTTON and not cards:
            link = {"value": {"link": post["link"]}} if "link" in post else {}
            post["call_to_action"] = {**link, **(post.get("call_to_action") or {}), "type": value}
        elif name != "link" or not replace_links(parts, value):
            yield _refused(name, value, f"no value: the ad shows {_what(parts, cards)}; {_OTHERWISE}")


def _what(parts: Spec, cards: bool) -> str:
    if "asset_feed_spec" in parts:
        return "several texts and pictures (asset_feed_spec)"
    return "a carousel" if cards else "a post without it" if "object_story_spec" in parts else "an existing post"


def _refused(name: str, value: Any, allowed: str) -> Violation:
    return Violation(f"creative_parameters.{name}", value, allowed)
