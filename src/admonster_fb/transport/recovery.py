"""What to do when the answer to a write was lost: look whether it happened before anything is sent again.

Graph has no idempotency keys, and a create that timed out may have been carried out. Each edge has a row that says
how its objects are found again; what has no row raises `OutcomeUnknown`, which says what to check.
"""

from __future__ import annotations

import copy
import functools
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from admonster_fb.errors import (
    APIError,
    FacebookAdsError,
    InvalidParameterError,
    NotFoundError,
    OutcomeUnknown,
    TransientError,
)
from admonster_fb.transport.api import CHECK, Answer, Api, decode_object
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.journal import Journal
from admonster_fb.transport.request import Call, encode

T = TypeVar("T")

LOOKS = (0.0, 2.0, 5.0)
"""Seconds before each look: a new object may take a moment to show. Not seen in the last look is not there."""
SENDS = 5
"""How often one write is sent at most."""
SLACK = timedelta(seconds=60)
"""How much older than the first send an object may be by Meta's clock and still be ours."""


CLAIMS = 10_000
"""How many of our own objects to remember: what one call has made cannot be what another has lost."""


@dataclass(frozen=True, slots=True)
class Row:
    """How the objects of an edge are found again: `same` are the sent fields to compare, `under` the sent parent."""

    same: tuple[str, ...] = ()
    under: str | None = None
    why: str = ""
    made: str = "created_time"
    """The field that says when an object was made."""


ROWS: Mapping[str, Row] = {
    "campaigns": Row(("name", "objective"), why="same name and objective in the account, made since"),
    "adsets": Row(("name", "campaign_id", "optimization_goal"), "campaign_id", "same name in the campaign, made since"),
    "ads": Row(("name", "adset_id"), "adset_id", "same name in the ad set, made since"),
    "adcreatives": Row(why="sent again: Meta answers the same content with the creative there is"),
    "adimages": Row(why="sent again: Meta keeps the same image once"),
    "advideos": Row(("title",), why="same title in the account, made since; chunks: see `uploads`"),
    "customaudiences": Row(("name",), why="same name in the account, made since", made="time_created"),
    "adspixels": Row(("name",), why="same name in the account, made since", made="creation_time"),
    "customconversions": Row(("name",), why="same name in the account, made since", made="creation_time"),
    "adrules_library": Row(("name",), why="same name in the account, made since"),
    "copies": Row(("campaign_id", "adset_id"), why="a copy of the same source, made since"),
    "ad_studies": Row(("name",), why="same name in the business, made since"),
}
"""Creates by edge. An edge without a row (audience users, …) is never sent again."""


