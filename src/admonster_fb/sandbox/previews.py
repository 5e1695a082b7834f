"""Ad previews: one row with an iframe, no paging."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import creatives, spec
from admonster_fb.sandbox.errors import GraphError, required
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.world import Call

_BODY = (
    '<iframe src="https://business.facebook.com/ads/api/preview_iframe.php?d={id}&t={format}" width="{width}" '
    'height="{height}" scrolling="yes" style="border: none;" allow="autoplay"></iframe>'
)


def of_node(call: Call, node: Node) -> dict[str, Any]:
    """Preview an ad or a creative."""
    return _preview(call, node.id)


def generate(call: Call, account: Node) -> dict[str, Any]:
    """Preview a creative that need not exist yet."""
    creative = call.params.get("creative")
    if not isinstance(creative, dict):
        raise required("creative")
    named = "creative_id" in creative or "id" in creative
    return _preview(call, creatives.resolve(call, account, creative) if named else account.id)


def _preview(call: Call, about: str) -> dict[str, Any]:
    ad_format = call.params.get("ad_format")
    if not ad_format:
        raise required("ad_format")
    endpoint = spec.find("Ad", "GET", "previews")
    known = endpoint.enums.get("ad_format_enum", ()) if endpoint else ()
    if known and ad_format not in known:
        raise GraphError(100, message=f"(#100) Param ad_format must be one of {{{', '.join(known)}}}")
    width, height = call.params.get("width", "320"), call.params.get("height", "525")
    return {"data": [{"body": _BODY.format(id=about, format=ad_format, width=width, height=height)}]}
