"""Examples that write to anything but their own sandbox do it only if somebody agrees; the server is the judge."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import started

from admonster_fb.sandbox import Sandbox, serve

pytestmark = pytest.mark.thorough

EXAMPLES = Path(__file__).parents[2] / "examples"
ALL = sorted(file.stem for file in EXAMPLES.glob("[!_]*.py"))
READING = {"list_accounts", "read_insights", "weekly_report", "why_no_delivery"}
NEVER_ON_META = {"plan_then_apply", "sign_in"}
KINDS = ("Campaign", "AdSet", "Ad", "AdCreative", "AdImage", "CustomAudience")


def state(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    return {kind: sandbox.objects(kind) for kind in KINDS}


def run(name: str, folder: Path, *words: str, stdin: str) -> tuple[subprocess.CompletedProcess[str], bool]:
    """Run an example on a server that it does not own; return also whether anything there is different."""
    bare = {key: value for key, value in os.environ.items() if not key.startswith("FACEBOOK_")}
    with serve(Sandbox(clock=lambda: datetime.now(UTC))) as server:  # the example goes by this machine's clock
        (folder / ".env").write_text(
            f"FACEBOOK_ACCESS_TOKEN={server.sandbox.token}\nFACEBOOK_AD_ACCOUNT_ID=1\nFACEBOOK_ENDPOINT={server.url}\n"
        )
        before = state(server.sandbox)
        done = started.run(EXAMPLES / f"{name}.py", *words, folder=folder, env=bare, stdin=stdin)
        return done, state(server.sandbox) != before


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_with_nobody_to_ask_nothing_is_written(name: str, tmp_path: Path) -> None:
    done, is_changed = run(name, tmp_path, stdin="")
    assert not is_changed
    asked = "This will write to act_1" in done.stdout and "Stopped: nobody agreed" in done.stderr
    assert asked == (name not in READING | NEVER_ON_META), done
    assert done.returncode == asked, done


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*ALL} - READING - NEVER_ON_META - {"experiment"}))
def test_with_yes_among_the_words_it_is_written(name: str, tmp_path: Path) -> None:
    done, is_changed = run(name, tmp_path, "--yes", stdin="")
    assert is_changed, done


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["y", "YES", "n", "", "yep"])
def test_only_y_and_yes_are_a_yes(answer: str, tmp_path: Path) -> None:
    done, is_changed = run("pause_everything", tmp_path, stdin=f"{answer}\n")
    assert is_changed == (answer in ("y", "YES")), done


@pytest.mark.slow
def test_each_plan_of_the_experiment_is_asked_about(tmp_path: Path) -> None:
    tactics = str(EXAMPLES / "launch" / "tactics.yaml")
    done, is_changed = run("experiment", tmp_path, tactics, "0", stdin="y\nn\n")
    assert not is_changed
    assert done.stdout.count("Go on? (y/N)") == 2
    done, is_changed = run("experiment", tmp_path, tactics, "0", "--yes", stdin="")
    assert (done.returncode, is_changed) == (0, True), done


def test_each_example_that_writes_shares_the_helper() -> None:
    asking = {name for name in ALL if "confirm(" in (EXAMPLES / f"{name}.py").read_text()}
    assert asking == {*ALL} - READING - NEVER_ON_META
