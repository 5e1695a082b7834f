"""A sample image and a sample video to upload."""

from __future__ import annotations

import struct
import zlib
from functools import cache


@cache
def png(width: int = 1200, height: int = 628, rgb: tuple[int, int, int] = (24, 119, 242)) -> bytes:
    r"""Return a PNG of one colour.

    >>> png(2, 2)[:4]
    b'\x89PNG'
    """
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(rgb) * width) * height
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def mp4(seconds: float = 10.0, size: int = 4096) -> bytes:
    r"""Return an MP4 file of `size` bytes with a duration and without content.

    >>> len(mp4(size=5000)), mp4()[4:12]
    (5000, b'ftypmp42')
    """
    head = mp4_head(seconds, size)
    return head + bytes(size - len(head))


def mp4_head(seconds: float, size: int) -> bytes:
    """Return the beginning of such a file; the rest, up to `size` bytes, can be anything."""
    header = struct.pack(">IIIII", 0, 0, 0, 1000, round(seconds * 1000)) + bytes(80)
    head = _box(b"ftyp", b"mp42\0\0\0\0mp42isom") + _box(b"moov", _box(b"mvhd", header))
    rest = size - len(head)
    if rest < 8:
        raise ValueError(f"an MP4 file needs at least {len(head) + 8} bytes, not {size}")
    return head + struct.pack(">I", rest) + b"mdat"


def _box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + kind + data


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
