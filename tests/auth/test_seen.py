"""What other users of the machine can see of a sign-in: arguments of processes, and files. No secret is in them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.fernet import Fernet

from admonster_fb import FileStore
from admonster_fb.sandbox import Sandbox, serve

KEY = Fernet.generate_key().decode()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc")]
Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def played() -> Iterator[tuple[Sandbox, dict[str, str]]]:
    """A sandbox over HTTP, and the environment that names its app."""
    with serve(Sandbox(clock=lambda: datetime.now(UTC), history=0)) as server:
        server.sandbox.app.live = False
        env = {
            "FACEBOOK_ENDPOINT": server.url,
            "FACEBOOK_CLIENT_ID": server.sandbox.app.id,
            "FACEBOOK_CLIENT_SECRET": server.sandbox.app.secret,
            "FACEBOOK_TOKEN_KEY": KEY,
        }
        yield server.sandbox, env


@pytest.fixture
def start(played: tuple[Sandbox, dict[str, str]], tmp_path: Path) -> Run:
    """Return a function that starts the command line."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("FACEBOOK_")}
    env = {**bare, **played[1], "FACEBOOK_TOKEN_STORE": str(tmp_path / "kept" / "tokens.bin")}

    def run(*words: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "admonster_fb", *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, env={**env, **more}, cwd=tmp_path
        )

    return run


def arguments(pid: int) -> str:
    """Return the arguments of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def person(link: str) -> str:
    """Play the person at the dialog; return the address that the browser is sent to."""
    fields = re.findall(
        r'<input type="(?:hidden|checkbox)" name="([^"]+)" value="([^"]*)"', requests.get(link, timeout=9).text
    )
    form = [*((name, unescape(value)) for name, value in fields), ("decision", "continue")]
    return str(requests.post(link.split("?")[0], data=form, timeout=9, allow_redirects=False).headers["location"])


def secrets(sandbox: Sandbox) -> list[str]:
    """Return what must not be seen: the app's secret, the store's key, and every token that was made."""
    return [sandbox.app.secret, KEY, *sandbox.tokens]


def test_a_pasted_login_is_in_no_argument_no_text_and_no_file(
    played: tuple[Sandbox, dict[str, str]], start: Run, tmp_path: Path
) -> None:
    with start("login", "--no-browser") as process:
        assert process.stdout
        link = process.stdout.readline().partition(": ")[2].strip()
        back = person(link)
        seen = arguments(process.pid)
        said, _ = process.communicate(f"{back}\n", timeout=30)
    assert process.returncode == 0, said
    assert seen.endswith("admonster_fb login --no-browser ")
    kept = FileStore(tmp_path / "kept" / "tokens.bin", KEY).load("default")
    assert kept is not None
    hidden = [*secrets(played[0]), kept.reveal(), parse_qs(urlsplit(back).query)["code"][0]]
    assert not [each for each in hidden if each in said]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert [file.name for file in files if file.suffix == ".bin"] == ["tokens.bin"]
    assert not [each for each in hidden for file in files if each.encode() in file.read_bytes()]


def test_the_browser_is_given_the_link_alone(
    played: tuple[Sandbox, dict[str, str]], start: Run, tmp_path: Path
) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/given\n')
    browser.chmod(0o700)
    with start("login", "--port", "0", BROWSER=str(browser)) as process:
        assert process.stdout
        link = process.stdout.readline().partition(": ")[2].strip()
        requests.get(person(link), timeout=9)
        seen = arguments(process.pid) if process.poll() is None else ""
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    given = (tmp_path / "given").read_text().strip()
    assert given == link
    assert {*parse_qs(urlsplit(given).query)} == {"client_id", "redirect_uri", "response_type", "scope", "state"}
    assert not [each for each in secrets(played[0]) if each in f"{given}{seen}{said}"]


def test_what_other_commands_print_and_are_called_with(
    played: tuple[Sandbox, dict[str, str]], start: Run, tmp_path: Path
) -> None:
    with start("login", "--no-browser") as process:
        assert process.stdout
        process.communicate(f"{person(process.stdout.readline().partition(': ')[2].strip())}\n", timeout=30)
    for words in (
        ["whoami"],
        ["token", "status", "--json"],
        ["token", "renew"],
        ["doctor"],
        ["token", "revoke", "--yes"],
    ):
        with start(*words) as process:
            seen = arguments(process.pid)
            said, _ = process.communicate(timeout=30)
        assert process.returncode in (0, 1), said
        assert not [each for each in secrets(played[0]) if each in seen + said]
