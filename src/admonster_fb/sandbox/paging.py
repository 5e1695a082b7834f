"""Pages of an edge: Meta's cursors, `next` with the token in clear, gaps on demand."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from admonster_fb.sandbox.errors import GraphError
from admonster_fb.sandbox.world import Call

# Base64 as Meta writes it in cursors: these characters are escaped, so that "MA==" reads "MAZDZD".
_ESCAPES = {"Z": "ZA", "+": "ZB", "/": "ZC", "=": "ZD"}
_NOT_IN_NEXT = frozenset({"after", "before", "access_token", "method", "summary"})
_GAP_MARK = "~"


@dataclass(slots=True)
class Window:
    """The start and the length of a page; `page` counts only on edges with configured gaps."""

    limit: int
    after: str | None = None
    before: str | None = None
    page: int = 1


def encode(text: str) -> str:
    """Return an opaque cursor."""
    plain = base64.b64encode(text.encode()).decode()
    return "".join(_ESCAPES.get(char, char) for char in plain)


def decode(cursor: str) -> str:
    """Return what a cursor holds, or raise 100."""
    plain = cursor
    # "ZA" last: an escaped Z must not turn into the beginning of another escape.
    for char in ("=", "/", "+", "Z"):
        plain = plain.replace(_ESCAPES[char], char)
    try:
        return base64.b64decode(plain, validate=True).decode()
    except ValueError:  # no base64, or no text
        raise GraphError(100, message="(#100) Invalid cursors values") from None


def window(call: Call, params: dict[str, Any]) -> Window:
    """Read the paging parameters of a call."""
    limit = str(params.get("limit") or call.world.page_size)
    if not limit.isdigit() or int(limit) == 0:
        raise GraphError(100, message="(#100) Param limit must be an integer greater than 0")
    after, _, page = _cursor(params, "after").partition(_GAP_MARK)
    before = _cursor(params, "before").partition(_GAP_MARK)[0]
    return Window(int(limit), after or None, before or None, int(page or 1))


def page(
    call: Call,
    path: str,
    params: dict[str, Any],
    rows: list[Any],
    key: Callable[[Any], str],
    order: list[str] | None = None,
) -> dict[str, Any]:
    """Return one page of `rows` as an answer, not yet rendered.

    `order` names every row of the edge before filtering: a cursor outlives the row it points at leaving the list.
    """
    keys = [key(row) for row in rows]
    requested = window(call, params)
    return _page(call, path, params, requested, rows, keys.__getitem__, _bounds(requested, keys, order or keys))


def numbered(call: Call, path: str, params: dict[str, Any], rows: Sequence[Any]) -> dict[str, Any]:
    """Return one page of rows whose cursors are positions, as those of reports are."""
    requested = window(call, params)
    if requested.before is not None:
        stop = _position(requested.before, len(rows))
        bounds = max(0, stop - requested.limit), stop
    else:
        start = 0 if requested.after is None else _position(requested.after, len(rows)) + 1
        bounds = start, min(start + requested.limit, len(rows))
    return _page(call, path, params, requested, rows, str, bounds)


def _page(
    call: Call,
    path: str,
    params: dict[str, Any],
    requested: Window,
    rows: Sequence[Any],
    key: Callable[[int], str],
    bounds: tuple[int, int],
) -> dict[str, Any]:
    start, stop = bounds
    gaps = call.world.gaps_of(path)
    if requested.page in gaps and stop > start:
        stop = start
    chosen = list(rows[start:stop])
    if not chosen and not (gaps and start < len(rows)):
        return {"data": []}
    first, last = (key(start), key(stop - 1)) if chosen else (requested.after or "", requested.after or "")
    mark = f"{_GAP_MARK}{requested.page + 1}" if gaps else ""
    paging: dict[str, Any] = {"cursors": {"before": encode(first), "after": encode(f"{last}{mark}")}}
    # The last page has no `next`, the first no `previous`.
    for link, cursor, there in (("next", "after", stop < len(rows)), ("previous", "before", start > 0)):
        if there:
            paging[link] = _url(call, path, params, {cursor: paging["cursors"][cursor]})
    return {"data": chosen, "paging": paging}


def _position(text: str, count: int) -> int:
    if not text.isdecimal() or int(text) >= count:
        raise GraphError(100, message="(#100) Invalid cursors values")
    return int(text)


def _bounds(requested: Window, keys: list[str], order: list[str]) -> tuple[int, int]:
    cursor = requested.before or requested.after
    ranks = {key: rank for rank, key in enumerate(order)} if cursor is not None else {}
    if cursor is not None and cursor not in ranks:
        raise GraphError(100, message="(#100) Invalid cursors values")
    if requested.before is not None:
        stop = sum(ranks[key] < ranks[requested.before] for key in keys)
        return max(0, stop - requested.limit), stop
    start = 0 if requested.after is None else sum(ranks[key] <= ranks[requested.after] for key in keys)
    return start, min(start + requested.limit, len(keys))


def _cursor(params: dict[str, Any], name: str) -> str:
    value = params.get(name)
    return decode(str(value)) if value else ""


def _url(call: Call, path: str, params: dict[str, Any], cursor: dict[str, str]) -> str:
    """Return an absolute URL; Meta puts the access token in it, in clear."""
    remaining = {name: value for name, value in params.items() if name not in _NOT_IN_NEXT}
    query = urlencode({"access_token": call.token.value, **remaining, **cursor})
    return f"{call.base_url}/{call.version}/{path}?{query}"
