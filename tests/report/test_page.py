"""The page: whole, safe, self-contained, and as wide as the screen."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import zlib
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.analysis.weekly.model import WeeklyReport
from admonster_fb.errors import FacebookAdsError
from admonster_fb.report import render_html, render_pdf
from admonster_fb.sandbox import Sandbox
from admonster_fb.workflows.weekly_report import weekly_report

HOSTILE = (
    '"><script>alert(1)</script><img src=https://evil.example/x> 😀 مرحبا بالعالم 夏 春 봄 ☕ #set text(red) \u202e'
    + "Ünbreakable" * 40
)


@pytest.fixture(scope="module")
def hostile() -> FacebookAds:
    sandbox = Sandbox()
    fb = FacebookAds.sandbox(sandbox)
    for campaign in fb.campaigns.list("act_1"):
        fb.campaigns.update(campaign.id, name=HOSTILE[:390])
    fb.campaigns.update(fb.campaigns.list("act_1")[-1].id, daily_budget=9000)
    sandbox.advance(days=1)
    return fb


@pytest.fixture(scope="module")
def page(hostile: FacebookAds) -> str:
    return render_html(weekly_report(hostile, "all"))


class Seen(HTMLParser):
    """The elements of a page, and everything they would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [f"{name}={value}" for name, value in attrs if name in ("src", "href", "xlink:href", "srcset")]
        self.loads += [name for name, _ in attrs if name.startswith("on")]


@pytest.mark.thorough
def test_names_are_text_and_nothing_is_loaded_or_run(page: str) -> None:
    seen = Seen(page)
    assert seen.tags & {"script", "img", "link", "iframe", "object", "image", "foreignobject", "base", "a"} == set()
    assert seen.loads == []
    assert "@import" not in page
    assert "url(" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\u202e" not in page
    assert {"svg", "table"} <= seen.tags


@pytest.mark.thorough
def test_spend_in_the_table_adds_up_to_its_total(hostile: FacebookAds) -> None:
    for account, decimals in (("act_1", 2), ("act_2", 0)):
        report = weekly_report(hostile, account)
        shown = re.findall(r'data-label="Spend">([^<]*)<', render_html(report))
        amounts = [Decimal(re.sub(r"[^\d.]", "", each)) for each in shown if each != "–"]
        assert sum(amounts[:-1]) == amounts[-1] == report.accounts[0].spend
        assert {max(0, -int(each.as_tuple().exponent)) for each in amounts} == {decimals}


def test_nothing_and_failures_have_a_page_too() -> None:
    failed = {"act_9": FacebookAdsError("<b>no</b>", advice="ask", who="admin")}
    page = render_html(WeeklyReport((), failed))
    assert "Nothing was delivered" in page
    assert "act_9" in page
    assert "<b>no" not in page


