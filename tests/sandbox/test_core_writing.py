"""Creation, status machine, creatives and images."""

from __future__ import annotations

import base64
import re
import struct
from typing import Any

from admonster_fb.sandbox import images, png

GRAPH = "https://graph.facebook.com/v26.0"


def make_image(client: Any) -> str:
    sent = base64.b64encode(png()).decode()
    return str(client.post("act_1/adimages", bytes=sent)["images"]["bytes"]["hash"])


def make_creative(client: Any, **params: Any) -> dict[str, Any]:
    return client.post("act_1/adcreatives", name="Spring", object_story_spec=client.story(make_image(client)), **params)


def make_ad(client: Any) -> tuple[str, str, str]:
    adset = client.adset()
    creative = make_creative(client)["id"]
    ad = client.post("act_1/ads", name="Ad", adset_id=adset, creative={"creative_id": creative}, status="ACTIVE")["id"]
    return str(client.get(adset, fields="campaign_id")["campaign_id"]), adset, str(ad)


def effective(client: Any, node: str) -> str:
    return str(client.get(node, fields="effective_status")["effective_status"])


def test_status_is_inherited_at_read_time(client: Any) -> None:
    campaign, adset, ad = make_ad(client)
    assert effective(client, ad) == "PENDING_REVIEW"
    client.sandbox.advance(minutes=2)
    assert effective(client, ad) == "ACTIVE"
    client.post(adset, status="PAUSED")
    assert (effective(client, ad), effective(client, adset)) == ("ADSET_PAUSED", "PAUSED")
    client.post(campaign, status="PAUSED")
    assert effective(client, ad) == "CAMPAIGN_PAUSED"
    client.post(campaign, status="ACTIVE")
    client.post(adset, status="ACTIVE")
    assert effective(client, ad) == "ACTIVE"
    client.post(campaign, status="ARCHIVED")
    assert [effective(client, node) for node in (campaign, adset, ad)] == ["ARCHIVED"] * 3
    assert client.get(ad, fields="status,configured_status")["configured_status"] == "ACTIVE"


def test_the_dead_are_hidden(client: Any) -> None:
    gone, archived, alive = client.campaigns(3)
    assert client.session.delete(f"{GRAPH}/{gone}").json() == {"success": True}
    client.post(archived, status="ARCHIVED")
    assert [row["id"] for row in client.get("act_1/campaigns")["data"]] == [alive]
    asked = client.get("act_1/campaigns", effective_status='["ARCHIVED"]')
    assert [row["id"] for row in asked["data"]] == [archived]
    refused = client.get("act_1/campaigns", effective_status='["DELETED"]')["error"]
    assert (refused["code"], refused["error_subcode"]) == (100, 1815001)
    assert client.get(gone, fields="status")["status"] == "DELETED"


def test_status_transition_allowed_or_refused(client: Any) -> None:
    (campaign,) = client.campaigns(1)
    client.post(campaign, status="ARCHIVED")
    assert client.post(campaign, status="ACTIVE")["error"]["code"] == 100
    assert client.post(campaign, daily_budget="500")["error"]["code"] == 100
    assert client.post(campaign, name="Old") == {"success": True}
    assert client.post(campaign, status="DELETED") == {"success": True}
    assert client.post(campaign, status="ARCHIVED")["error"]["error_subcode"] == 1487566
    assert client.post(campaign, name="Gone") == {"success": True}
    assert client.post(campaign, status="SLEEPING")["error"]["code"] == 100


def test_validate_only_leaves_no_trace(client: Any) -> None:
    answer = client.post("act_1/campaigns", **client.CAMPAIGN, execution_options=["validate_only"])
    assert answer == {"success": True}
    assert client.get("act_1/campaigns") == {"data": []}
    (campaign,) = client.campaigns(1)
    assert client.post(campaign, name="New", execution_options=["validate_only"]) == {"success": True}
    assert client.get(campaign, fields="name")["name"] == "C0"


def test_fields_on_create_answer_the_node(client: Any) -> None:
    answer = client.post("act_1/campaigns", **client.CAMPAIGN, fields="name,status")
    assert (answer["name"], answer["status"]) == ("Traffic", "ACTIVE")
    assert answer["id"]


def test_a_campaign_budget_lives_on_the_campaign(client: Any) -> None:
    params = {k: v for k, v in client.CAMPAIGN.items() if k != "is_adset_budget_sharing_enabled"}
    campaign = client.post("act_1/campaigns", **params, daily_budget=5000, bid_strategy="LOWEST_COST_WITHOUT_CAP")["id"]
    read = client.get(campaign, fields="daily_budget,lifetime_budget,budget_remaining")
    assert read == {"daily_budget": "5000", "budget_remaining": "5000", "id": campaign}
    adset = {k: v for k, v in client.ADSET.items() if k not in ("daily_budget", "bid_strategy")}
    made = client.post("act_1/adsets", **adset, campaign_id=campaign)["id"]
    assert client.get(made, fields="daily_budget,lifetime_budget")["daily_budget"] == "0"


def test_parents_must_exist(client: Any) -> None:
    answer = client.post("act_1/adsets", **client.ADSET, campaign_id="120200000000000001")["error"]
    assert answer["code"] == 100


