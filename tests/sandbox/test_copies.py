"""Copies: what is taken along, how it is called, where it lands, and what may not be copied."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

CAMPAIGN_FIELDS = "name,status,objective,source_campaign_id,daily_budget,bid_strategy,special_ad_categories"
ADSET_FIELDS = "name,status,campaign_id,source_adset_id,daily_budget,targeting,optimization_goal,start_time,end_time"
DAY = 86_400
NOW = 1_793_534_400  # 2026-11-01T12:00:00Z, where the sandbox's clock stands


def tree(client: Any, adsets: int = 1, ads: int = 1, **campaign: Any) -> tuple[str, list[str], list[str]]:
    """A campaign with ad sets and, in each of them, ads."""
    spec = {"object_story_spec": {"page_id": "108356564252733", "link_data": {"link": "https://example.com/"}}}
    creative = client.post("act_1/adcreatives", name="C", **spec)["id"]
    top = client.post("act_1/campaigns", **{**client.CAMPAIGN, **campaign})["id"]
    own = {name: value for name, value in client.ADSET.items() if name not in campaign}
    sets = [client.post("act_1/adsets", campaign_id=top, **own)["id"] for _ in range(adsets)]
    made = [
        client.post("act_1/ads", name="Ad", adset_id=each, creative={"creative_id": creative}, status="ACTIVE")["id"]
        for each in sets
        for _ in range(ads)
    ]
    return top, sets, made


def ids(answer: dict[str, Any], kind: str) -> dict[str, str]:
    """Source → copy of the objects of a kind."""
    return {row["source_id"]: row["copied_id"] for row in answer["ad_object_ids"] if row["ad_object_type"] == kind}


def test_a_campaign_is_copied_alone_and_paused(client: Any) -> None:
    top, _, _ = tree(client)
    answer = client.post(f"{top}/copies")
    copied = answer["copied_campaign_id"]
    assert answer["ad_object_ids"] == [{"ad_object_type": "campaign", "source_id": top, "copied_id": copied}]
    read, source = (client.get(each, fields=CAMPAIGN_FIELDS) for each in (copied, top))
    assert read == {**source, "id": copied, "name": "Traffic - Copy", "status": "PAUSED", "source_campaign_id": top}
    assert client.get(f"{copied}/adsets") == {"data": []}
    assert client.get(copied, fields="source_campaign{id}")["source_campaign"]["id"] == top


def test_a_deep_copy_links_its_own_objects(client: Any) -> None:
    top, (adset,), (first, second) = tree(client, ads=2)
    answer = client.post(f"{top}/copies", deep_copy="true", status_option="INHERITED_FROM_SOURCE")
    copied, sets, ads = answer["copied_campaign_id"], ids(answer, "ad_set"), ids(answer, "ad")
    assert (list(sets), list(ads)) == ([adset], [first, second])
    made = client.get(sets[adset], fields=ADSET_FIELDS)
    assert (made["name"], made["status"], made["campaign_id"], made["source_adset_id"]) == (
        "Set",
        "ACTIVE",
        copied,
        adset,
    )
    assert made["targeting"] == client.get(adset, fields="targeting")["targeting"]
    fields = "adset_id,campaign_id,source_ad_id,creative,effective_status,status"
    old, new = client.get(first, fields=fields), client.get(ads[first], fields=fields)
    assert (new["adset_id"], new["campaign_id"], new["source_ad_id"]) == (sets[adset], copied, first)
    assert (new["creative"], new["status"]) == (old["creative"], "ACTIVE")
    assert new["effective_status"] == "PENDING_REVIEW"
    assert {each["id"] for each in client.get(f"{copied}/ads")["data"]} == set(ads.values())


@pytest.mark.thorough
@table(
    ("options", "names"),
    [
        ({}, ("Traffic - Copy", "Set", "Ad")),
        ({"rename_strategy": "DEEP_RENAME"}, ("Traffic - Copy", "Set - Copy", "Ad - Copy")),
        ({"rename_strategy": "NO_RENAME", "rename_suffix": "!"}, ("Traffic", "Set", "Ad")),
        ({"rename_prefix": "New ", "rename_suffix": ""}, ("New Traffic", "Set", "Ad")),
        (
            {"rename_strategy": "DEEP_RENAME", "rename_prefix": "é ", "rename_suffix": " 2"},
            ("é Traffic 2", "é Set 2", "é Ad 2"),
        ),
    ],
)
def test_copy_name_follows_rename_options(client: Any, options: dict[str, str], names: tuple[str, str, str]) -> None:
    top, _, _ = tree(client)
    answer = client.post(f"{top}/copies", deep_copy=True, rename_options=options)
    assert tuple(client.get(row["copied_id"], fields="name")["name"] for row in answer["ad_object_ids"]) == names


@pytest.mark.parametrize(("option", "status"), [("PAUSED", "PAUSED"), ("ACTIVE", "ACTIVE")])
def test_the_status_is_every_levels(client: Any, option: str, status: str) -> None:
    top, _, _ = tree(client)
    answer = client.post(f"{top}/copies", deep_copy=True, status_option=option)
    found = [client.get(row["copied_id"], fields="status")["status"] for row in answer["ad_object_ids"]]
    assert found == [status] * 3


def test_three_objects_beneath_are_the_most(client: Any) -> None:
    top, (adset, _), _ = tree(client, adsets=2, ads=1)
    before = len(client.get("act_1/campaigns")["data"])
    refused = client.post(f"{top}/copies", deep_copy=True)["error"]
    assert (refused["code"], refused["error_subcode"]) == (100, 1885194)
    assert len(client.get("act_1/campaigns")["data"]) == before
    assert "copied_campaign_id" in client.post(f"{top}/copies", deep_copy=False)
    client.delete(adset)
    assert len(client.post(f"{top}/copies", deep_copy=True)["ad_object_ids"]) == 3


def test_an_ad_set_moves_to_another_campaign(client: Any) -> None:
    _, (adset,), (ad,) = tree(client)
    other = client.post("act_1/campaigns", **client.CAMPAIGN)["id"]
    answer = client.post(f"{adset}/copies", campaign_id=other, deep_copy=True)
    copied = answer["copied_adset_id"]
    assert client.get(copied, fields="campaign_id,name")["campaign_id"] == other
    new_ad = ids(answer, "ad")[ad]
    assert client.get(new_ad, fields="campaign_id,adset_id") == {"campaign_id": other, "adset_id": copied, "id": new_ad}
    assert [each["id"] for each in client.get(f"{adset}/copies")["data"]] == [copied]


def test_a_copy_obeys_the_rules_of_its_new_campaign(client: Any) -> None:
    _, (adset,), _ = tree(client)
    budgeted, (poor,), _ = tree(client, daily_budget=5000, bid_strategy="LOWEST_COST_WITHOUT_CAP")
    both = client.post(f"{adset}/copies", campaign_id=budgeted)["error"]
    assert both["error_subcode"] == 1885621
    plain = client.post("act_1/campaigns", **client.CAMPAIGN)["id"]
    none = client.post(f"{poor}/copies", campaign_id=plain)["error"]
    assert none["error_user_title"] == "Budget Missing"
    leads = client.post("act_1/campaigns", **{**client.CAMPAIGN, "objective": "OUTCOME_APP_PROMOTION"})["id"]
    assert client.post(f"{adset}/copies", campaign_id=leads)["error"]["code"] == 100
    assert client.get(f"{budgeted}/adsets")["data"] == [{"id": poor}]


def test_nothing_is_left_of_a_copy_that_fails(client: Any) -> None:
    top, (adset,), (ad,) = tree(client)
    client.sandbox.change(adset, is_dynamic_creative=True)
    before = len(client.get("act_1/campaigns", limit=100)["data"])
    assert "error" in client.post(f"{top}/copies", deep_copy=True)
    assert len(client.get("act_1/campaigns", limit=100)["data"]) == before
    assert [each["id"] for each in client.get("act_1/ads")["data"]] == [ad]


def test_what_is_over_begins_again(client: Any) -> None:
    adset = client.adset(start_time=NOW + DAY, end_time=NOW + 4 * DAY)
    kept = client.post(f"{adset}/copies")["copied_adset_id"]
    assert client.get(kept, fields="start_time,end_time") == {
        **client.get(adset, fields="start_time,end_time"),
        "id": kept,
    }
    client.sandbox.advance(days=30)
    again = client.get(client.post(f"{adset}/copies")["copied_adset_id"], fields="start_time,end_time")
    assert (again["start_time"], again["end_time"]) == ("2026-12-01T04:00:00-0800", "2026-12-04T04:00:00-0800")
    sent = client.post(f"{adset}/copies", start_time=NOW + 40 * DAY, end_time=NOW + 50 * DAY)["copied_adset_id"]
    assert client.get(sent, fields="end_time")["end_time"] == "2026-12-21T04:00:00-0800"
    late = client.post(f"{adset}/copies", end_time=NOW + DAY)["error"]
    assert late["error_subcode"] == 1487033


def test_an_ad_gets_another_creative_and_another_ad_set(client: Any) -> None:
    _, (adset,), (ad,) = tree(client)
    other = client.adset()
    plain = client.post(f"{ad}/copies", adset_id=other)
    copied = plain["copied_ad_id"]
    assert plain["ad_object_ids"] == [{"ad_object_type": "ad", "source_id": ad, "copied_id": copied}]
    old, new = (client.get(each, fields="adset_id,creative") for each in (ad, copied))
    assert (new["adset_id"], new["creative"]) == (other, old["creative"])
    answer = client.post(f"{ad}/copies", creative_parameters={"url_tags": "utm_source=fb"})
    changed = client.get(answer["copied_ad_id"], fields="adset_id,creative{url_tags,object_story_spec}")
    assert changed["adset_id"] == adset
    assert changed["creative"]["url_tags"] == "utm_source=fb"
    assert changed["creative"]["object_story_spec"]["link_data"]["link"] == "https://example.com/"
    assert changed["creative"]["id"] != old["creative"]["id"]


@table("level", [0, 1, 2], fresh=True)
def test_the_deleted_are_not_copied(client: Any, level: int) -> None:
    top, (adset,), (ad,) = tree(client)
    client.delete([top, adset, ad][level])
    for beneath in (top, adset, ad)[level:]:
        assert client.post(f"{beneath}/copies")["error"]["code"] == 100
    for above in (top, adset, ad)[:level]:
        assert "error" not in client.post(f"{above}/copies")


def test_the_living_may_leave_the_dead(client: Any) -> None:
    top, (adset,), _ = tree(client)
    client.delete(top)
    other = client.post("act_1/campaigns", **client.CAMPAIGN)["id"]
    copied = client.post(f"{adset}/copies", campaign_id=other)["copied_adset_id"]
    assert client.get(copied, fields="effective_status")["effective_status"] == "PAUSED"
    assert client.post(f"{adset}/copies", campaign_id=top)["error"]["error_subcode"] == 1487566


@table(
    ("params", "status", "words"),
    [
        ({"status_option": "ARCHIVED"}, 400, "status_option must be one of"),
        ({"rename_options": "x"}, 400, "rename_options must be an array"),
        ({"rename_options": {"rename_strategy": "ALL"}}, 400, "rename_strategy] must be one of"),
        ({"migrate_to_advantage_plus": "true"}, 501, "does not model"),
    ],
)
def test_copy_with_invalid_options_is_refused(client: Any, params: dict[str, Any], status: int, words: str) -> None:
    [campaign] = client.campaigns(1)
    answer = client.session.post(f"https://graph.facebook.com/v26.0/{campaign}/copies", data=client.form(params))
    assert answer.status_code == status
    assert words in answer.json()["error"]["message"]


@pytest.mark.thorough
def test_every_seeded_object_can_be_copied(client: Any) -> None:
    client = type(client)(history=2)
    for account in ("act_1", "act_2"):
        for kind in ("Campaign", "AdSet", "Ad"):
            for fields in client.sandbox.objects(kind, account):
                assert "ad_object_ids" in client.post(f"{fields['id']}/copies"), (kind, fields["name"])
