"""Where a user's state is kept from one process to the next: plans, journals of launches, the audit."""

from __future__ import annotations

import os
from pathlib import Path


def state_folder(part: str, named: str | None = None) -> Path | None:
    """Return a folder that only its user can read: `named`, or a part of this system's place; `None` without one.

    >>> state_folder("plans", "kept").name
    'kept'
    """
    state = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".local" / "state"
    folder = Path(named).expanduser() if named else Path(state) / "admonster-fb" / part
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:  # no home, as in some containers
        return None
    return folder
