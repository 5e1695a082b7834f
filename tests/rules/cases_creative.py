"""For each rule of creatives and ads: see cases_campaign.py."""

from __future__ import annotations

from typing import Any

from changes import at

STORY = "object_story_spec"
LINK = f"{STORY}.link_data"
CARDS = f"{LINK}.child_attachments"
CARD = {"link": "https://example.com/", "image_hash": "0" * 32}
VIDEO = {"video_id": "7", "image_hash": "0" * 32}
URL = "https://example.com/a.png"
POST = {"page_id": "1", "link_data": {"link": "https://example.com/", "image_hash": "0" * 32}}
FEED = "asset_feed_spec"
RULES = f"{FEED}.asset_customization_rules"
FEATURES = "degrees_of_freedom_spec"
NAMED = f"{FEATURES}.creative_features_spec"
HASHES = [{"hash": f"{number:032x}", "adlabels": [{"name": f"label {number}"}]} for number in range(12)]
ONE_RULE = {"customization_spec": {}, "image_label": {"name": "label 0"}}
DYNAMIC = {"object_story_spec": {"page_id": "1"}, "asset_feed_spec": {"images": HASHES[:2], "bodies": [{"text": "a"}]}}
PLACED = {
    "object_story_spec": {"page_id": "1"},
    "asset_feed_spec": {"images": HASHES[:2], "asset_customization_rules": [ONE_RULE] * 2},
}


def feed(**assets: Any) -> dict[str, Any]:
    """The base creative with an asset feed instead of a post."""
    return {LINK: ..., FEED: assets}


def features(**chosen: Any) -> dict[str, Any]:
    """Advantage+ creative features."""
    return {FEATURES: {"creative_features_spec": chosen}}


def posted(**more: Any) -> dict[str, Any]:
    """An ad with a whole creative."""
    return {"creative": {STORY: {**POST, "link_data": {**POST["link_data"], **more}}}}  # type: ignore[dict-item]


def within(objective: str | None = None, **adset: Any) -> dict[str, Any]:
    """A context: ad set and campaign."""
    campaign = {"campaign": {"objective": f"OUTCOME_{objective}"}} if objective else {}
    return {"adset": adset, **campaign}


WEB_AND_APP = {"omnichannel_object": {"app": [{"application_id": "1"}], "pixel": [{"pixel_id": "2"}]}}
STORE = "https://apps.apple.com/app/id1"
RECOMMEND = {"execution_options": ["include_recommendations"]}
ONLY = {"execution_options": ["include_recommendations", "validate_only"]}
REVIEW = {"execution_options": ["synchronous_ad_review", "validate_only"]}
VALIDATE = {"execution_options": ["validate_only"]}

FREE = {"optimization_type": "DEGREES_OF_FREEDOM", "images": HASHES[:1]}
FILM = {"optimization_type": "DEGREES_OF_FREEDOM", "videos": [{"video_id": "7"}]}
URLS = [{"website_url": "https://example.com/"}]

