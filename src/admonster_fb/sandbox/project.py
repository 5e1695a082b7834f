"""Projection: the `fields` language, and what of a node goes into an answer, nested objects and edges included.

`id,name,adsets.limit(5){id,ads{name}}.as(sets)` is read into selections.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from admonster_fb.sandbox import insights, jobs, listing, paging, spec, views
from admonster_fb.sandbox.errors import GraphError, NotModelled
from admonster_fb.sandbox.wire import decode
from admonster_fb.sandbox.world import Call, Node

_NAME = re.compile(r"[A-Za-z_]\w*")
_SPACE = re.compile(r"\s*")
_OPENERS = {"(": ")", "[": "]", "{": "}"}


@dataclass(slots=True)
class Selection:
    """One requested field: its modifiers (`.limit(5)`), its alias and the fields requested of its object."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    children: list[Selection] | None = None
    inner: str = ""
    """The text of the children, as it was sent."""

    @property
    def key(self) -> str:
        """Return the key of the answer."""
        return self.modifiers.get("as", self.name)


@lru_cache(maxsize=1000)
def parse(text: str) -> list[Selection]:
    """Return the selections of a `fields` text, or raise Meta's 2500."""
    parser = _Parser(text)
    selections = parser.selections("")
    if parser.position < len(text):
        raise parser.error("end of string")
    return selections


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0

    def error(self, expected: str) -> GraphError:
        found = self.text[self.position : self.position + 1] or "end of string"
        message = f'Syntax error "Expected {expected} instead of "{found}"." at character {self.position}: {self.text}'
        return GraphError(2500, message=message)

    def selections(self, closing: str) -> list[Selection]:
        found: list[Selection] = []
        while not self._at(closing):
            found.append(self.selection())
            if not self._take(","):
                break
        return found

    def selection(self) -> Selection:
        selection = Selection(self._name())
        self._read_modifiers(selection)
        if self._take("{"):
            start = self.position
            selection.children = self.selections("}")
            selection.inner = self.text[start : self.position]
            self._expect("}")
            self._read_modifiers(selection)
        return selection

    def _read_modifiers(self, selection: Selection) -> None:
        while self._take("."):
            modifier = self._name()
            self._expect("(")
            selection.modifiers[modifier] = self._argument()

    def _argument(self) -> str:
        """Return the text up to the closing parenthesis, minding nesting and quotes."""
        start, stack, quote = self.position, [")"], ""
        for position, char in enumerate(self.text[start:], start):
            if quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char in _OPENERS:
                stack.append(_OPENERS[char])
            elif char == stack[-1]:
                stack.pop()
            if not stack:
                self.position = position + 1
                return self.text[start:position]
        self.position = len(self.text)
        raise self.error('")"')

    def _name(self) -> str:
        self._skip()
        match = _NAME.match(self.text, self.position)
        if match is None:
            raise self.error("end of string" if self.position else "field name")
        self.position = match.end()
        return match[0]

    def _at(self, closing: str) -> bool:
        self._skip()
        return self.position >= len(self.text) or (closing != "" and self.text.startswith(closing, self.position))

    def _take(self, token: str) -> bool:
        self._skip()
        if self.text.startswith(token, self.position):
            self.position += 1
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise self.error(f'"{token}"')

    def _skip(self) -> None:
        match = _SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position


INSIGHT_KINDS = frozenset({"AdAccount", "Campaign", "AdSet", "Ad"})
# Parameters of the page and the caller, which are not part of the query.
NOT_OF_A_QUERY = frozenset({"access_token", "after", "before", "limit", "method"})
# The number of Insights results that are cached for paging.
PICTURES = 4


def render(call: Call, node: Node, requested: list[Selection] | None, *, as_reference: bool = False) -> dict[str, Any]:
    """Return the requested fields of a node, and always its id."""
    if not requested:
        table = views.REFERENCE_FIELDS if as_reference else views.DEFAULT_FIELDS
        requested = [Selection(name) for name in table.get(node.kind, ("id",))]
    answer: dict[str, Any] = {}
    for selection in requested:
        value = _value(call, node, selection)
        if value is not views.ABSENT:
            answer[selection.key] = value
    if node.kind not in views.WITHOUT_ID:
        answer.setdefault("id", node.id)
    return answer


def read(call: Call, node: Node) -> dict[str, Any]:
    """Return what the call's `fields` request of a node."""
    return render(call, node, selections(call.params))


def created(call: Call, node: Node) -> dict[str, Any]:
    """Return the response of a creation: the id, or the fields in `fields` (read-after-write)."""
    return read(call, node) if selections(call.params) else {"id": node.id}


def updated(call: Call, node: Node) -> dict[str, Any]:
    """Return the response of a change: success, after the fields in `fields`."""
    return {**(read(call, node) if selections(call.params) else {}), "success": True}


def read_edge(call: Call, node: Node, edge: str) -> Any:
    """Return a page of an edge, as the call requests it."""
    return list_edge(call, node, edge, call.params, selections(call.params))


