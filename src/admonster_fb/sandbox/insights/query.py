"""Insights reports: parameters in, rows out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from admonster_fb.sandbox import status, times
from admonster_fb.sandbox.convert import offset
from admonster_fb.sandbox.errors import GraphError, bad_param, not_value
from admonster_fb.sandbox.insights import breakdowns, filters
from admonster_fb.sandbox.insights.breakdowns import GONE_FIELDS
from admonster_fb.sandbox.insights.breakdowns import KNOWN_FIELDS as KNOWN_FIELDS
from admonster_fb.sandbox.insights.breakdowns import KNOWN_WINDOWS as KNOWN_WINDOWS
from admonster_fb.sandbox.insights.delivery import FIGURES, UNIQUE, ads_under
from admonster_fb.sandbox.insights.filters import LEVELS, Filters, Period, Sort
from admonster_fb.sandbox.insights.gather import Gatherer, Group
from admonster_fb.sandbox.insights.metrics import FIELDS, WINDOWS, Row, Settings
from admonster_fb.sandbox.insights.segments import ASSETS, HOURLY
from admonster_fb.sandbox.store import Node, Store

LEVEL_OF = {"AdAccount": "account", "Campaign": "campaign", "AdSet": "adset", "Ad": "ad"}
KIND_OF = {level: kind for kind, level in LEVEL_OF.items()}
# Objects that have no rows of their own under a parent, unless a filter asks for them.
GONE = frozenset({"ARCHIVED", "DELETED"})
# With breakdowns, counts of people reach back 13 months only; hourly figures too, and frequencies 6.
MONTHS_OF_DETAIL = 13
MONTHS_OF = {**dict.fromkeys(HOURLY, MONTHS_OF_DETAIL), "frequency_value": 6}
DATES = ("date_start", "date_stop")
_HELP = "please check https://developers.facebook.com/docs/marketing-api/reference/ads-insights/ for all valid values"


@dataclass(frozen=True, slots=True)
class Report:
    """The validated parameters of a report."""

    level: str
    fields: tuple[str, ...]
    periods: list[Period]
    breakdowns: tuple[str, ...]
    filters: Filters
    sort: Sort | None
    settings: Settings
    old_people: bool = False

    def lacks_people(self, today: date) -> bool:
        """Return whether counts of people are left out because they are of parts of an audience and too old."""
        oldest = filters.months_before(today, MONTHS_OF_DETAIL)
        old = any(since < oldest for since, _ in self.periods)
        return bool(self.breakdowns and old and not {*self.figures()}.isdisjoint(UNIQUE))

    def figures(self) -> tuple[str, ...]:
        """Return the figures to add up, each after the one it comes from."""
        named = {*self.fields, *(each.name for each in self.filters.metrics), *([self.sort.field] if self.sort else ())}
        # Whether there is a row at all shows in impressions and spend.
        needed = {"impressions", "spend"}.union(*(FIELDS[name].needs for name in named if name in FIELDS))
        needed |= breakdowns.ancestors(needed)
        gone = breakdowns.dropped(self.breakdowns)
        return tuple(figure for figure in FIGURES if figure in needed and figure not in gone)


def query(store: Store, node: Node, params: dict[str, Any], *, old_people: bool = False) -> list[dict[str, Any]]:
    """Return the rows of an insights report on an account, campaign, ad set or ad.

    `params` are decoded. Rows hold strings and lists of actions; what is zero or unknown is left out. With
    `old_people` the parts of audiences of more than 13 months ago are counted too.
    """
    account, today = place(store, node)
    report = replace(_read(node, account, params, today), old_people=old_people)
    scale, oldest = offset(str(account.data["currency"])), filters.months_before(today, MONTHS_OF_DETAIL)
    groups = _groups(store, node, account, report, today)
    rows = [row for group in groups if (row := _write(group, scale, report, oldest))]
    if report.sort:
        rows.sort(key=lambda row: row[0], reverse=report.sort.descending)
    return [shown for _, shown in rows]


def check(store: Store, node: Node, params: dict[str, Any]) -> Report:
    """Return the validated parameters of a report, without its rows."""
    account, today = place(store, node)
    return _read(node, account, params, today)


def place(store: Store, node: Node) -> tuple[Node, date]:
    """Return the account of a node, and the date it is there."""
    account = node if node.kind == "AdAccount" else store.nodes[f"act_{node.data['account_id']}"]
    return account, store.clock().astimezone(times.zone(str(account.data["timezone_name"]))).date()


def _read(node: Node, account: Node, params: dict[str, Any], today: date) -> Report:
    level = _level(node, params)
    chosen = tuple(words_of(params.get("breakdowns")))
    by_action = tuple(words_of(params.get("action_breakdowns")))
    fields = _fields(level, params)
    breakdowns.check(chosen, by_action, f"{node.id}/insights", level)
    fields = breakdowns.left(fields, chosen)
    found = filters.parse(params.get("filtering"), chosen)
    settings = Settings(_windows(params), by_action, found.keeps_type)
    sort = filters.parse_sort(params.get("sort"), {*FIELDS, *DATES, *chosen})
    return Report(level, fields, filters.resolve(params, today, _born(node, account)), chosen, found, sort, settings)


def words_of(value: Any) -> list[str]:
    """Return the names in a parameter that is a list or a text with commas."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [word for part in parts if (word := str(part).strip())]


