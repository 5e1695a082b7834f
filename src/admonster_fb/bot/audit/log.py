"""An append-only file of writes, one JSON object per line, each with the hash of the line before it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from admonster_fb import storage
from admonster_fb.bot.plans.plan import PRIVATE, WriteRecord
from admonster_fb.errors import APIError, FacebookAdsError, OutcomeUnknown
from admonster_fb.redaction import redact

PREFIX = "write_"
FIRST = "0" * 64  # what the first line has in place of the hash of a line before
BEGUN = "begun"  # the outcome of a write that was logged before it was sent
_MAX_TEXT = 2000  # characters of a text that are stored
_BLOCK = 64 * 1024
Entry = dict[str, Any]


class AuditLog:
    """The audit log of one or several tools, shared between threads and processes. Only its owner can read the file.

    `head()` is the hash of the last line. Stored elsewhere from time to time, it also proves that no lines were removed
    from the end and that the file was not written anew.

    >>> import tempfile
    >>> log = AuditLog(Path(tempfile.mkdtemp()) / "audit.jsonl")
    >>> log.head() == FIRST, [*log.entries()]
    (True, [])
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"AuditLog({str(self.path)!r})"

    def begin(self, record: WriteRecord, timeout: float = -1) -> str:
        """Log a write before it is sent and return its ID, for `WriteRecord.audit_id` of its end.

        Waits `timeout` seconds for other writers: raises `Busy`. Raises `NotWritten` as `write` does.
        """
        return self._append({**entry_of(record), "outcome": BEGUN}, timeout)

    def write(self, record: WriteRecord) -> str:
        """Add a write and return its ID: it is on the disk then as a whole. Raises `NotWritten` if it is not.

        A line that a crash has cut stays and is mentioned.
        """
        return self._append(entry_of(record))

    def _append(self, entry: Entry, timeout: float = -1) -> str:
        with self._open(timeout) as handle:
            last, fragment = _tail(handle)
            cut = {"cut": hashlib.sha256(fragment).hexdigest()} if fragment else {}
            line, _ = format_line({**entry, **cut}, last)
            storage.append_line(handle, line.encode(), self.path)
        return str(entry["id"])

    def head(self) -> str:
        """Return the hash of the last complete line; 64 zeros for an empty log."""
        if not self.path.exists():
            return FIRST
        with self._open() as handle:
            return _tail(handle)[0]

    def entries(self) -> Iterator[Entry]:
        """Yield the entries, the oldest first. Lines that are not entries are skipped (see `verify`).

        A write that was begun and has not ended is `begun`: it is in flight, or its process died.
        """
        ended = {entry.get("id") for entry in self._lines() if entry.get("outcome") != BEGUN}
        yield from (entry for entry in self._lines() if entry.get("outcome") != BEGUN or entry.get("id") not in ended)

    def _lines(self) -> Iterator[Entry]:
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            parsed = (parse_line(line.rstrip(b"\n")) for line in file)
            yield from (each[0] for each in parsed if each is not None)

    def find(self, audit_id: str) -> Entry | None:
        """Return an entry by its ID; the last one, if a write that was given up has ended after all."""
        found = [entry for entry in self._lines() if entry.get("id") == audit_id]
        return found[-1] if found else None

    @contextmanager
    def _open(self, timeout: float = -1) -> Iterator[int]:
        """Open the file for one thread of one process at a time."""
        with storage.lock(self.path, timeout):
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                yield handle
            finally:
                os.close(handle)


def entry_of(record: WriteRecord) -> Entry:
    """Return the entry of a write, without tokens and without customer data.

    The message of an error is left out too if the write contained customer data: its class and codes say enough.
    """
    created_id, error = getattr(record.value, "id", None), record.error
    unknown = isinstance(error, OutcomeUnknown) or not isinstance(error, Exception)  # killed amid a write: no answer
    codes = {"code": error.code, "subcode": error.error_subcode} if isinstance(error, APIError) else {}
    message = isinstance(error, FacebookAdsError) and not PRIVATE & record.arguments.keys() and str(error)
    failure = {"type": type(error).__name__, **codes, **({"message": message} if message else {})}
    entry: Entry = {
        "id": record.audit_id or PREFIX + secrets.token_hex(8),
        "at": record.at.isoformat(),
        "who": record.who,
        "by": record.by,
        "op": record.op,
        "account": record.account,
        "changes": [[each.node, each.id, each.name, dict(each.before), dict(each.after)] for each in record.changes],
        "plan": record.plan_id,
        "outcome": "done" if error is None else "unknown" if unknown else "failed",
        "made": created_id if isinstance(created_id, str) else None,
        "error": None if error is None else failure,
        "fbtrace_ids": [*record.traces[:200]],
    }
    clean: Entry = _clean(json.loads(json.dumps(entry, default=str)))
    return clean


