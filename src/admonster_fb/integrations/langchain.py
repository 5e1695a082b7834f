"""The tool for LangChain and LangGraph: a call that would apply a plan is an interrupt of the graph."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import StructuredTool, ToolException
from langgraph.types import interrupt

from admonster_fb.bot import FacebookTool
from admonster_fb.bot.render.errors import DECLINED


def tool(facebook: FacebookTool) -> StructuredTool:
    """Return the tool. An interrupt's value is `{"plan": …}`: show it, then resume with who agreed, or `False`."""

    async def call(**arguments: Any) -> str:
        plan, by = facebook.asks(arguments), None
        if plan is not None:
            by = interrupt({"plan": facebook.shown(plan)})
            if not isinstance(by, str) or not by:
                raise ToolException(DECLINED)
        result = await facebook.acall(arguments, approved_by=by)
        if not result.ok:
            raise ToolException(result.text)
        return result.text

    return StructuredTool.from_function(
        coroutine=call,
        name=facebook.name,
        description=facebook.description,
        args_schema=facebook.parameters,
        handle_tool_error=True,
    )
