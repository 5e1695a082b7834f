"""Ad accounts: opened, capped, shared with people; what hangs on them; budgets between campaigns and ad sets."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb.sandbox.validation.budgets import MINIMUM

OPENED = {
    "name": "Fresh",
    "currency": "KRW",
    "timezone_id": 79,
    "end_advertiser": "NONE",
    "media_agency": "UNFOUND",
    "partner": "NONE",
}
ANA, KENJI, STRANGER = "122100000000000002", "122100000000000003", "122100000000000006"
DAY = 86_400
NOW = 1_793_534_400  # 2026-11-01T12:00:00Z, where the sandbox's clock stands
TRAP = "LOWEST_COST_WITH_BID_CAP"
AUTOMATIC = "LOWEST_COST_WITHOUT_CAP"


@pytest.fixture
def business(client: Any) -> str:
    return str(client.sandbox.businesses()[0])


def budgeted(client: Any, adsets: int = 2, **campaign: Any) -> tuple[str, list[str]]:
    """A campaign with a budget, and its ad sets."""
    fields = {"daily_budget": 5000, "bid_strategy": AUTOMATIC, **campaign}
    top = client.post("act_1/campaigns", **{**client.CAMPAIGN, **fields})["id"]
    own = {name: value for name, value in client.ADSET.items() if name not in ("daily_budget", "bid_strategy")}
    return top, [client.post("act_1/adsets", campaign_id=top, **own)["id"] for _ in range(adsets)]


# Opening accounts


def test_an_account_is_opened_seen_and_used(client: Any, business: str) -> None:
    answer = client.post(f"{business}/adaccount", **OPENED)
    account = answer["id"]
    assert answer == {
        "id": f"act_{answer['account_id']}",
        "account_id": account.removeprefix("act_"),
        "business_id": business,
        "end_advertiser_id": "NONE",
        "media_agency_id": "UNFOUND",
        "partner_id": "NONE",
    }
    fields = "name,currency,timezone_id,timezone_name,business{id},min_daily_budget,age,funding_source,account_status"
    read = client.get(account, fields=fields)
    assert {name: read[name] for name in ("name", "currency", "timezone_id", "timezone_name", "age")} == {
        "name": "Fresh",
        "currency": "KRW",
        "timezone_id": 79,
        "timezone_name": "Asia/Seoul",
        "age": 0.0,
    }
    assert read["business"]["id"] == business
    assert "funding_source" not in read
    assert account in {each["id"] for each in client.get("me/adaccounts")["data"]}
    assert account in {each["id"] for each in client.get(f"{business}/owned_ad_accounts")["data"]}
    assert "id" in client.post(f"{account}/campaigns", **client.CAMPAIGN)
    people = client.get(f"{account}/assigned_users", business=business)["data"]
    assert [(each["name"], each["tasks"][0]) for each in people] == [("Sandbox User", "MANAGE")]


def test_an_opened_account_answers_the_fields_asked_for(client: Any, business: str) -> None:
    answer = client.post(f"{business}/adaccount", **OPENED, fields="name,timezone_name")
    assert (answer["name"], answer["timezone_name"]) == ("Fresh", "Asia/Seoul")


def test_what_is_missing_is_told_one_by_one(client: Any, business: str) -> None:
    params: dict[str, Any] = {}
    for name, value in OPENED.items():
        error = client.post(f"{business}/adaccount", **params)["error"]
        assert (error["code"], error["message"]) == (100, f"(#100) The parameter {name} is required.")
        params[name] = value
    assert "id" in client.post(f"{business}/adaccount", **params)


@table(
    ("changes", "code"),
    [({"currency": "XAU"}, 2607), ({"timezone_id": 999}, 100), ({"timezone_id": "x"}, 100)],
    fresh=True,
)
def test_no_account_with_what_meta_does_not_have(
    client: Any, business: str, changes: dict[str, Any], code: int
) -> None:
    assert client.post(f"{business}/adaccount", **{**OPENED, **changes})["error"]["code"] == code
    assert len(client.get("me/adaccounts")["data"]) == 4


def test_opening_needs_business_management(client: Any, business: str) -> None:
    client.sandbox.revoke("business_management")
    assert client.post(f"{business}/adaccount", **OPENED)["error"]["code"] == 200


# People


def test_people_come_and_go(client: Any, business: str) -> None:
    where = {"business": business}
    names = [each["name"] for each in client.get(f"{business}/business_users")["data"]]
    assert set(names) == {"Sandbox User", "Ana Silva", "Kenji Mori"}
    assert client.post("act_1/assigned_users", user=KENJI, tasks=["ANALYZE", "ADVERTISE"]) == {"success": True}
    rows = client.get("act_1/assigned_users", **where)["data"]
    assert {row["id"]: row["tasks"] for row in rows} == {
        "122100000000000001": ["MANAGE", "ADVERTISE", "ANALYZE", "DRAFT"],
        ANA: ["ANALYZE"],
        KENJI: ["ADVERTISE", "ANALYZE"],
    }
    client.post("act_1/assigned_users", user=KENJI, tasks=["DRAFT"])
    row = client.get("act_1/assigned_users", **where, fields="name,tasks,business{name},user_type")["data"][-1]
    assert (row["name"], row["tasks"], row["business"]["name"]) == ("Kenji Mori", ["DRAFT"], "Sandbox Coffee Group")
    assert client.delete("act_1/assigned_users", user=ANA) == {"success": True}
    left = client.get("act_1/assigned_users", **where, summary="total_count")
    assert [each["id"] for each in left["data"]] == ["122100000000000001", KENJI]
    assert left["summary"] == {"total_count": 2}
    assert client.delete("act_1/assigned_users", user=ANA)["error"]["error_subcode"] == 33


@table("tasks", [[], ["EVERYTHING"], ["ANALYZE", "x"], "ANALYZE"])
def test_tasks_that_cannot_be_given(client: Any, tasks: Any) -> None:
    error = client.post("act_1/assigned_users", user=KENJI, tasks=tasks)["error"]
    assert (error["code"], error["error_subcode"]) == (100, 1752129)


@table(
    ("params", "message"),
    [
        ({"tasks": ["ANALYZE"]}, "The parameter user is required"),
        ({"user": KENJI}, "The parameter tasks is required"),
        ({"user": "1", "tasks": ["ANALYZE"]}, "Object with ID '1' does not exist"),
        ({"user": STRANGER, "tasks": ["ANALYZE"]}, f"Object with ID '{STRANGER}' does not exist"),
    ],
)
def test_people_that_cannot_come(client: Any, params: dict[str, Any], message: str) -> None:
    assert message in client.post("act_1/assigned_users", **params)["error"]["message"]


def test_whose_people_must_be_said(client: Any, business: str) -> None:
    assert "business is required" in client.get("act_1/assigned_users")["error"]["message"]
    assert client.get("act_1/assigned_users", business="1")["error"]["error_subcode"] == 33
    other = client.sandbox.businesses()[1]
    assert client.get("act_1/assigned_users", business=other) == {"data": []}
    assert client.get(KENJI, fields="name,business{id}")["business"]["id"] == business


# Tables


def test_pages_and_instagram_accounts(client: Any) -> None:
    pages = client.get("act_1/promote_pages", fields="id,name,category")["data"]
    assert pages[0] == {"id": "108356564252733", "name": "Juniper Roast", "category": "Coffee shop"}
    assert client.get(pages[1]["id"])["name"] == "Juniper Roast Academy"
    for edge in ("instagram_accounts", "connected_instagram_accounts"):
        names = [each["username"] for each in client.get(f"act_1/{edge}", fields="username")["data"]]
        assert names == ["juniperroast", "juniperacademy"]


def test_the_pages_of_the_seeded_ads_can_be_promoted(client: Any) -> None:
    client = type(client)(history=1)
    used = {each["actor_id"] for each in client.get("act_1/adcreatives", fields="actor_id")["data"]}
    assert used <= {each["id"] for each in client.get("act_1/promote_pages")["data"]}


@pytest.mark.thorough
@table("currency", ["USD", "JPY", "KRW", "HUF", "TWD", "COP", "CRC", "IDR", "BHD", "JOD"])
def test_the_smallest_budget_is_the_one_the_table_says(client: Any, currency: str) -> None:
    account = client.sandbox.add_account(currency=currency)
    rows = {row["currency"]: row for row in client.get(f"{account}/minimum_budgets", limit=100)["data"]}
    assert set(rows) == set(MINIMUM)
    row, stated = rows[currency], client.get(account, fields="min_daily_budget")["min_daily_budget"]
    assert row["min_daily_budget_imp"] == stated == MINIMUM[currency]
    assert row["min_daily_budget_high_freq"] > row["min_daily_budget_imp"]
    campaign = {**client.CAMPAIGN, "bid_strategy": AUTOMATIC}
    error = client.post(f"{account}/campaigns", **campaign, daily_budget=stated - 1)["error"]
    assert error["error_subcode"] == 1885272
    assert "id" in client.post(f"{account}/campaigns", **campaign, daily_budget=stated)


@table(
    ("objective", "destination", "goal", "billing", "column"),
    [
        ("OUTCOME_TRAFFIC", None, "LINK_CLICKS", "IMPRESSIONS", "imp"),
        ("OUTCOME_TRAFFIC", None, "LINK_CLICKS", "LINK_CLICKS", "high_freq"),
        ("OUTCOME_ENGAGEMENT", "ON_VIDEO", "THRUPLAY", "THRUPLAY", "video_views"),
    ],
)
@table("account", ["act_1", "act_2"])
def test_what_is_charged_for_decides_the_smallest_budget(
    client: Any, account: str, objective: str, destination: str | None, goal: str, billing: str, column: str
) -> None:
    campaign = client.post(f"{account}/campaigns", **{**client.CAMPAIGN, "objective": objective})["id"]
    own = {"USD": "act_1", "JPY": "act_2"}
    rows = client.get(f"{account}/minimum_budgets", limit=100)["data"]
    lowest = next(row for row in rows if own.get(row["currency"]) == account)[f"min_daily_budget_{column}"]
    spec = {**client.ADSET, "campaign_id": campaign, "optimization_goal": goal, "billing_event": billing}
    spec |= {"destination_type": destination} if destination else {}
    error = client.post(f"{account}/adsets", **{**spec, "daily_budget": lowest - 1})["error"]
    assert error["error_subcode"] == 1885272
    adset = client.post(f"{account}/adsets", **{**spec, "daily_budget": lowest})["id"]
    assert client.post(adset, daily_budget=lowest - 1)["error"]["error_subcode"] == 1885272


def test_names_for_the_european_union(client: Any) -> None:
    client.adset(dsa_beneficiary="Roaster", dsa_payor="Agency")
    rows = client.get("act_1/dsa_recommendations")["data"]
    assert rows == [{"recommendations": ["Roaster", "Agency", "Sandbox Coffee Group"]}]


# Spending limits


def test_a_limit_is_set_reset_and_removed(client: Any) -> None:
    client = type(client)(history=5)

    def read() -> tuple[str, bool]:
        found = client.get("act_1", fields="spend_cap,amount_spent")
        return found["spend_cap"], found["amount_spent"] == "0"

    assert read() == ("0", False)
    client.post("act_1", spend_cap=250)
    assert read() == ("25000", True)
    client.sandbox.advance(days=1)
    assert read() == ("25000", False)
    client.post("act_1", spend_cap_action="reset")
    assert read() == ("25000", True)
    client.post("act_1", spend_cap=0)
    assert read() == ("0", False)
    client.post("act_1", spend_cap="23.50")
    client.post("act_1", spend_cap_action="delete")
    assert read() == ("0", False)


@table("params", [{"spend_cap": -1}, {"spend_cap": "much"}, {"spend_cap_action": "lift"}], fresh=True)
def test_limits_that_are_none(client: Any, params: dict[str, Any]) -> None:
    client.post("act_1", spend_cap=5)
    assert client.post("act_1", **params)["error"]["code"] == 100
    assert client.get("act_1", fields="spend_cap")["spend_cap"] == "500"


@pytest.mark.parametrize(("account", "lowest"), [("act_1", 10_000), ("act_2", 15_000)])
def test_a_campaigns_limit_is_a_hundred_dollars_at_least(client: Any, account: str, lowest: int) -> None:
    stated = client.get(account, fields="min_campaign_group_spend_cap")["min_campaign_group_spend_cap"]
    assert stated == str(lowest)
    error = client.post(f"{account}/campaigns", **client.CAMPAIGN, spend_cap=lowest - 1)["error"]
    assert error["error_subcode"] == 2446307
    campaign = client.post(f"{account}/campaigns", **client.CAMPAIGN, spend_cap=lowest)["id"]
    assert client.get(campaign, fields="spend_cap")["spend_cap"] == str(lowest)
    client.post(campaign, spend_cap=922337203685478)
    assert "spend_cap" not in client.get(campaign, fields="spend_cap")


# Budgets between levels


def test_a_budget_is_handed_to_the_ad_sets(client: Any) -> None:
    campaign, (first, second) = budgeted(client)
    shares = [{"adset_id": first, "daily_budget": 2000}, {"adset_id": second, "daily_budget": 3000}]
    assert client.post(campaign, adset_budgets=shares) == {"success": True}
    fields = "daily_budget,bid_strategy,is_adset_budget_sharing_enabled,pacing_type"
    assert client.get(campaign, fields=fields) == {"id": campaign, "is_adset_budget_sharing_enabled": False}
    read = [client.get(each, fields="daily_budget,bid_strategy") for each in (first, second)]
    assert [(each["daily_budget"], each["bid_strategy"]) for each in read] == [("2000", AUTOMATIC), ("3000", AUTOMATIC)]
    again = client.post(campaign, adset_budgets=shares)["error"]
    assert again["error_user_title"] == "No Campaign Budget"


def test_budgets_that_cannot_be_handed_down(client: Any) -> None:
    campaign, (first, second) = budgeted(client)
    stranger = client.adset()
    whole = [{"adset_id": first, "daily_budget": 2000}, {"adset_id": second, "daily_budget": 2000}]
    refused = {
        "forgotten": whole[:1],
        "empty": [whole[0], {"adset_id": second}],
        "low": [whole[0], {"adset_id": second, "daily_budget": 99}],
        "endless": [whole[0], {"adset_id": second, "lifetime_budget": 9000}],
        "foreign": [*whole, {"adset_id": stranger, "daily_budget": 2000}],
    }
    found = {name: client.post(campaign, adset_budgets=shares)["error"] for name, shares in refused.items()}
    assert {name: error.get("error_subcode") for name, error in found.items()} == {
        "forgotten": None,
        "empty": None,
        "low": 1885272,
        "endless": None,
        "foreign": 33,
    }
    both = client.post(campaign, adset_budgets=whole, daily_budget=6000)["error"]
    assert both["error_subcode"] == 1885621
    assert client.get(campaign, fields="daily_budget")["daily_budget"] == "5000"
    client.delete(second)
    assert client.post(campaign, adset_budgets=whole[:1]) == {"success": True}


def test_a_budget_is_taken_up_from_the_ad_sets(client: Any) -> None:
    adset = client.adset()
    campaign = client.get(adset, fields="campaign_id")["campaign_id"]
    assert client.post(campaign, daily_budget=7000) == {"success": True}
    top = client.get(campaign, fields="daily_budget,bid_strategy")
    assert (top["daily_budget"], top["bid_strategy"]) == ("7000", AUTOMATIC)
    below = client.get(adset, fields="daily_budget,bid_strategy")
    assert (below["daily_budget"], below.get("bid_strategy")) == ("0", None)
    empty = client.post("act_1/campaigns", **client.CAMPAIGN)["id"]
    client.post(empty, daily_budget=7000)
    assert client.get(empty, fields="bid_strategy")["bid_strategy"] == TRAP


def test_a_campaign_changes_between_daily_and_lifetime(client: Any) -> None:
    campaign, _ = budgeted(client, adsets=0)
    client.post(campaign, lifetime_budget=90000)
    read = client.get(campaign, fields="daily_budget,lifetime_budget,bid_strategy")
    assert read == {"id": campaign, "lifetime_budget": "90000", "bid_strategy": AUTOMATIC}
    assert client.post(campaign, lifetime_budget=90000, daily_budget=5000)["error"]["code"] == 100


def test_a_capped_strategy_needs_every_ad_sets_bid(client: Any) -> None:
    campaign, (first, second) = budgeted(client)
    missing = client.post(campaign, bid_strategy=TRAP, adset_bid_amounts={first: 200})["error"]
    assert missing["error_subcode"] == 1815857
    assert client.post(campaign, adset_bid_amounts={first: 200})["error"]["error_subcode"] == 1885204
    wrong = client.post(campaign, bid_strategy=TRAP, adset_bid_amounts={first: 0, second: 1})["error"]
    assert "adset_bid_amounts" in wrong["message"]
    assert client.post(campaign, bid_strategy=TRAP, adset_bid_amounts={first: 200, second: 300}) == {"success": True}
    assert [client.get(each, fields="bid_amount")["bid_amount"] for each in (first, second)] == [200, 300]
    client.post(campaign, bid_strategy=AUTOMATIC)
    assert "bid_amount" not in client.get(first, fields="bid_amount")


@pytest.mark.thorough
def test_beyond_seventy_ad_sets_the_budget_stays(client: Any) -> None:
    campaign, adsets = budgeted(client, adsets=71)
    shares = [{"adset_id": each, "daily_budget": 2000} for each in adsets]
    assert client.post(campaign, adset_budgets=shares)["error"]["error_user_title"] == "Too Many Ad Sets"
    assert client.post(campaign, bid_strategy=TRAP)["error"]["error_user_title"] == "Too Many Ad Sets"
    client.delete(adsets[0])
    assert client.post(campaign, adset_budgets=shares[1:]) == {"success": True}


def test_a_campaign_budget_covers_what_its_ad_sets_must_spend(client: Any) -> None:
    campaign, (first, second) = budgeted(client)
    for each in (first, second):
        client.post(each, daily_min_spend_target=2000)
    assert client.post(campaign, daily_budget=3999)["error"]["error_subcode"] == 2238055
    assert client.post(campaign, daily_budget=4000) == {"success": True}


# Schedules


def test_times_of_high_demand(client: Any) -> None:
    adset = client.adset()
    period = {
        "budget_value": 150,
        "budget_value_type": "MULTIPLIER",
        "time_start": NOW + DAY,
        "time_end": NOW + 2 * DAY,
    }
    first = client.post(f"{adset}/budget_schedules", **period)["id"]
    later = {**period, "time_start": NOW + 5 * DAY, "time_end": NOW + 6 * DAY, "recurrence_type": "WEEKLY"}
    second = client.post(f"{adset}/budget_schedules", **later)["id"]
    rows = client.get(f"{adset}/budget_schedules")["data"]
    assert [row["id"] for row in rows] == [second, first]
    assert rows[1] == {
        "id": first,
        "ad_object_id": adset,
        "budget_value": 150,
        "budget_value_type": "MULTIPLIER",
        "recurrence_type": "ONE_TIME",
        "time_start": "2026-11-02T04:00:00-0800",
        "time_end": "2026-11-03T04:00:00-0800",
    }
    after = client.get(f"{adset}/budget_schedules", time_start=NOW + 2 * DAY)["data"]
    before = client.get(f"{adset}/budget_schedules", time_stop=NOW + 5 * DAY)["data"]
    assert ([row["id"] for row in after], [row["id"] for row in before]) == ([second], [first])
    assert client.post(first, budget_value=200) == {"success": True}
    assert client.get(first, fields="budget_value")["budget_value"] == 200
    assert client.delete(second) == {"success": True}
    assert [row["id"] for row in client.get(f"{adset}/budget_schedules")["data"]] == [first]


@table(
    ("changes", "words"),
    [
        ({"budget_value": None}, "budget_value is required"),
        ({"time_end": None}, "time_end is required"),
        ({"budget_value": 0}, "budget_value must be an integer"),
        ({"budget_value_type": "PERCENT"}, "budget_value_type must be one of"),
        ({"recurrence_type": "DAILY"}, "recurrence_type must be one of"),
        ({"time_end": NOW + DAY}, "must end after it starts"),
        ({"time_start": NOW}, "must start in the future"),
    ],
)
def test_times_that_cannot_be(client: Any, changes: dict[str, Any], words: str) -> None:
    adset = client.adset()
    period = {"budget_value": 500, "budget_value_type": "ABSOLUTE", "time_start": NOW + DAY, "time_end": NOW + 2 * DAY}
    sent = {name: value for name, value in {**period, **changes}.items() if value is not None}
    error = client.post(f"{adset}/budget_schedules", **sent)["error"]
    assert words in error["message"] + error.get("error_user_msg", "")
    assert client.get(f"{adset}/budget_schedules") == {"data": []}


def test_only_what_has_a_budget_is_scheduled(client: Any) -> None:
    period = {"budget_value": 500, "budget_value_type": "ABSOLUTE", "time_start": NOW + DAY, "time_end": NOW + 2 * DAY}
    campaign, (adset, _) = budgeted(client)
    assert client.post(f"{adset}/budget_schedules", **period)["error"]["error_user_title"] == "Budget Missing"
    assert "id" in client.post(f"{campaign}/budget_schedules", **period)
    fields = {**client.CAMPAIGN, "bid_strategy": AUTOMATIC, "budget_schedule_specs": [period]}
    poor = client.post("act_1/campaigns", **fields)["error"]
    assert poor["error_user_title"] == "Budget Missing"
    rich = client.post("act_1/campaigns", **fields, daily_budget=5000)["id"]
    assert [row["budget_value"] for row in client.get(f"{rich}/budget_schedules")["data"]] == [500]


# The end of campaigns


@table(("status", "how"), [("ARCHIVED", "post"), ("DELETED", "post"), ("DELETED", "delete")], fresh=True)
def test_what_the_end_of_a_campaign_does_to_what_is_beneath(client: Any, status: str, how: str) -> None:
    adset = client.adset()
    campaign = client.get(adset, fields="campaign_id")["campaign_id"]
    if how == "post":
        client.post(campaign, status=status)
    else:
        client.delete(campaign)
    fields = "status,configured_status,effective_status"
    assert client.get(adset, fields=fields) == {
        "id": adset,
        "status": "ACTIVE",
        "configured_status": "ACTIVE",
        "effective_status": status,
    }
    assert client.get("act_1/adsets") == {"data": []}
    asked = client.get("act_1/adsets", effective_status=[status])
    assert asked["error"]["error_subcode"] == 1815001 if status == "DELETED" else asked["data"] == [{"id": adset}]
    error = client.post(campaign, status="ACTIVE")["error"]
    assert error["code"] == 100
