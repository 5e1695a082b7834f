"""Meta's enumerations, verbatim, for completion in editors and for type checkers.

They list what can be sent. What is read may have other values, because Meta's own lists are incomplete.
Source: facebook-business 26.0.3 (the tests compare every list with it). Values that it does not have come last, after a
comment, from `docs/meta-rules.md`.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

if TYPE_CHECKING:
    T = TypeVar("T")
    OpenEnum = Annotated[T, "open"]
    """Values that an editor completes and a type checker holds to; at run time any text may be sent."""
else:

    class OpenEnum:
        """Values that an editor completes and a type checker holds to; at run time any text may be sent."""

        def __class_getitem__(cls, values: Any) -> Any:
            """Return the type of the values, or of any text."""
            return values | str


# fmt: off
Objective = Literal[
    "OUTCOME_APP_PROMOTION", "OUTCOME_AWARENESS", "OUTCOME_ENGAGEMENT", "OUTCOME_LEADS", "OUTCOME_SALES",
    "OUTCOME_TRAFFIC",
]
"""Campaign objective. The older names are refused since v21. Source: `docs/meta-rules.md#goals-by-objective`."""

Status = Literal["ACTIVE", "PAUSED"]
"""Status of a new campaign, ad set or ad."""

ConfiguredStatus = Literal["ACTIVE", "PAUSED", "ARCHIVED", "DELETED"]
"""Status as set by the advertiser. Source: `docs/meta-rules.md#status`."""

CampaignEffectiveStatus = Literal["ACTIVE", "ARCHIVED", "DELETED", "IN_PROCESS", "PAUSED", "WITH_ISSUES"]
"""Effective status of a campaign; computed by Meta."""

AdSetEffectiveStatus = Literal[
    "ACTIVE", "ARCHIVED", "CAMPAIGN_PAUSED", "DELETED", "IN_PROCESS", "PAUSED", "WITH_ISSUES",
]
"""Effective status of an ad set; computed by Meta from the ad set and its campaign."""

AdEffectiveStatus = Literal[
    "ACTIVE", "ADSET_PAUSED", "ARCHIVED", "CAMPAIGN_PAUSED", "DELETED", "DISAPPROVED", "IN_PROCESS", "PAUSED",
    "PENDING_BILLING_INFO", "PENDING_REVIEW", "PREAPPROVED", "WITH_ISSUES",
]
"""Effective status of an ad; computed by Meta from the ad, its ad set and its campaign."""

BidStrategy = Literal["COST_CAP", "LOWEST_COST_WITHOUT_CAP", "LOWEST_COST_WITH_BID_CAP", "LOWEST_COST_WITH_MIN_ROAS"]
"""How Meta bids. Source: `docs/meta-rules.md#budgets-and-bids`."""

BuyingType = Literal["AUCTION", "RESERVED"]
"""How a campaign buys impressions. Source: `docs/meta-rules.md#campaigns`."""

SpecialAdCategory = Literal[
    "CREDIT", "EMPLOYMENT", "FINANCIAL_PRODUCTS_SERVICES", "HOUSING", "ISSUES_ELECTIONS_POLITICS", "NONE",
    "ONLINE_GAMBLING_AND_GAMING",
]
"""Legal category of a campaign. CREDIT was superseded by FINANCIAL_PRODUCTS_SERVICES."""

OptimizationGoal = Literal[
    "ADVERTISER_SILOED_VALUE", "AD_RECALL_LIFT", "APP_INSTALLS", "APP_INSTALLS_AND_OFFSITE_CONVERSIONS",
    "AUTOMATIC_OBJECTIVE", "CONVERSATIONS", "DERIVED_EVENTS", "ENGAGED_PAGE_VIEWS", "ENGAGED_USERS", "EVENT_RESPONSES",
    "IMPRESSIONS", "IN_APP_VALUE", "LANDING_PAGE_VIEWS", "LEAD_GENERATION", "LINK_CLICKS", "MEANINGFUL_CALL_ATTEMPT",
    "MESSAGING_APPOINTMENT_CONVERSION", "MESSAGING_DEEP_CONVERSATION_AND_FOLLOW", "MESSAGING_PURCHASE_CONVERSION",
    "NONE", "OFFSITE_CONVERSIONS", "PAGE_LIKES", "POST_ENGAGEMENT", "PROFILE_AND_PAGE_ENGAGEMENT", "PROFILE_VISIT",
    "QUALITY_CALL", "QUALITY_LEAD", "REACH", "REMINDERS_SET", "SUBSCRIBERS", "THRUPLAY", "VALUE",
    "VISIT_INSTAGRAM_PROFILE",
    # not in the SDK
    "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS",
]
"""What an ad set optimizes for. Source: `docs/meta-rules.md#goal-matrix`."""

BillingEvent = Literal[
    "APP_INSTALLS", "CLICKS", "IMPRESSIONS", "LINK_CLICKS", "LISTING_INTERACTION", "NONE", "OFFER_CLAIMS", "PAGE_LIKES",
    "POST_ENGAGEMENT", "PURCHASE", "THRUPLAY",
    # not in the SDK
    "TWO_SECOND_CONTINUOUS_VIDEO_VIEWS",
]
"""What an ad set is billed for. Source: `docs/meta-rules.md#billing-events`."""

DestinationType = Literal[
    "APP", "APPLINKS_AUTOMATIC", "FACEBOOK", "FACEBOOK_LIVE", "FACEBOOK_PAGE", "IMAGINE", "INSTAGRAM_DIRECT",
    "INSTAGRAM_LIVE", "INSTAGRAM_PROFILE", "INSTAGRAM_PROFILE_AND_FACEBOOK_PAGE",
    "MESSAGING_INSTAGRAM_DIRECT_MESSENGER", "MESSAGING_INSTAGRAM_DIRECT_MESSENGER_WHATSAPP",
    "MESSAGING_INSTAGRAM_DIRECT_WHATSAPP", "MESSAGING_MESSENGER_WHATSAPP", "MESSENGER", "ON_AD", "ON_EVENT", "ON_PAGE",
    "ON_POST", "ON_VIDEO", "SHOP_AUTOMATIC", "WEBSITE", "WHATSAPP",
    # not in the SDK
    "PHONE_CALL", "LEAD_FROM_MESSENGER", "LEAD_FROM_IG_DIRECT",
]
"""Where a click on an ad leads. Source: `docs/meta-rules.md#goal-matrix`."""

CallToActionType = Literal[
    "ADD_TO_CART", "APPLY_NOW", "ASK_ABOUT_SERVICES", "ASK_A_QUESTION", "ASK_FOR_MORE_INFO", "ASK_US", "AUDIO_CALL",
    "BOOK_A_CONSULTATION", "BOOK_NOW", "BOOK_TRAVEL", "BROWSE_SHOP", "BUY", "BUY_ACTIVITY_TICKETS", "BUY_NOW",
    "BUY_TICKETS", "BUY_VIA_MESSAGE", "CALL", "CALL_ME", "CALL_NOW", "CHAT_NOW", "CHAT_WITH_US", "CONFIRM", "CONTACT",
    "CONTACT_US", "DONATE", "DONATE_NOW", "DOWNLOAD", "EVENT_RSVP", "FIND_A_GROUP", "FIND_OUT_MORE", "FIND_YOUR_GROUPS",
    "FOLLOW_NEWS_STORYLINE", "FOLLOW_PAGE", "FOLLOW_USER", "GET_A_QUOTE", "GET_DETAILS", "GET_DIRECTIONS",
    "GET_IN_TOUCH", "GET_OFFER", "GET_OFFER_VIEW", "GET_PROMOTIONS", "GET_QUOTE", "GET_SHOWTIMES", "GET_STARTED",
    "INQUIRE_NOW", "INSTALL_APP", "INSTALL_MOBILE_APP", "JOIN_CHANNEL", "JOIN_LIVE_VIDEO", "LEARN_MORE", "LIKE_PAGE",
    "LISTEN_MUSIC", "LISTEN_NOW", "MAKE_AN_APPOINTMENT", "MESSAGE_PAGE", "MOBILE_DOWNLOAD", "NO_BUTTON",
    "OPEN_INSTANT_APP", "OPEN_LINK", "ORDER_NOW", "PAY_TO_ACCESS", "PLAY_GAME", "PLAY_GAME_ON_FACEBOOK",
    "PURCHASE_GIFT_CARDS", "RAISE_MONEY", "RECORD_NOW", "REFER_FRIENDS", "REQUEST_TIME", "SAY_THANKS", "SEE_MORE",
    "SEE_SHOP", "SELL_NOW", "SEND_A_GIFT", "SEND_GIFT_MONEY", "SEND_UPDATES", "SHARE", "SHOP_NOW", "SHOP_WITH_AI",
    "SIGN_UP", "SOTTO_SUBSCRIBE", "START_A_CHAT", "START_ORDER", "STREAM_NOW", "SUBSCRIBE", "SWIPE_UP_PRODUCT",
    "SWIPE_UP_SHOP", "TRY_DEMO", "TRY_ON_WITH_AI", "UPDATE_APP", "USE_APP", "USE_MOBILE_APP", "VIDEO_ANNOTATION",
    "VIDEO_CALL", "VIEW_CART", "VIEW_CHANNEL", "VIEW_IN_CART", "VIEW_PRODUCT", "VISIT_PAGES_FEED", "VISIT_WEBSITE",
    "WATCH_LIVE_VIDEO", "WATCH_MORE", "WATCH_NOW", "WATCH_VIDEO", "WHATSAPP_MESSAGE", "WOODHENGE_SUPPORT",
    # not in the SDK
    "INSTAGRAM_MESSAGE",
]
"""The button of an ad. Source: `docs/meta-rules.md#creatives`."""

AdFormat = Literal[
    "AUDIENCE_NETWORK_INSTREAM_VIDEO", "AUDIENCE_NETWORK_INSTREAM_VIDEO_MOBILE", "AUDIENCE_NETWORK_OUTSTREAM_VIDEO",
    "AUDIENCE_NETWORK_REWARDED_VIDEO", "BIZ_DISCO_FEED_MOBILE", "DESKTOP_FEED_STANDARD", "FACEBOOK_IFU_REELS_MOBILE",
    "FACEBOOK_PROFILE_FEED_DESKTOP", "FACEBOOK_PROFILE_FEED_MOBILE", "FACEBOOK_PROFILE_REELS_MOBILE",
    "FACEBOOK_REELS_BANNER", "FACEBOOK_REELS_BANNER_DESKTOP", "FACEBOOK_REELS_BANNER_FEED_ANDROID",
    "FACEBOOK_REELS_BANNER_FEED_ANDROID_LARGE", "FACEBOOK_REELS_BANNER_FULLSCREEN_IOS",
    "FACEBOOK_REELS_BANNER_FULLSCREEN_MOBILE", "FACEBOOK_REELS_MOBILE", "FACEBOOK_REELS_POSTLOOP",
    "FACEBOOK_REELS_POSTLOOP_FEED", "FACEBOOK_REELS_SIMILAR_PRODUCTS_MOBILE", "FACEBOOK_REELS_STICKER",
    "FACEBOOK_STORY_MOBILE", "FACEBOOK_STORY_STICKER_MOBILE", "INSTAGRAM_EXPLORE_CONTEXTUAL",
    "INSTAGRAM_EXPLORE_GRID_HOME", "INSTAGRAM_EXPLORE_IMMERSIVE", "INSTAGRAM_FEED_WEB", "INSTAGRAM_FEED_WEB_M_SITE",
    "INSTAGRAM_LEAD_GEN_MULTI_SUBMIT_ADS", "INSTAGRAM_PROFILE_FEED", "INSTAGRAM_PROFILE_REELS", "INSTAGRAM_REELS",
    "INSTAGRAM_REELS_OVERLAY", "INSTAGRAM_REELS_WEB", "INSTAGRAM_REELS_WEB_M_SITE", "INSTAGRAM_SEARCH_CHAIN",
    "INSTAGRAM_SEARCH_GRID", "INSTAGRAM_STANDARD", "INSTAGRAM_STORY", "INSTAGRAM_STORY_EFFECT_TRAY",
    "INSTAGRAM_STORY_WEB", "INSTAGRAM_STORY_WEB_M_SITE", "INSTANT_ARTICLE_RECIRCULATION_AD", "INSTANT_ARTICLE_STANDARD",
    "INSTREAM_BANNER_DESKTOP", "INSTREAM_BANNER_FEED_IOS", "INSTREAM_BANNER_FULLSCREEN_IOS",
    "INSTREAM_BANNER_FULLSCREEN_MOBILE", "INSTREAM_BANNER_IMMERSIVE_MOBILE", "INSTREAM_BANNER_MOBILE",
    "INSTREAM_VIDEO_DESKTOP", "INSTREAM_VIDEO_FULLSCREEN_IOS", "INSTREAM_VIDEO_FULLSCREEN_MOBILE",
    "INSTREAM_VIDEO_IMAGE", "INSTREAM_VIDEO_IMMERSIVE_MOBILE", "INSTREAM_VIDEO_MOBILE", "JOB_BROWSER_DESKTOP",
    "JOB_BROWSER_MOBILE", "MARKETPLACE_MOBILE", "MESSENGER_MOBILE_INBOX_MEDIA", "MESSENGER_MOBILE_STORY_MEDIA",
    "MOBILE_BANNER", "MOBILE_FEED_BASIC", "MOBILE_FEED_STANDARD", "MOBILE_FULLWIDTH", "MOBILE_INTERSTITIAL",
    "MOBILE_MEDIUM_RECTANGLE", "MOBILE_NATIVE", "RIGHT_COLUMN_STANDARD", "SUGGESTED_VIDEO_DESKTOP",
    "SUGGESTED_VIDEO_FULLSCREEN_MOBILE", "SUGGESTED_VIDEO_IMMERSIVE_MOBILE", "SUGGESTED_VIDEO_MOBILE",
    "WATCH_FEED_HOME", "WATCH_FEED_MOBILE", "WHATSAPP_STATUS_MEDIA",
]
"""Placement shown by an ad preview. Source: `docs/meta-rules.md#previews`."""

DatePreset = Literal[
    "data_maximum", "last_14d", "last_28d", "last_30d", "last_3d", "last_7d", "last_90d", "last_month", "last_quarter",
    "last_week_mon_sun", "last_week_sun_sat", "last_year", "maximum", "this_month", "this_quarter",
    "this_week_mon_today", "this_week_sun_today", "this_year", "today", "yesterday",
]
"""Date range of a report, in the account's time zone. Source: `docs/meta-rules.md#insights`."""

