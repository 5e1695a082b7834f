"""`admonster-fb login`, `whoami`, `accounts`, `token`, `doctor`: what they say, what they keep, what they exit with."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import anyio
import pytest
import requests
import typer
from cryptography.fernet import Fernet
from mcp import ClientSession, StdioServerParameters, stdio_client
from tables import table
from typer.testing import CliRunner

from admonster_fb import variables
from admonster_fb.auth import environment
from admonster_fb.cli import app as cli
from admonster_fb.cli import login as cli_login
from admonster_fb.cli import sandbox_login
from admonster_fb.sandbox import Sandbox, serve

NEXT = r"https?://\S+/dialog/oauth\?\S+"


def run(*words: str, typed: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(cli.app, [*words], input=typed)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def meta(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox over HTTP whose app the environment names, with an empty store."""
    with serve(Sandbox(clock=lambda: datetime.now(UTC), history=0)) as server:
        server.sandbox.app.live = False
        monkeypatch.setenv("FACEBOOK_ENDPOINT", server.url)
        monkeypatch.setenv("FACEBOOK_CLIENT_ID", server.sandbox.app.id)
        monkeypatch.setenv("FACEBOOK_CLIENT_SECRET", server.sandbox.app.secret)
        monkeypatch.setenv("FACEBOOK_TOKEN_STORE", str(tmp_path / "tokens.bin"))
        monkeypatch.setenv("FACEBOOK_TOKEN_KEY", Fernet.generate_key().decode())
        yield server.sandbox


