"""From a link to a token, and each way in which that is refused."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from tables import table

from admonster_fb import AuthenticationError, FacebookAdsError, Login, ParameterError, Settings
from admonster_fb.auth.login import _challenge
from admonster_fb.auth.pending_logins import FileStates, PendingLogin
from admonster_fb.auth.scopes import SCOPES
from admonster_fb.redaction import redact

REDIRECT = "https://bot.example/callback"
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_the_link_asks_for_what_meta_documents() -> None:
    login = Login("1234", "5ec2e7", REDIRECT, scopes=["ads_read", "ads_management"])
    url = login.url("ann")
    assert url.startswith("https://www.facebook.com/v26.0/dialog/oauth?")
    asked = query(url)
    assert len(asked.pop("state")) >= 32
    assert asked == {
        "client_id": "1234",
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "ads_read,ads_management",
    }
    assert query(login.url(rerequest=True))["auth_type"] == "rerequest"


def test_a_configuration_says_the_scopes_itself() -> None:
    asked = query(Login("1234", "5ec2e7", REDIRECT, config_id="99").url())
    assert asked["config_id"] == "99"
    assert "scope" not in asked


def test_pkce_is_that_of_rfc_7636() -> None:
    assert _challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    login = Login("1234", "5ec2e7", REDIRECT, scopes=["openid"])
    first, second = query(login.url()), query(login.url())
    assert first["code_challenge_method"] == "S256"
    assert first["code_challenge"] != second["code_challenge"]
    pending = login.states.take(first["state"])
    assert pending is not None
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", pending.verifier)
    assert _challenge(pending.verifier) == first["code_challenge"]
    assert pending.verifier not in f"{pending!r} {first} {redact(f'code_verifier={pending.verifier}')}"


def test_a_sandbox_has_its_dialog_where_it_is() -> None:
    settings = Settings(endpoint="http://127.0.0.1:8900/", version="v25.0")
    url = Login("1", "sandbox-5ec2e700", REDIRECT, settings=settings).url()
    assert url.startswith("http://127.0.0.1:8900/v25.0/dialog/oauth?")


def test_a_secret_goes_to_no_host_that_it_is_not_for() -> None:
    here = Settings(endpoint="http://127.0.0.1:8900")
    for secret, settings in (("5ec2e7", here), ("sandbox-5ec2e700", Settings()), ("new\nline", Settings())):
        with pytest.raises(ParameterError) as refused:
            Login("1234", secret, REDIRECT, settings=settings)
        assert secret not in str(refused.value)
    with pytest.raises(ParameterError, match="https://"):
        Login("1234", "5ec2e7", REDIRECT, settings=Settings(endpoint="http://graph.example"))


def test_a_login_ends_with_a_long_lived_inspected_token(login: Login, meta: Any, clock: Any, come_back: Any) -> None:
    meta.declined = ("pages_manage_ads",)
    token = login.finish(come_back(login.url("ann")), "ann")
    assert token.reveal() == "sandbox-000000000000000000000002"
    assert (token.user_id, token.kind, token.app_id) == ("7", "USER", "1234")
    assert token.scopes == tuple(scope for scope in SCOPES if scope != "pages_manage_ads")
    assert token.declined == ("pages_manage_ads",)
    assert token.expires_at == clock.now() + timedelta(days=60)
    assert token.data_access_expires_at == clock.now() + timedelta(days=90)
    assert [path for _, path, _, _ in meta.asked] == [
        "oauth/access_token",
        "oauth/access_token",
        "debug_token",
        "me/permissions",
    ]
    assert [token for _, _, _, token in meta.asked[:3]] == ["", "", "1234|sandbox-5ec2e700000000000000"]


def test_code_and_state_alone_do_as_well(login: Login, meta: Any, come_back: Any) -> None:
    back = come_back(login.url())
    assert login.finish(query(back)).user_id == "7"
    back = come_back(login.url())
    assert login.finish("?" + urlsplit(back).query).user_id == "7"


def test_a_state_works_once(login: Login, come_back: Any) -> None:
    back = come_back(login.url("ann"))
    login.finish(back, "ann")
    with pytest.raises(ParameterError, match="not been used yet"):
        login.finish(back, "ann")


def test_a_state_is_bound_to_who_began_and_burns_when_another_comes(login: Login, meta: Any, come_back: Any) -> None:
    back = come_back(login.url("ann"))
    with pytest.raises(ParameterError, match="of the same user"):
        login.finish(back, "eve")
    with pytest.raises(ParameterError, match="not been used yet"):
        login.finish(back, "ann")
    assert not meta.asked


def test_a_state_expires_in_ten_minutes(login: Login, clock: Any, meta: Any, come_back: Any) -> None:
    in_time, late = come_back(login.url(), "sandbox-c0de00000001"), come_back(login.url(), "sandbox-c0de00000002")
    clock.pass_by(minutes=9, seconds=59)
    assert login.finish(in_time).user_id == "7"
    clock.pass_by(seconds=1)
    with pytest.raises(ParameterError, match="10 minutes"):
        login.finish(late)


def test_a_state_is_bound_to_its_redirect_uri(login: Login, clock: Any, meta: Any, come_back: Any) -> None:
    other = Login(
        "1234",
        login.app.secret,
        "https://bot.example/other",
        settings=login.app.settings,
        clock=clock,
        states=login.states,
    )
    with pytest.raises(ParameterError, match="same redirect_uri"):
        login.finish({"code": "sandbox-c0dec0dec0de", "state": query(other.url())["state"]})
    with pytest.raises(ParameterError, match=r"begins with https://bot\.example/callback"):
        login.finish(come_back(other.url()))
    assert not meta.asked


@table("state", ["", "guessed", "x" * 10_000, "\udcff"], fresh=True)
def test_a_wrong_state_is_refused_before_anything_is_sent(login: Login, meta: Any, state: str) -> None:
    login.url()
    with pytest.raises(ParameterError, match="state") as refused:
        login.finish({"code": "AQBsecret", "state": state})
    assert "AQBsecret" not in str(refused.value)
    assert not meta.asked


@table("pasted", ["http://[", "no address", "", "https://bot.example:port/callback?code=AQB&state=s"], fresh=True)
def test_what_is_no_address_of_ours_is_refused_in_words(login: Login, meta: Any, pasted: str) -> None:
    with pytest.raises(ParameterError, match=r"state|redirect"):
        login.finish(pasted)
    assert not meta.asked


def test_states_survive_a_restart_in_a_file(login: Login, clock: Any, tmp_path: Any, come_back: Any) -> None:
    def started() -> Login:
        states = FileStates(tmp_path / "states.bin", KEY)
        return Login("1234", login.app.secret, REDIRECT, settings=login.app.settings, clock=clock, states=states)

    url = started().url("ann")
    assert query(url)["state"].encode() not in (tmp_path / "states.bin").read_bytes()
    back = come_back(url)
    assert started().finish(back, "ann").user_id == "7"
    verifier = "v" * 43
    FileStates(tmp_path / "states.bin", KEY).put("s", PendingLogin("", REDIRECT, clock.now(), verifier), clock.now())
    assert getattr(FileStates(tmp_path / "states.bin", KEY).take("s"), "verifier", "") == verifier
    with pytest.raises(ParameterError, match="not been used yet"):
        started().finish(back, "ann")
    clock.pass_by(minutes=11)
    started().url("bob")
    assert len(FileStates(tmp_path / "states.bin", KEY)._file.read()) == 1


@table(
    ("told", "words", "advice", "who"),
    [
        (
            "error=access_denied&error_reason=user_denied&error_description=Permissions+error",
            "did not allow",
            "allow it",
            "user",
        ),
        ("error_code=191&error_message=URL+blocked", "not one the app allows", "Valid OAuth Redirect URIs", "admin"),
        ("error_code=1349048&error_message=Can%27t+load+URL", "not one the app allows", "exactly", "admin"),
        ("error=app_not_active", "development mode", "Live", "admin"),
        ("error=invalid_scope&error_description=Invalid+Scopes", "scope", "App Review", "admin"),
        ("error=never_seen&error_description=Something+new", "Something new", "Start the login again", "user"),
    ],
    fresh=True,
)
def test_what_the_dialog_refuses_is_put_into_words(
    login: Login, meta: Any, told: str, words: str, advice: str, who: str
) -> None:
    state = query(login.url("ann"))["state"]
    with pytest.raises(AuthenticationError) as refused:
        login.finish(f"{REDIRECT}?{told}&state={state}", "ann")
    assert words in refused.value.message
    assert advice in refused.value.advice
    assert refused.value.who == who
    assert query(refused.value.login_url or "")["auth_type"] == "rerequest"
    assert not meta.asked


def test_a_refusal_without_a_state_shows_no_text_of_a_stranger(login: Login) -> None:
    for told in ("error=access_denied&error_description=Call+0900", "error=access_denied&error_reason=Call+0900"):
        with pytest.raises(AuthenticationError, match="did not allow") as refused:
            login.finish(f"{REDIRECT}?{told}")
        assert "0900" not in str(refused.value)
    with pytest.raises(ParameterError, match="state") as unknown:
        login.finish(f"{REDIRECT}?error=Call&error_message=Call+0900&code=AQB")
    assert "0900" not in str(unknown.value)


def test_a_refusal_with_anothers_state_is_not_believed(login: Login) -> None:
    with pytest.raises(ParameterError, match="state"):
        login.finish(f"{REDIRECT}?error=access_denied&state=guessed")
    with pytest.raises(AuthenticationError, match="did not allow"):  # Meta may leave it out: nothing comes of it
        login.finish(f"{REDIRECT}?error=access_denied")


@table(
    ("subcode", "said"),
    [(36007, "Start the login again"), (36008, "same redirect_uri"), (36009, "Start the login again")],
    fresh=True,
)
def test_a_refused_code_says_what_to_do(login: Login, meta: Any, come_back: Any, subcode: int, said: str) -> None:
    back = come_back(login.url("ann"))
    meta.fails["oauth/access_token"] = {"code": 100, "error_subcode": subcode, "message": "Invalid verification code"}
    with pytest.raises(AuthenticationError, match=said) as refused:
        login.finish(back, "ann")
    assert "state=" in (refused.value.login_url or "")
    assert meta.count("oauth/access_token") == 1


def test_a_code_is_sent_once_even_if_its_answer_is_lost(login: Login, meta: Any, come_back: Any) -> None:
    meta.fails["oauth/access_token"] = requests.ConnectionError("reset")
    with pytest.raises(FacebookAdsError, match="a code works once"):
        login.finish(come_back(login.url()))
    assert meta.count("oauth/access_token") == 1


def test_a_login_whose_extension_fails_is_still_a_login(
    login: Login, meta: Any, clock: Any, come_back: Any, logged: list[str]
) -> None:
    back = come_back(login.url())
    real = meta._exchange
    meta._exchange = lambda params: (
        real(params) if "code" in params else {"error": {"code": 190, "message": "no", "error_subcode": 1}}
    )
    token = login.finish(back)
    assert token.expires_at == clock.now() + timedelta(hours=2)
    assert any("stays short-lived" in line for line in logged)


def test_a_token_of_another_app_is_refused(login: Login, meta: Any, come_back: Any) -> None:
    real = meta._debug
    meta._debug = lambda value: {**real(value), "app_id": "666"}
    with pytest.raises(AuthenticationError, match="another app"):
        login.finish(come_back(login.url()))


def test_a_token_that_never_expires_is_not_exchanged(login: Login, meta: Any, come_back: Any) -> None:
    back, real = come_back(login.url()), meta.issue

    def issue(**_: float) -> dict[str, Any]:
        told = real(days=1)
        meta.tokens[told["access_token"]]["expires_at"] = None
        return {"access_token": told["access_token"]}

    meta.issue = issue
    token = login.finish(back)
    assert token.expires_at is None
    assert meta.exchanges == 0
