"""The interface between services and the network: nodes, creates, changes and edges."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

from admonster_fb.errors import MISSING, FacebookAdsError, ParameterError, Violation
from admonster_fb.models._node import Node
from admonster_fb.models.copies import Copied
from admonster_fb.money import Money
from admonster_fb.transport.account_cache import AccountCache, AccountFacts
from admonster_fb.transport.answers import answer_to
from admonster_fb.transport.api import Api, Parser, decode_object
from admonster_fb.transport.journal import Journal
from admonster_fb.transport.last_seen import Recent
from admonster_fb.transport.observability import harmless
from admonster_fb.transport.paging import Edge
from admonster_fb.transport.recovery import Lost, Recovery
from admonster_fb.transport.request import Call
from admonster_fb.transport.video_upload import UploadProgress, is_uploaded, upload

M = TypeVar("M", bound=Node)
MAX_REPORTS = 500  # reports that a connection knows by id


class Transport:
    """The calls of one token, for one or many accounts. Safe to share between threads."""

    prepares: ClassVar[bool] = False
    """Whether calls are taken into a batch instead of being sent."""

    def __init__(self, api: Api, recovery: Recovery, cache: AccountCache) -> None:
        self.api = api
        self.recovery = recovery
        self.cache = cache
        self.reports = Recent[str, Any](MAX_REPORTS)
        """Reports in progress, by the id of their first run."""
        self.unfinished: dict[str, Any] = {}
        """Pages of exports that an error has stopped, by query."""

    def __repr__(self) -> str:
        return f"Transport({self.api!r})"

    def forget_unfinished(self, most: int) -> None:
        """Close the pages of the oldest stopped exports beyond a number of exports."""
        while len(self.unfinished) > most:
            self.unfinished.pop(next(iter(self.unfinished))).close()

    def with_journal(self, journal: Journal) -> Transport:
        """Return the same connection with creates recorded in a journal."""
        twin = copy.copy(self)
        twin.recovery = self.recovery.with_journal(journal)
        return twin

    def node(self, call: Call, model: type[M]) -> M:
        """Read one node."""
        return self.remember(self.api.send(call, node_parser(call, model)))

    def create(self, call: Call, model: type[M], lost: Lost | None = None) -> M:
        """Create a node and return Meta's response: the requested fields, or only the id.

        With `lost`, the create was sent and its response was lost. See `recovery`.
        """
        fields = {"fields": call.params["fields"]} if "fields" in call.params else {}
        fetch = functools.partial(self._fetch, fields, model, page=call.page)
        return self.remember(self.recovery.create(call, node_parser(call, model), fetch, lost))

    def _fetch(self, params: dict[str, Any], model: type[M], node_id: str, page: str = "") -> M:
        return self.node(Call("GET", (node_id,), params, page=page), model)

    def copy(self, call: Call, id_field: str, lost: Lost | None = None) -> Copied:
        """Copy a node. `id_field` is the field of the response with the id of the copy."""
        parse = node_parser(call, Copied)
        return self.recovery.create(call, parse, lambda node_id: Copied.from_api({id_field: node_id}), lost)

    def begin(self, call: Call) -> dict[str, Any]:
        """Start a job. A lost response is not recovered: a job that nobody reads has no effect."""
        return self.api.send(call, decode_object)

    def upload(self, call: Call, path: Path, model: type[M], progress: UploadProgress | None = None) -> M:
        """Upload a video in chunks and return it. `call` names the edge, and the fields to read.

        With a journal, a video that an earlier run uploaded completely is returned, recorded or not.
        """
        params = {name: value for name, value in call.params.items() if name != "fields"}
        fetch = functools.partial(self._fetch, {"fields": call.params["fields"]}, model)

        def create(lost: Lost | None) -> M:
            if lost and lost.video and is_uploaded(self.api, call, lost.video):
                return fetch(lost.video)
            video_id = upload(self.api, call, path, params, progress)
            try:
                return fetch(video_id)
            except FacebookAdsError:
                return model.from_api({"id": video_id})  # the upload succeeded, and its id must not be lost

        return self.recovery.journaled(replace(call, params={**params, "file": str(path)}), create, fetch)

    def change(self, call: Call, lost: Lost | None = None) -> None:
        """Change or delete a node. With `lost`, it was sent and its response was lost. See `recovery`."""
        if call.method == "POST" and not call.params and not call.edge:
            raise ParameterError([Violation("changes", MISSING, "at least one parameter to change")])
        call = self.cache.marked(call)
        self.cache.forget(call.path[0])
        with self.cache.writing(call):
            self.recovery.change(call, answer_to(call), lost)

    def remember(self, node: M) -> M:
        """Store in the cache what a node tells of its account, and return the node, however odd it is."""
        with harmless("the cache cannot hold an answer"):
            self.cache.remember(node)
        return node

    def edge(self, call: Call, model: type[M]) -> Edge[M]:
        """Return the objects at an edge, which are read page by page."""
        return Edge(self.api, call, model)

    def in_minor_units(self, params: dict[str, Any], node_id: str) -> dict[str, Any]:
        """Return `params` with each `Money` in minor units. Raises `ParameterError` for another currency."""
        amounts = dict(_amounts(params))
        if not amounts:
            return params
        currency = self.account_facts(node_id).currency
        wrong = [
            Violation(name, repr(amount)[7:-2], f"{currency}, the currency of the ad account")
            for name, amount in amounts.items()
            if amount.currency != currency
        ]
        if wrong:
            raise ParameterError(wrong)
        return cast("dict[str, Any]", _in_minor_units(params))

    def account_facts(self, node_id: str) -> AccountFacts:
        """Return the facts of the account that is, or holds, a node. Cached after the first request."""
        return self.cache.account_facts(node_id)


def _amounts(value: Any, path: str = "") -> Iterator[tuple[str, Money]]:
    """Yield each amount of money in parameters, with its path."""
    if isinstance(value, Money):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from _amounts(item, f"{path}.{name}" if path else str(name))


def _in_minor_units(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_minor_units(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_in_minor_units(item) for item in value]
    return value.minor if isinstance(value, Money) else value


def node_parser(call: Call, model: type[M]) -> Parser[M]:
    """Return a function that makes a model of the response to a read or a create, once it belongs to `call`."""
    check = answer_to(call, creates=call.is_create)
    return lambda response, request: model.from_api(check(response, request))
