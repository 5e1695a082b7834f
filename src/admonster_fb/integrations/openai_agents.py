"""The tool for the OpenAI Agents SDK: a call that would apply a plan is an interruption of the run."""

from __future__ import annotations

from typing import Any

from agents import FunctionTool

from admonster_fb.bot import FacebookTool


def tool(facebook: FacebookTool) -> FunctionTool:
    """Return the tool. Show what `shown` returns for an interruption; then `state.approve` or `state.reject`."""

    async def call(context: Any, arguments: str) -> str:
        agreed = context.is_tool_approved(tool_name=facebook.name, call_id=context.tool_call_id)
        return (await facebook.acall(arguments, approved_by="OpenAI Agents" if agreed else None)).text

    async def asks(_context: Any, arguments: dict[str, Any], _call_id: str) -> bool:
        return facebook.asks(arguments) is not None

    return FunctionTool(
        name=facebook.name,
        description=facebook.description,
        params_json_schema=facebook.parameters,
        on_invoke_tool=call,
        strict_json_schema=False,
        needs_approval=asks,
    )


def shown(facebook: FacebookTool, interruption: Any) -> str:
    """Return what a person reads before they approve an interruption; "" if its plan can no longer be applied."""
    plan = facebook.asks(interruption.raw_item.arguments)
    return facebook.shown(plan) if plan else ""
