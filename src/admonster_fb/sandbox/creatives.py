"""Ad creatives: one node per content, a name Meta adds to, and nothing but the name to change later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from admonster_fb.sandbox import convert, project, status, times, validation, videos
from admonster_fb.sandbox.convert import listed
from admonster_fb.sandbox.errors import GraphError, bad_param, invalid, missing_object, refuse
from admonster_fb.sandbox.validation.creative import UPDATABLE, data_of
from admonster_fb.sandbox.world import Call, Node

_CARDS = ("image_hash", "picture", "image_url", "url")


def stored_features(data: dict[str, Any]) -> dict[str, Any]:
    """Return the `degrees_of_freedom_spec` of a creative as Meta stores it (`docs/meta-rules.md`, Creatives)."""
    spec: dict[str, Any] = data["degrees_of_freedom_spec"]
    features = spec.get("creative_features_spec")
    if not isinstance(features, dict):
        return spec
    return {
        **spec,
        "creative_features_spec": {name: feature for name, feature in features.items() if _stays(data, name, feature)},
    }


def _stays(data: dict[str, Any], name: str, feature: Any) -> bool:
    if not isinstance(feature, dict) or feature.get("enroll_status") != "OPT_IN":
        return True
    return all(has(data) for prefix, has in NEEDS.items() if name.startswith(prefix))


def _has_image(data: dict[str, Any]) -> bool:
    stories = (data_of(data, name) for name in ("link_data", "photo_data"))
    return bool((data.get("asset_feed_spec") or {}).get("images")) or any(
        story.get(name) for story in stories for name in _CARDS
    )


def _has_catalog(data: dict[str, Any]) -> bool:
    return bool(data.get("product_set_id"))


# What the names of features begin with, and what the creative must have for them.
NEEDS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "image_": _has_image,
    "video_": lambda data: bool(data_of(data, "video_data") or (data.get("asset_feed_spec") or {}).get("videos")),
    "product_": _has_catalog,
    "media_type_automation": _has_catalog,
}


_NOT_CONTENT = UPDATABLE | convert.CALL_PARAMS | {"method", "format"}
# What a creative shows of the post it builds: field of the creative, field of the story.
SHOWN: dict[str, dict[str, str]] = {
    "link_data": {"title": "name", "body": "message", "image_hash": "image_hash", "image_url": "picture"},
    "template_data": {"title": "name", "body": "message"},
    "video_data": {
        "title": "title", "body": "message",
        **{name: name for name in ("image_hash", "image_url", "video_id")},
    },
    "photo_data": {"body": "caption", "image_hash": "image_hash", "image_url": "url"},
    "text_data": {"body": "message"},
}  # fmt: skip
OBJECT_TYPES = {"video_data": "VIDEO", "photo_data": "PHOTO", "text_data": "STATUS"}
# One node of this kind for each content of an account refers to the creative, which saves a search.
_CONTENT = "CreativeContent"


def create(call: Call, account: Node) -> dict[str, Any]:
    """Create a creative; the same content again answers the id it already has."""
    check(call, account, call.params)
    check_app(call, call.params)
    if validation.is_dry(call.params):
        return {"success": True}
    return project.created(call, make(call, account, call.params))


def check(call: Call, account: Node, params: dict[str, Any]) -> None:
    """Refuse an invalid creative, whether it is sent alone, inside an ad or for a preview."""
    validation.check("create", "AdCreative", None, account, params, call.store)
    check_references(call, account, params)


def check_app(call: Call, params: dict[str, Any]) -> None:
    """Refuse a post made by an app in development mode: nobody could see it."""
    if not call.world.app.live and {"object_story_spec", "asset_feed_spec"} & params.keys():
        raise refuse(1885183)


def make(call: Call, account: Node, params: dict[str, Any]) -> Node:
    """Return the creative of this content in this account, new or known."""
    compared = {name: value for name, value in params.items() if name not in _NOT_CONTENT}
    content = hashlib.md5(json.dumps(compared, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
    key = f"{account.data['account_id']}:content:{content}"
    content_node = call.store.get(key)
    known = call.store.get(content_node.data["creative_id"]) if content_node else None
    if known and known.data["status"] != "DELETED":
        return known
    sent = _without_nulls(convert.fields_of("create", "AdCreative", params, account.data["timezone_name"]))
    node = call.store.add("AdCreative", {"status": "ACTIVE", **sent, "account_id": account.data["account_id"]})
    call.store.add(_CONTENT, {"creative_id": node.id}, id=key)
    node.data["name"] = _full_name(call, account, params, content)
    _derive(call, node)
    return node


def resolve(call: Call, near: Node, spec: Any) -> str:
    """Return the id of the creative an ad names, making one of an inline spec."""
    if not isinstance(spec, dict):
        raise GraphError(100, message="(#100) param creative must be an array.")
    account = call.world.account_of(near)
    named = spec.get("creative_id") or spec.get("id")
    if named is not None:
        return call.existing(named, "AdCreative").id
    if account is None:
        raise missing_object("POST", near.id)
    check(call, account, spec)
    check_app(call, spec)
    return make(call, account, spec).id


def update(call: Call, node: Node) -> dict[str, Any]:
    """Change a creative's name, status or labels; its content is fixed for ever."""
    validation.check("update", "AdCreative", node, call.world.account_of(node), call.params, call.store)
    if not validation.is_dry(call.params):
        node.data.update(convert.fields_of("update", "AdCreative", call.params, call.world.zone_of(node)))
    return {"success": True}


