"""What ads look like. `api_facts.md` sections 1.4 and 10."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from admonster_fb.rules.core import Problem, Rule, Subject, longest
from admonster_fb.rules.values import listed, mapping, rows, text

SOURCES = ("object_story_spec", "object_story_id", "source_instagram_media_id", "asset_feed_spec")
_OLDER = (
    *("source_facebook_post_id", "object_id", "object_url", "link_url", "image_hash", "image_url", "image_file"),
    *("video_id", "title", "body", "template_url", "product_set_id", "creative_id", "object_store_url"),
)
"""Other parameters that say what is shown."""
POSTS = ("link_data", "video_data", "photo_data", "text_data", "template_data")
CHANGEABLE = frozenset({"name", "status", "adlabels", "execution_options", "account_id"})
CARDS = range(2, 11)
LONGEST_URL = 1000
_HASH = re.compile(r"[0-9a-f]{32}")
_BESIDE_A_POST = frozenset({"DEGREES_OF_FREEDOM", "FORMAT_AUTOMATION"})


def _story(subject: Subject) -> Mapping[str, Any]:
    return mapping(subject.params.get("object_story_spec"))


def _posts(subject: Subject) -> list[str]:
    story = _story(subject)
    return [name for name in POSTS if story.get(name)]


def _feed(subject: Subject) -> Mapping[str, Any]:
    return mapping(subject.params.get("asset_feed_spec"))


def _sources(subject: Subject) -> list[str]:
    return [name for name in SOURCES if subject.params.get(name)]


def _one_source(subject: Subject) -> Iterator[Problem]:
    given = _sources(subject)
    if set(given) == {"object_story_spec", "asset_feed_spec"}:
        return  # a Page, and the assets that it shows
    if len(given) > 1:
        message = f"{', '.join(given)} are given; one source of content"
        yield Problem(given[-1], message, subject.params[given[-1]])


def _feed_and_post(subject: Subject) -> Iterator[Problem]:
    feed, posts = _feed(subject), _posts(subject)
    if not feed or not posts or text(feed.get("optimization_type")) in _BESIDE_A_POST:
        return
    if feed.get("images") or feed.get("videos"):
        message = f"its images and videos stand beside object_story_spec.{posts[0]}, another source of content"
        yield Problem("asset_feed_spec", message)


def _some_source(subject: Subject) -> Iterator[Problem]:
    if not _sources(subject) and not any(subject.params.get(name) for name in _OLDER):
        yield Problem("object_story_spec", f"no source of content; one of {', '.join(SOURCES)}")


def _page(subject: Subject) -> Iterator[Problem]:
    story = _story(subject)
    if story and story.get("page_id") in (None, ""):
        yield Problem("object_story_spec.page_id", "the Page that the ad speaks for is missing")


def _one_post(subject: Subject) -> Iterator[Problem]:
    story, posts = _story(subject), _posts(subject)
    if len(posts) > 1:
        yield Problem("object_story_spec", f"{', '.join(posts)} are given; exactly one", posts)
    elif story and not posts and not story.get("product_data") and not _feed(subject):
        yield Problem("object_story_spec", f"none of {', '.join(POSTS)} is given; exactly one")


def _post(subject: Subject, name: str) -> Mapping[str, Any]:
    return mapping(_story(subject).get(name))


def _cards(subject: Subject) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in ("link_data", "template_data"):
        for place, card in rows(_post(subject, name).get("child_attachments")):
            yield f"object_story_spec.{name}.child_attachments.{place}", card


def _pictured(subject: Subject) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what can have a picture, with its path."""
    if link := _post(subject, "link_data"):
        yield "object_story_spec.link_data", link
    yield from _cards(subject)


def _one_image(subject: Subject) -> Iterator[Problem]:
    for path, holder in _pictured(subject):
        if holder.get("image_hash") and holder.get("picture"):
            yield Problem(f"{path}.picture", "image_hash is given too; one of the two", holder["picture"])


