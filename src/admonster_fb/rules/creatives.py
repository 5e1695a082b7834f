"""Rules of creatives and asset feeds. Source: `docs/meta-rules.md#creatives`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, get_args

from admonster_fb.enums import CallToActionType
from admonster_fb.errors import MISSING
from admonster_fb.rules.core import ParameterView, Problem, max_length, rule, unknown_value
from admonster_fb.rules.values import items, listed, mapping, rows, text, texts

SOURCES = ("object_story_spec", "object_story_id", "source_instagram_media_id", "asset_feed_spec")
_OLDER = (
    *("source_facebook_post_id", "object_id", "object_url", "link_url", "image_hash", "image_url", "image_file"),
    *("video_id", "title", "body", "template_url", "product_set_id", "creative_id", "object_store_url"),
)
"""Older parameters that set the content."""
POSTS = ("link_data", "video_data", "photo_data", "text_data", "template_data")
CHANGEABLE = frozenset({"name", "status", "adlabels", "execution_options", "account_id"})
CARDS = range(2, 11)
MAX_URL_LENGTH = 1000
_HASH = re.compile(r"[0-9a-f]{32}")
_TEXTS = ("bodies", "titles", "descriptions")
_ASSETS = {"images": ("hash", "url"), "videos": ("video_id",), **dict.fromkeys(_TEXTS, ("text",))}
_ASSETS |= {"link_urls": ("website_url",)}
"""The lists of an asset feed, and the keys that make an entry unique."""
_LABELS = {"body_label": "bodies"}
_LABELS |= {f"{kind}_label": f"{kind}s" for kind in ("image", "video", "title", "description", "link_url")}
_CAPS = {"images": 10, "videos": 10, **dict.fromkeys(_TEXTS, 5)}
_CAP = 30
_COMBINED_WITH_A_POST = frozenset({"DEGREES_OF_FREEDOM", "FORMAT_AUTOMATION"})


def _story(view: ParameterView) -> Mapping[str, Any]:
    return mapping(view.params.get("object_story_spec"))


def _posts(view: ParameterView) -> list[str]:
    return [name for name in POSTS if _story(view).get(name)]


def _feed(view: ParameterView) -> Mapping[str, Any]:
    return mapping(view.params.get("asset_feed_spec"))


def _sources(view: ParameterView) -> list[str]:
    return [name for name in SOURCES if view.params.get(name)]


@rule("one-source", "creative", "R 100/1487929", subcode=1487929)
def _one_source(view: ParameterView) -> Iterator[Problem]:
    """Keep one source."""
    sources = _sources(view)
    if set(sources) == {"object_story_spec", "asset_feed_spec"}:
        return  # the Page, and the assets that the ad shows
    if len(sources) > 1:
        message = f"{', '.join(sources)} are given; only one source of content is allowed"
        with_feed = len(sources) == 2 and "asset_feed_spec" in sources
        doubt = "R 100/1487929; not D Website ads with click to message" if with_feed else None
        yield Problem(sources[-1], message, view.params[sources[-1]], None, doubt)


@rule("feed-and-post", "creative", "F creatives", subcode=1487929)
def _feed_and_post(view: ParameterView) -> Iterator[Problem]:
    """Keep one of the two."""
    feed, posts = _feed(view), _posts(view)
    if not feed or not posts or text(feed.get("optimization_type")) in _COMBINED_WITH_A_POST:
        return
    if feed.get("images") or feed.get("videos"):
        message = f"it has images or videos, but object_story_spec.{posts[0]} is another source of content"
        yield Problem("asset_feed_spec", message)


@rule("some-source", "creative", "D Ad creative reference", create_only=True)
def _some_source(view: ParameterView) -> Iterator[Problem]:
    """Give one of them."""
    partner = mapping(view.params.get("branded_content"))
    boosted = any(partner.get(f"{place}_boost_post_access_token") for place in ("facebook", "instagram"))
    sourced = boosted or view.params.get("creative_sourcing_spec")
    if not _sources(view) and not sourced and not any(view.params.get(name) for name in _OLDER):
        yield Problem("object_story_spec", f"no source of content; one of {', '.join(SOURCES)}")


@rule("story-page", "creative", "D Ad creative reference")
def _page(view: ParameterView) -> Iterator[Problem]:
    """Give page_id."""
    story = _story(view)
    if story and story.get("page_id") in (None, "") and not story.get("instagram_user_id"):
        yield Problem("object_story_spec.page_id", "the Page of the ad is missing")


@rule("one-post", "creative", "D Ad creative reference", subcode=1487929)
def _one_post(view: ParameterView) -> Iterator[Problem]:
    """Give exactly one."""
    story, posts = _story(view), _posts(view)
    if len(posts) > 1:
        yield Problem("object_story_spec", f"{', '.join(posts)} are given; exactly one is allowed", posts)
    elif story and not posts and not story.get("product_data") and not _feed(view):
        yield Problem("object_story_spec", f"none of {', '.join(POSTS)} is given; exactly one is required")


def _post(view: ParameterView, name: str) -> Mapping[str, Any]:
    return mapping(_story(view).get(name))


def _cards(view: ParameterView) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in ("link_data", "template_data"):
        for place, card in rows(_post(view, name).get("child_attachments")):
            yield f"object_story_spec.{name}.child_attachments.{place}", card


def _with_image(view: ParameterView) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the objects that can have an image, each with its path."""
    if link := _post(view, "link_data"):
        yield "object_story_spec.link_data", link
    yield from _cards(view)


