"""Rules of campaigns (`docs/meta-rules.md`, Campaigns)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from admonster_fb.sandbox import need, status
from admonster_fb.sandbox.convert import NO_CAP, objects, truth, whole
from admonster_fb.sandbox.errors import bad_param, invalid, missing_object, refuse, required
from admonster_fb.sandbox.spec import names_in
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation import budgets, places
from admonster_fb.sandbox.validation import case as common
from admonster_fb.sandbox.validation.case import Case, budget_of

# Beyond this many ad sets a campaign budget is there to stay, and so is its bid strategy.
FROZEN_BEYOND = 70
CAPPED = frozenset({"COST_CAP", "LOWEST_COST_WITH_BID_CAP"})


def check_size(case: Case, field: str) -> None:
    """Refuse what can't be changed any more in a campaign with a budget and very many ad sets."""
    node = case.node
    if node is None or budget_of(node) is None:
        return
    if len(_living(case)) > FROZEN_BEYOND:
        text = f"This can't be changed in campaigns with more than {FROZEN_BEYOND} ad sets."
        raise invalid(field, "Too Many Ad Sets", text)


def check_handing_down(case: Case) -> None:
    """Refuse to move a campaign's budget to its ad sets unless every ad set gets one and the campaign has none."""
    if case.node is None or not case.sent("adset_budgets"):
        return
    check_size(case, "adset_budgets")
    if budget_of(case.node) is None:
        text = "Only a campaign with a budget can hand budgets to its ad sets."
        raise invalid("adset_budgets", "No Campaign Budget", text)
    if case.budgets_sent():
        raise refuse(1885621, "adset_budgets")
    shares = {str(budget.get("adset_id")): budget for budget in objects(case.params["adset_budgets"])}
    for adset_id, item in shares.items():
        _check_share(case, _child(case, adset_id), item)
    if any(adset.id not in shares for adset in _living(case)):
        text = "Every ad set of the campaign needs a budget."
        raise invalid("adset_budgets", "Budget Missing", text)


def _check_share(case: Case, adset: Node, params: dict[str, Any]) -> None:
    share = Case(params, case.store, case.account, adset)
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
    need.fields("adset_bid_amounts", amounts)
    for adset_id, amount in amounts.items():
        if (whole(amount) or 0) < 1:
            raise bad_param(f"Param adset_bid_amounts[{adset_id}] must be an integer greater than 0")
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
            raise refuse(2238055)


def _child(case: Case, adset_id: str) -> Node:
    adset = case.store.get(adset_id)
    if adset is None or case.node is None or adset.data.get("campaign_id") != case.node.id or adset.kind != "AdSet":
        raise missing_object("POST", adset_id)
    return adset


def _living(case: Case) -> list[Node]:
    adsets = case.store.children(case.node.id, "AdSet") if case.node else ()
    return [adset for adset in adsets if adset.data.get("status") not in status.GONE]


OBJECTIVES = names_in(
    "OUTCOME_APP_PROMOTION OUTCOME_AWARENESS OUTCOME_ENGAGEMENT OUTCOME_LEADS OUTCOME_SALES OUTCOME_TRAFFIC"
)
# CREDIT was superseded by FINANCIAL_PRODUCTS_SERVICES; no source says that it is refused.
CATEGORIES = (
    "CREDIT", "EMPLOYMENT", "FINANCIAL_PRODUCTS_SERVICES", "HOUSING",
    "ISSUES_ELECTIONS_POLITICS", "NONE", "ONLINE_GAMBLING_AND_GAMING",
)  # fmt: skip
# All others fall back to the country of the tax address (special_ad_categories.json).
NEEDS_COUNTRY = frozenset({"ISSUES_ELECTIONS_POLITICS", "ONLINE_GAMBLING_AND_GAMING"})
BID_STRATEGIES = ("COST_CAP", "LOWEST_COST_WITHOUT_CAP", "LOWEST_COST_WITH_BID_CAP", "LOWEST_COST_WITH_MIN_ROAS")
BUYING_TYPES = ("AUCTION", "RESERVED")
MIN_SPEND_CAP = 10_000
BLOCKED_PROMOTIONS = frozenset({"AUTOMATED_SHOPPING_ADS", "SMART_APP_PROMOTION"})


