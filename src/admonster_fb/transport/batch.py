"""Batches: any calls of any services, 50 to a request, each with its own result or error.

Meta: Graph API, batch requests; `api_facts.md` section 11. Every item still counts as one call against the limits.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar
from urllib.parse import quote

from requests.structures import CaseInsensitiveDict

from admonster_fb import errors
from admonster_fb.models._node import Node
from admonster_fb.models.copies import Copied
from admonster_fb.transport.account_cache import Books
from admonster_fb.transport.api import CHECK, Answer, decode
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.paging import Edge
from admonster_fb.transport.request import Call, encode
from admonster_fb.transport.transport import Transport, maker, reader
from admonster_fb.transport.video_upload import Progress

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Node)

SIZE = 50
ROUNDS = (0.0, 1.0, 4.0, 10.0, 20.0)
"""Seconds before each sending of what is still open."""
_REF = re.compile(r"\{result=([^:}]+):\$\.([^}]*)\}")


@dataclass(eq=False)
class Item(Generic[T]):
    """One call of a batch, and once the batch has run its result or its error."""

    call: Call
    parse: Callable[[Answer, str], T]
    alone: Callable[[errors.OutcomeUnknown, datetime], T]
    """Does the write by itself after its answer was lost, beginning with a look."""
    name: str = ""
    error: errors.FacebookAdsError | None = None
    raw: Any = None
    refused: errors.RateLimited | None = None
    """The last answer, where it was that a limit is used up: nothing was done."""
    since: datetime | None = None
    """When an earlier run may have sent this create: it is looked for first."""
    _value: list[T] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether there is a result or an error."""
        return bool(self._value) or self.error is not None

    def result(self) -> T:
        """Return what the call gave, or raise its error."""
        if self.error is not None:
            raise self.error
        if not self._value:
            raise errors.FacebookAdsError("the batch has not run yet", advice="Leave its with block first.")
        return self._value[0]

    def ref(self, path: str = "$.id") -> str:
        """Return a stand-in for a part of this call's answer, to use as an argument of a later one in the batch."""
        return f"{{result={self.name}:{path}}}"

    def settle(self, work: Callable[[], T]) -> None:
        """Keep what `work` returns, or the error it raises."""
        try:
            self._value = [work()]
        except errors.FacebookAdsError as error:
            self.error = error


class _Taken(Exception):  # noqa: N818 - carries a call out of a service method
    def __init__(self, item: Item[Any]) -> None:
        super().__init__()
        self.item = item


class _Taker(Transport):
    """Stands in for a service's transport: takes the prepared call instead of sending it."""

    def __init__(self, real: Transport) -> None:
        super().__init__(real.api, real.recovery, real.facts)
        self._real = real

    def node(self, call: Call, model: type[M]) -> M:
        """Take a read."""
        read = reader(model)
        parse = lambda answer, request: self._real.known(read(answer, request))  # noqa: E731
        raise _Taken(Item(call, parse, lambda _lost, _since: self._real.node(call, model)))

    def create(
        self,
        call: Call,
        model: type[M],
        lost: errors.OutcomeUnknown | None = None,  # noqa: ARG002 - a batch loses nothing before it runs
        since: datetime | None = None,  # noqa: ARG002
    ) -> M:
        """Take a create."""
        raise _Taken(Item(call, maker(model), lambda lost, since: self._real.create(call, model, lost, since)))

    def copy(
        self,
        call: Call,
        copied: str,
        lost: errors.OutcomeUnknown | None = None,  # noqa: ARG002
        since: datetime | None = None,  # noqa: ARG002
    ) -> Copied:
        """Take a copy."""
        raise _Taken(Item(call, maker(Copied), lambda lost, since: self._real.copy(call, copied, lost, since)))

    def upload(self, call: Call, path: Path, model: type[M], progress: Progress | None = None) -> M:  # noqa: ARG002
        """Take no upload: it is many calls."""
        raise TypeError("an upload is more than one call: make it outside of a batch")

    def begin(self, *_: Any, **__: Any) -> Any:
        """Take no report: it is many calls."""
        raise TypeError("a report is more than one call: make it outside of a batch")

    def change(self, call: Call, lost: errors.OutcomeUnknown | None = None) -> None:  # noqa: ARG002
        """Take a change."""
        self.facts.forget(call.path[0])
        raise _Taken(Item(call, self._real.changed, lambda lost, _since: self._real.change(call, lost)))

    def edge(self, call: Call, model: type[M]) -> Edge[M]:
        """Take an edge, with its first page."""
        edge = Edge(self.api, call, model)
        raise _Taken(Item(call, edge.started, lambda _lost, _since: edge))

    def account_of(self, node_id: str) -> Books:
        """Ask for the currency at once: a parameter of the batch depends on it."""
        return self._real.account_of(node_id)


