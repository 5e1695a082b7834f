"""How many API calls a plan needs, and whether the limits leave room for them."""

from __future__ import annotations

from collections.abc import Sequence

from admonster_fb.models.change import Change
from admonster_fb.operation import OpSpec
from admonster_fb.transport.rate_limits import BLOCK_PERCENT, THROTTLE_PERCENT, Usage


def calls(op: OpSpec, changes: Sequence[Change]) -> int:
    """Return how many calls count against Meta's limits; 50 at most go into one request.

    >>> calls(OpSpec("update_campaign", "campaign", "write"), [])
    1
    """
    return max(1, len(changes)) if op.call_per_object else 1


def fits(usage: Usage, account: str | None) -> str:
    """Return whether the limits leave room now, in words.

    >>> from admonster_fb import FacebookAds
    >>> fits(FacebookAds.sandbox().usage, "act_1")
    'no limit is known to be near'
    """
    if account in usage.blocked() or "*" in usage.blocked():
        return "does NOT fit now: Meta has blocked this account for a time"
    used = usage.highest(account)
    if used is None:
        return "no limit is known to be near"
    if used >= BLOCK_PERCENT:
        return f"does NOT fit now: {used:.0f} % of a limit is used up"
    return (
        f"fits: {used:.0f} % of the limits used"
        if used < THROTTLE_PERCENT
        else f"fits, slowly: {used:.0f} % of a limit used"
    )
