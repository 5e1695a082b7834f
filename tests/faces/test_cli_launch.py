"""`admonster-fb launch`: what it shows, what it makes, how it goes on, and what it exits with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tables import table
from typer.testing import CliRunner

from admonster_fb.cli import app as cli
from admonster_fb.sandbox import GraphError, Sandbox, png
from admonster_fb.workflows.launch.journal import journal_folder

pytestmark = pytest.mark.thorough

TREE = """\
preset: traffic
campaign: {name: Cold brew, special_ad_categories: []}
images: {can: can.png}
adsets:
  - name: US
    daily_budget: 20.00 USD
    targeting: {geo_locations: {countries: [US]}}
    ads:
      - name: Can
        creative: {image: can, page_id: "1", link: "https://example.com/", message: New in}
"""
MADE = {"Campaign": 1, "AdSet": 1, "Ad": 1, "AdCreative": 1}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "trees").mkdir()
    (tmp_path / "trees" / "can.png").write_bytes(png(600, 600))
    path = tmp_path / "trees" / "brew.yaml"
    path.write_text(TREE)
    return path


def run(*words: object, typed: str | None = None) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli.app, ["launch", *map(str, words)], input=typed)
    return done.exit_code, done.stdout, done.stderr


def made(sandbox: Sandbox) -> dict[str, int]:
    """Count what was made under the name of the tree and lives."""
    campaigns = sandbox.objects("Campaign")
    ours = [node["id"] for node in campaigns if node["name"] == "Cold brew" and node["status"] == "PAUSED"]
    found = {"Campaign": len(ours)}
    for kind in ("AdSet", "Ad"):
        found[kind] = sum(len(sandbox.objects(kind, campaign)) for campaign in ours)
    alive = [data for data in sandbox.objects("AdCreative") if data["status"] != "DELETED"]
    found["AdCreative"] = sum("New in" in json.dumps(data) for data in alive)
    return {kind: count for kind, count in found.items() if count}


def plan_of(text: str) -> str:
    found = re.search(r"plan_[0-9a-f]+", text)
    assert found
    return found[0]


@pytest.mark.parametrize("option", [(), ("--plan",)])
def test_by_itself_it_only_shows_a_plan(served: Sandbox, file: Path, option: tuple[str, ...]) -> None:
    code, said, wrong = run(file, *option)
    assert (code, wrong) == (0, "")
    assert "nothing has been changed yet" in said
    assert f"launch {file} --apply {plan_of(said)}" in said
    assert made(served) == {}


def test_a_plan_is_applied_once_by_its_id(served: Sandbox, file: Path) -> None:
    plan_id = plan_of(run(file)[1])
    code, said, wrong = run(file, "--apply", plan_id)
    assert (code, wrong) == (0, "")
    assert "complete" in said
    assert made(served) == MADE
    code, _, wrong = run(file, "--apply", plan_id)
    assert (code, "PlanRefused" in wrong) == (10, True)
    assert made(served) == MADE


def test_a_plan_is_bound_to_what_the_file_says(served: Sandbox, file: Path) -> None:
    plan_id = plan_of(run(file)[1])
    file.write_text(TREE.replace("20.00 USD", "90.00 USD"))
    code, _, wrong = run(file, "--apply", plan_id)
    assert (code, "differs from the plan" in wrong) == (10, True)
    assert made(served) == {}


def test_a_plan_is_bound_to_its_pictures(served: Sandbox, file: Path) -> None:
    plan_id = plan_of(run(file)[1])
    file.with_name("can.png").write_bytes(png(600, 600, (1, 2, 3)))
    code, _, _ = run(file, "--apply", plan_id)
    assert code == 10
    assert made(served) == {}


def test_another_launch_of_the_same_file_is_remarked(served: Sandbox, file: Path) -> None:
    assert "NOTE" not in run(file)[1]
    assert run(file, "--apply", "--yes")[0] == 0
    [campaign] = [node["id"] for node in served.objects("Campaign") if node["name"] == "Cold brew"]
    note = f"NOTE: this file was launched before: campaign {campaign} (launch_"
    assert run(file)[1].startswith(note)
    code, _, asked = run(file, "--apply", typed="n\n")
    assert code == 1
    assert asked.startswith(note)
    assert made(served) == MADE
    assert run(file, "--rollback")[0] == 0
    assert "NOTE" not in run(file)[1], "nothing of it is left"


def test_to_resume_what_is_complete_says_that_nothing_was_left(served: Sandbox, file: Path) -> None:
    assert "Nothing was left" not in run(file, "--apply", "--yes")[1]
    code, said, _ = run(file, "--resume")
    assert (code, said.splitlines()[0]) == (0, "Nothing was left to create: read back.")
    assert made(served) == MADE


def test_what_comes_next_is_typed_here(served: Sandbox, file: Path) -> None:
    said = run(file, "--apply", "--yes")[1]
    assert "To start all of it: admonster-fb call activate_campaign campaign_id=" in said
    assert "To delete what it created: admonster-fb call launch_campaign rollback=launch_" in said
    assert "op=" not in said


def test_what_a_rollback_leaves_is_not_called_removed(served: Sandbox, file: Path) -> None:
    """The creative of the first launch is the second one's too: Meta answers with the one that exists."""
    assert run(file, "--apply", "--yes")[0] == 0
    assert run(file, "--apply", "--yes")[0] == 0
    code, said, _ = run(file, "--rollback")
    assert code == 0
    left = re.findall(r"LEFT ALONE: \S+ (\S+),", said)
    assert left
    removed = [line for line in said.splitlines() if "removed for good" in line]
    assert removed
    assert not [line for line in removed if any(node in line for node in left)]
    assert "Next:" not in said


