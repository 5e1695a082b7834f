"""Edges, read page by page until the page that has no `next`."""

from __future__ import annotations

import functools
import io
import json
import re
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ClassVar, Generic, Self, TypeVar, cast
from urllib.parse import parse_qsl, urlsplit

import msgspec
from pydantic import ValidationError
from pydantic_core import from_json

from admonster_fb import errors
from admonster_fb.models._lazy import SMALL, Layout, release
from admonster_fb.models._node import Map, Node
from admonster_fb.money import whole
from admonster_fb.objects import budgeted_kinds
from admonster_fb.redaction import SECRET_NAMES
from admonster_fb.storage import writing
from admonster_fb.transport.api import GATHERED, Api, Parser, RawResponse, StoredResponse, decode
from admonster_fb.transport.request import Call

T = TypeVar("T")
M = TypeVar("M", bound=Node)

MOST_EMPTY = 100
"""How many empty pages may come in a row: Meta leaves out what the token may not see after it has made the pages."""
_SECRETS = re.compile(rb"(access_token|appsecret_proof)=[^&\"\\]+")
_NO_ROWS = re.compile(rb'\{"data":\s*\[\s*\]')
_ERROR = b'"error"'  # what makes of a page an error, wherever it stands beside its rows


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of an edge."""

    data: list[T]
    next: str | None = field(default=None, repr=False)
    """URL of the next page. It contains the token and is not printed."""
    cursor: str | None = None
    """Meta's cursor after the last object of the page."""
    summary: Map | None = None

    @property
    def after(self) -> str | None:
        """The cursor of the next page, `None` on the last one."""
        return self.cursor if self.next is not None else None

    @property
    def total(self) -> int | None:
        """Number of objects at the edge, if the call requested `summary` and Meta returned it."""
        total = (self.summary or {}).get("total_count")
        return total if isinstance(total, int) else None


class PageStore:
    """The pages that an export has read, in an unnamed file: after an error, it goes on where it stopped."""

    def __init__(self, folder: Path) -> None:
        with writing(folder):
            self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed by `close`
        self._places: dict[tuple[Any, ...], tuple[int, int]] = {}
        self.sources: dict[str, Any] = {}
        """What an export needs to read the same pages again, by name: reports in progress, the days of a sync."""

    def close(self) -> None:
        """Close the file."""
        with suppress(AttributeError, OSError):  # no file could be made; a full disk, and nobody reads it again
            self._file.close()

    __del__ = close  # an export that nobody went on with

    @property
    def pages(self) -> int:
        """The number of pages."""
        return len(self._places)

    def send(self, api: Api, call: Call, parse: Parser[T]) -> T:
        """Return a page that is stored, or send the call and store its page, without the token in it."""
        key = (call.path, json.dumps(call.params, sort_keys=True, default=str))
        if key in self._places:
            start, length = self._places[key]
            self._file.seek(start)
            return parse(StoredResponse(self._file.read(length)), call.name)

        # Stored once it is parsed: nothing waits for a disk while other threads wait for their turn.
        page, body = api.send(call, lambda response, request: (parse(response, request), response.content))
        end = max(body.rfind(b'"paging":'), 0)
        self._keep(key, memoryview(body)[:end], _SECRETS.sub(rb"\1=", body[end:]))
        return page

    def _keep(self, key: tuple[Any, ...], *parts: bytes | memoryview) -> None:
        """Store a page. One that a full disk does not take is requested again."""
        length = sum(map(len, parts))
        with suppress(OSError):
            start = self._file.seek(0, io.SEEK_END)
            if sum(map(self._file.write, parts)) == length:
                self._places[key] = (start, length)


class Ahead(Generic[T]):
    """The next page of an edge, requested in a thread while the rows of the last one are in use."""

    def __init__(self) -> None:
        self.request: Callable[[], T] | None = None
        """Requests the page that follows, if there is one."""
        self._future: Future[T] | None = None
        self._thread: threading.Thread | None = None
        self._work = SimpleQueue[tuple[Future[Any], Callable[[], object]] | None]()

    def start(self) -> None:
        """Request the page now. Reads of many accounts, which share their requests, wait for one another instead."""
        if self.request is None or self._future is not None or GATHERED.get() is not None:
            return
        if self._thread is None or not self._thread.is_alive():  # at first, and in a fork; a page is less than a thread
            self._work = SimpleQueue()
            self._thread = threading.Thread(target=_work_off, args=(self._work,), name="next-page", daemon=True)
            self._thread.start()
            weakref.finalize(self, self._work.put, None).atexit = False
        self._future = Future()
        self._work.put((self._future, functools.partial(copy_context().run, self.request)))

    def take(self) -> T:
        """Return the page, or raise the error of its request."""
        future, self._future = self._future, None
        if future and (future.done() or (self._thread and self._thread.is_alive())):  # in a fork nobody answers it
            return future.result()
        return cast("Callable[[], T]", self.request)()


