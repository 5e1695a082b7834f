"""The goals of each objective and destination, and their promoted objects (`docs/meta-rules.md`, Goal matrix)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admonster_fb import facts
from admonster_fb.sandbox.errors import invalid, not_one_of, refuse, required
from admonster_fb.sandbox.validation.case import Case


def _goals(text: str) -> frozenset[str]:
    return frozenset(text.split())


MESSAGING = _goals(
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
# Goals in the SDK that the matrix does not contain: allowed everywhere.
OTHER_GOALS = _goals(
    "ADVERTISER_SILOED_VALUE AUTOMATIC_OBJECTIVE DERIVED_EVENTS ENGAGED_PAGE_VIEWS ENGAGED_USERS IN_APP_VALUE "
    "MEANINGFUL_CALL_ATTEMPT MESSAGING_APPOINTMENT_CONVERSION MESSAGING_DEEP_CONVERSATION_AND_FOLLOW "
    "MESSAGING_PURCHASE_CONVERSION NONE PROFILE_AND_PAGE_ENGAGEMENT REMINDERS_SET SUBSCRIBERS"
)
# What can be billed besides impressions, by goal.
BILLING = {
    "LINK_CLICKS": "LINK_CLICKS",
    "THRUPLAY": "THRUPLAY",
    "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS": "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS",
    # Sources contradict each other.
    "PAGE_LIKES": "PAGE_LIKES",
}
# Not in Meta's table, so never refused.
OPEN_BILLING = _goals("LISTING_INTERACTION PURCHASE VIDEO_VIEWS")
BILLING_EVENTS = _goals(
    "APP_INSTALLS CLICKS IMPRESSIONS LINK_CLICKS LISTING_INTERACTION NONE OFFER_CLAIMS PAGE_LIKES POST_ENGAGEMENT "
    "PURCHASE THRUPLAY TWO_SECOND_CONTINUOUS_VIDEO_VIEWS VIDEO_VIEWS"
)
_CONVERSIONS = _goals("OFFSITE_CONVERSIONS VALUE")
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
    Need(_goals("OUTCOME_ENGAGEMENT OUTCOME_LEADS OUTCOME_SALES"), _PAGE, _goals("MESSENGER")),
    Need(_goals("OUTCOME_ENGAGEMENT"), _PAGE, _goals("ON_PAGE")),
    Need(_goals("OUTCOME_LEADS"), _PAGE, _goals("ON_AD LEAD_FROM_MESSENGER LEAD_FROM_IG_DIRECT")),
    Need(_goals("OUTCOME_LEADS"), _PAGE, goals=_goals("LEAD_GENERATION QUALITY_LEAD")),
    Need(_goals("OUTCOME_ENGAGEMENT OUTCOME_LEADS OUTCOME_SALES"), (_COUNTED,), frozenset({SITE}), _CONVERSIONS),
    Need(frozenset(GOALS), _STORE, frozenset({APP})),
)


def check_goal(case: Case) -> None:
    """Refuse a goal that does not go with the campaign's objective and the destination."""
    goal = case.value("optimization_goal")
    if not goal:
        return
    if goal not in KNOWN_GOALS | OTHER_GOALS:
        raise not_one_of("optimization_goal", KNOWN_GOALS | OTHER_GOALS)
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
    if event not in BILLING_EVENTS:
        raise not_one_of("billing_event", BILLING_EVENTS)
    if goal and event not in ("IMPRESSIONS", BILLING.get(goal), *OPEN_BILLING):
        text = f"You can't be charged for {event} when you optimise for {goal}."
        raise invalid("billing_event", "Billing Event Not Available", text)


def check_promoted_object(case: Case) -> None:
    """Refuse an ad set without the promoted object that its goal requires."""
    objective, destination = place(case)
    goal, promoted = case.value("optimization_goal"), case.mapping("promoted_object")
    for need in NEEDS:
        if not _applies(need, objective, destination, goal):
            continue
        for keys in need.keys:
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


def _applies(need: Need, objective: str, destination: str, goal: Any) -> bool:
    return (
        objective in need.objectives
        and (not need.destinations or destination in need.destinations)
        and (not need.goals or goal in need.goals)
    )