InsightsField = Literal[
    "account_currency", "account_id", "account_name", "action_values", "actions", "ad_click_actions",
    "ad_format_asset", "ad_id", "ad_impression_actions", "ad_name", "adset_id", "adset_name", "age", "app_id",
    "attribution_setting", "average_purchases_conversion_value", "body_asset", "buying_type",
    "call_to_action_asset", "campaign_id", "campaign_name", "canvas_avg_view_percent", "canvas_avg_view_time",
    "catalog_segment_actions", "catalog_segment_value", "catalog_segment_value_omni_purchase_roas", "clicks",
    "conversion_lead_rate", "conversion_rate_ranking", "conversion_values", "conversions",
    "converted_product_omni_purchase", "converted_product_omni_purchase_values", "converted_product_quantity",
    "converted_product_value", "converted_product_website_pixel_purchase", "cost_per_15_sec_video_view",
    "cost_per_2_sec_continuous_video_view", "cost_per_6_sec_video_view", "cost_per_action_type",
    "cost_per_ad_click", "cost_per_conversion", "cost_per_dda_countby_convs", "cost_per_estimated_ad_recallers",
    "cost_per_inline_link_click", "cost_per_inline_post_engagement", "cost_per_message_delivered",
    "cost_per_mmp_credited_install", "cost_per_objective_result", "cost_per_one_thousand_ad_impression",
    "cost_per_outbound_click", "cost_per_result", "cost_per_thruplay", "cost_per_unique_action_type",
    "cost_per_unique_click", "cost_per_unique_conversion", "cost_per_unique_inline_link_click",
    "cost_per_unique_outbound_click", "country", "cpc", "cpm", "cpp", "created_time", "ctr", "date_start",
    "date_stop", "description_asset", "device_platform", "dma", "engagement_rate_ranking",
    "estimated_ad_recall_rate", "estimated_ad_recallers", "estimated_ad_recallers_lower_bound",
    "estimated_ad_recallers_upper_bound", "frequency", "frequency_value", "full_view_impressions",
    "full_view_reach", "gender", "hourly_stats_aggregated_by_advertiser_time_zone",
    "hourly_stats_aggregated_by_audience_time_zone", "image_asset", "impression_device", "impressions",
    "inline_link_click_ctr", "inline_link_clicks", "inline_post_engagement", "instagram_profile_follow",
    "instagram_profile_visits", "instant_experience_clicks_to_open", "instant_experience_clicks_to_start",
    "instant_experience_outbound_clicks", "interactive_component_tap", "landing_page_view_per_link_click",
    "link_url_asset", "marketing_messages_cost_per_delivered", "marketing_messages_cost_per_link_btn_click",
    "marketing_messages_delivered", "marketing_messages_delivery_rate", "marketing_messages_link_btn_click",
    "marketing_messages_link_btn_click_rate", "marketing_messages_quick_reply_btn_click", "marketing_messages_read",
    "marketing_messages_read_rate", "marketing_messages_sent", "marketing_messages_spend", "messages_delivered",
    "mmp_credited_install", "mobile_app_purchase_roas", "objective", "objective_result_rate", "objective_results",
    "optimization_goal", "outbound_clicks", "outbound_clicks_ctr", "place_page_id", "platform_position",
    "product_id", "product_views", "publisher_platform", "purchase_per_landing_page_view", "purchase_roas",
    "purchases_per_link_click", "quality_ranking", "reach", "region", "result_rate", "results", "shop_clicks",
    "skan_conversion_id", "social_spend", "spend", "title_asset", "total_card_view", "total_postbacks",
    "unique_actions", "unique_clicks", "unique_conversions", "unique_ctr", "unique_inline_link_click_ctr",
    "unique_inline_link_clicks", "unique_link_clicks_ctr", "unique_outbound_clicks", "unique_outbound_clicks_ctr",
    "unique_video_continuous_2_sec_watched_actions", "unique_video_view_15_sec", "updated_time",
    "video_15_sec_watched_actions", "video_30_sec_watched_actions", "video_6_sec_watched_actions", "video_asset",
    "video_avg_time_watched_actions", "video_continuous_2_sec_watched_actions", "video_p100_watched_actions",
    "video_p25_watched_actions", "video_p50_watched_actions", "video_p75_watched_actions",
    "video_p95_watched_actions", "video_play_actions", "video_play_curve_actions",
    "video_play_retention_0_to_15s_actions", "video_play_retention_20_to_60s_actions",
    "video_play_retention_graph_actions", "video_thruplay_watched_actions", "video_time_watched_actions",
    "video_view_per_impression", "website_ctr", "website_purchase_roas",
]
"""Fields of a performance report. `fb.insights.describe` says what each means. Source: Meta: Ads Insights API."""

