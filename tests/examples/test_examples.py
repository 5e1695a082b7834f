"""Examples and demo as a user runs them: in a folder of their own, without credentials, or against a server."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import started
from rich.console import Console

from admonster_fb.cli import demo
from admonster_fb.sandbox import Sandbox, png, serve

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"
SANDBOX = "No FACEBOOK_ACCESS_TOKEN: this runs on the sandbox, which is not Meta.\n"
ALWAYS = "This runs on the sandbox, which is not Meta.\n"
ALWAYS_THERE = {"plan_then_apply", "sign_in"}
"""They change budgets, or play the person at the dialog: never on Meta."""
ELSEWHERE = {"admonster_bot"}
"""A whole bot: see tests/bot."""
WRITTEN = {
    "launch_funnel": (
        r"AdCreative  ID: \d+\nCampaign    ID: \d+  PAUSED\nAdSet       ID: \d+  PAUSED\nAd          ID: \d+  PAUSED\n"
        r"<iframe src=.*\n"
    ),
    "read_insights": r"(Juniper Roast \| .*: [\d,]+ impressions, [\d,]+ clicks, \d+\.\d\d USD, .* to 2026-10-31\n){3}",
    "why_no_delivery": (
        r"6 of 6 ads deliver, by impressions of today and yesterday\.\n"
        r"stops: Meta's review rejected the ad\. .*\n  .*\n"
        r"limits: Learning limited: too few results\. .*\n  .*\n"
    ),
    "boost_best_post": r"( +\d+ .*\n){5}Campaign \d+ is ready and PAUSED: activate_campaign starts it\.\n",
    "weekly_report": (
        r'Weekly report of act_1 "Sandbox Coffee US"\n(.*\n)+Spend: \$\d+\.\d\d USD \(-\d+ %\)\n(.*\n)+'
        r"Written: report\.html\n"
    ),
    "collect_leads": (
        r"Created, PAUSED: \{.*'forms\.main': '\d+'.*\}\n1 new, 1 in leads\.csv\. Sync again to catch up\.\n"
    ),
    "duplicate_campaign": r"Copied Juniper Roast .* to ID: \d+: \d+ ad sets, \d+ ads, all PAUSED\n",
    "upload_audience": (
        r"5000 None\n5,000 people received, 0 refused; columns: E-mail as EMAIL, First name as FN, Phone as PHONE\n"
        r"Left out: nobody\nNo lookalike yet: .*Seed Audience Too Small.*\n"
    ),
    "launch_campaign": (
        r"Stopped with \d of 10 made: \['adsets\.0\.ads\.\d'.*\]\nComplete: campaign ID: \d+\n"
        r"  US 25-45, PAUSED, 2000 a day: 2 ads\n  Canada, PAUSED, 2000 a day: 1 ads\n"
    ),
    "experiment": (
        r"(  asked: - new campaign .* - new ad set .* \| Daily budget: \$4.*\n){2}"
        r"(  asked: - (ad|ad set|campaign) ID: .*ACTIVE.*\n){6}"
        r"Check 1: Everybody: pause, for ctr 0\.\d+% < 1%\nCheck 1: Coffee lovers: scale, for ctr 2\.\d+% > 2%\n"
        r"  asked: - .*\$40\.00 → \$48\.00 USD.*\n(.*\n)*  asked: - .* → \$60\.00 USD .*\n"
    ),
    "pause_everything": r"(Paused Juniper Roast .* \(ID: \d+\)\n){2}2 of 2 campaigns paused\.\n",
    "sign_in": (
        r"Without a token: ERROR AuthenticationError\nConnected as user \d+\. The token is valid until 2026-12-31\.\n"
        r"Then: Showing 1 of 3, more follow; archived and deleted not shown\nAfter 55 days: 2027-02-24\n"
        r"Revoked: ERROR AuthenticationError\n"
    ),
    "plan_then_apply": (
        r"(.*\n)+.*the policy's max_daily_budget.*\n(.*\n)+PLAN plan_\w+: nothing has been changed yet\.\n(.*\n)+"
        r"ERROR PlanRefused: .* is out of date: .* Daily budget: \$60\.00 → \$66\.00 USD \(\+10 %\)(.*\n)+"
        r"OK: updated\.\nApplied: plan_\w+, update_campaign\n(.*\n)+ERROR PlanRefused: .* was applied before(.*\n)+"
        r"OK: updated\.\n- campaign ID: .* \| Status: ACTIVE → PAUSED\nNext: get_campaign\n\n"
    ),
    "list_accounts": (
        r"Sandbox Coffee Group\n  act_1  .*  spent \$\d+\.\d\d USD  \(America/Los_Angeles\)\n"
        r"  act_2  .*  spent ¥\d+ JPY  .*\nSandbox Bakery\n  act_3  .*\nPersonal\n  act_4  .*\n"
    ),
}


def program(words: list[str], folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, without any FACEBOOK_… in the environment."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("FACEBOOK_")}
    bare["XDG_STATE_HOME"] = str(folder / "state")
    if words[0] != "-m":
        return started.run(Path(words[0]), *words[1:], folder=folder, env={**bare, **env})
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env={**bare, **env}, capture_output=True, text=True, timeout=60
    )


def run(words: list[str], folder: Path, **env: str) -> str:
    """Return what a program prints; it must end well and keep quiet on stderr."""
    done = program(words, folder, **env)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_all_are_run_here() -> None:
    assert {file.stem for file in EXAMPLES.glob("[!_]*.py")} - ELSEWHERE == {*WRITTEN}


@pytest.mark.parametrize("name", WRITTEN)
def test_without_a_token_it_runs_on_the_sandbox_and_says_so(name: str, tmp_path: Path) -> None:
    out = run([str(EXAMPLES / f"{name}.py")], tmp_path)
    said = ALWAYS if name in ALWAYS_THERE else SANDBOX
    assert out.startswith(said)
    assert re.fullmatch(WRITTEN[name], out.removeprefix(said)), out


def test_with_a_token_in_env_it_runs_where_that_says(tmp_path: Path) -> None:
    (tmp_path / "shoe.png").write_bytes(png(600, 600))
    with serve(Sandbox(history=0)) as server:
        (tmp_path / ".env").write_text(
            f"FACEBOOK_ACCESS_TOKEN={server.sandbox.token}\nFACEBOOK_AD_ACCOUNT_ID=1\nFACEBOOK_ENDPOINT={server.url}\n"
        )
        out = run([str(EXAMPLES / "launch_funnel.py"), "77", "--yes", "shoe.png"], tmp_path)
    said, _, rest = out.partition("\n")
    assert rest.startswith("This will write to act_1 at ")
    rest = "\n".join(rest.split("\n")[2:])
    assert said == f"Connected: Api({server.url}, v26.0), FacebookAds(account='act_1', version='v26.0')."
    assert re.fullmatch(WRITTEN["launch_funnel"], rest)
    sent = [entry for entry in server.sandbox.journal if entry.method == "POST"]
    assert [entry.path for entry in sent] == [
        f"act_1/{edge}" for edge in ("adimages", "adcreatives", "campaigns", "adsets", "ads")
    ]
    assert sent[1].params["object_story_spec"]["page_id"] == "77"
    assert {entry.params["status"] for entry in sent[2:]} == {"PAUSED"}


def test_a_token_that_is_no_good_there_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FACEBOOK_ACCESS_TOKEN=sandbox-1\n")
    done = program([str(EXAMPLES / "list_accounts.py")], tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "ParameterError: access_token: given" in done.stderr


def test_the_demo_shows_each_step_and_fits(tmp_path: Path) -> None:
    narrow = run(["-m", "admonster_fb", "demo"], tmp_path, COLUMNS="80")
    demo.run(wide := Console(file=io.StringIO(), width=120))
    looks_right(narrow, 80)
    looks_right(wide.file.getvalue(), 120)


def looks_right(out: str, width: int) -> None:
    steps = re.findall(r"^✓ (\w+(?: \w+)?) ", out, re.MULTILINE)
    assert steps == ["Ad accounts", "Campaign", "Ad set", "Image", "Creative", "Ad", "Preview"]
    assert "not Meta" in out
    assert "$20.00 USD a day" in out
    assert out.count("PAUSED") >= 3
    assert "Figures by campaign, 2026-10-02 to 2026-10-31, in USD" in out
    assert re.search(r"Juniper Roast \| Leads \| Barista course .* 402\.43", out)
    assert ("Reach" in out) == (width == 120)
    assert max(map(len, out.splitlines())) <= width
    assert "…" not in out
