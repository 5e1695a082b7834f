"""The library against the sandbox: written apart from the same facts, they must meet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from tables import table

from admonster_fb import AuthenticationError, BlockedError, FacebookAds, Login, ParameterError, Settings
from admonster_fb.auth.app import exchange_code, inspect, inspect_itself
from admonster_fb.auth.scopes import SCOPES
from admonster_fb.auth.stores import MemoryStore
from admonster_fb.auth.token import Token
from admonster_fb.auth.token_manager import TokenManager
from admonster_fb.errors import APIError, PermissionDeniedError
from admonster_fb.redaction import Secret
from admonster_fb.sandbox import GraphError, LostResponse, Sandbox

REDIRECT = "https://bot.example/callback"
SIXTY_DAYS = timedelta(seconds=5_183_944)
Browse = Callable[..., str]


@pytest.fixture
def sandbox() -> Sandbox:
    sandbox = Sandbox(history=0)
    sandbox.app.redirect_uris.append(REDIRECT)
    return sandbox


@pytest.fixture
def login(sandbox: Sandbox) -> Login:
    return make(sandbox)


def make(sandbox: Sandbox, **options: Any) -> Login:
    app, settings = sandbox.app, Settings(adapter=sandbox.adapter())
    return Login(app.id, app.secret, **{"redirect_uri": REDIRECT, "settings": settings, "clock": sandbox, **options})


@pytest.fixture
def browse(sandbox: Sandbox) -> Browse:
    """Return a function that plays the person at the dialog: from a link to the address the browser ends at."""
    session = sandbox.session()

    def play(link: str, decision: str = "continue", without: tuple[str, ...] = ()) -> str:
        page = session.get(link)
        assert page.status_code == 200, page.text
        fields = re.findall(r'<input type="(hidden|checkbox)" name="([^"]+)" value="([^"]*)"', page.text)
        form = [(name, unescape(value)) for _, name, value in fields if value not in without]
        asked = session.post(link.split("?")[0], data=[*form, ("decision", decision)], allow_redirects=False)
        return str(asked.headers["location"])

    return play


@pytest.fixture
def token(login: Login, browse: Browse) -> Token:
    return login.finish(browse(login.url()))


@pytest.fixture
def fb(login: Login, token: Token, store: MemoryStore) -> FacebookAds:
    """A facade of ann's stored token."""
    store.save("ann", token)
    return FacebookAds.from_store(store, "ann", login=login, account="act_1")


def test_a_code_with_a_challenge_needs_its_verifier(sandbox: Sandbox, browse: Browse) -> None:
    login = make(sandbox, scopes=["openid", "ads_read"])
    assert "openid" in login.finish(browse(login.url())).scopes  # challenge and verifier fit
    for thief in (make(sandbox), make(sandbox, scopes=["openid"])):  # a stolen code, with another login's state
        code = re.findall(r"code=([^&]+)", browse(login.url()))[0]
        state = re.findall(r"state=([^&]+)", thief.url())[0]
        with pytest.raises(APIError, match="Invalid code verifier"):
            thief.finish({"code": code, "state": state})


def test_a_challenge_is_sent_only_where_meta_documents_it(sandbox: Sandbox, browse: Browse) -> None:
    """Meta is reported to drop the challenge elsewhere, and then to refuse the verifier."""
    for options in ({}, {"scopes": ["openid"], "config_id": "9"}):
        assert "code_challenge" not in make(sandbox, **options).url()
    link = f"{make(sandbox).url()}&code_challenge={43 * 'a'}&code_challenge_method=S256"
    login = make(sandbox)
    code = re.findall(r"code=([^&]+)", browse(link))[0]
    with pytest.raises(APIError, match="without a code_challenge"):
        exchange_code(login.app, code, REDIRECT, "v" * 43)
    assert exchange_code(login.app, code, REDIRECT).reveal()


# Signing in


def test_a_sign_in_ends_with_all_that_is_known_of_its_token(sandbox: Sandbox, login: Login, token: Token) -> None:
    assert (token.kind, token.user_id, token.app_id) == ("USER", sandbox.user_id, sandbox.app.id)
    assert {*token.scopes} == {*SCOPES, "public_profile"}
    assert token.declined == ()
    assert token.expires_at == sandbox.now() + SIXTY_DAYS
    assert token.data_access_expires_at == sandbox.now() + timedelta(days=90)
    assert [entry.path for entry in sandbox.journal] == [
        *["dialog/oauth"] * 2, "oauth/access_token", "oauth/access_token", "debug_token", "me/permissions"
    ]  # fmt: skip