Level = Literal["account", "campaign", "adset", "ad"]
"""The object that each row of a report is about. Source: `docs/meta-rules.md#insights`."""

Breakdown = Literal[
    "ad_extension_domain", "ad_extension_url", "ad_format_asset", "affiliate_click_region", "affiliate_link_url", "age",
    "app_id", "body_asset", "breakdown_ad_objective", "breakdown_reporting_ad_id", "call_to_action_asset",
    "coarse_conversion_value", "comscore_market", "conversion_destination", "country", "creative_automation_asset_id",
    "creative_fingerprint_details", "creative_format_classification", "creative_media_type_breakdown",
    "creative_relaxation_asset_type", "crm_advertiser_l12_territory_ids", "crm_advertiser_subvertical_id",
    "crm_advertiser_vertical_id", "crm_ult_advertiser_id", "description_asset", "device_platform", "dma",
    "existing_post_id", "fidelity_type", "flexible_format_asset_type", "frequency_value", "gen_ai_asset_type", "gender",
    "hourly_stats_aggregated_by_advertiser_time_zone", "hourly_stats_aggregated_by_audience_time_zone", "hsid",
    "image_asset", "impression_device", "impression_view_time_advertiser_hour_v2", "instagram_ads_follow_type",
    "instagram_ads_instagram_media_product_type", "instagram_ads_time_since_creation_bucket", "internal_campaign_id",
    "is_auto_advance", "is_conversion_id_modeled", "is_rendered_as_delayed_skip_ad", "landing_destination",
    "link_url_asset", "marketing_messages_btn_name", "mdsa_landing_destination", "media_asset_url", "media_creator",
    "media_destination_url", "media_format", "media_id", "media_origin_url", "media_text_content", "media_type", "mmm",
    "msa_seller_name", "overlap_segment", "pa_creator_ig_handle", "place_page_id", "placement_path",
    "platform_position", "postback_sequence_index", "product_brand_breakdown", "product_category_breakdown",
    "product_custom_label_0_breakdown", "product_custom_label_1_breakdown", "product_custom_label_2_breakdown",
    "product_custom_label_3_breakdown", "product_custom_label_4_breakdown", "product_group_content_id_breakdown",
    "product_id", "publisher_platform", "redownload", "reels_trending_topic", "region", "rta_ugc_topic", "rule_set_id",
    "rule_set_name", "signal_source", "signal_source_bucket", "skan_campaign_id", "skan_conversion_id", "skan_version",
    "sot_attribution_model_type", "sot_attribution_window", "sot_channel", "sot_event_type", "sot_source",
    "standard_event_content_type", "title_asset", "user_persona_id", "user_persona_name", "video_asset", "zip",
]
"""How the rows of a report are split; few breakdowns combine. Source: `docs/meta-rules.md#breakdowns`."""