def delete(call: Call, node: Node) -> dict[str, Any]:
    """Delete a creative, unless an ad uses it (php-business-sdk issue 385, which quotes the text and no number)."""
    account = f"act_{node.data['account_id']}"
    users = (ad for ad in call.store.children(account, "Ad") if (ad.data.get("creative") or {}).get("id") == node.id)
    if any(status.effective(call.store, ad) != "DELETED" for ad in users):
        text = "You cannot delete this creative because it is currently in use for existing adgroups."
        raise GraphError(100, user_title="Creative In Use", user_msg=text)
    node.data["status"] = "DELETED"
    return {"success": True}


def _without_nulls(value: Any) -> Any:
    """Return a value without what is null in it: recorded, a creative reads back without them."""
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _without_nulls(item) for name, item in value.items() if item is not None}


def _full_name(call: Call, account: Node, params: dict[str, Any], content: str) -> str:
    """Return the name with Meta's " YYYY-MM-DD-<32 hex>" behind it; without a name the headline serves."""
    _, data = _story(params)
    name = params.get("name") or data.get("name") or data.get("title") or "Ad"
    day = call.store.clock().astimezone(times.zone(account.data["timezone_name"])).date().isoformat()
    return f"{name} {day}-{content}"


def _story(params: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the name and the data of a creative's story, empty if it has none."""
    spec = params.get("object_story_spec") or {}
    return next(((name, spec[name]) for name in SHOWN if isinstance(spec.get(name), dict)), ("", {}))


def _derive(call: Call, node: Node) -> None:
    """Fill what Meta works out from the content."""
    name, data = _story(node.data)
    for field, source in SHOWN.get(name, {}).items():
        if source in data:
            node.data.setdefault(field, data[source])
    if action := (data.get("call_to_action") or {}).get("type"):
        node.data.setdefault("call_to_action_type", action)
    _derive_post(call, node)
    node.data.setdefault("object_type", OBJECT_TYPES.get(name, "SHARE"))
    node.data["thumbnail_url"] = f"https://scontent.xx.fbcdn.net/v/t45.1600-4/{node.id}_n.png?stp=dst-emg0_p64x64"
    if "degrees_of_freedom_spec" in node.data:
        node.data["degrees_of_freedom_spec"] = stored_features(node.data)


def _derive_post(call: Call, node: Node) -> None:
    """Set the post of a creative: a new one, or an existing one."""
    if page := (node.data.get("object_story_spec") or {}).get("page_id"):
        node.data.setdefault("actor_id", str(page))
        node.data["effective_object_story_id"] = f"{page}_{call.store.new_id()}"
    elif posted := node.data.get("object_story_id"):
        node.data.setdefault("actor_id", posted.partition("_")[0])
        node.data["effective_object_story_id"] = posted
        if (post := find_post(call, posted, "PagePost")) and post.data.get("video"):
            node.data["object_type"] = "VIDEO"
    elif media := find_post(call, str(node.data.get("source_instagram_media_id")), "IGMedia"):
        node.data["effective_instagram_media_id"] = media.id
        node.data.setdefault("instagram_permalink_url", media.data["permalink"])


def find_post(call: Call, post_id: str, kind: str) -> Node | None:
    """Return a "PagePost" or "IGMedia" that the caller's businesses own."""
    post = call.store.get(post_id)
    return post if post and post.kind == kind and post.hidden["business"] in call.token.businesses else None


def check_references(call: Call, account: Node, params: dict[str, Any]) -> None:
    """Refuse a creative whose post or videos cannot be used."""
    if story := params.get("object_story_id"):
        _check_story(call, account, str(story))
    if media := params.get("source_instagram_media_id"):
        _check_media(call, str(media))
    for video_id in videos_of(params):
        _check_video(call, account, video_id)


def videos_of(params: dict[str, Any]) -> list[str]:
    """Return the ids of all videos of a creative: its own, those of cards, those of a feed of assets."""
    link, feed = data_of(params, "link_data"), params.get("asset_feed_spec")
    holders = [data_of(params, "video_data"), *listed(link.get("child_attachments"))]
    holders += listed(feed.get("videos")) if isinstance(feed, dict) else []
    found = [holder["video_id"] for holder in holders if isinstance(holder, dict) and holder.get("video_id")]
    return list(dict.fromkeys(map(str, found)))


def _check_story(call: Call, account: Node, story: str) -> None:
    page, _, post = story.partition("_")
    if not page.isdecimal() or not post.isdecimal():
        raise bad_param("Invalid post_id parameter")
    found = find_post(call, story, "PagePost")
    if found and not found.data["promotable"]:
        raise refuse(1487472, "object_story_id")
    # Ads share the likes of a post that a creative of this account built by sharing it.
    built = (node.data.get("effective_object_story_id") for node in call.store.children(account.id, "AdCreative"))
    if found is None and story not in built:
        raise refuse(1885557, "object_story_id")


def _check_media(call: Call, media: str) -> None:
    found = find_post(call, media, "IGMedia")
    if found is None:
        raise refuse(1885557, "source_instagram_media_id")
    if subcode := found.hidden.get("refused"):  # also of what boost_eligibility_info calls eligible
        raise refuse(subcode, "source_instagram_media_id")


def _check_video(call: Call, account: Node, video_id: str) -> None:
    """Refuse a video that is not this account's, or not ready. Nobody has written down Meta's numbers for these."""
    video = call.store.get(video_id)
    if video is None or video.kind != "AdVideo" or video.data["account_id"] != account.data["account_id"]:
        raise invalid("video_id", "Video Not Found", f"The video {video_id} doesn't exist in this ad account.")
    if not videos.is_ready(call, video):
        text = f"The video {video_id} is still being processed. Please wait until its status is ready."
        raise invalid("video_id", "Video Not Ready", text)
