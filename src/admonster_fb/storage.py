"""Durable files: a file replaced as a whole, a file of JSON lines that only grows, and a lock between processes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be deleted
    fcntl = None  # type: ignore[assignment]

from admonster_fb.errors import FacebookAdsError
from admonster_fb.paths import folder_of, regular_file, state_folder

_FORMULA = re.compile(r"^(?=[\t\r\n])|(^|[;\t\r\n])(?=[\s\"\0\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a spreadsheet sees a formula begin: in the cell, or in what `;` or a tab makes a cell where they separate."""
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


class Busy(FacebookAdsError):  # noqa: N818 - a state that ends by waiting
    """Report that another process or thread has held a lock for longer than the caller waits."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is locked by another process", advice="Try again in a minute.", retryable=True)


class NotWritten(FacebookAdsError, OSError):  # noqa: N818 - names what happened
    """Report a file that could not be written: a full disk, no permission. What was in it before is still there."""

    def __init__(self, path: Path, error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        super().__init__(f"{path.name} was not written: {reason}", advice="Free space, or choose another folder.")
        self.errno, self.strerror, self.filename = error.errno, error.strerror, str(path)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise `NotWritten` for any `OSError` within the block but that of a file that exists already.

    >>> with writing(Path("a.txt")):
    ...     pass
    """
    try:
        yield
    except (FileExistsError, TimeoutError, FacebookAdsError):
        raise
    except OSError as error:
        failure = NotWritten(path, error)
    else:
        return
    raise failure


@contextmanager
def user_lock(part: str, path: Path, timeout: float) -> Iterator[None]:
    """Hold the lock of a file for this user's processes. It is in the state folder `part`, not in the file's.

    >>> with user_lock("uploads", Path("customers.upload"), 0):
    ...     Path("customers.upload.lock").exists()
    False
    """
    folder = state_folder(part)
    mark = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    with lock(folder / mark if folder else path, timeout, name=path.name):
        yield


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
        with writing(path):
            held.acquire(poll_interval=0.01)  # seconds
    except filelock.Timeout:
        raise Busy(name or str(path)) from None
    try:
        yield
    finally:
        held.release()


@contextmanager
def atomic_write(path: Path, *, alone: bool = True, mode: int = 0o600, overwrite: bool = True) -> Iterator[IO[bytes]]:
    """Yield a file that replaces `path` when the block ends without an error: wholly, or not at all.

    The new content and name are on the disk then. Drafts that a killed process left are removed with `alone`. Raises
    `NotWritten` if the disk is full or the like, and without `overwrite` `FileExistsError` if there is a file by then.

    >>> with atomic_write(Path("a.txt")) as file:
    ...     file.write(b"whole")
    5
    >>> Path("a.txt").read_bytes()
    b'whole'
    """
    with writing(path), folder_of(path) as (name, folder):
        if alone:
            _remove_drafts(path)
        draft, handle = _new_draft(Path(name), mode, folder)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _rename(draft, name, folder, overwrite=overwrite)
            _sync_folder(path.parent)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=folder)


def _new_draft(path: Path, mode: int, folder: int | None) -> tuple[Path, int]:
    """Create a draft next to a file and lock it. As long as it is open, no process removes it as left over."""
    while True:
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode, dir_fd=folder)
        if _lock_draft(handle) and os.fstat(handle).st_nlink:  # else it was removed before it was locked
            return draft, handle
        os.close(handle)


def _lock_draft(handle: int) -> bool:
    if fcntl is not None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass  # a file system without locks
    return True


def _remove_drafts(path: Path) -> None:
    """Remove the drafts of a file that no process has open."""
    for left in path.parent.iterdir():
        if re.fullmatch(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.part", left.name):
            with suppress(OSError), left.open("rb") as file:
                if _lock_draft(file.fileno()):
                    left.unlink(missing_ok=True)


def _rename(draft: Path, name: str, folder: int | None, *, overwrite: bool) -> None:
    if not overwrite:
        try:
            os.link(draft, name, src_dir_fd=folder, dst_dir_fd=folder)  # unlike a rename, it fails if there is a file
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            with suppress(FileNotFoundError):
                os.stat(name, dir_fd=folder, follow_symlinks=False)
                raise FileExistsError(name) from None
        else:
            return
    os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)


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


def append_line(handle: int, line: bytes, path: Path) -> None:
    """Add a line to a file that is open for appending: whole and on the disk, or raise `NotWritten`.

    After a last line that a crash has cut, the new one begins a line of its own.

    >>> handle = os.open("log.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    >>> append_line(handle, b"{}", Path("log.jsonl"))
    """
    with writing(path):
        start = end = os.lseek(handle, 0, os.SEEK_END)
        data = (b"\n" if start and _last_byte(handle, start) != b"\n" else b"") + line + b"\n"
        try:
            while data:
                written = os.write(handle, data)
                data, end = data[written:], end + written
            os.fsync(handle)
            if not start:
                _sync_folder(path.parent)  # the name of a new file
        except OSError:
            if os.lseek(handle, 0, os.SEEK_END) == end:  # else another process has written behind it
                with suppress(OSError):
                    os.ftruncate(handle, start)
            raise


def _last_byte(handle: int, end: int) -> bytes:
    os.lseek(handle, end - 1, os.SEEK_SET)
    return os.read(handle, 1)


