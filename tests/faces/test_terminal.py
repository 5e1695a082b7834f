"""What a person at a terminal expects of every command."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tables import table
from typer.main import get_command
from typer.testing import CliRunner

from admonster_fb.bot import FacebookTool
from admonster_fb.cli.app import app, complete_argument
from admonster_fb.cli.output import for_a_person
from admonster_fb.workflows.launch.parse import parse_file

NO_JSON = {"mcp": "speaks JSON-RPC", "demo": "tells a story", "login": "asks in a dialogue"}
COFFEE = Path(__file__).parents[2] / "examples/launch/coffee.yaml"
CAMPAIGN = "120201442725090195"


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def run(*words: str) -> Any:
    return CliRunner().invoke(app, [*words], catch_exceptions=False)


@pytest.mark.thorough
def test_every_command_prints_json() -> None:
    without = {
        name
        for name, each in commands(get_command(app))
        if "--json" not in {flag for p in each.params for flag in p.opts}
    }
    assert without == {*NO_JSON}


@pytest.mark.thorough
@table(
    "words",
    [
        "ops",
        "help get_ad",
        "usage --sandbox",
        "doctor --sandbox",
        "rules",
        "accounts --sandbox",
        "token renew --sandbox",
    ],
    fresh=True,
)
def test_json_is_json(words: str) -> None:
    assert json.loads(run(*words.split(), "--json").stdout)


def test_the_version_is_shown() -> None:
    assert re.fullmatch(r"admonster-fb \d+\.\d+\.\d+, Graph API v\d+\.0\n", run("--version").stdout)


def test_no_command_tells_a_person_how_a_model_calls() -> None:
    held = run("call", "update_campaign", "--sandbox", f"campaign_id={CAMPAIGN}", "daily_budget=72.00 USD").stdout
    plan = re.search(r"plan_\w+", held)
    assert plan
    assert f"admonster-fb apply {plan[0]}; else admonster-fb discard {plan[0]}." in held
    assert "op=" not in held
    assert "op=" not in run("help", "create_campaign").stdout


def test_a_pattern_is_a_command_too() -> None:
    assert for_a_person("Details: op=help args={op: NAME}") == "Details: admonster-fb help OP"


@pytest.mark.thorough
def test_quiet_prints_no_success_and_every_plan() -> None:
    assert run("call", "update_campaign", "--sandbox", "-q", f"campaign_id={CAMPAIGN}", "name=New").stdout == ""
    assert run("doctor", "--sandbox", "--quiet").stdout == ""
    held = run("call", "update_campaign", "--sandbox", "-q", f"campaign_id={CAMPAIGN}", "daily_budget=72.00 USD").stdout
    assert held.startswith("PLAN plan_")


@pytest.mark.thorough
def test_no_input_creates_nothing_and_yes_does_not_ask() -> None:
    asked = run("launch", str(COFFEE), "--sandbox", "--apply", "--no-input")
    assert (asked.exit_code, asked.stderr.splitlines()[-1]) == (1, "Nothing was created.")
    assert "Campaign ID:" in run("launch", str(COFFEE), "--sandbox", "--apply", "--yes").stdout


def test_ctrl_c_says_what_was_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(FacebookTool, "call", interrupted)
    wrote = run("call", "update_campaign", "--sandbox", f"campaign_id={CAMPAIGN}", "name=New")
    assert wrote.exit_code == 130
    assert "update_campaign was under way" in wrote.stderr
    assert "admonster-fb audit show" in wrote.stderr
    read = run("call", "list_campaigns", "--sandbox")
    assert (read.exit_code, read.stderr) == (130, "Interrupted.\nNothing was changed: this op only reads.\n")


def test_doctor_of_a_sandbox_does_not_claim_that_meta_answers() -> None:
    connection = next(line for line in run("doctor", "--sandbox").stdout.splitlines() if "connection" in line)
    assert "graph.facebook.com" not in connection
    assert "not Meta" in connection


def test_login_without_an_app_names_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    told = run("login").stderr
    assert "https://developers.facebook.com/apps" in told
    assert "docs/oauth-setup.md" in told


@pytest.mark.thorough
def test_a_home_folder_in_an_argument_is_the_persons(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    words = ("filename=~/week.html", "format=html", "--files", str(tmp_path))
    assert run("call", "weekly_report", "--sandbox", *words).exit_code == 0
    assert (tmp_path / "week.html").is_file()


def test_arguments_are_completed() -> None:
    context: Any = type("Context", (), {"params": {"op": "update_campaign"}})
    assert ("daily_budget=" in name for name, _ in complete_argument(context, "daily"))
    assert [name for name, _ in complete_argument(context, "camp")] == ["campaign_id="]


@pytest.mark.thorough
def test_the_schema_of_launch_files_takes_the_examples() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(run("launch", "--schema").stdout)
    content = parse_file(COFFEE).data
    jsonschema.validate(content, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**content, "adset": []}, schema)