@rule("one-image", "creative", "D Ad creative link data")
def _one_image(view: ParameterView) -> Iterator[Problem]:
    """Keep image_hash or picture."""
    for path, holder in _with_image(view):
        if holder.get("image_hash") and holder.get("picture"):
            message = "image_hash is given too; only one of the two is allowed"
            yield Problem(f"{path}.picture", message, holder["picture"])


@rule("carousel", "creative", "D Carousel ads")
def _carousel(view: ParameterView) -> Iterator[Problem]:
    """Give 2 to 10 cards."""
    value = _post(view, "link_data").get("child_attachments")
    if isinstance(value, (list, tuple)) and len(value) not in CARDS:
        message = f"{len(value)} cards; allowed: {CARDS[0]} to {CARDS[-1]}"
        yield Problem("object_story_spec.link_data.child_attachments", message, len(value))


PROFILE_BUTTONS = ("VISIT_PROFILE", "VIEW_INSTAGRAM_PROFILE")
"""Buttons that open the profile of the Page or the Instagram account that the ad comes from."""


_LEADING = ("lead_gen_form_id", "page", "app_link", "product_link", "whatsapp_number")
"""What a button may have in place of a link; Meta's pages do not say that the link is needed too."""


@rule("link", "creative", "R 100/2061015", subcode=2061015)
def _link(view: ParameterView) -> Iterator[Problem]:
    """Give link."""
    post = _post(view, "link_data")
    value = mapping(mapping(post.get("call_to_action")).get("value"))
    leads = post.get("link") or any(value.get(name) for name in ("link", "app_destination", "event_id", "offer_id"))
    if post and not leads and not post.get("event_id") and not post.get("offer_id"):
        profile = mapping(post.get("call_to_action")).get("type") in PROFILE_BUTTONS
        doubt = "F creatives" if profile or any(value.get(name) for name in _LEADING) else None
        yield Problem("object_story_spec.link_data.link", "the link that a click leads to is missing", sources=doubt)


@rule("card-link", "creative", "F error-numbers", subcode=2061015)
def _card_link(view: ParameterView) -> Iterator[Problem]:
    """Give each card a link."""
    for path, card in _cards(view):
        if path.startswith("object_story_spec.link_data") and not card.get("link"):
            yield Problem(f"{path}.link", "the link of this card is missing")


def _of_video(names: tuple[str, ...], message: str, view: ParameterView) -> Iterator[Problem]:
    video = _post(view, "video_data")
    if video and not any(map(video.get, names)):
        yield Problem(f"object_story_spec.video_data.{names[0]}", message)


