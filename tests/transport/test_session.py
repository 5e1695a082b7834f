"""Where the token goes, and where it never goes; whom we talk to, and how."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys
import threading
from typing import Any

import certifi
import pytest
import requests
from facebook_business.adobjects.adaccount import AdAccount
from facebook_business.api import FacebookAdsApi
from tables import table

from admonster_fb import FacebookAds, Settings
from admonster_fb.errors import APIError, ParameterError
from admonster_fb.sandbox import Sandbox, png
from admonster_fb.transport import session
from admonster_fb.transport.session import Credentials, Session, TokenAuth

from .conftest import APP_SECRET, TOKEN, Connect, Received, Wire, answer

REAL_TOKEN = "EAA" + "Zx9" * 20
PROOF = hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()


def everything(fb: FacebookAds, wire: Wire) -> list[Received]:
    """Read, create, upload, change, delete, page and batch, and return what was sent."""
    fb.campaigns.get("120")
    fb.campaigns.create("act_1", name="Sale", objective="OUTCOME_TRAFFIC", special_ad_categories=[])
    fb.adimages.create("act_1", bytes=png())
    fb.campaigns.update("120", name="Sale 2")
    fb.campaigns.delete("120")
    wire.script.append(answer({"data": [{"id": "1"}], "paging": {"next": _next(wire)}}))
    wire.otherwise = answer({"data": []})
    fb.ads.list("120")
    AdAccount("act_1", api=fb.api).get_campaigns(fields=["id"])
    return wire.received


def _next(wire: Wire) -> str:
    return f"{wire.url}/v26.0/120/ads?access_token={TOKEN}&appsecret_proof=beef&limit=1&after=MAZDZD"


def test_the_token_goes_into_the_header_and_nowhere_else(wire: Wire, connect: Connect) -> None:
    sent = everything(connect(), wire)
    assert {request.method for request in sent} == {"GET", "POST", "DELETE"}
    for request in sent:
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in request.target
        assert TOKEN.encode() not in request.body
        assert "access_token" not in request.target
        assert b"access_token" not in request.body
        assert "proof" not in request.target


def test_the_proof_goes_with_every_call_as_a_parameter(wire: Wire, connect: Connect) -> None:
    sent = everything(connect(app_secret=APP_SECRET), wire)
    for request in sent:
        in_query, in_body = request.target.count(PROOF), request.body.count(PROOF.encode())
        assert (in_query, in_body) == ((1, 0) if request.method == "GET" else (0, 1))
        assert APP_SECRET not in request.target + repr(request.headers) + repr(request.body)
        assert PROOF not in repr(request.headers)


def test_the_sandbox_finds_the_proof_right() -> None:
    sandbox = Sandbox(app_secret=APP_SECRET)
    settings = Settings(adapter=sandbox.adapter())
    with FacebookAds(sandbox.token, app_secret=APP_SECRET, settings=settings) as fb:
        assert fb.adaccounts.get("act_1").currency == "USD"


@pytest.mark.thorough
def test_the_token_can_go_into_the_body_of_writes(wire: Wire, connect: Connect) -> None:
    for request in everything(connect(settings={"token_in": "body"}), wire):
        assert TOKEN not in request.target
        assert request.body.count(TOKEN.encode()) == (0 if request.method == "GET" else 1)
        if request.method == "GET":
            assert request.headers["authorization"] == f"Bearer {TOKEN}"


REFUSED: dict[str, tuple[str, str, str]] = {
    "plain http": ("http://graph.facebook.com", REAL_TOKEN, "endpoint"),
    "plain http with a sandbox token": ("http://example.com", TOKEN, "endpoint"),
    "a host that only begins like loopback": ("http://127.0.0.1.example.com", TOKEN, "endpoint"),
    "loopback as a user name": ("http://127.0.0.1@example.com", TOKEN, "endpoint"),
    "no scheme": ("graph.facebook.com", REAL_TOKEN, "endpoint"),
    "another scheme": ("ftp://127.0.0.1", TOKEN, "endpoint"),
    "a sandbox token to Meta": ("https://graph.facebook.com", TOKEN, "access_token"),
    "a real token to loopback": ("http://127.0.0.1:8000", REAL_TOKEN, "access_token"),
    "a real token to localhost": ("http://localhost:8000", REAL_TOKEN, "access_token"),
    "a real token to loopback over TLS": ("https://[::1]:8000", REAL_TOKEN, "access_token"),
    "no token": ("https://graph.facebook.com", "", "access_token"),
}


@table("name", REFUSED)
def test_a_host_to_which_this_token_must_not_go(name: str) -> None:
    endpoint, token, field = REFUSED[name]
    with pytest.raises(ParameterError) as caught:
        FacebookAds(token, settings=Settings(endpoint=endpoint))
    assert [violation.field for violation in caught.value.violations] == [field]
    assert REAL_TOKEN not in str(caught.value)
    assert TOKEN not in str(caught.value)


@table(
    ("endpoint", "token"),
    [
        ("https://graph.facebook.com", REAL_TOKEN),
        ("https://proxy.example.com/graph/", REAL_TOKEN),
        ("http://127.0.0.1:9", TOKEN),
        ("http://localhost:9", TOKEN),
        ("http://[::1]:9", TOKEN),
    ],
)
def test_a_host_that_is_fine(endpoint: str, token: str) -> None:
    with FacebookAds(token, settings=Settings(endpoint=endpoint)) as fb:
        assert endpoint.rstrip("/") == fb.api._session.GRAPH


def test_a_real_token_does_not_go_into_the_embedded_sandbox() -> None:
    with pytest.raises(ParameterError, match="a sandbox token for this endpoint"):
        FacebookAds(REAL_TOKEN, settings=Settings(adapter=Sandbox(history=0).adapter()))


@pytest.mark.thorough
def test_meta_s_sdk_keeps_no_default_and_no_crash_reporter(wire: Wire, connect: Connect) -> None:
    # In a process of its own: nobody else has touched the SDK there.
    code = """
