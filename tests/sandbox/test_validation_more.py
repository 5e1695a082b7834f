"""Rules that the facts name in passing: options of the call, domains, hours, and who may advertise politics."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tables import table

from admonster_fb.sandbox import Sandbox

GRAPH = "https://graph.facebook.com/v26.0"
US: dict[str, Any] = {"geo_locations": {"countries": ["US"]}, "targeting_automation": {"advantage_audience": 0}}
NINE_TO_FIVE = {"start_minute": 540, "end_minute": 1020, "days": [1, 2, 3, 4, 5]}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(history=0)


@pytest.fixture
def post(sandbox: Sandbox) -> Any:
    def posting(path: str, **params: Any) -> dict[str, Any]:
        data = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        return dict(sandbox.session().post(f"{GRAPH}/{path}", data=data).json())

    return posting


@pytest.fixture
def campaign(post: Any) -> str:
    params: Any = {
        "objective": "OUTCOME_TRAFFIC",
        "special_ad_categories": [],
        "is_adset_budget_sharing_enabled": False,
    }
    return str(post("act_1/campaigns", name="A", **params)["id"])


@pytest.fixture
def adset_params(campaign: str) -> dict[str, Any]:
    goal = {
        "optimization_goal": "LINK_CLICKS",
        "billing_event": "IMPRESSIONS",
        "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
    }
    return {"name": "A", "campaign_id": campaign, "daily_budget": 2000, "targeting": US, **goal}


def refused(answer: dict[str, Any]) -> str:
    assert answer.get("error", {}).get("code") == 100, answer
    return str(answer["error"].get("error_user_msg") or answer["error"]["message"])


@pytest.mark.parametrize("options", [["include_recommendations"], ["synchronous_ad_review", "validate_only"]], ids=str)
def test_options_that_need_company(post: Any, adset_params: Any, options: Any) -> None:
    assert options[0] in refused(post("act_1/adsets", **adset_params, execution_options=options))
    assert post("act_1/adsets", **adset_params, execution_options=["validate_only", "include_recommendations"])[
        "success"
    ]


@table(
    "wrong",
    [
        {"start_minute": 541},
        {"end_minute": 540},
        {"end_minute": 1500},
        {"days": [7]},
        {"days": []},
        {"timezone_type": "UTC"},
    ],
)
def test_hours_of_the_week(post: Any, adset_params: Any, wrong: Any) -> None:
    assert refused(post("act_1/adsets", **adset_params, adset_schedule=[{**NINE_TO_FIVE, **wrong}]))
    assert post("act_1/adsets", **adset_params, adset_schedule=[NINE_TO_FIVE])["id"]


@table("country", ["NO", "IS", "DE", "MQ"])
def test_beneficiary_and_payer_in_europe(post: Any, adset_params: Any, country: str) -> None:
    there = {**US, "geo_locations": {"countries": [country]}}
    assert "benefits" in refused(post("act_1/adsets", **{**adset_params, "targeting": there}))
    told = {"dsa_beneficiary": "Us", "dsa_payor": "Us"}
    assert post("act_1/adsets", **{**adset_params, "targeting": there}, **told)["id"]


def test_no_politics_in_the_union(post: Any) -> None:
    params: Any = {"objective": "OUTCOME_TRAFFIC", "is_adset_budget_sharing_enabled": False, "name": "A"}
    params["special_ad_categories"] = ["ISSUES_ELECTIONS_POLITICS"]
    assert "FR" in refused(post("act_1/campaigns", **params, special_ad_category_country=["US", "FR"]))
    assert post("act_1/campaigns", **params, special_ad_category_country=["US"])["id"]


@pytest.mark.thorough
@table("domain", ["https://example.com", "www.example.com", "example", "example.com/shop"])
def test_a_conversion_domain_is_one_that_can_be_registered(post: Any, adset_params: Any, domain: str) -> None:
    adset = post("act_1/adsets", **adset_params)["id"]
    story = {"page_id": "1", "link_data": {"link": "https://example.com/", "picture": "https://example.com/a.png"}}
    creative = {"creative_id": post("act_1/adcreatives", object_story_spec=story)["id"]}
    assert "domain" in refused(post("act_1/ads", name="A", adset_id=adset, creative=creative, conversion_domain=domain))
    assert post("act_1/ads", name="A", adset_id=adset, creative=creative, conversion_domain="example.co.uk")["id"]
    times = {"ad_schedule_start_time": 2000000000, "ad_schedule_end_time": 1999999999}
    assert "later" in refused(post("act_1/ads", name="A", adset_id=adset, creative=creative, **times))
