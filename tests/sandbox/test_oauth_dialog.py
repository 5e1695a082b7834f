"""The login dialog: what it checks, shows and brings back. Spoken to as a browser does, by links and a form."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tables import table

from admonster_fb.sandbox import Http

GRAPH = "https://graph.facebook.com/v26.0"
DIALOG = "https://www.facebook.com/v26.0/dialog/oauth"
CALLBACK = "http://localhost:8917/callback"
BOT = "https://bot.example/callback?from=fb"


class Form(HTMLParser):
    """The fields of a page: hidden ones, boxes that are checked, and every element that loads or runs something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.boxes: list[str] = []
        self.users: list[str] = []
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.loads += [name for name in told if name in ("src", "href", "action") or name.startswith("on")]
        if told.get("type") == "hidden":
            self.hidden[told["name"]] = told["value"]
        if told.get("type") == "checkbox":
            assert "checked" in told
            self.boxes.append(told["value"])
        if tag == "option":
            self.users.append(told["value"])


class Browser:
    def __init__(self, client: Any) -> None:
        self.sandbox = client.sandbox
        self.sandbox.app.live = False
        self.session = client.anonymous()
        self.asked = {
            "client_id": self.sandbox.app.id,
            "redirect_uri": CALLBACK,
            "state": "s t&=ä",
            "scope": "ads_read",
        }

    def get(self, **changes: Any) -> Any:
        asked = {name: value for name, value in {**self.asked, **changes}.items() if value is not None}
        return self.session.get(DIALOG, params=asked)

    def open(self, **changes: Any) -> Form:
        answer = self.get(**changes)
        assert answer.status_code == 200, answer.text
        return Form(answer.text)

    def press(self, form: Form, decision: str = "continue", without: tuple[str, ...] = ()) -> dict[str, str]:
        """Send the form and return the parameters of the address it leads to."""
        fields = {**form.hidden, "decision": decision, "granted[]": [box for box in form.boxes if box not in without]}
        answer = self.session.post(DIALOG, data=fields, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        self.location = answer.headers["location"]
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}

    def exchange(self, code: str, redirect_uri: str = CALLBACK) -> Any:
        app = {"client_id": self.sandbox.app.id, "client_secret": self.sandbox.app.secret}
        asked = {**app, "redirect_uri": redirect_uri, "code": code}
        return self.session.get(f"{GRAPH}/oauth/access_token", params=asked).json()

    def permissions(self, told: dict[str, str]) -> dict[str, str]:
        """Return what the token of a login was granted."""
        token = self.exchange(told["code"])["access_token"]
        rows = self.sandbox.session(token).get(f"{GRAPH}/me/permissions").json()["data"]
        return {row["permission"]: row["status"] for row in rows}


@pytest.fixture
def browser(client: Any) -> Browser:
    return Browser(client)


def test_the_page_asks_for_each_scope_and_loads_nothing(browser: Browser) -> None:
    answer = browser.get(scope="ads_read,ads_management pages_show_list,ads_read")
    form = Form(answer.text)
    assert form.boxes == ["ads_read", "ads_management", "pages_show_list"]
    assert form.tags & {"script", "img", "link", "iframe", "object"} == set()
    assert form.loads == []
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].endswith("form-action 'self' http://localhost:8917")
    assert (answer.headers["referrer-policy"], answer.headers["x-graph-sandbox"]) == ("no-referrer", "1")
    assert "not Facebook" in answer.text
    assert "Sandbox User" in answer.text


def test_continue_brings_a_code_and_the_state_untouched(browser: Browser) -> None:
    told = browser.press(browser.open())
    assert told.keys() == {"code", "state"}
    assert told["state"] == "s t&=ä"
    assert browser.location.startswith(f"{CALLBACK}?")
    assert browser.location.endswith("#_=_")
    assert browser.permissions(told) == {"ads_read": "granted", "public_profile": "granted"}
    assert browser.press(browser.open(state=None)).keys() == {"code"}


