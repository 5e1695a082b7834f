"""Rules of creatives (`docs/meta-rules.md`, Creatives)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from admonster_fb.sandbox import need
from admonster_fb.sandbox.convert import listed, mapping, objects
from admonster_fb.sandbox.errors import GraphError, bad_param, invalid, not_list, refuse, required
from admonster_fb.sandbox.validation.case import Case, check_name

# Lists of assets, and the key that identifies an asset.
ASSETS = {"images": "hash", "videos": "video_id", "bodies": "text", "titles": "text", "descriptions": "text"}
LISTS = (*ASSETS, "link_urls", "call_to_action_types", "call_to_actions", "ad_formats", "asset_customization_rules")
MEDIA = ("images", "videos")


def check(case: Case) -> None:
    """Refuse a feed whose assets repeat, are not there or lead nowhere, and rules that name no asset."""
    feed = case.mapping("asset_feed_spec")
    for name in LISTS:
        if name in feed and not isinstance(feed[name], list):
            raise not_list(f"asset_feed_spec[{name}]")
    for value in _repeated(feed):
        text = f"All ad asset values should be unique. Please check your values.(Duplicate value: {value})"
        raise refuse(1815629, msg=text)
    for image in objects(feed.get("images")):
        _check_hash(case, image.get("hash"), "asset_feed_spec")
    _check_links(feed)
    _check_rules(feed)


def _repeated(feed: dict[str, Any]) -> Iterator[str]:
    """Yield assets that are there twice in all they say: with other crops or labels, one may come again."""
    for name, key in ASSETS.items():
        assets = [item for item in objects(feed.get(name)) if item.get(key)]
        yield from (str(asset[key]) for position, asset in enumerate(assets) if asset in assets[:position])


def _check_links(feed: dict[str, Any]) -> None:
    """Refuse pictures without a place to go: an address, or an action that brings its own."""
    links = objects(feed.get("link_urls"))
    if any(not link.get("website_url") for link in links):
        raise refuse(2061015, "link_urls")
    if any(feed.get(name) for name in MEDIA) and not links and not feed.get("call_to_actions"):
        raise refuse(2061015, "link_urls")


def _check_rules(feed: dict[str, Any]) -> None:
    rules = objects(feed.get("asset_customization_rules"))
    assets = [item for name in LISTS for item in objects(feed.get(name))]
    known = {label.get("name") for item in assets for label in listed(item.get("adlabels"))}
    for rule in rules:
        if not isinstance(rule.get("customization_spec"), dict):
            raise required("asset_feed_spec[asset_customization_rules][customization_spec]")
        for name, label in rule.items():
            if name.endswith("_label") and isinstance(label, dict) and label.get("name") not in known:
                raise refuse(2446173, "asset_feed_spec")


LONGEST_NAME = 100
SOURCES = ("object_story_spec", "object_story_id", "source_instagram_media_id", "asset_feed_spec")
# Contents of the years before stories: still a creative's only source where they are sent.
PARTNERS = ("branded_content", "creative_sourcing_spec")
OLD_SOURCES = ("object_id", "object_url", "object_type", "template_url", "image_hash", "image_url", "image_file")
STORIES = ("link_data", "video_data", "photo_data", "text_data", "template_data")
CARDS = range(2, 11)
UPDATABLE = frozenset({"name", "status", "adlabels"})
# They steer the call and are no property of the creative.
CALL_PARAMS = frozenset({"access_token", "appsecret_proof", "fields", "execution_options", "method", "format", "id"})
ENROLMENTS = ("OPT_IN", "OPT_OUT")
LINK_LISTS = ("child_attachments", "collection_thumbnails", "retailer_item_ids")
DESTINATIONS = (
    *("app_destination", "app_link", "event_id", "lead_gen_form_id", "link", "offer_id", "page", "product_link"),
    "whatsapp_number",
)
PROFILES = ("VISIT_PROFILE", "VIEW_INSTAGRAM_PROFILE")
CARD_MEDIA = ("image_hash", "picture", "video_id")


def data_of(params: dict[str, Any], story: str) -> dict[str, Any]:
    """Return the part of a creative's story with this name, empty when there is none."""
    return mapping(mapping(params.get("object_story_spec")).get(story))


def _check_instagram(case: Case) -> None:
    spec = case.mapping("object_story_spec")
    for holder in (case.params, spec):
        if holder.get("instagram_actor_id") and (holder.get("instagram_user_id") or spec.get("instagram_user_id")):
            raise refuse(2446149, "instagram_actor_id")
        # Recorded with this text and without a subcode.
        if holder.get("instagram_actor_id"):
            raise bad_param("Param instagram_actor_id must be a valid Instagram account id")


def _check_source(case: Case) -> None:
    sources = [name for name in SOURCES if case.sent(name)]
    # With a feed of assets, a story that only names the Page is no second content; a feed without assets of its own
    # (message extensions, music, shops) is none either, and next to a post it is documented.
    # Several texts beside one picture (degrees of freedom) belong to a story too.
    with_story = any(data_of(case.params, story) for story in STORIES)
    with_story = with_story and case.mapping("asset_feed_spec").get("optimization_type") != "DEGREES_OF_FREEDOM"
    if "asset_feed_spec" in sources and not with_story:
        sources = [name for name in sources if name != "object_story_spec"]
    if len(sources) > 1 and (not with_story or not any(case.mapping("asset_feed_spec").get(name) for name in ASSETS)):
        sources = [name for name in sources if name != "asset_feed_spec"]
    if len(sources) > 1:
        raise _ambiguous(sources)
    if not sources and not any(case.sent(name) for name in (*OLD_SOURCES, *PARTNERS)):
        raise required("object_story_spec")


