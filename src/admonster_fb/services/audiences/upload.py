"""Uploads of customer lists: one session of batches, several at once, resumable after a crash.

Meta identifies a batch by its session and its number, so a batch whose response is lost is sent again under the same
number. The first batch is sent alone, and so is the last one, after all others.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

from admonster_fb.audience_data import Batch, Batches
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.paths import regular_file
from admonster_fb.services._base import retry_until_acknowledged
from admonster_fb.storage import Records, lock_away, reading, writing
from admonster_fb.transport.answers import acknowledged, count
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

Progress = Callable[[int, int | None], None]  # called with the number of finished rows, and the total if it is known
MAX_SENDS = 5
WITHOUT_SESSION = "usersofanyaudience"  # the edge whose batches need no session


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The result of an upload, without any customer data.

    `received` and `invalid` are Meta's counts. `invalid` is approximate, and Meta matches people later. `report` counts
    the rows that were sent, skipped or lost a cell, by reason and row number. `understood` maps columns to keys. An
    earlier run sent the first `resumed` rows.
    """

    audience_id: str
    session_id: int
    batches: int
    received: int
    invalid: int
    resumed: int
    understood: Any
    report: Any


class _Acknowledged(NamedTuple):
    last_row: int
    received: int
    invalid: int


class UploadJournal:
    """The batches that Meta has acknowledged. With a path, also in a small file of numbers, without customer data.

    One run at a time can use a file: another one raises `Busy`, and a damaged file one error. At the end of a `with`
    block the file is closed, and deleted if there was no error, since nothing is left to send.
    """

    def __init__(self, path: Path | None, about: Mapping[str, Any]) -> None:
        self._path, self._about = path, about
        self._file: Records | None = None
        with ExitStack() as stack:
            if path:
                with writing(path):
                    path.parent.mkdir(parents=True, exist_ok=True)
                stack.enter_context(lock_away(path, timeout=0))
            lines = Records.read(path) if path else []
            if lines and lines[0].get("about") != about:
                allowed = "the journal of this upload: same list, columns, audience and kind; or a new file"
                raise ParameterError([Violation("journal", str(path), allowed)])
            self._new = not lines
            with reading(path or Path()):
                self.session_id: int = lines[0]["session_id"] if lines else secrets.randbits(62)
                self.batches = {
                    row["batch"]: _Acknowledged(row["row"], row["received"], row["invalid"]) for row in lines[1:]
                }
            self._stack = stack.pop_all()

    @property
    def complete_batches(self) -> int:
        """The number of batches that are acknowledged without a gap, from the first on."""
        count = 0
        while count + 1 in self.batches:
            count += 1
        return count

    @property
    def acknowledged_rows(self) -> int:
        """The number of rows in these batches."""
        return self.batches[self.complete_batches].last_row if self.complete_batches else 0

    def begin(self) -> None:
        """Write the session to the file before anything is sent in it."""
        if self._path and self._file is None:
            self._file = Records(self._path)
            if self._new:
                self._file.append({"session_id": self.session_id, "about": self._about})

    def add(self, number: int, last_row: int, received: int, invalid: int) -> None:
        """Add a batch that Meta has acknowledged."""
        if self._file:
            self._file.append({"batch": number, "row": last_row, "received": received, "invalid": invalid})
        self.batches[number] = _Acknowledged(last_row, received, invalid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        with self._stack:
            if self._file:
                self._file.close()
            if self._path and error is None:
                self._path.unlink(missing_ok=True)


def fingerprint(source: object) -> dict[str, Any]:
    """Return what identifies a list, so that its journal is not used for another one."""
    if not isinstance(source, (str, Path)):
        return {"kind": type(source).__name__}
    path = Path(source)
    if not path.is_file():
        return {}  # reading it raises the error
    with open(path, "rb", opener=regular_file) as file:
        return {"size": os.fstat(file.fileno()).st_size, "begins": hashlib.sha256(file.read(1 << 16)).hexdigest()[:16]}


class Upload:
    """One session of batches to one audience."""

    def __init__(self, transport: Transport, call: Call, journal: UploadJournal, in_flight: int) -> None:
        self._transport, self._call, self._journal, self._in_flight = transport, call, journal, in_flight

    def run(self, batches: Batches, progress: Progress | None, total: int | None, extra: Mapping[str, Any]) -> Uploaded:
        """Send the batches that are not acknowledged yet: the first one alone, the last one after all others.

        The report of the result has only rows of this run.
        """
        journal, resumed = self._journal, self._journal.acknowledged_rows
        journal.begin()
        with ThreadPoolExecutor(self._in_flight, thread_name_prefix="audience") as pool:
            pending: set[Future[int]] = set()
            for number, batch, last in _numbered(batches, journal.complete_batches):
                if number in journal.batches:
                    continue
                alone = number == 1 or last
                pending = self._wait(pending, 0 if alone else self._in_flight - 1, progress, total)
                pending.add(pool.submit(copy_context().run, self._send, number, batch, last, extra))
                if alone:
                    pending = self._wait(pending, 0, progress, total)
            self._wait(pending, 0, progress, total)
        sent = journal.batches.values()
        received, invalid = sum(batch.received for batch in sent), sum(batch.invalid for batch in sent)
        counts = len(sent), received, invalid, resumed
        return Uploaded(self._call.path[0], journal.session_id, *counts, batches.understood, batches.report.as_dict())

    def _wait(
        self, pending: set[Future[int]], limit: int, progress: Progress | None, total: int | None
    ) -> set[Future[int]]:
        """Wait until at most `limit` batches are in flight. Raises the error of a batch that failed."""
        while len(pending) > limit:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                row = future.result()
                if progress:
                    progress(row, total)
        return pending

    def _send(self, number: int, batch: Batch, last: bool, extra: Mapping[str, Any]) -> int:
        """Send a batch until Meta acknowledges it, and return its last row."""
        session = {"session_id": self._journal.session_id, "batch_seq": number, "last_batch_flag": last}
        payload = batch.json()
        if extra:
            payload = f"{payload[:-1]},{json.dumps(extra)[1:]}"
        in_session = {} if self._call.edge == WITHOUT_SESSION else {"session": session}
        call = replace(self._call, params={**self._call.params, **in_session, "payload": payload})
        answer = retry_until_acknowledged(self._transport, call, acknowledged("num_received"), MAX_SENDS)
        row = batch.first_row + batch.rows - 1
        counts = (count(answer.get(name)) for name in ("num_received", "num_invalid_entries"))
        self._journal.add(number, row, *counts)
        return row


def _numbered(batches: Batches, first: int) -> Iterator[tuple[int, Batch, bool]]:
    """Yield each batch with its number and whether it is the last one."""
    number, waiting = first, next(batches, None)
    while waiting is not None:
        batch, waiting = waiting, next(batches, None)
        number += 1
        yield number, batch, waiting is None
