"""People in custom audiences. https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users"""

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
from typing import Annotated, Any, NamedTuple, Self, Unpack

from facebook_business.adobjects import customaudience as sdk
from pydantic import Field, WithJsonSchema

from admonster_fb.audience_data import LARGEST, Batch, Batches, Schema, batches
from admonster_fb.errors import ParameterError, Violation
from admonster_fb.models._params import Params, checked
from admonster_fb.operation import no_op
from admonster_fb.paths import regular_file
from admonster_fb.services._base import Service, retry_until_acknowledged
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


class _UploadJournal:
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


def _fingerprint(source: object) -> dict[str, Any]:
    """Return what identifies a list, so that its journal is not used for another one."""
    if not isinstance(source, (str, Path)):
        return {"kind": type(source).__name__}
    path = Path(source)
    if not path.is_file():
        return {}  # reading it raises the error
    with open(path, "rb", opener=regular_file) as file:
        return {"size": os.fstat(file.fileno()).st_size, "begins": hashlib.sha256(file.read(1 << 16)).hexdigest()[:16]}


class _Upload:
    """One session of batches to one audience.

    Meta identifies a batch by its session and its number, so a batch whose response is lost is sent again under the
    same number. The first batch is sent alone, and so is the last one, after all others.
    """

    def __init__(self, transport: Transport, call: Call, journal: _UploadJournal, in_flight: int) -> None:
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


class UploadOptions(Params, total=False):
    """How a list is read and sent, and its properties that are sent with it. Meta: custom audiences, users."""

    app_ids: list[str]
    """Apps of the app-scoped user IDs (keys APPUID and UID)."""
    page_ids: list[str]
    """The one Page of the page-scoped user IDs (key PAGEUID)."""
    data_source: dict[str, str]
    """Where the list comes from: {"type": …, "sub_type": …}."""
    schema: Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array"}, {"type": "object"}]})]
    """Key of each column, where column names do not say it: "EMAIL", a list of keys, or {"column": "KEY"}."""
    default_region: str | None
    """Country of phone numbers without a country code, such as "US". Default: such numbers are left out."""
    journal: str | Path | None
    """File for the progress of the upload. After a crash, the same call with it sends only the rest."""
    in_flight: Annotated[int, Field(ge=1, le=16)]
    """Batches that are sent at once, 1 to 16. Default: 4."""
    progress: Annotated[Progress | None, WithJsonSchema({})]
    """Function called with the number of finished rows, and the total if it is known."""


class AudienceUsers(Service):
    """The edge `users` of a custom audience: customer lists, hashed here, sent in sessions of 10,000 rows.

    A list is a path (CSV, Parquet), a polars or pandas data frame, or an iterable of strings, lists or mappings, of
    which only a few batches are in memory. Values are normalised and hashed by Meta's rules before they are sent.
    Values that cannot be used are left out and counted by reason and row number. See `docs/audience-data.md` and
    `docs/meta-rules.md#audience-users`.
    """

    @no_op("add_users_to_audience does it, from the host's folder")
    def add(self, audience_id: str, people: object, **options: Unpack[UploadOptions]) -> Uploaded:
        """Add people to a customer list. Adding the same person twice changes nothing.

        Raises `ParameterError` for a list whose columns cannot be understood.

        >>> done = fb.audience_users.add(audience_id, ["mary@example.com", "mary"], schema="EMAIL")
        >>> done.received, done.report["skipped"][0]["rows"]
        (1, [2])
        """
        return self._upload(self._audience(audience_id).create_user, people, "add", options)

    @no_op("remove_users_from_audience does it, from the host's folder")
    def remove(self, audience_id: str, people: object, **options: Unpack[UploadOptions]) -> Uploaded:
        """Remove people from a customer list. Accepts what `add` accepts.

        >>> fb.audience_users.remove(audience_id, ["mary@example.com"], schema="EMAIL").received
        1
        """
        return self._upload(self._audience(audience_id).delete_users, people, "remove", options)

    @no_op("replace_audience_users does it, from the host's folder")
    def replace(self, audience_id: str, people: object, **options: Unpack[UploadOptions]) -> Uploaded:
        """Replace all people in a customer list. Accepts what `add` accepts.

        The first batch empties the list. All batches must be sent within 90 minutes, and nothing else may change the
        list until then. Meta accepts it for lists of under 100 million people with the normal status (200).

        >>> fb.audience_users.replace(audience_id, ["mary@example.com"], schema="EMAIL").received
        1
        """
        return self._upload(self._audience(audience_id).create_users_replace, people, "replace", options)

    @no_op("a person should do it: it reaches every audience of the account")
    def remove_everywhere(self, ad_account_id: str, people: object, **options: Unpack[UploadOptions]) -> Uploaded:
        """Remove people from all customer lists of an ad account. Accepts what `add` accepts.

        >>> fb.audience_users.remove_everywhere("act_1", ["mary@example.com"], schema="EMAIL").batches
        1
        """
        prepare = self._account(ad_account_id).delete_users_of_any_audience
        return self._upload(prepare, people, "remove_everywhere", options)

    def _audience(self, audience_id: str) -> Any:
        return self._node(sdk.CustomAudience, audience_id, "audience_id")

    def _upload(self, prepare: Any, people: object, kind: str, options: UploadOptions) -> Uploaded:
        valid = checked(UploadOptions, options)
        schema: Schema | None = valid.pop("schema", None)
        region, progress = valid.pop("default_region", None), valid.pop("progress", None)
        path, in_flight = valid.pop("journal", None), valid.pop("in_flight", 4)
        call = self._call(prepare)
        about = {"kind": kind, "node": call.path[0], "list": _fingerprint(people)} if path else {}
        with _UploadJournal(Path(path) if path else None, about) as journal:
            skip = -(-journal.acknowledged_rows // LARGEST) * LARGEST  # the last batch may be smaller
            ready = batches(people, schema, default_region=region, skip=skip)
            total = len(people) if isinstance(people, (list, tuple)) else None
            return _Upload(self._transport, call, journal, in_flight).run(ready, progress, total, valid)
