"""Which environment variable may come from where: each name from the environment, from a `.env` and from both."""

from __future__ import annotations

import ast
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tables import table
from typer.testing import CliRunner

from admonster_fb import FacebookAds, MemoryStore, ParameterError, Settings, variables
from admonster_fb.auth import environment
from admonster_fb.auth.app import App
from admonster_fb.auth.stores import FileStore
from admonster_fb.auth.token import Token
from admonster_fb.auth.token_manager import TokenManager
from admonster_fb.bot import host
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.cli.app import app
from admonster_fb.redaction import Secret
from admonster_fb.sandbox import Sandbox, serve

ROOT = Path(__file__).parents[2]
TOKEN, SECRET = "EAAstolen0123456789", "appsecret0123456789"
KEY = "5J6dFc1ZJ3tBSQYk0ZlPqfR2UnXjN4m1H2g3K4l5M6o="
BY_FILE = [
    "ACCESS_TOKEN",
    "AD_ACCOUNT_ID",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "REDIRECT_URI",
    "CONFIG_ID",
    "SCOPES",
    "TOKEN_NAME",
    "API_VERSION",
    "MAX_DAILY_BUDGET",
    "MAX_TOTAL_DAILY",
    "MAX_INCREASE_PERCENT",
    "CHAT_MAX_INCREASE_PERCENT",
    "CHAT_MAX_ADDED_DAILY",
    "ACCOUNTS",
    "READ_ONLY",
    "APPLY_BY",
    "PLAN_MINUTES",
    "NEEDS_PLAN",
]
ON_THIS_MACHINE = ["ENDPOINT", "USAGE_STORE"]
NEVER_BY_FILE = ["TOKEN_STORE", "TOKEN_KEY", "PLANS", "AUDIT", "LAUNCHES"]
ALL = sorted(f"FACEBOOK_{name}" for name in (*BY_FILE, *ON_THIS_MACHINE, *NEVER_BY_FILE))
READING = {
    "variables": {*ALL},
    "stores": {"FACEBOOK_TOKEN_KEY"},
    "journal": {"FACEBOOK_LAUNCHES"},
    "login": {"FACEBOOK_ACCESS_TOKEN"},
}
"""The modules that read the environment themselves, and the names in them. All else is given what `read` returns."""
ELSEWHERE = [
    "https://evil.example",
    "https://evil.example:443/",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1@evil.example",
    "http://evil.example\\@127.0.0.1",
    "http://127.0.0.1\\@evil.example",
    "http://127.0.0.1:80@evil.example",
    "http://localhost.evil.example",
    "http://127.0.0.1/../evil",
    "http://127.0.0.1:8026\t@evil.example",
    "http://10.0.0.1",
    "http://0.0.0.0:8026",
    "http://[::ffff:7f00:1]:8026",
    "//evil.example",
    "evil.example",
    "redis://evil.example:6379/0",
]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ALL:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


def folder_says(**values: str) -> None:
    lines = [f"FACEBOOK_{name}='{value}'\n" for name, value in values.items()]
    Path(".env").write_text("".join(lines), "utf-8")


def refused() -> list[str]:
    """Return the names that the file may not set. The error names the file, and no value."""
    try:
        variables.read()
    except ParameterError as error:
        tells = str(Path(".env").absolute()) in str(error) and "value-of-it" not in str(error)
        return [violation.field for violation in error.violations if tells]
    return []


@pytest.mark.thorough
def test_variables_are_those_that_the_sources_and_the_example_name() -> None:
    assert sorted(variables.VARIABLES) == ALL
    reading = dict[str, set[str]]()
    for path in (ROOT / "src" / "admonster_fb").rglob("*.py"):
        if not re.search("environ|getenv|envvar", source := path.read_text("utf-8")):
            continue
        nodes = [*ast.walk(ast.parse(source))]
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        attributes |= {str(node.arg) for node in nodes if isinstance(node, ast.keyword)}
        if attributes & {"environ", "environb", "getenv", "envvar"}:
            texts = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
            reading[path.stem] = {text for text in texts if re.fullmatch(r"[A-Z]{2,}_[A-Z_]+", text)}
    assert reading == READING
    example = re.findall(r"^(FACEBOOK_\w+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert sorted(example) == ALL


@pytest.mark.thorough
@table("name", ALL, fresh=True)
def test_environment_may_set_each_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "https://proxy.example")
    assert variables.read() == {name: "https://proxy.example"}
    Path(".env").write_text(f"{name}=value-of-it\n")
    assert variables.read() == {name: "https://proxy.example"}, "the environment takes precedence"
    monkeypatch.setenv(name, "")
    assert variables.read() == {}, "set to nothing by the environment"


