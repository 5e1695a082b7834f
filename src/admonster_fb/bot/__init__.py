"""The bot's tool: all ops behind one schema, made from the signatures and docstrings of services and workflows.

    from admonster_fb.bot import FacebookTool

    tool = FacebookTool(fb)
    tool.call({"op": "list_campaigns"}).text

The tool is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from admonster_fb.bot.tool import FacebookTool, ToolResult

__all__ = ["FacebookTool", "ToolResult"]


def __getattr__(name: str) -> Any:
    """Import the tool."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from admonster_fb.bot import tool

    return getattr(tool, name)
