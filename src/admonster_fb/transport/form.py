"""A multipart form that reads its file part from the disk while it is sent: no chunk is in memory as a whole."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from urllib3.fields import RequestField

from admonster_fb.errors import FacebookAdsError

BLOCK = 64 * 1024  # bytes that are read at once


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of an open file. It can be sent again: each form reads it from its start."""

    file: BinaryIO
    name: str
    start: int
    length: int


class Form:
    """Parameters and slices of files as a body that `requests` sends block by block, with a known length."""

    def __init__(self, params: Mapping[str, str], files: Mapping[str, Slice]) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        fields = b"".join(_part_head(boundary, name) + value.encode() + b"\r\n" for name, value in params.items())
        self._parts: list[io.BytesIO | _SliceReader] = [io.BytesIO(fields)]
        self._length = len(fields)
        for name, part in files.items():
            self._add(_part_head(boundary, name, part.name), part, b"\r\n")
        self._add(f"--{boundary}--\r\n".encode())

    def _add(self, head: bytes, part: Slice | None = None, tail: bytes = b"") -> None:
        self._parts += [io.BytesIO(head), *([_SliceReader(part)] if part else ()), io.BytesIO(tail)]
        self._length += len(head) + len(tail) + (part.length if part else 0)

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes, or the rest. Default: the rest."""
        blocks = []
        while size and self._parts:
            block = self._parts[0].read(size)
            if block:
                blocks.append(block)
                size -= len(block) if size > 0 else 0
            else:
                del self._parts[0]
        return b"".join(blocks)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK):
            yield block


class _SliceReader:
    """Reads a slice from its start to its end."""

    def __init__(self, part: Slice) -> None:
        self._file, self._left = part.file, part.length
        self._file.seek(part.start)

    def read(self, size: int = -1, /) -> bytes:
        size = self._left if size < 0 else min(size, self._left)
        block = self._file.read(size)
        if len(block) < size:  # with less than the announced length, the server would wait
            raise FacebookAdsError("the file became shorter while it was sent", advice="Upload it again, unchanged.")
        self._left -= size
        return block


def form(params: Mapping[str, str], files: Mapping[str, Any]) -> Form | None:
    """Return a form if there are slices to send. `None` for files that are in memory."""
    slices = {name: part for name, part in files.items() if isinstance(part, Slice)}
    return Form(params, slices) if slices else None


def _part_head(boundary: str, name: str, filename: str | None = None) -> bytes:
    field = RequestField(name, b"", filename)
    field.make_multipart(content_type="application/octet-stream" if filename else None)
    return f"--{boundary}\r\n{field.render_headers()}".encode()
