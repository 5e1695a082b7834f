"""For each rule of what ad sets cost, when they run and what they optimise for: see cases_campaign.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

FREE, CAP, ROAS = "LOWEST_COST_WITHOUT_CAP", "LOWEST_COST_WITH_BID_CAP", "LOWEST_COST_WITH_MIN_ROAS"
NOW = {"now": datetime(2026, 11, 23, 12, tzinfo=UTC)}
LEAST = {"min_daily_budget": 100}


def under(objective: str = "TRAFFIC", **more: Any) -> dict[str, Any]:
    """A context: the campaign."""
    return {"campaign": {"objective": f"OUTCOME_{objective}", "special_ad_categories": [], **more}}


CBO = under(daily_budget="5000", bid_strategy=FREE)
LIFETIME_CBO = under(lifetime_budget="90000", bid_strategy=FREE)
SHARED = under(is_adset_budget_sharing_enabled=True, bid_strategy="COST_CAP")
NONE = {"daily_budget": ..., "bid_strategy": ...}
WHOLE = {"daily_budget": ..., "lifetime_budget": 90_000, "end_time": "2026-12-24T09:00:00+0000"}
VALUE = {"optimization_goal": "VALUE", "bid_strategy": ROAS}
FLOOR = "bid_constraints.roas_average_floor"
PIXEL = {"pixel_id": "1", "custom_event_type": "PURCHASE"}
APP = {"application_id": "1", "object_store_url": "https://apps.apple.com/app/id1"}
CLICK = {"event_type": "CLICK_THROUGH", "window_days": 1}
WEEK = {"event_type": "CLICK_THROUGH", "window_days": 7}
VIEW = {"event_type": "VIEW_THROUGH", "window_days": 1}
ENGAGED = {"event_type": "ENGAGED_VIDEO_VIEW", "window_days": 1}
OFFSITE = {"optimization_goal": "OFFSITE_CONVERSIONS", "promoted_object": PIXEL}
HOURS = {"start_minute": 540, "end_minute": 1080, "days": [1, 5], "timezone_type": "USER"}
EVENING = HOURS | {"start_minute": 570}
CAPPED = {"event": "IMPRESSIONS", "interval_days": 7, "max_frequency": 2}
REACH = {"optimization_goal": "REACH"}

CASES: list[tuple[Any, ...]] = [
    ("adset", "adset-required", "billing_event", {"billing_event": ...}, {"billing_event": "IMPRESSIONS"}),
    ("adset", "adset-name", "name", {"name": "x" * 401}, {"name": "😀" * 400}),
    (
        "adset",
        "adset-campaign",
        "campaign_id",
        {"campaign_id": ...},
        {"campaign_spec": {}, "campaign_id": "1"},
        {"campaign": None},
    ),
    ("adset", "adset-campaigns", "campaign_spec", {"campaign_spec": {"name": "C"}}, {"campaign_spec": ...}),
    (
        "adset",
        "adset-objective",
        "campaign_id",
        {},
        {"campaign_id": "1"},
        [{"campaign": {"objective": "CONVERSIONS"}}, under()],
    ),
    ("adset", "adset-status", "status", {"status": "DELETED"}, {"status": "ACTIVE"}),
    ("adset", "adset-status-known", "status", {"status": "OFF"}, {"status": "DELETED"}, {}, True),
    ("adset", "ad-count", "ads", {"ads": [{}] * 51}, {"ads": [{}] * 50}),
    (
        "adset",
        "dynamic-one-ad",
        "ads",
        {"ads": [{}] * 2, "is_dynamic_creative": True},
        {"ads": [{}], "is_dynamic_creative": True},
    ),
    ("adset", "currency", "bid_amount", {"bid_amount": "5.00 EUR"}, {"bid_amount": "5.00 USD"}),
    ("adset", "one-budget", "lifetime_budget", {"lifetime_budget": 90_000}, {"lifetime_budget": 0}),
    ("adset", "budget-zero", "daily_budget", {"daily_budget": 0}, {"daily_budget": 0, "lifetime_budget": 5000}),
    ("adset", "budget-minimum", "daily_budget", {"daily_budget": "0.99 USD"}, {"daily_budget": "1.00 USD"}, LEAST),
    ("adset", "budget-minimum", "lifetime_budget", WHOLE | {"lifetime_budget": 99}, WHOLE, LEAST),
    ("adset", "budget-level", "daily_budget", {}, NONE, CBO),
    ("adset", "budget-missing", "daily_budget", NONE, {}),
    (
        *("adset", "budget-minimum-billing", "daily_budget", {"billing_event": "LINK_CLICKS", "daily_budget": 499}),
        *(
            {"billing_event": "LINK_CLICKS", "daily_budget": 500},
            {"minimum_budgets": {"min_daily_budget_high_freq": 500}},
        ),
    ),
    ("adset", "budget-per-day", "lifetime_budget", WHOLE | {"lifetime_budget": 3000}, WHOLE, LEAST | NOW),
    ("adset", "lifetime-end", "end_time", WHOLE | {"end_time": 0}, WHOLE),
    ("adset", "campaign-lifetime-end", "end_time", NONE, NONE | {"end_time": "2026-12-24T09:00:00+0000"}, LIFETIME_CBO),
    (
        "adset",
        "daily-24h",
        "end_time",
        {"end_time": "2026-11-24T12:00:00+0000"},
        {"end_time": "2026-11-24T12:00:01+0000"},
        NOW,
    ),
    ("adset", "spend-limit-level", "daily_spend_cap", {"daily_spend_cap": 500}, {"daily_spend_cap": 922337203685478}),
    (
        *("adset", "spend-limit-level", "lifetime_spend_cap", NONE | {"lifetime_spend_cap": 500}),
        *(NONE | {"daily_spend_cap": 500}, CBO),
    ),
    (
        *(
            "adset",
            "spend-target-cap",
            "daily_min_spend_target",
            {"daily_min_spend_target": 501, "daily_spend_cap": 500},
        ),
        {"daily_min_spend_target": 500, "daily_spend_cap": 500},
    ),
    ("adset", "sharing-daily", "lifetime_budget", WHOLE, {}, SHARED),
    ("adset", "bid-required", "bid_amount", {"bid_strategy": CAP}, {"bid_strategy": CAP, "bid_amount": 500}),
    (
        "adset",
        "bid-required",
        "bid_amount",
        NONE,
        NONE | {"bid_amount": 500},
        under(daily_budget=5000, bid_strategy=CAP),
    ),
    ("adset", "bid-roas", "bid_amount", VALUE | {"bid_amount": 500}, VALUE),
    ("adset", "bid-automatic", "bid_amount", {"bid_amount": 500}, {"bid_amount": 500, "bid_strategy": CAP}),
    (
        "adset",
        "bid-least",
        "bid_amount",
        {"bid_amount": 1, "bid_strategy": CAP},
        {"bid_amount": 2, "bid_strategy": CAP},
    ),
    (
        *("adset", "bid-least", "bid_amount", {"bid_amount": 0, "bid_strategy": CAP, "billing_event": "LINK_CLICKS"}),
        {"bid_amount": 1, "bid_strategy": CAP, "billing_event": "LINK_CLICKS"},
    ),
    (
        "adset",
        "bid-budget",
        "daily_budget",
        {"bid_amount": 401, "bid_strategy": CAP},
        {"bid_amount": 400, "bid_strategy": CAP},
    ),
    ("adset", "roas-required", FLOOR, VALUE, VALUE | {"bid_constraints": {"roas_average_floor": 15_000}}),
    (
        "adset",
        "roas-range",
        FLOOR,
        {"bid_constraints": {"roas_average_floor": 1.5}},
        {"bid_constraints": {"roas_average_floor": 100}},
    ),
    (
        "adset",
        "roas-range",
        FLOOR,
        {"bid_constraints": {"roas_average_floor": 10_000_001}},
        {"bid_constraints": {"roas_average_floor": 10_000_000}},
    ),
    ("adset", "roas-goal", "optimization_goal", VALUE | REACH, VALUE),
    (
        "adset",
        "roas-strategy",
        "bid_constraints",
        {"bid_constraints": {"roas_average_floor": 100}},
        VALUE | {"bid_constraints": {"roas_average_floor": 100}},
    ),
    (
        "adset",
        "cost-cap-billing",
        "billing_event",
        {"bid_strategy": "COST_CAP", "billing_event": "LINK_CLICKS"},
        {"bid_strategy": "COST_CAP"},
    ),
    (
        "adset",
        "cost-cap-pacing",
        "pacing_type",
        {"bid_strategy": "COST_CAP", "pacing_type": ["no_pacing"]},
        {"bid_strategy": "COST_CAP", "pacing_type": ["standard"]},
    ),
    (
        "adset",
        "cost-cap-hours",
        "pacing_type",
        {"bid_strategy": "COST_CAP", "pacing_type": ["day_parting"]},
        {"bid_strategy": FREE, "pacing_type": ["day_parting"]},
    ),
    (
        "adset",
        "strategy-level",
        "bid_strategy",
        NONE | {"bid_strategy": "COST_CAP"},
        NONE | {"bid_strategy": FREE},
        CBO,
    ),
    ("adset", "sharing-one-strategy", "bid_strategy", {"bid_strategy": FREE}, {"bid_strategy": "COST_CAP"}, SHARED),
    (
        "adset",
        "destination-objective",
        "destination_type",
        {"destination_type": "ON_POST"},
        {"destination_type": "MESSENGER"},
    ),
    (
        "adset",
        "destination-doubtful",
        "destination_type",
        {"destination_type": "WEBSITE"},
        {"destination_type": "UNDEFINED"},
    ),
    (
        "adset",
        "destination-doubtful",
        "destination_type",
        {"destination_type": "SHOP_AUTOMATIC"},
        {"destination_type": "WEBSITE"},
        under("SALES"),
    ),
    (
        "adset",
        "destination-ended",
        "destination_type",
        {"destination_type": "LEAD_FROM_MESSENGER"},
        {"destination_type": "ON_AD"},
        under("LEADS"),
    ),
    ("adset", "goal-objective", "optimization_goal", {"optimization_goal": "OFFSITE_CONVERSIONS"}, REACH),
    (
        "adset",
        "goal-objective",
        "optimization_goal",
        {"optimization_goal": "LANDING_PAGE_VIEWS", "promoted_object": APP},
        REACH | {"promoted_object": APP},
    ),
    (
        "adset",
        "goal-objective",
        "optimization_goal",
        {"optimization_goal": "PAGE_LIKES"},
        {"optimization_goal": "QUALITY_CALL"},
        {},
        True,
    ),
    ("adset", "goal-unknown", "optimization_goal", {"optimization_goal": "SUBSCRIBERS"}, {}),
    ("adset", "goal-impressions", "optimization_goal", {"optimization_goal": "IMPRESSIONS"}, REACH),
    (
        "adset",
        "billing-goal",
        "billing_event",
        REACH | {"billing_event": "LINK_CLICKS"},
        {"billing_event": "LINK_CLICKS"},
    ),
    (
        "adset",
        "billing-goal",
        "billing_event",
        {"optimization_goal": "APP_INSTALLS", "billing_event": "APP_INSTALLS"},
        {"optimization_goal": "THRUPLAY", "billing_event": "THRUPLAY"},
        under("APP_PROMOTION"),
    ),
    (
        "adset",
        "billing-doubtful",
        "billing_event",
        {"optimization_goal": "PAGE_LIKES", "billing_event": "PAGE_LIKES"},
        {"optimization_goal": "PAGE_LIKES"},
    ),
    ("adset", "billing-reserved", "billing_event", {"billing_event": "LINK_CLICKS"}, {}, under(buying_type="RESERVED")),
    (
        "adset",
        "promoted-object",
        "promoted_object.custom_event_type",
        OFFSITE | {"promoted_object": {"pixel_id": "1"}},
        OFFSITE,
        under("SALES"),
    ),
    (
        "adset",
        "promoted-object",
        "promoted_object.pixel_id",
        OFFSITE | {"promoted_object": ...},
        OFFSITE | {"promoted_object": {"custom_conversion_id": "1"}},
        under("SALES"),
    ),
    (
        "adset",
        "promoted-object",
        "promoted_object.page_id",
        REACH,
        REACH | {"promoted_object": {"place_page_set_id": "1"}},
        under("AWARENESS"),
    ),
    ("adset", "promoted-object-advised", "promoted_object.pixel_id", {}, {"promoted_object": PIXEL}, under("SALES")),
    (
        "adset",
        "promoted-object-pairs",
        "promoted_object.application_id",
        {"promoted_object": {"object_store_url": "https://x.io"}},
        {"promoted_object": APP},
    ),
    (
        "adset",
        "catalog-campaign",
        "promoted_object.product_set_id",
        {"promoted_object": {"product_set_id": "1"}},
        {"promoted_object": PIXEL},
        under("SALES", promoted_object=None),
    ),
    (
        "adset",
        "catalog-campaign",
        "promoted_object.product_set_id",
        {"promoted_object": {"product_set_id": "1"}},
        {"promoted_object": {"product_set_id": "1"}},
        [under("SALES", promoted_object={}), under("SALES", promoted_object={"product_catalog_id": "1"})],
    ),
    (
        "adset",
        "attribution-window",
        "attribution_spec.0.window_days",
        {"attribution_spec": [WEEK | {"window_days": 28}]},
        {"attribution_spec": [WEEK]},
    ),
    (
        "adset",
        "attribution-window",
        "attribution_spec.1.window_days",
        {"attribution_spec": [WEEK, VIEW | {"window_days": 7}]},
        {"attribution_spec": [WEEK, VIEW]},
    ),
    ("adset", "attribution-goal", "attribution_spec", {"attribution_spec": [WEEK]}, {"attribution_spec": [CLICK]}),
    (
        "adset",
        "attribution-goal",
        "attribution_spec",
        OFFSITE | {"attribution_spec": [VIEW]},
        OFFSITE | {"attribution_spec": [WEEK, VIEW]},
        under("SALES"),
    ),
    (
        "adset",
        "attribution-doubtful",
        "attribution_spec",
        OFFSITE | {"attribution_spec": [WEEK, ENGAGED]},
        OFFSITE | {"attribution_spec": [WEEK]},
        under("SALES"),
    ),
    (
        "adset",
        "attribution-doubtful",
        "attribution_spec",
        OFFSITE | {"optimization_goal": "VALUE", "attribution_spec": [WEEK]},
        OFFSITE | {"optimization_goal": "VALUE", "attribution_spec": [CLICK]},
        under("SALES"),
    ),
    (
        "adset",
        "end-after-start",
        "end_time",
        {"start_time": datetime(2026, 12, 2, tzinfo=UTC), "end_time": "2026-12-01T23:00:00-0100"},
        {"start_time": datetime(2026, 12, 2, tzinfo=UTC), "end_time": 0},
    ),
    (
        "adset",
        "end-past",
        "end_time",
        {"end_time": "2026-11-23T12:00:00+0000"},
        {"end_time": "2026-12-23T12:00:00+0000"},
        NOW,
    ),
    (
        "adset",
        "hours",
        "adset_schedule.0.days",
        {"adset_schedule": [HOURS | {"days": [7]}]},
        {"adset_schedule": [HOURS]},
    ),
    (
        "adset",
        "hours",
        "adset_schedule.0.end_minute",
        {"adset_schedule": [HOURS | {"end_minute": 540}]},
        {"adset_schedule": [HOURS | {"end_minute": 1440}]},
    ),
    (
        "adset",
        "hours",
        "adset_schedule.0.timezone_type",
        {"adset_schedule": [HOURS | {"timezone_type": "UTC"}]},
        {"adset_schedule": [HOURS]},
    ),
    (
        "adset",
        "hours-whole",
        "adset_schedule.0.start_minute",
        {"adset_schedule": [EVENING]},
        {"adset_schedule": [HOURS]},
    ),
    (
        "adset",
        "hours-pacing",
        "pacing_type",
        {"adset_schedule": [HOURS]},
        {"adset_schedule": [HOURS], "pacing_type": ["day_parting"]},
    ),
    ("adset", "hours-budget", "adset_schedule", {"adset_schedule": [HOURS]}, WHOLE | {"adset_schedule": [HOURS]}),
    ("adset", "pacing-level", "pacing_type", NONE | {"pacing_type": ["standard"]}, NONE, CBO),
    (
        "adset",
        "frequency-goal",
        "frequency_control_specs",
        {"frequency_control_specs": [CAPPED]},
        REACH | {"frequency_control_specs": [CAPPED]},
    ),
    (
        "adset",
        "frequency",
        "frequency_control_specs.0.interval_days",
        {"frequency_control_specs": [CAPPED | {"interval_days": 91}]},
        {"frequency_control_specs": [CAPPED | {"interval_days": 90}]},
    ),
    (
        "adset",
        "frequency",
        "frequency_control_specs.0.event",
        {"frequency_control_specs": [CAPPED | {"event": "CLICKS"}]},
        {"frequency_control_specs": [CAPPED | {"type": "TARGET"}]},
    ),
    (
        "adset",
        "soft-opt-out",
        "placement_soft_opt_out",
        {"placement_soft_opt_out": {"facebook_positions": ["feed"]}},
        {"placement_soft_opt_out": {}},
    ),
]
