"""Every rule is broken by something and kept by something."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from admonster_fb.error_atlas import lookup
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


def test_codes_are_in_the_atlas() -> None:
    """What a rule foresees is an error that the atlas knows, and that sending again does not cure."""
    for rule in RULES:
        if rule.subcode is not None:
            entry = lookup(rule.code, rule.subcode)
            assert (entry.subcode, entry.retry) == (rule.subcode, "no"), rule.slug


def test_rules_know_no_clock_no_network_and_no_sandbox() -> None:
    for file in Path(inspect.getfile(check)).parent.glob("*.py"):
        text = file.read_text()
        assert (
            re.findall(r"now\(|^(?:from|import) (?:requests|facebook|admonster_fb\.sandbox)", text, re.MULTILINE) == []
        )
