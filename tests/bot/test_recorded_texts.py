"""What the real API answered, through the ops that read it: the text shows every value that the op asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from recordings import Recording, recordings
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import Sandbox
from admonster_fb.sandbox.wire import Request, Response, json_response

pytestmark = pytest.mark.thorough

PAGE = "108356564252733"
POST, COMMENT, MEDIUM = f"{PAGE}_122101000000000001", "122101000000000001_880", "17900000000000001"
FORM = {"page_id": PAGE, "name": "C", "questions": ["email"], "privacy_policy": "https://example.com/p"}
STORY = {"page_id": PAGE, "link": "https://example.com/", "image_url": "https://example.com/a.png"}
TARGETING = {"targeting_spec": {"geo_locations": {"countries": ["US"]}}, "optimization_goal": "LINK_CLICKS"}
NEW, OTHER = "3370774453101952", "1369929578445450"
POSTS = MEDIA = {"page_id": PAGE, "days": 365}

READ: dict[str, tuple[str, Any, str, str]] = {
    "leads/ahoydig_form_create": ("create_lead_form", FORM, "POST", "leadgen_forms"),
    "leads/ahoydig_form_create_whatsapp_button": ("create_lead_form", FORM, "POST", "leadgen_forms"),
    "leads/ahoydig_form_read_thank_you_page_phone": (
        "get_lead_form",
        {"form_id": OTHER, "page_id": PAGE},
        "GET",
        OTHER,
    ),
    "leads/ahoydig_form_read_tracking_parameters": ("get_lead_form", {"form_id": NEW, "page_id": PAGE}, "GET", NEW),
    "leads/ahoydig_test_lead_create": ("create_test_lead", {"form_id": "1", "page_id": PAGE}, "POST", "test_leads"),
    "leads/ahoydig_test_leads_list": ("read_leads", {"form_id": "1"}, "GET", "leads"),
    "posts/ahoydig_boost_ad_create": ("create_ad", {"name": "A", "adset_id": "2", "creative": "3"}, "POST", "ads"),
    "posts/ahoydig_creative_object_id_and_source": ("create_creative", STORY, "POST", "adcreatives"),
    "posts/ahoydig_ig_media_eligible": ("list_posts", MEDIA, "GET", "media"),
    "posts/ahoydig_ig_media_not_eligible": ("list_posts", MEDIA, "GET", "media"),
    "posts/keboola_ig_account": ("list_instagram_accounts", {}, "GET", "instagram_accounts"),
    "posts/keboola_ig_media_last_page": ("list_posts", MEDIA, "GET", "media"),
    "posts/keboola_ig_media_page1": ("list_posts", MEDIA, "GET", "media"),
    "posts/keboola_ig_stories_empty": ("list_posts", MEDIA, "GET", "media"),
    "posts/keboola_page_fan_count": ("get_page", {"page_id": "177057932317550"}, "GET", "177057932317550"),
    "posts/keboola_page_feed_comments_nested": ("list_posts", POSTS, "GET", "published_posts"),
    "posts/keboola_page_feed_message_attachments": ("list_posts", POSTS, "GET", "published_posts"),
    "posts/keboola_page_posts_attachments_next": ("list_posts", POSTS, "GET", "published_posts"),
    "posts/keboola_page_posts_full_picture": ("list_posts", POSTS, "GET", "published_posts"),
    "posts/keboola_page_posts_last_page": ("list_posts", POSTS, "GET", "published_posts"),
    "posts/keboola_page_video_reels_empty": ("list_posts", POSTS, "GET", "published_posts"),
    "posts/python_facebook_comment_create": (
        "reply_to_comment",
        {"comment_id": COMMENT, "message": "Yes", "page_id": PAGE},
        "POST",
        "comments",
    ),
    "posts/python_facebook_ig_comment": ("list_comments", {"post_id": MEDIUM}, "GET", "comments"),
    "posts/restfb_comment_can_hide": ("list_comments", {"post_id": POST}, "GET", "comments"),
    "delivery/quoted_activity_billing_charge": ("list_activities", {}, "GET", "activities"),
    "delivery/quoted_delivery_estimate_zero_curve": ("get_delivery_estimate", TARGETING, "GET", "delivery_estimate"),
    "webhooks/ahoydig_page_subscribed_apps_create": ("subscribe_page", {"page_id": PAGE}, "POST", "subscribed_apps"),
}
"""The op that reads a recorded answer, its arguments, and the request that gets it in place of the sandbox's."""
READ |= {
    f"delivery/{name}": ("list_adsets", {}, "GET", "adsets") for name in recordings("delivery") if "learning" in name
}
UNREAD = {"businesses/ahoydig_app_node", "businesses/ahoydig_app_read", "posts/keboola_page_videos"}
"""No op reads the app of a token or the videos of a Page; deliveries of webhooks have no text."""
SAID: dict[str, dict[Any, str]] = {
    "media_type": {"IMAGE": "photo", "VIDEO": "video", "CAROUSEL_ALBUM": "carousel"},
    "eligible_to_boost": {True: "| eligible", False: "NOT eligible"},
    "success": {True: "OK: subscribed"},
    "estimate_ready": {True: "people"},
}
"""Values that a text says in other words."""
ADDED = {"like_count": "list_posts", "comments_count": "list_posts"}
"""Numbers that a text adds up, with what it says of them."""
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}"
LEFT_OUT = {
    "get_delivery_estimate": {"daily_outcomes_curve", "estimate_dau"},
    "list_comments": {"like_count", "category", "category_list"},
    "list_posts": {"type", "description"},
}
"""A curve of zeros; of comments the likes, and of authors all but the name; of attachments all but title and URL."""


