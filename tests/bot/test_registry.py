"""Every public method is an op or says why not; every op has what the faces need."""

from __future__ import annotations

import inspect
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from admonster_fb import FacebookAds, ParameterError, services, workflows
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.registry import GROUPS, Op, names, registry
from admonster_fb.operation import spec_of

# The names that mission.md fixes, as far as what they do is built. Add to it, never take away: bots call them.
FIXED = [
    "status",
    "list_ad_accounts",
    "get_ad_account_info",
    "list_campaigns",
    "get_campaign",
    "create_campaign",
    "update_campaign",
    "archive_campaign",
    "delete_campaign",
    "list_adsets",
    "get_adset",
    "create_adset",
    "update_adset",
    "archive_adset",
    "delete_adset",
    "validate_targeting",
    "search_interests",
    "search_behaviors",
    "search_locations",
    "get_reach_estimate",
    "get_delivery_estimate",
    "upload_image",
    "list_creatives",
    "get_creative",
    "create_creative",
    "update_creative",
    "delete_creative",
    "list_ads",
    "get_ad",
    "create_ad",
    "update_ad",
    "archive_ad",
    "delete_ad",
    "preview_ad",
    "get_insights",
    "get_detailed_insights",
    "export_insights_to_csv",
    "setup_performance_alert",
    "list_ad_rules",
    "create_ad_rule",
    "update_ad_rule",
    "delete_ad_rule",
    "execute_ad_rule",
    "create_ab_test",
    "get_ab_test",
    "list_ab_tests",
    "list_audiences",
    "get_audience",
    "update_audience",
    "delete_audience",
    "share_audience",
    "create_custom_audience",
    "add_users_to_audience",
    "remove_users_from_audience",
    "replace_audience_users",
    "create_lookalike_audience",
    "list_saved_audiences",
    "list_pixels",
    "create_pixel",
    "get_pixel_stats",
    "list_custom_conversions",
    "create_custom_conversion",
    "send_conversion_events",
]
TYPES = {"object", "array", "string", "integer", "number", "boolean", "null"}
OPS = list(registry().values())


def public_methods() -> Iterator[tuple[str, Callable[..., Any]]]:
    for attribute, service in services.by_attribute().items():
        for name, function in services.methods(service):
            yield f"{attribute}.{name}", function
    for function in workflows.functions():
        yield f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}", function


@pytest.mark.parametrize(
    ("name", "method"), list(public_methods()), ids=lambda value: value if type(value) is str else ""
)
def test_a_public_method_is_an_op_or_says_why_not(name: str, method: Callable[..., Any]) -> None:
    reason = getattr(method, "__no_op__", None)
    assert (spec_of(method) is None) == bool(reason), f"{name} needs one of @op(…) and @no_op(reason)"


@pytest.mark.parametrize(
    ("name", "method"), list(public_methods()), ids=lambda value: value if type(value) is str else ""
)
def test_a_public_method_has_a_docstring_with_an_example(name: str, method: Callable[..., Any]) -> None:
    assert ">>> " in (inspect.getdoc(method) or ""), name


def test_ops_have_the_names_that_bots_call() -> None:
    assert set(FIXED) <= names().keys()


def test_names_are_unique_and_lead_somewhere() -> None:
    declared = [name for op in OPS for name in (op.name, *op.spec.also)]
    assert len(declared) == len(set(declared))
    assert "help" not in declared
    assert {op.spec.group for op in OPS} <= set(GROUPS)
    assert {then for op in OPS for then in op.spec.then} <= names().keys()


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_an_op_says_what_it_does_and_what_it_can_cost(op: Op) -> None:
    assert op.summary.endswith(".")
    assert "\n" not in op.summary + op.details
    assert bool(op.spec.cost) == (op.access != "read"), "a cost for each op that writes, and only for those"


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_a_schema_is_valid_and_closed(op: Op) -> None:
    schema = op.schema
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert set(schema.get("required", ())) <= schema["properties"].keys()
    assert set(op.spec.aliases.values()) <= schema["properties"].keys()
    assert not set(op.spec.aliases) & schema["properties"].keys()
    check(schema, schema.get("$defs", {}))
    validators = pytest.importorskip("jsonschema").validators
    validators.Draft202012Validator.check_schema(schema)


def check(schema: dict[str, Any], defs: dict[str, Any]) -> None:
    """Check what a JSON Schema is made of, where no validator is installed."""
    assert set(itertools.chain([schema.get("type", "object")])) <= TYPES
    if "$ref" in schema:
        assert schema["$ref"].removeprefix("#/$defs/") in defs
    if "enum" in schema:
        assert schema["enum"]
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *schema.get("$defs", {}).values()]
    for part in [*inner, *([schema["items"]] if "items" in schema else [])]:
        check(part, defs)


def size(schema: Any) -> int:
    return len(json.dumps(schema, separators=(",", ":"), ensure_ascii=False).encode())


FEW_OR_MOST = (1, 2, len(GROUPS) - 1)


@pytest.mark.parametrize("groups", [None, *itertools.chain(*(itertools.combinations(GROUPS, n) for n in FEW_OR_MOST))])
def test_the_tools_own_schema_stays_under_a_kilobyte(fb: FacebookAds, groups: tuple[str, ...] | None) -> None:
    for read_only in (False, True):
        tool = FacebookTool(fb, groups=groups, read_only=read_only)
        assert size(tool.parameters) <= 1000
        assert size(tool.openai_schema()) <= 1000
        assert size(tool.anthropic_schema()) <= 1000


def test_schemas_have_the_shape_that_providers_take(tool: FacebookTool) -> None:
    said = {"name": "facebook", "description": tool.description}
    assert tool.openai_schema() == {"type": "function", "function": said | {"parameters": tool.parameters}}
    assert tool.anthropic_schema() == said | {"input_schema": tool.parameters}
    check(tool.parameters, {})


def test_groups_and_read_only_leave_ops_out(fb: FacebookAds) -> None:
    chosen = FacebookTool(fb, groups=["campaign", "adset"], read_only=True)
    assert sorted(chosen.ops) == [
        "get_adset",
        "get_campaign",
        "list_adsets",
        "list_budget_schedules",
        "list_campaigns",
    ]
    assert "account" not in chosen.description
    left_out = chosen.call({"op": "create_campaign", "args": {}})
    assert '- op: given "create_campaign"; allowed: ' in left_out.text
    assert "delete_campaign" not in left_out.text, "what is not loaded is not suggested"
    with pytest.raises(
        ParameterError, match=r"groups.*account, ad, adset, audience, automation, campaign, creative, insights, pixel"
    ):
        FacebookTool(fb, groups=["campaings"])
