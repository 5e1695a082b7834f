"""The Conversions API: events checked, hashed, sent 1,000 to a request, counted once, and never shown."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import APIError, FacebookAds, Money, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.sandbox import GraphError, LostResponse, Sandbox
from admonster_fb.services.conversions import MAX_REMEMBERED
from admonster_fb.transport.last_seen import Recent
from admonster_fb.workflows.pixels import send_conversion_events

PIXEL = "604381177220931"
MARY, PHONE = "mary.planted@example.com", "+1 555 010 7788"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
def event(fb: FacebookAds) -> dict[str, Any]:
    return {
        "event_name": "Purchase",
        "event_time": int(fb.now().timestamp()) - 60,
        "action_source": "email",
        "user_data": {"em": MARY, "ph": PHONE},
        "custom_data": {"value": "12.50 USD"},
    }


def counted(sandbox: Sandbox) -> int:
    """How many events Meta counts: those it has not had before."""
    return sum("duplicate" not in event for event in sandbox.events(PIXEL))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_an_event_arrives_hashed_with_its_worth(fb: FacebookAds, sandbox: Sandbox, event: Any) -> None:
    sent = fb.conversions.send(PIXEL, [event])
    assert (sent.count, sent.received, sent.named) == (1, 1, 1)
    assert sent.batches[0].fbtrace_id
    [arrived] = sandbox.events(PIXEL)
    assert arrived["user_data"] == {"em": sha(MARY), "ph": sha("15550107788")}
    assert arrived["custom_data"] == {"value": 12.5, "currency": "USD"}
    assert len(arrived["event_id"]) == 32


@pytest.mark.thorough
@table("value", [Money("12.50 USD"), Decimal("12.50"), 12.5, "12.50", "12.50 USD"])
def test_a_worth_is_in_major_units(fb: FacebookAds, sandbox: Sandbox, event: Any, value: Any) -> None:
    fb.conversions.send(PIXEL, [{**event, "custom_data": {"value": value, "currency": "USD"}}])
    assert sandbox.events(PIXEL)[0]["custom_data"] == {"value": 12.5, "currency": "USD"}


@pytest.mark.thorough
def test_thousands_go_a_thousand_to_a_request(fb: FacebookAds, sandbox: Sandbox, event: Any) -> None:
    told: list[int] = []
    many = ({**event, "user_data": {"em": f"p{number}@example.com"}} for number in range(2_500))
    sent = fb.conversions.send(PIXEL, many, progress=lambda batch: told.append(batch.count))
    assert told == [1_000, 1_000, 500]
    assert [batch.first for batch in sent.batches] == [0, 1_000, 2_000]
    assert len({batch.fbtrace_id for batch in sent.batches}) == 3
    assert len(sandbox.events(PIXEL)) == sent.received == 2_500


def test_a_lost_answer_is_asked_for_again_and_counts_once(fb: FacebookAds, sandbox: Sandbox, event: Any) -> None:
    sandbox.fail_next("POST */events", LostResponse())
    assert fb.conversions.send(PIXEL, [event]).received == 1
    assert counted(sandbox) == 1
    fb.conversions.send(PIXEL, [event])
    assert counted(sandbox) == 1, "the same list sent once more"
    fb.conversions.send(PIXEL, [event, event])
    assert counted(sandbox) == 2, "two coffees of one day are two"
    assert len(sandbox.events(PIXEL)) == 5


def test_an_event_keeps_the_id_of_the_pixel(fb: FacebookAds, sandbox: Sandbox, event: Any) -> None:
    assert fb.conversions.send(PIXEL, [{**event, "event_id": "order-7"}]).named == 0
    assert sandbox.events(PIXEL)[0]["event_id"] == "order-7"


def test_test_events_are_marked(fb: FacebookAds, sandbox: Sandbox, event: Any) -> None:
    fb.conversions.send(PIXEL, [event], test_event_code="TEST123")
    assert sandbox.events(PIXEL)[0]["test_event_code"] == "TEST123"
    with pytest.raises(ParameterError, match="test_event_code"):
        fb.conversions.send(PIXEL, [event], test_event_code=" ")


def test_app_and_shop_events(fb: FacebookAds, sandbox: Sandbox, event: Any) -> None:
    extinfo = ["i2", "", "", "", "17.0", *[""] * 11]
    app = {**event, "action_source": "app"}
    app["app_data"] = {"advertiser_tracking_enabled": True, "application_tracking_enabled": True, "extinfo": extinfo}
    shop = {**event, "action_source": "physical_store", "event_time": fb.now() - timedelta(days=60)}
    fb.conversions.send(PIXEL, [app, shop])
    assert [each["action_source"] for each in sandbox.events(PIXEL)] == ["app", "physical_store"]


@pytest.mark.thorough
@table(
    ("change", "field"),
    [
        ({"event_name": ""}, "event_name"),
        ({"event_time": 0}, "event_time"),
        ({"event_time": 1793534400000}, "event_time"),
        ({"action_source": "store"}, "action_source"),
        ({"action_source": "website"}, "event_source_url"),
        ({"action_source": "website", "event_source_url": "https://example.com/"}, "user_data.client_user_agent"),
        ({"action_source": "app"}, "app_data.advertiser_tracking_enabled"),
        ({"user_data": {}}, "user_data"),
        ({"user_data": {"fn": "mary"}}, "user_data"),
        ({"custom_data": {"value": 5}}, "custom_data.currency"),
        ({"custom_data": {"value": "5.00 EUR", "currency": "USD"}}, "custom_data.currency"),
        ({"custom_data": {"value": "much", "currency": "USD"}}, "custom_data.value"),
        ({"data_processing_options": ["LDU"]}, "data_processing_options_state"),
        ({"evnt_id": "1"}, "evnt_id"),
    ],
)
def test_what_meta_would_refuse_is_refused_unsent(
    fb: FacebookAds, writes: Any, event: Any, change: Any, field: str
) -> None:
    before = len(writes())
    with pytest.raises(ParameterError) as error:
        fb.conversions.send(PIXEL, [{**event, **change}])
    assert f"events.0.{field}" in [each.field for each in error.value.violations], error.value
    assert len(writes()) == before
    sent = fb.conversions.send(PIXEL, [event, {**event, **change}, event])
    assert sent.received == 2, "one wrong event is no reason to refuse the others"
    assert (field, [1]) in [(each.key, each.events) for each in sent.refused]


@pytest.mark.thorough
@table(
    ("change", "sent"),
    [
        ({"custom_data": {"value": None, "order_id": "1"}}, {"custom_data": {"order_id": "1"}}),
        ({"event_source_url": None, "opt_out": None}, {"event_source_url": ...}),
        ({"custom_data": {"contents": [{"id": "a", "title": None}]}}, {"custom_data": {"contents": [{"id": "a"}]}}),
        ({"custom_data": {"contents": [{"id": "a", "quantity": 1.5}], "num_items": 2.5}}, ...),
        ({"event_source_url": "HTTPS://Example.com/"}, ...),
    ],
)
def test_what_the_sdk_sends_too_is_sent_as_the_sdk_sends_it(
    fb: FacebookAds, sandbox: Sandbox, event: Any, change: Any, sent: Any
) -> None:
    assert fb.conversions.send(PIXEL, [{**event, "event_name": "Lead", **change}]).refused == []
    made = sandbox.events(PIXEL)[-1]
    for name, value in (change if sent is ... else sent).items():
        assert made.get(name, ...) == value


@table("event_name", ["Purchase", "Subscribe"])
def test_data_left_empty_is_as_if_it_were_not_given(fb: FacebookAds, event: Any, event_name: str) -> None:
    data = {"value": None, "currency": None}
    empty = fb.conversions.send(PIXEL, [event, {**event, "event_name": event_name, "custom_data": data}])
    refused = [each.key for each in empty.refused]
    assert refused == (["custom_data.value", "custom_data.currency"] if event_name == "Purchase" else [])


def test_everything_the_sdk_leaves_out_is_left_out(fb: FacebookAds, sandbox: Sandbox, event: Any) -> None:
    from facebook_business.adobjects.serverside.content import Content
    from facebook_business.adobjects.serverside.custom_data import CustomData

    of_sdk = CustomData(value=2.5, currency="usd", contents=[Content(product_id="a", item_price=2.5)])
    names = CustomData.param_types.keys() - {"contents", "custom_properties"}
    given = {name: getattr(of_sdk, name) for name in names}
    content = {"id": "a", "item_price": 2.5, **dict.fromkeys(("quantity", "title", "brand", "category"))}
    fb.conversions.send(PIXEL, [{**event, "custom_data": {**given, "contents": [content]}}])
    made = sandbox.events(PIXEL)[0]["custom_data"]
    assert {**made, "currency": made["currency"].lower()} == of_sdk.normalize()


@table("events", [[], "x", {"event_name": "Lead"}, [5], [None]])
def test_what_is_no_list_of_events_is_refused(fb: FacebookAds, writes: Any, events: Any) -> None:
    with pytest.raises(ParameterError, match="events"):
        fb.conversions.send(PIXEL, events)
    assert writes() == []


@pytest.mark.thorough
@table("made", [list, iter])
def test_wrong_events_of_any_request_are_left_out_and_told(made: Any, fb: FacebookAds, event: Any) -> None:
    events = [{**event, "event_id": str(number)} for number in range(2_500)]
    events[1_000:2_000] = [{**event, "event_time": 0}] * 1_000
    events[2_400] = {**event, "event_time": 0}
    sent = fb.conversions.send(PIXEL, made(events))
    assert (sent.count, [(batch.first, batch.count) for batch in sent.batches]) == (1_499, [(0, 1_000), (2_000, 499)])
    [wrong] = sent.refused
    assert (wrong.key, wrong.count, wrong.events[0], len(wrong.events)) == ("event_time", 1_001, 1_000, 100)


def test_what_cannot_be_used_is_counted_by_event(fb: FacebookAds, event: Any) -> None:
    half = {**event, "user_data": {"em": "no address", "ph": PHONE}}
    sent = fb.conversions.send(PIXEL, [event, half, half])
    [left] = sent.left_out
    assert (left.key, left.count, left.events) == ("em", 2, [1, 2])
    assert "no address" not in str(sent)


def test_a_refusal_shows_nothing_of_a_customer(fb: FacebookAds, sandbox: Sandbox, event: Any) -> None:
    browser = {**event, "user_data": {**event["user_data"], "client_user_agent": "Planted/5.0"}}
    said = "Bad agent Planted/5.0"
    sandbox.fail_next("POST */events", GraphError(100, 2804003, said, user_title=said, user_msg=said))
    with pytest.raises(APIError) as error:
        fb.conversions.send(PIXEL, [browser])
    shown = f"{error.value!r} {error.value} {vars(error.value)} {error.value.__notes__}"
    assert "Planted" not in shown
    assert "Events 0 to 0 were refused" in shown


def planted(tmp_path: Path, event: Any) -> Iterator[tuple[str, Path]]:
    whole, lines = tmp_path / "events.json", tmp_path / "events.jsonl"
    whole.write_text(json.dumps([event, event]))
    lines.write_text("\n".join([json.dumps(event), "", json.dumps(event)]))
    yield from (("whole", whole), ("lines", lines))


def test_events_come_from_files(fb: FacebookAds, sandbox: Sandbox, event: Any, tmp_path: Path) -> None:
    for name, path in planted(tmp_path, event):
        assert send_conversion_events(fb, PIXEL, events_path=path).received == 2, name
    assert counted(sandbox) == 2
    broken = tmp_path / "broken.jsonl"
    broken.write_text(json.dumps(event) + "\n{" + MARY)
    with pytest.raises(ParameterError, match="line 2") as error:
        send_conversion_events(fb, PIXEL, events_path=broken)
    assert MARY not in str(error.value)
    for given in ({}, {"events": [event], "events_path": broken}, {"events_path": tmp_path / "none.json"}):
        with pytest.raises(ParameterError, match="events"):
            send_conversion_events(fb, PIXEL, **given)  # type: ignore[arg-type]


def test_the_model_sees_no_customer(
    fb: FacebookAds, sandbox: Sandbox, event: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps([event]))
    bad.write_text(json.dumps([{**event, "event_time": MARY}]))
    tool = FacebookTool(fb, files=tmp_path)
    args: list[dict[str, Any]] = [
        {"events_path": "good.json"},
        {"events_path": "bad.json"},
        {"events": [event]},
        {"events": [{**event, "user_data": MARY}]},
        {"events": [{MARY: PHONE, "user_data": {"em": [MARY, 5, None]}}]},
    ]
    results = [tool.call({"op": "send_conversion_events", "args": {"pixel_id": PIXEL, **each}}) for each in args]
    assert [result.ok for result in results] == [True, False, True, False, False]
    shown = "\n".join([*(f"{result.text} {result!r}" for result in results), caplog.text, repr(sandbox.journal)])
    for secret in (MARY, "mary.planted", PHONE, "010 7788", "0107788"):
        assert secret not in shown
    outside = tool.call({"op": "send_conversion_events", "args": {"pixel_id": PIXEL, "events_path": "../x.json"}})
    assert not outside.ok
    assert not FacebookTool(fb).call({"op": "send_conversion_events", "args": {"pixel_id": PIXEL, **args[0]}}).ok


@pytest.mark.thorough
def test_what_is_remembered_of_a_long_list_takes_no_longer_the_longer_it_is() -> None:
    """The first of a plain dict is found ever later, as what was deleted before it is looked past."""
    seen, seconds = Recent[bytes, int](MAX_REMEMBERED), []
    for start in range(0, 2 * MAX_REMEMBERED, MAX_REMEMBERED):
        began = time.process_time()
        for number in range(start, start + MAX_REMEMBERED):
            seen[b"%d" % number] = seen.pop(b"%d" % number, 0) + 1
        seconds.append(time.process_time() - began)
    assert len(seen) == MAX_REMEMBERED
    assert seconds[1] < 10 * seconds[0]  # it was sixty times as long
