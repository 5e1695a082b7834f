"""What services send their calls through: nodes, new nodes, changes and edges."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from admonster_fb.errors import MISSING, FacebookAdsError, OutcomeUnknown, ParameterError, Violation
from admonster_fb.models._node import Node
from admonster_fb.models.copies import Copied
from admonster_fb.money import Money
from admonster_fb.transport.account_cache import Books, Known
from admonster_fb.transport.api import CHECK, Answer, Api, decode_object
from admonster_fb.transport.journal import Journal
from admonster_fb.transport.paging import Edge
from admonster_fb.transport.recovery import Recovery
from admonster_fb.transport.request import Call
from admonster_fb.transport.video_upload import Progress, upload

M = TypeVar("M", bound=Node)


class Transport:
    """One account's or many accounts' calls with one token. Safe to share between threads."""

    def __init__(self, api: Api, recovery: Recovery, facts: Known) -> None:
        self.api = api
        self.recovery = recovery
        self.facts = facts
        self.reports: dict[str, Any] = {}
        """Reports under way, by the id of their first run."""

    def __repr__(self) -> str:
        return f"Transport({self.api!r})"

    def with_journal(self, journal: Journal) -> Transport:
        """Return the same connection, with creates noted in a journal."""
        twin = copy.copy(self)
        twin.recovery = self.recovery.with_journal(journal)
        return twin

    def node(self, call: Call, model: type[M]) -> M:
        """Read one node."""
        return self.known(self.api.send(call, reader(model)))

    def create(
        self, call: Call, model: type[M], lost: OutcomeUnknown | None = None, since: datetime | None = None
    ) -> M:
        """Make a node and return it as Meta answers: the fields asked for, or just its id.

        If the answer is lost (`lost`: it was, at `since`), the node is looked for before anything is sent again; see
        `recovery`.
        """
        fields = {"fields": call.params["fields"]} if "fields" in call.params else {}
        fetch = functools.partial(self._fetch, fields, model)
        return self.known(self.recovery.create(call, maker(model), fetch, lost, since))

    def _fetch(self, params: dict[str, Any], model: type[M], node_id: str) -> M:
        return self.node(Call("GET", (node_id,), params), model)

    def copy(
        self, call: Call, copied: str, lost: OutcomeUnknown | None = None, since: datetime | None = None
    ) -> Copied:
        """Copy a node; `copied` is the field that names the copy. A lost copy is looked for among its source's."""
        return self.recovery.create(call, maker(Copied), lambda found: Copied.from_api({copied: found}), lost, since)

    def begin(self, call: Call) -> dict[str, Any]:
        """Have Meta begin a job. If its answer is lost, none is looked for: a job that nobody reads harms nobody."""
        return self.api.send(call, decode_object)

    def upload(self, call: Call, path: Path, model: type[M], progress: Progress | None = None) -> M:
        """Upload a video in chunks and read it as it is then; `call` names the edge, and the fields to read.

        A journal gives back the video of an earlier run once that was wholly uploaded; else it is uploaded again.
        """
        said = {name: value for name, value in call.params.items() if name != "fields"}
        fetch = functools.partial(self._fetch, {"fields": call.params["fields"]}, model)

        def make(_lost: OutcomeUnknown | None, _since: datetime | None) -> M:
            video_id = upload(self.api, call, path, said, progress)
            try:
                return fetch(video_id)
            except FacebookAdsError:
                return model.from_api({"id": video_id})  # the upload went well, and its id must not be lost

        return self.recovery.noted(replace(call, params={**said, "file": str(path)}), make, fetch)

    def change(self, call: Call, lost: OutcomeUnknown | None = None) -> None:
        """Change or delete a node; an answer of `success: false` is an error.

        If the answer is lost (`lost`: it was), the node is read back before anything is sent again; see `recovery`.
        """
        if call.method == "POST" and not call.params and not call.edge:
            raise ParameterError([Violation("changes", MISSING, "at least one parameter to change")])
        self.facts.forget(call.path[0])
        self.recovery.change(call, self.changed, lost)

    def changed(self, response: Answer, request: str) -> None:
        """Read the answer to a change: nothing, or an error."""
        if decode_object(response, request).get("success") is False:
            raise OutcomeUnknown("Meta answered success: false", request=request, check=CHECK)

    def known(self, node: M) -> M:
        """Remember what a node that was read tells."""
        self.facts.learn(node)
        return node

    def edge(self, call: Call, model: type[M]) -> Edge[M]:
        """Return the objects at an edge, to be read page by page."""
        return Edge(self.api, call, model)

    def in_minor_units(self, params: dict[str, Any], node_id: str) -> dict[str, Any]:
        """Return `params` with each `Money` as minor units, once its currency is known to be the account's.

        `node_id` is the account or anything in it. Raises `ParameterError` before the change is sent.
        """
        amounts = dict(_amounts(params))
        if not amounts:
            return params
        currency = self.account_of(node_id).currency
        wrong = [
            Violation(name, str(amount), f"{currency}, the currency of the ad account")
            for name, amount in amounts.items()
            if amount.currency != currency
        ]
        if wrong:
            raise ParameterError(wrong)
        return cast("dict[str, Any]", _minor(params))

    def account_of(self, node_id: str) -> Books:
        """Return the books of the account that is, or holds, the node; asked of Meta once."""
        return self.facts.account_of(node_id)

    def owner(self, node_id: str) -> str:
        """Return the account that is, or holds, the node; asked of Meta once."""
        return self.facts.owner(node_id)


def _amounts(value: Any, path: str = "") -> Iterator[tuple[str, Money]]:
    """Yield each amount of money within parameters, with the way to it."""
    if isinstance(value, Money):
        yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield from _amounts(item, f"{path}.{name}" if path else str(name))


def _minor(value: Any) -> Any:
    """Return parameters with each amount of money as minor units."""
    if isinstance(value, dict):
        return {name: _minor(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_minor(item) for item in value]
    return value.minor if isinstance(value, Money) else value


def reader(model: type[M]) -> Callable[[Answer, str], M]:
    """Return what makes a model of an answer."""
    return lambda response, request: model.from_api(decode_object(response, request))


_MADE = frozenset({"id", "images", "success", "copied_campaign_id", "copied_adset_id", "copied_ad_id"})
"""What the answer to a create holds: the new id, an uploaded image, or the word that a check went well."""


def maker(model: type[M]) -> Callable[[Answer, str], M]:
    """Return what makes a model of the answer to a create; one that tells of nothing made is as good as lost."""

    def parse(response: Answer, request: str) -> M:
        data = decode_object(response, request)
        if not _MADE & data.keys():
            raise OutcomeUnknown("Meta answered without an id", request=request, check=CHECK)
        return model.from_api(data)

    return parse
