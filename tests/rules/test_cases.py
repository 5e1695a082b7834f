"""Every rule is broken by something and kept by something."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from admonster_fb import facts
from admonster_fb.bot.render.errors import data
from admonster_fb.error_atlas import lookup
from admonster_fb.errors import MISSING, ParameterError
from admonster_fb.rules import RULES, Finding, Kind, check
from admonster_fb.rules.core import TIERS
from admonster_fb.services._validation import to_violation


def verdict_of(finding: Finding) -> str:
    numbers = "/".join(str(number) for number in (finding.code, finding.subcode) if number)
    return f"{finding.severity} {numbers}".strip()


@pytest.mark.thorough
def test_check_broken_rule_reports_field_severity_and_code(cases: list[Any]) -> None:
    wrong = []
    for case in cases:
        ours = [each for each in case.findings(good=False) if each.rule == case.rule]
        found = {(each.field, verdict_of(each)) for each in ours}
        if (case.field, case.verdict) not in found or {verdict for _, verdict in found} != {case.verdict}:
            wrong.append((case, found))
        wrong += [(case, each) for each in ours if not (each.message and each.fix and each.source)]
    assert wrong == []


@pytest.mark.thorough
def test_findings_show_the_value_that_is_wrong(cases: list[Any]) -> None:
    """A finding without it is of what is missing beside the value."""
    wrong, without = [], set()
    for case in cases:
        for found in case.findings(good=False):
            if found.field in case.bad and isinstance(value := case.bad[found.field], bool | int | float | str):
                if found.given is MISSING and value:
                    without.add(found.rule)
                elif found.given is not MISSING and (found.given != value or type(found.given) is not type(value)):
                    wrong.append((found, value))
    assert wrong == []
    assert without == {"strategy-fixed"}


@pytest.mark.thorough
def test_check_kept_rule_reports_nothing(cases: list[Any]) -> None:
    assert [case for case in cases if case.rule in [each.rule for each in case.findings(good=True)]] == []


def test_rules_each_have_cases_and_a_slug_of_their_own(cases: list[Any]) -> None:
    slugs = [(rule.kind, rule.slug) for rule in RULES]
    assert len(slugs) == len(set(slugs))
    assert set(slugs) == {(case.kind, case.rule) for case in cases}


def test_check_base_of_the_cases_reports_nothing(check_base: Any) -> None:
    assert {kind: found for kind in get_args(Kind) if (found := check_base(kind, {}))} == {}


def test_check_update_without_parameters_reports_nothing(cases: list[Any]) -> None:
    create_only = {(rule.kind, rule.slug) for rule in RULES if rule.create_only}
    some = [case for case in cases if (case.kind, case.rule) in create_only]
    assert [case for case in some if check(case.kind, {}, case.context_of(good=False), update=True)] == []
    assert {(case.kind, case.rule) for case in some} == create_only


def test_check_update_skips_rules_for_new_objects(cases: list[Any]) -> None:
    create_only = {(rule.kind, rule.slug) for rule in RULES if rule.create_only}
    refused = [
        case
        for case in cases
        if (case.kind, case.rule) in create_only
        and case.rule in [each.rule for each in case._replace(update=True).findings(good=False)]
    ]
    assert refused == []


def test_rules_fixes_are_sentences() -> None:
    assert [rule.slug for rule in RULES if not (rule.fix.endswith(".") and rule.fix[0].isupper())] == []


def test_rules_codes_are_in_the_atlas_as_permanent_errors() -> None:
    entries = {rule.slug: lookup(rule.code, rule.subcode) for rule in RULES if rule.subcode is not None}
    wanted = {rule.slug: (rule.subcode, "no") for rule in RULES if rule.subcode is not None}
    assert {slug: (entry.subcode, entry.retry) for slug, entry in entries.items()} == wanted


def test_rules_sources_have_a_tier_and_a_place() -> None:
    wrong = [(rule.slug, rule.sources) for rule in RULES if not rule.sources or not all(s.where for s in rule.sources)]
    assert wrong == []
    assert {source.tier for rule in RULES for source in rule.sources} <= TIERS.keys()
    assert [rule.slug for rule in RULES if all(source.contradicts for source in rule.sources)] == []


def test_rules_severity_follows_from_the_sources() -> None:
    """An error has a page of Meta's, an answer or the library's safety behind it, and nothing that contradicts."""
    refused = {
        (rule.kind, rule.slug): not any(source.contradicts for source in rule.sources)
        and not {source.tier for source in rule.sources}.isdisjoint("DRL")
        for rule in RULES
    }
    assert {(rule.kind, rule.slug) for rule in RULES if rule.severity == "error"} == {
        rule for rule, error in refused.items() if error
    }


@pytest.mark.thorough
def test_findings_severity_follows_from_their_sources(cases: list[Any]) -> None:
    found = [each for case in cases for good in (False, True) for each in case.findings(good=good)]
    contradicted = [each for each in found if "; but " in each.source or each.source.startswith("but ")]
    assert {each.severity for each in contradicted} == {"warning"}
    assert {each.severity for each in found if each.source.startswith("docs/meta-rules.md#")} == {"warning"}


def test_rules_follow_the_verdicts_of_the_audit() -> None:
    """What Meta refuses is an error, what is doubtful a warning; what was to be corrected may be either."""
    severities = {"keep": {"error"}, "doubtful": {"warning"}, "remove": {"error", "warning"}}
    given = {rule.slug: rule.severity for rule in RULES}
    verdicts = {row.rule: row.verdict for row in facts.rows("rules_audit")}
    assert {slug: given[slug] for slug, verdict in verdicts.items() if given[slug] not in severities[verdict]} == {}


@pytest.mark.thorough
def test_each_rule_that_stays_is_refused_with_its_reason_and_its_evidence(cases: list[Any]) -> None:
    stay = {row.rule: row for row in facts.rows("rules_audit") if row.verdict == "keep"}
    shown = set()
    for case in cases:
        for each in case.findings(good=False) if case.rule in stay else ():
            if each.rule != case.rule or each.severity != "error":
                continue
            violation = to_violation(each)
            assert each.message in violation.allowed
            assert each.fix.removesuffix(".") in violation.allowed
            [told] = data(ParameterError([violation]))["violations"]
            assert told["source"].startswith(("Meta: ", "recorded answer ", "a check of this library: "))
            assert told["source"] == each.source
            shown.add(case.rule)
    assert stay.keys() - shown == set()


def test_rules_know_no_clock_no_network_and_no_sandbox() -> None:
    for file in Path(inspect.getfile(check)).parent.glob("*.py"):
        text = file.read_text()
        assert (
            re.findall(r"now\(|^(?:from|import) (?:requests|facebook|admonster_fb\.sandbox)", text, re.MULTILINE) == []
        )
