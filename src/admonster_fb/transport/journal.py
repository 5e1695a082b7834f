"""A file that lets a run of creates be taken up again after the process died: nothing is made twice.

Each create is noted before it is sent and after it is answered, by a digest of what was asked and the new id: no
name, no text, no token is in the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from admonster_fb.transport.request import Call, encode


@dataclass(frozen=True, slots=True)
class Note:
    """What an earlier run knows of a create: when it was first sent, and the id if it was answered."""

    key: str
    at: datetime
    sent: bool = False
    id: str | None = None


class Journal:
    """Notes of creates, by call. The same call made twice in one run is two notes."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()
        self._notes = _read(self.path)
        self._file = self.path.open("a", encoding="utf-8")

    def begin(self, call: Call, now: datetime) -> Note:
        """Return what is known of this create, and note that it is about to be sent if it is new."""
        digest = hashlib.sha256(json.dumps([call.path, encode(call.params)], sort_keys=True).encode()).hexdigest()[:24]
        with self._lock:
            self._seen[digest] += 1
            key = f"{digest}.{self._seen[digest]}"
            note = self._notes.get(key)
            if note is None:
                note = Note(key, now)
                self._write({"key": key, "at": now.isoformat()})
            return note

    def done(self, note: Note, node_id: str) -> None:
        """Note the id of what was made."""
        with self._lock:
            self._write({"key": note.key, "id": node_id})

    def refused(self, note: Note) -> None:
        """Note that nothing was made: another run starts anew."""
        with self._lock:
            self._write({"key": note.key, "refused": True})

    def _write(self, entry: dict[str, Any]) -> None:
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._file.close()
        if kind is None:
            self.path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Note]:
    notes: dict[str, Note] = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # the last line, cut when the process died: its create was not sent yet
        key = entry["key"]
        if "at" in entry:
            notes[key] = Note(key, datetime.fromisoformat(entry["at"]), sent=True)
        elif "id" in entry:
            notes[key] = Note(key, notes[key].at, sent=True, id=entry["id"])
        else:
            notes.pop(key, None)
    return notes
