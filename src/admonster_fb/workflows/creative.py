"""A creative from plain arguments: one function for each kind of ad. See `docs/meta-rules.md#creatives`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Required, cast

from pydantic import Field
from typing_extensions import Unpack

from admonster_fb.client import FacebookAds
from admonster_fb.enums import CallToActionType
from admonster_fb.errors import MISSING, ParameterError, Violation, refused
from admonster_fb.models._params import Extra, KnownKeys, Params, checked, given
from admonster_fb.models.adcreative import AdCreative, AdCreativeCreate, ObjectStorySpec
from admonster_fb.models.common import AdLabels
from admonster_fb.operation import no_op, ops_of

op = ops_of("creative", "adcreatives")

Spec = dict[str, Any]
Enroll = Literal["OPT_IN", "OPT_OUT"]
Place = Literal["feed", "story", "right_column"]


class Card(Params, total=False):
    """One card of a carousel: a link and one picture or video."""

    link: Required[str]
    image_hash: str
    picture: Annotated[str, Field(description="URL of an image, instead of image_hash")]
    video_id: str
    name: Annotated[str, Field(description="headline")]
    description: str
    call_to_action: dict[str, Any]


_BY_PLACE = Field(min_length=2, description="image_hash by placement; feed covers all others")
_CHATS = "WHATSAPP, MESSENGER or INSTAGRAM_DIRECT"
_FEED = Field(description="Meta's asset feed, for dynamic creative")
_FEATURES = Field(description='Advantage+ creative features, one by one: {"image_touchups": "OPT_OUT"}')


class CreativeParts(Params, total=False):
    """The parts of a creative in plain words: one source of content, the texts, and extras."""

    name: Annotated[str, Field(max_length=100)]
    page_id: Annotated[str, Field(description="the Page that publishes the ad")]
    link: Annotated[str, Field(description="URL that a click opens")]
    image_hash: Annotated[str, Field(description="from upload_image; with video_id, its thumbnail")]
    video_id: Annotated[str, Field(description="from upload_video; needs image_hash or image_url as its thumbnail")]
    image_url: Annotated[str, Field(description="URL of an image, instead of image_hash")]
    cards: Annotated[list[Card], Field(min_length=2, max_length=10, description="a carousel")]
    images_by_place: Annotated[dict[Place, str], _BY_PLACE]
    product_set_id: Annotated[str, Field(description="a catalogue ad: texts may contain {{product.name}}")]
    object_story_spec: ObjectStorySpec
    object_story_id: Annotated[str, Field(description="an existing Page post")]
    source_instagram_media_id: Annotated[str, Field(description="an existing Instagram post; with instagram_user_id")]
    partnership_ad_code: Annotated[str, Field(description="a creator's code for a partnership ad; with page_id")]
    app_destination: Annotated[str, Field(description=f"the button opens this chat: {_CHATS}")]
    asset_feed_spec: Annotated[Spec, KnownKeys("AdAssetFeedSpec"), _FEED]
    message: Annotated[str, Field(description="primary text")]
    headline: str
    description: str
    call_to_action_type: CallToActionType | str
    lead_gen_form_id: Annotated[str, Field(description="the button opens this lead form")]
    instant_experience_id: Annotated[str, Field(description="a collection: a click opens this Instant Experience")]
    instagram_user_id: Annotated[str, Field(description="the Instagram account that publishes the ad")]
    url_tags: Annotated[str, Field(description="utm_source=facebook&…")]
    extra: Extra
    creative_features: Annotated[dict[str, Enroll], _FEATURES]
    adlabels: AdLabels
    applink_treatment: Annotated[str, Field(description="what a click opens if the app is not installed")]
    authorization_category: Annotated[str, Field(description="POLITICAL for ads about politics or social issues")]
    branded_content: Annotated[dict[str, Any], Field(description="partners of a branded content ad")]
    contextual_multi_ads: Annotated[dict[str, Any], Field(description='{"enroll_status": "OPT_OUT"}')]
    destination_spec: Annotated[dict[str, Any], Field(description="how Meta chooses between several destinations")]
    platform_customizations: Annotated[dict[str, Any], Field(description="other media by platform")]
    portrait_customizations: Annotated[dict[str, Any], Field(description="how portrait media are shown")]
    template_url_spec: Annotated[dict[str, Any] | str, Field(description="links of catalogue ads, as templates")]


CHAT_BUTTONS = {"WHATSAPP": "WHATSAPP_MESSAGE", "MESSENGER": "MESSAGE_PAGE", "INSTAGRAM_DIRECT": "INSTAGRAM_MESSAGE"}
"""The button that opens each chat. Meta: Click to WhatsApp, Click to Messenger, Click to Instagram."""


@dataclass(frozen=True, slots=True)
class Copy:
    """The texts of an ad and the URL that a click opens."""

    link: str | None = None
    message: str | None = None
    headline: str | None = None
    description: str | None = None
    call_to_action_type: CallToActionType | str | None = None
    lead_gen_form_id: str | None = None
    app_destination: str | None = None

    def action(self, default: str | None = None) -> Spec | None:
        """Return the call to action: it opens the lead form or the chat if there is one, otherwise the link.

        >>> Copy(link="https://example.com/").action("LEARN_MORE")
        {'type': 'LEARN_MORE', 'value': {'link': 'https://example.com/'}}
        >>> Copy(app_destination="WHATSAPP").action()
        {'type': 'WHATSAPP_MESSAGE', 'value': {'app_destination': 'WHATSAPP'}}
        """
        usual = "SIGN_UP" if self.lead_gen_form_id else CHAT_BUTTONS.get(self.app_destination or "", default)
        kind = self.call_to_action_type or usual
        opens = {"lead_gen_form_id": self.lead_gen_form_id, "app_destination": self.app_destination, "link": self.link}
        return {"type": kind, "value": given(**opens)} if kind else None


_STORIES = {"facebook_positions": ["story", "facebook_reels"], "instagram_positions": ["story", "reels"]}
PLACES: Mapping[Place, Spec] = {
    "story": {"publisher_platforms": ["facebook", "instagram"], **_STORIES},
    "right_column": {"publisher_platforms": ["facebook"], "facebook_positions": ["right_hand_column"]},
    "feed": {},
}
"""Placements of each image of a placement customization; `feed` covers all others."""


@op(
    "create_creative",
    effect="create",
    scopes=("ads_management", "pages_show_list", "pages_read_engagement", "pages_manage_ads"),
    cost="nothing until an ad uses it",
    aliases={"call_to_action": "call_to_action_type", "title": "headline", "body": "message"},
    then=("create_ad",),
    judge=lambda _, params: _judged(params),
)
def create_creative(fb: FacebookAds, ad_account_id: str, **parts: Unpack[CreativeParts]) -> AdCreative:
    """Create a creative. It has one source of content.

    Sources of new posts, which need `page_id` and `link`: `image_hash`, `image_url`, `video_id`, `cards`,
    `images_by_place`, `product_set_id`. In Meta's own format: `object_story_spec`, `asset_feed_spec`. Existing posts:
    `object_story_id`, `source_instagram_media_id`. `app_destination` makes the button open a chat: WHATSAPP, MESSENGER
    or INSTAGRAM_DIRECT. A part that the source has no place for is refused. Only the name of a creative can change: to
    change an ad, create another creative and pass it to update_ad. See `docs/meta-rules.md#creatives`.

    >>> create_creative(fb, "act_1", page_id="1", link="https://example.com/", image_hash=image_hash).id.isdigit()
    True
    """
    return fb.adcreatives.create(ad_account_id, **creative_params(parts))


@no_op("create_creative creates the creative")
def creative_params(parts: Mapping[str, Any]) -> AdCreativeCreate:
    """Return Meta's parameters of a creative in plain parts, as `create_creative` takes them.

    Raises `ParameterError` with all violations of the parts.

    >>> creative_params({"page_id": "1", "link": "https://example.com/", "image_hash": "ab"})["object_story_spec"]
    {'page_id': '1', 'link_data': {'link': 'https://example.com/', 'image_hash': 'ab'}}
    """
    parts = cast("CreativeParts", checked(CreativeParts, parts))
    source = _source(parts)
    unchanged = (_UNCHANGED & parts.keys()) | (parts.keys() - CreativeParts.__annotations__.keys())
    params = {**_subset(parts, *unchanged), **_KINDS[source](parts), **_subset(parts, "product_set_id")}
    if choices := parts.get("creative_features"):
        features = {name: {"enroll_status": choice} for name, choice in choices.items()}
        params["degrees_of_freedom_spec"] = {"creative_features_spec": features}
    return cast("AdCreativeCreate", params)


def _judged(params: Mapping[str, Any]) -> tuple[Violation, ...]:
    return refused(creative_params, {name: value for name, value in params.items() if name != "ad_account_id"})


EXTRAS = (
    *("adlabels", "applink_treatment", "authorization_category", "branded_content", "contextual_multi_ads"),
    *("destination_spec", "platform_customizations", "portrait_customizations", "template_url_spec"),
)
"""Parts that any creative can have, in Meta's format."""
_UNCHANGED = frozenset({"name", "url_tags", "extra", *EXTRAS})
"""Parts that are sent to Meta unchanged, as those without a type are."""


