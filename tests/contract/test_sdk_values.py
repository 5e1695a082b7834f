"""What Meta's SDK may send passes: every value of its lists, every key of its objects, its own types of ids and texts.

The expected values are read from the SDK's classes; what is refused all the same stands in `REFUSED` with its source.
"""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from tables import table
from written_parameters import KINDS, WRITTEN

from admonster_fb import APIError, FacebookAds, ParameterError
from admonster_fb.bot.registry import registry
from admonster_fb.models._params import checked
from admonster_fb.rules import check
from admonster_fb.services._validation import warnings
from admonster_fb.transport.sdk_adapter import TABLES, known_values, listed, why_refused

RULES = {
    "objective": "v21: older objectives cannot be created (D v21 changelog)",
    "smart_promotion_type": "ended on 19 May 2026 (D v25 changelog)",
    "billing_event": "the goal of the case does not take it (D Billing events)",
    "execution_options": "include_recommendations and synchronous_ad_review go with validate_only (D Ad reference)",
}
STATUS = "it starts and stops a rule; another op deletes; Meta sets the other"
REFUSED: dict[str, tuple[str, str]] = {
    "CampaignCreate.status": ("ARCHIVED DELETED", "100/1487564: ACTIVE or PAUSED (R)"),
    "AdSetCreate.status": ("ARCHIVED DELETED", "only ACTIVE and PAUSED during creation (D Ad set reference)"),
    "AdCreate.status": ("ARCHIVED DELETED", "only ACTIVE and PAUSED during creation (D Ad reference)"),
    "AdRuleCreate.status": (
        "DELETED HAS_ISSUES",
        STATUS,
    ),
    "AdRuleUpdate.status": (
        "DELETED HAS_ISSUES",
        STATUS,
    ),
}
"""Values of the SDK that are refused by type, each with the reason."""


def values() -> Iterator[tuple[Any, dict[str, Any], str, Any]]:
    """Every value of the SDK's lists, by the parameter that it belongs to."""
    for spec, required in WRITTEN:
        types = listed(TABLES[spec.__name__])
        for name in types:
            if not why_refused(spec.__name__, name):
                for value in sorted(known_values(spec.__name__, name)):
                    yield spec, required, name, [value] if types[name].startswith("list<") else value


def refusals(spec: Any, params: dict[str, Any], name: str) -> list[str]:
    """Return what refuses a parameter: "type", or names of rules."""
    try:
        valid = checked(spec, params)
    except ParameterError as error:
        return ["type"] if any(each.field.startswith(name) for each in error.violations) else []
    kind = KINDS.get(spec)
    found = check(kind, valid, update=spec.__name__.endswith("Update")) if kind else []
    return [each.rule for each in found if each.severity == "error" and each.field.startswith(name)]


@pytest.mark.thorough
def test_each_value_of_the_sdk_passes_or_is_refused_for_a_reason() -> None:
    tried, refused, missed = 0, [], []
    for spec, required, name, value in values():
        tried += 1
        whole = {**required, "rule": {"and": [{"url": {"i_contains": "a"}}]}} if "rule" in required else required
        by, text = refusals(spec, {**whole, name: value}, name), str(value).strip("[']")
        expected = text in REFUSED.get(f"{spec.__name__}.{name}", ("", ""))[0].split()
        missed += [(spec.__name__, name, text)] if expected and not by else []
        refused += [(spec.__name__, name, text, by)] if by and not expected and name not in RULES else []
    assert tried > 1000
    assert (refused, missed) == ([], [])


@functools.cache
def class_of(kind: str) -> Any:
    """Return the SDK's class of a name; None if it has none."""
    with suppress(ImportError):
        return getattr(importlib.import_module(f"facebook_business.adobjects.{kind.lower()}"), kind)
    return None


PLAIN: dict[str, Any] = {"bool": True, "int": 1, "unsigned int": 1, "float": 1.5, "Object": {}, "list": ["1"]}


def sample(kind: str, name: str, depth: int = 0) -> Any:
    """Return a value of one of the SDK's types, objects with all their keys."""
    if kind.startswith("list<"):
        return [sample(kind[5:-1], name, depth)]
    if kind not in PLAIN and depth < 3 and class_of(kind):
        return dict(keys(kind, depth + 1))
    link = name == "link" or name.endswith("url")
    return {"a": "b"} if kind.startswith("map") else "https://example.com/" if link else PLAIN.get(kind, "1")


