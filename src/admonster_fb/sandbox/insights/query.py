"""Insights reports: parameters in, rows out; figures per ad and day added up per object, period and audience."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from admonster_fb.sandbox import status, times
from admonster_fb.sandbox.convert import offset, words_of
from admonster_fb.sandbox.errors import GraphError, bad_param, not_value
from admonster_fb.sandbox.insights import breakdowns, filters, segments
from admonster_fb.sandbox.insights.breakdowns import GONE_FIELDS, KNOWN_FIELDS, KNOWN_WINDOWS, OFF_META, Figures, shares
from admonster_fb.sandbox.insights.delivery import FIGURES, PARENT, UNIQUE, ads_under, delivery_of
from admonster_fb.sandbox.insights.filters import LEVELS, Filters, Period, Sort
from admonster_fb.sandbox.insights.metrics import FIELDS, WINDOWS, Row, Settings
from admonster_fb.sandbox.insights.segments import ASSETS, HOURLY, Audience, Weighted, segments_of
from admonster_fb.sandbox.store import Node, Store

Segment = tuple[str, ...]
# Of five people reached on other days or by other ads, this many are new.
NEW_OF_FIVE = 3
_LINKS = {"campaign": "campaign_id", "adset": "adset_id"}
LEVEL_OF = {"AdAccount": "account", "Campaign": "campaign", "AdSet": "adset", "Ad": "ad"}


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one row."""

    owners: dict[str, Node]
    period: int
    segment: Segment
    figures: Figures


class _Sum:
    """Figures of one period: events add up, people overlap."""

    __slots__ = ("parts", "peaks", "totals")

    def __init__(self) -> None:
        self.totals: dict[str, int] = defaultdict(int)
        self.peaks: dict[str, int] = defaultdict(int)
        self.parts: dict[Segment, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def people(self, figure: str) -> int:
        """Return how many different people: the busiest ad and day, and part of the others."""
        most = self.peaks[figure]
        return most + (self.totals[figure] - most) * NEW_OF_FIVE // 5


class Gatherer:
    """Adds up figures for one report."""

    def __init__(
        self, store: Store, account: Node, periods: list[Period], breakdowns: tuple[str, ...], figures: tuple[str, ...]
    ) -> None:
        self._store, self._account, self._breakdowns = store, account, breakdowns
        self._events = tuple(figure for figure in figures if figure not in UNIQUE)
        self._people = tuple(figure for figure in figures if figure in UNIQUE)
        # Documented: what happens off Meta's apps does not hold the breakdown's value. So each product repeats it.
        self._repeated = OFF_META if "product_id" in breakdowns else frozenset[str]()
        self._periods_of: dict[str, list[int]] = defaultdict(list)
        for index, (since, until) in enumerate(periods):
            for days in range((until - since).days + 1):
                self._periods_of[(since + timedelta(days=days)).isoformat()].append(index)

    def gather(self, owner: Node, ads: list[Node]) -> Iterator[Group]:
        """Yield the rows of one object, given the ads that count for it."""
        sums: dict[int, _Sum] = defaultdict(_Sum)
        for ad in ads:
            self._add(ad, sums)
        owners = self._owners(owner)
        for index in sorted(sums):
            if self._breakdowns:
                yield from self._broken_down(owners, index, sums[index])
            else:
                people = {figure: self_people for figure in self._people if (self_people := sums[index].people(figure))}
                yield Group(owners, index, (), {**sums[index].totals, **people})

    def _add(self, ad: Node, sums: dict[int, _Sum]) -> None:
        delivered = delivery_of(ad)
        # The shorter of the two is walked: a day of a large account is a slice of it.
        days = (
            [day for day in self._periods_of if day in delivered]
            if len(self._periods_of) < len(delivered)
            else [day for day in delivered if day in self._periods_of]
        )
        segments = self._segments(ad) if days else []
        if self._breakdowns and not segments:
            return
        for day in days:
            figures = delivered[day]
            for index in self._periods_of[day]:
                entry = sums[index]
                self._add_totals(entry, figures)
                if segments:
                    parts = breakdowns.split(figures, self._events, segments, f"{ad.id} {day}", self._repeated)
                    for (values, _), part in zip(segments, parts, strict=True):
                        held = entry.parts[values]
                        for figure, count in part.items():
                            held[figure] += count

    def _add_totals(self, entry: _Sum, figures: Figures) -> None:
        totals, peaks = entry.totals, entry.peaks
        for figure in self._events:
            if count := figures.get(figure):
                totals[figure] += count
        for figure in self._people:
            count = figures.get(figure, 0)
            totals[figure] += count
            peaks[figure] = max(peaks[figure], count)

    def _segments(self, ad: Node) -> list[Weighted]:
        if not self._breakdowns:
            return []
        if self._breakdowns[0] in ASSETS:
            return segments.asset_parts(self._store, ad, self._breakdowns[0])
        adset = self._store.get(str(ad.data.get("adset_id")))
        home = str(self._account.data.get("business_country_code") or "US")
        data = adset.data if adset else {}
        sells_products = bool((data.get("promoted_object") or {}).get("product_set_id"))
        audience = Audience(data.get("targeting") or {}, home, sells_products)
        return segments_of(ad, audience, self._breakdowns)

    def _broken_down(self, owners: dict[str, Node], index: int, entry: _Sum) -> Iterator[Group]:
        """Yield the parts; people are shared out among them in proportion to what they did."""
        segments = sorted(entry.parts)
        for figure in self._people:
            weights = [entry.parts[segment].get(PARENT[figure], 0) for segment in segments]
            if sum(weights):
                for segment, count in zip(segments, shares(entry.people(figure), weights), strict=True):
                    entry.parts[segment][figure] = count
        for segment in segments:
            if any(entry.parts[segment].values()):
                yield Group(owners, index, segment, dict(entry.parts[segment]))

    def _owners(self, owner: Node) -> dict[str, Node]:
        """Return the account, then each object down to the owner."""
        found = {"account": self._account}
        for level, link in _LINKS.items():
            if above := self._store.get(str(owner.data.get(link, ""))):
                found[level] = above
        return {**found, LEVEL_OF[owner.kind]: owner}


KIND_OF = {level: kind for kind, level in LEVEL_OF.items()}
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
    created = node.data.get("created_time") or account.data.get("created_time") or "2004-02-04"
    periods = filters.resolve(params, today, date.fromisoformat(str(created)[:10]))
    return Report(level, fields, periods, chosen, found, sort, settings)


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


def _owners(store: Store, node: Node, report: Report) -> Iterator[tuple[Node, list[Node]]]:
    """Yield the objects to report on with the ads that count for each, newest first."""
    if report.level == LEVEL_OF[node.kind]:
        objects = [node]
    else:
        # Objects that are gone have no rows of their own under a parent, unless a filter asks for them.
        hidden = status.HIDDEN_BY_DEFAULT - report.filters.requested_statuses()
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
    figures = group.figures
    if report.breakdowns and not report.old_people and since < oldest:  # no counts of people so far back
        figures = {figure: count for figure, count in figures.items() if figure not in UNIQUE}
    row = Row(figures, group.owners, scale, report.settings)
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
