"""Recovery of lost responses: find out whether a write happened before anything is sent again.

Theory of operation
-------------------

The Graph API has no idempotency keys. A write whose response is lost (a timeout, a reset, a cut body, HTTP 5xx, error
2, error 1 with HTTP 5xx) may have been carried out. Sending it again could create an object, and spend money, twice.
Not sending it again could leave a launch half done. So the library looks, and decides by what it sees:

    create    state       what happens                                           next state
    ------    -----       ------------                                           ----------
              NEW         send it                                                DONE, REFUSED or LOST
              LOST        the edge has no rule in CREATE_LOOKUPS                 UNKNOWN
              LOST        the rule says that sending again is safe               NEW
              LOST        look for it at LOOKUP_DELAYS: one object matches       DONE (it is read by its id)
              LOST        two objects match, or a lookup fails                   UNKNOWN
              LOST        nothing matches in any lookup                          NEW, at most MAX_SENDS times
    change    NEW         send it                                                DONE, REFUSED or LOST
              LOST        the path is not a single node                          UNKNOWN
              LOST        read the node: it has the new values, or is deleted    DONE
              LOST        read the node: it has other values                     NEW, at most MAX_SENDS times
              LOST        the node cannot be read                                UNKNOWN

DONE returns, REFUSED raises Meta's error, UNKNOWN raises `OutcomeUnknown`, which says what to check.

An object matches if the fields in the rule's `same` are equal to what was sent, if it was created since the first send
by Meta's clock (from the `Date` header, with CLOCK_TOLERANCE), and if no other call of this facade has created it
(`_claimed`). Creates that could be taken for each other, with the same path, name and parent, run one after the other
(`_serialize_similar_creates`). A new object may need a moment until the edge lists it: hence several lookups.

With a journal the first state is read from a file, so that a run resumes after its process died: a create that was
recorded as sent and has no id begins as LOST, with the time of its first send.

What this cannot tell: an object of the same name that another process creates under the same parent within the same
seconds, and an object that the edge does not list within the sum of LOOKUP_DELAYS.
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
)
from admonster_fb.transport.api import CHECK, Api, RawResponse, decode_object
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.journal import Journal
from admonster_fb.transport.request import Call, encode

T = TypeVar("T")

LOOKUP_DELAYS = (0.0, 2.0, 5.0)
"""Seconds before each lookup."""
MAX_SENDS = 5
"""How often one write is sent at most."""
CLOCK_TOLERANCE = timedelta(seconds=60)
"""How much older than the first send, by Meta's clock, an object may be and still match."""
MAX_CLAIMED = 10_000
"""How many ids of created objects to remember."""


@dataclass(frozen=True, slots=True)
class LookupRule:
    """How an object is found whose create had no response.

    >>> CREATE_LOOKUPS["ads"].description
    'the same `name`, `adset_id` at the `ads` of `adset_id`, created since the first send'
    """

    edge: str
    same: tuple[str, ...] = ()
    """Fields that must be equal to what was sent."""
    parent: str | None = None
    """Parameter with the parent whose edge is read. Default: the node that the create was sent to."""
    created: str = "created_time"
    """Field with the time of creation."""
    send_again: str = ""
    """Why sending it again creates nothing twice, if it does not."""

    @property
    def description(self) -> str:
        """What the library does, for `docs/reliability.md`."""
        if self.send_again:
            return f"sent again: {self.send_again}"
        fields = ", ".join(f"`{name}`" for name in self.same)
        where = f"at the `{self.edge}` of `{self.parent}`" if self.parent else "at the same edge"
        return f"the same {fields} {where}, created since the first send"


CREATE_LOOKUPS: Mapping[str, LookupRule] = {
    rule.edge: rule
    for rule in (
        LookupRule("campaigns", ("name", "objective")),
        LookupRule("adsets", ("name", "campaign_id", "optimization_goal"), parent="campaign_id"),
        LookupRule("ads", ("name", "adset_id"), parent="adset_id"),
        LookupRule("adcreatives", send_again="Meta returns the existing creative for the same content"),
        LookupRule("adimages", send_again="Meta stores the same image once"),
        LookupRule("advideos", ("title",)),
        LookupRule("customaudiences", ("name",), created="time_created"),
        LookupRule("adspixels", ("name",), created="creation_time"),
        LookupRule("customconversions", ("name",), created="creation_time"),
        LookupRule("adrules_library", ("name",)),
        LookupRule("copies", ("campaign_id", "adset_id")),
        LookupRule("ad_studies", ("name",)),
    )
}
"""Rules by edge. A create at another edge (`users`, `adaccount`, …) is never sent again."""


