"""One figure before and after a change."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext

Figure = int | Decimal
DIGITS = 60
"""Precision of sums, differences and ratios: no cent of a large amount is lost."""


@dataclass(frozen=True, slots=True)
class Change:
    """One figure before and after; `None` if Meta returned none, which is not zero."""

    before: Figure | None
    after: Figure | None

    @property
    def difference(self) -> Figure | None:
        """After minus before; `None` unless both are known."""
        if self.before is None or self.after is None:
            return None
        with localcontext(prec=DIGITS):
            return self.after - self.before

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of `before`; `None` if `before` is absent or zero."""
        return None if self.difference is None else safe_divide(100 * self.difference, self.before)


def safe_divide(part: Figure | None, whole: Figure | None) -> Decimal | None:
    """Divide; return `None` if either number is absent or the divisor is zero."""
    return None if part is None or not whole else Decimal(part) / whole