class JsonLines:
    """A file of JSON values, one per line, to which lines are only added. Safe to share between threads.

    Each line is on the disk as a whole when `append` returns; else it raises `NotWritten`. A last line that a crash has
    cut is not read, and stays as it is. A symbolic link is refused: raises `OSError`. With `new`, the file must not
    exist yet: raises `FileExistsError`.

    >>> with JsonLines(Path("log.jsonl")) as log:
    ...     log.append({"id": "1"})
    >>> JsonLines.read(Path("log.jsonl"))
    [{'id': '1'}]
    """

    def __init__(self, path: Path, *, new: bool = False) -> None:
        self.path = path
        self._lock = threading.Lock()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | (os.O_EXCL if new else 0)
        with writing(path):
            self._file = os.fdopen(_open_no_link(str(path), flags), "a+b", buffering=0)

    @staticmethod
    def read(path: Path) -> list[Any]:
        """Return the values of a file; none if there is no file. Lines that are not JSON are left out.

        >>> JsonLines.read(Path("missing.jsonl"))
        []
        """
        values = []
        with suppress(FileNotFoundError), open(path, "rb", opener=_open_no_link) as file:
            for line in file.read().splitlines():
                with suppress(ValueError, RecursionError):
                    values.append(json.loads(line))
        return values

    def append(self, value: Any) -> None:
        """Add a line.

        >>> with JsonLines(Path("log.jsonl")) as log:
        ...     log.append({"id": "2"})
        """
        with self._lock:
            append_line(self._file.fileno(), json.dumps(value).encode(), self.path)

    def close(self) -> None:
        """Close the file.

        >>> JsonLines(Path("log.jsonl")).close()
        """
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


VERSION = 2
"""Version of the files of records that this release writes. It reads those without a version too."""


class Records(JsonLines):
    """A file of objects that a run is resumed from: with its version in the first line, and a checksum in each.

    Part of a last line, which a crash leaves, is removed when the file is opened: nothing was done after it.

    >>> with Records(Path("run.jsonl"), new=True) as records:
    ...     records.append({"id": "1"})
    >>> Records.read(Path("run.jsonl"))
    [{'version': 2, 'id': '1'}]
    """

    def __init__(self, path: Path, *, new: bool = False) -> None:
        self._first = not (path.exists() and path.stat().st_size)
        if not (self._first or new):
            content = path.read_bytes()
            if (cut := len(content) - content.rfind(b"\n") - 1) and _record(content[-cut:]) is None:
                os.truncate(path, len(content) - cut)
        super().__init__(path, new=new)

    def append(self, value: Any) -> None:
        """Add an object. The first one gets the version. Raises `FacebookAdsError` if the disk does not take it.

        >>> with Records(Path("run.jsonl")) as records:
        ...     records.append({"id": "2"})
        """
        value = {"version": VERSION, **value} if self._first else value
        try:
            super().append({**value, "crc": _checksum(value)})
        except OSError as error:
            advice = "Make room or grant access, then resume."
            raise FacebookAdsError(f"{self.path} cannot be written: {error.strerror}", advice=advice) from None
        self._first = False

    @staticmethod
    def read(path: Path) -> list[Any]:
        """Return the objects of a file; none if there is no file. Raises `FacebookAdsError` if it is damaged or newer.

        >>> Records.read(Path("missing.jsonl"))
        []
        """
        try:
            with open(path, "rb", opener=_open_no_link) as file:
                *lines, last = file.read().split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise FacebookAdsError(f"{path} cannot be read: {error.strerror}", advice=_UNCHANGED) from None
        rows = [_record(line) for line in lines] + ([whole] if (whole := _record(last)) else [])
        version = rows[0].get("version", 1) if rows and rows[0] else None
        if version is None and rows:
            raise Damaged(path, 1)
        if isinstance(version, int) and version > VERSION:
            raise FacebookAdsError(f"{path} is of a newer release", advice="Resume it with that release.")
        if version != 1 and None in rows:
            raise Damaged(path, rows.index(None) + 1)
        return [row for row in rows if row is not None]  # the last release left lines that were cut


_UNCHANGED = "Nothing was sent and the file is as it was: restore it, or compare with Ads Manager before a new run."


class Damaged(FacebookAdsError):  # noqa: N818 - a state of a file
    """Report a file of records that cannot be trusted, and the first line that is wrong. The file stays as it was."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(f"{path} is damaged in line {line}", advice=_UNCHANGED, who="user")
        self.line = line


def _record(line: bytes) -> dict[str, Any] | None:
    """Return the object of a line, without its checksum. `None` if it is damaged."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return value if value.pop("crc", None) in (None, _checksum(value)) else None


def _checksum(value: dict[str, Any]) -> str:
    content = json.dumps({name: each for name, each in value.items() if name != "crc"}, sort_keys=True)
    return f"{zlib.crc32(content.encode()):08x}"


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn an error of a file's records, which lack something or hold another type, into that of a damaged file.

    >>> with reading(Path("run.jsonl")):
    ...     {}["id"]  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    admonster_fb.errors.FacebookAdsError: run.jsonl is damaged: KeyError...
    """
    try:
        yield
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        reason = f"{path} is damaged: {type(error).__name__}"
    else:
        return
    raise FacebookAdsError(reason, advice=_UNCHANGED, who="user")


def escape_formula(cell: Any, *, numbers: bool = True) -> Any:
    """Return a cell that no spreadsheet runs as a formula: with a `'` before each.

    Numbers stay as they are, unless not `numbers`: then they are text, such as phone numbers.

    >>> escape_formula("@SUM(A1)"), escape_formula("-1.5"), escape_formula("Sale;=1+1")
    ("'@SUM(A1)", '-1.5', "Sale;'=1+1")
    """
    if not isinstance(cell, str) or not _FORMULA.search(cell) or (numbers and _NUMBER.fullmatch(cell)):
        return cell
    return _FORMULA.sub(r"\1'", cell)
