"""A picture and a creative from plain arguments, as a person would say them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from admonster_fb.enums import CallToActionType
from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models.adcreative import AdCreative, AdCreativeCreate, ObjectStorySpec
from admonster_fb.models.adimage import AdImage
from admonster_fb.opspec import op

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds

LocalPath = Annotated[str, Field(json_schema_extra={"format": "path"})]
"""A file on this machine; the bot's tool confines it to the folder its host has set."""


@op("upload_image", group="creative", access="write", cost="nothing", then=("create_creative",))
def upload_image(
    fb: FacebookAds, ad_account_id: str, *, image_path: LocalPath | None = None, image_base64: str | None = None
) -> AdImage:
    """Upload an image (jpg or png, up to 30 MB) and get its hash, by which creatives of this account name it.

    >>> upload_image(fb, "act_1", image_base64=base64.b64encode(png).decode()).width
    1200
    """
    if (image_path is None) == (image_base64 is None):
        given = MISSING if image_path is None else "both"
        raise ParameterError([Violation("image_path", given, "exactly one of image_path and image_base64")])
    if image_base64 is None:
        return fb.adimages.create(ad_account_id, filename=Path(str(image_path)))
    try:
        content = base64.b64decode(image_base64, validate=True)
    except ValueError:
        raise ParameterError([Violation("image_base64", "not base64", "the image's bytes in base64")]) from None
    return fb.adimages.create(ad_account_id, bytes=content)


@op(
    "create_creative",
    group="creative",
    access="write",
    cost="nothing until an ad uses it",
    aliases={"call_to_action": "call_to_action_type", "title": "headline", "body": "message"},
    then=("create_ad",),
)
def create_creative(
    fb: FacebookAds,
    ad_account_id: str,
    *,
    name: str | None = None,
    page_id: Annotated[str, Field(description="the Page that the ad speaks for")] | None = None,
    link: Annotated[str, Field(description="where a click leads")] | None = None,
    image_hash: Annotated[str, Field(description="of upload_image; with video_id, its thumbnail")] | None = None,
    video_id: str | None = None,
    cards: Annotated[
        list[dict[str, Any]],
        Field(min_length=2, max_length=10, description="carousel: [{link, name, description, image_hash}]"),
    ]
    | None = None,
    object_story_spec: ObjectStorySpec | None = None,
    object_story_id: Annotated[str, Field(description="an existing Page post")] | None = None,
    message: Annotated[str, Field(description="primary text")] | None = None,
    headline: str | None = None,
    description: str | None = None,
    call_to_action_type: CallToActionType | None = None,
    url_tags: str | None = None,
) -> AdCreative:
    """Create a creative from one of `image_hash`, `video_id`, `cards`, `object_story_spec` or `object_story_id`.

    The first three also need `page_id` and `link`. A creative cannot be changed afterwards but for its name.

    >>> create_creative(fb, "act_1", page_id="1", link="https://example.com/", image_hash=image_hash).id.isdigit()
    True
    """
    params: AdCreativeCreate = {}
    said = {"message": message, "headline": headline, "description": description, "cta": call_to_action_type}
    sources = {"cards": cards, "video_id": video_id, "object_story_spec": object_story_spec}
    sources |= {"object_story_id": object_story_id} | ({} if video_id else {"image_hash": image_hash})
    given = [source for source, value in sources.items() if value is not None]
    if len(given) != 1:
        raise ParameterError([Violation("image_hash", ", ".join(given) or MISSING, f"exactly one of {_list(sources)}")])
    if object_story_id is not None:
        params["object_story_id"] = object_story_id
    elif object_story_spec is not None:
        params["object_story_spec"] = object_story_spec
    else:
        params["object_story_spec"] = _story(page_id, link, image_hash, video_id, cards, said)
    if name is not None:
        params["name"] = name
    if url_tags is not None:
        params["url_tags"] = url_tags
    return fb.adcreatives.create(ad_account_id, **params)


def _list(sources: dict[str, Any]) -> str:
    return ", ".join(sorted(sources))


def _story(
    page_id: str | None,
    link: str | None,
    image_hash: str | None,
    video_id: str | None,
    cards: list[dict[str, Any]] | None,
    said: dict[str, Any],
) -> ObjectStorySpec:
    missing = [name for name, value in {"page_id": page_id, "link": link}.items() if not value]
    if missing:
        raise ParameterError([Violation(name, MISSING, "needed with an image, a video or cards") for name in missing])
    action = {"type": said["cta"] or "LEARN_MORE", "value": {"link": link}}
    if video_id:
        video = {"video_id": video_id, "image_hash": image_hash, "title": said["headline"], "message": said["message"]}
        video |= {"link_description": said["description"], "call_to_action": action}
        return {"page_id": str(page_id), "video_data": _set(video)}
    data = {"link": link, "message": said["message"], "name": said["headline"], "description": said["description"]}
    data |= {"image_hash": image_hash, "child_attachments": cards}
    if said["cta"]:
        data["call_to_action"] = action
    return {"page_id": str(page_id), "link_data": _set(data)}  # type: ignore[typeddict-item]


def _set(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
