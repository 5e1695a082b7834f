"""A file that lets a run of creates be resumed after the process died, without creating anything twice.

Each create is recorded before it is sent and after its response: a digest of the request, and the new id. The file
holds no name, no text and no token.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from admonster_fb.storage import Records, lock, reading
from admonster_fb.transport.request import Call, encode


@dataclass(frozen=True, slots=True)
class CreateRecord:
    """What earlier runs recorded of a create: when it was first sent, and the id of it or of a begun video."""

    key: str
    at: datetime
    sent: bool = False
    id: str | None = None
    video: str | None = None


class Journal:
    """The records of a run's creates. The same call made twice in one run has two records.

    Use it as a context manager: one run at a time can use a file. Another one raises `Busy`, and a damaged file one
    error before anything is sent. With `send_again`, a create that an earlier run may have sent is sent again if it is
    not found.

    >>> from datetime import UTC
    >>> call, now = Call("POST", ("act_1", "campaigns"), {"name": "A"}), datetime(2026, 11, 1, tzinfo=UTC)
    >>> with Journal("launch.journal") as journal:
    ...     journal.begin(call, now).sent
    False
    """

    def __init__(self, path: str | Path, *, send_again: bool = False) -> None:
        self.path = Path(path)
        self.send_again = send_again
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def begin(self, call: Call, now: datetime) -> CreateRecord:
        """Return what is known of a create. A new one is recorded as about to be sent."""
        digest = hashlib.sha256(json.dumps([call.path, encode(call.params)], sort_keys=True).encode()).hexdigest()[:24]
        with self._lock:
            self._counts[digest] += 1
            key = f"{digest}.{self._counts[digest]}"
            if (record := self._records.get(key)) is None:
                self._file.append({"key": key, "at": now.isoformat()})
                record = CreateRecord(key, now)
            return record

    def started(self, record: CreateRecord, video_id: str) -> None:
        """Record the id of a video whose upload begins."""
        self._file.append({"key": record.key, "video": video_id})

    def done(self, record: CreateRecord, node_id: str) -> None:
        """Record the id of the new object."""
        self._file.append({"key": record.key, "id": node_id})

    def refused(self, record: CreateRecord) -> None:
        """Record that nothing was created: another run starts again."""
        self._file.append({"key": record.key, "refused": True})

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(lock(self.path, timeout=0))
            with reading(self.path):
                self._records = _read_records(self.path)
            self._file = stack.enter_context(Records(self.path))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with self._stack:
            if kind is None:
                self.path.unlink(missing_ok=True)


def _read_records(path: Path) -> dict[str, CreateRecord]:
    records: dict[str, CreateRecord] = {}
    for entry in Records.read(path):  # without a last line that was cut: its create was not sent yet
        key = str(entry["key"])
        if "at" in entry:
            records[key] = CreateRecord(key, datetime.fromisoformat(entry["at"]), sent=True)
        elif "id" in entry:
            records[key] = replace(records[key], id=str(entry["id"]))
        elif "video" in entry:
            records[key] = replace(records[key], video=str(entry["video"]))
        elif entry["refused"]:
            records.pop(key, None)
    return records
