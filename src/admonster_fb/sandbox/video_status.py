"""The status, thumbnails and changes of uploaded videos."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from admonster_fb.sandbox import convert, times
from admonster_fb.sandbox.errors import NotModelled, bad_param
from admonster_fb.sandbox.uploads import SESSION_LIFE
from admonster_fb.sandbox.world import Call, Node

PROCESSING = timedelta(seconds=60)
# Seen by people running campaigns: 17 seconds are too long for Instagram, under 15 are not.
INSTAGRAM_SECONDS = 15
THUMBNAILS = 3
_FILTERS = frozenset(
    {f"{end}{what}" for end in ("min", "max") for what in ("height", "width", "length", "_aspect_ratio")} | {"title"}
)


def of_account(call: Call, account: Node) -> list[Node]:
    """Return the videos that are wholly uploaded, newest first."""
    if call.path == f"{account.id}/advideos" and (filters := _FILTERS & call.params.keys()):
        raise NotModelled(call.method, call.path, ", ".join(sorted(filters)))
    videos = [settled(call, video) for video in call.store.children(account.id, "AdVideo")]
    return [video for video in videos if "ready_at" in video.hidden][::-1]


def thumbnails(call: Call, video: Node) -> list[Node]:
    """Return a video's thumbnails: none before it is ready."""
    if not is_ready(call, video):
        return []
    return list(call.store.children(video.id, "VideoThumbnail"))


def update(call: Call, video: Node) -> dict[str, Any]:
    """Change a video's title, description or preferred thumbnail."""
    if preferred := call.params.get("preferred_thumbnail_id"):
        _prefer(call, video, str(preferred))
    changes = convert.fields_of("update", "AdVideo", call.params, call.world.zone_of(video))
    if "name" in call.params:
        changes["title"] = str(call.params["name"])
    video.data.update(changes)
    video.data["updated_time"] = now(call, video)
    return {"success": True}


def delete(call: Call, video: Node) -> dict[str, Any]:
    """Remove a video and its thumbnails."""
    for thumbnail in list(call.store.children(video.id, "VideoThumbnail")):
        call.store.remove(thumbnail.id)
    call.store.remove(video.id)
    return {"success": True}


def is_ready(call: Call, video: Node) -> bool:
    """Return whether an ad can use a video."""
    return bool(_status(call, video)["video_status"] == "ready")


def settled(call: Call, video: Node) -> Node:
    """Return a video with the fields it has by now."""
    video.data["status"] = _status(call, video)
    if video.data["status"]["video_status"] != "ready" or "source" in video.data:
        return video
    seconds = video.hidden["seconds"]
    stem = _address(video)
    video.data |= {
        "length": seconds,
        "is_instagram_eligible": seconds < INSTAGRAM_SECONDS,
        "source": f"{stem}_n.mp4",
        "picture": f"{stem}_0_n.jpg",
        "permalink_url": f"/ads/video/{video.id}",
    }
    return video


def add_thumbnails(call: Call, video: Node) -> None:
    """Add the thumbnails of a video, which it shows once it is ready."""
    for number in range(THUMBNAILS):
        data = {"video_id": video.id, "account_id": video.data["account_id"], "is_preferred": number == 0}
        picture = {"uri": f"{_address(video)}_{number}_n.jpg", "width": 1280, "height": 720, "scale": 1.0}
        call.store.add("VideoThumbnail", {**data, **picture})


def _prefer(call: Call, video: Node, thumbnail_id: str) -> None:
    found = thumbnails(call, video)
    if thumbnail_id not in {item.id for item in found}:
        raise bad_param("Param preferred_thumbnail_id must be a valid thumbnail of the video")
    for item in found:
        item.data["is_preferred"] = item.id == thumbnail_id


def _address(video: Node) -> str:
    return f"https://video.xx.fbcdn.net/v/t42.1790-2/{video.id}"


def now(call: Call, video: Node) -> str:
    """Return the current time in a video's time zone."""
    return times.stamp(call.store.clock(), call.world.zone_of(video))


def _status(call: Call, video: Node) -> dict[str, Any]:
    if "ready_at" not in video.hidden:
        return _uploading(call, video)
    left = times.parse(video.hidden["ready_at"], "UTC") - call.store.clock()
    done: dict[str, Any] = {"uploading_phase": {"status": "complete"}}
    if left > timedelta():
        share = round(100 * (1 - left / PROCESSING))
        phases = {"processing_phase": {"status": "in_progress"}, "publishing_phase": {"status": "not_started"}}
        return {"video_status": "processing", "processing_progress": share, **done, **phases}
    if video.hidden["broken"]:
        failed: dict[str, Any] = {"status": "error", "error": {"message": "The video file could not be processed."}}
        phases = {"processing_phase": failed, "publishing_phase": {"status": "not_started"}}
        return {"video_status": "error", **done, **phases}
    phases = {"processing_phase": {"status": "complete"}, "publishing_phase": {"status": "complete"}}
    return {"video_status": "ready", "processing_progress": 100, **done, **phases}


def _uploading(call: Call, video: Node) -> dict[str, Any]:
    session = call.world.uploads.sessions.get(video.hidden["session"])
    gone = session is None or call.store.clock() - session.began > SESSION_LIFE
    arrived = session.footage.size if session else 0
    return {
        "video_status": "expired" if gone else "processing",
        "uploading_phase": {"status": "error" if gone else "in_progress", "bytes_transferred": arrived},
        "processing_phase": {"status": "not_started"},
        "publishing_phase": {"status": "not_started"},
    }
