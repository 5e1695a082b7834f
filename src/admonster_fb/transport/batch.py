"""Batches: calls of any services, 50 per request, each with its own result or error.

Source: Meta, Graph API, batch requests; `docs/meta-rules.md#batch`. Each item counts as one call against the limits.
"""

from __future__ import annotations

import functools
import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar
from urllib.parse import quote

from requests.structures import CaseInsensitiveDict

from admonster_fb import errors
from admonster_fb.models._node import Node
from admonster_fb.models.copies import Copied
from admonster_fb.redaction import read_json
from admonster_fb.transport.account_cache import AccountFacts
from admonster_fb.transport.answers import answer_to, mismatch
from admonster_fb.transport.api import CHECK, Parser, RawResponse, StoredResponse, decode
from admonster_fb.transport.clock import Clock
from admonster_fb.transport.paging import Edge
from admonster_fb.transport.recovery import Lost, as_lost, is_ambiguous
from admonster_fb.transport.request import Call, encode
from admonster_fb.transport.session import whole_text
from admonster_fb.transport.transport import Transport, node_parser
from admonster_fb.transport.video_upload import UploadProgress

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Node)

SIZE = 50  # most calls per request
ROUNDS = (0.0, 1.0, 4.0, 10.0, 20.0)  # seconds before each time that the unanswered calls are sent
_OPENING = re.compile(r"\{result=", re.IGNORECASE)
_REFERENCE = re.compile(r"\{result=([^:}]+):\$\.([^}]*)\}")


