"""The recipes of docs/runtimes.md as they are written, with scripted models; skipped without their runtime."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
PAGE = Path(__file__).parents[2] / "docs/runtimes.md"


def recipe(title: str, bot: Any, agreed: bool) -> Any:
    """Return the `tool` of a recipe, around the `call` that the page shows before it."""
    section = PAGE.read_text(encoding="utf-8").partition(f"### {title}\n")[2]
    [code, *_] = re.findall(r"```text\n(.*?)```", section, re.DOTALL)

    async def call(arguments: dict[str, Any]) -> str:
        by = None
        if plan := bot.tool.asks(arguments):
            bot.check_shown(bot.tool.shown(plan))
            if not agreed:
                return "Nothing was sent. The person did not agree: do not apply it again; ask what they want instead."
            by = "Ann"
        return str((await bot.tool.acall(arguments, approved_by=by)).text)

    names: dict[str, Any] = {"facebook": bot.tool, "call": call}
    exec(code, names)
    return names["tool"]


@pytest.mark.parametrize("agreed", [True, False])
def test_anthropic(bot: Any, agreed: bool) -> None:
    anthropic = pytest.importorskip("anthropic")
    import httpx2

    def answer(request: Any) -> Any:
        messages = json.loads(request.content)["messages"]
        content = messages[-1]["content"]
        blocks = content if isinstance(content, list) else []
        texts = [str(each["content"]) for each in blocks if each["type"] == "tool_result"]
        calls = bot.turn(texts)
        used = {"type": "tool_use", "name": "facebook"}
        made = [{**used, "id": f"toolu_{n}", "input": call} for n, call in enumerate(calls)]
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "script", "stop_sequence": None}
        message |= {"content": made or [{"type": "text", "text": "done"}]}
        message |= {"usage": {"input_tokens": 1, "output_tokens": 1}, "stop_reason": "tool_use" if made else "end_turn"}
        return httpx2.Response(200, json=message)

    async def run() -> str:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
        client = anthropic.AsyncAnthropic(api_key="fake", http_client=http)
        asked = [{"role": "user", "content": "72 dollars a day"}]
        tool = recipe("Anthropic", bot, agreed)
        runner = client.beta.messages.tool_runner(model="script", max_tokens=9, tools=[tool], messages=asked)
        return str((await runner.until_done()).content[0].text)

    assert asyncio.run(run()) == "done"
    bot.check_end(agreed, "Anthropic", "await ask(text)", "Ann")


@pytest.mark.parametrize("agreed", [True, False])
def test_llama_index(bot: Any, agreed: bool) -> None:
    pytest.importorskip("llama_index.core")
    from llama_index.core.agent.workflow import FunctionAgent
    from llama_index.core.base.llms.types import ChatMessage, TextBlock, ToolCallBlock
    from llama_index.core.llms.mock import MockFunctionCallingLLM

    def answer(messages: Any, **_more: Any) -> Any:
        texts = [str(each.content) for each in messages if each.role == "tool"]
        calls = bot.turn(texts[-2:])
        made = [
            ToolCallBlock(tool_call_id=f"{bot.turns}-{n}", tool_name="facebook", tool_kwargs=call)
            for n, call in enumerate(calls)
        ]
        return ChatMessage(role="assistant", blocks=made or [TextBlock(text="done")])

    async def run() -> str:
        llm = MockFunctionCallingLLM(response_generator=answer)
        agent = FunctionAgent(tools=[recipe("LlamaIndex", bot, agreed)], llm=llm, streaming=False)
        return str(await agent.run("72 dollars a day"))

    assert asyncio.run(run()) == "done"
    bot.check_end(agreed, "LlamaIndex", "await ask(text)", "Ann")


@pytest.mark.parametrize("agreed", [True, False])
def test_smolagents(bot: Any, check_row: Any, agreed: bool) -> None:
    pytest.importorskip("smolagents")
    from smolagents import Model, ToolCallingAgent
    from smolagents.models import (
        ChatMessage,
        ChatMessageToolCall,
        ChatMessageToolCallFunction,
        MessageRole,
        TokenUsage,
    )

    class Script(Model):  # type: ignore[misc,unused-ignore]
        def generate(self, messages: Any, **_more: Any) -> Any:
            texts = [str(each.content) for each in messages if each.role == MessageRole.TOOL_RESPONSE]
            calls = [("facebook", call) for call in bot.turn(texts[-2:])] or [("final_answer", {"answer": "done"})]
            made = [
                ChatMessageToolCall(ChatMessageToolCallFunction(call, name), f"{bot.turns}-{n}", "function")
                for n, (name, call) in enumerate(calls)
            ]
            return ChatMessage(MessageRole.ASSISTANT, tool_calls=made, token_usage=TokenUsage(1, 1))

    agent = ToolCallingAgent(tools=[recipe("smolagents", bot, agreed)], model=Script(), verbosity_level=0)
    assert agent.run("72 dollars a day") == "done"
    assert bot.turns == 5
    assert bot.budget == (7200 if agreed else 6000)  # it puts all answers of a turn into one text
    if agreed:
        check_row("smolagents", "waits: await ask(text)", "yes: Ann", f"by: {bot.written[0].by}")
