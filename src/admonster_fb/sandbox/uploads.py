"""Uploads of video files: they are counted, hashed and inspected, not stored."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

# The size of a chunk in bytes, as recorded (php-graph-sdk issue 821).
CHUNK = 5 * 1024 * 1024
# The number of first bytes that are inspected, and the life of a session. Neither is documented.
HEAD = 64 * 1024
SESSION_LIFE = timedelta(hours=24)
# Containers by their first bytes (formats: Meta's video API, "Supported Formats").
MAGICS: tuple[tuple[str, int, tuple[bytes, ...]], ...] = (
    ("mp4", 4, (b"ftyp", b"moov", b"mdat", b"wide", b"skip", b"free")),
    ("avi", 0, (b"RIFF",)),
    ("webm", 0, (b"\x1a\x45\xdf\xa3",)),
    ("flv", 0, (b"FLV",)),
    ("wmv", 0, (b"\x30\x26\xb2\x75",)),
    ("mpeg", 0, (b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")),
    ("ogg", 0, (b"OggS",)),
    ("gif", 0, (b"GIF87a", b"GIF89a")),
)
# The assumed bytes per second of a container without a duration.
_BYTES_A_SECOND = 250_000


class Footage:
    """The size, SHA-256 and first 64 KB of a file that arrives in chunks."""

    def __init__(self) -> None:
        self.size = 0
        self.head = bytearray()
        self._hash = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        """Add the next chunk."""
        self.head += piece[: max(0, HEAD - len(self.head))]
        self._hash.update(piece)
        self.size += len(piece)

    def container(self) -> str | None:
        """Return the format of the file, None when it is no video."""
        fits = (name for name, at, magics in MAGICS if any(self.head[at : at + len(each)] == each for each in magics))
        return next(fits, None)

    def facts(self) -> dict[str, Any]:
        """Return what to remember of the whole file."""
        broken, seconds = False, None
        if self.container() == "mp4":
            # A first box that ends outside the file can't be processed. 0 means to its end, 1 that more length follows.
            (length,) = struct.unpack(">I", self.head[:4])
            broken, seconds = not (length in (0, 1) or 8 <= length <= self.size), _movie_seconds(bytes(self.head))
        shown = round(seconds or max(1.0, self.size / _BYTES_A_SECOND), 3)
        return {"sha256": self._hash.hexdigest(), "size": self.size, "seconds": shown, "broken": broken}


@dataclass(slots=True)
class Session:
    """One upload in chunks."""

    id: str
    video_id: str
    account_id: str
    size: int
    began: datetime
    footage: Footage = field(default_factory=Footage)

    def offsets(self, chunk: int) -> dict[str, int]:
        """Return the range that Meta expects next; both are the size of the file when it is complete."""
        start = self.footage.size
        return {"start_offset": start, "end_offset": min(start + chunk, self.size)}


class Uploads:
    """Open sessions. They live as long as the process: a snapshot does not hold them."""

    def __init__(self) -> None:
        self.chunk = CHUNK
        self.sessions: dict[str, Session] = {}


def _movie_seconds(head: bytes) -> float | None:
    """Return the duration in an MP4 file's movie header, in seconds, if it is in the first bytes."""
    at = head.find(b"mvhd") + 4
    if at < 4 or len(head) < at + 32:
        return None
    # Version 1 has times of eight bytes.
    start, form = (at + 20, ">IQ") if head[at] == 1 else (at + 12, ">II")
    scale, duration = struct.unpack_from(form, head, start)
    return duration / scale if scale and duration else None
