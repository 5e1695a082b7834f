"""Ad videos: uploaded in chunks, in one piece or by address, as Meta's video API takes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from admonster_fb.sandbox import convert, need, project, times
from admonster_fb.sandbox.errors import GraphError, NotModelled, bad_param, required
from admonster_fb.sandbox.uploads import SESSION_LIFE, Footage, Session
from admonster_fb.sandbox.world import Call, Node

# Bytes: the least Meta takes (1363022), and the most its documentation speaks of.
SMALLEST, LARGEST = 1024, 10 * 1024**3
# Files that are no video whatever they hold; an address without an ending can be one.
_NO_VIDEOS = frozenset({".jpg", ".jpeg", ".png", ".gif", ".html", ".htm", ".json", ".txt", ".pdf", ".zip", ".mp3"})
# Parameters of videos that are not modelled.
NOT_MODELLED = ("slideshow_spec", "thumb", "source_instagram_media_id", "replace_video_id", "video_id_original")


def upload(call: Call, account: Node) -> dict[str, Any]:
    """Accept a video: in chunks, as a file or by its URL."""
    for name in NOT_MODELLED:
        if name in call.params or name in call.files:
            raise NotModelled(call.method, call.path, name)
    if phase := call.params.get("upload_phase"):
        need.one_of("upload_phase", phase, PHASES)
        return PHASES[phase](call, account)
    url = call.params.get("file_url")
    return project.read(call, _from_url(call, account, str(url)) if url else _from_file(call, account))


def read(call: Call, video: Node) -> dict[str, Any]:
    """Return a video's fields."""
    return project.read(call, settled(call, video))


def _start(call: Call, account: Node) -> dict[str, Any]:
    size = _number(call, "file_size")
    if size < SMALLEST:
        raise GraphError(382, 1363022)
    if size > LARGEST:
        raise GraphError(6000, 1363023)
    video = _new(call, account)
    began = call.store.clock()
    session = Session(call.store.new_id(), video.id, account.id, size, began)
    video.hidden |= {"session": session.id, "began": began.isoformat()}
    call.world.uploads.sessions[session.id] = session
    return {"upload_session_id": session.id, "video_id": video.id, **_offsets(call, session)}


def _transfer(call: Call, account: Node) -> dict[str, Any]:
    session = _session(call, account)
    if _number(call, "start_offset") != session.footage.size:
        # It tells the expected offset, as recorded (php-graph-sdk issue 821).
        raise GraphError(6001, 1363037, error_data=session.offsets(call.world.uploads.chunk))
    if (chunk := call.files.get("video_file_chunk")) is None or not chunk.content:
        raise GraphError(6000, 1363020)
    if session.footage.size + len(chunk.content) > session.size:
        raise GraphError(6000, 1363045)
    session.footage.add(chunk.content)
    return _offsets(call, session)


def _finish(call: Call, account: Node) -> dict[str, Any]:
    session = _session(call, account)
    video = call.store.nodes[session.video_id]
    if session.footage.size != session.size:
        raise GraphError(6000, 1363045)
    if session.footage.container() is None:
        _drop(call, session)
        raise GraphError(352)
    _complete(call, video, session.footage)
    del call.world.uploads.sessions[session.id]
    return {"success": True}


def _cancel(call: Call, account: Node) -> dict[str, Any]:
    _drop(call, _session(call, account))
    return {"success": True}


PHASES: dict[str, Callable[[Call, Node], dict[str, Any]]] = {
    "start": _start,
    "transfer": _transfer,
    "finish": _finish,
    "cancel": _cancel,
}


def _from_file(call: Call, account: Node) -> Node:
    source = call.files.get("source") or next(iter(call.files.values()), None)
    if source is None or not source.content:
        # What Meta answers when no file arrives (python-business-sdk issue 344).
        raise GraphError(390, 1363030)
    footage = Footage()
    footage.add(source.content)
    if footage.size < SMALLEST:
        raise GraphError(382, 1363022)
    if footage.container() is None:
        raise GraphError(352)
    return _complete(call, _new(call, account, source.filename), footage)


def _from_url(call: Call, account: Node, url: str) -> Node:
    """Accept a video by its URL. Nothing is fetched: the URL stands for the content."""
    parts = urlsplit(url)
    path = PurePosixPath(parts.path)
    if parts.scheme != "https" or "." not in (parts.hostname or "") or not path.name:
        text = "Unable to fetch video file from URL."
        raise GraphError(389, 1363057, f"(#389) {text}", user_title=text)
    if path.suffix.lower() in _NO_VIDEOS:
        raise GraphError(352)
    video = _new(call, account)
    digest = hashlib.sha256(url.encode())
    video.hidden |= {"sha256": digest.hexdigest(), "seconds": 5.0 + digest.digest()[0] / 10, "broken": False}
    return _process(call, video)


def _new(call: Call, account: Node, file_name: str = "") -> Node:
    zone_name = str(account.data["timezone_name"])
    now = times.stamp(call.store.clock(), zone_name)
    data: dict[str, Any] = {"account_id": account.data["account_id"], "created_time": now, "updated_time": now}
    video = call.store.add("AdVideo", {**data, "published": False})
    _describe(call, video, file_name)
    return video


def _describe(call: Call, video: Node, file_name: str = "") -> None:
    title = call.params.get("title") or call.params.get("name") or file_name
    fields = {"title": title, "description": call.params.get("description")}
    video.data |= {name: str(value) for name, value in fields.items() if value}


def _complete(call: Call, video: Node, footage: Footage) -> Node:
    _describe(call, video)
    video.hidden |= footage.facts()
    return _process(call, video)


def _process(call: Call, video: Node) -> Node:
    add_thumbnails(call, video)
    video.hidden["ready_at"] = (call.store.clock() + PROCESSING).isoformat()
    video.data["updated_time"] = times.stamp(call.store.clock(), call.world.zone_of(video))
    return video


def _drop(call: Call, session: Session) -> None:
    del call.world.uploads.sessions[session.id]
    call.store.remove(session.video_id)


def _session(call: Call, account: Node) -> Session:
    if not (named := call.params.get("upload_session_id")):
        raise required("upload_session_id")
    session = call.world.uploads.sessions.get(str(named))
    if session is None or session.account_id != account.id or call.store.get(session.video_id) is None:
        # Meta's own SDKs know the number as an upload's error; its text is not recorded.
        raise GraphError(6000, 1363041)
    if call.store.clock() - session.began > SESSION_LIFE:
        raise GraphError(390, 1363030)
    return session


def _offsets(call: Call, session: Session) -> dict[str, str]:
    return {name: str(value) for name, value in session.offsets(call.world.uploads.chunk).items()}


def _number(call: Call, name: str) -> int:
    text = need.value(name, str(call.params.get(name, "")))
    if not text.isdecimal():
        raise bad_param(f"Param {name} must be an integer greater than or equal to 0")
    return int(text)


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
    video.data["updated_time"] = times.stamp(call.store.clock(), call.world.zone_of(video))
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
