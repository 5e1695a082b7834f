"""Folders of this system's user: for state (plans, launch journals, the audit log) and for settings (tokens)."""

from __future__ import annotations

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
