"""The change history of an account, and ads that review rejected."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

GRAPH = "https://graph.facebook.com/v26.0"
NOW = 1_793_534_400  # 2026-11-01T12:00:00Z, where the sandbox's clock stands


def events(client: Any, path: str = "act_1", **params: Any) -> list[tuple[str, Any]]:
    """Event and extra data of each row, oldest first."""
    rows = client.get(f"{path}/activities", limit=500, **params)["data"]
    return [(row["event_type"], json.loads(row["extra_data"]) if "extra_data" in row else None) for row in rows][::-1]


def an_ad(client: Any, adset: str) -> str:
    spec = {"page_id": "108356564252733", "link_data": {"link": "https://example.com/"}}
    return str(client.post("act_1/ads", name="Ad", adset_id=adset, creative={"object_story_spec": spec})["id"])


def test_a_row_says_who_did_what(client: Any) -> None:
    [campaign] = client.campaigns(1)
    [row] = client.get("act_1/activities")["data"]
    assert row == {
        "event_type": "create_campaign_group",
        "translated_event_type": "Campaign created",
        "event_time": "2026-11-01T12:00:00+0000",
        "date_time_in_timezone": "11/01/2026 at 4:00 AM",
        "actor_id": client.sandbox.user_id,
        "actor_name": "Sandbox User",
        "application_id": "1",
        "application_name": "Sandbox",
        "object_id": campaign,
        "object_name": "C0",
        "object_type": "CAMPAIGN_GROUP",
    }
    [short] = client.get("act_1/activities", fields="event_type,object_id")["data"]
    assert short == {"event_type": "create_campaign_group", "object_id": campaign}


def test_changes_of_a_campaign(client: Any) -> None:
    [campaign] = client.campaigns(1)
    client.post(campaign, name="New", status="PAUSED", spend_cap=20000)
    client.post(campaign, name="New")
    client.delete(campaign)
    assert events(client)[1:] == [
        ("update_campaign_name", {"old_value": "C0", "new_value": "New"}),
        ("update_campaign_run_status", {"old_value": "Active", "new_value": "Inactive"}),
        ("update_campaign_group_spend_cap", {"old_value": None, "new_value": "20000"}),
        ("update_campaign_run_status", {"old_value": "Inactive", "new_value": "Deleted"}),
    ]


def test_a_budget_is_an_amount_on_both_sides(client: Any) -> None:
    adset = client.adset()
    client.post(adset, daily_budget=3000)
    assert events(client)[-1] == (
        "update_ad_set_budget",
        {
            "type": "composite_data",
            "old_value": {
                "type": "payment_amount",
                "currency": "USD",
                "old_value": 2000,
                "additional_value": "Daily budget",
            },
            "new_value": {
                "type": "payment_amount",
                "currency": "USD",
                "new_value": 3000,
                "additional_value": "Daily budget",
            },
        },
    )


def test_changes_of_ad_sets_and_ads(client: Any) -> None:
    adset = client.adset()
    ad = an_ad(client, adset)
    client.post(adset, targeting={**client.ADSET["targeting"], "age_max": 50}, end_time=NOW + 9 * 86_400)
    client.post(adset, bid_strategy="LOWEST_COST_WITH_BID_CAP", bid_amount=100)
    client.post(ad, name="Other", status="PAUSED")
    found = events(client)
    assert [name for name, _ in found] == [
        "create_campaign_group",
        "create_ad_set",
        "create_ad",
        "update_ad_set_duration",
        "update_ad_set_target_spec",
        "update_ad_set_bid_strategy",
        "update_ad_set_bidding",
        "update_ad_friendly_name",
        "update_ad_run_status",
    ]
    assert dict(found)["create_ad"] == {"campaign_id": adset}
    assert dict(found)["update_ad_set_target_spec"]["old_value"]["age_max"] == 45
    assert [name for name, _ in events(client, adset)] == [name for name, _ in found if "ad_set" in name]


def test_a_budget_that_moves_is_told_on_both_levels(client: Any) -> None:
    adset = client.adset()
    campaign = client.get(adset, fields="campaign_id")["campaign_id"]
    client.post(campaign, daily_budget=7000)
    moved = [name for name, _ in events(client)][2:]
    assert moved == ["update_campaign_budget", "update_ad_set_budget", "update_ad_set_bid_strategy"]


def test_changes_of_the_account(client: Any) -> None:
    client.post("act_1", spend_cap=100)
    client.post("act_1", spend_cap_action="reset")
    client.post("act_1", spend_cap=0)
    client.post("act_1/assigned_users", user="122100000000000003", tasks=["ANALYZE"])
    client.delete("act_1/assigned_users", user="122100000000000003")
    assert events(client, category="ACCOUNT") == [
        ("ad_account_update_spend_limit", {"old_value": "0", "new_value": "10000"}),
        ("ad_account_reset_spend_limit", None),
        ("ad_account_remove_spend_limit", {"old_value": "10000", "new_value": "0"}),
        ("ad_account_add_user_to_role", {"old_value": None, "new_value": "Kenji Mori"}),
        ("ad_account_remove_user_from_role", {"old_value": "Kenji Mori", "new_value": None}),
    ]
    assert client.get("act_2/activities") == {"data": []}


def test_what_changes_nothing_is_not_told(client: Any) -> None:
    [campaign] = client.campaigns(1)
    client.post(campaign, name="Checked", execution_options=["validate_only"])
    client.post(campaign, status="NONSENSE")
    client.get(campaign)
    assert [name for name, _ in events(client)] == ["create_campaign_group"]


def test_copies_and_schedules_are_told(client: Any) -> None:
    adset = client.adset()
    client.post(f"{adset}/copies")
    period = {"budget_value": 500, "budget_value_type": "ABSOLUTE", "time_start": NOW + 60, "time_end": NOW + 90_000}
    client.post(f"{adset}/budget_schedules", **period)
    assert [name for name, _ in events(client)][2:] == ["create_ad_set", "update_campaign_high_demand_periods"]


def test_rows_are_chosen_by_time_category_and_object(client: Any) -> None:
    adset = client.adset()
    client.sandbox.advance(minutes=60)
    client.post(adset, daily_budget=3000)
    client.sandbox.advance(minutes=60)
    client.post(adset, status="PAUSED")
    assert [name for name, _ in events(client, since=NOW + 1800)] == [
        "update_ad_set_budget",
        "update_ad_set_run_status",
    ]
    assert [name for name, _ in events(client, since=NOW + 1800, until=NOW + 5400)] == ["update_ad_set_budget"]
    assert [name for name, _ in events(client, until="2026-11-01T12:00:00+0000")] == [
        "create_campaign_group",
        "create_ad_set",
    ]
    assert [name for name, _ in events(client, category="BUDGET")] == ["update_ad_set_budget"]
    assert [name for name, _ in events(client, category="CAMPAIGN")] == ["create_campaign_group"]
    assert len(events(client, category="AD_SET")) == 3
    campaign = client.get(adset, fields="campaign_id")["campaign_id"]
    assert len(events(client, oid=campaign)) == 1
    assert len(events(client, oid=campaign, add_children="true")) == 4
    assert events(client, uid="1") == []
    assert "category must be one of" in client.get("act_1/activities", category="MONEY")["error"]["message"]


def test_the_newest_come_first_page_by_page(client: Any) -> None:
    ids = client.campaigns(7)
    pages = client.walk("act_1/activities", limit=3)
    assert [len(page["data"]) for page in pages] == [3, 3, 1]
    assert [row["object_id"] for page in pages for row in page["data"]] == ids[::-1]


def test_the_history_survives_a_snapshot(client: Any, tmp_path: Any) -> None:
    client.campaigns(2)
    before = events(client)
    client.sandbox.save(tmp_path / "s.json")
    other = type(client)()
    other.sandbox.load(tmp_path / "s.json")
    other.session = other.sandbox.session()
    assert events(other) == before


def test_a_seeded_account_remembers_its_past(client: Any) -> None:
    client = type(client)(history=3)
    rows = client.get("act_1/activities", limit=500)["data"]
    made = {fields["id"] for kind in ("Campaign", "AdSet", "Ad") for fields in client.sandbox.objects(kind, "act_1")}
    assert {row["object_id"] for row in rows} == made
    assert all(row["event_time"] < "2026-11-01" for row in rows)


# Review


def test_a_rejected_ad_says_why_and_does_not_deliver(client: Any) -> None:
    ad = an_ad(client, client.adset())
    client.sandbox.advance(minutes=2)
    fields = "effective_status,status,ad_review_feedback,issues_info"
    assert client.get(ad, fields=fields) == {"id": ad, "effective_status": "ACTIVE", "status": "ACTIVE"}
    client.sandbox.disapprove(ad, reason="No guns.", policy="WEAPONS")
    assert client.get(ad, fields=fields) == {
        "id": ad,
        "effective_status": "DISAPPROVED",
        "status": "ACTIVE",
        "ad_review_feedback": {"global": {"WEAPONS": "No guns."}},
        "issues_info": [
            {
                "level": "AD",
                "error_code": 2490427,
                "error_summary": "Ad Was Rejected",
                "error_message": "No guns.",
                "error_type": "HARD_ERROR",
            }
        ],
    }
    assert client.get("act_1/ads", effective_status=["DISAPPROVED"])["data"] == [{"id": ad}]
    assert client.get("act_1/ads", effective_status=["ACTIVE"]) == {"data": []}
    assert events(client)[-1] == ("ad_review_declined", None)
    client.sandbox.advance(days=2)
    assert client.get(f"{ad}/insights", date_preset="maximum") == {"data": []}


def test_another_creative_goes_back_to_review(client: Any) -> None:
    ad = an_ad(client, client.adset())
    client.sandbox.disapprove(ad)
    client.post(ad, name="Renamed")
    assert client.get(ad, fields="effective_status")["effective_status"] == "DISAPPROVED"
    spec = {"page_id": "108356564252733", "link_data": {"link": "https://example.com/better"}}
    client.post(ad, creative={"object_story_spec": spec})
    assert client.get(ad, fields="effective_status,ad_review_feedback") == {
        "id": ad,
        "effective_status": "PENDING_REVIEW",
    }
    client.sandbox.advance(minutes=2)
    assert client.get(ad, fields="effective_status")["effective_status"] == "ACTIVE"


def test_a_deleted_ad_is_deleted_whatever_review_said(client: Any) -> None:
    ad = an_ad(client, client.adset())
    client.sandbox.disapprove(ad)
    client.delete(ad)
    assert client.get(ad, fields="effective_status")["effective_status"] == "DELETED"


def test_only_ads_are_rejected(client: Any) -> None:
    with pytest.raises(ValueError, match="there is no ad"):
        client.sandbox.disapprove(client.campaigns(1)[0])


def test_ads_are_rejected_from_any_language(client: Any) -> None:
    ad = an_ad(client, client.adset())
    url = "https://graph.facebook.com/_sandbox/disapprove"
    session: requests.Session = client.session
    assert session.post(url, json={"ad_id": ad, "reason": "No."}).json() == {"success": True}
    feedback = client.get(ad, fields="ad_review_feedback")["ad_review_feedback"]
    assert feedback == {"global": {"PROHIBITED_CONTENT": "No."}}
    assert session.post(url, json={"ad_id": "1"}).status_code == 400
