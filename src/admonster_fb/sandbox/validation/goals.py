"""Goals with their billing and promoted objects, bids, attribution and frequency of ad sets.

Sources: `docs/meta-rules.md`, Goal matrix, Ad sets and Attribution windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admonster_fb import facts
from admonster_fb.sandbox import need
from admonster_fb.sandbox.convert import listed, whole
from admonster_fb.sandbox.errors import bad_param, invalid, not_one_of, refuse, required
from admonster_fb.sandbox.spec import endpoints, word_set
from admonster_fb.sandbox.store import Node
from admonster_fb.sandbox.validation.campaign import BID_STRATEGIES, CAPPED
from admonster_fb.sandbox.validation.case import Case, budget_of, check_enum

MESSAGING = word_set(
    "WHATSAPP INSTAGRAM_DIRECT MESSAGING_INSTAGRAM_DIRECT_MESSENGER MESSAGING_INSTAGRAM_DIRECT_WHATSAPP "
    "MESSAGING_MESSENGER_WHATSAPP MESSAGING_INSTAGRAM_DIRECT_MESSENGER_WHATSAPP"
)
SITE, APP = "", "APP"
# Objective → the goals that any source lists for it, under whatever destination.
GOALS = {row.objective: frozenset(row.goals) for row in facts.rows("goals_by_objective")}
KNOWN_GOALS = frozenset[str]().union(*GOALS.values())
# A goal that Meta has refused at a destination although it has the objective (goal_matrix.json).
REFUSED = {
    ("OUTCOME_ENGAGEMENT", "ON_POST", "IMPRESSIONS"): 3858327,
    ("OUTCOME_SALES", APP, "VALUE"): 2490408,
}
# A destination that does not go with the objective at all (error_numbers.json).
REFUSED_DESTINATIONS = {("OUTCOME_ENGAGEMENT", "ON_AD"): 1815715}
# Goals that the matrix does not contain: allowed everywhere.
_SDK = endpoints("AdAccount")["POST", "adsets"].enums
OTHER_GOALS = frozenset({"REMINDERS_SET", *_SDK["optimization_goal_enum"]}) - KNOWN_GOALS
# What can be billed besides impressions, by goal.
BILLING = {
    "LINK_CLICKS": "LINK_CLICKS",
    "THRUPLAY": "THRUPLAY",
    "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS": "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS",
    # Sources contradict each other.
    "PAGE_LIKES": "PAGE_LIKES",
}
# Not in Meta's table, so never refused.
OPEN_BILLING = word_set("LISTING_INTERACTION PURCHASE VIDEO_VIEWS")
BILLING_EVENTS = OPEN_BILLING.union(BILLING.values(), _SDK["billing_event_enum"])
_CONVERSIONS = word_set("OFFSITE_CONVERSIONS VALUE")
# What a conversion can be counted by (`docs/meta-rules.md`, Promoted object). The event next to it is left open.
_COUNTED = (
    "pixel_id", "custom_conversion_id", "product_set_id", "event_id", "offline_conversion_data_set_id",
    "offsite_conversion_event_id", "conversion_goal_id", "mcme_conversion_id", "omnichannel_object", "pixel_rule",
)  # fmt: skip
_STORE = (("application_id",), ("object_store_url", "object_store_urls"))
_PAGE = (("page_id",),)


@dataclass(frozen=True, slots=True)
class Need:
    """The required keys of a promoted object: one of each group. No destinations or goals means any."""

    objectives: frozenset[str]
    keys: tuple[tuple[str, ...], ...]
    destinations: frozenset[str] = frozenset()
    goals: frozenset[str] = frozenset()


# Only what no source contradicts: calls, awareness and the pixels of chats are open.
NEEDS = (
    Need(frozenset(GOALS), _PAGE, MESSAGING),
    Need(word_set("OUTCOME_ENGAGEMENT OUTCOME_LEADS OUTCOME_SALES"), _PAGE, word_set("MESSENGER")),
    Need(word_set("OUTCOME_ENGAGEMENT"), _PAGE, word_set("ON_PAGE")),
    Need(word_set("OUTCOME_LEADS"), _PAGE, word_set("ON_AD LEAD_FROM_MESSENGER LEAD_FROM_IG_DIRECT")),
    Need(word_set("OUTCOME_LEADS"), _PAGE, goals=word_set("LEAD_GENERATION QUALITY_LEAD")),
    Need(word_set("OUTCOME_ENGAGEMENT OUTCOME_LEADS OUTCOME_SALES"), (_COUNTED,), frozenset({SITE}), _CONVERSIONS),
    Need(frozenset(GOALS), _STORE, frozenset({APP})),
)


def check_goal(case: Case) -> None:
    """Refuse a goal that does not go with the campaign's objective and the destination."""
    goal = case.value("optimization_goal")
    if not goal:
        return
    need.one_of("optimization_goal", goal, KNOWN_GOALS | OTHER_GOALS)
    objective, destination = place(case)
    if subcode := REFUSED_DESTINATIONS.get((objective, destination)):
        raise refuse(subcode, "destination_type")
    if subcode := REFUSED.get((objective, destination, goal)):
        raise refuse(subcode, "optimization_goal")
    # Meta's lists of goals by destination contradict each other, so one that any of them has for the objective passes.
    if goal not in OTHER_GOALS | GOALS.get(objective, KNOWN_GOALS):
        raise refuse(2490408, "optimization_goal")


