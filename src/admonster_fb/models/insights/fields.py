"""What each figure of insights means, reviewed by hand against Meta's Ads Insights reference.

`fb.insights.describe` reads it, and so do row types, columns and sums: what a figure is decides what may be done to it.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NamedTuple

from admonster_fb.errors import ParameterError, Violation

# fmt: off
Kind = Literal[
    "id", "name", "date", "breakdown", "count", "people", "money", "cost", "percent", "ratio", "seconds",
    "actions", "values", "people_by_type", "costs", "percents", "ratios", "seconds_by_type", "results", "histogram",
]
# fmt: on


class FieldKind(NamedTuple):
    """What all figures of a kind share; `why_not` says why rows of it cannot be added up, if they cannot."""

    unit: str
    why_not: str = ""
    number: type[int] | type[Decimal] | None = None
    by_type: bool = False
    """Whether Meta answers a list with a value for each action type."""


_NO_NUMBER = "it is no amount"
_PEOPLE = "the same person can be in several rows; ask Meta for the whole at once"
_RATIO = "it is a ratio; divide the sums of what it is made of"
FIELD_KINDS: dict[Kind, FieldKind] = {
    "id": FieldKind("text", _NO_NUMBER),
    "name": FieldKind("text", _NO_NUMBER),
    "date": FieldKind("YYYY-MM-DD in the account's time zone", _NO_NUMBER),
    "breakdown": FieldKind("text", _NO_NUMBER),
    "count": FieldKind("times", number=int),
    "people": FieldKind("people", _PEOPLE, int),
    "money": FieldKind("major units of the account's currency", number=Decimal),
    "cost": FieldKind("major units of the account's currency, each", _RATIO, Decimal),
    "percent": FieldKind("percent", _RATIO, Decimal),
    "ratio": FieldKind("ratio", _RATIO, Decimal),
    "seconds": FieldKind("seconds", _RATIO, Decimal),
    "actions": FieldKind("times, by action type", number=Decimal, by_type=True),
    "values": FieldKind("major units of the account's currency, by action type", number=Decimal, by_type=True),
    "people_by_type": FieldKind("people, by action type", _PEOPLE, Decimal, by_type=True),
    "costs": FieldKind("major units of the account's currency each, by action type", _RATIO, Decimal, by_type=True),
    "percents": FieldKind("percent, by action type", _RATIO, Decimal, by_type=True),
    "ratios": FieldKind("ratio, by action type", _RATIO, Decimal, by_type=True),
    "seconds_by_type": FieldKind("seconds, by action type", _RATIO, Decimal, by_type=True),
    "results": FieldKind("by indicator, as Meta answers it", "what counts as a result differs between campaigns"),
    "histogram": FieldKind("a list of shares", _RATIO),
}

ALL_LEVELS = ("account", "campaign", "adset", "ad")


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """What one field of insights is. `additive`: whether its values may be added up over rows (per action type)."""

    name: str
    meaning: str
    unit: str
    levels: tuple[str, ...]
    additive: bool
    kind: Kind
    why_not: str = ""
    """Why it may not be added up."""


# fmt: off
_MEANINGS: dict[Kind, dict[str, str]] = {
    "id": {
        "account_id": "the ad account, without act_",
        "campaign_id": "the campaign",
        "adset_id": "the ad set",
        "ad_id": "the ad",
    },
    "name": {
        "account_name": "name of the ad account, as it is now",
        "account_currency": "ISO code of the currency of all amounts",
        "campaign_name": "name of the campaign, as it is now",
        "adset_name": "name of the ad set, as it is now",
        "ad_name": "name of the ad, as it is now",
        "objective": "what the campaign aims for",
        "buying_type": "AUCTION, or how else the campaign is bought",
        "optimization_goal": "what delivery is optimised for",
        "attribution_setting": "attribution windows of the ad set, or mixed",
        "quality_ranking": "perceived quality against ads that competed for the same people; needs 500 impressions",
        "engagement_rate_ranking": "expected engagement rate against competing ads; needs 500 impressions",
        "conversion_rate_ranking": "expected conversion rate against ads with the same goal; needs 500 impressions",
        "created_time": "day on which the object was created",
        "updated_time": "day on which the object was changed last",
    },
    "date": {
        "date_start": "first day of the row, included",
        "date_stop": "last day of the row, included",
    },
    "breakdown": {
        "age": "age range of the people reached",
        "gender": "male, female or unknown",
        "country": "ISO code of the country of the people reached",
        "region": "region of the people reached, by name",
        "dma": "Nielsen market area in the US",
        "publisher_platform": "facebook, instagram, audience_network, messenger, threads, …",
        "platform_position": "placement within the platform: feed, story, reels, …",
        "impression_device": "device on which the ad was seen",
        "device_platform": "mobile or desktop",
        "product_id": "product of a catalog, with its name",
        "hourly_stats_aggregated_by_advertiser_time_zone": "hour of day in the account's time zone",
        "hourly_stats_aggregated_by_audience_time_zone": "hour of day where the people are",
        "frequency_value": "how often people saw the ad",
        "place_page_id": "place the ad was for",
        "image_asset": "picture of a creative with many",
        "video_asset": "video of a creative with many",
        "body_asset": "text of a creative with many",
        "title_asset": "headline of a creative with many",
        "description_asset": "description of a creative with many",
        "call_to_action_asset": "button of a creative with many",
        "link_url_asset": "link of a creative with many",
        "ad_format_asset": "format of a creative with many",
        "app_id": "app of an app campaign",
        "skan_conversion_id": "conversion value of Apple's SKAdNetwork",
    },
    "count": {
        "impressions": "times an ad was on screen for the first time",
        "clicks": "clicks of any kind on the ad, also on the name, likes and comments",
        "inline_link_clicks": "clicks on links of the ad that lead to where the advertiser wants, 1-day click window",
        "inline_post_engagement": "everything people did to the ad, 1-day click window",
        "full_view_impressions": "times the whole post was on screen",
        "instagram_profile_visits": "visits to the Instagram profile from the ad",
        "instagram_profile_follow": "follows of the Instagram profile from the ad",
        "instant_experience_clicks_to_open": "clicks that open an instant experience",
        "instant_experience_clicks_to_start": "interactions that start an instant experience",
        "messages_delivered": "marketing messages that were delivered",
        "marketing_messages_sent": "marketing messages that were sent",
        "marketing_messages_delivered": "marketing messages that arrived",
        "marketing_messages_read": "marketing messages that were read",
        "marketing_messages_link_btn_click": "clicks on the link button of marketing messages",
        "marketing_messages_quick_reply_btn_click": "clicks on quick replies of marketing messages",
        "product_views": "times a product of the catalog was shown",
        "total_card_view": "cards of an instant experience that were seen",
        "shop_clicks": "clicks that open a shop",
        "total_postbacks": "postbacks from Apple's SKAdNetwork",
    },
    "people": {
        "reach": "people who saw an ad at least once, an estimate",
        "unique_clicks": "people who clicked on anything of the ad, an estimate",
        "unique_inline_link_clicks": "people who clicked on a link of the ad, an estimate",
        "full_view_reach": "people who saw the whole post",
        "estimated_ad_recallers": "people who would remember the ad within two days, an estimate",
        "estimated_ad_recallers_lower_bound": "lower bound of the people who would remember the ad",
        "estimated_ad_recallers_upper_bound": "upper bound of the people who would remember the ad",
    },
    "money": {
        "spend": "money spent, an estimate until the account is billed",
        "social_spend": "money spent on impressions with social information",
        "marketing_messages_spend": "money spent on marketing messages",
    },
    "cost": {
        "cpc": "spend per click of any kind",
        "cpm": "spend per 1,000 impressions",
        "cpp": "spend per 1,000 people reached",
        "cost_per_inline_link_click": "spend per link click",
        "cost_per_inline_post_engagement": "spend per engagement with the post",
        "cost_per_unique_click": "spend per person who clicked",
        "cost_per_unique_inline_link_click": "spend per person who clicked on a link",
        "cost_per_estimated_ad_recallers": "spend per person who would remember the ad",
        "cost_per_message_delivered": "spend per delivered marketing message",
        "cost_per_dda_countby_convs": "spend per conversion by data-driven attribution",
        "marketing_messages_cost_per_delivered": "spend per marketing message that arrived",
        "marketing_messages_cost_per_link_btn_click": "spend per click on the button of a marketing message",
    },
    "percent": {
        "ctr": "clicks of any kind per 100 impressions",
        "unique_ctr": "people who clicked per 100 people reached",
        "inline_link_click_ctr": "link clicks per 100 impressions",
        "unique_inline_link_click_ctr": "people who clicked on a link per 100 people reached",
        "unique_link_clicks_ctr": "people who clicked on a link per 100 people reached",
        "estimated_ad_recall_rate": "people who would remember the ad per 100 people reached",
        "canvas_avg_view_percent": "average share of an instant experience that was seen",
        "marketing_messages_read_rate": "marketing messages read per 100 that arrived",
        "marketing_messages_delivery_rate": "marketing messages that arrived per 100 sent",
        "marketing_messages_link_btn_click_rate": "clicks on the button per 100 marketing messages that arrived",
    },
    "ratio": {
        "frequency": "impressions per person reached",
        "landing_page_view_per_link_click": "landing page views per link click",
        "purchases_per_link_click": "purchases per link click",
        "purchase_per_landing_page_view": "purchases per landing page view",
    },
    "seconds": {
        "canvas_avg_view_time": "average time spent in an instant experience",
    },
    "actions": {
        "actions": "what people did because of the ad, by type; types contain one another: never add them up",
        "conversions": "conversions by standard and custom event",
        "outbound_clicks": "clicks that lead off Meta's apps",
        "ad_click_actions": "actions that followed a click on the ad",
        "ad_impression_actions": "actions that followed a view of the ad",
        "catalog_segment_actions": "actions on the products of a shared catalog segment",
        "converted_product_omni_purchase": "purchases of products of the catalog, wherever they happened",
        "converted_product_website_pixel_purchase": "purchases of products of the catalog on the website",
        "converted_product_quantity": "products of the catalog that were sold",
        "instant_experience_outbound_clicks": "clicks in an instant experience that lead off Meta's apps",
        "interactive_component_tap": "taps on interactive parts of the ad",
        "mmp_credited_install": "installs that a measurement partner credits",
        "video_play_actions": "times a video began to play, replays aside",
        "video_continuous_2_sec_watched_actions": "plays of 2 seconds without a break",
        "video_6_sec_watched_actions": "plays of 6 seconds, or nearly the whole of a shorter video",
        "video_15_sec_watched_actions": "plays of 15 seconds, or nearly the whole of a shorter video",
        "video_30_sec_watched_actions": "plays of 30 seconds, or nearly the whole of a shorter video",
        "video_p25_watched_actions": "plays to 25 % of the length",
        "video_p50_watched_actions": "plays to 50 % of the length",
        "video_p75_watched_actions": "plays to 75 % of the length",
        "video_p95_watched_actions": "plays to 95 % of the length",
        "video_p100_watched_actions": "plays to the end",
        "video_thruplay_watched_actions": "plays to the end, or of at least 15 seconds",
        "video_time_watched_actions": "seconds of video played",
    },
    "values": {
        "action_values": "value of the actions, by type; types contain one another: never add them up",
        "conversion_values": "value of the conversions",
        "catalog_segment_value": "value of actions on a shared catalog segment",
        "converted_product_value": "value of the products sold",
        "converted_product_omni_purchase_values": "value of purchases of products of the catalog",
    },
    "people_by_type": {
        "unique_actions": "people who did something because of the ad, by type",
        "unique_conversions": "people who converted, by event",
        "unique_outbound_clicks": "people who clicked on a link off Meta's apps",
        "unique_video_continuous_2_sec_watched_actions": "people who watched 2 seconds without a break",
        "unique_video_view_15_sec": "people who watched 15 seconds",
    },
    "costs": {
        "cost_per_action_type": "spend per action, by type",
        "cost_per_unique_action_type": "spend per person who did it, by type",
        "cost_per_conversion": "spend per conversion",
        "cost_per_unique_conversion": "spend per person who converted",
        "cost_per_ad_click": "spend per click on the ad",
        "cost_per_outbound_click": "spend per click that leads off Meta's apps",
        "cost_per_unique_outbound_click": "spend per person who clicked on a link off Meta's apps",
        "cost_per_thruplay": "spend per play to the end or of 15 seconds",
        "cost_per_2_sec_continuous_video_view": "spend per play of 2 seconds without a break",
        "cost_per_6_sec_video_view": "spend per play of 6 seconds",
        "cost_per_15_sec_video_view": "spend per play of 15 seconds",
        "cost_per_one_thousand_ad_impression": "spend per 1,000 impressions",
        "cost_per_mmp_credited_install": "spend per install that a measurement partner credits",
        "average_purchases_conversion_value": "value of an average purchase",
    },
    "percents": {
        "website_ctr": "clicks to the website per 100 impressions",
        "outbound_clicks_ctr": "clicks off Meta's apps per 100 impressions",
        "unique_outbound_clicks_ctr": "people who clicked off Meta's apps per 100 people reached",
        "conversion_lead_rate": "conversion leads per 100 leads",
    },
    "ratios": {
        "purchase_roas": "value of purchases per unit of spend, wherever they happened",
        "website_purchase_roas": "value of website purchases per unit of spend",
        "mobile_app_purchase_roas": "value of app purchases per unit of spend",
        "catalog_segment_value_omni_purchase_roas": "value of purchases of a catalog segment per unit of spend",
        "video_view_per_impression": "plays per impression",
    },
    "seconds_by_type": {
        "video_avg_time_watched_actions": "average time a video played, replays included",
    },
    "results": {
        "results": "what the campaign was optimised for, counted",
        "cost_per_result": "spend per result",
        "result_rate": "results per 100 impressions",
        "objective_results": "what the objective aims for, counted",
        "cost_per_objective_result": "spend per result of the objective",
        "objective_result_rate": "results of the objective per 100 impressions",
    },
    "histogram": {
        "video_play_curve_actions": "share of plays still running, second by second",
        "video_play_retention_0_to_15s_actions": "share of plays still running in the first 15 seconds",
        "video_play_retention_20_to_60s_actions": "share of plays still running from 20 to 60 seconds",
        "video_play_retention_graph_actions": "share of plays still running over the whole length",
    },
}
# fmt: on
_LEVELS: dict[str, tuple[str, ...]] = {
    **{f"campaign_{part}": ALL_LEVELS[1:] for part in ("id", "name")},
    **dict.fromkeys(("objective", "buying_type"), ALL_LEVELS[1:]),
    **{f"adset_{part}": ALL_LEVELS[2:] for part in ("id", "name")},
    **dict.fromkeys(("optimization_goal", "attribution_setting"), ALL_LEVELS[2:]),
    **{f"ad_{part}": ALL_LEVELS[3:] for part in ("id", "name")},
    **{f"{of}_ranking": ALL_LEVELS[3:] for of in ("quality", "engagement_rate", "conversion_rate")},
    **dict.fromkeys(("image_asset", "video_asset", "place_page_id"), ALL_LEVELS[1:]),
}
"""Where Meta has a field; at all levels if it is not here."""

FIELDS: dict[str, FieldInfo] = {
    name: FieldInfo(
        name,
        meaning,
        FIELD_KINDS[kind].unit,
        _LEVELS.get(name, ALL_LEVELS),
        not FIELD_KINDS[kind].why_not,
        kind,
        FIELD_KINDS[kind].why_not,
    )
    for kind, meanings in _MEANINGS.items()
    for name, meaning in meanings.items()
}


def describe(name: str) -> FieldInfo:
    """Return what a field is; `actions.purchase` is described as `actions`. Unknown names bring the nearest ones.

    >>> describe("ctr").unit
    'percent'
    """
    base = name.partition(".")[0] if isinstance(name, str) else name
    if isinstance(base, str) and base in FIELDS:
        return FIELDS[base]
    near = difflib.get_close_matches(str(base), FIELDS, n=3)
    allowed = f"did you mean {' or '.join(near)}?" if near else "a field of Meta's Ads Insights that is described here"
    raise ParameterError([Violation("name", name, allowed)])


def by_type(name: str) -> bool:
    """Tell whether Meta answers a field with a list, a value for each action type."""
    return name in FIELDS and FIELD_KINDS[FIELDS[name].kind].by_type


def number(value: Any) -> int | Decimal | None:
    """Return a figure as Meta writes it as a number, whole if it is whole; `None` if it is none.

    >>> number("12"), number("2.50"), number("n/a")
    (12, Decimal('2.50'), None)
    """
    text = value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
    try:
        return int(text) if text.isdecimal() and text.isascii() else Decimal(text)
    except InvalidOperation:
        return None
