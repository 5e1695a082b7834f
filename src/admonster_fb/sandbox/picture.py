"""A picture to upload, so that nobody has to find one."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 1200, height: int = 628, rgb: tuple[int, int, int] = (24, 119, 242)) -> bytes:
    r"""Return a PNG of one colour.

    >>> png(2, 2)[:4]
    b'\x89PNG'
    """
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(rgb) * width) * height
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