def _clean(value: Any) -> Any:
    """Return JSON without secrets and without overlong texts."""
    if isinstance(value, dict):
        return {redact(name): _clean(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    return redact(value)[:_MAX_TEXT] if isinstance(value, str) else value


def format_line(entry: Mapping[str, Any], previous: str) -> tuple[str, str]:
    """Return an entry as a line that ends with its hash, and the hash."""
    text = json.dumps({**entry, "prev": previous}, separators=(",", ":"), ensure_ascii=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'{text[:-1]},"hash":"{digest}"}}', digest


def parse_line(line: bytes) -> tuple[Entry, str, str] | None:
    """Return an entry, the hash of the line before and its own; `None` if the line is not as it was written."""
    text = line.decode("utf-8", "replace")
    try:
        entry = json.loads(text)
        previous, digest = entry.pop("prev"), entry.pop("hash")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return (entry, previous, digest) if format_line(entry, previous) == (text, digest) else None


def _tail(handle: int) -> tuple[str, bytes]:
    """Return the hash of a file's last entry, and the fragment after the last line break that a crash has left."""
    found, start = b"", os.lseek(handle, 0, os.SEEK_END)
    while start > 0 and found.count(b"\n") < 2 + (not found.endswith(b"\n")):
        begin = max(0, start - _BLOCK)
        os.lseek(handle, begin, os.SEEK_SET)
        found, start = os.read(handle, start - begin) + found, begin
    complete, _, fragment = found.rpartition(b"\n")
    # The fragment of an earlier crash is a line of its own: the hash is that of the last entry.
    entries = (parsed for line in reversed(complete.split(b"\n")) if (parsed := parse_line(line)) is not None)
    return next((digest for _, _, digest in entries), FIRST), fragment


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of `verify`."""

    entries: int
    """How many writes: the line of the beginning and that of the end are one."""
    head: str
    """The hash of the last line."""
    problems: tuple[str, ...] = ()
    """What is wrong, in the order of the lines."""
    notes: tuple[str, ...] = ()
    """What looks wrong but is explained: lines that a crash has cut."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing or changed."""
        return not self.problems


def verify(path: str | Path, head: str | None = None) -> Verified:
    """Read an audit log and report lines that are missing, edited, added or out of order.

    `head` is a hash that was stored elsewhere: it must be that of one of the lines. Without it, lines removed from the
    end cannot be detected, nor a file that was written anew.

    >>> import tempfile
    >>> verify(Path(tempfile.mkdtemp()) / "none.jsonl").problems
    ('there is no such file',)
    """
    file = Path(path)
    if not file.is_file():
        return Verified(0, FIRST, ("there is no such file",))
    *lines, last = file.read_bytes().split(b"\n")
    checked = [*_check_lines(lines)]
    problems = [problem for problem, explained, *_ in checked if problem and not explained]
    notes = [problem for problem, explained, *_ in checked if explained]
    writes = {str(entry.get("id")): entry.get("outcome") for *_, digest, entry in checked if digest}
    hashes = [FIRST, *(digest for *_, digest, _ in checked if digest)]
    if last:
        problems.append(f"line {len(lines) + 1} is cut: a crash, or an edit")
    if head is not None and head not in hashes:
        problems.append(f"the line with the hash {head[:12]}… is missing: lines were removed, or the file written anew")
    open_writes = [audit_id for audit_id, outcome in writes.items() if outcome == BEGUN]
    notes += [f"{audit_id} was begun and has no end: in flight, or its process died" for audit_id in open_writes]
    return Verified(len(writes), hashes[-1], tuple(problems), tuple(notes))


def _check_lines(lines: list[bytes]) -> Iterator[tuple[str, bool, str, Entry]]:
    """Yield for each line what is wrong with it, whether a crash explains that, its hash, and the entry."""
    before, fragment = FIRST, b""
    for number, line in enumerate(lines, 1):
        if (parsed := parse_line(line)) is None:
            fragment = line
            following = parse_line(lines[number]) if number < len(lines) else None
            explained = following is not None and following[0].get("cut") == hashlib.sha256(line).hexdigest()
            problem = f"line {number} {'was cut by a crash' if explained else 'is no entry, or was edited'}"
            yield problem, explained, "", {}
            continue
        entry, previous, digest = parsed
        problem = "" if previous == before else f"line {number} does not follow the one before: one is missing or moved"
        if not problem and "cut" in entry and entry["cut"] != hashlib.sha256(fragment).hexdigest():
            problem = f"the line that a crash had cut before line {number} is missing or edited"
        yield problem, False, digest, entry
        before, fragment = digest, b""
