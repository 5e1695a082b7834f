"""Custom conversions, and the Conversions API: all events of a request or none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tables import table

GRAPH = "https://graph.facebook.com/v26.0"
NOW = 1_793_534_400  # 2026-11-01T12:00:00Z, where the sandbox's clock stands
DAY = 86_400
EMAIL = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
Answer = dict[str, Any]


@pytest.fixture
def pixel(client: Any) -> str:
    return str(client.post("act_1/adspixels", name="Shop")["id"])


def an_event(**changes: Any) -> Answer:
    event = {
        "event_name": "Lead",
        "event_time": NOW,
        "action_source": "website",
        "event_source_url": "https://shop.example/thanks",
        "user_data": {"em": [EMAIL], "client_user_agent": "Mozilla/5.0"},
    }
    return {name: value for name, value in {**event, **changes}.items() if value is not None}


def refused(client: Any, pixel: str, *events: Any) -> Answer:
    """The refusal, after which nothing was received, the good events neither."""
    error = client.post(f"{pixel}/events", data=[an_event(), *events])["error"]
    assert client.sandbox.events(pixel) == []
    return dict(error)


# Events


def test_events_are_answered_as_recorded(client: Any, pixel: str) -> None:
    """tests/contract/recordings/pixels.jsonl: capi_events_ok."""
    first, second = (client.post(f"{pixel}/events", data=[an_event()]) for _ in range(2))
    trace = first.pop("fbtrace_id")
    assert first == {"events_received": 1, "messages": []}
    assert trace.startswith("A")
    assert trace != second["fbtrace_id"]
    assert client.sandbox.events(pixel) == [an_event()] * 2


def test_the_trace_is_the_one_of_the_headers(client: Any, pixel: str) -> None:
    answer = client.session.post(f"{GRAPH}/{pixel}/events", data={"data": json.dumps([an_event()])})
    assert answer.headers["x-fb-request-id"] == answer.json()["fbtrace_id"]


def test_events_come_as_json_bodies_and_as_texts(client: Any, pixel: str) -> None:
    url = f"{GRAPH}/{pixel}/events"
    assert client.session.post(url, json={"data": [an_event()]}).json()["events_received"] == 1
    assert client.post(f"{pixel}/events", data=[json.dumps(an_event())])["events_received"] == 1
    assert client.sandbox.events(pixel) == [an_event(), an_event()]


@table(
    "event",
    [
        an_event(event_time=NOW - 7 * DAY),
        an_event(event_time=str(NOW)),
        an_event(action_source="physical_store", event_source_url=None, event_time=NOW - 62 * DAY),
        an_event(action_source="system_generated", event_source_url=None),
        an_event(user_data={"em": EMAIL}),
        an_event(user_data={"client_ip_address": "203.0.113.7", "client_user_agent": "Mozilla/5.0"}),
        an_event(user_data={"fbc": "fb.1.1554763741205.AbC"}),
        an_event(event_name="Purchase", custom_data={"value": 12.5, "currency": "chf"}),
        an_event(event_name="Purchase", custom_data={"value": "0", "currency": "USD"}),
        an_event(event_name="A name of our own", custom_data={"anything": [1]}),
        an_event(data_processing_options=["LDU"], data_processing_options_country=0),
        an_event(
            action_source="app",
            app_data={"advertiser_tracking_enabled": 1, "application_tracking_enabled": 1, "extinfo": ["i2"] * 16},
        ),
    ],
)
def test_events_that_meta_takes(client: Any, pixel: str, event: Answer) -> None:
    assert client.post(f"{pixel}/events", data=[event]).get("events_received") == 1


@pytest.mark.thorough
@table(
    ("event", "subcode"),
    [
        (an_event(event_time=NOW - 7 * DAY - 1), 2804003),
        (an_event(action_source="physical_store", event_time=NOW - 62 * DAY - 1), 2804003),
        (an_event(action_source="phone_call", event_time=NOW - 8 * DAY), 2804003),
        (an_event(user_data={"em": "a@example.com"}), 2804016),
        (an_event(user_data={"em": [EMAIL, EMAIL.upper()]}), 2804016),
        (an_event(user_data={"em": EMAIL, "ct": "zurich"}), 2804016),
        (an_event(user_data={}), 2804050),
        (an_event(user_data={"client_user_agent": "Mozilla/5.0"}), 2804050),
        (an_event(user_data={"fn": EMAIL, "ge": EMAIL, "em": []}), 2804050),
        (an_event(user_data={"country": EMAIL, "zp": EMAIL, "client_user_agent": "x"}), 2804050),
        (an_event(event_name="Purchase"), 2804010),
        (an_event(event_name="Purchase", custom_data={"value": 1}), 2804010),
    ],
)
def test_one_bad_event_and_none_is_taken(client: Any, pixel: str, event: Answer, subcode: int) -> None:
    error = refused(client, pixel, event)
    assert (error["code"], error["error_subcode"], error["message"]) == (100, subcode, "Invalid parameter")
    assert error["error_user_title"]
    assert error["error_user_msg"]


@table(
    ("event", "words"),
    [
        ("not an event", "param data[1] must be an array."),
        (an_event(event_name=None), "The parameter data[1][event_name] is required."),
        (an_event(event_name=" "), "data[1][event_name] is required"),
        (an_event(event_time=None), "data[1][event_time] is required"),
        (an_event(event_time=NOW * 1000), "must be a Unix timestamp in seconds"),
        (an_event(event_time="2026-11-01"), "must be a Unix timestamp in seconds"),
        (an_event(event_time=NOW + DAY), "is in the future"),
        (an_event(action_source=None), "data[1][action_source] is required"),
        (an_event(action_source="web"), "Param data[1][action_source] must be one of"),
        (an_event(event_source_url=None), "data[1][event_source_url] is required"),
        (an_event(user_data=None), "data[1][user_data] is required"),
        (an_event(custom_data={"value": "many"}), "[custom_data][value] must be a number"),
        (an_event(custom_data={"currency": "euros"}), "must be a currency code"),
        (an_event(event_name="Purchase", custom_data={"currency": "EUR"}), "[custom_data][value] is required"),
        (an_event(data_processing_options=["ALL"]), "data_processing_options"),
        (an_event(action_source="app"), "data[1][app_data] is required"),
        (an_event(action_source="app", app_data={"advertiser_tracking_enabled": 1}), "application_tracking_enabled"),
    ],
)
def test_bad_events_without_a_number_of_their_own(client: Any, pixel: str, event: Any, words: str) -> None:
    error = refused(client, pixel, event)
    assert error["code"] == 100
    assert words in error["message"]


@pytest.mark.thorough
def test_a_thousand_events_and_not_one_more(client: Any, pixel: str) -> None:
    assert client.post(f"{pixel}/events", data=[an_event()] * 1000)["events_received"] == 1000
    assert "up to 1000 events" in client.post(f"{pixel}/events", data=[an_event()] * 1001)["error"]["message"]
    assert "data is required" in client.post(f"{pixel}/events", data=[])["error"]["message"]
    assert len(client.sandbox.events(pixel)) == 1000


def test_the_same_event_counts_once_within_two_days(client: Any, pixel: str) -> None:
    def send(**changes: Any) -> None:
        client.post(f"{pixel}/events", data=[an_event(event_time=NOW - 60, **changes)])

    send(event_id="e1")
    send(event_id="e1")
    send(event_id="e2")
    send(event_id="e1", event_name="Contact")
    assert [event.get("duplicate") for event in client.sandbox.events(pixel)] == [None, True, None, None]
    [row] = client.get(f"{pixel}/stats", aggregation="event_total_counts")["data"]
    assert {each["value"]: each["count"] for each in row["data"]} == {"Lead": 2, "Contact": 1}
    client.sandbox.advance(days=2, minutes=1)
    send(event_id="e1")
    assert "duplicate" not in client.sandbox.events(pixel)[-1]


def test_test_events_are_marked(client: Any, pixel: str) -> None:
    client.post(f"{pixel}/events", data=[an_event()], test_event_code="TEST123")
    assert client.sandbox.events(pixel) == [{**an_event(), "test_event_code": "TEST123"}]


def test_the_journal_counts_events_and_keeps_none(client: Any, pixel: str) -> None:
    planted = "planted@example.com"
    client.post(f"{pixel}/events", data=[an_event(), an_event(user_data={"em": planted})], test_event_code="T1")
    entry = client.sandbox.journal[-1]
    assert entry.params == {"data": {"events": 2}, "test_event_code": "T1"}
    assert planted not in repr(client.sandbox.journal)


def test_events_survive_a_snapshot(client: Any, pixel: str, tmp_path: Any) -> None:
    client.post(f"{pixel}/events", data=[an_event(event_id="e1")])
    client.sandbox.save(tmp_path / "s.json")
    other = type(client)()
    other.sandbox.load(tmp_path / "s.json")
    other.session = other.sandbox.session()
    other.post(f"{pixel}/events", data=[an_event(event_id="e1")])
    assert [event.get("duplicate") for event in other.sandbox.events(pixel)] == [None, True]


# Custom conversions


def create(client: Any, **more: Any) -> Answer:
    return dict(client.post("act_1/customconversions", **{"name": "Thanks page", **more}))


RULE = {"and": [{"event": {"eq": "Purchase"}}, {"or": [{"url": {"i_contains": "thanks"}}]}]}


def test_a_custom_conversion_reads_back(client: Any, pixel: str) -> None:
    made = create(client, event_source_id=pixel, rule=RULE, custom_event_type="PURCHASE", default_conversion_value=12.5)
    assert made == {"id": made["id"], "is_custom_event_type_predicted": "0"}
    fields = "account_id,name,rule,custom_event_type,default_conversion_value,pixel,event_source_type,is_archived"
    assert client.get(made["id"], fields=f"{fields},is_unavailable,creation_time,data_sources,last_fired_time") == {
        "id": made["id"],
        "account_id": "1",
        "name": "Thanks page",
        "rule": json.dumps(RULE),
        "custom_event_type": "PURCHASE",
        "default_conversion_value": 12.5,
        "pixel": {"id": pixel},
        "event_source_type": "pixel",
        "is_archived": False,
        "is_unavailable": False,
        "creation_time": "2026-11-01T04:00:00-0800",
        "data_sources": [{"id": pixel, "name": "Shop", "source_type": "PIXEL"}],
    }
    assert [row["id"] for row in client.get("act_1/customconversions")["data"]] == [made["id"]]
    assert create(client, name="Guessed")["is_custom_event_type_predicted"] == "1"


@table(
    "params",
    [
        {"name": ""},
        {"custom_event_type": "BUY"},
        {"action_source_type": "shop"},
        {"rule": "no json"},
        {"rule": "[]"},
        {"event_source_id": "999"},
        {"default_conversion_value": -1},
        {"default_conversion_value": "many"},
    ],
)
def test_conversions_that_can_not_be(client: Any, params: Answer) -> None:
    assert create(client, **params)["error"]["code"] == 100
    assert client.get("act_1/customconversions") == {"data": []}


def test_another_accounts_pixel_is_no_source(client: Any) -> None:
    other = client.post("act_3/adspixels", name="Theirs")["id"]
    assert create(client, event_source_id=other)["error"]["error_subcode"] == 33


@pytest.mark.thorough
def test_names_differ_and_a_hundred_are_all(client: Any) -> None:
    first = create(client)["id"]
    assert create(client)["error"]["error_user_title"] == "Name Already Used"
    assert "id" in client.post("act_2/customconversions", name="Thanks page")
    second = create(client, name="Other")["id"]
    assert client.post(second, name="Thanks page")["error"]["error_user_title"] == "Name Already Used"
    assert client.post(first, name="Thanks page", description="Same name, own") == {"success": True}
    for number in range(98):
        assert "id" in create(client, name=f"C{number}")
    assert create(client, name="One more")["error"]["error_user_title"] == "Too Many Custom Conversions"


def test_conversions_change_and_go(client: Any, pixel: str) -> None:
    made = create(client, event_source_id=pixel, rule=RULE)["id"]
    changes = {"name": "New", "description": "Words", "default_conversion_value": 7}
    assert client.post(made, rule={"url": {"eq": "x"}}, **changes) == {"success": True}
    assert client.get(made, fields="name,description,default_conversion_value,rule") == {
        "id": made,
        **changes,
        "rule": json.dumps(RULE),
    }
    assert client.session.get(f"{GRAPH}/{made}/stats").status_code == 501
    assert client.delete(made) == {"success": True}
    assert client.get(made)["error"]["error_subcode"] == 33
