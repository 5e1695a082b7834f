"""Lists of customers sent in a session of batches, several at once, so that a killed run can be taken up again."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from admonster_fb.audience_data import Batch, Batches
from admonster_fb.errors import NetworkError, OutcomeUnknown, ParameterError, TransientError, Violation
from admonster_fb.transport.api import decode_object
from admonster_fb.transport.request import Call
from admonster_fb.transport.transport import Transport

Progress = Callable[[int, int | None], None]
"""Told how many rows of the source are done with, and of how many if that is known."""
TRIES = 5
"""How often a batch is sent whose answer does not come. Meta knows it by its number: it is not taken twice."""
PAUSE = 2.0
WITHOUT_SESSION = "usersofanyaudience"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a list. Nothing of a customer is in it.

    `received` and `invalid` are Meta's counts (the second is approximate, and Meta takes its time to match). `report`
    says how many rows were sent, and which were left out or lost a cell, by reason and row number. `understood` says
    which column was taken for which key. `resumed` rows were sent by an earlier run.
    """

    audience_id: str
    session_id: int
    batches: int
    received: int
    invalid: int
    resumed: int
    understood: Any
    report: Any


@dataclass(slots=True)
class _Sent:
    """What is known of batches that Meta has acknowledged, by number: last row, received, invalid."""

    acked: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    ended: bool = False
    """Whether the last one is among them."""

    @property
    def whole(self) -> int:
        """How many batches from the first on are acknowledged without a gap."""
        count = 0
        while count + 1 in self.acked:
            count += 1
        return count


class UploadJournal:
    """A small file that says which batches of a list Meta has acknowledged: numbers only, nothing of a customer."""

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.session_id = secrets.randbits(62)
        self.sent = _Sent()
        told = [json.loads(line) for line in _lines(path)]
        if told:
            self._take(told, about)
        self._file: IO[str] | None = None
        self._new, self._about = not told, about

    def _take(self, told: list[dict[str, Any]], about: Mapping[str, Any]) -> None:
        if told[0].get("about") != about:
            allowed = "the journal of this upload: same list, columns, audience and kind; or a new file"
            raise ParameterError([Violation("journal", str(self._path), allowed)])
        self.session_id = told[0]["session_id"]
        for each in told[1:]:
            self.sent.acked[each["batch"]] = (each["row"], each["received"], each["invalid"])
            self.sent.ended = self.sent.ended or each["last"]

    def ack(self, number: int, row: int, received: int, invalid: int, *, last: bool = False) -> None:
        """Note that Meta has taken a batch.

        >>> journal = UploadJournal(Path("a.upload"), {"audience": "1"})
        >>> journal.begin()
        >>> journal.ack(1, 10000, 9990, 0)
        >>> journal.close(done=False)
        >>> again = UploadJournal(Path("a.upload"), {"audience": "1"})
        >>> again.sent.whole
        1
        >>> again.close(done=True)
        """
        self._write({"batch": number, "row": row, "received": received, "invalid": invalid, "last": last})

    def begin(self) -> None:
        """Note the session before anything is sent in it.

        >>> journal = UploadJournal(Path("c.upload"), {})
        >>> journal.begin()
        >>> journal.close(done=True)
        """
        if self._file is None:
            self._file = self._path.open("a", encoding="utf-8")
            if self._new:
                self._write({"session_id": self.session_id, "about": self._about})

    def _write(self, told: Mapping[str, Any]) -> None:
        if self._file is None:
            raise RuntimeError("the journal has not begun")
        with self._lock:
            self._file.write(f"{json.dumps(told)}\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self, *, done: bool) -> None:
        """Close the file, and remove it if there is nothing left to take up.

        >>> UploadJournal(Path("b.upload"), {}).close(done=True)
        >>> Path("b.upload").exists()
        False
        """
        if self._file is not None:
            self._file.close()
        if done:
            self._path.unlink(missing_ok=True)


def _lines(path: Path) -> list[str]:
    """Return the whole lines of a journal; one that a kill cut short tells nothing, and is cut off."""
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return whole.splitlines()


def fingerprint(source: object) -> dict[str, Any]:
    """Return what tells one file from another, so that a journal is not taken for another list's.

    >>> fingerprint(["mary@example.com"])
    {'kind': 'list'}
    """
    if not isinstance(source, (str, Path)):
        return {"kind": type(source).__name__}
    path = Path(source)
    if not path.is_file():
        return {}  # told of by who reads it
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "begins": hashlib.sha256(file.read(1 << 16)).hexdigest()[:16]}


