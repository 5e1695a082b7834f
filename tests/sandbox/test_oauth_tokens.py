"""Tokens: exchanged, inspected, taken back, ended; held against recordings where there are some."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from recordings import body_of
from tables import table

from admonster_fb.sandbox import Sandbox

GRAPH = "https://graph.facebook.com/v26.0"
CALLBACK = "http://localhost:8917/callback"
DAY = 86_400


class Meta:
    """Asks a sandbox about tokens, as its app."""

    def __init__(self, client: Any) -> None:
        self.sandbox: Sandbox = client.sandbox
        self.sandbox.app.live = False
        self.plain = client.anonymous()
        self.known = {"client_id": self.sandbox.app.id, "client_secret": self.sandbox.app.secret}

    def code(self, scope: str = "ads_read,pages_show_list", redirect_uri: str = CALLBACK) -> str:
        form = {"client_id": self.sandbox.app.id, "redirect_uri": redirect_uri, "scope": scope}
        decided = {**form, "decision": "continue", "granted[]": scope.split(",")}
        dialog = "https://www.facebook.com/v26.0/dialog/oauth"
        location = self.plain.post(dialog, data=decided, allow_redirects=False).headers["location"]
        return str(location.partition("code=")[2].partition("#")[0].replace("%3D", "="))

    def exchange(self, **params: Any) -> dict[str, Any]:
        asked = {name: value for name, value in {**self.known, **params}.items() if value is not None}
        return dict(self.plain.get(f"{GRAPH}/oauth/access_token", params=asked).json())

    def login(self, scope: str = "ads_read,pages_show_list") -> str:
        return str(self.exchange(code=self.code(scope), redirect_uri=CALLBACK)["access_token"])

    def extend(self, token: str, **params: Any) -> dict[str, Any]:
        return self.exchange(grant_type="fb_exchange_token", fb_exchange_token=token, **params)

    def debug(self, token: str, by: str | None = None) -> dict[str, Any]:
        asked = {"input_token": token, "access_token": by or self.sandbox.app.token}
        return dict(self.plain.get(f"{GRAPH}/debug_token", params=asked).json())

    def about(self, token: str) -> dict[str, Any]:
        return dict(self.debug(token)["data"])

    def get(self, token: str, path: str = "me", **params: Any) -> dict[str, Any]:
        return dict(self.sandbox.session(token).get(f"{GRAPH}/{path}", params=params).json())

    def delete(self, token: str, path: str) -> dict[str, Any]:
        return dict(self.sandbox.session(token).delete(f"{GRAPH}/{path}").json())

    def refusal(self, answer: dict[str, Any]) -> tuple[int, int | None]:
        return answer["error"]["code"], answer["error"].get("error_subcode")


@pytest.fixture
def meta(client: Any) -> Meta:
    return Meta(client)


# The code


def test_a_code_becomes_a_token_of_two_hours(meta: Meta) -> None:
    made = meta.exchange(code=meta.code(), redirect_uri=CALLBACK)
    assert made.keys() == {"access_token", "token_type", "expires_in"}
    assert (made["token_type"], made["expires_in"]) == ("bearer", 7200)
    assert made["access_token"].startswith("sandbox-")
    assert meta.get(made["access_token"])["id"] == meta.sandbox.user_id
    meta.sandbox.sleep(7200)
    assert meta.refusal(meta.get(made["access_token"])) == (190, 463)


def test_a_code_works_once_for_ten_minutes_and_for_its_redirect(meta: Meta) -> None:
    code = meta.code()
    other = {"code": code, "redirect_uri": f"{CALLBACK}/"}
    assert meta.refusal(meta.exchange(**other)) == (100, 36008)
    assert "access_token" in meta.exchange(code=code, redirect_uri=CALLBACK)
    assert meta.refusal(meta.exchange(code=code, redirect_uri=CALLBACK)) == (100, 36009)
    late = meta.code()
    meta.sandbox.sleep(599)
    assert meta.refusal(meta.exchange(code=late, redirect_uri="http://localhost/")) == (100, 36008)
    meta.sandbox.sleep(1)
    assert meta.refusal(meta.exchange(code=late, redirect_uri=CALLBACK)) == (100, 36007)


def test_a_code_is_no_use_once_the_app_is_removed(meta: Meta) -> None:
    code = meta.code()
    meta.delete(meta.sandbox.token, "me/permissions")
    assert meta.refusal(meta.exchange(code=code, redirect_uri=CALLBACK)) == (100, None)


@table(
    ("changes", "status", "code", "words"),
    [
        ({"client_id": "foo"}, 500, 1, "An unknown error has occurred."),
        ({"client_id": "121584141274833"}, 400, 101, "Error validating application."),
        ({"client_id": None}, 400, 101, "Missing client_id parameter."),
        ({"client_secret": "sandbox-wrong"}, 400, 1, "Error validating client secret."),
        ({"client_secret": "ü"}, 400, 1, "Error validating client secret."),
        ({"client_secret": None}, 400, 101, "Missing client_secret parameter."),
        ({"redirect_uri": None}, 400, 191, "Missing redirect_uri parameter."),
        ({"code": None}, 400, 1, "Missing authorization code"),
        ({"code": "AQDnonsense"}, 400, 100, "Invalid verification code format."),
        ({"grant_type": "fb_exchange_token"}, 400, 1, "fb_exchange_token parameter not specified"),
        ({"grant_type": "password"}, 501, 501, "does not model GET oauth/access_token (grant_type password)"),
    ],
)
def test_exchanges_that_are_refused(meta: Meta, changes: Any, status: int, code: int, words: str) -> None:
    asked = {**meta.known, "code": meta.code(), "redirect_uri": CALLBACK, **changes}
    answer = meta.plain.get(f"{GRAPH}/oauth/access_token", params=asked)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert words in answer.json()["error"]["message"]


def test_an_exchange_may_be_posted(meta: Meta) -> None:
    asked = {**meta.known, "code": meta.code(), "redirect_uri": CALLBACK}
    assert "access_token" in meta.plain.post(f"{GRAPH}/oauth/access_token", data=asked).json()


# Longer lives


def test_a_token_is_prolonged_to_sixty_days_while_it_lives(meta: Meta) -> None:
    short = meta.login()
    made = meta.extend(short)
    assert made["expires_in"] == 5_183_944
    long = made["access_token"]
    assert long != short
    assert meta.about(long)["scopes"] == meta.about(short)["scopes"]
    meta.sandbox.sleep(59 * DAY)
    assert meta.refusal(meta.extend(short)) == (190, 463)
    again = meta.extend(long)["access_token"]
    meta.sandbox.sleep(2 * DAY)
    assert meta.refusal(meta.get(long)) == (190, 463)
    assert meta.get(again)["id"] == meta.sandbox.user_id
    assert meta.refusal(meta.extend("sandbox-unknown")) == (190, None)


def test_prolonging_does_not_prolong_data_access(meta: Meta) -> None:
    short = meta.login()
    until = meta.about(short)["data_access_expires_at"]
    assert until == int((meta.sandbox.now() + timedelta(days=90)).timestamp())
    meta.sandbox.sleep(3600)
    long = meta.extend(short)["access_token"]
    assert meta.about(long)["data_access_expires_at"] == until
    assert meta.about(meta.login())["data_access_expires_at"] == until + 3600


def test_system_users(meta: Meta) -> None:
    token = meta.sandbox.issue_system_token()
    about = meta.about(token)
    assert (about["type"], about["expires_at"], about["data_access_expires_at"]) == ("SYSTEM_USER", 0, 0)
    meta.sandbox.sleep(3000 * DAY)
    assert meta.get(token)["id"] == meta.sandbox.system_user()
    assert "expires_in" not in meta.extend(token)
    limited = meta.extend(token, set_token_expires_in_60_days="true")
    assert limited["expires_in"] == 5_183_944
    brief = meta.sandbox.issue_system_token(["ads_read"], expires=True)
    meta.sandbox.sleep(61 * DAY)
    error = meta.get(brief)["error"]
    assert (error["code"], "error_subcode" in error) == (190, False)  # recorded: no subcode
    assert error["message"].startswith("The token has expired on ")
    assert meta.refusal(meta.get(limited["access_token"])) == (190, None)


def test_a_system_users_token_is_made_by_who_manages_the_business(meta: Meta) -> None:
    path = f"{GRAPH}/{meta.sandbox.system_user()}/access_tokens"
    asked = {"business_app": meta.sandbox.app.id, "scope": "ads_read,ads_management"}
    admin = meta.sandbox.session()
    made = admin.post(path, data=asked).json()["access_token"]
    assert meta.about(made)["scopes"] == ["ads_management", "ads_read"]
    assert meta.refusal(admin.post(path, data={**asked, "scope": ""}).json()) == (100, None)
    assert meta.refusal(admin.post(path, data={**asked, "scope": "ads_everything"}).json()) == (100, None)
    assert meta.refusal(admin.post(path, data={**asked, "business_app": "12"}).json()) == (100, 33)
    stranger = meta.sandbox.session(meta.sandbox.issue_token(accounts=["act_4"]))
    assert meta.refusal(stranger.post(path, data=asked).json()) == (100, 33)
    clerk = meta.sandbox.session(meta.sandbox.issue_token(["ads_management"]))
    assert meta.refusal(clerk.post(path, data=asked).json()) == (200, None)


def test_the_apps_own_token(meta: Meta) -> None:
    made = meta.exchange(grant_type="client_credentials")
    assert made == {"access_token": meta.sandbox.app.token, "token_type": "bearer"}
    assert meta.refusal(meta.get(made["access_token"])) == (2500, None)
    assert meta.refusal(meta.get(made["access_token"], "act_1")) == (100, 33)
    assert meta.refusal(meta.get(f"{meta.sandbox.app.id}|sandbox-wrong", "act_1")) == (190, None)


# Inspection


def recorded(name: str) -> dict[str, Any]:
    body = body_of("oauth_debug_token", name)
    return dict(body.get("data", body))


def form_of(value: Any) -> Any:
    """Return the types of an answer, those of lists by their first element."""
    if isinstance(value, dict):
        return {name: form_of(each) for name, each in value.items()}
    return [form_of(each) for each in value[:1]] if isinstance(value, list) else type(value)


# Old answers lack what newer ones have; `metadata` is of single sign-on.
@table("name", ["python_facebook_token_info", "restfb_debug-token-info-2", "fb_graph2_debug_user_token"], fresh=True)
def test_a_living_token_has_the_recorded_shape(meta: Meta, name: str) -> None:
    ours, theirs = form_of(meta.about(meta.login())), form_of(recorded(name))
    assert theirs.items() <= ours.items()


def test_a_pages_and_an_apps_token_have_the_recorded_shapes(meta: Meta) -> None:
    page = meta.get(meta.login(), "me/accounts")["data"][0]["access_token"]
    assert form_of(recorded("fb_graph2_debug_page_token")).items() <= form_of(meta.about(page)).items()
    assert form_of(recorded("fb_graph2_debug_app_token")).items() <= form_of(meta.about(meta.sandbox.app.token)).items()


def test_a_dead_token_has_the_recorded_shape(meta: Meta) -> None:
    token = meta.login()
    meta.sandbox.end_token(467)
    ours, theirs = meta.about(token), recorded("fb_graph2_debug_invalid_token")
    assert form_of(theirs).items() <= form_of(ours).items()
    assert (ours["is_valid"], ours["error"]["code"], ours["error"]["subcode"]) == (False, 190, 467)


def test_an_exchange_has_the_recorded_shape(meta: Meta) -> None:
    assert form_of(meta.extend(meta.login())) == form_of(recorded("python_facebook_long_term_token"))


def test_what_is_told_of_a_token(meta: Meta) -> None:
    token = meta.login()
    about = meta.about(token)
    now = int(meta.sandbox.now().timestamp())
    assert (about["app_id"], about["application"], about["type"]) == (meta.sandbox.app.id, "Sandbox Bot", "USER")
    assert about["user_id"] == meta.sandbox.user_id
    assert (about["issued_at"], about["expires_at"]) == (now, now + 7200)
    assert about["scopes"] == ["ads_read", "pages_show_list", "public_profile"]
    assert about["granular_scopes"] == [{"scope": "ads_read"}, {"scope": "pages_show_list"}]
    assert meta.about(meta.sandbox.token)["expires_at"] == 0
    meta.sandbox.sleep(7200)
    dead = meta.about(token)
    assert (dead["is_valid"], dead["error"]["subcode"], dead["scopes"]) == (False, 463, about["scopes"])


def test_who_may_inspect(meta: Meta) -> None:
    token = meta.login()
    assert meta.debug(token, token)["data"]["is_valid"] is True
    assert meta.debug(token, meta.sandbox.token)["data"]["is_valid"] is True
    meta.sandbox.world.tokens.tokens[meta.sandbox.token].app_id = "12"
    refused = meta.debug(token, meta.sandbox.token)
    assert meta.refusal(refused) == (100, None)
    assert "did not match the Viewing App" in refused["error"]["message"]
    assert meta.refusal(meta.debug(meta.sandbox.token)) == (100, None)
    assert meta.refusal(meta.extend(meta.sandbox.token)) == (190, None)
    assert meta.refusal(meta.plain.get(f"{GRAPH}/debug_token?input_token={token}").json()) == (104, None)
    assert meta.refusal(meta.debug("")) == (100, None)
    unreadable = meta.about("EAABnonsense")
    assert (unreadable["is_valid"], unreadable["error"]["code"]) == (False, 190)
    # one that is dead cannot ask
    meta.sandbox.expire_token(token)
    assert meta.refusal(meta.debug(meta.sandbox.token, token)) == (190, 463)


# Permissions


def test_one_permission_is_taken_back_from_every_token_of_the_user(meta: Meta) -> None:
    token = meta.login("ads_read,ads_management")
    other = meta.extend(token)["access_token"]
    assert meta.delete(token, "me/permissions/ads_management") == {"success": True}
    assert meta.sandbox.session(token).delete(
        f"{GRAPH}/{meta.sandbox.user_id}/permissions", params={"permission": "read_insights"}
    ).json() == {"success": True}
    assert meta.about(other)["scopes"] == ["ads_read", "public_profile"]
    rows = {row["permission"]: row["status"] for row in meta.get(other, "me/permissions")["data"]}
    assert rows == {"ads_read": "granted", "public_profile": "granted", "ads_management": "declined"}
    assert meta.get(token, "me/permissions/ads_management")["data"][0]["status"] == "declined"
    assert meta.refusal(meta.delete(token, "me/permissions/public_profile")) == (100, None)
    assert "ads_management" not in meta.about(meta.login("ads_read,ads_management"))["scopes"]  # not asked again


def test_what_a_user_declined_later_is_not_asked_for_by_itself(meta: Meta) -> None:
    token = meta.login("ads_read,ads_management")
    meta.sandbox.revoke("ads_management", token=token)
    assert "ads_management" not in meta.about(token)["scopes"]
    assert "ads_management" not in meta.about(meta.login("ads_read,ads_management"))["scopes"]


def test_taking_all_back_ends_every_token_of_the_user_and_of_no_other(meta: Meta) -> None:
    token, other = meta.login(), meta.sandbox.issue_token(accounts=["act_3"])
    page = meta.get(token, "me/accounts")["data"][0]["access_token"]
    assert meta.delete(token, "me/permissions") == {"success": True}
    for ended in (token, page, meta.sandbox.token):
        assert meta.refusal(meta.get(ended)) == (190, 458)
        assert meta.refusal(meta.delete(ended, "me/permissions")) == (190, 458)
    assert meta.refusal(meta.extend(token)) == (190, 458)
    assert meta.sandbox.app.id in meta.get(token)["error"]["message"]
    assert "id" in meta.get(other)
    assert "id" in meta.get(meta.login())  # the user can sign in again


def test_an_app_reads_and_takes_back_a_users_permissions(meta: Meta) -> None:
    token, app = meta.login("ads_read"), meta.sandbox.app.token
    meta.sandbox.revoke("business_management")
    meta.sandbox.lapse("read_insights")
    path = f"{meta.sandbox.user_id}/permissions"
    rows = {row["permission"]: row["status"] for row in meta.get(app, path)["data"]}
    assert (rows["ads_read"], rows["business_management"], rows["read_insights"]) == ("granted", "declined", "expired")
    stranger = meta.sandbox.issue_token(accounts=["act_3"])
    assert meta.refusal(meta.get(stranger, path)) == (100, 33)
    assert meta.delete(app, path) == {"success": True}
    assert meta.refusal(meta.get(token)) == (190, 458)


def test_a_scope_that_was_not_granted_stops_the_call(meta: Meta) -> None:
    token = meta.login("pages_show_list")
    assert meta.refusal(meta.get(token, "act_1/campaigns")) == (200, None)
    assert "data" in meta.get(meta.login("ads_read"), "act_1/campaigns")


# Pages


def test_each_page_has_a_token_that_lasts_if_the_users_does(meta: Meta) -> None:
    short = meta.login()
    pages = meta.get(short, "me/accounts", fields="id,name,access_token,tasks")["data"]
    assert [page["name"] for page in pages] == ["Juniper Roast", "Juniper Roast Academy"]
    assert len({page["access_token"] for page in pages}) == 2
    assert meta.get(short, "me/accounts", fields="access_token")["data"][0]["access_token"] == pages[0]["access_token"]
    about = meta.about(pages[0]["access_token"])
    assert (about["type"], about["profile_id"], about["user_id"]) == ("PAGE", pages[0]["id"], meta.sandbox.user_id)
    assert about["expires_at"] == meta.about(short)["expires_at"]
    long = meta.extend(short)["access_token"]
    lasting = meta.get(long, "me/accounts")["data"][0]["access_token"]
    assert meta.about(lasting)["expires_at"] == 0
    assert meta.get(lasting)["name"] == "Juniper Roast"
    assert meta.refusal(meta.get(lasting, "act_1")) == (100, 33)
    meta.sandbox.sleep(61 * DAY)
    assert meta.refusal(meta.get(pages[0]["access_token"])) == (190, 463)
    assert "id" in meta.get(lasting)
    meta.sandbox.end_token(460, lasting)
    assert meta.refusal(meta.get(lasting)) == (190, 460)


def test_pages_are_listed_only_with_the_permission(meta: Meta) -> None:
    assert meta.get(meta.login("ads_read"), "me/accounts") == {"data": []}


# Ends


@table("subcode", [458, 459, 460, 464, 466, 467, 490])
def test_ended_token_is_refused_with_its_subcode(meta: Meta, subcode: int) -> None:
    token = meta.login()
    meta.sandbox.end_token(subcode)
    answer = meta.sandbox.session(token).get(f"{GRAPH}/me")
    assert answer.status_code == 400
    assert meta.refusal(answer.json()) == (190, subcode)
    assert answer.json()["error"]["type"] == "OAuthException"
    assert meta.about(token)["error"]["subcode"] == subcode
    assert isinstance(answer.json()["error"].get("error_data", ""), str)
    meta.sandbox.mend_token()
    assert ("id" in meta.get(token)) is (subcode in (459, 464, 490))


def test_ends_that_do_not_exist(meta: Meta) -> None:
    with pytest.raises(ValueError, match="458, 459"):
        meta.sandbox.end_token(1)
    with pytest.raises(ValueError, match="SYSTEM_USER"):
        meta.sandbox.add_config([], "PAGE")


def test_a_life_can_be_set(meta: Meta) -> None:
    meta.sandbox.limit_token(timedelta(minutes=5))
    meta.sandbox.sleep(299)
    assert "id" in meta.get(meta.sandbox.token)
    meta.sandbox.sleep(1)
    assert meta.refusal(meta.get(meta.sandbox.token)) == (190, 463)
    meta.sandbox.limit_token(None)
    assert "id" in meta.get(meta.sandbox.token)


# The proof


def test_the_proof_of_the_app_is_asked_for_where_the_app_says_so(meta: Meta) -> None:
    token, app = meta.login(), meta.sandbox.app
    app.needs_proof = True
    assert meta.refusal(meta.get(token)) == (100, None)
    for value, allowed in ((token, True), (meta.sandbox.token, False)):
        proof = hmac.new(app.secret.encode(), value.encode(), hashlib.sha256).hexdigest()
        assert ("id" in meta.get(token, appsecret_proof=proof)) is allowed
    assert meta.refusal(meta.debug(token)) == (100, None)
    proof = hmac.new(app.secret.encode(), app.token.encode(), hashlib.sha256).hexdigest()
    asked = {"input_token": token, "access_token": app.token, "appsecret_proof": proof}
    assert meta.plain.get(f"{GRAPH}/debug_token", params=asked).json()["data"]["is_valid"]
    assert "access_token" in meta.extend(token)  # it has the secret itself


# The rest of the sandbox


def test_tokens_and_app_are_steered_over_http_too(meta: Meta) -> None:
    def steer(name: str, told: Any) -> Any:
        return meta.plain.post(f"https://graph.facebook.com/_sandbox/{name}", json=told).json()

    told = steer("app", {"live": True, "redirect_uris": ["https://bot.example/"], "name": "Bot"})
    assert (told["id"], told["live"], told["redirect_uris"]) == (meta.sandbox.app.id, True, ["https://bot.example/"])
    assert meta.sandbox.app.secret not in str(told)
    assert (meta.sandbox.app.live, meta.sandbox.app.name) == (True, "Bot")
    assert steer("token", {"end": 459}) == {"success": True}
    assert meta.refusal(meta.get(meta.sandbox.token)) == (190, 459)
    steer("token", {"mend": True, "revoke": ["ads_read"]})
    assert "ads_read" not in meta.about(meta.sandbox.token)["scopes"]
    steer("token", {"lasts": 60})
    expires_at = datetime.fromtimestamp(meta.about(meta.sandbox.token)["expires_at"], meta.sandbox.now().tzinfo)
    assert expires_at - meta.sandbox.now() == timedelta(minutes=1)
    other = meta.sandbox.issue_token(accounts=["act_2"])
    steer("token", {"end": 460, "token": other})
    assert meta.refusal(meta.get(other)) == (190, 460)
    assert "id" in meta.get(meta.sandbox.token)
    assert "no such end" in steer("token", {"end": 1})["error"]["message"]


def test_an_app_in_development_makes_no_creatives(client: Any) -> None:
    uploaded = client.post("act_1/adimages", bytes="R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
    image = next(iter(uploaded["images"].values()))["hash"]
    story = {"name": "A", "object_story_spec": client.story(image)}
    client.sandbox.app.live = False
    refused = client.post("act_1/adcreatives", **story)["error"]
    assert (refused["code"], refused["error_subcode"]) == (100, 1885183)
    adset = client.adset()
    ad = {"name": "A", "adset_id": adset, "status": "PAUSED", "creative": story}
    assert client.post("act_1/ads", **ad)["error"]["error_subcode"] == 1885183
    client.sandbox.app.live = True
    assert "id" in client.post("act_1/ads", **ad)
    client.sandbox.app.live = False
    known = client.get("act_1/adcreatives")["data"][0]["id"]
    assert "id" in client.post("act_1/ads", **{**ad, "creative": {"creative_id": known}})


def test_the_same_seed_makes_the_same_tokens_and_logging_in_changes_no_id(meta: Meta) -> None:
    other = Sandbox(history=0)
    assert (other.app.secret, other.token) == (meta.sandbox.app.secret, meta.sandbox.token)
    assert other.app.secret != Sandbox(seed=2, history=0).app.secret
    meta.login()
    meta.sandbox.issue_system_token()
    assert meta.sandbox.world.store.new_id() == other.world.store.new_id()


def test_tokens_outlive_a_snapshot(meta: Meta, tmp_path: Path) -> None:
    short = meta.login()
    page = meta.get(short, "me/accounts")["data"][0]["access_token"]
    meta.sandbox.lapse("ads_read", token=short)
    meta.sandbox.save(tmp_path / "snapshot.json")
    other = Sandbox(history=0)
    other.load(tmp_path / "snapshot.json")
    for token in (short, page):
        assert other.world.tokens.tokens[token] == meta.sandbox.world.tokens.tokens[token]
    assert other.issue_token() not in meta.sandbox.world.tokens.tokens


@pytest.mark.thorough
def test_the_program_tells_its_app_and_plays_its_dialog() -> None:
    options = ["--history", "0", "--development", "--redirect-uri", "https://bot.example/"]
    command = [sys.executable, "-m", "admonster_fb.sandbox", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(5)]
            url, (_, app, _, secret, mode) = lines[1].split()[1], lines[4].split(maxsplit=4)
            assert mode.strip() == "in development mode"
            asked = {"client_id": app.rstrip(","), "redirect_uri": CALLBACK}
            for redirect_uri, status in ((CALLBACK, 200), ("https://bot.example/", 200), ("https://bot.example", 400)):
                page = requests.get(f"{url}/v26.0/dialog/oauth", {**asked, "redirect_uri": redirect_uri}, timeout=5)
                assert page.status_code == status
            token = {"access_token": f"{app.rstrip(',')}|{secret.rstrip(',')}", "input_token": lines[2].split()[1]}
            about = requests.get(f"{url}/debug_token", token, timeout=5).json()["data"]
            assert abs(about["issued_at"] - time.time()) < 60
        finally:
            process.terminate()