def test_what_was_declined_is_known_and_asked_for_again(sandbox: Sandbox, login: Login, browse: Browse) -> None:
    token = login.finish(browse(login.url(), without=("ads_management",)))
    assert token.declined == ("ads_management",)
    assert inspect(login.app, token).missing == ("ads_management",)
    assert "ads_management" in inspect(login.app, token).todo
    assert login.finish(browse(login.url())).declined == ("ads_management",)
    again = login.finish(browse(login.url(rerequest=True)))
    assert (again.declined, "ads_management" in again.scopes) == ((), True)


def test_a_refusal_is_told_in_words_with_a_link_that_works(login: Login, browse: Browse) -> None:
    with pytest.raises(AuthenticationError, match="did not allow") as refused:
        login.finish(browse(login.url("ann"), "cancel"), "ann")
    assert refused.value.who == "user"
    assert refused.value.login_url
    assert "auth_type=rerequest" in refused.value.login_url
    assert login.finish(browse(refused.value.login_url), "ann").user_id


def test_a_state_works_once_for_its_owner_for_ten_minutes(sandbox: Sandbox, login: Login, browse: Browse) -> None:
    back = browse(login.url("ann"))
    assert login.finish(back, "ann").user_id == sandbox.user_id
    with pytest.raises(ParameterError, match="state"):
        login.finish(back, "ann")
    with pytest.raises(ParameterError, match="same user"):
        login.finish(browse(login.url("ann")), "bob")
    late = browse(login.url("ann"))
    sandbox.sleep(600)
    with pytest.raises(ParameterError, match="10 minutes"):
        login.finish(late, "ann")
    with pytest.raises(ParameterError, match="state"):
        login.finish(re.sub("state=[^&#]+", "state=other", browse(login.url("ann"))), "ann")


def test_a_code_that_is_used_or_too_old_or_of_another_address(sandbox: Sandbox, login: Login, browse: Browse) -> None:
    def finish(code: str) -> AuthenticationError:
        state = re.search("state=([^&#]+)", browse(login.url()))
        assert state
        with pytest.raises(AuthenticationError) as refused:
            login.finish({"code": code, "state": state[1]})
        assert refused.value.login_url
        return refused.value

    def code_of(back: str) -> str:
        return back.partition("code=")[2].partition("&")[0].replace("%3D", "=")

    used = browse(login.url())
    login.finish(used)
    assert finish(code_of(used)).error_subcode == 36009
    sandbox.app.live = False
    assert finish(code_of(browse(make(sandbox, redirect_uri="http://localhost:8917/x").url()))).error_subcode == 36008
    old = browse(login.url())
    sandbox.sleep(600)
    assert finish(code_of(old)).error_subcode == 36007
    assert finish("AQDnonsense").advice == "Start the login again."


def test_a_lost_exchange_is_not_tried_again(sandbox: Sandbox, login: Login, browse: Browse) -> None:
    sandbox.fail_next("POST oauth/access_token", LostResponse())
    with pytest.raises(Exception, match="a code works once"):
        login.finish(browse(login.url()))
    assert sum(entry.path == "oauth/access_token" for entry in sandbox.journal) == 1
    sandbox.check_spent()


def test_wrong_credentials_of_the_app(sandbox: Sandbox, browse: Browse) -> None:
    login = make(sandbox)
    wrong = replace(login.app, app_secret="sandbox-0000")
    object.__setattr__(login, "app", wrong)
    with pytest.raises(AuthenticationError, match="Error validating client secret") as refused:
        login.finish(browse(login.url()))
    assert "app's id and secret" in refused.value.advice
    assert not refused.value.retryable


def test_a_configuration_for_a_system_user(sandbox: Sandbox, browse: Browse) -> None:
    login = make(sandbox, config_id=sandbox.add_config(SCOPES, "SYSTEM_USER"))
    token = login.finish(browse(login.url()))
    assert (token.kind, token.expires_at, token.user_id) == ("SYSTEM_USER", None, sandbox.system_user())
    sandbox.sleep(400 * 86_400)
    store = MemoryStore()
    store.save("bot", token)
    fb = FacebookAds.from_store(store, "bot", login=login, account="act_1")
    assert fb.adaccounts.get("act_1").id == "act_1"
    assert fb.token.renew() is token


# What Meta says of a token


