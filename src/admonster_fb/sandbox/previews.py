"""Ad previews: one row with an iframe, no paging."""

from __future__ import annotations

import hashlib
from typing import Any

from admonster_fb.sandbox import preview_html as drawing
from admonster_fb.sandbox import spec
from admonster_fb.sandbox.errors import GraphError, missing_object, required
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.refusals import not_list, not_one_of
from admonster_fb.sandbox.world import Call

META = "https://business.facebook.com/ads/api/preview_iframe.php"
_BODY = (
    '<iframe src="{source}?d={about}&t={format}" width="{width}" '
    'height="{height}" scrolling="yes" style="border: none;" allow="autoplay"></iframe>'
)
# Sizes as recorded (live/previews, and public code); all other formats take the first.
SIZE = ("320", "525")
SIZES = {"DESKTOP_FEED_STANDARD": ("540", "690"), "MOBILE_FEED_STANDARD": ("335", "450")}


def of_node(call: Call, node: Node) -> dict[str, Any]:
    """Preview an ad or a creative."""
    return _preview(call, node.id)


def generate(call: Call, _account: Node) -> dict[str, Any]:
    """Preview a creative that need not exist yet; nothing tells how much of it Meta checks."""
    creative = call.params.get("creative")
    if not creative:
        raise required("creative")
    if not isinstance(creative, dict):
        raise not_list("creative")
    named = creative.get("creative_id") or creative.get("id")
    if named is None:
        return _preview(call, hashlib.sha256(repr(creative).encode()).hexdigest())
    known = call.find(str(named))
    if known is None or known.kind != "AdCreative":
        raise missing_object("GET", str(named))
    return _preview(call, known.id)


def formats() -> tuple[str, ...]:
    """Return the formats Meta draws, as the SDK lists them."""
    endpoint = spec.find("Ad", "GET", "previews")
    return endpoint.enums["ad_format_enum"] if endpoint else ()


def _preview(call: Call, about: str) -> dict[str, Any]:
    ad_format = str(call.params.get("ad_format") or "")
    if not ad_format:
        raise required("ad_format")
    if ad_format not in formats():
        raise not_one_of("ad_format", formats())
    width, height = SIZES.get(ad_format, SIZE)
    told = {name: _pixels(call, name, usual) for name, usual in (("width", width), ("height", height))}
    # Over HTTP the sandbox draws it, so that a page of previews shows something; in process there is nobody to ask.
    source = f"{call.base_url}{drawing.PATH}" if call.base_url.startswith("http://127.0.0.1") else META
    return {"data": [{"body": _BODY.format(source=source, about=about, format=ad_format, **told)}]}


def _pixels(call: Call, name: str, usual: str) -> str:
    asked = str(call.params.get(name) or usual)
    if not asked.isdecimal():
        raise GraphError(100, message=f"(#100) Param {name} must be an integer greater than or equal to 0")
    return asked
