"""The tool for Google's Agent Development Kit: a call that would apply a plan requests a confirmation."""

from __future__ import annotations

from typing import Any

from google.adk.tools.base_tool import BaseTool
from google.genai.types import FunctionDeclaration

from admonster_fb.bot import FacebookTool
from admonster_fb.bot.render.errors import DECLINED

_WAITS = "Nothing was sent yet: the person is asked. Do not call it again before they have answered."


class _Tool(BaseTool):  # type: ignore[misc]
    def __init__(self, facebook: FacebookTool) -> None:
        super().__init__(name=facebook.name, description=facebook.description)
        self._facebook = facebook

    def _get_declaration(self) -> FunctionDeclaration:
        tool = self._facebook
        return FunctionDeclaration(name=tool.name, description=tool.description, parameters_json_schema=tool.parameters)

    async def run_async(self, *, args: dict[str, Any], tool_context: Any) -> str:
        plan, answer = self._facebook.asks(args), tool_context.tool_confirmation
        if plan is not None and answer is None:
            tool_context.request_confirmation(hint=self._facebook.shown(plan))
            tool_context.actions.skip_summarization = True
            return _WAITS
        if plan is not None and not answer.confirmed:
            return DECLINED
        return (await self._facebook.acall(args, approved_by="Google ADK" if plan else None)).text


def tool(facebook: FacebookTool) -> BaseTool:
    """Return the tool, for an app with `ResumabilityConfig(is_resumable=True)`. The hint is what a person reads."""
    return _Tool(facebook)
