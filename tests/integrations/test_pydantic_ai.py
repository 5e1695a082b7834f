"""Pydantic AI with a scripted model. Skipped where it is not installed."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import pytest

pydantic_ai = pytest.importorskip("pydantic_ai")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


def scripted(bot: Any) -> Any:
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
    from pydantic_ai.models.function import FunctionModel

    def answer(messages: list[Any], _info: Any) -> ModelResponse:
        parts = [part for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]
        calls = bot.turn([str(part.content) for part in parts][-2:])
        return ModelResponse(parts=[ToolCallPart("facebook", call) for call in calls] or [TextPart("done")])

    return FunctionModel(answer)


@pytest.mark.parametrize("agreed", [True, False, None])
def test_a_deferred_request_is_a_persons_to_approve(bot: Any, agreed: bool | None) -> None:
    from admonster_fb.integrations import pydantic_ai as ours

    async def run() -> tuple[str, str]:
        output = [str, pydantic_ai.DeferredToolRequests]
        agent = pydantic_ai.Agent(scripted(bot), tools=[ours.tool(bot.tool)], output_type=output)
        first = await agent.run("Give the sales campaign 72 dollars a day")
        if agreed is None:
            return first.output, ""
        [asked] = first.output.approvals
        bot.check_shown(first.output.metadata[asked.tool_call_id]["plan"])
        results = pydantic_ai.DeferredToolResults(approvals={asked.tool_call_id: agreed})
        last = await agent.run(message_history=first.all_messages(), deferred_tool_results=results)
        assert last.output == "done"
        return repr(asked), f"DeferredToolResults(approvals={results.approvals})"

    waits, yes = asyncio.run(run())
    if agreed is None:
        bot.check_nobody_was_asked(waits)
        return
    bot.check_end(agreed, "Pydantic AI", waits, yes)


def test_its_own_toolset_of_mcp_hands_over_the_text() -> None:
    """With `structuredContent` its model read 76 characters of help."""
    mcp = pytest.importorskip("pydantic_ai.mcp", exc_type=ImportError)
    from fastmcp.client.transports import StdioTransport

    args = ["-m", "admonster_fb", "mcp", "--sandbox"]
    transport = StdioTransport(sys.executable, args, env={"PYTHONPATH": os.environ.get("PYTHONPATH", "")})

    async def run() -> Any:
        async with mcp.MCPToolset(transport) as toolset:
            return await toolset.direct_call_tool("facebook", {"op": "help"})

    assert len(str(asyncio.run(run()))) >= 4000
