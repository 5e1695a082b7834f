"""A query in parts that together have the same rows, each once: by date, by object, by field. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from admonster_fb.models.insights.dates import DAY, SETTLES
from admonster_fb.models.insights.fields import FIELDS, by_type
from admonster_fb.rules.insights import PEOPLE

T = TypeVar("T")
Params = Mapping[str, Any]

PIECES = 4
"""In how many parts at once: a part that is too large still costs Meta's time and ours."""
LEVELS = ("campaign", "adset", "ad")
BACK = SETTLES + DAY
"""How long before its first day an object may have been seen that has figures in a window: conversions come late."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a query, with its own parameters, fields and objects (ids at a level; none for all)."""

    params: Params
    fields: tuple[str, ...]
    level: str = ""
    ids: tuple[str, ...] = ()

    @property
    def sent(self) -> dict[str, Any]:
        """The parameters, with the objects as a filter.

        >>> Part({"level": "ad"}, (), "campaign", ("7",)).sent["filtering"]
        [{'field': 'campaign.id', 'operator': 'IN', 'value': ['7']}]
        """
        if not self.ids:
            return dict(self.params)
        objects = {"field": f"{self.level}.id", "operator": "IN", "value": [*self.ids]}
        return {**self.params, "filtering": [*self.params.get("filtering", ()), objects]}

    def __str__(self) -> str:
        days = self.params.get("time_range") or {}
        about = [f"{days['since']} to {days['until']}"] if days else []
        about += [f"{len(self.ids)} of level {self.level}"] if self.ids else []
        return ", ".join([*about, f"{len(self.fields)} fields"])


def pieces(items: Sequence[T]) -> list[Sequence[T]]:
    """Cut into at most `PIECES` runs of about one length.

    >>> pieces([1, 2, 3, 4, 5])
    [[1, 2], [3], [4], [5]]
    """
    count = min(PIECES, len(items))
    size, more = divmod(len(items), count) if count else (0, 0)
    starts = [number * size + min(number, more) for number in range(count + 1)]
    return [items[start:end] for start, end in pairwise(starts)]


def by_date(part: Part) -> list[Part]:
    """Split days, in whole increments; nothing where a row is about all of the window.

    >>> [str(each) for each in by_date(Part({"time_range": {"since": "2026-01-01", "until": "2026-01-03"},
    ...     "time_increment": 2}, ("spend",)))]
    ['2026-01-01 to 2026-01-02, 1 fields', '2026-01-03 to 2026-01-03, 1 fields']
    """
    ranges = part.params.get("time_ranges")
    if ranges:
        return [replace(part, params={**part.params, "time_ranges": [*some]}) for some in _if_more(ranges)]
    window, step = part.params.get("time_range"), str(part.params.get("time_increment") or "all_days")
    if not window or step == "all_days":
        return []
    blocks = [*_blocks(date.fromisoformat(window["since"]), date.fromisoformat(window["until"]), step)]
    spans = [{"since": str(some[0][0]), "until": str(some[-1][1])} for some in _if_more(blocks)]
    return [replace(part, params={**part.params, "time_range": each}) for each in spans]


def _if_more(items: Sequence[T]) -> list[Sequence[T]]:
    return pieces(items) if len(items) > 1 else []


def _blocks(since: date, until: date, step: str) -> Iterator[tuple[date, date]]:
    """Yield the window of each row."""
    while since <= until:
        last = _month_end(since) if step == "monthly" else since + timedelta(days=int(step) - 1)
        yield since, min(last, until)
        since = last + DAY


def _month_end(day: date) -> date:
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY


def next_level(part: Part) -> str:
    """Return the level whose ids would split a part further: none below the level of its rows.

    >>> next_level(Part({"level": "ad"}, (), "campaign", ("7",)))
    'adset'
    """
    rows = str(part.params.get("level") or "")
    below = LEVELS[: LEVELS.index(rows) + 1] if rows in LEVELS else ()
    after = below.index(part.level) + 1 if part.level in below else 0
    return next(iter(below[after:]), "")


def by_ids(part: Part, level: str, ids: Sequence[str]) -> list[Part]:
    """Split objects; nothing if there is but one.

    >>> [each.ids for each in by_ids(Part({"level": "ad"}, ()), "campaign", ["7", "8"])]
    [('7',), ('8',)]
    """
    return [replace(part, level=level, ids=tuple(some)) for some in _if_more(ids)]


def looking_for(part: Part, level: str) -> Part:
    """Return the query that tells which objects of a level a part is about: those seen from 29 days before it on.

    >>> days = {"since": "2026-03-30", "until": "2026-03-31"}
    >>> looking_for(Part({"level": "ad", "time_range": days}, ("spend",)), "campaign").params["time_range"]["since"]
    '2026-03-01'
    """
    times = {name: value for name, value in part.params.items() if name in ("date_preset", "time_range")}
    ranges = [times["time_range"]] if "time_range" in times else part.params.get("time_ranges") or []
    if ranges:
        since = min(date.fromisoformat(each["since"]) for each in ranges) - BACK
        times = {"time_range": {"since": str(since), "until": max(each["until"] for each in ranges)}}
    return replace(part, params={**times, "level": level}, fields=(f"{level}_id",))


def keys(part: Part) -> tuple[str, ...]:
    """Return what tells one row of a part from another.

    >>> keys(Part({"level": "campaign", "breakdowns": ["age"]}, ("spend",)))
    ('date_start', 'account_id', 'campaign_id', 'age')
    """
    rows = str(part.params.get("level") or "")
    ids = [f"{level}_id" for level in LEVELS[: LEVELS.index(rows) + 1]] if rows in LEVELS else []
    # Only of ranges two can begin on a day; the last day of `maximum` moves on while parts are waited for.
    days = ("date_start", "date_stop") if "time_ranges" in part.params else ("date_start",)
    return (*days, "account_id", *ids, *part.params.get("breakdowns", ()))


def by_fields(part: Part) -> list[Part]:
    """Split figures, counts of people from the rest first; the parts' rows belong together by `keys`.

    >>> [each.fields for each in by_fields(Part({}, ("spend", "reach", "clicks")))]
    [('account_id', 'reach'), ('account_id', 'spend', 'clicks')]
    """
    base = [name for name in keys(part) if name.endswith("_id")]
    if "frequency_value" in part.params.get("breakdowns", ()):
        base.append("reach")  # Meta has this breakdown with reach only
    rest = [name for name in part.fields if name not in base]
    parted = "action_breakdowns" in part.params
    together = [name for name in rest if parted and name in FIELDS and by_type(name)]
    people = [name for name in rest if PEOPLE.fullmatch(name) and name not in together]
    others = [name for name in rest if name not in together and name not in people]
    groups = [group for group in (together, people, others) if group]
    if len(groups) == 1 and not together:
        groups = [[*some] for some in _if_more(groups[0])]
    if len(groups) < 2:
        return []
    plain = {name: value for name, value in part.params.items() if name != "action_breakdowns"}
    return [
        replace(part, params=part.params if group == together else plain, fields=(*base, *group)) for group in groups
    ]