def _carousel(subject: Subject) -> Iterator[Problem]:
    given = _post(subject, "link_data").get("child_attachments")
    if isinstance(given, (list, tuple)) and len(given) not in CARDS:
        message = f"{len(given)} cards; allowed: {CARDS[0]} to {CARDS[-1]}"
        yield Problem("object_story_spec.link_data.child_attachments", message, len(given))


def _link(subject: Subject) -> Iterator[Problem]:
    post = _post(subject, "link_data")
    leads = post.get("link") or mapping(mapping(post.get("call_to_action")).get("value")).get("link")
    if post and not leads and not post.get("event_id") and not post.get("offer_id"):
        yield Problem("object_story_spec.link_data.link", "where a click leads is missing")


def _card_link(subject: Subject) -> Iterator[Problem]:
    for path, card in _cards(subject):
        if path.startswith("object_story_spec.link_data") and not card.get("link"):
            yield Problem(f"{path}.link", "where a click on this card leads is missing")


def _thumbnail(subject: Subject) -> Iterator[Problem]:
    video = _post(subject, "video_data")
    if video and not (video.get("image_hash") or video.get("image_url")):
        yield Problem("object_story_spec.video_data.image_hash", "the video has no thumbnail: image_hash or image_url")


def _video(subject: Subject) -> Iterator[Problem]:
    video = _post(subject, "video_data")
    if video and not video.get("video_id"):
        yield Problem("object_story_spec.video_data.video_id", "the video is missing")


def _products(subject: Subject) -> Iterator[Problem]:
    template = _post(subject, "template_data")
    if template and not (subject.params.get("product_set_id") or template.get("product_set_id")):
        yield Problem("product_set_id", "template_data shows products, but no set of them is named")


def _instagram(subject: Subject) -> Iterator[Problem]:
    for path, holder in (("", subject.params), ("object_story_spec.", _story(subject))):
        if given := holder.get("instagram_actor_id"):
            both = " and stands beside instagram_user_id" if holder.get("instagram_user_id") else ""
            message = f"it was replaced by instagram_user_id in September 2025{both}"
            yield Problem(f"{path}instagram_actor_id", message, given)


def _instagram_post(subject: Subject) -> Iterator[Problem]:
    params = subject.params
    if params.get("source_instagram_media_id") and not (params.get("instagram_user_id") or params.get("object_id")):
        yield Problem("instagram_user_id", "an Instagram post is named, but no account that the ad speaks for")


def _features(subject: Subject) -> Mapping[str, Any]:
    freedom = mapping(subject.params.get("degrees_of_freedom_spec"))
    return mapping(freedom.get("creative_features_spec"))


_FEATURES = "degrees_of_freedom_spec.creative_features_spec"


def _bundle(subject: Subject) -> Iterator[Problem]:
    if "standard_enhancements" in _features(subject):
        yield Problem(f"{_FEATURES}.standard_enhancements", "the bundle ended with v22")


def _enrolled(subject: Subject) -> Iterator[Problem]:
    for name, feature in _features(subject).items():
        given = feature.get("enroll_status") if isinstance(feature, Mapping) else None
        if given not in ("OPT_IN", "OPT_OUT"):
            told = "missing" if given is None else given
            yield Problem(f"{_FEATURES}.{name}.enroll_status", f"{told}; allowed: OPT_IN, OPT_OUT", given)


def _buttons(subject: Subject) -> Iterator[tuple[str, object]]:
    if "call_to_action" in subject.params:
        yield "call_to_action", subject.params["call_to_action"]
    for name in POSTS:
        post = _post(subject, name)
        if "call_to_action" in post:
            yield f"object_story_spec.{name}.call_to_action", post["call_to_action"]
    for path, card in _cards(subject):
        if "call_to_action" in card:
            yield f"{path}.call_to_action", card["call_to_action"]


