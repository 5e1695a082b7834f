"""Durable files: a file replaced as a whole, a file of JSON lines that only grows, and a lock between processes."""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

from admonster_fb.errors import FacebookAdsError
from admonster_fb.paths import regular_file


class Busy(FacebookAdsError):  # noqa: N818 - a state that ends by waiting
    """Report that another process or thread has held a lock for longer than the caller waits."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is locked by another process", advice="Try again in a minute.", retryable=True)


@contextmanager
def lock(path: Path, timeout: float = -1, *, name: str = "") -> Iterator[None]:
    """Hold the lock of a file between processes and threads. The lock is a file of its own: `<path>.lock`.

    `timeout` is in seconds; -1 waits without end, 0 does not wait. Raises `Busy`, which calls the file `name`.

    >>> with lock(Path("plans.json"), timeout=0):
    ...     pass
    """
    import filelock  # here: it takes a tenth of a second to load

    held = filelock.FileLock(f"{path}.lock", timeout=timeout, mode=0o600)
    try:
        held.acquire(poll_interval=0.01)  # seconds
    except filelock.Timeout:
        raise Busy(name or str(path)) from None
    try:
        yield
    finally:
        held.release()


@contextmanager
def atomic_write(path: Path, *, alone: bool = True, mode: int = 0o600) -> Iterator[IO[bytes]]:
    """Yield a file that replaces `path` when the block ends without an error: wholly, or not at all.

    The new content and name are on the disk then. Drafts that a killed process left are removed, unless another
    process may be writing the same path now (`alone=False`).

    >>> with atomic_write(Path("a.txt")) as file:
    ...     file.write(b"whole")
    5
    >>> Path("a.txt").read_bytes()
    b'whole'
    """
    for left in path.parent.iterdir() if alone else ():
        if re.fullmatch(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.part", left.name):
            left.unlink(missing_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Write a folder's names to the disk. Some systems cannot open a folder."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def _open_no_link(path: str, flags: int) -> int:
    return regular_file(path, flags | _NO_LINK)


class JsonLines:
    """A file of JSON values, one per line, to which lines are only added. Safe to share between threads.

    Each line is on the disk when `append` returns. A last line that a crash has cut is not read, and stays as it is.
    A symbolic link is refused: raises `OSError`. With `new`, the file must not exist yet: raises `FileExistsError`.

    >>> with JsonLines(Path("log.jsonl")) as log:
    ...     log.append({"id": "1"})
    >>> JsonLines.read(Path("log.jsonl"))
    [{'id': '1'}]
    """

    def __init__(self, path: Path, *, new: bool = False) -> None:
        self.path = path
        self._lock = threading.Lock()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | _NO_LINK | (os.O_EXCL if new else 0)
        self._file = os.fdopen(os.open(path, flags, 0o600), "a+b", buffering=0)
        size = self._file.seek(0, os.SEEK_END)
        if size and self._at(size - 1) != b"\n":
            self._file.write(b"\n")

    def _at(self, position: int) -> bytes:
        self._file.seek(position)
        return self._file.read(1)

    @staticmethod
    def read(path: Path) -> list[Any]:
        """Return the values of a file; none if there is no file. Lines that are not JSON are left out.

        >>> JsonLines.read(Path("missing.jsonl"))
        []
        """
        values = []
        with suppress(FileNotFoundError), open(path, "rb", opener=_open_no_link) as file:
            for line in file.read().splitlines():
                with suppress(ValueError):
                    values.append(json.loads(line))
        return values

    def append(self, value: Any) -> None:
        """Add a line.

        >>> with JsonLines(Path("log.jsonl")) as log:
        ...     log.append({"id": "2"})
        """
        with self._lock:
            self._file.write(json.dumps(value).encode() + b"\n")
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file.

        >>> JsonLines(Path("log.jsonl")).close()
        """
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
