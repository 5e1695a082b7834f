"""What a creative points at must be there, ready, and the caller's to use: rules that need to know who asks."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import posts
from admonster_fb.sandbox import video_status as clips
from admonster_fb.sandbox.errors import invalid, plain, refuse
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.case import listed
from admonster_fb.sandbox.validation.creative import data_of
from admonster_fb.sandbox.world import Call


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
        raise plain("Invalid post_id parameter")
    found = posts.find(call, story, "PagePost")
    if found and not found.data["promotable"]:
        raise refuse(1487472, "object_story_id")
    if found is None and not posts.made_by_an_ad(call, account, story):
        raise refuse(1885557, "object_story_id")


def _check_media(call: Call, media: str) -> None:
    if posts.find(call, media, "IGMedia") is None:
        raise refuse(1885557, "source_instagram_media_id")


def _check_video(call: Call, account: Node, video_id: str) -> None:
    """Refuse a video that is not this account's, or not ready. Nobody has written down Meta's numbers for these."""
    video = call.store.get(video_id)
    if video is None or video.kind != "AdVideo" or video.data["account_id"] != account.data["account_id"]:
        raise invalid("video_id", "Video Not Found", f"The video {video_id} doesn't exist in this ad account.")
    if not clips.is_ready(call, video):
        words = f"The video {video_id} is still being processed. Please wait until its status is ready."
        raise invalid("video_id", "Video Not Ready", words)
