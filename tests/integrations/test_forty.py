"""The forty asks in a runtime: the same end in the sandbox as through the tool alone. Skipped without LangGraph."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agent_tasks import TASKS, Task, begun, resolved
from tests.agent.test_tasks import check

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.plans.policy import SpendPolicy

pytest.importorskip("langgraph")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize("task", TASKS, ids=[task.ask for task in TASKS])
def test_by_langgraph(task: Task) -> None:
    from langchain_core.messages import AIMessage
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, MessagesState, StateGraph
    from langgraph.prebuilt import ToolNode, tools_condition
    from langgraph.types import Command

    from admonster_fb.integrations import langchain

    sandbox, before = begun(task)
    tool = FacebookTool(FacebookAds.sandbox(sandbox), policy=SpendPolicy(apply_by="host", **task.policy))
    steps, texts, shown = [*task.calls], list[str](), list[str]()

    def model(state: Any) -> dict[str, Any]:
        texts[:] = [message.content for message in state["messages"] if message.type == "tool"]
        while steps and callable(steps[0]):
            steps.pop(0)(sandbox)  # type: ignore[operator]
        calls = []
        if steps:
            op, args = steps.pop(0)  # type: ignore[misc]
            calls = [{"name": "facebook", "args": {"op": op, "args": resolved(args, texts)}, "id": f"{len(texts)}"}]
        return {"messages": [AIMessage("" if calls else "done", tool_calls=calls)]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", model)
    graph.add_node("tools", ToolNode([langchain.tool(tool)]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    running = graph.compile(checkpointer=InMemorySaver())

    async def run() -> None:
        thread: Any = {"configurable": {"thread_id": "1"}, "recursion_limit": 50}
        state = await running.ainvoke({"messages": [("user", task.words)]}, thread)
        while asked := state.get("__interrupt__"):
            shown.append(asked[0].value["plan"])
            state = await running.ainvoke(Command(resume="Ann" if task.agrees else False), thread)
        assert state["messages"][-1].content == "done"

    asyncio.run(run())
    check(task, before, sandbox, texts, shown)
