"""What counts as a result: by optimization goal or objective, in which figure of a row it stands."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from admonster_fb.models.insights.row import InsightsRow

_EVENTS = {
    "PURCHASE": "purchase",
    "LEAD": "lead",
    "ADD_TO_CART": "add_to_cart",
    "ADD_PAYMENT_INFO": "add_payment_info",
    "ADD_TO_WISHLIST": "add_to_wishlist",
    "COMPLETE_REGISTRATION": "complete_registration",
    "CONTENT_VIEW": "view_content",
    "INITIATED_CHECKOUT": "initiate_checkout",
    "SEARCH": "search",
    "CONTACT": "contact",
    "SCHEDULE": "schedule",
    "SUBSCRIBE": "subscribe",
    "START_TRIAL": "start_trial",
    "SUBMIT_APPLICATION": "submit_application",
    "FIND_LOCATION": "find_location",
    "CUSTOMIZE_PRODUCT": "customize_product",
    "DONATE": "donate",
}
"""The word for a `custom_event_type` in action types."""
_BY_EVENT = frozenset({"OFFSITE_CONVERSIONS", "VALUE", "ONSITE_CONVERSIONS", "OUTCOME_SALES"})

# Where several are named they count the same more or less widely: the first that is there stands, never their sum.
_RESULTS: dict[str, tuple[str, ...]] = {
    "REACH": ("reach",),
    "IMPRESSIONS": ("impressions",),
    "AD_RECALL_LIFT": ("estimated_ad_recallers",),
    "LINK_CLICKS": ("actions.link_click", "inline_link_clicks"),
    "LANDING_PAGE_VIEWS": ("actions.omni_landing_page_view", "actions.landing_page_view"),
    "POST_ENGAGEMENT": ("actions.post_engagement",),
    "PAGE_LIKES": ("actions.like",),
    "EVENT_RESPONSES": ("actions.rsvp",),
    "THRUPLAY": ("video_thruplay_watched_actions.video_view",),
    "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS": ("video_continuous_2_sec_watched_actions.video_view",),
    "CONVERSATIONS": ("actions.onsite_conversion.messaging_conversation_started_7d",),
    "LEAD_GENERATION": ("actions.onsite_conversion.lead_grouped", "actions.leadgen_grouped", "actions.lead"),
    "QUALITY_LEAD": ("actions.onsite_conversion.lead_grouped", "actions.leadgen_grouped", "actions.lead"),
    "APP_INSTALLS": ("actions.omni_app_install", "actions.mobile_app_install"),
    "APP_INSTALLS_AND_OFFSITE_CONVERSIONS": ("actions.omni_app_install", "actions.mobile_app_install"),
    "PROFILE_VISIT": ("instagram_profile_visits",),
    "OUTCOME_AWARENESS": ("reach",),
    "OUTCOME_TRAFFIC": ("actions.link_click", "inline_link_clicks"),
    "OUTCOME_ENGAGEMENT": ("actions.post_engagement",),
    "OUTCOME_LEADS": ("actions.lead", "actions.onsite_conversion.lead_grouped"),
    "OUTCOME_APP_PROMOTION": ("actions.omni_app_install", "actions.mobile_app_install"),
}


def events_of(goal: str, event: str | None = None) -> tuple[str, ...]:
    """Return the figures in which results of a goal stand, the best first; none for a goal that is not known here.

    >>> events_of("OFFSITE_CONVERSIONS", "LEAD")[0]
    'actions.lead'
    """
    if goal not in _BY_EVENT:
        return _RESULTS.get(goal, ())
    word = _EVENTS.get(event or "PURCHASE")
    return (f"actions.{word}", f"actions.omni_{word}", f"actions.offsite_conversion.fb_pixel_{word}") if word else ()


def first_of(row: InsightsRow, figures: Sequence[str]) -> int | Decimal | None:
    """Return the first of the figures that the row has."""
    for name in figures:
        figure, _, action_type = name.partition(".")
        value = row.action(action_type, figure=figure) if action_type else getattr(row, figure, None)
        if isinstance(value, int | Decimal):
            return value
    return None
