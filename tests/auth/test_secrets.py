"""No secret of a login is in a log, a text, an error, a traceback or a pickle."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import pprint
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import requests
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError, Login, Settings
from admonster_fb.auth import app as exchange
from admonster_fb.auth.app import inspect
from admonster_fb.auth.pending_logins import MemoryStates
from admonster_fb.auth.stores import FileStore, MemoryStore
from admonster_fb.auth.token import Token
from admonster_fb.auth.token_manager import TokenManager
from admonster_fb.redaction import Secret
from admonster_fb.sandbox import Sandbox, serve

APP_SECRET = "sandbox-5ec2e700000000000000"
CODE = "AQBc0dec0dec0dec0de"


def told(error: BaseException) -> str:
    """All that a log, or a tool that prints the locals of each frame, may show of an error."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert whole.__cause__ is None
    assert whole.__context__ is None or whole.__suppress_context__
    frames = [frame for frame in whole.stack if "/tests/" not in frame.filename]
    assert len(frames) > 3
    return "\n".join([str(error), repr(error), repr(vars(error)), *(repr(frame.locals) for frame in frames)])


def objects(login: Login, store: MemoryStore, token: Token, tmp_path: Any) -> list[Any]:
    return [
        login,
        login.app,
        token,
        token.secret,
        store,
        TokenManager(login, store, "ann"),
        FacebookAds.from_store(store, "ann", login=login),
        FacebookAds.from_store(store, "ann", login=login).token,
        FileStore(tmp_path / "tokens.bin", APP_SECRET),
        {"nested": [token, login]},
    ]


def test_nothing_shows_its_secret(login: Login, store: MemoryStore, stored: Token, tmp_path: Any) -> None:
    for each in objects(login, store, stored, tmp_path):
        for text in (repr(each), str(each), f"{each}", pprint.pformat(each), f"{each} {each!r}"):
            assert APP_SECRET not in text
            assert stored.reveal() not in text
    for each in (login.app, stored):
        assert "5ec2e7" not in repr(dataclasses.asdict(each))
        assert stored.reveal() not in repr(dataclasses.asdict(each))
        assert "Secret(…)" in repr(dataclasses.asdict(each))


def test_nothing_with_a_secret_is_pickled(login: Login, store: MemoryStore, stored: Token, tmp_path: Any) -> None:
    for each in objects(login, store, stored, tmp_path):
        with pytest.raises(TypeError):
            pickle.dumps(each)


def test_secrets_compare_and_copy() -> None:
    secret = Secret("EAAB")
    assert secret == Secret("EAAB") != Secret("EAAC")
    assert secret != "EAAB"
    assert copy.deepcopy(secret) is copy.copy(secret) is secret
    assert {secret: 1}[Secret(Secret("EAAB"))] == 1
    assert not Secret("")


ACTS: dict[str, Callable[[Login, Token], Any]] = {
    "code": lambda login, _: exchange.exchange_code(login.app, CODE, login.redirect_uri),
    "extend": lambda login, token: exchange.extend(login.app, token),
    "inspect": lambda login, token: inspect(login.app, token),
    "revoke": lambda login, token: exchange.revoke(login.app, token),
}
FAILURES: dict[str, Any] = {
    "refused": {"code": 190, "message": "Error validating client secret."},
    "refused, with what was sent": {"code": 190, "message": f"Wrong: client_secret={APP_SECRET} code={CODE}"},
    "no answer": requests.ConnectionError("reset"),
}


@table("act", ACTS.values(), ids=ACTS, fresh=True)
@table("failure", FAILURES.values(), ids=FAILURES, fresh=True)
def test_no_failure_tells_a_secret(
    login: Login, stored: Token, meta: Any, act: Callable[[Login, Token], Any], failure: Any, logged: list[str]
) -> None:
    def fail(request: requests.PreparedRequest, **_: Any) -> requests.Response:
        if isinstance(failure, Exception):
            raise type(failure)(f"{failure}: {request.url}", request=request)
        meta.fails = dict.fromkeys(PATHS, failure)
        return type(meta).send(meta, request)

    meta.send = fail
    with pytest.raises(FacebookAdsError) as failed:
        act(login, stored)
    assert logged
    for secret in (APP_SECRET, stored.reveal(), CODE):
        assert secret not in "\n".join(logged)
        assert secret not in str(failed.value) + repr(vars(failed.value))
    for secret in () if "Wrong" in str(failure) else (APP_SECRET, stored.reveal()):
        assert secret not in told(failed.value)


PATHS = ("oauth/access_token", "debug_token", "me/permissions", "me/accounts", "8/access_tokens")


def test_urllib3_logs_no_secret_of_an_exchange(stored: Token, logged: list[str]) -> None:
    """Over a real socket, where urllib3 logs each URL."""
    sandbox = Sandbox(seed=1)
    with serve(sandbox) as server:
        login = Login("1234", APP_SECRET, "http://localhost/callback", settings=Settings(endpoint=server.url))
        state = login.url().partition("state=")[2].partition("&")[0]
        for act in (*ACTS.values(), lambda login, _: login.finish({"code": CODE, "state": state})):
            try:
                act(login, stored)
            except FacebookAdsError as error:
                shown = told(error)
                assert APP_SECRET not in shown
                assert stored.reveal() not in shown
    lines = [line for line in logged if "/oauth/access_token" in line or "/debug_token" in line]
    assert any("/oauth/access_token HTTP" in line for line in lines), "no secret of an exchange is in its URL"
    assert any("input_token=[redacted]" in line for line in lines)
    for secret in (APP_SECRET, stored.reveal(), CODE):
        assert not any(secret in line for line in logged)


def test_states_are_not_kept_as_they_are(login: Login) -> None:
    states = login.states
    assert isinstance(states, MemoryStates)
    state = login.url().partition("state=")[2].partition("&")[0]
    assert state not in repr(vars(states))