def test_cancel_brings_an_error_and_grants_nothing(browser: Browser) -> None:
    told = browser.press(browser.open(), "cancel")
    assert told == {
        "error": "access_denied",
        "error_code": "200",
        "error_description": "Permissions error",
        "error_reason": "user_denied",
        "state": "s t&=ä",
    }
    assert browser.open().boxes == ["ads_read"]


def test_what_was_declined_is_asked_again_only_on_demand(browser: Browser) -> None:
    both = {"scope": "ads_read,ads_management"}
    first = browser.permissions(browser.press(browser.open(**both), without=("ads_management",)))
    assert first == {"ads_read": "granted", "public_profile": "granted", "ads_management": "declined"}
    assert browser.open(**both).boxes == []
    assert browser.permissions(browser.press(browser.open(**both))) == first
    form = browser.open(**both, auth_type="rerequest")
    assert form.boxes == ["ads_management"]
    assert set(browser.permissions(browser.press(form)).values()) == {"granted"}


def test_a_box_that_was_not_shown_grants_nothing(browser: Browser) -> None:
    form = browser.open()
    form.boxes.append("ads_management")
    assert "ads_management" not in browser.permissions(browser.press(form))


REDIRECTS = {
    CALLBACK: (True, False),
    "http://localhost:1/": (True, False),
    "http://localhost": (True, False),
    BOT: (True, True),
    "https://bot.example/callback": (False, False),
    "https://bot.example/callback?from=fb&more=1": (False, False),
    "http://127.0.0.1:8917/callback": (False, False),
    "http://localhost.evil.example/": (False, False),
    "http://localhost:1@evil.example/": (False, False),
    "http://localhost:8917/callback#here": (False, False),
    "http://localhost:8917/a\r\nset-cookie: a=b": (False, False),
    "http://localhost:8917/ü": (False, False),
    "javascript:alert(1)": (False, False),
}


@table("redirect_uri", REDIRECTS)
def test_redirect_uri_valid_or_refused(browser: Browser, redirect_uri: str) -> None:
    browser.sandbox.app.redirect_uris.append(BOT)
    for live, allowed in zip((False, True), REDIRECTS[redirect_uri], strict=True):
        browser.sandbox.app.live = live
        answer = browser.get(redirect_uri=redirect_uri)
        assert answer.status_code == (200 if allowed else 400)
        assert ("URL Blocked" in answer.text) is not allowed
        assert "location" not in answer.headers


def test_a_redirect_keeps_its_own_query(browser: Browser) -> None:
    browser.sandbox.app.redirect_uris.append(BOT)
    told = browser.press(browser.open(redirect_uri=BOT))
    assert browser.location.startswith(f"{BOT}&code=")
    assert told["from"] == "fb"


@table(
    ("changes", "status", "words"),
    [
        ({"client_id": "12"}, 400, "Invalid App ID"),
        ({"client_id": None}, 400, "Invalid App ID"),
        ({"redirect_uri": None}, 400, "Missing redirect_uri parameter."),
        ({"scope": "ads_read,ads_everything"}, 400, "Invalid Scopes: ads_everything."),
        ({"scope": "leads_retrieval"}, 400, "Invalid Scopes: leads_retrieval."),
        ({"config_id": "1"}, 400, "Invalid configuration"),
        ({"response_type": "token"}, 501, "does not model response_type=token"),
        ({"auth_type": "reauthenticate"}, 501, "does not model auth_type=reauthenticate"),
    ],
)
def test_what_is_wrong_is_shown_and_sent_nowhere(browser: Browser, changes: Any, status: int, words: str) -> None:
    browser.sandbox.app.not_for_app.add("leads_retrieval")
    answer = browser.get(**changes)
    assert answer.status_code == status
    assert words in answer.text
    assert Form(answer.text).hidden == {}
    fields = {name: value for name, value in {**browser.asked, **changes, "decision": "continue"}.items() if value}
    posted = browser.session.post(DIALOG, data=fields, allow_redirects=False)
    assert (posted.status_code, "location" in posted.headers) == (status, False)


