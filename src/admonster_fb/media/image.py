"""Pictures looked at before they are sent: what they are, and whether Meta takes them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

from admonster_fb.errors import MISSING, ParameterError, Violation

LARGEST = 30 * 1024**2
"""Bytes of an image that Meta takes (`api_facts.md` section 10)."""
MOST_PIXELS = 50_000_000
"""More would take hundreds of megabytes to decode; Meta shrinks pictures anyway."""
RATIOS = {"1:1": 1.0, "4:5": 0.8, "9:16": 9 / 16, "1.91:1": 1.91}
"""What placements show without cutting."""
NARROW = 600
"""Pixels below which Meta's placements look coarse."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a picture is. `warnings` say what Meta takes but shows badly."""

    format: str
    width: int
    height: int
    bytes: int
    warnings: tuple[str, ...] = ()


def inspect_image(content: bytes, name: str = "image") -> ImageFacts:
    """Look at a picture; raises `ParameterError` for one that Meta does not take: no jpg or png, too large, broken.

    With Pillow (`pip install 'admonster-fb[media]'`) it is decoded, without only its header is read.

    >>> facts = inspect_image(other_png)
    >>> facts.format, facts.width, facts.warnings
    ('png', 300, ('300 pixels wide: below 600 it looks coarse',))
    """
    if not content:
        raise ParameterError([Violation(name, MISSING, "the content of a jpg or png")])
    check_size(len(content), name)
    kind = next((kind for magic, kind in _MAGICS.items() if content.startswith(magic)), "neither")
    size = _SIZES[kind](content) if kind in _SIZES else None
    if size is None:
        given = f"{kind} of {len(content):,} bytes"
        raise ParameterError([Violation(name, given, "a whole jpg or png")])
    width, height = size
    if not 0 < width * height <= MOST_PIXELS:
        raise ParameterError([Violation(name, f"{width} x {height}", f"at most {MOST_PIXELS:,} pixels")])
    if not _decodes(content, size):
        raise ParameterError([Violation(name, f"a broken {kind}", "a whole jpg or png: this one cannot be decoded")])
    return ImageFacts(kind, width, height, len(content), tuple(_warnings(width, height)))


def check_size(length: int, name: str) -> None:
    """Refuse an image of more bytes than Meta takes."""
    if length > LARGEST:
        raise ParameterError([Violation(name, f"{length / 1024**2:.1f} MB", "at most 30 MB")])


def _warnings(width: int, height: int) -> Iterator[str]:
    if not any(abs(width / height / ratio - 1) < 0.02 for ratio in RATIOS.values()):
        yield f"{width} x {height} has none of the ratios {', '.join(RATIOS)}: placements cut it"
    if width < NARROW:
        yield f"{width} pixels wide: below {NARROW} it looks coarse"


def _png_size(content: bytes) -> tuple[int, int] | None:
    if len(content) < 33 or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


# JPEG markers that begin a frame, which tells the size, and those that stand alone.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        # 0xFF before a marker only fills.
        at += 1 if marker == 0xFF else 2 if marker in _ALONE else 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None


_MAGICS = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF8": "gif",
    b"RIFF": "webp",
    b"BM": "bmp",
    b"<svg": "svg",
    b"%PDF": "pdf",
}
_SIZES: dict[str, Callable[[bytes], tuple[int, int] | None]] = {"png": _png_size, "jpg": _jpeg_size}


def _decodes(content: bytes, size: tuple[int, int]) -> bool:
    """Tell whether a picture can be decoded to its end; without Pillow, believe it."""
    try:
        from PIL import Image
    except ImportError:
        return True
    broken = (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError)
    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as image:
            if image.size != size:  # a second header: the first is not the one that counts
                return False
            # A jpg is read to its end, but only an eighth of its width is computed.
            image.draft(None, (max(1, size[0] // 8), max(1, size[1] // 8)))
            image.load()
    except (*broken, Image.DecompressionBombWarning):
        return False
    return True
