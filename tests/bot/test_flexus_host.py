"""What the Flexus runtime offers, by stand-ins of its shape: a person's confirmation, and its own sign-in."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from tables import table

from admonster_fb import AuthenticationError, FacebookAds, SpendPolicy
from admonster_fb.bot.flexus import IntegrationFacebook, campaigns
from admonster_fb.bot.flexus import host as runtime
from admonster_fb.sandbox import GraphError, Sandbox

CAMPAIGN: dict[str, Any] = {"name": "A", "objective": "OUTCOME_TRAFFIC", "special_ad_categories": []}
LINK = "https://flexus.example/connect?facebook"


class NeedsConfirmation(Exception):
    """The runtime's own, as its tool module has it."""

    def __init__(self, confirm_setup_key: str, confirm_command: str, confirm_explanation: str) -> None:
        self.key, self.command, self.explanation = confirm_setup_key, confirm_command, confirm_explanation
        super().__init__(confirm_explanation)


@dataclasses.dataclass
class Toolcall:
    """A call of the runtime's: its class is in the module of `NeedsConfirmation`."""

    fcall_id: str = "call-1"
    fcall_ft_id: str = "thread"
    confirmed_by_human: bool | None = None


class Runtime:
    """Calls the tool as the runtime does, and repeats a call that a person has confirmed."""

    def __init__(self, facebook: IntegrationFacebook) -> None:
        self.facebook = facebook
        self.shown: list[NeedsConfirmation] = []

    def call(self, op: str, *, agree: bool = True, remember: bool = True, **args: Any) -> str | None:
        arguments = {"op": op, "args": args}
        toolcall = Toolcall(f"call-{len(self.shown)}")
        try:
            return asyncio.run(self.facebook.called_by_model(toolcall, arguments))
        except NeedsConfirmation as request:
            self.shown.append(request)
        if not agree:
            return None
        if not remember:
            self.facebook.client._asked.clear()  # the process was started again
        confirmed = dataclasses.replace(toolcall, confirmed_by_human=True)
        return asyncio.run(self.facebook.called_by_model(confirmed, arguments))


def robot(**more: Any) -> Any:
    persona = SimpleNamespace(persona_id="p", ws_id="ws", owner_fuser_id="ann")
    return SimpleNamespace(external_auth={}, running_test_scenario=True, persona=persona, **more)


def started(**options: Any) -> tuple[Runtime, Sandbox, str]:
    facebook = IntegrationFacebook(None, robot(), "act_1", **options)
    sandbox = facebook.client.sandbox
    created = FacebookAds.sandbox(sandbox).campaigns.create("act_1", **CAMPAIGN, daily_budget=6000)
    return Runtime(facebook), sandbox, str(created.id)


@pytest.mark.thorough
@table("policy", [SpendPolicy(), SpendPolicy(apply_by="host")], ids=["model", "host"])
@table("remember", [True, False])
def test_a_plan_is_shown_to_a_person_and_applied_by_the_same_call(policy: SpendPolicy, remember: bool) -> None:
    host, sandbox, campaign = started(policy=policy)
    done = host.call("update_campaign", campaign_id=campaign, daily_budget="72.00 USD", remember=remember)
    [request] = host.shown
    assert request.command.startswith("apply plan_")
    assert re.search(r"\$60\.00.*\$72\.00 USD", request.explanation)
    assert "op=apply" not in request.explanation
    assert request.key == runtime.SETUP_KEY
    assert done is not None
    assert done.startswith("OK")
    assert sandbox.object(campaign)["daily_budget"] == "7200"


@pytest.mark.thorough
def test_without_a_yes_nothing_is_sent() -> None:
    host, sandbox, campaign = started()
    for _ in range(2):
        assert host.call("update_campaign", campaign_id=campaign, daily_budget=7200, agree=False) is None
    assert len(host.shown) == 2
    assert sandbox.object(campaign)["daily_budget"] == "6000"


@pytest.mark.thorough
def test_a_yes_is_for_what_was_shown() -> None:
    host, sandbox, campaign = started()
    host.call("update_campaign", campaign_id=campaign, daily_budget=7200, agree=False)
    FacebookAds.sandbox(sandbox).campaigns.update(campaign, daily_budget=1000)
    call = {"op": "update_campaign", "args": {"campaign_id": campaign, "daily_budget": 7200}}
    text = asyncio.run(host.facebook.called_by_model(Toolcall("call-0", confirmed_by_human=True), call))
    assert text.startswith("ERROR PlanRefused")
    assert sandbox.object(campaign)["daily_budget"] == "1000"


@pytest.mark.thorough
def test_a_yes_to_another_call_applies_nothing() -> None:
    host, sandbox, campaign = started()
    host.call("update_campaign", campaign_id=campaign, daily_budget=7200, agree=False)
    call = {"op": "update_campaign", "args": {"campaign_id": campaign, "daily_budget": 99000}}
    with pytest.raises(NeedsConfirmation, match="990"):
        asyncio.run(host.facebook.called_by_model(Toolcall("other", confirmed_by_human=True), call))
    assert sandbox.object(campaign)["daily_budget"] == "6000"


