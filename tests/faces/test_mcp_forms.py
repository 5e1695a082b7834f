"""A person's yes over MCP, in both eras of the protocol, by the SDK's own client: in process, stdio and HTTP."""

from __future__ import annotations

import os
import re
import socket
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
import uvicorn
from mcp import Client, StdioServerParameters
from mcp.types import (
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    ListToolsResult,
)
from tables import table

from admonster_fb import FacebookAds
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.mcp_server import Layout, offered, server
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.sandbox import Sandbox, serve

ERAS = ["legacy", "2026-07-28"]
YES = ElicitResult(action="accept", content={"yes": True})
NO = [
    ElicitResult(action="accept", content={"yes": False}),
    ElicitResult(action="accept", content=None),
    ElicitResult(action="accept", content={"yes": "true"}),
    ElicitResult(action="decline"),
    ElicitResult(action="decline", content={"yes": True}),
    ElicitResult(action="cancel"),
]


class Desk:
    """A model that wants 72 dollars a day, a person who answers, and what Meta was told."""

    def __init__(self, tools: Layout = "one", apply_by: Any = "host") -> None:
        self.sandbox = Sandbox()
        self.fb = FacebookAds.sandbox(self.sandbox)
        self.tool = FacebookTool(self.fb, policy=SpendPolicy(apply_by=apply_by))
        self.server = server(self.tool, tools=tools)
        found = self.fb.campaigns.list(self.fb.account, fields=["daily_budget"])
        self.campaign = next(each.id for each in found if each.daily_budget == 6000)
        self.questions: list[str] = []

    def plan(self) -> str:
        args = {"campaign_id": self.campaign, "daily_budget": "72.00 USD"}
        return str(self.tool.call({"op": "update_campaign", "args": args}).data.id)

    @property
    def writes(self) -> int:
        return sum(1 for entry in self.sandbox.journal if entry.method != "GET")

    def talk(self, era: str, answer: ElicitResult | None, talk: Callable[[Client], Awaitable[Any]]) -> Any:
        async def fill_in(_context: Any, params: Any) -> ElicitResult:
            assert isinstance(params, ElicitRequestFormParams)
            assert params.requested_schema["required"] == ["yes"]
            self.questions.append(params.message)
            assert answer is not None
            return answer

        async def conversation() -> Any:
            callback = None if answer is None else fill_in
            with anyio.fail_after(20):
                async with Client(self.server, mode=era, elicitation_callback=callback) as client:  # type: ignore[arg-type]
                    return await talk(client)

        return anyio.run(conversation)

    def apply(self, era: str, answer: ElicitResult | None, plan: str) -> tuple[bool, str]:
        args = {"op": "apply", "args": {"plan_id": plan}}
        result = self.talk(era, answer, lambda client: client.call_tool("facebook", args))
        return not result.is_error, result.content[0].text


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.thorough
@pytest.mark.parametrize("era", ERAS)
def test_yes(desk: Desk, era: str) -> None:
    plan, before = desk.plan(), desk.writes
    done, text = desk.apply(era, YES, plan)
    assert done, text
    assert text.startswith("OK: ")
    assert [question.splitlines()[0] for question in desk.questions] == ["Up to $12.00 USD more a day."]
    assert desk.questions[0] == desk.tool.shown(desk.tool.guard.store.get(plan))  # type: ignore[arg-type]
    assert desk.writes == before + 1
    assert desk.fb.campaigns.get(desk.campaign, fields=["daily_budget"]).daily_budget == 7200


@pytest.mark.thorough
@table("answer", NO, fresh=True)
@table("era", ERAS, fresh=True)
def test_everything_but_a_yes_is_a_no(desk: Desk, era: str, answer: ElicitResult) -> None:
    plan, before = desk.plan(), desk.writes
    done, text = desk.apply(era, answer, plan)
    assert (done, desk.writes, len(desk.questions)) == (False, before, 1)
    assert text.startswith("Nothing was sent. The person did not agree")
    assert desk.apply(era, YES, plan)[0], "it was not used up: they may change their mind"


@pytest.mark.parametrize("era", ERAS)
def test_a_client_without_forms(desk: Desk, era: str) -> None:
    plan, before = desk.plan(), desk.writes
    done, text = desk.apply(era, None, plan)
    assert (done, desk.writes) == (False, before)
    where = desk.tool.guard.where(desk.tool.guard.pending(plan))
    assert text == f"Nothing was sent. This client cannot ask. {where}"
    assert f"admonster-fb apply {plan}" not in text, "no other process knows a plan in memory"


