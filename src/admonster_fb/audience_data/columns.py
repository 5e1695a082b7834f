"""Whole columns made ready at once: what is plain together, what comes twice once, the rest cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from admonster_fb.audience_data.cells import digest, text
from admonster_fb.audience_data.fast_path import DISTINCT, REPEATED, Places, hashes, place_at
from admonster_fb.audience_data.reasons import Reason
from admonster_fb.audience_data.schema_keys import KEYS, PARTS, Key, finished, normalise

Faults = dict[int, Reason]
"""Why a cell cannot be used, by its index."""
Made = list[str | Reason]


def column(key: Key, cells: Sequence[object], places: Places = "") -> tuple[list[str], Faults]:
    """Return a column as it is sent, empty where there is nothing to send, and why not by index.

    >>> from admonster_fb.audience_data.schema_keys import KEYS
    >>> column(KEYS["MADID"], ["38400000-8CF0-11BD-B23E-10B96E40000D", None, "x"])
    (['38400000-8cf0-11bd-b23e-10b96e40000d', '', ''], {2: <Reason.NOT_MADID: 'not an advertising id'>})
    """
    texts, faults = texts_of(cells)
    made, odd = _made(key, texts, places if key.placed else "") if texts else ([], ())
    for i in odd:
        told = made[i]
        if isinstance(told, Reason):
            made[i] = ""
            faults.setdefault(i, told)
    return made, faults  # type: ignore[return-value]  # no reason is left in it


def columns_of(name: str, cells: Sequence[object], places: Places = "") -> tuple[dict[str, list[str]], Faults]:
    """Return what a column becomes, by key: itself, but for dates of birth, which become three.

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
    faults.update((i, told) for i, row in enumerate(rows) if isinstance(told := table[row], Reason))
    parts = [table[row] for row in rows]
    return {
        part: ["" if isinstance(told, Reason) else told[at] for told in parts] for at, part in enumerate(PARTS)
    }, faults


def _parts(cell: str, place: str) -> tuple[str, str, str] | Reason:
    told = normalise("DOB", cell, place=place)
    if isinstance(told, Reason) or len(told) == 64:
        return told if isinstance(told, Reason) else Reason.HASHED_DATE
    return (digest(told[:4]), digest(told[4:6]), digest(told[6:])) if told else ("", "", "")


def texts_of(cells: Sequence[object]) -> tuple[Sequence[str], Faults]:
    """Return cells as texts, empty where they are none, and why by index.

    >>> texts_of(["a", 5, None, True])
    (['a', '5', '', ''], {3: <Reason.NOT_TEXT: 'neither text nor a number'>})
    """
    try:
        "".join(cells)  # type: ignore[arg-type]
    except TypeError:
        told = [text(cell) for cell in cells]
        faults = {i: each for i, each in enumerate(told) if isinstance(each, Reason)}
        return ["" if isinstance(each, Reason) else each for each in told], faults
    return cells, {}  # type: ignore[return-value]


def _made(key: Key, texts: Sequence[str], places: Places) -> tuple[Made, Sequence[int] | set[int]]:
    """Return cells made ready, and where to look for reasons."""
    if key.hashed and len(texts[0]) == 64 and (ready := hashes(texts)) is not None:
        return [*ready], ()
    if key.name in DISTINCT:
        return _passed(key, texts, places)
    if key.name in REPEATED:
        distinct = list(set(texts))
        if len(distinct) * 4 > len(texts) * 3:
            return _passed(key, texts, "")
        made, _ = _passed(key, distinct, "")
        told = dict(zip(distinct, made, strict=True))
        return _looked_up(told, texts)
    if isinstance(places, str):
        return _looked_up({cell: finished(key, cell, places) for cell in set(texts)}, texts)
    pairs = [*zip(texts, places, strict=True)]
    return _looked_up({pair: finished(key, *pair) for pair in set(pairs)}, pairs)


def _looked_up(table: dict[Any, str | Reason], cells: Sequence[Any]) -> tuple[Made, Sequence[int]]:
    bad = any(isinstance(told, Reason) for told in table.values())
    return [*map(table.__getitem__, cells)], range(len(cells)) if bad else ()


def _passed(key: Key, texts: Sequence[str], places: Places) -> tuple[Made, set[int]]:
    items, odd = {**DISTINCT, **REPEATED}[key.name](texts, places)
    made: Made = [sha256(item).hexdigest() for item in items] if len(odd) < len(items) else [""] * len(items)
    seen: dict[tuple[str, str], str | Reason] = {}
    for i in odd:
        pair = (texts[i], place_at(places, i))
        if pair not in seen:
            seen[pair] = finished(key, *pair) if pair[0] else ""
        made[i] = seen[pair]
    return made, odd
