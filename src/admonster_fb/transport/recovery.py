"""Recovery of lost responses: find out whether a write happened before anything is sent again.

Theory of operation
-------------------

The Graph API has no idempotency keys. A write whose response is lost (a timeout, a reset, a cut body, HTTP 5xx, error
2, error 1 with HTTP 5xx, an answer that belongs to another question) may have been carried out, may still be queued, or
may show later. So absence proves nothing: a create is sent again only if it provably never left or Meta refused it.

    create    state       what happens                                           next state
    ------    -----       ------------                                           ----------
              NEW         send it                                                DONE, REFUSED or LOST
              LOST        the edge has no rule in CREATE_LOOKUPS                 UNKNOWN
              LOST        the rule says that sending again is safe               NEW, at most MAX_SENDS times
              LOST        look for it until `settle` is over: one object matches ADOPTED (it is read by its id)
              LOST        two objects match, or the last look fails              UNKNOWN
              LOST        nothing matches in any look                            UNKNOWN
              CRASHED     look as above for RESUMED times `settle`: no match     UNKNOWN; NEW with `send_again`, once
    change    NEW         send it                                                DONE, REFUSED or LOST
              LOST        the path is not a single node                          UNKNOWN
              LOST        read the node: it has the new values, or is deleted    DONE
              LOST        read the node: it has other values                     NEW, at most MAX_SENDS times
              LOST        the node cannot be read                                UNKNOWN

DONE returns, REFUSED raises Meta's error, UNKNOWN raises `OutcomeUnknown` with Meta's words and what to check. ADOPTED
returns what was found, and names it in `adopted`: another process may have made it, so that a rollback leaves it alone.

An object matches if it has the parent and the name that were sent, the name as Meta stores it (`stored_name`), if it
says that it was created since the first send by Meta's clock (`Api.meta_time`, with CLOCK_TOLERANCE), and if no other
call of this facade has created it (`_claimed`). Goals and objectives are not compared: Meta rewrites them. Creates
that could be taken for each other, with the same path, name and parent, run one after the other
(`_serialize_similar_creates`). The pauses between looks, and between the sends of a change that is no stop, double from
FIRST_PAUSE on.

CRASHED is a create that a journal records as sent, without an outcome: an earlier run died. It is sent again only if
the caller of this run has said so (`send_again`), and not before RESUMED times `settle` of its own have passed in vain.

What this cannot tell: an object of the same name that another process creates under the same parent within the same
seconds; and with `send_again`, an object that shows later than RESUMED times `settle` after this run has begun.
"""

from __future__ import annotations

import copy
import functools
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from admonster_fb import errors
from admonster_fb.redaction import read_json
from admonster_fb.transport.answers import AMOUNTS, answer_to, is_comment_id, is_id, only_validates, stored_name
from admonster_fb.transport.api import CHECK, Api, Parser, decode_object
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.journal import Journal
from admonster_fb.transport.observability import bound, harmless, log
from admonster_fb.transport.request import Call, encode
from admonster_fb.transport.video_upload import STARTED

T = TypeVar("T")

SETTLE = 60.0  # seconds for which a lost create is looked for
FIRST_PAUSE = 1.0  # seconds between the first two looks
RESUMED = 2  # how many times as long a run that was resumed looks for what an earlier run may have created
CHECK_CRASHED = "look for it in Ads Manager; if it is not there, resume with send_again"
"""What to do about a create that an earlier run may have sent."""
MAX_SENDS = 5  # how often one change is sent at most
CLOCK_TOLERANCE = timedelta(seconds=5)
"""How much older than the first send, by Meta's clock, an object may be and still match."""
CLOCKS_APART = timedelta(minutes=10)  # the same for a send of an earlier run, perhaps by another machine's clock
MAX_PAGES = 1_000  # how many pages of an edge are read in one look
MAX_CLAIMED = 10_000  # how many ids of created objects to remember


