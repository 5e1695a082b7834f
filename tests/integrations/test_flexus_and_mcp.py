"""The same approval where no package of a runtime is needed: MCP in both eras, and stand-ins of the Flexus runtime."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import anyio
import pytest
from tables import table
from tests.bot.test_flexus_host import NeedsConfirmation, Toolcall, robot

from admonster_fb import FacebookAds
from admonster_fb.bot.flexus import IntegrationFacebook

pytestmark = pytest.mark.thorough

PAGE_NAMES = {"legacy": "MCP until 2025-11-25", "2026-07-28": "MCP since 2026-07-28"}


@table("agreed", [True, False], fresh=True)
@table("era", PAGE_NAMES, fresh=True)
def test_a_form_is_a_persons_to_fill_in(bot: Any, era: str, agreed: bool) -> None:
    pytest.importorskip("mcp")
    from mcp import Client
    from mcp.types import ElicitResult, InputRequiredResult

    from admonster_fb.bot.mcp_server import server

    yes = ElicitResult(action="accept", content={"yes": True}) if agreed else ElicitResult(action="decline")
    waits: list[Any] = []

    async def fill_in(_context: Any, params: Any) -> ElicitResult:
        bot.check_shown(params.message)
        waits.append({"method": "elicitation/create", "params": dumped(params)})
        return yes

    async def call(client: Client, arguments: dict[str, Any]) -> str:
        result: Any = await client.session.call_tool("facebook", arguments, allow_input_required=True)
        if isinstance(result, InputRequiredResult):
            waits.append({**dumped(result), "requestState": "…"})
            del waits[0]["_meta"]  # the server's version
            bot.check_shown(dumped(result)["inputRequests"]["yes"]["params"]["message"])
            answered: Any = {"input_responses": {"yes": yes}, "request_state": result.request_state}
            result = await client.session.call_tool("facebook", arguments, **answered)
        return str(result.content[0].text)

    async def run() -> None:
        texts: list[str] = []
        async with Client(server(bot.tool), mode=era, elicitation_callback=fill_in) as client:  # type: ignore[arg-type]
            while calls := bot.turn(texts):
                texts = await asyncio.gather(*(call(client, each) for each in calls))

    anyio.run(run)
    bot.check_end(agreed, PAGE_NAMES[era], *waits, dumped(yes))


def dumped(message: Any) -> Any:
    return message.model_dump(mode="json", by_alias=True, exclude_none=True)


def test_a_confirmation_of_flexus_is_a_persons_to_give(check_row: Any, brief: Any) -> None:
    """Its model makes no second call: the runtime repeats the one that was confirmed."""
    written: list[Any] = []
    facebook = IntegrationFacebook(None, robot(), "act_1", on_write=written.append)
    fb = FacebookAds.sandbox(facebook.client.sandbox)
    [campaign] = [each.id for each in fb.campaigns.list("act_1", fields=["daily_budget"]) if each.daily_budget == 6000]
    call = {"op": "update_campaign", "args": {"campaign_id": campaign, "daily_budget": "72.00 USD"}}
    toolcall = Toolcall()
    with pytest.raises(NeedsConfirmation) as asked:
        asyncio.run(facebook.called_by_model(toolcall, call))
    assert written == []
    yes = dataclasses.replace(toolcall, confirmed_by_human=True)
    assert asyncio.run(facebook.called_by_model(yes, call)).startswith("OK: updated.")
    assert fb.campaigns.get(campaign, fields=["daily_budget"]).daily_budget == 7200
    request = asked.value
    waits = f"NeedsConfirmation{(request.key, request.command, request.explanation)}"
    check_row("Flexus", f"waits: {brief(waits)}", f"yes: {brief(repr(yes))}", f"by: {written[0].by}")
