"""`admonster-fb audit`: what was written from the command line, shown and verified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from admonster_fb.bot.host import audit_log
from admonster_fb.cli import app as cli
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough

REST = ("objective=OUTCOME_TRAFFIC", "special_ad_categories=[]")


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli.app, [*words])
    return done.exit_code, done.stdout, done.stderr


def create(name: str) -> None:
    code, said, wrong = run("call", "create_campaign", f"name={name}", *REST)
    assert code == 0, said + wrong


def test_writes_are_recorded_shown_and_verified(served: Sandbox) -> None:
    for name in ("A", "B", "C"):
        create(name)
    code, said, _ = run("audit", "show", "--limit", "2")
    rows = [line.split("\t") for line in said.splitlines()]
    assert code == 0
    assert [row[5].split(":")[0] for row in rows] == ["campaigns B", "campaigns C"]
    assert all(row[2:5] == ["create_campaign", "act_1", "done"] for row in rows)
    code, said, _ = run("audit", "verify")
    assert code == 0
    assert said.startswith("3 writes, head ")
    head = said.split()[-1]
    log = audit_log()
    assert log is not None
    log.path.write_text("\n".join(log.path.read_text().splitlines()[:-1]) + "\n")
    assert run("audit", "verify")[0] == 0
    code, said, wrong = run("audit", "verify", "--head", head)
    assert code == 1
    assert "is missing" in said
    assert "has been changed since it was written" in wrong


def test_an_edited_line_is_named(served: Sandbox, tmp_path: Path) -> None:
    create("A")
    create("B")
    log = audit_log()
    assert log is not None
    log.path.write_text(log.path.read_text().replace('"name":"A"', '"name":"Z"'))
    code, said, _ = run("audit", "verify", str(log.path), "--json")
    assert code == 1
    assert json.loads(said)["problems"][0].startswith("line 1")


def test_entries_by_account_op_and_time(served: Sandbox) -> None:
    create("A")
    assert len(run("audit", "show", "--account", "1")[1].splitlines()) == 1
    assert run("audit", "show", "--account", "2")[1] == ""
    assert run("audit", "show", "--op", "delete_campaign")[1] == ""
    assert run("audit", "show", "--since", "2999-01-01")[1] == ""
    [entry] = [json.loads(line) for line in run("audit", "show", "--json")[1].splitlines()]
    assert entry["who"]
    assert entry["fbtrace_ids"]


def test_an_upload_is_recorded_without_its_people(served: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("email\nplanted@example.com\n")
    code, *_ = run("audience", "upload", str(file), "--audience", "23850000000000101")
    assert code == 0
    log = audit_log()
    assert log is not None
    [entry] = log.entries()
    assert (entry["op"], entry["changes"][0][4]) == ("audience upload", {"people": "add", "file": "customers.csv"})
    assert entry["fbtrace_ids"]
    assert "planted" not in log.path.read_text()


def test_a_sandbox_leaves_nothing_behind() -> None:
    assert run("call", "create_campaign", "name=A", *REST, "--sandbox")[0] == 0
    code, _, wrong = run("audit", "show")
    assert code == 2
    assert "nothing has been written there yet" in wrong
