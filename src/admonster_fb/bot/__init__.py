"""The bot's side: one tool with many ops, made from the services' own signatures and docstrings.

from admonster_fb.bot import FacebookTool

tool = FacebookTool(fb)
tool.call({"op": "list_campaigns"}).text
"""

from admonster_fb.bot.tool import FacebookTool, ToolResult

__all__ = ["FacebookTool", "ToolResult"]