class Recorded:
    """Answers one request with a recorded answer, as far as the request asks for it."""

    def __init__(self, method: str, end: str, body: Any) -> None:
        self.method, self.end, self.body, self.sent = method, end, body, None

    def before(self, _request: Request) -> None:
        return None

    def after(self, request: Request, response: Response) -> Response:
        asked = {**request.query, **request.form}.get("fields", "")
        if (
            request.method == self.method
            and request.path.rpartition("/")[2] == self.end
            and "access_token" not in asked
        ):
            is_edge = not self.end.isdecimal() and self.method == "GET"
            body = {"data": [self.body]} if is_edge and "data" not in self.body else self.body
            rows = body.get("data", [body])
            kept = [asked_for(row, asked) for row in rows]
            self.sent = kept
            return json_response(200, {"data": kept} if "data" in body else kept[0])
        return response


def asked_for(row: dict[str, Any], fields: str) -> dict[str, Any]:
    """Return what a request for these fields brings; `x.limit(0)` brings no objects, only their summary."""
    names = {re.split(r"[.{(]", name)[0] for name in re.split(r",(?![^{(]*[})])", fields)}
    kept = {name: value for name, value in row.items() if not fields or name in names | {"id"}}
    empty = {name for name in kept if f"{name}.limit(0)" in fields}
    return {name: value for name, value in kept.items() if name not in empty}


def leaves(value: Any, left: set[str], name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with its name, but for the names that are left out."""
    if isinstance(value, dict):
        for key in value.keys() - left:
            yield from leaves(value[key], left, key)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, left, name)
    elif value not in (None, ""):
        yield name, value


def flat(text: str) -> str:
    """Return a text as compared: without quotes, which texts of people get, and without separators of thousands."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", re.sub(r"[\"'\\]", "", text))


def is_shown(name: str, value: Any, text: str) -> bool:
    if value in SAID.get(name, {}):
        return SAID[name][value] in text
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+[+-]\d{4}", value):
        return datetime.fromisoformat(value) in map(datetime.fromisoformat, re.findall(TIME, text))
    if isinstance(value, bool):
        return f"{name}:{str(value).lower()}" in flat(text) or (value is False and name == "is_hidden")
    return flat(str(value)) in flat(text)


def answered(name: str, recording: Recording) -> tuple[str, Any, Any]:
    op, args, method, end = READ[name]
    sandbox = Sandbox()
    played = Recorded(method, end, recording.body)
    sandbox.hooks.append(played)
    tool = FacebookTool(FacebookAds.sandbox(sandbox), show_leads=True)
    keys = [*dict.fromkeys(key for row in recording.body.get("data", [recording.body]) for key in row)]
    more = {"fields": keys} if "fields" in tool.ops[op].schema["properties"] and method == "GET" else {}
    result = tool.call({"op": op, "args": {**args, **more}})
    if plan := re.match(r"PLAN (plan_\w+)", result.text):
        result = tool.call({"op": "apply", "args": {"plan_id": plan[1]}})
    assert result.ok, result.text
    return op, played.sent, result.text


@table("name", sorted(READ))
def test_the_text_of_an_op_shows_every_value_of_a_recorded_answer(name: str) -> None:
    kind, _, own = name.partition("/")
    op, sent, text = answered(name, recordings(kind)[own])
    assert sent is not None, f"the request was not made: {text}"
    for row in sent:
        added = sum(row[key] for key in row if ADDED.get(key) == op and isinstance(row[key], int))
        assert not added or f"{added:,} reactions" in text
        left = LEFT_OUT.get(op, set()) | {key for key in ADDED if ADDED[key] == op}
        assert [pair for pair in leaves(row, left) if not is_shown(*pair, text)] == [], text


def test_every_recording_of_these_kinds_has_its_op() -> None:
    kinds = ("leads", "posts", "delivery", "businesses", "webhooks")
    names = {f"{kind}/{name}" for kind in kinds for name, row in recordings(kind).items() if "entry" not in row.body}
    assert names == {*READ} | UNREAD


def test_the_text_of_every_recorded_error_has_its_numbers_and_words() -> None:
    wrong = {}
    for name, recording in recordings("errors").items():
        text, error = failed(recording), recording.body.get("error") if isinstance(recording.body, dict) else None
        if not isinstance(error, dict):
            continue
        told = [
            str(error[key])
            for key in ("code", "error_subcode", "fbtrace_id")
            if error.get(key) not in (None, "", 0, "REDACTED")
        ]
        told += [" ".join(str(error.get(key) or "").split())[:40].rstrip(" .") for key in ("message", "error_user_msg")]
        if lost := [each for each in told if flat(each) not in flat(text)]:
            wrong[name] = lost, text
    assert wrong == {}, json.dumps(wrong, indent=1, ensure_ascii=False)


def failed(recording: Recording) -> str:
    class Fails:
        def before(self, _request: Request) -> None:
            return None

        def after(self, request: Request, response: Response) -> Response:
            if not request.path.endswith("/1234567"):
                return response
            return Response(recording.status_code, {"content-type": "text/plain"}, recording.content)

    sandbox = Sandbox(history=0)
    sandbox.hooks.append(Fails())
    result = FacebookTool(FacebookAds.sandbox(sandbox)).call({"op": "get_campaign", "args": {"campaign_id": "1234567"}})
    assert not result.ok
    return result.text
