"""The MCP server over stdio: the one tool, or one tool per op. Needs the extra `mcp`."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import anyio
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.help import compact
from admonster_fb.bot.host import as_json
from admonster_fb.bot.registry import ACCOUNT_ARGUMENTS, Op
from admonster_fb.bot.tool import joins


def serve(tool: FacebookTool, *, per_op: bool = False) -> None:
    """Serve a tool over stdin and stdout until stdin closes."""
    try:
        anyio.run(_serve, server(tool, per_op=per_op))
    finally:
        tool.close()


async def _serve(running: Server[Any]) -> None:
    async with stdio_server() as (incoming, outgoing):
        await running.run(incoming, outgoing, running.create_initialization_options())


def server(tool: FacebookTool, *, per_op: bool = False) -> Server[Any]:
    """Return an MCP server that offers `tool` as one MCP tool, or with `per_op` each op as a tool of its own.

    >>> from admonster_fb import FacebookAds
    >>> server(FacebookTool(FacebookAds.sandbox())).name
    'admonster-fb'
    """
    tools = [_per_op(tool, op) for op in tool.ops.values()] if per_op else [_one(tool)]

    async def list_tools(_context: object, _params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=tools)

    async def call_tool(_context: object, params: CallToolRequestParams) -> CallToolResult:
        args = params.arguments or {}
        return _answer(await tool.acall(args if params.name == tool.name else {"op": params.name, "args": args}))

    return Server(
        "admonster-fb",
        version=version("admonster-fb"),
        instructions=tool.description,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _answer(result: ToolResult) -> CallToolResult:
    text = TextContent(type="text", text=result.text)
    return CallToolResult(content=[text], structured_content=as_json(result), is_error=not result.ok)


def _one(tool: FacebookTool) -> Tool:
    hints = ToolAnnotations(
        title="Facebook and Instagram ads", read_only_hint=tool.read_only, destructive_hint=not tool.read_only
    )
    return Tool(name=tool.name, description=tool.description, input_schema=tool.parameters, annotations=hints)


def _per_op(tool: FacebookTool, op: Op) -> Tool:
    parts = (op.summary, op.details, f"Cost: {op.spec.cost}" if op.spec.cost else "")
    return Tool(
        name=op.name,
        title=_title(op),
        description="\n".join(part for part in parts if part),
        input_schema=_schema(op, has_account=tool.fb.has_account),
        annotations=_hints(op),
    )


def _schema(op: Op, *, has_account: bool) -> dict[str, Any]:
    """Return an op's JSON Schema, in which the account is optional if there is a default one."""
    schema: dict[str, Any] = compact(op.schema)
    required = [name for name in schema.get("required", ()) if not (has_account and name in ACCOUNT_ARGUMENTS)]
    rest = {key: value for key, value in schema.items() if key != "required"}
    if joins(op):
        rest["properties"] = {**rest["properties"], "again": {"type": "boolean"}}
    return {**rest, "required": required} if required else rest


def _hints(op: Op) -> ToolAnnotations:
    reads = op.access == "read"
    return ToolAnnotations(
        title=_title(op),
        read_only_hint=reads,
        destructive_hint=not reads and op.spec.effect != "create",
        idempotent_hint=op.spec.idempotent,
    )


def _title(op: Op) -> str:
    return op.name.replace("_", " ").capitalize()
