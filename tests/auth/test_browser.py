"""Signing in with a real browser: headless Chromium, through the sandbox's dialog, to the listener on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from admonster_fb import AuthenticationError, Login
from admonster_fb.auth import environment
from admonster_fb.auth.callback_server import Listener, listen
from admonster_fb.auth.scopes import SCOPES
from admonster_fb.auth.token import Token
from admonster_fb.cli.sandbox_login import serve_login
from admonster_fb.sandbox import Sandbox

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), "")
WAIT = 20_000
"""Milliseconds that the browser may take for a step."""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=["--no-sandbox"])
        yield browser
        browser.close()


class Tab:
    """A page of the browser, and all that it asked for and complained of."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.asked: list[str] = []
        self.trouble: list[str] = []
        page.set_default_timeout(WAIT)
        page.on("request", lambda request: self.asked.append(urlsplit(request.url).netloc))
        page.on("console", lambda message: self.trouble.append(message.text))
        page.on("pageerror", lambda error: self.trouble.append(str(error)))

    def told(self) -> dict[str, str]:
        """Return the parameters of the address it ended at."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}

    def heading(self) -> str:
        return str(self.page.inner_text("h1"))


@pytest.fixture
def tab(chromium: Any) -> Iterator[Tab]:
    with chromium.new_context() as context:
        yield Tab(context.new_page())


class Begun:
    """A sign-in under way: the link, and what the listener makes of the answer."""

    def __init__(self, sandbox: Sandbox, login: Login, listener: Listener[Token]) -> None:
        self.sandbox, self.login, self.listener = sandbox, login, listener
        self.link = login.url()
        listener.expect(self.link)

    def wait(self) -> Token:
        return self.listener.wait(10)


@contextmanager
def begin(sandbox: Sandbox) -> Iterator[Begun]:
    logins: list[Login] = []
    with serve_login(sandbox) as settings, listen(lambda url: logins[0].finish(url)) as listener:
        logins.append(environment.login(settings, listener.redirect_uri, scopes=[]))
        yield Begun(sandbox, logins[0], listener)


@pytest.fixture
def begun() -> Iterator[Begun]:
    with begin(Sandbox(history=0)) as under_way:
        yield under_way


def test_accepting_ends_with_a_token_and_its_code_in_no_log(tab: Tab, begun: Begun, logged: list[str]) -> None:
    tab.page.goto(begun.link)
    assert tab.heading() == "Sandbox Bot asks for access"
    tab.page.click("text=Continue")
    token = begun.wait()
    assert tab.heading() == "Signed in"
    assert {*token.scopes} == {*SCOPES, "public_profile"}
    code = tab.told()["code"]
    assert begun.sandbox.login_codes[code]
    assert logged
    secrets = (code, token.reveal(), begun.sandbox.app.secret)
    assert [line for line in logged if any(secret in line for secret in secrets)] == []
    assert code not in tab.page.content()
    begun.sandbox.session(token.reveal()).get("https://graph.facebook.com/me").raise_for_status()
    # Nothing was loaded from elsewhere, and nothing failed to load.
    assert {*tab.asked} <= {urlsplit(begun.link).netloc, urlsplit(begun.login.redirect_uri).netloc}
    assert [text for text in tab.trouble if "favicon" not in text and "404" not in text] == []


def test_a_scope_that_is_declined_is_known_and_asked_for_again(tab: Tab, begun: Begun) -> None:
    tab.page.goto(begun.link)
    tab.page.uncheck("input[value=ads_management]")
    tab.page.click("text=Continue")
    token = begun.wait()
    assert token.declined == ("ads_management",)
    assert "ads_management" not in token.scopes
    tab.page.goto(begun.login.url())
    assert tab.page.locator("input[type=checkbox]").count() == 0
    assert tab.page.inner_text("li:has-text('ads_management')").endswith("declined before")
    tab.page.goto(begun.login.url(rerequest=True))
    assert [box.get_attribute("value") for box in tab.page.locator("input[type=checkbox]").all()] == ["ads_management"]


def test_cancelling_is_told_on_both_sides(tab: Tab, begun: Begun) -> None:
    tab.page.goto(begun.link)
    tab.page.click("text=Cancel")
    with pytest.raises(AuthenticationError, match="did not allow") as refused:
        begun.wait()
    assert tab.heading() == "Not signed in"
    assert "did not allow" in tab.page.inner_text("p")
    assert tab.told()["error_reason"] == "user_denied"
    assert refused.value.login_url
    assert "auth_type=rerequest" in refused.value.login_url
    assert not begun.sandbox.login_codes


def test_another_person_can_be_chosen(tab: Tab) -> None:
    sandbox = Sandbox(history=0)
    ann = sandbox.add_user("Ann", ["act_2"])
    with begin(sandbox) as begun:
        tab.page.goto(begun.link)
        tab.page.select_option("select", ann)
        tab.page.click("text=Switch")
        tab.page.click("text=Continue")
        assert begun.wait().user_id == ann


def test_what_is_wrong_is_shown_and_the_listener_hears_nothing(tab: Tab, begun: Begun) -> None:
    answer = tab.page.goto(begun.link.replace("localhost", "elsewhere.example"))
    assert (answer.status, tab.heading()) == (400, "URL Blocked")
    assert {*tab.asked} == {urlsplit(begun.link).netloc}


def test_a_finished_address_is_no_use_again(tab: Tab, begun: Begun) -> None:
    tab.page.goto(begun.link)
    tab.page.click("text=Continue")
    begun.wait()
    tab.page.wait_for_selector("text=Signed in")
    tab.page.reload()
    assert tab.heading() == "Nothing here"


@pytest.mark.parametrize("width", [390, 1280])
def test_the_dialog_fits_the_screen(chromium: Any, begun: Begun, width: int) -> None:
    begun.sandbox.app.name = "Unbreakable" * 12
    begun.sandbox.add_user("Somebody with quite a long name " * 3)
    with chromium.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        page.goto(begun.link)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        boxes = [page.locator(f"text={name}").bounding_box() for name in ("Cancel", "Continue")]
        for box in boxes:
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["height"] >= 40
        assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
        assert page.locator("input[type=checkbox]").count() == len(SCOPES)


def test_the_command_line_signs_in(tab: Tab) -> None:
    command = [sys.executable, "-m", "admonster_fb", "login", "--sandbox", "--timeout", "60"]
    env = {**os.environ, "BROWSER": "true"}  # the command of that name, which opens nothing
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env) as process:
        late = threading.Timer(90, process.kill)
        late.start()
        assert process.stdout
        link = process.stdout.readline().removeprefix("Sign in with Facebook: ").strip()
        tab.page.goto(link)
        tab.page.uncheck("input[value=pages_manage_ads]")
        tab.page.click("text=Continue")
        assert tab.heading() == "Signed in"
        said = process.stdout.read()
        late.cancel()
    assert process.returncode == 0
    assert "Signed in as user" in said
    assert "Not granted: pages_manage_ads" in said
    assert tab.told()["code"] not in said