def check_billing(case: Case) -> None:
    """Refuse a billing event that does not go with the goal."""
    event, goal = case.value("billing_event"), case.value("optimization_goal")
    if not event:
        return
    need.one_of("billing_event", event, BILLING_EVENTS)
    if goal and event not in ("IMPRESSIONS", BILLING.get(goal), *OPEN_BILLING):
        text = f"You can't be charged for {event} when you optimise for {goal}."
        raise invalid("billing_event", "Billing Event Not Available", text)


def check_promoted_object(case: Case) -> None:
    """Refuse an ad set without the promoted object that its goal requires."""
    objective, destination = place(case)
    goal, promoted = case.value("optimization_goal"), case.mapping("promoted_object")
    for rule in NEEDS:
        if not (
            objective in rule.objectives
            and (not rule.destinations or destination in rule.destinations)
            and (not rule.goals or goal in rule.goals)
        ):
            continue
        for keys in rule.keys:
            if not any(promoted.get(key) for key in keys):
                raise required(f"promoted_object[{keys[0]}]")


def place(case: Case) -> tuple[str, str]:
    """Return the objective of the ad set's campaign and the destination as the matrix names it."""
    campaign = case.parent("campaign_id", "Campaign")
    objective = str(campaign.data.get("objective")) if campaign else ""
    destination = str(case.value("destination_type") or "")
    if destination in ("UNDEFINED", "WEBSITE"):
        destination = SITE
    promoted = case.mapping("promoted_object")
    to_app = objective == "OUTCOME_APP_PROMOTION" or promoted.get("application_id")
    return objective, APP if destination == SITE and to_app else destination


MIN_ROAS = "LOWEST_COST_WITH_MIN_ROAS"
# roas_average_floor is a ratio times 10,000.
ROAS_FLOOR = range(100, 10_000_001)
EVENTS = ("CLICK_THROUGH", "ENGAGED_VIDEO_VIEW", "VIEW_THROUGH")
FREQUENCY_GOALS = frozenset({"REACH", "THRUPLAY"})
FREQUENCY_RANGE = range(1, 91)

# Windows that may be used together: a click window, then the most that may join it.
Windows = dict[str, int]
_CLICK_1: tuple[Windows, ...] = ({"CLICK_THROUGH": 1},)
_APP_CONVERSIONS = (*_CLICK_1, {"CLICK_THROUGH": 7})
# The engaged view is younger than Meta's table: public programs use it.
_WEB_CONVERSIONS = tuple(
    {**click, **viewed}
    for click in _APP_CONVERSIONS
    for viewed in ({}, {"VIEW_THROUGH": 1}, {"ENGAGED_VIDEO_VIEW": 1}, {"VIEW_THROUGH": 1, "ENGAGED_VIDEO_VIEW": 1})
)
_INSTALLS = (
    *_CLICK_1,
    {"CLICK_THROUGH": 1, "VIEW_THROUGH": 1},
    {"CLICK_THROUGH": 1, "ENGAGED_VIDEO_VIEW": 1},
    {"CLICK_THROUGH": 1, "ENGAGED_VIDEO_VIEW": 1, "VIEW_THROUGH": 1},
)


def check_bid(case: Case) -> None:
    """Refuse a bid that its strategy does not take, and a strategy without its bid."""
    check_enum(case, "bid_strategy", BID_STRATEGIES)
    campaign = case.parent("campaign_id", "Campaign")
    if campaign is not None and budget_of(campaign):
        _check_under_campaign(case, campaign)
    elif campaign is not None and (strategy := own_strategy(case)):
        _check_strategy(case, strategy, missing=2490487)


def own_strategy(case: Case) -> str | None:
    """Return the strategy of an ad set with a budget of its own: a bid amount alone implies a bid cap."""
    if strategy := case.value("bid_strategy"):
        return str(strategy)
    return "LOWEST_COST_WITH_BID_CAP" if case.sent("bid_amount") else None