def _work_off(work: SimpleQueue[tuple[Future[Any], Callable[[], object]] | None]) -> None:
    """Do what comes, until `None`."""
    for future, request in iter(work.get, None):
        try:
            future.set_result(request())
        except BaseException as error:  # noqa: BLE001 - raised where the page is taken
            future.set_exception(error)
        del future, request  # they hold a page


class Edge(Generic[M]):
    """The objects at one edge. Each page is requested on demand, and at most one page is in memory.

    >>> campaigns = fb.campaigns.iter("act_1", limit=2)
    >>> sum(1 for campaign in campaigns) == sum(len(page.data) for page in campaigns.pages())
    True
    """

    READS_AHEAD: ClassVar[bool] = False
    """Whether the next page is requested when half of one is taken. Not where a consumer may change what it reads."""

    def __init__(self, api: Api, call: Call, model: type[M]) -> None:
        self._api = api
        self._call = call
        self._first: Page[M] | None = None
        self._model = model
        self._budgeted = model.__name__ in budgeted_kinds()
        self._store: PageStore | None = None
        self.note = ""
        """What to know of all its objects, such as their period."""

    @property
    def about(self) -> str:
        """What to know of all its objects. Empty except for insights and changes."""
        return self.note

    def __iter__(self) -> Iterator[M]:
        """Yield every object once."""
        if self._first is not None:
            for page in self.pages():
                yield from page.data
            return
        ahead = Ahead[Any]()
        for rows in self._rows(self._decoded, ahead):  # one by one: a page of models beside its rows needs more memory
            nodes = self._nodes(rows)
            if self.READS_AHEAD:
                yield from islice(nodes, (len(rows) + 1) // 2)
                ahead.start()
            yield from nodes
            release(rows)
            del rows  # before the next page is requested

    def pages(self) -> Iterator[Page[M]]:
        """Yield each page. Only a page without `next` is the last one, not an empty one.

        >>> pages = fb.adaccounts.iter().pages()
        >>> next(pages).data[0].id
        'act_1'
        """
        return self._walk(self._parse, self._first)

    def raw(self) -> Iterator[list[Map]]:
        """Yield the rows of each page, wholly decoded and not made into models.

        Iterating over models costs less as long as few fields of a row are read: the others stay encoded.

        >>> next(fb.adaccounts.iter().raw())[0]["id"]
        'act_1'
        """
        return self._rows(raw_page)

    def _rows(self, decode: Parser[Page[Map]], ahead: Ahead[Any] | None = None) -> Iterator[list[Map]]:
        for page in self._walk(decode, None, ahead):
            rows = page.data
            del page
            yield rows
            del rows

    def bodies(self) -> Iterator[bytes]:
        """Yield the body of each page as Meta sent it, for a JSON reader that is faster than Python.

        >>> next(fb.adaccounts.iter().bodies())[:9]
        b'{"data":['
        """
        return (page.data[0] for page in self._walk(_body_page, None))

    def _walk(self, parse: Parser[Page[T]], page: Page[T] | None, ahead: Ahead[Any] | None = None) -> Iterator[Page[T]]:
        call, seen, empty, ahead = self._call, set[int](), 0, ahead or Ahead()
        ahead.request = functools.partial(self._fetch, call, parse)
        while True:
            if page is None:
                call, page = ahead.take()
            ahead.request = wrong = None
            if page.next is not None:
                call = _next_request(call, page.next)
                mark = hash(frozenset(call.params.items()))
                # A page that holds its own body is looked at as text.
                rowless = not page.data or (isinstance(page.data[0], bytes) and _NO_ROWS.match(page.data[0]))
                empty = empty + 1 if rowless else 0
                if mark in seen:
                    wrong = "repeats a page: its cursor does not move"
                elif empty == MOST_EMPTY:
                    wrong = f"has {empty} empty pages in a row"
                else:
                    ahead.request = functools.partial(self._fetch, call, parse)
                seen.add(mark)
            yield page
            if wrong is not None:
                raise errors.TransientError(message=f"the edge {wrong}", http_status=200, request=call.name)
            if page.next is None:
                return
            page = None

    def with_first_page(self, response: RawResponse, request: str) -> Self:
        """Return this edge with its first page taken from a response of a batch."""
        self._first = self._parse(response, request)
        return self

    @cached_property
    def _layout(self) -> Layout:
        return Layout(self._model, named_fields(self._call))

    def _decoded(self, response: RawResponse, request: str) -> Page[Any]:
        """Return a page of rows to make models of: encoded ones if there are many and all are as expected."""
        large = response.status_code < 300 and len(response.content) > SMALL
        if large and (page := self._layout.decode(response.content)) is not None:
            return page_of(page.data, {"paging": page.paging, "summary": page.summary})
        whole = raw_page(response, request)
        if large:
            self._layout.learn(whole.data)
        return whole

    def _nodes(self, rows: Sequence[Any]) -> Iterator[M]:
        """Yield models of the rows of a page."""
        decoded = bool(rows) and not isinstance(rows[0], dict)
        nodes = self._model.of_rows(rows) if decoded else map(row_reader(self._model), rows)
        return map(self._seen, nodes) if self._budgeted else nodes

    def _fetch(self, call: Call, parse: Parser[Page[T]]) -> tuple[Call, Page[T]]:
        """Request a page. If Meta finds it too much data, request half as many objects."""
        while True:
            try:
                return call, self._send(call, parse)
            except errors.APIError as error:
                limit = whole(call.params.get("limit")) or 25  # of a `next` URL it may be any text
                if limit < 2 or not is_too_much_data(error):
                    raise
                call = replace(call, params={**call.params, "limit": limit // 2})

    def _send(self, call: Call, parse: Parser[Page[T]]) -> Page[T]:
        return self._api.send(call, parse) if self._store is None else self._store.send(self._api, call, parse)

    def _parse(self, response: RawResponse, request: str) -> Page[M]:
        page = self._decoded(response, request)
        return replace(page, data=[*self._nodes(page.data)])

    def _seen(self, node: M) -> M:
        self._api.last_seen.store(node)
        return node


_BUILDING = threading.Lock()


@functools.cache
def row_reader(model: type[M]) -> Callable[[Map], M]:
    """Return a function that makes a model of one row, fastest for a row that is as expected."""
    with _BUILDING:
        model.model_rebuild()
    validate = model.__pydantic_validator__.validate_python

    def read(row: Map) -> M:
        with suppress(ValidationError):
            if SECRET_NAMES.isdisjoint(row):
                return cast("M", validate(row))
        return model.from_api(row)

    return read


def named_fields(call: Call) -> list[str]:
    """Return the names of the fields that a call requests, without what is nested in them."""
    fields = call.params.get("fields") or ""
    text = fields if isinstance(fields, str) else ",".join(map(str, fields))
    while text != (outer := re.sub(r"\{[^{}]*\}|\([^()]*\)|\.\w+", "", text)):
        text = outer
    return [*dict.fromkeys(("id", *filter(None, text.split(","))))]


def page_of(rows: list[T], data: Map) -> Page[T]:
    """Return rows as a page, with what the response says of the next one."""
    paging, summary = data.get("paging"), data.get("summary")
    paging = paging if isinstance(paging, dict) else {}
    cursors = paging.get("cursors")
    return Page(
        rows,
        next=paging["next"] if isinstance(paging.get("next"), str) else None,
        cursor=cursors.get("after") if isinstance(cursors, dict) else None,
        summary=summary if isinstance(summary, dict) else None,
    )


def raw_page(response: RawResponse, request: str) -> Page[Map]:
    """Return a page with the rows as Meta sent them."""
    return page_of(*_parse_rows(response, request))


def _body_page(response: RawResponse, request: str) -> Page[bytes]:
    """Return a page that holds its own body. Only the end of a usual page is decoded."""
    if (page := _usual_page(response)) is not None:
        return page
    rows, data = _parse_rows(response, request)
    return page_of([response.content if rows else b'{"data":[]}'], data)


def _usual_page(response: RawResponse) -> Page[bytes] | None:
    """Return a page by its end. A function of its own: no local of an error that is raised later holds the body."""
    body = response.content
    start = body.rfind(b'"paging":')  # a key: within a text its quotes would be escaped
    if response.status_code < 300 and body.startswith(b'{"data":'):
        try:
            if start < 0 and body.endswith(b"]}"):
                return page_of([body], {})
            if start > 0 and body[:start].rstrip(b", \r\n\t").endswith(b"]") and _ERROR not in body[start:]:
                return page_of([body], from_json(b"{" + body[start:]))
        except (ValueError, AttributeError):
            pass
    return None


def _parse_rows(response: RawResponse, request: str) -> tuple[list[Map], Map]:
    """Return the rows of a page and the whole page. Raises the error of a response that is one."""
    data = _parse_fast(response) or decode(response, request)
    rows = data.get("data") if isinstance(data, dict) else None
    if isinstance(rows, dict):  # some edges return one object
        rows = [rows]
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if not isinstance(rows, list) or (rows and not found):
        raise errors.unreadable(response.status_code, response.content, request)
    return found, data


def _parse_fast(response: RawResponse) -> Any:
    """Return the decoded page. `None` if the response may be an error."""
    try:
        data = msgspec.json.decode(response.content)
    except (ValueError, RecursionError):  # also for what other decoders accept, as NaN: read as what may be an error
        return None
    fine = response.status_code < 300 and isinstance(data, dict) and "data" in data and "error" not in data
    return data if fine else None


def is_too_much_data(error: errors.APIError) -> bool:
    """Return whether less data may help: Meta says so, or cannot say what is wrong even after retries."""
    return error.retry == "split" or (error.code == 1 and error.retryable)


def _next_request(call: Call, url: str) -> Call:
    """Return the call for a `next` URL: its parameters without the secrets, never another host or path."""
    params = {name: value for name, value in parse_qsl(urlsplit(url).query) if name not in SECRET_NAMES}
    return replace(call, params=params)