class Recovery:
    """Sends writes so that each happens at most once, or says that it cannot tell."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._journal: Journal | None = None
        self._claimed: dict[str, None] = {}
        self._turns = tuple(threading.Lock() for _ in range(64))

    @property
    def has_journal(self) -> bool:
        """Whether creates are noted in a journal."""
        return self._journal is not None

    def with_journal(self, journal: Journal) -> Recovery:
        """Return the same, noting each create in a journal and going by what an earlier run noted there."""
        twin = copy.copy(self)
        twin._journal = journal
        return twin

    def create(
        self,
        call: Call,
        parse: Callable[[Answer, str], T],
        fetch: Callable[[str], T],
        lost: OutcomeUnknown | None = None,
        since: datetime | None = None,
    ) -> T:
        """Send a create; `fetch` reads the object by id if its answer was lost. Raises `OutcomeUnknown`.

        With `lost`, it has been sent already (in a batch, `since` then): begin with the look.
        """
        return self.noted(call, functools.partial(self._create, call, parse, fetch), fetch, lost, since)

    def noted(
        self,
        call: Call,
        make: Callable[[OutcomeUnknown | None, datetime | None], T],
        fetch: Callable[[str], T],
        lost: OutcomeUnknown | None = None,
        since: datetime | None = None,
    ) -> T:
        """Make what `call` asks for and note it, if there is a journal; `make` is told if it may be made already."""
        if self._journal is None:
            return make(lost, since)
        record = self._journal.begin(call, self._clock.now())
        if record.id is not None:
            return self._claim(fetch(record.id))
        if record.sent:
            lost, since = (
                OutcomeUnknown("an earlier run ended before the answer", request=call.name, check=CHECK),
                record.at,
            )
        try:
            made = make(lost, since)
        except OutcomeUnknown:
            raise
        except FacebookAdsError:
            self._journal.refused(record)
            raise
        if node_id := getattr(made, "id", None):
            self._journal.done(record, node_id)
        return made

    def _create(
        self,
        call: Call,
        parse: Callable[[Answer, str], T],
        fetch: Callable[[str], T],
        lost: OutcomeUnknown | None,
        since: datetime | None,
    ) -> T:
        row = ROWS.get(call.edge) if _changes_something(call) else None
        with self._turn(call, row):
            since = since or self._clock.now()
            for _ in range(SENDS):
                if lost is None:
                    try:
                        return self._claim(self._api.send(call, parse))
                    except (OutcomeUnknown, APIError) as error:
                        lost = _ambiguous(error, call)
                if row is None:
                    raise lost
                found = self._find(call, row, since, lost) if row.same else None
                if found is not None:
                    return self._claim(_guarded(functools.partial(fetch, found), lost))
                last, lost = lost, None
            raise last

    def change(self, call: Call, parse: Callable[[Answer, str], T], lost: OutcomeUnknown | None = None) -> T | None:
        """Send an update or a delete; `None` if its answer was lost and it turned out to have happened."""
        for _ in range(SENDS):
            if lost is None:
                try:
                    return self._api.send(call, parse)
                except (OutcomeUnknown, APIError) as error:
                    lost = _ambiguous(error, call)
            if len(call.path) != 1:
                raise lost
            if _guarded(functools.partial(self._holds, call), lost):
                return None
            last, lost = lost, None
        raise last

    def _holds(self, call: Call) -> bool:
        """Tell whether a node is as the lost change would have left it."""
        wanted = {"status": "DELETED"} if call.method == "DELETE" else dict(encode({**call.params, **call.reads}))
        wanted.pop("execution_options", None)
        probe = Call("GET", call.path, {"fields": ",".join(["id", *wanted])})
        try:
            node = self._api.send(probe, decode_object)
        except NotFoundError:
            return call.method == "DELETE"
        except InvalidParameterError:
            return False  # something that can only be written: setting it again to the same changes nothing
        return all(_same(node.get(name), value) for name, value in wanted.items())

    def _find(self, call: Call, row: Row, started: datetime, lost: OutcomeUnknown) -> str | None:
        """Look for what was sent; `None` once it has provably not been made."""
        for pause in LOOKS:
            self._clock.sleep(pause)
            found = _guarded(lambda: [*self._candidates(call, row, started)], lost)
            if len(found) == 1:
                return found[0]
            if found:
                raise OutcomeUnknown(
                    f"{len(found)} objects look like what was sent: {', '.join(found)}",
                    request=call.name,
                    check="compare these objects and delete what is not wanted",
                )
        return None

    def _candidates(self, call: Call, row: Row, started: datetime) -> Iterator[str]:
        sent = encode(call.params)
        path = (sent[row.under], call.edge) if row.under else call.path
        for node, oldest in self._listed(path, row, sent, started):
            made = _time(node.get(row.made))
            if node["id"] in self._claimed or (made is not None and made < oldest):
                continue
            if all(_same(node.get(name), sent[name]) for name in row.same if name in sent):
                yield str(node["id"])

    def _listed(
        self, path: tuple[str, ...], row: Row, sent: Mapping[str, str], started: datetime
    ) -> Iterator[tuple[dict[str, Any], datetime]]:
        """Yield the objects under the parent, with the time by Meta's clock since which ours can have been made."""
        asked = ["id", row.made, *(name for name in row.same if name in sent)]
        params: dict[str, Any] = {"fields": ",".join(asked), "limit": 200}
        if row.under is None and "name" in sent:
            params["filtering"] = [{"field": "name", "operator": "CONTAIN", "value": sent["name"]}]
        while True:
            try:
                page, oldest = self._api.send(Call("GET", path, params), self._dated(started))
            except InvalidParameterError:
                if "filtering" not in params:
                    raise
                del params["filtering"]  # an edge that cannot be filtered is read whole
                continue
            yield from ((node, oldest) for node in page.get("data", ()))
            after = page.get("paging", {}).get("cursors", {}).get("after")
            if "next" not in page.get("paging", {}) or not after:
                return
            params["after"] = after

    def _dated(self, started: datetime) -> Callable[[Answer, str], tuple[dict[str, Any], datetime]]:
        def parse(response: Answer, request: str) -> tuple[dict[str, Any], datetime]:
            date = response.headers.get("Date")
            theirs = parsedate_to_datetime(date) if date else self._clock.now()
            return decode_object(response, request), theirs - (self._clock.now() - started) - SLACK

        return parse

    @contextmanager
    def _turn(self, call: Call, row: Row | None) -> Iterator[None]:
        """Let creates that could be taken for each other wait for each other."""
        if row is None or not row.same:
            yield
            return
        likeness = hash((call.path, call.params.get("name"), call.params.get(row.under or "")))
        with self._turns[likeness % len(self._turns)]:
            yield

    def _claim(self, value: T) -> T:
        node_id = getattr(value, "id", None)
        if node_id:
            self._claimed[node_id] = None
            if len(self._claimed) > CLAIMS:
                self._claimed.pop(next(iter(self._claimed)), None)
        return value


def _guarded(look: Callable[[], T], lost: OutcomeUnknown) -> T:
    """Look; if that fails too, nobody knows."""
    try:
        return look()
    except OutcomeUnknown:
        raise
    except FacebookAdsError as error:
        reason = f"{lost.message}; looking failed too: {error.message}"
    raise OutcomeUnknown(reason, request=lost.request or "", check=lost.check)


def _changes_something(call: Call) -> bool:
    return "validate_only" not in (call.params.get("execution_options") or ())


def _ambiguous(error: OutcomeUnknown | APIError, call: Call) -> OutcomeUnknown:
    """Return the error as one of unknown outcome, or raise it if it provably refused the write."""
    if isinstance(error, OutcomeUnknown):
        return error
    if not isinstance(error, TransientError):
        raise error
    return OutcomeUnknown(error.message, request=call.name, check=CHECK)


def _same(read: Any, sent: str) -> bool:
    """Compare what is read with what was sent: numbers may come as strings, nested objects by what was set in them."""
    if isinstance(read, (dict, list)):
        try:
            return _within(json.loads(sent), read)
        except ValueError:
            return False
    if isinstance(read, bool):
        return sent == str(read).lower()
    return str(read) == sent


def _within(part: Any, whole: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(_within(value, whole.get(name)) for name, value in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(map(_within, part, whole))
    return str(part) == str(whole)


def _time(text: Any) -> datetime | None:
    """Read a time that comes as text, or of audiences as unix seconds."""
    try:
        return datetime.fromtimestamp(text, UTC) if isinstance(text, int) else datetime.fromisoformat(text)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