rule("thumbnail", "creative", "R 100/1443226", subcode=1443226, fix="Give image_hash or image_url.")(
    partial(_of_video, ("image_hash", "image_url"), "the video has no thumbnail: image_hash or image_url")
)
rule("video", "creative", "D Ad creative video data", fix="Give video_id.")(
    partial(_of_video, ("video_id",), "the video is missing")
)


@rule("product-set", "creative", "M the example in Advantage+ catalog ads", subcode=1487831)
def _products(view: ParameterView) -> Iterator[Problem]:
    """Give product_set_id."""
    template = _post(view, "template_data")
    if template and not (view.params.get("product_set_id") or template.get("product_set_id")):
        yield Problem("product_set_id", "template_data shows products, but no product set is named")


@rule("polls", "creative", "F changes-by-version", code=None)
def _polls(view: ParameterView) -> Iterator[Problem]:
    """Leave it out."""
    spec = mapping(view.params.get("interactive_components_spec"))
    for place, component in rows(spec.get("components")):
        if str(component.get("type")).casefold() == "poll" or "poll_spec" in component:
            path = f"interactive_components_spec.components.{place}"
            yield Problem(path, "Meta shows no polls since v26", component.get("type"))


@rule("instagram-id", "creative", "R 100; D v24 changelog", subcode=2446149)
def _instagram(view: ParameterView) -> Iterator[Problem]:
    """Use instagram_user_id alone."""
    for path, holder in (("", view.params), ("object_story_spec.", _story(view))):
        if value := holder.get("instagram_actor_id"):
            both = ", which is given too" if holder.get("instagram_user_id") else ""
            message = f"it was replaced by instagram_user_id in September 2025{both}"
            yield Problem(f"{path}instagram_actor_id", message, value)


@rule("instagram-post", "creative", "F creatives", subcode=1772103)
def _instagram_post(view: ParameterView) -> Iterator[Problem]:
    """Give instagram_user_id."""
    params = view.params
    if params.get("source_instagram_media_id") and not (params.get("instagram_user_id") or params.get("object_id")):
        yield Problem("instagram_user_id", "an Instagram post is named, but no Instagram account")


def _features(view: ParameterView) -> Mapping[str, Any]:
    return mapping(mapping(view.params.get("degrees_of_freedom_spec")).get("creative_features_spec"))


_FEATURES = "degrees_of_freedom_spec.creative_features_spec"


@rule("bundle", "creative", "D v22 changelog; X 100/3858504", subcode=3858504)
def _bundle(view: ParameterView) -> Iterator[Problem]:
    """Name each feature separately."""
    if "standard_enhancements" in _features(view):
        yield Problem(f"{_FEATURES}.standard_enhancements", "the bundle ended with v22")


@rule("enroll-status", "creative", "D Error reference; not D Ad creative features", subcode=3858082)
def _enrolled(view: ParameterView) -> Iterator[Problem]:
    """Use OPT_IN or OPT_OUT."""
    for name, feature in _features(view).items():
        value = feature.get("enroll_status") if isinstance(feature, Mapping) else None
        if value not in ("OPT_IN", "OPT_OUT"):
            shown = "missing" if value is None else value
            yield Problem(f"{_FEATURES}.{name}.enroll_status", f"{shown}; allowed: OPT_IN, OPT_OUT", value)


def _buttons(view: ParameterView) -> Iterator[tuple[str, object]]:
    if "call_to_action" in view.params:
        yield "call_to_action", view.params["call_to_action"]
    for name in POSTS:
        post = _post(view, name)
        if "call_to_action" in post:
            yield f"object_story_spec.{name}.call_to_action", post["call_to_action"]
    for path, card in _cards(view):
        if "call_to_action" in card:
            yield f"{path}.call_to_action", card["call_to_action"]


@rule("button", "creative", "D Error reference", subcode=1373054)
def _button(view: ParameterView) -> Iterator[Problem]:
    """Write it like {"type": "LEARN_MORE", "value": {"link": …}}."""
    for path, button in _buttons(view):
        if not isinstance(button, Mapping) or text(button.get("type")) is None:
            yield Problem(f"{path}.type", "not an object with a type", button)
        elif "value" in button and not isinstance(button["value"], Mapping):
            yield Problem(f"{path}.value", "not an object", button["value"])