class Batch:
    """Calls gathered in a `with` block and sent when it ends, in order, 50 to a request.

    >>> from admonster_fb import FacebookAds
    >>> fb = FacebookAds.sandbox()
    >>> with fb.batch() as batch:
    ...     accounts = [batch.add(fb.adaccounts.get, account) for account in ("act_1", "act_2")]
    >>> [item.result().currency for item in accounts]
    ['USD', 'JPY']
    """

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self._items: dict[str, Item[Any]] = {}

    def add(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Item[T]:
        """Prepare a call of a service's method; its parameters are checked now.

        Of `iter` the first page comes with the batch, the rest when it is wanted. Raises `ParameterError` as the
        method itself would.
        """
        service = getattr(method, "__self__", None)
        if service is None or not hasattr(service, "_on") or method.__name__ == "list":
            raise TypeError("give a service's method that is one call, such as fb.campaigns.update or .iter")
        try:
            getattr(service._on(_Taker(self._transport)), method.__name__)(*args, **kwargs)
        except _Taken as taken:
            item = taken.item
            if self._transport.recovery.has_journal and _is_create(item.call):
                raise TypeError(
                    "creates of a resumable run are noted one by one: call them outside of a batch"
                ) from None
            item.name = f"item{len(self._items)}"
            self._items[item.name] = item
            return item
        raise TypeError(f"{method.__qualname__} is more than one call: add its parts")

    def doubt(self, item: Item[Any], since: datetime) -> None:
        """Say that a run which has ended may have sent this create at `since`: it is looked for before it is sent."""
        item.since = since

    def run(self) -> None:
        """Send what has been added, and again what Meta left without an answer."""
        items = list(self._items.values())
        for item in items:
            if item.since is not None:
                item.settle(functools.partial(self._look, item, item.since))
        for start in range(0, len(items), SIZE):
            chunk = items[start : start + SIZE]
            for pause in ROUNDS:
                pending = [item for item in chunk if not item.done]
                if not pending:
                    break
                if pause:
                    self._clock.sleep(pause)
                self._round(pending)
            for item in chunk:
                if not item.done:
                    item.error = item.refused or _no_answer(item)

    def _round(self, items: list[Item[Any]]) -> None:
        for item in items:
            self._fill(item)
            try:
                self._transport.api.hold_back(item.call)
            except errors.RateLimited as error:
                item.error = error
        sent = [item for item in items if not item.done]
        if not sent:
            return
        started, held = self._clock.now(), self._transport.api.in_use
        for item, answer in zip(sent, self._answers(sent), strict=False):
            self._settle(item, answer, started)
            self._transport.api.noted(item.error, held)

    def _answers(self, items: list[Item[Any]]) -> list[Any]:
        """Send one request; where it fails as a whole, nobody has an answer or all have the same error."""
        nothing: list[Any] = [None] * len(items)
        try:
            answers = self._transport.api.send(_request(items), decode)
        except (errors.OutcomeUnknown, errors.TransientError):
            return nothing
        except errors.FacebookAdsError as error:
            for item in items:
                item.error = error
            return []
        return [*answers, *nothing][: len(items)] if isinstance(answers, list) else nothing

    def _settle(self, item: Item[Any], answer: Any, started: datetime) -> None:
        """Take one answer. Reads and updates without one are sent again; creates and deletes are looked for."""
        if answer is not None:
            item.settle(lambda: self._read(item, answer))
            if item.error is None or not _open(item.error):
                return
            item.refused = item.error if isinstance(item.error, errors.RateLimited) else None
            item.error = None
            if item.refused:
                return
        if item.call.method == "DELETE" or _is_create(item.call):
            item.settle(lambda: self._look(item, started))

    def _read(self, item: Item[Any], answer: dict[str, Any]) -> Any:
        headers = {header["name"]: header["value"] for header in answer.get("headers") or ()}
        body = str(answer.get("body") or "").encode()
        inner = Inner(body, int(answer.get("code") or 0), CaseInsensitiveDict(headers))
        value = item.parse(inner, item.call.name)  # first: it tells what is wrong with an empty or cut body
        item.raw = json.loads(body) if body[:1] in (b"{", b"[") and inner.status_code < 300 else None
        return value

    def _look(self, item: Item[Any], since: datetime) -> Any:
        """Look for what may have been made, and make it if it was not."""
        return self._kept(item, item.alone(_no_answer(item), since))

    def _kept(self, item: Item[Any], value: Any) -> Any:
        """Keep a result that came outside of the batch, for those that refer to it."""
        item.raw = {"id": getattr(value, "id", None)}
        return value

    def _fill(self, item: Item[Any]) -> None:
        """Put known results in the place of references: what an earlier request answered is not known to this one."""
        known = {name: other.raw for name, other in self._items.items() if isinstance(other.raw, dict)}

        def fill(value: Any) -> Any:
            if isinstance(value, str) and "{result=" in value:
                return _REF.sub(lambda ref: str(known.get(ref[1], {}).get(ref[2], ref[0])), value)
            if isinstance(value, dict):
                return {key: fill(inner) for key, inner in value.items()}
            return [fill(inner) for inner in value] if isinstance(value, list) else value

        params = {name: fill(value) for name, value in item.call.params.items()}
        item.call = replace(item.call, params=params, path=tuple(fill(part) for part in item.call.path))

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.run()


@dataclass(frozen=True, slots=True)
class Inner:
    """The answer to one item, in the shape of an HTTP answer."""

    content: bytes
    status_code: int
    headers: Mapping[str, str]


def _is_create(call: Call) -> bool:
    return call.method == "POST" and bool(call.edge)


def _open(error: errors.FacebookAdsError) -> bool:
    """Tell whether an item's error leaves it to be tried again."""
    if isinstance(error, errors.APIError) and error.retry == "later":
        return False
    return isinstance(error, (errors.RateLimited, errors.TransientError, errors.OutcomeUnknown))


def _no_answer(item: Item[Any]) -> errors.OutcomeUnknown:
    return errors.OutcomeUnknown("Meta gave no answer in the batch", request=item.call.name, check=CHECK)


def _request(items: list[Item[Any]]) -> Call:
    files = {f"{item.name}_{name}": content for item in items for name, content in item.call.files.items()}
    return Call("POST", (), {"batch": [_entry(item) for item in items]}, files, kind="Batch")


def _entry(item: Item[Any]) -> dict[str, Any]:
    call, path = item.call, "/".join(item.call.path)
    query = "&".join(f"{name}={_quoted(value)}" for name, value in encode(call.params).items())
    reading = call.method != "POST"
    entry: dict[str, Any] = {"method": call.method, "relative_url": f"{path}?{query}" if reading and query else path}
    if not reading:
        entry["body"] = query
    if call.files:
        entry["attached_files"] = ",".join(f"{item.name}_{name}" for name in call.files)
    return {**entry, "name": item.name, "omit_response_on_success": False}


def _quoted(value: str) -> str:
    return quote(value, safe="{}=:$.*[]" if "{result=" in value else "")