def _source(parts: CreativeParts) -> str:
    others = {"image_hash", "image_url"} if "video_id" in parts else set()  # the thumbnail of the video
    if {"object_story_spec", "asset_feed_spec"} & parts.keys():
        others.add("product_set_id")  # part of a post in Meta's own format
    sources = [name for name in _KINDS if name in parts and name not in others]
    if len(sources) != 1:
        raise ParameterError([Violation("image_hash", ", ".join(sources) or MISSING, f"exactly one of {_LIST}")])
    [source], story = sources, parts.get("object_story_spec") or {}
    where = f"within {source}" if source.endswith("_spec") else "a new post: an existing one has its own"
    # Parts that the creative would not have: none is dropped silently.
    wrong = [Violation(*part, where) for part in _subset(parts, *_NO_PLACE.get(source, ())).items()]
    if "instant_experience_id" in parts and "link" in parts:
        wrong.append(Violation("link", parts["link"], "no value with instant_experience_id: a click opens that"))
    for name, value in _subset(parts, "page_id", "instagram_user_id").items():
        if story.get(name, value) != value:
            wrong.append(Violation(name, value, f"{story[name]}, as in object_story_spec"))  # type: ignore[literal-required]
    if wrong:
        raise ParameterError(wrong)
    return source


def _texts(parts: CreativeParts) -> Copy:
    """Return the texts of a new post. It needs a Page and a link; an Instant Experience or a form can be the link."""
    link = parts.get("link") or ("https://fb.me/" if parts.get("lead_gen_form_id") else None)
    if canvas := parts.get("instant_experience_id"):
        link = f"https://fb.com/canvas_doc/{canvas}"  # makes the ad a collection
    needed = {"page_id": parts.get("page_id"), "link": link or parts.get("app_destination") in _WITHOUT_LINK}
    if missing := [name for name, value in needed.items() if not value]:
        raise ParameterError([Violation(name, MISSING, "a value: a new post needs it") for name in missing])
    return Copy(link=link, **_subset(parts, *_TEXTS))


