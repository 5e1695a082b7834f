"""The receiver of webhooks: ten thousand deliveries, most of them wrong; and the bodies that were recorded."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import logging
import random
import time
from collections import Counter
from typing import Any

import pytest
from recordings import recordings
from tables import table

from admonster_fb import ParameterError
from admonster_fb.webhooks import CommentChanged, Event, LeadCreated, PermissionChanged, Receiver, parse
from admonster_fb.webhooks import receiver as module

SECRET, NAME = "the app's secret", "Wilhelmina Ötztal"


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


def lead(number: int, *, text: bool = False) -> dict[str, Any]:
    ids = {"leadgen_id": 444_000_000_000 + number, "page_id": 1, "form_id": 2, "ad_id": 0}
    value = {name: str(value) if text else value for name, value in ids.items()}
    return {"field": "leadgen", "value": {**value, "created_time": 1_800_000_000 + number}}


def delivery(changes: list[dict[str, Any]], at: int = 1_800_000_000, kind: str = "page") -> bytes:
    return json.dumps({"object": kind, "entry": [{"id": "1", "time": at, "changes": changes}]}).encode()


def mutated(chance: random.Random, body: bytes) -> tuple[dict[str, str], bytes]:
    """Return a delivery that must not be accepted: changed after it was signed, or signed by another."""
    kind = chance.randrange(8)
    headers = signed(body)
    value = headers["X-Hub-Signature-256"]
    if kind == 0:
        return headers, body[: chance.randrange(len(body))]
    if kind == 1:
        place = chance.randrange(len(body))
        return headers, body[:place] + bytes([body[place] ^ (1 + chance.randrange(255))]) + body[place + 1 :]
    if kind == 2:
        return signed(body, "another secret"), body
    if kind == 3:
        return {}, body
    if kind == 4:
        return {"X-Hub-Signature-256": value.removeprefix("sha256=")}, body
    if kind == 5:
        return {"X-Hub-Signature-256": f"sha1={hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()}"}, body
    if kind == 6:
        return {
            "X-Hub-Signature-256": chance.choice(["sha256=", "sha256=é" + value[8:], value[:-1], value + "0", "\0"])
        }, body
    return headers, json.dumps(json.loads(body), indent=1).encode()


@pytest.mark.thorough
def test_of_ten_thousand_deliveries_no_wrong_one_counts_no_right_one_is_lost_each_event_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, logger="admonster_fb")  # thousands of refusals
    chance, seen = random.Random(23), Counter[str]()
    receiver = Receiver(SECRET, "mine", {"leadgen": lambda event: seen.update([event.leadgen_id])}, background=False)
    sent: set[str] = set()
    rights: list[tuple[bytes, set[str]]] = []
    slowest = 0.0
    for number in range(10_000):
        if chance.random() < 0.2:
            changes = [lead(chance.randrange(20_000), text=chance.random() < 0.5) for _ in range(1 + number % 3)]
            ids = {str(change["value"]["leadgen_id"]) for change in changes}
            body = delivery(changes, 1_800_000_000 + chance.randrange(9_999))
            body = chance.choice([body, body, body.decode().encode("utf-16"), b"\xef\xbb\xbf" + body])
            body, ids = chance.choice([(body, ids), *rights[-50:]])
            rights.append((body, ids))
            headers, expected = signed(body), 200
            sent |= ids
        else:
            forged = delivery([lead(90_000 + number)])
            headers, body = mutated(chance, forged)
            expected = 403
        begun = time.thread_time()
        status = receiver.handle("POST", {}, headers, body).status
        slowest = max(slowest, time.thread_time() - begun)
        assert status == expected, (number, headers, body[:80])
        if number % 200 == 0:
            receiver.drain()
    receiver.drain()
    assert {*seen} == sent
    assert {*seen.values()} == {1}
    assert slowest < 0.05


@pytest.mark.thorough
def test_a_delivery_of_a_thousand_changes_is_answered_at_once_and_one_too_large_is_refused() -> None:
    receiver = Receiver(SECRET, "mine", {}, background=False)
    body = delivery([lead(number) for number in range(1000)])
    begun = time.thread_time()
    assert receiver.handle("POST", {}, signed(body), body).status == 200
    assert time.thread_time() - begun < 0.05
    assert receiver.drain() == 1000
    huge = b" " * (module.MOST_BYTES + 1)
    assert receiver.handle("POST", {}, signed(huge), huge).status == 413


def test_an_error_of_a_function_costs_its_event_only_and_nothing_of_it_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[str] = []

    def fails(event: Any) -> None:
        seen.append(event.leadgen_id)
        if len(seen) == 1:
            raise ValueError(NAME)

    receiver = Receiver(SECRET, "mine", {"leadgen": fails}, background=False)
    body = delivery([lead(1), lead(2), {"field": "feed", "value": {"item": "comment", "message": NAME}}])
    receiver.handle("POST", {}, signed(body), body)
    bad = json.dumps({"name": NAME}).encode()
    receiver.handle("POST", {}, signed(bad), bad)
    receiver.handle("POST", {}, {}, body)
    receiver.drain()
    assert len(seen) == 2
    assert len(caplog.records) == 3
    assert not [record for record in caplog.records if NAME in record.getMessage() or record.exc_info]
    logging.getLogger("admonster_fb").warning("ended")


def test_events_are_forgotten_after_the_time_in_which_meta_repeats_them() -> None:
    now, seen = [0.0], []
    receiver = Receiver(SECRET, "mine", {"*": seen.append}, background=False, clock=lambda: now[0])
    body = delivery([{"field": "effective_status", "value": {"object_id": "7"}}], kind="ad_account")
    for moment in (0.0, 100.0, 36 * 3600 + 1.0):
        now[0] = moment
        receiver.handle("POST", {}, signed(body), body)
        receiver.drain()
    assert len(seen) == 2


@pytest.mark.thorough
def test_more_than_can_wait_is_sent_again_by_meta() -> None:
    receiver = Receiver(SECRET, "mine", {}, background=False)
    body = delivery([lead(1)])
    statuses = Counter(receiver.handle("POST", {}, signed(body), body).status for _ in range(module.MOST_WAITING + 5))
    assert statuses == {200: module.MOST_WAITING, 503: 5}
    assert receiver.drain() == 1


@pytest.mark.parametrize("separator", [".", "_"])
def test_the_handshake_is_answered_with_the_challenge_only(separator: str) -> None:
    receiver = Receiver(SECRET, "mine", {})
    query = {
        f"hub{separator}{name}": value
        for name, value in (("mode", "subscribe"), ("challenge", "00115é"), ("verify_token", "mine"))
    }
    assert receiver.handle("GET", query).text == "00115é"
    for name, value in (("verify_token", "other"), ("verify_token", ""), ("mode", "unsubscribe"), ("challenge", "")):
        assert receiver.handle("GET", {**query, f"hub{separator}{name}": value}).status == 403
    assert receiver.handle("PUT", {}).status == 405


def wsgi(
    receiver: Receiver, method: str, body: bytes = b"", length: str | None = None, query: str = "", **headers: str
) -> Any:
    answers: list[Any] = []
    environ = {"REQUEST_METHOD": method, "QUERY_STRING": query, "wsgi.input": io.BytesIO(body)}
    environ |= {"CONTENT_LENGTH": str(len(body)) if length is None else length}
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    text = b"".join(receiver.wsgi(environ, lambda status, lines: answers.append((status, dict(lines)))))
    return int(answers[0][0][:3]), text, answers[0][1]


def asgi(receiver: Receiver, method: str, parts: list[bytes], query: bytes = b"", **headers: str) -> tuple[int, bytes]:
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": part, "more_body": i + 1 < len(parts)} for i, part in enumerate(parts)]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "query_string": query, "headers": lines}
    asyncio.run(receiver.asgi(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


def test_any_host_mounts_it_as_wsgi_or_asgi() -> None:
    seen: list[Any] = []
    receiver = Receiver(SECRET, "mine", {"leadgen": seen.append}, background=False)
    body = delivery([lead(1)])
    query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=mine"
    assert wsgi(receiver, "GET", query=query)[:2] == (200, b"1158201444")
    assert asgi(receiver, "GET", [b""], query.encode()) == (200, b"1158201444")
    status, _, lines = wsgi(receiver, "POST", body, **signed(body))
    assert (status, lines["X-Content-Type-Options"]) == (200, "nosniff")
    assert asgi(receiver, "POST", [body[:9], body[9:]], **signed(body))[0] == 200
    assert wsgi(receiver, "POST", body, length=str(len(body) + 1), **signed(body))[0] == 400
    assert wsgi(receiver, "POST", body, length="-1", **signed(body))[0] == 400
    assert wsgi(receiver, "POST", b"", length=str(module.MOST_BYTES + 1))[0] == 413
    long = {"content-length": str(len(body) + 1)}
    assert asgi(receiver, "POST", [body], **long, **signed(body))[0] == 400
    assert asgi(receiver, "POST", [b" " * module.MOST_BYTES, b"  "])[0] == 413
    assert receiver.drain() == 1
    assert len(seen) == 1


def test_two_apps_have_two_secrets_and_a_receiver_without_one_is_refused() -> None:
    receiver = Receiver([SECRET, "second"], "mine", {}, background=False)
    body = delivery([lead(1)])
    assert [
        receiver.handle("POST", {}, signed(body, each), body).status for each in (SECRET, "second", "third", "")
    ] == [*(200, 200, 403, 403)]
    for secret, token in (("", "mine"), ([], "mine"), (SECRET, "")):
        with pytest.raises(ParameterError, match="required"):
            Receiver(secret, token, {})


def test_every_recorded_delivery_is_read_whole_with_ids_as_text() -> None:
    bodies = {name: each.body for name, each in recordings("webhooks").items() if "entry" in each.body}
    assert len(bodies) >= 7
    for name, body in bodies.items():
        events = parse(json.dumps(body))
        changes = [change for entry in body["entry"] for change in entry.get("changes", ())]
        assert len(events) == len(changes), name
        for event, change in zip(events, changes, strict=True):
            assert event.field == change["field"]
            raw = change.get("value")
            if raw is not None:
                kept = {key: str(value) for key, value in event.value.items()}
                lost = {key for key, value in raw.items() if kept.get(key) != str(value)}
                assert not lost - {"ad_id", "adgroup_id"}, name
        kinds = {type(event) for event in events}
        assert kinds & {LeadCreated, CommentChanged, PermissionChanged, Event}


def test_the_background_thread_does_the_work_and_a_dead_one_is_replaced() -> None:
    done = __import__("threading").Event()
    receiver = Receiver(SECRET, "mine", {"leadgen": lambda _event: done.set()})
    body = delivery([lead(1)])
    assert receiver.handle("POST", {}, signed(body), body).status == 200
    assert done.wait(5)


def entries(field: str, values: list[Any], kind: str) -> bytes:
    rows = [{"id": "1", "uid": "5", "time": at, "changes": [{"field": field, **value}]} for at, value in values]
    return json.dumps({"object": kind, "entry": rows}).encode()


STATUS = {"value": {"object_id": "7", "object_type": "ad", "changed_fields": ["effective_status"]}}
COMMENT = {"value": {"item": "comment", "comment_id": "1_2", "created_time": 5, "verb": "hide"}}
AGAIN = {
    "a permission": ("permissions", "ads_management", [{"value": {"verb": v}} for v in ("revoked", "granted")] * 2),
    "a status": ("ad_account", "effective_status", [STATUS] * 3),
    "a comment": ("page", "feed", [COMMENT, {"value": {**COMMENT["value"], "verb": "unhide"}}, COMMENT]),
    "a watch": ("ad_account", "subscriptions", [{"value": {"subscription_id": 9, "current_value": "1"}}] * 2),
}


@table("name", AGAIN)
def test_what_happens_again_is_an_event_again_and_what_is_sent_again_is_not(name: str) -> None:
    kind, field, values = AGAIN[name]
    seen: list[Any] = []
    receiver = Receiver(SECRET, "mine", {"*": seen.append}, background=False)
    body = entries(field, [(1_800_000_000 + 60 * number, value) for number, value in enumerate(values)], kind)
    for _ in range(3):
        receiver.handle("POST", {}, signed(body), body)
    receiver.drain()
    assert [event.value.get("verb") for event in seen] == [each["value"].get("verb") for each in values]


def test_an_event_whose_function_failed_is_tried_again_when_meta_repeats_it() -> None:
    seen: list[str] = []

    def fails_once(event: Any) -> None:
        seen.append(event.leadgen_id)
        if len(seen) == 1:
            raise OSError

    receiver = Receiver(SECRET, "mine", {"leadgen": fails_once}, background=False)
    body = delivery([lead(1)])
    for _ in range(3):
        receiver.handle("POST", {}, signed(body), body)
        receiver.drain()
    assert len(seen) == 2


def test_a_coroutine_function_would_never_run_and_is_refused() -> None:
    async def handler(_event: Any) -> None: ...

    for wrong in (handler, "handler"):
        with pytest.raises(ParameterError, match="leadgen"):
            Receiver(SECRET, "mine", {"leadgen": wrong})  # type: ignore[dict-item]


def test_a_function_that_ends_its_thread_costs_no_other_event() -> None:
    seen = []

    def ends(event: LeadCreated) -> None:
        seen.append(event.leadgen_id)
        if len(seen) == 1:
            raise SystemExit

    receiver = Receiver(SECRET, "mine", {"leadgen": ends}, background=False)
    body = delivery([lead(number) for number in range(3)])
    for _ in range(2):
        receiver.handle("POST", {}, signed(body), body)
        receiver.drain()
    assert seen == [f"{444_000_000_000 + number}" for number in (0, 1, 2, 0)]


@table("secret, token", [(None, "mine"), (SECRET, None)])
def test_a_secret_that_is_not_set_is_said_to_be_missing(secret: Any, token: Any) -> None:
    with pytest.raises(ParameterError, match="is required"):
        Receiver(secret, token, {})


@table("length", ["9" * 5000, "9" * 15, "1e3", "\u0661", "+5"])
def test_a_content_length_of_any_size_or_script_is_answered(length: str) -> None:
    receiver, wrong = Receiver(SECRET, "mine", {}, background=False), not length.startswith("9")
    assert wsgi(receiver, "POST", b"{}", length=length)[0] == (400 if wrong else 413)
    if length.isascii():
        assert asgi(receiver, "POST", [b"{}"], **{"content-length": length})[0] == (400 if wrong else 413)
