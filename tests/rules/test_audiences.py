"""Rules of audiences: the library's verdict, taken offline, against the sandbox's, written apart from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.errors import APIError
from admonster_fb.models._params import checked
from admonster_fb.models.audiences.custom import CustomAudienceCreate
from admonster_fb.rules.audiences import violations
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough

DAY, PIXEL, PAGE = 86_400, "604381177220931", "108356564252733"
SEED = "23850000000000101"
LIST: Any = {"name": "A", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
URL: Any = {"field": "url", "operator": "i_contains", "value": "/shop"}
LIKED: Any = {"operator": "and", "filters": [{"field": "event", "operator": "eq", "value": "page_liked"}]}


def of(*rules: Any, operator: str = "or", **more: Any) -> Any:
    return {"name": "A", "rule": {"inclusions": {"operator": operator, "rules": [*rules]}, **more}}


def rule(kind: str = "pixel", source: str = PIXEL, days: int = 30, **changes: Any) -> Any:
    bought = {"operator": "and", "filters": [{"field": "event", "operator": "eq", "value": "Purchase"}]}
    said = {"event_sources": [{"id": source, "type": kind}], "retention_seconds": days * DAY, "filter": bought}
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


def like(**spec: Any) -> Any:
    said = {name: value for name, value in {"country": "US", "ratio": 0.02, **spec}.items() if value is not None}
    return {"name": "A", "subtype": "LOOKALIKE", "origin_audience_id": SEED, "lookalike_spec": said}


def filtered(*filters: Any, operator: str = "and") -> Any:
    return {"operator": operator, "filters": [*filters]}


GOOD: dict[str, Any] = {
    "a list": LIST,
    "a list of 180 days": {**LIST, "retention_days": 180},
    "a list with worth": {**LIST, "is_value_based": True},
    "visitors": of(rule(filter=filtered(URL))),
    "180 days": of(rule(days=180)),
    "with exclusions": of(rule(), exclusions={"operator": "or", "rules": [rule()]}),
    "three times": of(rule(aggregation={"type": "count", "operator": ">", "value": 3})),
    "ten rules": of(*[rule()] * 10),
    "730 days of a Page": of(rule("page", PAGE, 730, filter=None)),
    "who likes a Page": of(rule("page", PAGE, 0, filter=LIKED)),
    "1 %": like(ratio=0.01),
    "20 %": like(ratio=0.2),
    "from 1 % to 2 %": like(starting_ratio=0.01),
    "similarity": like(ratio=None, type="similarity"),
    "two countries": like(country=None, location_spec={"geo_locations": {"countries": ["US", "CA"]}}),
}
BAD: dict[str, tuple[Any, str]] = {
    "no source of a list": ({"name": "A", "subtype": "CUSTOM"}, "customer_file_source"),
    "no name": ({**LIST, "name": ""}, "name"),
    "181 days of a list": ({**LIST, "retention_days": 181}, "retention_days"),
    "no rules": (of(), "rule.inclusions"),
    "eleven rules": (of(*[rule()] * 11), "rule"),
    "no sources": (of(rule(event_sources=[])), "rule.inclusions.rules.0.event_sources"),
    "181 days of a pixel": (of(rule(days=181)), "rule.inclusions.rules.0.retention_seconds"),
    "731 days of a Page": (of(rule("page", PAGE, 731)), "rule.inclusions.rules.0.retention_seconds"),
    "91 days of a form": (of(rule("lead", "9", 91)), "rule.inclusions.rules.0.retention_seconds"),
    "no days": (of(rule(retention_seconds=None)), "rule.inclusions.rules.0.retention_seconds"),
    "0 days": (of(rule(days=0)), "rule.inclusions.rules.0.retention_seconds"),
    "days of who likes a Page": (of(rule("page", PAGE, 30, filter=LIKED)), "rule.inclusions.rules.0.retention_seconds"),
    "an event that contains": (
        of(rule(filter=filtered({"field": "event", "operator": "contains", "value": "P"}))),
        "rule.inclusions.rules.0.filter.filters.0.operator",
    ),
    "no value": (
        of(rule(filter=filtered({"field": "url", "operator": "eq"}))),
        "rule.inclusions.rules.0.filter.filters.0.value",
    ),
    "101 filters": (of(rule(filter=filtered(*[URL] * 101, operator="or"))), "rule.inclusions.rules.0.filter"),
    "a median": (
        of(rule(aggregation={"type": "median", "operator": ">", "value": 3})),
        "rule.inclusions.rules.0.aggregation.type",
    ),
    "a sum of nothing, never compared": (
        of(rule(aggregation={"type": "sum", "value": 3})),
        "rule.inclusions.rules.0.aggregation.operator",
    ),
    "no ratio": (like(ratio=None), "lookalike_spec.ratio"),
    "ratio and type": (like(type="similarity"), "lookalike_spec.ratio"),
    "21 %": (like(ratio=0.21), "lookalike_spec.ratio"),
    "1.5 %": (like(ratio=0.015), "lookalike_spec.ratio"),
    "0 %": (like(ratio=0), "lookalike_spec.ratio"),
    "from 2 % to 2 %": (like(starting_ratio=0.02), "lookalike_spec.starting_ratio"),
    "nowhere": (like(country=None), "lookalike_spec.country"),
    "two places": (
        like(location_spec={"geo_locations": {"countries": ["US"]}}),
        "lookalike_spec.country",
    ),
}  # fmt: skip


@pytest.fixture
def raw() -> Callable[[Any], Any]:
    """Create an audience without any check of the library's."""
    fb = FacebookAds.sandbox(Sandbox())
    return lambda params: fb.api.call("POST", ("act_1", "customaudiences"), params).json()


def test_violations_valid_audience_passes_here_and_in_the_sandbox(
    subtests: pytest.Subtests, raw: Callable[[Any], Any]
) -> None:
    for name in GOOD:
        with subtests.test(name=name):
            assert violations(checked(CustomAudienceCreate, GOOD[name])) == []
            assert raw(GOOD[name])["id"]


def test_violations_invalid_audience_is_refused_here_and_in_the_sandbox(
    subtests: pytest.Subtests, raw: Callable[[Any], Any]
) -> None:
    for name in BAD:
        with subtests.test(name=name):
            params, field = BAD[name]
            assert field in [each.field for each in violations(checked(CustomAudienceCreate, params))]
            with pytest.raises(APIError) as error:
                raw(params)
            assert error.value.code == 100


def test_violations_are_reported_all_at_once() -> None:
    params = {**of(rule(days=181), rule(event_sources=[])), "name": " ", "retention_days": 0}
    assert [each.field for each in violations(params)] == [
        "name",
        "retention_days",
        "rule.inclusions.rules.0.retention_seconds",
        "rule.inclusions.rules.1.event_sources",
    ]
    with pytest.raises(ParameterError, match=r"operator.*rules"):
        checked(CustomAudienceCreate, {"name": "A", "rule": {"inclusions": {"operator": "xor", "rules": [5]}}})


def test_violations_update_checks_only_its_parameters() -> None:
    assert violations({"description": "x"}, update=True) == []
    assert [each.field for each in violations({"retention_days": 181}, update=True)] == ["retention_days"]