@dataclass(frozen=True, slots=True)
class Lost:
    """A write that may have happened: why, since when, and until when it is looked for."""

    error: errors.OutcomeUnknown
    since: datetime
    """When it was first sent, by this library's clock."""
    until: datetime
    """When to give up."""
    crashed: bool = False
    """Whether an earlier run sent it and died."""
    send_again: bool = False
    """Whether the caller wants it sent again if it is not found."""
    video: str | None = None
    """The id that Meta gave a video at the start of its upload, by an earlier run."""


@dataclass(frozen=True, slots=True)
class LookupRule:
    """How an object is found whose create had no response."""

    edge: str
    same: tuple[str, ...] = ()
    """Fields that must be equal to what was sent."""
    parent: str | None = None
    """Parameter with the parent whose edge is read. Default: the node that the create was sent to."""
    created: str = "created_time"
    """Field with the time of creation."""
    owned: bool = False
    """Whether the objects name their ad account."""
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
        LookupRule("campaigns", ("name", *AMOUNTS), owned=True),
        LookupRule("adsets", ("name", "campaign_id", *AMOUNTS), parent="campaign_id"),
        LookupRule("ads", ("name", "adset_id"), parent="adset_id"),
        LookupRule("adcreatives", send_again="Meta returns the existing creative for the same content"),
        LookupRule("adimages", send_again="Meta stores the same image once"),
        LookupRule("advideos", ("title",)),
        LookupRule("customaudiences", ("name",), created="time_created", owned=True),
        LookupRule("adspixels", ("name",), created="creation_time"),
        LookupRule("customconversions", ("name",), created="creation_time"),
        LookupRule("adrules_library", ("name",)),
        LookupRule("copies", ("campaign_id", "adset_id")),
        LookupRule("ad_studies", ("name",)),
        LookupRule("leadgen_forms", ("name",)),
        LookupRule("comments", ("message",)),
    )
}
"""Rules by edge. A create at another edge (`users`, `adaccount`, …) is never sent again."""