def _button(subject: Subject) -> Iterator[Problem]:
    for path, button in _buttons(subject):
        if not isinstance(button, Mapping) or text(button.get("type")) is None:
            yield Problem(f"{path}.type", "not an object with a type", button)
        elif "value" in button and not isinstance(button["value"], Mapping):
            yield Problem(f"{path}.value", "not an object", button["value"])


def _picture_url(subject: Subject) -> Iterator[Problem]:
    for path, holder in _pictured(subject):
        url = text(holder.get("picture"))
        if url is not None and len(url) > LONGEST_URL:
            yield Problem(f"{path}.picture", f"{len(url)} characters; allowed: {LONGEST_URL}", url)


def _hash(subject: Subject) -> Iterator[Problem]:
    for path, holder in _pictured(subject):
        given = text(holder.get("image_hash"))
        if given is not None and not _HASH.fullmatch(given):
            yield Problem(f"{path}.image_hash", f"{given[:40]} is not 32 hexadecimal digits", given)


def _fixed(subject: Subject) -> Iterator[Problem]:
    for name in sorted(map(str, subject.params.keys() - CHANGEABLE)) if subject.update else ():
        message = (
            f"{name} of a creative stays as it is; {listed(CHANGEABLE - {'execution_options', 'account_id'})} change"
        )
        yield Problem(name, message, subject.params.get(name))


_ABOUT, _OF = "api_facts 10", "api_facts 1.4"
RULES: tuple[Rule, ...] = (
    Rule("one-source", "creative", "error", 100, 1487929, _OF, "Keep one source.", _one_source),
    Rule("feed-and-post", "creative", "warning", 100, 1487929, _OF, "Keep one of the two.", _feed_and_post),
    Rule("some-source", "creative", "error", 100, None, _OF, "Give one of them.", _some_source, create_only=True),
    Rule("story-page", "creative", "error", 100, None, _ABOUT, "Give page_id.", _page),
    Rule("one-post", "creative", "error", 100, 1487929, _ABOUT, "Give exactly one.", _one_post),
    Rule("one-image", "creative", "error", 100, None, _ABOUT, "Keep image_hash or picture.", _one_image),
    Rule("carousel", "creative", "error", 100, None, _ABOUT, "Give 2 to 10 cards.", _carousel),
    Rule("link", "creative", "error", 100, 2061015, "api_facts 6", "Give link.", _link),
    Rule("card-link", "creative", "warning", 100, 2061015, "api_facts 6", "Give each card a link.", _card_link),
    Rule("video", "creative", "error", 100, None, _ABOUT, "Give video_id.", _video),
    Rule("thumbnail", "creative", "error", 100, 1443226, _ABOUT, "Give image_hash or image_url.", _thumbnail),
    Rule("product-set", "creative", "error", 100, 1487831, _ABOUT, "Give product_set_id.", _products),
    Rule("instagram-id", "creative", "error", 100, 2446149, _OF, "Use instagram_user_id alone.", _instagram),
    Rule("instagram-post", "creative", "warning", 100, 1772103, _OF, "Give instagram_user_id.", _instagram_post),
    Rule("bundle", "creative", "error", 100, 3858504, _ABOUT, "Name each feature by itself.", _bundle),
    Rule("enroll-status", "creative", "error", 100, 3858082, _ABOUT, "Say OPT_IN or OPT_OUT.", _enrolled),
    Rule(
        "button",
        *("creative", "error", 100, 1373054, _ABOUT),
        'Write it like {"type": "LEARN_MORE", "value": {"link": …}}.',
        _button,
    ),
    Rule("creative-name", "creative", "error", 100, None, _OF, "Shorten it.", longest("name", 100)),
    Rule("picture-url", "creative", "error", 100, None, _ABOUT, "Upload the image instead.", _picture_url),
    Rule("image-hash", "creative", "warning", 100, 2446386, _ABOUT, "Take the hash of upload_image.", _hash),
    Rule(
        "creative-fixed",
        *("creative", "error", 100, 1815573, _OF),
        "Make another creative and give it to the ad.",
        _fixed,
    ),
)
