"""No value, field or op that a message recommends is itself refused: every message of every rule, and the atlas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, get_args

import pytest
from facebook_business.adobjects import (
    adaccount,
    adassetfeedspec,
    adcampaignbidconstraint,
    adcreativevideodata,
    adpromotedobject,
    targetingautomation,
    targetinggeolocationcustomlocation,
)

from admonster_fb import enums, facts
from admonster_fb.bot.registry import names, registry
from admonster_fb.error_atlas import entries
from admonster_fb.models.adcreative import AdCreativeCreate
from admonster_fb.models.targeting.spec import TargetingSpec
from admonster_fb.rules import RULES, Context, Finding, check
from admonster_fb.services._validation import SPECS

pytestmark = pytest.mark.thorough

OBJECTIVES = get_args(enums.Objective)
ENUMERATIONS = {
    "optimization_goal": enums.OptimizationGoal,
    "destination_type": enums.DestinationType,
    "billing_event": enums.BillingEvent,
    "bid_strategy": enums.BidStrategy,
    "status": enums.ConfiguredStatus,
    "objective": enums.Objective,
}
SDK: tuple[Any, ...] = (
    *(adpromotedobject.AdPromotedObject, adassetfeedspec.AdAssetFeedSpec, adcreativevideodata.AdCreativeVideoData),
    *(
        adcampaignbidconstraint.AdCampaignBidConstraint,
        targetinggeolocationcustomlocation.TargetingGeoLocationCustomLocation,
    ),
    *(targetingautomation.TargetingAutomation, adaccount.AdAccount),
)
ELSEWHERE = {
    *("ads_management", "ads_read", "redirect_uri", "validate_only", "error_data", "batch_seq"),
    *("day_parting", "video_feeds"),
}
"""Scopes, names of the protocol and values."""
NAME = re.compile(r"(?<![\w.])[a-z]+(?:_[a-z0-9]+)+\b")
VALUE = re.compile(r"\b[A-Z][A-Z_]{3,}\b")
LEFT_OUT = re.compile(r"[Ll]eave (?:out )?[\w ,]+(?: out)?|[Dd]rop [\w ]+|[Mm]ake a campaign with an OUTCOME_")


def properties(schema: Any) -> Iterator[str]:
    """Every name of a property at any depth of a JSON Schema."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


@pytest.fixture(scope="module")
def checked(cases: list[Any]) -> list[tuple[Any, dict[str, Any], Context, list[Finding]]]:
    """Every case, under its own and under each objective, with what is found."""
    return [(case, *found) for case in cases for found in case.under(OBJECTIVES)]


def test_every_name_in_a_message_is_an_op_or_a_parameter(checked: list[Any]) -> None:
    ops = registry()
    known = {*ops, *names(), *(name for op in ops.values() for name in properties(op.schema))}
    known |= {name for spec in (*SPECS.values(), AdCreativeCreate, TargetingSpec) for name in spec.__annotations__}
    known |= {value for kind in SDK for name, value in vars(kind.Field).items() if not name.startswith("_")} | ELSEWHERE
    known |= {value for row in facts.rows("known_values") for value in row.values}
    texts = {rule.fix for rule in RULES} | {row.advice for row in entries()}
    texts |= {found.fix for *_, findings in checked for found in findings}
    unknown = {name: text for text in sorted(texts) for name in NAME.findall(text) if name not in known}
    assert unknown == {}


def test_every_op_that_is_said_to_take_a_parameter_takes_it() -> None:
    texts = [rule.fix for rule in RULES] + [row.advice for row in entries()]
    found = [
        (op, name)
        for text in texts
        for op, name in [*re.findall(r"(\w+) takes (\w+)", text), *re.findall(r"(\w+) with (\w+)=", text)]
        if op in registry()
    ]
    assert ("duplicate_adset", "promoted_object") in found
    assert [pair for pair in found if pair[1] not in registry()[pair[0]].schema["properties"]] == []


def test_every_value_that_a_message_offers_passes_in_its_place(checked: list[Any]) -> None:
    wrong, offered = set(), 0
    for case, params, context, findings in checked:
        for found in findings:
            before = {each.rule for each in findings if each.severity == "error" and each.rule != found.rule}
            text = f"{LEFT_OUT.sub('', found.fix)} {found.message.partition('allowed: ')[2]}"
            for value in VALUE.findall(text):
                field = next((name for name, kind in ENUMERATIONS.items() if value in get_args(kind)), None)
                if field is None or (field == "objective") != (case.kind == "campaign"):
                    continue
                offered += 1
                out = {name for part in re.findall(r"leave ([\w ]+) out", found.fix) for name in part.split()}
                left = {name: each for name, each in params.items() if name not in out}
                again = check(case.kind, {**left, field: value}, context, update=case.update)
                for each in again:
                    if each.field == field and each.severity == "error" and each.rule not in before:
                        wrong.add((found.rule, found.fix, value, each.rule, each.message))
    assert offered > 300
    assert sorted(wrong) == []


PROMOTED = [{}, {"page_id": "1"}, {"application_id": "1", "object_store_url": "https://play.google.com/store/apps/a"}]
BESIDE: list[dict[str, Any]] = [
    {},
    {"frequency_control_specs": [{"event": "IMPRESSIONS", "interval_days": 7, "max_frequency": 2}]},
    {"bid_strategy": "LOWEST_COST_WITH_MIN_ROAS", "bid_constraints": {"roas_average_floor": 15000}},
]
OF_GOALS = {"goal-objective", "goal-unknown", "frequency-goal", "roas-goal"}


def test_every_goal_that_is_offered_passes_beside_apps_caps_and_floors() -> None:
    """Over all objectives and destinations: a goal that one rule offers is none that another refuses."""
    wrong, offered = set(), set()
    places = [{}, *({"destination_type": name} for name in get_args(enums.DestinationType))]
    for objective, place, promoted, beside in product(OBJECTIVES, places, PROMOTED, BESIDE):
        context = Context(currency="USD", campaign={"objective": objective, "special_ad_categories": []})
        tried = set()
        for goal in ("FOO", "VALUE", "THRUPLAY"):
            params = {**place, **beside, "optimization_goal": goal, "promoted_object": promoted}
            for found in check("adset", params, context):
                choice, _, then = found.fix.partition("hoose one of ")[2].partition(".")
                out = {name for part in re.findall(r"leave ([\w ]+) out", then) for name in part.split()}
                kept = {name: each for name, each in params.items() if name not in out}
                for value in {*filter(None, choice.split(", "))} - tried:
                    tried.add(value)
                    offered.add((objective, str(place), value))
                    again = check("adset", {**kept, "optimization_goal": value}, context)
                    refused = [each.message for each in again if each.rule in OF_GOALS and each.severity == "error"]
                    wrong |= {(objective, str(place), found.fix, value, message) for message in refused}
    assert len(offered) > 500
    assert sorted(wrong)[:5] == []
