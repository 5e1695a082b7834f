"""What the MCP server offers beside its tools: reports and exports as resources, one prompt, completion of accounts."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from anyio import to_thread
from mcp import MCPError
from mcp.types import (
    INVALID_PARAMS,
    BlobResourceContents,
    CompleteRequestParams,
    CompleteResult,
    Completion,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
)

from admonster_fb.bot import FacebookTool
from admonster_fb.errors import FacebookAdsError
from admonster_fb.paths import confined, regular_file

_FILES, _WEEKLY = "facebook://reports/", "facebook://weekly/"
_MOST_FILES, _MOST_BYTES = 100, 5_000_000
_KINDS = {".csv": "text/csv", ".html": "text/html", ".pdf": "application/pdf"}
"""The types of files that are offered: what exports and reports write."""
_ACCOUNT = PromptArgument(name="account", description="ID of the ad account, or all", required=False)
_PROMPT = Prompt(name="weekly-review", description="Review a week of ads and propose changes", arguments=[_ACCOUNT])
_REVIEW = (
    "Review the last week of the Facebook ads of {account}: call weekly_report, then get_detailed_insights for what "
    "changed most. Say in five sentences what was spent, what it brought, and why that changed. Then propose at most "
    "three changes, each with its reason and amount. Make no change that was not agreed to."
)


def handlers(tool: FacebookTool) -> dict[str, Any]:
    """Return the handlers for an MCP server.

    >>> from admonster_fb import FacebookAds
    >>> sorted(handlers(FacebookTool(FacebookAds.sandbox())))[0]
    'on_completion'
    """

    async def list_resources(_context: object, _params: PaginatedRequestParams | None) -> ListResourcesResult:
        return ListResourcesResult(resources=await to_thread.run_sync(_resources, tool.files))

    async def list_templates(_context: object, _params: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
        weekly = ResourceTemplate(name="weekly-report", uri_template=f"{_WEEKLY}{{account}}", mime_type="text/plain")
        return ListResourceTemplatesResult(resource_templates=[weekly])

    async def read(_context: object, params: ReadResourceRequestParams) -> ReadResourceResult:
        return ReadResourceResult(contents=[await _content(tool, str(params.uri))])

    async def list_prompts(_context: object, _params: PaginatedRequestParams | None) -> ListPromptsResult:
        return ListPromptsResult(prompts=[_PROMPT])

    async def get_prompt(_context: object, params: GetPromptRequestParams) -> GetPromptResult:
        return _review(tool, (params.arguments or {}).get("account"))

    async def complete(_context: object, params: CompleteRequestParams) -> CompleteResult:
        found = await to_thread.run_sync(_accounts, tool, params.argument.value)
        return CompleteResult(completion=Completion(values=found[:100], total=len(found)))

    return {
        "on_list_resources": list_resources,
        "on_list_resource_templates": list_templates,
        "on_read_resource": read,
        "on_list_prompts": list_prompts,
        "on_get_prompt": get_prompt,
        "on_completion": complete,
    }


async def _content(tool: FacebookTool, uri: str) -> TextResourceContents | BlobResourceContents:
    if not uri.startswith(_WEEKLY):
        return await to_thread.run_sync(_file, tool.files, uri)
    result = await tool.acall({"op": "weekly_report", "args": {"ad_account_id": unquote(uri.removeprefix(_WEEKLY))}})
    return TextResourceContents(uri=uri, mime_type="text/plain", text=result.text)


def _review(tool: FacebookTool, account: str | None) -> GetPromptResult:
    account = account or (tool.fb.account if tool.fb.has_account else "all accounts")
    text = TextContent(type="text", text=_REVIEW.format(account=account))
    return GetPromptResult(messages=[PromptMessage(role="user", content=text)])


def _resources(folder: Path | None) -> list[Resource]:
    """Return the reports and exports in the folder for files, the newest first."""
    files = (
        [path for path in folder.iterdir() if path.suffix in _KINDS and path.is_file() and not path.is_symlink()]
        if folder
        else []
    )
    files.sort(key=lambda path: -path.stat().st_mtime)
    return [
        Resource(name=path.name, uri=_FILES + quote(path.name), mime_type=_KINDS[path.suffix], size=path.stat().st_size)
        for path in files[:_MOST_FILES]
    ]


def _file(folder: Path | None, uri: str) -> TextResourceContents | BlobResourceContents:
    """Return a file of the folder. Raises `MCPError` for any other."""
    known = {str(each.uri): each for each in _resources(folder)}
    if folder is None or uri not in known:
        raise MCPError(INVALID_PARAMS, f"{uri} is none of resources/list")
    with confined(folder), open(folder / known[uri].name, "rb", opener=regular_file) as file:
        content = file.read(_MOST_BYTES)
    kind = known[uri].mime_type
    if kind == "application/pdf":
        return BlobResourceContents(uri=uri, mime_type=kind, blob=base64.b64encode(content).decode())
    return TextResourceContents(uri=uri, mime_type=kind, text=content.decode("utf-8", "replace"))


def _accounts(tool: FacebookTool, value: str) -> list[str]:
    """Return the IDs of ad accounts that begin so; none if they cannot be read."""
    try:
        ids = [account.id for account in tool.fb.adaccounts.iter(fields=["id"], limit=500)]
    except FacebookAdsError:
        return []
    return [each for each in [*ids, "all"] if each.startswith(value) or each.removeprefix("act_").startswith(value)]
