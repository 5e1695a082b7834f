"""For each rule of campaigns and accounts: what breaks it and what keeps it.

By kind and rule, a case is (severity with Meta's code/subcode, field, changes that break it, changes that keep it,
context, update). The changes apply to a base that breaks no rule; `...` removes a field.
"""

from __future__ import annotations

from typing import Any

from changes import at

POLITICS, HOUSING = ["ISSUES_ELECTIONS_POLITICS"], ["HOUSING"]
SHARED = {"campaign": {"is_adset_budget_sharing_enabled": True, "bid_strategy": "COST_CAP"}}
FREE = "LOWEST_COST_WITHOUT_CAP"
CBO = {"daily_budget": 5000, "bid_strategy": FREE, "is_adset_budget_sharing_enabled": ...}
ROAS = "LOWEST_COST_WITH_MIN_ROAS"
CATEGORY = "special_ad_categories"
COUNTRY = "special_ad_category_country"
FLAG = "is_adset_budget_sharing_enabled"
SETS: list[dict[str, Any]] = [{"bid_strategy": "COST_CAP", "daily_min_spend_target": 100}, {"bid_strategy": FREE}]

CASES: dict[str, list[tuple[Any, ...]]] = {
    "campaign campaign-required": [
        ("error 100", CATEGORY, {CATEGORY: ...}, {CATEGORY: []}),
        ("error 100", "name", {"name": ""}, {"name": " "}),
    ],
    "campaign campaign-name": [("warning 100", "name", {"name": "x" * 401}, {"name": "x" * 400})],
    "campaign campaign-objective": [
        ("error 100", "objective", {"objective": "LINK_CLICKS"}, {"objective": "OUTCOME_LEADS"}),
        ("error 100", "objective", {"objective": "SALES"}, {"objective": "OUTCOME_SALES"}),
        ("warning 100", "objective", {"objective": "OUTCOME_FAME"}, {"objective": "OUTCOME_SALES"}),
    ],
    "campaign buying-type": [
        ("error", "buying_type", {"buying_type": "RESERVE"}, {"buying_type": "RESERVED"}),
        ("error", "buying_type", {"buying_type": "FOO"}, {"buying_type": "AUCTION"}),
        ("warning", "buying_type", {"buying_type": "FIXED_CPM"}, {}),
    ],
    "campaign category-unknown": [
        ("error", "special_ad_categories.0", *at("special_ad_categories", ["HOUSE"], ["HOUSING"])),
        ("warning", "special_ad_categories.1", *at("special_ad_categories", ["HOUSING", "PAYDAY_LENDING"], [])),
    ],
    "campaign bid-unknown": [
        ("error", "bid_strategy", {"bid_strategy": "FOO"}, {"bid_strategy": "COST_CAP"}),
        ("warning", "bid_strategy", {"bid_strategy": "HIGHEST_VALUE_PER_CLICK"}, {}),
    ],
    "campaign campaign-status": [("error 100/1487564", "status", {"status": "ARCHIVED"}, {"status": "ACTIVE"})],
    "campaign campaign-status-known": [("error 100", "status", {"status": "ON"}, {"status": "ARCHIVED"}, {}, True)],
    "campaign smart-promotion": [
        ("error 100", "smart_promotion_type", {"smart_promotion_type": "AUTOMATED_SHOPPING_ADS"}, {}),
        ("warning 100", "smart_promotion_type", {"smart_promotion_type": "GUIDED_CREATION"}, {}),
    ],
    "campaign sharing-flag": [
        ("error 100/4834011", FLAG, {FLAG: ...}, {FLAG: ..., "daily_budget": 5000}),
        ("error 100/4834011", FLAG, {FLAG: ..., "daily_budget": 0}, {FLAG: True}),
    ],
    "campaign sharing-budget": [
        ("error 100/4834002", FLAG, {FLAG: True, "daily_budget": 5000}, {FLAG: False, "daily_budget": 5000})
    ],
    "campaign sharing-strategy": [
        ("warning 100/4834005", "bid_strategy", {FLAG: True}, {FLAG: True, "bid_strategy": FREE})
    ],
    "campaign sharing-frozen": [
        ("error 100/4834006", "bid_strategy", {"bid_strategy": FREE}, {"bid_strategy": "COST_CAP"}, SHARED, True)
    ],
    "campaign sharing-switched-on": [
        ("warning 100/3858418", FLAG, {FLAG: True}, {FLAG: False}, {"campaign": {}}, True)
    ],
    "campaign sharing-uniform": [
        ("error 100/4834009", FLAG, {FLAG: True, "adsets": SETS}, {FLAG: True, "adsets": SETS[:1] * 2})
    ],
    "campaign campaign-strategy": [("warning 100", "bid_strategy", {"bid_strategy": FREE}, CBO)],
    "campaign campaign-strategy-default": [("warning 100/1815857", "bid_strategy", CBO | {"bid_strategy": ...}, CBO)],
    "campaign min-roas-for-good": [
        ("warning 100", "bid_strategy", *at("bid_strategy", FREE, ROAS), {"campaign": {"bid_strategy": ROAS}}, True)
    ],
    "campaign strategy-bids": [
        (
            "warning 100/2490487",
            "adset_bid_amounts",
            {"bid_strategy": "COST_CAP"},
            {"bid_strategy": "COST_CAP", "adset_bid_amounts": {"1": 500}},
            {},
            True,
        )
    ],
    "campaign strategy-fixed": [("warning", "daily_budget", CBO | {"adsets": [{}] * 71}, CBO | {"adsets": [{}] * 70})],
    "campaign adset-count": [("error 100", "adsets", {"adsets": [{}] * 201}, {"adsets": [{}] * 200})],
    "campaign spend-cap-least": [
        ("error 100/2446307", "spend_cap", *at("spend_cap", 9_999, "100.00 USD"), {"min_campaign_spend_cap": 10_000})
    ],
    "campaign spend-cap-low": [("warning 100/2446307", "spend_cap", {"spend_cap": 9_999}, {"spend_cap": 10_000})],
    "campaign spend-cap-reserved": [
        (
            "error 100",
            "spend_cap",
            {"spend_cap": 50_000, "buying_type": "RESERVED"},
            {"spend_cap": 922337203685478, "buying_type": "RESERVED"},
        )
    ],
    "campaign campaign-times": [
        ("warning", "start_time", {"start_time": "2026-12-01T00:00:00+0000"}, {"start_time": ...})
    ],
    "campaign currency": [
        ("error", "daily_budget", {"daily_budget": "5000 JPY"}, {"daily_budget": "50.00 USD"}),
        ("error", "spend_cap", {"spend_cap": "5000 JPY"}, {"spend_cap": 5000}),
    ],
    "campaign one-budget": [
        (
            "error 100",
            "lifetime_budget",
            {"daily_budget": 5000, "lifetime_budget": 90_000},
            {"daily_budget": 5000, "lifetime_budget": 0},
        )
    ],
    "campaign budget-zero": [("error 100/1885272", "daily_budget", {"daily_budget": 0}, {"daily_budget": 5000})],
    "campaign budget-minimum": [
        ("error 100/1885272", "daily_budget", {"daily_budget": 99}, {"daily_budget": 100}, {"min_daily_budget": 100})
    ],
    "campaign targets-in-all": [
        (
            "error 100/2238055",
            "daily_budget",
            CBO | {"daily_budget": 199, "adsets": SETS[:1] * 2},
            CBO | {"daily_budget": 200, "adsets": SETS[:1] * 2},
        )
    ],
    "campaign category-known": [("error 100", CATEGORY, {CATEGORY: ["HOUSES"]}, {CATEGORY: HOUSING})],
    "campaign category-superseded": [
        ("warning 100", CATEGORY, {CATEGORY: ["CREDIT"]}, {CATEGORY: ["FINANCIAL_PRODUCTS_SERVICES"]})
    ],
    "campaign category-none": [("warning 100", CATEGORY, {CATEGORY: ["NONE", "HOUSING"]}, {CATEGORY: ["NONE"]})],
    "campaign category-country": [
        ("error 100", COUNTRY, {CATEGORY: POLITICS}, {CATEGORY: POLITICS, COUNTRY: ["US"]}),
        ("error 100", COUNTRY, {CATEGORY: POLITICS}, {CATEGORY: ["NONE"]}),
    ],
    "campaign category-country-default": [
        ("warning 100", COUNTRY, {CATEGORY: HOUSING}, {CATEGORY: HOUSING, COUNTRY: ["US"]})
    ],
    "campaign category-country-code": [
        *(
            ("error 100", COUNTRY, {COUNTRY: [code]}, {COUNTRY: ["GB"]})
            for code in ("UK", "gb", "GER", "ger", "Xz", "X")
        ),
        ("warning 100", COUNTRY, {COUNTRY: ["XZ"]}, {COUNTRY: ["GB"]}),
    ],
    "campaign politics-eu": [
        ("error 100", COUNTRY, {CATEGORY: POLITICS, COUNTRY: ["US", "FR"]}, {CATEGORY: POLITICS, COUNTRY: ["US", "GB"]})
    ],
    "campaign end-after-start": [
        (
            "error 100",
            "stop_time",
            {"start_time": 2_000_000_000, "stop_time": 2_000_000_000},
            {"start_time": 2_000_000_000, "stop_time": 2_000_000_001},
        )
    ],
    "account account-currency": [
        ("warning", "currency", {"currency": "LKR"}, {"currency": "TWD"}),
        ("error", "currency", {"currency": "XXX"}, {"currency": "USD"}),
    ],
    "account account-cap-low": [
        ("warning", "spend_cap", {"spend_cap": 50}, {"spend_cap": 50_000}, {"min_daily_budget": 100}, True)
    ],
    "account account-cap-action": [
        ("error 100", "spend_cap_action", {"spend_cap_action": "remove"}, {"spend_cap_action": "reset"}),
        (
            "error 100",
            "spend_cap_action",
            {"spend_cap_action": "delete", "spend_cap": 5},
            {"spend_cap_action": "delete"},
        ),
    ],
}
