"""Ad images: known by the MD5 of their bytes, measured from their own headers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from pathlib import PurePath
from typing import Any

from admonster_fb.sandbox import need, times
from admonster_fb.sandbox.errors import GraphError, NotModelled, invalid, missing_object, refuse, required
from admonster_fb.sandbox.history import add_image
from admonster_fb.sandbox.world import Call, Node

# What the upload answers; reads know more (`docs/meta-rules.md`, Creatives).
ANSWER_FIELDS = ("hash", "url", "url_128", "url_256", "width", "height", "name")
# File extensions that Meta accepts; it requires one (Meta's page "Ad, Image").
ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp", ".zip"})
LARGEST = 30 * 1024 * 1024
# How other formats begin; how and where they write width and height.
_SIZES = ((b"\x89PNG\r\n\x1a\n", ">II", 16), (b"GIF87a", "<HH", 6), (b"GIF89a", "<HH", 6), (b"BM", "<ii", 18))
# JPEG segments that carry the size: start-of-frame markers, without the tables that sit between them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def upload(call: Call, account: Node) -> dict[str, Any]:
    """Accept images as base64 `bytes`, as files, or as a copy of another account's image."""
    if "copy_from" in call.params:
        return _answer({"bytes": _copy(call, account, call.params["copy_from"])})
    if call.files:
        named = {PurePath(file.filename).name: file.content for file in call.files.values()}
        if any(PurePath(name).suffix.lower() not in ENDINGS for name in named):
            raise GraphError(100, 1487411)
        return _answer({name: _keep(call, account, name, content) for name, content in named.items()})
    need.value("bytes", call.params.get("bytes"))
    name = str(call.params.get("name") or "bytes")
    return _answer({"bytes": _keep(call, account, name, _from_base64(str(call.params["bytes"])))})


def delete(call: Call, account: Node) -> dict[str, Any]:
    """Delete an image by its hash, unless a creative uses it."""
    if not (digest := call.params.get("hash")):
        raise required("hash")
    image = call.store.get(f"{account.data['account_id']}:{digest}")
    if image is None:
        raise GraphError(100, message=f"(#100) Image with hash {digest} does not exist")
    alive = (item for item in call.store.children(account.id, "AdCreative") if item.data["status"] != "DELETED")
    if any(digest in str(creative.data) for creative in alive):
        raise GraphError(100, user_title="Image In Use", user_msg="You can't delete an image that an ad uses.")
    call.store.remove(image.id)
    return {"success": True}


def size(content: bytes) -> tuple[int, int] | None:
    """Return (width, height) of a PNG, GIF, BMP or JPEG, or None when it is none of these."""
    for magic, form, at in _SIZES:
        if content.startswith(magic) and len(content) >= at + struct.calcsize(form):
            width, height = struct.unpack_from(form, content, at)
            return width, abs(height)
    return _jpeg_size(content) if content.startswith(b"\xff\xd8") else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        (length,) = struct.unpack(">H", content[position + 2 : position + 4])
        position += 2 + length
    return None


def _keep(call: Call, account: Node, name: str, content: bytes) -> Node:
    if content.startswith(b"PK\x03\x04"):
        raise NotModelled(call.method, call.path, "a zip of images")
    if len(content) > LARGEST:
        raise invalid("bytes", "Image Too Large", "The image is larger than 30 MB. Please use a smaller one.")
    if (measured := size(content)) is None:
        raise GraphError(100, 1487411)
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    known = call.store.get(f"{account.data['account_id']}:{digest}")
    return known or _new(call, account, name, digest, measured)


def _new(call: Call, account: Node, name: str, digest: str, measured: tuple[int, int]) -> Node:
    now = times.stamp(call.store.clock(), account.data["timezone_name"])
    return add_image(call.store, account.data["account_id"], name, digest, measured, now)


def _copy(call: Call, account: Node, source: Any) -> Node:
    need.fields("copy_from", source)
    for name in ("source_account_id", "hash"):
        need.value(f"copy_from[{name}]", source.get(name))
    bare = str(source["source_account_id"]).removeprefix("act_")
    if call.find(f"act_{bare}") is None:
        raise missing_object("POST", bare)
    found = call.store.get(f"{bare}:{source['hash']}")
    if found is None:
        raise refuse(2446386, "copy_from")
    measured = (found.data["width"], found.data["height"])
    known = call.store.get(f"{account.data['account_id']}:{found.data['hash']}")
    return known or _new(call, account, found.data["name"], found.data["hash"], measured)


def _answer(images: dict[str, Node]) -> dict[str, Any]:
    return {"images": {key: {name: node.data[name] for name in ANSWER_FIELDS} for key, node in images.items()}}


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise GraphError(100, 1487411) from None