def keys(kind: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield each key of an object of the SDK with a value, those of lists with the first of the list."""
    enums = getattr(class_of(kind), "_get_field_enum_info", dict)()
    for name, of in class_of(kind)._field_types.items():
        inner = of.removeprefix("list<").removesuffix(">")
        known = [str(each) for each in enums.get(inner, ()) if str(each).replace("_", "").isalnum()]
        value = next((each for each in known if each != "None"), None)
        yield name, ([value] if of.startswith("list<") else value) if value else sample(of, name, depth)


class Sent(Exception):
    """The request has left."""


@pytest.fixture
def fb() -> FacebookAds:
    """A facade over the sandbox, whose writes end when they leave."""
    fb = FacebookAds.sandbox()
    send = fb._session.requests.request

    def request(method: str, url: str, **rest: Any) -> Any:
        if method == "POST":
            raise Sent(rest["data"])
        return send(method, url, **rest)

    fb._session.requests.request = request  # type: ignore[method-assign]
    return fb


def sent(call: Callable[..., Any], *args: Any, **params: Any) -> dict[str, Any]:
    """Return the form of a write; `ParameterError` if it is refused."""
    try:
        call(*args, **params)
    except Sent as form:
        return dict(form.args[0])
    raise AssertionError("nothing was sent")


LINK = {"link": "https://example.com/", "message": "m", "image_hash": "a"}
VIDEO = {"video_id": "1", "image_hash": "a", "call_to_action": {"type": "LEARN_MORE", "value": {"link": LINK["link"]}}}
PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "link_data": ("AdCreativeLinkData", LINK),
    "video_data": ("AdCreativeVideoData", VIDEO),
    "photo_data": ("AdCreativePhotoData", {"image_hash": "a"}),
    "text_data": ("AdCreativeTextData", {"message": "m"}),
    "template_data": ("AdCreativeLinkData", LINK),
}
ONE_OF = {"picture": "image_hash", "image_url": "image_hash"}
"""Keys that are refused beside another one: "one of the two" (D Ad creative link data)."""
OWN: dict[str, Any] = {"child_attachments": [LINK, LINK], "additional_image_index": 0}
"""Values that Meta bounds: 2 to 10 cards."""


@pytest.mark.thorough
@table("part", PARTS)
def test_each_key_of_a_post_of_the_sdk_leaves(part: str, fb: FacebookAds) -> None:
    kind, least = PARTS[part]
    for name, value in keys(kind):
        rest = {key: each for key, each in least.items() if key != ONE_OF.get(name)}
        story = {"page_id": "1", part: {**rest, name: OWN.get(name, value)}}
        form = sent(fb.adcreatives.create, "act_1", name="A", object_story_spec=story, product_set_id="1")
        assert name in json.loads(form["object_story_spec"])[part]


@table("part", ["link_data", "template_data"])
def test_each_key_of_a_card_of_the_sdk_leaves(part: str, fb: FacebookAds) -> None:
    for name, value in keys("AdCreativeLinkDataChildAttachment"):
        card = {key: each for key, each in LINK.items() if key not in (ONE_OF.get(name), "message")} | {name: value}
        story = {"page_id": "1", part: {"link": LINK["link"], "child_attachments": [card, card]}}
        form = sent(fb.adcreatives.create, "act_1", name="A", object_story_spec=story, product_set_id="1")
        assert json.loads(form["object_story_spec"])[part]["child_attachments"][0][name] == value


BOUNDED: dict[str, Any] = {
    "age_min": 25,
    "age_max": 55,
    "college_years": [2010],
    "user_os": ["iOS"],
    "geo_locations": {"countries": ["US"]},
    "excluded_geo_locations": {"countries": ["CA"]},
    "countries": ["US"],
    "location_types": ["home", "recent"],
    "cities": [{"key": "1", "radius": 10, "distance_unit": "mile"}],
    "custom_locations": [{"latitude": 1.5, "longitude": 1.5, "radius": 10, "distance_unit": "mile"}],
}
"""Values with bounds or a form that Meta's pages give (D Basic targeting)."""
GONE = {"connections", "excluded_connections", "friends_of_connections", "exclusions"}
"""Refused with 100/1870088 and 100/2446394 (D v22 changelog, error reference)."""
BROAD = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}


@pytest.mark.thorough
def test_each_key_of_targeting_of_the_sdk_leaves_in_a_change_and_in_a_new_ad_set(fb: FacebookAds) -> None:
    with suppress(Sent):
        fb.adsets.update("5", name="A")
    campaign = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    new = {"name": "A", "optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS", "campaign_spec": campaign}
    for name, value in keys("Targeting"):
        targeting = {**BROAD, name: BOUNDED.get(name, value)}
        if name in GONE or why_refused("TargetingSpec", name):
            with pytest.raises(ParameterError, match=f"targeting.{name}"):
                fb.adsets.update("5", targeting=targeting)
            continue
        assert name in json.loads(sent(fb.adsets.update, "5", targeting=targeting)["targeting"])
        made = sent(fb.adsets.create, "act_1", **new, daily_budget=5000, targeting=targeting)
        assert name in json.loads(made["targeting"])
    for name, value in keys("TargetingGeoLocation"):
        places = {"countries": ["US"], name: BOUNDED.get(name, value)}
        form = sent(fb.adsets.update, "5", targeting={**BROAD, "geo_locations": places})
        assert name in json.loads(form["targeting"])["geo_locations"]


