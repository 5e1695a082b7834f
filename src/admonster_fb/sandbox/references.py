"""Checks of the objects that a creative refers to: they must exist, be ready and be available to the caller."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import video_status
from admonster_fb.sandbox.convert import listed
from admonster_fb.sandbox.errors import bad_param, invalid, refuse
from admonster_fb.sandbox.history import SEED
from admonster_fb.sandbox.validation.creative import data_of
from admonster_fb.sandbox.world import Call, Node, Store

# Posts by id: a link, a video, and one that no ad can promote; then two of Instagram.
PAGE_POSTS: list[tuple[str, dict[str, Any]]] = SEED["posts"]
MEDIA: list[tuple[str, dict[str, Any]]] = SEED["media"]


def seed(store: Store, business_id: str) -> None:
    """Add the posts of a business's Page and Instagram account."""
    for kind, rows in (("PagePost", PAGE_POSTS), ("IGMedia", MEDIA)):
        for post_id, fields in rows:
            store.add(kind, dict(fields), id=post_id).hidden["business"] = business_id


def find(call: Call, post_id: str, kind: str) -> Node | None:
    """Return a "PagePost" or "IGMedia" that the caller's businesses own."""
    post = call.store.get(post_id)
    return post if post and post.kind == kind and post.hidden["business"] in call.token.businesses else None


def check(call: Call, account: Node, params: dict[str, Any]) -> None:
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
    found = find(call, story, "PagePost")
    if found and not found.data["promotable"]:
        raise refuse(1487472, "object_story_id")
    # Ads share the likes of a post that a creative of this account built by sharing it.
    built = (node.data.get("effective_object_story_id") for node in call.store.children(account.id, "AdCreative"))
    if found is None and story not in built:
        raise refuse(1885557, "object_story_id")


def _check_media(call: Call, media: str) -> None:
    found = find(call, media, "IGMedia")
    if found is None:
        raise refuse(1885557, "source_instagram_media_id")
    if subcode := found.hidden.get("refused"):  # also of what boost_eligibility_info calls eligible
        raise refuse(subcode, "source_instagram_media_id")


def _check_video(call: Call, account: Node, video_id: str) -> None:
    """Refuse a video that is not this account's, or not ready. Nobody has written down Meta's numbers for these."""
    video = call.store.get(video_id)
    if video is None or video.kind != "AdVideo" or video.data["account_id"] != account.data["account_id"]:
        raise invalid("video_id", "Video Not Found", f"The video {video_id} doesn't exist in this ad account.")
    if not video_status.is_ready(call, video):
        text = f"The video {video_id} is still being processed. Please wait until its status is ready."
        raise invalid("video_id", "Video Not Ready", text)