@table(("typed", "code", "there"), [("y\n", 0, MADE), ("n\n", 1, {}), ("", 1, {})], fresh=True)
def test_without_an_id_it_asks(served: Sandbox, file: Path, typed: str, code: int, there: dict[str, int]) -> None:
    got, _, asked = run(file, "--apply", typed=typed)
    assert (got, made(served)) == (code, there)
    assert "nothing has been changed yet" in asked
    assert "Create it?" in asked


def test_json(served: Sandbox, file: Path) -> None:
    plan = json.loads(run(file, "--json")[1])
    done = json.loads(run(file, "--apply", plan["data"]["id"], "--json")[1])
    assert done["ok"]
    assert done["data"]["state"] == "complete"
    assert made(served) == MADE


@pytest.fixture
def stopped(served: Sandbox, file: Path) -> Sandbox:
    """A launch that stopped at its ads, since the token was refused just then."""
    served.fail_next("POST act_*/ads", GraphError(190))
    code, said, wrong = run(file, "--apply", typed="y\n")
    assert (code, "complete" in said) == (11, False)
    assert "LaunchStopped" in wrong
    assert f"admonster-fb launch {file} --resume continues it, --rollback deletes what exists." in wrong
    assert made(served) == {kind: count for kind, count in MADE.items() if kind not in ("Ad", "AdCreative")}
    return served


def test_what_stopped_is_resumed(stopped: Sandbox, file: Path) -> None:
    code, said, wrong = run(file, "--resume")
    assert (code, wrong, "complete" in said) == (0, "", True)
    assert made(stopped) == MADE


def test_what_stopped_is_taken_back(stopped: Sandbox, file: Path) -> None:
    code, _, wrong = run(file, "--rollback")
    assert (code, wrong) == (0, "")
    assert made(stopped) == {}


def test_what_stopped_is_not_made_a_second_time(stopped: Sandbox, file: Path) -> None:
    code, _, wrong = run(file, "--apply", typed="y\n")
    assert (code, "--resume or --rollback of that launch first" in wrong) == (2, True)
    assert made(stopped)["Campaign"] == 1


def test_by_the_journal_when_the_file_has_changed(stopped: Sandbox, file: Path) -> None:
    file.write_text(TREE.replace("Cold brew", "Hot brew"))
    code, _, wrong = run(file, "--resume")
    assert (code, "a launch's journal" in wrong) == (2, True)
    [journal] = journal_folder().glob("*.jsonl")
    assert run(journal, "--resume")[0] == 0
    assert made(stopped) == MADE
    assert run(journal, "--rollback")[0] == 0
    assert made(stopped) == {}


def test_the_sandbox_in_process(file: Path) -> None:
    code, said, _ = run(file, "--sandbox")
    assert (code, "--apply plan_" in said) == (0, False)
    code, said, _ = run(file, "--sandbox", "--apply", typed="y\n")
    assert (code, "complete" in said) == (0, True)


@table(
    ("words", "code", "said"),
    [
        (["FILE", "--plan", "--apply"], 2, "--apply --plan"),
        (["FILE", "plan_1"], 2, "PLAN_ID"),
        (["FILE", "--apply", "plan_1"], 10, "PlanRefused"),
        (["FILE", "--rollback"], 2, "a launch's journal"),
        (["missing.yaml"], 2, "missing.yaml"),
        (["missing.jsonl", "--resume"], 2, "missing.jsonl"),
    ],
    fresh=True,
)
def test_wrong_usage(served: Sandbox, file: Path, words: list[str], code: int, said: str) -> None:
    got, _, wrong = run(*(file if word == "FILE" else word for word in words))
    assert (got, said in wrong) == (code, True), wrong
    assert "Traceback" not in wrong


def test_what_is_wrong_in_the_file_is_named_with_its_line(served: Sandbox, file: Path) -> None:
    file.write_text(TREE.replace("daily_budget", "daily_budgets").replace("can.png", "cat.png"))
    code, _, wrong = run(file)
    assert code == 2
    assert "brew.yaml, line 6, adsets.0.daily_budgets" in wrong
    assert "brew.yaml, line 3, images.can" in wrong


def test_a_policy_holds_here_too(served: Sandbox, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEBOOK_READ_ONLY", "1")
    assert run(file, "--apply", typed="y\n")[0] == 2
    assert made(served) == {}
