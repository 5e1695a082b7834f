"""The goals of each objective and destination, and their promoted objects (`docs/meta-rules.md`, Goal matrix)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from admonster_fb.sandbox.errors import invalid, not_one_of, refuse, required
from admonster_fb.sandbox.validation.case import Case


def _goals(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SITE = _goals("OFFSITE_CONVERSIONS LANDING_PAGE_VIEWS LINK_CLICKS REACH IMPRESSIONS")
_APP = _goals("OFFSITE_CONVERSIONS APP_INSTALLS_AND_OFFSITE_CONVERSIONS LINK_CLICKS REACH")
_CHAT = _goals("CONVERSATIONS LINK_CLICKS")
MESSAGING = _goals(
    "MESSENGER WHATSAPP INSTAGRAM_DIRECT MESSAGING_INSTAGRAM_DIRECT_MESSENGER MESSAGING_INSTAGRAM_DIRECT_WHATSAPP "
    "MESSAGING_MESSENGER_WHATSAPP MESSAGING_INSTAGRAM_DIRECT_MESSENGER_WHATSAPP"
)
SITE, APP = "", "APP"

# Objective → destination → goals. A website is what no destination means.
MATRIX: dict[str, dict[str, frozenset[str]]] = {
    "OUTCOME_AWARENESS": {SITE: _goals("AD_RECALL_LIFT REACH IMPRESSIONS THRUPLAY TWO_SECOND_CONTINUOUS_VIDEO_VIEWS")},
    "OUTCOME_TRAFFIC": {
        SITE: _goals("LINK_CLICKS LANDING_PAGE_VIEWS REACH IMPRESSIONS"),
        APP: _goals("LINK_CLICKS REACH"),
        "MESSENGER": _goals("LINK_CLICKS REACH IMPRESSIONS"),
        "WHATSAPP": _goals("LINK_CLICKS REACH IMPRESSIONS"),
        "PHONE_CALL": _goals("QUALITY_CALL LINK_CLICKS"),
        "INSTAGRAM_PROFILE": _goals("VISIT_INSTAGRAM_PROFILE PROFILE_VISIT"),
    },
    "OUTCOME_ENGAGEMENT": {
        SITE: _SITE,
        APP: _APP,
        "ON_POST": _goals("POST_ENGAGEMENT REACH"),
        "ON_VIDEO": _goals("THRUPLAY TWO_SECOND_CONTINUOUS_VIDEO_VIEWS"),
        "ON_PAGE": _goals("PAGE_LIKES"),
        "ON_EVENT": _goals("EVENT_RESPONSES POST_ENGAGEMENT REACH IMPRESSIONS"),
        **dict.fromkeys(MESSAGING, _CHAT),
        "MESSENGER": _CHAT | {"LEAD_GENERATION"},
    },
    "OUTCOME_LEADS": {
        SITE: _SITE,
        APP: _APP,
        "ON_AD": _goals("LEAD_GENERATION QUALITY_LEAD"),
        "LEAD_FROM_MESSENGER": _goals("LEAD_GENERATION"),
        "LEAD_FROM_IG_DIRECT": _goals("LEAD_GENERATION"),
        "PHONE_CALL": _goals("QUALITY_CALL"),
    },
    "OUTCOME_SALES": {
        SITE: _SITE | {"VALUE"},
        APP: _goals("OFFSITE_CONVERSIONS LINK_CLICKS REACH"),
        "MESSENGER": _goals("CONVERSATIONS OFFSITE_CONVERSIONS LINK_CLICKS IMPRESSIONS REACH"),
        "WHATSAPP": _goals("OFFSITE_CONVERSIONS LINK_CLICKS IMPRESSIONS REACH"),
        "PHONE_CALL": _goals("QUALITY_CALL"),
    },
    "OUTCOME_APP_PROMOTION": {
        APP: _goals("APP_INSTALLS LINK_CLICKS OFFSITE_CONVERSIONS APP_INSTALLS_AND_OFFSITE_CONVERSIONS VALUE")
    },
}
_MATRIX_GOALS = frozenset[str]().union(*(goals for rows in MATRIX.values() for goals in rows.values()))
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
}
BILLING_EVENTS = _goals(
    "APP_INSTALLS CLICKS IMPRESSIONS LINK_CLICKS LISTING_INTERACTION NONE OFFER_CLAIMS PAGE_LIKES POST_ENGAGEMENT "
    "PURCHASE THRUPLAY TWO_SECOND_CONTINUOUS_VIDEO_VIEWS"
)
_CONVERSIONS = _goals("OFFSITE_CONVERSIONS VALUE")
_PIXEL = (("pixel_id", "custom_conversion_id", "product_set_id"), ("custom_event_type", "custom_conversion_id"))
_PIXEL_OR_CATALOG = (_PIXEL[0], (*_PIXEL[1], "product_set_id"))
_STORE = (("application_id",), ("object_store_url",))
_PAGE = (("page_id",),)


@dataclass(frozen=True, slots=True)
class Need:
    """The required keys of a promoted object: one of each group. No destinations or goals means any."""

    objectives: frozenset[str]
    keys: tuple[tuple[str, ...], ...]
    destinations: frozenset[str] = frozenset()
    goals: frozenset[str] = frozenset()


NEEDS = (
    Need(_goals("OUTCOME_AWARENESS"), (("page_id", "place_page_set_id"),)),
    Need(_goals("OUTCOME_TRAFFIC"), _PAGE, _goals("WHATSAPP")),
    Need(_goals("OUTCOME_ENGAGEMENT"), _PAGE, MESSAGING | {"ON_PAGE"}),
    Need(_goals("OUTCOME_LEADS"), _PAGE, _goals("ON_AD LEAD_FROM_MESSENGER LEAD_FROM_IG_DIRECT PHONE_CALL")),
    Need(_goals("OUTCOME_SALES"), _PAGE, _goals("MESSENGER WHATSAPP PHONE_CALL")),
    # The matrix names a pixel for all goals on websites; only conversions cannot do without one.
    Need(
        _goals("OUTCOME_ENGAGEMENT OUTCOME_LEADS OUTCOME_SALES"),
        _PIXEL_OR_CATALOG,
        frozenset({SITE, "MESSENGER", "WHATSAPP"}),
        _CONVERSIONS,
    ),
    Need(frozenset(MATRIX), _STORE, frozenset({APP})),
)


def check_goal(case: Case) -> None:
    """Refuse a goal that does not go with the campaign's objective and the destination."""
    goal = case.value("optimization_goal")
    if not goal:
        return
    if goal not in _MATRIX_GOALS | OTHER_GOALS:
        raise not_one_of("optimization_goal", _MATRIX_GOALS | OTHER_GOALS)
    objective, destination = place(case)
    rows = MATRIX.get(objective)
    if rows is None or goal in OTHER_GOALS:
        return
    if (destination, goal) == ("ON_POST", "IMPRESSIONS"):
        raise refuse(3858327, "optimization_goal")
    # Which destinations an objective has is known from hearsay only: an unknown pair is not refused for itself.
    allowed = rows.get(destination) or frozenset[str]().union(*rows.values())
    if goal not in allowed:
        raise refuse(2490408, "optimization_goal")


def check_billing(case: Case) -> None:
    """Refuse a billing event that does not go with the goal."""
    event, goal = case.value("billing_event"), case.value("optimization_goal")
    if not event:
        return
    if event not in BILLING_EVENTS:
        raise not_one_of("billing_event", BILLING_EVENTS)
    if goal and event != "IMPRESSIONS" and BILLING.get(goal) != event:
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