def selections(params: dict[str, Any]) -> list[Selection] | None:
    """Return the selections of a call's `fields`, if it has any."""
    requested = params.get("fields")
    text = ",".join(map(str, requested)) if isinstance(requested, list) else str(requested or "")
    return parse(text) or None


def list_edge(call: Call, node: Node, edge: str, params: dict[str, Any], requested: list[Selection] | None) -> Any:
    """Return one page of an edge, rendered."""
    test = listing.keep(call.world, params)
    everything = listing.SOURCES[node.kind, edge](call, node)
    rows = [child for child in everything if call.store.shows(child) and test(child)]
    order = [child.id for child in everything]

    def draw(child: Node) -> dict[str, Any]:
        return render(call, child, requested)

    if (node.kind, edge) in listing.SINGLE_PAGE:
        return {"data": [draw(row) for row in rows]}
    return _page(call, f"{node.id}/{edge}", params, rows, lambda row: str(row.id), draw, order)


def insights_edge(call: Call, node: Node, params: dict[str, Any]) -> Any:
    """Return one page of a node's insights. Their cursors are positions, as Meta's are."""
    rows = _insights(call, node, params)
    return paging.numbered(call, f"{node.id}/insights", _as_sent(call, params), rows)


def _insights(call: Call, node: Node, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all rows of a query, if they are not too many. Later pages are of the rows the first one was of."""
    world = call.world
    query = {name: value for name, value in params.items() if name not in NOT_OF_A_QUERY}
    key = f"{node.id} {world.clock()} {json.dumps(query, sort_keys=True, default=str)}"
    if params.get("after") and key in world.pictures:
        return world.pictures[key]
    rows, limits = insights.query(world.store, node, params), world.jobs
    if limits.limited():
        figures = jobs.figures_of(insights.check(world.store, node, params).fields)
        if limits.too_much(figures, len(rows)):
            raise GraphError(*limits.at_once)
    while len(world.pictures) >= PICTURES:
        del world.pictures[next(iter(world.pictures))]
    world.pictures[key] = rows
    return rows


def _page(
    call: Call,
    path: str,
    params: dict[str, Any],
    rows: list[Any],
    key: Callable[[Any], str],
    draw: Callable[[Any], Any],
    order: list[str] | None = None,
) -> dict[str, Any]:
    if str(params.get("limit")) == "0" and "summary" in params:  # of a nested edge only the count is requested
        counts = {"order": "ranked", "total_count": len(rows), "can_comment": True}
        return {"data": [], "summary": counts if path.endswith("comments") else {"total_count": len(rows)}}
    answer = paging.page(call, path, _as_sent(call, params), rows, key, order)
    answer["data"] = [draw(row) for row in answer["data"]]
    # Only edges of nodes count their rows: a summary of Insights is a row of totals, which is not modelled.
    if order is not None and str(params.get("summary", "false")).lower() not in ("false", "0", ""):
        answer["summary"] = {"total_count": len(rows)}
    return answer


def _as_sent(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Return parameters for a URL: the texts that came over the wire, where they are this call's own."""
    return call.raw if params is call.params else params


def _value(call: Call, node: Node, selection: Selection) -> Any:
    if (node.kind, selection.name) in views.RELATIONS:
        return _related(call, node, selection)
    if selection.name == "insights" and node.kind in INSIGHT_KINDS:
        return _nested(insights_edge(call, node, _nested_params(selection)))
    if (node.kind, selection.name) in listing.SOURCES:
        params = _nested_params(selection)
        return _nested(list_edge(call, node, selection.name, params, selection.children))
    if views.exists(node.kind, selection.name):
        return _plain(views.read(call.world, node, selection.name), selection)
    if spec.find(node.kind, "GET", selection.name):
        raise NotModelled("GET", f"{node.kind}/{selection.name}", "as a nested field")
    raise views.nonexisting(node.kind, selection.name)


def _related(call: Call, node: Node, selection: Selection) -> Any:
    other = call.store.get(views.RELATIONS[node.kind, selection.name](node) or "")
    if other is None:
        return views.ABSENT
    return render(call, other, selection.children, as_reference=True)


def _nested(answer: Any) -> Any:
    """Return a nested edge: missing altogether when it has no rows."""
    return answer if answer["data"] or "summary" in answer else views.ABSENT


def _nested_params(selection: Selection) -> dict[str, Any]:
    params: dict[str, Any] = {name: value for name, value in selection.modifiers.items() if name != "as"}
    params = decode(params)
    if selection.children:
        params["fields"] = selection.inner
    return params


def _plain(value: Any, selection: Selection) -> Any:
    """Return a value, reduced to the requested sub-fields if it is an object or a list of objects."""
    if selection.children is None or value is views.ABSENT:
        return value
    if isinstance(value, list):
        return [_plain(item, selection) for item in value]
    if not isinstance(value, dict):
        raise GraphError(2500, message=f'Syntax error "Field expansion is not supported on {selection.name}."')
    names = [child.name for child in selection.children]
    if isinstance(value.get("data"), list) and "data" not in names:  # an edge that is stored with its node
        return {"data": _plain(value["data"], selection)}
    return {name: value[name] for name in names if name in value}
