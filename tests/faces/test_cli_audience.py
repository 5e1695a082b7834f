"""`admonster-fb audience upload`: what it says, what it exits with, and what nobody sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tables import table
from typer.testing import CliRunner

from admonster_fb.cli import app as cli
from admonster_fb.sandbox import Sandbox

AUDIENCE = "23850000000000101"
HEAD = "E-Mail,Vorname,Telefon,Notes\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text(HEAD + "planted@example.com,Xanthippe,030 1234567,hi\nXanthippe,,,\n")
    return path


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli.app, ["audience", "upload", *words, "--sandbox"])
    return done.exit_code, done.stdout, done.stderr


def test_it_says_what_it_understood_and_what_it_left_out(file: Path) -> None:
    code, said, wrong = run(str(file), "--audience", AUDIENCE, "--region", "DE")
    assert (code, wrong) == (0, "")
    assert "Rows: 2 read, 1 sent in 1 batch; Meta received 1, of which 0 invalid" in said
    assert "Understood: E-Mail as EMAIL, Vorname as FN, Telefon as PHONE" in said
    assert "Left out: Notes" in said
    assert "Without EMAIL: 1 row, not an e-mail address (row 2)" in said
    assert "planted" not in said.lower()
    assert "Xanthippe" not in said
    assert "number" not in said  # the region says the country
    assert {each.name for each in file.parent.iterdir()} == {file.name, "state"}, "neither a journal nor a lock is left"


def test_it_says_how_to_name_the_country(file: Path) -> None:
    said = run(str(file), "--audience", AUDIENCE)[1]
    assert "Without PHONE: 1 row, no country code (row 1)" in said
    assert "default_region (--region), such as US" in said


def test_as_json(file: Path) -> None:
    code, said, _ = run(str(file), "--audience", AUDIENCE, "--kind", "remove", "--json")
    told = json.loads(said)
    assert code == 0
    assert (told["audience_id"], told["batches"], told["report"]["rows"]) == (AUDIENCE, 1, 2)


@pytest.mark.thorough
@table(
    ("words", "code", "said"),
    [
        (["missing.csv", "--audience", AUDIENCE], 2, "missing.csv"),
        (["FILE", "--audience", "act_1"], 2, "audience_id"),
        (["FILE", "--audience", "99"], 5, "does not exist"),
        (["FILE", "--audience", AUDIENCE, "--schema", "EMIAL"], 2, "EMIAL"),
        (["FILE", "--audience", AUDIENCE, "--in-flight", "99"], 2, "in_flight"),
        (["FILE", "--audience", AUDIENCE, "--kind", "erase"], 2, "erase"),
    ],
    fresh=True,
)
def test_what_is_wrong_is_one_error_and_its_exit_code(words: list[str], code: int, said: str, file: Path) -> None:
    got, _, wrong = run(*(str(file) if word == "FILE" else word for word in words))
    assert got == code
    assert said in wrong.replace("\n", " ")
    assert "Traceback" not in wrong


def test_the_seeded_audience_of_these_tests_is_there() -> None:
    assert Sandbox().kinds()[AUDIENCE] == "CustomAudience"