@pytest.mark.thorough
def test_each_key_of_a_promoted_object_of_the_sdk_leaves(fb: FacebookAds) -> None:
    least = {"page_id": "1", "application_id": "1", "pixel_id": "1", "custom_event_type": "PURCHASE"}
    for name, value in keys("AdPromotedObject"):
        form = sent(fb.adsets.update, "5", promoted_object={**least, name: value})
        assert name in json.loads(form["promoted_object"])


LOOKALIKE = {"type": "similarity", "country": "US"}
WORDS = {"and": [{"url": {"i_contains": "thanks"}}]}
STORY = {"page_id": 5, "instagram_user_id": 7, "link_data": {"link": "https://example.com/"}}
AS_NUMBERS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("ads", "act_1", {"name": "A", "adset_id": 5, "creative": {"creative_id": 7}}, {"adset_id": "5"}),
    ("ads", "act_1", {"name": "A", "adset_id": 5, "creative": 7}, {"creative": '{"creative_id":"7"}'}),
    ("adcreatives", "act_1", {"object_story_spec": STORY}, {"object_story_spec": {"page_id": "5"}}),
    ("adcreatives", "act_1", {"object_id": 5, "title": "A", "body": "B"}, {"object_id": "5"}),
    (
        *("customaudiences", "act_1"),
        {"name": "A", "subtype": "LOOKALIKE", "origin_audience_id": 6, "lookalike_spec": LOOKALIKE},
        {"origin_audience_id": "6"},
    ),
    (
        *("customconversions", "act_1"),
        {
            "name": "A",
            "event_source_id": 6,
            "custom_event_type": "LEAD",
            "rule": WORDS,
            "default_conversion_value": 12.5,
        },
        {"event_source_id": "6", "default_conversion_value": "12.5"},
    ),
]


@table("service, node, params, expected", AS_NUMBERS)
def test_ids_may_be_numbers_as_in_the_sdk(
    service: str, node: str, params: dict[str, Any], expected: dict[str, Any], fb: FacebookAds
) -> None:
    form = sent(getattr(fb, service).create, node, **params)
    for name, value in expected.items():
        assert value.items() <= json.loads(form[name]).items() if isinstance(value, dict) else form[name] == value


@table("wrong", [True, 0, -5, 1.5, None])
def test_what_is_no_id_is_refused(wrong: Any, fb: FacebookAds) -> None:
    with pytest.raises(ParameterError, match="adset_id"):
        fb.ads.create("act_1", name="A", adset_id=wrong, creative={"creative_id": "7"})


def test_a_lookalike_may_be_json_text_as_in_the_sdk(fb: FacebookAds) -> None:
    params: dict[str, Any] = {"name": "A", "subtype": "LOOKALIKE", "origin_audience_id": "6"}
    form = sent(fb.customaudiences.create, "act_1", **params, lookalike_spec=json.dumps(LOOKALIKE))
    assert json.loads(form["lookalike_spec"]) == LOOKALIKE
    for wrong in ("US", '{"countri": "US"}', "[]"):
        with pytest.raises(ParameterError, match="lookalike_spec"):
            fb.customaudiences.create("act_1", **params, lookalike_spec=wrong)  # type: ignore[typeddict-item]


@table("rule", [{"url": {"i_contains": "thankyou.html"}}, WORDS, {"or": [*WORDS["and"], {"event": {"eq": "Lead"}}]}])
def test_a_rule_of_a_custom_conversion_may_be_one_condition_as_in_the_sdk_s_example(rule: Any, fb: FacebookAds) -> None:
    for given in (rule, json.dumps(rule)):
        form = sent(fb.customconversions.create, "act_1", name="A", event_source_id="6", rule=given)
        assert json.loads(form["rule"]) == rule
    for wrong in ({}, {"url": "thanks"}, {"url": {}}, {"url": {"eq": "a"}, "event": {"eq": "b"}}, []):
        with pytest.raises(ParameterError, match="rule"):
            fb.customconversions.create("act_1", name="A", event_source_id="6", rule=wrong)


def test_a_form_takes_what_the_sdk_and_the_facts_have_for_it(fb: FacebookAds) -> None:
    """Files of a form are not sent with it; `locale` may be written small."""
    form: Any = {"name": "A", "questions": ["email"], "privacy_policy": "https://example.com/privacy"}
    values: Any = {"bool": True, "map": {"a": "b"}, "locale_enum": "en_us", "string": "https://example.com/"}
    types = {name: kind for name, kind in listed("page.Page.create_lead_gen_form").items() if kind in values}
    for name, kind in {**types, "phone_otp_verification_type": ""}.items():
        assert name in sent(fb.leadgen_forms.create, "100", **{**form, name: values.get(kind, "optional")})
    with pytest.raises(ParameterError, match="did you mean optional"):
        fb.leadgen_forms.create("100", **form, phone_otp_verification_type="optionl")