_BUTTONS = frozenset(get_args(CallToActionType))


@rule("button-unknown", "creative", "S AdCreativeLinkDataCallToAction", code=None)
def _button_unknown(view: ParameterView) -> Iterator[Problem]:
    """Make sure that Meta has it."""
    for path, button in _buttons(view):
        yield from unknown_value(f"{path}.type", mapping(button).get("type"), _BUTTONS, "button")
    for number, value in enumerate(texts(mapping(view.params.get("asset_feed_spec")).get("call_to_action_types"))):
        yield from unknown_value(f"asset_feed_spec.call_to_action_types.{number}", value, _BUTTONS, "button")


_OF_ALL_POSTS = ("branded_content_shared_to_sponsor_status", "branded_content_sponsor_page_id", "page_welcome_message")
_FIELDS = {
    "video_data": frozenset(
        {"additional_image_index", "call_to_action", "collection_thumbnails", "customization_rules_spec", "image_hash"}
        | {"image_url", "link_description", "message", "offer_id", "post_click_configuration", "retailer_item_ids"}
        | {"targeting", "title", "video_id", *_OF_ALL_POSTS}
    ),
    "photo_data": frozenset({"caption", "image_hash", "url", *_OF_ALL_POSTS}),
    "text_data": frozenset({"message"}),
}
"""The fields of each post: `AdCreativeVideoData`, `AdCreativePhotoData` and `AdCreativeTextData` of the SDK."""


@rule("post-field", "creative", "L a field that Meta's SDK does not have")
def _fields(view: ParameterView) -> Iterator[Problem]:
    """Leave it out."""
    for name, known in _FIELDS.items():
        post, names = _post(view, name), sorted(known)
        for key in sorted(map(str, post.keys() - known)):
            near = [field for field in names if key in field] or difflib.get_close_matches(key, names, 1)
            fix = f"Write {near[0]}." if near else f"Use one of {listed(known)}."
            yield Problem(f"object_story_spec.{name}.{key}", f"{name} has no {key}", post[key], fix)


@rule("call-button", "creative", "F goal-matrix")
def _call_button(view: ParameterView) -> Iterator[Problem]:
    """Give value={"link": "tel:+18005551234"}."""
    for path, button in _buttons(view):
        value = mapping(mapping(button).get("value"))
        if mapping(button).get("type") != "CALL_NOW" or str(value.get("link", "")).startswith("tel:"):
            continue
        numbers = [name for name in value if "phone" in str(name)]
        sources = "D Call ads" if numbers else None
        message = "the number of CALL_NOW stands in value.link, as tel:+…"
        yield Problem(f"{path}.value.{numbers[0] if numbers else 'link'}", message, value or MISSING, None, sources)


@rule("picture-url", "creative", "D Ad creative reference")
def _picture_url(view: ParameterView) -> Iterator[Problem]:
    """Upload the image instead."""
    for path, holder in _with_image(view):
        url = text(holder.get("picture"))
        if url is not None and len(url) > MAX_URL_LENGTH:
            yield Problem(f"{path}.picture", f"{len(url)} characters; allowed: {MAX_URL_LENGTH}", url)


@rule("image-hash", "creative", "F creatives", subcode=2446386)
def _hash(view: ParameterView) -> Iterator[Problem]:
    """Use the hash that upload_image returns."""
    for path, holder in _with_image(view):
        value = text(holder.get("image_hash"))
        if value is not None and not _HASH.fullmatch(value):
            yield Problem(f"{path}.image_hash", f"{value[:40]} is not 32 hexadecimal digits", value)


@rule("creative-fixed", "creative", "D Ad creative reference", subcode=1815573)
def _fixed(view: ParameterView) -> Iterator[Problem]:
    """Make another creative and give it to the ad."""
    changeable = listed(CHANGEABLE - {"execution_options", "account_id"})
    for name in sorted(map(str, view.params.keys() - CHANGEABLE)) if view.update else ():
        message = f"{name} of a creative cannot change; only {changeable} can"
        yield Problem(name, message, view.params.get(name))


