"""Significance of a difference between shares: two-proportion z-test and chi-square test.

See the NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3 and 7.4.5. Only
the standard library is used.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from admonster_fb.analysis.change import Change

MIN_EXPECTED = 5
"""Minimum expected number of successes and of failures in each cell, for the tests to be valid."""

SIGNIFICANT = 0.05
"""A difference with a lower p-value is told as more than chance."""

Count = tuple[int, int]


def z_test(one: Count, other: Count) -> tuple[float, float]:
    """Return z and the two-sided p-value of the difference of two shares, pooled.

    z = (p₁ - p₂) / √(p (1-p) (1/n₁ + 1/n₂)), with p the share in both together.

    >>> z, p = z_test((120, 1000), (90, 1000))
    >>> round(z, 3), round(p, 4)
    (2.188, 0.0287)
    """
    (x1, n1), (x2, n2) = one, other
    pooled = (x1 + x2) / (n1 + n2)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    if error == 0:
        return 0.0, 1.0
    z = (x1 / n1 - x2 / n2) / error
    return z, _two_sided_tail(abs(z))


def judge(count: Change, exposure: Change | None = None) -> str:
    """Say whether a count changed by more than chance; "" if it did not change or is not known.

    Events that come at one rate fall into the two periods in proportion to their exposure (spend, impressions; default:
    the same): z = (x₂ - n q) / √(n q (1 - q)), with q the share of the exposure. The threshold is p < 0.05. With a
    spend as exposure this is about the cost of a result.

    >>> judge(Change(40, 70)), judge(Change(10, 12)), judge(Change(1, 2)), judge(Change(40, 70), Change(400, 700))
    ('more than chance', 'could be chance', 'too few to tell', 'could be chance')
    """
    first, second = exposure.before if exposure else 1, exposure.after if exposure else 1
    if count.before is None or count.after is None or not first or not second or not count.difference:
        return ""
    total, share = float(count.before + count.after), float(second) / float(first + second)
    if total * min(share, 1 - share) < MIN_EXPECTED:
        return "too few to tell"
    z = (float(count.after) - total * share) / math.sqrt(total * share * (1 - share))
    return "more than chance" if _two_sided_tail(abs(z)) < SIGNIFICANT else "could be chance"


def chi_square_test(cells: Sequence[Count]) -> tuple[float, float]:
    """Return χ² and the p-value that all cells have the same share; degrees of freedom are the cells less one.

    χ² = Σ (observed - expected)² / expected, over the successes and failures of each cell.

    >>> chi, p = chi_square_test([(120, 1000), (90, 1000)])
    >>> round(chi, 3), round(p, 4)
    (4.789, 0.0287)
    """
    share = sum(x for x, _ in cells) / sum(n for _, n in cells)
    if share in (0, 1):
        return 0.0, 1.0
    chi = sum((x - n * share) ** 2 / (n * share * (1 - share)) for x, n in cells)
    return chi, chi_square_tail(chi, len(cells) - 1)


def chi_square_tail(chi: float, freedom: int) -> float:
    """Return the probability that χ² is at least `chi` by chance.

    Q₁(x) = 2 Φ(-√x), Q₂(x) = e^(-x/2), Qₖ₊₂(x) = Qₖ(x) + (x/2)^(k/2) e^(-x/2) / Γ(k/2 + 1).

    >>> round(chi_square_tail(3.841, 1), 3), round(chi_square_tail(9.488, 4), 3)
    (0.05, 0.05)
    """
    if chi <= 0:
        return 1.0
    odd = freedom % 2
    tail = _two_sided_tail(math.sqrt(chi)) if odd else math.exp(-chi / 2)
    for k in range(1 if odd else 2, freedom, 2):
        tail += math.exp(k / 2 * math.log(chi / 2) - chi / 2 - math.lgamma(k / 2 + 1))
    return min(1.0, tail)


def _two_sided_tail(z: float) -> float:
    """Return the two-sided tail 2 Φ(-z) of the normal distribution; `NormalDist` returns 0 beyond 8.3."""
    return math.erfc(z / math.sqrt(2))


def has_enough_data(cells: Sequence[Count]) -> bool:
    """Return whether the tests are valid: at least 5 successes and 5 failures are expected in each cell."""
    total = sum(n for _, n in cells)
    if len(cells) < 2 or not total or any(n <= 0 or not 0 <= x <= n for x, n in cells):
        return False
    share = sum(x for x, _ in cells) / total
    return min(n * part for _, n in cells for part in (share, 1 - share)) >= MIN_EXPECTED
