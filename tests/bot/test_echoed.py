"""A Meta that answers with all that it was sent: no op shows, logs, traces or stores a secret of it, or a person."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from leaks import APP_SECRET, MODES, SECRETS, TOKEN, Echo, frames
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError, Settings, testing
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.help import example
from admonster_fb.bot.host import as_json
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import png

PART = 14
"""Characters: longer than what a planted secret begins with, such as `sandbox-`."""
MAIL, PHONE = "planted.secret@example.com", "+4915199887766"
PEOPLE: dict[str, Any] = {
    "emails": [MAIL],
    "phones": [PHONE],
    "csv_path": "people.csv",
    "image_path": "a.png",
    "events": [
        {
            "event_name": "Lead",
            "event_time": 1793534400,
            "action_source": "physical_store",
            "user_data": {"em": MAIL, "ph": PHONE},
        }
    ],
}


class Clock:
    """A clock on which waiting takes no time."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def calls(op: str) -> Iterator[dict[str, Any]]:
    args = example(registry()[op])["args"]
    yield args
    for name in {*PEOPLE} & {*registry()[op].schema["properties"]}:
        rest = {each: value for each, value in args.items() if each not in (*PEOPLE, "data", "schema", "image_url")}
        yield {**rest, name: PEOPLE[name]}


def held(secrets: dict[str, str], where: dict[str, str]) -> list[str]:
    """Return which secrets are in which texts, whole or cut: half of one is not to be seen, either."""
    parts = {name: {secret, secret[:PART], secret[-PART:]} for name, secret in secrets.items()}
    return [
        f"{name} in {place}"
        for place, text in where.items()
        for name, cuts in parts.items()
        if any(part in text for part in cuts)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_no_op_shows_or_stores_what_meta_sends_back(
    mode: str,
    tmp_path: Path,
    tracing: bool,
    leaks: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level("DEBUG")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    files = tmp_path / "files"
    files.mkdir()
    (files / "a.png").write_bytes(png(600, 600))
    written: list[Any] = []
    found: list[str] = []
    given = {**SECRETS, "address": MAIL, "phone": PHONE[1:]}
    settings = Settings(adapter=Echo(mode))
    ran = 0
    with FacebookAds(TOKEN, "act_1", app_secret=APP_SECRET, clock=Clock(), settings=settings) as fb:
        policy = SpendPolicy(needs_plan=(), apply_by="model")
        shared: Any = {"files": files, "show_leads": True, "on_write": written.append}
        tools = [
            FacebookTool(fb, policy=policy, audit=tmp_path / "audit.jsonl", **shared),
            FacebookTool(fb, plans=tmp_path / "plans", **shared),
        ]
        for tool in tools:
            for op in tool.ops:
                for args in calls(op):
                    (files / "people.csv").write_text(f"email,phone\n{MAIL},{PHONE}\n")
                    result = tool.call({"op": op, "args": args})
                    (files / "people.csv").unlink()
                    ran += result.ok
                    error = result.exception
                    shown = json.dumps(as_json(result), default=repr)
                    where = {"text": result.text, "error": json.dumps(result.error), "json": shown}
                    if error is not None:
                        where |= {"exception": f"{error!s} {error!r} {vars(error)!r} {error.args!r}"}
                    found += [f"{op}: {each}" for each in held(given, where)]
                    if error is not None and mode != "ok-echo":  # of an answer that is no error, frames hold the rows
                        found += [f"{op}: {each}" for each in held(SECRETS, {"frames": frames(error)})]
        where = {"log": caplog.text, "facade": f"{fb!r} {fb.api!r} {fb.usage!r}"}
        for each in tmp_path.rglob("*"):  # a plan holds what it was computed from, as Meta sent it
            if each.is_file() and (mode != "ok-echo" or each.parent.name != "plans"):
                where[str(each)] = each.read_text("utf-8", "replace")
        found += held(given, where)
    if mode == "ok-echo":
        leaks.found.clear()  # an object is looked for by the name that Meta sent
    assert not found, "\n".join([f"{len(found)} found", *found[:60]])
    assert ran or mode != "ok-echo"
    assert os.listdir(tmp_path)


@table("mode", ["html", "error", "ok-echo"])
def test_no_cassette_holds_what_meta_sends_back(mode: str) -> None:
    recorded, config = list[str](), testing.vcr_config()

    class Recording(Echo):
        def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
            answer = super().send(request, *args, **options)
            sent = SimpleNamespace(method=request.method, uri=request.url, headers=request.headers, body=request.body)
            sent.body = request.body.encode() if isinstance(request.body, str) else request.body
            kept = config["before_record_request"](sent)
            got = {"headers": {name: [value] for name, value in answer.headers.items()}}
            got |= {"body": {"string": answer.content}}
            recorded.append(f"{kept.uri} {kept.headers} {kept.body} {config['before_record_response'](got)}")
            return answer

    settings = Settings(adapter=Recording(mode))
    with FacebookAds(TOKEN, "act_1", app_secret=APP_SECRET, clock=Clock(), settings=settings) as fb:
        for act in (fb.adaccounts.list, lambda: fb.campaigns.create("act_1", name="A", objective="OUTCOME_TRAFFIC")):
            with suppress(FacebookAdsError):
                act()
    assert recorded
    assert not held(SECRETS, {"cassette": "\n".join(recorded)})