class Recovery:
    """Sends writes so that each happens at most once, or raises `OutcomeUnknown`."""

    def __init__(self, api: Api, clock: Clock, settle: float = SETTLE) -> None:
        self._api = api
        self._clock = clock
        self._settle = settle
        self._journal: Journal | None = None
        self._began = clock.now()
        self._claimed: dict[str, object] = {}
        self.adopted: dict[str, str] = {}
        """IDs of objects that were found by search after a lost answer, with the request that was lost."""
        self._locks = tuple(threading.Lock() for _ in range(256))

    @property
    def has_journal(self) -> bool:
        """Whether creates are recorded in a journal."""
        return self._journal is not None

    def with_journal(self, journal: Journal) -> Recovery:
        """Return a copy that records creates in a journal and uses what an earlier run recorded there."""
        twin = copy.copy(self)
        twin._journal, twin._began = journal, self._clock.now()
        twin._claimed = {}  # what this process made in an earlier try may be what the journal looks for
        return twin

    def lost(self, error: errors.OutcomeUnknown, since: datetime, noticed: datetime | None = None) -> Lost:
        """Return a write of this run, first sent at `since`, whose loss was `noticed` just now."""
        return Lost(error, since, (noticed or self._clock.now()) + timedelta(seconds=self._settle))

    def crashed(self, call: Call, since: datetime, began: datetime, *, send_again: bool) -> Lost:
        """Return a create that an earlier run may have sent at `since`. This run began at `began`."""
        error = errors.OutcomeUnknown("an earlier run ended before the answer", request=call.name, check=CHECK_CRASHED)
        return Lost(error, since, began + timedelta(seconds=self._settle * RESUMED), True, send_again)

    def create(self, call: Call, parse: Parser[T], fetch: Callable[[str], T], lost: Lost | None = None) -> T:
        """Send a create; with `lost`, begin with the lookup. `fetch` reads what was found. Raises `OutcomeUnknown`."""
        return self.journaled(call, functools.partial(self._create, call, parse, fetch), fetch, lost)

    def journaled(
        self, call: Call, create: Callable[[Lost | None], T], fetch: Callable[[str], T], lost: Lost | None = None
    ) -> T:
        """Call `create` and record it, if there is a journal. `create` receives `lost` if it may have happened."""
        if self._journal is None:
            return create(lost)
        record = self._journal.begin(call, self._clock.now())
        if record.id is not None:
            created = fetch(record.id)
            self._claim(call, created)
            return created
        try:
            if record.sent:
                again = self._journal.send_again
                lost = replace(self.crashed(call, record.at, self._began, send_again=again), video=record.video)
            with bound(STARTED, functools.partial(self._journal.started, record)):
                created = create(lost)
        except errors.OutcomeUnknown:
            raise
        except errors.FacebookAdsError:
            self._journal.refused(record)
            raise
        if node_id := getattr(created, "id", None):
            with harmless(f"the journal cannot record {node_id}: the next run looks for it"):
                self._journal.done(record, node_id)
        return created

    def _create(self, call: Call, parse: Parser[T], fetch: Callable[[str], T], lost: Lost | None) -> T:
        rule = CREATE_LOOKUPS.get(call.edge) if not only_validates(call) else None
        with self._serialize_similar_creates(call, rule):
            since = lost.since if lost else self._clock.now()
            for sends in range(MAX_SENDS):
                if lost is None:
                    if sends:
                        self._clock.sleep(FIRST_PAUSE * 2 ** (sends - 1))
                    try:
                        return self.accept(call, self._api.send(call, parse))
                    except (errors.OutcomeUnknown, errors.APIError) as error:
                        lost = self.lost(as_lost(error, call), since)
                if rule is None and not lost.send_again:
                    raise lost.error
                if rule and rule.same and (found := self._find(call, rule, lost)) is not None:
                    return self._adopt(call, found, fetch, lost)
                if rule and rule.same and not lost.send_again:
                    within = f"{self._settle * (RESUMED if lost.crashed else 1):.0f} s"
                    raise _unknown(lost.error, f"nothing like it has shown within {within}, which is no proof")
                last, lost = lost.error, None
            raise last

    def accept(self, call: Call, created: T) -> T:
        """Return what Meta answered to a create. Raises `OutcomeUnknown` if it is the object of another create."""
        if self._claim(call, created):
            reason = f"Meta answered with an object that existed before ({getattr(created, 'id', '')})"
            raise errors.OutcomeUnknown(reason, request=call.name, check=CHECK)
        return created

    def _adopt(self, call: Call, found: str, fetch: Callable[[str], T], lost: Lost) -> T:
        """Return an object that was found. Nobody can tell that this process made it."""
        self.adopted[found] = call.name
        self._claimed[found] = object()
        with harmless("the log failed"):
            log.warning("%s: %s; adopted %s, which looks like it", call.name, lost.error.message, found)
        return _or_unknown(functools.partial(fetch, found), lost.error, f"{found} looks like it")

    def change(self, call: Call, parse: Parser[T], lost: Lost | None = None) -> T | None:
        """Send an update or a delete. `None` if the response was lost and the node shows that it happened."""
        last = lost.error if lost else None
        for sends in range(MAX_SENDS):
            if sends or last is None:
                if sends and not call.is_stop:
                    self._clock.sleep(FIRST_PAUSE * 2 ** (sends - 1))
                try:
                    return self._api.send(call, parse)
                except (errors.OutcomeUnknown, errors.APIError) as error:
                    last = as_lost(error, call)
            if len(call.path) != 1:
                raise last
            if _or_unknown(functools.partial(self._has_happened, call), last):
                return None
        raise last or AssertionError("it is sent at least once")

    def _has_happened(self, call: Call) -> bool:
        """Return whether a node has the values that the lost change would have set."""
        expected = {"status": "DELETED"} if call.method == "DELETE" else dict(encode({**call.params, **call.reads}))
        expected.pop("execution_options", None)
        try:
            fields = ",".join(["id", *expected])
            read = Call("GET", call.path, {"fields": fields}, page=call.page)
            node = self._api.send(read, answer_to(read))
        except errors.NotFoundError:
            return call.method == "DELETE"
        except errors.InvalidParameterError:
            return False  # a field that can only be written: to set it to the same value again changes nothing
        return all(_reads_back(name, node.get(name), value) for name, value in expected.items())

    def _find(self, call: Call, rule: LookupRule, lost: Lost) -> str | None:
        """Look for the object until it shows or `lost.until` is over. `None` if no look shows it."""
        pause = FIRST_PAUSE
        while True:
            left = (lost.until - self._clock.now()).total_seconds()
            try:
                found = [*self._candidates(call, rule, lost)]
            except errors.FacebookAdsError as error:
                found = []
                if left <= 0 or not error.retryable:
                    raise _unknown(lost.error, f"looking failed too: {error.message}") from None
            if len(found) == 1:
                return found[0]
            if found:
                reason = f"{len(found)} objects look like what was sent: {', '.join(found)}"
                check = "compare these objects and delete what is not wanted"
                raise errors.OutcomeUnknown(reason, request=call.name, check=check)
            if left <= 0:
                return None
            self._clock.sleep(min(pause, left))
            pause *= 2

    def _candidates(self, call: Call, rule: LookupRule, lost: Lost) -> Iterator[str]:
        """Yield the ids of the objects that match."""
        sent = encode(call.params)
        if rule.owned:
            sent["account_id"] = call.path[0].removeprefix("act_")
        same = [name for name in (*rule.same, "account_id") if name in sent]
        path = (sent[rule.parent], call.edge) if rule.parent else call.path
        for node, oldest in self._list(Call("GET", path, page=call.page), rule, sent, same, lost):
            created = _parse_time(node.get(rule.created))
            if str(node.get("id")) in self._claimed or created is None or created < oldest:
                continue
            known = is_id(node.get("id")) or is_comment_id(node.get("id"))
            if known and all(_reads_back(name, node.get(name), sent[name]) for name in same):
                yield str(node["id"])

    def _list(
        self, edge: Call, rule: LookupRule, sent: Mapping[str, str], same: Iterable[str], lost: Lost
    ) -> Iterator[tuple[dict[str, Any], datetime]]:
        """Yield the objects of an edge, each with the earliest time of creation, by Meta's clock, that can match."""
        params: dict[str, Any] = {"fields": ",".join(["id", rule.created, *same]), "limit": 200}
        if rule.parent is None and (part := _plain_part(sent.get("name", ""))):
            params["filtering"] = [{"field": "name", "operator": "CONTAIN", "value": part}]
        cursors_seen = set[str]()
        while True:
            try:
                page = self._api.send(replace(edge, params=params), decode_object)
            except errors.InvalidParameterError:
                if "filtering" not in params:
                    raise
                del params["filtering"]  # an edge without filtering is read as a whole
                continue
            oldest = self._oldest(lost)
            rows, paging = page.get("data"), page.get("paging") or {}
            cursors = paging.get("cursors") or {} if isinstance(paging, dict) else None
            if not (isinstance(rows, list) and isinstance(cursors, dict)):
                raise errors.TransientError(message="Meta answered with no list", request=edge.name)
            yield from ((node, oldest) for node in rows if isinstance(node, dict))
            after = cursors.get("after")
            if "next" not in paging or not after:
                return
            if after in cursors_seen or len(cursors_seen) == MAX_PAGES:
                raise errors.TransientError(message="the pages have no end", request=edge.name)
            cursors_seen.add(after)
            params["after"] = after

    def _oldest(self, lost: Lost) -> datetime:
        """Return the time of the first send by Meta's clock, minus the tolerance."""
        age = max(self._clock.now() - lost.since, timedelta())
        return self._api.meta_time() - age - (CLOCKS_APART if lost.crashed else CLOCK_TOLERANCE)

    @contextmanager
    def _serialize_similar_creates(self, call: Call, rule: LookupRule | None) -> Iterator[None]:
        """Let creates that could be taken for each other run one after the other."""
        if rule is None or not rule.same:
            yield
            return
        likeness = hash((call.path, call.params.get("name"), call.params.get(rule.parent or "")))
        with self._locks[likeness % len(self._locks)]:
            yield

    def _claim(self, call: Call, created: object) -> bool:
        """Remember an object, which cannot be the one that another call looks for. Was it another create's?

        Meta answers the same creative with the existing one. An image has a hash and no id.
        """
        key, rule = getattr(created, "id", None), CREATE_LOOKUPS.get(call.edge)
        if not key or rule is None or call.edge == "adimages":
            return False
        named = (row for row in encode(call.params).items() if row[0] != "name")  # a name is no content
        content = hash((call.path, *sorted(named)))
        mark = object() if rule.same else content
        known = self._claimed.setdefault(key, mark)
        if len(self._claimed) > MAX_CLAIMED:
            self._claimed.pop(next(iter(self._claimed)), None)
        return known is not mark if rule.same else known != mark


