"""Each JSON file of facts has the form it should, and the page written from them is current."""

from __future__ import annotations

import hashlib
import json
import re
import runpy
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from admonster_fb import enums, facts

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src" / "admonster_fb" / "facts"
KEYS = {
    "goal_matrix": ("objective", "destinations", "promotes"),
    "goals_by_objective": ("objective",),
    "billing_events": ("goal",),
    "attribution_windows": ("goal", "promotes"),
    "promoted_object": ("key",),
    "versions": ("version",),
    "currencies": ("currency",),
    "minimum_budgets": ("subject",),
    "special_ad_categories": ("categories", "rule"),
    "geo_limits": ("kind", "limit", "unit"),
    "targeting_limits": ("field", "limit"),
    "field_limits": ("object", "field"),
    "rate_limits": ("mechanism",),
    "insights_retention": ("subject",),
    "error_numbers": ("code", "subcode"),
    "audience_keys": ("key",),
    "rules_audit": ("rule",),
    "other_checks": ("check",),
    "missing_checks": ("request",),
    "accepted_requests": ("request",),
    "typed_parameters": ("object",),
    "known_values": ("kind", "path"),
}
NEWER = {
    "goals": {"ONSITE_CONVERSIONS", "VIDEO_VIEWS"},
    "destinations": set[str](),
}
"""Values that Meta's pages or programs have and `admonster_fb.enums` has not."""
OBJECTIVES = frozenset(get_args(enums.Objective))
GOALS = frozenset(get_args(enums.OptimizationGoal))
DESTINATIONS = frozenset(get_args(enums.DestinationType))
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+(#\d+)?")


def _raw() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for path in sorted(FOLDER.glob("*.json")):
        if path.stem != "sources":
            yield path.stem, json.loads(path.read_text(encoding="utf-8"))["rows"]


RAW = dict(_raw())
KEYS |= {name: ("subject", "statement") for name in RAW if name not in KEYS}
"""What tells the rows of a file apart; in files of plain statements the sentence."""


def test_every_file_is_read() -> None:
    assert RAW.keys() == {*facts.names()} == KEYS.keys()


def test_each_line_holds_one_row() -> None:
    wrong = []
    for name, rows in RAW.items():
        lines = (FOLDER / f"{name}.json").read_text(encoding="utf-8").splitlines()
        if [json.loads(line.removesuffix(",")) for line in lines[1:-1]] != rows:
            wrong.append(name)
    assert wrong == []


def _faults(row: dict[str, Any]) -> Iterator[str]:
    if row["tier"] not in "DRSXM":
        yield "tier"
    if not row["source"].strip():
        yield "source"
    if not isinstance(row.get("stay_open", False), bool):
        yield "stay_open"
    if not date(2026, 1, 1) <= date.fromisoformat(row["date"]) <= date(2027, 12, 31):
        yield "date"


def test_each_row_has_source_tier_and_date() -> None:
    assert [(name, row, fault) for name, rows in RAW.items() for row in rows for fault in _faults(row)] == []


def test_rows_become_instances_with_known_fields_only() -> None:
    assert {name: len(facts.rows(name)) for name in facts.names()} == {name: len(rows) for name, rows in RAW.items()}


def test_keys_are_unique() -> None:
    wrong = []
    for name, rows in RAW.items():
        counted = Counter(json.dumps([row[key] for key in KEYS[name]]) for row in rows)
        wrong += [(name, key) for key, count in counted.items() if count > 1]
    assert wrong == []


def test_each_source_can_be_found() -> None:
    known = {source.name for source in facts.rows("sources")}
    wrong, used = [], set()
    for name, rows in RAW.items():
        for part in (part for row in rows for part in row["source"].split("; ")):
            plain = part if part in known else re.sub(r" \(.*\)$", "", part)
            used.add(plain)
            if plain not in known and not REPOSITORY.fullmatch(plain):
                wrong.append((name, part))
    assert wrong == []
    assert known - used == set()


def test_no_row_cites_what_users_do_not_have() -> None:
    hidden = re.compile(r"api_facts|\.\./|shared/|\[[DRSXM]\]|field_notes|rules_audit\.md")
    wrong = [(path.name, hidden.findall(path.read_text(encoding="utf-8"))) for path in FOLDER.glob("*.json")]
    assert [each for each in wrong if each[1]] == []


def test_enumerations_of_the_goal_matrix_exist() -> None:
    goals, destinations = set[str](), set[str]()
    for row in facts.rows("goal_matrix"):
        goals.update(row.goals, row.older_goals, row.doubtful_goals)
        destinations.update(filter(None, row.destinations))
    for listed in facts.rows("goals_by_objective"):
        goals.update(listed.goals)
    assert {row.objective for row in facts.rows("goal_matrix")} == OBJECTIVES
    assert {row.objective for row in facts.rows("goals_by_objective")} == OBJECTIVES
    assert goals - GOALS == NEWER["goals"]
    assert destinations - DESTINATIONS == NEWER["destinations"]


def test_goals_of_each_row_are_goals_of_its_objective() -> None:
    union = {row.objective: {*row.goals} for row in facts.rows("goals_by_objective")}
    wrong = []
    for row in facts.rows("goal_matrix"):
        if beyond := {*row.goals, *row.older_goals, *row.doubtful_goals} - union[row.objective]:
            wrong.append((row.objective, row.destinations, sorted(beyond)))
    assert wrong == []


def test_keys_in_the_goal_matrix_are_keys_of_promoted_object() -> None:
    known = {row.key for row in facts.rows("promoted_object")}
    used = {key for row in facts.rows("goal_matrix") for keys in row.promoted_object for key in keys}
    used.update(key for row in facts.rows("goal_matrix") for key in row.optional_keys)
    assert used - known == set()


def test_billing_and_attribution_name_known_goals() -> None:
    known = GOALS | {"*", "incremental attribution"}
    assert {row.goal for row in facts.rows("billing_events")} - known == set()
    assert {row.goal for row in facts.rows("attribution_windows")} - known == set()


def test_hashes_of_audience_keys_are_those_of_their_examples() -> None:
    wrong = []
    for row in facts.rows("audience_keys"):
        if row.sha256 and hashlib.sha256(row.example.encode()).hexdigest() != row.sha256:
            wrong.append(row.key)
    assert wrong == []


def test_versions_are_in_order_and_end_after_their_release() -> None:
    rows = facts.rows("versions")
    assert [row.released for row in rows] == sorted(row.released for row in rows)
    wrong = []
    for row in rows:
        ends = [date.fromisoformat(end) for end in (row.graph_until, row.marketing_until) if end]
        if any(end <= date.fromisoformat(row.released) for end in ends):
            wrong.append(row.version)
    assert wrong == []


def test_audit_counts_are_those_of_the_audit() -> None:
    rows = facts.rows("rules_audit")
    assert Counter(row.verdict for row in rows) == {"keep": 110, "doubtful": 15, "remove": 21}
    assert sum(row.entries for row in rows) == 157
    assert [row.rule for row in rows if row.verdict == "remove" and not row.change] == []


def test_bounds_are_in_order() -> None:
    places = [(row.kind, row.low, row.high) for row in facts.rows("geo_limits")]
    targeting = [(row.field, row.low, row.high) for row in facts.rows("targeting_limits")]
    others = [(row.field, row.low, row.high) for row in facts.rows("field_limits")]
    bounded = [*places, *targeting, *others]
    assert [each for each in bounded if None not in each[1:] and (each[1] or 0) > (each[2] or 0)] == []


@pytest.mark.thorough
def test_page_is_current() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "build_meta_rules.py"))
    assert page["main"](["--check"]) == 0
    assert len(page["ORDER"]) == len(facts.names())
    assert {*page["ORDER"]} == {*facts.names()}
