"""The figures of an A/B test per cell, and whether the difference is significant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from admonster_fb.analysis.metrics import METRICS, Metric, metric, named
from admonster_fb.analysis.significance import chi_square_test, has_enough_data, z_test
from admonster_fb.errors import ParameterError, Violation, collecting
from admonster_fb.models.adstudy import AdStudy, AdStudyCell
from admonster_fb.models.insights.row import InsightsRow
from admonster_fb.money import Money

VOLUMES = ("impressions", "clicks", "link_clicks")
_PEOPLE = frozenset({"reach", "unique_clicks"})
COUNTS = ", ".join(name for name, definition in METRICS.items() if definition.kind == "count" and name not in _PEOPLE)
_CRITERION = re.compile(r"\[judged by (\S+) per (\S+)\]")


def with_criterion(description: str, of: str, per: str) -> str:
    """Return a description that ends with the criterion of a test. Raises `ParameterError` if it is not a share."""
    violations: list[Violation] = []
    with collecting(violations):
        of = named(of)
    if not violations and (metric(of).kind != "count" or of in _PEOPLE):
        violations.append(Violation("metric", of, f"a metric that is counted: {COUNTS}, or actions.TYPE"))
    if per not in VOLUMES or per == of:
        violations.append(Violation("per", per, f"one of {', '.join(VOLUMES)}, other than the metric"))
    if violations:
        raise ParameterError(violations)
    return f"{description} [judged by {of} per {per}]".strip()


def parse_criterion(description: str) -> tuple[str, str]:
    """Return the criterion in a description. Default: results per impressions."""
    found = _CRITERION.search(description)
    return (found[1], found[2]) if found else ("results", "impressions")


@dataclass(frozen=True, slots=True)
class CellFigures:
    """One cell and its figures during the test: `successes` out of `volume`."""

    name: str
    percent: float | None
    members: tuple[str, ...]
    impressions: int
    clicks: int
    spend: Money | None
    """`None` if nothing was delivered, or in several currencies."""
    successes: int
    volume: int

    @classmethod
    def from_rows(cls, cell: AdStudyCell, rows: Sequence[InsightsRow], metric: Metric, per: Metric) -> Self:
        """Add up the rows of a cell's members."""
        currencies = {row.account_currency for row in rows}
        spent = sum((row.spend or Decimal(0) for row in rows), Decimal(0))
        spend = Money.from_major(spent, currencies.pop() or "") if len(currencies) == 1 else None
        seen, clicked = (sum(getattr(row, name) or 0 for row in rows) for name in ("impressions", "clicks"))
        successes, volume = (int(sum(each.read(row) or 0 for row in rows)) for each in (metric, per))
        members = tuple(member.id for member in cell.members)
        return cls(cell.name or "", cell.treatment_percentage, members, seen, clicked, spend, successes, volume)

    @property
    def rate(self) -> Decimal | None:
        """The share in percent."""
        return Decimal(self.successes) * 100 / self.volume if self.volume else None


@dataclass(frozen=True, slots=True)
class ABTest:
    """A test, its cells and its result. `p_value` is the probability of so large a difference by chance alone."""

    study: AdStudy
    now: datetime
    days: tuple[date, date] | None
    """First and last day of the figures, in the account's time zone."""
    metric: str
    per: str
    cells: list[CellFigures]
    confidence: float
    min_volume: int
    test: str = ""
    """`two-proportion z` or `chi-square`; empty while there is too little data."""
    statistic: float | None = None
    p_value: float | None = None
    leader: str | None = None
    winner: str | None = None
    verdict: str = ""

    @property
    def status(self) -> str:
        """Whether it is scheduled, running, ended or canceled."""
        start, end = self.study.start_time, self.study.end_time
        if self.study.canceled_time is not None:
            return "canceled"
        if start is not None and self.now < start:
            return "scheduled"
        return "ended" if end is not None and self.now >= end else "running"


def evaluate(test: ABTest) -> ABTest:
    """Return a test with its result.

    A winner needs p below 1 - `confidence`; among more than two cells the best must also differ from the second with
    p below (1 - `confidence`) / (cells - 1).
    """
    if test.status == "scheduled":
        begins = test.days[0] if test.days else test.study.start_time
        return replace(test, verdict=f"no figures yet: it starts on {begins}")
    counts = [(cell.successes, cell.volume) for cell in test.cells]
    if (small := min((volume for _, volume in counts), default=0)) < test.min_volume:
        return replace(test, verdict=f"no winner yet: a cell has {small:,} {test.per}, fewer than {test.min_volume:,}")
    if any(successes > volume for successes, volume in counts):
        return replace(test, verdict=f"no test: more {test.metric} than {test.per} is not a share")
    if not has_enough_data(counts):
        return replace(test, verdict=f"no winner yet: fewer than 5 {test.metric} are expected in a cell")
    return _run_test(test, counts)


def _run_test(test: ABTest, counts: list[tuple[int, int]]) -> ABTest:
    order = sorted(test.cells, key=lambda cell: cell.rate or Decimal(0), reverse=True)
    best, second = order[:2]
    _, apart = z_test((best.successes, best.volume), (second.successes, second.volume))
    two, alpha = len(counts) == 2, 1 - test.confidence
    statistic, p_value = z_test(*counts) if two else chi_square_test(counts)
    won = p_value < alpha and apart < alpha / (len(counts) - 1)
    detail, running = f"p = {p_value:.3g}, {test.confidence * 100:g} % confidence required", test.status == "running"
    if won:
        verdict = f"{best.name} wins with {best.rate:.3f} % {test.metric} per {test.per} ({detail})"
        verdict += "; the test is still running: checking it repeatedly finds false winners" if running else ""
    else:
        verdict = f"no winner{' yet' if running else ''}: the difference may be chance ({detail})"
    leader, winner = best.name if best.rate != second.rate else None, best.name if won else None
    result: Any = {"test": "two-proportion z" if two else "chi-square", "statistic": statistic, "p_value": p_value}
    return replace(test, **result, leader=leader, winner=winner, verdict=verdict)
