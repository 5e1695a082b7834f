"""Ad creatives. https://developers.facebook.com/docs/marketing-api/reference/ad-creative"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from admonster_fb.models._node import AccountNode, Map
from admonster_fb.models._params import WHY_NOT_MORE, Extra, Id, KnownKeys, Params
from admonster_fb.models.common import AdLabels, ExecutionOptions


class AdCreative(AccountNode):
    """What an ad looks like. Only its name, status and labels can be changed; otherwise create another one.

    >>> AdCreative.from_api({"id": "4", "object_story_id": "100_7"}).object_story_id
    '100_7'
    """

    NOT_REQUESTED: ClassVar = frozenset(
        {"asset_feed_spec", "degrees_of_freedom_spec", "adlabels", "applink_treatment", "authorization_category"}
        | {"branded_content", "call_to_action", "contextual_multi_ads", "destination_spec", "link_url", "object_id"}
        | {"object_url", "platform_customizations", "portrait_customizations", "product_set_id", "template_url_spec"}
        | {"source_facebook_post_id", "source_instagram_media_id"}
    )

    name: str | None = None
    """Name; Meta may append a date and 32 hexadecimal digits."""
    status: str | None = None
    """ACTIVE, IN_PROCESS, WITH_ISSUES or DELETED."""
    title: str | None = None
    """Headline."""
    body: str | None = None
    """Primary text."""
    object_type: str | None = None
    """Kind of content, such as SHARE, VIDEO or STATUS."""
    object_story_id: str | None = None
    """The Page post that is advertised: <page>_<post>."""
    effective_object_story_id: str | None = None
    """The Page post that is shown, also one made for the ad: <page>_<post>."""
    object_story_spec: Map | None = None
    """Content of the Page post made for the ad."""
    call_to_action_type: str | None = None
    """Button of the ad, such as LEARN_MORE."""
    image_hash: str | None = None
    """Hash of the image in the ad account."""
    image_url: str | None = None
    """URL of the image; expires."""
    thumbnail_url: str | None = None
    """URL of the thumbnail; expires. 64 by 64 pixels unless requested otherwise."""
    video_id: str | None = None
    """ID of the video."""
    url_tags: str | None = None
    """Query parameters appended to the links of the ad."""
    instagram_user_id: str | None = None
    """Instagram account that the ad is shown for."""
    asset_feed_spec: Map | None = None
    """Images, videos and texts that Meta combines (dynamic creative, placement customization)."""
    degrees_of_freedom_spec: Map | None = None
    """Advantage+ creative features, each with its enrollment."""
    adlabels: list[Map] | None = None
    """Ad labels, each with `id` and `name`."""
    applink_treatment: str | None = None
    """What a click opens if the app is not installed: the app store or a web page."""
    authorization_category: str | None = None
    """POLITICAL or NONE: whether the ad is about politics or social issues."""
    branded_content: Map | None = None
    """Partners of a branded content ad."""
    call_to_action: Map | None = None
    """Button: `type` and `value`."""
    contextual_multi_ads: Map | None = None
    """Whether the ad may be shown among similar ads: {"enroll_status": "OPT_OUT"}."""
    destination_spec: Map | None = None
    """How Meta chooses between several destinations."""
    link_url: str | None = None
    """Link of a legacy link ad."""
    object_id: str | None = None
    """ID of the object that is advertised: a Page, an event or an app."""
    object_url: str | None = None
    """URL that is advertised."""
    platform_customizations: Map | None = None
    """Other media by platform."""
    portrait_customizations: Map | None = None
    """How portrait media are shown."""
    product_set_id: str | None = None
    """ID of the product set that a catalog ad shows."""
    source_facebook_post_id: str | None = None
    """ID of the Facebook post that the creative was made from."""
    source_instagram_media_id: str | None = None
    """ID of the Instagram media that the creative was made from."""
    template_url_spec: Any = None
    """Links of catalog ads, as templates."""


class LinkData(Params, total=False):
    """A link with an image, or a carousel. Pass `image_hash` or `picture`, not both.

    >>> link: LinkData = {"link": "https://example.com/", "message": "New shoes", "image_hash": "ab"}
    """

    link: str
    """URL that a click opens."""
    message: str
    """Primary text."""
    name: str
    """Headline."""
    description: str
    """Text below the headline."""
    caption: str
    """Displayed URL."""
    image_hash: str
    """Hash of an image of the ad account."""
    picture: str
    """URL of an image, instead of `image_hash`."""
    image_crops: dict[str, Any]
    """Crops by aspect ratio: {"100x100": [[x, y], [x, y]]}."""
    call_to_action: Annotated[dict[str, Any], KnownKeys("AdCreativeLinkDataCallToAction", more=True)]
    """Button: {"type": "LEARN_MORE", "value": {"link": "…"}}."""
    child_attachments: list[Annotated[dict[str, Any], KnownKeys("Card", more=True)]]
    """Cards of a carousel, 2 to 10."""
    multi_share_optimized: bool
    """Whether Meta orders the cards of a carousel by performance."""
    multi_share_end_card: bool
    """Whether a card with the Page's picture ends the carousel."""
    attachment_style: str
    """How the attachment is shown: link or default."""
    additional_image_index: int
    """Position of the image to use among the images of the link."""
    branded_content_sponsor_page_id: Id
    """ID of the Page that sponsors branded content."""
    collection_thumbnails: list[dict[str, Any]]
    """Images or products below the cover of a collection."""
    customization_rules_spec: list[dict[str, Any]]
    """Rules by which the content changes with placement or language."""
    event_id: Id
    """ID of the Facebook event that is advertised."""
    force_single_link: bool
    """Whether the ad is shown as a single link even if it could be a carousel."""
    format_option: str
    """Format of a catalog ad, such as carousel_slideshows or single_image."""
    multi_lingual: list[dict[str, Any]]
    """Texts in other languages."""
    offer_id: Id
    """ID of the offer that is advertised."""
    page_welcome_message: str | dict[str, Any]
    """Message that greets people in Messenger, as text or as a spec."""
    preferred_image_tags: list[str]
    """Tags of the catalog images to prefer."""
    preferred_video_tags: list[str]
    """Tags of the catalog videos to prefer."""
    post_click_configuration: dict[str, Any]
    """What a click opens in the app: headline and subheadline of a browser page."""
    retailer_item_ids: list[str]
    """Product IDs of the retailer that are shown."""
    show_multiple_images: bool
    """Whether a carousel of a catalog shows several images per product."""
    static_fallback_spec: dict[str, Any]
    """Content shown where the dynamic one is not supported."""
    use_flexible_image_aspect_ratio: bool
    """Whether images keep their aspect ratio."""


