"""What no page of Meta's and no answer refuses passes with a warning, outside the parameters of objects too."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.rules import ad_studies, audiences, core, leadgen
from admonster_fb.rules.core import BY_KIND, parse_sources, severity_of
from admonster_fb.sandbox import Sandbox
from admonster_fb.services._validation import warnings


def rule_of(kind: str, event: str, *more: str) -> Any:
    sources = [{"id": "1", "type": each} for each in (kind, *more)]
    equal = {"operator": "and", "filters": [{"field": "event", "operator": "eq", "value": event}]}
    return {
        "inclusions": {
            "operator": "or",
            "rules": [{"event_sources": sources, "retention_seconds": 86400, "filter": equal}],
        }
    }


PAGE = rule_of("page", "page_engaged")
VIDEO = {"object_id": "7", "event_name": "video_watched"}
LIKE = {"name": "A", "subtype": "LOOKALIKE"}
DOUBTFUL: list[tuple[str, Any, str]] = [
    ("study", {"cells": [{"campaigns": ["1"], "adsets": ["2"]}]}, "cells.0"),
    ("study", {"cells": [{"campaigns": ["1"]}, {"campaigns": ["1"]}]}, "cells.1.campaigns.0"),
    ("audience", {"name": "A", "product_set_id": "1", "inclusions": []}, "subtype"),
    ("audience", {"name": "A", "subtype": "WEBSITE", "event_sources": [{"id": "1", "type": "PIXEL"}]}, "rule"),
    ("audience", {"name": "A", "subtype": "OFFLINE_CONVERSION", "dataset_id": "1"}, "rule"),
    ("audience", {"name": "A", "rule": PAGE, "is_value_based": True}, "is_value_based"),
    (
        *("audience", {"name": "A", "rule": rule_of("page", "ig_business_profile_all")}),
        "rule.inclusions.rules.0.filter.filters.0.value",
    ),
    (
        *("audience", {"name": "A", "rule": rule_of("ig_lead_generation", "lead_generation_submitted", "page")}),
        "rule.inclusions.rules.0.filter.filters.0.value",
    ),
    (
        *("audience", {**LIKE, "lookalike_spec": {"ratio": 0.01, "country": "US", "origin_event_name": "Purchase"}}),
        "origin_audience_id",
    ),
    (
        "audience",
        {**LIKE, "origin_audience_id": "1", "lookalike_spec": {"ratio": 0.01, "target_countries": ["US"]}},
        "lookalike_spec.country",
    ),
    ("audience", {"name": "A", "rule": [VIDEO], "retention_days": 366}, "retention_days"),
    ("lead_form", {"questions": [{"type": "NEW_AT_META"}]}, "questions.0.type"),
]


@table(("kind", "params", "field"), DOUBTFUL)
def test_it_passes_with_a_warning(kind: str, params: Any, field: str) -> None:
    subject = (params, False) if kind == "audience" else (params,)
    assert core.violations(kind, *subject) == []
    assert [found.field for found in core.doubts(kind, *subject)] == [field]


def test_the_services_send_it_and_pass_the_warning_on(fb: FacebookAds, sandbox: Sandbox) -> None:
    pixel = fb.adspixels.list("act_1")[0].id
    rule = rule_of("pixel", "Purchase")
    rule["inclusions"]["rules"][0]["event_sources"][0]["id"] = pixel
    with warnings() as found:
        made = fb.customaudiences.create("act_1", name="A", rule=rule, is_value_based=True)
        fb.customaudiences.update(made.id, description="B")
    assert [(each.field, each.severity) for each in found] == [("is_value_based", "warning")]
    assert "is_value_based" in sandbox.journal[-2].params


def test_people_stay_a_year_in_an_audience_of_videos(fb: FacebookAds) -> None:
    video = {"object_id": 7, "event_name": "video_watched", "context_id": 8}
    with warnings() as found:
        made = fb.customaudiences.create("act_1", name="A", subtype="ENGAGEMENT", rule=[video], retention_days=365)
        assert fb.customaudiences.get(made.id, fields=["retention_days"]).retention_days == 365
        fb.customaudiences.update(made.id, rule=[video], retention_days=300)
    assert found == []
    for params in ({"rule": [VIDEO], "retention_days": 0}, {"rule": PAGE, "retention_days": 181}):
        [wrong] = audiences.violations({"name": "A", **params})
        assert wrong.field == "retention_days"
        assert ("retention_seconds" in wrong.allowed) == isinstance(params["rule"], dict), "a list of videos has none"


def test_a_custom_conversion_needs_only_what_meta_calls_required(fb: FacebookAds) -> None:
    with warnings() as found:
        assert fb.customconversions.create("act_1", name="A", custom_event_type="PURCHASE").id
    assert [(each.field, each.severity) for each in found] == [("rule", "warning"), ("event_source_id", "warning")]


def test_what_meta_refuses_is_still_refused(fb: FacebookAds) -> None:
    with pytest.raises(ParameterError, match="subtype"):
        fb.customaudiences.create("act_1", name="A")
    assert ad_studies.violations({"cells": [{}]})
    assert leadgen.violations({"questions": [{"type": "CUSTOM"}]})
    assert audiences.violations({"name": "A", "subtype": "LOOKALIKE", "lookalike_spec": {"ratio": 0.01}})


def test_a_case_of_a_rule_is_as_severe_as_its_own_evidence() -> None:
    for kind, params, _ in DOUBTFUL:
        subject = (params, False) if kind == "audience" else (params,)
        for known in BY_KIND[kind]:
            for found in known.test(*subject):
                assert severity_of(parse_sources(found.source) if found.source else known.sources) == "warning"
