"""Errors that teach: each says what is allowed, all at once, and in words that the next call can use."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError, ParameterError
from admonster_fb._optional import optional
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.registry import registry
from admonster_fb.bot.render.errors import text as shown_error
from admonster_fb.models._params import checked
from admonster_fb.models.campaign import CampaignUpdate

CAMPAIGN = {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
TARGETING: dict[str, Any] = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
ADSET = {"name": "US", "billing_event": "IMPRESSIONS", "optimization_goal": "LINK_CLICKS", "daily_budget": 2000}


@pytest.fixture
def tool() -> FacebookTool:
    return FacebookTool(FacebookAds.sandbox())


def told(tool: FacebookTool, op: str, args: dict[str, Any]) -> str:
    result = tool.call({"op": op, "args": args})
    assert not result.ok, result.text
    return result.text


def made(tool: FacebookTool, op: str, **args: Any) -> str:
    result = tool.call({"op": op, "args": args})
    assert result.ok, result.text
    return str(result.data.id)


CREATIVE = {"page_id": '"1"', "link": '"https://example.com/"', "message": '"New"'}


def targeted(**targeting: Any) -> dict[str, Any]:
    return {**ADSET, "campaign_id": "1", "targeting": {**TARGETING, **targeting}}


MESSAGES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("create_campaign", {**CAMPAIGN, "daily_budget": "20.00"}, ['write "20.00 USD"', "minor units"]),
    ("create_campaign", {**CAMPAIGN, "daily_budget": "35"}, ['write "35.00 USD"', "$0.35"]),
    ("create_campaign", {**CAMPAIGN, "daily_budget": "20.00 EUR"}, ['given "20.00 EUR"', "USD, the currency of the"]),
    ("create_ad", {"name": "A", "adset_id": "1", "creative": {"id": "1"}}, ["did you mean creative_id?"]),
    (
        "create_ad",
        {"name": "A", "adset_id": "1", "creative": {"page_id": "1", "link": "https://example.com/", "message": "New"}},
        [
            f"creative.{name}: given {given}; allowed: part of create_creative: create one, then create_ad creative="
            for name, given in CREATIVE.items()
        ],
    ),
    ("create_adset", targeted(genders=["femme"]), ["1 (men) or 2 (women)"]),
    ("create_adset", targeted(interests=["Coffee"]), ["search_interests", '{"id": "…"}']),
    ("create_adset", targeted(interests=[{"name": "Coffee"}]), ["search_interests"]),
    ("create_adset", targeted(behaviors=["Travel"]), ["search_behaviors"]),
    ("create_adset", targeted(geo_locations={"cities": ["Nowhere"]}), ["search_locations", '{"key": "…"}']),
    ("create_adset", targeted(geo_locations={"zips": ["10115"]}), ["search_locations", '{"key": "…"}']),
    ("get_detailed_insights", {"fields": ["roas"]}, ["purchase_roas"]),
    ("get_detailed_insights", {"fields": ["spend", "link_clicks"]}, ["fields.1", "inline_link_clicks"]),
    ("get_insights", {"date_preset": "LAST_WEEK"}, ["last_week_mon_sun", "last_week_sun_sat"]),
    ("get_detailed_insights", {"date_preset": "PAST_WEEKEND"}, ["last_week"]),
    (
        "get_detailed_insights",
        {"date_preset": "LAST_FORTNIGHT", "level": "foo", "fields": ["roas"]},
        ["date_preset", "level: given", "fields.0"],
    ),
    ("create_campaign", {"name": "A", "special_ad_categories": []}, ["objective is required", "OUTCOME_SALES"]),
    ("create_campaign", {**CAMPAIGN, "objective": "SALES"}, ["did you mean OUTCOME_SALES?", "OUTCOME_LEADS"]),
    (
        "get_campaign",
        {"name": "Evergreen"},
        ["campaign_id is required: an id; campaigns of that name: ", "| Evergreen"],
    ),
    ("pause_campaign", {}, ["allowed: update_campaign, "]),
    ("list_campaigns", {"search": "Ever"}, ['filtering=[{"field": "name", "operator": "CONTAIN", "value": "Ever"}]']),
    ("get_insights", {"campaign": "1"}, ["did you mean campaign_id?"]),
    ("get_insights", {"since": "2026-10-01"}, ['time_range={"since": "YYYY-MM-DD"']),
    ("get_insights", {"time_range": "last 3 days"}, ['an object: {"since": …, "until": …}']),
    ("get_insights", {"level": "ad"}, ["for get_detailed_insights"]),
    ("create_ad", {"name": "A", "adset_id": "1", "message": "Hi"}, ["no such parameter; for create_creative"]),
    ("create_custom_audience", {"name": "A", "emails": ["a@example.com"]}, ["for add_users_to_audience"]),
    ("bulk_update_ads", {"ads": ["Brunch"]}, ['an object: {"id": …}']),
    ("help", {"topic": "budget"}, ["op, argument, query, group"]),
    (
        "create_campaign",
        {"name": "A", "daily_budget": 5000, "lifetime_budget": 5000},
        ["objective is required", "special_ad_categories is required", "- lifetime_budget: given"],
    ),
]


@pytest.mark.thorough
@table("op, args, words", MESSAGES)
def test_a_message_says_what_is_right(tool: FacebookTool, op: str, args: dict[str, Any], words: list[str]) -> None:
    text = told(tool, op, args)
    missing = [word for word in words if word not in text]
    assert not missing, text


@pytest.mark.thorough
def test_no_message_ends_where_its_list_should_begin(tool: FacebookTool) -> None:
    for name, op in registry().items():
        for args in ({}, {key: {"nonsense": 1} for key in op.schema["properties"]}, {"nonsense": 1}):
            text = tool.call({"op": name, "args": args}).text
            assert not re.search(r"(allowed|required): *(one of|required)?\.?$", text, re.MULTILINE), text
            assert "allowed: '" not in text, text


@pytest.mark.thorough
def test_a_list_of_what_is_allowed_is_said_once(tool: FacebookTool) -> None:
    for name, op in tool.ops.items():
        text = told(tool, name, {"xyzzy": 1, "plugh": 2, "frotz": 3})
        assert len(re.findall(r"allowed: one of", text)) <= 1, text
        assert text.count("xyzzy") == 1
        assert not {"xyzzy", "plugh", "frotz"} & op.schema["properties"].keys()


@pytest.mark.thorough
@table("word", ["query", "name", "search"], fresh=True)
def test_a_search_takes_what_models_call_its_words(tool: FacebookTool, word: str) -> None:
    for op in ("search_interests", "search_behaviors", "search_locations"):
        assert tool.call({"op": op, "args": {word: "cal"}}).ok


@pytest.mark.thorough
def test_what_is_missing_is_named_with_its_values(tool: FacebookTool) -> None:
    for name, op in registry().items():
        text = tool.call({"op": name, "args": {}}).text
        for field in op.schema.get("required", ()):
            values = op.schema["properties"][field].get("enum", ())
            if f"{field} is required" in text:
                assert all(str(value) in text for value in values), text


@table("value, same", [("PAUSED", "PAUSED"), ("paused", "PAUSED")])
def test_a_value_in_another_case_is_understood(tool: FacebookTool, value: str, same: str) -> None:
    assert registry()["create_campaign"].prepare(tool.fb, {**CAMPAIGN, "status": value})["status"] == same


PRESETS = [
    *[("Last 7 days", "last_7d"), ("LAST_28_DAYS", "last_28d"), ("past 14 days", "last_14d"), ("TODAY", "today")],
    *[("last 30 days", "last_30d"), ("THIS_MONTH", "this_month"), ("last_90_days", "last_90d")],
]


@table("value, same", PRESETS)
def test_a_preset_of_another_spelling_is_understood(tool: FacebookTool, value: str, same: str) -> None:
    assert registry()["get_insights"].prepare(tool.fb, {"date_preset": value})["date_preset"] == same


@table("value, same", [("female", 2), ("Women", 2), ("male", 1), ("men", 1), (2, 2)])
def test_genders_are_taken_as_words(tool: FacebookTool, value: Any, same: int) -> None:
    args = registry()["create_adset"].prepare(tool.fb, targeted(genders=[value]))
    assert args["targeting"]["genders"] == [same]


def test_a_datetime_without_zone_is_the_accounts_as_its_text_is() -> None:
    made = checked(CampaignUpdate, {"stop_time": datetime(2026, 12, 24, 9)})  # noqa: DTZ001 - this is the point
    assert made == {"stop_time": "2026-12-24T09:00:00"}


def test_a_missing_extra_is_for_the_developer() -> None:
    with pytest.raises(FacebookAdsError) as caught:
        optional("no_such_module_of_an_extra", extra="data")
    text = shown_error(caught.value)
    assert "pip install 'admonster-fb[data]'" in text
    assert "tell the bot's developer" in text
    assert "dministrator" not in text


@pytest.mark.thorough
def test_an_id_of_another_kind_is_named(tool: FacebookTool) -> None:
    campaign = made(tool, "create_campaign", **CAMPAIGN)
    adset = made(tool, "create_adset", **{**ADSET, "campaign_id": campaign, "targeting": TARGETING},
                 bid_strategy="LOWEST_COST_WITHOUT_CAP")  # fmt: skip
    is_campaign = f"{campaign} is the id of a campaign, not of an ad set"
    assert is_campaign in told(tool, "get_adset", {"adset_id": campaign})
    assert is_campaign in told(tool, "update_adset", {"adset_id": campaign, "name": "A"})
    assert is_campaign in told(tool, "create_ad", {"name": "A", "adset_id": campaign, "creative": "1"})
    assert f"{adset} is the id of an ad set, not of a campaign" in told(tool, "get_campaign", {"campaign_id": adset})
    assert "is the id of" not in told(tool, "get_campaign", {"campaign_id": "999"})
    for row in ({"campaign_ids": [adset], "status": "ACTIVE"}, {"campaigns": [{"id": adset, "daily_budget": 100}]}):
        assert f"{adset} is the id of an ad set, not of a campaign" in told(tool, "bulk_update_campaigns", row)
    parts = {"image_url": "https://example.com/a.png", "message": "A", "name": "A"}
    creative = made(tool, "create_creative", page_id="1", link="https://example.com/", **parts)
    ad = made(tool, "create_ad", adset_id=adset, name="A", creative=creative)
    assert f"{ad} is the id of an ad, not of a campaign or an ad set" in told(tool, "list_ads", {"parent_id": ad})


@pytest.mark.thorough
@table("op", ["update_campaign", "update_adset", "update_ad", "archive_ad"], fresh=True)
def test_what_is_of_another_kind_is_neither_paused_nor_archived(tool: FacebookTool, op: str) -> None:
    campaign = made(tool, "create_campaign", **CAMPAIGN)
    adset = made(tool, "create_adset", **{**ADSET, "campaign_id": campaign, "targeting": TARGETING},
                 bid_strategy="LOWEST_COST_WITHOUT_CAP")  # fmt: skip
    noun, other = op.split("_")[1], adset if "campaign" in op else campaign
    error = tool.call({"op": op, "args": {f"{noun}_id": other, **({"status": "PAUSED"} if "update" in op else {})}})
    assert f"{other} is the id of a" in str(error.exception)
    assert not [entry for entry in tool.fb.adaccounts.activities("act_1") if "run_status" in str(entry.event_type)]


NAMES = [
    ("get_campaign", "campaign_id", "Evergreen", "campaigns of that name: "),
    ("update_campaign", "campaign_id", "juniper roast | sales | evergreen", "campaigns of that name: "),
    ("list_ads", "parent_id", "Evergreen", "campaigns of that name: "),
    ("get_insights", "campaign_id", "Evergreen", "campaigns of that name: "),
    ("get_campaign", "campaign_id", "Zebra", "no campaign of that name in act_1"),
    ("get_pixel", "pixel_id", "Juniper Roast", "pixels of that name: "),
    ("get_audience", "audience_id", "no such list", "no audience of that name"),
]


@table("op, argument, name, words", NAMES)
def test_a_name_is_answered_with_its_ids(tool: FacebookTool, op: str, argument: str, name: str, words: str) -> None:
    text = told(tool, op, {argument: name})
    assert words in text
    if "no " not in words:
        assert re.search(r'\d{9,} "Juniper Roast', text)


ONE_ID = sorted(
    name
    for name, op in registry().items()
    if [arg for arg in op.schema.get("required", ()) if arg != "ad_account_id"] and not op.spec.private
    for arg in op.schema["required"][:1]
    if arg.endswith("_id") and {*op.schema["required"]} <= {arg, "ad_account_id"}
)


@pytest.mark.thorough
@table("name", ONE_ID, fresh=True)
def test_a_wrong_id_is_named_as_the_caller_named_it(tool: FacebookTool, name: str) -> None:
    argument = registry()[name].schema["required"][0]
    error = tool.call({"op": name, "args": {argument: "12x"}}).exception
    if isinstance(error, ParameterError):  # a comment's and a business's ID are any text
        assert {each.field for each in error.violations if each.given == "12x"} <= {argument}


def test_a_wrong_id_of_leads_and_of_what_a_form_is_in(tool: FacebookTool) -> None:
    for op, argument in (("list_leads", "form_id"), ("count_leads", "ad_id"), ("activate_campaign", "campaign_id")):
        text = told(tool, op, {argument: "12x"})
        assert f"- {argument}: given" in text
        assert ("campaign" in text) == (argument == "campaign_id")


def test_what_the_host_must_allow_is_said(tool: FacebookTool) -> None:
    assert "show_leads=True" in told(tool, "read_leads", {"form_id": "1"})


def test_a_lookalike_of_a_new_audience_has_to_wait(tool: FacebookTool) -> None:
    seed = made(tool, "create_custom_audience", name="Buyers", customer_file_source="USER_PROVIDED_ONLY")
    args = {"name": "L", "ratio": 0.01, "target_countries": ["US"], "origin_audience_id": seed}
    assert "Wait some hours" in told(tool, "create_lookalike_audience", args)
