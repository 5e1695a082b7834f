"""A tool made before anybody has signed in: every op answers with the link, and the sign-in ends in the same talk."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tables import table

from admonster_fb import AuthenticationError, FacebookAds, Login, Settings
from admonster_fb.auth.stores import CallableStore, MemoryStore
from admonster_fb.bot import FacebookTool, ToolResult
from admonster_fb.bot.flexus import IntegrationFacebook
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import Sandbox

REDIRECT = "https://bot.example/callback"
LINK = r"https://www\.facebook\.com/v26\.0/dialog/oauth\?\S+"
Browse = Callable[..., str]


@pytest.fixture
def played() -> Sandbox:
    sandbox = Sandbox(history=0)
    sandbox.app.redirect_uris.append(REDIRECT)
    return sandbox


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def login(played: Sandbox) -> Login:
    return Login(played.app.id, played.app.secret, REDIRECT, settings=Settings(adapter=played.adapter()), clock=played)


@pytest.fixture
def tool(login: Login, store: MemoryStore) -> FacebookTool:
    return FacebookTool(FacebookAds.from_store(store, "ann", login=login, account="act_1"))


@pytest.fixture
def browse(played: Sandbox) -> Browse:
    """Play the person: from the link in a text to the address that the browser ends at."""
    session = played.session()

    def play(text: str, without: tuple[str, ...] = (), decision: str = "continue") -> str:
        link = re.findall(LINK, text)[0]
        fields = re.findall(r'<input type="(?:hidden|checkbox)" name="([^"]+)" value="([^"]*)"', session.get(link).text)
        form = [(name, unescape(value)) for name, value in fields if value not in without]
        asked = session.post(link.split("?")[0], data=[*form, ("decision", decision)], allow_redirects=False)
        return str(asked.headers["location"])

    return play


def connect(tool: FacebookTool, **args: str) -> ToolResult:
    return tool.call({"op": "connect", "args": args})


@pytest.mark.thorough
@table("name", [name for name, op in registry().items() if name != "connect" and not op.spec.private], fresh=True)
def test_every_op_answers_with_the_link_and_sends_nothing(
    tool: FacebookTool, played: Sandbox, tmp_path: Path, name: str
) -> None:
    audited = FacebookTool(tool.fb, audit=tmp_path / "audit.jsonl")  # which `undo` needs
    result = audited.call({"op": name, "args": {"no such": "argument"}})
    assert result.ok is False
    assert result.text.startswith("ERROR AuthenticationError: no user is signed in.")
    assert re.search(LINK, result.text)
    assert "op=connect args={redirect_url}" in result.text
    assert result.error is not None
    assert parse_qs(urlsplit(result.error["login_url"]).query)["client_id"] == [played.app.id]
    assert not [*played.journal]


def test_help_needs_nobody(tool: FacebookTool) -> None:
    assert "connect: " in tool.call({"op": "help"}).text
    assert "redirect_url" in tool.call({"op": "help", "args": {"op": "connect"}}).text


def test_a_talk_from_the_first_question_to_its_answer(
    tool: FacebookTool, store: MemoryStore, played: Sandbox, browse: Browse
) -> None:
    asked = tool.call({"op": "list_campaigns"})
    done = connect(tool, redirect_url=browse(asked.text))
    assert done.ok, done.text
    assert done.text.startswith(f"Connected as user {played.user_id}. The token is valid until ")
    assert "Not granted" not in done.text
    kept = store.load("ann")
    assert kept is not None
    assert kept.reveal() not in f"{done.text}{done.data!r}"
    assert tool.call({"op": "list_campaigns"}).ok


def test_code_and_state_alone_do_as_well(tool: FacebookTool, browse: Browse) -> None:
    back = parse_qs(urlsplit(browse(connect(tool).text)).query)
    assert connect(tool, code=back["code"][0], state=back["state"][0]).ok


@pytest.mark.thorough
def test_what_was_declined_is_told_at_once_and_refused_by_its_name(
    tool: FacebookTool, played: Sandbox, browse: Browse
) -> None:
    done = connect(tool, redirect_url=browse(connect(tool).text, without=("ads_management",)))
    assert "Not granted: ads_management." in done.text
    assert tool.call({"op": "list_campaigns"}).ok
    before = len(played.journal)
    refused = tool.call({"op": "create_campaign", "args": {"name": "A"}})
    assert refused.text.startswith("ERROR PermissionDeniedError: create_campaign needs the scope ads_management")
    assert "auth_type=rerequest" in refused.text
    assert len(played.journal) == before
    assert connect(tool, redirect_url=browse(refused.text)).text.count("Not granted") == 0
    assert "scope" not in tool.call({"op": "create_campaign", "args": {"name": "A"}}).text


def test_a_person_who_says_no_is_asked_again(tool: FacebookTool, browse: Browse) -> None:
    refused = connect(tool, redirect_url=browse(connect(tool).text, decision="cancel"))
    assert refused.ok is False
    assert "did not allow" in refused.text
    assert re.search(LINK, refused.text)


@table(
    "pasted",
    [
        "",
        " ",
        "no address",
        "http://[",
        "https://evil.example/callback?code=AQBc0de&state=s",
        f"{REDIRECT}?code=AQBc0de",
    ],
    fresh=True,
)
def test_what_is_pasted_instead_is_refused_in_words(tool: FacebookTool, pasted: str) -> None:
    connect(tool)
    refused = connect(tool, redirect_url=pasted)
    assert refused.text.startswith("ERROR ParameterError"), refused.text
    assert "AQBc0de" not in refused.text


def test_anothers_link_is_no_use(tool: FacebookTool, login: Login, browse: Browse) -> None:
    bob = FacebookTool(FacebookAds.from_store(MemoryStore(), "bob", login=login))
    refused = connect(bob, redirect_url=browse(connect(tool).text))
    assert "the same user" in refused.text
    assert not connect(bob).data.connected


def test_once_connected_it_says_so_and_who(tool: FacebookTool, played: Sandbox, browse: Browse) -> None:
    connect(tool, redirect_url=browse(connect(tool).text))
    found = connect(tool)
    assert found.text.startswith(f"Connected as user {played.user_id}")
    assert "as another user or with more scopes: https://" in found.text


@pytest.mark.thorough
def test_a_token_that_ends_at_work_ends_in_the_link(
    tool: FacebookTool, store: MemoryStore, played: Sandbox, browse: Browse
) -> None:
    connect(tool, redirect_url=browse(connect(tool).text))
    kept = store.load("ann")
    assert kept is not None
    played.expire_token(kept.reveal())
    refused = tool.call({"op": "list_campaigns"})
    assert refused.text.startswith("ERROR AuthenticationError")
    assert re.search(LINK, refused.text)
    assert connect(tool, redirect_url=browse(refused.text)).ok
    assert tool.call({"op": "list_campaigns"}).ok


def test_a_hosts_own_store_serves_the_tool_from_a_loop(login: Login, browse: Browse) -> None:
    kept: dict[str, object] = {}
    fb = FacebookAds.from_store(CallableStore(kept.get, kept.__setitem__), "ann", login=login, account="act_1")  # type: ignore[arg-type]
    tool = FacebookTool(fb)

    async def talk() -> list[ToolResult]:
        asked = await tool.acall({"op": "list_campaigns"})
        back = await asyncio.to_thread(browse, asked.text)
        done = await tool.acall({"op": "connect", "args": {"redirect_url": back}})
        return [asked, done, await tool.acall({"op": "list_campaigns"})]

    assert [result.ok for result in asyncio.run(talk())] == [False, True, True]
    assert isinstance(kept["ann"], dict)
    assert kept["ann"]["access_token"]


@pytest.mark.thorough
@pytest.mark.parametrize("options", [{"read_only": True}, {"groups": ["insights"]}])
def test_a_smaller_tool_has_the_sign_in_too(login: Login, store: MemoryStore, options: dict[str, object]) -> None:
    tool = FacebookTool(FacebookAds.from_store(store, "ann", login=login), **options)  # type: ignore[arg-type]
    assert "connect" in tool.ops
    assert "connect" not in FacebookTool(FacebookAds.sandbox(), groups=["insights"]).ops


def test_a_token_that_the_host_gave_cannot_be_exchanged_here() -> None:
    tool = FacebookTool(FacebookAds.sandbox())
    assert connect(tool).text.startswith("Connected as user")
    refused = connect(tool, code="AQBc0de", state="s")
    assert "sign-in is not available" in refused.text
    assert "AQBc0de" not in refused.text


@pytest.mark.thorough
def test_a_flexus_bot_without_a_token_or_a_link_of_its_host_signs_in_by_ours(
    login: Login, store: MemoryStore, played: Sandbox, browse: Browse
) -> None:
    def sign_in(account: str | None) -> FacebookAds:
        return FacebookAds.from_store(store, "ws", login=login, account=account)

    bot: Any = SimpleNamespace(external_auth={}, running_test_scenario=False)
    facebook = IntegrationFacebook(None, bot, "act_1", sign_in=sign_in)

    def called(op: str, **args: str) -> str:
        return asyncio.run(facebook.called_by_model(None, {"op": op, "args": args}))

    asked = called("list_campaigns")
    assert asked.startswith("ERROR AuthenticationError: no user is signed in.")
    assert "settings" not in asked
    with pytest.raises(AuthenticationError) as raised:
        asyncio.run(facebook.client.run("list_campaigns"))
    assert re.fullmatch(LINK, str(raised.value.login_url))
    assert str(raised.value.login_url) in raised.value.advice
    assert not [*played.journal]
    assert called("connect", redirect_url=browse(asked)).startswith("Connected as user")
    assert asyncio.run(facebook.client.run("list_campaigns"))
    bot.external_auth = {"facebook": {"token": {"access_token": "EAAB"}}}
    assert facebook.client.is_test_mode is False
    made: list[str] = []
    facebook.client._connect = lambda token, _account: made.append(token) or FacebookAds.sandbox(played)  # type: ignore[func-returns-value]
    assert called("list_campaigns").startswith("Showing")
    assert made == ["EAAB"], "the runtime's token comes first, once there is one"
