"""Where a model that saw nothing but the texts of the tool stumbled, each mended."""

from __future__ import annotations

from typing import Any

import pytest

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.plans.plan import Plan
from admonster_fb.models._params import own_amount
from admonster_fb.sandbox import Sandbox

ADSET: Any = {"name": "B", "daily_budget": "20.00 USD", "optimization_goal": "LINK_CLICKS"}
ADSET |= {"billing_event": "IMPRESSIONS", "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}
OFF = {"targeting_automation": {"advantage_audience": 0}}


@pytest.fixture
def tool() -> FacebookTool:
    return FacebookTool(FacebookAds.sandbox(Sandbox()))


@pytest.fixture
def campaign(tool: FacebookTool) -> str:
    whole: Any = {"name": "X", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
    return tool.fb.campaigns.create("act_1", **whole).id


def call(tool: FacebookTool, op: str, **args: Any) -> ToolResult:
    return tool.call({"op": op, "args": args})


def without_budget(tool: FacebookTool) -> str:
    rows = tool.fb.adsets.list("act_1", fields=["daily_budget", "lifetime_budget"])
    return next(each.id for each in rows if not (each.daily_budget or each.lifetime_budget))


def test_what_remains_of_a_campaigns_budget_is_not_nothing(tool: FacebookTool) -> None:
    text = call(tool, "get_adset", adset_id=without_budget(tool)).text
    assert "Budget remaining: none (its campaign has it)" in text
    assert "$0.00" not in text


def test_an_ad_set_is_created_in_a_city_by_its_name(tool: FacebookTool, campaign: str) -> None:
    geo = {"cities": ["Nowhere", {"key": "2900031", "country": "DE"}]}
    dsa = {"dsa_beneficiary": "Roast", "dsa_payor": "Roast"}
    made = call(tool, "create_adset", campaign_id=campaign, **ADSET, **dsa, targeting={"geo_locations": geo, **OFF})
    assert not made.ok, "Meta has none of this name"
    assert "targeting.geo_locations.cities.0" in made.text
    geo["cities"][0] = ""
    empty = call(tool, "create_adset", campaign_id=campaign, **ADSET, **dsa, targeting={"geo_locations": geo, **OFF})
    assert "targeting.geo_locations.cities.0" in empty.text
    geo["cities"][0] = "Berlin"
    geo["cities"].pop()
    made = call(tool, "create_adset", campaign_id=campaign, **ADSET, **dsa, targeting={"geo_locations": geo, **OFF})
    assert made.ok, made.text
    [city] = made.data.targeting.geo_locations["cities"]
    assert (city["key"], geo["cities"]) == ("2900031", ["Berlin"]), "what was passed stays as it was"


def test_nothing_is_looked_up_where_nothing_is_named(tool: FacebookTool, campaign: str) -> None:
    sandbox = Sandbox()
    own = FacebookTool(FacebookAds.sandbox(sandbox))
    call(own, "create_adset", campaign_id="1", **ADSET, targeting={"geo_locations": {"countries": ["US"]}, **OFF})
    assert not [each for each in sandbox.journal if each.path.endswith("search")]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"age_min": 30}, "everyone 30–54 in US"),
        ({"age_min": 30, "age_max": 40}, "everyone 30–40 in US"),
        ({"age_min": 30, "countries": ["CA"]}, "everyone 30–54 in CA"),
    ],
)
def test_the_ages_of_an_ad_set_change_alone(tool: FacebookTool, args: Any, words: str) -> None:
    adset = without_budget(tool)
    before = dict(tool.fb.adsets.get(adset).targeting)
    held = call(tool, "update_adset", adset_id=adset, **args)
    assert words in held.text
    assert isinstance(held.data, Plan)
    assert call(tool, "apply", plan_id=held.data.id).ok
    after = dict(tool.fb.adsets.get(adset).targeting)
    assert after["age_min"] == 30
    assert after["publisher_platforms"] == before["publisher_platforms"]
    assert not call(tool, "update_adset", adset_id=adset, age_min=12).ok


def test_changes_say_of_which_period_they_are(tool: FacebookTool) -> None:
    assert "Changes of the period that Meta chooses without since" in call(tool, "list_activities").text
    text = call(tool, "list_activities", since="2026-10-01", until="2026-10-20").text
    assert "Changes from 2026-10-01 on, up to 2026-10-20" in text


def test_the_weeks_of_a_report_have_their_days(tool: FacebookTool) -> None:
    text = call(tool, "weekly_report").text
    assert "Window: Sun 2026-10-25 to Sat 2026-10-31 against Sun 2026-10-18 to Sat 2026-10-24" in text


def test_plans_name_the_page_and_the_text_of_a_boosted_instagram_post(tool: FacebookTool) -> None:
    held = call(tool, "boost_post", post="17900000000000001", daily_budget="10.00 USD", days=5, places=["US"])
    assert 'Page 108356564252733 is "Juniper Roast".' in held.text
    assert held.data.kinds == ("many",), "all of it is PAUSED"
    made = call(tool, "apply", plan_id=held.data.id).data
    on = call(tool, "activate_campaign", campaign_id=made.made["campaign"])
    assert 'Post text: "Morning light"' in on.text
    assert 'Page 108356564252733 is "Juniper Roast".' in tool.shown(on.data)


@pytest.mark.parametrize("amount", [150, "150", "1.50"])
def test_a_bare_amount_may_be_of_any_currency(amount: Any) -> None:
    with pytest.raises(ValueError, match="the account's"):
        own_amount(amount)
