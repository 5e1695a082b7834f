"""Rules of texts with known values that the SDK does not list. Source: `docs/meta-rules.md#known-values`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from admonster_fb import facts
from admonster_fb.models._params import near
from admonster_fb.rules.core import MISSPELT, ParameterView, Problem, rule


def _values(value: Any, path: list[str], field: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts at a path, each with its own path; `*` is any position of a list or any name."""
    if not path:
        if isinstance(value, str) and value.strip():
            yield field, value
        return
    named = dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, Mapping) else {}
    for name, inner in named.items():
        if path[0] in ("*", name):
            yield from _values(inner, path[1:], f"{field}.{name}" if field else str(name))


def _known(table: list[tuple[list[str], tuple[str, ...]]], view: ParameterView) -> Iterator[Problem]:
    for path, known in table:
        for field, value in _values(view.params, path):
            name = value.partition("_ver_")[0]  # iOS_ver_17.0_and_above
            if name in known:
                continue
            by_capitals = {each.upper(): each for each in known}
            close = difflib.get_close_matches(name.upper(), by_capitals, 1, 0.85)
            written = name if name.isupper() or name.islower() else name.upper()
            if nearest := near(written, known) or (by_capitals[close[0]] if close else None):
                yield Problem(field, f"{value}; the nearest is {nearest}", value, f"Write {nearest}.", MISSPELT)
            else:
                yield Problem(field, f"{value}; known: {', '.join(known)}", value)


for _kind in ("adset", "creative"):
    _table = [(row.path.split("."), row.values) for row in facts.rows("known_values") if row.kind == _kind]
    rule("known-values", _kind, "F known-values", fix="Make sure that Meta has it.", code=None)(partial(_known, _table))
