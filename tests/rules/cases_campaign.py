"""For each rule of campaigns and accounts: what breaks it and what keeps it.

A case is (kind, rule, field it names, changes that break it, changes that keep it, context, is it an update). Changes
are made to a base in order; `...` takes a field away.
"""

from __future__ import annotations

from typing import Any

POLITICS, HOUSING = ["ISSUES_ELECTIONS_POLITICS"], ["HOUSING"]
SHARED = {"campaign": {"is_adset_budget_sharing_enabled": True, "bid_strategy": "COST_CAP"}}
FREE = "LOWEST_COST_WITHOUT_CAP"
CBO = {"daily_budget": 5000, "bid_strategy": FREE, "is_adset_budget_sharing_enabled": ...}
ROAS = "LOWEST_COST_WITH_MIN_ROAS"
CATEGORY = "special_ad_categories"
COUNTRY = "special_ad_category_country"
FLAG = "is_adset_budget_sharing_enabled"
SETS: list[dict[str, Any]] = [{"bid_strategy": "COST_CAP", "daily_min_spend_target": 100}, {"bid_strategy": FREE}]

CASES: list[tuple[Any, ...]] = [
    ("campaign", "campaign-required", CATEGORY, {CATEGORY: ...}, {CATEGORY: []}),
    ("campaign", "campaign-required", "name", {"name": ""}, {"name": " "}),
    ("campaign", "campaign-name", "name", {"name": "x" * 401}, {"name": "x" * 400}),
    ("campaign", "campaign-objective", "objective", {"objective": "LINK_CLICKS"}, {"objective": "OUTCOME_LEADS"}),
    ("campaign", "campaign-objective", "objective", {"objective": "SALES"}, {"objective": "OUTCOME_SALES"}),
    ("campaign", "campaign-status", "status", {"status": "ARCHIVED"}, {"status": "ACTIVE"}),
    ("campaign", "campaign-status-known", "status", {"status": "ON"}, {"status": "ARCHIVED"}, {}, True),
    ("campaign", "smart-promotion", "smart_promotion_type", {"smart_promotion_type": "AUTOMATED_SHOPPING_ADS"}, {}),
    ("campaign", "sharing-flag", FLAG, {FLAG: ...}, {FLAG: ..., "daily_budget": 5000}),
    ("campaign", "sharing-flag", FLAG, {FLAG: ..., "daily_budget": 0}, {FLAG: True}),
    ("campaign", "sharing-budget", FLAG, {FLAG: True, "daily_budget": 5000}, {FLAG: False, "daily_budget": 5000}),
    ("campaign", "sharing-strategy", "bid_strategy", {FLAG: True}, {FLAG: True, "bid_strategy": FREE}),
    ("campaign", "sharing-frozen", "bid_strategy", {"bid_strategy": FREE}, {"bid_strategy": "COST_CAP"}, SHARED, True),
    ("campaign", "sharing-switched-on", FLAG, {FLAG: True}, {FLAG: False}, {"campaign": {}}, True),
    ("campaign", "sharing-uniform", FLAG, {FLAG: True, "adsets": SETS}, {FLAG: True, "adsets": SETS[:1] * 2}),
    ("campaign", "campaign-strategy", "bid_strategy", {"bid_strategy": FREE}, CBO),
    ("campaign", "campaign-strategy-default", "bid_strategy", CBO | {"bid_strategy": ...}, CBO),
    (
        *("campaign", "min-roas-for-good", "bid_strategy", {"bid_strategy": FREE}, {"bid_strategy": ROAS}),
        *({"campaign": {"bid_strategy": ROAS}}, True),
    ),
    (
        *("campaign", "strategy-bids", "adset_bid_amounts", {"bid_strategy": "COST_CAP"}),
        *({"bid_strategy": "COST_CAP", "adset_bid_amounts": {"1": 500}}, {}, True),
    ),
    ("campaign", "strategy-fixed", "daily_budget", CBO | {"adsets": [{}] * 71}, CBO | {"adsets": [{}] * 70}),
    ("campaign", "adset-count", "adsets", {"adsets": [{}] * 201}, {"adsets": [{}] * 200}),
    (
        *("campaign", "spend-cap-least", "spend_cap", {"spend_cap": 9_999}, {"spend_cap": "100.00 USD"}),
        {"min_campaign_spend_cap": 10_000},
    ),
    ("campaign", "spend-cap-low", "spend_cap", {"spend_cap": 9_999}, {"spend_cap": 10_000}),
    (
        *("campaign", "spend-cap-reserved", "spend_cap", {"spend_cap": 50_000, "buying_type": "RESERVED"}),
        {"spend_cap": 922337203685478, "buying_type": "RESERVED"},
    ),
    ("campaign", "campaign-times", "start_time", {"start_time": "2026-12-01T00:00:00+0000"}, {"start_time": ...}),
    ("campaign", "currency", "daily_budget", {"daily_budget": "5000 JPY"}, {"daily_budget": "50.00 USD"}),
    ("campaign", "currency", "spend_cap", {"spend_cap": "5000 JPY"}, {"spend_cap": 5000}),
    (
        *("campaign", "one-budget", "lifetime_budget", {"daily_budget": 5000, "lifetime_budget": 90_000}),
        {"daily_budget": 5000, "lifetime_budget": 0},
    ),
    ("campaign", "budget-zero", "daily_budget", {"daily_budget": 0}, {"daily_budget": 5000}),
    (
        *("campaign", "budget-minimum", "daily_budget", {"daily_budget": 99}, {"daily_budget": 100}),
        {"min_daily_budget": 100},
    ),
    (
        *("campaign", "targets-in-all", "daily_budget", CBO | {"daily_budget": 199, "adsets": SETS[:1] * 2}),
        CBO | {"daily_budget": 200, "adsets": SETS[:1] * 2},
    ),
    ("campaign", "category-known", CATEGORY, {CATEGORY: ["HOUSES"]}, {CATEGORY: HOUSING}),
    ("campaign", "category-superseded", CATEGORY, {CATEGORY: ["CREDIT"]}, {CATEGORY: ["FINANCIAL_PRODUCTS_SERVICES"]}),
    ("campaign", "category-none", CATEGORY, {CATEGORY: ["NONE", "HOUSING"]}, {CATEGORY: ["NONE"]}),
    ("campaign", "category-country", COUNTRY, {CATEGORY: POLITICS}, {CATEGORY: POLITICS, COUNTRY: ["US"]}),
    ("campaign", "category-country", COUNTRY, {CATEGORY: POLITICS}, {CATEGORY: ["NONE"]}),
    ("campaign", "category-country-default", COUNTRY, {CATEGORY: HOUSING}, {CATEGORY: HOUSING, COUNTRY: ["US"]}),
    ("campaign", "category-country-code", COUNTRY, {COUNTRY: ["UK"]}, {COUNTRY: ["GB"]}),
    (
        *("campaign", "politics-eu", COUNTRY, {CATEGORY: POLITICS, COUNTRY: ["US", "FR"]}),
        {CATEGORY: POLITICS, COUNTRY: ["US", "GB"]},
    ),
    (
        *("campaign", "end-after-start", "stop_time", {"start_time": 2_000_000_000, "stop_time": 2_000_000_000}),
        {"start_time": 2_000_000_000, "stop_time": 2_000_000_001},
    ),
    ("account", "account-currency", "currency", {"currency": "LKR"}, {"currency": "TWD"}),
    (
        *("account", "account-cap-low", "spend_cap", {"spend_cap": 50}, {"spend_cap": 50_000}),
        *({"min_daily_budget": 100}, True),
    ),
    (
        "account",
        "account-cap-action",
        "spend_cap_action",
        {"spend_cap_action": "remove"},
        {"spend_cap_action": "reset"},
    ),
    (
        *("account", "account-cap-action", "spend_cap_action", {"spend_cap_action": "delete", "spend_cap": 5}),
        {"spend_cap_action": "delete"},
    ),
]