ActionBreakdown = Literal[
    "action_canvas_component_name", "action_carousel_card_id", "action_carousel_card_name", "action_destination",
    "action_device", "action_reaction", "action_target_id", "action_type", "action_video_sound", "action_video_type",
    "conversion_destination", "is_business_ai_assisted", "matched_persona_id", "matched_persona_name",
    "signal_source_bucket", "standard_event_content_type",
]
"""How the actions in a row of a report are split. Source: `docs/meta-rules.md#breakdowns`."""

ActionAttributionWindow = Literal[
    "1d_click", "1d_ev", "1d_sequenced", "1d_view", "28d_click", "28d_sequenced", "28d_view",
    "28d_view_all_conversions", "28d_view_first_conversion", "7d_click", "7d_sequenced", "7d_view",
    "7d_view_all_conversions", "7d_view_first_conversion", "custom", "dda", "default", "incrementality",
    "incrementality_all_conversions", "incrementality_first_conversion", "skan_click", "skan_click_second_postback",
    "skan_click_third_postback", "skan_view", "skan_view_second_postback", "skan_view_third_postback",
]
"""Time in which an action counts. 7d_view and 28d_view return nothing since January 2026.

Source: `docs/meta-rules.md#insights`.
"""

FilterOperator = Literal[
    "ALL", "ANY", "CONTAIN", "EQUAL", "GREATER_THAN", "IN", "IN_RANGE", "LESS_THAN", "NONE", "NOT_CONTAIN", "NOT_EQUAL",
    "NOT_IN", "NOT_IN_RANGE",
    # not in the SDK
    "GREATER_THAN_OR_EQUAL", "LESS_THAN_OR_EQUAL", "STARTS_WITH", "ENDS_WITH",
]
"""Operator of a filter of a report. Source: `docs/meta-rules.md#insights`."""