@pytest.mark.thorough
@pytest.mark.parametrize("era", ERAS)
def test_a_stale_plan_is_refused_after_the_yes(desk: Desk, era: str) -> None:
    plan = desk.plan()
    desk.fb.campaigns.update(desk.campaign, daily_budget=6600)
    before = desk.writes
    done, text = desk.apply(era, YES, plan)
    assert (done, desk.writes, len(desk.questions)) == (False, before, 1)
    assert "$60.00 → $66.00 USD" in text


@pytest.mark.parametrize("era", ERAS)
def test_a_used_plan_asks_nobody(desk: Desk, era: str) -> None:
    plan = desk.plan()
    assert desk.tool.approve(plan, by="Ann").ok
    before = desk.writes
    done, text = desk.apply(era, YES, plan)
    assert (done, desk.writes, desk.questions) == (False, before, [])
    assert "was applied before" in text


def test_the_answer_of_another_question_is_none(desk: Desk) -> None:
    """From 2026-07-28 on the client holds the state: it cannot make or move a yes."""
    plan, before = desk.plan(), desk.writes
    args = {"op": "apply", "args": {"plan_id": plan}}

    async def forge(client: Client) -> list[Any]:
        asked = await client.session.call_tool("facebook", args, allow_input_required=True)
        assert isinstance(asked, InputRequiredResult)
        assert isinstance((asked.input_requests or {})["yes"], ElicitRequest)
        assert plan not in str(asked.request_state), "it is sealed"
        other = {"op": "apply", "args": {"plan_id": await anyio.to_thread.run_sync(desk.plan)}}
        found = []
        for given, state in ((args, None), (args, plan), (args, "v1.AAAA"), (other, asked.request_state)):
            try:
                found.append(
                    await client.session.call_tool(
                        "facebook", given, input_responses={"yes": YES}, request_state=state, allow_input_required=True
                    )
                )
            except Exception as error:  # noqa: BLE001 - the SDK refuses a state that it did not seal
                found.append(error)
        return found

    for result in desk.talk("2026-07-28", YES, forge):
        assert not (isinstance(result, CallToolResult) and not result.is_error), result
    assert desk.writes == before


def test_a_model_that_may_apply_is_not_asked() -> None:
    desk = Desk(apply_by="model")
    assert desk.apply("legacy", YES, desk.plan())[0]
    assert desk.questions == []


@pytest.mark.thorough
@pytest.mark.parametrize("era", ERAS)
def test_three_tools(era: str) -> None:
    desk = Desk("three")
    plan = desk.plan()
    campaign = {"campaign_id": desk.campaign}
    change = {"op": "update_campaign", "args": {**campaign, "status": "PAUSED"}}
    read = {"op": "get_campaign", "args": campaign}

    async def talk(client: Client) -> list[Any]:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        hints = {name: tool.annotations for name, tool in tools.items()}
        assert {name: (each.read_only_hint, each.destructive_hint) for name, each in hints.items() if each} == {
            "facebook_read": (True, False),
            "facebook_write": (False, True),
            "facebook_apply": (False, True),
        }
        assert [*tools["facebook_apply"].input_schema["properties"]] == ["plan_id"]
        wrong = [("facebook_read", change), ("facebook_write", {"op": "apply", "args": {"plan_id": plan}})]
        wrong += [("facebook_write", read), ("facebook", read)]
        refused = [await client.call_tool(name, call) for name, call in wrong]
        calls = [("facebook_read", read), ("facebook_read", {"op": "help"}), ("facebook_apply", {"plan_id": plan})]
        calls.append(("facebook_write", change))
        return [refused, [await client.call_tool(name, call) for name, call in calls]]

    refused, done = desk.talk(era, YES, talk)
    assert [each.is_error for each in refused] == [True] * 4
    assert "facebook_write" in refused[0].content[0].text
    assert "facebook_apply" in refused[1].content[0].text
    assert [each.content[0].text for each in done if each.is_error] == []
    assert len(desk.questions) == 1


@pytest.mark.thorough
def test_the_bytes_of_the_list_of_tools() -> None:
    page = (Path(__file__).parents[2] / "docs/runtimes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(one|three|per-op)`.* \| ([\d,]+)(?:; .* ([\d,]+))? \|$", page, re.MULTILINE)
    assert [row[0] for row in rows] == ["one", "three", "per-op"]
    fb = FacebookAds.sandbox(Sandbox(history=0))
    for layout, most, of_groups in rows:
        for groups, limit in ((None, most), (("campaign", "adset"), of_groups)):
            listed = ListToolsResult(tools=offered(FacebookTool(fb, groups=groups), layout))
            size = len(listed.model_dump_json(by_alias=True, exclude_none=True).encode())
            assert not limit or size <= int(limit.replace(",", "")), (layout, size)


