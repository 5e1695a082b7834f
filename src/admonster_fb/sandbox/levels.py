"""Budgets on their way between levels: from a campaign to its ad sets and back, and the bids that go with them."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.case import BUDGETS, budget_of
from admonster_fb.sandbox.world import Call

NO_BUDGETS = dict.fromkeys(BUDGETS, "0")
# Meta's trap (facts, 1.1): a campaign budget without a strategy bids with a cap.
TRAP = "LOWEST_COST_WITH_BID_CAP"
AUTOMATIC = "LOWEST_COST_WITHOUT_CAP"


def adsets_of(call: Call, campaign: Node) -> list[Node]:
    """Return a campaign's ad sets, the dead ones too."""
    return list(call.store.children(campaign.id, "AdSet")) if campaign.kind == "Campaign" else []


def move(call: Call, campaign: Node) -> None:
    """Keep budgets on one level: a campaign budget empties the ad sets', `adset_budgets` hands it down."""
    if call.params.get("adset_budgets"):
        _hand_down(call, campaign, call.params["adset_budgets"])
    for name in BUDGETS:
        if name in call.params and name in campaign.data:
            _take_up(call, campaign, name)
    _set_bids(call, campaign)


def _hand_down(call: Call, campaign: Node, amounts: list[dict[str, Any]]) -> None:
    strategy = campaign.data.pop("bid_strategy", None)
    for each in amounts:
        adset = call.store.nodes[str(each["adset_id"])]
        adset.data |= {**NO_BUDGETS, **{name: str(each[name]) for name in BUDGETS if each.get(name)}}
        # The ad sets go on bidding as their campaign did, unless somebody says otherwise.
        if chosen := each.get("bid_strategy") or strategy:
            adset.data["bid_strategy"] = chosen
    for name in (*BUDGETS, "pacing_type"):
        campaign.data.pop(name, None)
    campaign.data.setdefault("is_adset_budget_sharing_enabled", False)


def _take_up(call: Call, campaign: Node, name: str) -> None:
    adsets = adsets_of(call, campaign)
    campaign.data.pop(next(other for other in BUDGETS if other != name), None)
    had_budgets = [adset for adset in adsets if budget_of(adset)]
    used = {adset.data.get("bid_strategy") for adset in had_budgets}
    # A guess: ad sets that all bid alike lend their strategy to the campaign.
    campaign.data.setdefault("bid_strategy", used.pop() or TRAP if len(used) == 1 else TRAP)
    campaign.data.setdefault("pacing_type", ["standard"])
    for adset in adsets:
        adset.data |= NO_BUDGETS
    for adset in had_budgets:
        adset.data.pop("bid_strategy", None)


def _set_bids(call: Call, campaign: Node) -> None:
    if "bid_strategy" in call.params and call.params["bid_strategy"] == AUTOMATIC and budget_of(campaign):
        for adset in adsets_of(call, campaign):
            adset.data.pop("bid_amount", None)
    for adset_id, amount in (call.params.get("adset_bid_amounts") or {}).items():
        call.store.nodes[str(adset_id)].data["bid_amount"] = int(amount)