PacingType = Literal["standard", "no_pacing", "day_parting"]
"""How a budget is spent over time; sent as a list. Source: Meta: ad set reference."""

CustomEventType = Literal[
    "ACHIEVEMENT_UNLOCKED", "ADD_PAYMENT_INFO", "ADD_TO_CART", "ADD_TO_WISHLIST", "AD_IMPRESSION",
    "COMPLETE_REGISTRATION", "CONTACT", "CONTENT_VIEW", "CUSTOMIZE_PRODUCT", "D2_RETENTION", "D7_RETENTION", "DONATE",
    "FIND_LOCATION", "INITIATED_CHECKOUT", "LEAD", "LEVEL_ACHIEVED", "LISTING_INTERACTION",
    "MESSAGING_CONVERSATION_STARTED_7D", "OTHER", "PURCHASE", "RATE", "SCHEDULE", "SEARCH", "SERVICE_BOOKING_REQUEST",
    "SPENT_CREDITS", "START_TRIAL", "SUBMIT_APPLICATION", "SUBSCRIBE", "TUTORIAL_COMPLETION",
]
"""Conversion event of a promoted object."""

PublisherPlatform = Literal["facebook", "instagram", "threads", "messenger", "audience_network"]
"""Platform on which ads show. Source: `docs/meta-rules.md#placements`."""