@pytest.mark.thorough
@table("name", ALL, fresh=True)
def test_env_file_may_set_what_the_list_says(name: str) -> None:
    Path(".env").write_text(f"{name}=value-of-it\n")
    expected = [] if name.removeprefix("FACEBOOK_") in BY_FILE else [name]
    assert refused() == expected
    Path(".env").write_text(f"{name}=\n")
    assert refused() == []


@table("command", [None, ["call", "status"], ["doctor"], ["login"], ["plans"], ["mcp"]], fresh=True)
@table("kind", ["pipe", "device", "no text"], fresh=True)
def test_env_file_is_a_regular_file_of_text(kind: str, command: list[str] | None) -> None:
    env_file = Path(".env")
    if kind == "pipe":
        os.mkfifo(env_file)
    elif kind == "device":
        env_file.symlink_to("/dev/zero")
    else:
        env_file.write_bytes(b"FACEBOOK_ACCESS_TOKEN=value-of-it\xff")
    if command is None:
        assert refused() == [".env"]
        return
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert str(env_file.absolute()) in result.output
    assert "value-of-it" not in result.output


def test_env_file_may_be_a_folder_or_a_link() -> None:
    Path(".env").mkdir()
    assert variables.read() == {}, "as some virtual environments are called"
    Path(".env").rmdir()
    Path("real").write_text("FACEBOOK_SCOPES=ads_read\n")
    Path(".env").symlink_to("real")
    assert variables.read() == {"FACEBOOK_SCOPES": "ads_read"}


@pytest.mark.parametrize("name", ON_THIS_MACHINE)
def test_env_file_may_name_addresses_of_this_machine_only(name: str) -> None:
    for value in ("http://127.0.0.1:8026", "http://localhost:8026/", "http://[::1]:8026", "redis://localhost:6379/0"):
        folder_says(**{name: value})
        assert variables.read() == {f"FACEBOOK_{name}": value}
    for value in ELSEWHERE:
        folder_says(**{name: value})
        assert refused() == [f"FACEBOOK_{name}"], value


def test_env_file_sets_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "from-the-environment")
    Path(".env").write_text("HTTPS_PROXY=http://evil.example\nFACEBOOK_OTHER=1\nFACEBOOK_SCOPES=${PLANTED}\n")
    assert variables.read() == {"FACEBOOK_SCOPES": "${PLANTED}"}


