"""Whatever is given, rules say what is wrong and do not fall over."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admonster_fb.models.adcreative import AdCreativeCreate
from admonster_fb.models.adset import AdSetCreate
from admonster_fb.models.campaign import CampaignCreate, CampaignUpdate
from admonster_fb.models.targeting.spec import GeoLocations, TargetingSpec
from admonster_fb.money import Money
from admonster_fb.rules import Context, Finding, Kind, check, check_tree

KINDS = get_args(Kind)
SPECS = (CampaignCreate, CampaignUpdate, AdSetCreate, AdCreativeCreate, TargetingSpec, GeoLocations)
WRITTEN = "".join(file.read_text() for file in Path(inspect.getfile(check)).parent.glob("*.py"))
WORDS = sorted(
    {*re.findall(r'"([A-Za-z_]{2,40})"', WRITTEN), *(name for spec in SPECS for name in spec.__annotations__)}
)
"""Every word in the rules and every parameter: names and values that make a rule look closer."""

names = st.sampled_from(WORDS) | st.text(max_size=5)
values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | names
    | st.sampled_from(["50.00 USD", "5 JPY", "2026-12-01T09:00:00-0800", "2026-12-01", "9" * 30, "٣", "act_1"])
    | st.datetimes()
    | st.datetimes(timezones=st.just(UTC))
    | st.integers(0, 10**6).map(lambda minor: Money.from_minor(minor, "USD"))
)
jsons = st.recursive(
    values, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6), max_leaves=30
)
objects = st.dictionaries(names, jsons, max_size=8)
contexts = st.builds(
    Context,
    currency=st.sampled_from([None, "USD", "JPY"]),
    min_daily_budget=st.none() | st.integers(0, 500),
    minimum_budgets=st.none() | objects,
    min_campaign_spend_cap=st.none() | st.integers(),
    campaign=st.none() | objects,
    adset=st.none() | objects,
    now=st.none() | st.datetimes(timezones=st.just(UTC)),
    dsa_defaults=st.frozensets(names, max_size=2),
)


@pytest.mark.thorough
@given(st.sampled_from(KINDS), objects, contexts, st.booleans())
def test_check_any_parameters_never_raises(kind: Kind, params: dict[str, Any], context: Context, update: bool) -> None:
    for each in check(kind, params, context, update=update):
        assert isinstance(each, Finding)
        assert each.message


@pytest.mark.thorough
@given(st.dictionaries(st.sampled_from(["campaign", "adsets", "ads"]), jsons | st.lists(objects, max_size=3)), contexts)
def test_check_tree_any_tree_never_raises(tree: dict[str, Any], context: Context) -> None:
    for each in check_tree(tree, context):
        assert isinstance(each, Finding)
        assert each.field
        assert each.message


SHAPES = [
    None,
    True,
    -1,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x",
    [],
    [[]],
    [None],
    {},
    {"x": {}},
    [{"x": []}],
]


INSIDE: dict[str, list[Callable[[list[str], Any], dict[str, Any]]]] = {
    "campaign": [lambda words, shape: {"promoted_object": dict.fromkeys(words, shape)}],
    "adset": [
        lambda words, shape: {"targeting": dict.fromkeys(words, shape)},
        lambda words, shape: {"targeting": {"geo_locations": dict.fromkeys(words, shape)}},
        lambda words, shape: {"targeting": {word: [{"id": shape, "key": shape, "radius": shape}] for word in words}},
        lambda words, shape: {name: dict.fromkeys(words, shape) for name in ("promoted_object", "bid_constraints")},
    ],
    "creative": [
        lambda words, shape: {name: dict.fromkeys(words, shape) for name in ("asset_feed_spec", "object_story_spec")},
        lambda words, shape: {"object_story_spec": {"link_data": dict.fromkeys(words, shape), "video_data": shape}},
    ],
    "ad": [lambda words, shape: {"creative": dict.fromkeys(words, shape)}],
}
"""What holds fields of its own, by kind."""
GROUPS = [WORDS[start::80] for start in range(80)]
"""Ten words each, far apart in the alphabet: a rule reads a few words of what it is in, whatever else is there."""


@pytest.mark.slow
def test_check_wrong_types_never_raise(subtests: pytest.Subtests) -> None:
    """Every known word as a field, with every shape, outside and inside what holds fields of this kind."""
    for kind in KINDS:
        for shape in SHAPES:
            with subtests.test(kind=kind, shape=shape):
                context = Context(currency="USD", min_daily_budget=1, campaign={"objective": "OUTCOME_SALES"}, adset={})
                found: list[Finding] = []
                for word in WORDS:
                    found += check(kind, {word: shape}, context)
                for words in GROUPS:
                    for inside in INSIDE.get(kind, ()):
                        found += check(kind, inside(words, shape), context, update=True)
                    around = dict.fromkeys(words, shape)
                    found += check(kind, {}, Context(campaign=around, adset=around))
                assert all(isinstance(each, Finding) and each.field and each.message for each in found)
                told = {each.field.partition(".")[0] for each in found} - {"name"}
                assert told or kind == "account", "something of all this is told of"


UNRELATED = {"adlabels": [{"name": "autumn"}], "value_rule_set_id": "1", "source_campaign_id": "2", "date_format": "U"}


@pytest.mark.thorough
@given(st.sampled_from(KINDS), objects, contexts, st.sampled_from(sorted(UNRELATED)))
def test_check_unrelated_field_keeps_findings(kind: Kind, params: Any, context: Context, name: str) -> None:
    before = check(kind, params, context)
    after = check(kind, {**params, name: UNRELATED[name]}, context)
    assert [each for each in before if each not in after and each == each] == []


@pytest.mark.thorough
def test_check_unrelated_field_keeps_findings_of_cases(cases: list[Any]) -> None:
    for case in cases:
        before = case.findings(good=False)
        after = case._replace(bad=case.bad | {"value_rule_set_id": "1"}).findings(good=False)
        assert {(each.rule, each.field) for each in before} <= {(each.rule, each.field) for each in after}


def test_check_findings_are_ordered_by_field(check_base: Any) -> None:
    cards = [{"link": "https://example.com/", "image_hash": "x"}] * 12
    found = check_base("creative", {"object_story_spec.link_data.child_attachments": cards})
    places = [each.field.split(".")[3] for each in found if each.rule == "image-hash"]
    assert places == [str(place) for place in range(12)]
    assert [each.field for each in check_base("adset", {"name": "", "billing_event": "", "daily_budget": 0})] == [
        "billing_event",
        "daily_budget",
        "name",
    ]


def test_check_amounts_in_any_form_give_the_same(check_base: Any) -> None:
    for budget in (99, "99", "0.99 USD", Money("0.99 USD")):
        assert [each.rule for each in check_base("adset", {"daily_budget": budget}, min_daily_budget=100)] == [
            "budget-minimum"
        ]
    assert [each.rule for each in check_base("adset", {"daily_budget": Money("50 JPY")})] == ["currency"]


def test_finding_has_field_value_numbers_and_source(check_base: Any) -> None:
    (found,) = check_base(
        "adset", {"targeting.age_min": 40, "targeting.targeting_automation": {"advantage_audience": 1}}
    )
    assert (found.field, found.given) == ("targeting.age_min", 40)
    assert (found.code, found.subcode, found.severity, found.source) == (
        100,
        1870188,
        "error",
        "recorded answer 100/1870188; Meta: Advantage audience",
    )
    assert "18 to 25" in found.message
    assert "age_range" in found.fix


def test_check_unknown_context_skips_rules(check_base: Any) -> None:
    wild = {"optimization_goal": "PAGE_LIKES", "end_time": "2001-01-01T00:00:00+0000", "daily_budget": "5 JPY"}
    assert check_base("adset", wild, campaign=None, currency=None) == []


def test_check_update_checks_only_its_parameters() -> None:
    context = Context(currency="USD", now=datetime(2026, 11, 23, tzinfo=UTC), campaign={"objective": "OUTCOME_LEADS"})
    assert check("adset", {"lifetime_budget": 5000}, context, update=True) == []
    assert check("adset", {"bid_strategy": "COST_CAP"}, context, update=True) == []
    assert check("adset", {"optimization_goal": "LEAD_GENERATION"}, context, update=True) == []
    assert check("campaign", {"daily_budget": 5000}, context, update=True) == []
    assert check("ad", {"status": "ARCHIVED"}, context, update=True) == []
    wrong = check("adset", {"optimization_goal": "PAGE_LIKES"}, context, update=True)
    assert [each.rule for each in wrong] == ["goal-objective"]
