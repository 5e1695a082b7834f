"""Folders of this system's user (state and settings), and files that a caller names."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

APP = "admonster-fb"
HARD_LINK = "a file without a second name elsewhere (a hard link): use a copy of it"
_ROOT: ContextVar[Path | None] = ContextVar("root", default=None)
_NO_LINK, _NO_WAIT = getattr(os, "O_NOFOLLOW", 0), getattr(os, "O_NONBLOCK", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_HAS_FOLDERS = {os.open, os.rename, os.unlink} <= os.supports_dir_fd


def state_folder(part: str, path: str | None = None) -> Path | None:
    """Return a folder for state that only its user can read, and create it. `None` if it cannot be created.

    `path` is used instead of the system's own place. The system's place is `XDG_STATE_HOME/admonster-fb/<part>` on
    Linux.
    """
    import platformdirs

    folder = Path(path).expanduser() if path else platformdirs.user_state_path(APP, appauthor=False) / part
    if not path and not folder.is_absolute():  # no home folder, as in some containers
        return None
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def config_folder() -> Path:
    """Return the folder in which this system keeps the user's settings. It may not exist yet."""
    import platformdirs

    return platformdirs.user_config_path(APP, appauthor=False, roaming=True)


def regular_file(path: str, flags: int) -> int:
    """Open a regular file: the `opener` for files that a caller names. A pipe, which would block, is not waited for.

    Raises `OSError` if it is a folder, a device, a pipe or a socket, or leads out of the folder of `confined`.
    """
    with folder_of(Path(path)) as (name, folder):
        no_link = 0 if folder is None else _NO_LINK
        handle = os.open(name, flags | no_link | _NO_WAIT, 0o600, dir_fd=folder)
    found = os.fstat(handle)
    problem = "not a regular file" if not stat.S_ISREG(found.st_mode) else ""
    if not problem and folder is not None and found.st_nlink > 1:
        problem = HARD_LINK
    if problem:
        os.close(handle)
        raise OSError(errno.EINVAL, problem)
    return handle


@contextmanager
def confined(root: Path | None) -> Iterator[None]:
    """Follow no symbolic link below `root` within the block: paths were checked, and a link may have come since."""
    token = _ROOT.set(None if root is None else root.resolve())
    try:
        yield
    finally:
        _ROOT.reset(token)


def check_name(path: str | Path) -> None:
    """Raise `OSError` for a path that no file can have: Python itself would raise a `ValueError`."""
    try:
        usable = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:  # half of a character
        usable = False
    if not usable:
        raise OSError(errno.EINVAL, "no file can have such a name")


@contextmanager
def folder_of(path: Path) -> Iterator[tuple[str, int | None]]:
    """Yield what to open of a file: its name and its open folder, or its path and `None` if it is not confined.

    Raises `OSError` if a folder on the way is a symbolic link, or if no file can have such a name.
    """
    check_name(path)
    root = _ROOT.get()
    if root is None or root == Path(root.anchor) or not path.is_relative_to(root) or not _HAS_FOLDERS:
        yield str(path), None
        return
    folder = os.open(root, _FOLDER)
    try:
        for part in path.relative_to(root).parts[:-1]:
            above, folder = folder, os.open(part, _FOLDER | _NO_LINK, dir_fd=folder)
            os.close(above)
        yield path.name, folder
    finally:
        os.close(folder)


def is_url(source: object) -> bool:
    """Return whether a source is a URL, not a path."""
    return isinstance(source, str) and source.lower().startswith(("http://", "https://"))