@pytest.mark.thorough
def test_it_is_written_whole_and_never_over_another_unless_told(hostile: FacebookAds, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    report = weekly_report(hostile, "act_1", format="html", filename=str(path))
    assert report.filename == str(path)
    first = path.read_text(encoding="utf-8")
    assert first.rstrip().endswith("</html>")
    with pytest.raises(ParameterError, match="overwrite"):
        weekly_report(hostile, "act_1", format="html", filename=str(path))
    weekly_report(hostile, "act_1", format="html", filename=str(path), overwrite=True)
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


@table(("format", "filename"), [("html", None), ("pdf", None), ("text", "report.txt"), ("text", "")], fresh=True)
def test_a_file_needs_a_name_and_text_none(hostile: FacebookAds, format: Any, filename: str | None) -> None:
    with pytest.raises(ParameterError, match="filename is required" if filename is None else "filename: given"):
        weekly_report(hostile, "act_1", format=format, filename=filename)


@pytest.mark.thorough
def test_without_the_extra_text_works_and_a_page_says_what_to_install(
    hostile: FacebookAds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    real = importlib.import_module
    from admonster_fb import _optional

    def missing(name: str) -> Any:
        if name.partition(".")[0] in ("jinja2", "vl_convert", "typst"):
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr(_optional.importlib, "import_module", missing)
    assert weekly_report(hostile, "act_1").accounts[0].spend
    for format in ("html", "pdf"):
        with pytest.raises(FacebookAdsError, match="is not installed") as raised:
            weekly_report(hostile, "act_1", format=format, filename="x.out")
        assert "admonster-fb[report]" in raised.value.advice
    assert [*tmp_path.iterdir()] == []


def characters(pdf: bytes) -> str:
    """Return every character that the embedded fonts of a PDF draw, read from their ToUnicode maps."""
    streams = (
        zlib.decompress(found) for found in re.findall(rb"FlateDecode.*?>>\s*stream\r?\n(.*?)endstream", pdf, re.S)
    )
    maps = b"\n".join(content for content in streams if b"beginbfchar" in content)
    return "".join(bytes.fromhex(code.decode()).decode("utf-16-be") for code in re.findall(rb"> <(\w+)>", maps))


@pytest.mark.thorough
def test_pdf_draws_every_script_of_a_name_and_embeds_its_fonts(hostile: FacebookAds, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    weekly_report(hostile, "act_1", format="pdf", filename=str(path))
    content = path.read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    missing = set("Ü<script>😀م夏春봄☕$▲▼") - set(characters(content))
    assert not missing


@pytest.mark.parametrize("accounts", ["act_1", pytest.param("all", marks=pytest.mark.thorough)])
def test_pdf_contains_no_link_and_no_action(hostile: FacebookAds, accounts: str) -> None:
    content = render_pdf(weekly_report(hostile, accounts))
    assert not re.search(rb"/(URI|JavaScript|JS|Launch|EmbeddedFile|OpenAction)\b", content)


NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), "")
MEASURE = """<!doctype html><body style="margin:0"><iframe id=f src="report.html" width={width} height=900
style="border:0"></iframe><script>f.onload=()=>{{const d=f.contentDocument.documentElement;
document.title="measured "+d.scrollWidth+" "+d.clientWidth+" "+d.scrollHeight}}</script>"""


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
@pytest.mark.parametrize("width", [390, 1280])
def test_no_line_is_wider_than_the_screen(page: str, width: int, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    (tmp_path / "measure.html").write_text(MEASURE.format(width=width), encoding="utf-8")
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
         f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1400,1000",
         "--virtual-time-budget=5000", "--dump-dom",
         (tmp_path / "measure.html").as_uri()],
        capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    measured = re.search(r"measured (\d+) (\d+) (\d+)", done.stdout)
    assert measured, done.stdout[-500:] + done.stderr[-500:]
    wide, seen, tall = map(int, measured.groups())
    assert seen <= width
    assert wide <= width
    assert tall > 1500


@pytest.mark.thorough
def test_what_gone_campaigns_spent_has_a_row(tmp_path: Path) -> None:
    with FacebookAds.sandbox() as fb:
        assert "since deleted or archived" not in render_html(weekly_report(fb, "act_1"))
        fb.campaigns.update(weekly_report(fb, "act_1").accounts[0].campaigns[0].id, status="DELETED")
        week = weekly_report(fb, "act_1")
        page = render_html(week)
    row = page.partition("Campaigns since deleted or archived")[2].partition("</tr>")[0]
    assert f"{week.accounts[0].gone.after:,.2f}" in row


@pytest.mark.thorough
def test_the_title_names_all_accounts() -> None:
    report = weekly_report(FacebookAds.sandbox(Sandbox(history=15)), "all")
    title = re.search(r"<title>(.*?)</title>", render_html(report))
    assert title
    names = [week.name for week in report.accounts]
    assert len(names) > 2
    assert [name for name in names if name not in title[1]] == []


@pytest.mark.thorough
def test_a_change_of_results_says_whether_it_is_more_than_chance() -> None:
    report = weekly_report(FacebookAds.sandbox())
    html = render_html(report)
    assert report.accounts[0].results[0].chances == ("could be chance", "could be chance")
    assert html.count("<small>could be chance</small>") == 2
    assert "“–”: not measured" in html


@pytest.mark.thorough
def test_no_page_of_the_pdf_holds_its_footer_only(hostile: FacebookAds) -> None:
    content = render_pdf(weekly_report(hostile))
    found = re.findall(rb"FlateDecode.*?>>\s*stream\r?\n(.*?)endstream", content, re.DOTALL)
    pages = [stream for stream in map(zlib.decompress, found) if stream.count(b"BT") and b" Tm" in stream]
    assert pages
    assert min(page.count(b"BT") for page in pages) > 6, "a footer has six lines at most"
