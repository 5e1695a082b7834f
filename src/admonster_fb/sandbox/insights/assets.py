"""Breakdowns by asset: the pictures, videos and texts of an ad, its feed's or its story's.

Their shapes are those of the SDK's classes `AdAssetImage` and so on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from zlib import crc32

from admonster_fb.sandbox.insights.segments import Weighted
from admonster_fb.sandbox.store import Node, Store

Content = dict[str, Any]
FIRST_ID = 120_000_000_000_000
# The parts of an ad's story that hold the assets.
_STORIES = ("link_data", "video_data", "photo_data")


def parts(store: Store, ad: Node, breakdown: str) -> list[Weighted]:
    """Return an ad's assets as texts of JSON, with shares that add up to 1; none if it has none of the kind."""
    creative = store.get(str((ad.data.get("creative") or {}).get("id")))
    found = list(dict.fromkeys(_texts(store, creative, breakdown))) if creative else []
    # What was written first is shown most.
    weights = [1 / (position + 1) for position in range(len(found))]
    return [((text,), weight / sum(weights)) for text, weight in zip(found, weights, strict=True)]


def _texts(store: Store, creative: Node, breakdown: str) -> Iterator[str]:
    name, of_story, show = KINDS[breakdown]
    listed = (creative.data.get("asset_feed_spec") or {}).get(name) or []
    for item in listed or filter(None, [of_story(_story(creative))]):
        shown = show(store, str(creative.data["account_id"]), item)
        text = json.dumps(shown, sort_keys=True)
        yield json.dumps({**shown, "id": str(FIRST_ID + crc32(f"{creative.data['account_id']} {text}".encode()))})


def _story(creative: Node) -> Content:
    spec = creative.data.get("object_story_spec") or {}
    return next((spec[name] for name in _STORIES if spec.get(name)), {})


def _image(store: Store, account: str, image: Content) -> Content:
    found = store.get(f"{account}:{image['hash']}") if image.get("hash") else None
    known: Content = {name: found.data[name] for name in ("url", "name") if name in found.data} if found else {}
    return {"hash": image.get("hash", ""), **known}


def _video(store: Store, _account: str, video: Content) -> Content:
    found = store.get(str(video["video_id"]))
    name = found.data.get("title") if found else None
    return {"video_id": str(video["video_id"]), **({"video_name": name} if name else {})}


def _plain(key: str) -> Callable[[Store, str, Content], Content]:
    return lambda _store, _account, asset: {key: asset[key]}


def _renamed(story: Content, name: str, key: str) -> Content:
    return {key: story[name]} if story.get(name) else {}


def _link(story: Content) -> Content:
    value = (story.get("call_to_action") or {}).get("value") or {}
    return _renamed({**value, **story}, "link", "website_url")


# Breakdown: the list in a feed, the same of a story, and how one is shown.
KINDS: dict[str, tuple[str, Callable[[Content], Any], Callable[[Store, str, Any], Content]]] = {
    "image_asset": ("images", lambda story: _renamed(story, "image_hash", "hash"), _image),
    "video_asset": ("videos", lambda story: _renamed(story, "video_id", "video_id"), _video),
    "body_asset": ("bodies", lambda story: _renamed(story, "message", "text"), _plain("text")),
    "title_asset": (
        "titles",
        lambda story: _renamed(story, "name", "text") or _renamed(story, "title", "text"),
        _plain("text"),
    ),
    "description_asset": (
        "descriptions",
        lambda story: _renamed(story, "description", "text") or _renamed(story, "link_description", "text"),
        _plain("text"),
    ),
    "link_url_asset": ("link_urls", _link, _plain("website_url")),
    "call_to_action_asset": (
        "call_to_action_types",
        lambda story: str((story.get("call_to_action") or {}).get("type") or ""),
        lambda _store, _account, name: {"name": name},
    ),
}
ASSETS = frozenset(KINDS)