class Recovery:
    """Sends writes so that each happens at most once, or raises `OutcomeUnknown`."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._journal: Journal | None = None
        self._claimed: dict[str, None] = {}
        self._locks = tuple(threading.Lock() for _ in range(64))

    @property
    def has_journal(self) -> bool:
        """Whether creates are recorded in a journal."""
        return self._journal is not None

    def with_journal(self, journal: Journal) -> Recovery:
        """Return a copy that records creates in a journal and uses what an earlier run recorded there."""
        twin = copy.copy(self)
        twin._journal = journal
        return twin

    def create(
        self,
        call: Call,
        parse: Callable[[RawResponse, str], T],
        fetch: Callable[[str], T],
        lost: OutcomeUnknown | None = None,
        since: datetime | None = None,
    ) -> T:
        """Send a create. `fetch` reads the object by its id if the response was lost. Raises `OutcomeUnknown`.

        With `lost`, the create has been sent (in a batch, at `since`): begin with the lookup.
        """
        return self.journaled(call, functools.partial(self._create, call, parse, fetch), fetch, lost, since)

    def journaled(
        self,
        call: Call,
        create: Callable[[OutcomeUnknown | None, datetime | None], T],
        fetch: Callable[[str], T],
        lost: OutcomeUnknown | None = None,
        since: datetime | None = None,
    ) -> T:
        """Call `create` and record it, if there is a journal. `create` receives `lost` if it may have happened."""
        if self._journal is None:
            return create(lost, since)
        record = self._journal.begin(call, self._clock.now())
        if record.id is not None:
            return self._claim(fetch(record.id))
        if record.sent:
            reason = "an earlier run ended before the answer"
            lost, since = OutcomeUnknown(reason, request=call.name, check=CHECK), record.at
        try:
            created = create(lost, since)
        except OutcomeUnknown:
            raise
        except FacebookAdsError:
            self._journal.refused(record)
            raise
        if node_id := getattr(created, "id", None):
            self._journal.done(record, node_id)
        return created

    def _create(
        self,
        call: Call,
        parse: Callable[[RawResponse, str], T],
        fetch: Callable[[str], T],
        lost: OutcomeUnknown | None,
        since: datetime | None,
    ) -> T:
        rule = CREATE_LOOKUPS.get(call.edge) if not _only_validates(call) else None
        with self._serialize_similar_creates(call, rule):
            since = since or self._clock.now()
            for _ in range(MAX_SENDS):
                if lost is None:
                    try:
                        return self._claim(self._api.send(call, parse))
                    except (OutcomeUnknown, APIError) as error:
                        lost = _as_lost(error, call)
                if rule is None:
                    raise lost
                found = self._find(call, rule, since, lost) if rule.same else None
                if found is not None:
                    return self._claim(_or_unknown(functools.partial(fetch, found), lost))
                last, lost = lost, None
            raise last

    def change(
        self, call: Call, parse: Callable[[RawResponse, str], T], lost: OutcomeUnknown | None = None
    ) -> T | None:
        """Send an update or a delete. `None` if the response was lost and the node shows that it happened."""
        for _ in range(MAX_SENDS):
            if lost is None:
                try:
                    return self._api.send(call, parse)
                except (OutcomeUnknown, APIError) as error:
                    lost = _as_lost(error, call)
            if len(call.path) != 1:
                raise lost
            if _or_unknown(functools.partial(self._has_happened, call), lost):
                return None
            last, lost = lost, None
        raise last

    def _has_happened(self, call: Call) -> bool:
        """Return whether a node has the values that the lost change would have set."""
        expected = {"status": "DELETED"} if call.method == "DELETE" else dict(encode({**call.params, **call.reads}))
        expected.pop("execution_options", None)
        try:
            fields = ",".join(["id", *expected])
            node = self._api.send(Call("GET", call.path, {"fields": fields}), decode_object)
        except NotFoundError:
            return call.method == "DELETE"
        except InvalidParameterError:
            return False  # a field that can only be written: to set it to the same value again changes nothing
        return all(_is_same(node.get(name), value) for name, value in expected.items())

    def _find(self, call: Call, rule: LookupRule, since: datetime, lost: OutcomeUnknown) -> str | None:
        """Look for the object. `None` if no lookup shows it."""
        for delay in LOOKUP_DELAYS:
            self._clock.sleep(delay)
            found = _or_unknown(lambda: [*self._candidates(call, rule, since)], lost)
            if len(found) == 1:
                return found[0]
            if found:
                raise OutcomeUnknown(
                    f"{len(found)} objects look like what was sent: {', '.join(found)}",
                    request=call.name,
                    check="compare these objects and delete what is not wanted",
                )
        return None

    def _candidates(self, call: Call, rule: LookupRule, since: datetime) -> Iterator[str]:
        """Yield the ids of the objects that match."""
        sent = encode(call.params)
        path = (sent[rule.parent], call.edge) if rule.parent else call.path
        for node, oldest in self._list(path, rule, sent, since):
            created = _parse_time(node.get(rule.created))
            if node["id"] in self._claimed or (created is not None and created < oldest):
                continue
            if all(_is_same(node.get(name), sent[name]) for name in rule.same if name in sent):
                yield str(node["id"])

    def _list(
        self, path: tuple[str, ...], rule: LookupRule, sent: Mapping[str, str], since: datetime
    ) -> Iterator[tuple[dict[str, Any], datetime]]:
        """Yield the objects of an edge, each with the earliest time of creation, by Meta's clock, that can match."""
        fields = ["id", rule.created, *(name for name in rule.same if name in sent)]
        params: dict[str, Any] = {"fields": ",".join(fields), "limit": 200}
        if rule.parent is None and "name" in sent:
            params["filtering"] = [{"field": "name", "operator": "CONTAIN", "value": sent["name"]}]
        while True:
            try:
                page, oldest = self._api.send(Call("GET", path, params), self._with_oldest(since))
            except InvalidParameterError:
                if "filtering" not in params:
                    raise
                del params["filtering"]  # an edge without filtering is read as a whole
                continue
            yield from ((node, oldest) for node in page.get("data", ()))
            after = page.get("paging", {}).get("cursors", {}).get("after")
            if "next" not in page.get("paging", {}) or not after:
                return
            params["after"] = after

    def _with_oldest(self, since: datetime) -> Callable[[RawResponse, str], tuple[dict[str, Any], datetime]]:
        """Return a parser that also returns the time of `since` by Meta's clock, minus the tolerance."""

        def parse(response: RawResponse, request: str) -> tuple[dict[str, Any], datetime]:
            date = response.headers.get("Date")
            now = parsedate_to_datetime(date) if date else self._clock.now()
            return decode_object(response, request), now - (self._clock.now() - since) - CLOCK_TOLERANCE

        return parse

    @contextmanager
    def _serialize_similar_creates(self, call: Call, rule: LookupRule | None) -> Iterator[None]:
        """Let creates that could be taken for each other run one after the other."""
        if rule is None or not rule.same:
            yield
            return
        likeness = hash((call.path, call.params.get("name"), call.params.get(rule.parent or "")))
        with self._locks[likeness % len(self._locks)]:
            yield

    def _claim(self, created: T) -> T:
        """Remember the id of an object: it cannot be the one that another call looks for."""
        node_id = getattr(created, "id", None)
        if node_id:
            self._claimed[node_id] = None
            if len(self._claimed) > MAX_CLAIMED:
                self._claimed.pop(next(iter(self._claimed)), None)
        return created