def _check_under_campaign(case: Case, campaign: Node) -> None:
    # A campaign budget without a bid strategy bids with a cap.
    strategy = str(campaign.data.get("bid_strategy") or "LOWEST_COST_WITH_BID_CAP")
    if case.sent("bid_strategy") and case.params["bid_strategy"] != strategy:
        text = "The bid strategy is set on the campaign, which has the budget."
        raise invalid("bid_strategy", "Bid Strategy", text)
    _check_strategy(case, strategy, missing=1815857)


def _check_strategy(case: Case, strategy: str, missing: int) -> None:
    amount = whole(case.value("bid_amount"))
    if strategy == MIN_ROAS:
        _check_min_roas(case)
    elif case.sent("bid_constraints"):
        raise invalid("bid_constraints", "Bid Constraints", "Only a minimum ROAS bid strategy takes bid constraints.")
    elif strategy in CAPPED and amount is None:
        raise refuse(missing, "bid_amount")
    elif strategy == "LOWEST_COST_WITHOUT_CAP" and case.sent("bid_amount"):
        raise refuse(1885204, "bid_amount")
    if amount is not None and amount < 1:
        raise bad_param("Param bid_amount must be an integer greater than 0")
    pacing = listed(case.value("pacing_type")) or ["standard"]
    plain = case.value("billing_event") in (None, "IMPRESSIONS") and "standard" in pacing
    if strategy == "COST_CAP" and not plain:
        raise invalid("bid_strategy", "Bid Strategy", "A cost cap needs billing by impressions and standard pacing.")


def _check_min_roas(case: Case) -> None:
    if case.sent("bid_amount"):
        raise invalid("bid_amount", "Bid Amount", "A minimum ROAS bid strategy takes no bid amount.")
    floor = case.mapping("bid_constraints").get("roas_average_floor")
    if floor is None:
        raise refuse(2490487, "bid_constraints")
    if whole(floor) not in ROAS_FLOOR:
        text = f"roas_average_floor must be an integer from {ROAS_FLOOR[0]} to {ROAS_FLOOR[-1]}."
        raise invalid("bid_constraints.roas_average_floor", "Bid Constraints", text)
    if case.value("optimization_goal") != "VALUE":
        raise invalid("bid_strategy", "Bid Strategy", "A minimum ROAS bid strategy needs the goal VALUE.")


def check_attribution(case: Case) -> None:
    """Refuse attribution windows that the goal does not have."""
    if not case.sent("attribution_spec"):
        return
    windows: Windows = {}
    for position, entry in enumerate(listed(case.params["attribution_spec"])):
        event = entry.get("event_type") if isinstance(entry, dict) else None
        need.one_of(f"attribution_spec[{position}][event_type]", event, EVENTS)
        days = whole(entry.get("window_days"))
        if days is None:
            raise bad_param(f"Param attribution_spec[{position}][window_days] must be an integer")
        # Responses of reads contain windows of 0 days for "none".
        windows |= {str(event): days} if days else {}
    if windows and windows not in _windows(case):
        raise refuse(1885501, "attribution_spec")


def _windows(case: Case) -> tuple[Windows, ...]:
    goal, (objective, destination) = case.value("optimization_goal"), place(case)
    if goal == "APP_INSTALLS":
        return _INSTALLS
    # More than the table allows went through for leads (attribution_windows.json).
    if goal in ("LEAD_GENERATION", "QUALITY_LEAD"):
        return _WEB_CONVERSIONS
    if goal in _CONVERSIONS:
        to_app = destination == APP or objective == "OUTCOME_TRAFFIC"
        return _APP_CONVERSIONS if to_app else _WEB_CONVERSIONS
    return _CLICK_1 if goal else _WEB_CONVERSIONS


def check_frequency_control(case: Case) -> None:
    """Refuse frequency caps where goal or numbers do not allow them."""
    if not case.sent("frequency_control_specs"):
        return
    if case.value("optimization_goal") not in FREQUENCY_GOALS:
        text = "Frequency can only be controlled with the goals REACH and THRUPLAY."
        raise invalid("frequency_control_specs", "Frequency Control", text)
    for position, spec in enumerate(listed(case.params["frequency_control_specs"])):
        _check_frequency(f"frequency_control_specs[{position}]", spec if isinstance(spec, dict) else {})


def _check_frequency(name: str, spec: dict[str, Any]) -> None:
    if spec.get("event") != "IMPRESSIONS":
        raise not_one_of(f"{name}[event]", ("IMPRESSIONS",))
    for field in ("interval_days", "max_frequency"):
        if whole(spec.get(field)) not in FREQUENCY_RANGE:
            raise bad_param(f"Param {name}[{field}] must be an integer from 1 to 90")