import sys
import threading
hook = sys.excepthook
from facebook_business.api import FacebookAdsApi
from facebook_business.adobjects.adaccount import AdAccount
from admonster_fb import FacebookAds
with FacebookAds.sandbox() as fb:
    fb.campaigns.list("act_1"); fb.adaccounts.list()
    AdAccount("act_1", api=fb.api).api_get(fields=["name"])
assert FacebookAdsApi.get_default_api() is None
assert sys.excepthook is hook
assert "facebook_business.crashreporter" not in sys.modules or sys.excepthook is hook
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
    before = sys.excepthook
    everything(connect(), wire)
    assert sys.excepthook is before
    assert FacebookAdsApi.get_default_api() is None


class Recorder(requests.adapters.BaseAdapter):
    """Stands in for the network and keeps how it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []
        self.closed = 0

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:  # type: ignore[override]
        self.asked.append({"url": request.url, **how})
        response = requests.Response()
        response.status_code, response._content, response.request = 200, b'{"id": "1", "success": true}', request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        self.closed += 1


def asked(**settings: Any) -> dict[str, Any]:
    adapter = Recorder()
    with FacebookAds(TOKEN, settings=Settings(adapter=adapter, **settings)) as fb:
        fb.campaigns.get("1")
        fb.campaigns.update("1", name="N")
    first, second = adapter.asked
    assert {**first, "url": None} == {**second, "url": None}
    return first


def test_every_call_has_timeouts() -> None:
    assert asked()["timeout"] == (10.0, 60.0)
    assert asked(timeout=(1.0, 2.0))["timeout"] == (1.0, 2.0)


def test_certificates_are_certifi_s_and_not_the_sdk_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    assert asked()["verify"] == certifi.where()
    assert asked(verify="/company/ca.pem")["verify"] == "/company/ca.pem"
    assert asked(verify=False)["verify"] is False
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/environment/ca.pem")
    assert asked()["verify"] == "/environment/ca.pem"
    assert asked(verify="/company/ca.pem")["verify"] == "/company/ca.pem"
    assert asked(verify=False)["verify"] is False


def test_the_version_is_a_setting() -> None:
    assert asked()["url"].startswith("https://graph.facebook.com/v26.0/1?")
    assert asked(version="v27.0")["url"].startswith("https://graph.facebook.com/v27.0/1?")


@pytest.mark.parametrize("size", [4, 32])
def test_the_pool_has_room_for_its_threads_and_never_discards(size: int) -> None:
    with FacebookAds(REAL_TOKEN, settings=Settings(pool_size=size)) as fb:
        adapter = fb._session.requests.get_adapter("https://graph.facebook.com")
        pool = adapter.poolmanager.connection_from_url("https://graph.facebook.com")
        assert pool.pool.maxsize == size
        assert pool.block
        assert adapter.max_retries.total == 0  # retrying is ours alone


def test_closing_closes_the_connections() -> None:
    adapter = Recorder()
    with FacebookAds(TOKEN, settings=Settings(adapter=adapter)):
        assert adapter.closed == 0
    assert adapter.closed >= 1


def test_two_facades_share_no_session(wire: Wire, connect: Connect) -> None:
    one, two = connect(), connect(token="sandbox-" + "0" * 40)
    one.campaigns.get("120")
    two.campaigns.get("120")
    assert one._session.requests is not two._session.requests
    assert len({request.headers["authorization"] for request in wire.received}) == 2


def test_the_proxies_of_a_host_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    read: list[str] = []
    whole = requests.sessions.get_environ_proxies
    monkeypatch.setattr(
        requests.sessions, "get_environ_proxies", lambda url, **options: read.append(url) or whole(url, **options)
    )
    lane = Session(Settings(), Credentials("EAAB")).requests
    for path in "abc":
        found = lane.merge_environment_settings(f"https://graph.facebook.com/{path}", {}, None, True, None)
        assert found["proxies"] == {"https": "http://proxy.example:3128"}
        found["proxies"].clear()
    assert read == ["https://graph.facebook.com/a"]
    own = lane.merge_environment_settings("https://graph.facebook.com/a", {"https": "http://own"}, None, True, None)
    assert own["proxies"]["https"] == "http://own"
    monkeypatch.setenv("NO_PROXY", "other.example")
    assert lane.merge_environment_settings("https://other.example/a", {}, None, True, None)["proxies"] == {}


@table(
    "written, version",
    [("26", "v26.0"), ("v26", "v26.0"), (26.1, "v26.1"), ("V26.10", "v26.10"), ("v9999.0", "v9999.0")],
)
def test_a_version_may_be_written_shorter(written: Any, version: str) -> None:
    assert Settings(version=written).version == version


@table("written", ["", "v0", "v26.", "v26.0/me", "26.0.1", "v10000", True, None])
def test_a_version_that_would_change_the_path_is_refused(written: Any) -> None:
    with pytest.raises(ParameterError, match="a version of Meta's API"):
        Settings(version=written)


class Source:
    """A token that others renew."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.hangs = threading.Event()
        self.hangs.set()
        self.refusals: list[str] = []

    def access_token(self) -> str:
        self.hangs.wait(5)
        return self.token

    def refused(self, error: APIError, access_token: str) -> None:
        self.refusals.append(access_token)