@table("version", ["../../x", "v26.0/1/users?x=", "v26.0@evil.example", "v26.0#", "latest", "v26.0\n", ""], fresh=True)
def test_a_version_is_no_path(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `.env` may set it: a longer text would send requests to another path of Meta's."""
    with pytest.raises(ParameterError, match="version"):
        Settings(version=version)
    if version.strip():
        monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", TOKEN)
        Path(".env").write_text(f"FACEBOOK_API_VERSION='{version.strip()}'\n")
        if version != "v26.0\n":
            with pytest.raises(ParameterError, match="version"):
                FacebookAds.from_env()


@table(("version", "sent"), [
    ("v26", "v26.0"), ("26.0", "v26.0"), ("26", "v26.0"), (27, "v27.0"), (26.0, "v26.0"), ("V25.0", "v25.0"),
    ("v28.0", "v28.0"),
], fresh=True)  # fmt: skip
def test_a_version_may_be_written_shorter(version: Any, sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(version=version).version == sent
    monkeypatch.setenv("FACEBOOK_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("FACEBOOK_API_VERSION", str(version))
    assert f"version='{sent}'" in repr(FacebookAds.from_env())


READERS: dict[str, Callable[[], object]] = {
    "from_env": FacebookAds.from_env,
    "from_env by name": lambda: FacebookAds.from_env(token_name="ann"),
    "policy": SpendPolicy.from_env,
    "plans": host.plans_folder,
    "audit": host.audit_log,
}
COMMANDS = ["whoami", "accounts", "doctor", "login --no-browser", "token status", "token renew", "call list_campaigns"]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    touched: list[object] = []

    def touch(*args: object, **_: object) -> None:
        touched.append(args)
        raise OSError("no network")

    monkeypatch.setattr(socket, "getaddrinfo", touch)
    monkeypatch.setattr(socket.socket, "connect", touch)
    return touched


@table("reader", READERS, fresh=True)
def test_hostile_folder_is_refused_by_each_reader(reader: str, no_network: list[object]) -> None:
    folder_says(ENDPOINT="https://evil.example", ACCESS_TOKEN=TOKEN, CLIENT_ID="1", CLIENT_SECRET=SECRET)
    with pytest.raises(ParameterError, match="FACEBOOK_ENDPOINT") as caught:
        READERS[reader]()
    assert no_network == []
    assert not [secret for secret in (TOKEN, SECRET, "evil.example") if secret in str(caught.value)]


@table("command", COMMANDS, fresh=True)
def test_hostile_folder_is_refused_by_each_command(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_network: list[object]
) -> None:
    monkeypatch.setenv("FACEBOOK_CLIENT_ID", "1")
    monkeypatch.setenv("FACEBOOK_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("FACEBOOK_TOKEN_STORE", str(tmp_path / "tokens.bin"))
    monkeypatch.setenv("FACEBOOK_TOKEN_KEY", KEY)
    FileStore(tmp_path / "tokens.bin", KEY).save("default", Token(Secret(TOKEN)))
    folder_says(ENDPOINT="https://evil.example")
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == 2
    assert "FACEBOOK_ENDPOINT" in result.output
    assert str(tmp_path / ".env") in result.output.replace("\n", "")
    assert no_network == []


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A server of another user of this machine, which keeps all that it receives. It shares no code with ours."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    heard.append(connection.recv(65536))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", heard
        server.shutdown(socket.SHUT_RDWR)


@table("secret", [SECRET, "sandbox-secret"], fresh=True)
@table("days", [60, 1, -1], fresh=True)
def test_stored_token_does_not_go_to_a_port_that_the_folder_names(
    secret: str, days: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, listener: tuple[str, list[bytes]]
) -> None:
    url, heard = listener
    monkeypatch.setenv("FACEBOOK_TOKEN_STORE", str(tmp_path / "tokens.bin"))
    monkeypatch.setenv("FACEBOOK_TOKEN_KEY", KEY)
    until = datetime.now(UTC) + timedelta(days=days)
    FileStore(tmp_path / "tokens.bin", KEY).save("default", Token(Secret(TOKEN), kind="USER", expires_at=until))
    folder_says(ENDPOINT=url, CLIENT_ID="1", CLIENT_SECRET=secret)
    for command in COMMANDS:
        CliRunner().invoke(app, command.split(), input="\n")
    assert [sent for sent in heard if TOKEN.encode() in sent or SECRET.encode() in sent] == []


def test_stored_token_is_checked_before_a_renewal_sends_it(listener: tuple[str, list[bytes]]) -> None:
    url, heard = listener
    store = MemoryStore()
    soon = datetime.now(UTC) + timedelta(days=1)
    store.save("ann", Token(Secret(TOKEN), kind="USER", expires_at=soon))
    tokens = TokenManager(App("1", "sandbox-secret", Settings(endpoint=url)), store, "ann")
    for act in (tokens.current, tokens.renew, tokens.status, tokens.revoke):
        with pytest.raises(ParameterError, match="a sandbox token for this endpoint"):
            act()
    assert heard == []


def test_sandbox_served_on_this_machine_works_from_a_env_file() -> None:
    """The README's: the URL, the token and the account in `.env`."""
    with serve(Sandbox()) as server:
        folder_says(ENDPOINT=server.url, ACCESS_TOKEN=server.sandbox.token, AD_ACCOUNT_ID="act_1")
        with FacebookAds.from_env() as fb:
            assert fb.adaccounts.get(fb.account).currency == "USD"
        result = CliRunner().invoke(app, ["doctor", "--json"])
    assert f"the environment, and {Path('.env').absolute()}: FACEBOOK_ACCESS_TOKEN, " in result.output
    assert server.sandbox.token not in result.output


def test_environment_and_code_may_name_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEBOOK_ENDPOINT", "https://proxy.example")
    folder_says(ACCESS_TOKEN=TOKEN, CLIENT_ID="1", CLIENT_SECRET=SECRET)
    with FacebookAds.from_env() as fb:
        assert fb.api._session.GRAPH == "https://proxy.example"  # type: ignore[attr-defined]
    assert environment.login(variables.read()).url().startswith("https://proxy.example/")
    monkeypatch.delenv("FACEBOOK_ENDPOINT")
    with FacebookAds.from_env() as fb:
        assert fb.api._session.GRAPH == "https://graph.facebook.com"  # type: ignore[attr-defined]
    assert environment.login(variables.read()).url().startswith("https://www.facebook.com/")


def test_security_page_has_the_table_of_variables() -> None:
    assert variables.markdown_table() in (ROOT / "docs" / "security.md").read_text("utf-8")
