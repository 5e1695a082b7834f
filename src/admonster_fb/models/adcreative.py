"""Ad creatives. https://developers.facebook.com/docs/marketing-api/reference/ad-creative"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, with_config
from typing_extensions import TypedDict

from admonster_fb.models._node import Map, Node
from admonster_fb.models._params import STRICT, WHY_NOT_MORE
from admonster_fb.models.common import ExecutionOptions


class AdCreative(Node):
    """What an ad looks like. It cannot be changed but for its name, status and labels: make another one instead."""

    NOT_ASKED: ClassVar = frozenset({"asset_feed_spec", "degrees_of_freedom_spec"})

    id: str = ""
    account_id: str | None = None
    name: str | None = None
    """Meta may append a date and 32 hexadecimal digits."""
    status: str | None = None
    title: str | None = None
    body: str | None = None
    object_type: str | None = None
    object_story_id: str | None = None
    effective_object_story_id: str | None = None
    object_story_spec: Map | None = None
    call_to_action_type: str | None = None
    image_hash: str | None = None
    image_url: str | None = None
    thumbnail_url: str | None = None
    """64 by 64 pixels unless asked otherwise; expires."""
    video_id: str | None = None
    url_tags: str | None = None
    instagram_user_id: str | None = None
    asset_feed_spec: Map | None = None
    degrees_of_freedom_spec: Map | None = None


@with_config(STRICT)
class LinkData(TypedDict, total=False):
    """A link with an image, or a carousel. `name` is the headline; `image_hash` or `picture`, not both."""

    link: str
    message: Annotated[str, Field(description="primary text")]
    name: Annotated[str, Field(description="headline")]
    description: str
    caption: str
    image_hash: str
    picture: Annotated[str, Field(description="URL of an image")]
    image_crops: dict[str, Any]
    call_to_action: Annotated[dict[str, Any], Field(description='{"type": "LEARN_MORE", "value": {"link": …}}')]
    child_attachments: Annotated[list[dict[str, Any]], Field(description="2 to 10 cards of a carousel")]
    multi_share_optimized: bool
    multi_share_end_card: bool
    attachment_style: str
    additional_image_index: int
    branded_content_sponsor_page_id: str
    collection_thumbnails: list[dict[str, Any]]
    customization_rules_spec: list[dict[str, Any]]
    event_id: str
    force_single_link: bool
    format_option: str
    multi_lingual: list[dict[str, Any]]
    offer_id: str
    page_welcome_message: str | dict[str, Any]
    preferred_image_tags: list[str]
    preferred_video_tags: list[str]
    post_click_configuration: dict[str, Any]
    retailer_item_ids: list[str]
    show_multiple_images: bool
    static_fallback_spec: dict[str, Any]
    use_flexible_image_aspect_ratio: bool


@with_config(STRICT)
class ObjectStorySpec(TypedDict, total=False):
    """A Page post made for the ad: `page_id` and exactly one of the `…_data`."""

    page_id: str
    instagram_user_id: str
    link_data: LinkData
    video_data: dict[str, Any]
    photo_data: dict[str, Any]
    text_data: dict[str, Any]
    template_data: dict[str, Any]
    product_data: list[dict[str, Any]]


@with_config(STRICT)
class AdCreativeCreate(TypedDict, total=False):
    """Parameters of a new creative: one source of content among the first five. Meta: ad-creative, Creating."""

    object_story_spec: ObjectStorySpec
    object_story_id: Annotated[str, Field(description="an existing Page post: <page>_<post>")]
    source_instagram_media_id: str
    asset_feed_spec: dict[str, Any]
    source_facebook_post_id: str
    name: Annotated[str, Field(max_length=100)]
    url_tags: Annotated[str, Field(description="utm_source=facebook&…")]
    degrees_of_freedom_spec: Annotated[dict[str, Any], Field(description="Advantage+ creative features")]
    instagram_user_id: str
    threads_user_id: str
    call_to_action: dict[str, Any]
    product_set_id: str
    template_url_spec: dict[str, Any] | str
    platform_customizations: dict[str, Any]
    contextual_multi_ads: dict[str, Any]
    destination_spec: dict[str, Any]
    authorization_category: str
    branded_content: dict[str, Any]
    portrait_customizations: dict[str, Any]
    applink_treatment: str
    image_hash: str
    image_url: str
    title: str
    body: str
    object_id: str
    object_type: str
    object_url: str
    link_url: str
    thumbnail_url: str
    adlabels: list[dict[str, Any]]
    execution_options: ExecutionOptions


@with_config(STRICT)
class AdCreativeUpdate(TypedDict, total=False):
    """All that can be changed of a creative."""

    name: Annotated[str, Field(max_length=100)]
    status: str
    adlabels: list[dict[str, Any]]


WHY_NOT_MORE[AdCreativeUpdate] = (
    'all else of a creative is fixed: create another one and give it to the ad with creative={"creative_id": …}'
)
