"""Durable files: a file replaced as a whole, a file of JSON lines that only grows, and a lock between processes."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
import stat
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, Any, Self

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be deleted
    fcntl = None  # type: ignore[assignment]

from admonster_fb.errors import FacebookAdsError
from admonster_fb.paths import check_name, folder_of, regular_file, state_folder
from admonster_fb.redaction import read_json

_FORMULA = re.compile(r"^(?=[\t\r\n])|(^|[;\t\r\n])(?=[\s\"\0\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a spreadsheet sees a formula begin: in the cell, or in what `;` or a tab makes a cell where they separate."""
SQLITE_SUFFIXES = frozenset({".db", ".sqlite", ".sqlite3"})
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
    """Raise `NotWritten` for any `OSError` within the block but that of a file that exists already."""
    try:
        yield
    except (FileExistsError, TimeoutError, FacebookAdsError):
        raise
    except OSError as error:
        raise NotWritten(path, error) from None


_GRANT = "Grant access to its folder, or choose another."


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raise `FacebookAdsError` for any `OSError` within the block but that of a file that is not there.

    It is for what is read before a write is sent.
    """
    try:
        yield
    except (FileNotFoundError, FacebookAdsError):
        raise
    except OSError as error:
        problem = f"{path.name} cannot be read: {error.strerror}; nothing was sent"
        raise FacebookAdsError(problem, advice=_GRANT) from None


@contextmanager
def lock(path: Path, timeout: float = -1, *, name: str = "") -> Iterator[None]:
    """Hold the lock of a file between processes and threads. The lock is a file of its own: `<path>.lock`.

    `timeout` is in seconds; -1 waits without end, 0 does not wait. Raises `Busy`, which calls the file `name`.
    """
    import filelock  # here: it takes a tenth of a second to load

    held = filelock.FileLock(f"{path}.lock", timeout=timeout, mode=0o600)
    try:
        with writing(path):
            check_name(path)
            held.acquire(poll_interval=0.01)  # seconds
    except filelock.Timeout:
        raise Busy(name or str(path)) from None
    except FileExistsError as error:  # a file in the place of its folder
        raise NotWritten(path, error) from None
    try:
        yield
    finally:
        held.release()


@contextmanager
def lock_away(path: Path, timeout: float = -1) -> Iterator[None]:
    """Hold the lock of a file for this user's processes, as `lock` does. It lies in the user's state folder.

    For files in a folder that others write to: a link in the place of a lock next to the file would be followed.
    """
    folder = state_folder("locks")
    with writing(path):
        check_name(path)
    mark = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:16]  # of a loop of links, too
    with lock(folder / mark, timeout, name=path.name) if folder else nullcontext():
        yield


@contextmanager
def atomic_write(path: Path, *, alone: bool = True, mode: int = 0o600, overwrite: bool = True) -> Iterator[IO[bytes]]:
    """Yield a file that replaces `path` when the block ends without an error: wholly, or not at all.

    The new content and name are on the disk then. Drafts that a killed process left are removed with `alone`. Raises
    `NotWritten` if the disk is full or the like, and without `overwrite` `FileExistsError` if there is a file by then.
    """
    with writing(path), folder_of(path) as (name, folder):
        if alone:
            remove_drafts(path)
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
        if _lock_open(handle) and os.fstat(handle).st_nlink:  # else it was removed before it was locked
            return draft, handle
        os.close(handle)


def _lock_open(handle: int) -> bool:
    """Lock an open file, whatever its name. Return whether nobody else has it locked."""
    if fcntl is not None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass  # a file system without locks
    return True


def remove_drafts(path: Path) -> None:
    """Remove the drafts of a file that no process has open: a killed process left them."""
    for left in path.parent.iterdir():
        if re.fullmatch(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.part", left.name):
            with suppress(OSError), open(left, "rb", opener=_open_no_link) as file:
                if _lock_open(file.fileno()):
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
    """
    with writing(path):
        start = end = os.lseek(handle, 0, os.SEEK_END)
        os.lseek(handle, max(start - 1, 0), os.SEEK_SET)
        data = (b"" if os.read(handle, 1) in (b"\n", b"") else b"\n") + line + b"\n"
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