def test_parameters_are_shown_as_text(browser: Browser) -> None:
    hostile = '"><script>alert(1)</script>'
    browser.sandbox.app.name = hostile
    answer = browser.get(state=hostile)
    form = Form(answer.text)
    assert "script" not in form.tags
    assert form.hidden["state"] == hostile
    assert browser.press(form)["state"] == hostile
    assert "script" not in Form(browser.get(scope=hostile).text).tags


def test_in_development_only_people_with_a_role_sign_in(browser: Browser) -> None:
    stranger = browser.sandbox.add_user("Stranger", ["act_2"], role=False)
    answer = browser.get(**{"as": stranger})
    assert (answer.status_code, "App not active" in answer.text) == (400, True)
    browser.sandbox.app.live = True
    browser.sandbox.app.redirect_uris.append(CALLBACK)
    form = browser.open(**{"as": stranger})
    assert form.users == [browser.sandbox.user_id, stranger]
    assert form.hidden["as"] == stranger
    token = browser.exchange(browser.press(form)["code"])["access_token"]
    session = browser.sandbox.session(token)
    assert session.get(f"{GRAPH}/me").json() == {"name": "Stranger", "id": stranger}
    assert [row["id"] for row in session.get(f"{GRAPH}/me/adaccounts").json()["data"]] == ["act_2"]
    assert browser.open().boxes == ["ads_read"]  # what one person granted, another has not


def test_a_configuration_grants_all_or_nothing(browser: Browser) -> None:
    config_id = browser.sandbox.add_config(["ads_read", "business_management"])
    form = browser.open(config_id=config_id, scope=None)
    assert form.boxes == []
    assert browser.permissions(browser.press(form)) == dict.fromkeys(
        ["ads_read", "business_management", "public_profile"], "granted"
    )


def test_a_configuration_for_a_system_user_ends_in_a_token_without_end(browser: Browser) -> None:
    config_id = browser.sandbox.add_config(["ads_read"], "SYSTEM_USER")
    made = browser.exchange(browser.press(browser.open(config_id=config_id, scope=None))["code"])
    assert made.keys() == {"access_token", "token_type"}
    session = browser.sandbox.session(made["access_token"])
    assert session.get(f"{GRAPH}/me").json()["id"] == browser.sandbox.system_user()
    about = session.get(f"{GRAPH}/debug_token", params={"input_token": made["access_token"]}).json()["data"]
    assert (about["type"], about["expires_at"]) == ("SYSTEM_USER", 0)
    assert browser.open().users == []  # nobody signs in as a system user


def test_a_login_under_way_outlives_a_snapshot(browser: Browser, tmp_path: Any) -> None:
    code = browser.press(browser.open(scope="ads_read,ads_management"), without=("ads_management",))["code"]
    browser.sandbox.add_config(["ads_read"], "SYSTEM_USER")
    browser.sandbox.save(tmp_path / "snapshot.json")
    browser.sandbox.world.logins.codes.clear()
    browser.sandbox.world.logins.consents.clear()
    browser.sandbox.app.configs.clear()
    browser.sandbox.load(tmp_path / "snapshot.json")
    assert browser.permissions({"code": code})["ads_management"] == "declined"
    assert [config.kind for config in browser.sandbox.app.configs.values()] == ["SYSTEM_USER"]


def test_faults_and_the_journal_see_it_and_no_secret(browser: Browser) -> None:
    browser.sandbox.fail_next("GET dialog/oauth", Http(503, "<p>Down</p>"))
    assert browser.get().status_code == 503
    code = browser.press(browser.open())["code"]
    token = browser.exchange(code)["access_token"]
    browser.session.get(
        f"{GRAPH}/debug_token", params={"input_token": token, "access_token": browser.sandbox.app.token}
    )
    shown = browser.session.get("https://graph.facebook.com/_sandbox/journal").text
    for secret in (code, token, browser.sandbox.app.secret):
        assert secret not in shown
    assert "dialog/oauth" in shown
