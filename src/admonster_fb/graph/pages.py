"""Edges, page by page: bytes straight into models, to the page that has no `next`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Generic, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from admonster_fb import errors
from admonster_fb.graph.api import Answer, Api, decode
from admonster_fb.graph.call import Call
from admonster_fb.models._read import Node

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
        self._page = Page[model]  # type: ignore[valid-type]

    def __iter__(self) -> Iterator[T]:
        """Yield every object once."""
        for page in self.pages():
            yield from page.data

    def pages(self) -> Iterator[Page[T]]:
        """Yield page after page. An empty one is not the end; only one without `next` is."""
        call, seen, page = self._call, set[int](), self._first
        while True:
            if page is None:
                call, page = self._fetch(call)
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

    def _fetch(self, call: Call) -> tuple[Call, Page[T]]:
        """Get a page; where Meta finds it too much, ask again for half as many objects."""
        while True:
            try:
                return call, self._api.send(call, self._parse)
            except errors.APIError as error:
                limit = int(call.params.get("limit", 25))
                if limit < 2 or not (error.code == 1 or error.retry == "split"):
                    raise
                call = replace(call, params={**call.params, "limit": limit // 2})

    def _parse(self, response: Answer, request: str) -> Page[T]:
        if response.status_code < 300:
            try:
                return self._page.model_validate_json(response.content)
            except ValidationError:
                pass  # an error, no page, or an odd row: the slow path below tells
        data = decode(response, request)
        rows = data.get("data") if isinstance(data, dict) else None
        if isinstance(rows, dict):  # some edges answer one object
            rows = [rows]
        if not isinstance(rows, list):
            raise errors.unreadable(response.status_code, response.content, request)
        kept = [self._model.from_api(row) for row in rows if isinstance(row, dict)]
        summary = data.get("summary")
        return self._page.model_construct(
            data=kept,
            paging=Paging.from_api(data.get("paging") or {}),
            summary=summary if isinstance(summary, dict) else None,
        )


def _following(call: Call, following: str) -> Call:
    """Return the call for a `next` URL: its parameters less the secrets, and never another host or path."""
    params = {name: value for name, value in parse_qsl(urlsplit(following).query) if name not in SECRET_PARAMS}
    return replace(call, params=params)
