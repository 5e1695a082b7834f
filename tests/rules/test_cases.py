"""Every rule is broken by something and kept by something."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from admonster_fb.error_atlas import classify
from admonster_fb.rules import RULES, check


def test_what_breaks_a_rule_is_found(case: Any) -> None:
    found = [each for each in case.findings(good=False) if each.rule == case.rule]
    assert case.field in [each.field for each in found]
    rule = next(rule for rule in RULES if (rule.kind, rule.slug) == (case.kind, case.rule))
    for each in found:
        told = (each.code, each.subcode, each.source, each.severity)
        assert told == (rule.code, rule.subcode, rule.source, rule.severity)
        assert each.message
        assert each.fix


def test_what_keeps_it_is_not(case: Any) -> None:
    assert [each for each in case.findings(good=True) if each.rule == case.rule] == []


def test_every_rule_has_both(cases: list[Any]) -> None:
    assert {(rule.kind, rule.slug) for rule in RULES} == {(case.kind, case.rule) for case in cases}


def test_slugs_are_unique() -> None:
    named = [(rule.kind, rule.slug) for rule in RULES]
    assert sorted(named) == sorted(set(named))


@pytest.mark.parametrize("kind", ["campaign", "adset", "creative", "ad", "account"])
def test_the_base_of_the_cases_is_in_order(kind: Any, judged: Any) -> None:
    assert judged(kind, {}) == []


def test_a_change_is_never_missing_anything(case: Any) -> None:
    rule = next(rule for rule in RULES if (rule.kind, rule.slug) == (case.kind, case.rule))
    if rule.create_only:
        found = check(case.kind, {}, case.context_of(good=False), update=True)
        assert [each.rule for each in found] == []


def test_warnings_are_the_weaker_half() -> None:
    weak = [rule for rule in RULES if rule.severity == "warning"]
    assert 0 < len(weak) < len(RULES) / 2


def test_fixes_are_sentences() -> None:
    assert [rule.slug for rule in RULES if not rule.fix.endswith((".", "}."))] == []
    assert [rule.slug for rule in RULES if not rule.fix[0].isupper()] == []


def test_codes_are_what_the_atlas_knows() -> None:
    """An error of Meta's that a rule foresees is one that the atlas explains, as something to correct."""
    known = {(rule.code, rule.subcode) for rule in RULES if rule.subcode is not None}
    foreign = {pair for pair in known if classify(*pair).who not in ("model", "user", "code", "admin")}
    assert foreign == set()
    assert {pair for pair in known if classify(*pair).retry != "no"} == set()


def test_rules_know_no_clock_and_no_network() -> None:
    folder = Path(inspect.getfile(check)).parent
    for file in folder.glob("*.py"):
        text = file.read_text()
        assert ".now()" not in text, file.name
        assert "requests" not in text.split('"""', 2)[2] or file.name == "x", file.name
        assert "sandbox" not in text, file.name
