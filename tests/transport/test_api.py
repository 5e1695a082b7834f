"""What the one place that sends keeps of an answer, and what it holds back before anything is sent."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, errors
from admonster_fb.transport.api import decode, decode_object
from admonster_fb.transport.request import Call

from .conftest import Clock, Connect, Wire, answer, error

READ, WRITE = Call("GET", ("120",)), Call("POST", ("120",), {"name": "A"}, kind="Campaign")
STOP = Call("POST", ("120",), {"status": "PAUSED"}, kind="Campaign")


@pytest.mark.thorough
@table(
    "date, ahead",
    [
        ("Sun, 01 Nov 2026 00:00:30 GMT", 30),
        ("Sat, 31 Oct 2026 23:59:30 -0000", -30),  # no zone is UTC
        ("Sun, 01 Nov 2026 01:00:30 +0100", 30),
        ("Mon, 30 Sep 2126 00:00:00 GMT", 36_492 * 86_400),
        ("Fri, 01 Nov 2126 00:00:00 GMT", 0),
        ("yesterday", 0),
        ("", 0),
    ],
    fresh=True,
)
def test_the_time_is_meta_s_as_far_as_it_can_be(
    date: str, ahead: float, wire: Wire, connect: Connect, clock: Clock
) -> None:
    wire.script.append(answer({"id": "120"}, Date=date))
    fb = connect()
    fb.campaigns.get("120")
    assert fb.api.meta_time() - clock.now() == timedelta(seconds=ahead)
    clock.pass_by(7)
    assert fb.api.meta_time() - clock.now() == timedelta(seconds=ahead)


def test_what_meta_says_about_the_version_is_kept_and_logged_once(
    wire: Wire, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    warning = f"v26.0 ends soon, access_token={'x' * 30} " + "y" * 400
    wire.otherwise = answer({"id": "120"}, x_ad_api_version_warning=warning)
    fb = connect()
    assert fb.api.version_warning is None
    for _ in range(2):
        fb.campaigns.get("120")
    kept = fb.api.version_warning
    assert kept is not None
    assert kept.startswith("v26.0 ends soon, access_token=[redacted] yyy")
    assert len(kept) == 300
    assert [each.getMessage() for each in caplog.records if "Meta: " in each.getMessage()] == [f"Meta: {kept}"]
    wire.otherwise = answer({"id": "120"})
    fb.campaigns.get("120")
    assert fb.api.version_warning == kept


@table("version, warned", [("v20.0", True), ("v26.0", False)])
def test_a_version_that_has_ended_is_warned_of(
    version: str, warned: bool, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    connect(settings={"version": version})
    assert (f"ads calls of {version} ended" in caplog.text) is warned


def test_while_only_reading_nothing_is_changed(wire: Wire, connect: Connect) -> None:
    fb = connect()
    fb.api.read_only = True
    for call in (WRITE, STOP, Call("DELETE", ("120",)), Call("POST", ("act_1", "campaigns"), {"name": "A"})):
        with pytest.raises(errors.ParameterError, match="calls that only read"):
            fb.api.send(call, decode)
    assert wire.received == []
    fb.api.send(READ, decode)
    fb.api.send(Call("POST", ("act_1", "insights")), decode)
    assert [request.method for request in wire.received] == ["GET", "POST"]


def filled(fb: FacebookAds, percent: float) -> FacebookAds:
    fb.api.usage.record_headers({"x-app-usage": json.dumps({"call_count": percent})}, None)
    return fb


@table(
    "call, percent, max_wait, waits",
    [
        (READ, 74, 60, []),
        (READ, 85, 60, [1.0]),
        (READ, 96, 60, [60.0]),
        (READ, 96, 59, None),
        (WRITE, 96, 59, None),
        (STOP, 96, 59, []),
        (Call("GET", ("120",), once=True), 85, 60, [1.0]),
        (Call("GET", ("120",), once=True), 96, 60, None),
        (Call("GET", ("120",), once=True), 85, 0.5, [1.0]),
    ],
    fresh=True,
)
def test_a_limit_that_is_nearly_used_up_is_waited_for_as_long_as_allowed(
    call: Call, percent: float, max_wait: float, waits: list[float] | None, connect: Connect, clock: Clock
) -> None:
    api = filled(connect(max_wait=max_wait), percent).api
    if waits is None:
        with pytest.raises(errors.RateLimited, match="held back") as raised:
            api.throttle(call)
        assert raised.value.retry_after == 60
        assert clock.slept == []
    else:
        api.throttle(call)
        assert clock.slept == pytest.approx(waits)


def response(status: int, body: Any, **headers: str) -> Any:
    return SimpleNamespace(
        content=body if isinstance(body, bytes) else json.dumps(body).encode(), status_code=status, headers=headers
    )


USE = {"type": "ads_management", "call_count": 100, "estimated_time_to_regain_access": 2}
WAIT = {"x-business-use-case-usage": json.dumps({"1": [USE]})}


@table(
    "status, body, kind, message",
    [
        (200, {"id": "1"}, None, ""),
        (299, [1], None, ""),
        (200, None, None, ""),
        (300, {"id": "1"}, errors.TransientError, "HTTP 300 with a broken object instead of JSON"),
        (502, b"<html>", errors.TransientError, "HTTP 502 with an HTML page instead of JSON"),
        (200, b"", errors.TransientError, "HTTP 200 with an empty body instead of JSON"),
        (200, error(100), errors.InvalidParameterError, "Told by Meta"),
        (400, error(17), errors.RateLimited, "Told by Meta"),
        (500, error(2), errors.TransientError, "Told by Meta"),
    ],
)
def test_a_body_is_decoded_or_is_an_error(status: int, body: Any, kind: Any, message: str) -> None:
    if kind is None:
        assert decode(response(status, body), "GET 1") == body
        return
    with pytest.raises(kind, match=message) as raised:
        decode(response(status, body), "GET 1")
    assert (raised.value.http_status, raised.value.request) == (status, "GET 1")


@table("status, named", [(399, False), (400, True), (500, True)])
def test_how_long_to_wait_is_read_of_refusals(status: int, named: bool) -> None:
    with pytest.raises(errors.RateLimited) as raised:
        decode(response(status, error(17), **WAIT), "GET 1")
    assert raised.value.retry_after == (pytest.approx(120, abs=1) if named else None)


@table("body", [[], "a", 5, None])
def test_an_object_is_demanded(body: Any) -> None:
    assert decode_object(response(200, {"id": "1"}), "GET 1") == {"id": "1"}
    with pytest.raises(errors.TransientError, match="instead of JSON"):
        decode_object(response(200, body), "GET 1")


def test_the_account_of_a_call_is_known_by_its_object(connect: Connect) -> None:
    fb = connect()
    fb.api.owners["120"] = "act_7"
    paths: list[tuple[str, ...]] = [("act_1", "ads"), ("120",), ("121",), ()]
    assert [fb.api.account_id_of(Call("GET", path)) for path in paths] == ["act_1", "act_7", None, None]


@pytest.mark.thorough
@table(
    "status, code, unknown",
    [(200, None, True), (500, None, True), (500, 2, False), (400, 100, False), (500, 1, False)],
    fresh=True,
)
def test_a_write_that_meta_answers_without_a_code_is_open(
    status: int, code: int | None, unknown: bool, wire: Wire, connect: Connect
) -> None:
    wire.otherwise = answer(error(code), status) if code else answer("<html>", status)
    kind = errors.OutcomeUnknown if unknown else errors.APIError
    with pytest.raises(kind):
        connect().api.send(Call("POST", ("120", "copies")), decode_object)
    assert len(wire.received) == 1


def test_a_call_that_is_sent_once_is_not_tried_again(wire: Wire, connect: Connect) -> None:
    wire.script.append(answer(error(2), 500))
    with pytest.raises(errors.TransientError):
        connect().api.send(Call("GET", ("120",), once=True), decode)
    assert len(wire.received) == 1
