"""The command line as a program: pipes, a terminal, colours, exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys

import pytest

from admonster_fb import FacebookAds
from admonster_fb.sandbox import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("copies")]

PROGRAM = [sys.executable, "-m", "admonster_fb"]
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9]")
NAME = "[red]Sale[/]\x1b[2J"


def piped(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *words], capture_output=True, text=True, env={**os.environ, **env}, timeout=60)


def terminal(*words: str, **env: str) -> str:
    """What a person sees on a terminal of 200 columns."""
    ours, theirs = pty.openpty()
    wide = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200", **env}
    with subprocess.Popen([*PROGRAM, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=wide) as process:
        os.close(theirs)
        seen = b""
        while chunk := _read(ours):
            seen += chunk
        process.wait(60)
    os.close(ours)
    return seen.decode()


def _read(file: int) -> bytes:
    try:
        return os.read(file, 65536)
    except OSError:  # Linux's way to say that the other end is closed
        return b""


@pytest.fixture
def campaign(served: Sandbox) -> str:
    """The id of a campaign with an unruly name."""
    with FacebookAds.from_env() as fb:
        made = fb.campaigns.create(
            fb.account, name=NAME, objective="OUTCOME_TRAFFIC", special_ad_categories=[], daily_budget=5000
        )
    return made.id


def test_json_is_pure() -> None:
    done = piped("call", "list_ad_accounts", "--sandbox", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["ok"] is True


def test_json_is_pure_on_a_terminal() -> None:
    assert json.loads(terminal("call", "list_ad_accounts", "--sandbox", "--json"))["ok"] is True


def test_the_exit_code_and_stderr_tell_of_an_error() -> None:
    done = piped("call", "get_campaign", "campaign_id=9", "--sandbox")
    assert (done.returncode, done.stdout) == (5, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("ERROR NotFoundError")


def test_no_token_is_no_traceback() -> None:
    done = piped("call", "status")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_piped_a_list_is_plain_text(campaign: str) -> None:
    done = piped("call", "list_campaigns", FORCE_COLOR="1")
    assert f"- ID: {campaign} " in done.stdout
    assert "\x1b" not in done.stdout


def test_on_a_terminal_a_list_is_a_table(campaign: str) -> None:
    seen = terminal("call", "list_campaigns", "limit=1")
    row = next(line for line in seen.splitlines() if campaign in line)
    assert "━" in seen or "─" in seen
    assert not row.startswith("- ")
    assert "$50.00 USD" in row
    assert "[red]Sale[/] [2J" in row, "names are neither markup nor control characters"
    assert "Showing 1" in seen
    assert "after=" in seen


def test_on_a_terminal_the_fields_asked_for_are_the_columns(campaign: str) -> None:
    seen = terminal("call", "list_campaigns", 'fields=["created_time"]')
    assert "Created" in seen
    assert "Objective" not in seen


def test_figures_are_a_table_with_their_window_and_currency() -> None:
    seen = terminal("call", "get_detailed_insights", "level=campaign", "date_preset=last_7d", "--sandbox")
    assert "2026-10-25 to 2026-10-31" in seen
    assert "Impressions" in seen
    assert re.search(r"\$\d+\.\d\d USD", seen)


def test_figures_without_their_account_are_bare_numbers() -> None:
    seen = terminal("call", "get_detailed_insights", 'fields=["spend"]', "date_preset=last_7d", "--sandbox")
    assert "Spend" in seen
    assert "Traceback" not in seen


@pytest.mark.parametrize("width", [40, 79, 80, 120])
def test_no_width_breaks_an_id_or_an_amount(campaign: str, width: int) -> None:
    seen = terminal("call", "list_campaigns", COLUMNS=str(width))
    assert campaign in seen
    assert "$50.00 USD" in seen


def test_accounts_are_a_table_for_each_business() -> None:
    seen = terminal("call", "list_ad_accounts", "--sandbox")
    assert "Personal accounts" in seen
    assert "America/Los_Angeles" in seen


def test_one_object_is_the_tools_text_on_a_terminal_too() -> None:
    assert terminal("call", "get_ad_account_info", "--sandbox").startswith("AdAccount ID: act_1")


@pytest.mark.parametrize("words", [("ops",), ("help", "create_adset"), ("--help",)])
def test_no_color_is_honoured(words: tuple[str, ...]) -> None:
    assert not COLOUR.search(terminal(*words, NO_COLOR="1"))


def test_help_on_a_terminal_is_for_people() -> None:
    seen = terminal("help", "create_campaign")
    assert "OUTCOME_TRAFFIC" in seen
    assert "admonster-fb call create_campaign" in seen


def test_a_reader_that_leaves_early_is_no_traceback() -> None:
    with subprocess.Popen([*PROGRAM, "ops"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_a_name_that_the_terminal_cannot_show_is_no_traceback(campaign: str) -> None:
    done = piped("call", "help", "--sandbox", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