def _or_unknown(lookup: Callable[[], T], lost: errors.OutcomeUnknown, seen: str = "") -> T:
    """Return what `lookup` returns. Raises `OutcomeUnknown` if it fails too, with what was `seen`."""
    try:
        return lookup()
    except errors.FacebookAdsError as error:
        raise _unknown(lost, f"{f'{seen}, but ' if seen else ''}looking failed too: {error.message}") from None


def _unknown(lost: errors.OutcomeUnknown, more: str) -> errors.OutcomeUnknown:
    """Return an error like that of the lost write, with what else is known."""
    reason = f"{lost.message}; {more}"
    return errors.OutcomeUnknown(reason, request=lost.request or "", check=lost.check, answer=lost.answer)


def is_ambiguous(error: errors.FacebookAdsError) -> bool:
    """Return whether an error leaves open if a write was carried out."""
    return isinstance(error, errors.OutcomeUnknown) or (isinstance(error, errors.APIError) and not error.definite)


def as_lost(error: errors.FacebookAdsError, call: Call) -> errors.OutcomeUnknown:
    """Return the error of a write that may have happened. Raises the error of one that Meta refused."""
    if isinstance(error, errors.OutcomeUnknown):
        return error
    if not (is_ambiguous(error) and isinstance(error, errors.APIError)):
        raise error
    return errors.OutcomeUnknown(error.words, request=call.name, check=CHECK, answer=error)


def _plain_part(name: str) -> str:
    """Return the part of a name to search for: all of it, or its longest plain word if Meta may store it otherwise."""
    whole = name == stored_name(name) and name.isascii()
    return name if whole else max(re.findall(r"[!-~]+", name), key=len, default="")


def _reads_back(name: str, value: Any, sent: str) -> bool:
    """Return whether a field that was written reads as it must: Meta stores names and one goal otherwise.

    Numbers may be text, and objects may have more keys.
    """
    if name in ("name", "title"):
        return stored_name(value) == stored_name(sent)
    if name == "optimization_goal" and {value, sent} == {"REACH", "IMPRESSIONS"}:
        return True
    if isinstance(value, (dict, list)):
        return _contains(value, read_json(sent, otherwise=None))
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
    """Return a time that Meta writes as text or, for audiences, in unix seconds. `None` if it is no time."""
    try:
        time = datetime.fromtimestamp(value, UTC) if isinstance(value, int) else datetime.fromisoformat(value)
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