class Upload:
    """One session of batches to one audience."""

    def __init__(self, transport: Transport, call: Call, journal: UploadJournal | None, in_flight: int) -> None:
        self._transport = transport
        self._call = call
        self._journal = journal
        self._in_flight = in_flight
        self.session_id = journal.session_id if journal else secrets.randbits(62)
        self.sent = journal.sent if journal else _Sent()
        self._begun_at = self.resumed

    @property
    def resumed(self) -> int:
        """How many rows of the list are done with: those of the first batches that Meta has acknowledged."""
        return self.sent.acked[self.sent.whole][0] if self.sent.whole else 0

    def result(self, node: str, ready: Batches) -> Uploaded:
        """Say what became of the list: only rows of this run are in its report."""
        acked = self.sent.acked.values()
        received, invalid = sum(each[1] for each in acked), sum(each[2] for each in acked)
        told = ready.report.as_dict()
        return Uploaded(node, self.session_id, len(acked), received, invalid, self._begun_at, ready.understood, told)

    def run(self, ready: Batches, progress: Progress | None, total: int | None, extra: Mapping[str, Any]) -> None:
        """Send what is not acknowledged yet: the first batch alone, the last one after all others."""
        first = self.sent.whole
        if self._journal:
            self._journal.begin()
        with ThreadPoolExecutor(self._in_flight, thread_name_prefix="audience") as pool:
            flying: set[Future[int]] = set()
            for number, batch, last in _numbered(ready, first):
                if number in self.sent.acked:
                    continue
                alone = number == 1 or last
                flying = self._land(flying, 0 if alone else self._in_flight - 1, progress, total)
                flying.add(pool.submit(copy_context().run, self._send, number, batch, last, extra))
                if alone:
                    flying = self._land(flying, 0, progress, total)
            self._land(flying, 0, progress, total)

    def _land(
        self, flying: set[Future[int]], most: int, progress: Progress | None, total: int | None
    ) -> set[Future[int]]:
        """Wait until no more than so many batches are under way; raises the error of one that failed."""
        while len(flying) > most:
            done, flying = wait(flying, return_when=FIRST_COMPLETED)
            for each in done:
                row = each.result()
                if progress:
                    progress(row, total)
        return flying

    def _send(self, number: int, batch: Batch, last: bool, extra: Mapping[str, Any]) -> int:
        """Send a batch until Meta has acknowledged it, and note that."""
        session = {"session": {"session_id": self.session_id, "batch_seq": number, "last_batch_flag": last}}
        payload = batch.json()
        if extra:
            payload = f"{payload[:-1]},{json.dumps(extra)[1:]}"
        call = replace(
            self._call,
            params={**self._call.params, **({} if self._call.edge == WITHOUT_SESSION else session)},
            files={"payload": (None, payload.encode(), "application/json")},
        )
        answer = self._acknowledged(call)
        received, invalid = int(answer.get("num_received") or 0), int(answer.get("num_invalid_entries") or 0)
        row = batch.first_row + batch.rows - 1
        if self._journal:
            self._journal.ack(number, row, received, invalid, last=last)
        self.sent.acked[number] = (row, received, invalid)
        return row

    def _acknowledged(self, call: Call) -> dict[str, Any]:
        for number in range(1, TRIES + 1):
            try:
                return self._transport.api.send(call, decode_object)
            except (OutcomeUnknown, NetworkError, TransientError):
                if number == TRIES:
                    raise
            self._transport.api.clock.sleep(PAUSE * number)
        raise AssertionError("unreachable")


def _numbered(ready: Batches, first: int) -> Iterator[tuple[int, Batch, bool]]:
    """Yield each batch with its number, and whether it is the last, which shows only when there is no other."""
    held: Batch | None = None
    number = first
    for batch in ready:
        if held is not None:
            number += 1
            yield number, held, False
        held = batch
    if held is not None:
        yield number + 1, held, True