_TEXTS = ("message", "headline", "description", "call_to_action_type", "lead_gen_form_id", "app_destination")
_WITHOUT_LINK = ("WHATSAPP", "INSTAGRAM_DIRECT")
"""Chats of new posts without a link. Messenger needs one: Meta, Click to Messenger."""


def _subset(parts: CreativeParts, *names: str) -> dict[str, Any]:
    return {name: parts[name] for name in names if name in parts}  # type: ignore[literal-required]


def _story(parts: CreativeParts, **post: Spec) -> Spec:
    return {"object_story_spec": {**_subset(parts, "page_id", "instagram_user_id"), **post}}


def _link_data(texts: Copy, **more: Any) -> Spec:
    """Return a post with an image (`image_hash` or `picture`) or a carousel (`child_attachments`)."""
    data = {"link": texts.link, "message": texts.message, "name": texts.headline, "description": texts.description}
    post: Spec = given(**data, **more, call_to_action=texts.action())
    return post


def _image(parts: CreativeParts) -> Spec:
    image = {"image_hash": parts.get("image_hash"), "picture": parts.get("image_url")}
    return _story(parts, link_data=_link_data(_texts(parts), **image))


def _cards(parts: CreativeParts) -> Spec:
    """Return a carousel. A form or a chat opens from every card (Meta: Lead ads)."""
    texts, cards = _texts(parts), [{**card} for card in parts["cards"]]
    if action := texts.action() if texts.lead_gen_form_id or texts.app_destination else None:
        cards = [{"call_to_action": action, **card} for card in cards]
    return _story(parts, link_data=_link_data(texts, child_attachments=cards))


def _video(parts: CreativeParts) -> Spec:
    texts = _texts(parts)
    video = {"video_id": parts["video_id"], "title": texts.headline, "message": texts.message}
    thumbnail = {name: parts.get(name) for name in ("image_hash", "image_url")}
    more = {"link_description": texts.description, "call_to_action": texts.action("LEARN_MORE")}
    return _story(parts, video_data=given(**video, **thumbnail, **more))