def _check_objective(case: Case) -> None:
    need.value("objective", case.value("objective"))
    if case.sent("objective") and case.params["objective"] not in OBJECTIVES:
        raise bad_param(f"Objective {case.params['objective']} is invalid. Use one of: {', '.join(OBJECTIVES)}.")


def _check_categories(case: Case) -> None:
    categories = case.params.get("special_ad_categories")
    if categories is None:
        if case.node is None:
            raise required("special_ad_categories")
        return
    for position, category in enumerate(categories or []):
        need.one_of(f"special_ad_categories[{position}]", category, CATEGORIES)
    if NEEDS_COUNTRY & set(categories or []) and not case.value("special_ad_category_country"):
        raise required("special_ad_category_country")
    banned = places.EU & {str(item) for item in case.value("special_ad_category_country") or ()}
    if "ISSUES_ELECTIONS_POLITICS" in (categories or []) and banned:
        text = f"Ads about social issues, elections or politics can't run in {', '.join(sorted(banned))}."
        raise invalid("special_ad_category_country", "Not Available In The EU", text)


def _check_promotion(case: Case) -> None:
    if case.params.get("smart_promotion_type") in BLOCKED_PROMOTIONS:
        raise invalid(
            "smart_promotion_type",
            "Campaign Type No Longer Available",
            "Advantage+ shopping and app campaigns can no longer be created or edited. Create an Advantage+ campaign "
            "with the Sales or App promotion objective instead.",
        )


def _check_sharing(case: Case) -> None:
    """Ad sets may share budgets only where the budgets are theirs; without a campaign budget the flag is a must."""
    stored = budget_of(case.node) is not None if case.node else False
    has_budget = bool(case.budgets_sent()) or (stored and not case.sent("adset_budgets"))
    flag = case.value("is_adset_budget_sharing_enabled")
    if flag is None:
        if not has_budget and case.node is None:
            raise refuse(4834011, "is_adset_budget_sharing_enabled")
        return
    if not truth(flag):
        return
    # Meta's page names 4834005 for a missing bid_strategy, and shows a campaign without one: it passes.
    if has_budget:
        raise refuse(4834002, "is_adset_budget_sharing_enabled")


def _check_spend_cap(case: Case) -> None:
    if not case.sent("spend_cap"):
        return
    cap = whole(case.params["spend_cap"]) or 0
    lowest = whole(case.account.data.get("min_campaign_group_spend_cap")) or MIN_SPEND_CAP
    if str(cap) != NO_CAP and cap < lowest:
        raise refuse(2446307, "spend_cap")


def _check_sharing_change(case: Case) -> None:
    node = case.node
    if node is None:
        return
    shared = truth(node.data.get("is_adset_budget_sharing_enabled"))
    shares_budget = case.params.get("is_adset_budget_sharing_enabled")
    delivers = node.data.get("status") == "ACTIVE" and any(True for _ in case.store.children(node.id, "AdSet"))
    if not shared and truth(shares_budget) and delivers:
        raise refuse(3858418, "is_adset_budget_sharing_enabled")
    if shared and _changes(case, "bid_strategy") and (shares_budget is None or truth(shares_budget)):
        raise refuse(4834006, "bid_strategy")


def _check_strategy_change(case: Case) -> None:
    # Whether a minimum ROAS strategy can be left later is contradictory, so it passes.
    if _changes(case, "bid_strategy"):
        check_size(case, "bid_strategy")


def _changes(case: Case, name: str) -> bool:
    return case.sent(name) and case.node is not None and case.params[name] != case.node.data.get(name)


_SHARED: tuple[Callable[[Case], None], ...] = (
    common.check_name(),
    _check_objective,
    _check_categories,
    _check_promotion,
    partial(common.check_enum, name="bid_strategy", values=BID_STRATEGIES),
    partial(common.check_enum, name="buying_type", values=BUYING_TYPES),
    budgets.check_amounts,
)
CREATE = (*_SHARED, common.check_new_status, _check_sharing, _check_spend_cap)
UPDATE = (
    common.check_transition,
    *_SHARED,
    _check_sharing_change,
    _check_sharing,
    _check_strategy_change,
    check_handing_down,
    check_bids,
    check_targets,
    _check_spend_cap,
    budgets.check_lowering,
)
