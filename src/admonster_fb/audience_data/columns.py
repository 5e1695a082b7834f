"""Columns normalised and hashed as a whole: simple cells together, repeated values once, all others cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from admonster_fb.audience_data.cells import Reason, digest, text
from admonster_fb.audience_data.fast_path import DISTINCT, REPEATED, Places, hashes, place_at
from admonster_fb.audience_data.schema_keys import KEYS, PARTS, Key, finished, normalise

Faults = dict[int, Reason]
"""Why a cell cannot be used, by its index."""
Made = list[str | Reason]


def column(key: Key, cells: Sequence[object], places: Places = "") -> tuple[list[str], Faults]:
    """Return a column as it is sent, with empty cells where nothing is usable, and the reasons by index.

    >>> from admonster_fb.audience_data.schema_keys import KEYS
    >>> column(KEYS["MADID"], ["38400000-8CF0-11BD-B23E-10B96E40000D", None, "x"])
    (['38400000-8cf0-11bd-b23e-10b96e40000d', '', ''], {2: <Reason.NOT_MADID: 'not an advertising id'>})
    """
    texts, faults = texts_of(cells)
    made, odd = _finish_column(key, texts, places if key.placed else "") if texts else ([], ())
    for i in odd:
        reason = made[i]
        if isinstance(reason, Reason):
            made[i] = ""
            faults.setdefault(i, reason)
    return made, faults  # type: ignore[return-value]  # no reason is left in it


def columns_of(name: str, cells: Sequence[object], places: Places = "") -> tuple[dict[str, list[str]], Faults]:
    """Return the columns that a column is sent as, by key: dates of birth become three, all others one.

    >>> made, _ = columns_of("DOB", ["1997-02-16"])
    >>> [*made]
    ['DOBY', 'DOBM', 'DOBD']
    """
    if name != "DOB":
        made, faults = column(KEYS[name], cells, places)
        return {name: made}, faults
    texts, faults = texts_of(cells)
    rows = [(cell, place_at(places, i)) for i, cell in enumerate(texts)]
    table = {row: _parts(*row) for row in set(rows)}
    faults.update((i, reason) for i, row in enumerate(rows) if isinstance(reason := table[row], Reason))
    parts = [table[row] for row in rows]
    return {
        part: ["" if isinstance(cell, Reason) else cell[at] for cell in parts] for at, part in enumerate(PARTS)
    }, faults


def _parts(cell: str, place: str) -> tuple[str, str, str] | Reason:
    date = normalise("DOB", cell, place=place)
    if isinstance(date, Reason) or len(date) > 8:
        return date if isinstance(date, Reason) else Reason.HASHED_DATE
    return (digest(date[:4]), digest(date[4:6]), digest(date[6:])) if date else ("", "", "")


def texts_of(cells: Sequence[object]) -> tuple[Sequence[str], Faults]:
    """Return cells as texts, empty where a cell is not a text, and the reasons by index.

    >>> texts_of(["a", 5, None, True])
    (['a', '5', '', ''], {3: <Reason.NOT_TEXT: 'neither text nor a number'>})
    """
    try:
        "".join(cells)  # type: ignore[arg-type]
    except TypeError:
        texts = [text(cell) for cell in cells]
        faults = {i: found for i, found in enumerate(texts) if isinstance(found, Reason)}
        return ["" if isinstance(found, Reason) else found for found in texts], faults
    return cells, {}  # type: ignore[return-value]


def _finish_column(key: Key, texts: Sequence[str], places: Places) -> tuple[Made, Sequence[int] | set[int]]:
    """Return the finished cells, and the indices at which there may be a reason."""
    if key.hashed and len(texts[0]) == 64 and (ready := hashes(texts)) is not None:
        return [*ready], ()
    if key.name in DISTINCT:
        return _finish_fast(key, texts, places)
    if key.name in REPEATED:
        distinct = list(set(texts))
        if len(distinct) * 4 > len(texts) * 3:
            return _finish_fast(key, texts, "")
        made, _ = _finish_fast(key, distinct, "")
        return _looked_up(dict(zip(distinct, made, strict=True)), texts)
    if isinstance(places, str):
        return _looked_up({cell: finished(key, cell, places) for cell in set(texts)}, texts)
    pairs = [*zip(texts, places, strict=True)]
    return _looked_up({pair: finished(key, *pair) for pair in set(pairs)}, pairs)


def _looked_up(table: dict[Any, str | Reason], cells: Sequence[Any]) -> tuple[Made, Sequence[int]]:
    bad = any(isinstance(cell, Reason) for cell in table.values())
    return [*map(table.__getitem__, cells)], range(len(cells)) if bad else ()


def _finish_fast(key: Key, texts: Sequence[str], places: Places) -> tuple[Made, set[int]]:
    items, odd = {**DISTINCT, **REPEATED}[key.name](texts, places)
    made: Made = [sha256(item).hexdigest() for item in items] if len(odd) < len(items) else [""] * len(items)
    seen: dict[tuple[str, str], str | Reason] = {}
    for i in odd:
        pair = (texts[i], place_at(places, i))
        if pair not in seen:
            seen[pair] = finished(key, *pair) if pair[0] else ""
        made[i] = seen[pair]
    return made, odd