def check_sqlite(path: Path, *, opened: bool = False) -> None:
    """Raise `OSError` if a link is, or was, at a confined path or at those of SQLite's own files next to it.

    SQLite opens them by their paths. Once it has the file open, `opened` compares what is open with what is there.
    """
    with folder_of(path) as (name, folder):
        if folder is None:
            return
        for ending in ("", "-journal", "-wal", "-shm"):
            is_it = not ending
            with nullcontext() if is_it and opened else suppress(FileNotFoundError):
                found = os.stat(name + ending, dir_fd=folder, follow_symlinks=False)
                fine = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
                fine = fine and not (is_it and not os.path.samestat(found, path.stat()))
                if not fine or (is_it and opened and not _is_open(found)):
                    raise OSError(errno.ELOOP, "a link")


def _is_open(file: os.stat_result) -> bool:
    """Return whether this process has a file open, `True` where the system does not say which are."""
    handles = os.listdir("/dev/fd") if os.path.isdir("/dev/fd") else []
    for handle in handles:
        with suppress(OSError):  # closed since: by the listing, or by another thread
            if os.path.samestat(os.fstat(int(handle)), file):
                return True
    return not handles


class JsonLines:
    """A file of JSON values, one per line, to which lines are only added. Safe to share between threads.

    Each line is on the disk as a whole when `append` returns; else it raises `NotWritten`. A last line that a crash has
    cut is not read, and stays as it is. A symbolic link is refused: raises `OSError`. With `new`, the file must not
    exist yet: raises `FileExistsError`.
    """

    def __init__(self, path: Path, *, new: bool = False) -> None:
        self.path = path
        self._lock = threading.Lock()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | (os.O_EXCL if new else 0)
        with writing(path):
            self._file = os.fdopen(_open_no_link(str(path), flags), "a+b", buffering=0)

    @staticmethod
    def read(path: Path) -> list[Any]:
        """Return the values of a file; none if there is no file. Lines that are not JSON are left out."""
        values = []
        with suppress(FileNotFoundError), open(path, "rb", opener=_open_no_link) as file:
            for line in file.read().splitlines():
                with suppress(ValueError, RecursionError):
                    values.append(json.loads(line))
        return values

    def append(self, value: Any) -> None:
        """Add a line."""
        with self._lock:
            append_line(self._file.fileno(), json.dumps(value).encode(), self.path)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


VERSION = 2
"""Version of the files of records that this release writes. It reads those without a version too."""


class Records(JsonLines):
    """A file of objects that a run is resumed from: with its version in the first line, and a checksum in each.

    Part of a last line, which a crash leaves, is removed when the file is opened: nothing was done after it. One run
    at a time has the file open, under whatever name (a hard link is another): raises `Busy`.
    """

    def __init__(self, path: Path, *, new: bool = False) -> None:
        super().__init__(path, new=new)
        if not _lock_open(self._file.fileno()):
            super().close()
            raise Busy(str(path))
        self._file.seek(0)
        content = self._file.readall()  # of the open file: another may be at the path by now
        self._first = not content
        if (cut := len(content) - content.rfind(b"\n") - 1) and _record(content[-cut:]) is None:
            self._file.truncate(len(content) - cut)

    def close(self) -> None:
        """Close the file, and unlock it in a fork of this process too."""
        if fcntl is not None and not self._file.closed:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(self._file.fileno(), fcntl.LOCK_UN)
        super().close()

    def append(self, value: Any) -> None:
        """Add an object. The first one gets the version. Raises `FacebookAdsError` if the disk does not take it."""
        value = {"version": VERSION, **value} if self._first else value
        try:
            super().append({**value, "crc": _checksum(value)})
        except OSError as error:
            advice = "Make room or grant access, then resume."
            raise FacebookAdsError(f"{self.path} cannot be written: {error.strerror}", advice=advice) from None
        self._first = False

    @staticmethod
    def read(path: Path) -> list[Any]:
        """Return the objects of a file; none without a file. Raises `FacebookAdsError` if it is damaged or newer."""
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
    value = read_json(line)
    if not isinstance(value, dict):
        return None
    return value if value.pop("crc", None) in (None, _checksum(value)) else None


def _checksum(value: dict[str, Any]) -> str:
    content = json.dumps({name: each for name, each in value.items() if name != "crc"}, sort_keys=True)
    return f"{zlib.crc32(content.encode()):08x}"


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn an error of a file's records, which lack something or hold another type, into that of a damaged file."""
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
