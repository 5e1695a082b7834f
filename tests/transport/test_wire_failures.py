"""Everything that can go wrong between us and Meta becomes one of our errors, on one line, without the token."""

from __future__ import annotations

import gc
import http.client
import logging
import pickle
import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest
import requests
import urllib3.connection
from requests.adapters import HTTPAdapter
from tables import table

from admonster_fb import FacebookAds, Settings, errors
from admonster_fb.transport.retry import READS

from .conftest import (
    APP_SECRET,
    TOKEN,
    Action,
    Connect,
    Wire,
    answer,
    chain,
    error,
    one_line,
    raw,
    reset,
    shown,
    silence,
)

HTML = "<!DOCTYPE html><html><head><title>Facebook | Error</title></head></html>"
NGINX = "<html>\r\n<head><title>400 Bad Request</title></head>\r\n<center>nginx</center>\r\n</html>"
TRIES = READS[errors.TransientError][0]

UNREADABLE: dict[str, bytes] = {
    "HTML 502": raw(502, HTML, "text/html"),
    "HTML 400": raw(400, HTML, "text/html; charset=utf-8"),
    "HTML 200": raw(200, HTML, "text/html"),
    "nginx": raw(400, NGINX, "text/html"),
    "503 with the word error": raw(503, "<html>error</html>", "text/html"),
    "truncated JSON": raw(200, '{"id": "120", "name": "Sa'),
    "empty body": raw(200),
    "empty 500": raw(500),
    "truncated page": raw(200, f'{{"data":[{{"id":"1"}}],"paging":{{"next":"https://x/?access_token={TOKEN}", '),
    "too deep": raw(200, "[" * 100_000),
    "a list": answer([]),
    "a string": answer("ok"),
    "null": raw(200, "null"),
    "500 with an object that is no error": answer({"foo": 1}, 500),
    "not UTF-8": raw(200, b"\xff\xfe\x00"),
}
LOST: dict[str, Action | bytes] = {
    "reset after the request": reset,
    "closed without an answer": lambda connection: None,
    "no answer in time": silence,
    "body cut short": b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\nConnection: close\r\n\r\n{"id"',
    "not HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
}


def create(fb: FacebookAds) -> Any:
    return fb.campaigns.create("act_1", name="Sale", objective="OUTCOME_TRAFFIC", special_ad_categories=[])


def fails(kind: type[errors.FacebookAdsError], work: Callable[[], Any]) -> errors.FacebookAdsError:
    """Do what must fail, and hold the error to what every error owes: one line, advice, no token, no foreign cause."""
    try:
        work()
    except errors.FacebookAdsError as failure:
        caught = failure
    assert type(caught) is kind, repr(caught)
    assert one_line(caught)
    assert caught.advice
    assert caught.advice.split(".")[0] in str(caught)
    assert {type(each).__module__ for each in chain(caught)} <= {"admonster_fb.errors"}
    assert TOKEN not in shown(caught)
    assert TOKEN.encode() not in pickle.dumps(caught)
    assert str(pickle.loads(pickle.dumps(caught))) == str(caught)
    return caught


@pytest.fixture(autouse=True)
def quiet_logs(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool", "requests", "admonster_fb", "facebook_business"):
        caplog.set_level(logging.DEBUG, name)
    yield
    assert TOKEN not in caplog.text
    assert not [record for record in caplog.records if TOKEN in repr(vars(record))]


@pytest.mark.thorough
@table("name", UNREADABLE, fresh=True)
def test_a_read_with_an_unreadable_answer_is_tried_again_and_then_transient(
    name: str, wire: Wire, connect: Connect, clock: Any
) -> None:
    wire.otherwise = UNREADABLE[name]
    failure = fails(errors.TransientError, lambda: connect().campaigns.get("120"))
    assert "instead of JSON" in str(failure)
    assert failure.request == "GET 120"
    assert [request.method for request in wire.received] == ["GET"] * TRIES
    assert len(clock.slept) == TRIES - 1
    assert all(0 < pause < 30 for pause in clock.slept)


@pytest.mark.thorough
@table("name", UNREADABLE, fresh=True)
def test_a_read_recovers_when_the_next_answer_is_good(name: str, wire: Wire, connect: Connect) -> None:
    wire.script.extend([UNREADABLE[name], UNREADABLE[name]])
    wire.otherwise = answer({"id": "120", "name": "Sale"})
    assert connect().campaigns.get("120").name == "Sale"
    assert len(wire.received) == 3


@pytest.mark.thorough
@table("name", UNREADABLE, fresh=True)
def test_a_write_with_an_unreadable_answer_is_sent_once_and_its_outcome_unknown(
    name: str, wire: Wire, connect: Connect
) -> None:
    wire.otherwise = UNREADABLE[name]
    for work in (create, lambda fb: fb.campaigns.update("120", status="PAUSED"), lambda fb: fb.campaigns.delete("120")):
        wire.received.clear()
        failure = fails(errors.OutcomeUnknown, lambda work=work: work(connect()))
        assert isinstance(failure, errors.OutcomeUnknown)
        assert len(wire.sent("POST")) + len(wire.sent("DELETE")) == 1
        assert "Do not resend" in str(failure)
        assert "Retry" not in str(failure)
        assert failure.check
        assert not failure.retryable


@pytest.mark.thorough
@table("name", LOST, fresh=True)
def test_an_answer_lost_on_the_way(name: str, wire: Wire, connect: Connect) -> None:
    wire.otherwise = LOST[name]
    impatient = {"timeout": (2.0, 0.03)} if name == "no answer in time" else {}
    read = fails(errors.NetworkError, lambda: connect(settings=impatient).campaigns.get("120"))
    assert read.retryable
    assert f"(127.0.0.1:{wire.port})" in str(read)  # which of Meta and a sandbox did not answer
    assert [request.method for request in wire.received] == ["GET"] * READS[errors.NetworkError][0]

    wire.received.clear()
    fails(errors.OutcomeUnknown, lambda: create(connect(settings=impatient)))
    assert len(wire.sent("POST")) == 1


@table("host", ["[::1]:9", "127.0.0.1:9", "127.0.0.1"], fresh=True)
def test_of_an_endpoint_only_host_and_port_are_told(host: str, connect: Connect) -> None:
    class Lost(HTTPAdapter):
        def send(self, *_args: Any, **_options: Any) -> Any:
            raise requests.ConnectionError("lost")

    fb = connect(settings={"adapter": Lost(), "endpoint": f"http://ann:hidden@{host}/hidden?a=hidden"})
    told = str(fails(errors.NetworkError, lambda: fb.campaigns.get("120")))
    assert f"no answer ({host})" in told
    assert "hidden" not in told


@pytest.mark.parametrize("failure", [ValueError("hostile"), UnicodeError("hostile")], ids=repr)
def test_a_failure_below_that_is_no_error_of_requests(failure: Exception, connect: Connect) -> None:
    """`requests` and `urllib3` raise more than they say for a hostile header or address."""

    class Hostile(HTTPAdapter):
        def send(self, *_args: Any, **_options: Any) -> Any:
            raise failure

    fb = connect(settings={"adapter": Hostile()})
    fails(errors.NetworkError, lambda: fb.campaigns.get("120"))
    fails(errors.OutcomeUnknown, lambda: create(fb))


@pytest.mark.thorough
def test_a_connection_reset_before_the_request_was_read(wire: Wire, connect: Connect) -> None:
    wire.unread = 2
    wire.otherwise = answer({"id": "120"})
    assert connect().campaigns.get("120").id == "120"  # the third try
    wire.unread = 1_000_000
    fails(errors.NetworkError, lambda: connect().campaigns.get("120"))
    # From here it cannot be told from a reset after it: nobody knows.
    fails(errors.OutcomeUnknown, lambda: create(connect()))


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def refused_certificate(patch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")

    patch.setattr(ssl.SSLContext, "wrap_socket", refuse)


def unknown_host(patch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    patch.setattr(socket, "getaddrinfo", unknown)


def slow_to_connect(patch: pytest.MonkeyPatch) -> None:
    def wait(*_: Any, **__: Any) -> None:
        raise TimeoutError("timed out")

    patch.setattr(urllib3.connection.connection, "create_connection", wait)


NOT_SENT: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "connection refused": (lambda patch: None, "NewConnectionError"),
    "unknown host": (unknown_host, "NameResolutionError"),
    "connect timeout": (slow_to_connect, "connecting took too long"),
    "certificate refused": (refused_certificate, "SSLCertVerificationError"),
}


@pytest.mark.thorough
@table("name", NOT_SENT, fresh=True)
def test_what_provably_never_left_is_a_network_error_for_writes_too(
    name: str, wire: Wire, connect: Connect, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, told = NOT_SENT[name]
    prepare(monkeypatch)
    endpoint = closed_port() if name == "connection refused" else wire.url
    endpoint = wire.url.replace("http:", "https:") if name == "certificate refused" else endpoint
    for work in (lambda fb: fb.campaigns.get("120"), create):
        clock.slept.clear()
        failure = fails(errors.NetworkError, lambda work=work: work(connect(settings={"endpoint": endpoint})))
        assert told in str(failure)
        assert "connection" in failure.advice
        assert len(clock.slept) == READS[errors.NetworkError][0] - 1
    assert wire.received == []


@pytest.mark.thorough
def test_a_tls_fault_after_the_request_leaves_a_write_open(
    wire: Wire, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ssl.SSLError(1, "[SSL: SSLV3_ALERT_BAD_RECORD_MAC] bad record mac")

    monkeypatch.setattr(http.client.HTTPConnection, "getresponse", broken)
    fails(errors.OutcomeUnknown, lambda: create(connect()))
    fails(errors.NetworkError, lambda: connect().campaigns.get("120"))


def test_a_real_token_on_a_dead_network_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    token = "EAA" + "Zx9" * 20
    unknown_host(monkeypatch)
    with FacebookAds(token, app_secret=APP_SECRET, clock=clock) as fb, pytest.raises(errors.NetworkError) as caught:
        fb.adaccounts.list()
    assert token not in shown(caught.value) + caplog.text
    assert "appsecret_proof" not in shown(caught.value)


@table("status", [301, 302, 303, 307, 308], fresh=True)
def test_a_redirect_is_not_followed(status: int, wire: Wire, connect: Connect) -> None:
    elsewhere = Wire()
    try:
        wire.otherwise = raw(status, HTML, "text/html", Location=f"{elsewhere.url}/v26.0/120")
        failure = fails(errors.TransientError, lambda: connect().campaigns.get("120"))
        assert f"HTTP {status}" in str(failure)
        fails(errors.OutcomeUnknown, lambda: create(connect()))
        assert elsewhere.received == []
        assert len(wire.sent("POST")) == 1
    finally:
        elsewhere.close()


@pytest.mark.thorough
@table("address", ["http://[::1", "https://\\ud800/", "//:99999999/", "http://a b/", "", "data:,"], fresh=True)
def test_the_address_of_a_redirect_is_not_read(address: str, wire: Wire, connect: Connect) -> None:
    wire.otherwise = raw(302, HTML, "text/html", Location=address)
    fails(errors.TransientError, lambda: connect().campaigns.get("120"))
    fails(errors.OutcomeUnknown, lambda: create(connect()))
    assert len(wire.sent("POST")) == 1


ODD_ERRORS: dict[str, tuple[Any, int, type[errors.APIError]]] = {
    "200 with an error": (error(100, 33), 200, errors.NotFoundError),
    "200 with a string": ({"error": "Something went wrong"}, 200, errors.APIError),
    "400 with a string": ({"error": "invalid_request"}, 400, errors.APIError),
    "400 with null": ({"error": None}, 400, errors.APIError),
    "400 with a list": ({"error": ["one", {"two": 2}]}, 400, errors.APIError),
    "400 with a number": ({"error": 7}, 400, errors.APIError),
    "error_data is text": (error(100, error_data="no JSON"), 400, errors.InvalidParameterError),
    "error_data is null": (error(100, error_data=None), 400, errors.InvalidParameterError),
    "error_data is JSON in JSON": (error(100, error_data='"\\"null\\""'), 400, errors.InvalidParameterError),
    "error_data is a list": (error(100, error_data=[1]), 400, errors.InvalidParameterError),
    "code as text": (error("190"), 400, errors.AuthenticationError),  # type: ignore[arg-type]
    "expired token": (error(190, 463), 400, errors.AuthenticationError),
    "no permission": (error(200), 403, errors.PermissionDeniedError),
    "unknown field": (error(100, None, 400, "(#100) Tried accessing nonexisting field"), 400, errors.APIError),
    "17 lines": (error(100, message="\n".join(["line"] * 17)), 400, errors.InvalidParameterError),
    "a token in the words": (error(190, message=f"Bad token {TOKEN}"), 400, errors.AuthenticationError),
}


@pytest.mark.thorough
@table("name", ODD_ERRORS, fresh=True)
def test_an_error_of_any_shape_is_ours(name: str, wire: Wire, connect: Connect) -> None:
    body, status, kind = ODD_ERRORS[name]
    wire.otherwise = answer(body, status)
    for work in (lambda fb: fb.campaigns.get("120"), create, lambda fb: fb.campaigns.list("act_1")):
        wire.received.clear()
        if work is create and kind is errors.APIError and not isinstance(body["error"], dict):
            wire.script.append(answer(body, status))
            failure = fails(errors.OutcomeUnknown, lambda: create(connect()))  # no code says that nothing was made
            assert len(wire.sent("POST")) == 1
            assert one_line(failure)
            continue
        with pytest.raises(kind) as caught:
            work(connect())
        assert one_line(caught.value)
        assert caught.value.advice
        assert caught.value.http_status == status
        texts = [str(caught.value), repr(caught.value), repr(caught.value.args), repr(vars(caught.value))]
        assert TOKEN not in "".join(texts)
        assert len(wire.received) == 1  # none of these goes away by asking again


def test_an_answer_of_meta_keeps_its_particulars(wire: Wire, connect: Connect) -> None:
    wire.otherwise = answer(
        error(
            100,
            2490408,
            error_user_title="Performance goal isn't available",
            error_user_msg="Select another goal.",
            error_data='{"blame_field_specs":[["optimization_goal"]]}',
        ),
        400,
    )
    failure = fails(errors.InvalidParameterError, lambda: connect().campaigns.get("120"))
    assert isinstance(failure, errors.InvalidParameterError)
    assert (failure.code, failure.error_subcode, failure.fbtrace_id) == (100, 2490408, "Abc")
    assert failure.blame_field_specs == [["optimization_goal"]]
    for words in ("100", "2490408", "Select another goal.", "optimization_goal", "GET 120", "Abc"):
        assert words in str(failure)


def test_nothing_that_can_be_printed_shows_the_token(connect: Connect) -> None:
    fb = connect(app_secret=APP_SECRET)
    proof = fb._session.credentials.current().params(reading=True, where="header")["appsecret_proof"]
    fb.campaigns.get("120")
    things = [fb, fb.api, fb._transport, fb._session, fb._session.credentials, fb._settings, fb.campaigns, fb.usage]
    things += [fb._session.requests, fb._session.credentials.current(), fb.batch(), fb.campaigns.iter("act_1")]
    texts = [text for thing in things for text in (str(thing), repr(thing))]
    texts += [repr(vars(fb)), repr(vars(fb.api)), repr(vars(fb._session)), repr(fb._session.requests.headers)]
    for secret in (TOKEN, APP_SECRET, proof):
        assert not [text for text in texts if secret in text]
    assert "act_1" in repr(fb)
    assert "v26.0" in repr(fb)


@table("part", [lambda fb: fb, lambda fb: fb._session, lambda fb: fb._session.credentials], fresh=True)
def test_what_holds_the_token_is_not_pickled(part: Callable[[FacebookAds], Any], connect: Connect) -> None:
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)) as caught:
        pickle.dumps(part(connect()))
    assert TOKEN not in str(caught.value)


def test_settings_hold_no_secret() -> None:
    assert not {"token", "secret"} & {part for name in Settings.__slots__ for part in name.split("_")} - {"token"}
    assert Settings().token_in == "header"


@table("token", ["EAA\nX", "EAA X", "EAAé", "EAA\u200b", "…"], fresh=True)
def test_a_token_that_no_header_can_carry_is_refused_unseen(token: str) -> None:
    with pytest.raises(errors.ParameterError) as caught:
        FacebookAds(token)
    assert [violation.field for violation in caught.value.violations] == ["access_token"]
    assert not [text for text in (str(caught.value), repr(caught.value), repr(vars(caught.value))) if token in text]


def test_the_proof_is_masked_in_the_log_of_urllib3(
    wire: Wire, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fb = connect(app_secret=APP_SECRET)
    proof = fb._session.credentials.current().params(reading=True, where="header")["appsecret_proof"]
    wire.script.append(b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\nno colon\r\n\r\n{"id": "120"}')
    fb.campaigns.get("120")
    fb.campaigns.get("120")
    assert any(record.name == "urllib3.connectionpool" for record in caplog.records)
    assert any(record.name == "urllib3.connection" for record in caplog.records)
    assert proof not in caplog.text
    assert "appsecret_proof=[redacted]" in caplog.text


@pytest.mark.thorough
def test_a_failure_leaves_no_connection_behind(wire: Wire, connect: Connect, recwarn: Any) -> None:
    wire.otherwise = reset
    fails(errors.NetworkError, lambda: connect().campaigns.get("120"))
    gc.collect()
    assert not [warning for warning in recwarn if issubclass(warning.category, ResourceWarning)]