def test_an_app_learns_all_of_a_token_and_a_user_nearly_all(sandbox: Sandbox, login: Login, token: Token) -> None:
    status = inspect(login.app, token)
    assert (status.valid, status.application, status.missing, status.todo) == (True, "Sandbox Bot", (), "")
    assert status.expires_in == SIXTY_DAYS
    with FacebookAds(token.reveal(), settings=login.app.settings, clock=sandbox) as fb:
        assert fb.token.status() == status
        sandbox.fail_next("GET debug_token", GraphError(100, message="(#100) You must provide an app access token"))
        alone = inspect_itself(fb.api, token.secret)
    assert (alone.valid, alone.user_id, alone.expiry_known) == (True, sandbox.user_id, False)
    assert {*alone.scopes} == {*status.scopes}


@pytest.mark.thorough
@table("subcode", [458, 459, 460, 463, 464, 467, 490], fresh=True)
def test_a_dead_token_is_told_and_no_error(sandbox: Sandbox, login: Login, token: Token, subcode: int) -> None:
    if subcode == 463:
        sandbox.expire_token(token.reveal())
    else:
        sandbox.end_token(subcode)
    status = inspect(login.app, token)
    assert (status.valid, status.error_subcode) == (False, subcode)
    assert status.error.startswith("Error validating access token")
    assert status.todo
    with FacebookAds(token.reveal(), settings=login.app.settings, clock=sandbox) as fb:
        itself = fb.token.status()
    assert (itself.valid, itself.error_subcode) == (False, subcode)


@pytest.mark.thorough
def test_other_kinds_of_tokens(sandbox: Sandbox, login: Login, token: Token) -> None:
    with login.app.api(token.secret) as api:
        pages = api.call("GET", ["me", "accounts"], {"fields": "id,access_token"}).json()["data"]
    assert len(pages) == 2
    for page in pages:
        status = inspect(login.app, Token(Secret(page["access_token"])))
        assert (status.valid, status.kind, status.expires_at) == (True, "PAGE", None)
    params = {"business_app": login.app_id, "scope": "ads_read"}
    for more, lifetime in (({}, None), ({"set_token_expires_in_60_days": "true"}, timedelta(days=60))):
        with login.app.api(Secret(sandbox.token)) as api:
            made = api.call("POST", [sandbox.system_user(), "access_tokens"], params | more).json()
        status = inspect(login.app, Token(Secret(made["access_token"])))
        assert (status.kind, status.scopes) == ("SYSTEM_USER", ("ads_read",))
        assert status.expires_at == (lifetime and sandbox.now() + lifetime)
    assert inspect(login.app, Token(login.app.token)).kind == "APP"


def test_permissions_taken_back_one_by_one(login: Login, token: Token) -> None:
    assert "read_insights" in inspect(login.app, token).scopes
    with login.app.api(token.secret) as api:
        api.call("DELETE", ["me", "permissions", "read_insights"])
    assert inspect(login.app, token).declined == ("read_insights",)


def test_the_end_of_data_access_is_told(sandbox: Sandbox, login: Login, token: Token, store: MemoryStore) -> None:
    store.save("ann", token)
    tokens = TokenManager(login, store, "ann")
    for _ in range(2):
        sandbox.sleep(55 * 86_400)
        tokens.current()
    status = tokens.status()
    assert status.valid
    assert "data has ended" in status.todo


# A token in use


def test_a_token_is_renewed_in_its_last_week_and_the_old_one_forgotten(
    sandbox: Sandbox, fb: FacebookAds, token: Token, store: MemoryStore
) -> None:
    sandbox.sleep(52 * 86_400)
    assert fb.adaccounts.get("act_1").id == "act_1"
    assert store.load("ann") == token
    sandbox.sleep(2 * 86_400)
    assert fb.adaccounts.get("act_1").id == "act_1"
    fresh = store.load("ann")
    assert fresh
    assert fresh.secret != token.secret
    assert fresh.expires_at == sandbox.now() + SIXTY_DAYS
    sandbox.sleep(10 * 86_400)  # the first one is dead by now
    assert fb.adaccounts.get("act_1").id == "act_1"
    assert sandbox.journal[-1].token == fresh.reveal()
    assert fb.token.status().valid