def _check_story(case: Case) -> None:
    if not case.sent("object_story_spec"):
        return
    spec = case.mapping("object_story_spec")
    if not spec.get("page_id") and not spec.get("instagram_user_id"):
        raise required("object_story_spec[page_id]")
    stories = [name for name in STORIES if spec.get(name)]
    if len(stories) > 1:
        raise _ambiguous(stories)
    if not stories:
        need.value("object_story_spec[link_data]", case.sent("asset_feed_spec"))
        return
    need.fields(f"object_story_spec[{stories[0]}]", spec[stories[0]])
    STORY_RULES.get(stories[0], _check_action)(case, spec[stories[0]])


def _check_link(case: Case, data: dict[str, Any]) -> None:
    if not data.get("link") and not _leads_somewhere(data):
        raise refuse(2061015, "link")
    _check_picture(case, data, "link_data")
    for name in LINK_LISTS:
        if not isinstance(data.get(name) or [], list):
            raise not_list(f"object_story_spec[link_data][{name}]")
    if data.get("child_attachments") is not None:
        _check_cards(case, data["child_attachments"])
    _check_action(case, data)


def _leads_somewhere(data: dict[str, Any]) -> bool:
    """Return whether the post or its button says where a click leads: to a chat, an event, a form, a profile, …"""
    action = mapping(data.get("call_to_action"))
    value = {**data, **mapping(action.get("value"))}
    return action.get("type") in PROFILES or any(value.get(name) for name in DESTINATIONS)


def _check_cards(case: Case, cards: list[Any]) -> None:
    if len(cards) not in CARDS:
        text = f"A carousel needs {CARDS[0]} to {CARDS[-1]} cards."
        raise invalid("object_story_spec", "Number Of Cards", text)
    for item in cards:
        card = item if isinstance(item, dict) else {}
        _check_picture(case, card, "link_data[child_attachments]")
        if not card.get("link"):
            raise refuse(2061015, "link")
        if not any(card.get(name) for name in CARD_MEDIA):
            raise refuse(1487212)
        _check_action(case, card)


def _check_video(case: Case, data: dict[str, Any]) -> None:
    need.value("object_story_spec[video_data][video_id]", data.get("video_id"))
    if not data.get("image_hash") and not data.get("image_url"):
        raise refuse(1443226)
    _check_hash(case, data.get("image_hash"))
    _check_action(case, data)


def _check_photo(case: Case, data: dict[str, Any]) -> None:
    if not data.get("image_hash") and not data.get("url"):
        raise refuse(1487212)
    _check_hash(case, data.get("image_hash"))


def _check_picture(case: Case, data: dict[str, Any], where: str) -> None:
    if data.get("image_hash") and data.get("picture"):
        text = f"Use either image_hash or picture in {where}, not both."
        raise invalid("object_story_spec", "Two Images", text)
    _check_hash(case, data.get("image_hash"))


def _check_hash(case: Case, digest: Any, where: str = "object_story_spec") -> None:
    if digest and case.store.get(f"{case.account.data['account_id']}:{digest}") is None:
        raise refuse(2446386, where)


def _check_action(_case: Case, data: dict[str, Any]) -> None:
    action = data.get("call_to_action")
    if action is not None and not (isinstance(action, dict) and isinstance(action.get("type"), str)):
        raise refuse(1373054, "call_to_action")
    value = action.get("value") if action else None
    if value and not isinstance(value, dict):
        raise refuse(1373054, "call_to_action")
    form = value.get("lead_gen_form_id") if value else None
    if form and not str(form).isdecimal():
        raise bad_param("Param lead_gen_form_id must be a valid lead form id")


def _check_features(case: Case) -> None:
    features = case.mapping("degrees_of_freedom_spec").get("creative_features_spec")
    if not isinstance(features, dict):
        return
    if "standard_enhancements" in features:
        raise refuse(3858504, "degrees_of_freedom_spec")
    for feature in features.values():
        if not isinstance(feature, dict):
            raise refuse(3858082, "degrees_of_freedom_spec")
        # Documented features take other keys alone, so a missing status passes.
        need.one_of("enroll_status", feature.get("enroll_status", ENROLMENTS[0]), ENROLMENTS)


def _check_fixed(case: Case) -> None:
    if case.params.keys() - UPDATABLE - CALL_PARAMS:
        raise GraphError(100, 1815573)


def _ambiguous(names: list[str]) -> GraphError:
    text = "The object you're trying to promote is ambiguous. You must specify only one promoted object."
    return refuse(1487929, msg=f"{text} You specified the following: {', '.join(names)}.")


STORY_RULES: dict[str, Callable[[Case, dict[str, Any]], None]] = {
    "link_data": _check_link,
    "video_data": _check_video,
    "photo_data": _check_photo,
}
CREATE: tuple[Callable[[Case], None], ...] = (
    check_name(LONGEST_NAME, needed=False),
    _check_instagram,
    _check_source,
    _check_story,
    check,
    _check_features,
)
UPDATE: tuple[Callable[[Case], None], ...] = (_check_fixed, check_name(LONGEST_NAME, needed=False))
