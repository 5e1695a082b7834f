"""Edges, page by page: bytes into models in two quick steps, to the page that has no `next`."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Generic, Self, TypeVar, cast
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import from_json

from admonster_fb import errors
from admonster_fb.models._node import Map, Node
from admonster_fb.transport.api import Answer, Api, decode
from admonster_fb.transport.request import Call

T = TypeVar("T", bound=Node)

SECRET_PARAMS = frozenset({"access_token", "appsecret_proof"})


class Cursors(Node):
    """Opaque marks in an edge; they do not keep."""

    before: str | None = None
    after: str | None = None


class Paging(Node):
    """Where the neighbours of a page are. `next` holds the token: it is not shown."""

    cursors: Cursors | None = None
    next: str | None = None

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show no URL."""
        yield from {"cursors": self.cursors, "has_next": self.next is not None}.items()


class Page(BaseModel, Generic[T]):
    """One page of an edge."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    data: list[T]
    paging: Paging | None = None
    summary: dict[str, Any] | None = None

    @property
    def after(self) -> str | None:
        """The cursor from which to go on, if there is more."""
        more = self.paging is not None and self.paging.next is not None
        return self.paging.cursors.after if more and self.paging and self.paging.cursors else None

    @property
    def total(self) -> int | None:
        """How many objects the edge holds, if the call asked for it with `summary` and Meta told."""
        told = (self.summary or {}).get("total_count")
        return told if isinstance(told, int) else None


class Edge(Generic[T]):
    """The objects at one edge. Nothing is asked before the first is wanted, and no more than one page is held.

    >>> from admonster_fb import FacebookAds
    >>> campaigns = FacebookAds.sandbox().campaigns.iter("act_1", limit=2)
    >>> sum(1 for campaign in campaigns) == sum(len(page.data) for page in campaigns.pages())
    True
    """

    def __init__(self, api: Api, call: Call, model: type[T]) -> None:
        self._api = api
        self._call = call
        self._first: Page[T] | None = None
        self._model = model

    @property
    def about(self) -> str:
        """What to know of all its objects; nothing unless the edge is of figures."""
        return ""

    def __iter__(self) -> Iterator[T]:
        """Yield every object once."""
        if self._first is not None:
            for page in self.pages():
                yield from page.data
            return
        read = _reader(self._model)  # one by one: a page of models beside the page they are made from costs twice
        for rows in self.raw():
            yield from map(read, rows)
            del rows  # before the next page comes

    def pages(self) -> Iterator[Page[T]]:
        """Yield page after page. An empty one is not the end; only one without `next` is."""
        return self._walk(self._parse, self._first)

    def raw(self) -> Iterator[list[Map]]:
        """Yield page after page as Meta sent it, decoded but not read into models: the fastest way through many."""
        for page in self._walk(raw_page, None):
            rows = page.data
            del page
            yield rows
            del rows

    def bodies(self) -> Iterator[bytes]:
        """Yield page after page as it came, only looked at for what follows: for what reads JSON faster than Python."""
        return (page.data[0] for page in self._walk(_body, None))

    def _walk(self, parse: Callable[[Answer, str], Page[Any]], page: Page[Any] | None) -> Iterator[Page[Any]]:
        call, seen = self._call, set[int]()
        while True:
            if page is None:
                call, page = self._fetch(call, parse)
            yield page
            if page.paging is None or page.paging.next is None:
                return
            call = _following(call, page.paging.next)
            mark = hash(frozenset(call.params.items()))
            if mark in seen:
                raise errors.TransientError(
                    message="the edge repeats a page: its cursor does not move", http_status=200, request=call.name
                )
            seen.add(mark)
            page = None

    def started(self, response: Answer, request: str) -> Self:
        """Return this edge with its first page taken from an answer (of a batch)."""
        self._first = self._parse(response, request)
        return self

    def _fetch(self, call: Call, parse: Callable[[Answer, str], Page[Any]]) -> tuple[Call, Page[Any]]:
        """Get a page; where Meta finds it too much, ask again for half as many objects."""
        while True:
            try:
                return call, self._api.send(call, parse)
            except errors.APIError as error:
                limit = int(call.params.get("limit", 25))
                if limit < 2 or not too_much(error):
                    raise
                call = replace(call, params={**call.params, "limit": limit // 2})

    def _parse(self, response: Answer, request: str) -> Page[T]:
        if response.status_code < 300:
            try:
                # Twice as fast as one validate_json, which builds a tree of its own in between.
                data = from_json(response.content, cache_strings="keys")
                return _page(_many(self._model).validate_python(data["data"]), data)
            except (ValueError, KeyError, TypeError):
                pass  # an error, no page, or an odd row: the slow path below tells
        rows, data = _decoded(response, request)
        return _page([self._model.from_api(row) for row in rows], data)


_BUILDING = threading.Lock()


@functools.cache
def _many(model: type[T]) -> TypeAdapter[list[T]]:
    with _BUILDING:
        return TypeAdapter(list[model])  # type: ignore[valid-type]


def _reader(model: type[T]) -> Callable[[Map], T]:
    """Return what reads one row, in the least time for one that is as expected."""
    with _BUILDING:
        model.model_rebuild()
    validate = model.__pydantic_validator__.validate_python

    def read(row: Map) -> T:
        try:
            return cast("T", validate(row))
        except ValidationError:
            return model.from_api(row)

    return read


def _page(rows: list[Any], data: Map) -> Page[Any]:
    """Return a page around its rows."""
    summary, paging = data.get("summary"), data.get("paging")
    return Page.model_construct(
        data=rows,
        paging=Paging.from_api(paging) if isinstance(paging, dict) else None,
        summary=summary if isinstance(summary, dict) else None,
    )


def raw_page(response: Answer, request: str) -> Page[Any]:
    """Return a page whose rows are as Meta sent them."""
    rows, data = _decoded(response, request)
    return _page(rows, data)


def _body(response: Answer, request: str) -> Page[Any]:
    """Return a page that holds its own body. What is no plain page is looked at more closely."""
    body = response.content
    start = body.rfind(b'"paging":')  # a key: within a text its quotes would be escaped
    if response.status_code < 300 and start > 0 and body.startswith(b'{"data":'):
        try:
            return _page([body], from_json(b"{" + body[start:]))
        except (ValueError, AttributeError):
            pass
    return _page([body], _decoded(response, request)[1])


def _decoded(response: Answer, request: str) -> tuple[list[Map], Map]:
    """Return the rows of a page and all of the page, or raise the error that it is."""
    data = _quick(response) or decode(response, request)
    rows = data.get("data") if isinstance(data, dict) else None
    if isinstance(rows, dict):  # some edges answer one object
        rows = [rows]
    if not isinstance(rows, list):
        raise errors.unreadable(response.status_code, response.content, request)
    return [row for row in rows if isinstance(row, dict)], data


def _quick(response: Answer) -> Any:
    """Return a decoded page, or nothing if it takes a closer look."""
    try:
        data = from_json(response.content, cache_strings="keys")
    except ValueError:
        return None
    fine = response.status_code < 300 and isinstance(data, dict) and "data" in data and "error" not in data
    return data if fine else None


def too_much(error: errors.APIError) -> bool:
    """Tell whether less data may help: Meta says so, or says 1, which it says of much else too."""
    return error.code == 1 or error.retry == "split"


def _following(call: Call, following: str) -> Call:
    """Return the call for a `next` URL: its parameters less the secrets, and never another host or path."""
    params = {name: value for name, value in parse_qsl(urlsplit(following).query) if name not in SECRET_PARAMS}
    return replace(call, params=params)
