"""The journal of a launch: what was sent and created, line by line in a file, enough to resume or to delete all of it.

The first line holds the expanded launch; the others places, IDs and times. Only its owner can read the file, and one
process at a time can open it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from admonster_fb.errors import FacebookAdsError, ParameterError, Violation
from admonster_fb.paths import state_folder
from admonster_fb.storage import Damaged, Records, lock, reading
from admonster_fb.workflows.launch.expand import places

PREFIX = "launch_"


def journal_folder() -> Path:
    """Return the default folder of journals: FACEBOOK_LAUNCHES, or `launches` in the user's state folder."""
    folder = state_folder("launches", os.environ.get("FACEBOOK_LAUNCHES"))
    if folder is None:
        raise FacebookAdsError("no folder for launch journals", advice="Set FACEBOOK_LAUNCHES.", who="admin")
    return folder


class LaunchJournal:
    """The journal of one launch. Use it as a context manager to write: no other process can open it then."""

    def __init__(self, path: Path, entries: Iterable[Mapping[str, Any]]) -> None:
        self.path = path
        self.created: dict[str, str] = {}
        """IDs (hashes of images) of what exists, by place."""
        self.pending: dict[str, datetime] = {}
        """What was sent and may exist, by place, with the time it was first sent."""
        self.uploads: dict[str, str] = {}
        """IDs of videos whose upload has begun, by place."""
        self.preexisting: set[str] = set()
        """Places of objects that existed before this launch, or may be another's: a rollback does not delete them."""
        self.left: dict[str, str] = {}
        """What a rollback has left alone, by place, because it may be another's or something else uses it."""
        first, *rest = entries
        self.id, self.account, self.spec = first["launch"], first["account"], first["spec"]
        self.started = datetime.fromisoformat(first["at"])
        """When the launch began, by Meta's clock."""
        self._read = 1 + len(rest)
        for entry in rest:
            self._apply(entry)
        if foreign := {*self.created, *self.pending, *self.uploads, *self.left} - {*places(self.spec)}:
            raise ValueError(f"no places of this launch: {foreign}")

    @classmethod
    def create(cls, path: str | Path | None, account: str, spec: Mapping[str, Any], now: datetime) -> Self:
        """Start the journal of a new launch. Raises `ParameterError` if the file exists or cannot be created."""
        launch_id = PREFIX + secrets.token_hex(6)
        file = Path(path) if path is not None else journal_folder() / f"{launch_id}.jsonl"
        entry = {"launch": launch_id, "account": account, "at": now.isoformat(), "spec": spec}
        try:
            with Records(file, new=True) as lines:
                lines.append(entry)
        except OSError as error:
            allowed = f"a file that can be created: {error.strerror}"
            if isinstance(error, FileExistsError):
                allowed = "a new file. Use resume or rollback for a launch that has a journal"
            raise ParameterError([Violation("journal", str(file), allowed)]) from None
        return cls(file, [entry])

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a journal by its path or its launch's ID. A last line that a crash cut is ignored: nothing was sent."""
        text = str(path)
        is_id = text.startswith(PREFIX) and text.removeprefix(PREFIX).isalnum() and text.isascii()
        file = journal_folder() / f"{text}.jsonl" if is_id else Path(path)
        if not os.path.isfile(file):  # pathlib raises for a name that no file can have
            allowed = "the ID of a launch of this machine, or its journal's path"
            raise ParameterError([Violation("launch", text, allowed)])
        try:
            entries = Records.read(file)
        except Damaged as error:
            if error.line > 1:
                raise
            entries = []
        if not (entries and "spec" in entries[0]):
            raise ParameterError([Violation("launch", str(path), "the journal of a launch, with its first line")])
        with reading(file):
            return cls(file, entries)

    def record_pending(self, places: Iterable[str], now: datetime) -> None:
        """Record what is about to be sent."""
        if new := [place for place in places if place not in self.pending]:
            self._append({"pending": new, "at": now.isoformat()})

    def record_upload(self, place: str, video_id: str) -> None:
        """Record the ID of a video whose upload begins."""
        self._append({"uploads": {place: video_id}})

    def record_created(self, ids: Mapping[str, str], preexisting: Iterable[str] = ()) -> None:
        """Record the IDs of objects that exist now, and which of them existed before the launch."""
        if ids:
            self._append({"created": dict(ids), "preexisting": sorted(preexisting)})

    def record_left(self, ids: Mapping[str, str]) -> None:
        """Record what a rollback leaves alone."""
        if ids:
            self._append({"left": dict(ids)})

    def record_absent(self, places: Iterable[str]) -> None:
        """Record what certainly does not exist: it was refused, or it is deleted."""
        if absent := [*places]:
            self._append({"absent": absent})

    def _append(self, entry: dict[str, Any]) -> None:
        if "created" in entry:  # what exists is known even if the disk does not take it
            self._apply(entry)
        self._lines.append(entry)
        if "created" not in entry:
            self._apply(entry)

    def _apply(self, entry: Mapping[str, Any]) -> None:
        if "pending" in entry:
            self.pending.update(dict.fromkeys(entry["pending"], datetime.fromisoformat(entry["at"])))
        created, left, absent = entry.get("created", {}), entry.get("left", {}), {*entry.get("absent", ())}
        self.created |= created
        self.uploads |= entry.get("uploads", {})
        self.preexisting |= {*entry.get("preexisting", ())}
        self.left |= left
        for place in (*created, *left, *absent):
            self.pending.pop(place, None)
        for place in (*left, *absent):
            self.created.pop(place, None)
        self.preexisting -= absent

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(lock(self.path, timeout=0, name=self.id))
            entries = Records.read(self.path)[self._read :]  # written by another process since `load`
            with reading(self.path):
                for entry in entries:
                    self._apply(entry)
            self._lines = stack.enter_context(Records(self.path))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
