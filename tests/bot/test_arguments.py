"""Arguments however a model writes them, and names that do not exist."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import table

from admonster_fb import FacebookAds, ParameterError
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.arguments import coerce_arguments, decode_cursor, encode_cursor
from admonster_fb.bot.help import example
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import GraphError, Sandbox

Refused = Callable[[Any], str]


@pytest.mark.thorough
@table(
    "arguments",
    [
        {"op": "get_campaign", "args": {"campaign_id": "ID"}},
        {"op": "get_campaign", "campaign_id": "ID"},
        {"op": "get_campaign", "campaign_id": "ID", "args": {}},
        {"op": "get_campaign", "campaign_id": "ID", "args": None},
        {"op": "get_campaign", "campaign_id": "ID", "args": ""},
        {"op": "get_campaign", "args": '{"campaign_id": "ID"}'},
        '{"op": "get_campaign", "args": {"campaign_id": "ID"}}',
    ],
    ids=json.dumps,
    fresh=True,
)
def test_one_call_in_many_shapes(tool: FacebookTool, campaign_id: str, arguments: Any) -> None:
    written = json.loads(json.dumps(arguments).replace("ID", campaign_id))
    assert tool.call(written).data.id == campaign_id


def test_ids_may_be_numbers(tool: FacebookTool, campaign_id: str) -> None:
    assert tool.call({"op": "get_campaign", "campaign_id": int(campaign_id)}).data.id == campaign_id


@pytest.mark.thorough
@table("account", ["act_2", "2", 2], fresh=True)
@table(
    "op", [op.name for op in registry().values() if op.access == "read" and "ad_account_id" in
           {*op.schema["properties"], *op.spec.aliases}], fresh=True,
)  # fmt: skip
def test_an_account_is_meant_with_or_without_act(
    fb: FacebookAds, sandbox: Sandbox, op: str, account: Any, tmp_path: Path
) -> None:
    tool = FacebookTool(fb, files=tmp_path)
    shown = example(registry()[op])["args"]
    args = {name: value for name, value in shown.items() if name not in ("object_id", "parent_id")}
    result = tool.call({"op": op, "args": args, "ad_account_id": account})
    assert result.ok, result.text
    places = {entry.path.split("/")[0] for entry in sandbox.journal}
    assert {place for place in places if not place.isdecimal()} == {"act_2"}, "what it holds is read by its own ID"


@pytest.mark.thorough
@table("op", ["status", "get_ad_account_info", "list_campaigns", "list_adsets", "get_insights"], fresh=True)
def test_the_default_account_stands_in(tool: FacebookTool, sandbox: Sandbox, op: str) -> None:
    assert tool.call({"op": op}).ok
    assert {entry.path.split("/")[0] for entry in sandbox.journal} == {"act_1"}


def test_without_a_default_account_one_has_to_be_named(sandbox: Sandbox) -> None:
    with FacebookAds.sandbox(sandbox) as fb:
        fb._account = None
        text = FacebookTool(fb).call({"op": "status"}).text
    assert "- ad_account_id is required" in text


def test_other_names_of_arguments(tool: FacebookTool, sandbox: Sandbox, campaign_id: str) -> None:
    assert tool.call({"op": "list_adsets", "campaign_id": campaign_id}).ok
    assert sandbox.journal[-1].path == f"{campaign_id}/adsets"
    assert tool.call({"op": "list_campaigns", "status": "PAUSED"}).ok, "one status is a list of one"
    assert sandbox.journal[-1].params["effective_status"] == ["PAUSED"]


@pytest.mark.thorough
def test_every_alias_leads_to_its_argument(fb: FacebookAds) -> None:
    wrong = []
    for op in registry().values():
        for alias, target in op.spec.aliases.items():
            try:
                rest = {name: value for name, value in example(op)["args"].items() if name != target}
                read: Any = op.prepare(fb, {**rest, alias: None})
            except ParameterError as error:
                read = [violation.field.partition(".")[0] for violation in error.violations]
            if target not in read:
                wrong.append(f"{op.name}: {alias}")
    assert wrong == []


def test_one_argument_under_two_names_must_say_the_same(tool: FacebookTool, refused: Refused, campaign_id: str) -> None:
    both = {"op": "list_adsets", "args": {"campaign_id": campaign_id, "parent_id": campaign_id}}
    assert tool.call(both).ok
    both["args"]["parent_id"] = "1"
    assert "one value for parent_id, not two" in refused(both)


@table(
    ("value", "schema", "meant"),
    [
        (5, {"type": "string"}, "5"),
        ("5", {"type": "integer"}, 5),
        ("five", {"type": "integer"}, "five"),
        ("\u0665", {"type": "integer"}, "\u0665"),
        ("True", {"type": "boolean"}, True),
        ("maybe", {"type": "boolean"}, "maybe"),
        ("ACTIVE", {"type": "array"}, ["ACTIVE"]),
        ('["ACTIVE"]', {"type": "array"}, ["ACTIVE"]),
        ({"field": "x"}, {"type": "array"}, [{"field": "x"}]),
        ('{"a": 1}', {"type": "object"}, {"a": 1}),
        ('{"a": 1}', {"$ref": "#/$defs/Targeting"}, {"a": 1}),
        ("[1]", {"type": "object"}, "[1]"),
        ("50", {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "50"),
        (True, {"type": "string"}, True),
    ],
)
def test_what_is_beyond_doubt_is_put_right(value: Any, schema: dict[str, Any], meant: Any) -> None:
    assert coerce_arguments({"it": value}, {"it": schema}) == {"it": meant}


def test_an_amount_is_never_guessed(refused: Refused) -> None:
    args = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "daily_budget": "50"}
    assert "daily_budget" in refused({"op": "create_campaign", "args": args})


@table(
    ("written", "meant"),
    [("get_campain", "get_campaign"), ("create_addset", "create_adset"), ("insights", "get_insights")],
    fresh=True,
)
def test_an_unknown_op_names_the_three_nearest(refused: Refused, written: str, meant: str) -> None:
    line = refused({"op": written}).splitlines()[1]
    suggested = line.partition("allowed: ")[2].partition(", …")[0].split(", ")
    assert meant in suggested
    assert len(suggested) == 3


def test_an_unknown_argument_names_the_nearest(refused: Refused) -> None:
    args = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": [], "dayly_budget": 1}
    assert "- dayly_budget: given 1; allowed: no such parameter; did you mean daily_budget" in refused(
        {"op": "create_campaign", "args": args}
    )


@pytest.mark.thorough
@table("arguments", [None, 5, [], "", "nonsense", {}, {"op": 5}, {"op": ""}, {"args": {}}], fresh=True)
def test_what_is_no_call_says_what_one_looks_like(refused: Refused, arguments: Any) -> None:
    assert "op" in refused(arguments)


@table("args", [5, [], "x", [{"campaign_id": "1"}], True], fresh=True)
def test_args_must_be_an_object(refused: Refused, args: Any) -> None:
    assert "- args: given" in refused({"op": "get_campaign", "args": args})


def test_help_lists_every_op_once_by_group(tool: FacebookTool) -> None:
    lines = tool.call({"op": "help"}).text.splitlines()
    named = [line for line in lines if line[0] != "[" and not line.startswith(("Details", "An op without"))]
    listed = [name for line in named for name in line.partition(":")[0].split(", ")]
    assert sorted(listed) == sorted(tool.usable_ops)
    assert [line for line in lines if line[0] == "["] == [
        "[account]", "[campaign]", "[adset]", "[targeting]", "[creative]", "[ad]", "[insights]", "[automation]",
        "[audience]", "[pixel]", "[lead]", "[plan]",
    ]  # fmt: skip


@pytest.mark.thorough
@table("op", [op.name for op in registry().values()])
def test_the_example_of_an_op_has_all_that_is_required(op: str) -> None:
    shown, schema = example(registry()[op]), registry()[op].schema
    assert shown["op"] == op
    assert {*schema.get("required", ())} - {"ad_account_id"} <= shown["args"].keys()
    assert shown["args"].keys() <= schema["properties"].keys() | registry()[op].spec.aliases.keys()


def test_help_searches(tool: FacebookTool, refused: Refused) -> None:
    found = tool.call({"op": "help", "args": {"query": "preview ad"}}).text
    assert found.splitlines()[1].startswith("preview_ad: ")
    assert "No op matches" in tool.call({"op": "help", "args": {"query": "zebra"}}).text
    assert "get_campaign" in refused({"op": "help", "args": {"op": "get_campain"}})
    assert "op, argument, query, group" in refused({"op": "help", "args": {"topic": "x"}})


@pytest.mark.thorough
@given(st.none() | st.text(st.characters(codec="ascii"), min_size=1), st.integers(0, 10**6))
def test_a_cursor_has_no_full_stop_and_survives_one(after: str | None, skip: int) -> None:
    cursor = encode_cursor(after, skip)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    for written in (cursor, f"{cursor}."):
        assert decode_cursor({"after": written}) == ({} if after is None else {"after": after}, skip)


@pytest.mark.thorough
def test_the_text_that_names_a_cursor_does_not_end_in_a_full_stop(fb: FacebookAds) -> None:
    result = FacebookTool(fb).call(
        {"op": "get_detailed_insights", "args": {"level": "ad", "days": 30, "time_increment": 1}}
    )
    assert re.search(r"after=[A-Za-z0-9_-]+$", result.text)
    assert str(result.after) in result.text


def test_an_expired_cursor_is_the_models_to_mend(fb: FacebookAds, sandbox: Sandbox) -> None:
    sandbox.fail_next("GET act_1/insights", GraphError(2642))
    result = FacebookTool(fb).call({"op": "get_detailed_insights", "args": {"level": "ad", "after": "MjQZD"}})
    assert "the list starts anew" in result.text
    assert "developer" not in result.text
