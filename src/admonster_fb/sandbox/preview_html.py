"""Previews in a browser: a sketch of the ad, labelled as not Meta's rendering."""

from __future__ import annotations

import hashlib
import html
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from admonster_fb.sandbox import need, spec
from admonster_fb.sandbox.errors import bad_param
from admonster_fb.sandbox.world import Call, Node, World

META = "https://business.facebook.com/ads/api/preview_iframe.php"
_BODY = (
    '<iframe src="{source}?d={about}&t={format}" width="{width}" '
    'height="{height}" scrolling="yes" style="border: none;" allow="autoplay"></iframe>'
)
# Sizes as recorded (`tests/contract/recordings/previews.jsonl`) and in public code; all other formats take the first.
SIZE = ("320", "525")
SIZES = {"DESKTOP_FEED_STANDARD": ("540", "690"), "MOBILE_FEED_STANDARD": ("335", "450")}


def of_node(call: Call, node: Node) -> dict[str, Any]:
    """Preview an ad or a creative."""
    return _preview(call, node.id)


def generate(call: Call, _account: Node) -> dict[str, Any]:
    """Preview a creative that need not exist; how much of it Meta checks is not documented."""
    creative = need.fields("creative", need.value("creative", call.params.get("creative")))
    named = creative.get("creative_id") or creative.get("id")
    if named is None:
        return _preview(call, hashlib.sha256(repr(creative).encode()).hexdigest())
    return _preview(call, call.existing(named, "AdCreative").id)


def _preview(call: Call, about: str) -> dict[str, Any]:
    ad_format = need.value("ad_format", str(call.params.get("ad_format") or ""))
    need.one_of("ad_format", ad_format, spec.values("Ad", "GET", "previews", "ad_format"))
    width, height = SIZES.get(ad_format, SIZE)
    size = {name: _pixels(call, name, usual) for name, usual in (("width", width), ("height", height))}
    # Over HTTP the sandbox draws it, so that a page of previews shows something; in process nothing can draw it.
    source = f"{call.base_url}{PATH}" if call.base_url.startswith("http://127.0.0.1") else META
    return {"data": [{"body": _BODY.format(source=source, about=about, format=ad_format, **size)}]}


def _pixels(call: Call, name: str, usual: str) -> str:
    pixels = str(call.params.get(name) or usual)
    if not pixels.isdecimal():
        raise bad_param(f"Param {name} must be an integer greater than or equal to 0")
    return pixels


PATH = "/_sandbox/preview"
_POLICY = """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">"""
_STYLE = resources.files(__package__).joinpath("preview.css").read_text(encoding="utf-8").strip()


def page(world: World, about: str, ad_format: str) -> str:
    """Return an HTML page that sketches an ad or a creative."""
    node = world.store.get(about)
    if node is not None and node.kind == "Ad":
        node = world.store.get(str((node.data.get("creative") or {}).get("id")))
    body = _creative(world, node) if node is not None else "<p>A creative that does not exist yet.</p>"
    note = f"Sandbox sketch, not Meta's rendering: {html.escape(ad_format)}"
    return f'<!doctype html><meta charset="utf-8">{_POLICY}<style>{_STYLE}</style>{body}<em>{note}</em>'


def _creative(world: World, node: Node) -> str:
    story = node.data.get("object_story_spec") or {}
    data: dict[str, Any] = next((story[name] for name in story if name.endswith("_data")), {})
    owner = world.store.get(str(story.get("page_id", "")))
    name = owner.data.get("name") if owner else f"Page {story.get('page_id', 'unknown')}"
    head = f"<header><i></i><div><b>{_text(name)}</b><small>Sponsored</small></div></header>"
    cards = data.get("child_attachments")
    button = data.get("call_to_action")
    drawn = [_card({"call_to_action": button, **card}) for card in cards or [data]]
    shown = f'<div class="cards">{"".join(drawn)}</div>' if cards else drawn[0]
    return f"{head}<p>{_text(data.get('message'))}</p>{shown}"


def _card(data: dict[str, Any]) -> str:
    action = data.get("call_to_action") or {}
    link = data.get("link") or (action.get("value") or {}).get("link")
    media = "▶ video" if data.get("video_id") else f"image {str(data.get('image_hash') or data.get('picture'))[:12]}"
    text = (
        f"<small>{_text(urlsplit(str(link or '')).netloc)}</small><b>{_text(data.get('name') or data.get('title'))}</b>"
    )
    more = f"<small>{_text(data.get('description') or data.get('link_description'))}</small>"
    button = f"<span>{_text(str(action.get('type', 'LEARN_MORE')).replace('_', ' ').capitalize())}</span>"
    return f'<div><div class="media">{_text(media)}</div><footer><div>{text}{more}</div>{button}</footer></div>'


def _text(value: Any) -> str:
    return html.escape(str(value)) if value else ""
