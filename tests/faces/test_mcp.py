"""The MCP server, by the SDK's own client over a real process."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
import pytest
from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp.types import CallToolRequestParams, TextContent
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.help import example
from admonster_fb.bot.mcp_server import _op_hints, server
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("copies")]

T = TypeVar("T")
MANY = 20
PATHS = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
"""The client passes on no PYTHONPATH by itself."""


def served(talk: Callable[[ClientSession], Awaitable[T]], *options: str, sandbox: bool = True) -> T:
    """Start the server, initialize, and talk to it."""
    words = ["-m", "admonster_fb", "mcp", *(["--sandbox"] if sandbox else []), *options]
    parameters = StdioServerParameters(command=sys.executable, args=words, env=PATHS)

    async def conversation() -> T:
        with anyio.fail_after(60):
            async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
                assert (await session.initialize()).server_info.name == "admonster-fb"
                return await talk(session)

    return anyio.run(conversation)


def text(result: Any) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_the_one_tool() -> None:
    async def talk(session: ClientSession) -> None:
        (tool,) = (await session.list_tools()).tools
        ours = FacebookTool(FacebookAds.sandbox())
        assert (tool.name, tool.description, tool.input_schema) == (ours.name, ours.description, ours.parameters)
        assert tool.annotations
        assert tool.annotations.read_only_hint is False

        good = await session.call_tool("facebook", {"op": "get_ad_account_info"})
        assert good.is_error is False
        assert text(good).startswith("AdAccount ID: act_1")
        assert good.structured_content is None, "hosts that get it hide the text"

        bad = await session.call_tool("facebook", {"op": "get_campaign", "args": {"campaign_id": "9"}})
        assert bad.is_error is True
        assert text(bad).startswith("ERROR NotFoundError")
        assert bad.structured_content is None

        listed = await session.call_tool("facebook", {"op": "help"})
        assert "create_campaign" in text(listed)

    served(talk)


def test_what_is_made_stays_while_the_server_runs() -> None:
    async def talk(session: ClientSession) -> None:
        args = {"name": "Sale", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
        made = await session.call_tool("facebook", {"op": "create_campaign", "args": args})
        assert made.structured_content["text"] == text(made)
        campaign = {"campaign_id": made.structured_content["data"]["id"]}
        read = await session.call_tool("facebook", {"op": "get_campaign", "args": campaign})
        assert read.structured_content["data"]["name"] == "Sale"

    served(talk, "--data")


def test_many_calls_at_once_each_get_their_own_answer() -> None:
    async def talk(session: ClientSession) -> None:
        async def ask(number: int) -> None:
            result = await session.call_tool("facebook", {"op": "get_campaign", "campaign_id": str(number)})
            assert f"'{number}'" in text(result)

        async with anyio.create_task_group() as group:
            for number in range(9000, 9000 + MANY):
                group.start_soon(ask, number)

    served(talk)


def test_one_tool_per_op() -> None:
    async def talk(session: ClientSession) -> None:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        shown = {op.name for op in registry().values() if op.spec.group in {"campaign", "adset"}}
        assert tools.keys() == {f"facebook_{name}" for name in shown | {"apply", "discard", "list_plans", "help"}}
        create = tools["facebook_create_campaign"]
        assert create.title == "Create campaign"
        assert create.input_schema["required"] == ["name", "objective", "special_ad_categories"]
        assert create.input_schema["additionalProperties"] is False
        assert "Cost: nothing while PAUSED" in str(create.description)

        good = await session.call_tool("facebook_list_campaigns", {"limit": 1})
        assert text(good).startswith("Showing ")
        bad = await session.call_tool("facebook_list_campaigns", {"limt": 1})
        assert bad.is_error
        assert "limit" in text(bad)
        absent = await session.call_tool("facebook_list_ads", {})
        assert absent.is_error
        update = tools["facebook_update_adset"].input_schema
        assert update["properties"]["targeting"] == {"type": "object", "description": "Who may see the ads"}
        asked = {"op": "facebook_update_adset", "argument": "targeting"}
        assert "age_min: integer" in text(await session.call_tool("facebook_help", asked))
        assert "TargetingSpec" in tools["facebook_create_adset"].input_schema["$defs"], "it is required there"

    served(talk, "--tools", "per-op", "--groups", "campaign, adset")


def test_read_only_has_only_reading_tools() -> None:
    async def talk(session: ClientSession) -> None:
        tools = (await session.list_tools()).tools
        assert tools
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)

    served(talk, "--tools", "per-op", "--read-only")


def test_another_default_account() -> None:
    async def talk(session: ClientSession) -> None:
        assert "act_2" in text(await session.call_tool("facebook", {"op": "get_ad_account_info"}))

    served(talk, "--account", "act_2")


@table(
    ("name", "hints"),
    [
        ("list_campaigns", (True, False, True)),
        ("status", (True, False, True)),
        ("create_campaign", (False, False, False)),
        ("upload_image", (False, False, False)),
        ("update_campaign", (False, True, True)),
        ("archive_campaign", (False, True, True)),
        ("delete_campaign", (False, True, True)),
        ("scale_campaign", (False, True, False)),  # a second time, a second raise
    ],
    fresh=True,
)
def test_hints(name: str, hints: tuple[bool, bool, bool]) -> None:
    said = _op_hints(registry()[name])
    assert (said.read_only_hint, said.destructive_hint, said.idempotent_hint) == hints
    assert said.open_world_hint


def test_every_op_makes_a_tool_with_a_schema() -> None:
    without_account = FacebookTool(FacebookAds("EAAsome-token"))
    assert server(without_account, tools="per-op").name == "admonster-fb"


@table("data", [False, True], fresh=True)
@table("max_chars", [1500, 6000, 60_000], fresh=True)
def test_one_bound_for_all_that_a_model_can_see(max_chars: int, data: bool) -> None:
    """Figures of 28 days by ad and age are 40,000 characters of JSON beside a page of text."""
    sandbox = Sandbox()
    tool = FacebookTool(FacebookAds.sandbox(sandbox), max_chars=max_chars)
    running, structured = server(tool, data=data), []
    figures = {"level": "ad", "days": 28, "breakdowns": ["age"], "limit": 100}
    calls = [("get_detailed_insights", figures), ("help", {}), ("list_campaigns", {}), ("get_campaign", {})]
    for op, args in [*calls, ("help", {"op": "create_adset"}), ("list_campaigns", {"limit": 1}), ("status", {})]:
        given = CallToolRequestParams(name="facebook", arguments={"op": op, "args": args})
        result = anyio.run(running.get_request_handler("tools/call").handler, None, given)
        wire = result.model_dump_json(by_alias=True, exclude_none=True)
        assert len(wire) <= max_chars + 500, op
        if result.structured_content is not None:
            assert result.structured_content["text"] == text(result)
            structured.append(op)
    assert bool(structured) == data


def test_no_result_of_any_op_is_longer_than_the_bound(tmp_path: Path) -> None:
    tool = FacebookTool(FacebookAds.sandbox(), max_chars=1500, files=tmp_path, audit=tmp_path / "audit.jsonl")
    running = server(tool)
    for name, op in registry().items():
        for args in (example(op)["args"], {**example(op)["args"], "accounts": "all"}, {"nonsense": 1}):
            given = CallToolRequestParams(name="facebook", arguments={"op": name, "args": args})
            result = anyio.run(running.get_request_handler("tools/call").handler, None, given)
            wire = result.model_dump_json(by_alias=True, exclude_none=True)
            assert len(wire) <= 1500 + 500, name


def test_the_instructions_say_how_to_work_with_what_is_loaded() -> None:
    fb = FacebookAds.sandbox()
    tools = {True: FacebookTool(fb, read_only=True), False: FacebookTool(fb)}
    for read_only, tool in tools.items():
        for per_op in (False, True):
            told = str(server(tool, tools="per-op" if per_op else "one").instructions)
            assert tool.description not in told
            assert ("PLAN" in told) is ("Budgets" in told) is not read_only
            assert ("op=" in told) is not per_op
            assert len(told) < 2000, "longer ones are cut"
        assert all(word in tool.description for word in ("PLAN", "apply", "PAUSED")) is not read_only
