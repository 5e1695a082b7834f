"""Exact verdicts at the limits of rules: all findings of a row, not only those of one rule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tables import table

from admonster_fb.rules import RULES, Context, check
from admonster_fb.rules.core import country_of

ONLY_NEW = """
    ad-adset ad-required ad-status adset-campaign adset-objective adset-required adset-status advantage-explicit
    bid-required budget-missing campaign-lifetime-end campaign-required campaign-status campaign-strategy
    campaign-strategy-default category-country category-country-default destination-ended dsa-beneficiary dsa-payor
    hours-pacing lifetime-end promoted-object promoted-object-advised roas-required sharing-flag sharing-strategy
    some-source targeting-required
"""


def under(objective: str = "TRAFFIC", **more: Any) -> dict[str, Any]:
    return {"campaign": {"objective": f"OUTCOME_{objective}", "special_ad_categories": [], **more}}


POSITIONS = "targeting.facebook_positions"
SPLIT = {"is_adset_budget_sharing_enabled": True}
START, END = "2026-12-01T00:00:00+0000", "2026-12-11T00:00:00+0000"
CAMPAIGN_BUDGET = {
    "daily_budget": 5000,
    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    "is_adset_budget_sharing_enabled": ...,
}
LIFETIME = {**CAMPAIGN_BUDGET, "daily_budget": ..., "lifetime_budget": 100}
LEAST = {"min_daily_budget": 100}
LEAST_OF_CLICKS = {"minimum_budgets": {"min_daily_budget_high_freq": 500}}
SPAN = {"daily_budget": ..., "lifetime_budget": 100}
NOON, MORNING = "2026-12-01T12:00:00+0000", datetime(2026, 12, 1, 9, tzinfo=UTC)
Row = tuple[str, dict[str, Any], dict[str, Any], bool, list[tuple[str, str]]]
ROWS: list[Row] = [
    # Goals: an unknown goal is only a warning, and billing is not checked for it.
    ("adset", {"optimization_goal": "NEW_GOAL"}, under(), False, [("goal-unknown", "optimization_goal")]),
    # What Meta certainly requires is not advised as well.
    (
        *("adset", {"optimization_goal": "CONVERSATIONS", "destination_type": "WHATSAPP"}, under("SALES"), False),
        [("promoted-object", "promoted_object.page_id")],
    ),
    # An update without an amount is compared with no minimum.
    ("adset", {"billing_event": "LINK_CLICKS", "daily_budget": ...}, LEAST_OF_CLICKS, True, []),
    # Placements: a position with a rule of its own is not reported as unknown too.
    (
        *("adset", {"targeting.facebook_positions": ["feed", "video_feeds"]}, under(), False),
        [("video-feeds", POSITIONS)],
    ),
    (
        *("adset", {"targeting.instagram_positions": ["stream", "explore"]}, under(), False),
        [("explore", "targeting.instagram_positions")],
    ),
    (
        *("adset", {"targeting.messenger_positions": ["story"]}, under(), False),
        [("messenger-story", "targeting.messenger_positions")],
    ),
    ("adset", {"placement_soft_opt_out": True}, under("SALES"), True, []),
    ("adset", {"placement_soft_opt_out": True}, under("LEADS"), True, []),
    ("adset", {"placement_soft_opt_out": False}, under(), False, []),
    # Bids: without a strategy on the campaign there is nothing to compare with.
    ("adset", {}, under(**SPLIT), False, []),
    ("adset", {}, under(**SPLIT, bid_strategy="COST_CAP"), False, [("sharing-one-strategy", "bid_strategy")]),
    ("account", {"spend_cap": 0}, {"min_daily_budget": 100}, True, []),
    ("adset", {"bid_strategy": ...}, under(**SPLIT, bid_strategy="COST_CAP"), False, []),
    # Amounts exactly at a limit.
    ("account", {"spend_cap": 100}, {"min_daily_budget": 100}, True, []),
    ("account", {"spend_cap": 99}, {"min_daily_budget": 100}, True, [("account-cap-low", "spend_cap")]),
    # A lifetime budget is compared with the minimum of all its days, here ten.
    *(
        (
            *("adset", {"daily_budget": ..., "lifetime_budget": budget, "start_time": START, "end_time": END}),
            *({"min_daily_budget": 100}, False, [("budget-per-day", "lifetime_budget")] if found else []),
        )
        for budget, found in ((1000, False), (999, True), (100, True))
    ),
    # Only an update can change the strategy of an existing campaign.
    ("campaign", CAMPAIGN_BUDGET, {"campaign": {"bid_strategy": "LOWEST_COST_WITH_MIN_ROAS"}}, False, []),
    ("campaign", {"spend_cap": 10_000}, {}, True, []),
    ("campaign", {"spend_cap": 9_999}, {}, True, [("spend-cap-low", "spend_cap")]),
    ("adset", {"daily_budget": 100}, {"min_daily_budget": 100}, False, []),
    ("adset", {"daily_min_spend_target": 5, "daily_spend_cap": 5}, {"campaign": None}, True, []),
    (
        *("adset", {"lifetime_min_spend_target": 6, "lifetime_spend_cap": 5}, {"campaign": None}, True),
        [("spend-target-cap", "lifetime_min_spend_target")],
    ),
    # The minimum by billing event is not reported below the account's own, nor for another event.
    (
        *("adset", {"daily_budget": 50, "billing_event": "LINK_CLICKS"}, {**LEAST, **LEAST_OF_CLICKS}, False),
        [("budget-minimum", "daily_budget")],
    ),
    ("adset", {"daily_budget": 100}, {**LEAST, **LEAST_OF_CLICKS}, False, []),
    # A schedule of less than a day needs the minimum of one day, one of a day and a half that and half of it.
    *(
        (
            *("adset", {"daily_budget": ..., "lifetime_budget": 100, "start_time": START, "end_time": end}, LEAST),
            *(False, [("budget-per-day", "lifetime_budget")] if found else []),
        )
        for end, found in ((NOON, False), ("2026-12-02T12:00:00+0000", True))
    ),
    # Nothing can be said of a schedule without an end, or of which only one time has a zone.
    ("adset", {**SPAN, "start_time": START}, LEAST, True, []),
    ("adset", {**SPAN, "start_time": "2026-12-01T00:00:00", "end_time": END}, LEAST, False, []),
    ("adset", {**SPAN, "start_time": END, "end_time": START}, LEAST, False, [("end-after-start", "end_time")]),
    ("adset", {"start_time": "2026-12-01T00:00:00", "end_time": NOON}, {}, False, []),
    # A start that is not known is now for a new ad set, and long ago for an existing one.
    ("adset", {"end_time": NOON}, {"now": MORNING}, False, [("daily-24h", "end_time")]),
    ("adset", {"end_time": NOON}, {"now": MORNING}, True, []),
    # An ad set under a campaign budget has none, or 0.
    ("adset", {"daily_budget": 0, "bid_strategy": ...}, under(daily_budget="5000"), False, []),
    # An ad set without a target adds nothing to the targets of all.
    (
        *("campaign", {**LIFETIME, "adsets": [{"lifetime_min_spend_target": 101}, {}]}, {}, False),
        [("targets-in-all", "lifetime_budget")],
    ),
    ("campaign", {**LIFETIME, "adsets": [{"lifetime_min_spend_target": 100}, {}]}, {}, False, []),
    # Amounts in another currency are no amounts: only their currency is reported, if the account's is known.
    ("adset", {"daily_budget": "0.50 EUR"}, LEAST, False, [("currency", "daily_budget")]),
    ("adset", {"daily_budget": "9.00 EUR"}, {"currency": None}, False, []),
]


def places(count: int) -> list[dict[str, str]]:
    return [{"key": f"US:{number}"} for number in range(count)]


PLACE_LIMITS = {"regions": 200, "places": 200, "custom_locations": 200, "cities": 250, "geo_markets": 210}
LIST_LIMITS = {
    **dict.fromkeys(("custom_audiences", "excluded_custom_audiences"), 500),
    **dict.fromkeys(("work_employers", "work_positions", "education_schools", "education_majors"), 200),
    "locales": 50,
}
BOUNDS: list[tuple[str, str, list[Any], list[Any], str]] = [
    ("adset", "targeting.age_min", [13, 65], [12, 66], "ages"),
    ("adset", "targeting.age_max", [18, 65], [12, 66], "ages"),
    ("adset", "targeting.age_range", [[13, 65], [30, 30]], [[12, 65], [13, 66], [31, 30], [30]], "age-range"),
    ("adset", "targeting.genders", [[1], [2]], [[0], [3]], "targeting-numbers"),
    ("adset", "targeting.education_statuses", [[1], [13]], [[0], [14]], "targeting-numbers"),
    ("adset", "targeting.college_years", [[1980]], [[1979]], "targeting-numbers"),
    ("adset", "targeting.relationship_statuses", [[1, 2, 3, 4, 6]], [[0], [5], [7]], "targeting-numbers"),
    ("adset", "bid_constraints", [{"roas_average_floor": 100}, {"roas_average_floor": 10_000_000}],
     [{"roas_average_floor": 99}, {"roas_average_floor": 10_000_001}, {"roas_average_floor": 150.5}], "roas-range"),
    ("adset", "frequency_control_specs", [[{"interval_days": 1, "max_frequency": 90}]],
     [[{"interval_days": 0}], [{"max_frequency": 91}], [{"event": "CLICKS"}], [{"type": "NONE"}]], "frequency"),
    ("adset", "adset_schedule", [[{"start_minute": 0, "end_minute": 1440, "days": [0, 6]}], [{"end_minute": 60}]],
     [[{"start_minute": -1}], [{"end_minute": 1441}], [{"start_minute": 60, "end_minute": 60}], [{"days": [7]}],
      [{"days": [-1]}]], "hours"),
    ("adset", "adset_schedule", [[{"start_minute": 120}]], [[{"start_minute": 90}], [{"end_minute": 61}]],
     "hours-whole"),
    ("adset", "targeting.geo_locations", [{"cities": [{"key": "1", "radius": radius}]} for radius in (10, 50)],
     [{"cities": [{"key": "1", "radius": radius}]} for radius in (9.9, 50.1)], "geo-radius"),
    ("adset", "targeting.geo_locations",
     [{"cities": [{"key": "1", "radius": radius, "distance_unit": "kilometer"}]} for radius in (17, 80)],
     [{"cities": [{"key": "1", "radius": radius, "distance_unit": "kilometer"}]} for radius in (16, 81)], "geo-radius"),
    ("adset", "targeting.geo_locations",
     [{"custom_locations": [{"address_string": "x", "radius": radius}]} for radius in (0.63, 50)],
     [{"custom_locations": [{"address_string": "x", "radius": radius}]} for radius in (0.62, 51)], "geo-radius"),
    ("adset", "targeting.geo_locations",
     [{"custom_locations": [{"address_string": "x", "radius": radius, "distance_unit": "kilometer"}]}
      for radius in (1, 80)],
     [{"custom_locations": [{"address_string": "x", "radius": radius, "distance_unit": "kilometer"}]}
      for radius in (0.9, 80.1)], "geo-radius"),
    ("adset", "targeting.geo_locations",
     [{"cities": [{"key": "1", "radius": 0.5, "distance_unit": "km"}]}, {"cities": [{"key": "1"}]}], [], "geo-radius"),
    ("adset", "targeting.targeting_automation", [{"individual_setting": {"age": 0, "gender": 1}}],
     [{"individual_setting": {"age": 2}}, {"individual_setting": {"age": 1, "geo": -1}}], "advantage-value"),
    ("adset", "targeting.targeting_automation", [{"advantage_audience": 0}, {"advantage_audience": 1}],
     [{"advantage_audience": 2}, {"advantage_audience": -1}], "advantage-value"),
    ("adset", "targeting",
     [{"age_min": 20, "age_max": 40}, {"age_min": 20, "age_max": 20}, {"age_min": 13}, {"age_max": 13}],
     [{"age_min": 41, "age_max": 40}], "ages"),
    ("adset", "targeting.geo_locations",
     [{"custom_locations": [{"latitude": 90, "longitude": -180}]}, {"custom_locations": [{"address_string": "x"}]}],
     [{"custom_locations": [{"latitude": 90}]}, {"custom_locations": [{"latitude": 91, "longitude": 0}]},
      {"custom_locations": [{"latitude": 0, "longitude": 181}]}], "custom-location"),
    *(("adset", "targeting.geo_locations", [{kind: places(most)}], [{kind: places(most + 1)}], "geo-counts")
      for kind, most in PLACE_LIMITS.items()),
    *(("adset", f"targeting.{name}", [places(most)], [places(most + 1)], "targeting-counts")
      for name, most in LIST_LIMITS.items()),
    ("adset", "targeting.flexible_spec", [[{"interests": places(1_000)}] * 25],
     [[{"interests": places(1_001)}], [{"interests": []}] * 26], "flexible-limits"),
    ("adset", "targeting.user_os", [["iOS"], ["iOS_ver_14.0"], ["iOS", "Android"]], [["iOS_ver_14.0", "Android"]],
     "user-os"),
    ("adset", "targeting.user_device", [["iPhone"], ["Pixel"]], [], "user-device"),
    ("adset", "targeting.facebook_positions", [["feed", "search"], ["feed"], []], [["search"]], "needs-feed"),
    ("ad", "conversion_domain", ["example.com", "shop.example.co.uk"],
     ["https://example.com", "example.com/x", "a@example.com", "exa mple.com", "www.example.com", "example"],
     "conversion-domain"),
    ("creative", "name", ["x" * 100], ["x" * 101], "creative-name"),
    ("creative", "object_story_spec", [{"page_id": "1", "link_data": {"link": "x", "picture": "x" * 1000}}],
     [{"page_id": "1", "link_data": {"link": "x", "picture": "x" * 1001}}], "picture-url"),
    ("campaign", "name", ["x" * 400], ["x" * 401], "campaign-name"),
    ("adset", "name", ["x" * 400], ["x" * 401], "adset-name"),
    ("ad", "name", ["x" * 400], ["x" * 401], "ad-name"),
]  # fmt: skip
"""Kind, field, values that pass, values that break the rule."""


@pytest.mark.thorough
def test_check_bounds_are_exact_for_new_and_existing_objects(check_base: Any) -> None:
    wrong = []
    for kind, field, passing, breaking, rule in BOUNDS:
        for update in (False, True):
            for value in (*passing, *breaking):
                found = rule in [each.rule for each in check_base(kind, {field: value}, update=update)]
                if found != (value in breaking):
                    wrong.append((rule, field, str(value)[:80], update))
    assert wrong == []


UNKNOWN: list[tuple[str, dict[str, Any]]] = [
    ("adset", {"frequency_control_specs": [{}], "optimization_goal": ...}),
    ("adset", {"destination_type": "ON_AD", "optimization_goal": ..., "billing_event": ...}),
    ("adset", {"bid_strategy": ..., "bid_amount": 5}),
    ("campaign", {"objective": ..., "bid_strategy": ...}),
]


def test_check_unknown_values_give_no_finding(check_base: Any) -> None:
    """Rules that compare two values say nothing if one of them is not known."""
    found = {each.rule for kind, changes in UNKNOWN for each in check_base(kind, changes, update=True, campaign=None)}
    assert found == {"fixed-frequency-control-specs"}, "whatever it is, it cannot be changed"


def test_check_rows_give_exactly_these_findings(check_base: Any) -> None:
    wrong = []
    for kind, changes, context, update, expected in ROWS:
        found = [(each.rule, each.field) for each in check_base(kind, changes, update=update, **context)]
        if found != expected:
            wrong.append((kind, changes, found, expected))
    assert wrong == []


def test_check_many_ad_sets_need_a_campaign_budget_for_the_warning() -> None:
    campaign = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    without = check("campaign", {**campaign, "is_adset_budget_sharing_enabled": False}, children=[{}] * 71)
    assert without == []
    budget = {**campaign, "daily_budget": 5000, "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}
    assert check("campaign", budget, children=[{}] * 70) == []
    assert [found.rule for found in check("campaign", budget, children=[{}] * 71)] == ["strategy-fixed"]


def test_check_ad_without_a_link_is_no_link_to_a_store() -> None:
    creative = {"object_story_spec": {"page_id": "1", "photo_data": {"caption": "x"}}}
    context = Context(campaign={"objective": "OUTCOME_TRAFFIC"}, adset={})
    assert check("ad", {"name": "A", "adset_id": "1", "creative": creative}, context) == []


def test_country_of_keys_without_a_country_is_none() -> None:
    keys = ["COMSCORE_MARKET:501", "2418779", "", None]
    assert [country_of({"key": key}) for key in keys] == [None] * 4
    assert [country_of(place) for place in ({"key": "us:1"}, {"country_code": "de"}, {"country": "fr"})] == [
        *("US", "DE", "FR")
    ]


def test_rules_for_new_objects_only_are_these() -> None:
    assert {rule.slug for rule in RULES if rule.create_only} == {*ONLY_NEW.split()}


CAPPED = {"frequency_control_specs": [{"event": "IMPRESSIONS", "interval_days": 7, "max_frequency": 2}]}
FLOOR = {"bid_strategy": "LOWEST_COST_WITH_MIN_ROAS"}
FORMS = {"destination_type": "ON_AD"}
OF_FORMS = "Choose one of LEAD_GENERATION, QUALITY_LEAD, LINK_CLICKS, QUALITY_CALL."
GOAL_ADVICE: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("LEADS", {}, FORMS, OF_FORMS),
    ("LEADS", {}, {**FORMS, **CAPPED}, f"{OF_FORMS} Then leave frequency_control_specs out."),
    ("AWARENESS", {}, {}, "Choose one of REACH, AD_RECALL_LIFT, THRUPLAY, TWO_SECOND_CONTINUOUS_VIDEO_VIEWS."),
    ("AWARENESS", {}, CAPPED, "Choose one of REACH, THRUPLAY."),
    (
        *("AWARENESS", {"daily_budget": 5000, **FLOOR}, CAPPED),
        "Choose one of REACH, THRUPLAY. Then give the campaign another bid_strategy.",
    ),
    ("AWARENESS", {"daily_budget": 5000, "bid_strategy": "COST_CAP"}, CAPPED, "Choose one of REACH, THRUPLAY."),
    ("AWARENESS", {"daily_budget": 5000}, CAPPED, "Choose one of REACH, THRUPLAY."),
    ("AWARENESS", FLOOR, CAPPED, "Choose one of REACH, THRUPLAY."),
    (
        *("AWARENESS", {}, {**CAPPED, **FLOOR}),
        "Choose one of REACH, THRUPLAY. Then leave bid_strategy and bid_constraints out.",
    ),
    (
        *("AWARENESS", {}, {**CAPPED, "bid_constraints": {"roas_average_floor": 100}}),
        "Choose one of REACH, THRUPLAY. Then leave bid_strategy and bid_constraints out.",
    ),
]


def test_advice_for_a_goal_says_what_does_not_go_with_it() -> None:
    wrong = []
    for objective, campaign, params, advice in GOAL_ADVICE:
        context = Context(campaign={"objective": f"OUTCOME_{objective}", **campaign})
        found = check("adset", {"name": "A", "optimization_goal": "APP_INSTALLS", **params}, context)
        fixes = [each.fix for each in found if each.rule == "goal-objective"]
        if fixes != [advice]:
            wrong.append((objective, campaign, params, fixes))
    assert wrong == []


def test_each_event_source_stands_for_a_pixel(check_base: Any) -> None:
    sources = "custom_conversion_id conversion_goal_id offsite_conversion_event_id mcme_conversion_id product_set_id"
    found = {}
    for name in (*sources.split(), "page_id"):
        params = {"optimization_goal": "OFFSITE_CONVERSIONS", "promoted_object": {name: "1"}}
        found[name] = {each.field for each in check_base("adset", params, **under("SALES"))}
    missing = {"promoted_object.pixel_id", "promoted_object.custom_event_type"}
    assert found == {**{name: set() for name in sources.split()}, "page_id": missing}


ATTRIBUTION: list[tuple[str, str, str, int, list[str]]] = [
    *(
        (
            "AWARENESS" if goal in ("THRUPLAY", "AD_RECALL_LIFT") else "ENGAGEMENT",
            goal,
            "CLICK",
            7,
            ["attribution-goal"],
        )
        for goal in ("LINK_CLICKS", "LANDING_PAGE_VIEWS", "REACH", "THRUPLAY", "AD_RECALL_LIFT")
    ),
    ("SALES", "OFFSITE_CONVERSIONS", "VIEW", 1, ["attribution-goal"]),
    ("SALES", "OFFSITE_CONVERSIONS", "CLICK", 7, []),
    ("SALES", "VALUE", "VIEW", 1, ["attribution-doubtful"]),
]


def test_windows_that_the_table_of_meta_names_are_refused_and_others_doubted(check_base: Any) -> None:
    wrong = []
    for objective, goal, kind, days, expected in ATTRIBUTION:
        spec = [{"event_type": f"{kind}_THROUGH", "window_days": days}]
        params = {"optimization_goal": goal, "attribution_spec": spec}
        found = [each.rule for each in check_base("adset", params, **under(objective))]
        if [rule for rule in found if rule.startswith("attribution")] != expected:
            wrong.append((objective, goal, found))
    assert wrong == []


def test_a_billing_event_is_named_with_the_nearest_if_there_is_one(check_base: Any) -> None:
    for event, why in (
        ("SOMETHING_NEW", "is not in Meta's table"),
        ("LINK_CLICK", "is not a billing event; the nearest is LINK_CLICKS"),
    ):
        [found] = check_base("adset", {"billing_event": event}, **under())
        assert found.message.endswith(f"{event} {why}")


@table(
    "currency, fix",
    [
        ("USD", '$1.00 USD or more a day: 99 is $0.99 USD; write "99.00 USD" if that is meant'),
        ("JPY", "¥100 JPY or more a day"),
        (None, "100 or more, in minor units of the account's currency"),
    ],
)
def test_a_budget_below_the_minimum_says_the_least_in_the_currency_of_the_account(
    check_base: Any, currency: str | None, fix: str
) -> None:
    [found] = check_base("adset", {"daily_budget": 99}, currency=currency, **LEAST)
    assert (found.rule, found.fix) == ("budget-minimum", fix)


MESSAGES: list[tuple[str, dict[str, Any], str, str]] = [
    ("adset", {"bid_constraints": {"roas_average_floor": 1.5}}, "roas-range", "1.5; allowed: whole numbers from 100 to "
     "10000000, the ROAS times 10,000 (1.5 as a ROAS is 15000)"),
    ("adset", {"bid_constraints": {"roas_average_floor": 0}}, "roas-range", "0; allowed: whole numbers from 100 to "
     "10000000, the ROAS times 10,000"),
    ("adset", {"bid_constraints": {"roas_average_floor": 100.5}}, "roas-range", "100.5; allowed: whole numbers from "
     "100 to 10000000, the ROAS times 10,000"),
    ("creative", {"object_story_spec": {"page_id": "1"}, "asset_feed_spec": {"bodies": [{"text": "y" * 41}] * 2}},
     "asset-twice", f"{'y' * 40} occurs twice"),
    ("adset", {"daily_budget": 0, "lifetime_budget": 0}, "budget-zero", "daily_budget is 0; a budget is more than 0"),
    ("creative", {"instagram_actor_id": "1"}, "instagram-id",
     "it was replaced by instagram_user_id in September 2025"),
    ("creative", {"instagram_actor_id": "1", "instagram_user_id": "2"}, "instagram-id",
     "it was replaced by instagram_user_id in September 2025, which is given too"),
    ("creative", {"object_story_spec.link_data.image_hash": "z" * 41}, "image-hash",
     f"{'z' * 40} is not 32 hexadecimal digits"),
]  # fmt: skip


@table("kind, changes, rule, message", MESSAGES)
def test_a_message_says_what_was_given_and_what_is_allowed(
    check_base: Any, kind: str, changes: dict[str, Any], rule: str, message: str
) -> None:
    assert [found.message for found in check_base(kind, changes) if found.rule == rule] == [message]


FLOORED = {"bid_constraints": {"roas_average_floor": 100}}
APP = {"promoted_object": {"application_id": "1", "object_store_url": "https://x.example/"}}
FIXES: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (CAPPED, under(), "frequency-goal", "Optimise for REACH or THRUPLAY."),
    (CAPPED, {"campaign": None}, "frequency-goal", "Optimise for REACH or THRUPLAY."),
    (CAPPED, under("SALES"), "frequency-goal", "Optimise for REACH."),
    ({**CAPPED, **FLOOR}, under(), "frequency-goal", "Leave frequency_control_specs out."),
    ({**CAPPED, **FLOORED}, under(), "frequency-goal", "Leave frequency_control_specs out."),
    ({**FLOORED, **FLOOR}, under("SALES"), "roas-goal", "Optimise for VALUE, or drop the floor."),
    ({**FLOORED, **FLOOR}, under(), "roas-goal", "Drop the floor."),
    ({**FLOORED, **FLOOR, **APP}, under("SALES"), "roas-goal", "Drop the floor."),
    ({**FLOORED, **FLOOR, **CAPPED}, under("SALES"), "roas-goal", "Drop the floor."),
    ({**FLOORED, **FLOOR}, {"campaign": None}, "roas-goal", "Optimise for VALUE, or drop the floor."),
    (FLOORED, under(), "roas-strategy", "Set bid_strategy to LOWEST_COST_WITH_MIN_ROAS."),
    (
        *({**FLOORED, "bid_strategy": "COST_CAP", "bid_amount": 100}, under(), "roas-strategy"),
        "Set bid_strategy to LOWEST_COST_WITH_MIN_ROAS, and leave bid_amount out.",
    ),
]


@table("changes, context, rule, fix", FIXES)
def test_a_fix_goes_with_what_else_is_given(
    check_base: Any, changes: dict[str, Any], context: dict[str, Any], rule: str, fix: str
) -> None:
    assert [found.fix for found in check_base("adset", changes, **context) if found.rule == rule] == [fix]
