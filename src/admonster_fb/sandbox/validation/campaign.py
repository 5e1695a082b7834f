"""Rules of campaigns (facts, section 1.1)."""

from __future__ import annotations

from collections.abc import Callable

from admonster_fb.sandbox import status
from admonster_fb.sandbox.errors import invalid, not_one_of, plain, refuse, required
from admonster_fb.sandbox.spec import names_in
from admonster_fb.sandbox.validation import budgets, handover, places
from admonster_fb.sandbox.validation.case import Case, budget_of, truth, whole
from admonster_fb.sandbox.validation.common import check_enum, check_name, check_new_status

OBJECTIVES = names_in(
    "OUTCOME_APP_PROMOTION OUTCOME_AWARENESS OUTCOME_ENGAGEMENT OUTCOME_LEADS OUTCOME_SALES OUTCOME_TRAFFIC"
)
# CREDIT was superseded by FINANCIAL_PRODUCTS_SERVICES; nothing says that it is refused.
CATEGORIES = (
    "CREDIT", "EMPLOYMENT", "FINANCIAL_PRODUCTS_SERVICES", "HOUSING",
    "ISSUES_ELECTIONS_POLITICS", "NONE", "ONLINE_GAMBLING_AND_GAMING",
)  # fmt: skip
BID_STRATEGIES = ("COST_CAP", "LOWEST_COST_WITHOUT_CAP", "LOWEST_COST_WITH_BID_CAP", "LOWEST_COST_WITH_MIN_ROAS")
BUYING_TYPES = ("AUCTION", "RESERVED")
# Removes a spending limit instead of setting one.
NO_CAP = 922_337_203_685_478
MIN_SPEND_CAP = 10_000
BLOCKED_PROMOTIONS = frozenset({"AUTOMATED_SHOPPING_ADS", "SMART_APP_PROMOTION"})


def _check_objective(case: Case) -> None:
    if not case.value("objective"):
        raise required("objective")
    if case.sent("objective") and case.params["objective"] not in OBJECTIVES:
        raise plain(f"Objective {case.params['objective']} is invalid. Use one of: {', '.join(OBJECTIVES)}.")


def _check_categories(case: Case) -> None:
    categories = case.params.get("special_ad_categories")
    if categories is None:
        if case.node is None:
            raise required("special_ad_categories")
        return
    for position, category in enumerate(categories or []):
        if category not in CATEGORIES:
            raise not_one_of(f"special_ad_categories[{position}]", CATEGORIES)
    if set(categories or []) - {"NONE"} and not case.value("special_ad_category_country"):
        raise required("special_ad_category_country")
    banned = places.EU & {str(each) for each in case.value("special_ad_category_country") or ()}
    if "ISSUES_ELECTIONS_POLITICS" in (categories or []) and banned:
        words = f"Ads about social issues, elections or politics can't run in {', '.join(sorted(banned))}."
        raise invalid("special_ad_category_country", "Not Available In The EU", words)


def _check_promotion(case: Case) -> None:
    if case.params.get("smart_promotion_type") in BLOCKED_PROMOTIONS:
        raise invalid(
            "smart_promotion_type",
            "Campaign Type No Longer Available",
            "Advantage+ shopping and app campaigns can no longer be created or edited. Create an Advantage+ campaign "
            "with the Sales or App promotion objective instead.",
        )


def _check_words(case: Case) -> None:
    check_enum(case, "bid_strategy", BID_STRATEGIES)
    check_enum(case, "buying_type", BUYING_TYPES)


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
    if has_budget:
        raise refuse(4834002, "is_adset_budget_sharing_enabled")
    if not case.value("bid_strategy"):
        raise refuse(4834005, "bid_strategy")


def _check_spend_cap(case: Case) -> None:
    if not case.sent("spend_cap"):
        return
    cap = whole(case.params["spend_cap"]) or 0
    lowest = whole(case.account.data.get("min_campaign_group_spend_cap")) or MIN_SPEND_CAP
    if cap != NO_CAP and cap < lowest:
        raise refuse(2446307, "spend_cap")


def _check_transition(case: Case) -> None:
    if case.node:
        status.check_transition(case.node, case.params)


def _check_sharing_change(case: Case) -> None:
    node = case.node
    if node is None:
        return
    shared = truth(node.data.get("is_adset_budget_sharing_enabled"))
    wanted = case.params.get("is_adset_budget_sharing_enabled")
    has_adsets = any(True for _ in case.store.children(node.id, "AdSet"))
    if not shared and wanted is not None and truth(wanted) and has_adsets and node.data.get("status") == "ACTIVE":
        raise refuse(3858418, "is_adset_budget_sharing_enabled")
    if shared and _changes(case, "bid_strategy") and (wanted is None or truth(wanted)):
        raise refuse(4834006, "bid_strategy")


def _check_strategy_change(case: Case) -> None:
    node = case.node
    if node is None or not _changes(case, "bid_strategy"):
        return
    if node.data.get("bid_strategy") == "LOWEST_COST_WITH_MIN_ROAS":
        raise invalid("bid_strategy", "Bid Strategy", "A minimum ROAS bid strategy can't be changed later.")
    handover.check_size(case, "bid_strategy")


def _changes(case: Case, name: str) -> bool:
    return case.sent(name) and case.node is not None and case.params[name] != case.node.data.get(name)


_SHARED: tuple[Callable[[Case], None], ...] = (
    check_name(),
    _check_objective,
    _check_categories,
    _check_promotion,
    _check_words,
    budgets.check_amounts,
)
CREATE = (*_SHARED, check_new_status, _check_sharing, _check_spend_cap)
UPDATE = (
    _check_transition,
    *_SHARED,
    _check_sharing_change,
    _check_sharing,
    _check_strategy_change,
    handover.check_handing_down,
    handover.check_bids,
    handover.check_targets,
    _check_spend_cap,
    budgets.check_lowering,
)
