"""`admonster-fb rules` in this process."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from tables import table
from typer.testing import CliRunner, Result

from admonster_fb.cli import app as cli
from admonster_fb.rules import RULES
from admonster_fb.rules import goal_matrix as matrix


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.app, ["rules", *words])


def rows(*words: str) -> list[dict[str, Any]]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return list(json.loads(result.stdout))


def test_piped_it_is_a_line_for_each_goal() -> None:
    header, *lines = run().stdout.splitlines()
    assert header.split("\t")[:3] == ["objective", "destination_type", "goal"]
    assert len(lines) == sum(len(row.goals) for row in matrix.rows())
    assert all(line.count("\t") == 6 for line in lines)
    expected = ["OUTCOME_TRAFFIC", "WHATSAPP", "LINK_CLICKS", "IMPRESSIONS, LINK_CLICKS", "page_id", "1d_click", ""]
    assert expected in [line.split("\t") for line in lines]


def test_as_json_lists_stay_lists() -> None:
    goals = {row["goal"]: row for row in rows("--objective", "OUTCOME_APP_PROMOTION")}
    assert goals["LINK_CLICKS"]["billing_event"] == ["IMPRESSIONS", "LINK_CLICKS"]
    assert goals["APP_INSTALLS"]["promoted_object"] == ["application_id", "object_store_url"]


def test_doubtful_rows_say_so() -> None:
    website = [row for row in rows("--objective", "TRAFFIC") if row["destination_type"] == "WEBSITE"]
    assert website
    assert {row["note"].endswith("; doubtful") for row in website} == {True}


@table("objective", ["OUTCOME_LEADS", "LEADS", "leads"], fresh=True)
def test_an_objective_shows_its_own_rows_only(objective: str) -> None:
    assert {row["objective"] for row in rows("--objective", objective)} == {"OUTCOME_LEADS"}


def test_an_unknown_objective_is_refused_with_those_there_are() -> None:
    result = run("--objective", "LINK_CLICKS")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "OUTCOME_TRAFFIC" in result.stderr
    refused = run("--objective", "LINK_CLICKS", "--json")
    assert json.loads(refused.stdout)["error"]["type"] == "ParameterError"


def test_the_rules_themselves_are_listed() -> None:
    header, *lines = [line.split("\t") for line in run("--list").stdout.splitlines()]
    assert header == [*rows("--list")[0]]
    assert [(line[0], line[1]) for line in lines] == [(rule.slug, rule.kind) for rule in RULES]
    source = "Meta: Error reference; recorded answer 100/1885621"
    assert ["budget-level", "adset", "error", "100", "1885621", source] in [line[:6] for line in lines]


def test_the_rules_as_json() -> None:
    listed = {(row["rule"], row["of"]): row for row in rows("--list")}
    assert len(listed) == len(RULES)
    assert listed["goal-unknown", "adset"]["code"] is None
    assert listed["sharing-flag", "campaign"]["subcode"] == 4834011


@pytest.mark.thorough
@table("width", [80, 60], fresh=True)
@table("words", [(), ("--list",)], fresh=True)
def test_on_a_terminal_words_stay_whole_and_lines_fit(
    words: tuple[str, ...], width: int, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    told = rows(*words)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    cli.show_rules(None, bool(words), False)
    shown = capsys.readouterr().out
    assert all(len(line) <= width or " " not in line.strip() for line in shown.splitlines())
    seen = shown.split()
    for row in told:
        for name, value in row.items():
            cell = ", ".join(value) if isinstance(value, list) else str(value or "")
            assert not cell or {f"{name}:", *(word.rstrip(";") for word in cell.split())} <= {
                *seen,
                *(word.rstrip(";") for word in seen),
            }