def _level(node: Node, params: dict[str, Any]) -> str:
    own = LEVEL_OF[node.kind]
    level = str(params.get("level") or own)
    if level not in LEVELS or LEVELS.index(level) < LEVELS.index(own):
        raise GraphError(1, 99)
    return level


def _fields(level: str, params: dict[str, Any]) -> tuple[str, ...]:
    requested = tuple(dict.fromkeys(words_of(params.get("fields"))))
    if gone := [name for name in requested if name in GONE_FIELDS]:
        raise bad_param(f"{', '.join(gone)} {'is' if len(gone) == 1 else 'are'} not valid for fields param after V19.0")
    if wrong := [name for name in requested if name not in KNOWN_FIELDS]:
        raise bad_param(f"{', '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} not valid for fields param. {_HELP}")
    ids = tuple(f"{item}_id" for item in LEVELS[: LEVELS.index(level) + 1])
    return requested or (*ids, "impressions", "spend")


def _windows(params: dict[str, Any]) -> tuple[str, ...]:
    requested = words_of(params.get("action_attribution_windows"))
    for position, window in enumerate(requested):
        if window not in KNOWN_WINDOWS:
            raise not_value(f"action_attribution_windows[{position}]", sorted(KNOWN_WINDOWS))
    return tuple(window for window in WINDOWS if window in requested)


def _born(node: Node, account: Node) -> date:
    created = node.data.get("created_time") or account.data.get("created_time") or "2004-02-04"
    return date.fromisoformat(str(created)[:10])


def _owners(store: Store, node: Node, report: Report) -> Iterator[tuple[Node, list[Node]]]:
    """Yield the objects to report on with the ads that count for each, newest first."""
    if report.level == LEVEL_OF[node.kind]:
        objects = [node]
    else:
        hidden = GONE - report.filters.requested_statuses()
        children = list(store.children(node.id, KIND_OF[report.level]))[::-1]
        objects = [child for child in children if status.effective(store, child) not in hidden]
    for item in objects:
        # Totals count all ads, gone ones too.
        yield item, [ad for ad in ads_under(store, item) if report.filters.keeps_ad(store, ad)]


def _groups(store: Store, node: Node, account: Node, report: Report, today: date) -> Iterator[Group]:
    chosen = frozenset(report.breakdowns)
    if account.hidden.get(breakdowns.OPTED_OUT) and breakdowns.OPT_IN & chosen:
        return
    first = min((since for since, _ in report.periods), default=today)
    if any(first < filters.months_before(today, MONTHS_OF[name]) for name in chosen & MONTHS_OF.keys()):
        return
    gatherer = Gatherer(store, account, report.periods, report.breakdowns, report.figures())
    found = [group for owner, ads in _owners(store, node, report) for group in gatherer.gather(owner, ads)]
    yield from sorted(found, key=lambda group: group.period)


def _write(group: Group, scale: int, report: Report, oldest: date) -> tuple[Any, dict[str, Any]] | None:
    """Return a row as it is shown, behind what sorting looks at; None if a filter takes it away."""
    since, until = report.periods[group.period]
    row = Row(_allowed(group, report, since, oldest), group.owners, scale, report.settings)
    parts = dict(zip(report.breakdowns, group.segment, strict=True))
    if not (
        all(part.holds(parts.get(part.name)) for part in report.filters.parts)
        and all(metric.holds(FIELDS[metric.name].answer(row) or 0) for metric in report.filters.metrics)
    ):
        return None
    known = [name for name in report.fields if name in FIELDS]
    shown = {name: value for name in known if (value := FIELDS[name].answer(row)) is not None}
    shown |= zip(DATES, (since.isoformat(), until.isoformat()), strict=True)
    shown |= {name: json.loads(value) if name in ASSETS else value for name, value in parts.items()}
    sort = report.sort
    if sort is None:
        return None, shown
    looked_at = FIELDS[sort.field].answer(row) or 0 if sort.field in FIELDS else {**shown, **parts}[sort.field]
    return sort.key({sort.field: looked_at}), shown


def _allowed(group: Group, report: Report, since: date, oldest: date) -> dict[str, int]:
    """Return the figures without counts of people where breakdowns reach back too far."""
    if not report.breakdowns or report.old_people or since >= oldest:
        return group.figures
    return {figure: count for figure, count in group.figures.items() if figure not in UNIQUE}