def test_each_request_takes_the_token_that_its_source_has_now() -> None:
    source, checked = Source("EAAB"), list[str]()
    credentials = Credentials(source, APP_SECRET, checked.append)
    for token in ("EAAB", "EAAC", "EAAC", "EAAA"):
        source.token = token
        auth = credentials.current()
        proof = hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        assert (auth.reveal(), auth.params(reading=True, where="header")) == (token, {"appsecret_proof": proof})
        assert credentials.in_use is auth
    assert checked == ["EAAB", "EAAC", "EAAA"]
    credentials.refused(APIError(code=190), auth)
    assert source.refusals == ["EAAA"]


def test_a_stop_goes_out_with_the_old_token_while_the_new_one_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "PATIENCE", 0.001)
    source = Source("EAAB")
    credentials = Credentials(source)
    assert credentials.current(soon=True).reveal() == "EAAB"
    source.token = "EAAC"
    source.hangs.clear()
    assert credentials.current(soon=True).reveal() == "EAAB"
    source.hangs.set()
    assert credentials.current().reveal() == "EAAC"


@table(
    "token, secret, reading, where, sent",
    [
        ("EAAB", None, True, "header", []),
        ("EAAB", None, False, "header", []),
        ("EAAB", None, True, "body", []),
        ("EAAB", None, False, "body", ["access_token"]),
        ("EAAB", APP_SECRET, True, "body", ["appsecret_proof"]),
        ("EAAB", APP_SECRET, False, "body", ["access_token", "appsecret_proof"]),
        ("EAAB", APP_SECRET, False, "header", ["appsecret_proof"]),
        ("", APP_SECRET, True, "header", []),
    ],
)
def test_secrets_among_the_parameters(
    token: str, secret: str | None, reading: bool, where: str, sent: list[str]
) -> None:
    assert sorted(TokenAuth(token, secret).params(reading=reading, where=where)) == sent


def test_without_a_token_there_is_no_header() -> None:
    prepared = requests.Request("GET", "https://graph.facebook.com/").prepare()
    assert "Authorization" not in TokenAuth("")(prepared).headers
    assert TokenAuth("EAAB")(prepared).headers["Authorization"] == "Bearer EAAB"
