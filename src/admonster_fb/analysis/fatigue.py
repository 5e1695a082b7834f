"""Ads that the same people have seen too often."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from admonster_fb.analysis.change import Change, safe_divide
from admonster_fb.analysis.figures import figure
from admonster_fb.models.insights.row import InsightsRow

LEAST_IMPRESSIONS = 1000
_IDS = ("ad_id", "adset_id", "campaign_id", "account_id")


@dataclass(frozen=True, slots=True)
class Fatigue:
    """An object that people see more often and click less."""

    object_id: str
    name: str
    frequency: Change
    ctr: Change

    def __str__(self) -> str:
        return (
            f"frequency {self.frequency.before:.2f} to {self.frequency.after:.2f}, "
            f"CTR {self.ctr.before:.2f} % to {self.ctr.after:.2f} %"
        )


def fatigue(
    rows: Iterable[InsightsRow],
    *,
    least_impressions: int = LEAST_IMPRESSIONS,
    rise: Decimal = Decimal("0.1"),
    fall: Decimal = Decimal("0.1"),
) -> tuple[Fatigue, ...]:
    """Find what people see more often and click less than before, the steepest fall first.

    Rows are windows of equal length (days, weeks) of ads, ad sets or campaigns, with impressions, clicks and frequency
    or reach. Of each object the earlier half of its rows stands against the later half (of an odd number the middle
    one is left out). Frequency of a half is the median of its rows' (reach is never added up), CTR its clicks per 100
    impressions. It is fatigue if frequency rose by `rise` (a tenth) and CTR fell by `fall` (a tenth) or more, and each
    half has `least_impressions` at least; with fewer the rate says nothing.

    >>> week = dict(campaign_id="1", impressions=5000)
    >>> rows = [InsightsRow(date_start="2026-10-18", frequency="1.5", clicks=100, **week),
    ...         InsightsRow(date_start="2026-10-25", frequency="2.4", clicks=50, **week)]
    >>> print(fatigue(rows)[0])
    frequency 1.50 to 2.40, CTR 2.00 % to 1.00 %
    """
    by_object: dict[str, list[InsightsRow]] = {}
    for row in rows:
        about = next((getattr(row, name) for name in _IDS if getattr(row, name)), "")
        by_object.setdefault(about, []).append(row)
    found = []
    for object_id, some in by_object.items():
        some.sort(key=lambda row: row.date_start or "")
        half = len(some) // 2
        older, newer = some[:half], some[len(some) - half :]
        if min(figure(each, "impressions") or 0 for each in (older, newer)) < max(least_impressions, 1):
            continue
        told = Fatigue(object_id, _name(some[-1]), _change(_frequency, older, newer), _change(_ctr, older, newer))
        if _moved(told.frequency, rise) and _moved(told.ctr, -fall):
            found.append(told)
    return tuple(sorted(found, key=lambda each: each.ctr.percent or 0))


def _change(
    of: Callable[[Sequence[InsightsRow]], Decimal | None], older: list[InsightsRow], newer: list[InsightsRow]
) -> Change:
    return Change(of(older), of(newer))


def _frequency(rows: Sequence[InsightsRow]) -> Decimal | None:
    told = [each for row in rows if (each := row.frequency or safe_divide(row.impressions, row.reach)) is not None]
    return median(told) if told else None


def _ctr(rows: Sequence[InsightsRow]) -> Decimal:
    """Return the CTR; with impressions, clicks that Meta leaves out are none."""
    return safe_divide(100 * (figure(rows, "clicks") or 0), figure(rows, "impressions")) or Decimal(0)


def _moved(change: Change, share: Decimal) -> bool:
    if change.percent is None:
        return False
    return change.percent >= 100 * share if share > 0 else change.percent <= 100 * share


def _name(row: InsightsRow) -> str:
    return str(next((name for level in ("ad", "adset", "campaign") if (name := getattr(row, f"{level}_name"))), ""))
