"""Projection, paging, filters and the types of what is read."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tables import table

from admonster_fb.sandbox import project
from admonster_fb.sandbox.errors import GraphError

GRAPH = "https://graph.facebook.com/v26.0"


def test_nothing_but_the_id_is_given_unasked(client: Any) -> None:
    (campaign,) = client.campaigns(1)
    assert client.get(campaign) == {"id": campaign}
    assert client.get("act_1") == {"account_id": "1", "id": "act_1"}
    assert client.get("act_1/campaigns")["data"] == [{"id": campaign}]


def test_absent_is_not_null(client: Any) -> None:
    (campaign,) = client.campaigns(1)
    read = client.get(campaign, fields="name,spend_cap,stop_time,daily_budget,insights{spend},adsets{id}")
    assert read == {"name": "C0", "id": campaign}


@table("text", ["bogus", "name,bogus", "adsets{bogus}"], fresh=True)
def test_unknown_field_is_refused(client: Any, text: str) -> None:
    client.adset()
    answer = client.session.get(f"{GRAPH}/act_1/campaigns", params={"fields": text})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == 100
    assert error["message"].startswith("(#100) Tried accessing nonexisting field (bogus) on node type (AdCampaign")


def test_syntax_error_as_recorded() -> None:
    text = "impressions,account_currency&breakdowns=device_platform"
    with pytest.raises(GraphError) as caught:
        project.parse(text)
    assert caught.value.code == 2500
    assert caught.value.message == f'Syntax error "Expected end of string instead of "&"." at character 28: {text}'


def test_fields_language() -> None:
    (one,) = project.parse(
        "insights.date_preset(last_7d).filtering([{'field':'a(b','value':[')']}]) {spend, x{y}}.as(i)"
    )
    assert one.modifiers["filtering"] == "[{'field':'a(b','value':[')']}]"
    assert one.key == "i"
    assert [child.name for child in one.children or []] == ["spend", "x"]
    assert project.parse("") == []


def test_expansion(client: Any) -> None:
    adset = client.adset()
    read = client.get(adset, fields="campaign{name},name,targeting{age_min}")
    assert read["campaign"]["name"] == "Traffic"
    assert read["targeting"] == {"age_min": 25}
    account = client.get("act_1", fields="business{name},campaigns.limit(1){name,adsets{name}}.as(c)")
    assert account["business"] == {"name": "Sandbox Coffee Group", "id": client.sandbox.businesses()[0]}
    assert account["c"]["data"][0]["adsets"]["data"] == [{"name": "Set", "id": adset}]
    assert client.get("act_1", fields="business")["business"].keys() == {"id", "name"}
    assert client.get(adset, fields="campaign")["campaign"].keys() == {"id"}
    assert "business" not in client.get("act_4", fields="business,name")


def test_next_of_a_nested_edge(client: Any) -> None:
    client.campaigns(3)
    nested = client.get("act_1", fields="campaigns.limit(2){name,adsets{id}}")["campaigns"]
    rest = client.anonymous().get(nested["paging"]["next"]).json()
    assert [row["name"] for row in nested["data"] + rest["data"]] == ["C2", "C1", "C0"]


def test_paging_by_cursors_returns_every_row(client: Any) -> None:
    client.campaigns(30)
    pages = client.walk("act_1/campaigns", fields="name")
    assert [len(page["data"]) for page in pages] == [25, 5]
    assert pages[0]["data"][0]["name"] == "C29"
    first, last = pages[0]["paging"], pages[1]["paging"]
    assert "previous" not in first
    assert "next" not in last
    assert set(last["cursors"]) == {"before", "after"}
    query = parse_qs(urlsplit(first["next"]).query)
    assert query["access_token"] == [client.sandbox.token]
    assert query["fields"] == ["name"]
    back = client.get("act_1/campaigns", fields="name", before=last["cursors"]["before"])
    assert back["data"] == pages[0]["data"]


def test_an_empty_edge_has_no_paging(client: Any) -> None:
    assert client.get("act_3/ads") == {"data": []}
    assert client.get("act_3/ads", summary="true") == {"data": [], "summary": {"total_count": 0}}


def test_summary_counts_everything(client: Any) -> None:
    client.campaigns(3)
    assert client.get("act_1/campaigns", limit=1, summary="true")["summary"] == {"total_count": 3}


def test_empty_middle_pages(client: Any) -> None:
    ids = client.campaigns(10)
    client.sandbox.empty_pages("act_*/campaigns", pages=[1, 3, 4])
    pages = client.walk("act_1/campaigns", limit=3)
    assert [len(page["data"]) for page in pages] == [0, 3, 0, 0, 3, 3, 1]
    assert [row["id"] for page in pages for row in page["data"]] == ids[::-1]
    assert all("next" in page["paging"] for page in pages[:-1])


def test_a_cursor_outlives_its_row(client: Any) -> None:
    ids = client.campaigns(4)
    page = client.get("act_1/campaigns", limit=2)
    client.session.delete(f"{GRAPH}/{ids[2]}")
    rest = client.session.get(page["paging"]["next"]).json()
    assert [row["id"] for row in rest["data"]] == [ids[1], ids[0]]


def test_a_made_up_cursor_is_refused(client: Any) -> None:
    client.campaigns(1)
    assert client.get("act_1/campaigns", after=base64.b64encode(b"999").decode())["error"]["code"] == 100
    assert client.get("act_1/campaigns", after="%%")["error"]["code"] == 100
    assert client.get("act_1/campaigns", limit="many")["error"]["code"] == 100


def test_types_on_read(client: Any) -> None:
    adset = client.adset(bid_amount=150, bid_strategy="LOWEST_COST_WITH_BID_CAP")
    read = client.get(adset, fields="daily_budget,lifetime_budget,bid_amount,pacing_type,created_time,account_id")
    assert read["daily_budget"] == "2000"
    assert read["lifetime_budget"] == "0"
    assert read["bid_amount"] == 150
    assert read["pacing_type"] == ["standard"]
    assert read["created_time"] == "2026-11-01T04:00:00-0800"
    assert read["account_id"] == "1"
    account = client.get("act_2", fields="age,amount_spent,min_daily_budget,account_status,created_time")
    assert isinstance(account["age"], float)
    assert isinstance(account["amount_spent"], str)
    assert isinstance(account["min_daily_budget"], int)
    assert account["created_time"].endswith("+0900")
    (campaign,) = client.campaigns(1)
    assert client.get(campaign, fields="start_time")["start_time"] == "1969-12-31T15:59:59-0800"


@pytest.mark.parametrize(("account", "written", "read"), [("act_1", "23.50", "2350"), ("act_2", "5000", "5000")])
def test_spend_cap_is_written_in_major_and_read_in_minor(client: Any, account: str, written: str, read: str) -> None:
    assert client.post(account, spend_cap=written) == {"success": True}
    assert client.get(account, fields="spend_cap")["spend_cap"] == read
    client.post(account, spend_cap_action="delete")
    assert client.get(account, fields="spend_cap")["spend_cap"] == "0"


def test_filtering_of_edges_keeps_matching_rows(client: Any) -> None:
    first, second = client.campaigns(2)
    client.post(second, status="PAUSED")

    def ids(**params: Any) -> list[str]:
        return [row["id"] for row in client.get("act_1/campaigns", **params)["data"]]

    assert ids(effective_status='["PAUSED"]') == [second]
    assert ids(**{"effective_status[]": "ACTIVE"}) == [first]
    contains = [{"field": "name", "operator": "CONTAIN", "value": "c0"}]
    assert ids(filtering=json.dumps(contains)) == [first]
    assert ids(filtering="[{field:'campaign.id',operator:'IN',value:['" + second + "']}]") == [second]
    later = [{"field": "updated_time", "operator": "GREATER_THAN", "value": 1893456000}]
    assert ids(filtering=json.dumps(later)) == []
    assert client.get("act_1/campaigns", filtering='[{"field":"name","operator":"LIKE"}]')["error"]["code"] == 100
    assert client.get("act_1/campaigns", effective_status='["AWAKE"]')["error"]["code"] == 100


def test_business_edges(client: Any) -> None:
    one, two = client.sandbox.businesses()
    assert [row["id"] for row in client.get(f"{one}/owned_ad_accounts")["data"]] == ["act_1", "act_2"]
    assert [row["id"] for row in client.get(f"{two}/owned_ad_accounts")["data"]] == ["act_3"]
    assert client.get(f"{two}/client_ad_accounts") == {"data": []}
    assert [row["id"] for row in client.get("me/adaccounts")["data"]] == ["act_1", "act_2", "act_3", "act_4"]
    assert {row["id"] for row in client.get("me/businesses")["data"]} == {one, two}