def test_a_yes_is_for_its_own_call_where_calls_have_no_id() -> None:
    host, sandbox, campaign = started()
    calls = [
        {"op": "update_campaign", "args": {"campaign_id": campaign, "daily_budget": each}} for each in (6100, 99000)
    ]
    for call in calls:
        with pytest.raises(NeedsConfirmation):
            asyncio.run(host.facebook.called_by_model(Toolcall(""), call))
    assert asyncio.run(host.facebook.called_by_model(Toolcall("", confirmed_by_human=True), calls[0])).startswith("OK")
    assert sandbox.object(campaign)["daily_budget"] == "6100"


@pytest.mark.thorough
def test_undo_and_apply_are_confirmed_too(tmp_path: Path) -> None:
    host, sandbox, campaign = started(policy=SpendPolicy(apply_by="host"), audit=tmp_path / "audit.jsonl")
    done = host.call("update_campaign", campaign_id=campaign, daily_budget=5000)
    audit_id = re.search(r"Audit: (\S+)", done or "")
    assert audit_id
    assert host.call("undo", audit_id=audit_id[1]).startswith("OK")  # type: ignore[union-attr]
    assert sandbox.object(campaign)["daily_budget"] == "6000"
    plan = host.facebook.client._made[1].model.call(  # type: ignore[index]
        {"op": "update_campaign", "args": {"campaign_id": campaign, "daily_budget": 7000}}
    )
    assert host.call("apply", plan_id=plan.data.id).startswith("OK")  # type: ignore[union-attr]
    assert sandbox.object(campaign)["daily_budget"] == "7000"


def test_a_pause_asks_nobody() -> None:
    host, _sandbox, campaign = started()
    assert host.call("update_campaign", campaign_id=campaign, status="PAUSED").startswith("OK")  # type: ignore[union-attr]
    assert host.shown == []


class Http:
    """The runtime's connection to its own server."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def use_http(self) -> Http:
        return self

    async def __aenter__(self) -> Http:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def execute(self, document: Any, variable_values: dict[str, Any]) -> dict[str, Any]:
        assert "external_auth_start" in str(document)
        self.sent.append(variable_values)
        return {"external_auth_start": {"authorization_url": LINK}}


def signed_out(fclient: object) -> IntegrationFacebook:
    bot = robot()
    bot.running_test_scenario = False
    return IntegrationFacebook(fclient, bot, "act_1")


def test_without_a_token_the_user_gets_the_link_of_the_runtime() -> None:
    http = Http()
    text = asyncio.run(signed_out(http).called_by_model(Toolcall(), {"op": "status"}))
    assert text.startswith("ERROR NotConnected")
    assert LINK in text
    assert (http.sent[0]["provider"], http.sent[0]["ws_id"], http.sent[0]["fuser_id"]) == ("facebook", "ws", "ann")
    assert "ads_management" in http.sent[0]["scope_values"]


def test_code_gets_it_with_the_exception() -> None:
    with pytest.raises(AuthenticationError) as raised:
        asyncio.run(campaigns.update_campaign(signed_out(Http()).client, "1", status="PAUSED"))
    assert raised.value.login_url == LINK


def test_the_runtime_s_own_function_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def start(fclient: Any, provider: str, ws_id: str, fuser_id: str, scopes: list[str]) -> str:
        assert (provider, ws_id, fuser_id) == ("facebook", "ws", "ann")
        return f"{LINK}&kit={len(scopes) > 3}"

    kit = ModuleType("flexus_client_kit.ckit_external_auth")
    kit.start_external_auth_flow = start  # type: ignore[attr-defined]
    monkeypatch.setitem(__import__("sys").modules, "flexus_client_kit", ModuleType("flexus_client_kit"))
    monkeypatch.setitem(__import__("sys").modules, kit.__name__, kit)
    text = asyncio.run(signed_out(Http()).called_by_model(None, {"op": "status"}))
    assert f"{LINK}&kit=True" in text


@table("fclient", [None, object(), SimpleNamespace(use_http=lambda: 1 / 0)])
def test_a_runtime_without_a_link_leaves_the_settings(fclient: object) -> None:
    text = asyncio.run(signed_out(fclient).called_by_model(Toolcall(), {"op": "status"}))
    assert text.startswith("ERROR NotConnected")
    assert "settings" in text


@pytest.mark.parametrize(("fclient", "words"), [(Http(), LINK), (None, "in the workspace's settings")])
def test_a_token_that_meta_no_longer_takes_leads_to_the_same_place(fclient: Any, words: str) -> None:
    sandbox = Sandbox(history=0)
    bot = robot()
    bot.running_test_scenario, bot.external_auth = False, {"facebook": {"token": {"access_token": "dead"}}}
    made = IntegrationFacebook(fclient, bot, "act_1", connect=lambda _token, _account: FacebookAds.sandbox(sandbox))
    sandbox.fail_next("GET *", GraphError(190, 463), times=9)
    text = asyncio.run(made.called_by_model(Toolcall(), {"op": "list_campaigns"}))
    assert text.startswith("ERROR AuthenticationError")
    assert words in text
    with pytest.raises(AuthenticationError) as raised:
        asyncio.run(made.client.run("list_campaigns"))
    assert words in str(raised.value)
