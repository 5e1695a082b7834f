"""LangGraph with a scripted model. Skipped where it is not installed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("langgraph")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize("agreed", [True, False, None])
def test_an_interrupt_is_a_persons_to_answer(bot: Any, agreed: bool | None) -> None:
    from langchain_core.messages import AIMessage
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.prebuilt import ToolNode, tools_condition
    from langgraph.types import Command

    from admonster_fb.integrations import langchain

    def model(state: Any) -> dict[str, Any]:
        texts = [message.content for message in state["messages"] if message.type == "tool"]
        calls = bot.turn(texts[-2:])
        made = [{"name": "facebook", "args": call, "id": f"{bot.turns}-{n}"} for n, call in enumerate(calls)]
        return {"messages": [AIMessage("" if made else "done", tool_calls=made)]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", model)
    graph.add_node("tools", ToolNode([langchain.tool(bot.tool)]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    running = graph.compile(checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "1"}}

    async def run() -> tuple[str, str]:
        state = await running.ainvoke({"messages": [("user", "72 dollars a day")]}, thread)
        if agreed is None:
            return state["messages"][-1].content, state["messages"][-2].status
        [asked] = state["__interrupt__"]
        bot.check_shown(asked.value["plan"])
        answer: Any = Command(resume="Ann" if agreed else False)
        state = await running.ainvoke(answer, thread)
        *_, tool, last = state["messages"]
        assert (last.content, tool.status) == ("done", "success" if agreed else "error")
        failed = [message for message in state["messages"] if getattr(message, "status", "") == "error"]
        assert "NotFoundError" in failed[0].content
        return repr(asked), repr(answer)

    waits, answer = asyncio.run(run())
    if agreed is None:
        assert answer == "error"
        bot.check_nobody_was_asked(waits)
        return
    bot.check_end(agreed, "LangGraph", waits, answer)
