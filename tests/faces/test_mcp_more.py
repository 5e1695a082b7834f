"""MCP beyond tools: resources, a prompt, completion, progress, cancellation, and HTTP on loopback."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp.types import PromptReference, ResourceTemplateReference
from sandboxes import Held
from typer.testing import CliRunner

from admonster_fb import FacebookAds, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.mcp_server import server
from admonster_fb.bot.registry import registry
from admonster_fb.cli import app as cli
from admonster_fb.sandbox import Sandbox

pytestmark = pytest.mark.thorough

ERAS = ["legacy", "2026-07-28"]


def talk(tool: FacebookTool, era: str, conversation: Callable[[Client], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        with anyio.fail_after(20):
            async with Client(server(tool), mode=era) as client:  # type: ignore[arg-type]
                return await conversation(client)

    return anyio.run(run)


@pytest.mark.parametrize("era", ERAS)
def test_reports_and_exports_are_resources(tmp_path: Path, era: str) -> None:
    (tmp_path / "a b.csv").write_text("x,y\n1,2\n")
    (tmp_path / "week.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "secret.txt").write_text("no")
    (tmp_path / "link.csv").symlink_to(tmp_path / "secret.txt")
    tool = FacebookTool(FacebookAds.sandbox(), files=tmp_path)

    async def conversation(client: Client) -> None:
        listed = {str(each.uri): each for each in (await client.list_resources()).resources}
        assert {"facebook://reports/a%20b.csv", "facebook://reports/week.pdf"} == listed.keys()
        [csv] = (await client.read_resource("facebook://reports/a%20b.csv")).contents
        assert csv.text == "x,y\n1,2\n"  # type: ignore[union-attr]
        [pdf] = (await client.read_resource("facebook://reports/week.pdf")).contents
        assert pdf.blob == "JVBERi0xLjc="  # type: ignore[union-attr]
        for name in ("secret.txt", "link.csv", "../x.csv", "%2e%2e/x.csv", ""):
            with pytest.raises(MCPError):
                await client.read_resource(f"facebook://reports/{name}")
        with pytest.raises(MCPError):
            await client.read_resource("file:///etc/passwd")
        [template] = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "facebook://weekly/{account}"
        [week] = (await client.read_resource("facebook://weekly/act_1")).contents
        assert week.text.startswith('Weekly report of act_1 "Sandbox Coffee US"')  # type: ignore[union-attr]

    talk(tool, era, conversation)


@pytest.mark.parametrize("era", ERAS)
def test_a_prompt_and_the_accounts_for_it(era: str) -> None:
    async def conversation(client: Client) -> None:
        [prompt] = (await client.list_prompts()).prompts
        [message] = (await client.get_prompt(prompt.name, {"account": "act_2"})).messages
        assert "ads of act_2" in message.content.text  # type: ignore[union-attr]
        assert {*re.findall(r"\b[a-z]+_[a-z_]+\b", message.content.text)} - {"act_2"} <= registry().keys()  # type: ignore[union-attr]
        weekly = ResourceTemplateReference(type="ref/resource", uri="facebook://weekly/{account}")
        for reference in (PromptReference(type="ref/prompt", name=prompt.name), weekly):
            for typed, found in (("act_", 4), ("2", 1), ("al", 1), ("x", 0)):
                done = await client.complete(reference, {"name": "account", "value": typed})
                assert len(done.completion.values) == found, typed

    talk(FacebookTool(FacebookAds.sandbox()), era, conversation)


LAUNCH: dict[str, Any] = registry()["launch_campaign"].spec.example  # type: ignore[assignment]


@pytest.mark.parametrize("era", ERAS)
def test_a_launch_reports_its_progress(era: str) -> None:
    tool = FacebookTool(FacebookAds.sandbox())
    page = tool.fb.adaccounts.promote_pages("act_1", fields=["id"])
    spec = json.loads(json.dumps(LAUNCH).replace('"page_id": "1"', f'"page_id": "{next(iter(page)).id}"'))
    plan = tool.call({"op": "launch_campaign", "args": spec}).data.id
    seen: list[tuple[float, float | None]] = []

    async def hear(done: float, total: float | None, _message: str | None) -> None:
        seen.append((done, total))

    async def conversation(client: Client) -> None:
        args = {"op": "apply", "args": {"plan_id": plan}}
        result = await client.call_tool("facebook", args, progress_callback=hear)
        assert not result.is_error, result.content

    talk(tool, era, conversation)
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {seen[-1][0]}


@pytest.mark.parametrize("era", ERAS)
def test_a_client_that_gives_up_and_calls_again_makes_one_object(era: str) -> None:
    sandbox = Sandbox(history=0)
    held = Held(sandbox)
    tool = FacebookTool(FacebookAds.sandbox(sandbox, settings=Settings(adapter=held)))
    create = {"name": "A", "objective": "OUTCOME_SALES", "special_ad_categories": []}

    async def conversation(client: Client) -> None:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(client.call_tool, "facebook", {"op": "create_campaign", "args": create})
                await anyio.to_thread.run_sync(held.arrived.wait, 10)
                scope.cancel()
        held.free.set()
        again = await client.call_tool("facebook", {"op": "create_campaign", "args": create})
        assert "Sent once" in again.content[0].text  # type: ignore[union-attr]

    talk(tool, era, conversation)
    assert len(sandbox.objects("Campaign")) == 1


@pytest.mark.slow
def test_http_is_for_this_machine_only(tmp_path: Path) -> None:
    """The real command: a page in a browser, or another name for this machine, reaches nothing."""
    env = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    words = [sys.executable, "-m", "admonster_fb", "mcp", "--sandbox", "--http", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env, cwd=tmp_path) as process:
        assert process.stderr
        line = process.stderr.readline().decode()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/mcp", line)
        assert found, line
        port = int(found[1])
        about = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}
        usual = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}

        def status(**more: str) -> int:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("POST", "/mcp", json.dumps(asked), {**usual, **more})
            answer = connection.getresponse().status
            connection.close()
            return answer

        try:
            assert status() == 200
            assert status(Origin=f"http://localhost:{port}") == 200
            assert status(Origin="https://evil.example") == 403
            assert status(Host="evil.example") == 421
            assert status(Host=f"evil.example:{port}") == 421
        finally:
            process.terminate()
            process.communicate(timeout=20)


def test_the_container_starts_what_exists() -> None:
    root = Path(__file__).parents[2]
    lines = (root / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]]
    assert copied
    assert all((root / name).exists() for name in copied)
    [entry] = [json.loads(line.partition(" ")[2]) for line in lines if line.startswith("ENTRYPOINT ")]
    assert entry[0] in (root / "pyproject.toml").read_text(encoding="utf-8")
    done = CliRunner().invoke(cli.app, [*entry[1:], "--help"])
    assert done.exit_code == 0
    assert "--http" in done.output
    kept = "-v admonster-fb:/state "  # a container that forgets would count the raises of a day anew
    assert "ENV XDG_STATE_HOME=/state" in lines
    assert any("install -d -o bot /state" in line for line in lines), "a volume takes its owner from there"
    for page in ("Dockerfile", "docs/runtimes.md"):
        assert f"docker run -i --rm {kept}" in (root / page).read_text(encoding="utf-8"), page
    assert ".env" in (root / ".dockerignore").read_text(encoding="utf-8").split()
