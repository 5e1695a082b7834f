"""A stored token in use: renewed in time, once, and ended only by what ends it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from tables import table

from admonster_fb import (
    AuthenticationError,
    FacebookAds,
    FacebookAdsError,
    Login,
    PermissionDeniedError,
)
from admonster_fb.auth.stores import CallableStore, MemoryStore
from admonster_fb.auth.token import Token
from admonster_fb.auth.token_manager import TokenManager
from admonster_fb.redaction import Secret
from admonster_fb.storage import Busy

WEEK = timedelta(days=7)


def test_a_token_is_used_as_it_is_until_a_week_before_it_expires(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any
) -> None:
    tokens = TokenManager(login, store, "ann")
    clock.time = stored.expires_at - WEEK - timedelta(seconds=1)
    assert tokens.current() is stored
    assert meta.exchanges == 0
    clock.pass_by(seconds=1)
    fresh = tokens.current()
    assert fresh.expires_at == clock.now() + timedelta(days=60)
    assert (fresh.user_id, fresh.scopes) == (stored.user_id, stored.scopes)
    assert store.load("ann") == fresh
    assert tokens.current() is fresh
    assert meta.exchanges == 1


def test_how_early_is_for_the_host_to_say(login: Login, store: MemoryStore, stored: Token, meta: Any) -> None:
    TokenManager(login, store, "ann", renew_before=timedelta(days=61)).current()
    assert meta.exchanges == 1


@table("kind", ["SYSTEM_USER", "USER", "PAGE", "APP"], fresh=True)
def test_a_token_that_never_expires_is_left_alone(
    login: Login, store: MemoryStore, meta: Any, clock: Any, kind: str
) -> None:
    forever = Token(Secret("sandbox-f0000000000000000001"), kind=kind)
    store.save("ann", forever)
    tokens = TokenManager(login, store, "ann")
    clock.pass_by(days=4000)
    assert tokens.current() is forever
    assert tokens.renew() is forever
    assert not meta.asked


def test_a_system_users_token_of_60_days_is_renewed_as_such(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any
) -> None:
    store.save("ann", replace(stored, kind="SYSTEM_USER"))
    assert TokenManager(login, store, "ann").renew().kind == "SYSTEM_USER"
    assert meta.asked[0][2]["set_token_expires_in_60_days"] == "true"


@table("failure", [{"code": 2, "message": "down"}, {"code": 190, "error_subcode": 459}, "network"], fresh=True)
def test_a_renewal_that_fails_is_a_warning_while_the_token_lives(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any, failure: Any, logged: list[str]
) -> None:
    tokens = TokenManager(login, store, "ann")
    clock.time = stored.expires_at - timedelta(days=1)
    real = meta._answer
    down = {"error": failure} if failure != "network" else {}
    meta._answer = lambda *_: down
    if failure == "network":
        meta.send = lambda *_, **__: (_ for _ in ()).throw(requests.ConnectionError("no route"))
    assert tokens.current() is stored
    assert sum("was not renewed" in line for line in logged) == 1
    asked = len(meta.asked)
    assert tokens.current() is stored  # and not tried again at each call
    assert len(meta.asked) == asked
    assert store.load("ann") is stored
    meta._answer = real
    meta.__dict__.pop("send", None)
    clock.pass_by(hours=1)
    assert tokens.current().renewed_at == clock.now()


def test_a_store_that_fails_does_not_stop_work(login: Login, stored: Token, clock: Any, logged: list[str]) -> None:
    def save(*_: object) -> None:
        raise RuntimeError("the host's database is down")

    tokens = TokenManager(login, CallableStore(lambda _: stored, save), "ann")
    clock.time = stored.expires_at - timedelta(days=1)
    assert tokens.current().renewed_at == clock.now()  # the new one is used all the same
    assert any("was not renewed" in line and "RuntimeError" in line for line in logged)


def test_an_expired_token_asks_for_a_login(login: Login, store: MemoryStore, stored: Token, clock: Any) -> None:
    tokens = TokenManager(login, store, "ann")
    clock.time = stored.expires_at
    with pytest.raises(AuthenticationError, match="expired") as refused:
        tokens.current()
    assert (refused.value.login_url or "").startswith("https://www.facebook.com/")
    with pytest.raises(AuthenticationError, match="expired"):
        tokens.renew()
    again = replace(stored, secret=Secret("sandbox-aaaa0000000000000002"), expires_at=clock.now() + WEEK * 5)
    store.save("ann", again)  # logged in again, in another process
    assert tokens.current() is again


def test_what_another_process_renewed_is_taken_over(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any
) -> None:
    ours, theirs = TokenManager(login, store, "ann"), TokenManager(login, store, "ann")
    ours.current()
    clock.time = stored.expires_at - timedelta(days=1)
    fresh = theirs.current()
    assert ours.current() is fresh
    assert ours.renew() is fresh  # asked for a moment later: it is new enough
    assert meta.exchanges == 1
    clock.pass_by(minutes=2)
    assert ours.renew() is not fresh
    assert meta.exchanges == 2


def test_nobody_waits_for_a_renewal_while_the_token_lives(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any
) -> None:
    tokens = TokenManager(login, store, "ann")
    tokens.current()
    clock.time = stored.expires_at - timedelta(days=1)
    with store.locked("ann"):  # another is at it
        assert tokens.current() is stored
        assert tokens.current() is stored
    assert meta.exchanges == 0
    clock.pass_by(seconds=15)
    assert tokens.current() is not stored


def test_threads_make_one_exchange(login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any) -> None:
    clock.time = stored.expires_at - timedelta(days=1)
    tokens, start = TokenManager(login, store, "ann"), threading.Barrier(20)

    def work() -> None:
        start.wait()
        tokens.current()
        tokens.renew()

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert meta.exchanges == 1


def test_without_a_token_each_call_says_how_to_log_in(login: Login, store: MemoryStore, come_back: Any) -> None:
    fb = FacebookAds.from_store(store, "ann", login=login)
    with pytest.raises(AuthenticationError, match="signed in") as refused:
        fb.api.call("GET", "me")
    assert not fb.token.status().valid
    store.save("ann", login.finish(come_back(refused.value.login_url), "ann"))
    assert fb.api.call("GET", "me").json() == {"id": "7"}


def facade(login: Login, store: MemoryStore) -> FacebookAds:
    return FacebookAds.from_store(store, "ann", login=login, account="act_1")


@table("subcode", [458, 460, 463, 467], fresh=True)
def test_a_token_that_dies_at_work_is_dropped_and_the_error_says_where_to_log_in(
    login: Login, store: MemoryStore, stored: Token, meta: Any, subcode: int
) -> None:
    fb = facade(login, store)
    store.save("bob", replace(stored, user_id="8"))
    meta.fails["me"] = {"code": 190, "error_subcode": subcode, "message": "Error validating access token"}
    with pytest.raises(AuthenticationError) as refused:
        fb.api.call("GET", "me")
    assert "state=" in (refused.value.login_url or "")
    assert store.load("ann") is None
    assert store.keys() == ["bob"]


@table(
    ("code", "subcode"),
    [(190, 459), (190, 464), (368, None), (10, None), (200, None), (283, None), (100, 33), (190, None)],
    fresh=True,
)
def test_what_does_not_end_a_token_keeps_it(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any, code: int, subcode: int | None
) -> None:
    meta.fails["me"] = {"code": code, "error_subcode": subcode, "message": "refused"}
    fb = facade(login, store)
    with pytest.raises(FacebookAdsError):
        fb.api.call("GET", "me")
    assert store.load("ann") is stored
    clock.pass_by(hours=2)  # 368 blocks for a while
    assert fb.api.call("GET", "me").json() == {"id": "7"}


def test_a_newer_token_is_not_dropped_for_the_death_of_an_old_one(
    login: Login, store: MemoryStore, stored: Token, meta: Any
) -> None:
    fb = facade(login, store)
    fb.api.call("GET", "me")
    newer = replace(stored, secret=Secret(meta.issue(days=60)["access_token"]))
    store.save("ann", newer)
    meta.fails["me"] = {"code": 190, "error_subcode": 460, "message": "password changed"}
    with pytest.raises(AuthenticationError):
        fb.api.call("GET", "me")
    assert store.load("ann") is newer
    assert fb.api.call("GET", "me").json() == {"id": "7"}
    assert meta.asked[-1][3] == newer.reveal()


def test_a_store_that_fails_does_not_hide_metas_refusal(login: Login, stored: Token, meta: Any) -> None:
    @contextmanager
    def locked(*_: object) -> Any:
        raise Busy("held")
        yield

    store = CallableStore(lambda _: stored, lambda *_: None, locked=locked)
    meta.fails["me"] = {"code": 190, "error_subcode": 460, "message": "password changed"}
    with pytest.raises(AuthenticationError, match="password changed"):
        FacebookAds.from_store(store, "ann", login=login).api.call("GET", "me")


@pytest.mark.thorough
def test_token_and_proof_change_together_under_load(login: Login, stored: Token, meta: Any) -> None:
    fb = FacebookAds(stored.reveal(), app_secret="5ec2e7", settings=login.app.settings)
    proofs: dict[str, set[str]] = {}
    stop = threading.Event()

    def renew() -> None:
        while not stop.is_set():
            fb._session.credentials.renew(meta.issue(days=60)["access_token"])

    thread = threading.Thread(target=renew)
    thread.start()
    for _ in range(200):
        fb.api.call("GET", "me")
    stop.set()
    thread.join()
    for _, _, params, token in meta.asked:
        proofs.setdefault(token, set()).add(params["appsecret_proof"])
    assert len(proofs) > 1
    assert {len(each) for each in proofs.values()} == {1}
    assert len({next(iter(each)) for each in proofs.values()}) == len(proofs)


def test_renew_and_revoke_of_a_facade(login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any) -> None:
    fb = facade(login, store)
    fb.api.call("GET", "me")
    clock.pass_by(days=1)
    fresh = fb.token.renew()
    assert store.load("ann") == fresh
    fb.api.call("GET", "me")
    assert meta.asked[-1][3] == fresh.reveal()
    fb.token.revoke()
    assert fresh.reveal() not in meta.tokens
    assert store.keys() == []
    with pytest.raises(AuthenticationError, match="signed in"):
        fb.api.call("GET", "me")


def test_revoking_what_nobody_has_is_an_error(login: Login, store: MemoryStore, meta: Any) -> None:
    with pytest.raises(AuthenticationError, match="no user is signed in"):
        facade(login, store).token.revoke()
    assert not meta.asked


def test_a_facade_without_an_app_says_what_it_lacks(meta: Any, stored: Token, login: Login) -> None:
    fb = FacebookAds(stored.reveal(), settings=login.app.settings)
    assert fb.token.status().valid
    with pytest.raises(FacebookAdsError, match="FACEBOOK_CLIENT_ID"):
        fb.token.renew()


def test_the_status_says_all_there_is(login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any) -> None:
    meta.declined = ("ads_management",)
    meta.tokens[stored.reveal()]["scopes"] = ["ads_read", "business_management", "pages_show_list"]
    clock.pass_by(days=55)
    status = facade(login, store).token.status()
    assert (status.valid, status.kind, status.user_id, status.application) == (True, "USER", "7", "Bot")
    assert status.declined == ("ads_management",)
    assert status.missing == ("ads_management", "pages_read_engagement", "pages_manage_ads")
    assert status.expires_in == timedelta(days=5)
    assert status.data_access_expires_in == timedelta(days=90)
    assert "ads_management" in status.todo
    meta.tokens[stored.reveal()]["scopes"] = stored.scopes
    assert "Renew" in facade(login, store).token.status().todo
    meta.tokens.clear()
    status = facade(login, store).token.status()
    assert (status.valid, status.error_subcode) == (False, 467)
    assert "Log in again" in status.todo


def test_a_missing_scope_is_named_before_anything_is_sent(
    login: Login, store: MemoryStore, stored: Token, meta: Any
) -> None:
    store.save("ann", replace(stored, scopes=("ads_read",)))
    fb = facade(login, store)
    fb.token.require(["ads_read|ads_management"], "list_campaigns")
    with pytest.raises(PermissionDeniedError, match="create_campaign needs the scope ads_management") as refused:
        fb.token.require(["ads_management"], "create_campaign")
    assert "auth_type=rerequest" in (refused.value.login_url or "")
    assert not meta.asked
    store.save("ann", stored)  # granted in the meantime
    fb.token.require(["ads_management"], "create_campaign")
    store.save("ann", replace(stored, scopes=()))  # not known: for Meta to say
    facade(login, store).token.require(["ads_management"], "create_campaign")


def test_two_users_of_one_app_do_not_mix(login: Login, store: MemoryStore, stored: Token, meta: Any) -> None:
    other = replace(stored, secret=Secret(meta.issue(days=60)["access_token"]), user_id="8")
    store.save("bob", other)
    ann, bob = (FacebookAds.from_store(store, key, login=login) for key in ("ann", "bob"))
    for fb in (ann, bob, ann):
        fb.api.call("GET", "me")
    assert [token for _, _, _, token in meta.asked] == [stored.reveal(), other.reveal(), stored.reveal()]


def test_a_clock_that_was_ahead_at_the_renewal_does_not_lengthen_the_life_of_a_token(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any
) -> None:
    expires_at = clock.now() + timedelta(days=60)
    issue = meta.issue

    def issued_by_metas_clock(**lifetime: float) -> dict[str, Any]:
        answer: dict[str, Any] = issue(**lifetime)
        meta.tokens[answer["access_token"]]["expires_at"] = expires_at
        return answer

    meta.issue = issued_by_metas_clock
    clock.pass_by(days=15)
    renewed = TokenManager(login, store, "ann").renew()
    assert renewed.expires_at == expires_at
    assert store.load("ann").expires_at == expires_at


@pytest.mark.parametrize("ahead", [timedelta(days=15), timedelta(hours=2)])
def test_a_token_renewed_in_the_future_is_renewed_again_and_not_every_time(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any, ahead: timedelta
) -> None:
    store.save("ann", replace(stored, renewed_at=clock.now() + ahead))
    tokens = TokenManager(login, store, "ann")
    fresh = tokens.current()
    assert (meta.exchanges, fresh.renewed_at) == (1, clock.now())
    for _ in range(5):
        assert tokens.current() == fresh
    assert meta.exchanges == 1


def test_a_clock_that_jumps_back_does_not_stop_renewal(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any
) -> None:
    tokens = TokenManager(login, store, "ann", renew_before=timedelta(days=90))
    clock.pass_by(days=20)
    meta.fails["oauth/access_token"] = {"code": 10, "message": "refused"}
    assert tokens.current() is stored
    clock.pass_by(days=-15)
    assert tokens.current() is not stored


def test_a_clock_that_is_ahead_does_not_end_a_token_that_meta_calls_valid(
    login: Login, stored: Token, store: MemoryStore, meta: Any, clock: Any, logged: list[str]
) -> None:
    debug = meta._debug
    meta._debug = lambda value: debug(value) | {"is_valid": True}
    clock.time = stored.expires_at + timedelta(days=3)
    tokens = TokenManager(login, store, "ann")
    asked = len(meta.asked)
    assert [tokens.current() for _ in range(5)] == [stored] * 5
    assert len(meta.asked) - asked == 1, "Meta is asked once an hour"
    assert "this machine's clock is ahead" in "".join(logged)
    meta._debug = debug
    clock.pass_by(hours=2)
    with pytest.raises(AuthenticationError, match="has expired"):
        tokens.current()


@table("wrong", [{"is_valid": False}, {"user_id": "8"}, {"app_id": "9"}], fresh=True)
def test_a_renewed_token_that_is_not_valid_does_not_replace_the_old(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any, wrong: dict[str, Any], logged: list[str]
) -> None:
    debug = meta._debug
    meta._debug = lambda value: debug(value) | wrong
    clock.time = stored.expires_at - timedelta(days=1)
    tokens = TokenManager(login, store, "ann")
    assert tokens.current() == stored
    assert store.load("ann") == stored
    with pytest.raises(AuthenticationError, match="the renewed token is not valid"):
        tokens.renew()


@table("value", ["two words", "a\r\nX: y", "EAAB-of-another-host", "\ud800", "ü"], ids=ascii, fresh=True)
def test_a_renewed_token_that_cannot_be_sent_does_not_replace_the_old(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any, value: str, logged: list[str]
) -> None:
    exchange, debug = meta._exchange, meta._debug
    meta._exchange = lambda *args: exchange(*args) | {"access_token": value}
    meta._debug = lambda _value: debug(stored.reveal())
    clock.time = stored.expires_at - timedelta(days=1)
    assert TokenManager(login, store, "ann").current() == stored
    assert store.load("ann") == stored


@pytest.mark.thorough
@table("seconds", [10**15, 10**400, "1e400", -5, "soon", None, [], True], fresh=True)
def test_an_expiry_that_is_none_is_asked_for(
    login: Login, store: MemoryStore, stored: Token, meta: Any, clock: Any, seconds: Any
) -> None:
    exchange = meta._exchange
    meta._exchange = lambda *args: exchange(*args) | {"expires_in": seconds}
    clock.time = stored.expires_at - timedelta(days=1)
    renewed = TokenManager(login, store, "ann").renew()
    assert renewed.expires_at == clock.now() + timedelta(days=60)