def _or_unknown(lookup: Callable[[], T], lost: OutcomeUnknown) -> T:
    """Return what `lookup` returns. Raises `OutcomeUnknown` if it fails too."""
    try:
        return lookup()
    except OutcomeUnknown:
        raise
    except FacebookAdsError as error:
        reason = f"{lost.message}; looking failed too: {error.message}"
    raise OutcomeUnknown(reason, request=lost.request or "", check=lost.check)


def _only_validates(call: Call) -> bool:
    return "validate_only" in (call.params.get("execution_options") or ())


def _as_lost(error: OutcomeUnknown | APIError, call: Call) -> OutcomeUnknown:
    """Return the error of a write that may have happened. Raises the error of one that Meta refused."""
    if isinstance(error, OutcomeUnknown):
        return error
    if error.definite:
        raise error
    return OutcomeUnknown(error.message, request=call.name, check=CHECK)


def _is_same(value: Any, sent: str) -> bool:
    """Compare a value that was read with what was sent. Numbers may be text, and objects may have more keys."""
    if isinstance(value, (dict, list)):
        try:
            return _contains(value, json.loads(sent))
        except ValueError:
            return False
    if isinstance(value, bool):
        return sent == str(value).lower()
    return str(value) == sent


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(_contains(whole.get(name), value) for name, value in part.items())
    if isinstance(part, list):
        return isinstance(whole, list) and len(part) == len(whole) and all(map(_contains, whole, part))
    return str(part) == str(whole)


def _parse_time(value: Any) -> datetime | None:
    """Return a time that Meta writes as text or, for audiences, in unix seconds."""
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else datetime.fromisoformat(value)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
