"""Rules of budgets and bids that a campaign hands to its ad sets (facts, section 1.1)."""

from __future__ import annotations

from typing import Any

from admonster_fb.sandbox import status
from admonster_fb.sandbox.errors import GraphError, invalid, missing_object, not_list, plain, refuse
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation import budgets
from admonster_fb.sandbox.validation.case import Case, budget_of, listed, whole

# Beyond this many ad sets a campaign budget is there to stay, and so is its bid strategy.
FROZEN_BEYOND = 70
CAPPED = frozenset({"COST_CAP", "LOWEST_COST_WITH_BID_CAP"})


def check_size(case: Case, field: str) -> None:
    """Refuse what can't be changed any more in a campaign with a budget and very many ad sets."""
    node = case.node
    if node is None or budget_of(node) is None:
        return
    if len(_living(case)) > FROZEN_BEYOND:
        words = f"This can't be changed in campaigns with more than {FROZEN_BEYOND} ad sets."
        raise invalid(field, "Too Many Ad Sets", words)


def check_handing_down(case: Case) -> None:
    """Refuse to give a campaign's budget away unless every ad set gets one of its own and the campaign keeps none."""
    if case.node is None or not case.sent("adset_budgets"):
        return
    check_size(case, "adset_budgets")
    if budget_of(case.node) is None:
        words = "Only a campaign with a budget can hand budgets to its ad sets."
        raise invalid("adset_budgets", "No Campaign Budget", words)
    if case.budgets_sent():
        raise refuse(1885621, "adset_budgets")
    given = {str(each.get("adset_id")): each for each in listed(case.params["adset_budgets"]) if isinstance(each, dict)}
    for adset_id, each in given.items():
        _check_share(case, _child(case, adset_id), each)
    if any(adset.id not in given for adset in _living(case)):
        words = "Every ad set of the campaign needs a budget."
        raise invalid("adset_budgets", "Budget Missing", words)


def _check_share(case: Case, adset: Node, given: dict[str, Any]) -> None:
    share = Case(given, case.store, case.account, adset)
    if not share.budgets_sent():
        raise invalid("adset_budgets", "Budget Missing", "Every ad set of the campaign needs a budget.")
    budgets.check_amounts(share)
    if share.sent("lifetime_budget") and not adset.data.get("end_time"):
        raise invalid("adset_budgets", "End Time Missing", "An ad set with a lifetime budget needs an end time.")


def check_bids(case: Case) -> None:
    """Refuse a strategy with a cap unless every ad set has a bid, and bids for one that takes none."""
    node, amounts = case.node, case.params.get("adset_bid_amounts") or {}
    if node is None:
        return
    if not isinstance(amounts, dict):
        raise not_list("adset_bid_amounts")
    for adset_id, amount in amounts.items():
        if (whole(amount) or 0) < 1:
            raise plain(f"Param adset_bid_amounts[{adset_id}] must be an integer greater than 0")
        _child(case, str(adset_id))
    strategy = case.value("bid_strategy")
    if amounts and strategy == "LOWEST_COST_WITHOUT_CAP":
        raise refuse(1885204, "adset_bid_amounts")
    if budget_of(node) and strategy in CAPPED and strategy != node.data.get("bid_strategy"):
        for adset in _living(case):
            if adset.id not in amounts and adset.data.get("bid_amount") is None:
                raise refuse(1815857, "adset_bid_amounts")


def check_targets(case: Case) -> None:
    """Refuse a campaign budget below the sum of what its ad sets must spend at least."""
    for name in case.budgets_sent() if case.node else ():
        target = name.replace("_budget", "_min_spend_target")
        if sum(whole(adset.data.get(target)) or 0 for adset in _living(case)) > (whole(case.params[name]) or 0):
            words = "The budget is below the sum of what the ad sets are to spend at least."
            raise GraphError(100, 2238055, user_title="Campaign Budget Too Low", user_msg=words)


def _child(case: Case, adset_id: str) -> Node:
    adset = case.store.get(adset_id)
    if adset is None or case.node is None or adset.data.get("campaign_id") != case.node.id or adset.kind != "AdSet":
        raise missing_object("POST", adset_id)
    return adset


def _living(case: Case) -> list[Node]:
    adsets = case.store.children(case.node.id, "AdSet") if case.node else ()
    return [adset for adset in adsets if adset.data.get("status") not in status.GONE]
