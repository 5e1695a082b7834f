"""What an account could spend on a day, by brute force over the sandbox's memory: from each ad up, nothing of ours."""

from __future__ import annotations

from admonster_fb.sandbox import Sandbox, status, times
from admonster_fb.sandbox.insights.delivery import spent_total
from admonster_fb.sandbox.store import Node

NONE = 922_337_203_685_478


def deliverable(sandbox: Sandbox, account: str = "act_1") -> int:
    """Return the sum of what all that would deliver may spend on a day."""
    store = sandbox.world.store
    spending: dict[str, dict[str, int]] = {}
    for ad in store.children(account, "Ad"):
        adset, campaign = store.nodes[ad.data["adset_id"]], store.nodes[ad.data["campaign_id"]]
        hidden, ad.hidden = ad.hidden, {}  # neither review nor disapproval is for ever
        runs = status.effective(store, ad) == "ACTIVE"
        ad.hidden = hidden
        end = adset.data.get("end_time")
        if not runs or (end not in (None, "", 0, "0") and times.parse(end, "UTC") <= sandbox.now()):
            continue
        payer = campaign if has_budget(campaign) else adset
        spending.setdefault(campaign.id, {})[payer.id] = a_day(sandbox, payer)
    return sum(min(sum(each.values()), cap(store.nodes[key])) for key, each in spending.items())


def has_budget(node: Node) -> bool:
    return any(int(node.data.get(name) or 0) for name in ("daily_budget", "lifetime_budget"))


def cap(campaign: Node) -> int:
    return int(campaign.data.get("spend_cap") or NONE)


def a_day(sandbox: Sandbox, node: Node) -> int:
    """Return the most that one budget allows on a day."""
    store = sandbox.world.store
    daily, lifetime = (int(node.data.get(name) or 0) for name in ("daily_budget", "lifetime_budget"))
    if not daily:
        return max(0, lifetime - spent_total(store, node)) if lifetime else 0
    return daily + sum(raised(sandbox, each, daily) for each in store.children(node.id, "HighDemandPeriod"))


def raised(sandbox: Sandbox, period: Node, daily: int) -> int:
    if not daily or times.parse(period.data["time_end"], "UTC") <= sandbox.now():
        return 0
    value = int(period.data["budget_value"])
    return value if period.data["budget_value_type"] == "ABSOLUTE" else daily * (value - 1)
