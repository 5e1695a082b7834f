"""Ad fatigue: ads that the same people have seen too often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from admonster_fb.analysis.change import Change, safe_divide
from admonster_fb.analysis.figures import figure, grouped
from admonster_fb.models.insights.row import InsightsRow

MIN_IMPRESSIONS = 1000
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
    least_impressions: int = MIN_IMPRESSIONS,
    rise: Decimal = Decimal("0.1"),
    fall: Decimal = Decimal("0.1"),
) -> tuple[Fatigue, ...]:
    """Return objects that people see more often and click less than before, the steepest fall of CTR first.

    Rows are periods of equal length (days, weeks) of ads, ad sets or campaigns, with impressions, clicks and frequency
    or reach. The earlier half of an object's rows is compared with the later half (of an odd number the middle row is
    left out). The frequency of a half is the median of its rows (reach is never added up), CTR its clicks per 100
    impressions. It is fatigue if frequency rose by at least `rise` (0.1: a tenth), CTR fell by at least `fall`, and
    each half has `least_impressions`.

    >>> week = dict(campaign_id="1", impressions=5000)
    >>> rows = [InsightsRow(date_start="2026-10-18", frequency="1.5", clicks=100, **week),
    ...         InsightsRow(date_start="2026-10-25", frequency="2.4", clicks=50, **week)]
    >>> print(fatigue(rows)[0])
    frequency 1.50 to 2.40, CTR 2.00 % to 1.00 %
    """
    found = []
    for object_id, own_rows in grouped(rows, _object_id).items():
        own_rows.sort(key=lambda row: row.date_start or "")
        half = len(own_rows) // 2
        older, newer = own_rows[:half], own_rows[len(own_rows) - half :]
        if min(figure(side, "impressions") or 0 for side in (older, newer)) < max(least_impressions, 1):
            continue
        frequency = Change(_frequency(older), _frequency(newer))
        ctr = Change(_ctr(older), _ctr(newer))
        if _moved(frequency, rise) and _moved(ctr, -fall):
            found.append(Fatigue(object_id, _name(own_rows[-1]), frequency, ctr))
    return tuple(sorted(found, key=lambda item: item.ctr.percent or 0))


def _object_id(row: InsightsRow) -> str:
    return next((getattr(row, name) for name in _IDS if getattr(row, name)), "")


def _frequency(rows: Sequence[InsightsRow]) -> Decimal | None:
    values = [value for row in rows if (value := row.frequency or safe_divide(row.impressions, row.reach)) is not None]
    return median(values) if values else None


def _ctr(rows: Sequence[InsightsRow]) -> Decimal:
    """Return the CTR; clicks that Meta leaves out are zero."""
    return safe_divide(100 * (figure(rows, "clicks") or 0), figure(rows, "impressions")) or Decimal(0)


def _moved(change: Change, share: Decimal) -> bool:
    if change.percent is None:
        return False
    return change.percent >= 100 * share if share > 0 else change.percent <= 100 * share


def _name(row: InsightsRow) -> str:
    return str(next((name for level in ("ad", "adset", "campaign") if (name := getattr(row, f"{level}_name"))), ""))