CASES: dict[str, list[tuple[Any, ...]]] = {
    "creative button-unknown": [
        (
            "error",
            f"{LINK}.call_to_action.type",
            *at(f"{LINK}.call_to_action", {"type": "SHOP_NOWW"}, {"type": "SHOP_NOW"}),
        ),
        ("warning", f"{LINK}.call_to_action.type", {f"{LINK}.call_to_action": {"type": "BEAM_ME_UP"}}, {}),
        (
            "error",
            f"{FEED}.call_to_action_types.0",
            *at(FEED, {"call_to_action_types": ["LEARN MORE"]}, {"call_to_action_types": ["LEARN_MORE"]}),
        ),
    ],
    "creative rules-with-freedom": [
        (
            "warning 100",
            f"{FEED}.optimization_type",
            *at(FEED, {**FREE, "asset_customization_rules": [ONE_RULE] * 2}, FREE),
        )
    ],
    "creative freedom-video-link": [
        ("warning 100/2061015", f"{FEED}.link_urls", {FEED: FILM}, {FEED: {**FILM, "link_urls": URLS}})
    ],
    "creative post-field": [
        (
            "error 100",
            f"{STORY}.video_data.description",
            *at(
                STORY,
                {"page_id": "1", "video_data": {**VIDEO, "description": "x", "call_to_action": {"type": "LEARN_MORE"}}},
                {"page_id": "1", "video_data": {**VIDEO, "link_description": "x", "call_to_action": {"type": "PLAY"}}},
            ),
        )
    ],
    "creative call-button": [
        (
            "error 100",
            f"{LINK}.call_to_action.value.phone_number",
            *at(
                f"{LINK}.call_to_action",
                {"type": "CALL_NOW", "value": {"phone_number": "+18005551234", "other_phone": "1"}},
                {"type": "CALL_NOW", "value": {"link": "tel:+18005551234"}},
            ),
        ),
        (
            "warning 100",
            f"{LINK}.call_to_action.value.link",
            *at(f"{LINK}.call_to_action", {"type": "CALL_NOW"}, {"type": "LEARN_MORE"}),
        ),
    ],
    "creative video-button": [
        (
            "warning",
            f"{STORY}.video_data.call_to_action",
            *at(
                STORY,
                {"page_id": "1", "video_data": VIDEO},
                {"page_id": "1", "video_data": {**VIDEO, "call_to_action": {"type": "LEARN_MORE"}}},
            ),
        )
    ],
    "creative one-source": [
        (
            "error 100/1487929",
            "source_instagram_media_id",
            {"source_instagram_media_id": "1"},
            {STORY: ..., "source_instagram_media_id": "1"},
        ),
        ("error 100/1487929", FEED, {"object_story_id": "1_2", FEED: {"images": HASHES[:2]}}, {}),
        (
            "warning 100/1487929",
            FEED,
            {STORY: ..., "object_story_id": "1_2", FEED: {"images": HASHES[:2]}},
            feed(images=HASHES[:2]),
        ),
    ],
    "creative feed-and-post": [
        (
            "warning 100/1487929",
            FEED,
            *at(FEED, {"images": HASHES[:2]}, {"bodies": [], "optimization_type": "DEGREES_OF_FREEDOM"}),
        )
    ],
    "creative some-source": [("error 100", STORY, {STORY: ...}, {STORY: ..., "object_id": "1", "title": "T"})],
    "creative story-page": [("error 100", f"{STORY}.page_id", {f"{STORY}.page_id": ...}, {})],
    "creative one-post": [
        ("error 100/1487929", STORY, {f"{STORY}.video_data": VIDEO}, {LINK: ..., f"{STORY}.video_data": VIDEO}),
        ("error 100/1487929", STORY, {LINK: ...}, feed(images=HASHES[:2])),
    ],
    "creative one-image": [
        ("error 100", f"{LINK}.picture", {f"{LINK}.picture": URL}, {f"{LINK}.picture": URL, f"{LINK}.image_hash": ...}),
        ("error 100", f"{CARDS}.1.picture", {CARDS: [CARD, CARD | {"picture": URL}]}, {CARDS: [CARD, CARD]}),
    ],
    "creative carousel": [
        ("error 100", CARDS, {CARDS: [CARD]}, {CARDS: [CARD] * 2}),
        ("error 100", CARDS, {CARDS: [CARD] * 11}, {CARDS: [CARD] * 10}),
    ],
    "creative link": [
        (
            "error 100/2061015",
            f"{LINK}.link",
            {f"{LINK}.link": ...},
            {f"{LINK}.link": ..., f"{LINK}.call_to_action": {"type": "LEARN_MORE", "value": {"link": URL}}},
        ),
        # what opens a profile needs no link
        (
            "warning 100/2061015",
            f"{LINK}.link",
            {f"{LINK}.link": ..., f"{LINK}.call_to_action": {"type": "VISIT_PROFILE"}},
            {f"{LINK}.call_to_action": {"type": "VISIT_PROFILE"}},
        ),
        # what the SDK has in a button beside link
        *(
            (
                "warning 100/2061015",
                f"{LINK}.link",
                {f"{LINK}.link": ..., f"{LINK}.call_to_action": {"type": button, "value": {name: "1"}}},
                {f"{LINK}.call_to_action": {"type": button, "value": {name: "1"}}},
            )
            for button, name in (
                ("LIKE_PAGE", "page"),
                ("USE_APP", "app_link"),
                ("SHOP_NOW", "product_link"),
                ("WHATSAPP_MESSAGE", "whatsapp_number"),
            )
        ),
    ],
    "creative polls": [
        (
            "warning",
            "interactive_components_spec.components.0",
            *at(
                "interactive_components_spec",
                {"components": [{"type": "POLL", "poll_spec": {"question_text": "A?"}}]},
                {"components": [{"type": "PRODUCT_TAG"}]},
            ),
        )
    ],
    "creative card-link": [
        ("warning 100/2061015", f"{CARDS}.0.link", {CARDS: [{"image_hash": "0" * 32}, CARD]}, {CARDS: [CARD, CARD]})
    ],
    "creative video": [
        (
            "error 100",
            f"{STORY}.video_data.video_id",
            {LINK: ..., f"{STORY}.video_data": VIDEO | {"video_id": ""}},
            {LINK: ..., f"{STORY}.video_data": VIDEO},
        )
    ],
    "creative thumbnail": [
        (
            "error 100/1443226",
            f"{STORY}.video_data.image_hash",
            {LINK: ..., f"{STORY}.video_data": {"video_id": "7"}},
            {LINK: ..., f"{STORY}.video_data": {"video_id": "7", "image_url": URL}},
        )
    ],
    "creative product-set": [
        (
            "warning 100/1487831",
            "product_set_id",
            {LINK: ..., f"{STORY}.template_data": {"link": URL}},
            {LINK: ..., f"{STORY}.template_data": {"link": URL}, "product_set_id": "1"},
        )
    ],
    "creative instagram-id": [
        (
            "error 100/2446149",
            "instagram_actor_id",
            {"instagram_actor_id": "1", "instagram_user_id": "1"},
            {"instagram_user_id": "1"},
        ),
        (
            "error 100/2446149",
            f"{STORY}.instagram_actor_id",
            {f"{STORY}.instagram_actor_id": "1"},
            {f"{STORY}.instagram_user_id": "1"},
        ),
    ],
    "creative instagram-post": [
        (
            "warning 100/1772103",
            "instagram_user_id",
            {STORY: ..., "source_instagram_media_id": "1"},
            {STORY: ..., "source_instagram_media_id": "1", "instagram_user_id": "2"},
        )
    ],
    "creative bundle": [
        (
            "error 100/3858504",
            f"{NAMED}.standard_enhancements",
            features(standard_enhancements={"enroll_status": "OPT_IN"}),
            features(image_touchups={"enroll_status": "OPT_IN"}),
        )
    ],
    "creative known-values": [
        *(
            (
                verdict,
                "object_story_spec.link_data.format_option",
                *at("object_story_spec.link_data.format_option", value, "single_image"),
            )
            for verdict, value in (("error", "single_images"), ("warning", "ZEPPELIN_QUALITY_NEW"))
        )
    ],
    "creative enroll-status": [
        (
            "warning 100/3858082",
            f"{NAMED}.image_touchups.enroll_status",
            features(image_touchups={}),
            features(image_touchups={"enroll_status": "OPT_OUT"}),
        ),
        (
            "warning 100/3858082",
            f"{NAMED}.image_touchups.enroll_status",
            features(image_touchups={"enroll_status": "YES"}),
            {},
        ),
    ],
    "creative button": [
        (
            "error 100/1373054",
            f"{LINK}.call_to_action.type",
            *at(f"{LINK}.call_to_action", {"value": {}}, {"type": "SHOP_NOW"}),
        ),
        (
            "error 100/1373054",
            f"{CARDS}.0.call_to_action.type",
            *at(
                CARDS,
                [CARD | {"call_to_action": "SHOP_NOW"}, CARD],
                [CARD | {"call_to_action": {"type": "NEW_ONE"}}, CARD],
            ),
        ),
        (
            "error 100/1373054",
            "call_to_action.value",
            *at("call_to_action", {"type": "SHOP_NOW", "value": "x"}, {"type": "SHOP_NOW", "value": {}}),
        ),
    ],
    "creative asset-twice": [
        (
            "error 100/1815629",
            f"{FEED}.bodies.1",
            feed(images=HASHES[:2], bodies=[{"text": "a"}, {"text": "a"}]),
            feed(images=HASHES[:2], bodies=[{"text": "a"}, {"text": "b"}]),
        ),
        (
            "error 100/1815629",
            f"{FEED}.images.1",
            feed(images=[{"hash": "a"}, {"hash": "a"}]),
            feed(images=[{"hash": "a"}, {"url": URL}]),
        ),
    ],
    "creative asset-rules": [
        (
            "warning 100",
            RULES,
            feed(images=HASHES[:2], asset_customization_rules=[ONE_RULE]),
            feed(images=HASHES[:2], asset_customization_rules=[ONE_RULE] * 2),
        )
    ],
    "creative asset-label": [
        (
            "error 100/2446173",
            f"{RULES}.0.image_label",
            feed(images=HASHES[1:3], asset_customization_rules=[ONE_RULE] * 2),
            feed(images=HASHES[:2], asset_customization_rules=[ONE_RULE] * 2),
        )
    ],
    "creative asset-count": [
        ("warning 100", f"{FEED}.images", feed(images=HASHES[:11]), feed(images=HASHES[:10])),
        (
            "warning 100",
            FEED,
            feed(link_urls=[{"website_url": f"{URL}{number}"} for number in range(31)]),
            feed(link_urls=[{"website_url": f"{URL}{number}"} for number in range(30)]),
        ),
    ],
    "creative creative-name": [("error 100", "name", {"name": "x" * 101}, {"name": "x" * 100})],
    "creative picture-url": [
        ("error 100", f"{LINK}.picture", {f"{LINK}.picture": URL + "x" * 1000}, {f"{LINK}.picture": URL})
    ],
    "creative image-hash": [
        ("warning 100/2446386", f"{LINK}.image_hash", {f"{LINK}.image_hash": "ab"}, {f"{LINK}.image_hash": "ab" * 16})
    ],
    "creative creative-fixed": [
        ("error 100/1815573", STORY, {}, {STORY: ..., "name": "New", "status": "DELETED", "adlabels": []}, {}, True)
    ],
    "creative recommendations-alone": [("error 100", "execution_options", RECOMMEND, ONLY)],
    "creative review-of-ads": [("error 100", "execution_options", REVIEW, VALIDATE)],
    "campaign recommendations-alone": [("error 100", "execution_options", RECOMMEND, ONLY)],
    "campaign review-of-ads": [("error 100", "execution_options", REVIEW, VALIDATE)],
    "adset recommendations-alone": [("error 100", "execution_options", RECOMMEND, ONLY)],
    "adset review-of-ads": [("error 100", "execution_options", REVIEW, VALIDATE)],
    "ad recommendations-alone": [("error 100", "execution_options", RECOMMEND, ONLY)],
    "ad ad-review": [("error 100", "execution_options", {"execution_options": ["synchronous_ad_review"]}, REVIEW)],
    "ad ad-required": [("error 100", "creative", {"creative": ...}, {"creative": "1"})],
    "ad ad-name": [("warning 100", "name", {"name": "x" * 401}, {"name": "x" * 400})],
    "ad ad-adset": [
        ("error 100", "adset_id", {"adset_id": ...}, {"adset_id": ..., "adset_spec": {"name": "S"}}),
        ("error 100", "adset_id", {"adset_id": ...}, {"adset_id": ...}, [{}, {"adset": {}}]),
    ],
    "ad ad-moved": [("error 100", "adset_id", {"adset_id": "2"}, {"adset_id": ...}, {}, True)],
    "ad ad-status": [("error 100", "status", {"status": "ARCHIVED"}, {"status": "PAUSED"})],
    "ad ad-status-known": [("error 100", "status", {"status": "LIVE"}, {"status": "ARCHIVED"}, {}, True)],
    "ad ad-bid": [("warning 100", "bid_amount", {"bid_amount": 5}, {})],
    "ad ad-targeting": [("error 100/1487989", "targeting", {"targeting": {"age_min": 20}}, {})],
    "ad conversion-domain": [
        ("error 100", "conversion_domain", *at("conversion_domain", "https://example.com", "example.com")),
        ("error 100", "conversion_domain", *at("conversion_domain", "www.example.com", "example.co.uk")),
    ],
    "ad ad-schedule": [
        (
            "error 100",
            "ad_schedule_end_time",
            *at("ad_schedule_end_time", 2_000_000_000, 2_000_000_000),
            [within("LEADS"), within("SALES")],
        )
    ],
    "ad end-after-start": [
        (
            "error 100",
            "ad_schedule_end_time",
            {"ad_schedule_start_time": 2_000_000_000, "ad_schedule_end_time": 1_999_999_999},
            {"ad_schedule_end_time": 2_000_000_000},
        )
    ],
    "ad dynamic-adset": [
        ("error 100/1885998", "creative.asset_feed_spec", {"creative": DYNAMIC}, {"creative": PLACED}, within()),
        (
            "error 100/1885998",
            "creative.asset_feed_spec",
            *at("creative", DYNAMIC, DYNAMIC),
            [within(), within(is_dynamic_creative=True)],
        ),
    ],
    "ad dynamic-creative": [
        ("error 100", "creative", posted(), {"creative": DYNAMIC}, within(is_dynamic_creative=True)),
        ("error 100", "creative", *at("creative", PLACED, {"creative_id": "1"}), within(is_dynamic_creative=True)),
    ],
    "ad clicks-button": [
        (
            "error 100",
            f"creative.{LINK}.call_to_action",
            posted(),
            posted(call_to_action={"type": "SHOP_NOW"}),
            within(billing_event="LINK_CLICKS", optimization_goal="LINK_CLICKS"),
        ),
        *(
            (
                "error 100",
                f"creative.{LINK}.call_to_action",
                posted(),
                posted(),
                [within(billing_event="LINK_CLICKS", optimization_goal="LINK_CLICKS"), within(**other)],
            )
            for other in (
                {"billing_event": "LINK_CLICKS", "optimization_goal": "REACH"},
                {"billing_event": "LINK_CLICKS", "optimization_goal": "LANDING_PAGE_VIEWS"},
                {"billing_event": "IMPRESSIONS", "optimization_goal": "LINK_CLICKS"},
                {"billing_event": "LINK_CLICKS"},
                {},
            )
        ),
        (
            "error 100",
            f"creative.{LINK}.call_to_action",
            posted(),
            posted(),
            [within(billing_event="LINK_CLICKS", optimization_goal="LINK_CLICKS"), within(billing_event="IMPRESSIONS")],
        ),
    ],
    "ad store-link": [
        ("error 100/1487810", f"creative.{LINK}.link", posted(link=STORE), posted(), within("TRAFFIC")),
        (
            "error 100/1487810",
            f"creative.{LINK}.link",
            posted(link=STORE),
            posted(link=STORE),
            [within("TRAFFIC"), within("TRAFFIC", promoted_object={"application_id": "1"})],
        ),
        (
            "error 100/1487810",
            f"creative.{LINK}.link",
            posted(link=STORE),
            posted(link=STORE),
            [within("SALES"), within("SALES", promoted_object=WEB_AND_APP)],
        ),
    ],
    "ad web-only": [
        (
            "warning",
            "creative.applink_treatment",
            *at(
                "creative",
                {**posted()["creative"], "applink_treatment": "web_only"},
                {**posted()["creative"], "applink_treatment": "deeplink_with_web_fallback"},
            ),
            within("SALES", promoted_object=WEB_AND_APP),
        )
    ],
    "ad lead-form": [
        (
            "warning 100/3390001",
            "creative",
            posted(),
            posted(call_to_action={"type": "SIGN_UP", "value": {"lead_gen_form_id": "1"}}),
            within("LEADS", destination_type="ON_AD", optimization_goal="LEAD_GENERATION"),
        )
    ],
    "ad chat-post": [
        (
            "warning 100/1487891",
            "creative.object_story_id",
            {"creative": {"object_story_id": "1_2"}},
            posted(),
            within("ENGAGEMENT", destination_type="WHATSAPP"),
        )
    ],
    "ad page-mismatch": [
        (
            "error 100/1885029",
            "creative.object_story_spec.page_id",
            posted(),
            posted(),
            [within(promoted_object={"page_id": "2"}), within(promoted_object={"page_id": 1})],
        )
    ],
}