rule("creative-name", "creative", "D Ad creative reference", fix="Shorten it.")(max_length("name", 100))


# Asset feeds: several images, videos and texts in one creative.


@rule("asset-twice", "creative", "R 100/1815629", subcode=1815629)
def _duplicates(view: ParameterView) -> Iterator[Problem]:
    """Give every asset once."""
    feed = _feed(view)
    for name, keys in _ASSETS.items():
        seen: list[Mapping[str, Any]] = []
        for place, asset in rows(feed.get(name)):
            value = next((found for key in keys if (found := text(asset.get(key)))), None)
            if value is not None and asset in seen:  # equal in crops, labels and all else
                yield Problem(f"asset_feed_spec.{name}.{place}", f"{value[:40]} occurs twice", value)
            seen.append(asset)


@rule("asset-rules", "creative", "D Placement asset customization; not D Placement asset customization, examples")
def _customized(view: ParameterView) -> Iterator[Problem]:
    """Give two rules or none."""
    value = items(_feed(view).get("asset_customization_rules"))
    if len(value) == 1:
        yield Problem("asset_feed_spec.asset_customization_rules", "one rule; placement customization needs two", 1)


@rule("asset-label", "creative", "D Error reference", subcode=2446173)
def _labels(view: ParameterView) -> Iterator[Problem]:
    """Give an asset this label."""
    feed = _feed(view)
    for place, customization in rows(feed.get("asset_customization_rules")):
        for key, assets in _LABELS.items():
            name = text(mapping(customization.get(key)).get("name"))
            labels = (label for _, asset in rows(feed.get(assets)) for _, label in rows(asset.get("adlabels")))
            if name is not None and all(text(label.get("name")) != name for label in labels):
                path = f"asset_feed_spec.asset_customization_rules.{place}.{key}"
                yield Problem(path, f"none of the {assets} has the label {name}", name)


@rule("rules-with-freedom", "creative", "X facebook-python-business-sdk#870")
def _rules_with_freedom(view: ParameterView) -> Iterator[Problem]:
    """Keep the rules or the optimization_type."""
    feed = _feed(view)
    if feed.get("asset_customization_rules") and feed.get("optimization_type") == "DEGREES_OF_FREEDOM":
        message = "DEGREES_OF_FREEDOM together with asset_customization_rules"
        yield Problem("asset_feed_spec.optimization_type", message, feed["optimization_type"])


@rule("freedom-video-link", "creative", "X pipeboard-co/meta-ads-mcp#130", subcode=2061015)
def _freedom_video(view: ParameterView) -> Iterator[Problem]:
    """Give both."""
    feed = _feed(view)
    if not feed.get("videos") or feed.get("optimization_type") != "DEGREES_OF_FREEDOM":
        return
    if not feed.get("link_urls"):
        yield Problem("asset_feed_spec.link_urls", "DEGREES_OF_FREEDOM with videos needs link_urls in the feed")
    if not _post(view, "link_data").get("link"):
        message = "DEGREES_OF_FREEDOM with videos needs a link_data with the link next to the feed"
        yield Problem("object_story_spec.link_data.link", message)


rule("video-button", "creative", "X logly/mureo#467", code=None, fix="Add call_to_action with a link.")(
    partial(_of_video, ("call_to_action",), "without a button the video cannot be clicked")
)


@rule("asset-count", "creative", "F creatives")
def _caps(view: ParameterView) -> Iterator[Problem]:
    """Give fewer assets."""
    counts = {name: len(items(_feed(view).get(name))) for name in _ASSETS}
    for name, most in _CAPS.items():
        if counts[name] > most:
            yield Problem(f"asset_feed_spec.{name}", f"{counts[name]}; known to be accepted: {most}", counts[name])
    if sum(counts.values()) > _CAP:
        yield Problem("asset_feed_spec", f"{sum(counts.values())} assets in total; known to be accepted: {_CAP}")
