"""Pixels: one to an account, shared, and what they received, counted."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

GRAPH = "https://graph.facebook.com/v26.0"
PIXEL = "604381177220931"
NOW = 1_793_534_400  # 2026-11-01T12:00:00Z, where the sandbox's clock stands
HOUR = 3_600
EMAIL = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
Answer = dict[str, Any]


@pytest.fixture
def past(client: Any) -> Any:
    """A client whose account has a past, and a pixel on its site."""
    return type(client)(history=2)


def a_pixel(client: Any, account: str = "act_1", name: str = "Shop") -> str:
    return str(client.post(f"{account}/adspixels", name=name)["id"])


def an_event(**changes: Any) -> Answer:
    event = {
        "event_name": "Lead",
        "event_time": NOW,
        "action_source": "website",
        "event_source_url": "https://shop.example/thanks?order=1",
        "user_data": {"em": [EMAIL], "client_user_agent": "Mozilla/5.0 (iPhone)"},
    }
    return {**event, **changes}


def stats(client: Any, pixel: str, **params: Any) -> Counter[str]:
    pages = client.walk(f"{pixel}/stats", limit=100, **params)
    rows = [row for page in pages for row in page["data"]]
    assert {row["aggregation"] for row in rows} <= {params.get("aggregation", "event")}
    found: Counter[str] = Counter()
    for row in rows:
        found.update({each["value"]: each["count"] for each in row["data"]})
    return found


def test_a_pixel_is_created_and_read(client: Any) -> None:
    pixel = a_pixel(client)
    read = client.get(
        pixel, fields="name,creation_time,is_unavailable,data_use_setting,owner_ad_account,owner_business,creator"
    )
    assert read == {
        "id": pixel,
        "name": "Shop",
        "creation_time": "2026-11-01T04:00:00-0800",
        "is_unavailable": False,
        "data_use_setting": "ADVERTISING_AND_ANALYTICS",
        "owner_ad_account": {"id": "act_1"},
        "owner_business": {"id": client.sandbox.businesses()[0], "name": "Sandbox Coffee Group"},
        "creator": {"id": client.sandbox.user_id, "name": "Sandbox User"},
    }
    assert "last_fired_time" not in client.get(pixel, fields="last_fired_time")
    assert [row["id"] for row in client.get("act_1/adspixels")["data"]] == [pixel]


def test_an_account_has_one_pixel(client: Any) -> None:
    assert client.post("act_1/adspixels")["error"]["message"] == "(#100) The parameter name is required."
    a_pixel(client)
    error = client.post("act_1/adspixels", name="Second")["error"]
    assert (error["code"], error["message"]) == (6200, "(#6200) A pixel already exists for this account.")
    assert len(client.get("act_1/adspixels")["data"]) == 1
    assert a_pixel(client, "act_2")


def test_the_snippet_names_the_pixel(client: Any) -> None:
    pixel = a_pixel(client)
    code = client.get(pixel, fields="code")["code"]
    assert f"fbq('init', '{pixel}');" in code
    assert f"https://www.facebook.com/tr?id={pixel}&ev=PageView&noscript=1" in code
    assert "{{" not in code


def test_settings_change(client: Any) -> None:
    pixel = a_pixel(client)
    changes = {"name": "New shop", "enable_automatic_matching": True, "automatic_matching_fields": ["em", "ph"]}
    assert client.post(pixel, data_use_setting="ANALYTICS_ONLY", **changes) == {"id": pixel}
    fields = "name,data_use_setting,enable_automatic_matching,automatic_matching_fields"
    assert client.get(pixel, fields=fields) == {"id": pixel, "data_use_setting": "ANALYTICS_ONLY", **changes}
    for wrong in ({"data_use_setting": "ALL"}, {"automatic_matching_fields": ["eyes"]}):
        assert client.post(pixel, **wrong)["error"]["code"] == 100
    assert client.get(pixel, fields=fields)["automatic_matching_fields"] == ["em", "ph"]


def test_a_pixel_is_shared_within_its_business(client: Any) -> None:
    pixel, (first, second) = a_pixel(client), client.sandbox.businesses()
    assert client.post(f"{pixel}/shared_accounts", account_id="2", business=first) == {"success": True}
    assert [row["id"] for row in client.get(f"{pixel}/shared_accounts", business=first)["data"]] == ["act_1", "act_2"]
    assert client.get(f"{pixel}/shared_accounts", business=second) == {"data": []}
    assert [row["id"] for row in client.get("act_2/adspixels")["data"]] == [pixel]
    assert a_pixel(client, "act_2"), "shared is not owned"
    error = client.post(f"{pixel}/shared_accounts", account_id="3", business=first)["error"]
    assert error["code"] == 200
    assert "business is required" in client.post(f"{pixel}/shared_accounts", account_id="2")["error"]["message"]
    for account in ("2", "1"):
        form = {"account_id": account, "business": first}
        assert client.session.delete(f"{GRAPH}/{pixel}/shared_accounts", data=form).json() == {"success": True}
    assert [row["id"] for row in client.get(f"{pixel}/adaccounts")["data"]] == ["act_1"]
    assert [row["id"] for row in client.get(f"{first}/owned_pixels")["data"]][-1] == pixel


def test_a_pixel_is_its_accounts_own(client: Any) -> None:
    pixel = a_pixel(client)
    stranger = client.sandbox.session(client.sandbox.issue_token(accounts=["act_3"]))
    assert stranger.get(f"{GRAPH}/{pixel}").json()["error"]["error_subcode"] == 33
    answer = stranger.post(f"{GRAPH}/{pixel}/events", data={"data": json.dumps([an_event()])})
    assert answer.json()["error"]["error_subcode"] == 33
    assert not client.sandbox.events(pixel)


def test_pixels_are_listed_in_order(past: Any) -> None:
    assert past.sandbox.internals(PIXEL)["accounts"] == ["act_1", "act_2"]
    mine = a_pixel(past, "act_2", "A name")
    by_name, by_time = (past.get("act_2/adspixels", sort_by=order)["data"] for order in ("NAME", "LAST_FIRED_TIME"))
    assert [row["id"] for row in by_name] == [mine, PIXEL]
    assert [row["id"] for row in by_time] == [PIXEL, mine]
    assert past.get("act_2/adspixels", sort_by="SIZE")["error"]["code"] == 100


# Counted


@pytest.mark.thorough
def test_a_site_with_visitors_has_counts_by_the_hour(past: Any) -> None:
    first = past.get(f"{PIXEL}/stats", limit=2)["data"]
    assert [row["start_time"] for row in first] == ["2026-10-25T05:00:00-0700", "2026-10-25T06:00:00-0700"]
    assert set(first[0]) == {"start_time", "aggregation", "data"}
    assert set(first[0]["data"][0]) == {"value", "count"}
    events = stats(past, PIXEL)
    assert events["PageView"] > events["ViewContent"] > events["AddToCart"] > events["Purchase"] > 0
    assert len(past.walk(f"{PIXEL}/stats", limit=100)) == 2, "seven days are 168 hours"


@pytest.mark.thorough
def test_every_aggregation_counts_the_same_events(past: Any) -> None:
    total = stats(past, PIXEL).total()
    names = ("event_total_counts", "event_source", "host", "url", "device_type", "browser_type", "had_pii")
    for name in names:
        assert stats(past, PIXEL, aggregation=name).total() == total, name
    assert set(stats(past, PIXEL, aggregation="device_os")) == {"iOS", "Android"}
    assert len(past.get(f"{PIXEL}/stats", aggregation="event_total_counts")["data"]) == 1
    assert stats(past, PIXEL, event="Purchase").keys() == {"Purchase"}


@pytest.mark.thorough
def test_a_span_is_kept_and_seven_days_are_all(past: Any) -> None:
    rows = past.get(f"{PIXEL}/stats", start_time=NOW - 3 * HOUR, end_time=NOW)["data"]
    assert [row["start_time"][11:13] for row in rows] == ["01", "02", "03"]
    assert stats(past, PIXEL, start_time=NOW - 90 * 86_400) == stats(past, PIXEL)
    assert past.get(f"{PIXEL}/stats", start_time=NOW, end_time=NOW - 1)["error"]["code"] == 100


@pytest.mark.thorough
def test_server_events_are_counted_with_the_others_and_apart(past: Any) -> None:
    before = stats(past, PIXEL)
    events = [
        an_event(event_time=NOW - HOUR),
        an_event(event_name="Purchase", custom_data={"value": 1, "currency": "usd"}),
    ]
    assert past.post(f"{PIXEL}/events", data=events)["events_received"] == 2
    assert stats(past, PIXEL) == before + Counter(Lead=1, Purchase=1)
    assert stats(past, PIXEL, event_source="SERVER_ONLY") == Counter(Lead=1, Purchase=1)
    assert stats(past, PIXEL, event_source="SERVER_ONLY", aggregation="url") == {"https://shop.example/thanks": 2}
    assert stats(past, PIXEL, event_source="SERVER_ONLY", aggregation="match_keys") == {"em": 2}
    assert stats(past, PIXEL, event_source="SERVER_ONLY", aggregation="device_type") == {"mobile_iphone": 2}
    assert stats(past, PIXEL, event_source="WEB_ONLY").keys() == before.keys()
    assert stats(past, PIXEL, aggregation="event_source")["SERVER"] == 2


def test_a_pixel_tells_when_it_fired(client: Any) -> None:
    pixel = a_pixel(client)
    assert stats(client, pixel) == {}
    client.sandbox.advance(minutes=30)
    client.post(f"{pixel}/events", data=[an_event()])
    assert client.get(pixel, fields="last_fired_time")["last_fired_time"] == "2026-11-01T04:30:00-0800"
    assert stats(client, pixel) == {"Lead": 1}


def test_other_aggregations(client: Any) -> None:
    pixel = a_pixel(client)
    assert client.session.get(f"{GRAPH}/{pixel}/stats?aggregation=url_by_rule").status_code == 501
    assert "must be one of" in client.get(f"{pixel}/stats", aggregation="colour")["error"]["message"]
    assert client.session.get(f"{GRAPH}/{pixel}/assigned_users").status_code == 501