def test_members_of_a_study_may_be_numbers(fb: FacebookAds) -> None:
    cells: Any = [
        {"name": name, "treatment_percentage": 50, "campaigns": [number]} for name, number in (("A", 1), ("B", 2))
    ]
    times: Any = {"start_time": 1798790400, "end_time": 1800000000}
    form = sent(fb.adstudies.create, "9", name="A", type="SPLIT_TEST", cells=cells, **times)
    assert [cell["campaigns"] for cell in json.loads(form["cells"])] == [["1"], ["2"]]


def test_counts_of_items_may_be_text_and_a_status_yes_or_no(fb: FacebookAds) -> None:
    data = {"num_items": "3", "status": True, "contents": [{"id": 1, "quantity": "2"}]}
    user = {"em": "a@example.com", "client_user_agent": "Mozilla"}
    event: dict[str, Any] = {"event_name": "CompleteRegistration", "event_time": int(fb.now().timestamp())}
    event |= {"action_source": "email", "user_data": user, "custom_data": data}
    (left,) = json.loads(sent(fb.conversions.send, "604381177220931", [event])["data"])
    assert (left["custom_data"]["num_items"], left["custom_data"]["status"]) == (3, True)
    assert left["custom_data"]["contents"][0]["quantity"] == 2
    for wrong in ("three", True, -1.5):
        with pytest.raises(ParameterError, match="num_items"):
            fb.conversions.send("604381177220931", [{**event, "custom_data": {"num_items": wrong}}])


CAMPAIGN: dict[str, Any] = {"name": "A", "objective": "OUTCOME_TRAFFIC"}


def test_a_new_special_ad_category_leaves_with_a_warning_and_no_other_word(fb: FacebookAds) -> None:
    """The audit keeps `category-known`, Build 3 lets new values pass: words of Meta's form, not nearly a known one."""
    with warnings() as found:
        form = sent(fb.campaigns.create, "act_1", **CAMPAIGN, special_ad_categories=["PAYDAY_LENDING"])
    assert form["special_ad_categories"] == '["PAYDAY_LENDING"]'
    assert [each.rule for each in found if each.severity == "warning"] == ["category-unknown"]
    for wrong in ("HOUSES", "HOUSNG", "FOO", "housing", "FINANCIAL_PRODUCT_SERVICES", "ISSUES_ELECTION_POLITICS"):
        with pytest.raises(ParameterError, match="special_ad_categories"):
            fb.campaigns.create("act_1", **CAMPAIGN, special_ad_categories=[wrong])  # type: ignore[list-item]


def test_codes_without_a_list_of_meta_s_are_never_near_misses(fb: FacebookAds) -> None:
    """Regional categories are names on the pages and numbers in the SDK; groups of countries have no list."""
    for value in ("28", "BRAZIL_REGULATION", "THAILAND_UNIVERSAL", "taiwan"):
        form = sent(fb.adsets.update, "5", regional_regulated_categories=[value])
        assert json.loads(form["regional_regulated_categories"]) == [value]
    for group in ("worldwid", "new_group", "mercosur"):
        form = sent(fb.adsets.update, "5", targeting={**BROAD, "geo_locations": {"country_groups": [group]}})
        assert json.loads(form["targeting"])["geo_locations"] == {"country_groups": [group]}


@table("option", ["validate_onl", "VALIDATE_ONLY", "validate_all", "dry_run"])
def test_a_misspelt_dry_run_is_refused_before_it_writes(option: Any, fb: FacebookAds) -> None:
    with pytest.raises(ParameterError, match="validate_only"):
        fb.campaigns.create("act_1", **CAMPAIGN, special_ad_categories=[], execution_options=[option])


def test_a_spending_limit_takes_nothing_but_the_limit(fb: FacebookAds) -> None:
    """One amount, one reason: what else an account takes goes through `adaccounts.update`, in Python."""
    assert "extra" not in registry()["update_spending_limit"].schema["properties"]
    assert sent(fb.adaccounts.update, "act_1", extra={"new_at_meta": 1})["new_at_meta"] == "1"


def test_reports_take_what_the_sdk_has_for_them(fb: FacebookAds) -> None:
    for name in ("cpas_only", "export_columns", "export_format", "export_name", "graph_cache"):
        query: Any = {name: "1", "date_preset": "last_7d"}
        with suppress(APIError):
            list(fb.insights.iter("act_1", **query))
    with pytest.raises(ParameterError, match="did you mean export_name"):
        list(fb.insights.iter("act_1", export_nam="A"))  # type: ignore[call-arg]
