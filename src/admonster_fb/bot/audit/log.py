"""An append-only file of writes, one JSON object a line, each with the hash of the line before."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from admonster_fb.bot.audit.entry import FIRST, PREFIX, Entry, entry_of, line_of, read
from admonster_fb.bot.plans.store import locked
from admonster_fb.bot.plans.write_record import Written

_STEP = 64 * 1024


class AuditLog:
    """The audit of one or many tools, shared between threads and processes. Only its owner can read the file.

    `head()` is the hash of the last line: kept elsewhere now and then, it also proves that nothing was cut from the end
    and that nobody has written the whole file anew.

    >>> import tempfile
    >>> log = AuditLog(Path(tempfile.mkdtemp()) / "audit.jsonl")
    >>> log.head() == FIRST, [*log.entries()]
    (True, [])
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"AuditLog({str(self.path)!r})"

    def write(self, written: Written) -> str:
        """Add a write and return its id; it is on the disk then. A line that a crash has cut stays, and is told of."""
        entry = entry_of(written)
        with self._opened() as handle:
            last, rest = _tail(handle)
            before = FIRST if last is None else _hash_of(last)
            cut = {"cut": hashlib.sha256(rest).hexdigest()} if rest else {}
            line, _ = line_of({**entry, **cut}, before)
            os.write(handle, (b"\n" if rest else b"") + line.encode() + b"\n")
            os.fsync(handle)
        return str(entry["id"])

    def head(self) -> str:
        """Return the hash of the last whole line, 64 zeros of an empty audit."""
        if not self.path.exists():
            return FIRST
        with self._opened() as handle:
            last, _ = _tail(handle)
        return FIRST if last is None else _hash_of(last)

    def entries(self) -> Iterator[Entry]:
        """Yield what was written, the oldest first; lines that are no entries are passed over (see `verify`)."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if (found := read(line.rstrip("\n"))) is not None:
                    yield found[0]

    def find(self, audit_id: str) -> Entry | None:
        """Return one entry by its id."""
        if not audit_id.startswith(PREFIX):
            return None
        return next((entry for entry in self.entries() if entry.get("id") == audit_id), None)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Open the file for one thread of one process at a time."""
        with self._lock:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                with locked(handle):
                    yield handle
            finally:
                os.close(handle)


def _tail(handle: int) -> tuple[bytes | None, bytes]:
    """Return the last whole line of a file, and what stands after it: nothing, but for a crash."""
    end = os.lseek(handle, 0, os.SEEK_END)
    found, start = b"", end
    while start > 0 and found.count(b"\n") < 2 + (not found.endswith(b"\n")):
        begin = max(0, start - _STEP)
        os.lseek(handle, begin, os.SEEK_SET)
        found, start = os.read(handle, start - begin) + found, begin
    whole, _, rest = found.rpartition(b"\n")
    lines = [line for line in whole.split(b"\n") if line]
    # A fragment from an older crash stands as a line of its own: the hash is that of the last entry.
    newest = (line for line in reversed(lines) if read(line.decode("utf-8", "replace")) is not None)
    return next(newest, lines[-1] if lines else None), rest


def _hash_of(line: bytes) -> str:
    """Return the hash that a line ends with; of one that is no entry, its own."""
    found = read(line.decode("utf-8", "replace"))
    return hashlib.sha256(line).hexdigest() if found is None else found[2]
