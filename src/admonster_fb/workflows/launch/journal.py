"""What a launch has sent and made, line by line in a file: enough to go on after a crash, or to take all of it back.

The first line holds the expanded launch; the others places, ids and times. Nobody else can read the file, and one
process at a time works by it.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.paths import state_folder

PREFIX = "launch_"


def folder() -> Path:
    """Return where journals are kept unless told otherwise: FACEBOOK_LAUNCHES, or in the user's folder for state.

    >>> folder().name
    'launches'
    """
    kept = state_folder("launches", os.environ.get("FACEBOOK_LAUNCHES"))
    if kept is None:
        raise FacebookAdsError(
            "there is no folder for journals of launches", advice="Set FACEBOOK_LAUNCHES.", who="admin"
        )
    return kept


def path_of(launch: str | Path) -> Path:
    """Return the journal of a launch, by its path or by its id. Raises `ParameterError` where there is none.

    >>> path_of("launch_0")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    admonster_fb.errors.ParameterError: launch: given "launch_0"; allowed: the id of a launch of this machine...
    """
    text = str(launch)
    is_id = text.startswith(PREFIX) and text.removeprefix(PREFIX).isalnum() and text.isascii()
    path = folder() / f"{text}.jsonl" if is_id else Path(launch)
    if not path.is_file():
        raise ParameterError(
            [Violation("launch", text, "the id of a launch of this machine, or the path of its journal")]
        )
    return path


class Notes:
    """The journal of one launch. A context manager: while it is open, another process cannot open it."""

    def __init__(self, path: Path, entries: Iterable[Mapping[str, Any]]) -> None:
        self.path = path
        self.ids: dict[str, str] = {}
        self.sent: dict[str, datetime] = {}
        """What may have been made, with the time it was first sent."""
        self.found: set[str] = set()
        """What was there before this launch: it is not taken back."""
        self._lock = threading.Lock()
        first, *rest = entries
        self._read = 1 + len(rest)
        self.id, self.account, self.whole = first["launch"], first["account"], first["whole"]
        self.at = datetime.fromisoformat(first["at"])
        for entry in rest:
            self._take(entry)

    @classmethod
    def begin(cls, path: str | Path | None, account: str, whole: Mapping[str, Any], now: datetime) -> Self:
        """Start the journal of a new launch. Raises `ParameterError` if the file is there already."""
        launch = PREFIX + secrets.token_hex(6)
        kept = Path(path) if path is not None else folder() / f"{launch}.jsonl"
        entry = {"launch": launch, "account": account, "at": now.isoformat(), "whole": whole}
        try:
            handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            allowed = "a new file; a launch that was begun is taken up with resume, or taken back with rollback"
            raise ParameterError([Violation("journal", str(kept), allowed)]) from None
        except OSError as error:
            raise ParameterError(
                [Violation("journal", str(kept), f"a file that can be made: {error.strerror}")]
            ) from None
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return cls(kept, [entry])

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a journal. A last line that was cut by a crash is passed over: what it noted had not been sent yet."""
        entries = _entries(path_of(path).read_text("utf-8"))
        if not (entries and isinstance(entries[0], dict) and "whole" in entries[0]):
            raise ParameterError([Violation("launch", str(path), "the journal of a launch, with its first line")])
        return cls(path_of(path), entries)

    def sending(self, places: Iterable[str], now: datetime) -> None:
        """Note what is about to be sent."""
        if new := [place for place in places if place not in self.sent]:
            self._note({"sent": new, "at": now.isoformat()})

    def done(self, ids: Mapping[str, str], found: Iterable[str] = ()) -> None:
        """Note what was made, and which of it was there before."""
        if ids:
            self._note({"made": dict(ids), "found": sorted(found)})

    def refused(self, places: Iterable[str]) -> None:
        """Note what was certainly not made, or is gone."""
        if gone := [*places]:
            self._note({"gone": gone})

    def _take(self, entry: Mapping[str, Any]) -> None:
        if "sent" in entry:
            self.sent.update(dict.fromkeys(entry["sent"], datetime.fromisoformat(entry["at"])))
        for place, node_id in entry.get("made", {}).items():
            self.ids[place] = node_id
            self.sent.pop(place, None)
        self.found |= {*entry.get("found", ())}
        for place in entry.get("gone", ()):
            self.sent.pop(place, None)
            self.ids.pop(place, None)
            self.found.discard(place)

    def _note(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self._take(entry)

    def __enter__(self) -> Self:
        self._file = self.path.open("a+", encoding="utf-8")
        if not _alone(self._file.fileno()):
            self._file.close()
            raise FacebookAdsError(f"another process works at {self.id}", advice="Wait for it.", retryable=True)
        self._file.seek(0)
        text = self._file.read()
        for entry in _entries(text)[self._read :]:  # another process has gone on before it let go
            self._take(entry)
        if not text.endswith("\n"):  # cut by a crash
            self._file.write("\n")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _entries(text: str) -> list[Any]:
    entries: list[Any] = []
    for line in text.splitlines():
        with suppress(ValueError):
            entries.append(json.loads(line))
    return entries


def _alone(handle: int) -> bool:
    """Lock a file until it is closed; tell whether that worked."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows: one process at a time is then the caller's to see to
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
