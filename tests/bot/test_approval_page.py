"""The signed page on which a person decides: GET shows, POST decides once, what is forged or used is 410."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError, PlanRefused
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.approval_page import ApprovalPage
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.sandbox import Sandbox

KEY = b"k" * 32
URL = "https://bot.example/plans"


class Desk:
    """A plan that gives the campaign of 60 dollars a day 72, and the page of it."""

    def __init__(self, key: bytes = KEY, url: str = URL) -> None:
        self.sandbox, self.written = Sandbox(), list[Any]()
        fb = self.fb = FacebookAds.sandbox(self.sandbox)
        self.tool = FacebookTool(fb, policy=SpendPolicy(apply_by="host"), on_write=self.written.append)
        self.page = ApprovalPage(self.tool, key=key, url=url)
        found = fb.campaigns.list(fb.account, fields=["daily_budget"])
        self.campaign = next(each.id for each in found if each.daily_budget == 6000)
        self.plan = self.planned(daily_budget="72.00 USD")
        self.link = self.page.link(self.plan, person="Ann")

    def planned(self, **change: Any) -> str:
        args = {"campaign_id": self.campaign, **change}
        return str(self.tool.call({"op": "update_campaign", "args": args}).data.id)

    def ask(self, method: str, link: str, body: str = "", **headers: str) -> tuple[int, str, dict[str, str]]:
        seen: list[Any] = []
        environ = {"REQUEST_METHOD": method, "PATH_INFO": link.removeprefix("https://bot.example")}
        environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body.encode())}  # type: ignore[dict-item]
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        page = b"".join(self.page(environ, lambda *answer: seen.extend(answer)))
        return int(seen[0].split()[0]), page.decode(), dict(seen[1])

    @property
    def budget(self) -> int | None:
        return self.fb.campaigns.get(self.campaign, fields=["daily_budget"]).daily_budget


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_get_shows_the_amount_first_and_applies_nothing(desk: Desk) -> None:
    for _ in range(3):
        status, page, headers = desk.ask("GET", desk.link)
    assert (status, desk.budget, desk.written) == (200, 6000, [])
    assert "<h1>Up to $12.00 USD more a day</h1>" in page
    parts = [
        "$12.00",
        "Juniper Roast | Sales | Evergreen",
        "$60.00 → $72.00 USD (+20 %)",
        "$126.00",
        'value="yes"',
        "until",
    ]
    where = [page.replace("&quot;", '"').index(part) for part in parts]
    assert where == sorted(where)
    assert desk.campaign not in page
    assert "plan_" not in page
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "noindex" in headers["X-Robots-Tag"]
    assert desk.ask("HEAD", desk.link)[:2] == (200, "")


def test_yes_applies_it_once_in_the_persons_name(desk: Desk) -> None:
    status, page, _ = desk.ask("POST", desk.link, "decision=yes")
    assert (status, desk.budget) == (200, 7200)
    assert "Done" in page
    assert [record.by for record in desk.written] == ["Ann"]
    assert [desk.ask(method, desk.link, "decision=yes")[0] for method in ("POST", "GET")] == [410, 410]
    assert len(desk.written) == 1


def test_two_taps_at_once_are_one_write(desk: Desk) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = [*pool.map(lambda _n: desk.ask("POST", desk.link, "decision=yes")[0], range(2))]
    assert sorted(answers) == [200, 410]
    assert len(desk.written) == 1


def test_no_and_nothing(desk: Desk) -> None:
    assert desk.ask("POST", desk.link, "")[0] == 409
    assert desk.ask("POST", desk.link, "decision=maybe")[0] == 409
    assert desk.ask("POST", desk.link, "decision=no")[0] == 200
    assert desk.ask("POST", desk.link, "decision=yes")[0] == 410
    assert (desk.budget, desk.written) == (6000, [])


def test_a_link_ends_with_its_plan(desk: Desk) -> None:
    desk.sandbox.advance(minutes=24 * 60 + 1)
    assert [desk.ask(method, desk.link, "decision=yes")[0] for method in ("GET", "POST")] == [410, 410]
    with pytest.raises(PlanRefused):
        desk.page.link(desk.plan, person="Ann")


def test_a_stale_plan_says_so_and_changes_nothing(desk: Desk) -> None:
    desk.fb.campaigns.update(desk.campaign, daily_budget=6600)
    status, page, _ = desk.ask("POST", desk.link, "decision=yes")
    assert (status, desk.budget, desk.written) == (409, 6600, [])
    assert "$60.00" in page


def forged(desk: Desk) -> Iterator[str]:
    base, token = f"{URL}/", desk.link.rpartition("/")[2]
    payload, _, signature = token.partition(".")
    other = Desk(b"x" * 32)
    other.page._tool = desk.tool
    yield from (
        base,
        base + payload,
        f"{base}{payload}.",
        f"{base}{payload}.{signature[:-1]}{'1' if signature[-1] == '0' else '0'}",
        f"{base}.{signature}",
    )
    yield f"{base}{payload}x.{signature}"
    yield f"{base}ü.{signature}"
    yield other.page.link(desk.plan, person="Ann")  # another key
    second = desk.page.link(desk.planned(daily_budget="90.00 USD"), person="Ann").rpartition("/")[2]
    yield f"{base}{second.partition('.')[0]}.{signature}"  # another plan's


@pytest.mark.thorough
def test_what_is_forged_is_gone(desk: Desk) -> None:
    for link in forged(desk):
        assert [desk.ask(method, link, "decision=yes")[0] for method in ("GET", "POST")] == [410, 410], link
    assert desk.ask("PUT", desk.link)[0] == 405
    assert (desk.budget, desk.written) == (6000, [])


OURS = ["bot.example", "BOT.example", "bot.example:443"]
OTHER_HOSTS = [
    "evil.example",
    "bot.example.evil.example",
    "bot.example:8443",
    "127.0.0.1",
    "a@bot.example:x",
    "",
    "[::1",
]
OTHER_ORIGINS = [
    *("https://evil.example", "http://bot.example", "https://bot.example:8443", "https://bot.example.evil.example"),
    *(
        "null",
        "",
        "https://evil.example/https://bot.example",
        "file://",
        "https://sub.bot.example",
        "https://[bot.example",
    ),
]


@pytest.mark.thorough
@table("host", OURS, fresh=True)
@table("origin", [None, *(f"https://{host}" for host in OURS)], fresh=True)
def test_its_own_host_and_origin_decide(desk: Desk, host: str, origin: str | None) -> None:
    headers = {"host": host} | ({"origin": origin} if origin else {})
    assert desk.ask("GET", desk.link, host=host)[0] == 200
    assert desk.ask("POST", desk.link, "decision=yes", **headers)[0] == 200
    assert desk.budget == 7200


def test_another_host_or_origin_sees_and_decides_nothing(desk: Desk) -> None:
    foreign = [{"host": host} for host in OTHER_HOSTS]
    foreign += [{"host": "bot.example", "origin": origin} for origin in OTHER_ORIGINS]
    foreign += [{"host": "bot.example", "origin": "null", "sec_fetch_site": site} for site in ("cross-site", "none")]
    for headers in foreign:
        for method in ("GET", "POST"):
            status, page, _ = desk.ask(method, desk.link, "decision=yes", **headers)
            assert status == 403, headers
            assert "$12.00" not in page
    assert (desk.budget, desk.written) == (6000, [])
    own = {"host": "bot.example", "origin": "null", "sec_fetch_site": "same-origin"}  # of a browser that hides it
    assert desk.ask("POST", desk.link, "decision=yes", **own)[0] == 200


@table("key", [b"", b"short", b"k" * 31])
def test_a_short_key_is_refused(key: bytes) -> None:
    with pytest.raises(ParameterError, match="32 random bytes"):
        ApprovalPage(FacebookTool(FacebookAds.sandbox()), key=key, url=URL)


def test_a_name_is_text(desk: Desk) -> None:
    desk.fb.campaigns.update(desk.campaign, name="<script>alert(1)</script>")
    page = desk.ask("GET", desk.page.link(desk.planned(daily_budget="90.00 USD"), person="Ann"))[1]
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
def test_on_a_phone(tmp_path: Path) -> None:
    """At 390 pixels nothing is cut off, the amount and both buttons are in sight, and a tap applies it."""
    from playwright.sync_api import sync_playwright

    desk = Desk()
    with (
        make_server("127.0.0.1", 0, lambda *request: desk.page(*request), WSGIServer, _Quiet) as server,
        sync_playwright() as driver,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        desk.page = ApprovalPage(desk.tool, key=KEY, url=f"http://127.0.0.1:{server.server_port}/plans")
        link = desk.page.link(desk.plan, person="Ann")
        browser = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 390, "height": 844})
        tab.goto(link)
        tab.screenshot(path=tmp_path / "approval.png")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        for place in ("h1", "button[value=yes]", "button[value=no]"):
            box = tab.locator(place).bounding_box()
            assert box
            assert box["y"] + box["height"] <= 844
        assert desk.budget == 6000
        tab.click("button[value=yes]")
        assert tab.locator("h1").inner_text() == "Done"
        browser.close()
        server.shutdown()
    assert desk.budget == 7200
