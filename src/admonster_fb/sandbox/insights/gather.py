"""Adding up: from figures per ad and day to figures per object, period and part of the audience."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from admonster_fb.sandbox.insights import segments
from admonster_fb.sandbox.insights.breakdowns import OFF_META, Figures, shares, split
from admonster_fb.sandbox.insights.delivery import PARENT, UNIQUE, delivery_of
from admonster_fb.sandbox.insights.filters import Period
from admonster_fb.sandbox.insights.segments import ASSETS, Audience, Weighted, segments_of
from admonster_fb.sandbox.store import Node, Store

Segment = tuple[str, ...]
# Of five people reached on other days or by other ads, this many are new.
NEW_OF_FIVE = 3
_LINKS = {"campaign": "campaign_id", "adset": "adset_id"}
_LEVELS = {"AdAccount": "account", "Campaign": "campaign", "AdSet": "adset", "Ad": "ad"}


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
                    parts = split(figures, self._events, segments, f"{ad.id} {day}", self._repeated)
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
        return {**found, _LEVELS[owner.kind]: owner}