def test_creative_of_same_content_is_the_same_object(client: Any) -> None:
    first = make_creative(client)["id"]
    assert make_creative(client)["id"] == first
    name = client.get(first, fields="name")["name"]
    assert re.fullmatch(r"Spring 2026-11-01-[0-9a-f]{32}", name)
    assert client.post(first, name="Summer") == {"success": True}
    refused = client.post(first, object_story_spec=client.story("0" * 32))["error"]
    assert (refused["code"], refused["error_subcode"]) == (100, 1815573)
    read = client.get(first, fields="effective_object_story_id,call_to_action_type,body,title,object_type,link_url")
    assert read["effective_object_story_id"].startswith("108356564252733_")
    assert (read["call_to_action_type"], read["body"], read["title"]) == ("LEARN_MORE", "Come in", "Fresh coffee")
    assert "link_url" not in read
    assert client.session.delete(f"{GRAPH}/{first}").json() == {"success": True}
    assert client.get("act_1/adcreatives") == {"data": []}


def test_ads_know_their_creative(client: Any) -> None:
    _, adset, ad = make_ad(client)
    read = client.get(ad, fields="creative{name},adset{name},campaign{name}")
    assert read["creative"]["name"].startswith("Spring ")
    single = client.get(f"{ad}/adcreatives")
    assert list(single) == ["data"]
    assert [row["id"] for row in client.get(f"{adset}/adcreatives")["data"]] == [read["creative"]["id"]]
    preview = client.get(f"{ad}/previews", ad_format="INSTAGRAM_STANDARD")
    assert list(preview) == ["data"]
    assert preview["data"][0]["body"].startswith("<iframe ")
    assert client.get(f"{ad}/previews")["error"]["code"] == 100
    assert client.get(f"{ad}/previews", ad_format="CINEMA")["error"]["code"] == 100


def test_image_upload_returns_hash_and_urls(client: Any) -> None:
    digest = make_image(client)
    assert make_image(client) == digest
    rows = client.get("act_1/adimages", fields="id,hash,name,original_width", hashes=f'["{digest}"]')["data"]
    assert rows == [{"id": f"1:{digest}", "hash": digest, "name": "bytes", "original_width": 1200}]
    bad = client.post("act_1/adimages", bytes=base64.b64encode(b"no picture").decode())["error"]
    assert (bad["code"], bad["error_subcode"]) == (100, 1487411)
    zipped = client.session.post(f"{GRAPH}/act_1/adimages", files={"a.zip": ("a.zip", b"PK\x03\x04rest")})
    assert zipped.status_code == 501
    assert client.session.delete(f"{GRAPH}/act_1/adimages", params={"hash": digest}).json() == {"success": True}
    assert client.get("act_1/adimages") == {"data": []}


def test_an_image_in_use_stays(client: Any) -> None:
    make_creative(client)
    digest = make_image(client)
    assert client.session.delete(f"{GRAPH}/act_1/adimages", data={"hash": digest}).json()["error"]["code"] == 100


def test_image_sizes() -> None:
    gif = b"GIF89a" + struct.pack("<HH", 7, 9)
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 30, 40) + b"\x00" * 8
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab" + frame
    assert [images.size(each) for each in (png(3, 5), gif, jpeg, b"\xff\xd8", b"")] == [
        (3, 5),
        (7, 9),
        (40, 30),
        None,
        None,
    ]


def test_binary_survives_multipart(client: Any) -> None:
    tricky = png() + bytes(range(256)) + b"\r\n--\r\n\r\r\n"
    answer = client.session.post(f"{GRAPH}/act_1/adimages", files={"x": ("x.png", tricky)}, data={"name": "ü"})
    known = client.post("act_1/adimages", bytes=base64.b64encode(tricky).decode())
    assert answer.json()["images"]["x.png"]["hash"] == known["images"]["bytes"]["hash"]


def test_what_cannot_be_set_is_dropped(client: Any) -> None:
    _, adset, ad = make_ad(client)
    client.post(ad, adset_id="1", effective_status="DELETED", created_time="0", colour="red")
    read = client.get(ad, fields="adset_id,created_time")
    assert read == {"adset_id": adset, "created_time": "2026-11-01T04:00:00-0800", "id": ad}


def test_tunnelled_methods(client: Any) -> None:
    (campaign,) = client.campaigns(1)
    assert client.post(campaign, method="delete") == {"success": True}
    assert client.get(campaign, fields="status")["status"] == "DELETED"


def test_campaign_budget_handed_down(client: Any) -> None:
    params = {k: v for k, v in client.CAMPAIGN.items() if k != "is_adset_budget_sharing_enabled"}
    budget = {"daily_budget": 5000, "bid_strategy": "LOWEST_COST_WITHOUT_CAP"}
    campaign = client.post("act_1/campaigns", **params, **budget)["id"]
    adset = {k: v for k, v in client.ADSET.items() if k not in ("daily_budget", "bid_strategy")}
    made = client.post("act_1/adsets", **adset, campaign_id=campaign)["id"]
    client.post(campaign, adset_budgets=[{"adset_id": made, "daily_budget": 700}])
    assert client.get(made, fields="daily_budget")["daily_budget"] == "700"
    assert "daily_budget" not in client.get(campaign, fields="daily_budget")
