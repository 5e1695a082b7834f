"""Folders of this system's user (state and settings), and files that a caller names."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

APP = "admonster-fb"


def state_folder(part: str, path: str | None = None) -> Path | None:
    """Return a folder for state that only its user can read, and create it. `None` if it cannot be created.

    `path` is used instead of the system's own place. The system's place is `XDG_STATE_HOME/admonster-fb/<part>` on
    Linux.

    >>> state_folder("plans", "my-plans").name
    'my-plans'
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
    """Return the folder in which this system keeps the user's settings. It may not exist yet.

    >>> config_folder().name
    'admonster-fb'
    """
    import platformdirs

    return platformdirs.user_config_path(APP, appauthor=False, roaming=True)


def regular_file(path: str, flags: int) -> int:
    """Open a regular file: the `opener` for files that a caller names. A pipe, which would block, is not waited for.

    Raises `OSError` if it is a folder, a device, a pipe or a socket.

    >>> _ = Path("a.txt").write_text("whole")
    >>> with open("a.txt", opener=regular_file) as file:
    ...     file.read()
    'whole'
    """
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file")
    return handle


def is_url(source: object) -> bool:
    """Return whether a source is a URL, not a path.

    >>> is_url("HTTPS://example.com/a.png"), is_url("file:///etc/hosts")
    (True, False)
    """
    return isinstance(source, str) and source.lower().startswith(("http://", "https://"))
