"""Planted secrets and personal data, with instrumentation of others switched on: found in nothing that goes out."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from leaks import frames
from tables import table

from admonster_fb import FacebookAds, FacebookAdsError, Settings
from admonster_fb.bot import FacebookTool
from admonster_fb.bot.help import example
from admonster_fb.bot.plans.policy import SpendPolicy
from admonster_fb.bot.registry import registry
from admonster_fb.sandbox import Sandbox, SandboxAdapter, png

MAIL, PHONE = "planted.secret@example.com", "+4915199887766"
APP_SECRET = "sandbox-5ec2e700000000000000"
PEOPLE: dict[str, Any] = {
    "emails": [MAIL],
    "phones": [PHONE],
    "data": [[MAIL, PHONE]],
    "schema": ["EMAIL", "PHONE"],
    "events": [{"event_name": "Lead", "user_data": {"em": MAIL, "ph": PHONE}}],
}


class Seen:
    """What instrumentation of `requests` and a log at DEBUG receive."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.log = io.StringIO()


@pytest.fixture
def seen(tracing: bool) -> Iterator[Seen]:
    found, send = Seen(), requests.Session.send

    def observed(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        found.urls.append(f"{request.method} {request.url}")
        logging.getLogger("urllib3.connectionpool").debug("%s %s", request.method, urlsplit(str(request.url)).path)
        return send(self, request, **options)

    handler, root = logging.StreamHandler(found.log), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    with pytest.MonkeyPatch.context() as patch:  # undone before the tracing ends
        patch.setattr(requests.Session, "send", observed)
        yield found
    root.removeHandler(handler)
    root.setLevel(level)


class Broken(SandboxAdapter):
    """A network that fails, with all that it was given in the error."""

    harm = ""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        if self.harm == "no answer":
            raise requests.ConnectionError(f"{request.url} {request.headers} {request.body!r}", request=request)
        response = super().send(request, *args, **options)
        if self.harm == "no JSON":
            response._content = f"<html>{request.url} {request.headers} {request.body!r}".encode()
        if self.harm == "echo":
            echo = {"message": f"Malformed access token {APP_SECRET} {request.url} {request.headers}", "code": 100}
            response.status_code, response._content = 400, json.dumps({"error": echo}).encode()
        return response


def in_batch(fb: FacebookAds) -> None:
    with fb.batch() as batch:
        item = batch.add(fb.adaccounts.get, "act_1")
    item.result()


CALLS: dict[str, Callable[[FacebookAds, str], Any]] = {
    "read": lambda fb, _: fb.adaccounts.get("act_1"),
    "list": lambda fb, _: fb.campaigns.list("act_1"),
    "create": lambda fb, _: fb.campaigns.create(
        "act_1", name="A", objective="OUTCOME_TRAFFIC", special_ad_categories=[]
    ),
    "file": lambda fb, _: fb.adimages.create("act_1", bytes=png()),
    "batch": lambda fb, _: in_batch(fb),
    "people": lambda fb, audience: fb.audience_users.add(audience, [MAIL], schema="EMAIL"),
}


@table("harm", ["", "no answer", "no JSON", "echo"], fresh=True)
@table("name", CALLS, fresh=True)
def test_no_call_of_the_facade_shows_a_secret(seen: Seen, name: str, harm: str) -> None:
    sandbox = Sandbox(seed=1, history=0)
    audience = FacebookAds.sandbox(sandbox).customaudiences.create(
        "act_1", name="C", subtype="CUSTOM", customer_file_source="USER_PROVIDED_ONLY"
    )
    adapter = Broken(sandbox)
    adapter.harm = harm
    settings = Settings(adapter=adapter)
    told = ""
    with FacebookAds(sandbox.token, "act_1", app_secret=APP_SECRET, clock=sandbox, settings=settings) as fb:
        try:
            CALLS[name](fb, audience.id)
        except FacebookAdsError as error:
            told = f"{error!s} {error!r} {vars(error)!r}"
            shown = told + frames(error)
            assert MAIL not in told
            assert sandbox.token not in shown
            assert APP_SECRET not in shown
    assert seen.urls
    for secret in (sandbox.token, APP_SECRET, MAIL):
        assert secret not in "\n".join([*seen.urls, seen.log.getvalue()])
    assert "appsecret_proof" not in "\n".join(url for url in seen.urls if not url.startswith("GET"))


@table("op", [op.name for op in registry().values() if {*PEOPLE} & {*op.schema["properties"]}], fresh=True)
def test_no_op_shows_customers(
    seen: Seen, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, op: str
) -> None:
    (tmp_path / "people").mkdir()
    monkeypatch.chdir(tmp_path)
    sandbox = Sandbox(seed=1, history=0)
    fb = FacebookAds.sandbox(sandbox)
    ids = {
        "audience_id": fb.customaudiences.create(
            "act_1", name="C", subtype="CUSTOM", customer_file_source="USER_PROVIDED_ONLY"
        ).id,
        "pixel_id": fb.adspixels.create("act_1", name="P").id,
    }
    (tmp_path / "people" / "a.csv").write_text(f"email,phone\n{MAIL},{PHONE}\n")
    shared: Any = {"files": tmp_path / "people", "audit": tmp_path / "audit.jsonl"}
    tools = [
        FacebookTool(fb, plans=tmp_path / "plans", **shared),
        FacebookTool(fb, policy=SpendPolicy(needs_plan=()), **shared),
    ]
    properties = registry()[op].schema["properties"]
    base = {name: ids.get(name, value) for name, value in example(registry()[op])["args"].items()}
    rest = {name: value for name, value in base.items() if name not in PEOPLE and name != "csv_path"}
    people = [{name: PEOPLE[name]} for name in PEOPLE if name in properties and name != "schema"]
    people += [{"data": PEOPLE["data"], "schema": ["EMAIL", "NAME"]}, {"data": [MAIL], "schema": MAIL}]
    people += [{"csv_path": "a.csv"}] if "csv_path" in properties else []
    for tool in tools:
        for each in people:
            result = tool.call({"op": op, "args": {**rest, **each}})
            told = f"{result.text} {result.error} {result.data!r}"
            assert MAIL not in told or "schema" in each, told
    (tmp_path / "people" / "a.csv").unlink()
    out, err = capfd.readouterr()
    written = [path.read_text("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file()]
    for place in (*written, *seen.urls, seen.log.getvalue(), out, err):
        for secret in (MAIL, PHONE, PHONE[1:], sandbox.token):
            assert secret not in place