def _catalog(parts: CreativeParts) -> Spec:
    """Return a catalogue ad: images come from the products; `product_set_id` is not part of the post."""
    template = _link_data(_texts(parts))
    if action := template.get("call_to_action"):
        opens = {name: value for name, value in action["value"].items() if name != "link"}
        # Each product has a link of its own.
        template["call_to_action"] = {"type": action["type"], **({"value": opens} if opens else {})}
    return {**_story(parts, template_data=template), "product_set_id": parts["product_set_id"]}


def _by_place(parts: CreativeParts) -> Spec:
    """Return an asset feed with one image per placement: `{"feed": hash, "story": hash}`."""
    texts, images = _texts(parts), parts["images_by_place"]
    # Meta applies the first rule that matches, so `feed`, which matches everywhere, comes last.
    shown = [place for place in PLACES if place in images]
    words = {"bodies": texts.message, "titles": texts.headline, "descriptions": texts.description}
    whole = texts.lead_gen_form_id or texts.app_destination  # a button that opens a form or a chat is given whole
    usual = {"call_to_action_types": [texts.call_to_action_type or "LEARN_MORE"]}
    feed = {
        "images": [{"hash": images[place], "adlabels": [{"name": place}]} for place in shown],
        **{name: [{"text": text}] for name, text in words.items() if text},
        **({"link_urls": [{"website_url": texts.link}]} if texts.link else {}),
        **({"call_to_actions": [texts.action()]} if whole else usual),
        "ad_formats": ["SINGLE_IMAGE"],
        "optimization_type": "PLACEMENT",
        "asset_customization_rules": [
            {"customization_spec": PLACES[place], "image_label": {"name": place}, "priority": number}
            for number, place in enumerate(shown, 1)
        ],
    }
    return {**_story(parts), "asset_feed_spec": feed}


def _button(parts: CreativeParts) -> Spec:
    """Return the button of an existing post: it opens a form, a chat or the link."""
    texts = Copy(**_subset(parts, "link", "call_to_action_type", "lead_gen_form_id", "app_destination"))
    action = texts.action("LEARN_MORE" if texts.link else None)
    return {"call_to_action": action} if action else {}


def _partnership(parts: CreativeParts) -> Spec:
    partner = {"instagram_boost_post_access_token": parts["partnership_ad_code"], "ad_format": 1}
    page = {"object_id": parts["page_id"]} if "page_id" in parts else {}
    branded = {**partner, **parts.get("branded_content", {})}
    return {"branded_content": branded, **page, **_subset(parts, "instagram_user_id"), **_button(parts)}


def _instagram_post(parts: CreativeParts) -> Spec:
    """Return an existing Instagram post; a call to action can be added, with `link`."""
    if missing := [name for name in ("instagram_user_id", "page_id") if name not in parts]:
        raise ParameterError([Violation(name, MISSING, "a value: an Instagram post needs it") for name in missing])
    post = {"source_instagram_media_id": parts["source_instagram_media_id"], "object_id": parts["page_id"]}
    return {**post, "instagram_user_id": parts["instagram_user_id"], **_button(parts)}


_KINDS: dict[str, Callable[[CreativeParts], Spec]] = {
    "image_hash": _image,
    "image_url": _image,
    "video_id": _video,
    "cards": _cards,
    "images_by_place": _by_place,
    "product_set_id": _catalog,
    "asset_feed_spec": lambda parts: {**_story(parts), **_subset(parts, "asset_feed_spec")},
    "source_instagram_media_id": _instagram_post,
    "object_story_id": lambda parts: {**_subset(parts, "object_story_id", "instagram_user_id"), **_button(parts)},
    "partnership_ad_code": _partnership,
    "object_story_spec": lambda parts: _story(parts, **cast("Spec", parts["object_story_spec"])),
}
_LIST = ", ".join(_KINDS)
_OF_A_POST = ("message", "headline", "description", "instant_experience_id")
_NO_PLACE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("object_story_id", "source_instagram_media_id", "partnership_ad_code"), _OF_A_POST),
    **dict.fromkeys(("object_story_spec", "asset_feed_spec"), (*_TEXTS, "link", "instant_experience_id")),
}
"""Parts without a place in a source: an existing post has its own texts, and Meta's own format holds everything."""
