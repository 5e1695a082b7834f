"""Every public method is an op or says why not; every op has what the faces need."""

from __future__ import annotations

import inspect
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from admonster_fb import FacebookAds, ParameterError, services, workflows
from admonster_fb.auth.scopes import OPTIONAL, SCOPES
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.help import example
from admonster_fb.bot.registry import GROUPS, Op, names, registry
from admonster_fb.objects import OBJECTS
from admonster_fb.operation import Access, Effect, op, ops_of, spec_of

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


def test_every_public_method_is_an_op_or_says_why_not() -> None:
    wrong = [
        name
        for name, method in public_methods()
        if (spec_of(method) is None) != bool(getattr(method, "__no_op__", None))
    ]
    assert wrong == [], "each needs one of @op(…) and @no_op(reason)"


def test_every_public_method_has_a_docstring_with_an_example() -> None:
    assert [name for name, method in public_methods() if ">>> " not in (inspect.getdoc(method) or "")] == []


def test_ops_have_the_names_that_bots_call() -> None:
    assert set(FIXED) <= names().keys()


def test_names_are_unique_and_lead_somewhere() -> None:
    declared = [name for op in OPS for name in (op.name, *op.spec.also)]
    assert len(declared) == len(set(declared))
    assert "help" not in declared
    assert {op.spec.group for op in OPS} <= set(GROUPS)
    assert {then for op in OPS for then in op.spec.then} <= names().keys()


def test_every_op_says_what_it_does_and_what_it_can_cost() -> None:
    wrong = {op.name: problems for op in OPS if (problems := [*declaration_problems(op)])}
    assert wrong == {}


def declaration_problems(op: Op) -> Iterator[str]:
    """Yield what is wrong with the declaration of an op."""
    spec, writes = op.spec, op.access != "read"
    if not op.summary.endswith(".") or "\n" in op.summary + op.details:
        yield "summary"
    if op.access not in get_args(Access) or (writes and spec.effect not in get_args(Effect)):
        yield "access or effect"
    yield from (fact for fact in ("cost", "effect", "changes", "past") if bool(getattr(spec, fact)) != writes)
    if op.access == "destroy" and spec.effect in ("create", "add"):
        yield "destroys what it creates"
    if not {scope for names in spec.scopes for scope in names.split("|")} <= {*SCOPES, *OPTIONAL}:
        yield "scopes"


def test_a_write_without_a_declared_effect_is_refused() -> None:
    declared = {"cost": "nothing", "effect": "update", "changes": "campaigns", "past": "paused"}
    op("x", group="campaign", access="write", **declared)
    for missing in declared:
        with pytest.raises(TypeError, match=f"`{missing}` is for writes only"):
            op("x", group="campaign", access="read", **{missing: declared[missing]})
        if missing != "past":  # it follows from the effect
            rest = {name: value for name, value in declared.items() if name != missing}
            with pytest.raises(TypeError, match=f"`{missing}` is required"):
                op("x", group="campaign", access="write", **rest)
    with pytest.raises(TypeError, match="`access` or `effect` is required"):
        op("x", group="campaign", cost="nothing", changes="campaigns")


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("create", ("write", "created")),
        ("add", ("write", "added")),
        ("update", ("write", "updated")),
        ("remove", ("destroy", "deleted")),
    ],
)
def test_access_and_past_follow_from_the_effect(effect: Effect, expected: tuple[str, str]) -> None:
    declare = ops_of("campaign", "campaigns", reads=("ads_read",), writes=("ads_management", "pages_show_list"))

    @declare("x", effect=effect, cost="nothing")
    def write() -> None: ...

    spec = spec_of(write)
    assert spec is not None
    assert (spec.access, spec.past) == expected
    assert (spec.group, spec.changes, spec.scopes) == ("campaign", "campaigns", ("ads_management", "pages_show_list"))

    @declare("y", access="read")
    def read() -> None: ...

    spec = spec_of(read)
    assert spec is not None
    assert (spec.changes, spec.past, spec.scopes) == ("", "", ("ads_read",))


def test_what_writes_change_is_an_edge_that_is_known() -> None:
    known = {*OBJECTS, "plans"}
    assert {op.name: op.spec.changes for op in OPS if op.access != "read" and op.spec.changes not in known} == {}


@pytest.mark.thorough
def test_the_example_of_every_op_is_accepted(fb: FacebookAds) -> None:
    wrong = {}
    for each in OPS:
        try:
            each.prepare(fb, example(each)["args"])
        except ParameterError as error:
            wrong[each.name] = str(error)
    assert wrong == {}


@pytest.mark.thorough
def test_examples_come_from_docstrings_but_for_a_few() -> None:
    declared = {each.name for each in OPS if (spec := spec_of(each.function)) and spec.example}
    assert len(declared) <= 9
    unclear = [each.name for each in OPS if each.name not in declared and "…" in str(example(each))]
    assert unclear == ["create_creative"]  # the hash of an image


@pytest.mark.thorough
def test_every_schema_is_valid_and_closed() -> None:
    validators = pytest.importorskip("jsonschema").validators
    wrong = {}
    for each in OPS:
        schema = each.schema
        names = schema["properties"].keys()
        rules = {
            "open": schema["type"] != "object" or schema["additionalProperties"] is not False,
            "required": not set(schema.get("required", ())) <= names,
            "aliases": not set(each.spec.aliases.values()) <= names or bool(set(each.spec.aliases) & names),
        }
        check(schema, schema.get("$defs", {}))
        validators.Draft202012Validator.check_schema(schema)
        wrong |= {each.name: found} if (found := [name for name, broken in rules.items() if broken]) else {}
    assert wrong == {}


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


@pytest.mark.thorough
def test_the_tools_own_schema_stays_under_a_kilobyte(fb: FacebookAds) -> None:
    choices: list[Any] = [None, *itertools.chain(*(itertools.combinations(GROUPS, count) for count in FEW_OR_MOST))]
    tools = [FacebookTool(fb, groups=groups, read_only=only) for groups in choices for only in (False, True)]
    too_large = [
        tool.description
        for tool in tools
        if max(size(tool.parameters), size(tool.openai_schema()), size(tool.anthropic_schema())) > 1000
    ]
    assert too_large == []


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
        ParameterError,
        match=r"groups.*account, ad, adset, audience, automation, campaign, creative, insights, lead, pixel",
    ):
        FacebookTool(fb, groups=["campaings"])


@pytest.mark.slow
@pytest.mark.usefixtures("copies")
def test_help_is_the_same_without_docstrings() -> None:
    """`python -OO` removes docstrings; help, examples and the advice of rules are made of them."""
    program = (
        "from admonster_fb.bot.registry import registry\n"
        "from admonster_fb.bot.help import example\n"
        "from admonster_fb.rules import core, check\n"
        "for name, op in registry().items():\n"
        "    print(name, op.summary, op.details, example(op))\n"
        "    print([value.get('description') for value in op.schema['properties'].values()])\n"
        "for kind in sorted(core.BY_KIND): print([rule.fix for rule in core.BY_KIND[kind]])\n"
    )
    texts = [
        subprocess.run([sys.executable, *option, "-c", program], capture_output=True, text=True, check=True).stdout
        for option in ([], ["-OO"])
    ]
    assert texts[0].count("\n") > 100
    assert texts[0] == texts[1]