class ObjectStorySpec(Params, total=False):
    """A Page post made for the ad: `page_id` and exactly one of the `…_data`.

    >>> story: ObjectStorySpec = {"page_id": "100", "link_data": {"link": "https://example.com/"}}
    """

    page_id: Id
    """ID of the Page that publishes the post."""
    instagram_user_id: Id
    """ID of the Instagram account that the ad is shown for."""
    link_data: LinkData
    """A link with an image, or a carousel."""
    video_data: Annotated[dict[str, Any], KnownKeys("AdCreativeVideoData", more=True)]
    """A video: `video_id`, `image_hash` or `image_url` as thumbnail, `message`, `title`, `call_to_action`."""
    photo_data: Annotated[dict[str, Any], KnownKeys("AdCreativePhotoData", more=True)]
    """A photo: `image_hash` or `url`, and `caption`."""
    text_data: Annotated[dict[str, Any], KnownKeys("AdCreativeTextData", more=True)]
    """A post of text only: `message`."""
    template_data: Annotated[dict[str, Any], KnownKeys("AdCreativeLinkData", more=True)]
    """A catalog ad: like `link_data`, with placeholders such as {{product.name}}."""
    product_data: list[dict[str, Any]]
    """Products of a marketplace ad."""


class AdCreativeCreate(Params, total=False):
    """Parameters of a new creative: one source of content among the first five. Meta: ad-creative, Creating.

    >>> params: AdCreativeCreate = {"name": "Shoes", "object_story_id": "100_7"}
    """

    object_story_spec: ObjectStorySpec
    """A Page post made for the ad."""
    object_story_id: str
    """An existing Page post: <page>_<post>."""
    source_instagram_media_id: Id
    """ID of an existing Instagram post; pass `instagram_user_id` too."""
    asset_feed_spec: Annotated[dict[str, Any], KnownKeys("AdAssetFeedSpec")]
    """Images, videos and texts that Meta combines (dynamic creative, placement customization)."""
    source_facebook_post_id: Id
    """ID of an existing Facebook post to make the creative from."""
    name: Annotated[str, Field(max_length=100)]
    """Name of the creative; at most 100 characters."""
    url_tags: str
    """Query parameters to append to links: utm_source=facebook&utm_medium=paid_social."""
    degrees_of_freedom_spec: dict[str, Any]
    """Advantage+ creative features, each with its enrollment."""
    instagram_user_id: Id
    """Instagram account that the ad is shown for."""
    threads_user_id: Id
    """Threads account that the ad is shown for."""
    call_to_action: Annotated[dict[str, Any], KnownKeys("AdCreativeLinkDataCallToAction", more=True)]
    """Button: {"type": "LEARN_MORE", "value": {"link": "…"}}."""
    product_set_id: Id
    """ID of the product set that a catalog ad shows."""
    template_url_spec: dict[str, Any] | str
    """Links of catalog ads, as templates."""
    platform_customizations: dict[str, Any]
    """Other media by platform."""
    contextual_multi_ads: dict[str, Any]
    """Whether the ad may be shown among similar ads: {"enroll_status": "OPT_OUT"}."""
    destination_spec: dict[str, Any]
    """How Meta chooses between several destinations."""
    authorization_category: str
    """POLITICAL or NONE: whether the ad is about politics or social issues."""
    branded_content: dict[str, Any]
    """Partners of a branded content ad."""
    portrait_customizations: dict[str, Any]
    """How portrait media are shown."""
    applink_treatment: str
    """What a click opens if the app is not installed: the app store or a web page."""
    image_hash: str
    """Hash of an image of the ad account."""
    image_url: str
    """URL of an image."""
    title: str
    """Headline."""
    body: str
    """Primary text."""
    object_id: Id
    """ID of the object to advertise: a Page, an event or an app."""
    object_type: str
    """Kind of content, such as SHARE or VIDEO."""
    object_url: str
    """URL to advertise."""
    link_url: str
    """Link of a legacy link ad."""
    thumbnail_url: str
    """URL of an image to use as thumbnail."""
    adlabels: AdLabels
    execution_options: ExecutionOptions
    extra: Extra


class AdCreativeUpdate(Params, total=False):
    """Parameters of a change of a creative; everything else of it is fixed.

    >>> params: AdCreativeUpdate = {"name": "Shoes, spring"}
    """

    name: Annotated[str, Field(max_length=100)]
    """Name of the creative; at most 100 characters."""
    status: str
    """ACTIVE or DELETED."""
    adlabels: AdLabels
    extra: Extra


WHY_NOT_MORE[AdCreativeUpdate] = (
    'all else of a creative is fixed: create another one and give it to the ad with creative={"creative_id": …}'
)
