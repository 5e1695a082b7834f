"""Minor units per currency, as Meta counts them (not ISO 4217)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

# Currencies whose smallest unit is the whole; all other supported ones have hundredths.
WHOLE_UNITS = frozenset({"CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"})


def offset(currency: str) -> int:
    """Return how many minor units make one major unit."""
    return 1 if currency in WHOLE_UNITS else 100


def to_minor(major: object, currency: str) -> int:
    """Return an amount in minor units, rounded half up."""
    return int((Decimal(str(major)) * offset(currency)).quantize(Decimal(1), ROUND_HALF_UP))