@dataclass(eq=False)
class Item(Generic[T]):
    """One call of a batch. After the batch has run it has a result or an error."""

    call: Call
    parse: Parser[T]
    send_alone: Callable[[Call, Lost | None], T]
    """Sends the call outside the batch; recovers a write whose response was lost."""
    creates: bool = False
    """Whether Meta answers with a new object."""
    name: str = ""
    error: errors.FacebookAdsError | None = None
    raw: Any = None
    """The decoded response, for references in later calls."""
    unsettled: errors.FacebookAdsError | None = None
    """What the last response was, if it left the call open."""
    lost: Lost | None = None
    """Set if an earlier run may have sent this create. It is looked up first."""
    _result: list[T] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether there is a result or an error."""
        return bool(self._result) or self.error is not None

    def result(self) -> T:
        """Return the result of the call. Raises its error."""
        if self.error is not None:
            raise self.error
        if not self._result:
            raise errors.FacebookAdsError("the batch has not run yet", advice="Leave its with block first.")
        return self._result[0]

    def ref(self, path: str = "$.id") -> str:
        """Return a reference to a part of this call's response, as an argument of a later call in the batch.

        >>> with fb.batch() as batch:
        ...     new = {"objective": "OUTCOME_SALES", "special_ad_categories": []}
        ...     campaign = batch.add(fb.campaigns.create, "act_1", name="Sale", **new)
        ...     read = batch.add(fb.campaigns.get, campaign.ref())
        >>> read.result().name
        'Sale'
        """
        return f"{{result={self.name}:{path}}}"

    def resolve(self, work: Callable[[], T]) -> None:
        """Store what `work` returns, or the error that it raises."""
        try:
            self._result = [work()]
        except errors.FacebookAdsError as error:
            self.error = error


class _Prepared(Exception):  # noqa: N818 - carries a call out of a service method
    def __init__(self, item: Item[Any]) -> None:
        super().__init__()
        self.item = item


class _PreparingTransport(Transport):
    """The transport of a service in a batch: it takes the prepared call out instead of sending it."""

    prepares = True

    def __init__(self, real: Transport) -> None:
        super().__init__(real.api, real.recovery, real.cache)
        self._real = real

    def node(self, call: Call, model: type[M]) -> M:
        """Prepare a read."""
        parse = node_parser(call, model)

        def read(response: RawResponse, request: str) -> M:
            return self._real.remember(parse(response, request))

        raise _Prepared(Item(call, read, lambda call, _lost: self._real.node(call, model)))

    def create(self, call: Call, model: type[M], lost: Lost | None = None) -> M:  # noqa: ARG002 - nothing is, yet
        """Prepare a create."""
        raise self._new(call, model, lambda call, lost: self._real.create(call, model, lost))

    def copy(self, call: Call, id_field: str, lost: Lost | None = None) -> Copied:  # noqa: ARG002
        """Prepare a copy."""
        raise self._new(call, Copied, lambda call, lost: self._real.copy(call, id_field, lost))

    def _new(self, call: Call, model: type[Node], alone: Callable[[Call, Lost | None], Any]) -> _Prepared:
        parse = node_parser(call, model)

        def created(response: RawResponse, request: str) -> Any:
            return self._real.remember(self.recovery.accept(call, parse(response, request)))

        return _Prepared(Item(call, created, alone, creates=True))

    def upload(self, call: Call, path: Path, model: type[M], progress: UploadProgress | None = None) -> M:  # noqa: ARG002
        """Refuse an upload."""
        raise TypeError("an upload is more than one call: make it outside of a batch")

    def begin(self, *_: Any, **__: Any) -> Any:
        """Refuse a report."""
        raise TypeError("a report is more than one call: make it outside of a batch")

    def change(self, call: Call, lost: Lost | None = None) -> None:  # noqa: ARG002
        """Prepare a change."""
        call = self.cache.marked(call)
        self.cache.forget(call.path[0])
        check = answer_to(call)

        def parse(response: RawResponse, request: str) -> None:
            with self.cache.writing(call):
                check(response, request)

        raise _Prepared(Item(call, parse, self._real.change))

    def edge(self, call: Call, model: type[M]) -> Edge[M]:
        """Prepare an edge with its first page."""
        edge = Edge(self.api, call, model)
        raise _Prepared(Item(call, edge.with_first_page, lambda _call, _lost: edge))

    def account_facts(self, node_id: str) -> AccountFacts:
        """Read the currency at once: a parameter of the batch depends on it."""
        return self._real.account_facts(node_id)


class Batch:
    """Calls that are collected in a `with` block and sent when it ends, in order, 50 per request.

    >>> with fb.batch() as batch:
    ...     accounts = [batch.add(fb.adaccounts.get, account) for account in ("act_1", "act_2")]
    >>> [item.result().currency for item in accounts]
    ['USD', 'JPY']
    """

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self._items: dict[str, Item[Any]] = {}
        self._mark = secrets.token_hex(6)
        """Part of the name of each item, not sent: data that looks like a reference names none of them."""
        self._began: datetime | None = None

    def add(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Item[T]:
        """Add a call of a service's method. Its parameters are validated now.

        For `iter`, the first page comes with the batch and the others on demand. Raises `ParameterError` as the
        method itself does.

        >>> fb.batch().add(fb.adaccounts.get, "act_1").done
        False
        """
        service = getattr(method, "__self__", None)
        if service is None or not hasattr(service, "_on") or method.__name__ == "list":
            raise TypeError("give a service's method that is one call, such as fb.campaigns.update or .iter")
        try:
            getattr(service._on(_PreparingTransport(self._transport)), method.__name__)(*args, **kwargs)
        except _Prepared as prepared:
            item = prepared.item
            if self._transport.recovery.has_journal and item.call.is_create:
                reason = "creates of a resumable run are recorded one by one: call them outside of a batch"
                raise TypeError(reason) from None
            item.name = f"item{len(self._items)}{self._mark}"
            self._items[item.name] = item
            return item
        raise TypeError(f"{method.__qualname__} is more than one call: add its parts")

    def mark_maybe_sent(self, item: Item[Any], since: datetime, *, send_again: bool = False) -> None:
        """Mark a create that an earlier run may have sent at `since`: looked up, and sent only with `send_again`."""
        self._began = self._began or self._clock.now()
        item.lost = self._transport.recovery.crashed(item.call, since, self._began, send_again=send_again)

    def run(self) -> None:
        """Send the calls, and send again those that Meta left unanswered."""
        items = list(self._items.values())
        for item in items:
            if item.lost is not None:
                item.resolve(functools.partial(self._recover, item, item.lost))
        for chunk in self._chunks(items):
            for pause in ROUNDS:
                pending = [item for item in chunk if not item.done]
                if not pending:
                    break
                if pause:
                    self._clock.sleep(pause)
                self._send_round(pending)
            for item in chunk:
                if not item.done:
                    error = item.unsettled or _no_response(item)
                    known = item.call.method == "GET" or isinstance(error, errors.RateLimited)
                    item.error = error if known else as_lost(error, item.call)

    def _chunks(self, items: list[Item[Any]]) -> Iterator[list[Item[Any]]]:
        """Yield the items of each request. One with data that Meta could take for a reference has none with others."""
        chunk: list[Item[Any]] = []
        for item in items:
            alone = self._has_foreign_reference(item)
            if chunk and (alone or len(chunk) == SIZE):
                yield chunk
                chunk = []
            chunk.append(item)
            if alone:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _has_foreign_reference(self, item: Item[Any]) -> bool:
        texts = (*item.call.path, *encode(item.call.params).values())
        starts = (text[match.end() :] for text in texts for match in _OPENING.finditer(text))
        return any(rest.partition(":")[0] not in self._items for rest in starts)

    def _send_round(self, items: list[Item[Any]]) -> None:
        api = self._transport.api
        for item in items:
            self._fill_references(item)
            # Alone: with another token, or with data that looks like a reference, also once a value was filled in.
            if item.call.page or self._has_foreign_reference(item):
                item.resolve(functools.partial(self._recover, item, None))
                continue
            try:
                api.throttle(item.call)
            except errors.RateLimited as error:
                item.error = error
        sent = [item for item in items if not item.done]
        if not sent:
            return
        started, auth = self._clock.now(), api.connection.credentials.in_use
        responses = self._responses(sent)
        lost_at = self._clock.now()
        for item, response in zip(sent, responses, strict=False):
            self._resolve(item, response, started, lost_at)
            api.report_rejected_token(item.error, auth)

    def _responses(self, items: list[Item[Any]]) -> list[Any]:
        """Send one request. If it fails as a whole, that is the response of each item, or the error of each."""
        nothing: list[Any] = [None] * len(items)
        try:
            responses = self._transport.api.send(_request(items, self._mark), decode)
        except (errors.OutcomeUnknown, errors.TransientError) as error:
            return [error] * len(items)
        except errors.FacebookAdsError as error:
            for item in items:
                item.error = error
            return []
        # Answers have no names: if one is of another call, or one too many, none of them can be trusted.
        if not isinstance(responses, list) or len(responses) > len(items):
            return nothing
        files = {name for item in items for name in _file_names(item.call)}
        if any(_is_misplaced(item, response, files) for item, response in zip(items, responses, strict=False)):
            return nothing
        return [*responses, *nothing][: len(items)]

    def _resolve(self, item: Item[Any], response: Any, started: datetime, lost_at: datetime) -> None:
        """Read one response. Without one, reads and updates are sent again, creates and deletes are looked up."""
        item.unsettled = error = _no_response(item, response)
        if not (response is None or isinstance(response, errors.FacebookAdsError)):
            item.resolve(lambda: self._read(item, response))
            if item.error is None or not _is_open(item.error, item.call):
                return
            item.unsettled = error = item.error
            item.error = None
            if isinstance(error, errors.RateLimited):
                return
        if item.call.method == "DELETE" or item.call.is_create:
            lost = self._transport.recovery.lost(as_lost(error, item.call), started, lost_at)
            item.resolve(lambda: self._recover(item, lost))

    def _read(self, item: Item[Any], response: Any) -> Any:
        inner = item_response(response)
        result = item.parse(inner, item.call.name)  # first: it raises for an empty or cut body
        item.raw = json.loads(inner.content) if inner.content[:1] in (b"{", b"[") and inner.status_code < 300 else None
        return result

    def _recover(self, item: Item[Any], lost: Lost | None) -> Any:
        """Send a call outside the batch, or look for what may have happened."""
        result = item.send_alone(item.call, lost)
        item.raw = result.model_dump(mode="json", exclude_unset=True) if isinstance(result, Node) else {}
        item.raw.setdefault("id", getattr(result, "id", None))
        return result

    def _fill_references(self, item: Item[Any]) -> None:
        """Replace references to results of earlier requests, which this request does not know."""

        def known(ref: re.Match[str]) -> str:
            other = self._items.get(ref[1])
            return str(other.raw.get(ref[2], ref[0])) if other and isinstance(other.raw, dict) else ref[0]

        def fill(value: Any) -> Any:
            if isinstance(value, str) and "{result=" in value:
                return _REFERENCE.sub(known, value)
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


def item_response(response: Any) -> StoredResponse:
    """Return the response to an item. One in an unknown shape has an empty body, as one that was lost."""
    row = response if isinstance(response, dict) else {}
    headers = row.get("headers")
    headers = [each for each in headers if isinstance(each, dict)] if isinstance(headers, list) else []
    named = CaseInsensitiveDict({str(each.get("name")): str(each.get("value")) for each in headers})
    body, code = row.get("body"), row.get("code")
    content = whole_text(body.encode("utf-8", "surrogatepass")) if isinstance(body, str) else b""
    return StoredResponse(content, code if isinstance(code, int) else 0, named)


def _file_names(call: Call) -> set[str]:
    return {str(content[0]) for content in call.files.values() if isinstance(content, tuple)}


def _is_misplaced(item: Item[Any], response: Any, files: set[str]) -> bool:
    """Return whether a good answer belongs to another call. Meta names images by their files, `files` of all items."""
    inner = item_response(response)
    data = read_json(inner.content)
    if not isinstance(data, dict) or "error" in data or inner.status_code != 200:
        return False
    if isinstance(images := data.get("images"), dict) and images.keys() & (files - _file_names(item.call)):
        return True
    anothers = "id" in data or data.get("success") is True
    return anothers and bool(mismatch(item.call, data, creates=item.creates))


def _is_open(error: errors.FacebookAdsError, call: Call) -> bool:
    """Return whether an item with this error is tried again, or looked up. A refused write is not."""
    if isinstance(error, errors.APIError) and error.retry == "later":
        return False
    reads = call.method == "GET" and isinstance(error, errors.TransientError)
    return reads or isinstance(error, errors.RateLimited) or is_ambiguous(error)


def _no_response(item: Item[Any], failure: object = None) -> errors.FacebookAdsError:
    """Return the error of an item without an answer, with the words of a `failure` of the whole batch."""
    answer = failure if isinstance(failure, errors.APIError) else None
    reason = "Meta gave no answer in the batch"
    if isinstance(failure, errors.FacebookAdsError):
        reason += f": {answer.words if answer else failure.message}"
    if item.call.method == "GET":
        return errors.TransientError(message=reason, request=item.call.name)
    return errors.OutcomeUnknown(reason, request=item.call.name, check=CHECK, answer=answer)


def _request(items: list[Item[Any]], mark: str) -> Call:
    """Return the request of a batch. The mark of the names stays here."""
    files = {
        f"{item.name}_{name}".replace(mark, ""): content for item in items for name, content in item.call.files.items()
    }
    entries = []
    for item in items:
        attached = ",".join(f"{item.name}_{name}" for name in item.call.files)
        entry = {**entry_of(item.call), **({"attached_files": attached} if attached else {}), "name": item.name}
        named = {key: value.replace(mark, "") for key, value in entry.items()}
        entries.append({**named, "omit_response_on_success": False})
    stop = any(item.call.is_stop for item in items)
    return Call("POST", (), {"batch": entries}, files, kind="Batch", stop=stop)


def entry_of(call: Call) -> dict[str, str]:
    """Return a call as an item of a batch."""
    path = "/".join(call.path)
    sent = encode(call.params).items()
    query = "&".join(f"{name}={quote(text, '{}=:$.*[]' if '{result=' in text else '')}" for name, text in sent)
    if call.method == "POST":
        return {"method": call.method, "relative_url": path, "body": query}
    return {"method": call.method, "relative_url": f"{path}?{query}" if query else path}