def person(link: str, decision: str = "continue", without: tuple[str, ...] = ()) -> str:
    """Play the person at the dialog; return the address that the browser is sent to."""
    page = requests.get(link, timeout=10).text
    fields = re.findall(r'<input type="(?:hidden|checkbox)" name="([^"]+)" value="([^"]*)"', page)
    form = [(name, unescape(value)) for name, value in fields if value not in without]
    sent = requests.post(link.split("?")[0], data=[*form, ("decision", decision)], timeout=10, allow_redirects=False)
    return str(sent.headers["location"])


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A browser whose person decides as the returned dict says; it follows the redirect as browsers do."""
    how: dict[str, Any] = {}

    def opens(link: str) -> bool:
        threading.Thread(target=lambda: requests.get(person(link, **how), timeout=10)).start()
        return True

    monkeypatch.setattr(cli_login.webbrowser, "open", opens)
    return how


def signed_in(browser: dict[str, Any]) -> None:
    code, said, wrong = run("login", "--port", "0")
    assert code == 0, said + wrong


@pytest.mark.thorough
def test_login_keeps_a_token_that_all_else_uses(meta: Sandbox, browser: dict[str, Any], tmp_path: Path) -> None:
    code, said, _ = run("login", "--port", "0")
    assert code == 0
    assert "the token is valid until" in said
    assert "Granted: ads_management" in said
    assert 'as "default"' in said
    env = variables.read()
    kept = environment.store(env).load("default")
    assert kept is not None
    assert kept.reveal() not in said
    assert kept.reveal().encode() not in (tmp_path / "tokens.bin").read_bytes()
    code, said, _ = run("whoami")
    assert code == 0
    assert kept.user_id in said
    told = json.loads(run("whoami", "--json")[1])
    assert (told["id"], told["user_id"], told["valid"]) == (kept.user_id, kept.user_id, True)
    assert "ads_management" in told["scopes"]
    assert kept.reveal() not in json.dumps(told)
    assert run("call", "list_ad_accounts")[0] == 0


@pytest.mark.thorough
def test_what_was_declined_is_told(meta: Sandbox, browser: dict[str, Any]) -> None:
    browser["without"] = ("ads_management",)
    code, said, _ = run("login", "--port", "0")
    assert code == 0
    assert "Not granted: ads_management. To request them again: admonster-fb login --rerequest" in said
    code, said, wrong = run(
        "call", "create_campaign", "name=A", "objective=OUTCOME_TRAFFIC", "special_ad_categories=[]"
    )
    assert code == 4, "before anything is sent"
    assert "ads_management" in wrong
    assert "At a terminal: admonster-fb login --rerequest\n" in wrong
    assert not [entry for entry in meta.journal if "campaigns" in entry.path]


def test_a_person_who_says_no(meta: Sandbox, browser: dict[str, Any], tmp_path: Path) -> None:
    browser["decision"] = "cancel"
    code, _, wrong = run("login", "--port", "0")
    assert code == 3
    assert "did not allow" in wrong
    assert not (tmp_path / "tokens.bin").exists()


def test_without_a_browser_the_address_is_pasted(meta: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    links: list[str] = []

    class Typed:
        def readline(self) -> str:
            return person(links[0]) + "\n"

    monkeypatch.setattr(cli_login, "write", lambda text: links.extend(re.findall(NEXT, text)))
    monkeypatch.setattr(cli_login.sys, "stdin", Typed())
    cli_login.login(no_browser=True, port=environment.PORT, timeout=5, scopes=None, rerequest=False)
    assert environment.store(variables.read()).keys() == ["default"]


@pytest.mark.thorough
def test_a_link_that_one_process_showed_another_finishes(meta: Sandbox) -> None:
    code, _, wrong = run("call", "list_ad_accounts")
    assert code == 3
    done, said, _ = run("call", "connect", f"redirect_url={person(re.findall(NEXT, wrong)[0])}")
    assert (done, said.startswith(f"Connected as user {meta.user_id}")) == (0, True)
    assert run("call", "list_ad_accounts")[0] == 0


@pytest.mark.usefixtures("copies")
@pytest.mark.thorough
def test_an_mcp_client_signs_in_within_its_talk(meta: Sandbox) -> None:
    async def conversation() -> list[Any]:
        names = ("PATH", "PYTHONPATH", *(name for name in os.environ if name.startswith("FACEBOOK_")))
        env = {name: os.environ[name] for name in names if name in os.environ}
        command = StdioServerParameters(command=sys.executable, args=["-m", "admonster_fb", "mcp"], env=env)
        with anyio.fail_after(60):
            async with stdio_client(command) as streams, ClientSession(*streams) as session:
                await session.initialize()
                refused = await session.call_tool("facebook", {"op": "list_ad_accounts"})
                link = re.findall(r"https?://[^\s\")>]+", refused.content[0].text)[0]
                back = await anyio.to_thread.run_sync(person, link)
                args = {"redirect_url": back}
                done = await session.call_tool("facebook", {"op": "connect", "args": args})
                return [refused, done, await session.call_tool("facebook", {"op": "list_ad_accounts"})]

    refused, done, after = anyio.run(conversation)
    assert (refused.is_error, done.is_error, after.is_error) == (True, False, False)
    assert "op=connect args={redirect_url}" in refused.content[0].text
    assert f"Connected as user {meta.user_id}" in done.content[0].text
    kept = environment.store(variables.read()).load("default")
    assert kept is not None
    assert kept.reveal() not in str(done)


def test_a_pasted_address_of_another_login_is_refused(meta: Sandbox) -> None:
    code, _, wrong = run("login", "--no-browser", typed=f"{environment.REDIRECT}?code=AQB&state=other\n")
    assert code == 2
    assert "state" in wrong


@pytest.mark.thorough
def test_several_people_are_kept_apart(meta: Sandbox, browser: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ann", "bob"):
        assert run("login", "--port", "0", "--as", name)[0] == 0
    assert environment.store(variables.read()).keys() == ["ann", "bob"]
    assert run("token", "status", "--as", "bob")[0] == 0
    monkeypatch.setenv("FACEBOOK_TOKEN_NAME", "carol")
    assert run("token", "status")[0] == 3


@pytest.mark.thorough
def test_a_name_goes_before_the_environments_token(
    meta: Sandbox, browser: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", meta.token)
    code, said, _ = run("login", "--port", "0", "--as", "ann")
    assert code == 0
    assert "FACEBOOK_ACCESS_TOKEN is set and takes precedence" in said
    assert json.loads(run("token", "status", "--json")[1])["expires_at"] is None, "the environment's"
    assert json.loads(run("token", "status", "--json", "--as", "ann")[1])["expires_at"] is not None
    assert run("token", "revoke", "--yes", "--as", "bob")[0] == 3, "not the environment's"
    assert run("whoami")[0] == 0
    assert "FACEBOOK_TOKEN_NAME" not in os.environ


@pytest.mark.thorough
def test_a_token_is_renewed_and_revoked(meta: Sandbox, browser: dict[str, Any]) -> None:
    signed_in(browser)
    before = environment.store(variables.read()).load("default")
    code, said, _ = run("token", "renew")
    after = environment.store(variables.read()).load("default")
    assert (code, said[:24]) == (0, "The token is valid until")
    assert before is not None
    assert after is not None
    assert before.reveal() != after.reveal()
    assert run("token", "revoke", typed="n\n")[0] == 1, "asked first"
    assert environment.store(variables.read()).keys() == ["default"]
    assert run("token", "revoke", "--yes")[1] == "Revoked.\n"
    assert environment.store(variables.read()).keys() == []
    code, _, wrong = run("call", "status")
    assert code == 3
    assert re.search(NEXT, wrong), "with the link to sign in again"
    assert "At a terminal: admonster-fb login\n" in wrong
    assert run("token", "revoke", "--yes")[0] == 3, "nothing is left to revoke"


@pytest.mark.parametrize("where", ["the environment", ".env"])
def test_a_token_of_the_environment_is_not_renewed(
    meta: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str
) -> None:
    if where == "the environment":
        monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", meta.token)
    else:
        (tmp_path / ".env").write_text(f"FACEBOOK_ACCESS_TOKEN={meta.token}\n")
    code, said, wrong = run("token", "renew")
    assert code == 1
    assert "where a new one cannot be stored" in wrong
    assert meta.token not in said + wrong


def test_status_tells_a_dead_token(meta: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", meta.token)
    code, said, _ = run("token", "status", "--json")
    assert (code, json.loads(said)["valid"]) == (0, True)
    meta.expire_token()
    code, said, _ = run("token", "status")
    assert code == 3
    assert "not valid" in said
    assert "Log in again" in said


def test_accounts(meta: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", meta.token)
    code, said, _ = run("accounts")
    assert code == 0
    rows = [line.split("\t") for line in said.splitlines()]
    assert rows[0][:4] == ["act_1", "Sandbox Coffee US", "USD", "America/Los_Angeles"]
    told = json.loads(run("accounts", "--json")[1])
    assert [each["id"] for each in told] == [row[0] for row in rows]


def test_without_an_app_login_says_what_is_missing() -> None:
    code, _, wrong = run("login")
    assert code == 2
    assert "FACEBOOK_CLIENT_ID" in wrong
    assert "FACEBOOK_CLIENT_SECRET" in wrong


@pytest.mark.thorough
def test_login_on_the_sandbox_keeps_nothing(browser: dict[str, Any], tmp_path: Path) -> None:
    code, said, _ = run("login", "--sandbox")
    assert code == 0
    assert "not Meta: the token is gone" in said
    assert not [*tmp_path.rglob("tokens*")]


@pytest.mark.parametrize("how", ["no key", "damaged"])
def test_a_store_that_cannot_be_used_is_said_before_anybody_signs_in(
    meta: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str
) -> None:
    if how == "no key":
        monkeypatch.setenv("FACEBOOK_TOKEN_KEY", "poor")
    else:
        (tmp_path / "tokens.bin").write_bytes(b"cut")
    code, said, wrong = run("login", "--no-browser", typed="unasked\n")
    assert (code, said) == (1, "")
    assert "FACEBOOK_TOKEN_KEY" in wrong
    assert not [*meta.journal]


def test_a_port_that_cannot_be_is_refused() -> None:
    assert run("login", "--port", "99999")[0] == 2


def test_status_without_a_token_is_short(meta: Sandbox) -> None:
    code, said, _ = run("token", "status")
    assert code == 3
    assert said.split("\n")[0] == "token        not valid: no user is signed in"
    assert [line.split("  ")[0] for line in said.splitlines()] == ["token", "to do"]


def test_nobody_comes_back(meta: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_login.webbrowser, "open", lambda _link: False)
    code, said, wrong = run("login", "--port", "0", "--timeout", "0.1")
    assert code == 1
    assert "open the link on this machine" in said
    assert "no answer from the browser" in wrong


@pytest.mark.thorough
@table("words", [("whoami",), ("accounts",), ("token", "status"), ("doctor",)], fresh=True)
def test_a_sandbox_needs_nothing(words: tuple[str, ...]) -> None:
    assert run(*words, "--sandbox")[0] == 0


@pytest.mark.thorough
@table("fault", sandbox_login.faults(), fresh=True)
def test_doctor_finds_each_fault_and_says_what_to_do(fault: str) -> None:
    code, said, _ = run("doctor", "--sandbox", "--fault", fault)
    assert "✗" in said or "!" in said, said
    assert "→" in said
    assert code == (1 if "✗" in said else 0)
    told = json.loads(run("doctor", "--sandbox", "--fault", fault, "--json")[1])
    assert any(each["state"] in ("wrong", "warning") and each["todo"] for each in told)


def test_doctor_takes_only_faults_it_knows() -> None:
    code, _, wrong = run("doctor", "--sandbox", "--fault", "flu")
    assert code == 2
    assert "expired" in wrong
    assert run("doctor", "--fault", "expired")[0] == 2
    assert run("doctor", "--sandbox", "--fault", "list")[1].split() == sandbox_login.faults()


@pytest.mark.thorough
def test_no_command_takes_a_secret_as_an_argument() -> None:
    """Other users of a machine see the arguments of its processes."""
    group = typer.main.get_command(cli.app)

    def options(command: Any) -> Iterator[str]:
        for parameter in command.params:
            yield from parameter.opts
        for inner in getattr(command, "commands", {}).values():
            yield from options(inner)

    named = {*options(group)}
    assert "--no-browser" in named
    assert not [name for name in named if re.search("token|secret|password|key$", name)]