FacebookPosition = Literal[
    "feed", "right_hand_column", "marketplace", "story", "search", "instream_video", "facebook_reels",
    "facebook_reels_overlay", "profile_feed", "notification",
]
"""Position on Facebook. video_feeds is refused since v24. Source: `docs/meta-rules.md#placements`."""

InstagramPosition = Literal["stream", "story", "reels", "profile_feed", "ig_search", "profile_reels", "explore_home"]
"""Position on Instagram. explore is refused since v26, explore_home is doubtful.

Source: `docs/meta-rules.md#placements`.
"""

MessengerPosition = Literal["sponsored_messages"]
"""Position in Messenger. Meta drops `story` silently. Source: `docs/meta-rules.md#placements`."""

AudienceNetworkPosition = Literal["classic", "rewarded_video"]
"""Position in the Audience Network. Source: `docs/meta-rules.md#placements`."""

ThreadsPosition = Literal["threads_stream"]
"""Position on Threads; requires the Instagram stream. Source: `docs/meta-rules.md#placements`."""

WhatsAppPosition = Literal["status"]
"""Position on WhatsApp; requires the Instagram story. Source: `docs/meta-rules.md#placements`."""

DevicePlatform = Literal["connected_tv", "desktop", "mobile"]
"""Device on which ads show."""

