"""The tool for Pydantic AI: a call that would apply a plan is a deferred tool request."""

from __future__ import annotations

from typing import Any

from pydantic_ai import ApprovalRequired, RunContext, Tool

from admonster_fb.bot import FacebookTool


def tool(facebook: FacebookTool) -> Tool[Any]:
    """Return the tool, for an agent with `output_type=[str, DeferredToolRequests]`.

    What a person reads is `requests.metadata[call.tool_call_id]["plan"]`.
    """

    async def call(context: RunContext[Any], **arguments: Any) -> str:
        plan = facebook.asks(arguments)
        if plan is not None and not context.tool_call_approved:
            raise ApprovalRequired(metadata={"plan": facebook.shown(plan)})
        return (await facebook.acall(arguments, approved_by="Pydantic AI" if plan else None)).text

    return Tool.from_schema(call, facebook.name, facebook.description, facebook.parameters, takes_ctx=True)
