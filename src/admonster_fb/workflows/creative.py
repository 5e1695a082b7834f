"""A creative from plain arguments, as a person would say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import Unpack

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.models import creativespec
from admonster_fb.models._params import checked
from admonster_fb.models.adcreative import AdCreative, AdCreativeCreate
from admonster_fb.models.creativespec import Copy, CreativeParts
from admonster_fb.operation import no_op, op

if TYPE_CHECKING:
    from admonster_fb.client import FacebookAds


@op(
    "create_creative",
    group="creative",
    access="write",
    effect="create",
    changes="adcreatives",
    past="created",
    scopes=("ads_management", "pages_show_list", "pages_read_engagement", "pages_manage_ads"),
    cost="nothing until an ad uses it",
    aliases={"call_to_action": "call_to_action_type", "title": "headline", "body": "message"},
    then=("create_ad",),
)
def create_creative(fb: FacebookAds, ad_account_id: str, **parts: Unpack[CreativeParts]) -> AdCreative:
    """Create a creative from exactly one source.

    New posts, which need `page_id` and `link`: `image_hash`, `image_url`, `video_id`, `cards`, `images_by_place`,
    `product_set_id`. As Meta has them: `object_story_spec`, `asset_feed_spec`. Existing posts: `object_story_id`,
    `source_instagram_media_id`. A creative cannot be changed afterwards but for its name: make another one and give
    it to the ad with update_ad. Meta: ad-creative, Creating; `api_facts.md` section 10.

    >>> create_creative(fb, "act_1", page_id="1", link="https://example.com/", image_hash=image_hash).id.isdigit()
    True
    """
    return fb.adcreatives.create(ad_account_id, **creative_params(parts))


@no_op("create_creative makes a creative of them")
def creative_params(parts: Mapping[str, Any]) -> AdCreativeCreate:
    """Return Meta's parameters of a creative told in plain parts, as `create_creative` takes them.

    Raises `ParameterError` with all that is wrong with the parts.

    >>> creative_params({"page_id": "1", "link": "https://example.com/", "image_hash": "ab"})["object_story_spec"]
    {'page_id': '1', 'link_data': {'link': 'https://example.com/', 'image_hash': 'ab'}}
    """
    parts = cast("CreativeParts", checked(CreativeParts, parts))
    source = _source(parts)
    params: dict[str, Any] = {name: parts[name] for name in _TAKEN & parts.keys()}  # type: ignore[literal-required]
    params |= _KINDS[source](parts) if source in _KINDS else {source: parts[source]}  # type: ignore[literal-required]
    if choices := parts.get("creative_features"):
        params["degrees_of_freedom_spec"] = creativespec.features(choices)
    return cast("AdCreativeCreate", params)


_TAKEN = frozenset({"name", "url_tags"})
"""What goes to Meta as it was said."""


def _source(parts: CreativeParts) -> str:
    """Return which source of content was given; with a video, pictures are its thumbnail."""
    thumbnails = {"image_hash", "image_url"} if "video_id" in parts else set()
    given = [name for name in _SOURCES if name in parts and name not in thumbnails]
    if len(given) != 1:
        raise ParameterError([Violation(_SOURCES[0], ", ".join(given) or MISSING, f"exactly one of {_LIST}")])
    return given[0]


def _words(parts: CreativeParts) -> Copy:
    """Return the words of a new post, which needs a Page and a link; an Instant Experience and a form are links too."""
    canvas, form = parts.get("instant_experience_id"), parts.get("lead_gen_form_id")
    link = creativespec.canvas_link(canvas) if canvas else parts.get("link") or ("https://fb.me/" if form else None)
    missing = [name for name, value in {"page_id": parts.get("page_id"), "link": link}.items() if not value]
    if missing:
        raise ParameterError([Violation(name, MISSING, "needed for a new post") for name in missing])
    names = ("message", "headline", "description", "call_to_action_type", "lead_gen_form_id")
    said: dict[str, Any] = {name: parts[name] for name in names if name in parts}  # type: ignore[literal-required]
    return Copy(link=link, **said)


def _speaker(parts: CreativeParts) -> dict[str, Any]:
    names = ("page_id", "instagram_user_id")
    return {name: parts[name] for name in names if name in parts}  # type: ignore[literal-required]


def _post(parts: CreativeParts, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"object_story_spec": {**_speaker(parts), kind: data}}


def _image(parts: CreativeParts) -> dict[str, Any]:
    picture = {"image_hash": parts.get("image_hash"), "picture": parts.get("image_url")}
    return _post(parts, "link_data", creativespec.link_data(_words(parts), **picture))


def _cards(parts: CreativeParts) -> dict[str, Any]:
    return _post(parts, "link_data", creativespec.link_data(_words(parts), child_attachments=parts["cards"]))


def _video(parts: CreativeParts) -> dict[str, Any]:
    thumbnail = {"image_hash": parts.get("image_hash"), "image_url": parts.get("image_url")}
    return _post(parts, "video_data", creativespec.video_data(_words(parts), parts["video_id"], **thumbnail))


def _catalog(parts: CreativeParts) -> dict[str, Any]:
    """A catalogue's pictures come with its products; `product_set_id` stands beside the post."""
    template = creativespec.link_data(_words(parts))
    return {**_post(parts, "template_data", template), "product_set_id": parts["product_set_id"]}


def _by_place(parts: CreativeParts) -> dict[str, Any]:
    feed = creativespec.placement_feed(_words(parts), parts["images_by_place"])
    return {"object_story_spec": _speaker(parts), "asset_feed_spec": feed}


def _asset_feed(parts: CreativeParts) -> dict[str, Any]:
    return {"object_story_spec": _speaker(parts), "asset_feed_spec": parts["asset_feed_spec"]}


def _instagram_post(parts: CreativeParts) -> dict[str, Any]:
    """An Instagram post has its own words; a button may be added, with `link`."""
    if missing := [name for name in ("instagram_user_id", "page_id") if name not in parts]:
        raise ParameterError([Violation(name, MISSING, "needed with an Instagram post") for name in missing])
    action = Copy(link=parts.get("link"), call_to_action_type=parts.get("call_to_action_type")).action()
    post = {"source_instagram_media_id": parts["source_instagram_media_id"], "object_id": parts["page_id"]}
    post["instagram_user_id"] = parts["instagram_user_id"]
    return {**post, **({"call_to_action": action} if action else {})}


_KINDS: dict[str, Callable[[CreativeParts], dict[str, Any]]] = {
    "image_hash": _image,
    "image_url": _image,
    "video_id": _video,
    "cards": _cards,
    "images_by_place": _by_place,
    "product_set_id": _catalog,
    "asset_feed_spec": _asset_feed,
    "source_instagram_media_id": _instagram_post,
}
"""How each source becomes Meta's parameters; the others are Meta's already."""
_SOURCES = (*_KINDS, "object_story_spec", "object_story_id")
_LIST = ", ".join(_SOURCES)
