"""What an account could spend on a day, by brute force over the sandbox's objects: from each ad up, nothing of ours."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from admonster_fb.sandbox import Sandbox

NONE = 922_337_203_685_478
Fields = dict[str, Any]


def deliverable(sandbox: Sandbox, account: str = "act_1") -> int:
    """Return the sum of what all that would deliver may spend on a day."""
    spending: dict[str, dict[str, int]] = {}
    for ad in sandbox.objects("Ad", account):
        adset, campaign = sandbox.object(ad["adset_id"]), sandbox.object(ad["campaign_id"])
        # Neither review nor disapproval is for ever.
        runs = sandbox.effective_status(ad["id"], approved=True) == "ACTIVE"
        end = adset.get("end_time")
        if not runs or (end not in (None, "", 0, "0") and datetime.fromisoformat(str(end)) <= sandbox.now()):
            continue
        payer = campaign if has_budget(campaign) else adset
        spending.setdefault(campaign["id"], {})[payer["id"]] = a_day(sandbox, payer)
    return sum(min(sum(each.values()), cap(sandbox.object(key))) for key, each in spending.items())


def has_budget(fields: Fields) -> bool:
    return any(int(fields.get(name) or 0) for name in ("daily_budget", "lifetime_budget"))


def cap(campaign: Fields) -> int:
    return int(campaign.get("spend_cap") or NONE)


def a_day(sandbox: Sandbox, payer: Fields) -> int:
    """Return the most that one budget allows on a day."""
    daily, lifetime = (int(payer.get(name) or 0) for name in ("daily_budget", "lifetime_budget"))
    if not daily:
        return max(0, lifetime - sandbox.spent(payer["id"])) if lifetime else 0
    return daily + sum(raised(sandbox, period, daily) for period in sandbox.objects("HighDemandPeriod", payer["id"]))


def raised(sandbox: Sandbox, period: Fields, daily: int) -> int:
    if not daily or datetime.fromisoformat(period["time_end"]) <= sandbox.now():
        return 0
    value = int(period["budget_value"])
    return value if period["budget_value_type"] == "ABSOLUTE" else daily * (value - 1)