def test_a_token_that_nobody_used_for_60_days_needs_a_login(sandbox: Sandbox, fb: FacebookAds, browse: Browse) -> None:
    sandbox.sleep(61 * 86_400)
    before = len(sandbox.journal)
    with pytest.raises(AuthenticationError, match="expired") as dead:
        fb.adaccounts.get("act_1")
    assert [entry.path for entry in [*sandbox.journal][before:]] == ["debug_token"], "the clock may be ahead"
    assert dead.value.login_url
    log_in_again(fb, browse, dead.value.login_url)
    assert fb.adaccounts.get("act_1").id == "act_1"


def log_in_again(fb: FacebookAds, browse: Browse, link: str) -> None:
    tokens = fb.token.tokens
    assert tokens
    assert tokens.login
    tokens.adopt(tokens.login.finish(browse(link), tokens.key))


@pytest.mark.thorough
@table("subcode", [458, 460, 463, 467], fresh=True)
def test_a_token_that_dies_at_work_says_where_to_log_in(
    sandbox: Sandbox, fb: FacebookAds, token: Token, store: MemoryStore, browse: Browse, subcode: int
) -> None:
    assert fb.campaigns.list("act_1") == []
    if subcode == 463:
        sandbox.expire_token(token.reveal())
    else:
        sandbox.end_token(subcode)
    with pytest.raises(AuthenticationError) as dead:
        fb.campaigns.list("act_1")
    assert dead.value.error_subcode == subcode
    assert store.load("ann") is None
    assert dead.value.login_url
    log_in_again(fb, browse, dead.value.login_url)
    assert fb.campaigns.list("act_1") == []


@pytest.mark.parametrize("subcode", [459, 490])
def test_a_checkpoint_keeps_the_token(
    sandbox: Sandbox, fb: FacebookAds, token: Token, store: MemoryStore, subcode: int
) -> None:
    sandbox.end_token(subcode)
    with pytest.raises((AuthenticationError, BlockedError)) as stopped:
        fb.campaigns.list("act_1")
    assert stopped.value.error_subcode == subcode
    assert stopped.value.who == "user"
    assert store.load("ann") == token
    sandbox.mend_token()
    assert fb.campaigns.list("act_1") == []


def test_a_policy_block_and_a_missing_permission_keep_the_token(
    sandbox: Sandbox, fb: FacebookAds, token: Token, store: MemoryStore
) -> None:
    sandbox.fail_next("GET act_1/campaigns", GraphError(368))
    with pytest.raises(BlockedError):
        fb.campaigns.list("act_1")
    sandbox.sleep(3601)
    sandbox.revoke("ads_management", "ads_read", token=token.reveal())
    with pytest.raises(PermissionDeniedError):
        fb.campaigns.list("act_1")
    assert store.load("ann") == token


def test_renewing_and_taking_back_by_hand(
    sandbox: Sandbox, fb: FacebookAds, token: Token, store: MemoryStore, login: Login
) -> None:
    sandbox.sleep(86_400)
    fresh = fb.token.renew()
    assert (store.load("ann"), fresh.expires_at) == (fresh, sandbox.now() + SIXTY_DAYS)
    fb.token.revoke()
    assert store.load("ann") is None
    for each in (token, fresh):
        assert inspect(login.app, each).error_subcode == 458
    with pytest.raises(AuthenticationError, match="no user is signed in"):
        fb.campaigns.list("act_1")


def test_an_app_that_demands_proof(sandbox: Sandbox, login: Login, browse: Browse, store: MemoryStore) -> None:
    sandbox.app.needs_proof = True
    token = login.finish(browse(login.url()))
    assert {*token.scopes} == {*SCOPES, "public_profile"}
    store.save("ann", token)
    fb = FacebookAds.from_store(store, "ann", login=login, account="act_1")
    assert fb.campaigns.list("act_1") == []
    assert fb.token.renew().secret != token.secret
    assert fb.campaigns.list("act_1") == []
    with FacebookAds(token.reveal(), settings=login.app.settings) as bare, pytest.raises(APIError, match="proof"):
        bare.campaigns.list("act_1")
    fb.token.revoke()
    assert inspect(login.app, token).error_subcode == 458


def test_a_plain_sandbox_knows_its_app() -> None:
    sandbox = Sandbox(history=0)
    sandbox.limit_token(timedelta(hours=2))
    fb = FacebookAds.sandbox(sandbox)
    assert fb.token.status().expires_in == timedelta(hours=2)
    assert fb.token.renew().expires_at == sandbox.now() + SIXTY_DAYS
    assert fb.token.status().expires_in == SIXTY_DAYS
    fb.token.revoke()
    assert fb.token.status().error_subcode == 458