ExecutionOption = Literal["include_recommendations", "synchronous_ad_review", "validate_only"]
"""How a write is carried out. synchronous_ad_review is for ads only. Source: `docs/meta-rules.md#protocol`."""

ACCOUNT_STATUS: dict[int, str] = {
    1: "ACTIVE", 2: "DISABLED", 3: "UNSETTLED", 7: "PENDING_RISK_REVIEW", 8: "PENDING_SETTLEMENT", 9: "IN_GRACE_PERIOD",
    100: "PENDING_CLOSURE", 101: "CLOSED", 201: "ANY_ACTIVE", 202: "ANY_CLOSED",
}
"""Names of an ad account's `account_status`. Source: Meta: ad account reference (public copies of the page)."""

DISABLE_REASON: dict[int, str] = {
    0: "NONE", 1: "ADS_INTEGRITY_POLICY", 2: "ADS_IP_REVIEW", 3: "RISK_PAYMENT", 4: "GRAY_ACCOUNT_SHUT_DOWN", 5:
    "ADS_AFC_REVIEW", 6: "BUSINESS_INTEGRITY_RAR", 7: "PERMANENT_CLOSE", 8: "UNUSED_RESELLER_ACCOUNT", 9:
    "UNUSED_ACCOUNT", 10: "UMBRELLA_AD_ACCOUNT", 11: "BUSINESS_MANAGER_INTEGRITY_POLICY", 12:
    "MISREPRESENTED_AD_ACCOUNT", 13: "AOAB_DESHARE_LEGAL_ENTITY", 14: "CTX_THREAD_REVIEW", 15: "COMPROMISED_AD_ACCOUNT",
}
"""Names of an ad account's `disable_reason`. Source: Meta: ad account reference (public copies of the page)."""
# fmt: on
