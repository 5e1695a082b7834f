"""Why a plan is not applied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from admonster_fb.errors import FacebookAdsError

Reason = Literal["unknown", "expired", "altered", "applied", "stale", "host"]


class PlanRefused(FacebookAdsError):  # noqa: N818 - nothing went wrong: nothing was done
    """Report a plan that is not applied; nothing was sent. `reason` says why, `changed` what has changed since.

    >>> error = PlanRefused("stale", "plan_1", changed=["campaign ID: 1 | Daily budget: $20.00 USD to $30.00 USD"])
    >>> print(error.reason, len(error.changed))
    stale 1
    """

    def __init__(self, reason: Reason, plan_id: str, *, op: str = "", changed: Iterable[str] = ()) -> None:
        self.reason: Reason = reason
        self.changed = tuple(changed)
        again = f"Call {op} again for a new plan." if op else "Call the op again for a new plan."
        told = _WHY[reason].format(plan=plan_id[:60])
        shown = [*self.changed[:_SHOWN], *([f"and {len(self.changed) - _SHOWN} more"] if self.changed[_SHOWN:] else [])]
        told = f"{told}: {'; '.join(shown)}" if shown else told
        advice = _HOST if reason == "host" else "" if reason == "applied" else again
        super().__init__(told, advice=advice, who="user" if reason == "host" else "model")


_SHOWN = 5
_WHY: dict[Reason, str] = {
    "unknown": "there is no plan {plan}: it was discarded, applied long ago, or made by another process",
    "expired": "plan {plan} is older than 15 minutes",
    "altered": "plan {plan} is not as it was made: its content no longer gives its id",
    "applied": "plan {plan} was applied before: a plan is applied once, and used up even if Meta then refused it",
    "stale": "plan {plan} no longer holds, since meanwhile somebody changed what it was made from",
    "host": "plan {plan} waits for a person: the policy lets only the host apply it",
}
_HOST = "Show the plan to the user; once they agree, the host applies it with tool.approve(plan_id)."
