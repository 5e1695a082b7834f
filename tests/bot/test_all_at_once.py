"""Wrong types of a call do not hide what is wrong with its other arguments."""

from __future__ import annotations

from typing import Any

import pytest
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.registry import registry
from admonster_fb.errors import ParameterError
from admonster_fb.operation import spec_of
from admonster_fb.sandbox import GraphError, Sandbox

pytestmark = pytest.mark.thorough

PAGE = "108356564252733"
QUESTIONS = {"questions": ["email", "mail"], "privacy_policy": "https://example.com/p"}
STAGE = {"lead_id": "123456789012345", "stage": "lost", "time": 1}
FILTERS = [{"field": "entity_type", "operator": "EQUAL", "value": "CAMPAIGN"}]
CELLS = [{"campaign_ids": ["1"]}, {"campaign_ids": ["1"]}]
ODD: Any = {"odd": 1}


def refused(op: str, args: dict[str, Any], sandbox: Sandbox | None = None) -> set[str]:
    result = FacebookTool(FacebookAds.sandbox(sandbox or Sandbox())).call({"op": op, "args": args})
    assert isinstance(result.exception, ParameterError), result.text
    return {violation.field for violation in result.exception.violations}


@table(
    "op, args, fields",
    [
        ("boost_post", {"goal": "likes", "daily_budget": 1000, "days": 5, "places": ["Atlantis"]}, {"goal", "places"}),
        (
            "boost_post",
            {"goal": "likes", "interests": ["Zzzq"], "places": ["US"]},
            {"goal", "daily_budget", "days", "interests"},
        ),
        (
            "boost_post",
            {"goal": "calls", "lifetime_budget": True, "days": 5, "places": ["US"]},
            {"lifetime_budget", "phone"},
        ),
        ("boost_post", {"dayly_budget": 1000, "days": 5, "places": ["US"]}, {"dayly_budget"}),
        ("create_lead_form", {"page_id": PAGE, "name": ODD, **QUESTIONS}, {"name", "questions.1.key"}),
        ("create_lead_form", {"page_id": PAGE, **QUESTIONS}, {"name", "questions.1.key"}),
        (
            "create_ad_rule",
            {
                "name": ODD,
                "evaluation_spec": {"evaluation_type": "SCHEDULE", "filters": FILTERS},
                "execution_spec": {"execution_type": "PAUSE"},
            },
            {"name", "schedule_spec"},
        ),
        ("create_custom_audience", {"name": ODD, "pixel_id": "1", "page_id": "2"}, {"name", "pixel_id"}),
        ("update_audience", {"audience_id": "1", "name": " ", "retention_days": "x"}, {"name", "retention_days"}),
        ("create_lookalike_audience", {"name": "A", "ratio": 5, "country": "Germany"}, {"ratio", "target_countries"}),
        ("create_lookalike_tiers", {"name": "A", "tiers": "x", "country": "Germany"}, {"tiers.0", "target_countries"}),
        ("create_creative", {"page_id": PAGE, "image_hash": "a", "name": ODD}, {"name", "link"}),
        (
            "setup_performance_alert",
            {"campaign_id": ODD, "conditions": [{"metric": "ctr", "operator": "<", "value": 1}], "action": "raise"},
            {"campaign_id", "action"},
        ),
        (
            "create_ab_test",
            {"name": ODD, "cells": CELLS, "start_date": "2026-12-02", "end_date": "2026-12-01"},
            {"name", "cells.1", "end_date"},
        ),
        (
            "send_lead_stages",
            {"pixel_id": "1", "crm": ODD, "funnel": ["won"], "stages": [STAGE]},
            {"crm", "stages.0.stage"},
        ),
        ("create_adset", {"name": ODD, "daily_budget": 1000, "lifetime_budget": 1000}, None),
        ("get_insights", {"level": "foo", "fields": ["roas"]}, None),
    ],
)
def test_types_and_rules_are_refused_together(op: str, args: dict[str, Any], fields: set[str] | None) -> None:
    found = refused(op, args)
    assert found == fields if fields is not None else len(found) > 1


def test_a_judge_that_cannot_judge_leaves_the_error_of_types() -> None:
    assert refused("create_ad_rule", {"name": ODD, "evaluation_spec": {}}) >= {"name"}
    judged = {op.name for op in registry().values() if getattr(spec_of(op.function), "judge", None)}
    assert judged >= {"boost_post", "create_lead_form"}


def test_a_search_that_fails_is_no_error_of_its_own(sandbox: Sandbox) -> None:
    sandbox.fail_next("GET search", GraphError(100), times=None)
    args = {"goal": "likes", "daily_budget": 1000, "days": 5, "places": ["Berlin"]}
    assert refused("boost_post", args, sandbox) == {"goal"}


def test_python_is_told_all_at_once_too(fb: FacebookAds) -> None:
    odd: Any = {**QUESTIONS, "name": "Course", "locale": ["de"]}
    with pytest.raises(ParameterError) as caught:
        fb.leadgen_forms.create(PAGE, **odd)
    assert {"locale", "questions.1.key"} == {violation.field for violation in caught.value.violations}
