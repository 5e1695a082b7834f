"""What the MCP server offers beside its tools: reports and exports as resources, one prompt, completion of accounts."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from anyio import to_thread
from mcp import MCPError, types

from admonster_fb.bot import FacebookTool
from admonster_fb.errors import FacebookAdsError
from admonster_fb.paths import confined, regular_file

_Page = types.PaginatedRequestParams | None
_Contents = types.TextResourceContents | types.BlobResourceContents
_FILES, _WEEKLY = "facebook://reports/", "facebook://weekly/"
_MOST_FILES, _MOST_BYTES = 100, 5_000_000
_KINDS = {".csv": "text/csv", ".html": "text/html", ".pdf": "application/pdf"}
"""The types of files that are offered: what exports and reports write."""
_TEMPLATE = types.ResourceTemplate(name="weekly-report", uri_template=f"{_WEEKLY}{{account}}", mime_type="text/plain")
_ACCOUNT = types.PromptArgument(name="account", description="ID of the ad account, or all", required=False)
_PROMPT = types.Prompt(
    name="weekly-review", description="Review a week of ads and propose changes", arguments=[_ACCOUNT]
)
_REVIEW = (
    "Review the last week of the Facebook ads of {account}: call weekly_report, then get_detailed_insights for what "
    "changed most. Say in five sentences what was spent, what it brought, and why that changed. Then propose at most "
    "three changes, each with its reason and amount. Make no change that was not agreed to."
)


def handlers(tool: FacebookTool) -> dict[str, Any]:
    """Return the handlers for an MCP server."""

    async def list_resources(_context: object, _params: _Page) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=await to_thread.run_sync(_resources, tool.files))

    async def list_templates(_context: object, _params: _Page) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=[_TEMPLATE])

    async def read(_context: object, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        return types.ReadResourceResult(contents=[await _content(tool, str(params.uri))])

    async def list_prompts(_context: object, _params: _Page) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=[_PROMPT])

    async def get_prompt(_context: object, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        default = tool.fb.account if tool.fb.has_account else "all accounts"
        account = (params.arguments or {}).get("account") or default
        text = types.TextContent(type="text", text=_REVIEW.format(account=account))
        return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=text)])

    async def complete(_context: object, params: types.CompleteRequestParams) -> types.CompleteResult:
        found = await to_thread.run_sync(_accounts, tool, params.argument.value)
        return types.CompleteResult(completion=types.Completion(values=found[:100], total=len(found)))

    return {
        "on_list_resources": list_resources,
        "on_list_resource_templates": list_templates,
        "on_read_resource": read,
        "on_list_prompts": list_prompts,
        "on_get_prompt": get_prompt,
        "on_completion": complete,
    }


async def _content(tool: FacebookTool, uri: str) -> _Contents:
    if not uri.startswith(_WEEKLY):
        return await to_thread.run_sync(_file, tool.files, uri)
    result = await tool.acall({"op": "weekly_report", "args": {"ad_account_id": unquote(uri.removeprefix(_WEEKLY))}})
    return types.TextResourceContents(uri=uri, mime_type="text/plain", text=result.text)


def _resources(folder: Path | None) -> list[types.Resource]:
    """Return the reports and exports in the folder for files, the newest first."""
    paths = folder.iterdir() if folder else ()
    files = [path for path in paths if path.suffix in _KINDS and path.is_file() and not path.is_symlink()]
    files.sort(key=lambda path: -path.stat().st_mtime)
    return [_resource(path) for path in files[:_MOST_FILES]]


def _resource(path: Path) -> types.Resource:
    kind, size = _KINDS[path.suffix], path.stat().st_size
    return types.Resource(name=path.name, uri=_FILES + quote(path.name), mime_type=kind, size=size)


def _file(folder: Path | None, uri: str) -> _Contents:
    """Return a file of the folder. Raises `MCPError` for any other."""
    known = {str(each.uri): each for each in _resources(folder)}
    if folder is None or uri not in known:
        raise MCPError(types.INVALID_PARAMS, f"{uri} is none of resources/list")
    with confined(folder), open(folder / known[uri].name, "rb", opener=regular_file) as file:
        content = file.read(_MOST_BYTES)
    kind = known[uri].mime_type
    if kind == "application/pdf":
        return types.BlobResourceContents(uri=uri, mime_type=kind, blob=base64.b64encode(content).decode())
    return types.TextResourceContents(uri=uri, mime_type=kind, text=content.decode("utf-8", "replace"))


def _accounts(tool: FacebookTool, value: str) -> list[str]:
    """Return the IDs of ad accounts that begin so; none if they cannot be read."""
    try:
        ids = [account.id for account in tool.fb.adaccounts.iter(fields=["id"], limit=500)]
    except FacebookAdsError:
        return []
    return [each for each in [*ids, "all"] if each.startswith(value) or each.removeprefix("act_").startswith(value)]