class Wire:
    """The server over a real transport, a fake Meta behind it, and a person whose answer a test sets."""

    def __init__(self, era: str, transport: str, folder: Path) -> None:
        self.era, self.transport, self.folder = era, transport, folder
        self.sandbox = Sandbox()
        self.fb = FacebookAds.sandbox(self.sandbox)
        found = self.fb.campaigns.list("act_1", fields=["daily_budget"])
        self.campaign = next(each.id for each in found if each.daily_budget == 6000)
        self.answer, self.asked = YES, 0

    @property
    def writes(self) -> int:
        return sum(1 for entry in self.sandbox.journal if entry.method != "GET")

    async def _fill_in(self, _context: Any, _params: Any) -> ElicitResult:
        self.asked += 1
        return self.answer

    @asynccontextmanager
    async def client(self, *, form: bool = True) -> AsyncIterator[Client]:
        how: Any = {"mode": self.era, "elicitation_callback": self._fill_in if form else None}
        async with self._server() as server, Client(server, **how) as client:
            yield client

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[Any]:
        if self.transport == "stdio":
            with serve(self.sandbox) as meta:
                env = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
                env |= {"FACEBOOK_ENDPOINT": meta.url, "FACEBOOK_ACCESS_TOKEN": self.sandbox.token}
                env |= {"FACEBOOK_AD_ACCOUNT_ID": "act_1", "FACEBOOK_APPLY_BY": "host"}
                env |= {
                    "FACEBOOK_PLANS": str(self.folder / "plans"),
                    "FACEBOOK_AUDIT": str(self.folder / "audit.jsonl"),
                }
                words = ["-m", "admonster_fb", "mcp"]
                yield StdioServerParameters(command=sys.executable, args=words, env=env, cwd=self.folder)
            return
        tool = FacebookTool(self.fb, policy=SpendPolicy(apply_by="host"))
        app = server(tool).streamable_http_app()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            running = uvicorn.Server(uvicorn.Config(app, log_level="error"))
            thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
            thread.start()
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
            running.should_exit = True
            await anyio.to_thread.run_sync(thread.join)

    async def call(self, client: Client, op: str, **args: Any) -> tuple[bool, str]:
        result = await client.call_tool("facebook", {"op": op, "args": args})
        return not result.is_error, result.content[0].text  # type: ignore[union-attr]

    async def plan(self, client: Client, budget: str = "72.00 USD") -> str:
        _, text = await self.call(client, "update_campaign", campaign_id=self.campaign, daily_budget=budget)
        assert text.startswith("PLAN "), text
        return text.split(":")[0].removeprefix("PLAN ")


@pytest.mark.usefixtures("copies")
@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.parametrize("era", ERAS)
def test_on_the_wire(era: str, transport: str, tmp_path: Path) -> None:
    """No form, no, cancel, stale, yes and used: a write reaches Meta only where a person said yes to it as it is."""
    wire = Wire(era, transport, tmp_path)

    async def without_form() -> None:
        async with wire.client(form=False) as client:
            done, text = await wire.call(client, "apply", plan_id=await wire.plan(client))
            assert (done, "cannot ask" in text, wire.writes, wire.asked) == (False, True, 0, 0)

    async def with_form() -> None:
        async with wire.client() as client:
            plan = await wire.plan(client)
            for number, answer in enumerate((ElicitResult(action="decline"), ElicitResult(action="cancel")), 1):
                wire.answer = answer
                done, text = await wire.call(client, "apply", plan_id=plan)
                assert (done, wire.writes, wire.asked) == (False, 0, number), text
            wire.answer = YES
            stale = await wire.plan(client, "66.00 USD")
            await anyio.to_thread.run_sync(lambda: wire.sandbox.change(wire.campaign, daily_budget="6100"))
            done, text = await wire.call(client, "apply", plan_id=stale)
            assert (done, wire.writes, "$61.00" in text) == (False, 0, True), text
            plan = await wire.plan(client)
            assert await wire.call(client, "apply", plan_id=plan)
            assert (wire.writes, wire.sandbox.object(wire.campaign)["daily_budget"]) == (1, "7200")
            asked = wire.asked
            done, text = await wire.call(client, "apply", plan_id=plan)
            assert (done, wire.writes, wire.asked, "was applied before" in text) == (False, 1, asked, True)

    async def both() -> None:
        with anyio.fail_after(60):
            await without_form()
            await with_form()

    anyio.run(both)
