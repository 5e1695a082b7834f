"""Inspection of images before an upload: format, size, and whether Meta accepts them."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from admonster_fb.errors import MISSING, ParameterError, Violation
from admonster_fb.paths import regular_file

LARGEST = 30 * 1024**2  # most bytes of an image. Source: `docs/meta-rules.md#images-and-videos`
SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})  # names of files that Meta accepts end in these
MOST_PIXELS = 50_000_000
"""Most pixels: more would need hundreds of megabytes to decode, and Meta scales images down anyway."""
MOST_SCANS = 64  # most scans of a jpg: encoders write up to 14, and each takes as long to decode as a whole image
RATIOS = {"1:1": 1.0, "4:5": 0.8, "9:16": 9 / 16, "1.91:1": 1.91}
"""Aspect ratios (width / height) that placements show without cropping."""
NARROW = 600  # width in pixels below which an image looks coarse in placements
# Markers of a JPEG: those that begin a frame, which has the size, and those without a length.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN = 0xDA
_NEXT_SCAN, _END = b"\xff\xda", b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """Facts about an image, in pixels and bytes; `warnings` name what Meta accepts but shows badly."""

    format: str
    width: int
    height: int
    bytes: int
    warnings: tuple[str, ...] = ()


def inspect_image(content: bytes, name: str = "image") -> ImageFacts:
    """Return the facts of an image. Raises `ParameterError` if it is no image, too large, cut or broken.

    The structure of a jpg or png is checked to the end. With Pillow (`pip install 'admonster-fb[media]'`) it is also
    decoded. Other formats are left to Meta, with a warning; their width and height are 0.

    >>> facts = inspect_image(other_png)
    >>> facts.format, facts.width, facts.warnings
    ('png', 300, ('300 pixels wide: below 600 it looks coarse',))
    """
    if not content:
        raise ParameterError([Violation(name, MISSING, "the content of a jpg or png")])
    check_size(len(content), name)
    kind = next((kind for magic, kind in _MAGICS.items() if content.startswith(magic)), "neither")
    if kind in _LEFT_TO_META and _LEFT_TO_META[kind](content):
        return ImageFacts(kind, 0, 0, len(content), (f"a {kind}: Meta's guides name jpg and png; Meta decides",))
    size = _SIZES[kind](content) if kind in _SIZES else None
    if size is None:
        raise ParameterError([Violation(name, f"{kind} of {len(content):,} bytes", "a whole jpg or png")])
    width, height = size
    if not 0 < width * height <= MOST_PIXELS:
        raise ParameterError([Violation(name, f"{width} x {height}", f"at most {MOST_PIXELS:,} pixels")])
    if kind == "jpg" and (scans := _jpeg_scans(content)) > MOST_SCANS:
        raise ParameterError([Violation(name, f"a jpg of {scans:,} scans", f"at most {MOST_SCANS} scans")])
    if not (_WHOLE[kind](content) and _decodes(content, size)):
        raise ParameterError([Violation(name, f"a broken {kind}", "a whole jpg or png: this one cannot be decoded")])
    warnings = [f"{width} pixels wide: below {NARROW} it looks coarse"] if width < NARROW else []
    if not any(abs(width / height / ratio - 1) < 0.02 for ratio in RATIOS.values()):
        warnings.insert(0, f"{width} x {height} has none of the ratios {', '.join(RATIOS)}: placements cut it")
    return ImageFacts(kind, width, height, len(content), tuple(warnings))


def check_size(length: int, name: str) -> None:
    """Raise `ParameterError` for an image of more bytes than Meta accepts."""
    if length > LARGEST:
        raise ParameterError([Violation(name, f"{length / 1024**2:.1f} MB", "at most 30 MB")])


def read_file(path: str | Path, name: str) -> bytes:
    """Return the content of an image file. Raises `ParameterError` if it cannot be read or is too large."""
    try:
        with open(path, "rb", opener=regular_file) as file:
            check_size(os.fstat(file.fileno()).st_size, name)  # before the content is read
            return file.read()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such path"
        raise ParameterError([Violation(name, str(path), f"a readable file ({reason})")]) from None


def _png_size(content: bytes) -> tuple[int, int] | None:
    if len(content) < 33 or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _png_is_whole(content: bytes) -> bool:
    """Return whether each chunk has the right checksum, up to the one that ends the image."""
    start = 8
    while start + 12 <= len(content):
        length = int.from_bytes(content[start : start + 4], "big")
        chunk, checksum = content[start + 4 : start + 8 + length], content[start + 8 + length : start + 12 + length]
        if zlib.crc32(chunk) != int.from_bytes(checksum, "big"):
            return False
        if chunk.startswith(b"IEND"):
            return True
        start += 12 + length
    return False


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield marker and position of each segment, up to the first scan."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        yield marker, at
        if marker == _SCAN:
            return
        # 0xFF before a marker is padding.
        at += 1 if marker == 0xFF else 2 if marker in _BARE else 2 + int.from_bytes(content[at + 2 : at + 4], "big")


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    for marker, at in _jpeg_segments(content):
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
    return None


def _jpeg_scans(content: bytes) -> int:
    """Return the number of scans, 0 if no end follows: a thumbnail before the first scan has its own end.

    The marker of one cannot stand within the data of another.
    """
    first = next((at for marker, at in _jpeg_segments(content) if marker == _SCAN), len(content))
    return content.count(_NEXT_SCAN, first, max(content.find(_END, first), first))


_MAGICS = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF8": "gif",
    b"RIFF": "webp",
    b"BM": "bmp",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"<svg": "svg",
    b"%PDF": "pdf",
}
_LEFT_TO_META: dict[str, Callable[[bytes], bool]] = {
    "gif": lambda content: content[4:6] in (b"7a", b"9a") and content.endswith(b";"),
    "webp": lambda content: content[8:12] == b"WEBP" and int.from_bytes(content[4:8], "little") + 8 == len(content),
    "bmp": lambda content: int.from_bytes(content[2:6], "little") == len(content),
    "tiff": lambda content: len(content) > 8,
}
"""Formats that no source says Meta refuses, each with what a whole file of it shows."""
_SIZES: dict[str, Callable[[bytes], tuple[int, int] | None]] = {"png": _png_size, "jpg": _jpeg_size}
_WHOLE: dict[str, Callable[[bytes], object]] = {"png": _png_is_whole, "jpg": _jpeg_scans}
"""Checked here, because Pillow takes cut images for whole once any library in the process has told it to."""


def _decodes(content: bytes, size: tuple[int, int]) -> bool:
    """Return whether an image can be decoded. Without Pillow: True."""
    try:
        from PIL import Image
    except ImportError:
        return True
    broken = (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError)
    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as image:
            if image.size != size:  # a second header, by which a decoder goes
                return False
            # A jpg is read to its end, but only an eighth of its width is decoded.
            image.draft(None, (max(1, size[0] // 8), max(1, size[1] // 8)))
            image.load()
    except (*broken, Image.DecompressionBombWarning):
        return False
    return True
